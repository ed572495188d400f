//! The results of a run, for one target and in total.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use super::{Counts, Problem, Sources, Sweep, TargetNumber, TimeDown};

/// The results of a run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Summary {
    /// How many targets there are.
    pub targets: TargetNumber,
    /// How many of them answered.
    pub alive: TargetNumber,
    /// How many did not answer although a probe timed out or an error arrived. The state of the others is unknown.
    pub dead: TargetNumber,
    /// From the first to the last probe that was sent or tried.
    pub elapsed: Duration,
    /// The counters, over all targets.
    pub counts: Counts,
    /// Round trips over all targets; `None` without any.
    pub round_trips: Option<RoundTrips>,
    /// Which clocks timed how many of them.
    pub sources: Sources,
    /// The median wait in this host's send queue; `None` if it is unknown, or a millisecond or less.
    pub queue_wait: Option<Duration>,
    /// What depends on the order of one target's probes; `None` with several targets.
    pub series: Option<Series>,
}

/// What depends on the order of the probes to one target.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Series {
    /// The largest number of probes in flight when a reply arrived.
    pub pipe: u32,
    /// Times without a reply.
    pub outages: Outages,
    /// The histogram of round trips, in rising order; empty without any.
    pub bins: Vec<Bin>,
}

/// All measurements of one target.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TargetSummary {
    /// Its counters.
    pub counts: Counts,
    /// Round trips; `None` without any.
    pub round_trips: Option<RoundTrips>,
    /// Their distribution.
    pub distribution: Distribution,
    /// Which clocks timed how many of them.
    pub sources: Sources,
    /// The median wait in this host's send queue; `None` if it is unknown, or a millisecond or less.
    pub queue_wait: Option<Duration>,
    /// Times without a reply; `None` in an alive scan.
    pub outages: Option<Outages>,
}

/// A histogram of round trips, rounded to a number of digits. The sum of two distributions with equal digits is the
/// distribution of all their round trips.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Distribution {
    /// How many significant decimal digits each value has; fewer below a microsecond.
    pub digits: u8,
    /// Each value and its count, in rising order. Round trips are rounded up to a value.
    pub values: Vec<(Duration, u64)>,
}

/// A bin of a histogram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bin {
    /// The shortest round trip in it.
    pub from: Duration,
    /// The start of the next bin; for the last one, the longest round trip in it.
    pub to: Duration,
    /// How many round trips are in it.
    pub count: u64,
}

/// Times without a reply from a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outages {
    /// How many there were. A single lost probe is an outage.
    pub count: u64,
    /// The longest one; the first of equally long ones.
    pub longest: Option<Outage>,
    /// Their total length.
    pub total: Duration,
}

impl Outages {
    /// Adds the outages of another target.
    pub fn add(&mut self, more: Self) {
        let length = |outages: &Self| outages.longest.map(|longest| longest.length);
        if length(&more) > length(self) {
            self.longest = more.longest;
        }
        self.count = self.count.saturating_add(more.count);
        self.total = self.total.saturating_add(more.total);
    }
}

/// A sequence of lost probes. Probes that were not sent do not interrupt it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outage {
    /// The sequence number of the first probe.
    pub first: u16,
    /// The sequence number of the last probe.
    pub last: u16,
    /// From sending the first probe to sending the next answered one or, without any, to the timeout of the last probe.
    pub length: Duration,
    /// How many probes were lost.
    pub probes: u64,
}

/// Round-trip statistics in full resolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoundTrips {
    /// The minimum.
    pub min: Duration,
    /// The mean.
    pub mean: Duration,
    /// The maximum.
    pub max: Duration,
    /// The standard deviation (of the population), printed as `mdev`.
    pub deviation: Duration,
    /// The exponentially weighted average; each new value has a weight of an eighth.
    pub ewma: Duration,
    /// The median.
    pub p50: Duration,
    /// The 90th percentile.
    pub p90: Duration,
    /// The 99th percentile.
    pub p99: Duration,
    /// The 99.9th percentile.
    pub p99_9: Duration,
    /// The smoothed difference between successive round trips (RFC 3550, section 6.4.1).
    pub jitter: Duration,
}

/// The results of each target so far.
pub trait Results: fmt::Debug {
    /// The row of a target in the table.
    fn row(&self, target: TargetNumber) -> Row;

    /// All measurements of a target; `None` if only its row is kept.
    fn target(&self, _target: TargetNumber) -> Option<TargetSummary> {
        None
    }

    /// How long a target is down so far; `None` if it is not down, or not watched.
    fn time_down(&self, _target: TargetNumber) -> Option<TimeDown> {
        None
    }

    /// The counters of a target, if there are more than its row shows.
    fn counts(&self, _target: TargetNumber) -> Option<Counts> {
        None
    }

    /// The outages of all targets together; `None` if they are not kept.
    fn outages(&self) -> Option<Outages> {
        None
    }

