//! Combinations of options, for a user and a face.

use super::*;
use crate::config::{Group, GroupError};

#[test]
fn a_family_that_contradicts_is_refused() {
    const TEXT: &str = "only one -4 or -6 option may be specified";
    for line in [
        "ping -4 -6 h",
        "ping -64 h",
        "ping4 -6 h",
        "ping6 -4 h",
        "rping6 --ipv4 h",
    ] {
        let advice = "; leave out one of them (rping4 implies -4, rping6 implies -6)";
        let advice = if line.starts_with('r') { advice } else { "" };
        assert_eq!(refused(line), format!("{TEXT}{advice}"), "{line}");
    }
    assert_eq!(
        config("ping4 -4 h").plan.destination.family,
        FamilyChoice::Ipv4
    );
    for line in [
        "rping -6 -R h",
        "rping -4 -F 1 h",
        "rping -4 -N name h",
        "rping -6 -b h",
        "rping -6 -b h1 h2",
        "ping -6 a b",
        "rping -4 -I ::1 h",
    ] {
        let text = refused(line);
        let end = if line.starts_with('r') {
            " was requested; leave out one of the two"
        } else {
            " was requested"
        };
        assert!(
            text.starts_with("usage error: ") && text.ends_with(end),
            "{line}: {text}"
        );
    }
    for (line, text) in [
        (
            "rping -b ::1",
            "-b works over IPv4 only (IPv6 has no broadcast), but ::1 is an IPv6 address; change one of the two",
        ),
        (
            "rping -I 192.0.2.1 ::1",
            "the source address (-I) is IPv4, but ::1 is an IPv6 address; change one of the two",
        ),
        (
            "rping -N name 127.1",
            "-N works over IPv6 only, but 127.1 is an IPv4 address; change one of the two",
        ),
    ] {
        assert_eq!(refused(line), format!("usage error: {text}"));
    }
}

#[test]
fn what_one_family_has_only_implies_it() {
    for (line, family) in [
        ("rping -R h", FamilyChoice::Ipv4),
        ("rping -T tsonly h", FamilyChoice::Ipv4),
        ("ping hop h", FamilyChoice::Ipv4),
        ("rping -I 192.0.2.1 h", FamilyChoice::Ipv4),
        ("rping -I fe80::1%eth0 h", FamilyChoice::Ipv6),
        ("rping -F 0 h", FamilyChoice::Ipv6),
        ("rping -N ipv4 h", FamilyChoice::Ipv6),
        ("rping -b h", FamilyChoice::Ipv4),
        ("rping -I eth0 h", FamilyChoice::Any),
        ("rping -I 192.0.2.1 -I ::1 h", FamilyChoice::Any),
    ] {
        assert_eq!(config(line).plan.destination.family, family, "{line}");
    }
}

