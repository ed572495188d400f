//! The targets of a run of many: those that were given as addresses, and those whose names are resolved meanwhile.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::rc::Rc;

use super::interface::Interfaces;
use crate::event::many::{Directory, News, Roster, TargetNumber};
use crate::resolve::{Answer, Pool, Resolved};
use crate::sanitize;
use crate::target::{Admission, NoTarget, Targets};

/// As many addresses of one name are probed with `--all-addresses`.
const MOST_ADDRESSES: usize = 16;

/// A name, and what the file of targets calls it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) name: String,
    pub(super) label: Option<String>,
}

/// A target that was given by name.
#[derive(Debug)]
struct Named {
    /// Its place among the names.
    name: usize,
    /// None: it was not resolved.
    address: Option<SocketAddr>,
}

/// What is to be done with the addresses of names.
#[derive(Debug, Clone, Default)]
pub(super) struct Rules {
    /// Those of them that may be probed.
    pub(super) admission: Admission,
    /// Listed already: the loop can ask nobody.
    pub(super) interfaces: Interfaces,
    /// All are probed, not only the first.
    pub(super) all_addresses: bool,
    /// A name without an address is no target and no failure.
    pub(super) skip_bad: bool,
}

/// All targets. Those given as addresses have the first numbers; those given by name have theirs in the order in which
/// they are resolved.
#[derive(Debug)]
pub(super) struct Book {
    fixed: Targets,
    names: Vec<Name>,
    rules: Rules,
    /// Room for all that the names can lead to, so that none moves while somebody reads its name.
    named: Vec<OnceCell<Named>>,
    filled: Cell<TargetNumber>,
    index: RefCell<HashMap<SocketAddr, TargetNumber>>,
    /// Whether a word or a line was no target, and that is a failure.
    bad_words: bool,
    /// Whether a name has no address that may be probed, and that is a failure.
    unresolved: Cell<bool>,
}

impl Book {
    pub(super) fn new(fixed: Targets, names: Vec<Name>, rules: Rules, bad_words: bool) -> Self {
        let each = if rules.all_addresses {
            MOST_ADDRESSES
        } else {
            1
        };
        let room = names.len().saturating_mul(each);
        Self {
            fixed,
            names,
            rules,
            named: std::iter::repeat_with(OnceCell::new).take(room).collect(),
            filled: Cell::new(0),
            index: RefCell::default(),
            bad_words,
            unresolved: Cell::new(false),
        }
    }

    /// Whether a word or a line was no target, and that is a failure.
    pub(super) fn has_bad_words(&self) -> bool {
        self.bad_words
    }

    /// Whether a name has no address that may be probed, and that is a failure.
    pub(super) fn has_unresolved(&self) -> bool {
        self.unresolved.get()
    }

    /// So many targets there are at most, once all names are looked up.
    pub(super) fn most(&self) -> TargetNumber {
        let names = TargetNumber::try_from(self.named.len()).unwrap_or(TargetNumber::MAX);
        self.fixed().saturating_add(names)
    }

    /// How many were given as addresses.
    pub(super) fn fixed(&self) -> TargetNumber {
        TargetNumber::try_from(self.fixed.len()).unwrap_or(TargetNumber::MAX)
    }

    /// The words that a resolver is to be asked about.
    pub(super) fn words(&self) -> Vec<String> {
        self.names.iter().map(|name| name.name.clone()).collect()
    }

    fn named(&self, target: TargetNumber) -> Option<&Named> {
        let place = target.checked_sub(self.fixed())?;
        self.named.get(place as usize)?.get()
    }

    fn name_of(&self, target: TargetNumber) -> Option<&Name> {
        self.names.get(self.named(target)?.name)
    }

    /// Adds a target; none if there is no room for it.
    fn add(&self, named: Named) -> Option<TargetNumber> {
        let place = self.filled.get();
        let address = named.address;
        self.named.get(place as usize)?.set(named).ok()?;
        self.filled.set(place + 1);
        let number = self.fixed().checked_add(place)?;
        if let Some(address) = address {
            self.index.borrow_mut().insert(address, number);
        }
        Some(number)
    }

