//! What a run measured: of one target, and of all together.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use super::{Counts, Problem, Sources, TargetNumber, TimeDown};

/// All that a run measured.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Summary {
    /// How many targets there are.
    pub targets: TargetNumber,
    /// How many of them answered.
    pub alive: TargetNumber,
    /// How many of them did not, though a probe timed out or somebody said why. The state of the others is not known.
    pub dead: TargetNumber,
    /// From the first to the last probe that left or was tried.
    pub elapsed: Duration,
    /// What was counted, over all targets.
    pub counts: Counts,
    /// Round trips over all targets; none if there were none.
    pub round_trips: Option<RoundTrips>,
    /// How many of them were timed by whom.
    pub sources: Sources,
    /// How long half of these probes, or fewer, waited in this host's queue at the most; none where that is not known, or
    /// a millisecond or less.
    pub queue_wait: Option<Duration>,
    /// What only the order of one target's probes tells; none with several targets.
    pub series: Option<Series>,
}

/// What the order of the probes to one target tells.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Series {
    /// The largest number of probes that were under way at once when an answer came.
    pub pipe: u32,
    /// When no probe was answered.
    pub outages: Outages,
    /// The round trips in some ranges, from the shortest to the longest; empty if there were none.
    pub bins: Vec<Bin>,
}

/// All that was measured of one target.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TargetSummary {
    /// What was counted.
    pub counts: Counts,
    /// Round trips; none if there were none.
    pub round_trips: Option<RoundTrips>,
    /// How they are distributed.
    pub distribution: Distribution,
    /// How many of them were timed by whom.
    pub sources: Sources,
    /// How long half of these probes, or fewer, waited in this host's queue at the most; none where that is not known, or
    /// a millisecond or less.
    pub queue_wait: Option<Duration>,
    /// When no probe was answered; none where it is asked who is alive.
    pub outages: Option<Outages>,
}

/// Round trips, rounded so that many of them are alike, and how many are alike. Of two distributions with as many digits,
/// the sum of the counts of each value is the distribution of both together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Distribution {
    /// How many significant decimal digits are kept of each round trip; below a microsecond fewer.
    pub digits: u8,
    /// Each value that occurs, and how often, in rising order. A round trip counts for the value that it does not exceed.
    pub values: Vec<(Duration, u64)>,
}

/// A range of round trips and how many fell into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bin {
    /// The shortest that belongs to it.
    pub from: Duration,
    /// Where the next one begins; of the last one, the longest that belongs to it.
    pub to: Duration,
    /// How many there were.
    pub count: u64,
}

/// When no probe to a target was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outages {
    /// How many outages there were. One lost probe between two that were answered is one.
    pub count: u64,
    /// The longest one; the first of those that are equally long.
    pub longest: Option<Outage>,
    /// How long they were altogether.
    pub total: Duration,
}

impl Outages {
    /// Adds those of another target.
    pub fn add(&mut self, more: Self) {
        let length = |outages: &Self| outages.longest.map(|longest| longest.length);
        if length(&more) > length(self) {
            self.longest = more.longest;
        }
        self.count = self.count.saturating_add(more.count);
        self.total = self.total.saturating_add(more.total);
    }
}

/// Probes in a row that were all lost, those apart that did not leave this host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outage {
    /// The sequence number of the first one.
    pub first: u16,
    /// The sequence number of the last one.
    pub last: u16,
    /// From the departure of the first one to that of the next probe that was answered; where none was, until the time of
    /// the last one was over.
    pub length: Duration,
    /// How many were lost.
    pub probes: u64,
}

/// Round trips, each in full resolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoundTrips {
    /// The shortest.
    pub min: Duration,
    /// Their mean.
    pub mean: Duration,
    /// The longest.
    pub max: Duration,
    /// Their standard deviation (of the population), printed as `mdev`.
    pub deviation: Duration,
    /// Their exponentially weighted average, an eighth of weight to each new one.
    pub ewma: Duration,
    /// Half of them were not longer.
    pub p50: Duration,
    /// Nine of ten were not longer.
    pub p90: Duration,
    /// Ninety-nine of a hundred were not longer.
    pub p99: Duration,
    /// Nine hundred and ninety-nine of a thousand were not longer.
    pub p99_9: Duration,
    /// Smoothed difference between one and the next (RFC 3550, section 6.4.1).
    pub jitter: Duration,
}

/// What has become of each target so far.
pub trait Results: fmt::Debug {
    /// The row of a target in the table.
    fn row(&self, target: TargetNumber) -> Row;

    /// All that was measured of a target; none where only its row is kept.
    fn target(&self, _target: TargetNumber) -> Option<TargetSummary> {
        None
    }

    /// How long a target is down so far; none if it is not, or that is not asked.
    fn time_down(&self, _target: TargetNumber) -> Option<TimeDown> {
        None
    }

