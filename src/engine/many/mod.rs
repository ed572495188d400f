//! The engine for many targets: what to send when, what a reply means, and when the run is over.
//!
//! A pure state machine like the engine for one target. Each target has its own sequence numbers, and a probe is identified
//! by target, sequence number and token. No 16-bit number is shared, so any number of probes may be in flight. A target
//! takes tens of octets, a probe 28 octets until it and all older ones are settled.

mod answers;
mod deciding;
mod delayed;
mod flights;
mod ledger;
mod names;
mod order;
mod outcome;
mod outcomes;
mod records;
mod sending;
mod slots;
mod suspension;
mod watching;

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::config::many::{Backoff, Fragments, Mode, Need, Schedule};
use crate::event::{
    Ending, Header, Lookup, Outcome, ProbeId, Progress, Summary, TargetNumber, Transition,
};

use super::backoff::SendBackoff;
use super::run_times::RunTimes;
use super::timing::Arrival;
use super::watch::Watch;
use super::{
    Call, Claim, Disposition, Engine, IcmpError, Note, Obstacle, Rejection, Step, TokensOfMany,
    Verdict,
};
use delayed::DelayedRetries;
use flights::Flights;
use ledger::{Reasons, State, Target, Times};
use names::Names;
use records::Records;
use sending::Retry;
use slots::Slots;
use suspension::Suspended;

pub use flights::MAX_TARGETS_OF_MANY_TRIES;
pub use order::{AsGiven, Order};
pub use records::MAX_RECORDS;

/// The state of a run.
#[derive(Debug)]
pub struct Many {
    schedule: Schedule,
    need: Need,
    tokens: TokensOfMany,
    order: Box<dyn Order>,
    targets: Vec<Target>,
    times: Times,
    records: Records,
    reasons: Reasons,
    /// How many targets had an address at the start.
    initial_targets: u32,
    names: Names,
    /// The probes in flight: first tries, second tries, and so on.
    tries: Vec<Flights>,
    /// The bits of a probe's name that hold its position among the probes of its try; the other bits hold the try.
    position_mask: u32,
    slots: Slots,
    /// Targets that still need probes for their rounds; in an alive scan, targets that are undecided.
    unfinished: u32,
    /// How many targets have been probed, in an alive scan or a single round.
    begun: u32,
    retries: VecDeque<Retry>,
    /// Retries after a failure at this host: they wait until the failed try times out.
    delayed: DelayedRetries,
    suspended: Suspended,
    /// Which targets are down, if that is watched.
    watch: Option<Watch>,
    backoff: SendBackoff,
    decided: VecDeque<TargetNumber>,
    alive: u32,
    dead: u32,
    /// In an alive scan: probes that the engine does not wait for, but whose replies would count.
    unawaited: u64,
    /// Whether a link on a path turned out to be too small: probes on that path are sent in fragments from then on.
    in_fragments: bool,
    run: RunTimes,
    /// Whether an ICMP error was read, or a send failed, since the receive queue was last drained: a reply, or the reason,
    /// may be queued behind it.
    must_drain: bool,
    ending: Ending,
    /// How long after its departure a probe can be answered; none: as long as it is in memory.
    forgets_after: Option<Duration>,
}

impl Many {
    /// A run that begins at `start` with this many targets with addresses; names may be [added](Self::add).
    #[must_use]
    pub fn new(
        schedule: Schedule,
        need: Need,
        tokens: TokensOfMany,
        targets: u32,
        start: Instant,
    ) -> Self {
        let (slots, times, tries) = match schedule.mode {
            Mode::Rounds { period, count } => {
                let slots = if count == Some(1) {
                    Slots::endless(schedule.spacing, start)
                } else {
                    Slots::rounds(schedule.spacing, period, targets, start)
                };
                (slots, Times::of_many(), 1)
            }
            Mode::Alive { retries, .. } => {
                let slots = Slots::endless(schedule.spacing, start);
                (slots, Times::of_one(), 1 + usize::from(retries))
            }
        };
        let backoff = match schedule.mode {
            Mode::Alive { backoff, .. } => backoff,
            Mode::Rounds { .. } => Backoff::default(),
        };
        let mut timeout = schedule.timeout;
        let position_mask = flights::position_mask(tries);
        let tries = (0..tries).map(|number| {
            let flights = Flights::new(number, start, timeout).with_position_mask(position_mask);
            timeout = backoff.lengthen(timeout);
            flights
        });
        let mut many = Self {
            delayed: DelayedRetries::default(),
            tries: tries.collect(),
            position_mask,
            records: Records::new(schedule.mode, false),
            run: RunTimes::new(start, schedule.deadline),
            schedule,
            need,
            tokens,
            order: Box::new(AsGiven),
            targets: Vec::new(),
            times,
            reasons: Reasons::default(),
            initial_targets: targets,
            names: Names::default(),
            slots,
            unfinished: 0,
            begun: 0,
            retries: VecDeque::new(),
            suspended: Suspended::default(),
            watch: None,
            backoff: SendBackoff::default(),
            decided: VecDeque::new(),
            alive: 0,
            dead: 0,
            unawaited: 0,
            must_drain: false,
            in_fragments: false,
            ending: Ending::Complete,
            forgets_after: None,
        };
        many.grow(targets, State::Undecided);
        many.begin(targets);
        many
    }

