//! Which probe is sent next, and what follows if the send fails.

use std::time::Instant;

use super::super::Engine;
use super::super::timing::Offsets;
use super::super::{Call, Disposition, Obstacle, Probe, Shape, Step};
use super::flights::{Entry, Flight, Flights, NOWHERE};
use super::ledger::{State, Target};
use super::{Fragments, Many, Mode};
use crate::event::{ProbeId, Reason, TargetNumber};

/// A probe to send before the next slot is taken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Retry {
    target: TargetNumber,
    /// Whether it took a slot before: a queue of this host was full.
    has_slot: bool,
}

impl Retry {
    /// A retry of a target that has not answered.
    pub(super) fn new(target: TargetNumber) -> Self {
        Self {
            target,
            has_slot: false,
        }
    }
}

impl Many {
    /// Whether slots remain.
    pub(super) fn wants_more(&self) -> bool {
        let has_targets_left = !self.is_single_pass() || self.begun < self.probed_targets();
        has_targets_left && self.unfinished > 0
    }

    /// When the next probe may be sent; `None` if there is none.
    pub(super) fn next_send(&self) -> Option<Instant> {
        let has_slot = match self.retries.front() {
            Some(retry) => retry.has_slot,
            None if self.wants_more() => false,
            None => return None,
        };
        let slot = if has_slot {
            self.run.start()
        } else {
            self.slots.due()
        };
        Some(
            self.backoff
                .retry_at()
                .map_or(slot, |retry| retry.max(slot)),
        )
    }

    /// Hands out the next due probe, if a due target needs one.
    pub(super) fn transmit(&mut self, now: Instant) -> Step {
        while self.next_send().is_some_and(|due| due <= now) {
            let probe = self
                .next_target(now)
                .and_then(|target| self.record_send(target, now));
            if let Some(probe) = probe {
                return Step::Transmit(probe);
            }
        }
        // All due targets turned out to need no probe. Now none is due, so this recursion ends.
        self.poll(now)
    }

    /// The next target; `None` if it needs no probe.
    fn next_target(&mut self, now: Instant) -> Option<TargetNumber> {
        let all = self.probed_targets();
        let retry = self.retries.pop_front();
        let has_slot = retry.is_some_and(|retry| retry.has_slot);
        let in_round = retry.is_none() && !self.is_single_pass();
        let target = match retry {
            Some(retry) => retry.target,
            // In a round, each target has a slot, even if it needs no probe.
            None if in_round => {
                let slot = self.slots.take_slot(now, all);
                self.target_at(slot)
            }
            None => {
                self.begun += 1;
                self.target_at(self.begun - 1)
            }
        };
        if !self.needs_probe(target) {
            return None;
        }
        if !has_slot && !in_round {
            self.slots.take_slot(now, all);
        }
        if !has_slot {
            self.slots.charge_rate(now);
        }
        Some(target)
    }

    fn needs_probe(&self, target: TargetNumber) -> bool {
        let entry = self.targets.get(target as usize);
        entry.is_some_and(|entry| match self.schedule.mode {
            // Targets that were added later have more rounds left than the others.
            Mode::Rounds { count, .. } => count.is_none_or(|count| entry.tried < count),
            Mode::Alive { .. } => entry.state == State::Undecided,
        })
    }

