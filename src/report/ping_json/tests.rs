use std::net::SocketAddr;

use serde_json::{Value, json};

use super::*;
use crate::event::{
    Counts, Distribution, Marks, Moment, ProbeId, Problem, Reach, Results, Row, Series, Source,
    TargetNumber, Timing,
};
use crate::report::NoNames;
use crate::wire::data::Mismatch;
use crate::wire::extensions::Extensions;
use crate::wire::icmpv4;

#[derive(Debug)]
struct Nothing;

impl Results for Nothing {
    fn row(&self, _: TargetNumber) -> Row {
        Row::default()
    }

    fn distribution(&self) -> Distribution {
        Distribution::default()
    }
}

fn at() -> Moment {
    (UNIX_EPOCH + Duration::from_millis(1_700_000_000_250)).into()
}

fn address(text: &str) -> SocketAddr {
    format!("{text}:0").parse().unwrap()
}

fn destination(size: usize) -> Start {
    Start::One(Destination {
        host: "a \"host\"\u{1b}".to_owned(),
        target: address("192.0.2.1"),
        source: None,
        device: None,
        size,
        smallest: None,
        ip_options: 0,
        flow_label: None,
        identifier: 7,
        raw: true,
    })
}

fn answer() -> Answer<'static> {
    Answer {
        target: 0,
        number: Some(0),
        length: 64,
        source: address("192.0.2.1"),
        identifier: 4660,
        sequence: 3,
        hop_limit: Some(61),
        traffic_class: None,
        destination: None,
        times: None,
        standing: Standing::Reply,
        timing: Some(Timing {
            round_trip: Duration::from_nanos(12_345_600),
            sending: None,
            reading: None,
            queued: None,
            source: Source::Kernel,
        }),
        marks: Marks::default(),
        mismatch: None,
        options: &[],
        information: None,
    }
}

