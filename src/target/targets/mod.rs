//! The targets of a run: each has a number, and each address is found.

mod builder;
mod key;
mod labels;
mod overlap;
mod table;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::Range;

pub use builder::Builder;

use builder::scope_of;
use key::{Key, Run, Scoped};
use labels::Labels;
use table::Table;

/// Targets, numbered from 0 in the order in which they were named, each address once.
///
/// Addresses that follow one another are kept as one: a network takes some tens of octets, and addresses that are
/// scattered 16 octets each of IPv4, 32 of IPv6. Finding one takes as many steps as the number of runs has bits.
///
/// Addresses are told for a socket, with port 0. Those of IPv6 include the interface, in which alone link-local
/// addresses may differ.
///
/// ```
/// use rping::target::{Builder, Limit};
///
/// let mut builder = Builder::new();
/// builder.add_address("198.51.100.7:0".parse()?, Some("gateway"))?;
/// builder.add_address("[2001:db8::1]:0".parse()?, None)?;
/// builder.add_address("198.51.100.7:0".parse()?, None)?;
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
    excluded: u128,
    labels: Labels,
}

impl Targets {
    /// How many targets there are, at most 2^32. Their numbers are less.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Whether there are none, as when all are excluded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// How often a target was named again.
    #[must_use]
    pub fn duplicates(&self) -> u128 {
        self.duplicates
    }

    /// How many addresses were named and are no targets, because they are excluded.
    #[must_use]
    pub fn excluded(&self) -> u128 {
        self.excluded
    }

    /// The address of a target; `None` from [`Targets::len`] on.
    #[must_use]
    pub fn address(&self, number: u64) -> Option<SocketAddr> {
        let number = u32::try_from(number).ok()?;
        self.located(number)?.address(number)
    }

    /// The number of the target with this address; `None` if there is no such target. The port does not matter, and an
    /// IPv4-mapped address is an IPv4 address.
    ///
    /// The scope has to be that of the target, as the kernel tells it with an arrival: the interface for link-local
    /// addresses, 0 for others.
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

    /// What a target is called, if it is called something. The text is as it was given: where it is shown it has to be
    /// made harmless.
    #[must_use]
    pub fn label(&self, number: u64) -> Option<&str> {
        self.labels.get(u32::try_from(number).ok()?)
    }

    /// The addresses of all targets in the order of their numbers.
    #[must_use]
    pub fn iter(&self) -> Iter<'_> {
        Iter {
            targets: self,
            numbers: 0..self.length,
            here: None,
        }
    }

    fn located(&self, number: u32) -> Option<Located> {
        let ipv4 = self.ipv4.of_number(number).map(Located::Ipv4);
        ipv4.or_else(|| self.ipv6.of_number(number).map(Located::Ipv6))
    }
}

/// The run that a number is in.
#[derive(Debug, Clone, Copy)]
enum Located {
    Ipv4(Run<Ipv4Addr>),
    Ipv6(Run<Scoped>),
}

impl Located {
    /// The address of a number, if it is in this run.
    fn address(&self, number: u32) -> Option<SocketAddr> {
        match self {
            Self::Ipv4(run) => address_in(run, number),
            Self::Ipv6(run) => address_in(run, number),
        }
    }
}

fn address_in<K: Key>(run: &Run<K>, number: u32) -> Option<SocketAddr> {
    let distance = number.checked_sub(run.tag)?;
    let within = distance <= run.behind;
    within.then(|| run.first.plus(distance).socket_address())
}

/// The addresses of all targets, from [`Targets::iter`].
#[derive(Debug, Clone)]
pub struct Iter<'a> {
    targets: &'a Targets,
    numbers: Range<u64>,
    /// Where the last address came from: mostly the next one is there, too.
    here: Option<Located>,
}

impl Iterator for Iter<'_> {
    type Item = SocketAddr;

    fn next(&mut self) -> Option<SocketAddr> {
        let number = u32::try_from(self.numbers.next()?).ok()?;
        if let Some(address) = self.here.and_then(|here| here.address(number)) {
            return Some(address);
        }
        self.here = self.targets.located(number);
        self.here.and_then(|here| here.address(number))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.numbers.size_hint()
    }
}

impl<'a> IntoIterator for &'a Targets {
    type Item = SocketAddr;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

#[cfg(test)]
mod tests;