#[test]
fn whoever_is_not_root_may_not_flood() {
    const FLOOD: &str =
        "cannot flood, minimal interval for user must be >= 2 ms, use -i 0.002 (or higher)";
    let user = Environment::default();
    for line in [
        "ping -f h",
        "ping -i 0 h",
        "ping -i 0.0019 h",
        "ping -fA h",
        "ping -f -i .001 h",
    ] {
        let as_rping = line.replacen("ping", "rping", 1);
        let words: Vec<&str> = as_rping.split(' ').collect();
        let told = refused_words(&words, &user);
        let remedy = if line.contains("-i ") { "use" } else { "add" };
        let why =
            format!(": less than 0.002 s between probes needs root; {remedy} -i 0.002 or more");
        assert!(told.ends_with(&why), "{as_rping}: {told}");
        assert_eq!(
            config_in(line, &user).plan.forbidden_pace.as_deref(),
            Some(FLOOD),
            "{line}"
        );
    }
    assert_eq!(
        refused_words(&["ping", "-l", "4", "h"], &user),
        "cannot set preload to value greater than 3: 4"
    );
    assert_eq!(
        refused_words(&["rping", "-l", "4", "h"], &user),
        "-l 4: more than 3 probes at once need root; use 3 or less"
    );
    assert_eq!(
        refused_words(&["rping", "-i", "0.001", "h"], &user),
        "-i 0.001: less than 0.002 s between probes needs root; use -i 0.002 or more"
    );
    assert_eq!(config_in("ping -l 3 h", &user).plan.schedule.preload, 3);
    let flood = config_in("ping -f -i 0.002 h", &user);
    assert_eq!(flood.plan.forbidden_pace, None);
    assert_eq!(flood.plan.schedule.pace, Pace::Interval(milliseconds(2)));
    assert!(flood.style.flood && flood.style.paced_by_replies);
    let adaptive = config_in("ping -A -i 0.2 h", &user);
    let expected = Pace::Adaptive {
        initial: milliseconds(200),
        floor: milliseconds(2),
    };
    assert_eq!(adaptive.plan.schedule.pace, expected);
    assert!(adaptive.style.paced_by_replies);
    let both = Pace::Adaptive {
        initial: milliseconds(10),
        floor: Duration::ZERO,
    };
    assert_eq!(config("ping -fA h").plan.schedule.pace, both);
}

#[test]
fn interval_times_preload_is_limited_as_in_iputils_under_its_name() {
    for (options, milliseconds) in [
        ("-l 3 -i 715827.882", Some(715_827_882)),
        ("-l 3 -i 715827.881999", None),
        ("-l 3 -i 1000000 -A", Some(1_000_000_000)),
        ("-l 3 -i 1000000 -f", Some(1_000_000_000)),
        ("-l 3 -f", None),
        ("-l 65536 -i 32.767", Some(32_767)),
        ("-l 65536 -i 32.766", None),
        ("-i 2147483.647", Some(2_147_483_647)),
        ("-i 2147483.646999", None),
    ] {
        let why = milliseconds.map(|it: u32| format!("illegal preload and/or interval: {it}"));
        let line = format!("ping {options} h");
        assert_eq!(config(&line).plan.forbidden_pace, why, "{line}");
        // rping has no overflow.
        assert_eq!(config(&format!("r{line}")).plan.forbidden_pace, None);
    }
}

#[test]
fn timeouts_and_deadlines_depend_on_the_face_and_zero_sets_none() {
    let timeout = |line: &str| config(line).plan.schedule.timeout;
    assert_eq!(
        timeout("ping -W 2.5 h"),
        Timeout::Linger(milliseconds(2500))
    );
    assert_eq!(
        timeout("rping -W 2.5 h"),
        Timeout::PerProbe(milliseconds(2500))
    );
    assert_eq!(
        (timeout("ping -W 0 h"), timeout("rping -W 0 h")),
        (Timeout::Linger(Duration::MAX), Timeout::Never)
    );
    assert_eq!(timeout("rping h"), Timeout::Patient);
    assert_eq!(config("rping -w 0 h").plan.schedule.deadline, None);
    assert_eq!(config("rping h").plan.schedule.timed, Timed::Faithful);
    assert_eq!(config("ping h").plan.schedule.timed, Timed::All);
    assert_eq!(
        config("rping h").plan.schedule.outstanding,
        Outstanding::Overdue
    );
    assert_eq!(
        config("ping -O h").plan.schedule.outstanding,
        Outstanding::BeforeNext
    );
}

