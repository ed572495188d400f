//! When probes time out, and when the run ends.

use std::time::{Duration, Instant};

use super::super::fate::Fate;
use super::{One, Outstanding, PATIENCE, Step, TARGET, Timeout, Unawaited};
use crate::event::Ending;

/// How much longer a run may last to wait for a reply that is due: nobody notices it.
const GRACE: Duration = Duration::from_millis(50);

impl One {
    /// Whether as many replies came as were asked for, even if probes are in flight.
    pub(super) fn has_enough(&self) -> bool {
        let received = self.record.counts.received;
        let counted = self
            .schedule
            .count
            .filter(|_| self.schedule.deadline.is_some());
        counted.is_some_and(|count| received >= count)
            || (self.schedule.until_reply && received > 0)
    }

    /// Why the run ends in that case.
    pub(super) fn ending_by_replies(&self) -> Ending {
        if self.schedule.until_reply {
            Ending::Reply
        } else {
            Ending::Complete
        }
    }

    /// The run is cut short, and sends nothing more. It waits as long as earlier round trips took, so that a fast run
    /// does not call its last probe lost while the reply is on its way.
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
        // Probes that timed out before the cut are lost; the others are in flight.
        self.poll_overdue(cut)
            .or_else(|| self.run.drain_first(self.after_errors(end), now))
            .unwrap_or(Step::Done)
    }

    /// `moment`, or the time of the last error if that is later: a reply may be queued behind the error.
    fn after_errors(&self, moment: Instant) -> Instant {
        self.unawaited
            .map_or(moment, |unawaited| unawaited.since.max(moment))
    }

    /// Whether more probes are to be sent. With a deadline, the count is one of replies.
    pub(super) fn wants_more(&self) -> bool {
        let counted = self
            .schedule
            .count
            .filter(|_| self.schedule.deadline.is_none());
        counted.is_none_or(|count| self.window.next_number() < count)
    }

    /// All probes are sent: waits for the open ones, but not beyond [`end_of_waiting`](Self::end_of_waiting).
    pub(super) fn poll_ending(&mut self, now: Instant) -> Step {
        if self.window.open() == 0 {
            return self.poll_settled(now);
        }
        let end = self.end_of_waiting();
        let Some(passed) = end.filter(|&end| now >= end) else {
            return Step::Wait(self.earliest(end));
        };
        if let Some(look) = self.run.drain_first(self.after_errors(passed), now) {
            return look;
        }
        // The open probes are lost: reports them before the statistics.
        while let Some(number) = self.time_out_next() {
            if self.should_report(number) {
                return self.no_answer(number);
            }
        }
        Step::Done
    }

    /// No probe is open. But errors are read before replies, so a reply may be queued behind the last error, or arrive
    /// any moment; it would still count.
    fn poll_settled(&self, now: Instant) -> Step {
        let Some(unawaited) = self.unawaited else {
            return Step::Done;
        };
        let end = self.grace_after_error(unawaited);
        if now < end {
            return Step::Wait(self.earliest(Some(end)));
        }
        self.run.drain_first(end, now).unwrap_or(Step::Done)
    }

    /// Until when the run waits for the reply to a rejected or suspended probe: as long as earlier round trips took.
    /// Under the name `ping`, the run ends with the last error, as scripts expect.
    fn grace_after_error(&self, unawaited: Unawaited) -> Instant {
        let Unawaited { newest, since } = unawaited;
        let fate = self.window.fate(newest);
        let open = matches!(fate, Some(Fate::Rejected | Fate::Suspended));
        let reports = matches!(
            self.schedule.outstanding,
            Outstanding::Overdue | Outstanding::Both
        );
        match self.window.left(newest).filter(|_| open && reports) {
            Some(left) => (left + 2 * self.observed.longest()).clamp(since, since + GRACE),
            None => since,
        }
    }

    /// Times out overdue probes, and returns a step to report one if that is wanted.
    pub(super) fn poll_overdue(&mut self, now: Instant) -> Option<Step> {
        self.skip_settled();
        while let Some(due) = self.next_overdue_time().filter(|&due| now >= due) {
            if let Some(look) = self.run.drain_first(due, now) {
                return Some(look);
            }
            let number = self.time_out_next()?;
            if self.should_report(number) {
                return Some(self.no_answer(number));
            }
            // The next probe in flight may not be due.
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

    /// Whether to report that this probe timed out: wanted, and not reported before.
    fn should_report(&mut self, number: u64) -> bool {
        let is_new = number >= self.no_answer_cursor;
        match self.schedule.outstanding {
            Outstanding::Silent | Outstanding::BeforeNext => false,
            Outstanding::Overdue | Outstanding::Both => {
                self.no_answer_cursor = self.no_answer_cursor.max(number + 1);
                is_new
            }
        }
    }

    /// Moves the cursor to the oldest probe in flight that has not timed out. It passes each probe once, however long
    /// the run.
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

    /// The oldest probe in flight that has not timed out.
    pub(super) fn next_in_flight(&mut self) -> Option<u64> {
        self.skip_settled();
        let number = self.overdue_cursor;
        self.window.fate(number).map(|_| number)
    }

    /// Times out the oldest probe in flight.
    fn time_out_next(&mut self) -> Option<u64> {
        let number = self.next_in_flight()?;
        let fate = match self.schedule.timeout {
            Timeout::PerProbe(_) => Fate::TimedOut,
            _ => Fate::Overdue,
        };
        self.window.settle(number, fate);
        Some(number)
    }

    /// When the oldest probe in flight times out. All have the same timeout, so they time out in the order of sending.
    fn next_overdue_time(&self) -> Option<Instant> {
        let patience = self.patience()?;
        self.window.left(self.overdue_cursor)?.checked_add(patience)
    }

    /// The timeout of a probe; `None` if nothing depends on it.
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

    /// When the run stops waiting for the last probes.
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

    /// The earliest of `moment`, the deadline, and the next instant at which an outcome becomes known.
    pub(super) fn earliest(&self, moment: Option<Instant>) -> Option<Instant> {
        let due = sooner(self.next_outcome_due(), self.next_watched_due());
        let due = sooner(due, self.next_overdue_time());
        sooner(sooner(moment, self.run.cut()), due)
    }
}

/// The earlier of two moments that may be unknown.
fn sooner(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
