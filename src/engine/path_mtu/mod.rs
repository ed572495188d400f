//! The engine that finds the path MTU: what to send to whom when, and what is known of each target in the end.
//!
//! It is asked and told in the same way as the other two. Each target has a [`Search`] of its own, which decides; what all
//! share is here: the pace, whose turn it is, numbers and tokens of probes, and what is counted.

mod answers;
mod evidence;
mod hops;
mod ladder;
mod probes;
mod results;
mod search;
mod targets;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::config::many::PathMtuPlan;
use crate::event::{
    Directory, Ending, Header, Lookup, Outcome, PathMtu as Found, ProbeId, Progress, Stage,
    Summary, TargetNumber, Transition,
};
use crate::stats::Digits;

use super::backoff::SendBackoff;
use super::many::Order;
use super::record::Record;
use super::run_times::RunTimes;
use super::timing::Arrival;
use super::{
    Call, Claim, Disposition, Engine, IcmpError, Note, Obstacle, Probe, Rejection, Shape, Step,
    TokensOfMany, Verdict,
};
use search::{Ask, Search};
use targets::Targets;

/// How many searches go on at once: with one probe or two in flight each, they fill any rate that a user wants.
const AT_ONCE: usize = 1024;

/// The state of a run.
#[derive(Debug)]
pub struct PathMtu {
    plan: PathMtuPlan,
    tokens: TokensOfMany,
    directory: Rc<dyn Directory>,
    targets: Targets,
    /// Targets with a probe to send.
    ready: VecDeque<TargetNumber>,
    /// When something is to be done for a target.
    due: BTreeSet<(Instant, TargetNumber)>,
    /// Before this moment, the next probe may not leave.
    free: Instant,
    /// The probes in the batch, by the names that the network knows.
    batch: HashMap<u32, (TargetNumber, usize)>,
    next_name: u32,
    backoff: SendBackoff,
    /// Targets with a verdict.
    decided: VecDeque<TargetNumber>,
    /// What became of probes and is still to be told.
    outcomes: VecDeque<(ProbeId, Outcome)>,
    tells_outcomes: bool,
    total: Record,
    run: RunTimes,
    ending: Ending,
}

impl PathMtu {
    /// A run that begins at `start` with this number of targets that have addresses, in this order; names may be
    /// [added](Engine::add).
    #[must_use]
    pub fn new(
        plan: PathMtuPlan,
        tokens: TokensOfMany,
        directory: Rc<dyn Directory>,
        (targets, order): (TargetNumber, Box<dyn Order>),
        start: Instant,
    ) -> Self {
        Self {
            tokens,
            directory,
            targets: Targets::new(targets, order),
            ready: VecDeque::new(),
            due: BTreeSet::new(),
            free: start,
            batch: HashMap::new(),
            next_name: 0,
            backoff: SendBackoff::default(),
            decided: VecDeque::new(),
            outcomes: VecDeque::new(),
            tells_outcomes: false,
            total: Record::new(Digits::Three),
            run: RunTimes::new(start, plan.deadline),
            ending: Ending::Complete,
            plan,
        }
    }

    /// Tells what became of each probe that was not answered in time.
    #[must_use]
    pub fn reporting_outcomes(mut self) -> Self {
        self.tells_outcomes = true;
        self
    }

