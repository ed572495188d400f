//! Whether this host's queues have room for a probe.

use std::time::{Duration, Instant};

/// How long they are tried, at most.
const PATIENCE: Duration = Duration::from_millis(500);

/// How soon they are tried again.
const PAUSE: Duration = Duration::from_millis(2);

/// What is known of them.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Room {
    /// Since when there has been none, and when that is tried again.
    lacking: Option<(Instant, Instant)>,
}

impl Room {
    /// There was room, or nobody asks any more.
    pub(super) fn found(&mut self) {
        self.lacking = None;
    }

    /// There was none; says whether it is worth trying again.
    pub(super) fn missed(&mut self, now: Instant) -> bool {
        let since = self.lacking.map_or(now, |(since, _)| since);
        let worth = now.saturating_duration_since(since) < PATIENCE;
        if worth {
            self.lacking = Some((since, now + PAUSE));
        }
        worth
    }

    /// When it is tried again.
    pub(super) fn again(&self) -> Option<Instant> {
        self.lacking.map(|(_, again)| again)
    }
}
