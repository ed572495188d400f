//! Runs the assertions of the fuzz targets in `fuzz/` on their committed corpus and on generated input: `cargo test`
//! repeats every packet that ever broke a ping, without a fuzzer.
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

/// The sorted names in a directory.
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
            // The assertion does not name the file.
            catch_unwind(AssertUnwindSafe(|| check(&octets))).unwrap_or_else(|panic| {
                println!("with fuzz/corpus/{name}/{file}");
                resume_unwind(panic);
            });
        }
    }
}

#[test]
fn what_is_cut_off_anywhere_is_survived() {
    for (name, check) in ALL
        .into_iter()
        .filter(|(name, _)| !name.starts_with("engine"))
    {
        let directory = fuzz("corpus").join(name);
        for file in names(&directory) {
            let octets = fs::read(directory.join(file)).unwrap();
            for length in 0..octets.len().min(200) {
                check(&octets[..length]);
            }
        }
    }
}

/// Operations by their letters, each with more or fewer octets than it takes.
fn operations() -> impl Strategy<Value = Vec<u8>> {
    let letter = prop::sample::select(b"sssssslnwwaaaaafferhqocz".to_vec());
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

/// A letter and its octets.
fn spelled(letter: u8, octets: impl Strategy<Value = Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    octets.prop_map(move |octets| [&[letter], &octets[..]].concat())
}

/// A number of octets from this range.
fn octets(of: std::ops::Range<u8>, count: usize) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(of, count)
}

/// A target, one of its probes (most often the last one), and further octets.
fn about_a_probe(more: usize) -> impl Strategy<Value = Vec<u8>> {
    let back = prop_oneof![3 => Just(1_u8), 1 => 0..4_u8, 1 => 0..32_u8];
    let fault = prop_oneof![2 => Just(0_u8), 1 => 0..16_u8];
    let rest = prop::collection::vec(any::<u8>(), more.saturating_sub(1));
    (0..8_u8, back, fault, rest).prop_map(move |(target, back, fault, rest)| {
        let mut octets = [&[target, back, fault], &rest[..]].concat();
        octets.truncate(2 + more);
        octets
    })
}

/// Times are powers of two in nanoseconds, mostly from microseconds to a minute.
fn schedule_of_many() -> impl Strategy<Value = [u8; 10]> {
    let powers = [16..34_u8, 16..34_u8];
    let deadline = prop_oneof![4 => Just(0_u8), 1 => 150..164_u8];
    let rest = prop::array::uniform4(any::<u8>());
    (any::<[u8; 3]>(), powers, deadline, rest).prop_map(|(first, [period, timeout], end, rest)| {
        let [mode, amount, rate] = first;
        let [high, low, need, who] = rest;
        [
            mode, amount, period, rate, timeout, end, high, low, need, who,
        ]
    })
}

/// Events of a run with many targets: letters as in `targets::many`.
fn operations_on_many() -> impl Strategy<Value = Vec<u8>> {
    let operation = prop_oneof![
        8 => spelled(b's', octets(0..1, 0)),
        2 => spelled(b'l', octets(0..40, 1)),
        2 => spelled(b'n', octets(0..3, 1)),
        2 => spelled(b'w', octets(14..34, 1)),
        1 => spelled(b'b', octets(0..26, 1)),
        6 => spelled(b'a', about_a_probe(3)),
        1 => spelled(b'A', about_a_probe(3)),
        1 => spelled(b'd', about_a_probe(1)),
        1 => spelled(b'f', about_a_probe(18)),
        2 => spelled(b'e', about_a_probe(1)),
        1 => spelled(b'r', about_a_probe(3)),
        2 => spelled(b'h', octets(0..1, 0)),
        1 => spelled(b't', octets(0..4, 1)),
        2 => spelled(b'p', octets(0..4, 1)),
        4 => spelled(b'v', octets(0..64, 2)),
        1 => prop::sample::select(vec![&b"x"[..], b"k", b"g", b"q", b"o\x00", b"c", b"z", b"z"])
            .prop_map(<[u8]>::to_vec),
    ];
    prop::collection::vec(operation, 0..80).prop_map(|operations| operations.concat())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 8192,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_engine_of_many_agrees_with_the_naive_model(
        schedule in schedule_of_many(),
        operations in operations_on_many(),
    ) {
        targets::many::check(&[&schedule[..], &operations].concat());
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
