//! Which of the probes it was told of what became of them.

use std::time::Instant;

use super::{Fate, Flight, Flights, nanoseconds};
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
        self.tell_while(|flight| {
            let had_its_time = flight.left.saturating_add(timeout) <= known;
            had_its_time || !flight.fate.is_unawaited()
        })
    }

    /// The same of tries whose targets may be known to be dead: from then on no answer counts.
    pub(in super::super) fn tell_next_of_dead(
        &mut self,
        is_dead: impl Fn(u32) -> bool,
    ) -> Option<(u32, u16, Outcome)> {
        self.tell_while(|flight| is_dead(flight.target) || unanswered(flight.fate).is_none())
    }

    /// The next one that was not answered in time, as long as those before it are known for good or were answered.
    fn tell_while(&mut self, is_final: impl Fn(&Flight) -> bool) -> Option<(u32, u16, Outcome)> {
        loop {
            let position = self.told?.max(self.first);
            let flight = *self.get(position)?;
            if flight.fate.is_open() || !is_final(&flight) {
                return None;
            }
            self.told = Some(position + 1);
            if let Some(outcome) = unanswered(flight.fate) {
                return Some((flight.target, flight.ordinal, outcome));
            }
        }
    }

    /// The same when the run is over: of probes in flight nothing is known, nor of those without an answer that
    /// `may_be_answered`, given their target and ordinal.
    pub(in super::super) fn tell_last(
        &mut self,
        may_be_answered: impl Fn(u32, u16) -> bool,
    ) -> Option<(u32, u16, Outcome)> {
        loop {
            let position = self.told?.max(self.first);
            let flight = *self.get(position)?;
            self.told = Some(position + 1);
            match unanswered(flight.fate) {
                Some(Outcome::Lost) if may_be_answered(flight.target, flight.ordinal) => {}
                Some(outcome) => return Some((flight.target, flight.ordinal, outcome)),
                None => {}
            }
        }
    }

    /// When it will be known of the next one that it was not answered in time, though nobody waits for it.
    pub(in super::super) fn next_outcome_due(&self) -> Option<Instant> {
        let flight = self.get(self.told?.max(self.first))?;
        let left = flight
            .fate
            .is_unawaited()
            .then(|| self.moment(flight.left))?;
        left.checked_add(self.timeout)
    }
}

/// What became of a probe that was not answered in time; none of others.
fn unanswered(fate: Fate) -> Option<Outcome> {
    match fate {
        Fate::TimedOut | Fate::RejectedLate => Some(Outcome::Lost),
        Fate::Rejected => Some(Outcome::Rejected),
        Fate::Suspended => Some(Outcome::Suspended),
        Fate::Queued
        | Fate::InFlight
        | Fate::Overdue
        | Fate::Answered
        | Fate::AnsweredLate
        | Fate::NotSent
        | Fate::Filtered => None,
    }
}
