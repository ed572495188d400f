//! What a run of many targets tells its report. Targets go by their number, from 0; a [`Directory`] knows who they are.

use std::cmp::Ordering;
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use super::{Counts, NotSent, Problem, Reach, RoundTrips, Sources, Standing, Timing};

/// The number of a target.
pub type TargetNumber = u32;

/// Who the targets are.
pub trait Directory: fmt::Debug {
    /// How many there are.
    fn len(&self) -> TargetNumber;
    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The address of a target; none if there is no such target, or no address for its name.
    fn address(&self, target: TargetNumber) -> Option<SocketAddr>;
    /// The name that was typed for it, where it was not typed as an address.
    fn name(&self, target: TargetNumber) -> Option<&str>;
    /// What the file of targets calls it besides. Untrusted text.
    fn label(&self, target: TargetNumber) -> Option<&str>;
    /// All targets in the order in which they were given, but for names that were left out.
    fn as_given(&self) -> Box<dyn Iterator<Item = TargetNumber> + '_> {
        Box::new(0..self.len())
    }
    /// The names whose addresses became known, by their position in that order; none beyond the last one so far.
    fn found(&self, _position: usize) -> Option<TargetNumber> {
        None
    }
}

/// Who the targets are, while names are still being resolved.
pub trait Roster: Directory {
    /// The target with this address.
    fn find(&self, address: SocketAddr) -> Option<TargetNumber>;
    /// Takes in what has been resolved since the last time. Never blocks.
    fn take_in(&mut self) -> News;
}

/// What has been resolved.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct News {
    /// So many more targets, behind the others: further addresses of names. What became of them is in `lookups`.
    pub added: TargetNumber,
    /// What became of lookups, in this order.
    pub lookups: Vec<(TargetNumber, Lookup)>,
    /// Lines for standard error: why names have no address.
    pub complaints: Vec<String>,
}

/// What became of the lookup of a name that is a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookup {
    /// It has an address, which is probed.
    Found,
    /// It has the address of this target, which is probed; the results are those of both.
    Same(TargetNumber),
    /// It has no address that may be probed.
    Nothing,
    /// The lookup failed, and why: whether the name has an address is not known.
    Failed(&'static str),
    /// It is no target: its addresses are excluded, or it is invalid and invalid targets are skipped.
    LeftOut,
}

/// What has become of each target so far.
pub trait Results: fmt::Debug {
    /// The row of a target in the table.
    fn row(&self, target: TargetNumber) -> Row;
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
    /// Round trips in nanoseconds resolution: the shortest.
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
}

impl Row {
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

    /// Probes of which it is known whether they were answered in time.
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
        /// The error number of the system.
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

/// Something that a reader of the output may want to know.
#[derive(Debug)]
pub enum Event<'a> {
    /// The sockets are open; probes follow.
    Started(&'a Start),
    /// Something is not as asked, and the run goes on: a line for standard error.
    Warning(&'a str),
    /// A message that claims to answer a probe has come.
    Answered(&'a Answer),
    /// A probe has had its time without an answer.
    NoAnswer {
        /// Whose.
        target: TargetNumber,
        /// Its sequence number.
        sequence: u16,
    },
    /// An ICMP error about a probe has come.
    Rejected(&'a Rejection),
    /// A probe did not leave this host.
    NotSent {
        /// Whose.
        target: TargetNumber,
        /// Why.
        reason: &'a NotSent,
    },
    /// It is decided that a target is alive, dead, or will not be known because its lookup failed: in the mode that asks
    /// only that, once for each target.
    Decided {
        /// Which.
        target: TargetNumber,
        /// Its row.
        row: &'a Row,
    },
    /// The run ends, in that mode, before it is decided whether this target is alive.
    Undecided {
        /// Which.
        target: TargetNumber,
        /// Its row.
        row: &'a Row,
    },
    /// How far the run is: about ten times a second, for a line on a terminal.
    Progress(&'a Progress),
    /// This host was suspended and goes on.
    Suspended {
        /// For how long.
        length: Duration,
    },
    /// The state so far, asked for by SIGQUIT or every so often.
    Status(&'a Total, &'a dyn Results),
    /// The run is over.
    Finished(&'a Total, &'a dyn Results),
}

/// What is known before the first probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// How many targets there are.
    pub targets: TargetNumber,
    /// How many were named more than once, and are probed once.
    pub duplicates: u64,
    /// Octets of data in each probe.
    pub size: usize,
    /// What is asked.
    pub question: Question,
}

/// What a run of many targets asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// How they are: each is probed in rounds.
    Rounds {
        /// From one probe to the next of the same target.
        period: Duration,
        /// How many rounds; none: until interrupted.
        count: Option<u64>,
    },
    /// Who is alive: each is probed until it answers.
    Alive,
}

/// A message that claims to answer a probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// Whom it comes from.
    pub target: TargetNumber,
    /// How much data it carries, beside its probe.
    pub amount: Ordering,
    /// The sequence number in it.
    pub sequence: u16,
    /// Time to live or hop limit on arrival, where the kernel told it.
    pub hop_limit: Option<u8>,
    /// What it is worth.
    pub standing: Standing,
    /// How long the round trip took, where that is known.
    pub timing: Option<Timing>,
}

/// An ICMP error about a probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rejection {
    /// Whose probe it was.
    pub target: TargetNumber,
    /// Its sequence number.
    pub sequence: u16,
    /// Who sent the error.
    pub reporter: SocketAddr,
    /// What it says.
    pub problem: Problem,
    /// How far the probe came.
    pub reach: Reach,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Since the first probe.
    pub elapsed: Duration,
    /// Probes that have been sent or tried.
    pub probes: u64,
    /// Targets that have answered.
    pub alive: TargetNumber,
    /// What is to be done, and how much of it is.
    pub stage: Stage,
}

/// What a run of many has to do, and how far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Probes are sent in rounds.
    Rounds {
        /// How many there will be, where there is an end to them.
        of: Option<u64>,
        /// How long the rest takes if it goes on as so far, where that is known.
        remaining: Option<Duration>,
    },
    /// It is asked who is alive.
    Alive {
        /// Of so many targets that is known.
        decided: TargetNumber,
        /// Of so many it is asked.
        of: TargetNumber,
        /// How long the rest takes if nobody answers any more; one who answers makes it shorter.
        at_most: Duration,
    },
}

/// All that a run measured, of all targets together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Total {
    /// Targets.
    pub targets: TargetNumber,
    /// Of those, the ones that answered.
    pub alive: TargetNumber,
    /// Of those, the ones that did not answer though a probe had its time, or of which somebody said why.
    pub dead: TargetNumber,
    /// From the first probe on.
    pub elapsed: Duration,
    /// What was counted; as in a run of one target.
    pub counts: Counts,
    /// Who timed the round trips.
    pub sources: Sources,
    /// As in a run of one target.
    pub queue_wait: Option<Duration>,
    /// Round trips of all targets, where there were any.
    pub round_trips: Option<RoundTrips>,
}
