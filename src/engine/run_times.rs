//! Start, deadline and end of a run, and how far the receive queue is drained.

use std::time::{Duration, Instant};

use super::Step;
use crate::event::Ending;

/// Start, deadline and end of a run, and how far the receive queue is drained.
#[derive(Debug, Clone)]
pub(super) struct RunTimes {
    start: Instant,
    deadline: Option<Instant>,
    /// When the user interrupted the run.
    stopped: Option<Instant>,
    /// Every datagram that arrived before this moment has been passed to the engine.
    drained_until: Instant,
    /// When the first and the last probe were sent or tried.
    tried: Option<(Instant, Instant)>,
}

impl RunTimes {
    /// A run that begins at `start` and ends after `deadline` at the latest.
    pub(super) fn new(start: Instant, deadline: Option<Duration>) -> Self {
        Self {
            start,
            deadline: deadline.and_then(|deadline| start.checked_add(deadline)),
            stopped: None,
            drained_until: start,
            tried: None,
        }
    }

    pub(super) fn start(&self) -> Instant {
        self.start
    }

    pub(super) fn passed(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.start)
    }

    /// Notes that a probe was sent or tried.
    pub(super) fn note_try(&mut self, at: Instant) {
        self.tried = Some((self.tried.map_or(at, |(first, _)| first), at));
    }

    /// The time from the first to the last probe that was sent or tried.
    pub(super) fn elapsed(&self) -> Duration {
        self.tried.map_or(Duration::ZERO, |(first, last)| {
            last.saturating_duration_since(first)
        })
    }

    /// The user interrupts the run.
    pub(super) fn stop(&mut self, now: Instant) {
        self.stopped.get_or_insert(now);
    }

    /// When the run is cut short even with probes in flight: at its deadline or an interrupt.
    pub(super) fn cut(&self) -> Option<Instant> {
        [self.deadline, self.stopped].into_iter().flatten().min()
    }

    /// Why the run is cut short.
    pub(super) fn ending(&self) -> Ending {
        if self.cut() == self.stopped {
            Ending::Signal
        } else {
            Ending::Deadline
        }
    }

    /// Every datagram that arrived before this instant was processed.
    pub(super) fn note_drained(&mut self, moment: Instant) {
        self.drained_until = self.drained_until.max(moment);
    }

    /// Every datagram that arrived before this instant was processed.
    pub(super) fn drained_until(&self) -> Instant {
        self.drained_until
    }

    /// Returns a step that drains the receive queue first, unless it is drained until `moment`. Before that, no probe
    /// can be called unanswered: the replies may have arrived while this process was stopped or busy.
    pub(super) fn drain_first(&self, moment: Instant, now: Instant) -> Option<Step> {
        (self.drained_until < moment).then_some(Step::Wait(Some(now)))
    }
}
