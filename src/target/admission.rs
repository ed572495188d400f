//! Which addresses may be targets in a run with many: one rule for typed and for resolved addresses.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV6};

use super::address::{needs_interface, reaches_many};
use super::block::Block;
use super::targets::Exclusions;
use crate::config::FamilyChoice;

/// iputils' message for an address of the wrong family.
pub const WRONG_FAMILY: &str = "Address family for hostname not supported";

/// A multicast address: a block that contains it, but has no multicast address at its ends, contains all of 224.0.0.0/4.
const ALL_HOSTS: IpAddr = IpAddr::V4(Ipv4Addr::new(224, 0, 0, 1));

/// The requirements for a target's address.
///
/// A scope is the number of the address's interface; 0: not given.
///
/// ```
/// use rping::target::{Admission, NoTarget};
///
/// let admission = Admission { interface: Some(7), ..Admission::default() };
/// let admitted = |address: &str| admission.admit(address.parse().unwrap());
/// assert_eq!(admitted("192.0.2.1:0"), Ok("192.0.2.1:0".parse()?));
/// assert_eq!(admitted("[fe80::1]:0"), Ok("[fe80::1%7]:0".parse()?));
/// assert_eq!(admitted("224.0.0.1:0"), Err(NoTarget::Many));
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Admission {
    /// The allowed family.
    pub family: FamilyChoice,
    /// Whether broadcast and multicast addresses are allowed.
    pub broadcast: bool,
    /// Whether a multicast address needs no interface, because the kernel routes it.
    pub groups_without_interface: bool,
    /// The interface for addresses that need one and do not name it.
    pub interface: Option<u32>,
    /// Excluded addresses, see [`Admission::exclude`].
    pub excluded: Exclusions,
}

/// Why an address is not a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoTarget {
    /// It is excluded, which is not an error.
    Excluded,
    /// It is of the other family.
    WrongFamily,
    /// It is the unspecified address.
    Unspecified,
    /// It is a broadcast or multicast address.
    Many,
    /// It needs an interface, and none is given.
    NoInterface,
}

impl fmt::Display for NoTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Excluded => "excluded",
            Self::WrongFamily => WRONG_FAMILY,
            Self::Unspecified => {
                "the unspecified address is no host: use 127.0.0.1 or ::1 for this host"
            }
            Self::Many => "multicast and broadcast reach many hosts: root may allow them with -b",
            Self::NoInterface => "a link-local address needs an interface",
        })
    }
}

impl std::error::Error for NoTarget {}

impl Admission {
    /// Excludes the addresses of a block; with scope 0, on every interface.
    pub fn exclude(&mut self, block: Block, scope: u32) {
        self.excluded.add(block, scope);
    }

    /// The effective scope of a block: for addresses that need an interface, the given one or [`Admission::interface`]; else
    /// 0, whatever is given.
    ///
    /// It is enough to check the ends: a block within [`Limit::MAX`](super::Limit::MAX) cannot contain only inner addresses
    /// that need an interface.
    #[must_use]
    pub fn scope(&self, block: &Block, given: u32) -> u32 {
        match (block_needs_interface(block), given) {
            (false, _) => 0,
            (true, 0) => self.interface.unwrap_or(0),
            (true, given) => given,
        }
    }

    /// The effective scope of a block, if its addresses may be targets. Exclusions are not checked.
    ///
    /// # Errors
    /// They may not.
    pub fn admit_block(&self, block: &Block, given: u32) -> Result<u32, NoTarget> {
        let first = block.first();
        let unwanted = match self.family {
            FamilyChoice::Any => false,
            FamilyChoice::Ipv4 => first.is_ipv6(),
            FamilyChoice::Ipv6 => first.is_ipv4(),
        };
        let scope = self.scope(block, given);
        if unwanted {
            Err(NoTarget::WrongFamily)
        } else if first.is_unspecified() {
            Err(NoTarget::Unspecified)
        } else if !self.broadcast && contains_group(block) {
            Err(NoTarget::Many)
        } else if block_needs_interface(block) && scope == 0 && !self.is_routable_group(block) {
            Err(NoTarget::NoInterface)
        } else {
            Ok(scope)
        }
    }

    fn is_routable_group(&self, block: &Block) -> bool {
        self.groups_without_interface && block.count() == 1 && block.first().is_multicast()
    }

    /// Normalizes the address of a target: with its effective scope, without port and flow label, and an IPv4-mapped one as the
    /// IPv4 address (RFC 4291, section 2.5.5.2).
    ///
    /// # Errors
    /// It may not be a target.
    pub fn admit(&self, address: SocketAddr) -> Result<SocketAddr, NoTarget> {
        let given = match address {
            SocketAddr::V4(_) => 0,
            SocketAddr::V6(address) => address.scope_id(),
        };
        let block = Block::from(address.ip());
        let scope = self.scope(&block, given);
        if self.excluded.holds(block.first(), scope) {
            return Err(NoTarget::Excluded);
        }
        let scope = self.admit_block(&block, given)?;
        Ok(match block.first() {
            IpAddr::V4(address) => (address, 0).into(),
            IpAddr::V6(address) => SocketAddrV6::new(address, 0, 0, scope).into(),
        })
    }
}

fn block_needs_interface(block: &Block) -> bool {
    let ends = [block.first(), block.last()];
    ends.iter()
        .any(|end| matches!(end, IpAddr::V6(end) if needs_interface(*end)))
}

