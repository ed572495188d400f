//! Sort keys for the addresses of one family, and runs of consecutive addresses.

use std::cmp::Ordering;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

/// An address as the index sorts it.
pub(super) trait Key: Copy + Ord {
    /// The distance from `first` to this address; `None` if this one is less, or on another interface.
    fn distance(self, first: Self) -> Option<u128>;

    /// The address at `distance` from this one; saturates.
    fn plus(self, distance: u32) -> Self;

    /// The next key in the order of all; `None` for the last.
    fn next(self) -> Option<Self>;

    /// The previous address on the same interface; `None` for the first.
    fn previous(self) -> Option<Self>;

    /// As a socket address with port 0.
    fn socket_address(self) -> SocketAddr;
}

impl Key for Ipv4Addr {
    fn distance(self, first: Self) -> Option<u128> {
        self.to_bits().checked_sub(first.to_bits()).map(u128::from)
    }

    fn plus(self, distance: u32) -> Self {
        Self::from_bits(self.to_bits().saturating_add(distance))
    }

    fn next(self) -> Option<Self> {
        self.to_bits().checked_add(1).map(Self::from_bits)
    }

    fn previous(self) -> Option<Self> {
        self.to_bits().checked_sub(1).map(Self::from_bits)
    }

    fn socket_address(self) -> SocketAddr {
        SocketAddr::new(IpAddr::V4(self), 0)
    }
}

/// An IPv6 address on an interface: on another interface, a link-local one belongs to another host (RFC 4007, section 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scoped {
    /// The number of the interface; 0 if the address needs none.
    pub(super) scope: u32,
    pub(super) address: Ipv6Addr,
}

impl Ord for Scoped {
    fn cmp(&self, other: &Self) -> Ordering {
        let place = |key: &Self| (key.scope, key.address.to_bits());
        place(self).cmp(&place(other))
    }
}

impl PartialOrd for Scoped {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Scoped {
    fn at(self, address: u128) -> Self {
        Self {
            address: Ipv6Addr::from_bits(address),
            ..self
        }
    }
}

impl Key for Scoped {
    fn distance(self, first: Self) -> Option<u128> {
        let distance = self.address.to_bits().checked_sub(first.address.to_bits());
        distance.filter(|_| self.scope == first.scope)
    }

    fn plus(self, distance: u32) -> Self {
        let address = self.address.to_bits();
        self.at(address.saturating_add(distance.into()))
    }

    fn next(self) -> Option<Self> {
        let next = self.address.to_bits().checked_add(1);
        next.map(|address| self.at(address)).or_else(|| {
            Some(Self {
                scope: self.scope.checked_add(1)?,
                address: Ipv6Addr::UNSPECIFIED,
            })
        })
    }

    fn previous(self) -> Option<Self> {
        let previous = self.address.to_bits().checked_sub(1);
        previous.map(|address| self.at(address))
    }

    fn socket_address(self) -> SocketAddr {
        SocketAddrV6::new(self.address, 0, 0, self.scope).into()
    }
}

/// Consecutive addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run<K> {
    pub(super) first: K,
    /// The number of addresses after the first.
    pub(super) extra: u32,
    /// While the index is built, the position of the mention; later, the number of the first target.
    pub(super) tag: u32,
}

impl<K: Key> Run<K> {
    pub(super) fn last(&self) -> K {
        self.first.plus(self.extra)
    }

    /// At least 1.
    pub(super) fn count(&self) -> u128 {
        u128::from(self.extra) + 1
    }

    /// The distance from the first address to `key`, if the run contains it.
    pub(super) fn offset(&self, key: K) -> Option<u32> {
        let distance = u32::try_from(key.distance(self.first)?).ok()?;
        (distance <= self.extra).then_some(distance)
    }
}

/// A range of addresses of any length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span<K> {
    pub(super) first: K,
    pub(super) last: K,
}

impl<K: Key> Span<K> {
    pub(super) fn holds(&self, key: K) -> bool {
        self.first <= key && key <= self.last
    }

    /// At least 1. All of IPv6 has one more than fits, and wraps to 0.
    pub(super) fn count(&self) -> u128 {
        let distance = self.last.distance(self.first);
        distance.map_or(0, |distance| distance.wrapping_add(1))
    }
}
