//! Which targets are down. Only of rounds: where it is asked who is alive, a target is probed until that is decided.

use std::time::{Duration, Instant};

use super::super::watch::Watch;
use super::Many;
use super::answers::ProbeRef;
use super::flights::{Flight, Flights};
use crate::config::Watching;
use crate::event::{ProbeId, Reason, Recent, TargetNumber, TimeDown};

impl Many {
    /// Tells when targets go down, and when they are up again.
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

    /// Passes on all probes whose result is known by now.
    pub(super) fn pass_known(&mut self, now: Instant) {
        if self.watch.is_none() {
            return;
        }
        let known = self.run.drained_until().min(now);
        while let Some(flight) = self.next_flight(|flights| flights.pass_known(known)) {
            self.pass(&flight);
        }
    }

    /// The same at the end of the run: nothing is known of probes in flight, and one that was rejected is not answered.
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
        if let Some(probe) = self.probe(target, ordinal)
            && let Some(watch) = &mut self.watch
        {
            watch.pass(probe, &past);
        }
    }

    /// When it will be known of a probe that is not waited for that it was not answered in time.
    pub(super) fn next_watched_due(&self) -> Option<Instant> {
        self.tries.first()?.next_watched_due()
    }

    /// This probe, which left then, has its answer, whose round trip took so long.
    pub(super) fn watch_answer(
        &mut self,
        target: TargetNumber,
        told: ProbeRef,
        (left, round_trip): (Instant, Option<Duration>),
    ) {
        let probe = self.probe_of(target, told);
        let left = self.run.passed(left);
        let Some(watch) = &mut self.watch else {
            return;
        };
        if let Some(round_trip) = round_trip {
            watch.timed(target, left, round_trip);
        }
        watch.answered(probe, left);
    }

    /// The last part of the run of a target that is probed, where that is asked for.
    pub(super) fn recent(&self, target: TargetNumber) -> Option<Recent> {
        let passed = self.run.passed(self.run.drained_until());
        self.watch.as_ref()?.recent(target, passed)
    }

    /// An ICMP error says why this probe is not answered.
    pub(super) fn watch_rejection(&mut self, target: TargetNumber, told: ProbeRef, reason: Reason) {
        let probe = self.probe_of(target, told);
        if let Some(watch) = &mut self.watch {
            watch.explain(probe, reason);
        }
    }

    #[allow(
        clippy::cast_possible_truncation,
        reason = "sequence numbers are probe numbers modulo 65,536"
    )]
    fn probe_of(&self, target: TargetNumber, told: ProbeRef) -> ProbeId {
        ProbeId {
            target,
            number: told.number.into(),
            sequence: self
                .schedule
                .first_sequence
                .wrapping_add(told.number as u16),
        }
    }

    /// Whether that was reached for which the run lasts, if there is something of the kind. Targets that share an address go
    /// up together.
    pub(super) fn goal(&self) -> Option<bool> {
        let watch = self.watch.as_ref()?;
        let targets = || self.rows().saturating_sub(self.shared());
        watch.has_goal().then(|| watch.is_reached(targets()))
    }

    pub(super) fn time_down_of(&self, target: TargetNumber) -> Option<TimeDown> {
        // Nothing is known of what came later than this.
        let known = self.run.passed(self.run.drained_until());
        let timeout = self.schedule.timeout;
        let end = |left: Duration| left.saturating_add(timeout).min(known);
        let watch = self.watch.as_ref()?;
        watch.time_down(self.probed_for(target), end)
    }
}