fn contains_group(block: &Block) -> bool {
    reaches_many(block.first()) || reaches_many(block.last()) || block.holds(ALL_HOSTS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::{Edges, Specification};

    fn block(word: &str) -> Block {
        match Specification::parse(word, Edges::Keep) {
            Ok(Specification::Block { block, .. }) => block,
            Ok(Specification::Address { address, .. }) => address.into(),
            other => panic!("{other:?}"),
        }
    }

    fn told(admission: &Admission, address: &str) -> Result<String, NoTarget> {
        let told = admission.admit(address.parse().unwrap());
        told.map(|address| address.to_string())
    }

    #[test]
    fn addresses_of_no_host_or_of_many_are_rejected() {
        let admission = Admission::default();
        for (word, why) in [
            ("0.0.0.0", NoTarget::Unspecified),
            ("::", NoTarget::Unspecified),
            ("0.0.0.0/8", NoTarget::Unspecified),
            ("224.0.0.1", NoTarget::Many),
            ("255.255.255.255", NoTarget::Many),
            ("223.255.255.254-224.0.0.0", NoTarget::Many),
            ("239.255.255.255-240.0.0.1", NoTarget::Many),
            ("192.0.0.1-240.0.0.1", NoTarget::Many),
            ("240.0.0.0/4", NoTarget::Many),
            ("ff02::1", NoTarget::Many),
            ("feff::-ff00::", NoTarget::Many),
            ("fe80::1", NoTarget::NoInterface),
            ("fe80::/120", NoTarget::NoInterface),
            (
                "fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff-fe80::1",
                NoTarget::NoInterface,
            ),
        ] {
            assert_eq!(admission.admit_block(&block(word), 0), Err(why), "{word}");
        }
        for word in [
            "192.0.2.0/24",
            "223.255.255.255",
            "240.0.0.1",
            "240.0.0.0-255.255.255.254",
            "fd51::1",
            "fec0::1",
        ] {
            assert_eq!(admission.admit_block(&block(word), 0), Ok(0), "{word}");
        }
        let broadcast = Admission {
            broadcast: true,
            ..Admission::default()
        };
        assert_eq!(broadcast.admit_block(&block("224.0.0.1"), 0), Ok(0));
        assert_eq!(
            broadcast.admit_block(&block("ff02::1"), 0),
            Err(NoTarget::NoInterface)
        );
        assert_eq!(broadcast.admit_block(&block("ff02::1"), 2), Ok(2));
        let anywhere = Admission {
            groups_without_interface: true,
            ..broadcast
        };
        assert_eq!(anywhere.admit_block(&block("ff02::1"), 0), Ok(0));
        assert_eq!(
            anywhere.admit_block(&block("fe80::1"), 0),
            Err(NoTarget::NoInterface)
        );
    }

    #[test]
    fn resolved_address_follows_the_same_rules() {
        let admission = Admission::default();
        for (address, why) in [
            ("0.0.0.0:0", NoTarget::Unspecified),
            ("[::]:0", NoTarget::Unspecified),
            ("[::ffff:0.0.0.0]:0", NoTarget::Unspecified),
            ("224.0.0.1:0", NoTarget::Many),
            ("[::ffff:224.0.0.1]:0", NoTarget::Many),
            ("255.255.255.255:0", NoTarget::Many),
            ("[ff02::1%2]:0", NoTarget::Many),
            ("[fe80::1]:0", NoTarget::NoInterface),
        ] {
            assert_eq!(told(&admission, address), Err(why), "{address}");
        }
        let ipv6 = Admission {
            family: FamilyChoice::Ipv6,
            ..Admission::default()
        };
        assert_eq!(told(&ipv6, "192.0.2.1:0"), Err(NoTarget::WrongFamily));
        assert_eq!(
            told(&ipv6, "[::ffff:192.0.2.1]:0"),
            Err(NoTarget::WrongFamily)
        );
        let ipv4 = Admission {
            family: FamilyChoice::Ipv4,
            ..Admission::default()
        };
        assert_eq!(told(&ipv4, "[::1]:0"), Err(NoTarget::WrongFamily));
        assert_eq!(told(&ipv4, "[::ffff:192.0.2.1]:0").unwrap(), "192.0.2.1:0");
    }

    #[test]
    fn only_link_local_addresses_have_a_scope_and_a_given_one_has_priority() {
        let admission = Admission {
            interface: Some(7),
            ..Admission::default()
        };
        for (address, expected) in [
            ("[fe80::1]:0", "[fe80::1%7]:0"),
            ("[fe80::1%3]:0", "[fe80::1%3]:0"),
            ("[2001:db8::1]:0", "[2001:db8::1]:0"),
            ("[2001:db8::1%3]:9", "[2001:db8::1]:0"),
            ("192.0.2.1:9", "192.0.2.1:0"),
        ] {
            assert_eq!(told(&admission, address).unwrap(), expected);
        }
    }

    #[test]
    fn exclusion_on_one_interface_does_not_apply_to_another() {
        let mut admission = Admission::default();
        admission.exclude(block("fe80::/64"), 3);
        admission.exclude(block("192.0.2.128/25"), 0);
        admission.exclude(block("fd51::1"), 0);
        assert_eq!(told(&admission, "[fe80::1%3]:0"), Err(NoTarget::Excluded));
        assert_eq!(told(&admission, "[fe80::1%4]:0").unwrap(), "[fe80::1%4]:0");
        assert_eq!(told(&admission, "192.0.2.128:0"), Err(NoTarget::Excluded));
        assert_eq!(
            told(&admission, "[::ffff:192.0.2.128]:0"),
            Err(NoTarget::Excluded)
        );
        assert_eq!(told(&admission, "192.0.2.127:0").unwrap(), "192.0.2.127:0");
        assert_eq!(told(&admission, "[fd51::1%4]:0"), Err(NoTarget::Excluded));
    }
}
