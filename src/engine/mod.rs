//! What to send when, what an answer means, and when it is over.
//!
//! The engine is a pure state machine without socket, clock, octets or text. Its caller passes the time, asks what to
//! do ([`Engine::poll`]), and reports what happened ([`Engine::left`], [`Engine::not_sent`], [`Engine::answered`],
//! [`Engine::rejected`]). So an hour of packet loss is an ordinary unit test.
//!
//! Three engines share one interface. [`One`] probes one target: it adapts to the round trips, floods, and remembers
//! each of the last 65,536 probes. [`Many`] keeps tens of octets for each of up to a million targets, and 28 octets for
//! each probe until it and all older ones are settled. [`PathMtu`] searches for the largest packet that each path
//! carries. They share the code for statistics, tokens, sequence wraps, time stamps and full send queues.
//!
//! ```
//! use std::time::{Duration, Instant};
//! use rping::config::{Outstanding, Pace, RoundTripStart, Schedule, Timed, Timeout};
//! use rping::engine::{Claim, Engine, Evidence, One, Step, Tokens};
//!
//! # #[allow(clippy::disallowed_methods)]
//! let start = Instant::now();
//! let schedule = Schedule {
//!     pace: Pace::Interval(Duration::from_secs(1)),
//!     preload: 1,
//!     count: Some(1),
//!     until_reply: false,
//!     deadline: None,
//!     timeout: Timeout::Patient,
//!     outstanding: Outstanding::Overdue,
//!     timed: Timed::Faithful,
//!     start: RoundTripStart::Queue,
//!     first_sequence: 1,
//! };
//! let tokens = Tokens::new([7; 16], [127, 0, 0, 1].into(), 13);
//! let mut engine = One::new(schedule, tokens, start);
//!
//! let Step::Transmit(probe) = engine.poll(start) else { panic!("one probe is due") };
//! engine.left(probe.name, start);
//! engine.end_batch();
//! let claim = Claim {
//!     target: 0,
//!     sequence: probe.sequence,
//!     evidence: Evidence::Octets(probe.token.octets()),
//!     checksum_valid: true,
//!     faithful: true,
//! };
//! engine.answered(&claim, start + Duration::from_millis(3));
//! assert_eq!(engine.poll(start + Duration::from_millis(3)), Step::Done);
//! assert_eq!(engine.summary().counts.received, 1);
//! ```

mod backoff;
mod changes;
mod fate;
pub mod many;
pub mod one;
mod outages;
mod path_mtu;
mod record;
mod run_times;
mod sequence_wrap;
mod timing;
mod token;
mod watch;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::event::{
    self, Counts, Ending, Header, Lookup, Outcome, ProbeId, Problem, Progress, Reach, Results,
    Standing, Summary, TargetNumber, Timing, Transition,
};

pub use many::Many;
pub use one::One;
pub use path_mtu::PathMtu;
pub use timing::{Arrival, Call};
pub use token::{Evidence, TOKEN_LENGTH, Token, Tokens, TokensOfMany};

/// What to send when, what an answer means, and when a run is over.
///
/// Probes leave in batches: the engine hands them out with [`Step::Transmit`] until it returns [`Step::Wait`]. Then the
/// caller sends the batch, reports each send, and calls [`end_batch`](Self::end_batch).
///
/// For [`One`], the caller reports sends in order, up to the first failure; the engine hands out the rest again. For
/// [`Many`], it reports every send, in any order: a probe counts as sent when the engine hands it out.
pub trait Engine: Results {
    /// Returns what to do now.
    fn poll(&mut self, now: Instant) -> Step;

    /// This call sent the probe of this name. Returns its identity.
    fn left(&mut self, name: u32, call: impl Into<Call>) -> Option<ProbeId>;

    /// The probe of this name was not sent; `errno` is the system's error number. Returns the probe's identity.
    fn not_sent(
        &mut self,
        name: u32,
        now: Instant,
        obstacle: Obstacle,
        errno: i32,
    ) -> (Option<ProbeId>, Disposition);

    /// Whether the batch has to be sent before the next step.
    fn is_batch_full(&self) -> bool {
        false
    }

    /// The batch was sent, or sending stopped at a failure.
    fn end_batch(&mut self) {}

