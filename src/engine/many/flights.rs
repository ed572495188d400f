//! The probes of all targets that a reply can be about, in the order of sending.
//!
//! All have the same timeout, so they time out in the order of sending, and no heap is needed. The probes of one target are
//! linked backwards, so that a search starts at the newest one.

use std::collections::VecDeque;
use std::iter;
use std::time::{Duration, Instant};

use super::super::fate::Fate;
use super::super::outages::PastProbe;
use super::super::timing::{Call, Offsets};

mod reporting;
mod watching;

/// How many timed-out probes are remembered, so that late replies have a round trip.
const REMEMBERED: usize = 4096;

/// The bits of a position in the name of a probe, with room for 16 tries. No more probes than that are ever in memory.
pub(super) const POSITION_MASK: u32 = 0x0fff_ffff;

/// The bits of a position in the name of a probe, which must have room for this many tries. Each target has at most one
/// probe among those of one try.
pub(super) fn position_mask(tries: usize) -> u32 {
    match tries {
        ..=16 => POSITION_MASK,
        17..=256 => 0x00ff_ffff,
        _ => 0x0000_ffff,
    }
}

/// The most targets that can have more than 256 tries each: their probes then have different positions.
pub const MAX_TARGETS_OF_MANY_TRIES: u32 = 0xffff - 4096;

/// An unknown position.
pub(super) const NOWHERE: u32 = u32::MAX;

/// One probe. 28 octets, because there may be a million.
#[derive(Debug, Clone, Copy)]
#[repr(C, packed(4))]
pub(super) struct Flight {
    /// Nanoseconds since the run began.
    left: u64,
    /// The kernel's stamps, relative to `left`.
    offsets: Offsets,
    pub(super) target: u32,
    /// The distance to the target's previous probe; 0 if there is none.
    back: u32,
    /// The sequence number relative to the target's first one.
    ordinal: u16,
    fate: Fate,
}

impl Flight {
    /// What the probe proves about the path.
    pub(super) fn past(&self, first_sequence: u16) -> PastProbe {
        PastProbe {
            sequence: first_sequence.wrapping_add(self.ordinal),
            left: Duration::from_nanos(self.left),
            path: self.fate.path_state(),
        }
    }
}

/// A probe that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    /// The number of the try.
    pub(super) try_number: usize,
    /// Its position in [`Flights`].
    pub(super) position: u64,
    pub(super) fate: Fate,
    pub(super) left: Instant,
    /// The kernel's stamps, relative to `left`.
    pub(super) offsets: Offsets,
    /// A probe sent later to the same target was answered in time.
    pub(super) overtaken: bool,
}

/// A probe to add.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) target: u32,
    /// The position of the target's previous probe, if there is one here.
    pub(super) last: Option<u32>,
    /// Its number among the target's probes.
    pub(super) number: u32,
}

/// Probes that share one timeout.
#[derive(Debug)]
pub(super) struct Flights {
    /// The number of the try.
    try_number: usize,
    /// The bits of a position that names carry.
    position_mask: u32,
    epoch: Instant,
    timeout: Duration,
    queue: VecDeque<Flight>,
    /// The position of the front of the queue.
    first: u64,
    /// All probes before this position are settled.
    cursor: u64,
    open: u64,
    /// Whether an unanswered probe was removed from memory.
    forgot_unanswered: bool,
    /// All probes before this position were passed to the watch, if targets are watched.
    watched: Option<u64>,
    /// The outcomes of all probes before this position are final, if outcomes are reported.
    reported: Option<u64>,
}

impl Flights {
    pub(super) fn new(try_number: usize, epoch: Instant, timeout: Duration) -> Self {
        Self {
            try_number,
            position_mask: POSITION_MASK,
            epoch,
            timeout,
            queue: VecDeque::new(),
            first: 0,
            cursor: 0,
            open: 0,
            forgot_unanswered: false,
            reported: None,
            watched: None,
        }
    }

    /// Sets the bits of a position that names carry.
    pub(super) fn with_position_mask(mut self, position_mask: u32) -> Self {
        self.position_mask = position_mask;
        self
    }

    /// Whether an unanswered probe was removed from memory. If not, all probes that are not found were answered.
    pub(super) fn forgot_unanswered(&self) -> bool {
        self.forgot_unanswered
    }

    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// How many probes the engine waits for.
    pub(super) fn open(&self) -> u64 {
        self.open
    }

