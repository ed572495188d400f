//! The last 65,536 probes, found by sequence number: the only ones that a reply can be about.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::super::fate::Fate;
use super::super::outages::PastProbe;
use super::super::sequence_wrap::WRAP;
use super::timing::{Call, Offsets};

/// One probe: twenty octets, because there may be many.
#[derive(Debug, Clone, Copy)]
#[repr(C, packed(4))]
struct Entry {
    /// Since the first probe was sent: half the size of an `Instant`.
    left: Duration64,
    /// The kernel's stamps, relative to `left`.
    offsets: Offsets,
    fate: Fate,
}

/// Nanoseconds; enough for 584 years.
type Duration64 = u64;

/// The last 65,536 probes, which take at most 1.25 MiB.
#[derive(Debug, Clone)]
pub(super) struct Window {
    entries: VecDeque<Entry>,
    /// The number of the oldest probe in memory.
    oldest: u64,
    /// The sequence number of probe 0.
    first_sequence: u16,
    epoch: Option<Instant>,
    open: u64,
}

impl Window {
    pub(super) fn new(first_sequence: u16) -> Self {
        Self {
            entries: VecDeque::new(),
            oldest: 0,
            first_sequence,
            epoch: None,
            open: 0,
        }
    }

    /// The number of the next probe, which is the count of probes so far.
    pub(super) fn next_number(&self) -> u64 {
        self.oldest + self.entries.len() as u64
    }

    /// How many probes the engine waits for.
    pub(super) fn open(&self) -> u64 {
        self.open
    }

    /// How many probes have not timed out.
    pub(super) fn in_flight(&self) -> u64 {
        let fates = self.entries.iter().map(|entry| entry.fate);
        fates.map(|fate| u64::from(fate == Fate::InFlight)).sum()
    }

