//! What to send when, what an answer means, and when it is over.
//!
//! The engine is a pure state machine. It owns no socket, no clock, no text: it is told the time, asked what
//! to do ([`Engine::poll`]), and told what happened ([`Engine::left`], [`Engine::not_sent`],
//! [`Engine::answered`], [`Engine::rejected`]). So an hour of loss is an ordinary unit test.
//!
//! There are three engines behind one interface. [`One`] follows the probes to one target: it adapts to their round
//! trips, floods, and remembers each of the last 65,536. [`Many`] keeps tens of octets of each of up to a million
//! targets, and 28 octets of a probe until it and all older ones are settled. [`PathMtu`] searches for the largest packet that
//! each path carries. What they measure of a target, and know of
//! tokens, laps of the sequence numbers, time stamps and full queues is written once, beside them.
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
/// Probes leave in batches: [`Step::Transmit`] hands them out one by one until a step is [`Step::Wait`]. Then the batch is
/// sent, the outcomes are told, and [`end_batch`](Self::end_batch) ends it.
///
/// [`One`] is told the outcomes in the order of the batch up to the first probe that did not leave; it hands out those behind
/// it once more. [`Many`] is told all outcomes, in any order: it counts a probe as sent once it has handed it out.
pub trait Engine: Results {
    /// What to do now.
    fn poll(&mut self, now: Instant) -> Step;

    /// The probe of this name left with this call; tells which one it is.
    fn left(&mut self, name: u32, call: impl Into<Call>) -> Option<ProbeId>;

    /// The probe of this name did not leave; `errno` is the system's number of the reason. Tells which one
    /// it is.
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

    /// The batch was sent as far as that was tried.
    fn end_batch(&mut self) {}

    /// The kernel's word on when the probe of this name came into the queue of an interface. A stamp that does not fit what
    /// is known of the probe is not believed.
    fn entered(&mut self, name: u32, at: Instant);

    /// The kernel's word on when the driver of the interface got the probe of this name.
    fn departed(&mut self, name: u32, at: Instant);

    /// The interface's word on when the probe of this name left, by a clock of its own.
    fn departed_by_interface(&mut self, name: u32, at: Duration);

    /// A message that claims to answer a probe has arrived.
    fn answered(&mut self, claim: &Claim<'_>, arrival: impl Into<Arrival>) -> Verdict;

    /// Marks of accepted replies from a target that only the reader of their octets can see.
    fn note(&mut self, target: TargetNumber, note: Note);

    /// An accepted reply of this target had this header.
    fn note_header(&mut self, target: TargetNumber, header: Header);

    /// A message with our identifier came from an address that is not probed.
    fn note_stranger(&mut self);

    /// An ICMP error that was read at `now` is about a probe. Tells what it means; none if the probe is not in memory.
    fn rejected(&mut self, error: &IcmpError, now: Instant) -> Option<News>;

    /// The number of the probe with this sequence number, if it is in memory and left.
    fn number_of(&self, target: TargetNumber, sequence: u16) -> Option<u64>;

    /// The probe with this sequence number, where probes differ in length: what an answer, or a quote of it, is compared with.
    fn probe(&self, _target: TargetNumber, _sequence: u16) -> Option<Probe> {
        None
    }

    /// What was found out about the path MTU to a target, once all is known.
    fn path_mtu(&self, _target: TargetNumber) -> Option<&event::PathMtu> {
        None
    }

    /// The next probe of which it is known at `now` that it was not answered in time, and what became of it: each once. Only
    /// an engine that was created for it tells.
    fn next_outcome(&mut self, now: Instant) -> Option<(ProbeId, Outcome)>;

    /// The same when the run is over: what was not told before, but for probes that are in flight.
    fn last_outcome(&mut self) -> Option<(ProbeId, Outcome)>;

    /// The next target that went down or came up, as far as that is known at `now`: each time once. Only an engine that was
    /// created to watch for it tells.
    fn next_transition(&mut self, now: Instant) -> Option<Transition>;

    /// The same when the run is over: what is not answered by then was not answered in time, but for probes in flight.
    fn last_transition(&mut self) -> Option<Transition>;

    /// A datagram that had arrived at this moment was told, and others may lie behind it.
    fn heard_datagram(&mut self, arrived: Instant);

    /// Something else than a datagram was found, and told.
    fn heard_else(&mut self) {}

    /// All that arrived before this moment was told.
    fn heard_until(&mut self, moment: Instant);

    /// More has been received than was told so far: that comes before anything is sent.
    fn has_more_to_hear(&mut self) {}

    /// This host was suspended and goes on; it is noticed at `now`. What came meanwhile came to nobody, and so the probes
    /// that were in flight are not lost on the way: they are counted for themselves, unless an answer comes yet. Says how
    /// many they are.
    fn suspended(&mut self, now: Instant) -> u64;

    /// The user asks for the end: the run is over once all is heard that has arrived by now.
    fn stop(&mut self, now: Instant);

    /// Whether names of targets are still being looked up.
    fn is_expecting(&self) -> bool {
        false
    }

    /// So many more targets, behind the others, whose names are being looked up.
    fn add(&mut self, _targets: TargetNumber) {}

    /// Whether this claim carries the token of a probe that left, answered or not.
    fn has_token(&self, _claim: &Claim<'_>) -> bool {
        false
    }

    /// What became of the lookup of this target's name.
    fn looked_up(&mut self, _target: TargetNumber, _lookup: Lookup) {}

    /// Whether the run was to find out if this target is alive, and does not know.
    fn is_undecided(&self, _target: TargetNumber) -> bool {
        false
    }

    /// All that was measured so far.
    fn summary(&self) -> Summary;

    /// How far the run is.
    fn progress(&self, now: Instant) -> Progress;

    /// Why the run is over, once it is.
    fn ending(&self) -> Ending;

    /// Whether as many replies came, or as many targets answered, as the user wants to call it a success.
    fn is_success(&self) -> bool;
}

/// One echo request and what identifies it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probe {
    /// Whom it is for.
    pub target: TargetNumber,
    /// The sequence number in it.
    pub sequence: u16,
    /// What goes into its data.
    pub token: Token,
    /// What a network calls it, and the engine understands when it is told what became of it.
    pub name: u32,
    /// How it differs from others.
    pub shape: Shape,
}

