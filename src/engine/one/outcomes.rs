//! What became of each probe that was not answered in time, told once and in the order in which they left.

use std::time::Instant;

use super::super::fate::Fate;
use super::super::sequence_wrap::WRAP;
use super::{MOST_AT_ONCE, One, Timeout};
use crate::event::{Outcome, ProbeId};

/// What was told so far.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Told {
    /// All probes below this number: it is known what became of them.
    below: u64,
}

impl One {
    /// Tells what became of each probe that was not answered in time.
    #[must_use]
    pub fn telling_outcomes(mut self) -> Self {
        self.told = Some(Told::default());
        self
    }

    /// Whether it was told what became of this probe: that does not change any more.
    pub(super) fn was_told(&self, number: u64) -> bool {
        self.told.is_some_and(|told| number < told.below)
    }

    /// What is to be told of a probe that has this fate before a late answer settles it.
    pub(super) fn outcome_before_late_answer(&self, number: u64, fate: Fate) -> Option<Outcome> {
        (self.told.is_some() && !self.was_told(number)).then_some(match fate {
            Fate::Rejected => Outcome::Rejected,
            _ => Outcome::Lost,
        })
    }

    /// The next outcome that is known for good.
    pub(super) fn tell_next(&mut self) -> Option<(ProbeId, Outcome)> {
        loop {
            let number = self.told?.below;
            let outcome = match self.window.fate(number)? {
                Fate::Answered | Fate::AnsweredLate | Fate::NotSent | Fate::Filtered => None,
                Fate::GivenUp | Fate::RejectedLate => Some(Outcome::Lost),
                Fate::Rejected if self.is_final(number) => Some(Outcome::Rejected),
                Fate::Suspended if self.is_final(number) => Some(Outcome::Suspended),
                Fate::InFlight | Fate::Overdue if self.is_almost_forgotten(number) => {
                    // What is told stays true: an answer is late from now on.
                    self.window.settle(number, Fate::GivenUp);
                    Some(Outcome::Lost)
                }
                Fate::Queued
                | Fate::Rejected
                | Fate::Suspended
                | Fate::InFlight
                | Fate::Overdue => return None,
            };
            self.told = Some(Told { below: number + 1 });
            if let Some(outcome) = outcome {
                return Some((self.probe(number), outcome));
            }
        }
    }

    /// The same when the run is over: of probes in flight nothing is known.
    pub(super) fn tell_last(&mut self) -> Option<(ProbeId, Outcome)> {
        loop {
            let number = self.told?.below;
            let fate = self.window.fate(number)?;
            self.told = Some(Told { below: number + 1 });
            let outcome = match fate {
                Fate::Overdue | Fate::GivenUp | Fate::RejectedLate => Outcome::Lost,
                Fate::Rejected => Outcome::Rejected,
                Fate::Suspended => Outcome::Suspended,
                _ => continue,
            };
            return Some((self.probe(number), outcome));
        }
    }

    /// When it will be known of the next probe that it was not answered in time, though nobody waits for it.
    pub(super) fn next_outcome_due(&self) -> Option<Instant> {
        let number = self.told?.below;
        let fate = self.window.fate(number)?;
        let Timeout::PerProbe(timeout) = self.schedule.timeout else {
            return None;
        };
        let left = self.window.left(number).filter(|_| fate.is_set_aside())?;
        left.checked_add(timeout)
    }

    /// Whether an answer to this probe, which is not waited for, can be in time no more.
    fn is_final(&self, number: u64) -> bool {
        let due = self.next_outcome_due();
        due.is_some_and(|due| self.run.heard() >= due) || self.is_almost_forgotten(number)
    }

    /// Whether the next batch may take the place of this probe in memory.
    fn is_almost_forgotten(&self, number: u64) -> bool {
        number + WRAP <= self.window.next_number() + MOST_AT_ONCE
    }
}
