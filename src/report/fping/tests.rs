//! Whole outputs of literal events.

use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::*;
use crate::config::FpingIntervals;
use crate::event::{Counts, LocalTime, Marks, Moment, Problem, Reach, RoundTrips, Source};
use crate::report::NoNames;
use crate::wire::data::Mismatch;
use crate::wire::{icmpv4, icmpv6};

const NAMES: [&str; 3] = ["192.0.2.1", "router.example", "192.0.2.200"];

#[derive(Debug)]
struct Three;

impl Directory for Three {
    fn len(&self) -> TargetNumber {
        3
    }

    fn address(&self, target: TargetNumber) -> Option<SocketAddr> {
        let last = [1, 2, 200][target as usize];
        Some(([192, 0, 2, last], 0).into())
    }

    fn name(&self, target: TargetNumber) -> Option<&str> {
        (target == 1).then_some(NAMES[1])
    }

    fn label(&self, _: TargetNumber) -> Option<&str> {
        None
    }

    fn unknown(&self) -> TargetNumber {
        4
    }
}

/// What of the rows is known.
#[derive(Debug, Default)]
struct Rows(Vec<Row>);

impl Results for Rows {
    fn row(&self, target: TargetNumber) -> Row {
        self.0.get(target as usize).copied().unwrap_or_default()
    }
}

/// Both streams as one: what is on standard error stands between `<` and `>`.
#[derive(Debug, Clone, Default)]
struct Both(Rc<RefCell<String>>);

struct Of {
    both: Both,
    is_error: bool,
}

impl io::Write for Of {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        let shown = String::from_utf8_lossy(text).into_owned();
        let shown = if self.is_error {
            format!("<{shown}>")
        } else {
            shown
        };
        self.both.0.borrow_mut().push_str(&shown);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[allow(
    clippy::unnecessary_wraps,
    reason = "it stands for one that may not know"
)]
fn noon(_: SystemTime) -> Option<LocalTime> {
    Some(LocalTime {
        hour: 12,
        minute: 0,
        second: 7,
        ..LocalTime::default()
    })
}

fn at() -> Moment {
    Moment {
        wall: UNIX_EPOCH + Duration::from_micros(1_596_092_373_184_230),
        since_start: Duration::from_millis(2345),
    }
}

fn style(lines: FpingLines) -> FpingStyle {
    FpingStyle {
        lines,
        quiet: false,
        elapsed: false,
        stats: false,
        outage: false,
        by_address: false,
        timestamps: None,
        hop_limit: false,
        random_data: false,
        required: None,
    }
}

fn targets(listed: FpingListed) -> FpingStyle {
    style(FpingLines::Targets(listed))
}

fn probes(each: bool, values: bool) -> FpingStyle {
    style(FpingLines::Probes(FpingProbes {
        each,
        values,
        period: Duration::from_millis(500),
        intervals: FpingIntervals::Each,
    }))
}

/// What is printed of these events.
fn printed(style: FpingStyle, events: &[Event<'_>]) -> String {
    let both = Both::default();
    let of = |is_error| Of {
        both: both.clone(),
        is_error,
    };
    let mut text = Text::new(
        (style, &Style::default()),
        "fping",
        Rc::new(Three),
        (of(false), of(true)),
        NoNames,
        noon,
    );
    for event in events {
        text.event(event, &at).unwrap();
    }
    text.flush().unwrap();
    both.0.take()
}

fn timing(microseconds: u64) -> Timing {
    Timing {
        round_trip: Duration::from_micros(microseconds),
        source: Source::Kernel,
        sending: None,
        queued: None,
        reading: None,
    }
}

fn answer(target: TargetNumber, number: u64, microseconds: u64) -> Answer<'static> {
    Answer {
        target,
        number: Some(number),
        length: 64,
        source: ([192, 0, 2, 1], 0).into(),
        identifier: 7,
        sequence: 0,
        hop_limit: Some(63),
        traffic_class: None,
        standing: Standing::Reply,
        timing: Some(timing(microseconds)),
        marks: Marks::default(),
        mismatch: None,
        options: &[],
        information: None,
    }
}

fn lost(target: TargetNumber, number: u64) -> Event<'static> {
    Event::Outcome {
        probe: ProbeId {
            target,
            number,
            sequence: 0,
        },
        outcome: Outcome::Lost,
    }
}

