//! Classifies replies and errors with a memory of every probe.

use std::time::{Duration, Instant};

use rping::engine::{Arrival, Claim, Evidence, Origin, Verdict};
use rping::event::{Problem, Reach, Reason, Source, Standing, TargetNumber, Timing};

use super::CALL;
use super::model::{Life, Model, Past, State};

/// The number of earlier sequence wraps from which a reply is recognised.
const LAPS: usize = 4;

/// Each target remembers for this many probes which were answered, and which could not be.
pub(super) const ANSWERED: usize = 16;

impl Model {
    /// The name of a sent probe, and when it was sent.
    pub(super) fn name(&self, target: TargetNumber, number: usize) -> Option<(u32, Instant)> {
        let past = self.hosts.get(target as usize)?.probes.get(number)?;
        let has_left = !matches!(past.state, State::Queued | State::NotSent | State::Filtered);
        has_left.then_some((past.name, past.left))
    }

    /// The first time stamp of a departure counts, if it is plausible and within range.
    pub(super) fn departed(
        &mut self,
        by_driver: bool,
        target: TargetNumber,
        number: usize,
        at: Instant,
    ) {
        let past = self.probe(target, number);
        let is_early = past.left.saturating_duration_since(at) <= Duration::from_micros(1);
        if !is_early {
            return;
        }
        let after = at.saturating_duration_since(past.left);
        if by_driver {
            // Stored in units of 16 nanoseconds, in 32 bits.
            let units = after.as_nanos() / 16;
            if past.driver.is_none() && units < u32::MAX.into() {
                past.driver = Some(Duration::from_nanos(u64::try_from(units).unwrap() * 16));
            }
        } else if past.entered.is_none() {
            past.entered = Some(after.min(CALL));
        }
    }

    /// The classification of a reply.
    fn judge(&self, claim: &Claim<'_>, arrival: &Arrival) -> Standing {
        if !claim.checksum_valid {
            return Standing::BadChecksum;
        }
        let Some((number, past)) = self.find(claim.target, claim.sequence) else {
            return Standing::Unexpected;
        };
        let fits = |number| {
            let token = self.tokens.of(claim.target, u32::try_from(number).unwrap());
            match claim.evidence {
                Evidence::NotExpected => true,
                Evidence::Octets(octets) => token.octets().starts_with(octets),
                Evidence::Missing => false,
            }
        };
        if !fits(number) {
            let earlier = (1..=LAPS).filter_map(|laps| number.checked_sub(laps * 65_536));
            return if earlier.into_iter().any(fits) {
                Standing::Stale
            } else {
                Standing::BadToken
            };
        }
        let life = self.hosts[claim.target as usize].life;
        match past.state {
            State::Queued | State::NotSent | State::Filtered => Standing::Unexpected,
            State::Answered | State::AnsweredLate => Standing::Duplicate,
            _ if self.is_alive_scan() && life == Life::Dead => Standing::Late,
            _ if self.is_alive_scan() => Standing::Reply,
            State::TimedOut | State::RejectedLate => Standing::Late,
            State::Open | State::Rejected | State::Suspended => {
                let is_late = timing(&past, arrival).round_trip > self.schedule.timeout;
                if is_late {
                    Standing::Late
                } else {
                    Standing::Reply
                }
            }
        }
    }

    /// Whether a reply may wrongly be called late, because its probe is forgotten.
    fn may_be_called_late(&self, claim: &Claim<'_>, standing: Standing) -> bool {
        let is_evident = matches!(
            standing,
            Standing::BadChecksum | Standing::BadToken | Standing::Stale
        );
        let Some((number, past)) = self.find(claim.target, claim.sequence) else {
            return false;
        };
        let line = &self.lines[past.try_number];
        let back = self.tried(claim.target) - 1 - number;
        let is_known = past.state == State::Answered && back < ANSWERED;
        let is_answered = is_answered(&past) && !is_known;
        let is_forgotten = line.may_forget(past.place);
        let may_be = is_forgotten || (is_answered && line.may_have_forgotten());
        !is_evident && !self.is_alive_scan() && may_be
    }

