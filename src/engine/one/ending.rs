//! When a probe has had its time, and when the run is over.

use std::time::{Duration, Instant};

use super::super::fate::Fate;
use super::{One, Outstanding, PATIENCE, Step, TARGET, Timeout};
use crate::event::Ending;

/// How long the end of a run waits for answers that are due, at most: nobody notices it.
const GRACE: Duration = Duration::from_millis(50);

impl One {
    /// Whether as many replies came as were asked for, whatever is in flight.
    pub(super) fn has_enough(&self) -> bool {
        let received = self.record.counts.received;
        let counted = self
            .schedule
            .count
            .filter(|_| self.schedule.deadline.is_some());
        counted.is_some_and(|count| received >= count)
            || (self.schedule.until_reply && received > 0)
    }

    /// Why the run ends then.
    pub(super) fn ending_by_replies(&self) -> Ending {
        if self.schedule.until_reply {
            Ending::Reply
        } else {
            Ending::Complete
        }
    }

    /// The run is cut short: nothing is sent any more, but the last probe is given the time that others took, so that
    /// a fast run does not end with one that is called lost while its answer is on the way.
    pub(super) fn poll_cut(&mut self, cut: Instant, now: Instant) -> Step {
        let outstanding = self.window.next_number() - self.acknowledged;
        let round_trip = 2 * self.observed.longest();
        let answer_due = self.last_left.map_or(cut, |left| left + round_trip);
        let end = if outstanding > 0 {
            answer_due.clamp(cut, cut + GRACE)
        } else {
            cut
        };
        if now < end {
            return Step::Wait(Some(end));
        }
        // What had its time before the cut is lost; the rest is in flight.
        self.poll_overdue(cut)
            .or_else(|| self.run.once_heard(self.behind_errors(end), now))
            .unwrap_or(Step::Done)
    }

    /// This moment, or that of the last error, if it came later: a reply may lie behind it.
    fn behind_errors(&self, moment: Instant) -> Instant {
        self.set_aside.map_or(moment, |(_, told)| told.max(moment))
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
            return self.poll_settled(now);
        }
        let end = self.end_of_waiting();
        let Some(passed) = end.filter(|&end| now >= end) else {
            return Step::Wait(self.earliest(end));
        };
        if let Some(look) = self.run.once_heard(self.behind_errors(passed), now) {
            return look;
        }
        // What is open now is lost; say so before the statistics do.
        while let Some(number) = self.give_up_next() {
            if self.is_to_be_told(number) {
                return self.no_answer(number);
            }
        }
        Step::Done
    }

    /// Nothing is waited for any more. Errors are read before replies, and a reply that came with the last of them, or
    /// is due any moment, would still win.
    fn poll_settled(&self, now: Instant) -> Step {
        let Some((newest, told)) = self.set_aside else {
            return Step::Done;
        };
        let end = self.grace_behind_error(newest, told);
        if now < end {
            return Step::Wait(self.earliest(Some(end)));
        }
        self.run.once_heard(end, now).unwrap_or(Step::Done)
    }

    /// Until when the end of a run waits for the reply to a probe that was set aside: as long as other round trips took. `ping`
    /// ends with the last error, as its users' scripts expect.
    fn grace_behind_error(&self, number: u64, told: Instant) -> Instant {
        let fate = self.window.fate(number);
        let open = matches!(fate, Some(Fate::Rejected | Fate::Suspended));
        let speaks = matches!(
            self.schedule.outstanding,
            Outstanding::Overdue | Outstanding::Both
        );
        match self.window.left(number).filter(|_| open && speaks) {
            Some(left) => (left + 2 * self.observed.longest()).clamp(told, told + GRACE),
            None => told,
        }
    }

    /// Gives up the probes that have had their time, and speaks of them if that is wanted.
    pub(super) fn poll_overdue(&mut self, now: Instant) -> Option<Step> {
        self.skip_settled();
        while let Some(due) = self.next_overdue_time().filter(|&due| now >= due) {
            if let Some(look) = self.run.once_heard(due, now) {
                return Some(look);
            }
            let number = self.give_up_next()?;
            if self.is_to_be_told(number) {
                return Some(self.no_answer(number));
            }
            // The next one in flight may have time left.
            self.skip_settled();
        }
        None
    }

    fn no_answer(&self, number: u64) -> Step {
        Step::NoAnswer {
            target: TARGET,
            sequence: self.window.sequence(number),
        }
    }

    /// Whether the user wants to hear that this probe has had its time, and has not heard of it before.
    fn is_to_be_told(&mut self, number: u64) -> bool {
        let news = number >= self.mentioned;
        match self.schedule.outstanding {
            Outstanding::Silent | Outstanding::BeforeNext => false,
            Outstanding::Overdue | Outstanding::Both => {
                self.mentioned = self.mentioned.max(number + 1);
                news
            }
        }
    }

    /// Moves the cursor to the oldest probe that is in flight and was not reported as unanswered. Each probe is passed
    /// once, however long the run.
    fn skip_settled(&mut self) {
        self.overdue_cursor = self.overdue_cursor.max(self.window.oldest());
        while self
            .window
            .fate(self.overdue_cursor)
            .is_some_and(|fate| fate != Fate::InFlight)
        {
            self.overdue_cursor += 1;
        }
    }

    /// The oldest probe in flight that was not given up yet.
    pub(super) fn next_in_flight(&mut self) -> Option<u64> {
        self.skip_settled();
        let number = self.overdue_cursor;
        self.window.fate(number).map(|_| number)
    }

    /// Marks the oldest probe in flight that was not given up yet.
    fn give_up_next(&mut self) -> Option<u64> {
        let number = self.next_in_flight()?;
        let fate = match self.schedule.timeout {
            Timeout::PerProbe(_) => Fate::GivenUp,
            _ => Fate::Overdue,
        };
        self.window.settle(number, fate);
        Some(number)
    }

    /// When the oldest probe in flight will have had its time. All have the same time, so they become
    /// overdue in the order in which they left.
    fn next_overdue_time(&self) -> Option<Instant> {
        let patience = self.patience()?;
        self.window.left(self.overdue_cursor)?.checked_add(patience)
    }

    /// The time of one probe, if anybody cares about it.
    pub(super) fn patience(&self) -> Option<Duration> {
        match (self.schedule.timeout, self.schedule.outstanding) {
            (Timeout::PerProbe(timeout), _) => Some(timeout),
            (Timeout::Patient, outstanding) if outstanding != Outstanding::Silent => {
                let (least, most) = PATIENCE;
                Some((2 * self.observed.longest()).clamp(least, most))
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
            _ if self.record.counts.received > 0 => {
                let interval = self.pacer.interval(self.observed.smoothed());
                interval.max(2 * self.observed.longest())
            }
            Timeout::Linger(timeout) => timeout,
            Timeout::Patient => most,
        };
        self.last_left?.checked_add(wait)
    }

    /// The first of `moment`, the deadline, and the time of the next probe to become overdue.
    pub(super) fn earliest(&self, moment: Option<Instant>) -> Option<Instant> {
        [
            moment,
            self.run.cut(),
            self.next_overdue_time(),
            self.next_outcome_due(),
            self.next_watched_due(),
        ]
        .into_iter()
        .flatten()
        .min()
    }
}