    /// The sequence number of a probe.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "sequence numbers are probe numbers modulo 65,536"
    )]
    pub(super) fn sequence(&self, number: u64) -> u16 {
        self.first_sequence.wrapping_add(number as u16)
    }

    /// The number of the newest probe with this sequence number, if it is in memory.
    pub(super) fn find(&self, sequence: u16) -> Option<u64> {
        let newest = self.next_number().checked_sub(1)?;
        let back = self.sequence(newest).wrapping_sub(sequence);
        let number = newest.checked_sub(u64::from(back))?;
        (number >= self.oldest).then_some(number)
    }

    /// The number of the newest probe with these last 32 bits, if it is in memory.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "names are probe numbers modulo 2^32"
    )]
    pub(super) fn find_named(&self, name: u32) -> Option<u64> {
        let newest = self.next_number().checked_sub(1)?;
        let back = (newest as u32).wrapping_sub(name);
        let number = newest.checked_sub(u64::from(back))?;
        (number >= self.oldest).then_some(number)
    }

    /// Adds a probe that was sent or tried with this call. Returns the probe that it replaces in memory, if any.
    pub(super) fn push(&mut self, call: Call, fate: Fate) -> Option<PastProbe> {
        let forgotten = self.forget();
        let epoch = *self.epoch.get_or_insert(call.begun);
        let left = call.begun.saturating_duration_since(epoch).as_nanos();
        self.open += u64::from(fate.is_open());
        self.entries.push_back(Entry {
            left: Duration64::try_from(left).unwrap_or(Duration64::MAX),
            offsets: Offsets::of(call),
            fate,
        });
        forgotten
    }

    /// Removes the oldest probe if the next one would have its sequence number.
    fn forget(&mut self) -> Option<PastProbe> {
        if (self.entries.len() as u64) < WRAP {
            return None;
        }
        let oldest = self.entries.pop_front()?;
        let past = self.past(self.oldest, &oldest);
        self.oldest += 1;
        self.open -= u64::from(oldest.fate.is_open());
        Some(past)
    }

    /// All probes in memory, in the order of sending.
    pub(super) fn all(&self) -> impl Iterator<Item = PastProbe> {
        let numbered = (self.oldest..).zip(&self.entries);
        numbered.map(|(number, entry)| self.past(number, entry))
    }

    fn past(&self, number: u64, entry: &Entry) -> PastProbe {
        PastProbe {
            sequence: self.sequence(number),
            left: Duration::from_nanos(entry.left),
            path: entry.fate.path_state(),
        }
    }

    /// The state of a probe in memory.
    pub(super) fn fate(&self, number: u64) -> Option<Fate> {
        self.entry(number).map(|entry| entry.fate)
    }

    /// When the first probe was sent.
    pub(super) fn epoch(&self) -> Option<Instant> {
        self.epoch
    }

    /// When a probe in memory was sent.
    pub(super) fn left(&self, number: u64) -> Option<Instant> {
        let offset = Duration::from_nanos(self.entry(number)?.left);
        self.epoch?.checked_add(offset)
    }

    /// The kernel's stamps of a probe in memory, relative to [`left`](Self::left).
    pub(super) fn offsets(&self, number: u64) -> Option<Offsets> {
        self.entry(number).map(|entry| entry.offsets)
    }

    /// Notes a kernel stamp of a probe in memory; `note` also gets the time of sending.
    pub(super) fn stamp(&mut self, number: u64, note: impl FnOnce(&mut Offsets, Instant)) {
        let entry = self.index(number).zip(self.left(number));
        if let Some((index, left)) = entry
            && let Some(entry) = self.entries.get_mut(index)
        {
            note(&mut entry.offsets, left);
        }
    }

    /// Changes the state of a probe in memory. Returns its state before.
    pub(super) fn settle(&mut self, number: u64, fate: Fate) -> Option<Fate> {
        let index = self.index(number)?;
        let entry = self.entries.get_mut(index)?;
        let before = std::mem::replace(&mut entry.fate, fate);
        self.open -= u64::from(before.is_open());
        self.open += u64::from(fate.is_open());
        Some(before)
    }

    /// The number of the oldest probe in memory.
    pub(super) fn oldest(&self) -> u64 {
        self.oldest
    }

    fn entry(&self, number: u64) -> Option<&Entry> {
        self.entries.get(self.index(number)?)
    }

    fn index(&self, number: u64) -> Option<usize> {
        usize::try_from(number.checked_sub(self.oldest)?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock, SystemClock};

    fn full(first_sequence: u16, probes: u64) -> Window {
        let now = SystemClock.now();
        let mut window = Window::new(first_sequence);
        for _ in 0..probes {
            window.push(now.into(), Fate::InFlight);
        }
        window
    }

    #[test]
    fn entry_takes_twenty_octets() {
        assert_eq!(size_of::<Entry>(), 20);
    }

    #[test]
    fn unsent_sequence_number_is_not_found() {
        let window = full(1, 3);
        assert_eq!(window.find(0), None);
        assert_eq!(window.find(1), Some(0));
        assert_eq!(window.find(3), Some(2));
        assert_eq!(window.find(4), None);
        assert_eq!(Window::new(1).find(1), None);
    }

    #[test]
    fn after_a_sequence_wrap_the_newest_probe_is_found_and_memory_is_bounded() {
        let window = full(65_000, WRAP + 10);
        assert_eq!(window.entries.len() as u64, WRAP);
        assert_eq!(window.find(window.sequence(5)), Some(WRAP + 5));
        assert_eq!(window.find(window.sequence(10)), Some(10));
        assert_eq!(window.open(), WRAP);
    }

    #[test]
    fn probe_is_found_by_the_last_32_bits_of_its_number() {
        let window = full(1, 3);
        assert_eq!(window.find_named(0), Some(0));
        assert_eq!(window.find_named(2), Some(2));
        assert_eq!(window.find_named(3), None);
        assert_eq!(window.find_named(u32::MAX), None);
        let later = Window {
            oldest: 1 << 32,
            ..full(1, 3)
        };
        assert_eq!(later.find_named(1), Some((1 << 32) + 1));
    }

    #[test]
    fn stamp_is_noted_for_its_probe() {
        let left = SystemClock.now();
        let after = |microseconds| left + Duration::from_micros(microseconds);
        let mut window = Window::new(1);
        for begun in [left, after(10)] {
            let returned = after(20);
            window.push(Call { begun, returned }, Fate::InFlight);
        }
        window.stamp(2, |_, _| panic!("no such probe"));
        window.stamp(1, |offsets, called| offsets.enter(called, after(13)));
        let entered = [0, 1, 2].map(|number| window.offsets(number).and_then(Offsets::entered));
        assert_eq!(entered, [None, Some(Duration::from_micros(3)), None]);
    }

    #[test]
    fn settled_probes_are_not_open() {
        let mut window = full(1, 3);
        window.settle(1, Fate::Answered);
        assert_eq!(window.open(), 2);
        window.settle(1, Fate::Answered);
        assert_eq!(window.open(), 2);
        window.settle(99, Fate::Answered);
        assert_eq!(window.open(), 2);
    }
}