    /// Notes that a probe to this target is about to be sent, and returns it.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "there are 65,536 tries at most"
    )]
    fn record_send(&mut self, target: TargetNumber, now: Instant) -> Option<Probe> {
        let (is_alive_scan, count) = (self.is_alive_scan(), self.rounds());
        let number = self.targets.get(target as usize)?.tried;
        let try_number = self.try_of(target, number);
        let entry = self.targets.get(target as usize)?;
        let flight = Entry {
            target,
            last: (!is_alive_scan && number > 0).then_some(entry.newest),
            number,
        };
        let (records, first) = (&mut self.records, self.schedule.first_sequence);
        let forget = |gone: &Flight| records.forget(gone.target, || gone.past(first));
        let position = (self.tries.get_mut(try_number)?).push(flight, now, forget);
        self.change(target, |entry| entry.note_probe(position));
        self.unfinished -= u32::from(Some(number + 1) == count);
        (self.records).note(target, |record| record.counts.transmitted += 1);
        self.run.note_try(now);
        Some(Probe {
            target,
            sequence: self.sequence(number),
            token: self.tokens.of(target, number),
            name: ((try_number as u32) << self.position_mask.count_ones()) | position,
            shape: Shape::default(),
        })
    }

    #[allow(
        clippy::cast_possible_truncation,
        reason = "sequence numbers are probe numbers modulo 65,536"
    )]
    fn sequence(&self, number: u32) -> u16 {
        self.schedule.first_sequence.wrapping_add(number as u16)
    }

    /// The flights of the try in this name.
    fn flights_of(&mut self, name: u32) -> Option<&mut Flights> {
        let (try_number, _) = self.split_name(name);
        self.tries.get_mut(try_number)
    }

    /// The try and the position in this name.
    fn split_name(&self, name: u32) -> (usize, u32) {
        let bits = self.position_mask.count_ones();
        ((name >> bits) as usize, name & self.position_mask)
    }

    /// This call sent the probe of this name. Returns its identity.
    pub(super) fn note_departure(&mut self, name: u32, call: Call) -> Option<ProbeId> {
        self.backoff.reset();
        let (_, position) = self.split_name(name);
        let flights = self.flights_of(name);
        let (target, ordinal) = flights.and_then(|flights| flights.left(position, call))?;
        // The obstacle that kept probes to this target here is gone.
        self.forget_reason(target, Reason::is_obstacle);
        if self.is_alive_scan() {
            self.change(target, Target::last_has_left);
            // The target may have been decided since the probe was handed out.
            self.close_last_try(target);
        }
        self.find_probe(target, ordinal)
    }

    /// Notes a kernel stamp of the probe of this name.
    pub(super) fn stamp(&mut self, name: u32, note: impl FnOnce(&mut Offsets, Instant)) {
        let (_, position) = self.split_name(name);
        if let Some(flights) = self.flights_of(name) {
            flights.stamp(position, note);
        }
    }

    /// The probe of this name was not sent. Returns its identity.
    pub(super) fn note_obstacle(
        &mut self,
        name: u32,
        now: Instant,
        obstacle: Obstacle,
        errno: i32,
    ) -> (Option<ProbeId>, Disposition) {
        let (try_number, position) = self.split_name(name);
        let flights = self.flights_of(name);
        let found = flights.and_then(|flights| flights.not_sent(position));
        let Some((target, ordinal)) = found else {
            return (None, Disposition::NotSent);
        };
        let probe = self.find_probe(target, ordinal);
        (self.records).note(target, |record| record.counts.transmitted -= 1);
        // Numbers are not reused: a probe is not retried once the next one to its target is under way.
        let entry = self.targets.get(target as usize);
        let is_newest = entry.is_some_and(|entry| entry.newest == position);
        if obstacle == Obstacle::Busy && is_newest && self.backoff.should_retry(now) {
            self.requeue(target);
            return (probe, Disposition::Retried);
        }
        // An ICMP error of this host's packet filter may give the reason.
        self.must_drain = true;
        (self.records).note(target, |record| record.not_sent(obstacle));
        if let Some(entry) = self.targets.get_mut(target as usize) {
            entry.not_sent = entry.not_sent.saturating_add(1);
        }
        let reason = match obstacle {
            Obstacle::TooLong { .. } => Reason::TooLong,
            Obstacle::Busy | Obstacle::Refused => Reason::NotSent { errno },
        };
        let is_final = matches!(obstacle, Obstacle::TooLong { .. })
            && self.schedule.fragments == Fragments::Forbidden;
        if is_final || !self.is_alive_scan() {
            self.mark_dead(target, reason);
        } else {
            self.explain(target, reason);
            let timeout = self.tries.get(try_number).map(Flights::timeout);
            let end = now.checked_add(timeout.unwrap_or_default());
            self.delayed.push(target, try_number, end.unwrap_or(now));
        }
        (probe, Disposition::NotSent)
    }

    /// Undoes the probe: the next one gets its number.
    fn requeue(&mut self, target: TargetNumber) {
        let (is_alive_scan, count) = (self.is_alive_scan(), self.rounds());
        let entry = self.targets.get(target as usize);
        self.unfinished += u32::from(entry.map(|entry| entry.tried) == count && count.is_some());
        self.change(target, |entry| {
            entry.undo_probe();
            if is_alive_scan {
                // The previous probe belongs to another try.
                entry.newest = NOWHERE;
            }
        });
        self.retries.push_front(Retry {
            target,
            has_slot: true,
        });
    }
}