#[test]
fn the_size_must_fit_as_soon_as_the_family_is_known() {
    let too_large = |size: &str, largest: usize| {
        format!("invalid -s value: '{size}': out of range: 0 <= value <= {largest}")
    };
    for (line, size, largest) in [
        ("ping -4", "65508", 65_507),
        ("ping", "70000", 65_507),
        ("ping", "4294967296", 65_507),
        ("rping -R", "65468", 65_467),
        ("rping -T tsonly", "65468", 65_467),
        ("ping hop", "65468", 65_467),
        ("ping -6", "65528", 65_527),
    ] {
        assert_eq!(
            refused(&format!("{line} -s {size} h")),
            too_large(size, largest),
            "{line}"
        );
    }
    assert_eq!(refused("ping -s 65508 127.1"), too_large("65508", 65_507));
    assert_eq!(refused("ping -s 65528 ::1"), too_large("65528", 65_527));
    assert_eq!(
        refused("ping -s -1 h"),
        "-s: invalid argument: '-1': out of range: 0 <= value <= 65507"
    );
    for line in [
        "ping -s 0 h",
        "ping -s 65507 127.1",
        "ping -6 -s 65527 h",
        "ping -s 65527 ::1",
        "ping -R -s 65467 h",
    ] {
        config(line);
    }
    // Only the lookup decides the family.
    config("ping -s 65508 h");
}

#[test]
fn words_before_the_host_are_hops_of_ping_only() {
    let destination = config("ping a b c").plan.destination;
    assert_eq!(
        (destination.hops, destination.host),
        (vec!["a".to_owned(), "b".to_owned()], "c".to_owned())
    );
    assert_eq!(
        config("ping a h").socket.ip_option,
        Some(IpOption::SourceRoute { strict: false })
    );
    assert_eq!(
        config("rping --via a,b --via c h").plan.destination.hops,
        ["a", "b", "c"]
    );
    assert_eq!(
        config("rping -r --via a h").socket.ip_option,
        Some(IpOption::SourceRoute { strict: true })
    );
    let stamped = config("ping -T tsprespec a b c d h");
    assert_eq!(
        stamped.socket.ip_option,
        Some(IpOption::Timestamp {
            kind: TimestampKind::Prespecified
        })
    );
    assert_eq!(stamped.plan.destination.hops.len(), 4);
    config("ping 1 2 3 4 5 6 7 8 9 h");
    for (line, text) in [
        (
            "ping 1 2 3 4 5 6 7 8 9 10 h",
            "usage error: a route has at most 9 hops (--via), but 10 were given",
        ),
        ("ping -R a h", "usage error: -R takes no hops (--via)"),
        (
            "ping -T tsonly a h",
            "usage error: -T tsonly and -T tsandaddr take no hops (--via)",
        ),
        (
            "ping -T tsprespec a b c d e h",
            "usage error: -T tsprespec takes 1 to 4 hops (--via), but 5 were given",
        ),
        (
            "rping -T tsprespec h",
            "usage error: -T tsprespec takes 1 to 4 hops (--via), but 0 were given; name the hosts whose times you want",
        ),
        ("ping -R -T tsonly h", "only one of -T or -R may be used"),
        (
            "rping --via a,,b h",
            "--via needs a host: its value is empty",
        ),
        ("ping", "usage error: Destination address required"),
        (
            "rping -c 1",
            "usage error: Destination address required: name a host, an address or a network, or see rping -h",
        ),
    ] {
        assert_eq!(refused(line), text, "{line}");
    }
    for (program, text) in [
        ("ping", ": Name or service not known"),
        ("rping", "the host is empty: name a host or an address"),
    ] {
        assert_eq!(refused_words(&[program, ""], &root()), text);
    }
    assert_eq!(config("ping -c 1 -- -host").plan.destination.host, "-host");
}

#[test]
fn names_are_looked_up_as_the_last_word_says() {
    let disabled = Environment {
        ptr_lookup_disabled: true,
        ..root()
    };
    for (line, environment, expected) in [
        ("ping -n -H h", root(), ReverseLookup::Always),
        ("ping -H -n h", root(), ReverseLookup::Never),
        ("ping -f h", root(), ReverseLookup::Never),
        ("ping -f -H h", root(), ReverseLookup::Always),
        ("ping -H -f h", root(), ReverseLookup::Always),
        ("ping h", disabled.clone(), ReverseLookup::Never),
        ("ping -H h", disabled.clone(), ReverseLookup::Always),
    ] {
        assert_eq!(
            config_in(line, &environment).plan.destination.reverse,
            expected,
            "{line}"
        );
    }
    let warnings = |line: &str| match parse_in(line, &disabled) {
        Ok(Command::Run { warnings, .. }) => warnings.len(),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        ["ping h", "ping -q h", "ping -H h", "ping -n h"].map(warnings),
        [1, 0, 0, 0]
    );
}

