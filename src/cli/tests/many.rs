//! Many targets.

use super::*;
use crate::config::many::{Backoff, Mode, Need, Spacing};
use crate::config::{Listed, Sort};

const SECOND: Duration = Duration::from_secs(1);

fn user() -> Environment {
    Environment::default()
}

#[test]
fn several_words_and_each_option_for_many_ask_for_many() {
    for line in [
        "rping a b",
        "rping --targets f",
        "rping --exclude 192.0.2.1 a",
        "rping --exclude-file f a",
        "rping --all-addresses a",
        "rping --whole-networks a",
        "rping --random-order a",
        "rping --limit 5 a",
        "rping --shard 1/2 a",
        "rping --skip-bad a",
        "rping --rate 5 a",
        "rping --alive a",
        "rping --dead a",
        "rping --alive --retries 2 a",
        "rping --need 1 a",
        "rping --sort loss a",
        "rping --summary-every 5 a",
        "rping 192.0.2.0/24",
        "rping 192.0.2.1-9",
        "rping 2001:db8::/120",
        // A mistyped range must not be looked up as a name.
        "rping 192.0.2.20-10",
        "rping 192.0.2.1-300",
        "rping 256.0.2.1-9",
        "rping 192.0.2-9",
        "rping 192.0.2.1-",
        "rping 192.0.2.1-2001:db8::1",
        "rping 2001:db8::9-1",
        "rping 2001:db8::1-fffff",
        "rping fe80::1%a-fe80::2%b",
        "rping host/24",
    ] {
        many(line);
    }
    for line in [
        "rping a",
        "rping web-1.example",
        "rping 1-2-3",
        "rping 10-20.example",
        "rping 256.1.1.1",
        "rping 2001:db8::g",
        "rping fe80::1%a-b",
        "ping a b",
        "ping 192.0.2.20-10",
    ] {
        config(line);
    }
}

#[test]
fn shard_is_one_of_as_many_as_are_told() {
    for (text, shown) in [("1/1", "1/1"), ("2/3", "2/3"), ("+7/09", "7/9")] {
        let shard = many(&format!("rping --shard {text} a")).plan.targets.shard;
        assert_eq!(shard.unwrap().to_string(), shown);
    }
    many("rping --shard 4294967295/4294967295 a");
    for text in [
        "",
        "1",
        "/",
        "1/",
        "/2",
        "0/2",
        "3/2",
        "1/0",
        "-1/2",
        "1/2/3",
        "1.5/2",
        "a/b",
        "1/4294967296",
    ] {
        assert_eq!(
            refused_words(&["rping", "--shard", text, "a"], &root()),
            format!(
                "--shard: invalid argument: '{text}': must be I/N with 1 <= I <= N, such as 2/3 for the second of three parts"
            )
        );
    }
}

#[test]
fn rounds_unless_it_is_asked_who_is_alive() {
    let plain = many("rping a b").plan.schedule;
    let endless = Mode::Rounds {
        period: SECOND,
        count: None,
    };
    assert_eq!(
        (plain.mode, plain.spacing, plain.timeout),
        (endless, Spacing::Spread(SECOND / 1000), SECOND)
    );
    let three = many("rping -c 3 -i 0.5 -W 2 -w 9 --first-sequence 7 a b")
        .plan
        .schedule;
    let rounds = Mode::Rounds {
        period: SECOND / 2,
        count: Some(3),
    };
    assert_eq!((three.mode, three.timeout), (rounds, 2 * SECOND));
    assert_eq!(
        (three.deadline, three.first_sequence),
        (Some(9 * SECOND), 7)
    );
    for (line, retries, timeout) in [
        ("rping --alive a", 3, 500),
        ("rping --dead --retries 0 -W 0.2 a", 0, 200),
    ] {
        let schedule = many(line).plan.schedule;
        assert_eq!(
            schedule.mode,
            Mode::Alive {
                retries,
                backoff: Backoff::default()
            },
            "{line}"
        );
        assert_eq!(schedule.timeout, milliseconds(timeout), "{line}");
    }
}

#[test]
fn what_is_listed_sorted_and_needed() {
    let listed = |line| many(line).plan.style.listed;
    assert_eq!(listed("rping --alive a"), Listed::Alive);
    assert_eq!(listed("rping --dead a"), Listed::Dead);
    assert_eq!(listed("rping --dead --alive a"), Listed::All);
    let sort = |line| many(line).plan.style.sort;
    assert_eq!(sort("rping a b"), Sort::AsGiven);
    assert_eq!(sort("rping --sort loss a"), Sort::Loss);
    assert_eq!(sort("rping --sort rtt a"), Sort::RoundTrip);
    assert_eq!(sort("rping --sort address a"), Sort::Address);
    let need = |line| many(line).plan.need;
    assert_eq!(need("rping a b"), Need::All);
    assert_eq!(need("rping --need 2 a b"), Need::Number(2));
    assert_eq!(need("rping --need 90% a b"), Need::Percent(90));
    assert_eq!(
        many("rping --rate max a").plan.schedule.spacing,
        Spacing::Spread(Duration::ZERO)
    );
}

