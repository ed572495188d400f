//! Output on standard error during a run.

use super::*;

fn on_terminal(columns: u16) -> ManyStyle {
    ManyStyle {
        progress: Some(columns),
        ..ManyStyle::default()
    }
}

fn after(milliseconds: u64, done: u64) -> Progress {
    Progress {
        elapsed: Duration::from_millis(milliseconds),
        probes: done,
        alive: 2,
        stage: Stage::Rounds {
            of: Some(100),
            remaining: Some(Duration::from_secs(5)),
        },
    }
}

/// What one more event adds to standard error.
fn more(report: &mut Printer<Notes>, event: &Event<'_>) -> String {
    let before = report.texts().1.len();
    report.event(event, &noon).unwrap();
    report.flush().unwrap();
    report.texts().1.split_off(before)
}

#[test]
fn the_life_of_a_progress_line() {
    let mut report = report(three(), Style::default(), on_terminal(80));
    let early = after(1_900, 10);
    assert_eq!(more(&mut report, &Event::Progress(&early)), "");
    let first = "50/100 probes (50%), 25/s, 2 alive, 5 s left";
    assert_eq!(
        more(&mut report, &Event::Progress(&after(2_000, 50))),
        format!("\r{first}")
    );
    // Unchanged progress is not written again.
    assert_eq!(more(&mut report, &Event::Progress(&after(2_000, 50))), "");
    // Spaces cover the rest of a longer line.
    let second = "9/100 probes (9%), 4.5/s, 2 alive, 5 s left";
    assert_eq!(
        more(&mut report, &Event::Progress(&after(2_000, 9))),
        format!("\r{second} ")
    );
    // The line is erased for a line of standard output and for a message, and written again.
    let room = format!("\r{}\r", " ".repeat(second.len()));
    assert_eq!(
        more(&mut report, &Event::Answered(&answer(0, 1, 523))),
        format!("{room}\r{second}")
    );
    assert_eq!(
        more(&mut report, &Event::Warning("odd")),
        format!("{room}rping: odd\n\r{second}")
    );
    // It is erased before the last lines.
    let end = more(&mut report, &Event::Finished(&total(), &rows()));
    assert_eq!(end, room);
}

#[test]
fn a_list_for_another_program_ends_progress_too() {
    let many = ManyStyle {
        listed: Listed::Alive,
        ..on_terminal(80)
    };
    let mut report = report(three(), quiet(), many);
    more(
        &mut report,
        &Event::Started(&Start::Several(who_is_alive())),
    );
    let shown = more(&mut report, &Event::Progress(&after(2_000, 50)));
    let end = more(&mut report, &Event::Finished(&total(), &rows()));
    let room = format!("\r{}\r", " ".repeat(shown.len() - 1));
    assert!(end.starts_with(&format!("{room}--- 3 targets")), "{end:?}");
    assert!(end.ends_with("came late (1 not counted)\n"), "{end:?}");
}

#[test]
fn the_progress_line_fits_and_only_a_terminal_gets_one() {
    let mut narrow = report(three(), Style::default(), on_terminal(15));
    let line = more(&mut narrow, &Event::Progress(&after(2_000, 50)));
    assert_eq!(line, "\r50/100 probes ");
    let mut piped = report(three(), Style::default(), ManyStyle::default());
    assert_eq!(more(&mut piped, &Event::Progress(&after(9_000, 50))), "");
}

#[test]
fn the_state_of_few_targets() {
    let mut report = report(three(), Style::default(), ManyStyle::default());
    assert_eq!(
        more(&mut report, &Event::Status(&total(), &rows())),
        "\r2 of 3 targets alive, 1 dead, 5/9 packets, 44.4444% loss, min/avg/max = 0.423/6.789/12.445 ms
198.51.100.7                3/3 packets, 0% loss, min/avg/max = 0.423/0.523/0.623 ms  core router
www.example (2001:db8::80)  2/3 packets, 33.3333% loss, min/avg/max = 12.245/12.345/12.445 ms
203.0.113.200               0/3 packets, 100% loss, Destination Host Unreachable from 198.51.100.1  branch
"
    );
    assert_eq!(report.texts().0, "");
}

