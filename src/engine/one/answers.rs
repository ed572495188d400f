//! What an answer, or an error, means for the probe that it is about.

use std::time::{Duration, Instant};

use super::super::fate::Fate;
use super::super::sequence_wrap;
use super::timing::{self, Arrival};
use super::{Claim, IcmpError, News, One, Origin, Timeout, Verdict};
use crate::config::Timed;
use crate::event::{Reach, Reason, Standing, Timing};

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
            Standing::Reply if number.is_some_and(|number| self.was_told(number)) => Standing::Late,
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
        self.record.counts.add(standing);
        if let Some(number) = number {
            match standing {
                Standing::Reply => {
                    self.record.counts.late += u64::from(verdict.overdue);
                    self.record.counts.late_counted += u64::from(verdict.overdue);
                    verdict.reordered = self.accept(number, timing.as_ref(), claim.faithful);
                }
                Standing::Late => {
                    verdict.outcome =
                        fate.and_then(|fate| self.outcome_before_late_answer(number, fate));
                    self.settle(number, Fate::AnsweredLate);
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
            Fate::GivenUp | Fate::RejectedLate => Standing::Late,
            Fate::Answered | Fate::AnsweredLate => Standing::Duplicate,
            Fate::Queued | Fate::NotSent | Fate::Filtered => Standing::Unexpected,
        }
    }

    /// Whether a probe that took so long had had its time, even if nobody came to say so before its answer.
    fn is_late(&self, round_trip: Duration) -> bool {
        matches!(self.schedule.timeout, Timeout::PerProbe(timeout) if round_trip > timeout)
    }

    /// Books the reply to a probe; says whether one sent later was answered earlier (RFC 4737, section 3.3).
    fn accept(&mut self, number: u64, timing: Option<&Timing>, faithful: bool) -> bool {
        let before = self.window.fate(number);
        self.settle(number, Fate::Answered);
        if let Some(timing) = timing {
            self.observed.record(timing.under_way());
        }
        let counts = faithful || self.schedule.timed == Timed::All;
        self.record.accept(timing.filter(|_| counts));
        let round_trip = timing.filter(|_| counts).map(|timing| timing.round_trip);
        self.watch_answer(number, before, round_trip);
        self.acknowledge(number);
        let reordered = number < self.answered;
        self.answered = self.answered.max(number + 1);
        self.record.counts.reordered += u64::from(reordered);
        reordered
    }

    fn acknowledge(&mut self, number: u64) {
        self.acknowledged = self.acknowledged.max(number + 1);
        self.pipe = self.pipe.max(self.window.next_number() - number);
    }

    /// Changes what has become of a probe. What was told of it stays true.
    fn settle(&mut self, number: u64, fate: Fate) {
        let before = self.window.settle(number, fate);
        if let Some(before) = before.filter(|_| !self.was_told(number)) {
            self.record.change(before, fate);
        }
    }

    /// Books an ICMP error; tells how far the probe came if it is news.
    pub(super) fn reject(&mut self, error: &IcmpError, now: Instant) -> Option<News> {
        let number = self.window.find(error.sequence)?;
        self.record.counts.icmp_errors += 1;
        let is_behind_outcome = self.was_told(number);
        let news = |reach| News {
            number,
            reach,
            is_behind_outcome,
            is_repeated: false,
        };
        let fate = match self.window.fate(number)? {
            Fate::InFlight | Fate::Overdue | Fate::Suspended => Fate::Rejected,
            Fate::GivenUp => Fate::RejectedLate,
            Fate::NotSent if error.origin == Origin::ThisHost => Fate::Filtered,
            Fate::Queued
            | Fate::NotSent
            | Fate::Answered
            | Fate::AnsweredLate
            | Fate::Rejected
            | Fate::RejectedLate
            | Fate::Filtered => {
                return Some(News {
                    is_repeated: true,
                    ..news(Reach::Left)
                });
            }
        };
        self.settle(number, fate);
        self.record.counts.rejected += 1;
        if fate == Fate::Filtered {
            // It acknowledges nothing, or a flood would spin on it.
            self.record.counts.filtered += 1;
            return Some(news(Reach::NotSent));
        }
        let reason = Reason::Rejected {
            problem: error.problem,
            reporter: Some(error.reporter),
        };
        self.watch_rejection(self.probe(number), reason);
        self.acknowledge(number);
        self.set_aside(number, now);
        // The probes that follow leave in fragments, and the driver's stamp is only of the first one.
        self.in_fragments |= error.problem.is_too_big();
        Some(news(Reach::Left))
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
            self.settle(number, Fate::Suspended);
            self.set_aside(number, now);
            found += 1;
        }
        self.woken = Some(now);
        self.watch_suspension();
        found
    }
}
