//! A run of addresses of one family, in a few octets however many they are.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether the first and the last address of an IPv4 network are targets.
///
/// They are its network and its broadcast address (RFC 922, section 7): no host has them, and what is sent to the last
/// one reaches all hosts at once. Networks of /31 and /32 have neither (RFC 3021), so all their addresses are targets
/// anyhow.
///
/// IPv6 has no broadcast, and all addresses of its prefixes are targets either way, as in fping. That includes the
/// lowest, the anycast address of the routers if the prefix is that of a subnet (RFC 4291, section 2.6.1): mostly it
/// is a part of one, and then its lowest address is like any other. A router answers for the anycast address from an
/// address of its own (RFC 4443, section 2.2), which is no answer from the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Edges {
    /// They are not.
    #[default]
    Drop,
    /// They are: for blocks that are not whole networks, and for all that is excluded.
    Keep,
}

/// An inclusive run of addresses of one family; never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Block(Ends);

/// The first and the last address, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Ends {
    Ipv4(Ipv4Addr, Ipv4Addr),
    Ipv6(Ipv6Addr, Ipv6Addr),
}

impl Block {
    /// From `first` to `last`; `None` if the last comes before the first, or if they are of two families.
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

    /// The network that `address` is in (RFC 4632, section 3.1; RFC 4291, section 2.3): the bits behind the prefix do
    /// not matter. `None` if the prefix is longer than an address, which has 32 or 128 bits.
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

    /// How many addresses there are, at least 1. All of IPv6 has one more than fits, and counts as `u128::MAX`.
    #[must_use]
    pub fn count(&self) -> u128 {
        let behind_the_first = match self.0 {
            Ends::Ipv4(first, last) => u128::from(last.to_bits() - first.to_bits()),
            Ends::Ipv6(first, last) => last.to_bits() - first.to_bits(),
        };
        behind_the_first.saturating_add(1)
    }

    /// Whether an address is one of these.
    #[must_use]
    pub fn holds(&self, address: IpAddr) -> bool {
        // An IPv4 address comes before each of IPv6, and so between the ends of neither family's block.
        self.first() <= address && address <= self.last()
    }

    pub(super) fn ends(&self) -> Ends {
        self.0
    }
}

fn ipv4_network(address: Ipv4Addr, prefix_length: u8, edges: Edges) -> Option<Block> {
    let behind = 32_u8.checked_sub(prefix_length)?;
    // Where no bit is behind the prefix, there is no such shift.
    let host = u32::MAX.checked_shr(prefix_length.into()).unwrap_or(0);
    let network = address.to_bits() & !host;
    let broadcast = network | host;
    let (first, last) = if edges == Edges::Drop && behind >= 2 {
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
    /// One address. An IPv4-mapped one is an IPv4 address (RFC 4291, section 2.5.5.2).
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
    fn an_ipv4_network_has_edges_and_a_link_between_two_has_none() {
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
    fn an_ipv6_prefix_has_no_edges() {
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
    fn a_block_counts_its_addresses_without_overflow() {
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
    fn a_block_runs_forward_within_one_family() {
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
    fn a_block_holds_its_ends_and_what_is_between_them_and_nothing_of_the_other_family() {
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
    fn a_block_is_small_however_many_it_holds() {
        assert!(size_of::<Block>() <= 33);
        let mapped: IpAddr = "::ffff:192.0.2.1".parse().unwrap();
        assert_eq!(Block::from(mapped).to_string(), "192.0.2.1");
    }
}
