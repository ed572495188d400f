//! Checks that the tests named in the table of hostile input exist.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test reports what is wrong by panicking"
)]

mod named;

use std::fs;

use named::{exists, root};

fn matrix() -> String {
    fs::read_to_string(root().join("tests/matrix.md")).unwrap()
}

/// The cells of the table rows with three cells.
fn rows(text: &str) -> Vec<[&str; 3]> {
    let rows = text.lines().filter_map(|line| {
        let row = line.strip_prefix("| ")?.strip_suffix(" |")?;
        let cells: Vec<&str> = row.split(" | ").collect();
        let cells = cells.try_into();
        Some(cells.unwrap_or_else(|_| panic!("not three cells: {line}")))
    });
    rows.collect()
}

fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

#[test]
fn each_of_a_hundred_rows_names_tests_that_exist_or_says_why_not() {
    let matrix = matrix();
    let (rows_of_matrix, advisories) = matrix.split_once("\n## Public advisories\n").unwrap();
    let mut number = 0;
    for [row, _, tests] in rows(rows_of_matrix).into_iter().skip(1) {
        number += 1;
        assert_eq!(row, number.to_string());
        let reason = tests.contains("Open: ") || tests.contains("None: ");
        assert!(quoted(tests).next().is_some() || reason, "row {row}");
        // A cell may name a file.
        for name in quoted(tests).filter(|name| *name != "fuzz/README.md" && !name.starts_with('-'))
        {
            assert!(exists(name), "row {row}: there is no test {name}");
        }
    }
    assert_eq!(number, 100);
    let advisories = rows(advisories);
    assert!(advisories.len() > 15);
    for [advisory, _, tests] in advisories.into_iter().skip(1) {
        assert!(quoted(tests).next().is_some(), "{advisory}");
        for name in quoted(tests) {
            assert!(exists(name), "{advisory}: there is no test {name}");
        }
    }
}

#[test]
fn a_test_that_is_gone_is_missed() {
    for gone in [
        "net hostile::no_such_trial",
        "cli row_81",
        "corpus no_such_test",
        "wire::ipv4::tests::no_such_test",
        "no_such_module::tests::exists",
        "fuzz/corpus/ipv4/no-such-packet",
        // A module of tests, but not a test.
        "engine::one::tests::schedule",
    ] {
        assert!(!exists(gone), "{gone}");
    }
}
