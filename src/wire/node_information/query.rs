//! Writes a query (RFC 4620 section 4).

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::BitOr;

use super::{IPV4_ADDRESSES, NODE_ADDRESSES, NODE_NAME, QUERY};

/// The question of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Query {
    /// The names of the node (section 6.2).
    Name,
    /// Its IPv6 addresses (section 6.3).
    Ipv6Addresses {
        /// The kinds of addresses.
        flags: Ipv6Flags,
    },
    /// Its IPv4 addresses (section 6.4).
    Ipv4Addresses {
        /// Whether to ask for those of all interfaces, not only of the subject's.
        all: bool,
    },
}

impl Query {
    const fn kind(self) -> u16 {
        match self {
            Self::Name => NODE_NAME,
            Self::Ipv6Addresses { .. } => NODE_ADDRESSES,
            Self::Ipv4Addresses { .. } => IPV4_ADDRESSES,
        }
    }

    const fn flags(self) -> u16 {
        match self {
            Self::Ipv6Addresses { flags } => flags.0,
            Self::Ipv4Addresses { all: true } => Ipv6Flags::ALL.0,
            Self::Name | Self::Ipv4Addresses { all: false } => 0,
        }
    }
}

/// Kinds of IPv6 addresses (RFC 4620 section 6.3); combine them with `|`.
///
/// ```
/// use rping::wire::node_information::Ipv6Flags;
///
/// let flags = Ipv6Flags::ALL | Ipv6Flags::GLOBAL;
/// assert_eq!(flags.bits(), 0x22);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Ipv6Flags(u16);

impl Ipv6Flags {
    /// No flag: the node's default.
    pub const NONE: Self = Self(0);
    /// Addresses of all interfaces, not only of the subject's.
    pub const ALL: Self = Self(0x02);
    /// Addresses that embed an IPv4 address: IPv4-compatible and IPv4-mapped ones.
    pub const COMPATIBLE: Self = Self(0x04);
    /// Link-local addresses.
    pub const LINK_LOCAL: Self = Self(0x08);
    /// Site-local addresses.
    pub const SITE_LOCAL: Self = Self(0x10);
    /// Global addresses.
    pub const GLOBAL: Self = Self(0x20);

    /// The flags field.
    #[must_use]
    pub const fn bits(self) -> u16 {
        self.0
    }
}

impl BitOr for Ipv6Flags {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// The node to ask about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// The node with this address: code 0.
    Ipv6(Ipv6Addr),
    /// The node with this address: code 2.
    Ipv4(Ipv4Addr),
    /// The node with this name: code 1.
    Name {
        /// The output of [`encode_name`](super::encode_name).
        dns: Vec<u8>,
    },
}

impl Subject {
    const fn code(&self) -> u8 {
        match self {
            Self::Ipv6(_) => 0,
            Self::Name { .. } => 1,
            Self::Ipv4(_) => 2,
        }
    }
}

/// Writes a query to `out`, replacing its content.
///
/// The nonce identifies the reply and makes it hard to forge: it should be unpredictable.
///
/// ```
/// use rping::wire::node_information::{Query, Subject, write_query};
///
/// let mut out = Vec::new();
/// write_query(&mut out, Query::Name, &Subject::Ipv4([192, 0, 2, 1].into()), *b"nonce!!!");
/// assert_eq!(out, b"\x8b\x02\x00\x00\x00\x02\x00\x00nonce!!!\xc0\x00\x02\x01");
/// ```
pub fn write_query(out: &mut Vec<u8>, query: Query, subject: &Subject, nonce: [u8; 8]) {
    out.clear();
    out.extend_from_slice(&[QUERY, subject.code(), 0, 0]);
    out.extend_from_slice(&query.kind().to_be_bytes());
    out.extend_from_slice(&query.flags().to_be_bytes());
    out.extend_from_slice(&nonce);
    match subject {
        Subject::Ipv6(address) => out.extend_from_slice(&address.octets()),
        Subject::Ipv4(address) => out.extend_from_slice(&address.octets()),
        Subject::Name { dns } => out.extend_from_slice(dns),
    }
}