    /// The kernel's time stamp of the probe's entry into an interface's queue. The engine ignores an implausible stamp.
    fn entered(&mut self, name: u32, at: Instant);

    /// The kernel's time stamp of the moment when it passed the probe to the interface's driver.
    fn departed(&mut self, name: u32, at: Instant);

    /// The interface's time stamp of the departure, by the interface's own clock.
    fn departed_by_interface(&mut self, name: u32, at: Duration);

    /// A message arrived that claims to answer a probe.
    fn answered(&mut self, claim: &Claim<'_>, arrival: impl Into<Arrival>) -> Verdict;

    /// Counts a property of an accepted reply that only the codec sees.
    fn note(&mut self, target: TargetNumber, note: Note);

    /// The header of an accepted reply from this target.
    fn note_header(&mut self, target: TargetNumber, header: Header);

    /// A message with our identifier came from an address that is not a target.
    fn note_stranger(&mut self);

    /// An ICMP error about a probe was read at `now`. Returns `None` if the probe is not in memory.
    fn rejected(&mut self, error: &IcmpError, now: Instant) -> Option<Rejection>;

    /// The number of the sent probe with this sequence number, if it is in memory.
    fn number_of(&self, target: TargetNumber, sequence: u16) -> Option<u64>;

    /// The probe with this sequence number, if probes differ in length: the codec compares replies and quotes with it.
    fn probe(&self, _target: TargetNumber, _sequence: u16) -> Option<Probe> {
        None
    }

    /// The path MTU to a target, once the search has ended.
    fn path_mtu(&self, _target: TargetNumber) -> Option<&event::PathMtu> {
        None
    }

    /// The next probe without a timely reply whose outcome is final at `now`. Returns each probe once, and `None`
    /// unless the engine was created with `reporting_outcomes`.
    fn next_outcome(&mut self, now: Instant) -> Option<(ProbeId, Outcome)>;

    /// At the end of the run: the next outcome not reported before, except of probes in flight.
    fn last_outcome(&mut self) -> Option<(ProbeId, Outcome)>;

    /// The next target that is known at `now` to have gone down or come up. Returns each change once, and `None` unless
    /// the engine was created with `watching`.
    fn next_transition(&mut self, now: Instant) -> Option<Transition>;

    /// At the end of the run: the same, where an unanswered probe that is not in flight counts as lost.
    fn last_transition(&mut self) -> Option<Transition>;

    /// A datagram that arrived at this instant was processed. Later ones may be unread.
    fn received_datagram(&mut self, arrived: Instant);

    /// Something other than a datagram was read and processed.
    fn received_other(&mut self) {}

    /// Every datagram that arrived before this instant was processed.
    fn drained_until(&mut self, moment: Instant);

    /// The receive queue still holds messages: the engine lets the caller read them before it sends more.
    fn receive_queue_not_empty(&mut self) {}

    /// This host was suspended; the engine learns of it at `now`. Nothing received the replies to the probes in flight,
    /// so these are neither lost nor waited for: they count as suspended unless a reply arrives after all. Returns
    /// their number.
    fn suspended(&mut self, now: Instant) -> u64;

    /// The user interrupts the run: it ends once everything that arrived by `now` is processed.
    fn stop(&mut self, now: Instant);

    /// Whether names of targets are still being looked up.
    fn is_expecting(&self) -> bool {
        false
    }

    /// Adds this many targets behind the others; their names are being looked up.
    fn add(&mut self, _targets: TargetNumber) {}

    /// Whether this claim carries the token of a sent probe, answered or not.
    fn has_token(&self, _claim: &Claim<'_>) -> bool {
        false
    }

    /// The result of looking up this target's name.
    fn looked_up(&mut self, _target: TargetNumber, _lookup: Lookup) {}

    /// Whether an alive scan has not decided yet whether this target is alive.
    fn is_undecided(&self, _target: TargetNumber) -> bool {
        false
    }

    /// Everything measured so far.
    fn summary(&self) -> Summary;

    /// How far the run has come.
    fn progress(&self, now: Instant) -> Progress;

    /// Why the run ended.
    fn ending(&self) -> Ending;

    /// Whether enough replies came, or enough targets answered, for success.
    fn is_success(&self) -> bool;
}

/// One echo request and what identifies it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probe {
    /// The target it goes to.
    pub target: TargetNumber,
    /// Its sequence number.
    pub sequence: u16,
    /// The token in its data.
    pub token: Token,
    /// Identifies the probe between engine and network.
    pub name: u32,
    /// How it differs from the other probes of the run.
    pub shape: Shape,
}

