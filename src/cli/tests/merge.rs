//! `--merge`.

use super::*;
use crate::config::merge::Merge;

fn merge(line: &str) -> Merge {
    match parse_in(line, &root()) {
        Ok(Command::Merge(merge)) => *merge,
        other => panic!("{line}: {other:?}"),
    }
}

#[test]
fn files_follow_the_option_and_others_may_stand_before_and_behind() {
    for line in [
        "rping --merge a b - --json",
        "rping --json --merge a b -",
        "rping --merge a --json=summary --merge b --merge -",
        "rping --merge=a --merge=b -j --merge -",
    ] {
        let merge = merge(line);
        assert_eq!(merge.files, ["a", "b", "-"], "{line}");
        assert!(merge.style.json.is_some());
    }
    assert_eq!(
        merge("rping --merge a --sort loss --color never").files,
        ["a"]
    );
}

#[test]
fn what_is_about_a_run_is_refused_with_merge() {
    for (line, expected) in [
        ("-c 3 --merge a", "--count does not work with --merge"),
        ("--merge a -q", "--quiet does not work with --merge"),
        ("--merge a --alive", "--alive does not work with --merge"),
        (
            "--merge a --export-csv b",
            "--export-csv does not work with --merge",
        ),
        (
            "--merge a --fail-if loss>1%",
            "--fail-if does not work with --merge",
        ),
        (
            "192.0.2.1 --merge a",
            "--merge probes nothing: leave out 192.0.2.1",
        ),
        (
            "--merge a --json=all",
            "--merge has results only: use --json",
        ),
        (
            "--merge - --merge -",
            "--merge reads standard input once: give - once",
        ),
        ("--merge", "--merge needs a value"),
    ] {
        let refusal = refused(&format!("rping {line}"));
        assert!(refusal.contains(expected), "{line}: {refusal}");
    }
    let refusal = refused("ping --merge a");
    assert!(
        refusal.contains("--merge works only under the name rping"),
        "{refusal}"
    );
}
