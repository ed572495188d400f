//! Suspensions of this host while probes are in flight.

use std::collections::BTreeMap;
use std::time::Instant;

use super::super::fate::Fate;
use super::super::record::Record;
use super::Many;
use super::answers::ProbeRef;
use super::flights::NOWHERE;
use super::sending::Retry;
use crate::event::TargetNumber;

/// The probes that were in flight during a suspension.
#[derive(Debug, Default)]
pub(super) struct Suspended {
    /// By target; empty if this host was never suspended.
    of: BTreeMap<TargetNumber, Probes>,
    /// When the engine last learned of a suspension.
    noticed: Option<Instant>,
}

#[derive(Debug, Clone, Default)]
struct Probes {
    all: u32,
    /// The numbers of the unanswered ones. They are kept longer than the probes themselves.
    open: Vec<u32>,
}

impl Suspended {
    fn note(&mut self, target: TargetNumber, number: u32) {
        let probes = self.of.entry(target).or_default();
        probes.all += 1;
        probes.open.push(number);
    }

    /// The outcome of this probe is known. Returns whether it was an unanswered suspended one.
    pub(super) fn settle(&mut self, target: TargetNumber, number: u32) -> bool {
        let Some(probes) = self.of.get_mut(&target) else {
            return false;
        };
        let place = probes.open.iter().position(|open| *open == number);
        place.map(|place| probes.open.swap_remove(place)).is_some()
    }

    /// Whether this probe is suspended and unanswered.
    pub(super) fn is_open(&self, target: TargetNumber, number: u32) -> bool {
        let probes = self.of.get(&target);
        probes.is_some_and(|probes| probes.open.contains(&number))
    }

    /// How many probes to this target are suspended and unanswered.
    pub(super) fn open(&self, target: TargetNumber) -> u32 {
        let probes = self.of.get(&target);
        probes.map_or(0, |probes| {
            u32::try_from(probes.open.len()).unwrap_or(u32::MAX)
        })
    }

    /// How many probes to this target were in flight during suspensions, answered or not.
    pub(super) fn all(&self, target: TargetNumber) -> u32 {
        self.of.get(&target).map_or(0, |probes| probes.all)
    }

    /// Whether the clocks ran since a probe was sent: they stand still during a suspension.
    pub(super) fn clocks_ran_since(&self, left: Instant) -> bool {
        self.noticed.is_none_or(|noticed| left >= noticed)
    }

    /// Whether the receive queue was drained after the last suspension.
    pub(super) fn is_drained(&self, drained_until: Instant) -> bool {
        self.noticed.is_none_or(|noticed| drained_until >= noticed)
    }
}

impl Many {
    /// This host was suspended: stops waiting for the probes in flight. Returns how many there were. In an alive scan,
    /// their targets get one more try.
    pub(super) fn suspend_in_flight(&mut self, now: Instant) -> u64 {
        let mut found = 0;
        let is_alive_scan = self.is_alive_scan();
        for try_number in 0..self.tries.len() {
            while let Some((target, probe)) = self.suspend_next(try_number) {
                found += 1;
                self.suspended.note(target, probe.number);
                let note = |record: &mut Record| record.change(Fate::InFlight, Fate::Suspended);
                self.records.note(target, note);
                if is_alive_scan {
                    self.retries.push_back(Retry::new(target));
                    self.change(target, |entry| {
                        entry.exclude(probe.back);
                        // Later tries are not among the flights that the probe's number suggests.
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

    /// The next suspended probe of this try.
    fn suspend_next(&mut self, try_number: usize) -> Option<(TargetNumber, ProbeRef)> {
        let (target, ordinal) = self.tries.get_mut(try_number)?.suspend_next()?;
        Some((target, self.newest_with(target, ordinal)?))
    }

    /// The try of the probe with this number: suspended tries do not count.
    pub(super) fn try_of(&self, target: TargetNumber, number: u32) -> usize {
        if self.is_alive_scan() {
            number.saturating_sub(self.suspended.all(target)) as usize
        } else {
            0
        }
    }
}
