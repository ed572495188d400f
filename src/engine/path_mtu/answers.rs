//! What an answer, an error or a local failure means for the search that its probe belongs to.

use std::time::Instant;

use super::super::fate::Fate;
use super::super::timing::{Arrival, Departure, Offsets, between};
use super::super::{
    Call, Claim, Disposition, IcmpError, Obstacle, Rejection, Verdict, sequence_wrap,
};
use super::PathMtu;
use crate::config::RoundTripStart;
use crate::event::{Outcome, ProbeId, Reach, Standing, TargetNumber, Timing};

impl PathMtu {
    /// What a message is worth that claims to answer a probe.
    pub(super) fn classify(&mut self, claim: &Claim<'_>, arrival: Arrival) -> Verdict {
        let target = claim.target;
        let number = self.number(target, claim.sequence);
        let standing = self.judge(claim, number);
        let is_of_probe = matches!(
            standing,
            Standing::Reply | Standing::Late | Standing::Duplicate
        );
        let timing = number
            .filter(|_| is_of_probe)
            .and_then(|number| self.timing(target, number, arrival));
        self.total.counts.add(standing);
        let mut outcome = None;
        if let (Some(number), Standing::BadChecksum) = (number, standing)
            && self.fits(claim, number)
            && let Some(search) = self.targets.search_mut(target)
        {
            search.damaged(number);
        }
        if let (Some(number), Standing::Reply | Standing::Late) = (number, standing) {
            outcome = self.untold_outcome(target, number);
            self.accept(claim, number, standing, timing);
        }
        Verdict {
            number: number.map(|number| number as u64),
            standing,
            timing,
            overdue: false,
            reordered: false,
            outcome,
        }
    }

    fn judge(&self, claim: &Claim<'_>, number: Option<usize>) -> Standing {
        if !claim.checksum_valid {
            return Standing::BadChecksum;
        }
        let Some(number) = number else {
            return Standing::Unexpected;
        };
        let token = |number| self.tokens.of(claim.target, number);
        let fits = |number| u32::try_from(number).is_ok_and(|it| claim.evidence.fits(&token(it)));
        if let Some(mismatch) = sequence_wrap::classify_mismatch(number as u64, fits) {
            return mismatch;
        }
        let search = self.targets.search(claim.target);
        let probe = search.and_then(|search| search.probes().get(number));
        match probe.map(|probe| (probe.fate, probe.due)) {
            Some((Fate::InFlight | Fate::Suspended, _) | (Fate::Rejected, Some(_))) => {
                Standing::Reply
            }
            Some((Fate::TimedOut, _) | (Fate::Rejected, None)) => Standing::Late,
            Some((Fate::Answered | Fate::AnsweredLate, _)) => Standing::Duplicate,
            _ => Standing::Unexpected,
        }
    }

    /// Whether a claim carries the token of this probe, which is waited for.
    fn fits(&self, claim: &Claim<'_>, number: usize) -> bool {
        let token = u32::try_from(number).map(|number| self.tokens.of(claim.target, number));
        let search = self.targets.search(claim.target);
        let probe = search.and_then(|search| search.probes().get(number));
        probe.is_some_and(|probe| probe.due.is_some())
            && token.is_ok_and(|token| claim.evidence.fits(&token))
    }

    fn timing(&self, target: TargetNumber, number: usize, arrival: Arrival) -> Option<Timing> {
        let probe = self.targets.search(target)?.probes().get(number)?;
        // Clocks stood still while this host was suspended.
        let left = probe.left.filter(|_| probe.fate != Fate::Suspended)?;
        let departure = Departure {
            called: left,
            offsets: Offsets::of(Call::from(left)),
            hardware: None,
        };
        Some(between(&departure, &arrival, RoundTripStart::Queue))
    }

    /// Books a reply, in time or late.
    fn accept(
        &mut self,
        claim: &Claim<'_>,
        number: usize,
        standing: Standing,
        timing: Option<Timing>,
    ) {
        let target = claim.target;
        let round_trip = timing.map(|timing| timing.round_trip);
        let Some(search) = self.targets.search_mut(target) else {
            return;
        };
        let before = search.probes().get(number).map(|probe| probe.fate);
        search.answered(number, round_trip, claim.faithful);
        if standing == Standing::Reply {
            if let Some(before) = before {
                self.total.change(before, Fate::Answered);
            }
            self.total
                .accept(timing.as_ref().filter(|_| claim.faithful));
            if let Some(counts) = self.targets.counts_mut(target) {
                counts.received += 1;
                counts.suspended -= u32::from(before == Some(Fate::Suspended));
                if let Some(round_trip) = round_trip.filter(|_| claim.faithful) {
                    counts.note_round_trip(round_trip);
                }
            }
        }
        self.follow(target);
    }

