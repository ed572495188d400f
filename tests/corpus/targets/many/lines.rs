//! Where probes stand in the order in which they left, and how many of them may be in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rping::event::TargetNumber;

/// How many probes that nobody waits for any more are remembered.
const REMEMBERED: usize = 4096;

/// The probes that have as much time as each other: first tries, second ones, and so on.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) timeout: Duration,
    /// How many there were.
    count: usize,
    /// The places of those that are waited for, and whose they are.
    pub(super) waiting: BTreeMap<usize, (TargetNumber, usize)>,
    /// The places of those that have no answer.
    pub(super) unanswered: BTreeSet<usize>,
    /// How many may be in memory.
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

    /// One more; tells its place.
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

    /// Whether the probe at this place may be forgotten: nobody waits for it, and many have come after it.
    pub(super) fn may_forget(&self, place: usize) -> bool {
        !self.waiting.contains_key(&place) && self.count - place > REMEMBERED
    }

    /// Whether one without an answer may be forgotten.
    pub(super) fn may_have_forgotten(&self) -> bool {
        let oldest = self.unanswered.first();
        oldest.is_some_and(|place| self.may_forget(*place))
    }
}
