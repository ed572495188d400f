//! Output of `--alive`.

use super::*;

fn four() -> Known {
    let Known(mut targets) = three();
    targets.push(("no-such-host.example", "", "gone"));
    Known(targets)
}

fn not_sent() -> Row {
    Row {
        reason: Some(Reason::NotSent { errno: 101 }),
        ..Row::default()
    }
}

fn unresolved() -> Row {
    Row {
        reason: Some(Reason::Unresolved),
        ..Row::default()
    }
}

fn four_total() -> Summary {
    Summary {
        targets: 4,
        dead: 2,
        ..total()
    }
}

/// All targets are decided, but not in the given order.
fn sweep(style: Style, listed: Listed) -> (String, String) {
    printed(
        four(),
        style,
        only(listed),
        &[
            Event::Started(&Start::Several(Several {
                targets: 4,
                duplicates: 1,
                ..who_is_alive()
            })),
            Event::Answered(&answer(1, 1, 12_345)),
            Event::Decided {
                target: 1,
                row: &answered(1, 12_345),
            },
            Event::Decided {
                target: 0,
                row: &answered(1, 523),
            },
            Event::NoAnswer {
                target: 2,
                sequence: 1,
            },
            Event::Decided {
                target: 3,
                row: &unresolved(),
            },
            Event::Rejected(&rejection()),
            Event::Decided {
                target: 2,
                row: &unreachable(),
            },
            Event::Finished(&four_total(), &rows()),
        ],
    )
}

const TOTAL: &str = "\
--- 4 targets ping statistics ---
2 of 4 targets alive, 2 dead
9 packets transmitted, 5 received, +1 errors, 44.4444% packet loss, time 2003ms
rtt min/avg/max/mdev = 0.423/6.789/12.445/5.001 ms
rtt p50/p90/p99/p99.9 = 0.523/12.345/12.440/12.445 ms
timed by: 5 kernel
late: 1 reply came late (1 not counted)
";

const NAMED_TWICE: &str = "rping: 1 duplicate target ignored\n";

#[test]
fn the_living() {
    let (out, err) = sweep(Style::default(), Listed::Alive);
    let list = "\
www.example (2001:db8::80)     12.245 ms
198.51.100.7                    0.423 ms  core router

";
    assert_eq!(out, format!("{list}{TOTAL}"));
    assert_eq!(err, NAMED_TWICE);
}

#[test]
fn the_living_for_another_program() {
    let (out, err) = sweep(quiet(), Listed::Alive);
    assert_eq!(out, "www.example\n198.51.100.7\n");
    assert_eq!(err, TOTAL);
}

#[test]
fn statistics_on_standard_error_have_the_colours_of_standard_error() {
    let coloured = |colour, stderr_colour| Style {
        colour,
        stderr_colour,
        ..quiet()
    };
    let (_, err) = sweep(coloured(true, false), Listed::Alive);
    assert_eq!(err, TOTAL);
    let (out, err) = sweep(coloured(false, true), Listed::Alive);
    assert_eq!(out, "www.example\n198.51.100.7\n");
    let heading = "\x1b[1m--- 4 targets ping statistics ---\x1b[0m\n";
    assert!(err.starts_with(heading), "{err:?}");
}

#[test]
fn the_dead() {
    let (out, err) = sweep(Style::default(), Listed::Dead);
    let list = "\
no-such-host.example        no address to probe  gone
203.0.113.200               Destination Host Unreachable from 198.51.100.1  branch

";
    assert_eq!(out, format!("{list}{TOTAL}"));
    assert_eq!(err, NAMED_TWICE);
}

#[test]
fn the_dead_for_another_program() {
    let (out, err) = sweep(quiet(), Listed::Dead);
    assert_eq!(out, "no-such-host.example\n203.0.113.200\n");
    assert_eq!(err, TOTAL);
}

#[test]
fn both() {
    let (out, err) = sweep(Style::default(), Listed::All);
    let list = "\
www.example (2001:db8::80)  alive     12.245 ms
198.51.100.7                alive      0.423 ms  core router
no-such-host.example        dead   no address to probe  gone
203.0.113.200               dead   Destination Host Unreachable from 198.51.100.1  branch

";
    assert_eq!(out, format!("{list}{TOTAL}"));
    assert_eq!(err, NAMED_TWICE);
}

#[test]
fn quiet_list_of_all_has_alive_or_dead_behind_each_target() {
    let (out, err) = sweep(quiet(), Listed::All);
    let list = "\
www.example alive
198.51.100.7 alive
no-such-host.example dead
203.0.113.200 dead
";
    assert_eq!((out.as_str(), err.as_str()), (list, TOTAL));
}

#[test]
fn every_reply_for_the_curious() {
    let style = Style {
        verbose: true,
        ..Style::default()
    };
    let (out, _) = sweep(style, Listed::Dead);
    assert!(out.starts_with("www.example (2001:db8::80)  icmp_seq=1 ttl=64 time=12.345 ms ("));
    assert!(out.contains("\n203.0.113.200               no answer yet for icmp_seq=1  branch\n"));
}

