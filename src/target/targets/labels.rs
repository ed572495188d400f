//! What the targets are called, where they are called something.

use std::mem;
use std::net::SocketAddr;

use super::key::{Key, Run};
use super::mentions::next_look;

/// Where a label stands in the text of all of them; never empty.
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

/// The label of targets whose numbers follow one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    first: u32,
    /// How many there are besides the first.
    behind: u32,
    place: Place,
}

/// The labels while the targets get their numbers.
#[derive(Debug)]
pub(super) struct Pending {
    text: String,
    addresses: Vec<(SocketAddr, Place)>,
    /// By the tag of the mention, in the order of the tags.
    blocks: Vec<(u32, Place)>,
    numbered_blocks: Vec<Entry>,
    /// So many labels are many.
    many: usize,
}

impl Default for Pending {
    fn default() -> Self {
        Self {
            text: String::new(),
            addresses: Vec::new(),
            blocks: Vec::new(),
            numbered_blocks: Vec::new(),
            many: next_look(0),
        }
    }
}

/// The labels of targets, in 16 octets each besides their text.
#[derive(Debug, Default)]
pub(super) struct Labels {
    text: String,
    /// Of single addresses, in the order of their numbers.
    addresses: Vec<Entry>,
    /// Of what blocks were the first to name, in the order of the numbers.
    blocks: Vec<Entry>,
}

impl Pending {
    /// The label of a run as it is named: by its address if it is one, so that it holds for an address that was named
    /// before, or else by its tag. Tags come in their order.
    pub(super) fn of_run<K: Key>(&mut self, run: &Run<K>, label: Option<&str>) {
        let Some(place) = label.and_then(|label| append(&mut self.text, label)) else {
            return;
        };
        if run.behind == 0 {
            self.addresses.push((run.first.socket_address(), place));
        } else {
            self.blocks.push((run.tag, place));
        }
    }

    #[cfg(test)]
    pub(super) fn size(&self) -> usize {
        self.addresses.len() + self.blocks.len() + self.text.len()
    }

    /// Whether it is time to look for duplicates.
    pub(super) fn are_many(&self) -> bool {
        self.addresses.len() + self.blocks.len() >= self.many
    }

    /// Forgets all labels of an address but the first, those of blocks whose tag names nothing any more, and their text.
    pub(super) fn forget_duplicates(&mut self, names_something: impl Fn(u32) -> bool) {
        // The sort is stable: the first label stays in front.
        self.addresses.sort_by_key(|(address, _)| *address);
        self.addresses.dedup_by_key(|(address, _)| *address);
        self.blocks.retain(|(tag, _)| names_something(*tag));
        let text = mem::take(&mut self.text);
        let moved = |label: Place, into: &mut String| append(into, label.of(&text)?);
        let into = &mut self.text;
        self.addresses
            .retain_mut(|(_, label)| moved(*label, into).map(|place| *label = place).is_some());
        self.blocks
            .retain_mut(|(_, label)| moved(*label, into).map(|place| *label = place).is_some());
        self.many = next_look(self.addresses.len() + self.blocks.len());
    }

    /// Is told of each run, in the order of the numbers: the tag of its mention, the number of its first address, and
    /// how many there are besides.
    pub(super) fn numbered(&mut self, tag: u32, first: u32, behind: u32) {
        let found = self.blocks.binary_search_by_key(&tag, |(tag, _)| *tag);
        let Some(&(_, place)) = found.ok().and_then(|at| self.blocks.get(at)) else {
            return;
        };
        self.numbered_blocks.push(Entry {
            first,
            behind,
            place,
        });
    }

    /// All runs are numbered; `find` tells the number of an address.
    pub(super) fn finish(self, find: impl Fn(SocketAddr) -> Option<u32>) -> Labels {
        let entry = |(address, place): (SocketAddr, Place)| {
            Some(Entry {
                first: find(address)?,
                behind: 0,
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
    /// The label of a target; that of its address goes before that of a block.
    pub(super) fn get(&self, number: u32) -> Option<&str> {
        let entry = entry(&self.addresses, number).or_else(|| entry(&self.blocks, number))?;
        entry.place.of(&self.text)
    }
}

/// Appends a label to the text of all. Labels beyond 4 GiB are not kept: memory ends before.
fn append(text: &mut String, label: &str) -> Option<Place> {
    let start = u32::try_from(text.len()).ok()?;
    let end = start.checked_add(u32::try_from(label.len()).ok()?)?;
    text.push_str(label);
    (start < end).then_some(Place { start, end })
}

fn entry(entries: &[Entry], number: u32) -> Option<&Entry> {
    let behind = entries.partition_point(|entry| entry.first <= number);
    let entry = entries.get(behind.checked_sub(1)?)?;
    (number - entry.first <= entry.behind).then_some(entry)
}