    #[allow(
        clippy::cast_possible_truncation,
        reason = "sequence numbers are probe numbers modulo 65,536"
    )]
    fn probe_id(&self, target: TargetNumber, number: usize) -> ProbeId {
        ProbeId {
            target,
            number: number as u64,
            sequence: self.plan.first_sequence.wrapping_add(number as u16),
        }
    }

    /// The number of the probe to this target with this sequence number, if there is one.
    fn number(&self, target: TargetNumber, sequence: u16) -> Option<usize> {
        let number = usize::from(sequence.wrapping_sub(self.plan.first_sequence));
        let search = self.targets.search(target)?;
        search.probes().get(number).map(|_| number)
    }

    /// A probe as the codec needs it.
    fn shaped(
        &self,
        target: TargetNumber,
        (number, data, hop_limit): (usize, u32, Option<u8>),
        name: u32,
    ) -> Probe {
        let id = self.probe_id(target, number);
        Probe {
            target,
            sequence: id.sequence,
            token: self
                .tokens
                .of(target, u32::try_from(number).unwrap_or(u32::MAX)),
            name,
            shape: Shape {
                data: u16::try_from(data).ok(),
                hop_limit,
            },
        }
    }

    /// A search has gone on: it may have something to send, to wait for, or to tell.
    fn follow(&mut self, target: TargetNumber) {
        let Some(search) = self.targets.search(target) else {
            return;
        };
        if search.has_to_send() && !self.ready.contains(&target) {
            self.ready.push_back(target);
        }
        if let Some(due) = search.due() {
            self.due.insert((due, target));
        }
        if search.is_over() {
            self.decide(target);
        }
    }

    fn decide(&mut self, target: TargetNumber) {
        let all = self.targets.decide(target, self.plan.expected);
        self.decided.extend(all);
    }

    /// The run is cut short: of searches that are not over, no more will be known.
    fn cut_short(&mut self) {
        self.ending = self.run.ending();
        self.ready.clear();
        self.due.clear();
        while self.targets.may_begin(usize::MAX) {
            self.begin_next();
        }
        for target in self.targets.active() {
            if let Some(search) = self.targets.search_mut(target) {
                search.cut();
            }
            self.decide(target);
        }
    }

    /// Begins the search for the next target.
    fn begin_next(&mut self) {
        let limit = self.plan.timeout;
        let directory = &self.directory;
        let begin = |target| Some(Search::new(directory.address(target)?, limit));
        if let Some(target) = self.targets.begin_next(begin) {
            self.follow(target);
        }
    }

    /// Gives up probes that had their time.
    fn expire(&mut self, now: Instant) -> Option<Step> {
        while let Some(&(due, target)) = self.due.first().filter(|(due, _)| *due <= now) {
            if let Some(look) = self.run.drain_first(due, now) {
                return Some(look);
            }
            self.due.pop_first();
            if let Some(search) = self.targets.search_mut(target) {
                let over = search.expire(due);
                self.tell_expired(target, &over);
                self.follow(target);
            }
        }
        None
    }

    /// The first of these moments and of those that the searches wait for.
    fn earliest(&self, moment: Option<Instant>) -> Option<Instant> {
        let due = self.due.first().map(|(due, _)| *due);
        [moment, due, self.run.cut()].into_iter().flatten().min()
    }

    /// The next probe, if one may leave now; or when that will be.
    fn transmit(&mut self, now: Instant) -> Step {
        while self.ready.is_empty() && self.targets.may_begin(AT_ONCE) {
            self.begin_next();
        }
        if let Some(target) = self.decided.pop_front() {
            return Step::Decided(target);
        }
        if self.ready.is_empty() {
            return if self.targets.are_over() {
                Step::Done
            } else {
                Step::Wait(self.earliest(None))
            };
        }
        let retry = self.backoff.retry_at();
        let may = retry.map_or(self.free, |retry| retry.max(self.free));
        if may > now {
            return Step::Wait(self.earliest(Some(may)));
        }
        match self.next_probe() {
            Some(probe) => {
                self.free = self.free.max(now) + self.plan.spacing.least();
                self.run.note_try(now);
                Step::Transmit(probe)
            }
            None => Step::Wait(Some(now)),
        }
    }

    fn next_probe(&mut self) -> Option<Probe> {
        while let Some(&target) = self.ready.front() {
            let search = self.targets.search_mut(target);
            let ask = search.and_then(Search::ask);
            if self
                .targets
                .search(target)
                .is_none_or(|search| !search.has_to_send())
            {
                self.ready.pop_front();
            }
            if let Some(Ask { number, data, hop }) = ask {
                let name = self.next_name;
                self.next_name = name.wrapping_add(1);
                self.batch.insert(name, (target, number));
                return Some(self.shaped(target, (number, data, hop), name));
            }
        }
        None
    }
}

impl Engine for PathMtu {
    fn poll(&mut self, now: Instant) -> Step {
        if let Some(target) = self.decided.pop_front() {
            return Step::Decided(target);
        }
        if let Some(cut) = self.run.cut().filter(|cut| now >= *cut) {
            if let Some(step) = self.expire(cut) {
                return step;
            }
            if let Some(look) = self.run.drain_first(cut, now) {
                return look;
            }
            if !self.targets.are_over() {
                self.cut_short();
            }
            return self.decided.pop_front().map_or(Step::Done, Step::Decided);
        }
        if let Some(step) = self.expire(now) {
            return step;
        }
        self.transmit(now)
    }

