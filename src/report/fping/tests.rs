//! Compares whole outputs of literal events.

use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::*;
use crate::config::{FpingIntervals, FpingName};
use crate::event::{Counts, LocalTime, Marks, Moment, Outcome, Problem, Reach, RoundTrips, Source};
use crate::report::NoNames;
use crate::wire::data::Mismatch;
use crate::wire::extensions::Extensions;
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

/// The results of targets; missing ones are unknown.
#[derive(Debug, Default)]
struct Rows(Vec<Row>);

impl Results for Rows {
    fn row(&self, target: TargetNumber) -> Row {
        self.0.get(target as usize).copied().unwrap_or_default()
    }
}

/// Both streams as one. Text on standard error is between `<` and `>`.
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
        json: false,
        quiet: false,
        elapsed: false,
        stats: false,
        outage: false,
        name: FpingName::Name,
        times: false,
        destination: false,
        traffic_class: false,
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

/// The output for these events.
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
        source: Three.address(target).unwrap(),
        identifier: 7,
        sequence: 0,
        hop_limit: Some(63),
        traffic_class: None,
        destination: None,
        times: None,
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
    recent: None,
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
        who_is_alive(targets(FpingListed::WithState)),
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
        name: FpingName::Address,
        ..targets(FpingListed::WithState)
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
    let told = printed(targets(FpingListed::WithState), &[finished]);
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

/// Three probes to the first target, the second one lost, and one to the last.
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

#[test]
fn line_of_a_reply_has_its_destination_and_then_its_type_of_service_and_hop_limit() {
    let known = Answer {
        destination: Some(std::net::IpAddr::from([192, 0, 2, 99])),
        traffic_class: Some(184),
        ..answer(0, 0, 100)
    };
    let unknown = Answer {
        hop_limit: None,
        ..answer(0, 1, 100)
    };
    let events = [Event::Answered(&known), Event::Answered(&unknown)];
    let style = FpingStyle {
        destination: true,
        traffic_class: true,
        hop_limit: true,
        ..probes(true, false)
    };
    assert_eq!(
        printed(style, &events),
        "\
192.0.2.1      : [0], 64 bytes, 0.100 ms (0.100 avg, 0% loss) (DST 192.0.2.99) (TOS 184) (TTL 63)
192.0.2.1      : [1], 64 bytes, 0.100 ms (0.100 avg, 0% loss) (DST unknown) (TOS unknown) (TTL unknown)
"
    );
    assert_eq!(
        printed(as_json(style), &events),
        r#"{"resp": {"host": "192.0.2.1", "seq": 0, "size": 64, "rtt": 0.100, "tos": 184, "ttl": 63, "replyDst": "192.0.2.99"}}
{"resp": {"host": "192.0.2.1", "seq": 1, "size": 64, "rtt": 0.100, "tos": -1, "ttl": -1, "replyDst": "unknown"}}
"#
    );
}

#[test]
fn line_of_a_timestamp_has_its_times() {
    let reply = Answer {
        times: Some(crate::wire::timestamp::Times {
            originate: 1,
            receive: 2,
            transmit: u32::MAX,
        }),
        ..answer(0, 0, 100)
    };
    let replied = || Event::Answered(&reply);
    let style = FpingStyle {
        times: true,
        hop_limit: true,
        ..probes(true, false)
    };
    assert_eq!(
        printed(style, &[replied()]),
        "192.0.2.1      : [0], 64 bytes, 0.100 ms (0.100 avg, 0% loss), timestamps: Originate=1 Receive=2 Transmit=4294967295 Localreceive=25173184 (TTL 63)\n"
    );
    assert!(printed(as_json(style), &[replied()]).contains(
        r#""rtt": 0.100, "timestamps": {"originate": 1, "receive": 2, "transmit": 4294967295, "localreceive": 25173184}, "ttl": 63}}"#
    ));
    let row = alive(100);
    let decided = || Event::Decided {
        target: 0,
        row: &row,
    };
    for (listed, comma) in [
        (FpingListed::WithState, " is alive,"),
        (FpingListed::Alive, ""),
    ] {
        let style = FpingStyle {
            times: true,
            ..targets(listed)
        };
        let told = printed(style, &[replied(), decided()]);
        assert!(
            told.starts_with(&format!("192.0.2.1{comma} timestamps: Originate=1 ")),
            "{told}"
        );
    }
}