    /// Adds what a name leads to, but for what is there already and what is left out.
    fn take(&self, answer: Answer, news: &mut News) {
        let name = answer.place;
        match answer.outcome {
            Ok(resolved) => self.take_addresses(name, &resolved, news),
            Err(error) => {
                news.complaints.push(super::message(&error));
                self.miss(name, news);
            }
        }
    }

    /// A name without an address that may be probed is a target that does not answer, unless it is passed over.
    fn miss(&self, name: usize, news: &mut News) {
        if self.rules.skip_bad {
            return;
        }
        self.unresolved.set(true);
        let number = self.add(Named {
            name,
            address: None,
        });
        news.unresolved.extend(number);
        news.added += u32::from(number.is_some());
    }

    fn take_addresses(&self, name: usize, resolved: &Resolved, news: &mut News) {
        let wanted = if self.rules.all_addresses {
            MOST_ADDRESSES
        } else {
            1
        };
        let word = self.names.get(name).map_or("", |name| &name.name);
        for &found in resolved.addresses.iter().take(wanted) {
            let address = match self.rules.admission.admit(found) {
                Ok(address) => address,
                Err(NoTarget::Excluded) => continue,
                Err(why) => {
                    let why = self.rules.interfaces.why(why, found.ip());
                    news.complaints
                        .push(format!("{word} is {}: {why}", found.ip()));
                    self.miss(name, news);
                    continue;
                }
            };
            if self.find(address).is_some() {
                let text = format!("{word} is {}, which is probed already", address.ip());
                news.complaints.push(text);
                continue;
            }
            let number = self.add(Named {
                name,
                address: Some(address),
            });
            news.added += u32::from(number.is_some());
        }
    }

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

impl Directory for Book {
    fn len(&self) -> TargetNumber {
        self.fixed().saturating_add(self.filled.get())
    }

    fn address(&self, target: TargetNumber) -> Option<SocketAddr> {
        let fixed = self.fixed.address(target.into());
        fixed.or_else(|| self.named(target)?.address)
    }

    fn name(&self, target: TargetNumber) -> Option<&str> {
        self.name_of(target).map(|name| name.name.as_str())
    }

    fn label(&self, target: TargetNumber) -> Option<&str> {
        let fixed = self.fixed.label(target.into());
        fixed.or_else(|| self.name_of(target)?.label.as_deref())
    }
}

/// The book, while names are looked up.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) book: Rc<Book>,
    pub(super) pool: Pool,
}

impl Directory for Open {
    fn len(&self) -> TargetNumber {
        self.book.len()
    }

    fn address(&self, target: TargetNumber) -> Option<SocketAddr> {
        self.book.address(target)
    }

    fn name(&self, target: TargetNumber) -> Option<&str> {
        self.book.name(target)
    }

    fn label(&self, target: TargetNumber) -> Option<&str> {
        self.book.label(target)
    }
}

impl Roster for Open {
    fn find(&self, address: SocketAddr) -> Option<TargetNumber> {
        self.book.find(address)
    }

