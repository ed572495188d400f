//! A range of addresses of one family, in constant memory.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether the first and the last address of an IPv4 network are targets.
///
/// They are its network and its broadcast address (RFC 922, section 7): no host has them, and a probe to the last one
/// reaches all hosts at once. Networks of /31 and /32 have neither (RFC 3021), so all their addresses are targets.
///
/// IPv6 has no broadcast, and all addresses of its prefixes are targets, as in fping. That includes the lowest, which is
/// the anycast address of the routers if the prefix is a whole subnet (RFC 4291, section 2.6.1). Mostly the prefix is a
/// part of one, and its lowest address is like any other. A router answers for the anycast address from one of its own
/// addresses (RFC 4443, section 2.2), so that reply does not count as the target's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Edges {
    /// They are not.
    #[default]
    Drop,
    /// They are: for blocks that are not whole networks, and for exclusions.
    Keep,
}

/// An inclusive range of addresses of one family; never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Block(Ends);

/// The first and the last address, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Ends {
    Ipv4(Ipv4Addr, Ipv4Addr),
    Ipv6(Ipv6Addr, Ipv6Addr),
}

impl Block {
    /// From `first` to `last`; `None` if `last` is less, or of the other family.
    ///
    /// ```
    /// # use rping::target::Block;
    /// let block = Block::new("198.51.100.10".parse()?, "198.51.100.20".parse()?).unwrap();
    /// assert_eq!(block.count(), 11);
    /// # Ok::<(), std::net::AddrParseError>(())
    /// ```
    #[must_use]
    pub fn new(first: IpAddr, last: IpAddr) -> Option<Self> {
        let ends = match (first, last) {
            (IpAddr::V4(first), IpAddr::V4(last)) => Ends::Ipv4(first, last),
            (IpAddr::V6(first), IpAddr::V6(last)) => Ends::Ipv6(first, last),
            _ => return None,
        };
        (first <= last).then_some(Self(ends))
    }

    /// The network that contains `address` (RFC 4632, section 3.1; RFC 4291, section 2.3). `None` if the prefix is longer than
    /// an address of 32 or 128 bits.
    #[must_use]
    pub fn network(address: IpAddr, prefix_length: u8, edges: Edges) -> Option<Self> {
        match address {
            IpAddr::V4(address) => ipv4_network(address, prefix_length, edges),
            IpAddr::V6(address) => ipv6_network(address, prefix_length),
        }
    }

    /// The lowest address.
    #[must_use]
    pub fn first(&self) -> IpAddr {
        match self.0 {
            Ends::Ipv4(first, _) => first.into(),
            Ends::Ipv6(first, _) => first.into(),
        }
    }

    /// The highest address.
    #[must_use]
    pub fn last(&self) -> IpAddr {
        match self.0 {
            Ends::Ipv4(_, last) => last.into(),
            Ends::Ipv6(_, last) => last.into(),
        }
    }

    /// The number of addresses, at least 1. All of IPv6 has one more than fits, and counts as `u128::MAX`.
    #[must_use]
    pub fn count(&self) -> u128 {
        let after_first = match self.0 {
            Ends::Ipv4(first, last) => u128::from(last.to_bits() - first.to_bits()),
            Ends::Ipv6(first, last) => last.to_bits() - first.to_bits(),
        };
        after_first.saturating_add(1)
    }

    /// Whether it contains an address.
    #[must_use]
    pub fn holds(&self, address: IpAddr) -> bool {
        // All IPv4 addresses sort before all IPv6 addresses, so no block contains one of the other family.
        self.first() <= address && address <= self.last()
    }

    pub(super) fn ends(&self) -> Ends {
        self.0
    }
}

fn ipv4_network(address: Ipv4Addr, prefix_length: u8, edges: Edges) -> Option<Block> {
    let host_bits = 32_u8.checked_sub(prefix_length)?;
    // `None` for /32, which has no host bits.
    let host = u32::MAX.checked_shr(prefix_length.into()).unwrap_or(0);
    let network = address.to_bits() & !host;
    let broadcast = network | host;
    let (first, last) = if edges == Edges::Drop && host_bits >= 2 {
        (network + 1, broadcast - 1)
    } else {
        (network, broadcast)
    };
    let (first, last) = (Ipv4Addr::from_bits(first), Ipv4Addr::from_bits(last));
    Some(Block(Ends::Ipv4(first, last)))
}

fn ipv6_network(address: Ipv6Addr, prefix_length: u8) -> Option<Block> {
    if prefix_length > 128 {
        return None;
    }
    let host = u128::MAX.checked_shr(prefix_length.into()).unwrap_or(0);
    let first = address.to_bits() & !host;
    let (first, last) = (
        Ipv6Addr::from_bits(first),
        Ipv6Addr::from_bits(first | host),
    );
    Some(Block(Ends::Ipv6(first, last)))
}

