//! The probes that an answer may still be about, of all targets, in the order in which they left.
//!
//! All of them have the same time, so the order in which they left is the order in which their time is over: no heap is
//! needed. The probes to one target are linked backwards, so that an answer finds its probe from the newest one.

use std::collections::VecDeque;
use std::iter;
use std::time::{Duration, Instant};

use super::super::fate::Fate;
use super::super::outages::PastProbe;
use super::super::timing::{Call, Offsets};

mod telling;
mod watching;

/// How many probes are remembered that nobody waits for any more, so that a late answer can be told how late it is.
const REMEMBERED: usize = 4096;

/// The bits by which a position is told, where the name of a probe has room for 16 tries: that many probes are never in
/// memory.
pub(super) const POSITION: u32 = 0x0fff_ffff;

/// The same where it has room for 256 tries. Each target has one probe at most among those of one try.
pub(super) const POSITION_OF_MANY_TRIES: u32 = 0x00ff_ffff;

/// A position that is not known.
pub(super) const NOWHERE: u32 = u32::MAX;

/// One probe: 28 octets, because there may be a million.
#[derive(Debug, Clone, Copy)]
#[repr(C, packed(4))]
pub(super) struct Flight {
    /// Nanoseconds since the run began.
    left: u64,
    /// From there to the kernel's stamps.
    offsets: Offsets,
    pub(super) target: u32,
    /// How many probes before this one the target's last one is; 0: it has none.
    back: u32,
    /// The sequence number, counted from that of the target's first probe.
    ordinal: u16,
    fate: Fate,
}

impl Flight {
    /// What it tells of the path, given the sequence number of the target's first probe.
    pub(super) fn past(&self, first_sequence: u16) -> PastProbe {
        PastProbe {
            sequence: first_sequence.wrapping_add(self.ordinal),
            left: Duration::from_nanos(self.left),
            path: self.fate.path_state(),
        }
    }
}

/// What is known of a probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    /// Which try of its target it was.
    pub(super) try_number: usize,
    /// Where it is kept.
    pub(super) position: u64,
    pub(super) fate: Fate,
    pub(super) left: Instant,
    /// From there to the kernel's stamps.
    pub(super) offsets: Offsets,
    /// One that left after it to the same target has been answered in time.
    pub(super) overtaken: bool,
}

/// A probe that is to be remembered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) target: u32,
    /// The position of the target's last probe, if it has one here.
    pub(super) last: Option<u32>,
    /// Its number among the target's probes.
    pub(super) number: u32,
}

/// Probes that all have the same time.
#[derive(Debug)]
pub(super) struct Flights {
    /// Which tries of their targets they are.
    try_number: usize,
    /// The bits by which their positions are told.
    positions: u32,
    epoch: Instant,
    timeout: Duration,
    queue: VecDeque<Flight>,
    /// The position of the first one in the queue.
    first: u64,
    /// All before this position have had their time, or need none.
    cursor: u64,
    open: u64,
    /// Whether one was forgotten that had no answer.
    forgetful: bool,
    /// All before this position were looked at, where it is watched whether targets are down.
    watched: Option<u64>,
    /// All before this position were told of, or were answered, where it is told what became of them.
    told: Option<u64>,
}

impl Flights {
    pub(super) fn new(try_number: usize, epoch: Instant, timeout: Duration) -> Self {
        Self {
            try_number,
            positions: POSITION,
            epoch,
            timeout,
            queue: VecDeque::new(),
            first: 0,
            cursor: 0,
            open: 0,
            forgetful: false,
            told: None,
            watched: None,
        }
    }

    /// The same whose positions are told by these bits.
    pub(super) fn told_by(mut self, positions: u32) -> Self {
        self.positions = positions;
        self
    }

    /// Whether one was forgotten that an answer may still come for. If not, those that are not found were answered.
    pub(super) fn is_forgetful(&self) -> bool {
        self.forgetful
    }

    /// How long each of them is waited for.
    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// How many are waited for.
    pub(super) fn open(&self) -> u64 {
        self.open
    }

    /// One target's and their positions, the newest first, given the position of its last one.
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

    /// How many of one target's are waited for, given the position of its last one.
    pub(super) fn open_of(&self, target: u32, last: u32) -> u32 {
        // Those before the cursor are not waited for.
        let all = self.of(target, last);
        let waited_for = all.take_while(|(position, _)| *position >= self.cursor);
        waited_for
            .map(|(_, flight)| u32::from(flight.fate.is_open()))
            .sum()
    }

    /// What one target's tell of the path, in the order in which they left, given the position of its last one.
    pub(super) fn past_of(&self, target: u32, last: u32, first_sequence: u16) -> Vec<PastProbe> {
        let all = self.of(target, last);
        let mut past: Vec<PastProbe> = all.map(|(_, flight)| flight.past(first_sequence)).collect();
        past.reverse();
        past
    }

