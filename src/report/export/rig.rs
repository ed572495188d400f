//! Fixtures for the tests of exported files.

use std::net::SocketAddr;
use std::time::{Duration, UNIX_EPOCH};

use crate::event::{
    Answer, Directory, Event, Marks, Moment, Question, Results, Row, Several, Source, Standing,
    Start, TargetNumber, TargetSummary, Timing,
};

/// Two targets: an address, and a name whose label contains separators and a line end.
#[derive(Debug)]
pub(super) struct Two;

impl Directory for Two {
    fn len(&self) -> TargetNumber {
        2
    }

    fn address(&self, target: TargetNumber) -> Option<SocketAddr> {
        let addresses = ["192.0.2.1:0", "[2001:db8::2]:0"];
        addresses.get(target as usize)?.parse().ok()
    }

    fn name(&self, target: TargetNumber) -> Option<&str> {
        (target == 1).then_some("host.example")
    }

    fn label(&self, target: TargetNumber) -> Option<&str> {
        (target == 1).then_some("a \"b\", c\nd")
    }
}

pub(super) fn start(question: Question) -> Event<'static> {
    let start = Start::Several(Several {
        targets: 2,
        duplicates: 0,
        size: 56,
        question,
    });
    Event::Started(Box::leak(Box::new(start)))
}

pub(super) fn rounds() -> Event<'static> {
    start(Question::Rounds {
        period: Duration::from_secs(1),
        count: None,
    })
}

pub(super) fn at() -> Moment {
    (UNIX_EPOCH + Duration::from_millis(1_700_000_000_001)).into()
}

pub(super) fn answer(standing: Standing) -> Answer<'static> {
    Answer {
        target: 0,
        number: Some(0),
        length: 64,
        source: "192.0.2.1:0".parse().unwrap(),
        identifier: 13,
        sequence: 1,
        hop_limit: Some(63),
        traffic_class: None,
        destination: None,
        times: None,
        standing,
        marks: Marks::default(),
        mismatch: None,
        options: &[],
        information: None,
        timing: Some(Timing {
            round_trip: Duration::from_nanos(1_234_500),
            source: Source::Kernel,
            sending: None,
            queued: None,
            reading: None,
        }),
    }
}

/// The results of the two targets.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) rows: [Row; 2],
    pub(super) summaries: [Option<TargetSummary>; 2],
}

impl Results for Rows {
    fn row(&self, target: TargetNumber) -> Row {
        self.rows[target as usize]
    }

    fn target(&self, target: TargetNumber) -> Option<TargetSummary> {
        self.summaries[target as usize].clone()
    }
}