    /// A reply that arrives this long after its probe, or later, belongs to no probe.
    #[must_use]
    pub fn forgetting_after(mut self, time: Duration) -> Self {
        self.forgets_after = Some(time);
        self
    }

    /// The order in which targets with addresses at the start are probed.
    #[must_use]
    pub fn in_order(mut self, order: Box<dyn Order>) -> Self {
        self.order = order;
        self
    }

    /// Lookups of names may add targets: their final number is not known before.
    #[must_use]
    pub fn with_more_targets_of_names(mut self) -> Self {
        self.names.may_add_targets();
        self
    }

    /// Adds targets in this state.
    fn grow(&mut self, targets: u32, state: State) {
        let all = self.targets.len().saturating_add(targets as usize);
        let new = Target {
            state,
            ..Target::NEW
        };
        self.targets.resize(all, new);
        self.times.grow(all);
        self.records.grow(all);
    }

    /// Begins to probe this many more targets.
    fn begin(&mut self, targets: u32) {
        if self.rounds() != Some(0) {
            self.unfinished = self.unfinished.saturating_add(targets);
        }
        self.slots.resize(self.probed_targets());
    }

    /// How many targets there are.
    #[must_use]
    #[allow(
        clippy::cast_possible_truncation,
        reason = "targets are added by a 32-bit count"
    )]
    pub fn targets(&self) -> u32 {
        self.targets.len() as u32
    }

    /// Whether nothing that may still happen changes the result.
    fn is_over(&self) -> bool {
        let spent = if self.is_alive_scan() {
            self.unfinished == 0
        } else {
            let open = self.tries.iter().any(|flights| flights.open() > 0);
            !open && self.retries.is_empty() && !self.wants_more()
        };
        (spent && !self.is_expecting() && !self.awaits_names()) || self.is_decided()
    }

    /// Whether enough targets are alive, or can no longer be.
    fn is_decided(&self) -> bool {
        match self.need {
            Need::All | Need::InTheEnd(_) => return false,
            Need::Reached(_) => return self.is_success(),
            Need::Number(_) | Need::Percent(_) => {}
        }
        let is_missed = !self.is_expecting() && self.possibly_alive() < self.needed();
        let is_enough_for_good = matches!(self.need, Need::Number(_)) || !self.names.may_grow();
        (is_enough_for_good && self.is_success()) || is_missed
    }

    /// How many of the current targets have to answer. Names left out later only lower it.
    fn needed(&self) -> u32 {
        let all = self.valid_targets();
        match self.need {
            Need::All => all,
            Need::Number(number) | Need::Reached(number) | Need::InTheEnd(number) => number,
            Need::Percent(percent) => {
                let needed = (u64::from(all) * u64::from(percent)).div_ceil(100);
                u32::try_from(needed).unwrap_or(all)
            }
        }
    }

    /// How many probes are in memory: all since the oldest awaited one, and thousands that timed out.
    #[must_use]
    pub fn remembered(&self) -> usize {
        self.tries.iter().map(Flights::len).sum()
    }

    /// Times out overdue probes, and returns a step to report one.
    fn poll_overdue(&mut self, now: Instant) -> Option<Step> {
        while let Some(due) = self.delayed.next_due().filter(|due| now >= *due) {
            // An earlier try of the same target may have been answered.
            if let Some(look) = self.run.drain_first(due, now) {
                return Some(look);
            }
            let (target, try_number) = self.delayed.pop()?;
            self.note_timeout(target, try_number);
            if let Some(target) = self.decided.pop_front() {
                return Some(Step::Decided(target));
            }
        }
        for number in 0..self.tries.len() {
            let flights = self.tries.get_mut(number)?;
            let Some(due) = flights.next_due().filter(|due| now >= *due) else {
                continue;
            };
            if let Some(look) = self.run.drain_first(due, now) {
                return Some(look);
            }
            let (target, ordinal) = self.tries.get_mut(number)?.time_out_next()?;
            self.forget_advice(target);
            self.note_timeout(target, number);
            return Some(match self.decided.pop_front() {
                Some(target) => Step::Decided(target),
                None => Step::NoAnswer {
                    target,
                    sequence: self.schedule.first_sequence.wrapping_add(ordinal),
                },
            });
        }
        None
    }

    /// The earliest of `moment`, the end of the run, and the next instant at which an outcome becomes known.
    fn earliest(&mut self, moment: Option<Instant>) -> Option<Instant> {
        let due = self.tries.iter_mut().filter_map(Flights::next_due);
        let due = due.chain(self.delayed.next_due()).min();
        let due = [due, self.next_outcome_due(), self.next_watched_due()];
        let due = due.into_iter().flatten().min();
        // Probes due shortly after are timed out together.
        let due = due.and_then(|due| due.checked_add(slots::GROUP));
        [moment, self.run.cut(), due].into_iter().flatten().min()
    }

    fn rounds(&self) -> Option<u32> {
        match self.schedule.mode {
            Mode::Rounds { count, .. } => count,
            Mode::Alive { .. } => None,
        }
    }

    /// Whether targets are probed in one pass, without further rounds: an alive scan or a single round.
    fn is_single_pass(&self) -> bool {
        self.is_alive_scan() || self.rounds() == Some(1)
    }

    fn is_alive_scan(&self) -> bool {
        matches!(self.schedule.mode, Mode::Alive { .. })
    }
}

