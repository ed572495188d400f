//! Rounds: each target is probed once a period.

use super::*;
use crate::wire::data::Mismatch;

fn no_answer(target: TargetNumber, sequence: u16) -> Event<'static> {
    Event::NoAnswer { target, sequence }
}

#[test]
fn a_session() {
    let late = Answer {
        standing: Standing::Late,
        ..answer(1, 2, 1_234_567)
    };
    let (out, err) = printed(
        three(),
        Style::default(),
        ManyStyle::default(),
        &[
            Event::Started(&rounds()),
            Event::Answered(&answer(0, 1, 523)),
            Event::Answered(&answer(1, 1, 12_345)),
            Event::Rejected(&rejection()),
            no_answer(2, 1),
            Event::Answered(&answer(0, 2, 99)),
            no_answer(1, 2),
            Event::Answered(&late),
            Event::Finished(&total(), &rows()),
        ],
    );
    assert_eq!(err, "");
    assert_eq!(
        out,
        "\
PING 3 targets, 56 data bytes, every 1 s, 3 rounds
198.51.100.7                icmp_seq=1 ttl=64 time=0.523 ms  core router
www.example (2001:db8::80)  icmp_seq=1 ttl=64 time=12.345 ms
203.0.113.200               From 198.51.100.1 icmp_seq=1 Destination Host Unreachable  branch
203.0.113.200               no answer yet for icmp_seq=1  branch
198.51.100.7                icmp_seq=2 ttl=64 time=0.099 ms  core router
www.example (2001:db8::80)  no answer yet for icmp_seq=2
www.example (2001:db8::80)  icmp_seq=2 ttl=64 time=1234.567 ms (late, not counted)

target                      label        sent  recv   loss %  min ms  avg ms  max ms
198.51.100.7                core router     3     3        0   0.423   0.523   0.623
www.example (2001:db8::80)                  3     2  33.3333  12.245  12.345  12.445
203.0.113.200               branch          3     0      100       -       -       -  Destination Host Unreachable from 198.51.100.1

--- 3 targets ping statistics ---
2 of 3 targets alive, 1 dead
9 packets transmitted, 5 received, +1 errors, 44.4444% packet loss, time 2003ms
rtt min/avg/max/mdev = 0.423/6.789/12.445/5.001 ms
rtt p50/p90/p99/p99.9 = 0.523/12.345/12.440/12.445 ms
timed by: 5 kernel
late: 1 reply came late (1 not counted)
"
    );
}

#[test]
fn quiet_leaves_the_table_and_the_total() {
    let (out, err) = printed(
        three(),
        quiet(),
        ManyStyle::default(),
        &[
            Event::Started(&Start::Several(Several {
                duplicates: 2,
                ..in_rounds()
            })),
            Event::Answered(&answer(0, 1, 523)),
            Event::Rejected(&rejection()),
            no_answer(2, 1),
            Event::Finished(&total(), &rows()),
        ],
    );
    assert_eq!(err, "");
    assert!(out.starts_with("target   "), "{out}");
    assert_eq!(out.lines().count(), 4 + 1 + 7);
}

#[test]
fn targets_go_by_their_addresses_alone_where_no_names_are_wanted() {
    let numeric = ManyStyle {
        numeric: true,
        ..ManyStyle::default()
    };
    let known = Known(vec![
        ("www.example", "198.51.100.7", "web"),
        ("gone.example", "", ""),
    ]);
    let (out, _) = printed(
        known,
        Style::default(),
        numeric,
        &[
            Event::Answered(&answer(0, 1, 523)),
            Event::Finished(&of(2), &Rows(vec![answered(3, 523), Row::default()])),
        ],
    );
    assert!(
        out.starts_with("198.51.100.7  icmp_seq=1 ttl=64 time=0.523 ms  web\n"),
        "{out}"
    );
    assert!(out.contains("\n198.51.100.7  web  "), "{out}");
    assert!(out.contains("\ngone.example  "), "{out}");
}