fn alive(microseconds: u64) -> Row {
    let time = Some(Duration::from_micros(microseconds));
    Row {
        sent: 1,
        received: 1,
        min: time,
        mean: time,
        max: time,
        ..Row::default()
    }
}

const DEAD: Row = Row {
    sent: 4,
    received: 0,
    suspended: 0,
    in_flight: 0,
    min: None,
    mean: None,
    max: None,
    p99: None,
    reason: None,
};

fn total() -> Summary {
    let time = Duration::from_micros;
    Summary {
        targets: 3,
        alive: 2,
        dead: 1,
        counts: Counts {
            transmitted: 6,
            received: 2,
            duplicates: 1,
            late: 1,
            ..Counts::default()
        },
        round_trips: Some(RoundTrips {
            min: time(44),
            mean: time(2_500_000),
            max: time(3_001_000),
            deviation: time(0),
            ewma: time(0),
            p50: time(0),
            p90: time(0),
            p99: time(0),
            p99_9: time(0),
            jitter: time(0),
        }),
        ..Summary::default()
    }
}

/// Two targets answer, the last one does not.
fn who_is_alive(style: FpingStyle) -> String {
    let (first, second) = (alive(44), alive(12_300));
    let rows = Rows(vec![first, second, DEAD]);
    let total = total();
    printed(
        style,
        &[
            Event::Answered(&answer(1, 0, 12_300)),
            Event::Answered(&answer(0, 0, 44)),
            Event::Decided {
                target: 1,
                row: &second,
            },
            Event::Decided {
                target: 0,
                row: &first,
            },
            Event::Decided {
                target: 2,
                row: &DEAD,
            },
            Event::Finished(&total, &rows),
        ],
    )
}

#[test]
fn targets_are_alive_as_they_answer_and_unreachable_at_the_end() {
    assert_eq!(
        who_is_alive(targets(FpingListed::Told)),
        "router.example is alive\n192.0.2.1 is alive\n192.0.2.200 is unreachable\n"
    );
    let alive = targets(FpingListed::Alive);
    assert_eq!(who_is_alive(alive), "router.example\n192.0.2.1\n");
    assert_eq!(
        who_is_alive(targets(FpingListed::Unreachable)),
        "192.0.2.200\n"
    );
    assert_eq!(who_is_alive(targets(FpingListed::None)), "");
}

#[test]
fn a_line_of_the_living_has_the_hop_limit_and_then_the_time() {
    let told = FpingStyle {
        elapsed: true,
        hop_limit: true,
        by_address: true,
        ..targets(FpingListed::Told)
    };
    assert_eq!(
        who_is_alive(told),
        "192.0.2.2 is alive (TTL 63) (12.3 ms)\n192.0.2.1 is alive (TTL 63) (0.044 ms)\n192.0.2.200 is unreachable\n"
    );
}

#[test]
fn a_target_that_may_be_answered_yet_is_not_unreachable() {
    let waiting = Row {
        in_flight: 1,
        sent: 1,
        ..Row::default()
    };
    let rows = Rows(vec![waiting, Row::default(), DEAD]);
    let total = total();
    let finished = Event::Finished(&total, &rows);
    let told = printed(targets(FpingListed::Told), &[finished]);
    assert_eq!(told, "192.0.2.200 is unreachable\n");
}

#[test]
fn it_is_said_whether_so_many_are_reachable() {
    for (required, text) in [(2, "Enough"), (3, "Not enough")] {
        let style = FpingStyle {
            required: Some(required),
            ..targets(FpingListed::None)
        };
        assert_eq!(
            who_is_alive(style),
            format!("{text} hosts reachable (required: {required}, reachable: 2)\n")
        );
    }
}

#[test]
fn the_last_block_has_what_was_counted_over_all() {
    let style = FpingStyle {
        stats: true,
        ..targets(FpingListed::None)
    };
    assert_eq!(
        who_is_alive(style),
        "<
       3 targets
       2 alive
       1 unreachable
       4 unknown addresses

       4 timeouts (waiting for response)
       6 ICMP Echos sent
       4 ICMP Echo Replies received
       0 other ICMP received

 0.044 ms (min round trip time)
 2500 ms (avg round trip time)
 3001 ms (max round trip time)
        2.345 sec (elapsed real time)

>"
    );
}