    /// How many are in memory.
    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }

    /// Adds a probe that is to leave, at `at` or later; tells where it is kept. `forget` is told of those that are forgotten.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "positions are told by their last bits, and sequence numbers have 16"
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
        position as u32 & self.positions
    }

    /// The full position of one that was told by its last bits, if it is in memory.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "positions are told by their last bits"
    )]
    fn position(&self, told: u32) -> Option<u64> {
        if told == NOWHERE {
            return None;
        }
        let forward = told.wrapping_sub(self.first as u32) & self.positions;
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

    /// The newest probe to this target with this ordinal; `last` is the position of the target's last one.
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

    /// The same without knowing where to begin: for the answer to a try that others came after.
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

    /// A probe has left: from now on it may be answered, and its time runs. Tells for which target it was, and its ordinal.
    pub(super) fn left(&mut self, told: u32, call: Call) -> Option<(u32, u16)> {
        let left = nanoseconds(call.begun.saturating_duration_since(self.epoch));
        let position = self.position(told)?;
        let flight = self.get_mut(position)?;
        flight.left = left;
        flight.offsets = Offsets::of(call);
        if flight.fate == Fate::Queued {
            flight.fate = Fate::InFlight;
        }
        Some((flight.target, flight.ordinal))
    }

    /// Notes a stamp of the kernel about a departure, given when the probe left.
    pub(super) fn stamp(&mut self, told: u32, note: impl FnOnce(&mut Offsets, Instant)) {
        let position = self.position(told);
        let found = position.and_then(|position| Some((position, self.get(position)?.left)));
        let Some((position, left)) = found else {
            return;
        };
        let left = self.moment(left);
        if let Some(flight) = self.get_mut(position) {
            note(&mut flight.offsets, left);
        }
    }

    /// A probe did not leave; tells for which target it was, and its ordinal.
    pub(super) fn not_sent(&mut self, told: u32) -> Option<(u32, u16)> {
        let position = self.position(told)?;
        self.settle(position, Fate::NotSent);
        self.get(position)
            .map(|flight| (flight.target, flight.ordinal))
    }

    /// If this probe is in flight, nobody waits for it any more.
    pub(super) fn close(&mut self, told: u32) {
        if let Some(position) = self.position(told)
            && self
                .get(position)
                .is_some_and(|flight| flight.fate == Fate::InFlight)
        {
            self.settle(position, Fate::TimedOut);
        }
    }

    /// Changes what has become of a probe.
    pub(super) fn settle(&mut self, position: u64, fate: Fate) {
        let Some(flight) = self.get_mut(position) else {
            return;
        };
        let was_open = flight.fate.is_open();
        flight.fate = fate;
        self.open -= u64::from(was_open);
    }

    /// When the oldest probe in flight will have had its time.
    pub(super) fn next_due(&mut self) -> Option<Instant> {
        self.skip_settled();
        let oldest = self.get(self.cursor)?;
        // Those behind one that has not left have not left either.
        let in_flight = oldest.fate == Fate::InFlight;
        let left = in_flight.then(|| self.moment(oldest.left))?;
        left.checked_add(self.timeout)
    }

    /// Gives up the oldest probe in flight; tells whose it was, and its ordinal.
    pub(super) fn time_out_next(&mut self) -> Option<(u32, u16)> {
        self.skip_settled();
        let cursor = self.cursor;
        self.settle(cursor, Fate::TimedOut);
        self.get(cursor)
            .map(|flight| (flight.target, flight.ordinal))
    }

    /// Sets aside the oldest probe in flight, because this host was suspended; tells whose it was, and its
    /// ordinal.
    pub(super) fn suspend_next(&mut self) -> Option<(u32, u16)> {
        self.skip_settled();
        let oldest = self.get(self.cursor)?;
        // Those behind one that has not left have not left either.
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

    /// Forgets those at the front that have their answers, and of the others what is too much.
    fn prune(&mut self, now: u64, mut forget: impl FnMut(&Flight)) {
        while let Some(front) = self.queue.front() {
            let answered = front.fate.is_answered();
            let is_behind = |done: Option<u64>| done.is_none_or(|done| self.first < done);
            let too_many = self.queue.len() > REMEMBERED
                && is_behind(self.told)
                && !self.may_count(front, now);
            if !(answered || too_many) || !is_behind(self.watched) {
                return;
            }
            self.forgetful |= !answered;
            forget(front);
            self.queue.pop_front();
            self.first += 1;
        }
    }

    /// Whether an answer to this probe may still be in time.
    fn may_count(&self, flight: &Flight, now: u64) -> bool {
        let over = flight.left.saturating_add(nanoseconds(self.timeout)) <= now;
        flight.fate.is_open() || (flight.fate.is_unawaited() && !over)
    }
}

/// 584 years of them.
fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