    /// The probes of one target, the newest first, with their positions. `last` is the position of its newest one.
    fn of(&self, target: u32, last: u32) -> impl Iterator<Item = (u64, &Flight)> {
        let mut next = self.position(last);
        iter::from_fn(move || {
            let position = next?;
            let flight = self
                .get(position)
                .filter(|flight| flight.target == target)?;
            let before = position.checked_sub(flight.back.into());
            next = before.filter(|_| flight.back > 0);
            Some((position, flight))
        })
    }

    /// How many probes of one target the engine waits for.
    pub(super) fn open_of(&self, target: u32, last: u32) -> u32 {
        // Probes before the cursor are settled.
        let all = self.of(target, last);
        let waited_for = all.take_while(|(position, _)| *position >= self.cursor);
        waited_for
            .map(|(_, flight)| u32::from(flight.fate.is_open()))
            .sum()
    }

    /// What the probes of one target prove about the path, in the order of sending.
    pub(super) fn past_of(&self, target: u32, last: u32, first_sequence: u16) -> Vec<PastProbe> {
        let all = self.of(target, last);
        let mut past: Vec<PastProbe> = all.map(|(_, flight)| flight.past(first_sequence)).collect();
        past.reverse();
        past
    }

    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }

    /// Adds a probe that is about to be sent. Returns its short position. Calls `forget` for each probe removed from
    /// memory.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "positions are identified by their last bits, and sequence numbers have 16"
    )]
    pub(super) fn push(&mut self, entry: Entry, at: Instant, forget: impl FnMut(&Flight)) -> u32 {
        let left = nanoseconds(at.saturating_duration_since(self.epoch));
        self.prune(left, forget);
        let position = self.first + self.queue.len() as u64;
        let last = entry.last.and_then(|last| self.position(last));
        let back = last.and_then(|last| u32::try_from(position - last).ok());
        self.queue.push_back(Flight {
            left,
            offsets: Offsets::of(at.into()),
            target: entry.target,
            back: back.unwrap_or(0),
            ordinal: entry.number as u16,
            fate: Fate::Queued,
        });
        self.open += 1;
        position as u32 & self.position_mask
    }

    /// The full position for a short one, if the probe is in memory.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "positions are identified by their last bits"
    )]
    fn position(&self, short: u32) -> Option<u64> {
        if short == NOWHERE {
            return None;
        }
        let forward = short.wrapping_sub(self.first as u32) & self.position_mask;
        (u64::from(forward) < self.queue.len() as u64).then(|| self.first + u64::from(forward))
    }

    fn index(&self, position: u64) -> Option<usize> {
        usize::try_from(position.checked_sub(self.first)?).ok()
    }

    fn get(&self, position: u64) -> Option<&Flight> {
        self.queue.get(self.index(position)?)
    }

    fn get_mut(&mut self, position: u64) -> Option<&mut Flight> {
        let index = self.index(position)?;
        self.queue.get_mut(index)
    }

    /// The newest probe of this target with this ordinal; `last` is the position of the target's newest one.
    pub(super) fn find(&self, target: u32, last: u32, ordinal: u16) -> Option<Found> {
        let mut position = self.position(last)?;
        let mut overtaken = false;
        loop {
            let flight = self.get(position)?;
            if flight.target != target {
                return None;
            }
            if flight.ordinal == ordinal {
                return Some(self.found(position, flight, overtaken));
            }
            if flight.back == 0 {
                return None;
            }
            overtaken |= flight.fate == Fate::Answered;
            position = position.checked_sub(flight.back.into())?;
        }
    }

    /// The same by linear search, for tries that are not the target's newest.
    pub(super) fn search(&self, target: u32, ordinal: u16) -> Option<Found> {
        let of_target = |flight: &Flight| flight.target == target && flight.ordinal == ordinal;
        let index = self.queue.iter().rposition(of_target)?;
        let position = self.first + index as u64;
        Some(self.found(position, self.queue.get(index)?, false))
    }

    fn found(&self, position: u64, flight: &Flight, overtaken: bool) -> Found {
        Found {
            try_number: self.try_number,
            position,
            fate: flight.fate,
            left: self.moment(flight.left),
            offsets: flight.offsets,
            overtaken,
        }
    }

    fn moment(&self, nanoseconds: u64) -> Instant {
        let since = Duration::from_nanos(nanoseconds);
        self.epoch.checked_add(since).unwrap_or(self.epoch)
    }

    /// A probe was sent: its timeout starts. Returns its target and ordinal.
    pub(super) fn left(&mut self, short: u32, call: Call) -> Option<(u32, u16)> {
        let left = nanoseconds(call.begun.saturating_duration_since(self.epoch));
        let position = self.position(short)?;
        let flight = self.get_mut(position)?;
        flight.left = left;
        flight.offsets = Offsets::of(call);
        if flight.fate == Fate::Queued {
            flight.fate = Fate::InFlight;
        }
        Some((flight.target, flight.ordinal))
    }

    /// Notes a kernel stamp; `note` also gets the time of sending.
    pub(super) fn stamp(&mut self, short: u32, note: impl FnOnce(&mut Offsets, Instant)) {
        let position = self.position(short);
        let found = position.and_then(|position| Some((position, self.get(position)?.left)));
        let Some((position, left)) = found else {
            return;
        };
        let left = self.moment(left);
        if let Some(flight) = self.get_mut(position) {
            note(&mut flight.offsets, left);
        }
    }

    /// A probe was not sent. Returns its target and ordinal.
    pub(super) fn not_sent(&mut self, short: u32) -> Option<(u32, u16)> {
        let position = self.position(short)?;
        self.settle(position, Fate::NotSent);
        self.get(position)
            .map(|flight| (flight.target, flight.ordinal))
    }

    /// Stops waiting for this probe if it is in flight.
    pub(super) fn close(&mut self, short: u32) {
        if let Some(position) = self.position(short)
            && self
                .get(position)
                .is_some_and(|flight| flight.fate == Fate::InFlight)
        {
            self.settle(position, Fate::TimedOut);
        }
    }

    /// Changes the state of a probe.
    pub(super) fn settle(&mut self, position: u64, fate: Fate) {
        let Some(flight) = self.get_mut(position) else {
            return;
        };
        let was_open = flight.fate.is_open();
        flight.fate = fate;
        self.open -= u64::from(was_open);
    }

    /// When the oldest probe in flight times out.
    pub(super) fn next_due(&mut self) -> Option<Instant> {
        self.skip_settled();
        let oldest = self.get(self.cursor)?;
        // Probes behind one that was not sent were not sent either.
        let in_flight = oldest.fate == Fate::InFlight;
        let left = in_flight.then(|| self.moment(oldest.left))?;
        left.checked_add(self.timeout)
    }

    /// Times out the oldest probe in flight. Returns its target and ordinal.
    pub(super) fn time_out_next(&mut self) -> Option<(u32, u16)> {
        self.skip_settled();
        let cursor = self.cursor;
        self.settle(cursor, Fate::TimedOut);
        self.get(cursor)
            .map(|flight| (flight.target, flight.ordinal))
    }

    /// Marks the oldest probe in flight as suspended. Returns its target and ordinal.
    pub(super) fn suspend_next(&mut self) -> Option<(u32, u16)> {
        self.skip_settled();
        let oldest = self.get(self.cursor)?;
        // Probes behind one that was not sent were not sent either.
        let in_flight = oldest.fate == Fate::InFlight;
        let whose = in_flight.then_some((oldest.target, oldest.ordinal))?;
        self.settle(self.cursor, Fate::Suspended);
        Some(whose)
    }

    fn skip_settled(&mut self) {
        self.cursor = self.cursor.max(self.first);
        while self
            .get(self.cursor)
            .is_some_and(|flight| !flight.fate.is_open())
        {
            self.cursor += 1;
        }
    }

    /// Removes answered probes at the front, and others beyond [`REMEMBERED`].
    fn prune(&mut self, now: u64, mut forget: impl FnMut(&Flight)) {
        while let Some(front) = self.queue.front() {
            let answered = front.fate.is_answered();
            let is_behind = |done: Option<u64>| done.is_none_or(|done| self.first < done);
            let too_many = self.queue.len() > REMEMBERED
                && is_behind(self.reported)
                && !self.may_count(front, now);
            if !(answered || too_many) || !is_behind(self.watched) {
                return;
            }
            self.forgot_unanswered |= !answered;
            forget(front);
            self.queue.pop_front();
            self.first += 1;
        }
    }

    /// Whether a reply to this probe may still be in time.
    fn may_count(&self, flight: &Flight, now: u64) -> bool {
        let over = flight.left.saturating_add(nanoseconds(self.timeout)) <= now;
        flight.fate.is_open() || (flight.fate.is_unawaited() && !over)
    }
}

/// Enough for 584 years.
fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
