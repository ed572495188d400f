//! Command lines of fping, and their meaning.

use std::ffi::OsString;
use std::time::Duration;

use crate::cli::{self, Command, Environment};
use crate::config::many::{AddressNames, Backoff, Mode, Need, Schedule, Spacing};
use crate::config::{
    Config, FamilyChoice, FpingIntervals, FpingLines, FpingListed, FpingName, FpingProbes,
    FpingStyle, PathMtuDiscovery, Plan, Request, Several, TimestampFormat,
};

const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

fn parse(line: &str) -> Command {
    let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
    cli::parse(words, &Environment::default()).unwrap()
}

fn config(line: &str) -> Config<Several> {
    let Command::Run { config, .. } = parse(line) else {
        panic!("{line}: {:?}", parse(line));
    };
    let (rest, plan) = config.split();
    match plan {
        Plan::Many(plan) => rest.with(plan),
        Plan::One(_) => panic!("{line}: one target"),
    }
}

fn schedule(line: &str) -> Schedule {
    config(line).plan.schedule
}

fn style(line: &str) -> FpingStyle {
    config(line).plan.fping.unwrap()
}

/// Text, exit code, and whether it goes to standard error.
fn printed(line: &str) -> (String, u8, bool) {
    match parse(line) {
        Command::Print {
            text,
            exit,
            to_stderr,
        } => (text, exit.code(), to_stderr),
        Command::Run { .. } | Command::Merge(_) | Command::Replay(_) | Command::Doctor(_) => {
            panic!("{line}: it is probed")
        }
    }
}

fn refused(line: &str) -> String {
    let (text, code, to_stderr) = printed(line);
    assert_eq!((code, to_stderr), (1, true), "{line}");
    text
}

#[test]
fn targets_are_asked_until_they_answer_by_the_times_of_fping() {
    let plain = schedule("fping h");
    let mode = |retries, factor| Mode::Alive {
        retries,
        backoff: Backoff::new(factor),
    };
    assert_eq!(plain.mode, mode(3, 1.5));
    assert_eq!(plain.spacing, Spacing::Close(10 * MILLISECOND));
    assert_eq!(
        (plain.timeout, plain.first_sequence),
        (500 * MILLISECOND, 0)
    );
    let tuned = schedule("fping -r1 -B 2 -t 50 -i 0.5 h");
    assert_eq!(tuned.mode, mode(1, 2.0));
    assert_eq!(tuned.spacing, Spacing::Close(MILLISECOND / 2));
    assert_eq!(tuned.timeout, 50 * MILLISECOND);
}

#[test]
fn the_timeout_of_rounds_is_the_period_up_to_two_seconds_unless_it_is_given() {
    for (line, period, timeout, count) in [
        ("fping -c 3 h", 1000, 1000, Some(3)),
        ("fping -C 3 -p 200 h", 200, 200, Some(3)),
        ("fping -l -p 5000 h", 5000, 2000, None),
        ("fping -c 1 -p 5000 -t 3000 h", 5000, 3000, Some(1)),
    ] {
        let schedule = schedule(line);
        let period = period * MILLISECOND;
        assert_eq!(schedule.mode, Mode::Rounds { period, count }, "{line}");
        assert_eq!(schedule.timeout, timeout * MILLISECOND, "{line}");
    }
}

#[test]
fn options_reach_the_socket() {
    let socket = config("fping -I eth0 -S 192.0.2.1 -S 2001:db8::1 -H 7 -O 0x10 -k 9 -M h").socket;
    assert_eq!(socket.device.as_deref(), Some("eth0"));
    assert_eq!(socket.sources.ipv4, Some([192, 0, 2, 1].into()));
    assert!(socket.sources.ipv6.is_some());
    let numbers = (socket.time_to_live, socket.traffic_class, socket.mark);
    assert_eq!(numbers, (Some(7), Some(0x10), Some(9)));
    assert_eq!(socket.path_mtu_discovery, Some(PathMtuDiscovery::Do));
    assert_eq!(config("fping -b 1000 h").message.size, 1000);
    assert_eq!(config("fping h").message.size, 56);
}

