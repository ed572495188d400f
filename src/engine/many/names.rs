//! Targets that were given by name: what becomes of their lookups, and names that share an address.
//!
//! An address is probed once, for the target that had it first. The others that have it are told and counted with that one.

use std::collections::BTreeMap;

use super::Many;
use super::ledger::{State, Target};
use crate::event::{Lookup, Reason, TargetNumber};

/// What is kept of names only: a run of addresses has nothing here.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// How many are being looked up.
    pending: u32,
    /// Whether a lookup may add further targets.
    may_add_targets: bool,
    /// Whether names without an address are looked up again.
    are_looked_up_again: bool,
    /// How many lookups failed.
    not_known: u32,
    /// How many turned out to be no targets.
    left_out: u32,
    /// Those that are probed, in the order in which their addresses were found.
    probed: Vec<TargetNumber>,
    /// Those that share an address, and the target that is probed for them.
    shared: BTreeMap<TargetNumber, TargetNumber>,
    /// The same the other way round.
    sharing: BTreeMap<TargetNumber, Vec<TargetNumber>>,
}

impl Names {
    /// Whether names are being looked up.
    pub(super) fn are_pending(&self) -> bool {
        self.pending > 0
    }

    /// A lookup may add further targets.
    pub(super) fn may_add_targets(&mut self) {
        self.may_add_targets = true;
    }

    /// Whether there may be more targets than now.
    pub(super) fn may_grow(&self) -> bool {
        self.may_add_targets && self.are_pending()
    }
}

impl Many {
    /// So many more targets, behind the others, whose names are being looked up: as long as that is so, the run goes on.
    pub(super) fn expect(&mut self, targets: u32) {
        self.grow(targets, State::LookedUp);
        self.names.pending = self.names.pending.saturating_add(targets);
    }

    /// What became of the lookup of this target's name. A target with an address is in the next round, and in as many as
    /// the others.
    pub(super) fn take_in(&mut self, target: TargetNumber, lookup: Lookup) {
        let (state, reason) = match lookup {
            Lookup::Found => (State::Asked, None),
            Lookup::Same(_) => (State::Shared, None),
            Lookup::Nothing => (State::Dead, Some(Reason::Unresolved)),
            Lookup::Failed(why) => (State::NotKnown, Some(Reason::LookupFailed(why))),
            Lookup::LeftOut => (State::LeftOut, None),
        };
        let reason = reason.map_or(0, |reason| self.reasons.number(reason));
        let Some(entry) = self.targets.get_mut(target as usize) else {
            return;
        };
        match entry.state {
            State::LookedUp => self.names.pending -= 1,
            // In rounds only a name without an address is dead.
            State::Dead if self.names.are_looked_up_again => self.dead -= 1,
            State::NotKnown if self.names.are_looked_up_again => self.names.not_known -= 1,
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
                self.tell(target);
            }
            Lookup::Failed(_) => {
                self.names.not_known += 1;
                self.tell(target);
            }
            Lookup::LeftOut => self.names.left_out += 1,
        }
    }

    /// Names without an address are looked up again, so that they may be probed later.
    #[must_use]
    pub fn looking_up_again(mut self) -> Self {
        self.names.are_looked_up_again = !self.is_alive_scan();
        self
    }

    /// Whether the run goes on only because a name may get an address.
    pub(super) fn waits_for_names(&self) -> bool {
        self.names.are_looked_up_again && self.turns() == 0 && self.rows() > 0
    }

    /// This target has the results of the one that had its address first.
    fn share(&mut self, target: TargetNumber, first: TargetNumber) {
        self.names.shared.insert(target, first);
        self.names.sharing.entry(first).or_default().push(target);
        let state = self.targets.get(first as usize).map(|entry| entry.state);
        match state {
            Some(State::Alive) => self.alive += 1,
            Some(State::Dead) => self.dead += 1,
            _ => return,
        }
        self.tell(target);
    }

    /// It is told what is decided about this target, where that is asked.
    fn tell(&mut self, target: TargetNumber) {
        if self.is_alive_scan() {
            self.decided.push_back(target);
        }
    }

    /// How many targets have the address of this one, with itself.
    pub(super) fn sharers(&self, target: TargetNumber) -> u32 {
        let others = self.names.sharing.get(&target).map_or(0, Vec::len);
        u32::try_from(others).map_or(u32::MAX, |others| others.saturating_add(1))
    }

    /// It is told of all targets with this address what is decided, as they were given.
    pub(super) fn tell_all(&mut self, target: TargetNumber) {
        let Some(others) = self.names.sharing.get(&target) else {
            return self.decided.push_back(target);
        };
        let mut all = others.clone();
        all.push(target);
        all.sort_by(|&one, &other| self.order.given(one, other));
        self.decided.extend(all);
    }

    /// The target that is probed for this one: mostly itself.
    pub(super) fn probed_for(&self, target: TargetNumber) -> TargetNumber {
        self.names.shared.get(&target).copied().unwrap_or(target)
    }

    /// Whether the run ends before it is decided whether this target is alive.
    #[must_use]
    pub(super) fn is_open(&self, target: TargetNumber) -> bool {
        let entry = self.targets.get(self.probed_for(target) as usize);
        let is_open = |entry: &Target| matches!(entry.state, State::LookedUp | State::Asked);
        self.is_alive_scan() && entry.is_some_and(is_open)
    }

    /// How many have the address of another target.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "there are no more than targets"
    )]
    pub(super) fn shared(&self) -> u32 {
        self.names.shared.len() as u32
    }

    /// How many targets there are, without those that turned out to be none.
    pub(super) fn rows(&self) -> u32 {
        self.targets().saturating_sub(self.names.left_out)
    }

    /// How many of them may be alive.
    pub(super) fn possible(&self) -> u32 {
        let not = self.dead.saturating_add(self.names.not_known);
        self.rows().saturating_sub(not)
    }

    /// Of how many it is known that they are alive or dead, or that this will not be known.
    pub(super) fn settled(&self) -> u32 {
        let decided = self.alive.saturating_add(self.dead);
        decided.saturating_add(self.names.not_known)
    }

    /// How many targets are probed.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "there are no more than targets"
    )]
    pub(super) fn turns(&self) -> u32 {
        self.first.saturating_add(self.names.probed.len() as u32)
    }

    /// How many targets are probed, or may be yet.
    pub(super) fn most_turns(&self) -> u32 {
        self.turns().saturating_add(self.names.pending)
    }

    /// The target whose turn this is: first those that were there from the beginning, in their order.
    pub(super) fn at(&self, turn: u32) -> TargetNumber {
        let behind = turn.checked_sub(self.first);
        let probed = behind.and_then(|behind| self.names.probed.get(behind as usize));
        probed.copied().unwrap_or_else(|| self.order.at(turn))
    }
}
