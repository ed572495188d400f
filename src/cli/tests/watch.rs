//! `--down-after`, `--until-down` and `--until-up`.

use std::num::NonZero;

use super::*;
use crate::config::{Until, Watching};

fn watching(line: &str) -> (u32, Option<Until>, bool) {
    let watching = parsed(line, &root()).watching.unwrap();
    let Watching {
        after,
        until,
        is_asked,
        ..
    } = watching;
    (after.get(), until, is_asked)
}

fn down(probes: u32) -> Until {
    Until::Down(NonZero::new(probes).unwrap())
}

fn up(probes: u32) -> Until {
    Until::Up(NonZero::new(probes).unwrap())
}

#[test]
fn down_is_three_probes_unless_another_number_is_given() {
    for targets in ["h", "a b"] {
        for (options, expected) in [
            ("", (3, None, false)),
            ("--down-after 1", (1, None, true)),
            ("--until-down", (3, Some(down(3)), true)),
            ("--until-down --down-after 5", (5, Some(down(5)), true)),
            ("--until-down=2", (2, Some(down(2)), true)),
            ("--until-down=2 --down-after 5", (5, Some(down(2)), true)),
            ("--until-up", (3, Some(up(1)), true)),
            ("--until-up=4", (3, Some(up(4)), true)),
            ("--until-up -W 0.5", (3, Some(up(1)), true)),
        ] {
            assert_eq!(watching(&format!("rping {options} {targets}")), expected);
        }
    }
}

#[test]
fn a_scan_for_the_living_watches_nothing() {
    assert_eq!(parsed("rping --alive h", &root()).watching, None);
}

#[test]
fn lines_about_transitions_are_of_rping_and_where_it_is_quiet_only_if_asked_for() {
    for (line, expected) in [
        ("rping h", true),
        ("rping a b", true),
        ("ping h", false),
        ("rping -q h", false),
        ("rping -q --down-after 3 h", true),
        ("rping -q --until-up h", true),
        ("rping -f h", false),
        ("rping -f --until-down h", false),
        ("rping -fq --down-after 3 h", true),
    ] {
        let config = parsed(line, &root());
        assert_eq!(config.style.transitions, expected, "{line}");
    }
}

#[test]
fn what_does_not_go_together_is_refused_and_why() {
    const NEVER: &str = "-W 0: no probe is ever lost without a timeout";
    for (options, refusal) in [
        (
            "--until-down --until-up",
            "--until-down does not work with --until-up: give the one that ends the run",
        ),
        (
            "--down-after 3 -W 0",
            &format!("--down-after does not work with {NEVER}"),
        ),
        (
            "--until-down -W 0",
            &format!("--until-down does not work with {NEVER}"),
        ),
        (
            "--until-up -o",
            "--until-up does not work with -o: give the one that ends the run",
        ),
        (
            "--down-after 3 -f",
            "--down-after does not work with -f: no line fits into a row of dots; add -q",
        ),
        (
            "--down-after 3 --json=summary",
            "--down-after does not work with --json=summary: it has only results; use --json",
        ),
        (
            "--until-down -c 2",
            "--until-down needs 3 probes in a row, and -c 2 sends fewer: leave out -c, or raise it",
        ),
        (
            "--until-up=9 -c 8",
            "--until-up needs 9 probes in a row, and -c 8 sends fewer: leave out -c, or raise it",
        ),
        (
            "--down-after 3 --dead",
            "--down-after does not work with --alive or --dead: they stop at the first reply",
        ),
    ] {
        let line = format!("rping {options} h");
        assert_eq!(refused(&line), format!("usage error: {refusal}"));
    }
    for options in [
        "--until-up -W 0",
        "--until-down -c 3",
        "--until-up=9 -c 8 -w 9",
    ] {
        parsed(&format!("rping {options} h"), &root());
    }
}

