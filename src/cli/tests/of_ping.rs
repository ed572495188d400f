//! Values that rping rejects and `ping` accepts, as iputils does.

use super::*;

fn words_of_ping(argv: &[&str]) -> Config<Single> {
    let config = match parse(argv.iter().map(OsString::from), &root()) {
        Ok(Command::Run { config, .. }) => *config,
        other => panic!("{argv:?}: {other:?}"),
    };
    one(config)
}

/// The config under the name `ping` of a command line that `rping` rejects.
fn only_of_ping(option: &str, value: &str) -> Config<Single> {
    let refusal = refused_words(&["rping", option, value, "h"], &root());
    assert!(refusal.starts_with(&format!("{option}: ")), "{refusal}");
    words_of_ping(&["ping", option, value, "h"])
}

#[test]
fn empty_words_are_what_iputils_makes_of_them() {
    assert_eq!(only_of_ping("-Q", "").socket.traffic_class, Some(0));
    assert_eq!(only_of_ping("-F", "").socket.flow_label, Some(0));
    assert_eq!(only_of_ping("-I", "").socket.device.as_deref(), Some(""));
    let pattern = only_of_ping("-p", "");
    assert_eq!(pattern.style.announced_pattern, Some(vec![]));
    assert_eq!(pattern.message.pattern, Pattern::Repeated(vec![0]));
    for option in [
        "-c", "-i", "-W", "-w", "-s", "-t", "-l", "-m", "-e", "-S", "-N",
    ] {
        refused_words(&["ping", option, "", "h"], &root());
    }
}

#[test]
fn numbers_that_only_the_kernel_judges_are_left_to_it() {
    assert_eq!(only_of_ping("-t", "0").socket.time_to_live, Some(0));
    assert_eq!(only_of_ping("-Q", "-1").socket.traffic_class, Some(0));
    assert_eq!(only_of_ping("-Q", "0x").socket.traffic_class, Some(0));
    assert_eq!(only_of_ping("-F", "0X").socket.flow_label, Some(0));
    for (option, value) in [("-t", "-1"), ("-t", "256"), ("-Q", "-2"), ("-F", "-1")] {
        refused_words(&["ping", option, value, "h"], &root());
    }
}

#[test]
fn time_stamps_of_prescribed_hosts_need_none_as_ping() {
    refused("rping -T tsprespec h");
    let config = config("ping -T tsprespec h");
    assert_eq!(
        config.socket.ip_option,
        Some(IpOption::Timestamp {
            kind: TimestampKind::Prespecified
        })
    );
}

#[test]
fn options_of_one_family_do_not_decide_it_as_ping() {
    for line in [
        "ping -R h",
        "ping -T tsonly h",
        "ping -F 1 h",
        "ping -N name h",
        "ping -I 192.0.2.1 h",
        "ping -I ::1 h",
        "ping -b h",
    ] {
        assert_eq!(
            config(line).plan.destination.family,
            FamilyChoice::Any,
            "{line}"
        );
    }
    for line in [
        "ping -6 -R h",
        "ping -4 -F 1 h",
        "ping -4 -N name h",
        "ping -4 -I ::1 h",
    ] {
        config(line);
    }
}

#[test]
fn options_of_the_other_family_are_dropped_once_the_family_is_known() {
    let line = "ping -R -F 1 -N name h";
    let mut on_ipv4 = config(line);
    on_ipv4.ignore_other_family(false);
    assert_eq!(on_ipv4.socket.ip_option, Some(IpOption::RecordRoute));
    assert_eq!(on_ipv4.socket.flow_label, None);
    assert_eq!(on_ipv4.message.request, Request::Echo);
    let mut on_ipv6 = config(line);
    on_ipv6.ignore_other_family(true);
    assert_eq!(on_ipv6.socket.ip_option, None);
    assert_eq!(on_ipv6.socket.flow_label, Some(1));
    assert_ne!(on_ipv6.message.request, Request::Echo);
}

#[test]
fn a_source_address_of_either_family_fixes_the_source_as_ping() {
    assert!(config("ping -I ::1 h").socket.sticky_source);
    assert!(!config("ping -I eth0 h").socket.sticky_source);
    assert!(!config("rping -I ::1 h").socket.sticky_source);
}

#[test]
fn a_subject_about_which_nothing_is_asked_leaves_echoes_as_ping() {
    refused("rping -N subject-name=a h");
    let config = config("ping -N subject-name=a h");
    assert_eq!(config.message.request, Request::Echo);
    assert_eq!(
        refused("ping -N subject-name=a"),
        "usage error: Destination address required"
    );
}

#[test]
fn blanks_and_one_plus_sign_before_a_number_are_passed_over() {
    for program in ["ping", "rping"] {
        for number in [" 5", "+5", "\t 5", "\n+5", "  +5", " 005"] {
            let options = [
                "-c", "-i", "-W", "-w", "-s", "-t", "-l", "-m", "-e", "-Q", "-S",
            ];
            let mut argv = vec![program];
            argv.extend(options.iter().flat_map(|option| [*option, number]));
            argv.push("h");
            let config = words_of_ping(&argv);
            assert_eq!(config.plan.schedule.count, Some(5), "{argv:?}");
            assert_eq!(
                config.plan.schedule.pace,
                Pace::Interval(milliseconds(5000))
            );
            assert_eq!(config.plan.schedule.deadline, Some(milliseconds(5000)));
            assert_eq!(config.message.size, 5);
            assert_eq!(config.socket.time_to_live, Some(5));
            assert_eq!(config.socket.traffic_class, Some(5));
            assert_eq!(config.socket.mark, Some(5));
            assert_eq!(config.socket.identifier, Some(5));
        }
        for text in [
            "5 ", "+ 5", "++5", "+-5", "-+5", " ", "+", "+0x5", "\u{a0}5",
        ] {
            let line = refused_words(&[program, "-c", text, "h"], &root());
            assert!(line.starts_with("-c: invalid argument: "), "{line}");
        }
    }
}