#[test]
fn nothing_was_sent() {
    let nothing = Summary {
        targets: 1,
        ..Summary::default()
    };
    let (out, _) = printed(
        Known(vec![("", "198.51.100.7", "")]),
        Style::default(),
        ManyStyle::default(),
        &[
            Event::Started(&Start::Several(Several {
                targets: 1,
                question: Question::Rounds {
                    period: Duration::from_millis(500),
                    count: Some(1),
                },
                ..in_rounds()
            })),
            Event::Finished(&nothing, &Rows(vec![Row::default()])),
        ],
    );
    assert_eq!(
        out,
        "\
PING 1 target, 56 data bytes, every 0.5 s, 1 round

target        sent  recv  loss %  min ms  avg ms  max ms
198.51.100.7     0     0       -       -       -       -  not probed

--- 1 target ping statistics ---
0 of 1 target alive, 1 not known
0 packets transmitted, 0 received
"
    );
}

/// The names in the first column of the table.
fn sorted(sort: Sort) -> Vec<&'static str> {
    const NAMES: [&str; 6] = ["f", "e", "d", "c", "b", "a"];
    let targets = [
        "2001:db8::1",
        "203.0.113.1",
        "198.51.100.10",
        "198.51.100.9",
        "",
        "2001:db8::",
    ];
    let targets = NAMES.iter().zip(targets);
    let targets = targets
        .map(|(name, address)| (*name, address, ""))
        .collect();
    let rows = Rows(vec![
        answered(2, 5_000),
        answered(3, 4_000),
        Row {
            sent: 0,
            ..Row::default()
        },
        answered(1, 300),
        silent(),
        answered(2, 6_000),
    ]);
    let many = ManyStyle {
        sort,
        ..ManyStyle::default()
    };
    let all = Summary {
        targets: 6,
        ..total()
    };
    let (out, _) = printed(
        Known(targets),
        quiet(),
        many,
        &[Event::Finished(&all, &rows)],
    );
    let lines = out.lines().skip(1).take(6);
    lines
        .map(|line| *NAMES.iter().find(|name| line.starts_with(**name)).unwrap())
        .collect()
}

#[test]
fn sorts() {
    assert_eq!(sorted(Sort::AsGiven), ["f", "e", "d", "c", "b", "a"]);
    assert_eq!(sorted(Sort::Loss), ["b", "c", "f", "a", "e", "d"]);
    assert_eq!(sorted(Sort::RoundTrip), ["c", "e", "f", "a", "d", "b"]);
    assert_eq!(sorted(Sort::Address), ["c", "d", "e", "a", "f", "b"]);
}

#[test]
fn a_sorted_row_has_its_own_figures() {
    let many = ManyStyle {
        sort: Sort::Loss,
        ..ManyStyle::default()
    };
    let (out, _) = printed(
        three(),
        quiet(),
        many,
        &[Event::Finished(&total(), &rows())],
    );
    let begins = [
        "203.0.113.200               branch          3     0      100       -",
        "www.example (2001:db8::80)                  3     2  33.3333  12.245",
        "198.51.100.7                core router     3     3        0   0.423",
    ];
    for (line, begin) in out.lines().skip(1).zip(begins) {
        assert!(line.starts_with(begin), "{line}");
    }
}

fn by_loss(directory: &Known, rows: &Rows) -> Vec<TargetNumber> {
    let column = NameColumn::new(Rc::new(three()), false, Charset::Ascii);
    order::order(Sort::Loss, directory, &column, rows).collect()
}

#[test]
fn a_small_difference_of_loss_counts() {
    let answered_once = |sent| Row {
        sent,
        received: 1,
        ..Row::default()
    };
    // The losses differ in the twentieth digit, beyond the precision of floating point.
    let rows = [u32::MAX - 1, u32::MAX, u32::MAX - 2].map(answered_once);
    let rows = Rows(rows.to_vec());
    assert_eq!(by_loss(&three(), &rows), [1, 0, 2]);
}

#[test]
fn what_is_not_known_is_no_loss_in_the_order_either() {
    let row = |received, suspended| Row {
        sent: 100,
        received,
        suspended,
        ..Row::default()
    };
    let rows = Rows(vec![row(0, 100), row(50, 50), row(99, 0), row(49, 50)]);
    let four = Known(vec![("", "198.51.100.7", ""); 4]);
    assert_eq!(by_loss(&four, &rows), [3, 2, 1, 0]);
}

