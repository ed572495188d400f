//! The named addresses of one family while lists are read. Duplicates take no memory for long.

use std::collections::BTreeSet;
use std::mem;

use super::key::{Key, Run, Scoped, Span};
use super::overlap::{count, count_excluded, first_mentions, merged, subtract};

/// The number of runs or labels from which duplicates are removed: some megabytes.
const COMPACTION_MIN: usize = 1 << 16;

/// The size for the next compaction: twice what was left after the last one, so that all of them together cost no more than
/// one or two sorts.
pub(super) fn next_compaction(left: usize) -> usize {
    left.saturating_mul(2).max(COMPACTION_MIN)
}

/// The mentions of addresses.
#[derive(Debug)]
pub(super) struct Mentions<K> {
    runs: Vec<Run<K>>,
    /// The number of distinct addresses at the last compaction.
    at_least: u128,
    /// The number of removed duplicates.
    duplicates: u128,
    /// The number of runs at which to compact next.
    compact_at: usize,
}

impl<K> Default for Mentions<K> {
    fn default() -> Self {
        Self {
            runs: Vec::new(),
            at_least: 0,
            duplicates: 0,
            compact_at: COMPACTION_MIN,
        }
    }
}

impl<K: Key> Mentions<K> {
    /// Adds a run, or extends the last run if that is allowed and they are adjacent. Returns whether it did the latter.
    pub(super) fn add(&mut self, run: Run<K>, may_join: bool) -> bool {
        let longer = self.runs.last_mut().and_then(|last| {
            let follows = may_join
                && last.tag.checked_add(1) == Some(run.tag)
                && run.first.distance(last.first) == Some(last.count());
            let extra = last.extra.checked_add(run.extra)?.checked_add(1)?;
            follows.then(|| last.extra = extra)
        });
        if longer.is_none() {
            self.runs.push(run);
        }
        longer.is_some()
    }

    /// Whether it is time to [compact](Self::compact).
    pub(super) fn needs_compaction(&self) -> bool {
        self.runs.len() >= self.compact_at
    }

    /// Removes duplicates and excluded addresses.
    pub(super) fn compact(&mut self, excluded: Vec<Span<K>>) {
        let distinct = mem::take(self).distinct(excluded);
        *self = Self {
            compact_at: next_compaction(distinct.runs.len()),
            at_least: distinct.count,
            duplicates: distinct.duplicates,
            runs: distinct.runs,
        };
    }

    /// The number of distinct addresses at the last compaction.
    pub(super) fn at_least(&self) -> u128 {
        self.at_least
    }

    /// The tags of all runs.
    pub(super) fn tags(&self) -> impl Iterator<Item = u32> {
        self.runs.iter().map(|run| run.tag)
    }

    /// The distinct addresses that are not excluded.
    pub(super) fn distinct(self, excluded: Vec<Span<K>>) -> Distinct<K> {
        let excluded = merged(excluded);
        let mentions = count(&self.runs) - count_excluded(&self.runs, &excluded);
        let runs = subtract(first_mentions(self.runs), &excluded);
        let count = count(&runs);
        Distinct {
            runs,
            count,
            duplicates: self.duplicates + (mentions - count),
        }
    }
}

impl Mentions<Scoped> {
    /// The interfaces of the addresses.
    pub(super) fn scopes(&self) -> BTreeSet<u32> {
        self.runs.iter().map(|run| run.first.scope).collect()
    }
}

/// The distinct targets of one family.
#[derive(Debug)]
pub(super) struct Distinct<K> {
    pub(super) runs: Vec<Run<K>>,
    pub(super) count: u128,
    pub(super) duplicates: u128,
}
