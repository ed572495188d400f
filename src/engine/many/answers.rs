//! What an answer, or an error, means for the target and the probe that it is about.

use super::super::fate::Fate;
use super::super::timing::{self, Arrival};
use super::super::{Claim, IcmpError, Origin, Rejection, Verdict, sequence_wrap};
use super::Many;
use super::flights::{Flights, Found, NOWHERE};
use super::ledger::State;
use crate::event::{Problem, Reach, Reason, Standing, TargetNumber, Timing};

/// The probe that a sequence number tells.
#[derive(Debug, Clone, Copy)]
pub(super) struct ProbeRef {
    /// Its number among the target's probes.
    pub(super) number: u32,
    /// How many came after it.
    pub(super) back: u32,
}

impl Many {
    /// What a message is worth that claims to answer a probe.
    pub(super) fn classify(&mut self, claim: &Claim<'_>, arrival: Arrival) -> Verdict {
        let told = self.told(claim.target, claim.sequence);
        let found = told.and_then(|told| self.found(claim.target, told));
        let between = found.map(|found| {
            let departure = timing::Departure {
                called: found.left,
                offsets: found.offsets,
                hardware: None,
            };
            timing::between(&departure, &arrival, self.schedule.start)
        });
        let standing = match (self.standing(claim, told, found), between) {
            (Standing::Reply, Some(timing)) if self.is_late(&timing) => Standing::Late,
            (Standing::Reply, _) if self.was_told(found) => Standing::Late,
            (standing, _) => standing,
        };
        // Where the clocks that time it stood still meanwhile, it took that long at least.
        let is_known = found.is_some_and(|found| self.suspended.are_over_since(found.left));
        let timing = between.filter(|_| is_known);
        (self.records).note(claim.target, |record| record.counts.add(standing));
        let (mut reordered, mut outcome) = (false, None);
        if let Some(told) = told {
            match standing {
                Standing::Reply => {
                    let timing = timing.filter(|_| claim.faithful);
                    reordered = self.accept(claim.target, told, found, timing);
                }
                Standing::Late => {
                    outcome = self.outcome_before_late_answer(found);
                    self.settle(claim.target, told, found, Fate::AnsweredLate);
                    if self.is_alive_scan() {
                        self.change(claim.target, |entry| entry.note_late_answer(told.back));
                    }
                }
                _ => {}
            }
        }
        let of_this_probe = !matches!(
            standing,
            Standing::BadToken | Standing::Stale | Standing::Unexpected | Standing::BadChecksum
        );
        Verdict {
            number: told.map(|told| told.number.into()),
            standing,
            timing: timing.filter(|_| of_this_probe),
            overdue: false,
            reordered,
            outcome,
        }
    }

    /// The newest probe to this target with this sequence number, if one was tried.
    fn told(&self, target: TargetNumber, sequence: u16) -> Option<ProbeRef> {
        let ordinal = sequence.wrapping_sub(self.schedule.first_sequence);
        self.newest_with(target, ordinal)
    }

    /// The same, given its sequence number counted from that of the target's first probe.
    pub(super) fn newest_with(&self, target: TargetNumber, ordinal: u16) -> Option<ProbeRef> {
        let entry = self.targets.get(target as usize)?;
        let back = entry.back(ordinal)?;
        let number = entry.tried.checked_sub(back + 1)?;
        Some(ProbeRef { number, back })
    }

