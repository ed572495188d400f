//! What the fuzz targets of `fuzz/` assert, held against their committed corpus and against generated input: so that
//! `cargo test` repeats every packet that ever hurt a ping, without a fuzzer.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test reports what is wrong by panicking; this target is compiled without cfg(test)"
)]
#![allow(
    unreachable_pub,
    reason = "the targets are public in the crate of the fuzzer, which has the same files"
)]

mod targets;

use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::PathBuf;

use proptest::prelude::*;

use targets::ALL;

fn fuzz(directory: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "fuzz", directory]
        .iter()
        .collect()
}

/// The names in a directory, in order.
fn names(directory: &PathBuf) -> BTreeSet<String> {
    let entries = fs::read_dir(directory).unwrap();
    let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
    entries.map(|entry| name(entry.unwrap())).collect()
}

#[test]
fn every_target_has_a_corpus_and_a_program() {
    let targets: BTreeSet<String> = ALL.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(
        names(&fuzz("corpus")),
        targets,
        "directories of fuzz/corpus"
    );
    let programs = targets.iter().map(|name| format!("{name}.rs")).collect();
    assert_eq!(names(&fuzz("fuzz_targets")), programs);
    let manifest = fs::read_to_string(fuzz("Cargo.toml")).unwrap();
    for name in &targets {
        assert!(
            manifest.contains(&format!("\nname = \"{name}\"\n")),
            "{name}"
        );
    }
}

#[test]
fn the_corpus_is_survived() {
    for (name, check) in ALL {
        let directory = fuzz("corpus").join(name);
        let files = names(&directory);
        assert!(!files.is_empty(), "nothing in {}", directory.display());
        for file in files {
            let octets = fs::read(directory.join(&file)).unwrap();
            // The assertion says what is wrong, but not with which file.
            catch_unwind(AssertUnwindSafe(|| check(&octets))).unwrap_or_else(|panic| {
                println!("with fuzz/corpus/{name}/{file}");
                resume_unwind(panic);
            });
        }
    }
}

#[test]
fn what_is_cut_off_anywhere_is_survived() {
    for (name, check) in ALL.into_iter().filter(|(name, _)| *name != "engine") {
        let directory = fuzz("corpus").join(name);
        for file in names(&directory) {
            let octets = fs::read(directory.join(file)).unwrap();
            for length in 0..octets.len().min(200) {
                check(&octets[..length]);
            }
        }
    }
}

/// Operations by their letters, each with octets that may be more or fewer than it takes.
fn operations() -> impl Strategy<Value = Vec<u8>> {
    let letter = prop::sample::select(b"sssssslnwwaaaaafferhqoc".to_vec());
    let small = prop::collection::vec(0..34_u8, 0..4);
    let operation = (letter, small).prop_map(|(letter, octets)| [&[letter], &octets[..]].concat());
    prop::collection::vec(operation, 0..80).prop_map(|operations| operations.concat())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 4096,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_engine_agrees_with_the_naive_model(schedule: [u8; 10], operations in operations()) {
        targets::engine::check(&[&schedule[..], &operations].concat());
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 256,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_octets_are_survived(octets in prop::collection::vec(any::<u8>(), 0..160)) {
        for (_, check) in ALL {
            check(&octets);
        }
    }
}
