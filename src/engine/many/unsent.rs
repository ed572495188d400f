//! Tries that did not leave this host: a local error ends the try, not the retries. The next try comes when the time of
//! this one is over, because what was wrong here may pass: a tunnel without a peer, a route or an interface that is not
//! there yet.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use crate::event::many::TargetNumber;

/// Targets whose try did not leave, until the time of that try is over.
#[derive(Debug)]
pub(super) struct Unsent {
    /// Of the first tries, the second, and so on: in each, all wait for the same time, and so end in their order.
    tries: Vec<VecDeque<(Instant, TargetNumber)>>,
}

impl Unsent {
    /// Of runs with this many tries for each target.
    pub(super) fn new(tries: usize) -> Self {
        Self {
            tries: vec![VecDeque::new(); tries],
        }
    }

    /// The try of this target did not leave at `now`, and its time is `timeout`.
    pub(super) fn push(
        &mut self,
        target: TargetNumber,
        try_number: usize,
        now: Instant,
        timeout: Duration,
    ) {
        let end = now.checked_add(timeout).unwrap_or(now);
        if let Some(waiting) = self.tries.get_mut(try_number) {
            waiting.push_back((end, target));
        }
    }

    /// When the time of the next one is over.
    pub(super) fn next_due(&self) -> Option<Instant> {
        let fronts = self.tries.iter().filter_map(VecDeque::front);
        fronts.map(|(end, _)| *end).min()
    }

    /// One whose time is over at `due`, and which try it was.
    pub(super) fn pop(&mut self, due: Instant) -> Option<(TargetNumber, usize)> {
        let mut tries = self.tries.iter_mut().enumerate();
        tries.find_map(|(try_number, waiting)| {
            let (_, target) = *waiting.front().filter(|(end, _)| *end <= due)?;
            waiting.pop_front();
            Some((target, try_number))
        })
    }
}
