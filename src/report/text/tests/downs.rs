//! Targets that go down and come up again.

use super::*;
use crate::event::{Changed, LocalTime};

const SECOND: Duration = Duration::from_secs(1);

/// The first probe to the only target, sent two seconds after the start.
fn first() -> ProbeId {
    ProbeId {
        target: 0,
        number: 2,
        sequence: 3,
    }
}

fn down(reason: Option<Reason>) -> Down {
    Down {
        first: first(),
        sent: 2 * SECOND,
        probes: 3,
        reason,
    }
}

fn up(length: Duration, probes: u64) -> TimeDown {
    TimeDown {
        first: first(),
        sent: 2 * SECOND,
        outage: Outage {
            first: 3,
            last: 43,
            length,
            probes,
        },
    }
}

/// Five seconds after the start, at noon.
fn at() -> Moment {
    Moment {
        wall: noon().wall,
        since_start: 5 * SECOND,
    }
}

fn told(style: Style, events: &[Event<'_>]) -> String {
    let mut text = report(style, NoNames);
    let start = Start::One(header::tests::plain());
    text.event(&Event::Started(&start), &at).unwrap();
    let first_line = text.texts().0.len();
    for event in events {
        text.event(event, &at).unwrap();
    }
    text.texts().0.split_off(first_line)
}

fn with_transitions() -> Style {
    Style {
        transitions: true,
        ..rping()
    }
}

/// The lines after the counts of probes.
fn statistics(events: Vec<Event<'_>>, results: &dyn Results) -> String {
    let finished = statistics::tests::plain();
    let mut events: Vec<Event<'_>> = events;
    events.push(Event::Finished(&finished, results));
    let text = told(rping(), &events);
    let at_end = text.find("\ndown: ").unwrap();
    text[at_end + 1..].to_owned()
}

#[test]
fn down_has_a_line_with_the_first_probe_and_the_reason() {
    let unreachable = Reason::Rejected {
        problem: Problem::V4(icmpv4::Problem::from_parts(3, 1, 0)),
        reporter: Some("10.0.0.1:0".parse().unwrap()),
    };
    for (reason, rest) in [
        (None, ""),
        (
            Some(unreachable),
            "; Destination Host Unreachable from 10.0.0.1",
        ),
    ] {
        assert_eq!(
            told(with_transitions(), &[Event::Down(&down(reason))]),
            format!(
                "127.0.0.1 is down: 3 probes without an answer, the first sent at 22:13:17.001{rest}\n"
            )
        );
    }
    let one = Down {
        probes: 1,
        ..down(None)
    };
    assert_eq!(
        told(with_transitions(), &[Event::Down(&one)]),
        "127.0.0.1 is down: 1 probe without an answer, sent at 22:13:17.001\n"
    );
}

#[test]
fn up_has_a_line_with_the_length() {
    for (milliseconds, text) in [(41_000, "41.0"), (3_260, "3.3"), (50, "0.050")] {
        let up = up(Duration::from_millis(milliseconds), 41);
        assert_eq!(
            told(with_transitions(), &[Event::Up(&up)]),
            format!("127.0.0.1 is up again after {text} s\n")
        );
    }
}

#[test]
fn times_of_day_are_those_of_the_calendar() {
    let mut text = report(with_transitions(), NoNames);
    text.text = std::mem::replace(&mut text.text, dummy()).with_calendar(|_| {
        Some(LocalTime {
            hour: 7,
            minute: 8,
            second: 9,
            ..LocalTime::default()
        })
    });
    text.event(&Event::Down(&down(None)), &at).unwrap();
    let (out, _) = text.texts();
    assert!(out.ends_with(" sent at 07:08:09.001\n"), "{out}");
}

fn dummy() -> Text<'static> {
    Text::of_one(rping(), "rping", (Broken, Broken), NoNames)
}

#[test]
fn without_the_option_there_is_no_line() {
    let events = [Event::Down(&down(None)), Event::Up(&up(SECOND, 3))];
    for style in [ping(), rping()] {
        assert_eq!(told(style, &events), "");
    }
}

#[test]
fn statistics_end_with_the_times_down_the_longest_first() {
    let (down, short, long) = (down(None), up(3 * SECOND, 3), up(41 * SECOND, 41));
    let events = vec![
        Event::Down(&down),
        Event::Up(&short),
        Event::Down(&down),
        Event::Up(&long),
    ];
    assert_eq!(
        statistics(events, &statistics::tests::Nothing),
        "down: 2 times, 44.000 s in all\n\
        \x20 2023-11-14 22:13:17.001  41.000 s, 41 probes (icmp_seq=3 to 43)\n\
        \x20 2023-11-14 22:13:17.001  3.000 s, 3 probes (icmp_seq=3 to 43)\n"
    );
}

/// A target that is down at the end.
#[derive(Debug)]
struct Still(TimeDown);

impl Results for Still {
    fn row(&self, _: TargetNumber) -> crate::event::Row {
        crate::event::Row::default()
    }

    fn time_down(&self, _: TargetNumber) -> Option<TimeDown> {
        Some(self.0)
    }
}

#[test]
fn target_that_is_down_at_the_end_is_listed_with_its_time_until_then() {
    let down = down(None);
    let text = statistics(vec![Event::Down(&down)], &Still(up(9 * SECOND, 9)));
    assert_eq!(
        text,
        "down: 1 time, 9.000 s in all\n\
        \x20 2023-11-14 22:13:17.001  9.000 s, 9 probes (icmp_seq=3 to 43), still down at the end\n"
    );
}

#[test]
fn of_many_times_down_only_the_longest_are_listed() {
    let down = down(None);
    let ups: Vec<TimeDown> = (1..=1000).map(|length| up(length * SECOND, 3)).collect();
    let events: Vec<Event<'_>> = ups
        .iter()
        .flat_map(|up| [Event::Down(&down), Event::Up(up)])
        .collect();
    let text = statistics(events, &statistics::tests::Nothing);
    let mut lines = text.lines();
    let heading = "down: 1000 times, 500500.000 s in all; the longest 20";
    assert_eq!(lines.next(), Some(heading));
    assert!(lines.next().unwrap().contains("  1000.000 s,"));
    assert_eq!(lines.count(), 19);
}

#[test]
fn change_has_a_line_with_both_values() {
    let hop_limit = Changed::HopLimit {
        before: 64,
        after: 57,
    };
    let traffic_class = Changed::TrafficClass {
        before: 0,
        after: 0xb8,
    };
    let after = "192.0.2.8:0".parse().unwrap();
    let moved = |before| Changed::Address { before, after };
    for (what, text) in [
        (hop_limit, "has changed: ttl 57 instead of 64"),
        (
            traffic_class,
            "has changed: traffic class 0xb8 instead of 0x00",
        ),
        (
            moved("[2001:db8::7]:0".parse().ok()),
            "has changed: address 192.0.2.8 instead of 2001:db8::7",
        ),
        (moved(None), "has an address now: 192.0.2.8"),
    ] {
        let change = Change { target: 0, what };
        let line = told(with_transitions(), &[Event::Changed(&change)]);
        assert_eq!(line, format!("127.0.0.1 {text}\n"));
        assert_eq!(told(rping(), &[Event::Changed(&change)]), "");
    }
}
