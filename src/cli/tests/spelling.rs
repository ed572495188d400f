//! The spelling of options, and their targets in the config.

use super::*;

#[test]
fn options_may_be_clustered_joined_spelled_out_and_anywhere() {
    let expected = format!("{:?}", config("rping -n -q -c 3 -i 0.2 host"));
    for line in [
        "rping -nqc3 -i0.2 host",
        "rping host -nqc 3 -i 0.2",
        "rping -i .2 -qn host -c3",
        "rping --numeric --quiet --count 3 --interval 0.2 host",
        "rping --numeric --quiet --count=3 --interval=0.20 -- host",
        "rping -c 7 -c 003 -H -n -q -q -i 5 -i 0.200000000 host",
    ] {
        assert_eq!(format!("{:?}", config(line)), expected, "{line}");
    }
}

#[test]
fn the_defaults_are_those_of_iputils() {
    let config = config("ping host");
    assert_eq!(config.plan.destination.host, "host");
    assert_eq!(config.plan.destination.family, FamilyChoice::Any);
    assert_eq!(config.plan.destination.reverse, ReverseLookup::ForNames);
    assert_eq!(
        config.plan.schedule.pace,
        Pace::Interval(milliseconds(1000))
    );
    assert_eq!(
        (
            config.plan.schedule.preload,
            config.plan.schedule.first_sequence
        ),
        (1, 1)
    );
    assert_eq!(
        (config.plan.schedule.count, config.plan.schedule.deadline),
        (None, None)
    );
    assert_eq!(config.plan.schedule.timeout, Timeout::Patient);
    assert_eq!(config.plan.schedule.outstanding, Outstanding::Silent);
    assert_eq!(config.message.size, 56);
    assert_eq!(config.message.pattern, Pattern::Counting);
    assert_eq!(config.message.request, Request::Echo);
    assert_eq!(config.socket, crate::config::SocketOptions::default());
    assert_eq!(
        config.style,
        crate::config::Style {
            face: Face::Ping,
            ..Default::default()
        }
    );
}

#[test]
#[allow(clippy::too_many_lines, reason = "one row for each option")]
fn each_option_has_a_letter_or_a_long_name_and_reaches_its_place() {
    type Check = fn(&Config<Single>) -> bool;
    let table: [(&[&str], Check); 41] = [
        (&["-3", "--full-precision"], |c| c.style.full_precision),
        (&["-4", "--ipv4"], |c| {
            c.plan.destination.family == FamilyChoice::Ipv4
        }),
        (&["-6", "--ipv6"], |c| {
            c.plan.destination.family == FamilyChoice::Ipv6
        }),
        (&["-a", "--audible"], |c| c.style.audible),
        (&["-A", "--adaptive"], |c| {
            c.plan.schedule.pace
                == Pace::Adaptive {
                    initial: milliseconds(1000),
                    floor: Duration::ZERO,
                }
        }),
        (&["-b", "--broadcast"], |c| c.socket.broadcast),
        (&["-B", "--sticky-source"], |c| c.socket.sticky_source),
        (&["-c 4", "--count 4"], |c| c.plan.schedule.count == Some(4)),
        (&["-C", "--connect"], |c| c.socket.connect),
        (&["-d", "--debug-socket"], |c| c.socket.debug),
        (&["-D", "--timestamps"], |c| c.style.timestamps),
        (&["-e 13", "--identifier 13"], |c| {
            c.socket.identifier == Some(13)
        }),
        (&["-f", "--flood"], |c| {
            c.style.flood && c.plan.schedule.pace == Pace::Flood
        }),
        (&["-F 0xabcde", "--flow-label 703710"], |c| {
            c.socket.flow_label == Some(0xabcde)
        }),
        (&["-H", "--resolve"], |c| {
            c.plan.destination.reverse == ReverseLookup::Always
        }),
        (&["-i 2", "--interval 2"], |c| {
            c.plan.schedule.pace == Pace::Interval(milliseconds(2000))
        }),
        (&["-I eth0", "--interface eth0"], |c| {
            c.socket.device.as_deref() == Some("eth0")
        }),
        (&["-l 65536", "--preload 65536"], |c| {
            c.plan.schedule.preload == 65_536
        }),
        (&["-L", "--no-loopback"], |c| c.socket.no_multicast_loop),
        (&["-m 0x10", "--mark 16"], |c| c.socket.mark == Some(16)),
        (&["-M probe", "--pmtudisc probe"], |c| {
            c.socket.path_mtu_discovery == Some(PathMtuDiscovery::Probe)
        }),
        (&["-n", "--numeric"], |c| {
            c.plan.destination.reverse == ReverseLookup::Never
        }),
        (&["-N name", "--node-information fqdn"], |c| {
            c.message.request
                == Request::NodeInformation {
                    query: Query::Name,
                    subject: None,
                }
        }),
        (&["-o", "--until-reply"], |c| c.plan.schedule.until_reply),
        (&["-O", "--outstanding"], |c| {
            c.plan.schedule.outstanding == Outstanding::Both
        }),
        (&["-p fF00", "--pattern ff00"], |c| {
            c.message.pattern == Pattern::Repeated(vec![0xff, 0])
                && c.style.announced_pattern == Some(vec![0xff, 0])
        }),
        (&["-q", "--quiet"], |c| c.style.quiet),
        (&["-Q 0xb8", "--tos ef"], |c| {
            c.socket.traffic_class == Some(0xb8)
        }),
        (&["-r", "--bypass-routing"], |c| c.socket.bypass_routing),
        (&["-R", "--record-route"], |c| {
            c.socket.ip_option == Some(IpOption::RecordRoute)
        }),
        (&["-s 8", "--size 8"], |c| c.message.size == 8),
        (&["-S 9000", "--send-buffer 9000"], |c| {
            c.socket.send_buffer == Some(9000)
        }),
        (&["-t 64", "--ttl 64"], |c| {
            c.socket.time_to_live == Some(64)
        }),
        (&["-T tsandaddr", "--ip-timestamp tsandaddr"], |c| {
            c.socket.ip_option
                == Some(IpOption::Timestamp {
                    kind: TimestampKind::AndAddress,
                })
        }),
        (&["-U", "--user-time", "--clock=user"], |c| {
            c.socket.clock == ClockChoice::User
        }),
        (&["-v", "--verbose"], |c| c.style.verbose),
        (&["-w 1.5", "--deadline 1.5"], |c| {
            c.plan.schedule.deadline == Some(milliseconds(1500))
        }),
        (&["-W 0.25", "--timeout 0.25"], |c| {
            c.plan.schedule.timeout == Timeout::PerProbe(milliseconds(250))
        }),
        (&["--first-sequence 65535"], |c| {
            c.plan.schedule.first_sequence == 65_535
        }),
        (&["--socket ping"], |c| c.socket.kind == SocketChoice::Ping),
        (&["--color always"], |c| c.style.colour),
    ];
    for (spellings, reached) in table {
        for spelling in spellings {
            let (with, without) = (
                config(&format!("rping {spelling} host")),
                config("rping host"),
            );
            assert!(reached(&with), "{spelling}");
            assert!(!reached(&without), "{spelling} is not there");
        }
    }
}

