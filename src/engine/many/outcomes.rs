//! What became of each probe that was not answered in time, told once and in the order in which they left.
//!
//! Where it is asked who is alive, an answer to any try counts until the target is known to be dead. So the tries of a dead
//! target are told when that is known, and those of others when the run ends.

use std::time::Instant;

use super::super::fate::Fate;
use super::Many;
use super::flights::{Flights, Found};
use super::ledger::State;
use crate::event::{Outcome, ProbeId, TargetNumber};

impl Many {
    /// Tells what became of each probe that was not answered in time.
    #[must_use]
    pub fn reporting_outcomes(mut self) -> Self {
        self.tries.iter_mut().for_each(Flights::tell_outcomes);
        self
    }

    /// Whether it is told what becomes of probes.
    fn tells_outcomes(&self) -> bool {
        self.tries.first().is_some_and(Flights::tells)
    }

    /// Whether it was told what became of a probe, or it is forgotten because that is known.
    pub(super) fn was_told(&self, found: Option<Found>) -> bool {
        let is_told = |found: Found| {
            let flights = self.tries.get(found.try_number);
            flights.is_some_and(|flights| flights.is_told(found.position))
        };
        self.tells_outcomes() && found.is_none_or(is_told)
    }

    /// What is to be told of a probe before a late answer settles it.
    pub(super) fn outcome_before_late_answer(&self, found: Option<Found>) -> Option<Outcome> {
        let found = found.filter(|_| self.tells_outcomes())?;
        (!self.was_told(Some(found))).then_some(match found.fate {
            Fate::Rejected => Outcome::Rejected,
            _ => Outcome::Lost,
        })
    }

    pub(super) fn tell_next(&mut self, now: Instant) -> Option<(ProbeId, Outcome)> {
        let told = if self.is_alive_scan() {
            let targets = &self.targets;
            let is_dead = |target: TargetNumber| {
                let entry = targets.get(target as usize);
                entry.is_some_and(|entry| entry.state == State::Dead)
            };
            let mut tries = self.tries.iter_mut();
            tries.find_map(|flights| flights.tell_next_of_dead(is_dead))
        } else {
            let known = self.run.drained_until().min(now);
            self.tries.first_mut()?.tell_next(known)
        };
        self.with_number(told?)
    }

    pub(super) fn tell_last(&mut self) -> Option<(ProbeId, Outcome)> {
        let is_alive_scan = self.is_alive_scan();
        let targets = &self.targets;
        let may_be_answered = |target: TargetNumber, ordinal: u16| {
            let entry = targets.get(target as usize).filter(|_| is_alive_scan);
            let back = entry.and_then(|entry| Some((entry, entry.back(ordinal)?)));
            back.is_some_and(|(entry, back)| entry.is_unawaited(back))
        };
        let mut tries = self.tries.iter_mut();
        let told = tries.find_map(|flights| flights.tell_last(may_be_answered));
        self.with_number(told?)
    }

    /// When it will be known of the next probe of a round that it was not answered in time, though nobody waits for it.
    pub(super) fn next_outcome_due(&self) -> Option<Instant> {
        let flights = self.tries.first().filter(|_| !self.is_alive_scan());
        flights?.next_outcome_due()
    }

    fn with_number(&self, told: (TargetNumber, u16, Outcome)) -> Option<(ProbeId, Outcome)> {
        let (target, ordinal, outcome) = told;
        Some((self.probe(target, ordinal)?, outcome))
    }

    /// The newest probe to this target with this sequence number, counted from that of the target's first probe.
    pub(super) fn probe(&self, target: TargetNumber, ordinal: u16) -> Option<ProbeId> {
        let number = self.newest_with(target, ordinal)?.number;
        Some(ProbeId {
            target,
            number: number.into(),
            sequence: self.schedule.first_sequence.wrapping_add(ordinal),
        })
    }
}