/// Three probes to the first target, of which the second is lost, and one to the last.
fn some_probes(style: FpingStyle) -> String {
    let rows = Rows::default();
    let total = total();
    printed(
        style,
        &[
            Event::Answered(&answer(0, 0, 100)),
            Event::Answered(&answer(2, 0, 1_234)),
            lost(0, 1),
            Event::Answered(&answer(0, 2, 300)),
            lost(1, 0),
            Event::Finished(&total, &rows),
        ],
    )
}

#[test]
fn each_probe_has_a_line_and_each_target_a_summary() {
    assert_eq!(
        some_probes(probes(true, false)),
        "\
192.0.2.1      : [0], 64 bytes, 0.100 ms (0.100 avg, 0% loss)
192.0.2.200    : [0], 64 bytes, 1.23 ms (1.23 avg, 0% loss)
192.0.2.1      : [1], timed out (0.100 avg, 50% loss)
192.0.2.1      : [2], 64 bytes, 0.300 ms (0.200 avg, 33% loss)
router.example : [0], timed out (NaN avg, 100% loss)
<
192.0.2.1      : xmt/rcv/%loss = 3/2/33%, min/avg/max = 0.100/0.200/0.300
router.example : xmt/rcv/%loss = 1/0/100%
192.0.2.200    : xmt/rcv/%loss = 1/1/0%, min/avg/max = 1.23/1.23/1.23
>"
    );
}

#[test]
fn quiet_leaves_the_summaries() {
    let outage = FpingStyle {
        outage: true,
        ..probes(false, false)
    };
    assert_eq!(
        some_probes(outage),
        "<\
192.0.2.1      : xmt/rcv/%loss = 3/2/33%, outage(ms) = 500, min/avg/max = 0.100/0.200/0.300
router.example : xmt/rcv/%loss = 1/0/100%, outage(ms) = 500
192.0.2.200    : xmt/rcv/%loss = 1/1/0%, outage(ms) = 0, min/avg/max = 1.23/1.23/1.23
>"
    );
    assert_eq!(
        some_probes(probes(false, true)),
        "<\
192.0.2.1      : 0.100 - 0.300
router.example : -
192.0.2.200    : 1.23
>"
    );
}

#[test]
fn lines_of_probes_begin_with_the_time_and_end_with_the_hop_limit() {
    let style = FpingStyle {
        timestamps: Some(crate::config::TimestampFormat::Unix),
        hop_limit: true,
        ..probes(true, false)
    };
    let events = [Event::Answered(&answer(0, 0, 100)), lost(0, 1)];
    assert_eq!(
        printed(style, &events),
        "\
[1596092373.18423] 192.0.2.1      : [0], 64 bytes, 0.100 ms (0.100 avg, 0% loss) (TTL 63)
[1596092373.18423] 192.0.2.1      : [1], timed out (0.100 avg, 50% loss)
"
    );
}

/// fping counts them as sent and received once more.
#[test]
fn a_duplicate_is_told_and_not_counted() {
    let twice = Answer {
        standing: Standing::Duplicate,
        ..answer(0, 0, 200)
    };
    let rows = Rows::default();
    let total = total();
    let told = printed(
        probes(false, false),
        &[
            Event::Answered(&answer(0, 0, 100)),
            Event::Answered(&twice),
            Event::Finished(&total, &rows),
        ],
    );
    assert_eq!(
        told,
        "<192.0.2.1 : duplicate for [0], 64 bytes, 0.200 ms
><\
192.0.2.1      : xmt/rcv/%loss = 1/1/0%, min/avg/max = 0.100/0.100/0.100
router.example : xmt/rcv/%loss = 0/0/0%
192.0.2.200    : xmt/rcv/%loss = 0/0/0%
>"
    );
}

/// fping drops the one without a word and counts the other as good. The lines begin with the program's name, so that
/// who looks for the target at the beginning of a line does not see them.
#[test]
fn late_and_damaged_replies_are_told_apart_from_the_lines_that_programs_read() {
    let late = Answer {
        standing: Standing::Late,
        ..answer(0, 1, 1_300_000)
    };
    let damaged = Answer {
        mismatch: Some(Mismatch {
            offset: 20,
            expected: 20,
            found: 0,
            data: &[],
        }),
        ..answer(0, 2, 100)
    };
    let events = [
        lost(0, 1),
        Event::Answered(&late),
        Event::Answered(&damaged),
    ];
    assert_eq!(
        printed(probes(true, false), &events),
        "\
192.0.2.1      : [1], timed out (NaN avg, 100% loss)
<fping: 192.0.2.1: reply to [1] came late, after 1300 ms: not counted
><fping: 192.0.2.1: reply to [2] is damaged: not counted
>"
    );
    let quiet = FpingStyle {
        quiet: true,
        ..probes(false, false)
    };
    assert_eq!(printed(quiet, &events), "");
}

