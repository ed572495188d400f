//! What became of each probe that was not answered in time, told once and in the order in which they left.
//!
//! Only of rounds: where it is asked who is alive, a target has an outcome, and its tries have none.

use std::time::Instant;

use super::super::fate::Fate;
use super::Many;
use super::flights::{Flights, Found};
use crate::event::{Outcome, ProbeId, TargetNumber};

impl Many {
    /// Tells what became of each probe that was not answered in time.
    #[must_use]
    pub fn telling_outcomes(mut self) -> Self {
        if !self.is_alive_scan()
            && let Some(flights) = self.tries.first_mut()
        {
            flights.tell_outcomes();
        }
        self
    }

    /// Whether it was told what became of a probe, or it is forgotten because that is known.
    pub(super) fn was_told(&self, found: Option<Found>) -> bool {
        let flights = self.tries.first().filter(|flights| flights.tells());
        flights.is_some_and(|flights| found.is_none_or(|found| flights.is_told(found.position)))
    }

    /// What is to be told of a probe before a late answer settles it.
    pub(super) fn outcome_before_late_answer(&self, found: Option<Found>) -> Option<Outcome> {
        let found = found.filter(|_| self.tries.first().is_some_and(Flights::tells))?;
        (!self.was_told(Some(found))).then_some(match found.fate {
            Fate::Rejected => Outcome::Rejected,
            _ => Outcome::Lost,
        })
    }

    pub(super) fn tell_next(&mut self, now: Instant) -> Option<(ProbeId, Outcome)> {
        let known = self.run.heard().min(now);
        let told = self.tries.first_mut()?.tell_next(known)?;
        self.with_number(told)
    }

    pub(super) fn tell_last(&mut self) -> Option<(ProbeId, Outcome)> {
        let told = self.tries.first_mut()?.tell_last()?;
        self.with_number(told)
    }

    /// When it will be known of the next probe that it was not answered in time, though nobody waits for it.
    pub(super) fn next_outcome_due(&self) -> Option<Instant> {
        self.tries.first()?.next_outcome_due()
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
