//! Tries that failed at this host: a local error ends the try, not the retries. The next try comes when the time of this
//! one is over, because what was wrong here may pass: a tunnel without a peer, a route, an interface or a neighbour that is
//! not there yet.

use std::collections::BTreeSet;
use std::time::Instant;

use crate::event::TargetNumber;

/// Targets whose last try failed at this host, until the time of that try is over.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// When it is over, whose it is, and which try.
    tries: BTreeSet<(Instant, TargetNumber, usize)>,
}

impl Held {
    /// This try of this target failed, and its time is over at `end`.
    pub(super) fn push(&mut self, target: TargetNumber, try_number: usize, end: Instant) {
        self.tries.insert((end, target, try_number));
    }

    /// When the time of the next one is over.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.tries.first().map(|(end, ..)| *end)
    }

    /// The next one: its target, and which try it was.
    pub(super) fn pop(&mut self) -> Option<(TargetNumber, usize)> {
        let (_, target, try_number) = self.tries.pop_first()?;
        Some((target, try_number))
    }
}
