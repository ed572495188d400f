//! The table of what a ping must survive, held against the tests that it names.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test reports what is wrong by panicking"
)]

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn matrix() -> String {
    fs::read_to_string(root().join("tests/matrix.md")).unwrap()
}

/// The cells of each row of the tables that has three.
fn rows(text: &str) -> Vec<[&str; 3]> {
    let rows = text.lines().filter_map(|line| {
        let row = line.strip_prefix("| ")?.strip_suffix(" |")?;
        let cells: Vec<&str> = row.split(" | ").collect();
        let cells = cells.try_into();
        Some(cells.unwrap_or_else(|_| panic!("not three cells: {line}")))
    });
    rows.collect()
}

/// What stands between backticks.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

fn sources(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// Whether one of the files has this text.
fn has(files: &[PathBuf], text: &str) -> bool {
    files
        .iter()
        .any(|file| fs::read_to_string(file).unwrap().contains(text))
}

/// Whether one of the files has a test of this name that is run.
fn has_test(files: &[PathBuf], name: &str) -> bool {
    let head = format!("fn {name}(");
    files.iter().any(|file| {
        let text = fs::read_to_string(file).unwrap();
        let before = text.split_once(&head).map(|(before, _)| before);
        // From the last blank line on.
        let attributes = before.and_then(|before| before.rsplit("\n\n").next());
        attributes.is_some_and(|attributes| {
            let is_ignored = attributes.contains("#[ignore");
            attributes.contains("#[test]") && (!is_ignored || the_workflow_runs(name))
        })
    })
}

/// Whether the workflow asks for a test that takes too long for everybody else.
fn the_workflow_runs(name: &str) -> bool {
    let workflow = fs::read_to_string(root().join(".github/workflows/ci.yml")).unwrap();
    let mut asked = workflow
        .lines()
        .filter(|line| line.ends_with(" -- --ignored"));
    asked.any(|line| {
        line.split(' ')
            .any(|word| word.len() > 10 && name.starts_with(word))
    })
}

/// Where the tests of a module are: in its own file, or in one beside it.
fn of_module(module: &str) -> Vec<PathBuf> {
    let path = module.replace("::", "/");
    let beside = path.replace("/tests", "");
    let candidates = [
        format!("{path}.rs"),
        format!("{path}/mod.rs"),
        format!("{beside}.rs"),
        format!("{beside}/mod.rs"),
    ];
    let files = candidates.map(|file| root().join("src").join(file));
    files.into_iter().filter(|file| file.is_file()).collect()
}

/// Whether there is such a test: `binary name`, `net file::trial`, `module::tests::name`, or a file of the corpus.
fn exists(name: &str) -> bool {
    if name.starts_with("fuzz/") {
        return root().join(name).is_file();
    }
    if let Some(trial) = name.strip_prefix("net ") {
        let (file, _) = trial.split_once("::").unwrap();
        let file = root().join(format!("tests/net/{file}.rs"));
        return has(&[file], &format!("\"{trial}\""));
    }
    if let Some((binary, test)) = name.split_once(' ') {
        let directory = root().join("tests").join(binary);
        let files = if directory.is_dir() {
            sources(&directory)
        } else {
            vec![directory.with_extension("rs")]
        };
        return has_test(&files, test);
    }
    let (module, test) = name.rsplit_once("::").unwrap();
    has_test(&of_module(module), test)
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
        // A file may be named for what it says.
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
        // No test, but what tests are made of.
        "engine::tests::schedule",
    ] {
        assert!(!exists(gone), "{gone}");
    }
}
