//! What an answer, or an error, means for the probe that it is about.

use std::time::{Duration, Instant};

use super::super::sequence_wrap;
use super::timing::{self, Arrival};
use super::window::Fate;
use super::{Claim, IcmpError, News, One, Origin, Timeout, Verdict};
use crate::config::Timed;
use crate::event::{Reach, Standing, Timing};

impl One {
    /// What a message is worth that claims to answer a probe.
    pub(super) fn classify(&mut self, claim: &Claim<'_>, arrival: Arrival) -> Verdict {
        let number = self.window.find(claim.sequence);
        let departure = number.and_then(|number| self.departure(number));
        let fate = number.and_then(|number| self.window.fate(number));
        let start = self.schedule.start;
        let between = departure.map(|departure| timing::between(&departure, &arrival, start));
        let round_trip = between.map(|timing| timing.round_trip);
        // Where the clocks that time it stood still meanwhile, it took that long at least.
        let timing = between.filter(|_| number.is_some_and(|number| self.has_not_slept(number)));
        let standing = match self.judge(claim, number, fate) {
            Standing::Reply if round_trip.is_some_and(|time| self.is_late(time)) => Standing::Late,
            standing => standing,
        };
        let of_this_probe = match standing {
            Standing::BadToken | Standing::Stale | Standing::Unexpected => false,
            // iputils prints its round trip.
            Standing::BadChecksum => self.schedule.timed == Timed::All,
            Standing::Reply | Standing::Late | Standing::Duplicate => true,
        };
        let mut verdict = Verdict {
            number,
            standing,
            timing: timing.filter(|_| of_this_probe),
            overdue: fate == Some(Fate::Overdue),
            reordered: false,
            outcome: None,
        };
        self.counts.add(standing);
        if let Some(number) = number {
            match standing {
                Standing::Reply => {
                    self.counts.late += u64::from(verdict.overdue);
                    self.counts.late_counted += u64::from(verdict.overdue);
                    self.counts.suspended -= u64::from(fate == Some(Fate::Suspended));
                    verdict.reordered = self.accept(number, timing.as_ref(), claim.faithful);
                }
                Standing::Late => {
                    let is_told = self.was_told(number);
                    self.counts.suspended -= u64::from(fate == Some(Fate::Suspended) && !is_told);
                    verdict.outcome =
                        fate.and_then(|fate| self.outcome_before_late_answer(number, fate));
                    self.window.settle(number, Fate::AnsweredLate);
                }
                _ => {}
            }
        }
        verdict
    }

    /// Whether this host has not been suspended since a probe left.
    fn has_not_slept(&self, number: u64) -> bool {
        let left = self.window.left(number);
        self.woken.is_none_or(|woken| left >= Some(woken))
    }

    /// When a probe in memory left, by all clocks.
    fn departure(&self, number: u64) -> Option<timing::Departure> {
        Some(timing::Departure {
            called: self.window.left(number)?,
            offsets: self.window.offsets(number)?,
            hardware: self.hardware.of(number),
        })
    }

    fn judge(&self, claim: &Claim<'_>, number: Option<u64>, fate: Option<Fate>) -> Standing {
        if !claim.checksum_valid {
            return Standing::BadChecksum;
        }
        let (Some(number), Some(fate)) = (number, fate) else {
            return Standing::Unexpected;
        };
        let fits = |number| claim.evidence.fits(&self.tokens.of(number));
        if let Some(mismatch) = sequence_wrap::classify_mismatch(number, fits) {
            return mismatch;
        }
        match fate {
            Fate::InFlight | Fate::Overdue | Fate::Rejected | Fate::Suspended => Standing::Reply,
            Fate::GivenUp => Standing::Late,
            Fate::Answered | Fate::AnsweredLate => Standing::Duplicate,
            Fate::NotSent | Fate::Filtered => Standing::Unexpected,
        }
    }

    /// Whether a probe that took so long had had its time, even if nobody came to say so before its answer.
    fn is_late(&self, round_trip: Duration) -> bool {
        matches!(self.schedule.timeout, Timeout::PerProbe(timeout) if round_trip > timeout)
    }

    /// Books the reply to a probe; says whether one sent later was answered earlier (RFC 4737, section 3.3).
    fn accept(&mut self, number: u64, timing: Option<&Timing>, faithful: bool) -> bool {
        self.window.settle(number, Fate::Answered);
        if let Some(timing) = timing {
            self.observed.record(timing.under_way());
        }
        let counts = faithful || self.schedule.timed == Timed::All;
        if let Some(timing) = timing.filter(|_| counts) {
            self.round_trips.record(timing.round_trip);
            self.queue_waits.record(timing.queued);
            self.sources.add(timing.source);
        } else {
            self.counts.untimed += 1;
        }
        self.acknowledge(number);
        let reordered = number < self.answered;
        self.answered = self.answered.max(number + 1);
        self.counts.reordered += u64::from(reordered);
        reordered
    }

    fn acknowledge(&mut self, number: u64) {
        self.acknowledged = self.acknowledged.max(number + 1);
        self.pipe = self.pipe.max(self.window.next_number() - number);
    }

    /// Books an ICMP error; tells how far the probe came if it is news.
    pub(super) fn reject(&mut self, error: &IcmpError, now: Instant) -> Option<News> {
        let number = self.window.find(error.sequence)?;
        let fate = self.window.fate(number)?;
        let news = |reach| News {
            number,
            reach,
            is_behind_outcome: self.was_told(number),
        };
        let (left, not_sent) = (news(Reach::Left), news(Reach::NotSent));
        match fate {
            Fate::InFlight | Fate::Overdue | Fate::GivenUp | Fate::Suspended => {
                self.counts.suspended -=
                    u64::from(fate == Fate::Suspended && !self.was_told(number));
                self.window.settle(number, Fate::Rejected);
                self.counts.rejected += 1;
                self.acknowledge(number);
                self.set_aside(number, now);
                // The probes that follow leave in fragments, and the driver's stamp is only of the first one.
                self.in_fragments |= error.problem.is_too_big();
                Some(left)
            }
            // It acknowledges nothing, or a flood would spin on it.
            Fate::NotSent if error.origin == Origin::ThisHost => {
                self.window.settle(number, Fate::Filtered);
                self.counts.rejected += 1;
                self.counts.filtered += 1;
                Some(not_sent)
            }
            Fate::NotSent
            | Fate::Answered
            | Fate::AnsweredLate
            | Fate::Rejected
            | Fate::Filtered => None,
        }
    }

    /// Nobody waits for the answer to this probe any more, but it may have arrived by `now`.
    fn set_aside(&mut self, number: u64, now: Instant) {
        let newest = self.set_aside.map_or(0, |(newest, _)| newest);
        self.set_aside = Some((newest.max(number), now));
    }

    /// This host was suspended: sets aside the probes that were in flight, and says how many they are.
    pub(super) fn set_aside_all(&mut self, now: Instant) -> u64 {
        let mut found = 0;
        while let Some(number) = self.next_in_flight() {
            self.window.settle(number, Fate::Suspended);
            self.set_aside(number, now);
            found += 1;
        }
        self.counts.suspended += found;
        self.woken = Some(now);
        found
    }
}
