//! The targets of a run of many: those that were given as addresses, and those whose names are resolved meanwhile.

use std::cell::{Cell, OnceCell, RefCell};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::SocketAddr;

use super::interface::Interfaces;
use crate::config::many::AddressNames;
use crate::event::{Directory, Lookup, LookupUpdates, TargetNumber};
use crate::resolve::{Answer, LookupFailed, MOST_ADDRESSES, Resolved, advise};
use crate::target::{Admission, Limit, NoTarget, Targets};
use moves::Moves;

pub(super) use resolving::ResolvingTargets;

mod moves;
mod resolving;

/// A name, and what the file of targets calls it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    /// Its ASCII form.
    pub(super) ascii: String,
    /// How it was typed and is printed, if that is another text.
    pub(super) typed: Option<String>,
    pub(super) label: Option<String>,
}

impl Name {
    /// How it is printed.
    fn shown(&self) -> &str {
        self.typed.as_deref().unwrap_or(&self.ascii)
    }
}

/// A target that was given by name.
#[derive(Debug, Clone, Copy)]
struct Named {
    /// Its place among the names.
    name: usize,
    /// Which of the addresses of that name it has.
    position: usize,
    /// None: its name is not resolved, or has none.
    address: Option<SocketAddr>,
    state: State,
}

/// How far the lookup of a name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Pending,
    Ended,
    /// It is no target.
    LeftOut,
}

/// What is to be done with the addresses of names.
#[derive(Debug, Clone, Default)]
pub(super) struct Rules {
    /// Those of them that may be probed.
    pub(super) admission: Admission,
    /// Listed already: a confined loop cannot list them.
    pub(super) interfaces: Interfaces,
    /// All are probed, not only the first.
    pub(super) all_addresses: bool,
    /// Which of them targets go by the names of.
    pub(super) names: AddressNames,
    /// How many targets there may be with them.
    pub(super) limit: Limit,
    /// A name without an address is no target and no failure.
    pub(super) skip_bad: bool,
    /// The same where the lookup of a name failed.
    pub(super) hosts_only: bool,
}

/// All targets. Those given as addresses have the first numbers, and each name has the next one; behind them are further
/// addresses of names, in the order in which they are resolved.
#[derive(Debug)]
pub(super) struct TargetTable {
    fixed: Targets,
    names: Vec<Name>,
    /// The names of the addresses of each name, where they were asked for.
    of_addresses: Vec<OnceCell<Vec<Option<String>>>>,
    rules: Rules,
    /// The targets behind those that were given as addresses.
    named: RefCell<Vec<Named>>,
    /// The further addresses of each name.
    further: RefCell<BTreeMap<usize, Vec<TargetNumber>>>,
    /// Targets whose addresses were found, in this order.
    found: RefCell<Vec<TargetNumber>>,
    /// The target that is probed at each address that names lead to.
    index: RefCell<HashMap<SocketAddr, TargetNumber>>,
    moves: Moves,
    /// Whether a word or a line was no target, and that is a failure.
    bad_words: bool,
    /// Whether a name has no address that may be probed, and that is a failure.
    unresolved: RefCell<BTreeSet<usize>>,
    /// How many words have no address.
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

    /// How many words had turned out to be no targets before.
    pub(super) fn with_unknown(self, words: TargetNumber) -> Self {
        self.unknown.set(words);
        self
    }

    /// Whether a word or a line was no target, and that is a failure.
    pub(super) fn has_bad_words(&self) -> bool {
        self.bad_words
    }

    /// Whether a name has no address that may be probed, and that is a failure.
    pub(super) fn has_unresolved(&self) -> bool {
        !self.unresolved.borrow().is_empty()
    }

    /// Whether no target is left.
    pub(super) fn is_all_left_out(&self) -> bool {
        self.as_given().next().is_none()
    }

    /// How many targets there are at most, once all names are looked up; `None` if that is not known.
    pub(super) fn most(&self) -> Option<TargetNumber> {
        let is_known = !self.rules.all_addresses || self.names.is_empty();
        is_known.then(|| self.fixed().saturating_add(self.names()))
    }

    /// How many were given as addresses.
    pub(super) fn fixed(&self) -> TargetNumber {
        TargetNumber::try_from(self.fixed.len()).unwrap_or(TargetNumber::MAX)
    }

    /// How many were given by name.
    pub(super) fn names(&self) -> TargetNumber {
        TargetNumber::try_from(self.names.len()).unwrap_or(TargetNumber::MAX)
    }

    /// Whether this address is that of a target.
    pub(super) fn has(&self, address: SocketAddr) -> bool {
        self.find(address).is_some()
    }

    /// The words that a resolver is to be asked about.
    pub(super) fn words(&self) -> Vec<String> {
        self.names
            .iter()
            .map(|name| name.shown().to_owned())
            .collect()
    }

    /// The number of a target behind those that were given as addresses.
    fn number(&self, place: usize) -> TargetNumber {
        let place = TargetNumber::try_from(place).unwrap_or(TargetNumber::MAX);
        self.fixed().saturating_add(place)
    }

    /// Where a target was given: how many addresses came before it, which name it has, and its number.
    fn place_given(&self, target: TargetNumber) -> (u64, usize, TargetNumber) {
        let name = self.named(target).map(|named| named.name);
        let marks = self.fixed.marks();
        match name.and_then(|name| Some((*marks.get(name)?, name))) {
            Some((before, name)) => (before, name, target),
            // A name with as many addresses before it came before this one.
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

    /// The name of its address, where it was asked for and there is one.
    fn name_of_address(&self, target: TargetNumber) -> Option<&str> {
        let named = self.named(target)?;
        let of_addresses = self.of_addresses.get(named.name)?.get()?;
        of_addresses.get(named.position)?.as_deref()
    }

    /// Whether this name is a target.
    fn is_left_out(&self, name: usize) -> bool {
        let named = self.named.borrow();
        named
            .get(name)
            .is_some_and(|named| named.state == State::LeftOut)
    }

    /// Takes in what became of the lookup of a name.
    fn take(&self, answer: Answer, news: &mut LookupUpdates) {
        let name = answer.place;
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
                // What programs look for ends the line of fping.
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

    /// A name without an address that may be probed is a target that does not answer, unless it is passed over.
    fn nothing(&self, name: usize) -> Lookup {
        self.unknown.set(self.unknown.get().saturating_add(1));
        if self.rules.skip_bad {
            return Lookup::LeftOut;
        }
        self.unresolved.borrow_mut().insert(name);
        Lookup::Nothing
    }

    /// The lookup of a name has ended without an address.
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
                "{word}: the resolver of this static binary gives at most {MOST_ADDRESSES} addresses of a name: there may be more"
            ));
        }
        if !self.rules.all_addresses {
            addresses.truncate(1);
            refused.truncate(usize::from(addresses.is_empty()));
        }
        let is_refused = !refused.is_empty();
        news.complaints.append(&mut refused);
        if let Some(of_addresses) = self.of_addresses.get(name) {
            // The lookup of a name ends once.
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

    /// Further addresses of a name, up to the limit of targets.
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

    /// The target at this place has this address.
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

    /// Nobody looks up names any more.
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

    /// The target whose address this is, or was until lately.
    fn find(&self, address: SocketAddr) -> Option<TargetNumber> {
        let fixed = self.fixed.find(address);
        let fixed = fixed.and_then(|number| TargetNumber::try_from(number).ok());
        fixed.or_else(|| self.index.borrow().get(&plain(address)).copied())
    }
}

/// An address as names lead to it: no port, no flow label.
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
