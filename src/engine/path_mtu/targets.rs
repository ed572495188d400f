//! The targets of a run, and how far the search is for each.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use super::super::many::Order;
use super::search::Search;
use crate::event::{Lookup, MtuVerdict, PathMtu as Found, Reason, TargetNumber};

/// How far the search for a target is.
#[derive(Debug)]
enum State {
    /// Its name is being looked up.
    LookedUp,
    /// It has not had its turn.
    Waiting,
    Active(Box<Search>),
    /// The search is kept: late answers are about its probes.
    Decided(Box<(Search, Found)>),
    /// It has the address of another target, and the results of that one.
    Shared(TargetNumber),
    /// It has no address.
    Failed(Reason),
    /// It turned out to be no target.
    LeftOut,
}

/// A target, and what was measured of it besides.
#[derive(Debug)]
struct Target {
    state: State,
    counts: Counts,
}

/// What the table has of a target.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    pub(super) sent: u32,
    pub(super) received: u32,
    pub(super) suspended: u32,
    pub(super) min: Option<Duration>,
    pub(super) max: Option<Duration>,
    pub(super) sum: Duration,
    /// How many round trips are in the sum.
    pub(super) timed: u32,
}

impl Counts {
    pub(super) fn note_round_trip(&mut self, round_trip: Duration) {
        self.min = Some(self.min.map_or(round_trip, |min| min.min(round_trip)));
        self.max = self.max.max(Some(round_trip));
        self.sum = self.sum.saturating_add(round_trip);
        self.timed += 1;
    }
}

/// The targets.
#[derive(Debug)]
pub(super) struct Targets {
    all: Vec<Target>,
    order: Box<dyn Order>,
    /// How many had an address from the beginning, and how many of those had their turn.
    first: TargetNumber,
    begun: TargetNumber,
    /// Those whose names led to an address, in this order, and how many of them had their turn.
    found: Vec<TargetNumber>,
    found_begun: usize,
    pending: u32,
    active: usize,
    /// Further targets that share the address of one.
    sharing: BTreeMap<TargetNumber, Vec<TargetNumber>>,
}

impl Targets {
    pub(super) fn new(targets: TargetNumber, order: Box<dyn Order>) -> Self {
        let mut all = Self {
            all: Vec::new(),
            order,
            first: targets,
            begun: 0,
            found: Vec::new(),
            found_begun: 0,
            pending: 0,
            active: 0,
            sharing: BTreeMap::new(),
        };
        all.grow(targets, || State::Waiting);
        all
    }

    fn grow(&mut self, targets: TargetNumber, state: impl Fn() -> State) {
        self.all.extend((0..targets).map(|_| Target {
            state: state(),
            counts: Counts::default(),
        }));
    }

    /// How many more there are, whose names are being looked up.
    pub(super) fn expect(&mut self, targets: TargetNumber) {
        self.grow(targets, || State::LookedUp);
        self.pending += targets;
    }

    pub(super) fn are_expected(&self) -> bool {
        self.pending > 0
    }

    /// What became of the lookup of a name. Says whether the result for this target is known already.
    pub(super) fn look_up(&mut self, target: TargetNumber, lookup: Lookup) -> bool {
        let Some(entry) = self.all.get_mut(target as usize) else {
            return false;
        };
        if !matches!(entry.state, State::LookedUp) {
            return false;
        }
        self.pending -= 1;
        entry.state = match lookup {
            Lookup::Found => State::Waiting,
            Lookup::Same(first) => State::Shared(first),
            Lookup::Nothing => State::Failed(Reason::Unresolved),
            Lookup::Failed(why) => State::Failed(Reason::LookupFailed(why)),
            Lookup::LeftOut => State::LeftOut,
        };
        match lookup {
            Lookup::Found => self.found.push(target),
            Lookup::Same(first) => {
                self.sharing.entry(first).or_default().push(target);
                return self.found(first).is_some();
            }
            _ => {}
        }
        false
    }

    fn get(&self, target: TargetNumber) -> Option<&Target> {
        let entry = self.all.get(target as usize)?;
        match entry.state {
            State::Shared(first) => self.all.get(first as usize),
            _ => Some(entry),
        }
    }

    pub(super) fn search(&self, target: TargetNumber) -> Option<&Search> {
        match &self.get(target)?.state {
            State::Active(search) => Some(search),
            State::Decided(decided) => Some(&decided.0),
            _ => None,
        }
    }

    pub(super) fn search_mut(&mut self, target: TargetNumber) -> Option<&mut Search> {
        match &mut self.all.get_mut(target as usize)?.state {
            State::Active(search) => Some(search),
            State::Decided(decided) => Some(&mut decided.0),
            _ => None,
        }
    }

    pub(super) fn found(&self, target: TargetNumber) -> Option<&Found> {
        match &self.get(target)?.state {
            State::Decided(decided) => Some(&decided.1),
            _ => None,
        }
    }