/// The lines of these events under `ping -j`, without those of the start.
fn lines(style: Style, events: &[Event<'_>]) -> Vec<Value> {
    lines_of(56, style, events)
}

fn lines_of(size: usize, style: Style, events: &[Event<'_>]) -> Vec<Value> {
    let mut out = Vec::new();
    let mut json = PingJson::new(style, &mut out, NoNames);
    json.event(&Event::Started(&destination(size)), &at)
        .unwrap();
    for event in events {
        json.event(event, &at).unwrap();
    }
    drop(json);
    let out = String::from_utf8(out).unwrap();
    out.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn rejection() -> Rejection<'static> {
    Rejection {
        target: 0,
        number: Some(0),
        reporter: address("198.51.100.9"),
        sequence: 300,
        problem: Problem::V4(icmpv4::Problem::from_parts(3, 1, 0)),
        reach: Reach::Left,
        is_behind_outcome: false,
        original: None,
        quoted: None,
        extensions: Extensions::default(),
    }
}

fn summary() -> Summary {
    Summary {
        targets: 1,
        alive: 1,
        elapsed: Duration::from_micros(2_001_600),
        counts: Counts {
            transmitted: 3,
            received: 2,
            duplicates: 4,
            bad_checksums: 5,
            rejected: 6,
            in_flight: 1,
            ..Counts::default()
        },
        round_trips: Some(RoundTrips {
            min: Duration::from_micros(1001),
            mean: Duration::from_micros(1502),
            max: Duration::from_micros(2003),
            deviation: Duration::from_micros(504),
            ewma: Duration::from_micros(605),
            p50: Duration::ZERO,
            p90: Duration::ZERO,
            p99: Duration::ZERO,
            p99_9: Duration::ZERO,
            jitter: Duration::ZERO,
        }),
        series: Some(Series {
            pipe: 2,
            ..Series::default()
        }),
        ..Summary::default()
    }
}

#[test]
fn reply_has_the_keys_of_iputils_and_numbers_are_numbers() {
    let lines = lines(Style::default(), &[Event::Answered(&answer())]);
    let expected = json!({
        "bytes": 64, "host": "192.0.2.1", "ident": 4660, "seq": 3, "ttl": 61, "time": 12.346, "info": null, "timestamp": null
    });
    assert_eq!(lines, [expected]);
}

#[test]
fn what_iputils_says_behind_a_reply_is_its_info() {
    let with = |change: fn(&mut Answer<'static>)| {
        let mut answer = answer();
        change(&mut answer);
        let line = lines(Style::default(), &[Event::Answered(&answer)]).remove(0);
        (line["info"].clone(), line["time"].is_null())
    };
    assert_eq!(
        with(|it| it.standing = Standing::Duplicate),
        (json!("DUP!"), false)
    );
    assert_eq!(
        with(|it| it.standing = Standing::BadChecksum),
        (json!("BAD CHECKSUM!"), false)
    );
    assert_eq!(
        with(|it| it.standing = Standing::BadToken),
        (json!("WRONG TOKEN!"), false)
    );
    assert_eq!(
        with(|it| it.marks.truncated = true),
        (json!("truncated"), true)
    );
    assert_eq!(
        with(|it| {
            it.standing = Standing::Duplicate;
            it.marks.different_address = true;
            it.mismatch = Some(Mismatch {
                offset: 20,
                expected: 0x14,
                found: 0xeb,
                data: &[],
            });
        }),
        (
            json!("DUP!, DIFFERENT ADDRESS!, wrong data byte #20 should be 0x14 but was 0xeb"),
            false
        )
    );
}

#[test]
fn errors_and_missing_answers_are_objects_with_all_keys() {
    let refused = NotSent::Refused(io::Error::from_raw_os_error(libc::ENOBUFS));
    let too_long = NotSent::TooLong {
        mtu: 1500,
        ipv6: false,
    };
    let probe = ProbeId {
        target: 0,
        number: 0,
        sequence: 3,
    };
    let style = Style {
        timestamps: true,
        ..Style::default()
    };
    let lines = lines(
        style,
        &[
            Event::Rejected(&rejection()),
            Event::NotSent {
                probe,
                reason: &refused,
            },
            Event::NotSent {
                probe,
                reason: &too_long,
            },
            Event::NoAnswer {
                target: 0,
                sequence: 3,
            },
        ],
    );
    let stamp = 1_700_000_000.25;
    assert_eq!(
        lines,
        [
            json!({"error": "Destination Host Unreachable", "host": "198.51.100.9", "seq": 300, "timestamp": stamp}),
            json!({"error": ["sendmsg", "No buffer space available"], "host": null, "seq": 3, "timestamp": stamp}),
            json!({"error": "local error: message too long, mtu=1500", "host": null, "seq": 3, "timestamp": stamp}),
            json!({"info": "no answer yet", "seq": 3, "timestamp": stamp}),
        ]
    );
}

#[test]
fn summary_is_there_with_all_keys_without_replies_too() {
    let of = |style: Style, size: usize, summary: &Summary| {
        let mut lines = lines_of(size, style, &[Event::Finished(summary, &Nothing)]);
        assert_eq!(lines.len(), 1);
        lines.remove(0)
    };
    let full = of(Style::default(), 56, &summary());
    let expected = json!({
        "host": "a \"host\"\u{1b}", "transmitted": 3, "received": 2, "duplicates": 4, "corrupted": 5, "errors": 6,
        "loss": 100.0 / 3.0, "time": 2002,
        "rtt": {"min": 1.001, "avg": 1.502, "max": 2.003, "mdev": 0.504}, "pipe": 2, "ipg": null, "ewma": null
    });
    assert_eq!(full, expected);
    let flood = Style {
        flood: true,
        paced_by_replies: true,
        ..Style::default()
    };
    let flood = of(flood, 56, &summary());
    assert_eq!(
        (&flood["ipg"], &flood["ewma"]),
        (&json!(1000.8), &json!(0.605))
    );
    // The data has no room for iputils' time stamp.
    assert_eq!(of(Style::default(), 8, &summary())["rtt"], Value::Null);

    let silent = Summary {
        counts: Counts {
            transmitted: 2,
            ..Counts::default()
        },
        round_trips: None,
        ..summary()
    };
    let silent = of(Style::default(), 56, &silent);
    assert_eq!(
        (&silent["loss"], &silent["rtt"]),
        (&json!(100), &Value::Null)
    );
    assert_eq!(
        silent.as_object().unwrap().len(),
        full.as_object().unwrap().len()
    );
    let nothing = of(Style::default(), 56, &Summary::default());
    assert_eq!(
        (&nothing["loss"], &nothing["transmitted"]),
        (&Value::Null, &json!(0))
    );
}

#[test]
fn quiet_runs_and_floods_have_no_line_for_a_reply() {
    for style in [
        Style {
            quiet: true,
            ..Style::default()
        },
        Style {
            flood: true,
            ..Style::default()
        },
    ] {
        let events = [
            Event::Answered(&answer()),
            Event::Rejected(&rejection()),
            Event::Finished(&summary(), &Nothing),
        ];
        assert_eq!(lines(style, &events).len(), 1);
    }
}

#[test]
fn pattern_is_an_object() {
    let style = Style {
        announced_pattern: Some(vec![0xab, 1]),
        ..Style::default()
    };
    assert_eq!(
        lines(style, &[]),
        [json!({"info": "PATTERN: 0xab01", "seq": null, "timestamp": null})]
    );
}