#[test]
fn every_standing_has_its_mark() {
    for (standing, mark) in [
        (Standing::Reply, ""),
        (Standing::Late, " (late, not counted)"),
        (Standing::Duplicate, " (DUP!)"),
        (Standing::BadChecksum, " (BAD CHECKSUM!)"),
        (Standing::BadToken, " (WRONG TOKEN!)"),
        (Standing::Stale, " (STALE!)"),
        (Standing::Unexpected, " (UNEXPECTED!)"),
    ] {
        let answer = Answer {
            standing,
            timing: None,
            hop_limit: None,
            ..answer(0, 65_535, 1)
        };
        let (out, _) = printed(
            Known(vec![("", "198.51.100.7", "")]),
            Style::default(),
            ManyStyle::default(),
            &[Event::Answered(&answer)],
        );
        assert_eq!(out, format!("198.51.100.7  icmp_seq=65535{mark}\n"));
    }
}

#[test]
fn truncated_verbose_at_a_time_of_day() {
    let style = Style {
        verbose: true,
        timestamps: true,
        ..Style::default()
    };
    let marks = Marks {
        truncated: true,
        ..Marks::default()
    };
    let answer = Answer {
        marks,
        ..answer(2, 7, 100)
    };
    let (out, _) = printed(
        three(),
        style,
        ManyStyle::default(),
        &[Event::Started(&rounds()), Event::Answered(&answer)],
    );
    assert_eq!(
        out.lines().nth(1).unwrap(),
        "[1700000000.001234] 203.0.113.200               icmp_seq=7 ttl=64 (truncated) \
        (identifier and sequence match, kernel time)  branch"
    );
}

#[test]
fn altered_data_is_shown_below_the_line_with_the_label() {
    let data = [0x10, 0x11, 0xff];
    let answer = Answer {
        mismatch: Some(Mismatch {
            offset: 2,
            expected: 0x12,
            found: 0xff,
            data: &data,
        }),
        ..answer(2, 7, 100)
    };
    let start = rounds();
    let events = [Event::Started(&start), Event::Answered(&answer)];
    let (out, _) = printed(three(), Style::default(), ManyStyle::default(), &events);
    let (_, lines) = out.split_once("icmp_seq=7").unwrap();
    assert_eq!(
        lines,
        " ttl=64 time=0.100 ms  branch\n\
        wrong data byte #2 should be 0x12 but was 0xff\n#0\t10 11 ff \n"
    );
}

#[test]
fn oversized() {
    let marks = Marks {
        oversized: true,
        ..Marks::default()
    };
    let answer = Answer {
        marks,
        ..answer(2, 7, 100)
    };
    let start = rounds();
    let events = [Event::Started(&start), Event::Answered(&answer)];
    let (out, _) = printed(three(), Style::default(), ManyStyle::default(), &events);
    let line = out.lines().nth(1).unwrap();
    assert!(
        line.ends_with(" time=0.100 ms (oversized)  branch"),
        "{line}"
    );
}

#[test]
fn colours_do_not_move_columns() {
    let style = Style {
        colour: true,
        ..Style::default()
    };
    let start = rounds();
    let (total, rows) = (total(), rows());
    let events = [
        Event::Started(&start),
        no_answer(2, 1),
        Event::Finished(&total, &rows),
    ];
    let (colourful, _) = printed(three(), style, ManyStyle::default(), &events);
    let (plain, _) = printed(three(), Style::default(), ManyStyle::default(), &events);
    assert!(colourful.contains(
        "203.0.113.200               \x1b[31mno answer yet for icmp_seq=1\x1b[0m  branch\n"
    ));
    assert!(colourful.contains("\n\x1b[1mtarget "));
    assert!(
        colourful.contains("-  \x1b[31mDestination Host Unreachable from 198.51.100.1\x1b[0m\n")
    );
    let mut stripped = colourful;
    for escape in ["\x1b[31m", "\x1b[1m", "\x1b[0m"] {
        stripped = stripped.replace(escape, "");
    }
    assert_eq!(stripped, plain);
}

