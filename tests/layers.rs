//! Enforces the table of modules in the crate documentation: fails on a `crate::` edge that it forbids.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test reports what is wrong by panicking"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A module, and those that it may use.
type Row = (String, Vec<String>);

/// The rows of the table "What may use what" in the crate documentation.
fn map() -> Vec<Row> {
    let guide = fs::read_to_string(source_directory().join("lib.rs")).unwrap();
    let (_, table) = guide
        .split_once("//! | module | owns | may use |\n")
        .unwrap();
    let rows = table.lines().skip(1).map_while(|line| {
        let cells = line.strip_prefix("//! | ")?.strip_suffix(" |")?;
        let (name, rest) = cells.split_once(" | ").unwrap();
        let (_, used) = rest.rsplit_once(" | ").unwrap();
        let name = name.trim_matches(['[', ']', '`']);
        let used = used.split(", ").filter(|used| *used != "nothing");
        Some((name.to_owned(), used.map(str::to_owned).collect()))
    });
    rows.collect()
}

fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The text without comments and without unit tests, which may use whatever they like.
fn code(text: &str) -> String {
    let before_tests = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    let lines = before_tests.lines();
    let uncommented = lines.map(|line| line.split("//").next().unwrap());
    uncommented.collect::<Vec<_>>().join("\n")
}

/// The modules after each `prefix`, in `prefix::a` as well as in `prefix::{a, b::c}`.
fn edges(code: &str, prefix: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (position, _) in code.match_indices(prefix) {
        let rest = &code[position + prefix.len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut word = String::new();
            for character in group.chars() {
                match character {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => {
                        found.insert(first_segment(&word));
                        word.clear();
                        continue;
                    }
                    _ => {}
                }
                word.push(character);
            }
            found.insert(first_segment(&word));
        } else {
            found.insert(first_segment(rest));
        }
    }
    found.remove("");
    found
}

fn first_segment(path: &str) -> String {
    let path = path.trim_start();
    let end = path.find(|c: char| !c.is_alphanumeric() && c != '_');
    path[..end.unwrap_or(path.len())].to_owned()
}

/// The top-level module that a source file belongs to.
fn module_of(file: &Path) -> String {
    let inside = file.strip_prefix(source_directory()).unwrap();
    let first = inside.components().next().unwrap().as_os_str();
    first.to_str().unwrap().trim_end_matches(".rs").to_owned()
}

fn source_directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The modules that each module uses.
fn used_by_each() -> BTreeMap<String, BTreeSet<String>> {
    let mut files = Vec::new();
    sources(&source_directory(), &mut files);
    let mut used: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in files {
        let is_test = file.ends_with("tests.rs") || file.parent().unwrap().ends_with("tests");
        let module = module_of(&file);
        if is_test || module == "lib" {
            continue;
        }
        let code = code(&fs::read_to_string(&file).unwrap());
        // `main` is the binary, which uses the library from outside.
        let prefix = if module == "main" {
            "rping::"
        } else {
            "crate::"
        };
        let found = edges(&code, prefix);
        let found = found.into_iter().filter(|it| *it != module);
        used.entry(module.clone()).or_default().extend(found);
    }
    used
}

#[test]
fn modules_use_what_the_map_allows_and_all_that_it_allows() {
    let map: BTreeMap<String, BTreeSet<String>> = map()
        .into_iter()
        .map(|(module, used)| (module, used.into_iter().collect()))
        .collect();
    let found = used_by_each();
    let modules = |map: &BTreeMap<String, _>| map.keys().cloned().collect::<Vec<_>>();
    assert_eq!(modules(&found), modules(&map), "the modules of the map");
    for (module, used) in found {
        assert_eq!(used, map[&module], "what {module} uses, and may use");
    }
}

#[test]
fn unsafe_code_lives_in_one_folder() {
    let mut files = Vec::new();
    sources(&source_directory(), &mut files);
    for file in files {
        let code = code(&fs::read_to_string(&file).unwrap());
        let forms = [
            "unsafe {",
            "unsafe fn",
            "unsafe impl",
            "unsafe extern",
            "unsafe(",
        ];
        let found = forms.iter().any(|form| code.contains(form));
        // Tests of confinement make forbidden calls on purpose.
        let allowed =
            file.ends_with("net/confine/tests.rs") || file.parent().unwrap().ends_with("net/sys");
        assert!(!found || allowed, "unsafe in {}", file.display());
    }
}

#[test]
fn edges_are_found_in_every_form_of_use() {
    let text = "use crate::net::Socket;\nuse crate::{wire::{data, ipv4}, event, stats::Digits};\nlet x = crate::clock::now();";
    let found: Vec<String> = edges(text, "crate::").into_iter().collect();
    assert_eq!(found, ["clock", "event", "net", "stats", "wire"]);
    assert!(edges(&code("// use crate::net::Socket"), "crate::").is_empty());
}