#[test]
fn lines_are_those_of_targets_or_of_probes() {
    for (line, listed) in [
        ("fping h", FpingListed::WithState),
        ("fping -a h", FpingListed::Alive),
        ("fping -u h", FpingListed::Unreachable),
        ("fping -q h", FpingListed::None),
        ("fping -x 1 h", FpingListed::None),
        ("fping -qa h", FpingListed::Alive),
    ] {
        assert_eq!(style(line).lines, FpingLines::Targets(listed), "{line}");
    }
    let probes = |each, values, intervals| {
        FpingLines::Probes(FpingProbes {
            each,
            values,
            period: SECOND,
            intervals,
        })
    };
    let (each, cumulative) = (FpingIntervals::Each, FpingIntervals::Cumulative);
    for (line, lines) in [
        ("fping -c 3 h", probes(true, false, each)),
        ("fping -a -c 3 h", probes(true, false, each)),
        ("fping -q -c 3 h", probes(false, false, each)),
        ("fping -C 3 -q h", probes(false, true, each)),
        ("fping -c 3 -Q 1 h", probes(false, false, each)),
        (
            "fping -l -Q 1,cumulative h",
            probes(false, false, cumulative),
        ),
        (
            "fping -l -N -Q 2 h",
            probes(false, false, FpingIntervals::Netdata(2 * SECOND)),
        ),
        // Netdata's output needs intervals.
        ("fping -c 3 -N h", probes(true, false, each)),
        ("fping -l -q h", probes(true, false, each)),
    ] {
        assert_eq!(style(line).lines, lines, "{line}");
    }
}

#[test]
fn what_else_is_printed_follows_from_the_switches() {
    let plain = style("fping h");
    assert!(!(plain.elapsed || plain.stats || plain.outage || plain.quiet));
    assert!(!(plain.destination || plain.traffic_class || plain.hop_limit));
    let line = "fping -e -s -o -A -R -D --print-ttl --print-tos --print-reply-dst h";
    let all = style(line);
    assert!(all.elapsed && all.stats && all.outage);
    assert!(all.random_data && all.hop_limit && all.traffic_class && all.destination);
    let socket = config(line).socket;
    assert!(socket.receives_traffic_class && socket.receives_destination);
    assert_eq!(all.timestamps, Some(TimestampFormat::Unix));
    assert!(!all.json && style("fping -J -c 1 h").json);
    let iso = style("fping -D --timestamp-format=iso h");
    assert_eq!(iso.timestamps, Some(TimestampFormat::Iso));
    assert_eq!(style("fping --timestamp-format=iso h").timestamps, None);
}

#[test]
fn targets_go_by_what_was_typed_or_by_names_or_numbers_of_their_addresses() {
    let names = |line| (style(line).name, config(line).plan.targets.names);
    for (line, expected) in [
        ("fping h", (FpingName::Name, AddressNames::Never)),
        ("fping -n h", (FpingName::Name, AddressNames::OfAddresses)),
        ("fping -d h", (FpingName::Name, AddressNames::OfAll)),
        ("fping -A h", (FpingName::Address, AddressNames::Never)),
        (
            "fping -A -n h",
            (FpingName::Both, AddressNames::OfAddresses),
        ),
        ("fping -A -d h", (FpingName::Both, AddressNames::OfAll)),
    ] {
        assert_eq!(names(line), expected, "{line}");
    }
    let generated = config("fping -n -g fe80::fe%eth0 fe80::101%eth0")
        .plan
        .targets;
    assert!(generated.hosts_only);
    assert_eq!(
        generated.words,
        [
            "fe80::fe%eth0",
            "fe80::ff%eth0",
            "fe80::100%eth0",
            "fe80::101%eth0"
        ]
    );
    assert_eq!(
        config("fping -d -g 192.0.2.254/30").plan.targets.words,
        ["192.0.2.253", "192.0.2.254"]
    );
}

#[test]
fn probes_leave_through_an_interface_without_being_bound_to_it() {
    let socket = config("fping --oiface eth7 h").socket;
    assert_eq!(socket.outgoing_interface.as_deref(), Some("eth7"));
    assert_eq!(socket.device, None);
}

#[test]
fn summaries_in_between_need_rounds() {
    let every = |line| config(line).plan.summary_every;
    assert_eq!(every("fping -l -Q 2 h"), Some(2 * SECOND));
    assert_eq!(every("fping -c 5 -Q 0.5 h"), Some(SECOND / 2));
    assert_eq!(every("fping -Q 2 h"), None);
    assert_eq!(every("fping -c 5 -Q 0 h"), None);
}

#[test]
fn so_many_have_to_be_reached_in_the_end_or_at_once() {
    let need = |line| config(line).plan.need;
    assert_eq!(need("fping h"), Need::All);
    assert_eq!(need("fping -x 2 a b"), Need::InTheEnd(2));
    assert_eq!(need("fping -X 2 a b"), Need::Reached(2));
}

