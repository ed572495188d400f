//! Compares whole outputs.

use super::*;
use crate::config::Sort;
use crate::event::{
    Counts, Marks, NotSent, ProbeId, Problem, Reach, Reason, Rejection, RoundTrips, Source,
    Sources, Stage, Standing, Timing,
};
use crate::report::text::Text;
use crate::report::text::tests::{Broken, Notes, Printer, noon};
use crate::report::{Backpressure, NoNames, Outlet, Report};
use crate::wire::extensions::Extensions;
use crate::wire::{icmpv4, icmpv6};
use std::net::SocketAddr;
use std::time::Duration;

mod alive;
mod blocked;
mod hostile;
mod million;
mod output;
mod path_mtu;
mod rounds;
mod state;
mod table;

/// Name, address and label of each target.
#[derive(Debug)]
struct Known(Vec<(&'static str, &'static str, &'static str)>);

fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

impl Known {
    fn get(&self, target: TargetNumber) -> (&str, &str, &str) {
        let target = usize::try_from(target).unwrap();
        self.0.get(target).copied().unwrap_or_default()
    }
}

impl Directory for Known {
    fn len(&self) -> TargetNumber {
        self.0.len().try_into().unwrap()
    }

    fn address(&self, target: TargetNumber) -> Option<SocketAddr> {
        let address = some(self.get(target).1)?;
        Some((address.parse::<std::net::IpAddr>().unwrap(), 0).into())
    }

    fn name(&self, target: TargetNumber) -> Option<&str> {
        some(self.get(target).0)
    }

    fn label(&self, target: TargetNumber) -> Option<&str> {
        some(self.get(target).2)
    }
}

/// An IPv4 address with a label, a name with an IPv6 address, and a dead address.
fn three() -> Known {
    Known(vec![
        ("", "198.51.100.7", "core router"),
        ("www.example", "2001:db8::80", ""),
        ("", "203.0.113.200", "branch"),
    ])
}

#[derive(Debug)]
struct Rows(Vec<Row>);

impl Results for Rows {
    fn row(&self, target: TargetNumber) -> Row {
        self.0[usize::try_from(target).unwrap()]
    }
}

fn us(microseconds: u64) -> Duration {
    Duration::from_micros(microseconds)
}

/// A target that answered this many of three probes, with this mean round trip.
fn answered(received: u32, mean: u64) -> Row {
    Row {
        sent: 3,
        received,
        min: Some(us(mean - 100)),
        mean: Some(us(mean)),
        max: Some(us(mean + 100)),
        p99: Some(us(mean + 90)),
        ..silent()
    }
}

fn silent() -> Row {
    Row {
        sent: 3,
        ..Row::default()
    }
}

fn host_unreachable() -> Problem {
    Problem::V4(icmpv4::Problem::from_parts(3, 1, 0))
}

fn reporter() -> SocketAddr {
    "198.51.100.1:0".parse().unwrap()
}

fn unreachable() -> Row {
    Row {
        reason: Some(Reason::Rejected {
            problem: host_unreachable(),
            reporter: Some(reporter()),
        }),
        ..silent()
    }
}

fn answer(target: TargetNumber, sequence: u16, microseconds: u64) -> Answer<'static> {
    Answer {
        target,
        number: Some(0),
        length: 64,
        source: "198.51.100.7:0".parse().unwrap(),
        identifier: 13,
        sequence,
        hop_limit: Some(64),
        traffic_class: None,
        destination: None,
        times: None,
        standing: Standing::Reply,
        marks: Marks::default(),
        mismatch: None,
        options: &[],
        information: None,
        timing: Some(Timing {
            round_trip: us(microseconds),
            source: Source::Kernel,
            sending: None,
            queued: None,
            reading: None,
        }),
    }
}

fn rejection() -> Rejection<'static> {
    Rejection {
        target: 2,
        number: Some(0),
        sequence: 1,
        reporter: reporter(),
        problem: host_unreachable(),
        reach: Reach::Left,
        is_behind_outcome: false,
        original: None,
        quoted: None,
        extensions: Extensions::default(),
    }
}

fn rounds() -> Start {
    Start::Several(in_rounds())
}

fn in_rounds() -> Several {
    Several {
        targets: 3,
        duplicates: 0,
        size: 56,
        question: Question::Rounds {
            period: Duration::from_secs(1),
            count: Some(3),
        },
    }
}

fn who_is_alive() -> Several {
    Several {
        question: Question::Alive,
        ..in_rounds()
    }
}

/// Two of three alive, six of nine received.
fn total() -> Summary {
    Summary {
        targets: 3,
        alive: 2,
        dead: 1,
        elapsed: us(2_003_499),
        counts: Counts {
            transmitted: 9,
            received: 5,
            rejected: 1,
            late: 1,
            ..Counts::default()
        },
        queue_wait: None,
        sources: Sources {
            kernel: 5,
            ..Sources::default()
        },
        round_trips: Some(RoundTrips {
            min: us(423),
            mean: us(6_789),
            max: us(12_445),
            deviation: us(5_001),
            ewma: us(1),
            p50: us(523),
            p90: us(12_345),
            p99: us(12_440),
            p99_9: us(12_445),
            jitter: us(2),
        }),
        series: None,
    }
}

/// The summary of this many targets.
fn of(targets: TargetNumber) -> Summary {
    Summary { targets, ..total() }
}

fn rows() -> Rows {
    Rows(vec![answered(3, 523), answered(2, 12_345), unreachable()])
}

/// The first probe to a target.
fn probe(target: TargetNumber) -> ProbeId {
    ProbeId {
        target,
        ..ProbeId::default()
    }
}

fn quiet() -> Style {
    Style {
        quiet: true,
        ..Style::default()
    }
}

fn only(listed: Listed) -> ManyStyle {
    ManyStyle {
        listed,
        ..ManyStyle::default()
    }
}

/// A text about these targets whose outlets the test can inspect.
fn printer<W: Outlet + Default + 'static>(
    directory: impl Directory + 'static,
    style: Style,
    many: ManyStyle,
) -> Printer<W> {
    let directory = Rc::new(directory);
    Printer::new(|outlets| Text::of_many((style, many), "rping", directory, outlets, NoNames))
}

fn report(directory: Known, style: Style, many: ManyStyle) -> Printer<Notes> {
    printer(directory, style, many)
}

/// The output for these events on standard output and standard error.
fn printed(
    directory: Known,
    style: Style,
    many: ManyStyle,
    events: &[Event<'_>],
) -> (String, String) {
    let mut report = report(directory, style, many);
    report.tell(events);
    report.flush().unwrap();
    report.texts()
}