#[test]
fn some_probes_need_a_raw_socket() {
    assert_eq!(config("ping --socket raw h").socket.kind, SocketChoice::Raw);
    assert_eq!(
        refused("ping --socket ping -e 0 h"),
        "usage error: -e 0 needs a raw socket: leave out --socket ping"
    );
    assert_eq!(
        refused("ping --socket ping -N name h"),
        "usage error: -N needs a raw socket: leave out --socket ping"
    );
}

#[test]
fn node_information_is_asked_about_a_subject() {
    let request = |line: &str| config(line).message.request;
    let flags = Ipv6Flags::GLOBAL | Ipv6Flags::LINK_LOCAL;
    assert_eq!(
        request("ping -N ipv6-global -N ipv6-linklocal -N ipv6 -N subject-ipv4=192.0.2.1 h"),
        Request::NodeInformation {
            query: Query::Ipv6Addresses { flags },
            subject: Some(Subject::Ipv4([192, 0, 2, 1].into())),
        }
    );
    assert_eq!(
        request("ping -N ipv4 -N ipv4-all -N subject-ipv6=fe80::1 h"),
        Request::NodeInformation {
            query: Query::Ipv4Addresses { all: true },
            subject: Some(Subject::Ipv6("fe80::1".parse().unwrap())),
        }
    );
    for (word, name, qualified) in [
        ("subject-name=Node", "node", false),
        ("subject-name=node.example", "node.example", true),
        ("subject-fqdn=node", "node", true),
        ("subject-name=bücher", "xn--bcher-kva", false),
    ] {
        let dns = encode_name(name, qualified).unwrap();
        let group = group_address(&dns).to_string();
        let asked = config(&format!("ping -N name -N {word}"));
        assert_eq!(
            asked.message.request,
            Request::NodeInformation {
                query: Query::Name,
                subject: Some(Subject::Name { dns }),
            }
        );
        assert_eq!(asked.plan.destination.host, group);
        let zoned = config(&format!("ping -N name -N {word}%eth0"))
            .plan
            .destination
            .host;
        assert_eq!(zoned, format!("{group}%eth0"));
        assert_eq!(
            config(&format!("ping -N name -N {word} h"))
                .plan
                .destination
                .host,
            "h"
        );
    }
    for line in [
        "ping -N x h",
        "ping -N name= h",
        "ping -N subject-ipv6 h",
        "ping -N subject-ipv6=x h",
        "ping -N subject-ipv4=::1 h",
        "ping -N subject-name= h",
        "ping -N subject-name=a..b h",
        "rping -N subject-ipv6=::1 h",
        "ping -N name -N ipv6 h",
        "ping -N name -N subject-ipv6=::1 -N subject-ipv4=127.0.0.1 h",
    ] {
        assert!(refused(line).starts_with("-N: "), "{line}");
    }
    assert_eq!(
        refused("ping -N name"),
        "usage error: Destination address required"
    );
}

#[test]
fn colours_are_for_terminals_that_want_them() {
    let terminal = Environment {
        stdout_is_terminal: true,
        width: Some(80),
        ..root()
    };
    let plain = Environment {
        no_color: true,
        ..terminal.clone()
    };
    let dumb = Environment {
        terminal_is_dumb: true,
        ..terminal.clone()
    };
    for (line, environment, expected) in [
        ("rping h", &terminal, true),
        ("rping --color auto h", &terminal, true),
        ("rping --color never h", &terminal, false),
        ("ping h", &terminal, false),
        ("ping --color always h", &plain, true),
        ("rping h", &plain, false),
        ("rping h", &dumb, false),
        ("rping --color always h", &dumb, true),
        ("rping h", &root(), false),
    ] {
        assert_eq!(
            config_in(line, environment).style.colour,
            expected,
            "{line}"
        );
    }
    assert_eq!(config_in("ping h", &terminal).style.width, Some(80));
    assert_eq!(
        config_in(
            "ping h",
            &Environment {
                width: Some(80),
                ..root()
            }
        )
        .style
        .width,
        None
    );
}

