//! The targets of a run, indexed by number and by address.

mod builder;
mod exclusions;
mod key;
mod labels;
mod mentions;
mod overlap;
mod part;
mod table;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

pub use builder::Builder;
pub use exclusions::Exclusions;

use builder::scope_of;
use key::{Key, Run, Scoped};
use labels::Labels;
use part::OtherShards;
use table::Table;

/// Distinct targets, numbered from 0 in the order in which they were named.
///
/// Consecutive addresses are stored as one run: a network takes some tens of octets. Scattered addresses take 16 octets
/// each (IPv4) or 32 (IPv6). A lookup is a binary search over the runs.
///
/// Addresses are socket addresses with port 0. IPv6 addresses include the interface, because link-local addresses may
/// differ only in it.
///
/// ```
/// use std::net::IpAddr;
/// use rping::target::{Block, Builder, Limit};
///
/// let mut builder = Builder::new();
/// for (address, label) in [("198.51.100.7", Some("gateway")), ("2001:db8::1", None), ("198.51.100.7", None)] {
///     builder.add(Block::from(address.parse::<IpAddr>()?), 0, label)?;
/// }
/// let targets = builder.build(Limit::DEFAULT)?;
///
/// assert_eq!(targets.len(), 2);
/// assert_eq!(targets.duplicates(), 1);
/// assert_eq!(targets.address(1), Some("[2001:db8::1]:0".parse()?));
/// assert_eq!(targets.find("198.51.100.7:0".parse()?), Some(0));
/// assert_eq!(targets.label(0), Some("gateway"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct Targets {
    ipv4: Table<Ipv4Addr>,
    ipv6: Table<Scoped>,
    length: u64,
    duplicates: u128,
    labels: Labels,
    marks: Vec<u64>,
    others: OtherShards,
}

impl Targets {
    /// The number of targets, at most 2^32.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Whether there are none, for example because all are excluded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The number of targets of all shards together, at most 2^32.
    #[must_use]
    pub fn of_all_shards(&self) -> u64 {
        self.length + self.others.targets
    }

    /// The hash of the targets of all shards: the sum of the hashes of their addresses, see
    /// [`hash_of_address`](crate::target::hash_of_address). It visits each target.
    #[must_use]
    pub fn hash(&self) -> u64 {
        let own = part::hash(self.ipv4.runs()).wrapping_add(part::hash(self.ipv6.runs()));
        own.wrapping_add(self.others.hash)
    }

    /// Whether any target is an IPv4 address.
    #[must_use]
    pub fn has_ipv4(&self) -> bool {
        !self.ipv4.runs().is_empty()
    }

    /// Whether any target is an IPv6 address.
    #[must_use]
    pub fn has_ipv6(&self) -> bool {
        !self.ipv6.runs().is_empty()
    }

    /// How often targets were named again, in all shards.
    #[must_use]
    pub fn duplicates(&self) -> u128 {
        self.duplicates
    }

    /// The number of targets that were named before each [`Builder::mark`].
    #[must_use]
    pub fn marks(&self) -> &[u64] {
        &self.marks
    }

    /// The address of a target; `None` from [`Targets::len`] on.
    #[must_use]
    pub fn address(&self, number: u64) -> Option<SocketAddr> {
        let number = u32::try_from(number).ok()?;
        let ipv4 = self.ipv4.of_number(number);
        let ipv4 = ipv4.and_then(|run| address_in(&run, number));
        let of_ipv6 = || address_in(&self.ipv6.of_number(number)?, number);
        ipv4.or_else(of_ipv6)
    }

    /// The number of the target with this address; `None` if there is no such target. The port is ignored, and an IPv4-mapped
    /// address is an IPv4 address.
    ///
    /// The scope has to be that of the target, as the kernel reports it: the interface for link-local addresses, 0 for others.
    #[must_use]
    pub fn find(&self, address: SocketAddr) -> Option<u64> {
        match address.ip().to_canonical() {
            IpAddr::V4(address) => self.ipv4.find(address),
            IpAddr::V6(ip) => self.ipv6.find(Scoped {
                scope: scope_of(address),
                address: ip,
            }),
        }
    }

    /// The label of a target, unsanitized.
    #[must_use]
    pub fn label(&self, number: u64) -> Option<&str> {
        self.labels.get(u32::try_from(number).ok()?)
    }
}

fn address_in<K: Key>(run: &Run<K>, number: u32) -> Option<SocketAddr> {
    let distance = number.checked_sub(run.tag)?;
    let within = distance <= run.extra;
    within.then(|| run.first.plus(distance).socket_address())
}

#[cfg(test)]
mod tests;
