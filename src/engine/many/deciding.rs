//! Whether a target is alive, and why not.

use super::ledger::{State, Target};
use super::sending::Retry;
use super::{Fragments, Many};
use crate::event::Problem;
use crate::event::{Reason, TargetNumber};

impl Many {
    /// Decides whether this target is alive.
    pub(super) fn decide(&mut self, target: TargetNumber, state: State) {
        let entry = self.targets.get(target as usize);
        if entry.is_none_or(|entry| entry.state != State::Undecided) {
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
            self.push_all_decided(target);
            self.close_last_try(target);
        }
    }

    /// Stops waiting for the last try of a decided target.
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

    /// The number of the target's last try, if it was probed.
    pub(super) fn last_try(&self, target: TargetNumber) -> Option<usize> {
        let number = self.targets.get(target as usize)?.tried.checked_sub(1)?;
        Some(self.try_of(target, number))
    }

    /// A probe to this target timed out.
    pub(super) fn note_timeout(&mut self, target: TargetNumber, try_number: usize) {
        if !self.is_alive_scan() {
            return;
        }
        if try_number + 1 < self.tries.len() {
            self.change(target, Target::time_out_last);
            self.retries.push_back(Retry::new(target));
        } else {
            self.decide(target, State::Dead);
        }
    }

    /// Notes why this target does not answer; in an alive scan, it is dead.
    pub(super) fn mark_dead(&mut self, target: TargetNumber, reason: Reason) {
        self.explain(target, reason);
        if self.is_alive_scan() {
            self.decide(target, State::Dead);
        }
    }

    /// Notes why this target does not answer.
    pub(super) fn explain(&mut self, target: TargetNumber, reason: Reason) {
        let number = self.reasons.number(reason);
        if let Some(entry) = self.targets.get_mut(target as usize) {
            entry.reason = number;
        }
    }

    /// "Too big" is no longer the reason: a probe sent later timed out.
    pub(super) fn forget_advice(&mut self, target: TargetNumber) {
        self.forget_reason(target, |reason| matches!(reason, Reason::TooBig { .. }));
    }

    /// Drops the reason why a target does not answer, if `holds_no_longer`.
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

    /// Whether the error is only advice: the next probe is sent in fragments.
    pub(super) fn is_advice(&self, problem: Problem) -> bool {
        self.schedule.fragments == Fragments::Allowed && problem.is_too_big()
    }

    /// Changes the record of a target.
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
