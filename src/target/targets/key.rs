//! What orders the addresses of one family, and runs of them.

use std::cmp::Ordering;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

/// An address as the index sorts it.
pub(super) trait Key: Copy + Ord {
    /// How far this is behind `first`; `None` if it is before it or on another interface.
    fn distance(self, first: Self) -> Option<u128>;

    /// The address `distance` behind this one, where there is one.
    fn plus(self, distance: u32) -> Self;

    /// What comes next in the order of all; `None` for the last.
    fn next(self) -> Option<Self>;

    /// What comes before it on the same interface; `None` for the first.
    fn previous(self) -> Option<Self>;

    /// For a socket; the port is 0.
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

/// An IPv6 address on an interface: a link-local one on another interface is another host's (RFC 4007, section 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scoped {
    /// The number of the interface; 0 where the address needs none.
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

/// Addresses that follow one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run<K> {
    pub(super) first: K,
    /// How many there are besides the first.
    pub(super) behind: u32,
    /// While the index is built, the position of the mention that they come from; then the number of the first.
    pub(super) tag: u32,
}

impl<K: Key> Run<K> {
    pub(super) fn last(&self) -> K {
        self.first.plus(self.behind)
    }

    /// At least 1.
    pub(super) fn count(&self) -> u128 {
        u128::from(self.behind) + 1
    }

    /// How far `key` is behind the first, if it is one of these.
    pub(super) fn offset(&self, key: K) -> Option<u32> {
        let distance = u32::try_from(key.distance(self.first)?).ok()?;
        (distance <= self.behind).then_some(distance)
    }
}

/// Addresses from the first to the last, however many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span<K> {
    pub(super) first: K,
    pub(super) last: K,
}

impl<K: Key> Span<K> {
    pub(super) fn holds(&self, key: K) -> bool {
        self.first <= key && key <= self.last
    }

    /// At least 1; all addresses of IPv6 are one more than fits, and wrap to 0.
    pub(super) fn count(&self) -> u128 {
        let behind = self.last.distance(self.first);
        behind.map_or(0, |behind| behind.wrapping_add(1))
    }
}
