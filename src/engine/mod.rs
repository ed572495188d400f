//! What to send when, what an answer means, and when it is over.
//!
//! The engine is a pure state machine. It owns no socket, no clock, no text: it is told the time, asked what
//! to do ([`Engine::poll`]), and told what happened ([`Engine::sent`], [`Engine::not_sent`],
//! [`Engine::answered`], [`Engine::rejected`]). So an hour of loss is an ordinary unit test.
//!
//! ```
//! use std::time::{Duration, Instant};
//! use rping::config::{Outstanding, Pace, RoundTripStart, Schedule, Timed, Timeout};
//! use rping::engine::{Claim, Engine, Evidence, Step, Tokens};
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
//! let mut engine = Engine::new(schedule, tokens, start);
//!
//! let Step::Transmit(probe) = engine.poll(start) else { panic!("one probe is due") };
//! engine.sent(start);
//! let claim = Claim {
//!     sequence: probe.sequence,
//!     evidence: Evidence::Octets(probe.token.octets()),
//!     checksum_valid: true,
//!     faithful: true,
//! };
//! engine.answered(&claim, start + Duration::from_millis(3));
//! assert_eq!(engine.poll(start + Duration::from_millis(3)), Step::Done);
//! assert_eq!(engine.summary().counts.received, 1);
//! ```

mod answers;
mod ending;
mod lap;
pub mod many;
mod outage;
mod pacing;
mod room;
mod timing;
mod token;
mod window;

use std::time::{Duration, Instant};

use crate::config::{Outstanding, Pace, Schedule, Timeout};
use crate::event::{Counts, Outage, Sources, Standing, Summary, Timing};
use crate::stats::{Observed, QueueWaits, RoundTripStatistics};

use outage::Outages;
use pacing::Pacer;
use room::Room;
use timing::Offsets;
use window::{Fate, Window};

pub use timing::{Arrival, Call};
pub use token::{Evidence, TOKEN_LENGTH, Token, Tokens, TokensOfMany};

/// The shortest and the longest that a probe may take before it is reported as unanswered, without `-W`.
const PATIENCE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(10));

/// One echo request and what identifies it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probe {
    /// Counted from 0 for the whole run.
    pub number: u64,
    /// What goes into the message: the number plus that of the first probe, modulo 65,536.
    pub sequence: u16,
    /// What goes into its data.
    pub token: Token,
}

impl Probe {
    /// What a network calls it, and [`Engine::departed`] understands: its number modulo 2^32.
    #[must_use]
    #[allow(
        clippy::cast_possible_truncation,
        reason = "names are probe numbers modulo 2^32, of which no more than 65,536 are in memory"
    )]
    pub fn name(&self) -> u32 {
        self.number as u32
    }
}

/// What is to be done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Send this probe, then say how it went: [`Engine::sent`] or [`Engine::not_sent`].
    Transmit(Probe),
    /// Tell the user that the probe with this sequence number has no answer so far.
    NoAnswer(u16),
    /// Nothing until this moment, or until something arrives.
    Wait(Option<Instant>),
    /// The run is over.
    Done,
}

/// What a message that looks like an answer claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim<'a> {
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
    /// What it is worth.
    pub standing: Standing,
    /// How long its round trip took; none where it is not known to come from that probe.
    pub timing: Option<Timing>,
    /// Its probe had been reported as unanswered.
    pub overdue: bool,
    /// The answer to a later probe came earlier.
    pub reordered: bool,
}

/// Why a probe did not leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// A queue of this host is full: worth trying again.
    Busy,
    /// Longer than the path's MTU.
    TooLong,
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

/// The state of a run.
#[derive(Debug, Clone)]
pub struct Engine {
    schedule: Schedule,
    tokens: Tokens,
    window: Window,
    pacer: Pacer,
    counts: Counts,
    round_trips: RoundTripStatistics,
    observed: Observed,
    sources: Sources,
    queue_waits: QueueWaits,
    /// When the probes in flight left by the clock of the interface, where it has one.
    hardware: timing::HardwareDepartures,
    /// Whether a link on the path turned out to be too small: what follows leaves in fragments.
    in_fragments: bool,
    /// Of the probes that are forgotten.
    outages: Outages,
    start: Instant,
    /// When the first and the last probe left, or were tried.
    tried: Option<(Instant, Instant)>,
    last_left: Option<Instant>,
    room: Room,
    /// All probes below this number were answered, reported as overdue, or need not be.
    overdue_cursor: u64,
    /// All probes below this number were mentioned as unanswered, or need not be.
    mentioned: u64,
    /// One more than the newest probe that was answered or rejected.
    acknowledged: u64,
    /// One more than the newest probe that was answered.
    answered: u64,
    pipe: u64,
    /// All that arrived before this moment has been told.
    heard: Instant,
    /// The newest probe that nobody waits for though its time has not passed, because it was rejected or this host
    /// suspended, and when the last of these was told.
    set_aside: Option<(u64, Instant)>,
    /// When it was noticed the last time that this host had been suspended.
    woken: Option<Instant>,
    /// Whether the network was looked at since the last probe left.
    looked: bool,
    /// When the user asked for the end.
    stopped: Option<Instant>,
}

