//! Collects named and excluded addresses, and numbers the targets.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr};

use super::Targets;
use super::exclusions::Exclusions;
use super::key::{Run, Scoped, Span};
use super::labels::Pending;
use super::mentions::Mentions;
use super::part::{self, OtherShards};
use super::table::Table;
use crate::config::many::Shard;
use crate::target::block::{Block, Ends};
use crate::target::limit::{Limit, MAX_TARGETS, TooMany};

/// Collects named and excluded addresses, in any order.
///
/// A scope is the number of a link-local address's interface; 0 for all others, and ignored for IPv4.
#[derive(Debug, Default)]
pub struct Builder {
    ipv4: Mentions<Ipv4Addr>,
    ipv6: Mentions<Scoped>,
    excluded: Exclusions,
    labels: Pending,
    /// The tag of the next run. Tags are in the order of naming.
    next: u32,
    /// Whether the last run may be extended: not if it has its own label.
    open: bool,
    /// The tag of the first run after each mark.
    marks: Vec<u32>,
}

impl Builder {
    /// Creates an empty builder.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Names the addresses of a block.
    ///
    /// The first label of a single address applies even if the address was named before without one. The label of a block
    /// applies only to targets that were not named before.
    ///
    /// # Errors
    /// The block has more addresses than a run can have targets. Then it is not added.
    pub fn add(&mut self, block: Block, scope: u32, label: Option<&str>) -> Result<(), TooMany> {
        let limit = MAX_TARGETS;
        let too_many = |count| TooMany { count, limit };
        let extra = u32::try_from(block.count() - 1).map_err(|_| too_many(block.count()))?;
        let tag = self.next;
        // Only an endless list gets this far.
        let next = tag.checked_add(1).ok_or(too_many(u128::from(limit) + 1))?;
        let open = label.is_none() || extra == 0;
        let may_join = open && self.open;
        let joined = match block.ends() {
            Ends::Ipv4(first, _) => {
                let run = Run { first, extra, tag };
                self.labels.of_run(&run, label);
                self.ipv4.add(run, may_join)
            }
            Ends::Ipv6(address, _) => {
                let first = Scoped { scope, address };
                let run = Run { first, extra, tag };
                self.labels.of_run(&run, label);
                self.ipv6.add(run, may_join)
            }
        };
        self.open = open;
        if !joined {
            self.next = next;
        }
        let ipv4 = self.ipv4.needs_compaction();
        if ipv4 || self.ipv6.needs_compaction() || self.labels.needs_compaction() {
            self.compact();
        }
        Ok(())
    }

    /// Marks the current position in the list, for an entry that is not an address: see [`Targets::marks`].
    pub fn mark(&mut self) {
        self.marks.push(self.next);
        self.open = false;
    }

    /// Removes duplicates, so that a list that repeats itself takes no more memory.
    pub(super) fn compact(&mut self) {
        let excluded_ipv6 = on_every_interface(self.excluded.of_ipv6(), &self.ipv6.scopes());
        self.ipv4.compact(self.excluded.of_ipv4());
        self.ipv6.compact(excluded_ipv6);
        let mut tags: Vec<u32> = self.ipv4.tags().chain(self.ipv6.tags()).collect();
        tags.sort_unstable();
        self.labels.compact(|tag| tags.binary_search(&tag).is_ok());
    }

    /// A lower bound of the number of targets, as of the last compaction.
    #[must_use]
    pub fn at_least(&self) -> u128 {
        self.ipv4.at_least().saturating_add(self.ipv6.at_least())
    }

    /// Excludes the addresses of a block, whether they are named before or later; with scope 0, on every interface. Some
    /// that were named before may still be counted as duplicates.
    pub fn exclude(&mut self, block: Block, scope: u32) {
        self.excluded.add(block, scope);
    }

    /// The number of stored runs, labels and octets of labels.
    #[cfg(test)]
    pub(super) fn size(&self) -> usize {
        self.ipv4.tags().count() + self.ipv6.tags().count() + self.labels.size()
    }

    /// Numbers the targets in the order of their first mention, and those of a block in ascending order.
    ///
    /// Memory and time depend on the number of blocks, not of addresses.
    ///
    /// # Errors
    /// There are more targets than `limit`. Duplicates and excluded addresses do not count.
    pub fn build(self, limit: Limit) -> Result<Targets, TooMany> {
        self.build_shard(limit, None)
    }

    /// The same for the targets of one shard. It takes memory for runs of consecutive addresses, at most a quarter of the number
    /// of all targets, and time for each target of all shards.
    ///
    /// # Errors
    /// All shards together have more targets than `limit`.
    pub fn build_shard(self, limit: Limit, shard: Option<Shard>) -> Result<Targets, TooMany> {
        let excluded_ipv6 = on_every_interface(self.excluded.of_ipv6(), &self.ipv6.scopes());
        let mut ipv4 = self.ipv4.distinct(self.excluded.of_ipv4());
        let mut ipv6 = self.ipv6.distinct(excluded_ipv6);
        let length = limit.check(ipv4.count + ipv6.count)?;
        let mut others = OtherShards::default();
        if let Some(shard) = shard {
            ipv4.runs = part::select(ipv4.runs, shard, &mut others);
            ipv6.runs = part::select(ipv6.runs, shard, &mut others);
        }
        let mut targets = Targets {
            length: length - others.targets,
            others,
            duplicates: ipv4.duplicates + ipv6.duplicates,
            ipv4: Table::new(ipv4.runs),
            ipv6: Table::new(ipv6.runs),
            ..Targets::default()
        };
        let mut labels = self.labels;
        let mut marks = Vec::with_capacity(self.marks.len());
        number(&mut targets, |tag, first, extra| {
            labels.numbered(tag, first, extra);
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

/// The number of the interface of an address; 0: none.
pub(super) fn scope_of(address: SocketAddr) -> u32 {
    match address {
        SocketAddr::V4(_) => 0,
        SocketAddr::V6(address) => address.scope_id(),
    }
}

/// Repeats exclusions without a scope for each interface.
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

/// Numbers the runs of both families in the order of their tags, and passes for each: its tag, the number of its first
/// address, and the count of further ones. All numbers are below [`MAX_TARGETS`].
fn number(targets: &mut Targets, mut numbered: impl FnMut(u32, u32, u32)) {
    let (mut ipv4, mut ipv6) = (0, 0);
    // `None` only after the last of 2^32.
    let mut next = Some(0_u32);
    while let Some(first) = next {
        let of_ipv4 = targets.ipv4.nth(ipv4).map(|run| (run.tag, run.extra));
        let of_ipv6 = targets.ipv6.nth(ipv6).map(|run| (run.tag, run.extra));
        let (tag, extra) = match (of_ipv4, of_ipv6) {
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
        numbered(tag, first, extra);
        next = first
            .checked_add(extra)
            .and_then(|last| last.checked_add(1));
    }
}
