//! Retrying a send while a queue of this host is full.

use std::time::{Duration, Instant};

/// How long a send is retried at most.
const PATIENCE: Duration = Duration::from_millis(500);

/// The time between two attempts.
const PAUSE: Duration = Duration::from_millis(2);

/// Whether and when a send that found a full queue is retried.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct SendBackoff {
    /// When the queue was first full, and when the send is retried.
    full: Option<(Instant, Instant)>,
}

impl SendBackoff {
    /// The queue had room, or the send was given up.
    pub(super) fn reset(&mut self) {
        self.full = None;
    }

    /// The queue was full. Returns whether to retry the send.
    pub(super) fn should_retry(&mut self, now: Instant) -> bool {
        let since = self.full.map_or(now, |(since, _)| since);
        let retry = now.saturating_duration_since(since) < PATIENCE;
        if retry {
            self.full = Some((since, now + PAUSE));
        }
        retry
    }

    /// When the send is retried.
    pub(super) fn retry_at(&self) -> Option<Instant> {
        self.full.map(|(_, retry)| retry)
    }
}
