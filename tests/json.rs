//! Checks `docs/json.md` against the schema of `--json`: each event and field has a row, and each row is one of them.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test reports what is wrong by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use rping::report::json::SCHEMA;
use serde_json::{Map, Value};

/// The fields of every line.
const HEAD: [&str; 4] = ["v", "event", "time", "t_ms"];

fn page() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/json.md")).unwrap()
}

fn events() -> Map<String, Value> {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    schema["$defs"].as_object().unwrap().clone()
}

/// The names of the fields, in the order of the line.
fn fields(event: &Value) -> Vec<&str> {
    let fields = event["required"].as_array().unwrap().iter();
    fields.map(|field| field.as_str().unwrap()).collect()
}

/// The rows of the table after a heading.
fn rows(heading: &str) -> BTreeSet<String> {
    let page = page();
    let (_, section) = page.split_once(&format!("\n## {heading}\n")).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.map(str::to_owned).collect()
}

fn quoted(words: &[&str]) -> String {
    let words = words.iter().map(|word| format!("`{word}`"));
    words.collect::<Vec<_>>().join(", ")
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn kind(field: &Value) -> String {
    if let Some(value) = field.get("const") {
        return format!("`{}`", text(value));
    }
    if let Some(words) = field.get("enum") {
        let words: Vec<String> = words.as_array().unwrap().iter().map(text).collect();
        return quoted(&words.iter().map(String::as_str).collect::<Vec<_>>());
    }
    match &field["type"] {
        Value::Array(types) => types.iter().map(text).collect::<Vec<_>>().join(" or "),
        one => text(one),
    }
}

#[track_caller]
fn is_same(expected: &BTreeSet<String>, page: &BTreeSet<String>) {
    let missing: Vec<&String> = expected.difference(page).collect();
    let wrong: Vec<&String> = page.difference(expected).collect();
    assert!(
        missing.is_empty() && wrong.is_empty(),
        "missing: {missing:#?}\nwrong: {wrong:#?}"
    );
}

#[test]
fn each_event_of_the_schema_has_a_row() {
    let events = events();
    let expected = events.iter().map(|(event, of)| {
        let fields = fields(of).into_iter().filter(|field| !HEAD.contains(field));
        let fields = quoted(&fields.collect::<Vec<_>>());
        format!("| `{event}` | {} | {fields} |", text(&of["description"]))
    });
    is_same(&expected.collect(), &rows("Events"));
}

#[test]
fn each_field_of_the_schema_has_a_row() {
    let events = events();
    let mut alike: BTreeMap<(&str, String, String), BTreeSet<&str>> = BTreeMap::new();
    for (event, of) in &events {
        for field in fields(of).into_iter().filter(|field| *field != "event") {
            let value = &of["properties"][field];
            let key = (field, kind(value), text(&value["description"]));
            alike.entry(key).or_default().insert(event);
        }
    }
    // The page lists events in another order.
    let sorted = |row: &str| {
        let cells: Vec<&str> = row.split(" | ").collect();
        let mut places: Vec<&str> = cells[1].split(", ").collect();
        places.sort_unstable();
        format!(
            "{} | {} | {}",
            cells[0],
            places.join(", "),
            cells[2..].join(" | ")
        )
    };
    let expected = alike.iter().map(|((field, kind, meaning), places)| {
        let place = if places.len() == events.len() {
            "all".to_owned()
        } else {
            quoted(&places.iter().copied().collect::<Vec<_>>())
        };
        format!("| `{field}` | {place} | {kind} | {meaning} |")
    });
    let page = rows("Fields").iter().map(|row| sorted(row)).collect();
    is_same(&expected.collect(), &page);
}

#[test]
fn recipes_ask_for_events_and_fields_that_exist() {
    let page = page();
    let (_, recipes) = page.split_once("\n## Recipes\n").unwrap();
    let events = events();
    let known: BTreeSet<&str> = events.values().flat_map(fields).collect();
    for event in recipes.split(".event == \"").skip(1) {
        let event = event.split('"').next().unwrap();
        assert!(events.contains_key(event), "{event}");
    }
    let inside = ["p50", "p99"];
    for word in recipes.split([' ', '(', '[', ',', '|']) {
        let Some(path) = word.strip_prefix('.') else {
            continue;
        };
        for name in path.split('.') {
            let name = name.trim_end_matches(|c: char| !c.is_alphanumeric());
            let is_known = name.is_empty() || known.contains(name) || inside.contains(&name);
            assert!(
                is_known || name.starts_with('0') || name.starts_with("label"),
                "{name}"
            );
        }
    }
}