#[test]
fn a_probe_that_did_not_leave_is_lost_and_has_no_line() {
    let unreachable = NotSent::Refused(io::Error::from_raw_os_error(libc::ENETUNREACH));
    let not_sent = |number| Event::NotSent {
        probe: ProbeId {
            target: 0,
            number,
            sequence: 0,
        },
        reason: &unreachable,
    };
    let said = "<192.0.2.1: error while sending ping: Network is unreachable\n>";
    let rows = Rows::default();
    let total = total();
    let events = [not_sent(0), not_sent(1), Event::Finished(&total, &rows)];
    let told = printed(probes(true, true), &events);
    assert!(
        told.starts_with(&format!("{said}<\n192.0.2.1      : - -\n")),
        "{told}"
    );
    // Where all is said of targets, each is.
    assert_eq!(
        printed(targets(FpingListed::Told), &events[..2]),
        said.repeat(2)
    );
    assert_eq!(printed(targets(FpingListed::Alive), &events[..2]), "");
}

#[test]
fn icmp_errors_are_told_unless_quiet() {
    let rejection = |problem| Rejection {
        target: 1,
        number: Some(0),
        reporter: ([198, 51, 100, 1], 0).into(),
        sequence: 0,
        problem,
        reach: Reach::Left,
        is_behind_outcome: false,
        original: None,
    };
    let v4 = rejection(Problem::V4(icmpv4::Problem::from_parts(3, 1, 0)));
    let v6 = rejection(Problem::V6(icmpv6::Problem::from_parts(1, 0, 0)));
    let events = [Event::Rejected(&v4), Event::Rejected(&v6)];
    assert_eq!(
        printed(probes(true, false), &events),
        "<ICMP Host Unreachable from 198.51.100.1 for ICMP Echo sent to router.example
><ICMPv6 Destination Unreachable (No route to destination) from 198.51.100.1 for ICMPv6 Echo Request sent to router.example
>"
    );
    let quiet = FpingStyle {
        quiet: true,
        ..probes(false, false)
    };
    assert_eq!(printed(quiet, &events), "");
}

#[test]
fn a_summary_in_between_has_what_came_since_the_last_one() {
    let rows = Rows::default();
    let total = total();
    let status = || Event::Status(&total, &rows);
    let events = [
        Event::Answered(&answer(0, 0, 100)),
        status(),
        lost(0, 1),
        status(),
    ];
    let between = |style| {
        let told = printed(style, &events);
        let lines = told.lines().filter(|line| line.contains("192.0.2.1 "));
        lines
            .map(|line| line.split(" : ").nth(1).unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let first = "xmt/rcv/%loss = 1/1/0%, min/avg/max = 0.100/0.100/0.100";
    assert_eq!(
        between(probes(false, false)),
        [first, "xmt/rcv/%loss = 1/0/100%"]
    );
    let cumulative = style(FpingLines::Probes(FpingProbes {
        each: false,
        values: false,
        period: Duration::from_millis(500),
        intervals: FpingIntervals::Cumulative,
    }));
    assert_eq!(
        between(cumulative),
        [
            first,
            "xmt/rcv/%loss = 2/1/50%, min/avg/max = 0.100/0.100/0.100"
        ]
    );
    assert!(printed(probes(false, false), &events).starts_with("<[12:00:07]\n192.0.2.1 "));
    assert!(printed(probes(true, false), &events).contains("<\n[12:00:07]\n192.0.2.1 "));
}

#[test]
fn names_without_an_address_have_a_line_unless_quiet() {
    let warning = [Event::Warning("nowhere.example: Name or service not known")];
    let told = printed(probes(true, false), &warning);
    assert_eq!(told, "<nowhere.example: Name or service not known\n>");
    let quiet = FpingStyle {
        quiet: true,
        ..probes(false, false)
    };
    assert_eq!(printed(quiet, &warning), "");
}