    /// Whether a reply may wrongly be called unexpected, because its probe is forgotten and may not have been sent.
    fn may_be_unexpected(&self, claim: &Claim<'_>) -> bool {
        let Some((number, past)) = self.find(claim.target, claim.sequence) else {
            return false;
        };
        let back = self.tried(claim.target) - 1 - number;
        let is_rejected = matches!(past.state, State::Rejected | State::RejectedLate);
        let is_excluded = is_rejected || back >= ANSWERED;
        let line = &self.lines[past.try_number];
        let is_forgotten = is_answered(&past) || line.may_forget(past.place);
        self.is_alive_scan() && is_excluded && is_forgotten
    }

    /// Compares the engine's verdict on a reply.
    pub(super) fn answered(&mut self, claim: &Claim<'_>, arrival: &Arrival, verdict: &Verdict) {
        let (expected, standing) = (self.judge(claim, arrival), verdict.standing);
        let is_excused = match standing {
            Standing::Late => self.may_be_called_late(claim, expected),
            Standing::Unexpected => {
                let is_answer = matches!(
                    expected,
                    Standing::Reply | Standing::Late | Standing::Duplicate
                );
                is_answer && self.may_be_unexpected(claim)
            }
            _ => false,
        };
        let is_right = standing == expected || is_excused;
        assert!(is_right, "{standing:?} instead of {expected:?}");
        self.count(standing);
        let (Some((number, past)), Standing::Reply | Standing::Late | Standing::Duplicate) =
            (self.find(claim.target, claim.sequence), standing)
        else {
            return assert_eq!(verdict.timing, None);
        };
        let has_slept = self.woken.is_some_and(|woken| past.left < woken);
        if let Some(found) = verdict.timing {
            assert!(!has_slept, "the clocks stood still");
            assert_eq!(found, timing(&past, arrival));
        } else if !has_slept {
            let is_alive = self.hosts[claim.target as usize].life == Life::Alive;
            let is_closed = is_answered(&past) || (is_alive && self.is_alive_scan());
            let may_forget = is_closed || self.line(claim.target, number).may_forget(past.place);
            assert!(may_forget, "it has forgotten {number} of {}", claim.target);
        }
        let has_no_answer = matches!(
            past.state,
            State::Open | State::TimedOut | State::RejectedLate
        ) || past.state.may_be_answered_yet();
        match standing {
            Standing::Reply => {
                let timing = verdict.timing.filter(|_| claim.faithful);
                self.accept(claim.target, number, timing);
            }
            Standing::Late if has_no_answer => {
                self.settle(claim.target, number, State::AnsweredLate);
            }
            Standing::Late => self.forgiven += 1,
            _ => {}
        }
    }

    fn count(&mut self, standing: Standing) {
        let counter = match standing {
            Standing::Reply => &mut self.counts.received,
            Standing::Late => &mut self.counts.late,
            Standing::Duplicate => &mut self.counts.duplicates,
            Standing::BadChecksum => &mut self.counts.bad_checksums,
            Standing::BadToken => &mut self.counts.bad_tokens,
            Standing::Stale => &mut self.counts.stale,
            Standing::Unexpected => &mut self.counts.unexpected,
        };
        *counter += 1;
    }

    fn accept(&mut self, target: TargetNumber, number: usize, timing: Option<Timing>) {
        self.settle(target, number, State::Answered);
        let is_alive_scan = self.is_alive_scan();
        let host = &mut self.hosts[target as usize];
        let later = host.probes.iter().skip(number + 1).rev().take(ANSWERED);
        let is_overtaken = if is_alive_scan {
            later.into_iter().any(is_answered)
        } else {
            host.highest_answered > Some(number)
        };
        self.counts.reordered += u64::from(is_overtaken);
        host.highest_answered = host.highest_answered.max(Some(number));
        if let Some(timing) = timing {
            host.round_trips.push(timing.round_trip);
            self.round_trips.push(timing.round_trip);
            self.sources.add(timing.source);
        } else {
            self.counts.untimed += 1;
        }
        self.decide(target, Life::Alive);
    }