/// Zabbix reads both streams as one, and skips lines with this mark.
#[test]
fn sender_that_is_not_the_target_stands_on_standard_error_before_the_line() {
    let elsewhere = |target, number| Answer {
        source: ([198, 51, 100, 9], 0).into(),
        ..answer(target, number, 100)
    };
    let (reply, again) = (elsewhere(0, 1), elsewhere(0, 1));
    let twice = Answer {
        standing: Standing::Duplicate,
        ..again
    };
    let events = [
        Event::Answered(&answer(0, 0, 100)),
        Event::Answered(&reply),
        Event::Answered(&twice),
    ];
    assert_eq!(
        printed(probes(true, false), &events),
        "\
192.0.2.1      : [0], 64 bytes, 0.100 ms (0.100 avg, 0% loss)
< [<- 198.51.100.9]>192.0.2.1      : [1], 64 bytes, 0.100 ms (0.100 avg, 0% loss)
<192.0.2.1 : duplicate for [1], 64 bytes, 0.100 ms [<- 198.51.100.9]
>"
    );
    assert!(printed(probes(false, false), &events[..2]).is_empty());
    let row = alive(100);
    let decided = Event::Decided {
        target: 0,
        row: &row,
    };
    let told = printed(
        targets(FpingListed::Alive),
        &[Event::Answered(&reply), decided],
    );
    assert_eq!(told, "< [<- 198.51.100.9]>192.0.2.1\n");
}

#[test]
fn targets_go_by_names_and_addresses() {
    let both = FpingStyle {
        name: FpingName::Both,
        ..targets(FpingListed::Alive)
    };
    assert_eq!(
        who_is_alive(both),
        "router.example (192.0.2.2)\n192.0.2.1\n"
    );
}

/// fping counts duplicates as sent and received again.
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

