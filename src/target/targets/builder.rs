//! Targets as they are named, before they have numbers.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};

use super::Targets;
use super::exclusions::Exclusions;
use super::key::{Run, Scoped, Span};
use super::labels::Pending;
use super::mentions::Mentions;
use super::part::{self, Elsewhere};
use super::table::Table;
use crate::config::many::Shard;
use crate::target::block::{Block, Ends};
use crate::target::limit::{Limit, MOST, TooMany};

/// What is named and what is excluded, in any order of the two.
///
/// A scope is the number of the interface that a link-local address is on; 0 for all others, and ignored for IPv4.
#[derive(Debug, Default)]
pub struct Builder {
    ipv4: Mentions<Ipv4Addr>,
    ipv6: Mentions<Scoped>,
    excluded: Exclusions,
    labels: Pending,
    /// The tag of the next run: tags tell what was named first.
    next: u32,
    /// Whether the last run may go on: not if it has a label of its own.
    open: bool,
    /// The tags of the runs behind each mark.
    marks: Vec<u32>,
}

impl Builder {
    /// Nothing named yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Names the addresses of a block.
    ///
    /// The label of a single address holds wherever the address was named first, and of several labels the first.
    /// That of a block is for the targets that were not named before.
    ///
    /// # Errors
    /// The block alone has more addresses than a run can have targets. Then it is not added.
    pub fn add(&mut self, block: Block, scope: u32, label: Option<&str>) -> Result<(), TooMany> {
        let too_many = |count| TooMany { count, limit: MOST };
        let behind = u32::try_from(block.count() - 1).map_err(|_| too_many(block.count()))?;
        let tag = self.next;
        // Only a list that never ends gets so far.
        let next = tag.checked_add(1).ok_or(too_many(u128::from(MOST) + 1))?;
        let open = label.is_none() || behind == 0;
        let may_join = open && self.open;
        let joined = match block.ends() {
            Ends::Ipv4(first, _) => {
                let run = Run { first, behind, tag };
                self.labels.of_run(&run, label);
                self.ipv4.add(run, may_join)
            }
            Ends::Ipv6(address, _) => {
                let first = Scoped { scope, address };
                let run = Run { first, behind, tag };
                self.labels.of_run(&run, label);
                self.ipv6.add(run, may_join)
            }
        };
        self.open = open;
        if !joined {
            self.next = next;
        }
        if self.ipv4.are_many() || self.ipv6.are_many() || self.labels.are_many() {
            self.forget_duplicates();
        }
        Ok(())
    }

    /// Marks this place among what is named, for something that is named here and is no address: [`Targets::marks`].
    pub fn mark(&mut self) {
        self.marks.push(self.next);
        self.open = false;
    }

    /// Forgets what was named before, so that a list that names the same again and again takes no more memory.
    pub(super) fn forget_duplicates(&mut self) {
        let excluded_ipv6 = on_every_interface(self.excluded.of_ipv6(), &self.ipv6.scopes());
        self.ipv4.forget_duplicates(self.excluded.of_ipv4());
        self.ipv6.forget_duplicates(excluded_ipv6);
        let mut tags: Vec<u32> = self.ipv4.tags().chain(self.ipv6.tags()).collect();
        tags.sort_unstable();
        self.labels
            .forget_duplicates(|tag| tags.binary_search(&tag).is_ok());
    }

    /// How many targets there are at least, as of the last time that duplicates were looked for.
    #[must_use]
    pub fn at_least(&self) -> u128 {
        self.ipv4.at_least().saturating_add(self.ipv6.at_least())
    }

    /// Takes the addresses of a block away, whenever they are named. Without a scope, that is 0, they are taken away
    /// on every interface. Of addresses that were named before, some may be counted as duplicates all the same.
    pub fn exclude(&mut self, block: Block, scope: u32) {
        self.excluded.add(block, scope);
    }

    /// How many runs, labels and octets of labels are kept.
    #[cfg(test)]
    pub(super) fn size(&self) -> usize {
        self.ipv4.tags().count() + self.ipv6.tags().count() + self.labels.size()
    }

