//! The targets of a run with many: those given as addresses, and those whose names are resolved during the run.

use std::cell::{Cell, OnceCell, RefCell};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::SocketAddr;

use super::interface::Interfaces;
use crate::config::many::AddressNames;
use crate::event::{Directory, Lookup, LookupUpdates, TargetNumber};
use crate::resolve::{Answer, LookupFailed, MAX_ADDRESSES, Resolved, advise};
use crate::target::{Admission, Limit, NoTarget, Targets};
use moves::Moves;

pub(super) use resolving::ResolvingTargets;

mod moves;
mod resolving;

/// A name, and its label in the file of targets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    /// Its ASCII form.
    pub(super) ascii: String,
    /// The name as typed and printed, if it differs.
    pub(super) typed: Option<String>,
    pub(super) label: Option<String>,
}

impl Name {
    fn shown(&self) -> &str {
        self.typed.as_deref().unwrap_or(&self.ascii)
    }
}

#[derive(Debug, Clone, Copy)]
struct Named {
    name: usize,
    /// The index of its address among those of the name.
    position: usize,
    /// `None` if the name is not resolved, or has no address.
    address: Option<SocketAddr>,
    state: State,
}

/// The state of a name's lookup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Pending,
    Ended,
    /// Not a target.
    LeftOut,
}

/// Rules for the addresses of names.
#[derive(Debug, Clone, Default)]
pub(super) struct Rules {
    /// The addresses that may be probed.
    pub(super) admission: Admission,
    /// Listed in advance, because a confined loop cannot list them.
    pub(super) interfaces: Interfaces,
    /// Probe all addresses of a name, not only the first.
    pub(super) all_addresses: bool,
    /// The addresses that are printed with their own names.
    pub(super) names: AddressNames,
    /// The limit of targets, including those found by lookups.
    pub(super) limit: Limit,
    /// A name without an address is skipped, and no failure.
    pub(super) skip_bad: bool,
    /// The same for a name whose lookup failed.
    pub(super) hosts_only: bool,
}

/// All targets. Those given as addresses have the first numbers. Then each name has one, and further addresses of names
/// follow in the order of their resolution.
#[derive(Debug)]
pub(super) struct TargetTable {
    fixed: Targets,
    names: Vec<Name>,
    /// The names of each name's addresses, if requested.
    of_addresses: Vec<OnceCell<Vec<Option<String>>>>,
    rules: Rules,
    /// The targets after those given as addresses.
    named: RefCell<Vec<Named>>,
    /// The targets for the further addresses of each name.
    further: RefCell<BTreeMap<usize, Vec<TargetNumber>>>,
    /// Targets with new addresses, in this order.
    found: RefCell<Vec<TargetNumber>>,
    /// The target that is probed at each address of a name.
    index: RefCell<HashMap<SocketAddr, TargetNumber>>,
    moves: Moves,
    /// Whether an invalid target is a failure of this run.
    bad_words: bool,
    /// Names without a usable address, which are failures.
    unresolved: RefCell<BTreeSet<usize>>,
    /// Number of words without an address.
    unknown: Cell<TargetNumber>,
}

impl TargetTable {
    pub(super) fn new(fixed: Targets, names: Vec<Name>, rules: Rules, bad_words: bool) -> Self {
        let pending = (0..names.len()).map(|name| Named {
            name,
            position: 0,
            address: None,
            state: State::Pending,
        });
        let of_addresses = if rules.names == AddressNames::Never {
            Vec::new()
        } else {
            vec![OnceCell::new(); names.len()]
        };
        Self {
            of_addresses,
            named: RefCell::new(pending.collect()),
            fixed,
            names,
            rules,
            further: RefCell::default(),
            found: RefCell::default(),
            index: RefCell::default(),
            moves: Moves::default(),
            bad_words,
            unresolved: RefCell::default(),
            unknown: Cell::new(0),
        }
    }

    /// Sets the number of words already known to be invalid.
    pub(super) fn with_unknown(self, words: TargetNumber) -> Self {
        self.unknown.set(words);
        self
    }

    /// Whether an invalid target is a failure of this run.
    pub(super) fn has_bad_words(&self) -> bool {
        self.bad_words
    }

    /// Whether a name without a usable address is a failure of this run.
    pub(super) fn has_unresolved(&self) -> bool {
        !self.unresolved.borrow().is_empty()
    }

    pub(super) fn is_all_left_out(&self) -> bool {
        self.as_given().next().is_none()
    }

    /// Maximum number of targets after all lookups, or `None` if it is unknown.
    pub(super) fn most(&self) -> Option<TargetNumber> {
        let is_known = !self.rules.all_addresses || self.names.is_empty();
        is_known.then(|| self.fixed().saturating_add(self.names()))
    }

    /// Number of targets given as addresses.
    pub(super) fn fixed(&self) -> TargetNumber {
        TargetNumber::try_from(self.fixed.len()).unwrap_or(TargetNumber::MAX)
    }