#[test]
fn progress_is_for_a_terminal() {
    let terminal = Environment {
        stderr_is_terminal: true,
        width: Some(80),
        ..root()
    };
    let pipe = Environment {
        stderr_is_terminal: false,
        ..terminal.clone()
    };
    for (environment, progress) in [(terminal, Some(80)), (pipe, None)] {
        let config = many_in("rping a b", &environment);
        assert_eq!(config.plan.style.progress, progress);
    }
}

#[test]
fn what_makes_no_sense_for_many_is_refused() {
    for option in [
        "-o",
        "-f",
        "-A",
        "-l 2",
        "-B",
        "-F 1",
        "--via h",
        "-R",
        "-T tsonly",
        "-C",
        "-H",
        "--histogram",
        "-a",
    ] {
        let name = option.split(' ').next().unwrap();
        assert_eq!(
            refused(&format!("rping {option} a b")),
            format!(
                "usage error: {name} works only with a single target and without options for many targets"
            )
        );
    }
    for (line, text) in [
        (
            "rping --alive",
            "usage error: Destination address required: name a host, an address or a network, or see rping -h",
        ),
        (
            "rping --exclude 192.0.2.1",
            "usage error: Destination address required: name a host, an address or a network, or see rping -h",
        ),
        (
            "rping --alive -c 3 a",
            "usage error: -c does not work with --alive or --dead: --retries sets the number of probes",
        ),
        (
            "rping --retries 3 a",
            "usage error: --retries works only with --alive or --dead",
        ),
        (
            "ping --alive a",
            "usage error: options for many targets work only under the name rping",
        ),
        (
            "rping -W 0 a b",
            "-W 0 (no timeout) needs a single target; use a timeout above 0",
        ),
        (
            "rping -i 0 a b",
            "-i 0 needs a single target; use --rate max to send as fast as possible",
        ),
        (
            "rping --rate 0 a",
            "--rate: invalid argument: '0': out of range: 1 <= value <= 10000000",
        ),
        (
            "rping --need 101% a",
            "--need: invalid argument: '101%': out of range: 0 <= value <= 100",
        ),
        (
            "rping --summary-every 0 a",
            "--summary-every: invalid argument: '0': out of range: 0.1 <= value <= 2147483.647",
        ),
        (
            "rping --summary-every 1m a",
            "--summary-every: invalid argument: '1m': not a number: 0.1 <= value <= 2147483.647, in seconds, such as 0.1",
        ),
        ("rping --targets", "--targets needs a value"),
        (
            "rping --clock hardware a b",
            "usage error: --clock hardware works only with a single target and without options for many targets",
        ),
    ] {
        assert_eq!(refused(line), text, "{line}");
    }
}

#[test]
fn numeric_is_about_how_targets_are_called() {
    assert!(many("rping -n a b").plan.style.numeric);
    assert!(!many("rping a b").plan.style.numeric);
}

#[test]
fn probe_is_reported_before_the_next_one_where_its_timeout_is_no_longer_than_the_interval() {
    for line in [
        "rping -O a b",
        "rping -O -i 0.2 -W 0.2 a b",
        "rping -O -v --alive a",
    ] {
        assert_eq!(
            format!("{:?}", many(line)),
            format!("{:?}", many(&line.replace(" -O", ""))),
            "it is what happens anyway"
        );
    }
    let longer =
        "-O with many targets reports a probe when its timeout expires: set -W no longer than -i";
    assert_eq!(refused("rping -O -i 0.2 a b"), longer);
    assert_eq!(refused("rping -O -W 1.1 a b"), longer);
    assert_eq!(
        refused("rping -O --alive a"),
        "-O with --alive or --dead needs -v, which reports single probes"
    );
}

#[test]
fn whoever_is_not_root_keeps_the_floors_of_iputils_and_fping() {
    let refused = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        refused_words(&words, &user())
    };
    for rate in ["1001", "max"] {
        assert_eq!(
            refused(&format!("rping --rate {rate} a")),
            format!("--rate {rate}: more than 1000 probes a second need root; use 1000 or less")
        );
    }
    assert_eq!(
        refused("rping -i 0.009 a b"),
        "-i 0.009: with many targets, less than 0.01 s between probes to one target needs root; use 0.01 or more"
    );
    assert_eq!(refused("rping -b a b"), "-b with many targets needs root");
    assert!(many("rping -b a b").socket.broadcast);
    for line in ["rping --rate 1000 a", "rping -i 0.01 a b"] {
        assert!(parse_in(line, &user()).is_ok(), "{line}");
    }
}