impl Engine for Many {
    fn poll(&mut self, now: Instant) -> Step {
        if let Some(target) = self.decided.pop_front() {
            return Step::Decided(target);
        }
        if self.goal() == Some(true) {
            self.ending = Ending::Transition;
            return Step::Done;
        }
        if self.is_over() {
            let more_may_have_come =
                self.must_drain || !self.suspended.is_drained(self.run.drained_until());
            if more_may_have_come {
                return Step::Wait(Some(now));
            }
            if self.is_decided() {
                self.ending = Ending::Quorum;
            }
            return Step::Done;
        }
        if let Some(cut) = self.run.cut().filter(|cut| now >= *cut) {
            self.ending = self.run.ending();
            // Probes that timed out before the cut are lost; the others are in flight.
            let overdue = self.poll_overdue(cut);
            let step = overdue.or_else(|| self.run.drain_first(cut, now));
            return step.unwrap_or(Step::Done);
        }
        if let Some(step) = self.poll_overdue(now) {
            return step;
        }
        match self.next_send() {
            Some(due) if due <= now => self.transmit(now),
            due => Step::Wait(self.earliest(due)),
        }
    }

    fn left(&mut self, name: u32, call: impl Into<Call>) -> Option<ProbeId> {
        self.note_departure(name, call.into())
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

    fn entered(&mut self, name: u32, at: Instant) {
        self.stamp(name, |offsets, called| offsets.enter(called, at));
    }

    fn departed(&mut self, name: u32, at: Instant) {
        // The kernel stamps only the first fragment.
        if !self.in_fragments {
            self.stamp(name, |offsets, called| offsets.leave(called, at));
        }
    }

    /// Only runs with one target ask for these stamps.
    fn departed_by_interface(&mut self, _name: u32, _at: Duration) {}

    fn answered(&mut self, claim: &Claim<'_>, arrival: impl Into<Arrival>) -> Verdict {
        self.classify(claim, arrival.into())
    }

    fn note(&mut self, target: TargetNumber, note: Note) {
        (self.records).note(target, |record| note.count(&mut record.counts));
    }

    fn note_header(&mut self, target: TargetNumber, header: Header) {
        if let Some(watch) = &mut self.watch {
            watch.note_header(target, header);
        }
    }

    fn note_stranger(&mut self) {
        self.records.total.counts.unexpected += 1;
    }

    fn rejected(&mut self, error: &IcmpError, _now: Instant) -> Option<Rejection> {
        self.reject(error)
    }

    fn number_of(&self, target: TargetNumber, sequence: u16) -> Option<u64> {
        self.known_number(target, sequence)
    }

    fn next_outcome(&mut self, now: Instant) -> Option<(ProbeId, Outcome)> {
        self.report_next(now)
    }

    fn last_outcome(&mut self) -> Option<(ProbeId, Outcome)> {
        self.report_last()
    }

    fn next_transition(&mut self, now: Instant) -> Option<Transition> {
        self.pass_known(now);
        self.watch.as_mut()?.next()
    }

    fn last_transition(&mut self) -> Option<Transition> {
        self.pass_rest();
        self.watch.as_mut()?.next()
    }

    /// The two sockets are read in turns: the other one may hold an older datagram.
    fn received_datagram(&mut self, _arrived: Instant) {}

    fn drained_until(&mut self, moment: Instant) {
        self.run.note_drained(moment);
        self.must_drain = false;
    }

    fn suspended(&mut self, now: Instant) -> u64 {
        self.suspend_in_flight(now)
    }

    fn stop(&mut self, now: Instant) {
        self.run.stop(now);
    }

    fn is_expecting(&self) -> bool {
        self.names.are_pending()
    }

    fn add(&mut self, targets: TargetNumber) {
        self.add_pending(targets);
    }

    fn has_token(&self, claim: &Claim<'_>) -> bool {
        self.carries_token(claim)
    }

    fn looked_up(&mut self, target: TargetNumber, lookup: Lookup) {
        self.note_lookup(target, lookup);
    }

    fn is_undecided(&self, target: TargetNumber) -> bool {
        self.undecided(target)
    }

    fn summary(&self) -> Summary {
        self.total()
    }

    fn progress(&self, now: Instant) -> Progress {
        self.progress_at(now)
    }

    fn ending(&self) -> Ending {
        self.ending
    }

    /// A name that is being looked up counts as a target that has not answered.
    fn is_success(&self) -> bool {
        if let Some(is_reached) = self.goal() {
            return is_reached;
        }
        self.alive >= self.needed()
    }
}

#[cfg(test)]
mod tests;