    /// Numbers the targets, in the order in which they were named first, and those of one block upwards.
    ///
    /// It takes memory for the blocks and time for sorting them, however many addresses they have.
    ///
    /// # Errors
    /// There are more targets than `limit`, without duplicates and what is excluded.
    pub fn build(self, limit: Limit) -> Result<Targets, TooMany> {
        self.build_shard(limit, None)
    }

    /// The same for the targets that one shard takes. Of these it takes memory for runs of addresses that follow one another,
    /// which are a quarter of all targets at most, and time for each target of all shards.
    ///
    /// # Errors
    /// All shards together have more targets than `limit`: what is one too many does not depend on the shard.
    pub fn build_shard(self, limit: Limit, shard: Option<Shard>) -> Result<Targets, TooMany> {
        let excluded_ipv6 = on_every_interface(self.excluded.of_ipv6(), &self.ipv6.scopes());
        let mut ipv4 = self.ipv4.distinct(self.excluded.of_ipv4());
        let mut ipv6 = self.ipv6.distinct(excluded_ipv6);
        let length = limit.check(ipv4.count + ipv6.count)?;
        let mut elsewhere = Elsewhere::default();
        if let Some(shard) = shard {
            ipv4.runs = part::take(ipv4.runs, shard, &mut elsewhere);
            ipv6.runs = part::take(ipv6.runs, shard, &mut elsewhere);
        }
        let mut targets = Targets {
            length: length - elsewhere.targets,
            elsewhere,
            duplicates: ipv4.duplicates + ipv6.duplicates,
            ipv4: Table::new(ipv4.runs),
            ipv6: Table::new(ipv6.runs),
            ..Targets::default()
        };
        let mut labels = self.labels;
        let mut marks = Vec::with_capacity(self.marks.len());
        number(&mut targets, |tag, first, behind| {
            labels.numbered(tag, first, behind);
            let passed = self.marks.get(marks.len()..).unwrap_or_default();
            let passed = passed.iter().take_while(|mark| **mark <= tag).count();
            marks.resize(marks.len() + passed, u64::from(first));
        });
        marks.resize(self.marks.len(), targets.length);
        targets.marks = marks;
        let labels = labels.finish(|address| u32::try_from(targets.find(address)?).ok());
        targets.labels = labels;
        Ok(targets)
    }
}

/// The interface that an address is on.
pub(super) fn scope_of(address: SocketAddr) -> u32 {
    match address {
        SocketAddr::V4(_) => 0,
        SocketAddr::V6(address) => address.scope_id(),
    }
}

/// Exclusions without a scope, once for each interface there is.
fn on_every_interface(excluded: Vec<Span<Scoped>>, scopes: &BTreeSet<u32>) -> Vec<Span<Scoped>> {
    let mut everywhere = Vec::with_capacity(excluded.len());
    for span in excluded {
        let at = |scope| Span {
            first: Scoped {
                scope,
                ..span.first
            },
            last: Scoped { scope, ..span.last },
        };
        if span.first.scope == 0 {
            everywhere.extend(scopes.iter().map(|&scope| at(scope)));
        } else {
            everywhere.push(span);
        }
    }
    everywhere
}

/// Gives the runs of both families their numbers in the order of their tags, and tells each: its tag, the number of
/// its first address, and how many there are besides. All numbers are below [`MOST`].
fn number(targets: &mut Targets, mut numbered: impl FnMut(u32, u32, u32)) {
    let (mut ipv4, mut ipv6) = (0, 0);
    // It would not fit only behind the very last of 2^32.
    let mut next = Some(0_u32);
    while let Some(first) = next {
        let of_ipv4 = targets.ipv4.nth(ipv4).map(|run| (run.tag, run.behind));
        let of_ipv6 = targets.ipv6.nth(ipv6).map(|run| (run.tag, run.behind));
        let (tag, behind) = match (of_ipv4, of_ipv6) {
            (Some(run), other) if other.is_none_or(|other| run < other) => {
                targets.ipv4.set_tag(ipv4, first);
                ipv4 += 1;
                run
            }
            (_, Some(run)) => {
                targets.ipv6.set_tag(ipv6, first);
                ipv6 += 1;
                run
            }
            _ => return,
        };
        numbered(tag, first, behind);
        next = first
            .checked_add(behind)
            .and_then(|last| last.checked_add(1));
    }
}