    /// Number of targets given by name.
    pub(super) fn names(&self) -> TargetNumber {
        TargetNumber::try_from(self.names.len()).unwrap_or(TargetNumber::MAX)
    }

    /// Whether this is the address of a target.
    pub(super) fn has(&self, address: SocketAddr) -> bool {
        self.find(address).is_some()
    }

    /// The names for the resolver.
    pub(super) fn words(&self) -> Vec<String> {
        self.names
            .iter()
            .map(|name| name.shown().to_owned())
            .collect()
    }

    /// The number of a target after those given as addresses.
    fn number(&self, place: usize) -> TargetNumber {
        let place = TargetNumber::try_from(place).unwrap_or(TargetNumber::MAX);
        self.fixed().saturating_add(place)
    }

    /// The given position of a target: the number of addresses before it, the index of its name, and its number.
    fn place_given(&self, target: TargetNumber) -> (u64, usize, TargetNumber) {
        let name = self.named(target).map(|named| named.name);
        let marks = self.fixed.marks();
        match name.and_then(|name| Some((*marks.get(name)?, name))) {
            Some((before, name)) => (before, name, target),
            // A name after the same number of addresses was given before this address.
            None => (target.into(), usize::MAX, target),
        }
    }

    fn named(&self, target: TargetNumber) -> Option<Named> {
        let place = target.checked_sub(self.fixed())?;
        self.named.borrow().get(place as usize).copied()
    }

    fn name_of(&self, target: TargetNumber) -> Option<&Name> {
        self.names.get(self.named(target)?.name)
    }

    /// The name of the target's address, if requested and found.
    fn name_of_address(&self, target: TargetNumber) -> Option<&str> {
        let named = self.named(target)?;
        let of_addresses = self.of_addresses.get(named.name)?.get()?;
        of_addresses.get(named.position)?.as_deref()
    }

    /// Whether this name is skipped.
    fn is_left_out(&self, name: usize) -> bool {
        let named = self.named.borrow();
        named
            .get(name)
            .is_some_and(|named| named.state == State::LeftOut)
    }

    fn take(&self, answer: Answer, news: &mut LookupUpdates) {
        let name = answer.index;
        if self.has_ended(name) {
            return self.take_again(answer, news);
        }
        match answer.outcome {
            Ok(resolved) => self.take_addresses(name, &resolved, news),
            Err(error) => {
                let lookup = match error.downcast_ref::<LookupFailed>() {
                    Some(failed) if !self.rules.hosts_only => Lookup::Failed(failed.why()),
                    _ => self.nothing(name),
                };
                // The text that programs match is at the end of fping's line.
                let error = if self.rules.hosts_only {
                    error
                } else {
                    advise(error, self.rules.admission.family)
                };
                news.complaints.push(super::message(&error));
                self.end(name, lookup, news);
            }
        }
    }

    /// A name without a usable address is an unanswered target, unless such names are skipped.
    fn nothing(&self, name: usize) -> Lookup {
        self.unknown.set(self.unknown.get().saturating_add(1));
        if self.rules.skip_bad {
            return Lookup::LeftOut;
        }
        self.unresolved.borrow_mut().insert(name);
        Lookup::Nothing
    }

    /// Ends the lookup of a name without an address.
    fn end(&self, name: usize, lookup: Lookup, news: &mut LookupUpdates) {
        if let Some(named) = self.named.borrow_mut().get_mut(name) {
            named.state = match lookup {
                Lookup::LeftOut => State::LeftOut,
                _ => State::Ended,
            };
        }
        news.lookups.push((self.number(name), lookup));
    }

    fn take_addresses(&self, name: usize, resolved: &Resolved, news: &mut LookupUpdates) {
        let word = self.names.get(name).map_or("", Name::shown);
        let (mut addresses, mut refused) = (Vec::new(), Vec::new());
        let mut names = Vec::new();
        for (position, &found) in resolved.addresses.iter().enumerate() {
            match self.rules.admission.admit(found) {
                Ok(address) if addresses.contains(&address) => {}
                Ok(address) => {
                    addresses.push(address);
                    names.push(resolved.names.get(position).cloned().flatten());
                }
                Err(NoTarget::Excluded) => {}
                Err(why) => {
                    let why = self.rules.interfaces.why(why, found.ip());
                    refused.push(format!("{word} is {}: {why}", found.ip()));
                }
            }
        }
        if self.rules.all_addresses && resolved.may_have_more {
            news.complaints.push(format!(
                "{word}: the resolver of this static binary gives at most {MAX_ADDRESSES} addresses of a name: there may be more"
            ));
        }
        if !self.rules.all_addresses {
            addresses.truncate(1);
            refused.truncate(usize::from(addresses.is_empty()));
        }
        let is_refused = !refused.is_empty();
        news.complaints.append(&mut refused);
        if let Some(of_addresses) = self.of_addresses.get(name) {
            // Set once: the lookup of a name ends once.
            let _ = of_addresses.set(names);
        }
        let Some((first, others)) = addresses.split_first() else {
            let lookup = if is_refused {
                self.nothing(name)
            } else {
                Lookup::LeftOut
            };
            return self.end(name, lookup, news);
        };
        self.place(name, *first, news);
        self.take_further(name, others, news);
    }

