//! When a probe has had its time, and when the run is over.

use std::time::{Duration, Instant};

use super::{Engine, Fate, Outstanding, PATIENCE, Step, Timeout};

impl Engine {
    /// Whether the run ends now, whatever is in flight.
    pub(super) fn is_cut_short(&self, now: Instant) -> bool {
        let received = self.counts.received;
        let enough_replies = self.schedule.deadline.is_some()
            && self.schedule.count.is_some_and(|count| received >= count);
        self.stopped
            || enough_replies
            || (self.schedule.until_reply && received > 0)
            || self.deadline().is_some_and(|deadline| now >= deadline)
    }

    /// Whether probes are still to be sent. With a deadline, the count is one of replies.
    pub(super) fn wants_more(&self) -> bool {
        let counted = self
            .schedule
            .count
            .filter(|_| self.schedule.deadline.is_none());
        counted.is_none_or(|count| self.window.next_number() < count)
    }

    /// All probes are sent: waits for what is still open, but not for ever.
    pub(super) fn poll_ending(&mut self, now: Instant) -> Step {
        if self.window.open() == 0 {
            return Step::Done;
        }
        let end = self.end_of_waiting();
        if end.is_some_and(|end| now >= end) {
            // What is open now is lost; say so before the statistics do.
            return match self.speak_of_next() {
                Some(sequence) if self.schedule.outstanding == Outstanding::Overdue => {
                    Step::NoAnswer(sequence)
                }
                _ => Step::Done,
            };
        }
        Step::Wait(self.earliest(end))
    }

    /// The next probe that has just become overdue, if that is to be spoken of. Under a timeout of its own,
    /// the probe is given up.
    pub(super) fn next_overdue(&mut self, now: Instant) -> Option<u16> {
        while self.next_overdue_time().is_some_and(|due| now >= due) {
            let sequence = self.speak_of_next()?;
            if self.schedule.outstanding == Outstanding::Overdue {
                return Some(sequence);
            }
        }
        None
    }

    /// Moves the cursor to the oldest probe that is in flight and was not spoken of. Each probe is passed
    /// once, however long the run.
    pub(super) fn skip_settled(&mut self) {
        self.overdue_cursor = self.overdue_cursor.max(self.window.oldest());
        while self
            .window
            .fate(self.overdue_cursor)
            .is_some_and(|fate| fate != Fate::InFlight)
        {
            self.overdue_cursor += 1;
        }
    }

    /// Marks the oldest probe in flight that was not spoken of yet.
    fn speak_of_next(&mut self) -> Option<u16> {
        self.skip_settled();
        let number = self.overdue_cursor;
        self.window.fate(number)?;
        let fate = match self.schedule.timeout {
            Timeout::PerProbe(_) => Fate::GivenUp,
            _ => Fate::Overdue,
        };
        self.window.settle(number, fate);
        Some(self.window.sequence(number))
    }

    /// When the oldest probe in flight will have had its time. All have the same time, so they become
    /// overdue in the order in which they left.
    fn next_overdue_time(&self) -> Option<Instant> {
        let patience = self.patience()?;
        self.window.left(self.overdue_cursor)?.checked_add(patience)
    }

    /// The time of one probe, if anybody cares about it.
    fn patience(&self) -> Option<Duration> {
        match (self.schedule.timeout, self.schedule.outstanding) {
            (Timeout::PerProbe(timeout), _) => Some(timeout),
            (Timeout::Patient, Outstanding::Overdue | Outstanding::BeforeNext) => {
                let (least, most) = PATIENCE;
                Some((2 * self.round_trips.max()).clamp(least, most))
            }
            _ => None,
        }
    }

    /// When the wait for the last probes ends.
    fn end_of_waiting(&self) -> Option<Instant> {
        let (_, most) = PATIENCE;
        let wait = match self.schedule.timeout {
            Timeout::Never => return None,
            Timeout::PerProbe(timeout) => timeout,
            _ if self.counts.received > 0 => {
                let interval = self.pacer.interval(self.round_trips.ewma());
                interval.max(2 * self.round_trips.max())
            }
            Timeout::Linger(timeout) => timeout,
            Timeout::Patient => most,
        };
        self.last_left?.checked_add(wait)
    }

    fn deadline(&self) -> Option<Instant> {
        self.start.checked_add(self.schedule.deadline?)
    }

    /// The first of `moment`, the deadline, and the time of the next probe to become overdue.
    pub(super) fn earliest(&self, moment: Option<Instant>) -> Option<Instant> {
        [moment, self.deadline(), self.next_overdue_time()]
            .into_iter()
            .flatten()
            .min()
    }
}
