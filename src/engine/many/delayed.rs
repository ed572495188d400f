//! Retries after a try that failed at this host. The next try is sent when the failed one times out, because the cause may
//! pass: a tunnel without a peer, or a missing route, interface or neighbour.

use std::collections::BTreeSet;
use std::time::Instant;

use crate::event::TargetNumber;

/// Targets whose last try failed at this host, until that try times out.
#[derive(Debug, Default)]
pub(super) struct DelayedRetries {
    /// When the try times out, its target, and its number.
    tries: BTreeSet<(Instant, TargetNumber, usize)>,
}

impl DelayedRetries {
    /// Adds a failed try that times out at `end`.
    pub(super) fn push(&mut self, target: TargetNumber, try_number: usize, end: Instant) {
        self.tries.insert((end, target, try_number));
    }

    /// When the next try times out.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.tries.first().map(|(end, ..)| *end)
    }

    /// The target and number of the next try.
    pub(super) fn pop(&mut self) -> Option<(TargetNumber, usize)> {
        let (_, target, try_number) = self.tries.pop_first()?;
        Some((target, try_number))
    }
}