    /// What became of a probe, if that is known and was not told.
    fn untold_outcome(&mut self, target: TargetNumber, number: usize) -> Option<Outcome> {
        let is_it = |probe: &ProbeId| probe.target == target && probe.number == number as u64;
        let place = self.outcomes.iter().position(|(probe, _)| is_it(probe))?;
        self.outcomes.remove(place).map(|(_, outcome)| outcome)
    }

    /// Books an ICMP error.
    pub(super) fn reject(&mut self, error: &IcmpError) -> Option<Rejection> {
        let IcmpError {
            target,
            problem,
            reporter,
            is_proven,
            ..
        } = *error;
        let number = self.number(target, error.sequence)?;
        self.total.counts.icmp_errors += 1;
        let search = self.targets.search_mut(target)?;
        let fate = search.probes().get(number)?.fate;
        if problem.is_too_big() {
            search.too_big(number, problem.mtu().unwrap_or(0), reporter, is_proven);
        } else if problem.is_out_of_hops() {
            if is_proven {
                search.expired_at(number, reporter);
            }
        } else {
            search.rejected(problem, reporter);
        }
        let is_news = fate == Fate::InFlight;
        if is_news {
            search.refuse(number);
            self.total.counts.rejected += 1;
            self.total.change(fate, Fate::Rejected);
        }
        self.follow(target);
        Some(Rejection {
            number: number as u64,
            reach: Reach::Left,
            is_behind_outcome: fate == Fate::TimedOut,
            is_repeated: !is_news,
        })
    }

    /// The probe of this name did not leave. That one is longer than the interface allows says how long they may be.
    pub(super) fn note_obstacle(
        &mut self,
        name: u32,
        now: Instant,
        obstacle: Obstacle,
        errno: i32,
    ) -> (Option<ProbeId>, Disposition) {
        let Some((target, number)) = self.batch.remove(&name) else {
            return (None, Disposition::NotSent);
        };
        let id = self.probe_id(target, number);
        let Some(search) = self.targets.search_mut(target) else {
            return (None, Disposition::NotSent);
        };
        if obstacle == Obstacle::Busy && self.backoff.should_retry(now) {
            search.send_again(number);
            self.follow(target);
            return (None, Disposition::Retried);
        }
        self.backoff.reset();
        let mtu = match obstacle {
            Obstacle::TooLong { mtu } => Some(mtu),
            Obstacle::Busy | Obstacle::Refused => None,
        };
        search.not_sent(number, errno, mtu);
        if mtu.is_none() {
            self.total.not_sent(obstacle);
        }
        self.follow(target);
        match mtu {
            Some(_) => (None, Disposition::Retried),
            None => (Some(id), Disposition::NotSent),
        }
    }

    /// Probes of a target had their time.
    pub(super) fn tell_expired(&mut self, target: TargetNumber, numbers: &[usize]) {
        for &number in numbers {
            let search = self.targets.search(target);
            let probe = search.and_then(|search| search.probes().get(number));
            let outcome = match probe.map(|probe| probe.fate) {
                Some(Fate::TimedOut) => Outcome::Lost,
                Some(Fate::Rejected) => Outcome::Rejected,
                _ => continue,
            };
            self.tell_outcome(target, number, outcome);
        }
    }

    fn tell_outcome(&mut self, target: TargetNumber, number: usize, outcome: Outcome) {
        if self.tells_outcomes {
            let id = self.probe_id(target, number);
            self.outcomes.push_back((id, outcome));
        }
    }

    /// This host was suspended.
    pub(super) fn suspend_in_flight(&mut self) -> u64 {
        let mut all = 0;
        for target in self.targets.active() {
            let numbers = match self.targets.search_mut(target) {
                Some(search) => search.suspended(),
                None => continue,
            };
            for &number in &numbers {
                self.total.change(Fate::InFlight, Fate::Suspended);
                if let Some(counts) = self.targets.counts_mut(target) {
                    counts.suspended += 1;
                }
                self.tell_outcome(target, number, Outcome::Suspended);
            }
            all += numbers.len() as u64;
            self.follow(target);
        }
        all
    }
}
