//! Which targets are down. Only with rounds: an alive scan stops probing decided targets.

use std::time::{Duration, Instant};

use super::super::watch::Watch;
use super::Many;
use super::answers::ProbeRef;
use super::flights::{Flight, Flights};
use crate::config::Watching;
use crate::event::{ProbeId, Reason, Recent, TargetNumber, TimeDown};

impl Many {
    /// Reports when targets go down and come up.
    #[must_use]
    pub fn watching(mut self, watching: Watching) -> Self {
        if !self.is_alive_scan()
            && let Some(flights) = self.tries.first_mut()
        {
            flights.watch();
            self.watch = Some(Watch::new(watching));
        }
        self
    }

    /// Passes all probes with a known outcome to the watch.
    pub(super) fn pass_known(&mut self, now: Instant) {
        if self.watch.is_none() {
            return;
        }
        let known = self.run.drained_until().min(now);
        while let Some(flight) = self.next_flight(|flights| flights.pass_known(known)) {
            self.pass(&flight);
        }
    }

    /// Passes the rest at the end of the run. Rejected probes count as unanswered; of those in flight nothing is known.
    pub(super) fn pass_rest(&mut self) {
        while let Some(flight) = self.next_flight(Flights::pass_next) {
            self.pass(&flight);
        }
    }

    fn next_flight(&mut self, next: impl Fn(&mut Flights) -> Option<Flight>) -> Option<Flight> {
        next(self.tries.first_mut()?)
    }

    fn pass(&mut self, flight: &Flight) {
        let past = flight.past(self.schedule.first_sequence);
        let (target, ordinal) = flight.probe();
        if let Some(probe) = self.find_probe(target, ordinal)
            && let Some(watch) = &mut self.watch
        {
            watch.pass(probe, &past);
        }
    }

    /// When the outcome of the next probe becomes known, if it was rejected.
    pub(super) fn next_watched_due(&self) -> Option<Instant> {
        self.tries.first()?.next_watched_due()
    }

    /// A probe sent at `left` was answered.
    pub(super) fn watch_answer(
        &mut self,
        target: TargetNumber,
        probe: ProbeRef,
        (left, round_trip): (Instant, Option<Duration>),
    ) {
        let probe = self.probe_id(target, probe);
        let left = self.run.passed(left);
        let Some(watch) = &mut self.watch else {
            return;
        };
        if let Some(round_trip) = round_trip {
            watch.timed(target, left, round_trip);
        }
        watch.answered(probe, left);
    }

    /// The statistics of the target's window, with `--window`.
    pub(super) fn recent(&self, target: TargetNumber) -> Option<Recent> {
        let passed = self.run.passed(self.run.drained_until());
        self.watch.as_ref()?.recent(target, passed)
    }

    pub(super) fn watch_rejection(
        &mut self,
        target: TargetNumber,
        probe: ProbeRef,
        reason: Reason,
    ) {
        let probe = self.probe_id(target, probe);
        if let Some(watch) = &mut self.watch {
            watch.explain(probe, reason);
        }
    }

    #[allow(
        clippy::cast_possible_truncation,
        reason = "sequence numbers are probe numbers modulo 65,536"
    )]
    fn probe_id(&self, target: TargetNumber, probe: ProbeRef) -> ProbeId {
        ProbeId {
            target,
            number: probe.number.into(),
            sequence: self
                .schedule
                .first_sequence
                .wrapping_add(probe.number as u16),
        }
    }

    /// Whether the condition that ends the run is met; `None` without such a condition. Targets that share an address come
    /// up together.
    pub(super) fn goal(&self) -> Option<bool> {
        let watch = self.watch.as_ref()?;
        let targets = || self.valid_targets().saturating_sub(self.shared());
        watch.has_goal().then(|| watch.is_reached(targets()))
    }

    pub(super) fn time_down_of(&self, target: TargetNumber) -> Option<TimeDown> {
        // Nothing is known about replies that arrived later.
        let known = self.run.passed(self.run.drained_until());
        let timeout = self.schedule.timeout;
        let end = |left: Duration| left.saturating_add(timeout).min(known);
        let watch = self.watch.as_ref()?;
        watch.time_down(self.probed_for(target), end)
    }
}