/// How a probe differs from what is true of all probes of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Shape {
    /// Octets of data; none: those of all.
    pub data: Option<u16>,
    /// Time to live or hop limit; none: that of the socket.
    pub hop_limit: Option<u8>,
}

/// What is to be done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Put this probe into the batch.
    Transmit(Probe),
    /// Report that a probe has no answer so far, or timed out.
    NoAnswer {
        /// The target of the probe.
        target: TargetNumber,
        /// Its sequence number.
        sequence: u16,
    },
    /// Report that it is decided whether this target is alive, or what its path MTU is.
    Decided(TargetNumber),
    /// Send the batch, if there is one. Otherwise there is nothing to do until this moment, or until something arrives.
    Wait(Option<Instant>),
    /// The run is over.
    Done,
}

/// What a message that looks like an answer claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim<'a> {
    /// The target whose probe it may answer.
    pub target: TargetNumber,
    /// The sequence number in it.
    pub sequence: u16,
    /// What stands in the place of the token.
    pub evidence: Evidence<'a>,
    /// Whether its checksum is right.
    pub checksum_valid: bool,
    /// Whether it is what was asked for: of the length and with the data of its probe, and from the target's address.
    pub faithful: bool,
}

/// What the engine makes of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// The number of the probe with its sequence number; none if it is not in memory.
    pub number: Option<u64>,
    /// What it is worth.
    pub standing: Standing,
    /// How long its round trip took; none where it is not known to come from that probe, or when that left.
    pub timing: Option<Timing>,
    /// Its probe had been reported as unanswered, and it counts all the same.
    pub overdue: bool,
    /// The answer to a later probe came earlier.
    pub reordered: bool,
    /// It is late, and what became of its probe was not told before: it was not answered in time.
    pub outcome: Option<Outcome>,
}

/// Why a probe did not leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// A queue of this host is full: worth trying again.
    Busy,
    /// Longer than the path's MTU.
    TooLong {
        /// The largest IP packet that fits, in octets.
        mtu: u32,
    },
    /// Anything else.
    Refused,
}

/// What follows from a probe that did not leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// It will be tried again shortly.
    Retried,
    /// It is counted as not sent.
    NotSent,
}

/// An ICMP error about a probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IcmpError {
    /// The target of the probe that it quotes.
    pub target: TargetNumber,
    /// The sequence number of that probe.
    pub sequence: u16,
    /// What it says.
    pub problem: Problem,
    /// Who sent it.
    pub reporter: SocketAddr,
    /// Whether that is this host.
    pub origin: Origin,
    /// Whether the octets that it quotes are those of the probe, its token included: only who saw the probe can know them. False
    /// where the engine [does not say](Engine::probe) what the probe was.
    pub is_proven: bool,
}

/// Who sent an ICMP error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Somebody else.
    Network,
    /// This host itself, as when a neighbour's link address is not to be had: that may pass.
    ThisHost,
}

/// What an ICMP error means for the probe that it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct News {
    /// The number of the probe.
    pub number: u64,
    /// How far the probe came.
    pub reach: Reach,
    /// Whether it was told before what became of the probe: the error does not change that.
    pub is_behind_outcome: bool,
    /// Whether it changes nothing: a probe that was answered or rejected is not rejected by it, and one that never left only
    /// by this host.
    pub is_repeated: bool,
}

/// Something about an accepted reply that only the reader of its octets can see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// Its data differs from the probe's, behind the token.
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
