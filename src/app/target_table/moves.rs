//! Names that resolve to another address when they are looked up again.
//!
//! The old address is probed until the new one has answered; until then each probe goes to both. Replies to probes to
//! the old address remain valid after that.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::{State, TargetTable, plain};
use crate::event::{Change, Changed, Directory as _, LookupUpdates, TargetNumber};
use crate::resolve::{Answer, Resolved};

/// Addresses on trial, and old addresses.
#[derive(Debug, Default)]
pub(super) struct Moves {
    tried: RefCell<BTreeMap<TargetNumber, SocketAddr>>,
    left: RefCell<BTreeMap<TargetNumber, SocketAddr>>,
    /// Names whose move to another target's address was reported.
    told: RefCell<BTreeMap<TargetNumber, SocketAddr>>,
}

impl Moves {
    /// The target for which this address is on trial.
    pub(super) fn find(&self, address: SocketAddr) -> Option<TargetNumber> {
        let address = plain(address);
        let tried = self.tried.borrow();
        let mut tried = tried.iter();
        let found = tried.find(|(_, tried)| plain(**tried) == address);
        found.map(|(target, _)| *target)
    }

    pub(super) fn tried(&self, target: TargetNumber) -> Option<SocketAddr> {
        self.tried.borrow().get(&target).copied()
    }
}

impl TargetTable {
    /// The names with a finished lookup, except skipped ones, and their indices: that of this target, or all.
    pub(super) fn ended(&self, target: Option<TargetNumber>) -> Vec<(usize, &str)> {
        let only = target.map(|target| self.named(target).map(|named| named.name));
        let names = self.names.iter().enumerate();
        let names = names.filter(|(name, _)| only.is_none_or(|only| only == Some(*name)));
        let names = names.filter(|(name, _)| self.has_ended(*name));
        names.map(|(name, word)| (name, word.shown())).collect()
    }

    /// Whether the first lookup of this name has ended, and the name is not skipped.
    pub(super) fn has_ended(&self, name: usize) -> bool {
        let named = self.named.borrow();
        let named = named.get(name);
        named.is_some_and(|named| named.state == State::Ended)
    }

    /// Takes the result of a repeated lookup. A failed one changes nothing.
    pub(super) fn take_again(&self, answer: Answer, news: &mut LookupUpdates) {
        let (name, target) = (answer.index, self.number(answer.index));
        let Ok(resolved) = answer.outcome else {
            return;
        };
        let addresses = self.admitted(&resolved);
        let now = self.address(target);
        let has_not_moved = now.is_some_and(|now| addresses.contains(&now));
        let Some(first) = addresses.first().filter(|_| !has_not_moved) else {
            self.moves.tried.borrow_mut().remove(&target);
            return;
        };
        match (now, self.find(*first)) {
            (None, _) => self.get_address(name, *first, news),
            (Some(_), Some(other)) if other != target => self.refuse_move(target, *first, news),
            (Some(_), _) => {
                self.moves.tried.borrow_mut().insert(target, *first);
            }
        }
    }

    fn admitted(&self, resolved: &Resolved) -> Vec<SocketAddr> {
        let admitted = resolved.addresses.iter();
        let admitted = admitted.filter_map(|it| self.rules.admission.admit(*it).ok());
        admitted.collect()
    }

    /// Sets the first address of a name.
    fn get_address(&self, name: usize, address: SocketAddr, news: &mut LookupUpdates) {
        self.unresolved.borrow_mut().remove(&name);
        self.place(name, address, news);
        news.changes.push(Change {
            target: self.number(name),
            what: Changed::Address {
                before: None,
                after: address,
            },
        });
    }

    /// Rejects a move to the address of another target: an address is probed for one target only.
    fn refuse_move(&self, target: TargetNumber, address: SocketAddr, news: &mut LookupUpdates) {
        let told = self.moves.told.borrow_mut().insert(target, address);
        if told != Some(address) {
            news.complaints.push(format!(
                "{} has the address of another target now ({}): its old address is probed on",
                self.name(target).unwrap_or_default(),
                address.ip()
            ));
        }
    }

    /// Accepts the address on trial, because it has answered.
    pub(super) fn accept(&self, target: TargetNumber, address: SocketAddr) -> Option<Changed> {
        let after = self.moves.tried(target)?;
        if plain(after) != plain(address) {
            return None;
        }
        self.moves.tried.borrow_mut().remove(&target);
        let place = target.checked_sub(self.fixed())? as usize;
        let before = {
            let mut named = self.named.borrow_mut();
            named.get_mut(place)?.address.replace(after)
        };
        let mut index = self.index.borrow_mut();
        index.insert(plain(after), target);
        // Replies to the last probes to the old address may be in flight; those to an older address are not.
        if let Some(before) = before {
            let forgotten = self.moves.left.borrow_mut().insert(target, before);
            if let Some(forgotten) = forgotten.filter(|it| plain(*it) != plain(after)) {
                index.remove(&plain(forgotten));
            }
        }
        self.found.borrow_mut().push(target);
        Some(Changed::Address { before, after })
    }
}
