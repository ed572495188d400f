//! Converts between octets and values: the content of probes and of the messages about them.
//!
//! No function here does I/O or reads a clock, and no parser allocates, indexes or panics: `split_first_chunk` and array
//! patterns prove the lengths, so hostile octets are either a value or a [`Malformed`]. Unassigned numbers are values too
//! (`Unknown`, `Other`), because a network may use codes newer than this program. In reading order:
//!
//! | module | content | source |
//! |---|---|---|
//! | [`checksum`] | the Internet checksum | RFC 1071 |
//! | [`echo`] | Echo Request and Echo Reply, which ICMP and ICMPv6 share | RFC 792, RFC 4443 section 4 |
//! | [`ipv4`] | the header of received datagrams, and that of the original in an error | RFC 791 |
//! | [`icmpv4`] | replies, errors and the original datagram in an error | RFC 792, 1122, 1191, 1812 |
//! | [`ipv6`] | the header of the original in an error | RFC 8200 |
//! | [`icmpv6`] | the same for IPv6 | RFC 4443 |
//! | [`extensions`] | what routers add to an error: MPLS labels, interfaces | RFC 4884, 4950, 5837 |
//! | [`options`] | IPv4 options: record route, source route, timestamp | RFC 791, RFC 781 |
//! | [`data`] | the data of a probe, and the differences of a reply | |
//! | [`timestamp`] | Timestamp and Timestamp Reply: the clocks of two hosts | RFC 792 |
//! | [`node_information`] | names and addresses of an IPv6 node, by query | RFC 4620 |

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

/// Why octets are not a message of the expected type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Malformed {
    /// The octets end within the header.
    Short,
    /// The IP version does not match the socket.
    Version,
    /// The IPv4 header length is below 20 octets.
    HeaderLength,
    /// The IPv4 total length is below the header length.
    TotalLength,
    /// The message has another type.
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
