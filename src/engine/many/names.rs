//! Targets given by name: the results of their lookups, and names that share an address.
//!
//! An address is probed once, for the first target that has it. The other targets share its results.

use std::collections::BTreeMap;

use super::Many;
use super::ledger::{State, Target};
use crate::event::{Lookup, Reason, TargetNumber};

/// State of names only: runs of addresses have none.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// How many lookups are pending.
    pending: u32,
    /// Whether lookups may add targets.
    may_add_targets: bool,
    /// Whether names without an address are looked up again.
    are_looked_up_again: bool,
    lookup_failed: u32,
    /// How many names turned out not to be targets.
    left_out: u32,
    /// The names that are probed, in the order of their lookups.
    probed: Vec<TargetNumber>,
    /// Names that share an address, and the target probed for them.
    shared: BTreeMap<TargetNumber, TargetNumber>,
    /// The inverse of `shared`.
    sharing: BTreeMap<TargetNumber, Vec<TargetNumber>>,
}

impl Names {
    pub(super) fn are_pending(&self) -> bool {
        self.pending > 0
    }

    pub(super) fn may_add_targets(&mut self) {
        self.may_add_targets = true;
    }

    /// Whether lookups may still add targets.
    pub(super) fn may_grow(&self) -> bool {
        self.may_add_targets && self.are_pending()
    }
}

impl Many {
    /// Adds targets whose names are being looked up. The run continues until all are.
    pub(super) fn add_pending(&mut self, targets: u32) {
        self.grow(targets, State::LookupPending);
        self.names.pending = self.names.pending.saturating_add(targets);
    }

    /// The result of looking up this target's name. A target with an address joins the next round, and gets as many rounds
    /// as the others.
    pub(super) fn note_lookup(&mut self, target: TargetNumber, lookup: Lookup) {
        let (state, reason) = match lookup {
            Lookup::Found => (State::Undecided, None),
            Lookup::Same(_) => (State::Shared, None),
            Lookup::Nothing => (State::Dead, Some(Reason::Unresolved)),
            Lookup::Failed(why) => (State::LookupFailed, Some(Reason::LookupFailed(why))),
            Lookup::LeftOut => (State::LeftOut, None),
        };
        let reason = reason.map_or(0, |reason| self.reasons.number(reason));
        let Some(entry) = self.targets.get_mut(target as usize) else {
            return;
        };
        match entry.state {
            State::LookupPending => self.names.pending -= 1,
            // In rounds, only names without an address are dead.
            State::Dead if self.names.are_looked_up_again => self.dead -= 1,
            State::LookupFailed if self.names.are_looked_up_again => self.names.lookup_failed -= 1,
            _ => return,
        }
        (entry.state, entry.reason) = (state, reason);
        match lookup {
            Lookup::Found => {
                self.names.probed.push(target);
                self.begin(1);
            }
            Lookup::Same(first) => self.share(target, first),
            Lookup::Nothing => {
                self.dead += 1;
                self.push_decided(target);
            }
            Lookup::Failed(_) => {
                self.names.lookup_failed += 1;
                self.push_decided(target);
            }
            Lookup::LeftOut => self.names.left_out += 1,
        }
    }

    /// Looks up names without an address again, so that they may be probed later.
    #[must_use]
    pub fn looking_up_again(mut self) -> Self {
        self.names.are_looked_up_again = !self.is_alive_scan();
        self
    }

    /// Whether the run continues only because a name may get an address.
    pub(super) fn awaits_names(&self) -> bool {
        self.names.are_looked_up_again && self.probed_targets() == 0 && self.valid_targets() > 0
    }

    /// This target shares the results of the first one with its address.
    fn share(&mut self, target: TargetNumber, first: TargetNumber) {
        self.names.shared.insert(target, first);
        self.names.sharing.entry(first).or_default().push(target);
        let state = self.targets.get(first as usize).map(|entry| entry.state);
        match state {
            Some(State::Alive) => self.alive += 1,
            Some(State::Dead) => self.dead += 1,
            _ => return,
        }
        self.push_decided(target);
    }

    /// Queues a decision for reporting, in an alive scan.
    fn push_decided(&mut self, target: TargetNumber) {
        if self.is_alive_scan() {
            self.decided.push_back(target);
        }
    }

    /// How many targets have this target's address, including itself.
    pub(super) fn sharers(&self, target: TargetNumber) -> u32 {
        let others = self.names.sharing.get(&target).map_or(0, Vec::len);
        u32::try_from(others).map_or(u32::MAX, |others| others.saturating_add(1))
    }

    /// Queues the decision about all targets with this address, in the user's order.
    pub(super) fn push_all_decided(&mut self, target: TargetNumber) {
        let Some(others) = self.names.sharing.get(&target) else {
            return self.decided.push_back(target);
        };
        let mut all = others.clone();
        all.push(target);
        all.sort_by(|&one, &other| self.order.given(one, other));
        self.decided.extend(all);
    }

    /// The target that is probed for this one, usually itself.
    pub(super) fn probed_for(&self, target: TargetNumber) -> TargetNumber {
        self.names.shared.get(&target).copied().unwrap_or(target)
    }

    /// Whether an alive scan has not decided about this target.
    #[must_use]
    pub(super) fn undecided(&self, target: TargetNumber) -> bool {
        let entry = self.targets.get(self.probed_for(target) as usize);
        let is_open =
            |entry: &Target| matches!(entry.state, State::LookupPending | State::Undecided);
        self.is_alive_scan() && entry.is_some_and(is_open)
    }

    /// How many targets share another one's address.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "there are no more than targets"
    )]
    pub(super) fn shared(&self) -> u32 {
        self.names.shared.len() as u32
    }

    /// How many targets there are, without those that turned out to be none.
    pub(super) fn valid_targets(&self) -> u32 {
        self.targets().saturating_sub(self.names.left_out)
    }

    /// How many of them are or may be alive.
    pub(super) fn possibly_alive(&self) -> u32 {
        let not = self.dead.saturating_add(self.names.lookup_failed);
        self.valid_targets().saturating_sub(not)
    }

    /// How many of them are alive or dead, or will never be known.
    pub(super) fn decided_targets(&self) -> u32 {
        let decided = self.alive.saturating_add(self.dead);
        decided.saturating_add(self.names.lookup_failed)
    }

    #[allow(
        clippy::cast_possible_truncation,
        reason = "there are no more than targets"
    )]
    pub(super) fn probed_targets(&self) -> u32 {
        self.initial_targets
            .saturating_add(self.names.probed.len() as u32)
    }

    /// How many targets are probed, or may be later.
    pub(super) fn max_probed_targets(&self) -> u32 {
        self.probed_targets().saturating_add(self.names.pending)
    }

    /// The target probed at this position: first the targets given with addresses, in their order.
    pub(super) fn target_at(&self, turn: u32) -> TargetNumber {
        let behind = turn.checked_sub(self.initial_targets);
        let probed = behind.and_then(|behind| self.names.probed.get(behind as usize));
        probed.copied().unwrap_or_else(|| self.order.at(turn))
    }
}