    fn take_in(&mut self) -> News {
        let mut news = News::default();
        while let Some(answer) = self.pool.take() {
            self.book.take(answer, &mut news);
        }
        news.expecting = self.pool.is_busy();
        for complaint in &mut news.complaints {
            *complaint = sanitize::escape(&complaint);
        }
        news
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::{Block, Builder, Limit};
    use std::net::IpAddr;

    fn book(fixed: &[&str], names: &[&str], rules: Rules) -> Book {
        let mut builder = Builder::new();
        for address in fixed {
            let address: IpAddr = address.parse().unwrap();
            builder.add(Block::from(address), 0, None).unwrap();
        }
        let name = |name: &&str| Name {
            name: (*name).to_owned(),
            label: Some(format!("label of {name}")),
        };
        let names = names.iter().map(name).collect();
        Book::new(builder.build(Limit::DEFAULT).unwrap(), names, rules, false)
    }

    fn answer(place: usize, addresses: &[&str]) -> Answer {
        let address = |address: &&str| format!("{address}:0").parse().unwrap();
        Answer {
            place,
            outcome: Ok(Resolved {
                name: String::new(),
                addresses: addresses.iter().map(address).collect(),
                numeric: false,
            }),
        }
    }

    fn added(book: &Book, answer: Answer) -> TargetNumber {
        let mut news = News::default();
        book.take(answer, &mut news);
        news.added
    }

    #[test]
    fn names_follow_the_addresses_in_the_order_in_which_they_are_resolved() {
        let book = book(&["192.0.2.1"], &["a", "b"], Rules::default());
        assert_eq!(added(&book, answer(1, &["192.0.2.9", "192.0.2.8"])), 1);
        assert_eq!(added(&book, answer(0, &["192.0.2.7"])), 1);
        assert_eq!(book.len(), 3);
        assert_eq!(
            (book.name(0), book.name(1), book.name(2)),
            (None, Some("b"), Some("a"))
        );
        assert_eq!(book.label(2), Some("label of a"));
        for target in 0..3 {
            let address = book.address(target).unwrap();
            assert_eq!(book.find(address), Some(target));
        }
        assert_eq!(book.find("192.0.2.8:0".parse().unwrap()), None);
    }

    #[test]
    fn all_addresses_of_a_name_are_targets_if_that_is_asked_for() {
        let rules = Rules {
            all_addresses: true,
            ..Rules::default()
        };
        let book = book(&["192.0.2.1"], &["a"], rules);
        assert_eq!(
            added(&book, answer(0, &["192.0.2.1", "192.0.2.2", "192.0.2.3"])),
            2
        );
        assert_eq!(book.len(), 3);
    }

    #[test]
    fn what_a_name_leads_to_may_be_left_out_or_be_there_already() {
        let excluded = Block::new(
            "192.0.2.128".parse().unwrap(),
            "192.0.2.255".parse().unwrap(),
        );
        let mut rules = Rules::default();
        rules.admission.exclude(excluded.unwrap(), 0);
        let book = book(&["192.0.2.1"], &["a", "b", "c"], rules);
        assert_eq!(added(&book, answer(0, &["192.0.2.128"])), 0);
        assert_eq!(added(&book, answer(1, &["192.0.2.1"])), 0);
        assert_eq!(added(&book, answer(2, &["192.0.2.127"])), 1);
    }

    #[test]
    fn a_name_whose_address_may_not_be_probed_is_told_and_is_as_one_without_an_address() {
        for skip_bad in [false, true] {
            let rules = Rules {
                skip_bad,
                ..Rules::default()
            };
            let book = book(&[], &["a"], rules);
            let mut news = News::default();
            book.take(answer(0, &["224.0.0.1"]), &mut news);
            assert_eq!(
                news.complaints,
                [
                    "a is 224.0.0.1: many hosts answer to multicast and broadcast; root may allow it with -b"
                ]
            );
            assert_eq!(news.unresolved.is_empty(), skip_bad);
            assert_eq!(book.has_unresolved(), !skip_bad);
            assert_eq!(book.address(0), None);
            assert_eq!(book.len(), u32::from(!skip_bad));
        }
    }

    #[test]
    fn a_link_local_address_is_found_on_the_interface_that_it_was_looked_for_on() {
        let mut rules = Rules::default();
        rules.admission.interface = Some(7);
        let book = book(&[], &["a"], rules);
        assert_eq!(added(&book, answer(0, &["[fe80::5]"])), 1);
        assert_eq!(book.find("[fe80::5%7]:0".parse().unwrap()), Some(0));
        assert_eq!(book.find("[fe80::5%8]:0".parse().unwrap()), None);
    }

    #[test]
    fn a_name_without_an_address_is_a_target_that_fails_unless_it_is_passed_over() {
        for skip_bad in [false, true] {
            let rules = Rules {
                skip_bad,
                ..Rules::default()
            };
            let book = book(&[], &["a"], rules);
            let mut news = News::default();
            let outcome = Err(anyhow::anyhow!("a: no such name"));
            book.take(Answer { place: 0, outcome }, &mut news);
            assert_eq!(news.complaints, ["a: no such name"]);
            assert_eq!(news.unresolved.is_empty(), skip_bad);
            assert_eq!(book.has_unresolved(), !skip_bad);
            assert_eq!(book.len(), u32::from(!skip_bad));
        }
    }
}
