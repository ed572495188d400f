//! This host was suspended while probes were in flight.

use std::collections::BTreeMap;
use std::time::Instant;

use super::super::fate::Fate;
use super::super::record::Record;
use super::Many;
use super::answers::ProbeRef;
use super::flights::NOWHERE;
use super::sending::Again;
use crate::event::TargetNumber;

/// The probes that were in flight when this host was suspended.
#[derive(Debug, Default)]
pub(super) struct Suspended {
    /// Those of each target. It takes nothing as long as this host stays awake.
    of: BTreeMap<TargetNumber, Probes>,
    /// When it was noticed the last time.
    noticed: Option<Instant>,
}

/// Those of one target.
#[derive(Debug, Clone, Default)]
struct Probes {
    all: u32,
    /// The numbers of those without an answer. They are known for longer than there is room for the probes.
    open: Vec<u32>,
}

impl Suspended {
    fn note(&mut self, target: TargetNumber, number: u32) {
        let probes = self.of.entry(target).or_default();
        probes.all += 1;
        probes.open.push(number);
    }

    /// It is known by now what has become of this probe. Says whether it is one of them, and that is news.
    pub(super) fn settle(&mut self, target: TargetNumber, number: u32) -> bool {
        let Some(probes) = self.of.get_mut(&target) else {
            return false;
        };
        let place = probes.open.iter().position(|open| *open == number);
        place.map(|place| probes.open.swap_remove(place)).is_some()
    }

    /// Whether this probe is one of them and has no answer.
    pub(super) fn is_open(&self, target: TargetNumber, number: u32) -> bool {
        let probes = self.of.get(&target);
        probes.is_some_and(|probes| probes.open.contains(&number))
    }

    /// How many to this target have no answer.
    pub(super) fn open(&self, target: TargetNumber) -> u32 {
        let probes = self.of.get(&target);
        probes.map_or(0, |probes| {
            u32::try_from(probes.open.len()).unwrap_or(u32::MAX)
        })
    }

    /// How many to this target were in flight then, whatever has become of them.
    pub(super) fn all(&self, target: TargetNumber) -> u32 {
        self.of.get(&target).map_or(0, |probes| probes.all)
    }

    /// Whether the clocks have run all the time since a probe left: they stand still while this host is suspended.
    pub(super) fn are_over_since(&self, left: Instant) -> bool {
        self.noticed.is_none_or(|noticed| left >= noticed)
    }

    /// Whether all is known that arrived until this host went on, given until when all is known.
    pub(super) fn are_heard(&self, heard: Instant) -> bool {
        self.noticed.is_none_or(|noticed| heard >= noticed)
    }
}

impl Many {
    /// This host was suspended: sets aside the probes that were in flight, and says how many they are. Where it is asked
    /// who is alive, their targets are tried once more than others.
    pub(super) fn suspend_in_flight(&mut self, now: Instant) -> u64 {
        let mut found = 0;
        let is_alive_scan = self.is_alive_scan();
        for try_number in 0..self.tries.len() {
            while let Some((target, told)) = self.suspend_next(try_number) {
                found += 1;
                self.suspended.note(target, told.number);
                let note = |record: &mut Record| record.change(Fate::InFlight, Fate::Suspended);
                self.records.note(target, note);
                if is_alive_scan {
                    self.again.push_back(Again::retry(target));
                    self.change(target, |entry| {
                        entry.exclude(told.back);
                        // It is not among the flights that its number tells.
                        entry.newest = NOWHERE;
                    });
                }
            }
        }
        self.suspended.noticed = Some(now);
        if let Some(watch) = &mut self.watch {
            watch.suspended();
        }
        found
    }

    /// The next of those tries that were in flight: its target, and which probe it is.
    fn suspend_next(&mut self, try_number: usize) -> Option<(TargetNumber, ProbeRef)> {
        let (target, ordinal) = self.tries.get_mut(try_number)?.suspend_next()?;
        Some((target, self.newest_with(target, ordinal)?))
    }

    /// Which try the newest probe is, given its number: those that this host slept through are none.
    pub(super) fn try_of(&self, target: TargetNumber, number: u32) -> usize {
        if self.is_alive_scan() {
            number.saturating_sub(self.suspended.all(target)) as usize
        } else {
            0
        }
    }
}