#[test]
fn targets_are_words_a_file_or_generated() {
    let targets = |line| config(line).plan.targets;
    let words = targets("fping b -e a");
    assert_eq!(
        (words.words.join(" ").as_str(), words.hosts_only),
        ("b a", true)
    );
    assert!(words.files.is_empty());
    assert_eq!(targets("fping").files, ["-"]);
    assert_eq!(targets("fping -f hosts").files, ["hosts"]);
    let all = targets("fping -m h");
    assert!(all.all_addresses);
    for (line, word) in [
        ("fping -g 192.0.2.0/30", "192.0.2.1-192.0.2.2"),
        ("fping -g 192.0.2.2/31", "192.0.2.2-192.0.2.3"),
        ("fping -g 192.0.2.7/32", "192.0.2.7-192.0.2.7"),
        ("fping -g 192.0.2.1 192.0.2.9", "192.0.2.1-192.0.2.9"),
        ("fping -g 2001:db8::/126", "2001:db8::-2001:db8::3"),
        ("fping -g fe80::1%eth0 fe80::2%eth0", "fe80::1-fe80::2%eth0"),
    ] {
        let generated = targets(line);
        assert_eq!(
            (generated.words.join(" ").as_str(), generated.hosts_only),
            (word, false)
        );
    }
}

#[test]
fn the_family_comes_from_the_name_or_an_option() {
    let family = |line| config(line).plan.targets.family;
    assert_eq!(family("fping h"), FamilyChoice::Any);
    assert_eq!(family("fping6 h"), FamilyChoice::Ipv6);
    assert_eq!(family("fping -4 -4 h"), FamilyChoice::Ipv4);
    assert_eq!(family("rping --as fping6 h"), FamilyChoice::Ipv6);
}

/// The order of two options matters, and so does the order of the checks.
#[test]
fn refusals_are_those_of_fping_and_the_first_one_counts() {
    for (line, said) in [
        ("fping -4 -6 h", "can't specify both -4 and -6"),
        ("fping6 -4 h", "can't specify both -4 and -6"),
        ("fping -d -n h", "use either one of -d or -n"),
        ("fping -n -d h", "use either one of -d or -n"),
        ("fping -S bla", "can't parse source address: bla"),
        ("fping -H 300 h", "ttl 300 out of range"),
        ("fping -a -u h", "specify only one of a, u"),
        (
            "fping --oiface lo -I lo -c3 -l h",
            "specify only --oiface or -I, --iface",
        ),
        ("fping -c3 -l h", "specify only one of c, l"),
        ("fping -H 300 -a -u h", "ttl 300 out of range"),
        ("fping -u -c3 -a -l h", "specify only one of a, u"),
        ("fping -J h", "option -J, --json requires -c, -C, or -l"),
        ("fping -c 1 -p 0 h", "-p must be >= 0.001"),
        (
            "fping -b 65508 h",
            "data size 65508 not valid, must not be larger than 65507",
        ),
        (
            "fping -B 0.9 h",
            "backoff factor 0.9 not valid, must be between 1.0 and 5.0",
        ),
        (
            "fping -B 5.1 h",
            "backoff factor 5.1 not valid, must be between 1.0 and 5.0",
        ),
        (
            "fping --icmp-timestamp -b 9 h",
            "cannot change ICMP Timestamp size",
        ),
        (
            "fping -g xxx 127.0.0.1",
            "can't parse address xxx: Name or service not known",
        ),
        (
            "fping -g 127.0.0.1 yyy",
            "can't parse address yyy: Name or service not known",
        ),
        (
            "fping -g 127.0.0.2/33",
            "netmask must be between 1 and 32 (is: 33)",
        ),
        (
            "fping -g 127.0.0.2/0",
            "netmask must be between 1 and 32 (is: 0)",
        ),
        (
            "fping -g ::1/64",
            "netmask must be between 65 and 128 (is: 64)",
        ),
        (
            "fping -g 10.0.0.0/8",
            "-g parameter generates too many addresses",
        ),
        (
            "fping -g fe80::1%a fe80::2%b",
            "different scopes for start and end addresses",
        ),
        (
            "fping -g fe80::/120%a",
            "address scope must precede prefix length",
        ),
        (
            "fping -Z",
            "invalid option -- 'Z'\nsee 'fping -h' for usage information",
        ),
        (
            "fping -c",
            "option requires an argument -- 'c'\nsee 'fping -h' for usage information",
        ),
    ] {
        let program = line.split(' ').next().unwrap();
        assert_eq!(refused(line), format!("{program}: {said}\n"), "{line}");
    }
    let comma = "fping, can't parse address xxx: Name or service not known\n";
    assert_eq!(refused("fping -g xxx/32"), comma);
    assert_eq!(refused("fping -g 127.0.0.2 127.0.0.1"), "");
}

