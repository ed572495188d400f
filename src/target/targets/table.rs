//! The runs of one family, indexed by address and by number.

use super::key::{Key, Run};

/// Runs that do not overlap: 16 octets each (IPv4) or 32 (IPv6).
#[derive(Debug)]
pub(super) struct Table<K> {
    /// Sorted by address.
    runs: Vec<Run<K>>,
    /// Positions in `runs`, sorted by tag.
    by_tag: Vec<u32>,
}

impl<K> Default for Table<K> {
    fn default() -> Self {
        Self {
            runs: Vec::new(),
            by_tag: Vec::new(),
        }
    }
}

impl<K: Key> Table<K> {
    /// Indexes runs that are sorted by address. Runs with the same tag keep this order. There are at most 2^32, as many as
    /// addresses.
    pub(super) fn new(mut runs: Vec<Run<K>>) -> Self {
        runs.shrink_to_fit();
        let mut by_tag: Vec<u32> = (0..=u32::MAX).take(runs.len()).collect();
        let tag = |at: u32| run(&runs, at).map(|run| run.tag);
        by_tag.sort_unstable_by_key(|&at| (tag(at), at));
        Self { runs, by_tag }
    }

    /// All runs, sorted by address.
    pub(super) fn runs(&self) -> &[Run<K>] {
        &self.runs
    }

    /// The run at a position in the order of the tags.
    pub(super) fn nth(&self, position: usize) -> Option<Run<K>> {
        run(&self.runs, *self.by_tag.get(position)?).copied()
    }

    /// Replaces the tag of the run at a position. The new tag must keep the order of the tags.
    pub(super) fn set_tag(&mut self, position: usize, tag: u32) {
        let at = self.by_tag.get(position).copied();
        let at = at.and_then(|at| usize::try_from(at).ok());
        if let Some(run) = at.and_then(|at| self.runs.get_mut(at)) {
            run.tag = tag;
        }
    }

    /// The number of an address.
    pub(super) fn find(&self, key: K) -> Option<u64> {
        let after = self.runs.partition_point(|run| run.first <= key);
        let run = self.runs.get(after.checked_sub(1)?)?;
        Some(u64::from(run.tag) + u64::from(run.offset(key)?))
    }

    /// The run that contains the address with this number.
    pub(super) fn of_number(&self, number: u32) -> Option<Run<K>> {
        let place = usize::try_from(number).ok()?;
        // Fast path: among single addresses of one family, the number is the position.
        let single = self.nth(place).filter(|run| run.tag == number);
        let run = single.or_else(|| {
            let after = self
                .by_tag
                .partition_point(|&at| run(&self.runs, at).is_some_and(|run| run.tag <= number));
            self.nth(after.checked_sub(1)?)
        });
        run.filter(|run| number - run.tag <= run.extra)
    }

    #[cfg(test)]
    pub(super) fn octets(&self) -> usize {
        self.runs.capacity() * size_of::<Run<K>>() + self.by_tag.capacity() * size_of::<u32>()
    }
}

fn run<K>(runs: &[Run<K>], at: u32) -> Option<&Run<K>> {
    runs.get(usize::try_from(at).ok()?)
}
