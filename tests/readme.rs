//! Checks documents against the program and its tests. `tests/net/readme.rs` runs the sessions in them, which need a network.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test reports what is wrong by panicking"
)]

mod named;

use std::fs;
use std::path::Path;
use std::process::Command;

use rping::exit::Exit;

use named::{exists, root};

fn document(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap()
}

/// The documents for users: those in the top directory, and the pages of `docs`.
fn documents() -> Vec<String> {
    let is_markdown = |name: &String| Path::new(name).extension().is_some_and(|end| end == "md");
    let names = |folder: &str| {
        let entries = fs::read_dir(root().join(folder)).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let names = names.filter(is_markdown);
        names
            .map(|name| format!("{folder}{name}"))
            .collect::<Vec<_>>()
    };
    let documents: Vec<String> = [names(""), names("docs/")].concat();
    assert!(documents.len() > 10, "{documents:?}");
    documents
}

/// The text between a heading and the next one.
fn section<'a>(document: &'a str, heading: &str) -> &'a str {
    let (_, rest) = document.split_once(&format!("\n## {heading}\n")).unwrap();
    rest.split("\n## ").next().unwrap()
}

#[test]
fn each_claim_names_a_test_that_is_run() {
    let claims = tests_named_in(&document("docs/proofs.md"));
    assert!(claims > 15, "the tables were not found");
    let security = document("SECURITY.md");
    let promises = tests_named_in(section(&security, "What is promised"));
    assert!(promises > 15, "the table was not found");
}

/// The number of tests named in the last column of a table. Fails if one of them does not exist.
fn tests_named_in(table: &str) -> usize {
    let rows = table.lines().filter_map(|row| row.strip_prefix("| "));
    let names = rows.flat_map(|row| {
        let tests = row.rsplit(" | ").next().unwrap();
        tests.split('`').skip(1).step_by(2)
    });
    names
        .inspect(|name| assert!(exists(name), "there is no test {name} that is run"))
        .count()
}

/// The cells of table rows that begin with a number.
fn numbered(text: &str) -> Vec<(String, String)> {
    let rows = text.lines().filter_map(|line| {
        let (number, meaning) = line
            .strip_prefix("| ")?
            .strip_suffix(" |")?
            .split_once(" | ")?;
        number.parse::<u8>().ok()?;
        Some((number.to_owned(), meaning.replace('`', "")))
    });
    rows.collect()
}

#[test]
fn the_tables_of_exit_codes_are_that_of_the_program() {
    for (page, meaning) in [
        ("README.md", Exit::with_one_target as fn(Exit) -> _),
        ("docs/many-targets.md", Exit::with_many_targets),
    ] {
        let page = document(page);
        let table: Vec<_> = Exit::ALL
            .iter()
            .map(|&exit| (exit.code().to_string(), meaning(exit).to_owned()))
            .collect();
        assert_eq!(numbered(section(&page, "Exit codes")), table);
    }
}

#[test]
fn the_table_of_options_has_each_option_of_the_help() {
    let help = Command::new(env!("CARGO_BIN_EXE_rping"))
        .arg("--help")
        .output()
        .unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let table = document("docs/options.md");
    let mut options = 0;
    for line in help
        .lines()
        .map(str::trim_start)
        .filter(|line| line.starts_with('-'))
    {
        let names = line.split("  ").next().unwrap();
        let known = names.split(", ").any(|name| {
            let name = name.split([' ', '[']).next().unwrap();
            let written = ['`', ' ', '['].map(|end| format!("`{name}{end}"));
            written.iter().any(|written| table.contains(written))
        });
        assert!(known, "the table lacks {names}");
        options += 1;
    }
    assert!(options > 40, "only {options} options in the help");
}

#[test]
fn the_table_of_the_session_of_many_targets_has_straight_columns_within_a_terminal() {
    let page = document("docs/many-targets.md");
    let (_, session) = page.split_once("\ntarget ").unwrap();
    let table = session.split("\n\n").next().unwrap();
    let table: Vec<String> = table.lines().map(str::to_owned).collect();
    let heading = format!("target {}", table[0]);
    assert!(heading.ends_with(" ms"));
    for row in &table[1..] {
        assert_eq!(row.len(), heading.len(), "{row}");
        assert!(row.len() <= 80, "{row}");
    }
}

#[test]
fn the_readme_is_short_and_so_are_its_sentences() {
    let readme = document("README.md");
    assert!(readme.lines().count() <= 200);
    let claims = section(&readme, "What it does better than ping and fping");
    let rows = claims.lines().filter(|line| line.starts_with("| "));
    let rows: Vec<&str> = rows.skip(1).collect();
    assert!((5..=15).contains(&rows.len()), "{} rows", rows.len());
    for row in rows {
        assert!(row.contains("]("), "no proof is linked: {row}");
    }
    for sentence in sentences(&readme) {
        let words = sentence.split_whitespace().count();
        assert!(words <= 25, "{words} words: {sentence}");
    }
}

/// The sentences of the text, without code, link targets, headings and tables.
fn sentences(markdown: &str) -> Vec<String> {
    let prose = markdown.split("```").step_by(2).collect::<String>();
    let ends = |line: &str| line.is_empty() || line.starts_with(['|', '#', '<']);
    let mut sentences = vec![String::new()];
    for line in prose.lines() {
        let starts_anew = ends(line) || line.starts_with("- ");
        if starts_anew {
            sentences.push(String::new());
        }
        if ends(line) {
            continue;
        }
        for word in line.split_whitespace() {
            let sentence = sentences.last_mut().unwrap();
            sentence.push_str(word);
            sentence.push(' ');
            if word.ends_with(['.', '?', '!', ':']) {
                sentences.push(String::new());
            }
        }
    }
    sentences
}

#[test]
fn each_link_leads_somewhere() {
    let mut links = 0;
    for name in documents() {
        let text = document(&name);
        let folder = Path::new(&name).parent().unwrap();
        for target in text.split("](").skip(1) {
            let target = target.split(')').next().unwrap();
            if target.contains("://") {
                continue;
            }
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let file = match file {
                "" => name.clone(),
                file => folder.join(file).to_str().unwrap().to_owned(),
            };
            assert!(root().join(&file).is_file(), "{name}: no {file}");
            let there = heading.is_empty() || anchors(&document(&file)).any(|a| a == heading);
            assert!(there, "{name}: no heading {heading} in {file}");
            links += 1;
        }
    }
    assert!(links > 20, "{links} links were found");
}

fn anchors(markdown: &str) -> impl Iterator<Item = String> {
    let headings = markdown.lines().filter(|line| line.starts_with('#'));
    headings.map(|heading| {
        let words = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = words
            .chars()
            .filter(|&c| c.is_alphanumeric() || " -_".contains(c));
        kept.collect::<String>().replace(' ', "-")
    })
}

#[test]
fn the_readme_links_every_document() {
    let readme = document("README.md");
    for name in documents() {
        if name != "README.md" {
            assert!(readme.contains(&format!("]({name}")), "{name}");
        }
    }
}

#[test]
fn no_document_installs_the_crate_of_that_name_which_is_another_program() {
    for name in documents() {
        let text = document(&name);
        for command in text.split("cargo install").skip(1) {
            let line = command.lines().next().unwrap();
            let is_ours = line.contains("--path") || line.contains("--git");
            assert!(is_ours || !line.contains("rping"), "{name}: {line}");
        }
    }
    assert!(document("Cargo.toml").contains("\npublish = false\n"));
}
