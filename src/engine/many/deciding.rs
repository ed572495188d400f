//! Whether a target is alive, and why not.

use super::ledger::{State, Target};
use super::sending::Again;
use super::{Fragments, Many};
use crate::event::Problem;
use crate::event::{Reason, TargetNumber};

impl Many {
    /// It is known of this target whether it is alive.
    pub(super) fn decide(&mut self, target: TargetNumber, state: State) {
        let entry = self.targets.get(target as usize);
        if entry.is_none_or(|entry| entry.state != State::Asked) {
            return;
        }
        self.change(target, |entry| entry.state = state);
        let targets = self.sharers(target);
        match state {
            State::Alive => self.alive = self.alive.saturating_add(targets),
            _ => self.dead = self.dead.saturating_add(targets),
        }
        if self.is_alive_scan() {
            self.unfinished -= 1;
            self.tell_all(target);
            self.close_last_try(target);
        }
    }

    /// Where it is known of a target whether it is alive, its last try is not waited for.
    pub(super) fn close_last_try(&mut self, target: TargetNumber) {
        let entry = self.targets.get(target as usize);
        let is_decided = |entry: &&Target| matches!(entry.state, State::Alive | State::Dead);
        let Some(entry) = entry.filter(is_decided) else {
            return;
        };
        let newest = entry.newest;
        let last_try = self.last_try(target);
        if let Some(flights) = last_try.and_then(|number| self.tries.get_mut(number)) {
            flights.close(newest);
        }
    }

    /// Which try the last probe to a target is, if it has had one.
    pub(super) fn last_try(&self, target: TargetNumber) -> Option<usize> {
        let number = self.targets.get(target as usize)?.tried.checked_sub(1)?;
        Some(self.try_of(target, number))
    }

    /// A probe to this target has had its time.
    pub(super) fn had_its_time(&mut self, target: TargetNumber, try_number: usize) {
        if !self.is_alive_scan() {
            return;
        }
        if try_number + 1 < self.tries.len() {
            self.change(target, Target::give_up_last);
            self.again.push_back(Again::retry(target));
        } else {
            self.decide(target, State::Dead);
        }
    }

    /// This target does not answer, and somebody says why.
    pub(super) fn bury(&mut self, target: TargetNumber, reason: Reason) {
        self.explain(target, reason);
        if self.is_alive_scan() {
            self.decide(target, State::Dead);
        }
    }

    /// This is why a target does not answer, as far as anybody says so.
    pub(super) fn explain(&mut self, target: TargetNumber, reason: Reason) {
        let number = self.reasons.number(reason);
        if let Some(entry) = self.targets.get_mut(target as usize) {
            entry.reason = number;
        }
    }

    /// That a probe was too big is no reason any more: one after it had its time in vain.
    pub(super) fn forget_advice(&mut self, target: TargetNumber) {
        self.forget_reason(target, |reason| matches!(reason, Reason::TooBig { .. }));
    }

    /// The reason why a target does not answer holds no longer, if it is one of these.
    pub(super) fn forget_reason(
        &mut self,
        target: TargetNumber,
        holds_no_longer: impl Fn(Reason) -> bool,
    ) {
        if let Some(entry) = self.targets.get_mut(target as usize)
            && entry.reason != 0
            && self
                .reasons
                .reason(entry.reason)
                .is_some_and(holds_no_longer)
        {
            entry.reason = 0;
        }
    }

    /// Whether this is no more than advice: the next probe is sent in fragments.
    pub(super) fn is_advice(&self, problem: Problem) -> bool {
        self.schedule.fragments == Fragments::Allowed && problem.is_too_big()
    }

    /// Changes what is kept of a target.
    pub(super) fn change(&mut self, target: TargetNumber, change: impl FnOnce(&mut Target)) {
        let is_alive_scan = self.is_alive_scan();
        let unawaited =
            |entry: &Target| u64::from(if is_alive_scan { entry.unawaited() } else { 0 });
        if let Some(entry) = self.targets.get_mut(target as usize) {
            let before = unawaited(entry);
            change(entry);
            self.unawaited = self.unawaited + unawaited(entry) - before;
        }
    }
}
