//! The labels of targets.

use std::mem;
use std::net::SocketAddr;

use super::key::{Key, Run};
use super::mentions::next_compaction;

/// The position of a label in the text of all labels; never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    start: u32,
    end: u32,
}

impl Place {
    fn of(self, text: &str) -> Option<&str> {
        let start = usize::try_from(self.start).ok()?;
        let end = usize::try_from(self.end).ok()?;
        text.get(start..end)
    }
}

/// The label of targets with consecutive numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    first: u32,
    /// The number of targets after the first.
    extra: u32,
    place: Place,
}

/// Labels before the targets have numbers.
#[derive(Debug)]
pub(super) struct Pending {
    text: String,
    addresses: Vec<(SocketAddr, Place)>,
    /// With the tag of the mention, sorted by tag.
    blocks: Vec<(u32, Place)>,
    numbered_blocks: Vec<Entry>,
    /// The number of labels at which to compact next.
    compact_at: usize,
}

impl Default for Pending {
    fn default() -> Self {
        Self {
            text: String::new(),
            addresses: Vec::new(),
            blocks: Vec::new(),
            numbered_blocks: Vec::new(),
            compact_at: next_compaction(0),
        }
    }
}

/// The labels of targets, in 16 octets each plus their text.
#[derive(Debug, Default)]
pub(super) struct Labels {
    text: String,
    /// Labels of single addresses, sorted by number.
    addresses: Vec<Entry>,
    /// Labels of targets that a block named first, sorted by number.
    blocks: Vec<Entry>,
}

impl Pending {
    /// Adds the label of a run: by address if the run is a single address, so that it applies to an address that was named
    /// before; otherwise by tag. Tags must ascend.
    pub(super) fn of_run<K: Key>(&mut self, run: &Run<K>, label: Option<&str>) {
        let Some(place) = label.and_then(|label| append(&mut self.text, label)) else {
            return;
        };
        if run.extra == 0 {
            self.addresses.push((run.first.socket_address(), place));
        } else {
            self.blocks.push((run.tag, place));
        }
    }

    #[cfg(test)]
    pub(super) fn size(&self) -> usize {
        self.addresses.len() + self.blocks.len() + self.text.len()
    }

    /// Whether it is time to [compact](Self::compact).
    pub(super) fn needs_compaction(&self) -> bool {
        self.addresses.len() + self.blocks.len() >= self.compact_at
    }

    /// Removes all labels of an address but the first, those of blocks whose tag is no longer in use, and their text.
    pub(super) fn compact(&mut self, is_used: impl Fn(u32) -> bool) {
        // The sort is stable: the first label stays in front.
        self.addresses.sort_by_key(|(address, _)| *address);
        self.addresses.dedup_by_key(|(address, _)| *address);
        self.blocks.retain(|(tag, _)| is_used(*tag));
        let text = mem::take(&mut self.text);
        let moved = |label: Place, into: &mut String| append(into, label.of(&text)?);
        let into = &mut self.text;
        self.addresses
            .retain_mut(|(_, label)| moved(*label, into).map(|place| *label = place).is_some());
        self.blocks
            .retain_mut(|(_, label)| moved(*label, into).map(|place| *label = place).is_some());
        self.compact_at = next_compaction(self.addresses.len() + self.blocks.len());
    }

    /// Takes the numbers of a run, in ascending order: the tag of its mention, the number of its first address, and the count of
    /// further ones.
    pub(super) fn numbered(&mut self, tag: u32, first: u32, extra: u32) {
        let found = self.blocks.binary_search_by_key(&tag, |(tag, _)| *tag);
        let Some(&(_, place)) = found.ok().and_then(|at| self.blocks.get(at)) else {
            return;
        };
        self.numbered_blocks.push(Entry {
            first,
            extra,
            place,
        });
    }

    /// Builds the index once all runs are numbered. `find` returns the number of an address.
    pub(super) fn finish(self, find: impl Fn(SocketAddr) -> Option<u32>) -> Labels {
        let entry = |(address, place): (SocketAddr, Place)| {
            Some(Entry {
                first: find(address)?,
                extra: 0,
                place,
            })
        };
        let mut addresses: Vec<Entry> = self.addresses.into_iter().filter_map(entry).collect();
        // The sort is stable: of several labels of one address, the first stays in front.
        addresses.sort_by_key(|entry| entry.first);
        addresses.dedup_by_key(|entry| entry.first);
        addresses.shrink_to_fit();
        Labels {
            text: self.text,
            addresses,
            blocks: self.numbered_blocks,
        }
    }
}

impl Labels {
    /// The label of a target. The label of its address has priority over that of a block.
    pub(super) fn get(&self, number: u32) -> Option<&str> {
        let entry = entry(&self.addresses, number).or_else(|| entry(&self.blocks, number))?;
        entry.place.of(&self.text)
    }
}

/// Appends a label to the text. Labels beyond 4 GiB are dropped: memory runs out before.
fn append(text: &mut String, label: &str) -> Option<Place> {
    let start = u32::try_from(text.len()).ok()?;
    let end = start.checked_add(u32::try_from(label.len()).ok()?)?;
    text.push_str(label);
    (start < end).then_some(Place { start, end })
}

fn entry(entries: &[Entry], number: u32) -> Option<&Entry> {
    let after = entries.partition_point(|entry| entry.first <= number);
    let entry = entries.get(after.checked_sub(1)?)?;
    (number - entry.first <= entry.extra).then_some(entry)
}
