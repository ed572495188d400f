//! What the README and the page on security say of the program and of its tests, held against both.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test reports what is wrong by panicking"
)]

use std::fs;
use std::path::Path;
use std::process::Command;

use rping::exit::Exit;

fn document(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

fn readme() -> String {
    document("README.md")
}

/// The part between a heading and the next one.
fn section<'a>(readme: &'a str, heading: &str) -> &'a str {
    let (_, rest) = readme.split_once(&format!("\n## {heading}\n")).unwrap();
    rest.split("\n## ").next().unwrap()
}

fn sources(directory: &Path, text: &mut String) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            *text += &fs::read_to_string(path).unwrap();
        }
    }
}

#[test]
fn each_claim_names_a_test_that_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut text = String::new();
    sources(&root.join("src"), &mut text);
    sources(&root.join("tests"), &mut text);
    let readme = readme();
    let better = section(&readme, "What it does better than ping");
    assert!(
        tests_named_in(better, &text) > 15,
        "the table was not found"
    );
    let security = document("SECURITY.md");
    let promised = section(&security, "What is promised");
    assert!(
        tests_named_in(promised, &text) > 15,
        "the table was not found"
    );
}

/// How many tests the last column of a table names. All of them are there.
fn tests_named_in(table: &str, text: &str) -> usize {
    let mut claims = 0;
    for row in table.lines() {
        let Some(tests) = row
            .strip_prefix("| ")
            .and_then(|row| row.rsplit(" | ").next())
        else {
            continue;
        };
        for name in tests.split('`').skip(1).step_by(2) {
            let name = name.rsplit([' ', ':']).next().unwrap();
            let exists =
                text.contains(&format!("fn {name}(")) || text.contains(&format!("::{name}\""));
            assert!(exists, "no test is called {name}");
            claims += 1;
        }
    }
    claims
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
fn the_session_has_the_lines_that_the_program_prints() {
    let readme = readme();
    let session = readme
        .split("```console\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_rping"))
        .args(["-c", "3", "-i", "0.1", "localhost"])
        .output()
        .unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    if printed.is_empty() {
        println!("skipped: no socket may be opened here");
        return;
    }
    // Figures, and which of its addresses localhost is here, are this machine's.
    let shape = |text: &str| -> Vec<String> {
        let words = |line: &str| line.split([' ', '=', '(', ')']).next().unwrap().to_owned();
        text.lines()
            .filter(|line| !line.starts_with('$'))
            .map(words)
            .collect()
    };
    assert_eq!(shape(session), shape(&printed));
    let labels = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| line.starts_with("rtt "));
        lines
            .map(|line| line.split(" = ").next().unwrap().to_owned())
            .collect()
    };
    assert_eq!(labels(session), labels(&printed));
}