#[test]
fn numbers_of_probes_are_from_one_on() {
    for option in ["--down-after", "--until-down", "--until-up"] {
        for value in ["0", "-1", "4294967296"] {
            assert_eq!(
                refused(&format!("rping {option}={value} h")),
                format!(
                    "{option}: invalid argument: '{value}': out of range: 1 <= value <= 4294967295"
                )
            );
        }
    }
}

#[test]
fn under_the_name_ping_they_are_refused() {
    for option in ["--down-after 3", "--until-down", "--until-up=2"] {
        let name = option.split([' ', '=']).next().unwrap();
        assert_eq!(
            refused(&format!("ping {option} h")),
            format!("usage error: {name} works only under the name rping")
        );
    }
}

#[test]
fn names_are_looked_up_again_only_if_asked_for_and_then_one_name_is_one_of_many() {
    assert_eq!(many("rping a b").plan.resolve_every, None);
    let every = many("rping --resolve-every 1.5 h").plan.resolve_every;
    assert_eq!(every, Some(Duration::from_millis(1500)));
    for (line, refusal) in [
        (
            "rping --resolve-every 0.9 h",
            "--resolve-every: invalid argument: '0.9': out of range: 1 <= value <= 2147483.647",
        ),
        (
            "rping --resolve-every 9 --all-addresses h",
            "usage error: --resolve-every does not work with --all-addresses: each target has one address",
        ),
        (
            "rping --resolve-every 9 --alive h",
            "usage error: --resolve-every does not work with --alive or --dead: they stop at the first reply",
        ),
        (
            "ping --resolve-every 9 h",
            "usage error: options for many targets work only under the name rping",
        ),
    ] {
        assert_eq!(refused(line), refusal);
    }
}

#[test]
fn window_is_asked_for_and_a_condition_about_it_needs_it() {
    for targets in ["h", "a b"] {
        let line = format!("rping --window 60 --fail-if window.loss>1% {targets}");
        let config = parsed(&line, &root());
        assert_eq!(
            config.watching.unwrap().window,
            Some(Duration::from_secs(60))
        );
        assert!(
            !parsed(&format!("rping -q --window 60 {targets}"), &root())
                .style
                .transitions
        );
        assert_eq!(
            refused(&format!("rping --fail-if window.loss>1% {targets}")),
            "usage error: --fail-if window.loss>1% needs --window"
        );
    }
    for line in ["rping --window 0 h", "rping --window 0.5 h"] {
        assert!(refused(line).ends_with("out of range: 1 <= value <= 2147483.647"));
    }
}

#[test]
fn option_for_one_target_is_refused_with_resolve_every_by_name() {
    assert_eq!(
        refused("rping --resolve-every 9 --histogram h"),
        "usage error: --histogram does not work with --resolve-every: that makes a run of many targets, also of one host"
    );
}

#[test]
fn replay_goes_with_what_shapes_its_text_and_nothing_else() {
    let Ok(Command::Replay(replay)) = parse_in(
        "rping --replay f.json --speed 2.5 -qn --sort loss -D",
        &root(),
    ) else {
        panic!("nothing is told");
    };
    assert_eq!(
        (replay.file.to_str(), replay.speed),
        (Some("f.json"), Some(2.5))
    );
    assert!(replay.style.quiet && replay.style.timestamps && replay.many.numeric);
    for (line, refusal) in [
        (
            "rping --replay f h",
            "a destination does not work with --replay: the run is over",
        ),
        (
            "rping --replay f -c 3",
            "--count does not work with --replay: the run is over",
        ),
        (
            "rping --replay f --rate 3",
            "--rate does not work with --replay: the run is over",
        ),
        (
            "rping --speed 2 h",
            "--speed is about --replay: add that, or leave it out",
        ),
        (
            "ping --replay f",
            "--replay works only under the name rping",
        ),
    ] {
        assert_eq!(refused(line), format!("usage error: {refusal}"));
    }
    for speed in ["0", "0.0001", "1000001", "-1"] {
        let refusal = refused(&format!("rping --replay f --speed {speed}"));
        assert!(
            refusal.starts_with("--speed: invalid argument: "),
            "{refusal}"
        );
    }
}
