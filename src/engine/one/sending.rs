//! Which probe is sent next, when, and how many with one system call.

use std::time::Instant;

use super::super::fate::Fate;
use super::{MAX_BATCH, One, Outstanding, Step, TARGET};
use crate::config::Pace;

impl One {
    pub(super) fn poll_sending(&mut self, now: Instant) -> Step {
        match self.next_send() {
            Some(due) if due > now => Step::Wait(self.earliest(Some(due))),
            // Replies are read even if the interval is shorter than a send takes.
            _ if !self.read_since_send => Step::Wait(Some(now)),
            _ => {
                if let Some(sequence) = self.unanswered_before_next() {
                    return Step::NoAnswer {
                        target: TARGET,
                        sequence,
                    };
                }
                self.batch_size = self.batch_limit();
                self.hand_out()
            }
        }
    }

    pub(super) fn hand_out(&mut self) -> Step {
        let number = self.window.next_number() + self.batched;
        self.batched += 1;
        Step::Transmit(self.numbered(number))
    }

    /// How many probes may be sent together: in a flood with a preload as many as are not in flight, otherwise one.
    fn batch_limit(&self) -> u64 {
        // Nothing is sent before the replies that may change it are read.
        let is_one_enough = self.schedule.until_reply
            || (self.schedule.deadline.is_some() && self.schedule.count.is_some());
        let is_reported_before = matches!(
            self.schedule.outstanding,
            Outstanding::BeforeNext | Outstanding::Both
        );
        let in_turn = is_one_enough || is_reported_before || self.backoff.retry_at().is_some();
        if in_turn || self.schedule.pace != Pace::Flood {
            return 1;
        }
        let next = self.window.next_number();
        let room = u64::from(self.schedule.preload).saturating_sub(next - self.acknowledged);
        let count = self.schedule.count.unwrap_or(u64::MAX);
        room.min(count.saturating_sub(next)).clamp(1, MAX_BATCH)
    }

    fn next_send(&self) -> Option<Instant> {
        if let Some(again) = self.backoff.retry_at() {
            return Some(again);
        }
        let outstanding = self.window.next_number() - self.acknowledged;
        self.pacer.due(outstanding, self.observed.smoothed())
    }

    /// With `-O`: the sequence number of the last probe, if it is unanswered and not yet reported.
    fn unanswered_before_next(&mut self) -> Option<u16> {
        let last = self.window.next_number().checked_sub(1)?;
        let wanted = matches!(
            self.schedule.outstanding,
            Outstanding::BeforeNext | Outstanding::Both
        );
        if !wanted || last < self.no_answer_cursor {
            return None;
        }
        self.no_answer_cursor = last + 1;
        // As in iputils, a rejected probe is reported too: its reply may still come.
        let is_reported = match self.window.fate(last)? {
            Fate::InFlight
            | Fate::Overdue
            | Fate::TimedOut
            | Fate::Rejected
            | Fate::RejectedLate => true,
            // iputils does not know that it was not sent.
            Fate::NotSent | Fate::Filtered => self.schedule.outstanding == Outstanding::BeforeNext,
            Fate::Queued | Fate::Answered | Fate::AnsweredLate | Fate::Suspended => false,
        };
        is_reported.then(|| self.window.sequence(last))
    }
}
