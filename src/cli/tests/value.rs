//! Single values.

use super::*;

#[test]
fn numbers_are_plain_decimals_within_their_range() {
    const NO: &[&str] = &[
        "", " ", "abc", "1x", "1e3", "++1", "1 ", "1.5", "0x10", "nan", "²", "--", "-", "-x",
    ];
    let options = [
        ("-c", 1, i64::MAX),
        ("-e", 0, 65_535),
        ("-l", 1, 65_536),
        ("-S", 1, 2_147_483_647),
        ("-t", 1, 255),
        ("--first-sequence", 0, 65_535),
    ];
    for (option, low, high) in options {
        let range = format!("{low} <= value <= {high}");
        for text in NO {
            let line = refused_words(&["rping", option, text, "h"], &root());
            assert_eq!(
                line,
                format!("{option}: invalid argument: '{text}': not a number: {range}")
            );
        }
        for value in [i128::from(low) - 1, -1, i128::from(high) + 1, i128::MAX] {
            let line = refused(&format!("rping {option} {value} h"));
            assert_eq!(
                line,
                format!("{option}: invalid argument: '{value}': out of range: {range}")
            );
        }
        for value in [low, high] {
            config(&format!("rping {option} {value} h"));
        }
    }
}

#[test]
fn times_are_decimals_with_one_point() {
    const NO: &[&str] = &[
        "", ".", "abc", "1x", "1,5", "0x10", "nan", "inf", "infinity", "1e", "e1", "1e1.5", "1e+",
        "1ee1", ".e1", "1 ", "++1", "1.2.3", "1.-5", "--1",
    ];
    for (option, high) in [
        ("-i", "2147483.647"),
        ("-W", "2147483.647"),
        ("-w", "2147483647"),
    ] {
        for text in NO {
            let line =
                format!("{option}: invalid argument: '{text}': not a number: 0 <= value <= {high}");
            // Under the name `ping` the message is iputils' and no more.
            assert_eq!(refused_words(&["ping", option, text, "h"], &root()), line);
            assert_eq!(
                refused_words(&["rping", option, text, "h"], &root()),
                format!("{line}, in seconds, such as 0.1")
            );
        }
        for text in [
            "-1",
            "-0.5",
            "1e300",
            "1e99999999999",
            "1e-999",
            "1000000000000000000000",
            "18446744073709551615.999999999999",
        ] {
            let line = refused(&format!("rping {option} {text} h"));
            assert_eq!(
                line,
                format!("{option}: invalid argument: '{text}': out of range: 0 <= value <= {high}")
            );
        }
        config(&format!("rping {option} {high} h"));
        let line = refused(&format!(
            "rping {option} {high}{}1 h",
            if high.contains('.') { "" } else { "." }
        ));
        assert!(line.contains("out of range"), "{line}");
    }
}

#[test]
fn an_interval_is_exact_and_only_zero_is_zero() {
    for (text, nanoseconds) in [
        ("1", 1_000_000_000),
        ("1.", 1_000_000_000),
        (".5", 500_000_000),
        ("0.002", 2_000_000),
        ("0.123456789", 123_456_789),
        ("0.1234567891", 123_456_790),
        ("0.0000000001", 1),
        ("00.10", 100_000_000),
        (".5e1", 5_000_000_000),
        ("5.e-1", 500_000_000),
        ("1E+2", 100_000_000_000),
        ("12.5e-3", 12_500_000),
        ("0.0001e4", 1_000_000_000),
        ("1e-9", 1),
        ("1e-307", 1),
        ("1234567890123e-9", 1_234_567_890_123),
    ] {
        let pace = config(&format!("rping -i {text} h")).plan.schedule.pace;
        assert_eq!(
            pace,
            Pace::Interval(Duration::from_nanos(nanoseconds)),
            "{text}"
        );
    }
    for zero in ["0", "0.0", ".0", "0.0000000000", "0e300", "0.0e-9"] {
        let config = config(&format!("rping -i {zero} h"));
        assert_eq!(config.plan.schedule.pace, Pace::Flood, "{zero}");
        assert!(config.style.paced_by_replies && !config.style.flood);
    }
}