    /// What was measured of each size, if probes grow.
    fn sweep(&self) -> Option<Sweep> {
        None
    }

    /// The distribution of round trips over all targets.
    fn distribution(&self) -> Distribution {
        Distribution::default()
    }
}

/// The results of one target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Row {
    /// Probes sent.
    pub sent: u32,
    /// Probes answered in time.
    pub received: u32,
    /// Probes that were in flight when this host was suspended, and were not answered since: their outcome is unknown.
    pub suspended: u32,
    /// Probes that may still be answered in time.
    pub in_flight: u32,
    /// The minimum round trip; with many targets, round trips are kept to 16 ns.
    pub min: Option<Duration>,
    /// The mean.
    pub mean: Option<Duration>,
    /// The maximum.
    pub max: Option<Duration>,
    /// The 99th percentile; `None` if no distribution is kept: too many targets, or too few probes.
    pub p99: Option<Duration>,
    /// Why it did not answer, if an error says so.
    pub reason: Option<Reason>,
    /// The statistics of the window, with `--window`.
    pub recent: Option<Recent>,
}

/// The results of the probes sent in the last part of a run (`--window`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Recent {
    /// The length of the window; up to a twentieth may be missing at its start.
    pub length: Duration,
    /// Probes answered in time.
    pub received: u64,
    /// Probes not answered in time.
    pub lost: u64,
    /// The minimum round trip.
    pub min: Option<Duration>,
    /// The mean.
    pub mean: Option<Duration>,
    /// The maximum.
    pub max: Option<Duration>,
    /// What half of the round trips do not exceed, to 1 %.
    pub p50: Option<Duration>,
    /// What ninety-nine of a hundred do not exceed, to 1 %.
    pub p99: Option<Duration>,
}

impl Recent {
    /// Probes with a known outcome.
    #[must_use]
    pub fn known(&self) -> u64 {
        self.received.saturating_add(self.lost)
    }

    /// The loss in percent, 0 to 100; `None` without known outcomes.
    #[must_use]
    pub fn loss(&self) -> Option<f64> {
        let counts = Counts {
            transmitted: self.known(),
            received: self.received,
            ..Counts::default()
        };
        counts.loss()
    }
}

impl Row {
    /// With fewer round trips, p99 equals the maximum, and no distribution is kept for it.
    pub const FEWEST_FOR_P99: u32 = 100;

    /// Whether it ever answered.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.received > 0
    }

    /// Whether its state is unknown: it never answered, and no probe timed out while this host was awake, nor did an error
    /// arrive; or only the last probe was too big.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        let tells_nothing = match self.reason {
            Some(Reason::TooBig { .. }) => true,
            reason => self.known() == 0 && reason.is_none_or(Reason::is_of_lookup),
        };
        tells_nothing && !self.is_alive()
    }

    /// The counters of its probes.
    fn counts(&self) -> Counts {
        Counts {
            transmitted: self.sent.into(),
            received: self.received.into(),
            suspended: self.suspended.into(),
            in_flight: self.in_flight.into(),
            ..Counts::default()
        }
    }

    /// Probes with a known outcome.
    #[must_use]
    pub fn known(&self) -> u64 {
        self.counts().known()
    }

    /// Probes with a known outcome that were not answered in time.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.counts().lost()
    }

    /// The loss in percent, 0 to 100; `None` without known outcomes.
    #[must_use]
    pub fn loss(&self) -> Option<f64> {
        self.counts().loss()
    }
}

/// Why a target did not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// An ICMP error.
    Rejected {
        /// The error.
        problem: Problem,
        /// Its sender, if remembered.
        reporter: Option<SocketAddr>,
    },
    /// An ICMP error says that the last probe was too big. The next one is sent in fragments.
    TooBig {
        /// The error.
        problem: Problem,
        /// Its sender, if remembered.
        reporter: Option<SocketAddr>,
    },
    /// The last probe was not sent.
    NotSent {
        /// The system's error number; 0 if unknown.
        errno: i32,
    },
    /// The last probe was not sent, because it is longer than the path MTU.
    TooLong,
    /// The last probe was not sent: a packet filter of this host rejected it.
    Filtered {
        /// The error.
        problem: Problem,
    },
    /// It has no valid address.
    Unresolved,
    /// Its name is still being looked up.
    LookupPending,
    /// The lookup of its name failed, with the reason.
    LookupFailed(&'static str),
}

impl Reason {
    /// Whether this host keeps probes from being sent.
    #[must_use]
    pub fn is_obstacle(self) -> bool {
        matches!(
            self,
            Self::NotSent { .. } | Self::TooLong | Self::Filtered { .. }
        )
    }

    /// Whether the address is missing because of the lookup.
    #[must_use]
    pub fn is_of_lookup(self) -> bool {
        matches!(self, Self::LookupPending | Self::LookupFailed(_))
    }
}
