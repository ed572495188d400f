use std::net::SocketAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use super::*;
use crate::config::{ClockChoice, Sources};
use crate::event::{
    Answer, Change, Changed, Distribution, Down, Marks, Moment, NotSent, Outage, Outages, Outcome,
    ProbeId, Problem, Reach, Rejection, RoundTrips, Series, Several, Source, Standing,
    Start as Begun, TargetSummary, TimeDown, Timing,
};
use crate::report::NoNames;
use crate::report::outlet::tests::Held;
use crate::sanitize::Charset;
use crate::wire::data::Mismatch;
use crate::wire::extensions::Extensions;
use crate::wire::{icmpv4, icmpv6};

mod hostile;
mod pace;
mod schema;

/// The time in all lines of these tests.
const TIME: &str = "2026-11-30T17:46:31.457410Z";

fn wall() -> SystemTime {
    UNIX_EPOCH + Duration::from_micros(1_796_060_791_457_410)
}

fn after(milliseconds: u64) -> impl Fn() -> Moment {
    move || Moment {
        wall: wall(),
        since_start: Duration::from_millis(milliseconds),
    }
}

fn address(text: &str) -> SocketAddr {
    format!("{text}:0").parse().unwrap()
}

fn run() -> Run {
    Run {
        id: "6116af6c2acafdcae0e3e811cfb06053".to_owned(),
        host: Some("sensor".to_owned()),
        shard: None,
        targets_hash: None,
        socket: Socket::Raw,
        clock: ClockChoice::Best,
        interval: Some(Duration::from_millis(100)),
        timeout: Some(Duration::from_secs(1)),
        size: 56,
        count: Some(3),
        targets: 1,
        sources: Sources::default(),
        charset: Charset::Ascii,
        alive: false,
    }
}

type Tested = Json<Held, Held, NoNames>;

fn json(detail: Detail, run: Run) -> Tested {
    let target = Only {
        name: "host.example".to_owned(),
        address: address("192.0.2.1"),
    };
    let outlets = (Held::default(), Held::default());
    Json::new(detail, run, "rping", Rc::new(target), outlets, NoNames)
}

impl Tested {
    fn on(&mut self, event: &Event<'_>, milliseconds: u64) {
        self.event(event, &after(milliseconds)).unwrap();
    }

    /// The content of standard output.
    fn out(&mut self) -> String {
        self.lines.write().unwrap();
        std::mem::take(&mut self.lines.outlet().taken)
    }
}

/// The line of an event, without the first lines and without the fields that all lines have.
fn line(event: &Event<'_>) -> String {
    let mut json = json(Detail::All, run());
    json.on(&Event::Started(&Begun::Several(several())), 0);
    json.introduce(0, None, &after(0)).unwrap();
    json.out();
    json.on(event, 1500);
    let out = json.out();
    let rest = out.strip_prefix(r#"{"v":1,"event":"#).unwrap();
    let head = format!(r#","time":"{TIME}","t_ms":1500,"#);
    rest.replacen(&head, ",", 1)
}

fn several() -> Several {
    Several {
        targets: 1,
        duplicates: 0,
        size: 56,
        question: crate::event::Question::Alive,
    }
}

fn probe() -> ProbeId {
    ProbeId {
        target: 0,
        number: 65_537,
        sequence: 2,
    }
}

fn rejected_by_router() -> Reason {
    Reason::Rejected {
        problem: Problem::V4(icmpv4::Problem::from_parts(3, 1, 0)),
        reporter: Some(address("198.51.100.9")),
    }
}

/// A target that is down since half a second after the start.
fn down(reason: Option<Reason>) -> Down {
    Down {
        first: probe(),
        sent: Duration::from_millis(500),
        probes: 3,
        reason,
    }
}

fn up() -> TimeDown {
    TimeDown {
        first: probe(),
        sent: Duration::from_millis(500),
        outage: Outage {
            first: 2,
            last: 42,
            length: Duration::from_secs(41),
            probes: 41,
        },
    }
}

fn answer(standing: Standing) -> Answer<'static> {
    Answer {
        target: 0,
        number: Some(65_537),
        length: 64,
        source: address("192.0.2.1"),
        identifier: 7,
        sequence: 2,
        hop_limit: Some(64),
        traffic_class: None,
        destination: None,
        times: None,
        standing,
        timing: Some(Timing {
            round_trip: Duration::from_nanos(1_012_345),
            source: Source::Kernel,
            sending: Some(Duration::from_nanos(12)),
            queued: None,
            reading: None,
        }),
        marks: Marks::default(),
        mismatch: None,
        options: &[],
        information: None,
    }
}

fn rejection(problem: Problem) -> Rejection<'static> {
    Rejection {
        target: 0,
        number: Some(65_537),
        reporter: address("198.51.100.9"),
        sequence: 2,
        problem,
        reach: Reach::Left,
        is_behind_outcome: false,
        original: None,
        quoted: None,
        extensions: Extensions::default(),
    }
}