    fn left(&mut self, name: u32, call: impl Into<Call>) -> Option<ProbeId> {
        self.backoff.reset();
        let (target, number) = self.batch.remove(&name)?;
        self.total.counts.transmitted += 1;
        self.targets.note_sent(target);
        if let Some(search) = self.targets.search_mut(target) {
            search.left(number, call.into().begun);
        }
        self.follow(target);
        Some(self.probe_id(target, number))
    }

    fn not_sent(
        &mut self,
        name: u32,
        now: Instant,
        obstacle: Obstacle,
        errno: i32,
    ) -> (Option<ProbeId>, Disposition) {
        self.note_obstacle(name, now, obstacle, errno)
    }

    /// No stamps are asked for: round trips decide only how long probes are waited for.
    fn entered(&mut self, _name: u32, _at: Instant) {}

    fn departed(&mut self, _name: u32, _at: Instant) {}

    fn departed_by_interface(&mut self, _name: u32, _at: Duration) {}

    fn answered(&mut self, claim: &Claim<'_>, arrival: impl Into<Arrival>) -> Verdict {
        self.classify(claim, arrival.into())
    }

    fn note(&mut self, _target: TargetNumber, note: Note) {
        note.count(&mut self.total.counts);
    }

    /// What routers and hosts put into their headers does not matter here.
    fn note_header(&mut self, _target: TargetNumber, _header: Header) {}

    /// No target is watched.
    fn next_transition(&mut self, _now: Instant) -> Option<Transition> {
        None
    }

    fn last_transition(&mut self) -> Option<Transition> {
        None
    }

    fn note_stranger(&mut self) {
        self.total.counts.unexpected += 1;
    }

    fn rejected(&mut self, error: &IcmpError, _now: Instant) -> Option<Rejection> {
        self.reject(error)
    }

    fn number_of(&self, target: TargetNumber, sequence: u16) -> Option<u64> {
        let number = self.number(target, sequence)?;
        let probe = self.targets.search(target)?.probes().get(number)?;
        probe.fate.has_left().then_some(number as u64)
    }

    fn probe(&self, target: TargetNumber, sequence: u16) -> Option<Probe> {
        let number = self.number(target, sequence)?;
        let search = self.targets.search(target)?;
        let probe = search.probes().get(number)?;
        let data = search.data(probe.size);
        Some(self.shaped(target, (number, data, probe.hop), 0))
    }

    fn path_mtu(&self, target: TargetNumber) -> Option<&Found> {
        self.targets.found(target)
    }

    fn next_outcome(&mut self, _now: Instant) -> Option<(ProbeId, Outcome)> {
        self.outcomes.pop_front()
    }

    fn last_outcome(&mut self) -> Option<(ProbeId, Outcome)> {
        self.outcomes.pop_front()
    }

    /// Two sockets are read in turns: what the other one has may be older.
    fn received_datagram(&mut self, _arrived: Instant) {}

    fn drained_until(&mut self, moment: Instant) {
        self.run.note_drained(moment);
    }

    fn suspended(&mut self, _now: Instant) -> u64 {
        self.suspend_in_flight()
    }

    fn stop(&mut self, now: Instant) {
        self.run.stop(now);
    }

    fn is_expecting(&self) -> bool {
        self.targets.are_expected()
    }

    fn add(&mut self, targets: TargetNumber) {
        self.targets.expect(targets);
    }

    fn looked_up(&mut self, target: TargetNumber, lookup: Lookup) {
        if self.targets.look_up(target, lookup) {
            self.decided.push_back(target);
        }
    }

    fn summary(&self) -> Summary {
        self.total()
    }

    fn progress(&self, now: Instant) -> Progress {
        Progress {
            elapsed: self.run.passed(now),
            probes: self.total.counts.transmitted,
            alive: self.targets.known(),
            stage: Stage::Rounds {
                of: None,
                remaining: None,
            },
        }
    }

    fn ending(&self) -> Ending {
        self.ending
    }

    fn is_success(&self) -> bool {
        self.targets.are_all_known()
    }
}

#[cfg(test)]
mod tests;
