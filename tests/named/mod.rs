//! Finds tests that documents name, and checks that they are run.

use std::fs;
use std::path::{Path, PathBuf};

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
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

fn has(files: &[PathBuf], text: &str) -> bool {
    files
        .iter()
        .any(|file| fs::read_to_string(file).unwrap().contains(text))
}

/// Whether a file has a test with this name that is run.
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

/// Whether the workflow runs a test that is too slow for other runs.
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

/// The files with the tests of a module: its own file, or one beside it.
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

/// Whether a test exists and is run: `binary name`, `binary module::name`, `net file::trial`, `module::tests::name`, or
/// a file of the corpus.
pub(crate) fn exists(name: &str) -> bool {
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
        return match test.rsplit_once("::") {
            Some((module, test)) => has_test(&[directory.join(format!("{module}.rs"))], test),
            None if directory.is_dir() => has_test(&sources(&directory), test),
            None => has_test(&[directory.with_extension("rs")], test),
        };
    }
    let (module, test) = name.rsplit_once("::").unwrap();
    has_test(&of_module(module), test)
}