#[test]
fn probes_in_flight_are_not_lost_and_who_has_time_left_is_not_dead() {
    let mut report = report(three(), Style::default(), ManyStyle::default());
    let total = Summary {
        alive: 1,
        dead: 0,
        counts: Counts {
            transmitted: 3,
            received: 1,
            in_flight: 2,
            ..Counts::default()
        },
        round_trips: None,
        ..total()
    };
    let open = |sent| Row {
        sent,
        in_flight: 1,
        ..Row::default()
    };
    let answered = Row {
        received: 1,
        ..open(2)
    };
    let rows = Rows(vec![answered, open(1), Row::default()]);
    assert_eq!(
        more(&mut report, &Event::Status(&total, &rows)),
        "\r1 of 3 targets alive, 2 not known, 1/3 packets, 0% loss
198.51.100.7                1/2 packets, 0% loss  core router
www.example (2001:db8::80)  0/1 packets, no answer yet
203.0.113.200               0/0 packets, not probed  branch
"
    );
    report
        .event(&Event::Finished(&total, &rows), &noon)
        .unwrap();
    report.flush().unwrap();
    let text = report.texts().0;
    let in_flight = "in flight: 2 probes were waiting for their replies when the run ended\n";
    assert!(text.contains(in_flight), "{text}");
    let packets = "3 packets transmitted, 1 received, 0% packet loss";
    assert!(text.contains(packets), "{text}");
}

#[test]
fn the_state_of_many_targets_is_one_line() {
    let style = Style {
        timestamps: true,
        ..Style::default()
    };
    for (targets, lines) in [(20, 21), (21, 1)] {
        let directory = Known(vec![("", "198.51.100.7", ""); targets as usize]);
        let mut report = report(directory, style.clone(), ManyStyle::default());
        let many = Summary { targets, ..total() };
        let rows = Rows(vec![silent(); 21]);
        let text = more(&mut report, &Event::Status(&many, &rows));
        assert_eq!(text.lines().count(), lines);
        assert!(text.starts_with("\r[1700000000.001234] 2 of 2"), "{text:?}");
        let stamped = text.matches("[1700000000.001234] ").count();
        assert_eq!(stamped, lines, "each line has the time: {text:?}");
    }
}

#[test]
fn local_errors_are_told_once_each_and_then_ever_more_rarely() {
    let mut report = report(three(), Style::default(), ManyStyle::default());
    let refused = |number| NotSent::Refused(io::Error::from_raw_os_error(number));
    let (network, permission) = (refused(101), refused(1));
    let mut told = String::new();
    for round in 0..50 {
        for (target, reason) in [(1, &network), (2, &permission)] {
            told += &more(
                &mut report,
                &Event::NotSent {
                    probe: probe(target),
                    reason,
                },
            );
        }
        // A reply from another target does not reset the count.
        more(&mut report, &Event::Answered(&answer(0, round, 100)));
    }
    assert_eq!(
        told,
        "\
rping: www.example (2001:db8::80): sendmsg: Network is unreachable
rping: 203.0.113.200: sendmsg: Operation not permitted; a firewall or a policy of this host forbids it
rping: sendmsg: Network is unreachable (10 probes, the last to www.example (2001:db8::80))
rping: sendmsg: Operation not permitted; a firewall or a policy of this host forbids it (10 probes, the last to 203.0.113.200)
"
    );
}

#[test]
fn quiet_run_says_why_a_probe_did_not_leave() {
    let mut report = report(three(), quiet(), ManyStyle::default());
    let reason = &NotSent::TooLong {
        mtu: 1280,
        ipv6: true,
    };
    assert_eq!(
        more(
            &mut report,
            &Event::NotSent {
                probe: probe(0),
                reason
            }
        ),
        "rping: 198.51.100.7: local error: message too long, mtu: 1280\n"
    );
}