impl Engine {
    /// A run that begins at `start`.
    #[must_use]
    pub fn new(schedule: Schedule, tokens: Tokens, start: Instant) -> Self {
        Self {
            window: Window::new(schedule.first_sequence),
            pacer: Pacer::new(schedule.pace, schedule.preload),
            schedule,
            tokens,
            counts: Counts::default(),
            round_trips: RoundTripStatistics::new(),
            observed: Observed::default(),
            sources: Sources::default(),
            queue_waits: QueueWaits::default(),
            hardware: timing::HardwareDepartures::default(),
            in_fragments: false,
            outages: Outages::default(),
            start,
            tried: None,
            last_left: None,
            room: Room::default(),
            overdue_cursor: 0,
            mentioned: 0,
            acknowledged: 0,
            answered: 0,
            pipe: 0,
            heard: start,
            set_aside: None,
            woken: None,
            looked: true,
            stopped: None,
        }
    }

    /// What to do now. Asking again without telling the outcome gives the same answer.
    pub fn poll(&mut self, now: Instant) -> Step {
        if self.has_enough() {
            return Step::Done;
        }
        if let Some(cut) = self.cut().filter(|&cut| now >= cut) {
            return self.poll_cut(cut, now);
        }
        if let Some(step) = self.poll_overdue(now) {
            return step;
        }
        if self.wants_more() {
            return self.poll_sending(now);
        }
        self.poll_ending(now)
    }

    /// That an answer has not come is only known once all has been heard that arrived until then: until it is, the
    /// step is to look. A process that was stopped or busy finds the answers that came in the meantime.
    fn once_heard(&self, moment: Instant, now: Instant) -> Option<Step> {
        (self.heard < moment).then_some(Step::Wait(Some(now)))
    }

    fn poll_sending(&mut self, now: Instant) -> Step {
        match self.next_send() {
            Some(due) if due > now => Step::Wait(self.earliest(Some(due))),
            // Whoever sends faster than the clock ticks listens all the same.
            _ if !self.looked => Step::Wait(Some(now)),
            _ => match self.unanswered_before_next() {
                Some(sequence) => Step::NoAnswer(sequence),
                None => Step::Transmit(self.next_probe()),
            },
        }
    }

    /// The probe that is, or will be, the next to leave.
    fn next_probe(&self) -> Probe {
        self.probe(self.window.next_number())
    }

    fn probe(&self, number: u64) -> Probe {
        Probe {
            number,
            sequence: self.window.sequence(number),
            token: self.tokens.of(number),
        }
    }

    /// How many probes may leave in one go where [`poll`](Self::poll) says that one is to be sent: in a flood with a
    /// preload as many as are not in flight, otherwise one.
    #[must_use]
    pub fn at_once(&self) -> u64 {
        // What an answer in between may change is not sent before it was looked for.
        let is_one_enough = self.schedule.until_reply
            || (self.schedule.deadline.is_some() && self.schedule.count.is_some());
        let is_told_before = matches!(
            self.schedule.outstanding,
            Outstanding::BeforeNext | Outstanding::Both
        );
        let in_turn = is_one_enough || is_told_before || self.room.again().is_some();
        if in_turn || self.schedule.pace != Pace::Flood {
            return 1;
        }
        let next = self.window.next_number();
        let room = u64::from(self.schedule.preload).saturating_sub(next - self.acknowledged);
        let count = self.schedule.count.unwrap_or(u64::MAX);
        room.min(count.saturating_sub(next)).max(1)
    }