/// fping silently ignores the late reply and counts the damaged one as good. These lines begin with the program's name,
/// so a program that looks for the target at the beginning of a line does not see them.
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
    // With full output, each target is reported.
    assert_eq!(
        printed(targets(FpingListed::WithState), &events[..2]),
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
        quoted: None,
        extensions: Extensions::default(),
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

/// The protocol of Netdata's plugin `fping.plugin`.
#[test]
fn netdata_is_told_of_charts_once_and_of_values_in_each_interval() {
    let rows = Rows::default();
    let total = total();
    let status = || Event::Status(&total, &rows);
    let style = style(FpingLines::Probes(FpingProbes {
        each: false,
        values: false,
        period: Duration::from_millis(500),
        intervals: FpingIntervals::Netdata(Duration::from_secs(5)),
    }));
    let events = [
        Event::Answered(&answer(1, 0, 100)),
        lost(1, 1),
        Event::Answered(&answer(1, 2, 300)),
        status(),
        lost(1, 3),
        status(),
    ];
    let told = printed(style, &events);
    let of_router: Vec<&str> = told
        .split_inclusive("END\n")
        .filter(|part| part.contains("router_example"))
        .collect();
    assert_eq!(
        of_router.concat(),
        "\
CHART fping.router_example_packets '' 'FPing Packets' packets 'router.example' fping.packets line 110020 5
DIMENSION xmt sent absolute 1 1
DIMENSION rcv received absolute 1 1
BEGIN fping.router_example_packets
SET xmt = 3
SET rcv = 2
END
CHART fping.router_example_quality '' 'FPing Quality' percentage 'router.example' fping.quality area 110010 5
DIMENSION returned '' absolute 1 1
BEGIN fping.router_example_quality
SET returned = 66
END
CHART fping.router_example_latency '' 'FPing Latency' ms 'router.example' fping.latency area 110000 5
DIMENSION min minimum absolute 1 1000000
DIMENSION max maximum absolute 1 1000000
DIMENSION avg average absolute 1 1000000
BEGIN fping.router_example_latency
SET min = 100000
SET avg = 200000
SET max = 300000
END
BEGIN fping.router_example_packets
SET xmt = 1
SET rcv = 0
END
BEGIN fping.router_example_quality
SET returned = 0
END
BEGIN fping.router_example_latency
END
"
    );
    assert!(
        told.starts_with("CHART fping.192_0_2_1_packets '' 'FPing Packets' packets '192.0.2.1' ")
    );
}

/// The same style with JSON output.
fn as_json(style: FpingStyle) -> FpingStyle {
    FpingStyle {
        json: true,
        ..style
    }
}

#[test]
fn probes_and_summaries_are_objects_on_standard_output() {
    let style = FpingStyle {
        outage: true,
        stats: true,
        hop_limit: true,
        ..as_json(probes(true, false))
    };
    assert_eq!(
        some_probes(style),
        r#"{"resp": {"host": "192.0.2.1", "seq": 0, "size": 64, "rtt": 0.100, "ttl": 63}}
{"resp": {"host": "192.0.2.200", "seq": 0, "size": 64, "rtt": 1.23, "ttl": 63}}
{"timeout": {"host": "192.0.2.1", "seq": 1}}
{"resp": {"host": "192.0.2.1", "seq": 2, "size": 64, "rtt": 0.300, "ttl": 63}}
{"timeout": {"host": "router.example", "seq": 0}}
{"summary": {"host": "192.0.2.1", "xmt": 3, "rcv": 2, "loss": 33, "outage(ms)": 500, "rttMin": 0.100, "rttAvg": 0.200, "rttMax": 0.300}}
{"summary": {"host": "router.example", "xmt": 1, "rcv": 0, "loss": 100, "outage(ms)": 500}}
{"summary": {"host": "192.0.2.200", "xmt": 1, "rcv": 1, "loss": 0, "outage(ms)": 0, "rttMin": 1.23, "rttAvg": 1.23, "rttMax": 1.23}}
{"stats": {"targets": 3, "alive": 2, "unreachable": 1, "unknownAddresses": 4, "timeouts": 4, "icmpEchosSent": 6, "icmpEchoRepliesReceived": 4, "otherIcmpReceived": 0, "rttMin": 0.044, "rttAvg": 2500, "rttMax": 3001, "elapsed": 2.345}}
"#
    );
    assert_eq!(
        some_probes(as_json(probes(false, true))),
        r#"{"vSum": {"host": "192.0.2.1", "values": [0.100, null, 0.300]}}
{"vSum": {"host": "router.example", "values": [null]}}
{"vSum": {"host": "192.0.2.200", "values": [1.23]}}
"#
    );
}

#[test]
fn objects_of_intervals_and_probes_have_the_time_where_it_is_asked_for() {
    let rows = Rows::default();
    let total = total();
    let events = [
        Event::Answered(&answer(0, 0, 100)),
        Event::Status(&total, &rows),
    ];
    let style = FpingStyle {
        timestamps: Some(crate::config::TimestampFormat::Unix),
        ..as_json(probes(true, false))
    };
    let told = printed(style, &events);
    assert!(
        told.starts_with(
            r#"{"resp": {"timestamp": "1596092373.18423", "host": "192.0.2.1", "seq": 0, "size": 64, "rtt": 0.100}}
{"intSum": {"time": 1596092373,"host": "192.0.2.1", "xmt": 1, "rcv": 1, "loss": 0, "rttMin": 0.100, "rttAvg": 0.100, "rttMax": 0.100}}
"#
        ),
        "{told}"
    );
}

/// fping prints names unescaped, and text between the objects.
#[test]
fn standard_output_has_only_objects_whatever_else_is_told() {
    let warnings = [
        Event::Warning("no\"where: Name or service not known"),
        Event::Warning("WARNING: failed to set the send buffer: Permission denied"),
    ];
    assert_eq!(
        printed(as_json(probes(true, false)), &warnings),
        r#"<no"where: Name or service not known
>{"warning": {"host": "no\"where", "message": "Name or service not known"}}
<WARNING: failed to set the send buffer: Permission denied
>"#
    );
    let required = FpingStyle {
        required: Some(2),
        ..as_json(probes(false, false))
    };
    let told = some_probes(required);
    let told = told.lines().filter(|line| !line.starts_with('{'));
    let told: Vec<&str> = told.collect();
    assert_eq!(
        told,
        ["<Enough hosts reachable (required: 2, reachable: 2)", ">"]
    );
}

/// fping reads all times from the wall clock, so round trips and schedule jump with it.
#[test]
fn clock_that_is_set_during_the_run_changes_time_stamps_only() {
    let printed_at = |wall: fn(usize) -> u64| {
        let both = Both::default();
        let of = |is_error| Of {
            both: both.clone(),
            is_error,
        };
        let style = FpingStyle {
            stats: true,
            timestamps: Some(crate::config::TimestampFormat::Unix),
            ..probes(true, false)
        };
        let mut text = Text::new(
            (style, &Style::default()),
            "fping",
            Rc::new(Three),
            (of(false), of(true)),
            NoNames,
            noon,
        );
        let (rows, total) = (Rows::default(), total());
        let events = [
            Event::Answered(&answer(0, 0, 100)),
            lost(0, 1),
            Event::Answered(&answer(0, 2, 300)),
            Event::Finished(&total, &rows),
        ];
        for (number, event) in events.iter().enumerate() {
            let at = Moment {
                wall: UNIX_EPOCH + Duration::from_secs(wall(number)),
                since_start: Duration::from_millis(number as u64),
            };
            text.event(event, &|| at).unwrap();
        }
        text.flush().unwrap();
        both.0.take()
    };
    let steady = printed_at(|number| 1_596_092_373 + number as u64);
    // An hour back, and then a day forward.
    let jumping = printed_at(|number| [1_596_092_373, 1_596_088_774, 1_596_178_775, 7][number]);
    let without_stamps = |text: &str| {
        let lines = text.lines();
        let lines = lines.map(|line| line.split_once("] ").map_or(line, |(_, line)| line));
        lines.collect::<Vec<_>>().join("\n")
    };
    assert_ne!(steady, jumping);
    assert_eq!(without_stamps(&steady), without_stamps(&jumping));
    assert!(
        jumping
            .contains("[1596088774.00000] 192.0.2.1      : [1], timed out (0.100 avg, 50% loss)")
    );
}