#[test]
fn patterns_are_octets_in_hexadecimal() {
    for digits in [
        "zz",
        "",
        "0xab",
        "é",
        "000102030405060708090a0b0c0d0e0f10",
        "-1",
        "f f",
    ] {
        let line = refused_words(&["rping", "-p", digits, "h"], &root());
        assert!(
            line.starts_with("-p: invalid argument: '") && line.contains("1 to 16 octets"),
            "{line}"
        );
    }
    let longest = config("rping -p 000102030405060708090a0b0c0d0e0f h");
    assert_eq!(
        longest.message.pattern,
        Pattern::Repeated((0..16).collect())
    );
    assert_eq!(config("rping -q -p 00 h").style.announced_pattern, None);
    for (odd, octets) in [("f", vec![0x0f]), ("abc", vec![0xab, 0x0c])] {
        let config = config(&format!("rping -p {odd} h"));
        assert_eq!(config.style.announced_pattern, Some(octets));
    }
}

#[test]
fn as_ping_the_beginning_of_a_longer_pattern_is_used_and_shown_as_in_iputils() {
    let digits = "000102030405060708090a0b0c0d0e0f";
    for excess in ["1", "10", "73797374656d"] {
        let config = config(&format!("ping -p {digits}{excess} h"));
        let used: Vec<u8> = (0..16).collect();
        assert_eq!(config.message.pattern, Pattern::Repeated(used.clone()));
        assert_eq!(config.style.announced_pattern, Some(used));
    }
    for none in [format!("{digits}zz"), format!("z{digits}"), "abx".into()] {
        let line = refused_words(&["ping", "-p", &none, "h"], &root());
        assert!(line.contains("1 to 16 octets"), "{line}");
    }
}

#[test]
fn traffic_classes_are_numbers_or_names() {
    for (class, octet) in [
        ("0", 0),
        ("255", 255),
        ("0xFf", 255),
        ("0X10", 16),
        ("ef", 184),
        ("EF", 184),
        ("af11", 40),
        ("AF13", 56),
        ("af43", 152),
        ("cs0", 0),
        ("cs6", 192),
        ("Cs7", 224),
        ("le", 4),
        ("va", 176),
    ] {
        let config = config(&format!("rping -Q {class} h"));
        assert_eq!(config.socket.traffic_class, Some(octet), "{class}");
    }
    for class in [
        "af14", "af51", "af01", "af", "cs8", "cs", "ef1", "0x", "0x1g", "1e1", "", "-", "é",
    ] {
        let line = refused_words(&["rping", "-Q", class, "h"], &root());
        assert!(
            line.contains("must be a number from 0 to 255 or one of ef,"),
            "{line}"
        );
    }
    for class in ["-1", "256", "0x1ff", "99999999999999999999"] {
        assert_eq!(
            refused(&format!("rping -Q {class} h")),
            format!("-Q: invalid argument: '{class}': out of range: 0 <= value <= 255")
        );
    }
}

#[test]
fn flow_labels_and_marks_take_hexadecimal_too() {
    assert_eq!(
        config("rping -F 0xfffff h").socket.flow_label,
        Some(0xf_ffff)
    );
    assert_eq!(config("rping -m 0xffffffff h").socket.mark, Some(u32::MAX));
    for label in ["0x100000", "1048576"] {
        let text = format!("flow value is greater than 20 bits: {label}: -F takes 0 to 0xfffff");
        assert_eq!(refused(&format!("rping -F {label} h")), text);
    }
    for line in [
        "rping -F x h",
        "rping -F 0x h",
        "rping -F -1 h",
        "rping -m 4294967296 h",
        "rping -m 0xg h",
    ] {
        assert!(refused(line).contains("invalid argument: "), "{line}");
    }
}