#[test]
fn run_of_one_target_begins_with_start_and_its_target_and_ends_with_end() {
    let mut json = json(Detail::Events, run());
    json.on(&Event::Sent(probe()), 1);
    json.on(&Event::Started(&Begun::Several(several())), 2);
    json.on(&Event::Answered(&answer(Standing::Reply)), 5);
    json.on(&Event::Finished(&Summary::default(), &NoResults), 6);
    let ended = Ended {
        ending: Ending::Complete,
        exit_code: 0,
    };
    json.on(&Event::Ended(&ended), 7);
    let out = json.out();
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(
        lines[0],
        format!(
            r#"{{"v":1,"event":"start","time":"{TIME}","t_ms":0,"schema":"urn:rping:json:1","program":"rping","version":"{}","run_id":"6116af6c2acafdcae0e3e811cfb06053","host":"sensor","shard":null,"targets_hash":null,"socket":"raw","clock":"kernel","interval_ms":100,"timeout_ms":1000,"size_bytes":56,"count":3,"targets":1}}"#,
            env!("CARGO_PKG_VERSION")
        )
    );
    assert_eq!(
        lines[1],
        format!(
            r#"{{"v":1,"event":"target","time":"{TIME}","t_ms":3,"target":0,"host":null,"name":"host.example","address":"192.0.2.1","family":4,"label":null,"source":null,"error":null}}"#
        )
    );
    assert!(lines[2].starts_with(r#"{"v":1,"event":"reply","#), "{out}");
    assert!(
        lines[3].starts_with(r#"{"v":1,"event":"summary","#),
        "{out}"
    );
    assert!(lines[4].starts_with(r#"{"v":1,"event":"end","#), "{out}");
    assert_eq!(lines.len(), 5);
}

#[test]
fn each_outcome_of_a_probe_is_a_line() {
    assert_eq!(
        line(&Event::Sent(probe())),
        "\"sent\",\"target\":0,\"name\":\"host.example\",\"seq\":65537,\"icmp_seq\":2}\n"
    );
    assert_eq!(
        line(&Event::Answered(&answer(Standing::Reply))),
        "\"reply\",\"target\":0,\"name\":\"host.example\",\"seq\":65537,\"icmp_seq\":2,\"from\":\"192.0.2.1\",\"bytes\":64,\"ttl\":64,\"tos\":null,\"rtt_ms\":1.012345,\"clock\":\"kernel\",\"tx_host_ms\":0.000012,\"rx_host_ms\":null,\"reordered\":false,\"altered\":false,\"truncated\":false,\"oversized\":false,\"wrong_source\":false,\"peer_clock\":null}\n"
    );
    let outcome = |outcome| {
        line(&Event::Outcome {
            probe: probe(),
            outcome,
        })
    };
    let whose = "\"target\":0,\"name\":\"host.example\",\"seq\":65537,\"icmp_seq\":2";
    assert_eq!(
        outcome(Outcome::Lost),
        format!("\"lost\",{whose},\"timeout_ms\":1000}}\n")
    );
    assert_eq!(
        outcome(Outcome::Suspended),
        format!("\"suspended\",{whose}}}\n")
    );
    assert_eq!(
        outcome(Outcome::Rejected),
        format!(
            "\"rejected\",{whose},\"from\":null,\"icmp_type\":null,\"icmp_code\":null,\"reason\":null}}\n"
        )
    );
    let not_sent = |reason: &NotSent| {
        line(&Event::NotSent {
            probe: probe(),
            reason,
        })
    };
    let refused = NotSent::Refused(io::Error::from_raw_os_error(libc::ENETUNREACH));
    assert_eq!(
        not_sent(&refused),
        format!(
            "\"not_sent\",{whose},\"errno\":101,\"error\":\"sendmsg: Network is unreachable\"}}\n"
        )
    );
    let too_long = NotSent::TooLong {
        mtu: 1500,
        ipv6: false,
    };
    assert_eq!(
        not_sent(&too_long),
        format!(
            "\"not_sent\",{whose},\"errno\":90,\"error\":\"local error: message too long, mtu=1500\"}}\n"
        )
    );
}

#[test]
fn each_message_is_a_line() {
    let whose = "\"target\":0,\"name\":\"host.example\",\"seq\":65537,\"icmp_seq\":2";
    let answer_of =
        "\"from\":\"192.0.2.1\",\"bytes\":64,\"ttl\":64,\"tos\":null,\"rtt_ms\":1.012345";
    for (standing, event) in [
        (Standing::Duplicate, "duplicate"),
        (Standing::BadChecksum, "bad_checksum"),
        (Standing::BadToken, "bad_token"),
        (Standing::Stale, "stale"),
        (Standing::Unexpected, "unexpected"),
    ] {
        assert_eq!(
            line(&Event::Answered(&answer(standing))),
            format!("\"{event}\",{whose},{answer_of}}}\n")
        );
    }
    let unreachable = Problem::V4(icmpv4::Problem::from_parts(3, 1, 0));
    assert_eq!(
        line(&Event::Rejected(&rejection(unreachable))),
        format!(
            "\"icmp_error\",{whose},\"from\":\"198.51.100.9\",\"icmp_type\":3,\"icmp_code\":1,\"reason\":\"destination_host_unreachable\",\"mtu\":null,\"extensions\":[],\"quoted\":null}}\n"
        )
    );
    let too_big = Problem::V6(icmpv6::Problem::from_parts(2, 0, 1280));
    assert_eq!(
        line(&Event::Rejected(&rejection(too_big))),
        format!(
            "\"icmp_error\",{whose},\"from\":\"198.51.100.9\",\"icmp_type\":2,\"icmp_code\":0,\"reason\":\"packet_too_big\",\"mtu\":1280,\"extensions\":[],\"quoted\":null}}\n"
        )
    );
    let redirect = Problem::V4(icmpv4::Problem::from_parts(5, 1, 0xc000_0202));
    assert_eq!(
        line(&Event::Noticed(&rejection(redirect))),
        format!(
            "\"notice\",{whose},\"from\":\"198.51.100.9\",\"icmp_type\":5,\"icmp_code\":1,\"reason\":\"redirect_host\",\"gateway\":\"192.0.2.2\"}}\n"
        )
    );
}

#[test]
fn late_reply_tells_by_how_much() {
    let late = Answer {
        timing: Some(Timing {
            round_trip: Duration::from_millis(1250),
            ..answer(Standing::Late).timing.unwrap()
        }),
        ..answer(Standing::Late)
    };
    assert!(
        line(&Event::Answered(&late))
            .ends_with("\"wrong_source\":false,\"peer_clock\":null,\"late_by_ms\":250}\n")
    );
}

#[test]
fn reply_that_is_not_what_was_asked_for_has_no_round_trip() {
    let mismatch = Mismatch {
        offset: 20,
        expected: 1,
        found: 2,
        data: &[],
    };
    let marks = |marks| Answer {
        marks,
        ..answer(Standing::Reply)
    };
    let none = Marks::default();
    for (answer, field) in [
        (
            Answer {
                mismatch: Some(mismatch),
                ..answer(Standing::Reply)
            },
            "altered",
        ),
        (
            marks(Marks {
                truncated: true,
                ..none
            }),
            "truncated",
        ),
        (
            marks(Marks {
                oversized: true,
                ..none
            }),
            "oversized",
        ),
        (
            marks(Marks {
                different_address: true,
                ..none
            }),
            "wrong_source",
        ),
    ] {
        let line = line(&Event::Answered(&answer));
        assert!(line.contains(&format!("\"{field}\":true")), "{line}");
        assert!(line.contains("\"rtt_ms\":null,\"clock\":null"), "{line}");
        assert_eq!(line.matches("true").count(), 1, "{line}");
    }
}

#[test]
fn probe_is_rejected_for_the_reason_of_the_last_error_about_it() {
    let mut json = json(Detail::Events, run());
    for (kind, code) in [(11, 0), (3, 13)] {
        let problem = Problem::V4(icmpv4::Problem::from_parts(kind, code, 0));
        json.on(&Event::Rejected(&rejection(problem)), 1);
    }
    json.out();
    let outcome = Event::Outcome {
        probe: probe(),
        outcome: Outcome::Rejected,
    };
    json.on(&outcome, 2);
    let out = json.out();
    let reason = "\"from\":\"198.51.100.9\",\"icmp_type\":3,\"icmp_code\":13,\"reason\":\"packet_filtered\"}\n";
    assert!(out.ends_with(reason), "{out}");
    assert!(json.rejections.is_empty());
}

#[test]
fn rejection_is_forgotten_when_a_reply_wins() {
    let mut json = json(Detail::Events, run());
    let problem = Problem::V4(icmpv4::Problem::from_parts(3, 1, 0));
    json.on(&Event::Rejected(&rejection(problem)), 1);
    assert!(!json.rejections.is_empty());
    json.on(&Event::Answered(&answer(Standing::Reply)), 2);
    assert!(json.rejections.is_empty());
}

#[test]
fn time_since_start_never_falls() {
    let mut json = json(Detail::All, run());
    json.on(&Event::Sent(probe()), 20);
    json.on(&Event::Sent(probe()), 30);
    json.on(&Event::Sent(probe()), 25);
    let out = json.out();
    let times: Vec<&str> = out
        .lines()
        .map(|line| {
            line.split("\"t_ms\":")
                .nth(1)
                .unwrap()
                .split(',')
                .next()
                .unwrap()
        })
        .collect();
    assert_eq!(times, ["0", "0", "0", "10", "10"]);
}

#[test]
fn warning_is_a_line_and_a_message() {
    let mut json = json(Detail::Summary, run());
    json.on(&Event::Warning("bücher: no address"), 0);
    let out = json.out();
    assert!(
        out.ends_with("\"message\":\"bücher: no address\"}\n"),
        "{out}"
    );
    assert_eq!(json.err.taken, "rping: b\\xc3\\xbccher: no address\n");
    json.on(
        &Event::Suspended {
            length: Duration::from_secs(90),
        },
        0,
    );
    let out = json.out();
    assert!(out.contains("\"warning\"") && out.contains("this host was suspended for 90 s"));
}

#[test]
fn program_that_ends_before_the_first_line_has_none() {
    let mut json = json(Detail::Events, run());
    let ended = Ended {
        ending: Ending::Error,
        exit_code: 2,
    };
    json.on(&Event::Ended(&ended), 0);
    assert_eq!(json.out(), "");
}

#[test]
fn failed_run_ends_with_end_too() {
    let mut json = json(Detail::Events, run());
    json.on(&Event::Warning("a"), 0);
    let ended = Ended {
        ending: Ending::Error,
        exit_code: 2,
    };
    json.on(&Event::Ended(&ended), 0);
    let out = json.out();
    let end = out.lines().last().unwrap();
    assert!(end.contains("\"event\":\"end\""), "{end}");
    assert!(end.contains("\"reason\":\"error\",\"exit_code\":2,\"targets_alive\":0,\"targets_dead\":0,\"targets_unknown\":1,"));
}

#[derive(Debug)]
struct NoResults;

impl Results for NoResults {
    fn row(&self, _: TargetNumber) -> Row {
        Row::default()
    }
}

/// All results of the only target.
#[derive(Debug)]
struct Known(TargetSummary);

impl Results for Known {
    fn row(&self, _: TargetNumber) -> Row {
        Row::default()
    }

    fn target(&self, _: TargetNumber) -> Option<TargetSummary> {
        Some(self.0.clone())
    }
}

fn measured() -> TargetSummary {
    let milliseconds = Duration::from_millis;
    TargetSummary {
        counts: Counts {
            transmitted: 10,
            received: 4,
            rejected_unanswered: 2,
            suspended: 1,
            in_flight: 1,
            late: 3,
            late_counted: 1,
            ..Counts::default()
        },
        round_trips: Some(RoundTrips {
            min: milliseconds(1),
            mean: milliseconds(2),
            max: milliseconds(3),
            deviation: milliseconds(4),
            ewma: milliseconds(0),
            p50: milliseconds(5),
            p90: milliseconds(6),
            p99: milliseconds(7),
            p99_9: milliseconds(8),
            jitter: Duration::from_nanos(9),
        }),
        distribution: Distribution {
            digits: 3,
            values: vec![(Duration::from_nanos(1_000_447), 3), (milliseconds(3), 1)],
        },
        outages: Some(Outages {
            count: 2,
            longest: Some(Outage {
                first: 1,
                last: 2,
                length: milliseconds(1500),
                probes: 2,
            }),
            total: milliseconds(2500),
        }),
        ..TargetSummary::default()
    }
}

#[test]
fn summary_has_all_that_was_measured_of_a_target() {
    let mut json = json(Detail::Summary, run());
    json.on(&Event::Finished(&Summary::default(), &Known(measured())), 9);
    let out = json.out();
    let (_, figures) = out.split_once("\"event\":\"summary\"").unwrap();
    let (_, figures) = figures.split_once("\"name\":\"host.example\",").unwrap();
    assert_eq!(
        figures,
        "\"sent\":10,\"received\":4,\"lost\":2,\"rejected\":2,\"suspended\":1,\"in_flight\":1,\"not_sent\":0,\"late\":2,\"icmp_errors\":0,\"duplicates\":0,\"reordered\":0,\"altered\":0,\"truncated\":0,\"oversized\":0,\"wrong_source\":0,\"bad_checksum\":0,\"bad_token\":0,\"stale\":0,\"unexpected\":0,\"loss_percent\":50,\"rtt_ms\":{\"min\":1,\"avg\":2,\"max\":3,\"mdev\":4,\"p50\":5,\"p90\":6,\"p99\":7,\"p99_9\":8,\"jitter\":0.000009},\"timed_by\":{\"hardware\":0,\"wire\":0,\"kernel\":0,\"receipt\":0,\"user\":0},\"outages\":{\"count\":2,\"longest_ms\":1500,\"total_ms\":2500},\"hist\":{\"unit\":\"ns\",\"digits\":3,\"buckets\":[[1000447,3],[3000000,1]]},\"window\":null}\n"
    );
}

#[test]
fn end_sums_up_and_has_one_figure_of_each_name() {
    let mut json = json(Detail::Summary, run());
    let known = measured();
    let total = Summary {
        targets: 3,
        alive: 1,
        dead: 1,
        counts: known.counts,
        series: Some(Series {
            outages: known.outages.unwrap(),
            ..Series::default()
        }),
        ..Summary::default()
    };
    json.on(&Event::Finished(&total, &Known(known)), 9);
    json.out();
    let ended = Ended {
        ending: Ending::Signal,
        exit_code: 1,
    };
    json.on(&Event::Ended(&ended), 10);
    let out = json.out();
    let (_, end) = out.split_once("\"t_ms\":1,").unwrap();
    assert_eq!(
        end,
        "\"reason\":\"signal\",\"exit_code\":1,\"targets_alive\":1,\"targets_dead\":1,\"targets_unknown\":1,\"sent\":10,\"received\":4,\"lost\":2,\"rejected\":2,\"suspended\":1,\"in_flight\":1,\"not_sent\":0,\"late\":2,\"icmp_errors\":0,\"duplicates\":0,\"reordered\":0,\"altered\":0,\"truncated\":0,\"oversized\":0,\"wrong_source\":0,\"bad_checksum\":0,\"bad_token\":0,\"stale\":0,\"unexpected\":0,\"loss_percent\":50,\"rtt_ms\":null,\"timed_by\":{\"hardware\":0,\"wire\":0,\"kernel\":0,\"receipt\":0,\"user\":0},\"outages\":{\"count\":2,\"longest_ms\":1500,\"total_ms\":2500},\"hist\":{\"unit\":\"ns\",\"digits\":0,\"buckets\":[]},\"failed_conditions\":[]}\n"
    );
}

#[test]
fn rare_events_are_counted_where_not_everything_is_kept_of_a_target() {
    #[derive(Debug)]
    struct Rows;
    impl Results for Rows {
        fn row(&self, _: TargetNumber) -> Row {
            Row {
                sent: 5,
                received: 2,
                ..Row::default()
            }
        }
    }
    for detail in [Detail::Events, Detail::Summary] {
        let mut json = json(detail, run());
        let marked = Answer {
            marks: Marks {
                reordered: true,
                ..Marks::default()
            },
            ..answer(Standing::Reply)
        };
        json.on(&Event::Answered(&marked), 0);
        json.on(&Event::Answered(&answer(Standing::Duplicate)), 0);
        json.on(
            &Event::Outcome {
                probe: probe(),
                outcome: Outcome::Rejected,
            },
            0,
        );
        json.on(&Event::Finished(&Summary::default(), &Rows), 9);
        let out = json.out();
        let (_, summary) = out.split_once("\"event\":\"summary\"").unwrap();
        let counted = "\"sent\":5,\"received\":2,\"lost\":2,\"rejected\":1,";
        assert!(summary.contains(counted), "{summary}");
        assert!(
            summary.contains("\"duplicates\":1,\"reordered\":1,"),
            "{summary}"
        );
        assert!(summary.contains(
            "\"rtt_ms\":null,\"timed_by\":null,\"outages\":null,\"hist\":null,\"window\":null}"
        ));
    }
}

#[test]
fn run_that_asks_who_is_alive_has_one_line_for_each_target() {
    let alive = Run {
        alive: true,
        ..run()
    };
    for (detail, events) in [
        (Detail::Events, "start target alive end"),
        (Detail::Summary, "start target alive end"),
        (Detail::All, "start target sent reply alive summary end"),
    ] {
        let mut json = json(detail, alive.clone());
        json.on(&Event::Sent(probe()), 0);
        json.on(&Event::Answered(&answer(Standing::Reply)), 0);
        let row = Row {
            sent: 1,
            received: 1,
            min: Some(Duration::from_millis(2)),
            ..Row::default()
        };
        let target = 0;
        json.on(&Event::Decided { target, row: &row }, 0);
        json.on(&Event::Finished(&Summary::default(), &NoResults), 0);
        let ended = Ended {
            ending: Ending::Quorum,
            exit_code: 0,
        };
        json.on(&Event::Ended(&ended), 0);
        let out = json.out();
        let told = out
            .lines()
            .map(|line| line.split('"').nth(5).unwrap())
            .collect::<Vec<_>>();
        assert_eq!(told.join(" "), events);
        assert!(
            out.contains("\"sent\":1,\"rtt_ms\":2,\"reason\":null}"),
            "{out}"
        );
    }
}

#[test]
fn target_is_dead_for_a_reason_and_unknown_without_one() {
    let problem = Problem::V4(icmpv4::Problem::from_parts(3, 1, 0));
    for (row, expected) in [
        (
            Row {
                sent: 1,
                reason: Some(Reason::Rejected {
                    problem,
                    reporter: None,
                }),
                ..Row::default()
            },
            "\"dead\",\"target\":0,\"name\":\"host.example\",\"sent\":1,\"rtt_ms\":null,\"reason\":\"destination_host_unreachable\"}\n",
        ),
        (
            Row {
                sent: 4,
                ..Row::default()
            },
            "\"dead\",\"target\":0,\"name\":\"host.example\",\"sent\":4,\"rtt_ms\":null,\"reason\":null}\n",
        ),
        (
            Row {
                sent: 1,
                in_flight: 1,
                ..Row::default()
            },
            "\"unknown\",\"target\":0,\"name\":\"host.example\",\"sent\":1,\"rtt_ms\":null,\"reason\":null}\n",
        ),
    ] {
        let (target, row) = (0, &row);
        assert_eq!(line(&Event::Decided { target, row }), expected);
        assert_eq!(line(&Event::Undecided { target, row }), expected);
    }
}

#[test]
fn target_that_goes_down_and_comes_up_has_lines_that_begin_with_the_first_lost_probe() {
    let head = r#""target":0,"name":"host.example","seq":65537,"icmp_seq":2,"since":"2026-11-30T17:46:30.457410Z","since_t_ms":500"#;
    let rest = r#""from":"198.51.100.9","reason":"destination_host_unreachable""#;
    assert_eq!(
        line(&Event::Down(&down(Some(rejected_by_router())))),
        format!("\"down\",{head},\"probes\":3,{rest}}}\n")
    );
    assert_eq!(
        line(&Event::Up(&up())),
        format!("\"up\",{head},\"probes\":41,\"down_ms\":41000}}\n")
    );
}

#[test]
fn summary_has_no_lines_of_targets_that_go_down() {
    let mut json = json(Detail::Summary, run());
    json.on(&Event::Down(&down(None)), 0);
    json.on(&Event::Up(&up()), 1);
    assert_eq!(json.out(), "");
}

#[test]
fn change_has_a_line_with_both_values() {
    let head = r#""change","target":0,"name":"host.example","what""#;
    let (before, after) = (64, 57);
    let moved = Changed::Address {
        before: None,
        after: address("192.0.2.8"),
    };
    for (what, rest) in [
        (
            Changed::HopLimit { before, after },
            r#""ttl","before":64,"after":57"#,
        ),
        (
            Changed::TrafficClass { before, after },
            r#""tos","before":64,"after":57"#,
        ),
        (moved, r#""address","before":null,"after":"192.0.2.8""#),
    ] {
        let change = Change { target: 0, what };
        assert_eq!(line(&Event::Changed(&change)), format!("{head}:{rest}}}\n"));
    }
}