    /// All that was counted of a target, where that is known besides its row.
    fn counts(&self, _target: TargetNumber) -> Option<Counts> {
        None
    }

    /// When no probe was answered, over all of several targets; none where that is not kept of each.
    fn outages(&self) -> Option<Outages> {
        None
    }

    /// How the round trips over all targets are distributed.
    fn distribution(&self) -> Distribution {
        Distribution::default()
    }
}

/// What has become of one target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Row {
    /// Probes that left for it.
    pub sent: u32,
    /// Probes that were answered in time.
    pub received: u32,
    /// Probes that were in flight when this host was suspended, and were not answered since: nobody knows whether their
    /// answers came.
    pub suspended: u32,
    /// Probes that may yet be answered in time.
    pub in_flight: u32,
    /// The shortest round trip; with many targets, round trips are kept to 16 ns.
    pub min: Option<Duration>,
    /// Their mean.
    pub mean: Option<Duration>,
    /// The longest.
    pub max: Option<Duration>,
    /// Ninety-nine of a hundred were not longer; none where no distribution is kept of so many targets, or of so few
    /// probes.
    pub p99: Option<Duration>,
    /// Why it did not answer, where somebody said so.
    pub reason: Option<Reason>,
    /// The last part of the run, where that is asked for.
    pub recent: Option<Recent>,
}

/// What became of the probes that left in the last part of a run (`--window`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Recent {
    /// How long that is; a twentieth of it may be missing at its beginning.
    pub length: Duration,
    /// Probes that were answered in time.
    pub received: u64,
    /// Probes that were not.
    pub lost: u64,
    /// The shortest round trip.
    pub min: Option<Duration>,
    /// Their mean.
    pub mean: Option<Duration>,
    /// The longest round trip.
    pub max: Option<Duration>,
}

impl Recent {
    /// Probes with a known result.
    #[must_use]
    pub fn known(&self) -> u64 {
        self.received.saturating_add(self.lost)
    }

    /// Those that were not, in percent: 0 to 100; none if nothing is known.
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
    /// Of fewer round trips than this, the longest is the one that ninety-nine of a hundred are not longer than: no
    /// distribution has to be kept for that.
    pub const FEWEST_FOR_P99: u32 = 100;

    /// Whether it ever answered.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.received > 0
    }

    /// Whether nobody knows if it answers: no probe to it has had its time while this host was awake, and nobody said why;
    /// or all that is known is that the last one was too big.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        let tells_nothing = match self.reason {
            Some(Reason::TooBig { .. }) => true,
            reason => self.known() == 0 && reason.is_none_or(Reason::is_of_lookup),
        };
        tells_nothing && !self.is_alive()
    }

    /// Its probes as those of a run.
    fn counts(&self) -> Counts {
        Counts {
            transmitted: self.sent.into(),
            received: self.received.into(),
            suspended: self.suspended.into(),
            in_flight: self.in_flight.into(),
            ..Counts::default()
        }
    }

    /// Probes with a known result.
    #[must_use]
    pub fn known(&self) -> u64 {
        self.counts().known()
    }

    /// Of those, the ones that were not.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.counts().lost()
    }

    /// Those, in percent: 0 to 100; none if nothing is known.
    #[must_use]
    pub fn loss(&self) -> Option<f64> {
        self.counts().loss()
    }
}

/// Why a target did not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// An ICMP error said so.
    Rejected {
        /// What it says.
        problem: Problem,
        /// Who sent it, where that is remembered.
        reporter: Option<SocketAddr>,
    },
    /// An ICMP error said that the last probe was too big. The next one goes in fragments.
    TooBig {
        /// What it says.
        problem: Problem,
        /// Who sent it, where that is remembered.
        reporter: Option<SocketAddr>,
    },
    /// The last probe did not leave this host.
    NotSent {
        /// The error number of the system; 0 if it is not known.
        errno: i32,
    },
    /// The last probe did not leave this host: it is longer than the path's MTU.
    TooLong,
    /// The last probe did not leave this host: its packet filter rejected it.
    Filtered {
        /// What it says.
        problem: Problem,
    },
    /// It has no address that may be probed.
    Unresolved,
    /// Its name is still being looked up.
    LookupPending,
    /// The lookup of its name failed, and why.
    LookupFailed(&'static str),
}

impl Reason {
    /// Whether it is something at this host that keeps probes from leaving.
    #[must_use]
    pub fn is_obstacle(self) -> bool {
        matches!(
            self,
            Self::NotSent { .. } | Self::TooLong | Self::Filtered { .. }
        )
    }

    /// Whether the address is not known because of the lookup of the name.
    #[must_use]
    pub fn is_of_lookup(self) -> bool {
        matches!(self, Self::LookupPending | Self::LookupFailed(_))
    }
}
