//! `--sweep-size` and what belongs to it.

use super::*;
use crate::config::SizeSweep;

#[test]
fn sweep_decides_sizes_count_and_interval() {
    let usual = config("rping --sweep-size 56:1472 h");
    let sweep = SizeSweep {
        smallest: 56,
        largest: 1472,
        step: 75,
        rounds: 5,
    };
    assert_eq!(usual.plan.sweep, Some(sweep));
    assert_eq!(usual.message.size, 1472);
    let schedule = &usual.plan.schedule;
    assert_eq!(schedule.count, Some(sweep.probes()));
    assert_eq!(schedule.pace, Pace::Interval(milliseconds(200)));
    assert_eq!(usual.watching, None);
    let chosen = config("rping --sweep-size 16:116:50 -c 2 -i 0.5 h");
    let sweep = SizeSweep {
        smallest: 16,
        largest: 116,
        step: 50,
        rounds: 2,
    };
    assert_eq!(chosen.plan.sweep, Some(sweep));
    assert_eq!(chosen.plan.schedule.count, Some(6));
    assert_eq!(chosen.plan.schedule.pace, Pace::Interval(milliseconds(500)));
    assert_eq!(config("rping h").plan.sweep, None);
}

#[test]
fn what_is_no_range_is_refused() {
    for value in [
        "",
        "56",
        "56:",
        ":99",
        "15:99",
        "99:98",
        "56:65508",
        "56:99:0",
        "56:99:1:1",
        "a:b",
        "-1:9",
        "56:99:",
    ] {
        let text = refused_words(&["rping", "--sweep-size", value, "h"], &root());
        assert!(text.starts_with("--sweep-size"), "{value}: {text}");
    }
    for value in ["16:16", "16:65507", "65507:65507:1"] {
        assert!(
            config(&format!("rping --sweep-size {value} h"))
                .plan
                .sweep
                .is_some()
        );
    }
}

#[test]
fn what_belongs_to_another_question_is_refused_with_a_sweep() {
    for option in [
        "-s 9",
        "-f",
        "-A",
        "-l 2",
        "-o",
        "-N name",
        "--down-after 2",
        "--until-up",
    ] {
        let name = option.split([' ', '=']).next().unwrap();
        let text = refused(&format!("rping --sweep-size 56:99 {option} h"));
        let start = format!("usage error: {name} does not work with --sweep-size: ");
        assert!(text.starts_with(&start), "{text}");
    }
    for (line, text) in [
        (
            "ping --sweep-size 56:99 h",
            "usage error: --sweep-size works only under the name rping",
        ),
        (
            "rping --sweep-size 56:99 a b",
            "usage error: --sweep-size works only with a single target and without options for many targets",
        ),
        (
            "rping --pmtu --sweep-size 56:99 h",
            "usage error: --sweep-size does not work with --pmtu: the search decides the sizes",
        ),
        (
            "rping --icmp-timestamp --sweep-size 56:99 h",
            "usage error: --sweep-size does not work with --icmp-timestamp: a timestamp has 12 octets",
        ),
        (
            "rping --sweep-size 16:65507:1 h",
            "usage error: --sweep-size: 65492 sizes in 5 rounds are more than 65536 probes; give a larger step, or a smaller -c",
        ),
    ] {
        assert_eq!(refused(line), text, "{line}");
    }
}
