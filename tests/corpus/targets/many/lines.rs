//! The positions of probes in the order of sending, and how many may be in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rping::event::TargetNumber;

/// Number of remembered probes that the engine no longer waits for.
const REMEMBERED: usize = 4096;

/// The probes with the same timeout: first tries, second tries, and so on.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) timeout: Duration,
    count: usize,
    /// The positions of those in flight, and their probes.
    pub(super) waiting: BTreeMap<usize, (TargetNumber, usize)>,
    /// The positions of those without a reply.
    pub(super) unanswered: BTreeSet<usize>,
    /// Maximum number in memory.
    pub(super) most: usize,
}

impl Line {
    pub(super) fn new(timeout: Duration) -> Self {
        Self {
            timeout,
            count: 0,
            waiting: BTreeMap::new(),
            unanswered: BTreeSet::new(),
            most: 0,
        }
    }

    /// Adds a probe. Returns its position.
    pub(super) fn push(&mut self, target: TargetNumber, number: usize) -> usize {
        let place = self.count;
        self.count += 1;
        self.waiting.insert(place, (target, number));
        self.unanswered.insert(place);
        let since = |place: &usize| self.count - place;
        let waiting = self.waiting.keys().next().map_or(0, since);
        let unanswered = self.unanswered.first().map_or(0, since);
        self.most = waiting.max(unanswered.min(REMEMBERED + 1));
        place
    }

    /// Whether the probe at this position may be forgotten: not in flight, and followed by many.
    pub(super) fn may_forget(&self, place: usize) -> bool {
        !self.waiting.contains_key(&place) && self.count - place > REMEMBERED
    }

    /// Whether one without a reply may be forgotten.
    pub(super) fn may_have_forgotten(&self) -> bool {
        let oldest = self.unanswered.first();
        oldest.is_some_and(|place| self.may_forget(*place))
    }
}
