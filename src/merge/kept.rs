//! The stored results of a target: compact, because there may be a million.

use std::net::IpAddr;
use std::time::Duration;

use super::line::{Decided, Figures};
use crate::event::{Counts, Reason, Row, Source, Sources, TargetNumber, TargetSummary};
use crate::stats::RoundTripStatistics;

/// A target of a stream.
#[derive(Debug)]
pub(super) struct StoredTarget {
    /// Its number in the stream.
    pub(super) number: TargetNumber,
    /// The position of its `summary` among all, from 0; the highest number if it has none.
    pub(super) rank: u32,
    pub(super) address: Option<Address>,
    /// `None`: it has only an address.
    pub(super) texts: Option<Box<Texts>>,
    pub(super) state: State,
}

/// The name and label of a target, and why it has no address.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Texts {
    /// `None`: it is named by its address.
    pub(super) name: Option<Box<str>>,
    pub(super) label: Option<Box<str>>,
    /// Why its lookup failed, from [`Words`](super::words::Words).
    pub(super) error: Option<&'static str>,
}

/// An address. A link-local one has the number of its interface's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Address {
    pub(super) ip: IpAddr,
    pub(super) zone: u16,
}

/// The known results of a target.
#[derive(Debug)]
pub(super) enum State {
    /// None yet.
    Introduced,
    /// The counts of lines about its probes so far.
    Counted(Box<LineCounts>),
    /// A `summary` without a distribution.
    Row(Box<PackedRow>),
    /// A `summary` with a distribution.
    Whole(Box<TargetSummary>),
    /// Whether it is alive.
    Decided(Box<Row>),
}

/// A row and its counts, packed.
#[derive(Debug)]
pub(super) struct PackedRow {
    sent: u64,
    received: u64,
    suspended: u32,
    in_flight: u32,
    min: Option<Nanoseconds>,
    mean: Option<Nanoseconds>,
    max: Option<Nanoseconds>,
    p99: Option<Nanoseconds>,
    /// `None`: all other counts are 0.
    others: Option<Box<Counts>>,
}

/// A round trip from 1 ns to 500 years, in less memory than a `Duration`.
type Nanoseconds = std::num::NonZero<u64>;

fn packed(time: Option<Duration>) -> Option<Nanoseconds> {
    let nanoseconds = u64::try_from(time?.as_nanos()).unwrap_or(u64::MAX);
    Nanoseconds::new(nanoseconds.max(1))
}

fn unpacked(time: Option<Nanoseconds>) -> Option<Duration> {
    time.map(|time| Duration::from_nanos(time.get()))
}

/// Counts of a target from lines about its probes.
#[derive(Debug)]
pub(super) struct LineCounts {
    pub(super) counts: Counts,
    /// `sent` lines, which only `--json=all` has.
    pub(super) departures: u64,
    pub(super) sources: Sources,
    pub(super) times: Times,
}

/// Round trips of a target in a truncated stream.
#[derive(Debug)]
pub(super) enum Times {
    /// All figures, with few targets.
    Whole(Box<RoundTripStatistics>),
    /// Number, sum and extremes, with many.
    Spread {
        count: u64,
        sum: u128,
        min: Duration,
        max: Duration,
    },
}

impl LineCounts {
    pub(super) fn new(keeps_distribution: bool) -> Self {
        Self {
            counts: Counts::default(),
            departures: 0,
            sources: Sources::default(),
            times: if keeps_distribution {
                Times::Whole(Box::default())
            } else {
                Times::Spread {
                    count: 0,
                    sum: 0,
                    min: Duration::MAX,
                    max: Duration::ZERO,
                }
            },
        }
    }

    pub(super) fn record(&mut self, time: Duration, source: Option<Source>) {
        if let Some(source) = source {
            self.sources.add(source);
        }
        match &mut self.times {
            Times::Whole(statistics) => statistics.record(time),
            Times::Spread {
                count,
                sum,
                min,
                max,
            } => {
                *count += 1;
                *sum += time.as_nanos();
                *min = time.min(*min);
                *max = time.max(*max);
            }
        }
    }

