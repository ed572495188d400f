//! Whether the target is down.

use std::time::{Duration, Instant};

use super::super::fate::{Fate, PathState};
use super::super::outages::Past;
use super::super::watch::Watch;
use super::{One, TARGET};
use crate::config::Watching;
use crate::event::{Header, ProbeId, Reason, Recent, TargetNumber, TimeDown, Transition};

/// How far the probes were looked at.
#[derive(Debug, Clone)]
pub(super) struct Watched {
    watch: Watch,
    /// Of all probes below this number it is known whether they were answered in time.
    below: u64,
}

impl One {
    /// Tells when the target goes down, and when it is up again.
    #[must_use]
    pub fn watching(mut self, watching: Watching) -> Self {
        self.watched = Some(Watched {
            watch: Watch::new(watching),
            below: 0,
        });
        self
    }

    /// Passes on all probes whose result is known by now.
    pub(super) fn pass_known(&mut self) {
        while let Some(number) = self.next_watched() {
            let path = match self.window.fate(number) {
                None | Some(Fate::Queued | Fate::InFlight) => return,
                Some(Fate::Rejected) if !self.has_had_its_time(number) => return,
                Some(fate) => fate.path_state(),
            };
            self.pass(number, path);
        }
    }

    /// The same at the end of the run: nothing is known of probes in flight, and one that was rejected is not answered.
    pub(super) fn pass_rest(&mut self) {
        while let Some(number) = self.next_watched() {
            let Some(fate) = self.window.fate(number) else {
                return;
            };
            self.pass(number, fate.path_state());
        }
    }

    /// The next probe that was not looked at.
    fn next_watched(&self) -> Option<u64> {
        let below = self.watched.as_ref()?.below;
        Some(below.max(self.window.oldest()))
    }

    fn pass(&mut self, number: u64, path: PathState) {
        let probe = self.probe(number);
        let past = Past {
            sequence: probe.sequence,
            left: self.left_since_start(number),
            path,
        };
        if let Some(watched) = &mut self.watched {
            watched.below = number + 1;
            watched.watch.pass(probe, &past);
        }
    }

    fn left_since_start(&self, number: u64) -> Duration {
        let left = self.window.left(number);
        left.map_or(Duration::ZERO, |left| self.run.passed(left))
    }

    /// Whether an answer to this probe cannot be in time any more.
    fn has_had_its_time(&self, number: u64) -> bool {
        self.end_of_its_time(number)
            .is_none_or(|end| self.run.heard() >= end)
    }

    /// When the time of this probe is over, if it has a time.
    fn end_of_its_time(&self, number: u64) -> Option<Instant> {
        self.window.left(number)?.checked_add(self.patience()?)
    }

    /// When it will be known of a probe that is not waited for that it was not answered in time.
    pub(super) fn next_watched_due(&self) -> Option<Instant> {
        let number = self.next_watched()?;
        let is_rejected = self.window.fate(number) == Some(Fate::Rejected);
        self.end_of_its_time(number).filter(|_| is_rejected)
    }

    /// The probe with this number, which was passed on before, has its answer, with this round trip.
    pub(super) fn watch_answer(
        &mut self,
        number: u64,
        before: Option<Fate>,
        round_trip: Option<Duration>,
    ) {
        let probe = self.probe(number);
        let left = self.left_since_start(number);
        let Some(watched) = &mut self.watched else {
            return;
        };
        let was_lost = before.map(Fate::path_state) == Some(PathState::Down);
        if was_lost && number < watched.below {
            watched.watch.regained(TARGET, left);
        }
        if let Some(round_trip) = round_trip {
            watched.watch.timed(TARGET, left, round_trip);
        }
        watched.watch.answered(probe, left);
    }

    /// The last part of the run, where that is asked for.
    pub(super) fn recent(&self) -> Option<Recent> {
        let passed = self.run.passed(self.run.heard());
        self.watched.as_ref()?.watch.recent(TARGET, passed)
    }

    /// An ICMP error says why this probe is not answered.
    pub(super) fn watch_rejection(&mut self, probe: ProbeId, reason: Reason) {
        if let Some(watched) = &mut self.watched {
            watched.watch.explain(probe, reason);
        }
    }

    /// An accepted reply had this header.
    pub(super) fn watch_header(&mut self, target: TargetNumber, header: Header) {
        if let Some(watched) = &mut self.watched {
            watched.watch.note_header(target, header);
        }
    }

    /// This host was suspended.
    pub(super) fn watch_suspension(&mut self) {
        if let Some(watched) = &mut self.watched {
            watched.watch.suspended();
        }
    }

    pub(super) fn take_transition(&mut self) -> Option<Transition> {
        self.watched.as_mut()?.watch.next()
    }

    /// Whether the run is over because the target went down, or is up.
    pub(super) fn has_reached_transition(&self) -> bool {
        let watched = self.watched.as_ref();
        watched.is_some_and(|watched| watched.watch.is_reached(1))
    }

    /// Whether that was reached for which the run lasts, if there is something of the kind.
    pub(super) fn goal(&self) -> Option<bool> {
        let watch = &self.watched.as_ref()?.watch;
        watch.has_goal().then(|| watch.is_reached(1))
    }

    pub(super) fn time_down_of(&self, target: TargetNumber) -> Option<TimeDown> {
        let end = self.end_of_time(self.run.start());
        let watched = self.watched.as_ref().filter(|_| target == TARGET)?;
        watched.watch.time_down(TARGET, end)
    }
}
