//! The outcome of each probe without a timely reply, reported once, in the order of sending.
//!
//! In an alive scan, a reply to any try counts until the target is dead. So the tries of a dead target are reported when it
//! is decided, and those of other targets at the end of the run.

use std::time::Instant;

use super::super::fate::Fate;
use super::Many;
use super::flights::{Flights, Found};
use super::ledger::State;
use crate::event::{Outcome, ProbeId, TargetNumber};

impl Many {
    /// Reports the outcome of each probe that is not answered in time.
    #[must_use]
    pub fn reporting_outcomes(mut self) -> Self {
        self.tries.iter_mut().for_each(Flights::report_outcomes);
        self
    }

    fn reports_outcomes(&self) -> bool {
        self.tries.first().is_some_and(Flights::reports_outcomes)
    }

    /// Whether the outcome of a probe is final: it was reported, or the probe is forgotten.
    pub(super) fn was_reported(&self, found: Option<Found>) -> bool {
        let is_reported = |found: Found| {
            let flights = self.tries.get(found.try_number);
            flights.is_some_and(|flights| flights.is_reported(found.position))
        };
        self.reports_outcomes() && found.is_none_or(is_reported)
    }

    /// The outcome to report before a late reply changes the probe's state.
    pub(super) fn outcome_before_late_answer(&self, found: Option<Found>) -> Option<Outcome> {
        let found = found.filter(|_| self.reports_outcomes())?;
        (!self.was_reported(Some(found))).then_some(match found.fate {
            Fate::Rejected => Outcome::Rejected,
            _ => Outcome::Lost,
        })
    }

    pub(super) fn report_next(&mut self, now: Instant) -> Option<(ProbeId, Outcome)> {
        let reported = if self.is_alive_scan() {
            let targets = &self.targets;
            let is_dead = |target: TargetNumber| {
                let entry = targets.get(target as usize);
                entry.is_some_and(|entry| entry.state == State::Dead)
            };
            let mut tries = self.tries.iter_mut();
            tries.find_map(|flights| flights.report_next_of_dead(is_dead))
        } else {
            let known = self.run.drained_until().min(now);
            self.tries.first_mut()?.report_next(known)
        };
        self.with_number(reported?)
    }

    pub(super) fn report_last(&mut self) -> Option<(ProbeId, Outcome)> {
        let is_alive_scan = self.is_alive_scan();
        let targets = &self.targets;
        let may_be_answered = |target: TargetNumber, ordinal: u16| {
            let entry = targets.get(target as usize).filter(|_| is_alive_scan);
            let back = entry.and_then(|entry| Some((entry, entry.back(ordinal)?)));
            back.is_some_and(|(entry, back)| entry.is_unawaited(back))
        };
        let mut tries = self.tries.iter_mut();
        let reported = tries.find_map(|flights| flights.report_last(may_be_answered));
        self.with_number(reported?)
    }

    /// In rounds: when the next outcome becomes final, if its reply is not waited for.
    pub(super) fn next_outcome_due(&self) -> Option<Instant> {
        let flights = self.tries.first().filter(|_| !self.is_alive_scan());
        flights?.next_outcome_due()
    }

    fn with_number(&self, reported: (TargetNumber, u16, Outcome)) -> Option<(ProbeId, Outcome)> {
        let (target, ordinal, outcome) = reported;
        Some((self.find_probe(target, ordinal)?, outcome))
    }

    /// The newest probe of this target with this ordinal, the sequence number relative to the target's first one.
    pub(super) fn find_probe(&self, target: TargetNumber, ordinal: u16) -> Option<ProbeId> {
        let number = self.newest_with(target, ordinal)?.number;
        Some(ProbeId {
            target,
            number: number.into(),
            sequence: self.schedule.first_sequence.wrapping_add(ordinal),
        })
    }
}