    /// The counts. Sent probes without an outcome count as in flight.
    fn counts(&self) -> Counts {
        let counts = self.counts;
        let ended = counts.transmitted;
        Counts {
            transmitted: ended.max(self.departures),
            in_flight: self.departures.saturating_sub(ended),
            ..counts
        }
    }

    fn row(&self) -> Row {
        let row = row_of(&self.counts());
        match &self.times {
            Times::Whole(statistics) => {
                let times = statistics.summary();
                Row {
                    min: times.map(|times| times.min),
                    mean: times.map(|times| times.mean),
                    max: times.map(|times| times.max),
                    p99: times.map(|times| times.p99),
                    ..row
                }
            }
            Times::Spread {
                count,
                sum,
                min,
                max,
            } => {
                let mean = sum.checked_div(u128::from(*count));
                let mean = mean.and_then(|mean| u64::try_from(mean).ok());
                let is_known = mean.is_some();
                Row {
                    min: is_known.then_some(*min),
                    mean: mean.map(Duration::from_nanos),
                    max: is_known.then_some(*max),
                    ..row
                }
            }
        }
    }

    fn summary(&self) -> Option<TargetSummary> {
        match &self.times {
            Times::Whole(statistics) => Some(TargetSummary {
                counts: self.counts(),
                round_trips: statistics.summary(),
                distribution: statistics.distribution(),
                sources: self.sources,
                ..TargetSummary::default()
            }),
            Times::Spread { .. } => None,
        }
    }
}

/// The counts in figures.
pub(super) fn counts(figures: &Figures) -> Counts {
    Counts {
        transmitted: figures.sent,
        received: figures.received,
        duplicates: figures.duplicates,
        bad_checksums: figures.bad_checksum,
        bad_tokens: figures.bad_token,
        stale: figures.stale,
        unexpected: figures.unexpected,
        late: figures.late,
        reordered: figures.reordered,
        altered: figures.altered,
        truncated: figures.truncated,
        oversized: figures.oversized,
        different_address: figures.wrong_source,
        rejected: figures.rejected,
        rejected_unanswered: figures.rejected,
        icmp_errors: figures.icmp_errors,
        not_sent: figures.not_sent,
        suspended: figures.suspended,
        in_flight: figures.in_flight,
        ..Counts::default()
    }
}

impl State {
    /// From a `summary`.
    pub(super) fn of(figures: Figures) -> Self {
        let counts = counts(&figures);
        let times = figures.rtt_ms;
        let Some(distribution) = figures.hist else {
            return Self::Row(Box::new(PackedRow::of(counts, times.as_ref())));
        };
        Self::Whole(Box::new(TargetSummary {
            counts,
            round_trips: times.and_then(|times| times.whole()),
            distribution: distribution.into(),
            sources: figures.timed_by.map(Into::into).unwrap_or_default(),
            outages: figures.outages.map(Into::into),
            ..TargetSummary::default()
        }))
    }

    /// From an `alive`, `dead` or `unknown` line.
    pub(super) fn decided(event: &str, line: &Decided<'_>, reason: Option<Reason>) -> Self {
        let row = Row {
            sent: line.sent,
            reason,
            ..Row::default()
        };
        let row = match event {
            "alive" => Row {
                sent: line.sent.max(1),
                received: 1,
                min: line.rtt_ms.map(|time| time.0),
                reason: None,
                ..row
            },
            // The outcome of its probes is unknown.
            "unknown" => Row {
                in_flight: line.sent,
                reason: reason.map(as_undecided),
                ..row
            },
            _ => row,
        };
        Self::Decided(Box::new(row))
    }
}