/// How a probe differs from the other probes of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Shape {
    /// Octets of data; `None`: as configured.
    pub data: Option<u16>,
    /// Time to live or hop limit; `None`: the socket's.
    pub hop_limit: Option<u8>,
}

/// What the caller does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Put this probe into the batch.
    Transmit(Probe),
    /// Report that a probe is unanswered so far, or timed out.
    NoAnswer {
        /// The target of the probe.
        target: TargetNumber,
        /// Its sequence number.
        sequence: u16,
    },
    /// Report that this target is alive or dead, or its path MTU.
    Decided(TargetNumber),
    /// Send the batch, if there is one. Otherwise wait until this instant, or until something arrives.
    Wait(Option<Instant>),
    /// The run is over.
    Done,
}

/// What a message claims that looks like a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim<'a> {
    /// The target whose probe it may answer.
    pub target: TargetNumber,
    /// Its sequence number.
    pub sequence: u16,
    /// What it carries in place of the token.
    pub evidence: Evidence<'a>,
    /// Whether its checksum is correct.
    pub checksum_valid: bool,
    /// Whether it is a faithful echo: the length and data of its probe, and the target's address.
    pub faithful: bool,
}

/// How the engine classifies a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// The number of the probe with its sequence number; `None` if it is not in memory.
    pub number: Option<u64>,
    /// The class of the reply.
    pub standing: Standing,
    /// Its round trip; `None` if the probe, or when it was sent, is not known for sure.
    pub timing: Option<Timing>,
    /// The probe was reported as unanswered before, and the reply counts.
    pub overdue: bool,
    /// A probe sent later was answered earlier.
    pub reordered: bool,
    /// The outcome of the probe, if the reply is late and the outcome was not reported before.
    pub outcome: Option<Outcome>,
}

/// Why a probe was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// A send queue of this host is full: retry.
    Busy,
    /// The packet is longer than the path MTU.
    TooLong {
        /// The largest IP packet that fits, in octets.
        mtu: u32,
    },
    /// Any other error.
    Refused,
}

/// What the engine does about a probe that was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// Retries it shortly.
    Retried,
    /// Counts it as not sent.
    NotSent,
}

/// An ICMP error about a probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IcmpError {
    /// The target of the quoted probe.
    pub target: TargetNumber,
    /// The sequence number of the quoted probe.
    pub sequence: u16,
    /// The error.
    pub problem: Problem,
    /// The sender of the error.
    pub reporter: SocketAddr,
    /// Whether the sender is this host.
    pub origin: Origin,
    /// Whether it quotes the whole probe with its token, which only those on the path can know. False where
    /// [`Engine::probe`] returns `None`.
    pub is_proven: bool,
}

/// Who sent an ICMP error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Another host.
    Network,
    /// This host, for instance because it cannot resolve a neighbour's link address. Such errors may pass.
    ThisHost,
}

/// What an ICMP error means for the quoted probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rejection {
    /// The number of the probe.
    pub number: u64,
    /// Whether the probe left this host.
    pub reach: Reach,
    /// Whether the probe's outcome was reported before: the error does not change it.
    pub is_behind_outcome: bool,
    /// Whether the error changes nothing: the probe was answered or rejected before, or was never sent and the error is
    /// not from this host.
    pub is_repeated: bool,
}

/// A property of an accepted reply that only the codec sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// Its data differs from the probe's after the token.
    Altered,
    /// It carries less data than the probe.
    Truncated,
    /// It carries more data than the probe.
    Oversized,
    /// It came from another address than the target's.
    DifferentAddress,
}

impl Note {
    fn count(self, counts: &mut Counts) {
        let counter = match self {
            Self::Altered => &mut counts.altered,
            Self::Truncated => &mut counts.truncated,
            Self::Oversized => &mut counts.oversized,
            Self::DifferentAddress => &mut counts.different_address,
        };
        *counter += 1;
    }
}

#[cfg(test)]
mod tests;