#[test]
fn every_reason() {
    let packet_too_big = Problem::V6(icmpv6::Problem::from_parts(2, 0, 1280));
    let forgotten = Row {
        reason: Some(Reason::Rejected {
            problem: packet_too_big,
            reporter: None,
        }),
        ..silent()
    };
    let too_long = Row {
        reason: Some(Reason::TooLong),
        ..Row::default()
    };
    let filtered = Row {
        reason: Some(Reason::Filtered {
            problem: host_unreachable(),
        }),
        ..Row::default()
    };
    let untimed = Row {
        sent: 1,
        received: 1,
        ..Row::default()
    };
    for (row, text) in [
        (silent(), "dead   no answer"),
        (unresolved(), "dead   no address to probe"),
        (not_sent(), "dead   not sent: Network is unreachable"),
        (too_long, "dead   not sent: message too long"),
        (
            filtered,
            "dead   not sent: rejected by this host (Destination Host Unreachable)",
        ),
        (forgotten, "dead   Packet too big: mtu=1280"),
        (
            unreachable(),
            "dead   Destination Host Unreachable from 198.51.100.1",
        ),
        (untimed, "alive          - ms"),
    ] {
        let (out, _) = printed(
            Known(vec![("", "198.51.100.7", "")]),
            Style::default(),
            ManyStyle::default(),
            &[
                Event::Started(&Start::Several(who_is_alive())),
                Event::Decided {
                    target: 0,
                    row: &row,
                },
            ],
        );
        assert_eq!(out, format!("198.51.100.7  {text}\n"));
    }
}

#[test]
fn an_interrupted_run_says_what_is_not_known() {
    let half = Summary {
        targets: 10,
        ..total()
    };
    let (out, _) = printed(
        three(),
        Style::default(),
        ManyStyle::default(),
        &[
            Event::Started(&Start::Several(who_is_alive())),
            Event::Finished(&half, &rows()),
        ],
    );
    assert!(out.contains("\n2 of 10 targets alive, 1 dead, 7 not known\n"));
}

fn pending() -> Row {
    Row {
        reason: Some(Reason::LookupPending),
        ..Row::default()
    }
}

fn failed() -> Row {
    Row {
        reason: Some(Reason::LookupFailed("Temporary failure in name resolution")),
        ..Row::default()
    }
}

/// The lookup of the second target failed, and the last two lookups are pending.
fn not_known(style: Style, listed: Listed) -> (String, String) {
    let directory = Known(vec![
        ("", "198.51.100.7", ""),
        ("a.example", "", "failing"),
        ("b.example", "", "slow"),
        ("c.example", "198.51.100.8", ""),
    ]);
    let total = Summary {
        targets: 4,
        alive: 1,
        dead: 0,
        ..total()
    };
    let open = Row {
        sent: 2,
        in_flight: 1,
        ..Row::default()
    };
    printed(
        directory,
        style,
        only(listed),
        &[
            Event::Started(&Start::Several(who_is_alive())),
            Event::Warning("a.example: Temporary failure in name resolution"),
            Event::Decided {
                target: 1,
                row: &failed(),
            },
            Event::Undecided {
                target: 2,
                row: &pending(),
            },
            Event::Undecided {
                target: 3,
                row: &open,
            },
            Event::Finished(
                &total,
                &Rows(vec![answered(3, 523), failed(), pending(), open]),
            ),
        ],
    )
}

#[test]
fn names_that_are_not_known_are_in_each_list() {
    for listed in [Listed::All, Listed::Alive, Listed::Dead] {
        let (out, err) = not_known(Style::default(), listed);
        let list = "\
a.example                 not known: Temporary failure in name resolution  failing
b.example                 not known: its lookup is not finished  slow
c.example (198.51.100.8)  not known: no answer yet

";
        assert!(out.starts_with(list), "{out}");
        assert!(
            out.contains("\n1 of 4 targets alive, 3 not known\n"),
            "{out}"
        );
        assert_eq!(
            err,
            "rping: a.example: Temporary failure in name resolution\n"
        );
    }
}

#[test]
fn names_that_are_not_known_are_no_words_for_another_program_but_messages() {
    for listed in [Listed::All, Listed::Alive, Listed::Dead] {
        let (out, err) = not_known(quiet(), listed);
        assert_eq!(out, "");
        let messages = "\
rping: a.example: Temporary failure in name resolution
rping: b.example: not known: its lookup is not finished
rping: c.example: not known: no answer yet
";
        assert!(err.starts_with(messages), "{err}");
    }
}

#[test]
fn reason_of_an_undecided_target_begins_with_not_known() {
    for (row, text) in [
        (
            unreachable(),
            "not known: Destination Host Unreachable from 198.51.100.1",
        ),
        (not_sent(), "not known: not sent: Network is unreachable"),
    ] {
        let events = [
            Event::Started(&Start::Several(who_is_alive())),
            Event::Undecided {
                target: 0,
                row: &row,
            },
        ];
        let directory = || Known(vec![("", "198.51.100.7", "")]);
        let (out, _) = printed(directory(), Style::default(), only(Listed::Dead), &events);
        assert_eq!(out, format!("198.51.100.7  {text}\n"));
        let (out, err) = printed(directory(), quiet(), only(Listed::Dead), &events);
        assert_eq!(out, "");
        assert_eq!(err, format!("rping: 198.51.100.7: {text}\n"));
    }
}

#[test]
fn addresses_that_are_not_decided_are_only_counted_where_there_are_many() {
    for (targets, lines) in [(20, 1), (21, 0)] {
        let directory = Known(vec![("", "198.51.100.7", ""); targets]);
        let events = [
            Event::Started(&Start::Several(who_is_alive())),
            Event::Undecided {
                target: 0,
                row: &Row::default(),
            },
        ];
        let (out, _) = printed(directory, Style::default(), ManyStyle::default(), &events);
        assert_eq!(out.lines().count(), lines, "{out}");
    }
}