#[test]
fn each_output_has_the_colours_that_its_own_reader_shows() {
    let on = |stdout_is_terminal, stderr_is_terminal| Environment {
        stdout_is_terminal,
        stderr_is_terminal,
        ..root()
    };
    for (line, environment, expected) in [
        ("rping h", on(true, false), [true, false]),
        ("rping h", on(false, true), [false, true]),
        ("rping --color always h", on(false, false), [true, true]),
        ("rping --color never h", on(true, true), [false, false]),
        ("ping h", on(true, true), [false, false]),
    ] {
        let style = config_in(line, &environment).style;
        let colours = [style.colour, style.stderr_colour];
        assert_eq!(colours, expected, "{line}: {environment:?}");
    }
}

#[test]
fn of_two_clocks_the_one_that_was_named_last_is_taken() {
    for (line, clock) in [
        ("rping h", ClockChoice::Best),
        ("rping --clock kernel h", ClockChoice::Kernel),
        ("rping --clock hardware h", ClockChoice::Hardware),
        ("rping --clock wire h", ClockChoice::Wire),
        ("rping -U --clock kernel h", ClockChoice::Kernel),
        ("rping --clock kernel -U h", ClockChoice::User),
        ("ping -U h", ClockChoice::User),
    ] {
        assert_eq!(config(line).socket.clock, clock, "{line}");
    }
}

#[test]
fn adaptive_probes_of_a_user_leave_for_a_group_no_faster_than_one_a_second() {
    let user = Environment::default();
    for (line, result) in [
        ("ping -A -b h", Ok(())),
        ("ping -A -b -i 1 h", Ok(())),
        (
            "ping -A -b -i 0.9 h",
            Err(GroupError::Interval(Group::Broadcast)),
        ),
    ] {
        let mut config = config_in(line, &user);
        assert_eq!(config.check_group(Group::Broadcast), result, "{line}");
        config.keep_group_pace();
        let Pace::Adaptive { floor, .. } = config.plan.schedule.pace else {
            panic!("{line}");
        };
        assert_eq!(floor, Duration::from_secs(1));
    }
}

#[test]
fn files_for_programs_have_one_format_each_and_standard_output_one() {
    use crate::config::export::{Exposition, Format};
    let exports =
        config("rping --export-csv a --export-openmetrics b.om --export-influx - h").exports;
    let formats: Vec<Format> = exports.files.iter().map(|export| export.format).collect();
    let metrics = Format::Metrics(Exposition::OpenMetrics);
    assert_eq!(formats, [Format::Csv, metrics]);
    assert_eq!(exports.stdout, Some(Format::Influx));
    let prometheus = config("rping --export-openmetrics b.prom --export-every 5 h").exports;
    assert_eq!(prometheus.every, Duration::from_secs(5));
    let metrics = Format::Metrics(Exposition::Prometheus);
    assert_eq!(prometheus.files[0].format, metrics);
    for (line, why) in [
        (
            "rping --export-csv - --export-influx - h",
            "--export-csv - and --export-influx - cannot both have standard output: give one of them a file",
        ),
        (
            "rping --export-csv f --export-csv-summary f h",
            "f is given for two exports: give each a file of its own",
        ),
        (
            "rping --export-json - h",
            "--export-json - is --json: use that, or name a file",
        ),
        (
            "rping --export-every 5 h",
            "--export-every is about --export-openmetrics: add that, or leave it out",
        ),
    ] {
        assert_eq!(refused(line), why);
    }
}
