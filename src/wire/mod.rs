//! Octets to values and back: what travels in a probe and what comes back.
//!
//! Nothing in here performs input or output or asks for the time, and no parser allocates, indexes or
//! panics: lengths are proved by `split_first_chunk` and by array patterns, so whatever a hostile host
//! sends is either a value or a [`Malformed`]. Numbers that have no name are values too (`Unknown`,
//! `Other`), because a network may use codes that are younger than this program.
//!
//! Read in this order:
//!
//! | module | what it knows | source |
//! |---|---|---|
//! | [`checksum`] | the Internet checksum | RFC 1071 |
//! | [`echo`] | Echo Request and Echo Reply, which ICMP and ICMPv6 share | RFC 792, RFC 4443 section 4 |
//! | [`ipv4`] | the header in front of what a raw socket delivers, and the one inside an error | RFC 791 |
//! | [`icmpv4`] | replies, errors and the original datagram that an error quotes | RFC 792, 1122, 1191, 1812 |
//! | [`ipv6`] | the header inside an error | RFC 8200 |
//! | [`icmpv6`] | the same for IPv6 | RFC 4443 |
//! | [`extensions`] | what routers add to an error: MPLS labels, interfaces | RFC 4884, 4950, 5837 |
//! | [`options`] | IPv4 options: record route, source route, timestamp | RFC 791, RFC 781 |
//! | [`data`] | the filling of a probe, and where a reply differs from it | |
//! | [`timestamp`] | Timestamp and Timestamp Reply: the clocks of two hosts | RFC 792 |
//! | [`node_information`] | names and addresses that an IPv6 node tells about itself | RFC 4620 |

pub mod checksum;
pub mod data;
pub mod echo;
pub mod extensions;
pub mod icmpv4;
pub mod icmpv6;
pub mod ipv4;
pub mod ipv6;
pub mod node_information;
pub mod options;
pub mod timestamp;

use std::error::Error;
use std::fmt;

/// Why octets are not the message that they were taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Malformed {
    /// The octets end inside the header.
    Short,
    /// The IP version is not the one that the socket carries.
    Version,
    /// The IPv4 header claims fewer than its 20 fixed octets.
    HeaderLength,
    /// The IPv4 total length does not even cover the header.
    TotalLength,
    /// The message type is not the one that was asked for.
    Kind,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Short => "shorter than its header",
            Self::Version => "of another IP version",
            Self::HeaderLength => "with an impossible header length",
            Self::TotalLength => "with a total length below its header length",
            Self::Kind => "of another type",
        })
    }
}

impl Error for Malformed {}