/// A probe that was too big does not decide whether its target is alive.
fn as_undecided(reason: Reason) -> Reason {
    match reason {
        Reason::Rejected { problem, reporter } if problem.is_too_big() => {
            Reason::TooBig { problem, reporter }
        }
        other => other,
    }
}

impl PackedRow {
    fn of(counts: Counts, times: Option<&super::line::Times>) -> Self {
        let narrow = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        let shown = Counts {
            transmitted: counts.transmitted,
            received: counts.received,
            suspended: counts.suspended,
            in_flight: counts.in_flight,
            ..Counts::default()
        };
        let time = |of: fn(&super::line::Times) -> Option<super::line::Millis>| {
            packed(times.and_then(of).map(|time| time.0))
        };
        Self {
            sent: counts.transmitted,
            received: counts.received,
            suspended: narrow(counts.suspended),
            in_flight: narrow(counts.in_flight),
            min: time(|times| times.min),
            mean: time(|times| times.avg),
            max: time(|times| times.max),
            p99: time(|times| times.p99),
            others: (counts != shown).then(|| Box::new(counts)),
        }
    }

    fn counts(&self) -> Counts {
        Counts {
            transmitted: self.sent,
            received: self.received,
            suspended: self.suspended.into(),
            in_flight: self.in_flight.into(),
            ..self.others.as_deref().copied().unwrap_or_default()
        }
    }

    fn row(&self) -> Row {
        Row {
            min: unpacked(self.min),
            mean: unpacked(self.mean),
            max: unpacked(self.max),
            p99: unpacked(self.p99),
            ..row_of(&self.counts())
        }
    }
}

/// Saturates: the counters of a row are smaller than those of a stream, which may cover years.
fn row_of(counts: &Counts) -> Row {
    let narrow = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
    Row {
        sent: narrow(counts.transmitted),
        received: narrow(counts.received),
        suspended: narrow(counts.suspended),
        in_flight: narrow(counts.in_flight),
        ..Row::default()
    }
}

impl StoredTarget {
    pub(super) fn row(&self) -> Row {
        let row = match &self.state {
            State::Introduced => Row::default(),
            State::Counted(counted) => counted.row(),
            State::Row(figured) => figured.row(),
            State::Whole(summary) => {
                let times = summary.round_trips;
                Row {
                    min: times.map(|times| times.min),
                    mean: times.map(|times| times.mean),
                    max: times.map(|times| times.max),
                    p99: times.map(|times| times.p99),
                    ..row_of(&summary.counts)
                }
            }
            State::Decided(row) => **row,
        };
        let error = self.texts.as_ref().and_then(|texts| texts.error);
        let reason = error.filter(|_| !row.is_alive());
        Row {
            reason: reason.map(lookup).or(row.reason),
            ..row
        }
    }

    pub(super) fn summary(&self) -> Option<TargetSummary> {
        match &self.state {
            State::Whole(summary) => Some((**summary).clone()),
            State::Counted(counted) => counted.summary(),
            State::Introduced | State::Row(_) | State::Decided(_) => None,
        }
    }

    pub(super) fn counts(&self) -> Counts {
        match &self.state {
            State::Introduced => Counts::default(),
            State::Counted(counted) => counted.counts(),
            State::Row(figured) => figured.counts(),
            State::Whole(summary) => summary.counts,
            State::Decided(row) => Counts {
                transmitted: row.sent.into(),
                received: row.received.into(),
                in_flight: row.in_flight.into(),
                ..Counts::default()
            },
        }
    }

    pub(super) fn is_decided(&self) -> bool {
        matches!(self.state, State::Decided(_))
    }
}

/// The reason for a failed lookup from its text in a line.
fn lookup(error: &'static str) -> Reason {
    [Reason::Unresolved, Reason::LookupPending]
        .into_iter()
        .find(|reason| crate::report::json::lookup_error(*reason) == Some(error))
        .unwrap_or(Reason::LookupFailed(error))
}
