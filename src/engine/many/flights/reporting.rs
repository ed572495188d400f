//! Which outcomes of probes were reported.

use std::time::Instant;

use super::{Fate, Flight, Flights, nanoseconds};
use crate::event::Outcome;

impl Flights {
    /// Keeps each probe until its outcome is reported.
    pub(in super::super) fn report_outcomes(&mut self) {
        self.reported = Some(self.first);
    }

    pub(in super::super) fn reports_outcomes(&self) -> bool {
        self.reported.is_some()
    }

    /// Whether the outcome of the probe at this position is final.
    pub(in super::super) fn is_reported(&self, position: u64) -> bool {
        self.reported.is_some_and(|reported| position < reported)
    }

    /// The next final outcome, with target and ordinal. `known` is until when the receive queue is drained.
    pub(in super::super) fn report_next(&mut self, known: Instant) -> Option<(u32, u16, Outcome)> {
        let known = nanoseconds(known.saturating_duration_since(self.epoch));
        let timeout = nanoseconds(self.timeout);
        self.report_while(|flight| {
            let has_timed_out = flight.left.saturating_add(timeout) <= known;
            has_timed_out || !flight.fate.is_unawaited()
        })
    }

    /// In an alive scan: the next outcome of a try that no reply can change, because its target is dead.
    pub(in super::super) fn report_next_of_dead(
        &mut self,
        is_dead: impl Fn(u32) -> bool,
    ) -> Option<(u32, u16, Outcome)> {
        self.report_while(|flight| is_dead(flight.target) || unanswered(flight.fate).is_none())
    }

    /// The next outcome, if all probes up to it are settled and `is_final`.
    fn report_while(&mut self, is_final: impl Fn(&Flight) -> bool) -> Option<(u32, u16, Outcome)> {
        loop {
            let position = self.reported?.max(self.first);
            let flight = *self.get(position)?;
            if flight.fate.is_open() || !is_final(&flight) {
                return None;
            }
            self.reported = Some(position + 1);
            if let Some(outcome) = unanswered(flight.fate) {
                return Some((flight.target, flight.ordinal, outcome));
            }
        }
    }

    /// At the end of the run: the next outcome of a probe that is neither in flight nor `may_be_answered`.
    pub(in super::super) fn report_last(
        &mut self,
        may_be_answered: impl Fn(u32, u16) -> bool,
    ) -> Option<(u32, u16, Outcome)> {
        loop {
            let position = self.reported?.max(self.first);
            let flight = *self.get(position)?;
            self.reported = Some(position + 1);
            match unanswered(flight.fate) {
                Some(Outcome::Lost) if may_be_answered(flight.target, flight.ordinal) => {}
                Some(outcome) => return Some((flight.target, flight.ordinal, outcome)),
                None => {}
            }
        }
    }

    /// When the next outcome becomes final, if its reply is not waited for.
    pub(in super::super) fn next_outcome_due(&self) -> Option<Instant> {
        let flight = self.get(self.reported?.max(self.first))?;
        let left = flight
            .fate
            .is_unawaited()
            .then(|| self.moment(flight.left))?;
        left.checked_add(self.timeout)
    }
}

/// The outcome of a probe without a timely reply.
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
