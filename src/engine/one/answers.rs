//! What a reply or an ICMP error means for its probe.

use std::time::{Duration, Instant};

use super::super::fate::Fate;
use super::super::sequence_wrap;
use super::timing::{self, Arrival};
use super::{Claim, IcmpError, One, Origin, Rejection, Timeout, Unawaited, Verdict};
use crate::config::Timed;
use crate::event::{Reach, Reason, Standing, Timing};

impl One {
    /// Classifies a message that claims to answer a probe, and counts it.
    pub(super) fn classify(&mut self, claim: &Claim<'_>, arrival: Arrival) -> Verdict {
        let number = self.window.find(claim.sequence);
        let departure = number.and_then(|number| self.departure(number));
        let fate = number.and_then(|number| self.window.fate(number));
        let start = self.schedule.start;
        let between = departure.map(|departure| timing::between(&departure, &arrival, start));
        let round_trip = between.map(|timing| timing.round_trip);
        // The clocks stood still during a suspension: that round trip is only a lower bound.
        let timing = between.filter(|_| number.is_some_and(|number| self.clocks_ran_since(number)));
        let standing = match self.standing(claim, number, fate) {
            Standing::Reply if round_trip.is_some_and(|time| self.is_late(time)) => Standing::Late,
            Standing::Reply if number.is_some_and(|number| self.was_reported(number)) => {
                Standing::Late
            }
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

    /// Whether this host was not suspended since the probe was sent.
    fn clocks_ran_since(&self, number: u64) -> bool {
        let left = self.window.left(number);
        self.last_wake
            .is_none_or(|last_wake| left >= Some(last_wake))
    }

    /// When a probe in memory was sent, by all clocks.
    fn departure(&self, number: u64) -> Option<timing::Departure> {
        Some(timing::Departure {
            called: self.window.left(number)?,
            offsets: self.window.offsets(number)?,
            hardware: self.hardware.of(number),
        })
    }

    fn standing(&self, claim: &Claim<'_>, number: Option<u64>, fate: Option<Fate>) -> Standing {
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
            Fate::TimedOut | Fate::RejectedLate => Standing::Late,
            Fate::Answered | Fate::AnsweredLate => Standing::Duplicate,
            Fate::Queued | Fate::NotSent | Fate::Filtered => Standing::Unexpected,
        }
    }

    /// Whether the timeout of a probe expired before its reply, even if the engine was not polled in between.
    fn is_late(&self, round_trip: Duration) -> bool {
        matches!(self.schedule.timeout, Timeout::PerProbe(timeout) if round_trip > timeout)
    }

    /// Counts a reply. Returns whether a probe sent later was answered earlier (RFC 4737, section 3.3).
    fn accept(&mut self, number: u64, timing: Option<&Timing>, faithful: bool) -> bool {
        let before = self.window.fate(number);
        self.settle(number, Fate::Answered);
        if let Some(timing) = timing {
            self.observed.record(timing.under_way());
        }
        let counts = faithful || self.schedule.timed == Timed::All;
        self.record.accept(timing.filter(|_| counts));
        let round_trip = timing.filter(|_| counts).map(|timing| timing.round_trip);
        if let (Some(sizes), Some(round_trip)) = (&mut self.sizes, round_trip) {
            sizes.note(number, round_trip);
        }
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

    /// Changes the state of a probe; a reported outcome stays.
    fn settle(&mut self, number: u64, fate: Fate) {
        let before = self.window.settle(number, fate);
        if let Some(before) = before.filter(|_| !self.was_reported(number)) {
            self.record.change(before, fate);
        }
    }

    /// Counts an ICMP error. Returns what it means, or `None` if its probe is not in memory.
    pub(super) fn reject(&mut self, error: &IcmpError, now: Instant) -> Option<Rejection> {
        let number = self.window.find(error.sequence)?;
        self.record.counts.icmp_errors += 1;
        let is_behind_outcome = self.was_reported(number);
        let rejection = |reach| Rejection {
            number,
            reach,
            is_behind_outcome,
            is_repeated: false,
        };
        let fate = match self.window.fate(number)? {
            Fate::InFlight | Fate::Overdue | Fate::Suspended => Fate::Rejected,
            Fate::TimedOut => Fate::RejectedLate,
            Fate::NotSent if error.origin == Origin::ThisHost => Fate::Filtered,
            Fate::Queued
            | Fate::NotSent
            | Fate::Answered
            | Fate::AnsweredLate
            | Fate::Rejected
            | Fate::RejectedLate
            | Fate::Filtered => {
                return Some(Rejection {
                    is_repeated: true,
                    ..rejection(Reach::Left)
                });
            }
        };
        self.settle(number, fate);
        self.record.counts.rejected += 1;
        if fate == Fate::Filtered {
            // It acknowledges nothing; otherwise a flood would spin.
            self.record.counts.filtered += 1;
            return Some(rejection(Reach::NotSent));
        }
        let reason = Reason::Rejected {
            problem: error.problem,
            reporter: Some(error.reporter),
        };
        self.watch_rejection(self.probe(number), reason);
        self.acknowledge(number);
        self.stop_awaiting(number, now);
        // The following probes are sent in fragments, and the driver stamps only the first.
        self.in_fragments |= error.problem.is_too_big();
        Some(rejection(Reach::Left))
    }

    /// Stops waiting for this probe's reply, which may have arrived by `now`.
    fn stop_awaiting(&mut self, number: u64, now: Instant) {
        let newest = self.unawaited.map_or(0, |unawaited| unawaited.newest);
        self.unawaited = Some(Unawaited {
            newest: newest.max(number),
            since: now,
        });
    }

    /// This host was suspended: stops waiting for the probes in flight. Returns how many there were.
    pub(super) fn suspend_in_flight(&mut self, now: Instant) -> u64 {
        let mut found = 0;
        while let Some(number) = self.next_in_flight() {
            self.settle(number, Fate::Suspended);
            self.stop_awaiting(number, now);
            found += 1;
        }
        self.last_wake = Some(now);
        self.watch_suspension();
        found
    }
}