impl From<IpAddr> for Block {
    /// A block of one address. An IPv4-mapped one becomes the IPv4 address (RFC 4291, section 2.5.5.2).
    fn from(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => Ends::Ipv4(address, address),
            IpAddr::V6(address) => Ends::Ipv6(address, address),
        })
    }
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, last) = (self.first(), self.last());
        if first == last {
            write!(f, "{first}")
        } else {
            write!(f, "{first}-{last}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn network(address: &str, prefix_length: u8, edges: Edges) -> String {
        let block = Block::network(address.parse().unwrap(), prefix_length, edges);
        block.map_or("none".to_owned(), |block| block.to_string())
    }

    #[test]
    fn ipv4_network_has_edges_unless_it_is_a_31_or_32() {
        for (address, prefix_length, dropped, kept) in [
            (
                "198.51.100.7",
                24,
                "198.51.100.1-198.51.100.254",
                "198.51.100.0-198.51.100.255",
            ),
            (
                "198.51.100.7",
                30,
                "198.51.100.5-198.51.100.6",
                "198.51.100.4-198.51.100.7",
            ),
            (
                "198.51.100.7",
                31,
                "198.51.100.6-198.51.100.7",
                "198.51.100.6-198.51.100.7",
            ),
            ("198.51.100.7", 32, "198.51.100.7", "198.51.100.7"),
            (
                "198.51.100.7",
                0,
                "0.0.0.1-255.255.255.254",
                "0.0.0.0-255.255.255.255",
            ),
            ("198.51.100.7", 33, "none", "none"),
        ] {
            assert_eq!(network(address, prefix_length, Edges::Drop), dropped);
            assert_eq!(network(address, prefix_length, Edges::Keep), kept);
        }
    }

    #[test]
    fn ipv6_prefix_has_no_edges() {
        for (prefix_length, block) in [
            (0, "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            (64, "2001:db8::-2001:db8::ffff:ffff:ffff:ffff"),
            (120, "2001:db8::-2001:db8::ff"),
            (127, "2001:db8::6-2001:db8::7"),
            (128, "2001:db8::7"),
            (129, "none"),
        ] {
            assert_eq!(network("2001:db8::7", prefix_length, Edges::Drop), block);
            assert_eq!(network("2001:db8::7", prefix_length, Edges::Keep), block);
        }
    }

    #[test]
    fn block_counts_its_addresses_without_overflow() {
        let count = |address: &str, prefix_length| {
            let address = address.parse().unwrap();
            Block::network(address, prefix_length, Edges::Keep)
                .unwrap()
                .count()
        };
        assert_eq!(count("192.0.2.0", 32), 1);
        assert_eq!(count("192.0.2.0", 0), 1 << 32);
        assert_eq!(count("2001:db8::", 64), 1 << 64);
        assert_eq!(count("2001:db8::", 1), 1 << 127);
        assert_eq!(count("::", 0), u128::MAX);
    }

    #[test]
    fn block_must_ascend_within_one_family() {
        let block = |first: &str, last: &str| {
            Block::new(first.parse().unwrap(), last.parse().unwrap()).is_some()
        };
        assert!(block("192.0.2.1", "192.0.2.1"));
        assert!(block("2001:db8::1", "2001:db8::2"));
        assert!(!block("192.0.2.2", "192.0.2.1"));
        assert!(!block("2001:db8::2", "2001:db8::1"));
        assert!(!block("192.0.2.1", "2001:db8::1"));
        assert!(!block("2001:db8::1", "192.0.2.1"));
    }

    #[test]
    fn block_holds_its_ends_and_all_between_of_its_family_only() {
        let all = |address: &str| Block::network(address.parse().unwrap(), 0, Edges::Keep).unwrap();
        let block = Block::new("192.0.2.1".parse().unwrap(), "192.0.2.9".parse().unwrap()).unwrap();
        let holds = |block: Block, address: &str| block.holds(address.parse().unwrap());
        for address in ["192.0.2.1", "192.0.2.5", "192.0.2.9"] {
            assert!(holds(block, address), "{address}");
        }
        for address in ["192.0.2.0", "192.0.2.10", "::", "::ffff:192.0.2.5"] {
            assert!(!holds(block, address), "{address}");
        }
        assert!(!holds(all("0.0.0.0"), "::") && !holds(all("::"), "192.0.2.1"));
    }

    #[test]
    fn block_takes_constant_memory() {
        assert!(size_of::<Block>() <= 33);
        let mapped: IpAddr = "::ffff:192.0.2.1".parse().unwrap();
        assert_eq!(Block::from(mapped).to_string(), "192.0.2.1");
    }
}