    /// Adds further addresses of a name, up to the limit of targets.
    fn take_further(&self, name: usize, addresses: &[SocketAddr], news: &mut LookupUpdates) {
        for (taken, address) in addresses.iter().enumerate() {
            let place = self.named.borrow().len();
            let targets = u128::from(self.fixed.len()) + place as u128;
            let left_out = addresses.len() - taken;
            if self.rules.limit.check(targets + 1).is_err()
                && let Err(error) = self.rules.limit.check(targets + left_out as u128)
            {
                let word = self.names.get(name).map_or("", Name::shown);
                let all = addresses.len() + 1;
                let text =
                    format!("{word}: {left_out} of its {all} addresses are not probed: {error}");
                return news.complaints.push(text);
            }
            self.named.borrow_mut().push(Named {
                name,
                position: taken + 1,
                address: None,
                state: State::Pending,
            });
            let mut further = self.further.borrow_mut();
            further.entry(name).or_default().push(self.number(place));
            news.added += 1;
            self.place(place, *address, news);
        }
    }

    /// Sets the address of the target at this index.
    fn place(&self, place: usize, address: SocketAddr, news: &mut LookupUpdates) {
        let number = self.number(place);
        if let Some(named) = self.named.borrow_mut().get_mut(place) {
            named.address = Some(address);
            named.state = State::Ended;
        }
        self.found.borrow_mut().push(number);
        let lookup = if let Some(first) = self.find(address) {
            Lookup::Same(first)
        } else {
            self.index.borrow_mut().insert(address, number);
            Lookup::Found
        };
        news.lookups.push((number, lookup));
    }

    fn end_all(&self, news: &mut LookupUpdates) {
        for name in 0..self.names.len() {
            let named = self.named.borrow().get(name).copied();
            if named.is_some_and(|named| named.state == State::Pending) {
                self.end(
                    name,
                    Lookup::Failed("its lookup ended without an answer"),
                    news,
                );
            }
        }
    }

    /// The target with this address, now or until recently.
    fn find(&self, address: SocketAddr) -> Option<TargetNumber> {
        let fixed = self.fixed.find(address);
        let fixed = fixed.and_then(|number| TargetNumber::try_from(number).ok());
        fixed.or_else(|| self.index.borrow().get(&plain(address)).copied())
    }
}

/// The address without port and flow label.
fn plain(address: SocketAddr) -> SocketAddr {
    let mut address = address;
    address.set_port(0);
    if let SocketAddr::V6(v6) = &mut address {
        v6.set_flowinfo(0);
    }
    address
}

impl Directory for TargetTable {
    fn len(&self) -> TargetNumber {
        self.number(self.named.borrow().len())
    }

    fn address(&self, target: TargetNumber) -> Option<SocketAddr> {
        let fixed = self.fixed.address(target.into());
        fixed.or_else(|| self.named(target)?.address)
    }

    fn name(&self, target: TargetNumber) -> Option<&str> {
        let of_address = self.name_of_address(target);
        of_address.or_else(|| self.typed(target))
    }

    fn typed(&self, target: TargetNumber) -> Option<&str> {
        self.name_of(target).map(Name::shown)
    }

    fn label(&self, target: TargetNumber) -> Option<&str> {
        let fixed = self.fixed.label(target.into());
        fixed.or_else(|| self.name_of(target)?.label.as_deref())
    }

    fn as_given(&self) -> Box<dyn Iterator<Item = TargetNumber> + '_> {
        let mut next = 0;
        let named = self.fixed.marks().iter().enumerate();
        let named = named.flat_map(move |(name, before)| {
            let before = TargetNumber::try_from(*before).unwrap_or(TargetNumber::MAX);
            let addresses = std::mem::replace(&mut next, before)..before;
            let own = (!self.is_left_out(name)).then(|| self.number(name));
            let further = self.further.borrow().get(&name).cloned();
            addresses.chain(own).chain(further.unwrap_or_default())
        });
        let last = self.fixed.marks().last().copied().unwrap_or(0);
        let last = TargetNumber::try_from(last).unwrap_or(TargetNumber::MAX);
        Box::new(named.chain(last..self.fixed()))
    }

    fn probed(&self, target: TargetNumber) -> TargetNumber {
        let address = self.address(target);
        address.and_then(|it| self.find(it)).unwrap_or(target)
    }

    fn given(&self, one: TargetNumber, other: TargetNumber) -> Ordering {
        self.place_given(one).cmp(&self.place_given(other))
    }

    fn unknown(&self) -> TargetNumber {
        self.unknown.get()
    }

    fn found(&self, position: usize) -> Option<TargetNumber> {
        self.found.borrow().get(position).copied()
    }
}

#[cfg(test)]
mod tests;
