//! What the README and the page on security say of the program and of its tests, held against both. The sessions that the
//! README shows need a network: `tests/net/readme.rs` has them.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test reports what is wrong by panicking"
)]

mod named;

use std::fs;
use std::process::Command;

use rping::exit::Exit;

use named::{exists, root};

fn document(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap()
}

fn readme() -> String {
    document("README.md")
}

/// The part between a heading and the next one.
fn section<'a>(readme: &'a str, heading: &str) -> &'a str {
    let (_, rest) = readme.split_once(&format!("\n## {heading}\n")).unwrap();
    rest.split("\n## ").next().unwrap()
}

#[test]
fn each_claim_names_a_test_that_is_run() {
    let readme = readme();
    let better = section(&readme, "What it does better than ping");
    let claims = tests_named_in(better);
    assert!(claims > 15, "the table was not found");
    let security = document("SECURITY.md");
    let promises = tests_named_in(section(&security, "What is promised"));
    assert!(promises > 15, "the table was not found");
}

/// How many tests the last column of a table names. All of them are there.
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

/// The cells of the rows of a table that begin with a number.
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
    let readme = readme();
    for (heading, meaning) in [
        ("Exit codes", Exit::with_one_target as fn(Exit) -> _),
        ("Many targets", Exit::with_many_targets),
    ] {
        let table: Vec<_> = Exit::ALL
            .iter()
            .map(|&exit| (exit.code().to_string(), meaning(exit).to_owned()))
            .collect();
        assert_eq!(numbered(section(&readme, heading)), table, "{heading}");
    }
}

#[test]
fn the_table_of_options_has_each_option_of_the_help() {
    let help = Command::new(env!("CARGO_BIN_EXE_rping"))
        .arg("--help")
        .output()
        .unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let readme = readme();
    let table = section(&readme, "Options");
    let mut options = 0;
    for line in help
        .lines()
        .map(str::trim_start)
        .filter(|line| line.starts_with('-'))
    {
        let names = line.split("  ").next().unwrap();
        let known = names.split(", ").any(|name| {
            let name = name.split(' ').next().unwrap();
            table.contains(&format!("`{name}`")) || table.contains(&format!("`{name} "))
        });
        assert!(known, "the table lacks {names}");
        options += 1;
    }
    assert!(options > 40, "only {options} options in the help");
}

#[test]
fn the_table_of_the_session_of_many_targets_has_straight_columns_within_a_terminal() {
    let readme = readme();
    let (_, session) = readme.split_once("\ntarget ").unwrap();
    let table = session.split("\n\n").next().unwrap();
    let table: Vec<String> = table.lines().map(str::to_owned).collect();
    let heading = format!("target {}", table[0]);
    assert!(heading.ends_with(" ms"));
    for row in &table[1..] {
        assert_eq!(row.len(), heading.len(), "{row}");
        assert!(row.len() <= 80, "{row}");
    }
}