#[test]
fn a_long_name_moves_only_its_own_line() {
    const LONG: &str = "a-name-that-nobody-would-like-to-type-twice.example";
    let (out, _) = printed(
        Known(vec![("", "198.51.100.7", ""), (LONG, "203.0.113.1", "")]),
        Style::default(),
        ManyStyle::default(),
        &[
            Event::Answered(&answer(0, 1, 100)),
            Event::Answered(&answer(1, 1, 100)),
        ],
    );
    let begin = format!("{:40}  icmp_seq=1", "198.51.100.7");
    assert!(out.starts_with(&begin), "{out}");
    assert!(out.contains(&format!("\n{LONG} (203.0.113.1)  icmp_seq=1")));
}

/// Targets that become known one after another.
#[derive(Debug)]
struct Growing(std::cell::Cell<TargetNumber>);

impl Directory for Growing {
    fn len(&self) -> TargetNumber {
        self.0.get()
    }
    fn address(&self, target: TargetNumber) -> Option<SocketAddr> {
        three().address(target)
    }
    fn name(&self, target: TargetNumber) -> Option<&str> {
        (target == 1).then_some("www.example")
    }
    fn label(&self, _: TargetNumber) -> Option<&str> {
        None
    }
}

#[test]
fn the_column_grows_with_the_names_that_are_known() {
    let directory = Rc::new(Growing(1.into()));
    let styles = (Style::default(), ManyStyle::default());
    let mut report: Printer<Notes> =
        Printer::new(|outlets| Text::of_many(styles, "rping", directory.clone(), outlets, NoNames));
    for (known, target) in [(1, 0), (3, 1), (3, 0)] {
        directory.0.set(known);
        let answer = answer(target, 1, 523);
        report.event(&Event::Answered(&answer), &noon).unwrap();
    }
    report.flush().unwrap();
    assert_eq!(
        report.texts().0,
        "\
198.51.100.7  icmp_seq=1 ttl=64 time=0.523 ms
www.example (2001:db8::80)  icmp_seq=1 ttl=64 time=0.523 ms
198.51.100.7                icmp_seq=1 ttl=64 time=0.523 ms
"
    );
}

#[test]
fn a_host_that_was_suspended_says_so_and_what_it_does_not_know() {
    let slept_through = |sent, received| Row {
        sent,
        received,
        suspended: 1,
        ..Row::default()
    };
    let total = Summary {
        targets: 2,
        alive: 1,
        counts: Counts {
            transmitted: 4,
            received: 2,
            suspended: 2,
            ..Counts::default()
        },
        ..Summary::default()
    };
    let (out, err) = printed(
        Known(vec![("", "198.51.100.7", ""), ("", "198.51.100.8", "")]),
        Style::default(),
        ManyStyle::default(),
        &[
            Event::Suspended {
                length: Duration::from_secs(3600),
            },
            Event::Finished(
                &total,
                &Rows(vec![slept_through(3, 2), slept_through(1, 0)]),
            ),
        ],
    );
    assert_eq!(err, "rping: this host was suspended for 3600 s\n");
    assert_eq!(
        out,
        "\
target        sent  recv  loss %  min ms  avg ms  max ms
198.51.100.7     3     2       0       -       -       -
198.51.100.8     1     0       -       -       -       -  not known: this host was suspended

--- 2 targets ping statistics ---
1 of 2 targets alive, 1 not known
4 packets transmitted, 2 received, 0% packet loss, time 0ms
suspended: 2 probes were in flight when this host was suspended
"
    );
}

#[test]
fn first_line_has_the_period_that_the_rate_allows() {
    for (rate, period) in [
        (None, "1 s"),
        (Some(1000), "1 s"),
        (Some(254), "1 s"),
        (Some(100), "2.54 s (at --rate 100)"),
    ] {
        let many = ManyStyle {
            rate,
            ..ManyStyle::default()
        };
        let start = Start::Several(Several {
            targets: 254,
            ..in_rounds()
        });
        let (out, _) = printed(three(), Style::default(), many, &[Event::Started(&start)]);
        let line = format!("PING 254 targets, 56 data bytes, every {period}, 3 rounds\n");
        assert_eq!(out, line);
    }
}