    /// The next so many probes, of which each counts only when it is said how it went.
    pub fn next_probes(&self, count: u64) -> impl Iterator<Item = Probe> + '_ {
        let next = self.window.next_number();
        (next..next.saturating_add(count)).map(|number| self.probe(number))
    }

    fn next_send(&self) -> Option<Instant> {
        if let Some(again) = self.room.again() {
            return Some(again);
        }
        let outstanding = self.window.next_number() - self.acknowledged;
        self.pacer.due(outstanding, self.observed.smoothed())
    }

    /// With `-O`: the probe before the next one, if it is unanswered and not yet reported.
    fn unanswered_before_next(&mut self) -> Option<u16> {
        let last = self.window.next_number().checked_sub(1)?;
        let wanted = matches!(
            self.schedule.outstanding,
            Outstanding::BeforeNext | Outstanding::Both
        );
        if !wanted || last < self.mentioned {
            return None;
        }
        self.mentioned = last + 1;
        // As in iputils, a rejected probe is mentioned too: its reply may still come.
        let is_mentioned = match self.window.fate(last)? {
            Fate::InFlight | Fate::Overdue | Fate::GivenUp | Fate::Rejected => true,
            // iputils does not know that it did not leave.
            Fate::NotSent | Fate::Filtered => self.schedule.outstanding == Outstanding::BeforeNext,
            Fate::Answered | Fate::AnsweredLate | Fate::Suspended => false,
        };
        is_mentioned.then(|| self.window.sequence(last))
    }

    /// The next probe left with this call.
    pub fn sent(&mut self, call: impl Into<Call>) {
        let call = call.into();
        let at = call.begun;
        self.remember(call, Fate::InFlight);
        self.counts.transmitted += 1;
        self.last_left = Some(at);
        self.room.found();
        self.looked = false;
        self.pacer.left(at);
    }

    /// The kernel's word on when the probe of this name came into the queue of an interface. What does not fit what is
    /// known of the probe is not believed.
    pub fn entered(&mut self, name: u32, at: Instant) {
        if let Some(number) = self.window.find_named(name) {
            let note = |offsets: &mut Offsets, called| offsets.enter(called, at);
            self.window.stamp(number, note);
        }
    }

    /// The kernel's word on when the driver of the interface got the probe of this name.
    pub fn departed(&mut self, name: u32, at: Instant) {
        // Of fragments only the first is stamped.
        if !self.in_fragments
            && let Some(number) = self.window.find_named(name)
        {
            let note = |offsets: &mut Offsets, called| offsets.leave(called, at);
            self.window.stamp(number, note);
        }
    }

    /// The interface's word on when the probe of this name left, by a clock of its own.
    pub fn departed_by_interface(&mut self, name: u32, at: Duration) {
        if !self.in_fragments
            && let Some(number) = self.window.find_named(name)
        {
            self.hardware.note(number, at);
        }
    }

    /// The network was looked at; what was found has been told.
    pub fn looked(&mut self) {
        self.looked = true;
    }

    /// More has been received than was told so far: that comes before anything is sent.
    pub fn has_more_to_hear(&mut self) {
        self.looked = false;
    }

    /// All that arrived before this moment has been told: what was found last arrived then, or nothing was found.
    pub fn heard_until(&mut self, moment: Instant) {
        self.looked = true;
        self.heard = self.heard.max(moment);
    }

    /// The next probe did not leave.
    pub fn not_sent(&mut self, now: Instant, obstacle: Obstacle) -> Disposition {
        if obstacle == Obstacle::Busy && self.room.missed(now) {
            return Disposition::Retried;
        }
        self.room.found();
        self.remember(now.into(), Fate::NotSent);
        self.counts.not_sent += 1;
        self.counts.too_long += u64::from(obstacle == Obstacle::TooLong);
        // A flood does not spin on it: it counts as outstanding, and so costs the pause of a lost one.
        self.pacer.left(now);
        Disposition::NotSent
    }

    fn remember(&mut self, call: Call, fate: Fate) {
        let at = call.begun;
        self.tried = Some((self.tried.map_or(at, |(first, _)| first), at));
        if let Some(forgotten) = self.window.push(call, fate) {
            self.outages.pass(&forgotten);
        }
    }

    /// The user asks for the end: the run is over once all is heard that has arrived by now.
    pub fn stop(&mut self, now: Instant) {
        self.stopped.get_or_insert(now);
    }

    /// Marks of accepted replies that only the reader of their octets can see.
    pub fn note(&mut self, note: Note) {
        note.count(&mut self.counts);
    }

    /// All that was measured so far.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let elapsed = self.tried;
        Summary {
            counts: Counts {
                in_flight: self.window.in_flight(),
                ..self.counts
            },
            elapsed: elapsed.map_or(Duration::ZERO, |(first, last)| {
                last.saturating_duration_since(first)
            }),
            round_trips: self.round_trips.summary(),
            sources: self.sources,
            queue_wait: self.queue_waits.median(),
            pipe: u32::try_from(self.pipe).unwrap_or(u32::MAX),
            longest_outage: self.longest_outage(),
            distribution: self.round_trips.distribution(),
        }
    }

    fn longest_outage(&self) -> Option<Outage> {
        let mut outages = self.outages.clone();
        for past in self.window.all() {
            outages.pass(&past);
        }
        // Nothing is known of what came later than this.
        let known = self.window.since_first(self.heard);
        let patience = self.patience().unwrap_or(Duration::MAX);
        outages.longest(|left| left.saturating_add(patience).min(known))
    }

    /// Whether as many replies came as the user wants to call it a success.
    #[must_use]
    pub fn is_success(&self) -> bool {
        let wanted = match (self.schedule.deadline, self.schedule.count) {
            (Some(_), Some(count)) => count,
            _ => 1,
        };
        self.counts.received >= wanted
    }
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
