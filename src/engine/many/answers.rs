//! What a reply or an ICMP error means for its target and probe.

use super::super::fate::Fate;
use super::super::timing::{self, Arrival};
use super::super::{Claim, IcmpError, Origin, Rejection, Verdict, sequence_wrap};
use super::Many;
use super::flights::{Flights, Found, NOWHERE};
use super::ledger::State;
use crate::event::{Problem, Reach, Reason, Standing, TargetNumber, Timing};

/// The probe that a sequence number refers to.
#[derive(Debug, Clone, Copy)]
pub(super) struct ProbeRef {
    /// Its number among the target's probes.
    pub(super) number: u32,
    /// How many probes were sent after it.
    pub(super) back: u32,
}

impl Many {
    /// Classifies a message that claims to answer a probe, and counts it.
    pub(super) fn classify(&mut self, claim: &Claim<'_>, arrival: Arrival) -> Verdict {
        let probe = self.probe_ref(claim.target, claim.sequence);
        let found = probe.and_then(|probe| self.found(claim.target, probe));
        let between = found.map(|found| {
            let departure = timing::Departure {
                called: found.left,
                offsets: found.offsets,
                hardware: None,
            };
            timing::between(&departure, &arrival, self.schedule.start)
        });
        let is_forgotten =
            |timing: &Timing| (self.forgets_after).is_some_and(|after| timing.round_trip >= after);
        let standing = match (self.standing(claim, probe, found), between) {
            (Standing::Reply | Standing::Late | Standing::Duplicate, Some(timing))
                if is_forgotten(&timing) =>
            {
                Standing::Unexpected
            }
            (Standing::Reply, Some(timing)) if self.is_late(&timing) => Standing::Late,
            (Standing::Reply, _) if self.was_reported(found) => Standing::Late,
            (standing, _) => standing,
        };
        // The clocks stood still during a suspension: that round trip is only a lower bound.
        let is_known = found.is_some_and(|found| self.suspended.clocks_ran_since(found.left));
        let timing = between.filter(|_| is_known);
        (self.records).note(claim.target, |record| record.counts.add(standing));
        let (mut reordered, mut outcome) = (false, None);
        if let Some(probe) = probe {
            match standing {
                Standing::Reply => {
                    let timing = timing.filter(|_| claim.faithful);
                    reordered = self.accept(claim.target, probe, found, timing);
                }
                Standing::Late => {
                    outcome = self.outcome_before_late_answer(found);
                    self.settle(claim.target, probe, found, Fate::AnsweredLate);
                    if self.is_alive_scan() {
                        self.change(claim.target, |entry| entry.note_late_answer(probe.back));
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
            number: probe.map(|probe| probe.number.into()),
            standing,
            timing: timing.filter(|_| of_this_probe),
            overdue: false,
            reordered,
            outcome,
        }
    }

    /// The newest probe to this target with this sequence number, if one was tried.
    fn probe_ref(&self, target: TargetNumber, sequence: u16) -> Option<ProbeRef> {
        let ordinal = sequence.wrapping_sub(self.schedule.first_sequence);
        self.newest_with(target, ordinal)
    }

    /// The same, for a sequence number relative to the target's first one.
    pub(super) fn newest_with(&self, target: TargetNumber, ordinal: u16) -> Option<ProbeRef> {
        let entry = self.targets.get(target as usize)?;
        let back = entry.back(ordinal)?;
        let number = entry.tried.checked_sub(back + 1)?;
        Some(ProbeRef { number, back })
    }

    /// The probe, if it is in memory.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "the ordinals of flights are probe numbers modulo 65,536"
    )]
    fn found(&self, target: TargetNumber, probe: ProbeRef) -> Option<Found> {
        let newest = self.targets.get(target as usize)?.newest;
        let ordinal = probe.number as u16;
        if !self.is_alive_scan() {
            return self.tries.first()?.find(target, newest, ordinal);
        }
        if self.suspended.all(target) > 0 {
            let mut all = self.tries.iter();
            return all.find_map(|flights| flights.search(target, ordinal));
        }
        let flights = self.tries.get(probe.number as usize)?;
        if probe.back == 0 && newest != NOWHERE {
            flights.find(target, newest, ordinal)
        } else {
            flights.search(target, ordinal)
        }
    }

    /// Whether the claim carries the token of a sent probe in memory.
    pub(super) fn carries_token(&self, claim: &Claim<'_>) -> bool {
        let probe = self.probe_ref(claim.target, claim.sequence);
        let found = probe.and_then(|probe| self.found(claim.target, probe));
        let standing = self.standing(claim, probe, found);
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
        probe: Option<ProbeRef>,
        found: Option<Found>,
    ) -> Standing {
        if !claim.checksum_valid {
            return Standing::BadChecksum;
        }
        let Some(probe) = probe else {
            return Standing::Unexpected;
        };
        let token = |number| self.tokens.of(claim.target, number);
        let fits = |number| u32::try_from(number).is_ok_and(|it| claim.evidence.fits(&token(it)));
        if let Some(mismatch) = sequence_wrap::classify_mismatch(probe.number.into(), fits) {
            return mismatch;
        }
        let fate = found.map(|found| found.fate);
        if fate.is_some_and(|fate| !fate.has_left()) {
            Standing::Unexpected
        } else if self.is_alive_scan() {
            self.classify_scan(claim.target, probe, fate)
        } else {
            self.classify_round(claim.target, probe, fate)
        }
    }

    /// A reply to any try shows that the target is alive. Each try has one first reply.
    fn classify_scan(&self, target: TargetNumber, probe: ProbeRef, fate: Option<Fate>) -> Standing {
        let Some(entry) = self.targets.get(target as usize) else {
            return Standing::Unexpected;
        };
        if entry.was_answered(probe.back) || fate.is_some_and(Fate::is_answered) {
            return Standing::Duplicate;
        }
        // All that is known of a forgotten probe is whether it may have been sent.
        let may_have_left = fate.is_some()
            || !entry.was_excluded(probe.back)
            || self.suspended.is_open(target, probe.number);
        match entry.state {
            State::Undecided | State::Alive if may_have_left => Standing::Reply,
            State::Dead if may_have_left => Standing::Late,
            _ => Standing::Unexpected,
        }
    }

    fn classify_round(
        &self,
        target: TargetNumber,
        probe: ProbeRef,
        fate: Option<Fate>,
    ) -> Standing {
        let entry = self.targets.get(target as usize);
        let answered = entry.is_some_and(|entry| entry.was_answered(probe.back));
        match fate {
            _ if answered || self.has_answer(fate) => Standing::Duplicate,
            Some(Fate::InFlight | Fate::Rejected | Fate::Suspended) => Standing::Reply,
            _ => Standing::Late,
        }
    }

    /// Whether a probe was answered. A forgotten one counts as answered, unless unanswered ones were forgotten.
    fn has_answer(&self, fate: Option<Fate>) -> bool {
        let forgot_unanswered = self.tries.iter().any(Flights::forgot_unanswered);
        fate.map_or(!forgot_unanswered, Fate::is_answered)
    }

    /// Whether the timeout of a probe expired before its reply, even if the engine was not polled in between.
    fn is_late(&self, timing: &Timing) -> bool {
        !self.is_alive_scan() && timing.round_trip > self.schedule.timeout
    }

    /// Counts a reply. Returns whether a probe sent later was answered earlier (RFC 4737, section 3.3).
    fn accept(
        &mut self,
        target: TargetNumber,
        probe: ProbeRef,
        found: Option<Found>,
        timing: Option<Timing>,
    ) -> bool {
        self.settle(target, probe, found, Fate::Answered);
        let index = target as usize;
        let entry = self.targets.get(index);
        let was_overtaken = if self.is_alive_scan() {
            entry.is_some_and(|entry| entry.was_overtaken(probe.back))
        } else {
            found.is_some_and(|found| found.overtaken)
        };
        self.change(target, |entry| entry.note_answer(probe.back));
        if let Some(found) = found {
            let round_trip = timing.map(|timing| timing.round_trip);
            self.watch_answer(target, probe, (found.left, round_trip));
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

    /// Changes the state of a probe.
    fn settle(&mut self, target: TargetNumber, probe: ProbeRef, found: Option<Found>, fate: Fate) {
        let is_reported = self.was_reported(found);
        let was_suspended = !is_reported && self.suspended.settle(target, probe.number);
        // Suspended probes are remembered longer than others.
        let suspended = was_suspended.then_some(Fate::Suspended);
        let before = suspended.or(found.map(|found| found.fate));
        if let Some(before) = before.filter(|_| !is_reported) {
            (self.records).note(target, |record| record.change(before, fate));
        }
        if let Some(found) = found
            && let Some(flights) = self.tries.get_mut(found.try_number)
        {
            flights.settle(found.position, fate);
        }
    }

    /// Counts an ICMP error. Returns what it means, or `None` if the target has no such probe.
    ///
    /// In an alive scan, an error decides that the target is dead, unless the next try may avoid it. After "too big", the
    /// next try is sent at once, in fragments. After an error of this host, it is sent when the current try times out.
    pub(super) fn reject(&mut self, error: &IcmpError) -> Option<Rejection> {
        let IcmpError {
            target, problem, ..
        } = *error;
        let probe = self.probe_ref(target, error.sequence)?;
        (self.records).note(target, |record| record.counts.icmp_errors += 1);
        let found = self.found(target, probe);
        let is_behind_outcome = self.was_reported(found);
        let rejection = |reach| Rejection {
            number: probe.number.into(),
            reach,
            is_behind_outcome,
            is_repeated: false,
        };
        let repeated = Rejection {
            is_repeated: true,
            ..rejection(Reach::Left)
        };
        let Some(found) = found else {
            return Some(repeated);
        };
        let fate = match found.fate {
            Fate::InFlight | Fate::Suspended => Fate::Rejected,
            Fate::TimedOut if self.may_still_count(target, probe) => Fate::Rejected,
            Fate::TimedOut => Fate::RejectedLate,
            Fate::NotSent if error.origin == Origin::ThisHost => {
                self.settle(target, probe, Some(found), Fate::Filtered);
                self.filtered(target, problem);
                return Some(rejection(Reach::NotSent));
            }
            _ => return Some(repeated),
        };
        self.settle(target, probe, Some(found), fate);
        self.change(target, |entry| entry.exclude(probe.back));
        (self.records).note(target, |record| record.counts.rejected += 1);
        self.must_drain = true;
        let is_advice = self.is_advice(problem);
        self.in_fragments |= is_advice;
        let reporter = Some(error.reporter);
        let reason = if is_advice {
            Reason::TooBig { problem, reporter }
        } else {
            Reason::Rejected { problem, reporter }
        };
        self.watch_rejection(target, probe, reason);
        if !is_advice && error.origin == Origin::Network {
            self.mark_dead(target, reason);
            return Some(rejection(Reach::Left));
        }
        self.explain(target, reason);
        if self.is_alive_scan() && found.fate == Fate::InFlight {
            if is_advice {
                self.note_timeout(target, found.try_number);
            } else {
                self.delay_retry(target, &found);
            }
        }
        Some(rejection(Reach::Left))
    }

    /// In an alive scan: whether a reply to a probe that the engine does not wait for would count.
    fn may_still_count(&self, target: TargetNumber, probe: ProbeRef) -> bool {
        let entry = self.targets.get(target as usize);
        self.is_alive_scan() && entry.is_some_and(|entry| entry.is_unawaited(probe.back))
    }

    /// A packet filter of this host gives the reason of a failed send, which was counted when the send failed.
    fn filtered(&mut self, target: TargetNumber, problem: Problem) {
        self.records.note(target, |record| {
            record.counts.rejected += 1;
            record.counts.filtered += 1;
        });
        let entry = self.targets.get(target as usize);
        let reason = entry.and_then(|entry| self.reasons.reason(entry.reason));
        // A later probe may have been sent.
        if reason.is_some_and(|reason| matches!(reason, Reason::NotSent { .. })) {
            self.explain(target, Reason::Filtered { problem });
        }
    }

    /// The number of the sent probe with this sequence number, if it is in memory.
    pub(super) fn known_number(&self, target: TargetNumber, sequence: u16) -> Option<u64> {
        let probe = self.probe_ref(target, sequence)?;
        let found = self.found(target, probe)?;
        found.fate.has_left().then(|| probe.number.into())
    }

    /// Retries a target when its last try times out.
    fn delay_retry(&mut self, target: TargetNumber, last: &Found) {
        let timeout = self.tries.get(last.try_number).map(Flights::timeout);
        let end = last.left.checked_add(timeout.unwrap_or_default());
        (self.delayed).push(target, last.try_number, end.unwrap_or(last.left));
    }
}