#[test]
fn what_is_no_value_and_what_goes_not_together_is_answered_by_the_help() {
    for line in [
        "fping -c 0 h",
        "fping -C x h",
        "fping -t -1 h",
        "fping -Q 1whatever h",
        "fping -b 10xyz h",
        "fping -k 0 h",
        "fping -x 0 h",
        "fping -D --timestamp-format= h",
        "fping -g",
        "fping -g 127.0.0.1",
        "fping -g 127.0.0.1 127.0.0.2 127.0.0.3",
        "fping -f list h",
        "fping -g -f list",
    ] {
        let help = refused(line);
        assert!(
            help.starts_with("Usage: fping [options] [targets...]\n\nProbing options:\n"),
            "{line}"
        );
    }
}

#[test]
fn so_many_retries_are_refused() {
    let retries = refused("fping -r 65536 h");
    assert_eq!(
        retries,
        "fping: -r 65536: at most 65535 retries are supported by rping\n"
    );
    assert!(matches!(
        config("fping -r 65535 h").plan.schedule.mode,
        Mode::Alive {
            retries: 65_535,
            ..
        }
    ));
}

#[test]
fn timestamps_are_asked_for_over_ipv4_only() {
    let message = config("fping --icmp-timestamp h").message;
    assert_eq!((message.size, message.request), (12, Request::Timestamp));
    assert!(style("fping --icmp-timestamp h").times);
    for (line, said) in [
        ("fping -6 --icmp-timestamp h", "ICMP Timestamp is IPv4 only"),
        (
            "fping --icmp-timestamp -6 h",
            "can't specify both -4 and -6",
        ),
    ] {
        assert_eq!(refused(line), format!("fping: {said}\n"));
    }
}

#[test]
fn replies_may_come_from_any_address_unless_it_is_checked() {
    assert!(config("fping h").plan.targets.any_sender);
    assert!(!config("fping --check-source h").plan.targets.any_sender);
}

#[test]
fn what_fping_ignores_is_accepted() {
    config("fping -T 10 h");
}

#[test]
fn probes_are_forgotten_after_the_timeout_of_sequence_numbers() {
    let after = |line: &str| config(line).plan.forgets_after;
    assert_eq!(after("fping h"), None);
    let half = Some(Duration::from_millis(500));
    assert_eq!(after("fping --seqmap-timeout 500 h"), half);
    assert_eq!(after("fping -c 1 --seqmap-timeout=500 h"), half);
    refused("fping --seqmap-timeout x h");
}

/// `SmokePing`, Zabbix and flent look there for options before they use them.
#[test]
fn help_and_version_go_to_standard_output_and_have_what_programs_look_for() {
    for line in ["fping -h", "fping -4 --help h", "fping -c 3 -h -Z"] {
        let (help, code, to_stderr) = printed(line);
        assert_eq!((code, to_stderr), (0, false), "{line}");
        for text in [
            " -S,",
            " -O,",
            " -k,",
            "--ipv6",
            "print timestamp before each output line",
        ] {
            assert!(help.contains(text), "{text}");
        }
        assert!(help.contains("\n   -v, --version      show version\n"));
    }
    let (version, code, to_stderr) = printed("fping -v");
    assert!(version.starts_with("fping: Version 5.5\n"), "{version}");
    assert!(version.contains("rping"), "it says what it is: {version}");
    assert_eq!((code, to_stderr), (0, false));
}

#[test]
fn each_option_of_the_help_works() {
    let (help, ..) = printed("fping -h");
    for line in help.lines() {
        let Some(name) = line.split("--").nth(1) else {
            continue;
        };
        let end = name.find([' ', '=']).unwrap_or(name.len());
        let name = &name[..end];
        let value = match name {
            "help" | "version" | "generate" | "file" => continue,
            "timestamp-format" => "=iso",
            "src" => "=192.0.2.1",
            "json" => " -c 1",
            _ if line.contains(&format!("--{name}=")) => "=2",
            _ => "",
        };
        config(&format!("fping --{name}{value} h"));
    }
}
