//! When a run began and is to end, and until when all is known.

use std::time::{Duration, Instant};

use super::Step;
use crate::event::Ending;

/// When a run began and is to end, and until when all is known.
#[derive(Debug, Clone)]
pub(super) struct RunTimes {
    start: Instant,
    deadline: Option<Instant>,
    /// When the user asked for the end.
    stopped: Option<Instant>,
    /// Every datagram that arrived before this moment has been passed to the engine.
    heard: Instant,
    /// When the first and the last probe left, or were tried.
    tried: Option<(Instant, Instant)>,
}

impl RunTimes {
    /// A run that begins now, and ends so long after, whatever happens.
    pub(super) fn new(start: Instant, deadline: Option<Duration>) -> Self {
        Self {
            start,
            deadline: deadline.and_then(|deadline| start.checked_add(deadline)),
            stopped: None,
            heard: start,
            tried: None,
        }
    }

    /// When the run began.
    pub(super) fn start(&self) -> Instant {
        self.start
    }

    /// How long the run has lasted.
    pub(super) fn passed(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.start)
    }

    /// A probe left, or was tried.
    pub(super) fn note_try(&mut self, at: Instant) {
        self.tried = Some((self.tried.map_or(at, |(first, _)| first), at));
    }

    /// From the first to the last probe that left or was tried.
    pub(super) fn elapsed(&self) -> Duration {
        self.tried.map_or(Duration::ZERO, |(first, last)| {
            last.saturating_duration_since(first)
        })
    }

    /// The user asks for the end.
    pub(super) fn stop(&mut self, now: Instant) {
        self.stopped.get_or_insert(now);
    }

    /// When the run is cut short, whatever is in flight: at its deadline, or when the user asked for it.
    pub(super) fn cut(&self) -> Option<Instant> {
        [self.deadline, self.stopped].into_iter().flatten().min()
    }

    /// Why it is cut short.
    pub(super) fn ending(&self) -> Ending {
        if self.cut() == self.stopped {
            Ending::Signal
        } else {
            Ending::Deadline
        }
    }

    /// All that arrived before this moment was told.
    pub(super) fn hear_until(&mut self, moment: Instant) {
        self.heard = self.heard.max(moment);
    }

    /// Until when all that arrived is known.
    pub(super) fn heard(&self) -> Instant {
        self.heard
    }

    /// That an answer has not come is only known once all has been heard that arrived until then: until it is, the
    /// step is to look. A process that was stopped or busy finds the answers that came in the meantime.
    pub(super) fn once_heard(&self, moment: Instant, now: Instant) -> Option<Step> {
        (self.heard < moment).then_some(Step::Wait(Some(now)))
    }
}