    /// Whether a target has not had its turn, and fewer than this many searches go on.
    pub(super) fn may_begin(&self, at_once: usize) -> bool {
        let is_left = self.begun < self.first || self.found_begun < self.found.len();
        is_left && self.active < at_once
    }

    /// Gives the next target its turn.
    pub(super) fn begin_next(
        &mut self,
        begin: impl FnOnce(TargetNumber) -> Option<Search>,
    ) -> Option<TargetNumber> {
        let target = if self.begun < self.first {
            self.begun += 1;
            self.order.at(self.begun - 1)
        } else {
            self.found_begun += 1;
            *self.found.get(self.found_begun - 1)?
        };
        let search = begin(target)?;
        let entry = self.all.get_mut(target as usize)?;
        entry.state = State::Active(Box::new(search));
        self.active += 1;
        Some(target)
    }

    /// Those whose search goes on.
    pub(super) fn active(&self) -> Vec<TargetNumber> {
        let is_active = |entry: &Target| matches!(entry.state, State::Active(_));
        let all = (0..).zip(&self.all);
        all.filter(|(_, entry)| is_active(entry))
            .map(|(target, _)| target)
            .collect()
    }

    /// The search for a target is over. Returns all targets that its result is told of.
    pub(super) fn decide(
        &mut self,
        target: TargetNumber,
        expected: Option<u32>,
    ) -> Vec<TargetNumber> {
        let Some(entry) = self.all.get_mut(target as usize) else {
            return Vec::new();
        };
        entry.state = match std::mem::replace(&mut entry.state, State::LeftOut) {
            State::Active(search) => {
                let found = search.result(expected);
                self.active -= 1;
                State::Decided(Box::new((*search, found)))
            }
            other => {
                entry.state = other;
                return Vec::new();
            }
        };
        let sharing = self.sharing.get(&target).cloned().unwrap_or_default();
        let mut all: Vec<TargetNumber> = sharing.into_iter().chain([target]).collect();
        all.sort_by(|one, other| self.order.given(*one, *other));
        all
    }

    pub(super) fn note_sent(&mut self, target: TargetNumber) {
        if let Some(counts) = self.counts_mut(target) {
            counts.sent += 1;
        }
    }

    pub(super) fn counts_mut(&mut self, target: TargetNumber) -> Option<&mut Counts> {
        self.all
            .get_mut(target as usize)
            .map(|entry| &mut entry.counts)
    }

    pub(super) fn counts(&self, target: TargetNumber) -> Counts {
        self.get(target)
            .map(|entry| entry.counts)
            .unwrap_or_default()
    }

    /// Why a target is not probed.
    pub(super) fn reason(&self, target: TargetNumber) -> Option<Reason> {
        match self.get(target)?.state {
            State::LookedUp => Some(Reason::LookupPending),
            State::Failed(reason) => Some(reason),
            _ => None,
        }
    }

    /// Whether nothing more is to be found out.
    pub(super) fn are_over(&self) -> bool {
        self.active == 0 && self.pending == 0 && !self.may_begin(usize::MAX)
    }

    /// How many targets there are.
    pub(super) fn len(&self) -> TargetNumber {
        let left_out = self.count(|entry| matches!(entry.state, State::LeftOut));
        TargetNumber::try_from(self.all.len()).unwrap_or(TargetNumber::MAX) - left_out
    }

    fn count(&self, which: impl Fn(&Target) -> bool) -> TargetNumber {
        let count = self.all.iter().filter(|entry| which(entry)).count();
        TargetNumber::try_from(count).unwrap_or(TargetNumber::MAX)
    }

    /// Of how many the path MTU is known, at least to lie in a range.
    pub(super) fn known(&self) -> TargetNumber {
        self.with_result(|found| found.verdict.lower().is_some())
    }

    /// Of how many it is known that they do not answer.
    pub(super) fn silent(&self) -> TargetNumber {
        self.with_result(|found| {
            use crate::event::NoPathMtu::Unanswered;
            matches!(found.verdict, MtuVerdict::None(Unanswered { .. }))
        })
    }

    pub(super) fn numbers(&self) -> Range<TargetNumber> {
        0..TargetNumber::try_from(self.all.len()).unwrap_or(TargetNumber::MAX)
    }

    fn with_result(&self, which: impl Fn(&Found) -> bool) -> TargetNumber {
        let count = self
            .numbers()
            .filter(|target| self.found(*target).is_some_and(&which))
            .count();
        TargetNumber::try_from(count).unwrap_or(TargetNumber::MAX)
    }

    /// Whether the path MTU to each target is known, and none is smaller than expected.
    pub(super) fn are_all_known(&self) -> bool {
        let is_met = |found: &Found| found.verdict.lower().is_some() && found.below.is_none();
        self.with_result(is_met) == self.len()
    }
}
