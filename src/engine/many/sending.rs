//! What leaves next, and what follows when it did not.

use std::time::Instant;

use super::super::Engine;
use super::super::timing::Offsets;
use super::super::{Call, Disposition, Obstacle, Probe, Shape, Step};
use super::flights::{Entry, Flight, Flights, NOWHERE};
use super::ledger::{State, Target};
use super::{Fragments, Many, Mode};
use crate::event::{ProbeId, Reason, TargetNumber};

/// A probe that is to be sent before the next slot is served.
#[derive(Debug, Clone, Copy)]
pub(super) struct Again {
    target: TargetNumber,
    /// Whether it has had a slot: the host had no room for it.
    has_slot: bool,
}

impl Again {
    /// A further try of a target that has not answered.
    pub(super) fn retry(target: TargetNumber) -> Self {
        Self {
            target,
            has_slot: false,
        }
    }
}

impl Many {
    /// Whether slots are still to be served.
    pub(super) fn wants_more(&self) -> bool {
        let has_turns = !self.is_single() || self.begun < self.turns();
        has_turns && self.unfinished > 0
    }

    /// When the next probe may leave; none if there is none to be sent.
    pub(super) fn next_send(&self) -> Option<Instant> {
        let has_slot = match self.again.front() {
            Some(again) => again.has_slot,
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
                .map_or(slot, |again| again.max(slot)),
        )
    }

    /// The next probe, which leaves now.
    pub(super) fn transmit(&mut self, now: Instant) -> Step {
        while self.next_send().is_some_and(|due| due <= now) {
            let probe = self
                .next_target(now)
                .and_then(|target| self.launch(target, now));
            if let Some(probe) = probe {
                return Step::Transmit(probe);
            }
        }
        // Those that were due need no probe any more. Now none is due, so this ends.
        self.poll(now)
    }

    /// Whose turn it is; none if that one needs no probe.
    fn next_target(&mut self, now: Instant) -> Option<TargetNumber> {
        let all = self.turns();
        let again = self.again.pop_front();
        let has_slot = again.is_some_and(|again| again.has_slot);
        let in_round = again.is_none() && !self.is_single();
        let target = match again {
            Some(again) => again.target,
            // In a round each target has its slot, whether it needs a probe or not.
            None if in_round => {
                let slot = self.slots.take(now, all);
                self.at(slot)
            }
            None => {
                self.begun += 1;
                self.at(self.begun - 1)
            }
        };
        if !self.is_asked(target) {
            return None;
        }
        if !has_slot && !in_round {
            self.slots.take(now, all);
        }
        if !has_slot {
            self.slots.use_it(now);
        }
        Some(target)
    }

    /// Whether this target needs one more probe.
    fn is_asked(&self, target: TargetNumber) -> bool {
        let entry = self.targets.get(target as usize);
        entry.is_some_and(|entry| match self.schedule.mode {
            // Those that came late have more rounds to go than the others.
            Mode::Rounds { count, .. } => count.is_none_or(|count| entry.tried < count),
            Mode::Alive { .. } => entry.state == State::Asked,
        })
    }

    /// Notes a probe to this target.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "there are 256 tries at most"
    )]
    fn launch(&mut self, target: TargetNumber, now: Instant) -> Option<Probe> {
        let (roll_call, count) = (self.is_alive_scan(), self.rounds());
        let number = self.targets.get(target as usize)?.tried;
        let try_number = self.try_of(target, number);
        let entry = self.targets.get(target as usize)?;
        let flight = Entry {
            target,
            last: (!roll_call && number > 0).then_some(entry.newest),
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
            name: ((try_number as u32) << self.positions.count_ones()) | position,
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

    /// The flights of the try that a name tells.
    fn flights_of(&mut self, name: u32) -> Option<&mut Flights> {
        let (try_number, _) = self.told_by(name);
        self.tries.get_mut(try_number)
    }

    /// Which try of its target a probe of this name is, and its position among those of that try.
    fn told_by(&self, name: u32) -> (usize, u32) {
        let bits = self.positions.count_ones();
        ((name >> bits) as usize, name & self.positions)
    }

    /// The probe of this name left with this call; tells which one it is.
    pub(super) fn note_departure(&mut self, name: u32, call: Call) -> Option<ProbeId> {
        self.backoff.reset();
        let (_, position) = self.told_by(name);
        let flights = self.flights_of(name);
        let (target, ordinal) = flights.and_then(|flights| flights.left(position, call))?;
        // What kept a probe to this target here keeps them here no longer.
        self.forget_reason(target, Reason::is_obstacle);
        if self.is_alive_scan() {
            self.change(target, Target::last_has_left);
            // It may have been decided about the target since it was asked for.
            self.close_last_try(target);
        }
        self.probe(target, ordinal)
    }

    /// Notes a stamp of the kernel about the departure of the probe of this name.
    pub(super) fn stamp(&mut self, name: u32, note: impl FnOnce(&mut Offsets, Instant)) {
        let (_, position) = self.told_by(name);
        if let Some(flights) = self.flights_of(name) {
            flights.stamp(position, note);
        }
    }

    /// The probe of this name did not leave. Tells which one it is.
    pub(super) fn note_obstacle(
        &mut self,
        name: u32,
        now: Instant,
        obstacle: Obstacle,
        errno: i32,
    ) -> (Option<ProbeId>, Disposition) {
        let (try_number, position) = self.told_by(name);
        let flights = self.flights_of(name);
        let found = flights.and_then(|flights| flights.not_sent(position));
        let Some((target, ordinal)) = found else {
            return (None, Disposition::NotSent);
        };
        let probe = self.probe(target, ordinal);
        (self.records).note(target, |record| record.counts.transmitted -= 1);
        // Numbers are given once: where the next probe to the target is under way, this one is not made up for.
        let entry = self.targets.get(target as usize);
        let is_newest = entry.is_some_and(|entry| entry.newest == position);
        if obstacle == Obstacle::Busy && is_newest && self.backoff.should_retry(now) {
            self.try_again(target);
            return (probe, Disposition::Retried);
        }
        // An ICMP error of this host's packet filter may say why.
        self.has_news_of_errors = true;
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
            self.bury(target, reason);
        } else {
            self.explain(target, reason);
            let timeout = self.tries.get(try_number).map(Flights::timeout);
            let end = now.checked_add(timeout.unwrap_or_default());
            self.held.push(target, try_number, end.unwrap_or(now));
        }
        (probe, Disposition::NotSent)
    }

    /// As if the probe had not been tried: the next one has its number.
    fn try_again(&mut self, target: TargetNumber) {
        let (roll_call, count) = (self.is_alive_scan(), self.rounds());
        let entry = self.targets.get(target as usize);
        self.unfinished += u32::from(entry.map(|entry| entry.tried) == count && count.is_some());
        self.change(target, |entry| {
            entry.take_back();
            if roll_call {
                // The probe before is one of other flights.
                entry.newest = NOWHERE;
            }
        });
        self.again.push_front(Again {
            target,
            has_slot: true,
        });
    }
}