    /// What is known of it.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "the ordinals of flights are probe numbers modulo 65,536"
    )]
    fn found(&self, target: TargetNumber, told: ProbeRef) -> Option<Found> {
        let newest = self.targets.get(target as usize)?.newest;
        let ordinal = told.number as u16;
        if !self.is_alive_scan() {
            return self.tries.first()?.find(target, newest, ordinal);
        }
        if self.suspended.all(target) > 0 {
            let mut all = self.tries.iter();
            return all.find_map(|flights| flights.search(target, ordinal));
        }
        let flights = self.tries.get(told.number as usize)?;
        if told.back == 0 && newest != NOWHERE {
            flights.find(target, newest, ordinal)
        } else {
            flights.search(target, ordinal)
        }
    }

    /// Whether it carries the token of a probe in memory that left.
    pub(super) fn carries_token(&self, claim: &Claim<'_>) -> bool {
        let told = self.told(claim.target, claim.sequence);
        let found = told.and_then(|told| self.found(claim.target, told));
        let standing = self.standing(claim, told, found);
        let has_left = found.is_some_and(|found| found.fate.has_left());
        let is_of_it = matches!(
            standing,
            Standing::Reply | Standing::Late | Standing::Duplicate
        );
        has_left && is_of_it
    }

    fn standing(
        &self,
        claim: &Claim<'_>,
        told: Option<ProbeRef>,
        found: Option<Found>,
    ) -> Standing {
        if !claim.checksum_valid {
            return Standing::BadChecksum;
        }
        let Some(told) = told else {
            return Standing::Unexpected;
        };
        let token = |number| self.tokens.of(claim.target, number);
        let fits = |number| u32::try_from(number).is_ok_and(|it| claim.evidence.fits(&token(it)));
        if let Some(mismatch) = sequence_wrap::classify_mismatch(told.number.into(), fits) {
            return mismatch;
        }
        let fate = found.map(|found| found.fate);
        if fate.is_some_and(|fate| !fate.has_left()) {
            Standing::Unexpected
        } else if self.is_alive_scan() {
            self.classify_scan(claim.target, told, fate)
        } else {
            self.classify_round(claim.target, told, fate)
        }
    }

    /// Any answer shows that a target is alive, to whichever try; each try has a first answer.
    fn classify_scan(&self, target: TargetNumber, told: ProbeRef, fate: Option<Fate>) -> Standing {
        let Some(entry) = self.targets.get(target as usize) else {
            return Standing::Unexpected;
        };
        if entry.was_answered(told.back) || fate.is_some_and(Fate::is_answered) {
            return Standing::Duplicate;
        }
        // Of one that is forgotten it is known only that it may never have left.
        let may_have_left = fate.is_some()
            || !entry.was_excluded(told.back)
            || self.suspended.is_open(target, told.number);
        match entry.state {
            State::Asked | State::Alive if may_have_left => Standing::Reply,
            State::Dead if may_have_left => Standing::Late,
            _ => Standing::Unexpected,
        }
    }

    fn classify_round(&self, target: TargetNumber, told: ProbeRef, fate: Option<Fate>) -> Standing {
        let entry = self.targets.get(target as usize);
        let answered = entry.is_some_and(|entry| entry.was_answered(told.back));
        match fate {
            _ if answered || self.has_answer(fate) => Standing::Duplicate,
            Some(Fate::InFlight | Fate::Rejected | Fate::Suspended) => Standing::Reply,
            _ => Standing::Late,
        }
    }

    /// Whether a probe had its answer before. Of one that is forgotten that is not known if others are that had none.
    fn has_answer(&self, fate: Option<Fate>) -> bool {
        let is_forgetful = self.tries.iter().any(Flights::is_forgetful);
        fate.map_or(!is_forgetful, Fate::is_answered)
    }

    /// Whether a probe that took so long had had its time, even if nobody came to say so before its answer.
    fn is_late(&self, timing: &Timing) -> bool {
        !self.is_alive_scan() && timing.round_trip > self.schedule.timeout
    }

    /// Books the reply to a probe; says whether one sent later was answered earlier (RFC 4737, section 3.3).
    fn accept(
        &mut self,
        target: TargetNumber,
        told: ProbeRef,
        found: Option<Found>,
        timing: Option<Timing>,
    ) -> bool {
        self.settle(target, told, found, Fate::Answered);
        let index = target as usize;
        let entry = self.targets.get(index);
        let was_overtaken = if self.is_alive_scan() {
            entry.is_some_and(|entry| entry.was_overtaken(told.back))
        } else {
            found.is_some_and(|found| found.overtaken)
        };
        self.change(target, |entry| entry.note_answer(told.back));
        if let Some(found) = found {
            let round_trip = timing.map(|timing| timing.round_trip);
            self.watch_answer(target, told, (found.left, round_trip));
        }
        match timing {
            Some(timing) => self.times.record(index, timing.round_trip),
            None => self.times.note_untimed(index),
        }
        self.records.note(target, |record| {
            record.counts.reordered += u64::from(was_overtaken);
            record.accept(timing.as_ref());
        });
        self.decide(target, State::Alive);
        was_overtaken
    }

    /// This has become of a probe to this target.
    fn settle(&mut self, target: TargetNumber, told: ProbeRef, found: Option<Found>, fate: Fate) {
        let is_told = self.was_told(found);
        let was_suspended = !is_told && self.suspended.settle(target, told.number);
        // It is known for longer than there is room for the probe.
        let suspended = was_suspended.then_some(Fate::Suspended);
        let before = suspended.or(found.map(|found| found.fate));
        if let Some(before) = before.filter(|_| !is_told) {
            (self.records).note(target, |record| record.change(before, fate));
        }
        if let Some(found) = found
            && let Some(flights) = self.tries.get_mut(found.try_number)
        {
            flights.settle(found.position, fate);
        }
    }

    /// Books an ICMP error; tells how far the probe came if it is news.
    ///
    /// Where it is asked who is alive, an error decides that the target is not; but one that may not be true of the next
    /// try ends only this one: that it was too big, where the next one goes in fragments and is sent at once, and what
    /// this host itself says: then the next one is sent when the time of this one is over.
    pub(super) fn reject(&mut self, error: &IcmpError) -> Option<Rejection> {
        let IcmpError {
            target, problem, ..
        } = *error;
        let told = self.told(target, error.sequence)?;
        (self.records).note(target, |record| record.counts.icmp_errors += 1);
        let found = self.found(target, told);
        let is_behind_outcome = self.was_told(found);
        let news = |reach| Rejection {
            number: told.number.into(),
            reach,
            is_behind_outcome,
            is_repeated: false,
        };
        let repeated = Rejection {
            is_repeated: true,
            ..news(Reach::Left)
        };
        let Some(found) = found else {
            return Some(repeated);
        };
        let fate = match found.fate {
            Fate::InFlight | Fate::Suspended => Fate::Rejected,
            Fate::TimedOut if self.may_be_answered_yet(target, told) => Fate::Rejected,
            Fate::TimedOut => Fate::RejectedLate,
            Fate::NotSent if error.origin == Origin::ThisHost => {
                self.settle(target, told, Some(found), Fate::Filtered);
                self.filtered(target, problem);
                return Some(news(Reach::NotSent));
            }
            _ => return Some(repeated),
        };
        self.settle(target, told, Some(found), fate);
        self.change(target, |entry| entry.exclude(told.back));
        (self.records).note(target, |record| record.counts.rejected += 1);
        self.has_news_of_errors = true;
        let is_advice = self.is_advice(problem);
        self.in_fragments |= is_advice;
        let reporter = Some(error.reporter);
        let reason = if is_advice {
            Reason::TooBig { problem, reporter }
        } else {
            Reason::Rejected { problem, reporter }
        };
        self.watch_rejection(target, told, reason);
        if !is_advice && error.origin == Origin::Network {
            self.bury(target, reason);
            return Some(news(Reach::Left));
        }
        self.explain(target, reason);
        if self.is_alive_scan() && found.fate == Fate::InFlight {
            if is_advice {
                self.had_its_time(target, found.try_number);
            } else {
                self.hold(target, &found);
            }
        }
        Some(news(Reach::Left))
    }

    /// Whether an answer to a probe that nobody waits for would count all the same: where it is asked who is alive.
    fn may_be_answered_yet(&self, target: TargetNumber, told: ProbeRef) -> bool {
        let entry = self.targets.get(target as usize);
        self.is_alive_scan() && entry.is_some_and(|entry| entry.is_unawaited(told.back))
    }

    /// A packet filter of this host says why a probe did not leave. What follows from that was done when it did not.
    fn filtered(&mut self, target: TargetNumber, problem: Problem) {
        self.records.note(target, |record| {
            record.counts.rejected += 1;
            record.counts.filtered += 1;
        });
        let entry = self.targets.get(target as usize);
        let reason = entry.and_then(|entry| self.reasons.reason(entry.reason));
        // A later probe may have left.
        if reason.is_some_and(|reason| matches!(reason, Reason::NotSent { .. })) {
            self.explain(target, Reason::Filtered { problem });
        }
    }

    /// The number of the probe with this sequence number, if it is in memory and left.
    pub(super) fn known_number(&self, target: TargetNumber, sequence: u16) -> Option<u64> {
        let told = self.told(target, sequence)?;
        let found = self.found(target, told)?;
        found.fate.has_left().then(|| told.number.into())
    }

    /// A target is tried once more when the time of its last try is over.
    fn hold(&mut self, target: TargetNumber, last: &Found) {
        let timeout = self.tries.get(last.try_number).map(Flights::timeout);
        let end = last.left.checked_add(timeout.unwrap_or_default());
        (self.held).push(target, last.try_number, end.unwrap_or(last.left));
    }
}
