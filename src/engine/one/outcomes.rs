//! The outcome of each probe without a timely reply, reported once, in the order of sending.

use std::time::Instant;

use super::super::fate::Fate;
use super::super::sequence_wrap::WRAP;
use super::{MAX_BATCH, One, Timeout};
use crate::event::{Outcome, ProbeId};

/// Which outcomes were reported.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Reported {
    /// The outcomes of all probes below this number are final.
    below: u64,
}

impl One {
    /// Reports the outcome of each probe that is not answered in time.
    #[must_use]
    pub fn reporting_outcomes(mut self) -> Self {
        self.reported = Some(Reported::default());
        self
    }

    /// Whether this probe's outcome is final because it was reported.
    pub(super) fn was_reported(&self, number: u64) -> bool {
        self.reported
            .is_some_and(|reported| number < reported.below)
    }

    /// The outcome to report for a probe in this state before a late reply changes the state.
    pub(super) fn outcome_before_late_answer(&self, number: u64, fate: Fate) -> Option<Outcome> {
        (self.reported.is_some() && !self.was_reported(number)).then_some(match fate {
            Fate::Rejected => Outcome::Rejected,
            _ => Outcome::Lost,
        })
    }

    /// The next final outcome.
    pub(super) fn report_next(&mut self) -> Option<(ProbeId, Outcome)> {
        loop {
            let number = self.reported?.below;
            let outcome = match self.window.fate(number)? {
                Fate::Answered | Fate::AnsweredLate | Fate::NotSent | Fate::Filtered => None,
                Fate::TimedOut | Fate::RejectedLate => Some(Outcome::Lost),
                Fate::Rejected if self.is_final(number) => Some(Outcome::Rejected),
                Fate::Suspended if self.is_final(number) => Some(Outcome::Suspended),
                Fate::InFlight | Fate::Overdue if self.is_almost_forgotten(number) => {
                    // A reported outcome is final: from now on, a reply is late.
                    self.window.settle(number, Fate::TimedOut);
                    Some(Outcome::Lost)
                }
                Fate::Queued
                | Fate::Rejected
                | Fate::Suspended
                | Fate::InFlight
                | Fate::Overdue => return None,
            };
            self.reported = Some(Reported { below: number + 1 });
            if let Some(outcome) = outcome {
                return Some((self.probe(number), outcome));
            }
        }
    }

    /// At the end of the run: the next outcome of a probe that is not in flight.
    pub(super) fn report_last(&mut self) -> Option<(ProbeId, Outcome)> {
        loop {
            let number = self.reported?.below;
            let fate = self.window.fate(number)?;
            self.reported = Some(Reported { below: number + 1 });
            let outcome = match fate {
                Fate::Overdue | Fate::TimedOut | Fate::RejectedLate => Outcome::Lost,
                Fate::Rejected => Outcome::Rejected,
                Fate::Suspended => Outcome::Suspended,
                _ => continue,
            };
            return Some((self.probe(number), outcome));
        }
    }

    /// When the next outcome becomes final, if its reply is not waited for.
    pub(super) fn next_outcome_due(&self) -> Option<Instant> {
        let number = self.reported?.below;
        let fate = self.window.fate(number)?;
        let Timeout::PerProbe(timeout) = self.schedule.timeout else {
            return None;
        };
        let left = self.window.left(number).filter(|_| fate.is_unawaited())?;
        left.checked_add(timeout)
    }

    /// Whether a reply to this probe, which is not waited for, would be too late.
    fn is_final(&self, number: u64) -> bool {
        let due = self.next_outcome_due();
        due.is_some_and(|due| self.run.drained_until() >= due) || self.is_almost_forgotten(number)
    }

    /// Whether the next batch may overwrite this probe in memory.
    fn is_almost_forgotten(&self, number: u64) -> bool {
        number + WRAP <= self.window.next_number() + MAX_BATCH
    }
}
