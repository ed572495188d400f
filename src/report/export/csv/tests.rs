use std::time::Duration;

use super::super::rig::{Two, answer, at, rounds, start};
use super::*;
use crate::event::{Reach, Reason, Rejection};
use crate::report::NoNames;
use crate::wire::extensions::Extensions;
use crate::wire::icmpv4;

fn rows(events: &[Event<'_>]) -> String {
    let mut out = Vec::new();
    let mut csv = Csv::new(&mut out, Some(Rc::new(Two)), NoNames);
    for event in events {
        csv.event(event, &at).unwrap();
    }
    csv.flush().unwrap();
    drop(csv);
    let text = String::from_utf8(out).unwrap();
    let rows = text.strip_prefix(str::from_utf8(HEADER).unwrap());
    rows.unwrap().to_owned()
}

fn probe(target: TargetNumber, number: u64) -> ProbeId {
    ProbeId {
        target,
        number,
        sequence: u16::try_from(number).unwrap() + 1,
    }
}

fn rejection(number: u64, is_behind_outcome: bool) -> Rejection<'static> {
    Rejection {
        target: 1,
        number: Some(number),
        sequence: 1,
        reporter: "[2001:db8::9]:0".parse().unwrap(),
        problem: Problem::V4(icmpv4::Problem::from_parts(3, 1, 0)),
        reach: Reach::Left,
        is_behind_outcome,
        original: None,
        quoted: None,
        extensions: Extensions::default(),
    }
}

#[test]
fn reply_is_a_row_with_its_round_trip_and_other_messages_are_none() {
    let [reply, duplicate, forged] =
        [Standing::Reply, Standing::Duplicate, Standing::BadToken].map(answer);
    let written = rows(&[
        rounds(),
        Event::Sent(probe(0, 0)),
        Event::Answered(&reply),
        Event::Answered(&duplicate),
        Event::Answered(&forged),
    ]);
    assert_eq!(
        written,
        "2023-11-14T22:13:20.001000Z,0,192.0.2.1,192.0.2.1,,0,1,reply,1.2345,63,192.0.2.1,\r\n"
    );
}

#[test]
fn each_other_outcome_is_a_row_with_what_is_known_of_it() {
    let outcome = |number, outcome| Event::Outcome {
        probe: probe(1, number),
        outcome,
    };
    let (rejected, behind) = (rejection(1, false), rejection(0, true));
    let too_long = NotSent::TooLong {
        mtu: 1500,
        ipv6: true,
    };
    let written = rows(&[
        rounds(),
        outcome(0, Outcome::Lost),
        Event::Rejected(&behind),
        Event::Rejected(&rejected),
        outcome(1, Outcome::Rejected),
        outcome(2, Outcome::Suspended),
        Event::NotSent {
            probe: probe(1, 3),
            reason: &too_long,
        },
    ]);
    let who = "2023-11-14T22:13:20.001000Z,1,host.example,2001:db8::2,\"a \"\"b\"\", c\nd\"";
    let expected = [
        "0,1,lost,,,,",
        "1,2,rejected,,,2001:db8::9,destination_host_unreachable",
        "2,3,suspended,,,,",
        "3,4,not_sent,,,,\"message too long, mtu=1500\"",
    ];
    let expected = expected.map(|row| format!("{who},{row}\r\n")).concat();
    assert_eq!(written, expected);
}

#[test]
fn reply_behind_an_error_is_a_reply() {
    let reply = Answer {
        target: 1,
        number: Some(1),
        ..answer(Standing::Reply)
    };
    let rejected = rejection(1, false);
    let mut out = Vec::new();
    let mut csv = Csv::new(&mut out, Some(Rc::new(Two)), NoNames);
    for event in [
        rounds(),
        Event::Rejected(&rejected),
        Event::Answered(&reply),
    ] {
        csv.event(&event, &at).unwrap();
    }
    assert!(csv.rejected.is_empty(), "nothing is kept of it");
}

#[test]
fn where_it_is_asked_who_is_alive_a_row_is_a_target() {
    let alive = Row {
        sent: 2,
        received: 1,
        min: Some(Duration::from_micros(20)),
        ..Row::default()
    };
    let dead = Row {
        sent: 4,
        reason: Some(Reason::TooLong),
        ..Row::default()
    };
    let unknown = Row {
        sent: 1,
        in_flight: 1,
        ..Row::default()
    };
    let reply = answer(Standing::Reply);
    let decided = |target, row| Event::Decided { target, row };
    let written = rows(&[
        start(Question::Alive),
        Event::Answered(&reply),
        decided(0, &alive),
        decided(0, &dead),
        decided(0, &unknown),
    ]);
    assert_eq!(
        written,
        "2023-11-14T22:13:20.001000Z,0,192.0.2.1,192.0.2.1,,,,alive,0.02,,,\r\n\
         2023-11-14T22:13:20.001000Z,0,192.0.2.1,192.0.2.1,,,,dead,,,,not_sent_too_long\r\n"
    );
}
