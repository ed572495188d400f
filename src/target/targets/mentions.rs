//! What is named of one family, as long as it is read: in memory for what is named once.

use std::collections::BTreeSet;
use std::mem;

use super::key::{Key, Run, Scoped, Span};
use super::overlap::{count, count_excluded, first_mentions, merged, subtract};

/// So many runs, or labels, are kept before duplicates among them are looked for: some megabytes.
const MANY: usize = 1 << 16;

/// How many are looked through next: twice as many as were left the last time, so that it costs no more than to sort
/// them once or twice.
pub(super) fn next_look(left: usize) -> usize {
    left.saturating_mul(2).max(MANY)
}

/// The mentions of addresses.
#[derive(Debug)]
pub(super) struct Mentions<K> {
    runs: Vec<Run<K>>,
    /// How many addresses there were when duplicates were forgotten.
    at_least: u128,
    /// How many duplicates were forgotten.
    forgotten: u128,
    /// So many runs are many.
    many: usize,
}

impl<K> Default for Mentions<K> {
    fn default() -> Self {
        Self {
            runs: Vec::new(),
            at_least: 0,
            forgotten: 0,
            many: MANY,
        }
    }
}

impl<K: Key> Mentions<K> {
    /// Adds a run or, if it may and the last one ends before it, makes that one longer; whether it did.
    pub(super) fn add(&mut self, run: Run<K>, may_join: bool) -> bool {
        let longer = self.runs.last_mut().and_then(|last| {
            let follows = may_join
                && last.tag.checked_add(1) == Some(run.tag)
                && run.first.distance(last.first) == Some(last.count());
            let behind = last.behind.checked_add(run.behind)?.checked_add(1)?;
            follows.then(|| last.behind = behind)
        });
        if longer.is_none() {
            self.runs.push(run);
        }
        longer.is_some()
    }

    /// Whether it is time to look for duplicates.
    pub(super) fn are_many(&self) -> bool {
        self.runs.len() >= self.many
    }

    /// Forgets what was named before, and what is excluded.
    pub(super) fn forget_duplicates(&mut self, excluded: Vec<Span<K>>) {
        let distinct = mem::take(self).distinct(excluded);
        *self = Self {
            many: next_look(distinct.runs.len()),
            at_least: distinct.count,
            forgotten: distinct.duplicates,
            runs: distinct.runs,
        };
    }

    /// How many addresses there were when duplicates were forgotten.
    pub(super) fn at_least(&self) -> u128 {
        self.at_least
    }

    /// The tags of all runs.
    pub(super) fn tags(&self) -> impl Iterator<Item = u32> {
        self.runs.iter().map(|run| run.tag)
    }

    /// Each address once, without those that are excluded.
    pub(super) fn distinct(self, excluded: Vec<Span<K>>) -> Distinct<K> {
        let excluded = merged(excluded);
        let mentions = count(&self.runs) - count_excluded(&self.runs, &excluded);
        let runs = subtract(first_mentions(self.runs), &excluded);
        let count = count(&runs);
        Distinct {
            runs,
            count,
            duplicates: self.forgotten + (mentions - count),
        }
    }
}

impl Mentions<Scoped> {
    /// The interfaces that addresses are on.
    pub(super) fn scopes(&self) -> BTreeSet<u32> {
        self.runs.iter().map(|run| run.first.scope).collect()
    }
}

/// The targets of one family, each once.
#[derive(Debug)]
pub(super) struct Distinct<K> {
    pub(super) runs: Vec<Run<K>>,
    pub(super) count: u128,
    pub(super) duplicates: u128,
}
