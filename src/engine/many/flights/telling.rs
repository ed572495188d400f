//! Which of the probes it was told of what became of them.

use std::time::Instant;

use super::{Fate, Flights, nanoseconds};
use crate::event::Outcome;

impl Flights {
    /// Keeps each probe until it is told what became of it.
    pub(in super::super) fn tell_outcomes(&mut self) {
        self.told = Some(self.first);
    }

    /// Whether that is told.
    pub(in super::super) fn tells(&self) -> bool {
        self.told.is_some()
    }

    /// Whether it was told what became of the one at this position.
    pub(in super::super) fn is_told(&self, position: u64) -> bool {
        self.told.is_some_and(|told| position < told)
    }

    /// The next one that was not answered in time, given until when all is known: its target, its ordinal, and what became
    /// of it.
    pub(in super::super) fn tell_next(&mut self, known: Instant) -> Option<(u32, u16, Outcome)> {
        let known = nanoseconds(known.saturating_duration_since(self.epoch));
        let timeout = nanoseconds(self.timeout);
        loop {
            let position = self.told?.max(self.first);
            let flight = *self.get(position)?;
            let had_its_time = flight.left.saturating_add(timeout) <= known;
            let outcome = match flight.fate {
                Fate::GivenUp | Fate::RejectedLate => Some(Outcome::Lost),
                Fate::Rejected if had_its_time => Some(Outcome::Rejected),
                Fate::Suspended if had_its_time => Some(Outcome::Suspended),
                Fate::Queued
                | Fate::InFlight
                | Fate::Overdue
                | Fate::Rejected
                | Fate::Suspended => return None,
                Fate::Answered | Fate::AnsweredLate | Fate::NotSent | Fate::Filtered => None,
            };
            self.told = Some(position + 1);
            if let Some(outcome) = outcome {
                return Some((flight.target, flight.ordinal, outcome));
            }
        }
    }

    /// The same when the run is over: of probes in flight nothing is known.
    pub(in super::super) fn tell_last(&mut self) -> Option<(u32, u16, Outcome)> {
        loop {
            let position = self.told?.max(self.first);
            let flight = *self.get(position)?;
            self.told = Some(position + 1);
            let outcome = match flight.fate {
                Fate::GivenUp | Fate::RejectedLate => Outcome::Lost,
                Fate::Rejected => Outcome::Rejected,
                Fate::Suspended => Outcome::Suspended,
                _ => continue,
            };
            return Some((flight.target, flight.ordinal, outcome));
        }
    }

    /// When it will be known of the next one that it was not answered in time, though nobody waits for it.
    pub(in super::super) fn next_outcome_due(&self) -> Option<Instant> {
        let flight = self.get(self.told?.max(self.first))?;
        let left = flight
            .fate
            .is_set_aside()
            .then(|| self.moment(flight.left))?;
        left.checked_add(self.timeout)
    }
}