#[test]
fn the_name_of_the_program_decides_the_face_and_the_family() {
    for (name, face, family) in [
        ("ping", Face::Ping, FamilyChoice::Any),
        ("/bin/ping", Face::Ping, FamilyChoice::Any),
        ("./ping4", Face::Ping, FamilyChoice::Ipv4),
        ("../x/ping6", Face::Ping, FamilyChoice::Ipv6),
        ("rping", Face::Rping, FamilyChoice::Any),
        ("rping4", Face::Rping, FamilyChoice::Ipv4),
        ("rping6", Face::Rping, FamilyChoice::Ipv6),
        ("ping64", Face::Rping, FamilyChoice::Any),
        ("PING", Face::Rping, FamilyChoice::Any),
    ] {
        let config = config(&format!("{name} host"));
        assert_eq!(
            (config.style.face, config.plan.destination.family),
            (face, family),
            "{name}"
        );
        assert_eq!(config.program, name);
    }
    let invocation = Invocation::new(Some(OsStr::from_bytes(b"a\x1b\xff/ping")));
    assert_eq!(
        (invocation.program.as_str(), invocation.face),
        (r"a\x1b\xff/ping", Face::Ping)
    );
    assert_eq!(Invocation::new(None).program, "rping");
}

#[test]
fn copy_with_an_ending_is_the_same_program() {
    for (name, dialect, face) in [
        ("/usr/bin/fping.old", Dialect::Fping, Face::Ping),
        ("ping.rping", Dialect::Ping, Face::Ping),
        ("rping.1.0", Dialect::Ping, Face::Rping),
        (".fping", Dialect::Ping, Face::Rping),
        ("fping-old", Dialect::Ping, Face::Rping),
    ] {
        let invocation = Invocation::new(Some(OsStr::new(name)));
        assert_eq!(
            (invocation.dialect, invocation.face),
            (dialect, face),
            "{name}"
        );
        assert_eq!(invocation.program, name);
    }
}

#[test]
fn help_is_an_answer_of_rping_and_a_mistake_of_ping() {
    for (line, exit, stderr) in [
        ("rping -h", Exit::Replied, false),
        ("rping --help", Exit::Replied, false),
        ("rping -qh -c", Exit::Replied, false),
        ("rping -N help", Exit::Replied, false),
        ("ping -h", Exit::Failed, true),
        ("ping -?", Exit::Failed, true),
        ("ping6 -N help", Exit::Replied, false),
        ("ping -V", Exit::Replied, false),
        ("rping --version", Exit::Replied, false),
        ("ping --generate bash", Exit::Replied, false),
    ] {
        match parse_in(line, &root()) {
            Ok(Command::Print {
                text,
                exit: actual,
                to_stderr,
            }) => {
                assert_eq!((actual, to_stderr), (exit, stderr), "{line}");
                assert!(text.ends_with('\n'), "{line}");
            }
            other => panic!("{line}: {other:?}"),
        }
    }
}

#[test]
fn a_letter_and_its_value_have_no_sign_between_them() {
    for line in ["rping -c=2 h", "ping -i=0.2 h", "ping h -p=ff"] {
        let refusal = refused(line);
        assert!(
            refusal.contains("invalid argument: '="),
            "{line}: {refusal}"
        );
    }
    assert_eq!(config("rping --count=2 h").plan.schedule.count, Some(2));
}