    /// Compares the reach of the probe with this sequence number; `None` if the error changes nothing.
    pub(super) fn rejected(
        &mut self,
        (target, sequence): (TargetNumber, u16),
        problem: Problem,
        reason: Reason,
        origin: Origin,
        reach: Option<Reach>,
    ) {
        let found = self.find(target, sequence);
        self.counts.icmp_errors += u64::from(found.is_some());
        if let Some((number, past)) = found
            && past.state == State::NotSent
            && origin == Origin::ThisHost
        {
            let expected = Some(Reach::NotSent);
            let may_forget = self.line(target, number).may_forget(past.place);
            assert!(reach == expected || may_forget, "an error about {past:?}");
            if reach == expected {
                self.filtered(target, number, problem);
            }
            return;
        }
        assert_ne!(reach, Some(Reach::NotSent), "{found:?}");
        let was_news = reach.is_some();
        let waits =
            |past: &Past| matches!(past.state, State::Open | State::TimedOut | State::Suspended);
        let Some((number, past)) = found.filter(|(_, past)| waits(past)) else {
            return assert!(!was_news, "an error about {found:?}");
        };
        if !was_news {
            let may_forget = self.line(target, number).may_forget(past.place);
            let is_closed =
                self.is_alive_scan() && self.hosts[target as usize].life != Life::Unknown;
            return assert!(may_forget || is_closed, "an error about {past:?} is none");
        }
        let due = past.left + self.line(target, number).timeout;
        let is_in_flight =
            self.open.contains(&(due, target, number)) || self.is_unawaited(target, number);
        let has_timed_out = past.state != State::Suspended && !is_in_flight;
        let state = if has_timed_out {
            State::RejectedLate
        } else {
            State::Rejected
        };
        self.settle(target, number, state);
        self.counts.rejected += 1;
        self.has_news_of_errors = true;
        self.hosts[target as usize].reason = Some(reason);
        let is_advice = matches!(reason, Reason::TooBig { .. });
        let is_of_the_try = is_advice || origin == Origin::ThisHost;
        let is_newest_open =
            past.state == State::Open && self.hosts[target as usize].life == Life::Unknown;
        if !self.is_alive_scan() || (is_of_the_try && !is_newest_open) {
            return;
        }
        let is_last = past.try_number + 1 == self.lines.len();
        if !is_of_the_try || (is_advice && is_last) {
            self.decide(target, Life::Dead);
        } else if !is_advice {
            let due = past.left + self.lines[past.try_number].timeout;
            self.hold(target, due);
        }
    }

    /// This host gives the reason why a probe was not sent.
    fn filtered(&mut self, target: TargetNumber, number: usize, problem: Problem) {
        self.settle(target, number, State::Filtered);
        self.counts.rejected += 1;
        self.counts.filtered += 1;
        let reason = &mut self.hosts[target as usize].reason;
        if matches!(reason, Some(Reason::NotSent { .. })) {
            *reason = Some(Reason::Filtered { problem });
        }
    }
}

fn is_answered(past: &Past) -> bool {
    matches!(past.state, State::Answered | State::AnsweredLate)
}

/// The time from sending a probe to its reply. The kernel's time stamps count if they lie within the times of this program.
fn timing(past: &Past, arrival: &Arrival) -> Timing {
    let nests = |kernel: &Instant| (past.left..=arrival.read).contains(kernel);
    let came = arrival.kernel.filter(nests);
    let by = |round_trip, source| Timing {
        round_trip,
        source,
        sending: None,
        queued: None,
        reading: None,
    };
    let came_after = came.map(|came| came - past.left);
    match (past.entered, came) {
        (Some(entered), Some(came)) if Some(entered) <= came_after => {
            let driver = past.driver.filter(|driver| Some(*driver) <= came_after);
            Timing {
                sending: Some(entered),
                queued: driver.and_then(|driver| driver.checked_sub(entered)),
                reading: Some(arrival.read - came),
                ..by(came - (past.left + entered), Source::Kernel)
            }
        }
        (None, Some(came)) => by(came - past.left, Source::Receipt),
        _ => by(
            arrival.read.saturating_duration_since(past.left),
            Source::User,
        ),
    }
}
