//! Whether the target is down.

use std::time::{Duration, Instant};

use super::super::fate::{Fate, PathState};
use super::super::outages::PastProbe;
use super::super::watch::Watch;
use super::{One, TARGET};
use crate::config::Watching;
use crate::event::{Header, ProbeId, Reason, Recent, TargetNumber, TimeDown, Transition};

/// Which probes were passed to the watch.
#[derive(Debug, Clone)]
pub(super) struct Watched {
    watch: Watch,
    /// The outcomes of all probes below this number are known.
    below: u64,
}

impl One {
    /// Reports when the target goes down and comes up.
    #[must_use]
    pub fn watching(mut self, watching: Watching) -> Self {
        self.watched = Some(Watched {
            watch: Watch::new(watching),
            below: 0,
        });
        self
    }

    /// Passes all probes with a known outcome to the watch.
    pub(super) fn pass_known(&mut self) {
        while let Some(number) = self.next_watched() {
            let path = match self.window.fate(number) {
                None | Some(Fate::Queued | Fate::InFlight) => return,
                Some(Fate::Rejected) if !self.has_timed_out(number) => return,
                Some(fate) => fate.path_state(),
            };
            self.pass(number, path);
        }
    }

    /// Passes the rest at the end of the run. Rejected probes count as unanswered; of those in flight nothing is known.
    pub(super) fn pass_rest(&mut self) {
        while let Some(number) = self.next_watched() {
            let Some(fate) = self.window.fate(number) else {
                return;
            };
            self.pass(number, fate.path_state());
        }
    }

    /// The next probe to pass.
    fn next_watched(&self) -> Option<u64> {
        let below = self.watched.as_ref()?.below;
        Some(below.max(self.window.oldest()))
    }

    fn pass(&mut self, number: u64, path: PathState) {
        let probe = self.probe(number);
        let past = PastProbe {
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

    /// Whether a reply to this probe would be too late.
    fn has_timed_out(&self, number: u64) -> bool {
        self.timeout_at(number)
            .is_none_or(|end| self.run.drained_until() >= end)
    }

    /// When this probe's timeout expires, if it has one.
    fn timeout_at(&self, number: u64) -> Option<Instant> {
        self.window.left(number)?.checked_add(self.patience()?)
    }

    /// When the outcome of the next probe becomes known, if it was rejected.
    pub(super) fn next_watched_due(&self) -> Option<Instant> {
        let number = self.next_watched()?;
        let is_rejected = self.window.fate(number) == Some(Fate::Rejected);
        self.timeout_at(number).filter(|_| is_rejected)
    }

    /// A probe was answered; `before` is its state before.
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

    /// The statistics of the window, with `--window`.
    pub(super) fn recent(&self) -> Option<Recent> {
        let passed = self.run.passed(self.run.drained_until());
        self.watched.as_ref()?.watch.recent(TARGET, passed)
    }

    pub(super) fn watch_rejection(&mut self, probe: ProbeId, reason: Reason) {
        if let Some(watched) = &mut self.watched {
            watched.watch.explain(probe, reason);
        }
    }

    pub(super) fn watch_header(&mut self, target: TargetNumber, header: Header) {
        if let Some(watched) = &mut self.watched {
            watched.watch.note_header(target, header);
        }
    }

    pub(super) fn watch_suspension(&mut self) {
        if let Some(watched) = &mut self.watched {
            watched.watch.suspended();
        }
    }

    pub(super) fn take_transition(&mut self) -> Option<Transition> {
        self.watched.as_mut()?.watch.next()
    }

    /// Whether the run ends because the target went down, or came up.
    pub(super) fn has_reached_transition(&self) -> bool {
        let watched = self.watched.as_ref();
        watched.is_some_and(|watched| watched.watch.is_reached(1))
    }

    /// Whether the condition that ends the run is met; `None` without such a condition.
    pub(super) fn goal(&self) -> Option<bool> {
        let watch = &self.watched.as_ref()?.watch;
        watch.has_goal().then(|| watch.is_reached(1))
    }

    pub(super) fn time_down_of(&self, target: TargetNumber) -> Option<TimeDown> {
        let end = self.end_of_wait(self.run.start());
        let watched = self.watched.as_ref().filter(|_| target == TARGET)?;
        watched.watch.time_down(TARGET, end)
    }
}