#[test]
fn words_of_a_fixed_list_name_the_others() {
    for (line, text) in [
        (
            "rping -M x h",
            "-M: invalid argument: 'x': must be one of do, dont, want, probe",
        ),
        (
            "rping -T x h",
            "-T: invalid argument: 'x': must be one of tsonly, tsandaddr, tsprespec",
        ),
        (
            "rping --socket x h",
            "--socket: invalid argument: 'x': must be one of raw, ping",
        ),
        (
            "rping --color x h",
            "--color: invalid argument: 'x': must be one of auto, always, never",
        ),
        (
            "rping --socket= h",
            "--socket: invalid argument: '': must be one of raw, ping",
        ),
        (
            "ping --clock= h",
            "--clock: invalid argument: '': must be one of hardware, wire, kernel, user",
        ),
        (
            "rping --color= h",
            "--color: invalid argument: '': must be one of auto, always, never",
        ),
        (
            "rping --sort= a b",
            "--sort: invalid argument: '': must be one of loss, rtt, address",
        ),
        (
            "rping -M= h",
            "-M: invalid argument: '=': leave out the equals sign",
        ),
        ("rping --socket", "--socket needs a value: one of raw, ping"),
        ("rping -M", "-M needs a value: one of do, dont, want, probe"),
        ("rping h -c", "-c needs a value"),
        (
            "rping --count=",
            "-c: invalid argument: '': not a number: 1 <= value <= 9223372036854775807",
        ),
        ("rping --quiet=1 h", "-q takes no value: remove '=1'"),
        (
            "rping --bogus h",
            "unknown option '--bogus': see rping --help for all options",
        ),
        (
            "rping --cuont 1 h",
            "unknown option '--cuont': did you mean '--count'?",
        ),
        (
            "rping -z h",
            "unknown option '-z': see rping --help for all options",
        ),
        (
            "rping -nz h",
            "unknown option '-z': see rping --help for all options",
        ),
    ] {
        assert_eq!(refused(line), text);
    }
}

#[test]
fn second_interface_or_source_of_a_family_is_refused_and_holds_under_the_name_ping() {
    for (first, second) in [
        ("192.0.2.1", "192.0.2.2"),
        ("fd51::1", "fd51::2"),
        ("eth0", "lo"),
    ] {
        let both = format!("-I {first} -I {second}");
        let text =
            format!("{both}: give only one interface, and one source address of each family");
        assert_eq!(refused(&format!("rping {both} h")), text);
        assert_eq!(refused(&format!("rping {both} h h2")), text);
        let socket = config(&format!("ping {both} h")).socket;
        assert_eq!(socket, config(&format!("ping -I {second} h")).socket);
    }
}

#[test]
fn interfaces_and_sources_may_both_be_given() {
    let socket = config("rping -I lo -I 192.0.2.1 -I lo h").socket;
    assert_eq!(socket.device.as_deref(), Some("lo"));
    assert_eq!(socket.sources.ipv4, "192.0.2.1".parse().ok());
    let socket = config("ping -I fe80::1%eth0 h").socket;
    assert_eq!(socket.device.as_deref(), Some("eth0"));
    assert_eq!(socket.sources.ipv6, "fe80::1".parse().ok());
    let sources = config("rping -I 192.0.2.1 -I ::1 h").socket.sources;
    assert_eq!(sources.ipv4, "192.0.2.1".parse().ok());
    assert_eq!(sources.ipv6, "::1".parse().ok());
    for word in [
        "",
        &"l".repeat(128),
        "a/b",
        "a b",
        "a\n",
        ".",
        "..",
        "fe80::1%",
        "fe80::1%a/b",
    ] {
        let line = refused_words(&["rping", "-I", word, "h"], &root());
        assert!(
            line.contains("must be an IP address or the name of an interface"),
            "{line}"
        );
    }
    assert_eq!(
        refused("rping -I fe80::g h"),
        "-I: invalid argument: 'fe80::g': invalid IPv6 address"
    );
    // Only the kernel's rules apply.
    assert_eq!(
        config("rping -I a%b@c.1 h").socket.device.as_deref(),
        Some("a%b@c.1")
    );
}

proptest! {
    #[test]
    fn every_time_with_a_point_is_read_exactly(seconds in 0_u64..2_147_483, nanoseconds in 0_u32..1_000_000_000) {
        let time = Duration::new(seconds, nanoseconds);
        let deadline = config(&format!("rping -w {seconds}.{nanoseconds:09} h")).plan.schedule.deadline;
        prop_assert_eq!(deadline, Some(time).filter(|time| !time.is_zero()));
    }
}

#[test]
fn what_ping_refuses_has_its_own_range_and_the_words_of_iputils() {
    for (line, words) in [
        (
            "-t 256",
            "-t: invalid argument: '256': out of range: 0 <= value <= 255",
        ),
        (
            "-t -1",
            "-t: invalid argument: '-1': out of range: 0 <= value <= 255",
        ),
        ("-M x", "invalid -M argument: x"),
        ("-T x", "invalid timestamp type: x"),
        ("-M ", "invalid -M argument: "),
        ("-T ", "invalid timestamp type: "),
    ] {
        let (option, value) = line.split_once(' ').unwrap();
        let refusal = parse(["ping", option, value, "h"], &root()).unwrap_err();
        assert_eq!(refusal.to_string(), words, "{line}");
    }
}
