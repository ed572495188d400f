//! IPv6 Node Information Queries (RFC 4620): ask a node for its names and addresses.
//!
//! The checksum of a query stays zero for the kernel to fill in, as in
//! [`Echo::write_request_v6`](super::echo::Echo::write_request_v6).

mod group;
mod name;
mod query;
mod reply;

pub use group::group_address;
pub use name::{Labels, Name, NameError, Names, encode_name};
pub use query::{Ipv6Flags, Query, Subject, write_query};
pub use reply::{Answer, Ipv4Addresses, Ipv6Addresses, Reply, Status, parse_reply};

/// The types of RFC 4620 section 4.
const QUERY: u8 = 139;
const REPLY: u8 = 140;

/// The Qtypes of RFC 4620 section 6 that have an answer.
const NODE_NAME: u16 = 2;
const NODE_ADDRESSES: u16 = 3;
const IPV4_ADDRESSES: u16 = 4;

#[cfg(test)]
mod tests;
