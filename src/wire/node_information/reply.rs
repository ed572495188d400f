//! Parses a reply (RFC 4620 section 4).

use std::net::{Ipv4Addr, Ipv6Addr};

use super::super::Malformed;
use super::name::Names;
use super::{IPV4_ADDRESSES, NODE_ADDRESSES, NODE_NAME, REPLY};

/// The T flag of address replies: there are more addresses than in the reply.
const TRUNCATED: u16 = 1;
/// Octets of the time to live before the names.
const TIME_TO_LIVE: usize = 4;

/// The reply of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply<'a> {
    /// Whether the node answers.
    pub status: Status,
    /// The Qtype of the query.
    pub query_type: u16,
    /// The nonce of the query.
    pub nonce: [u8; 8],
    /// Whether the node has more addresses than in the reply.
    pub truncated: bool,
    /// The answer.
    pub answer: Answer<'a>,
}

/// Whether a node answers: the code of its reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// Code 0: it answers.
    Success,
    /// Code 1: it refuses.
    Refused,
    /// Code 2: it does not know the Qtype.
    UnknownQuery,
    /// Any other code.
    Other(u8),
}

impl Status {
    const fn from_code(code: u8) -> Self {
        match code {
            0 => Self::Success,
            1 => Self::Refused,
            2 => Self::UnknownQuery,
            other => Self::Other(other),
        }
    }
}

/// The data of a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer<'a> {
    /// No data, because the node does not answer.
    None,
    /// Its names.
    Names {
        /// Seconds for which the names may be cached; 0 from nodes that follow RFC 4620 section 6.2.
        time_to_live: u32,
        /// The names.
        names: Names<'a>,
    },
    /// Its IPv6 addresses.
    Ipv6(Ipv6Addresses<'a>),
    /// Its IPv4 addresses.
    Ipv4(Ipv4Addresses<'a>),
    /// The answer to a Qtype that this program does not send.
    Unknown(&'a [u8]),
}

/// Parses a Node Information Reply.
///
/// # Errors
///
/// [`Malformed::Kind`] unless the type is 140, [`Malformed::Short`] if the octets end within the header or within the
/// time to live of names. Truncated and invalid names and addresses are skipped.
///
/// ```
/// use rping::wire::node_information::{Answer, Status, parse_reply};
///
/// let reply = parse_reply(b"\x8c\x00\x12\x34\x00\x02\x00\x00nonce!!!\x00\x00\x00\x00\x04host\x00\x00")?;
/// assert_eq!((reply.status, reply.nonce), (Status::Success, *b"nonce!!!"));
/// let Answer::Names { mut names, .. } = reply.answer else { panic!() };
/// assert!(names.next().unwrap().text().eq(*b"host"));
/// # Ok::<(), rping::wire::Malformed>(())
/// ```
pub fn parse_reply(octets: &[u8]) -> Result<Reply<'_>, Malformed> {
    let (&[kind, code, _, _, q0, q1, f0, f1], rest) =
        octets.split_first_chunk().ok_or(Malformed::Short)?;
    if kind != REPLY {
        return Err(Malformed::Kind);
    }
    let (&nonce, data) = rest.split_first_chunk().ok_or(Malformed::Short)?;
    let status = Status::from_code(code);
    let query_type = u16::from_be_bytes([q0, q1]);
    let answer = if status == Status::Success {
        answer(query_type, data)?
    } else {
        Answer::None
    };
    let truncated =
        matches!(answer, Answer::Ipv6(_) | Answer::Ipv4(_)) && flag(u16::from_be_bytes([f0, f1]));
    Ok(Reply {
        status,
        query_type,
        nonce,
        truncated,
        answer,
    })
}

const fn flag(flags: u16) -> bool {
    flags & TRUNCATED != 0
}

fn answer(query_type: u16, data: &[u8]) -> Result<Answer<'_>, Malformed> {
    Ok(match query_type {
        NODE_NAME => {
            let time_to_live = data.first_chunk::<TIME_TO_LIVE>().ok_or(Malformed::Short)?;
            // Compression pointers count from the time to live (section 6.2).
            let names = Names::new(data, TIME_TO_LIVE);
            Answer::Names {
                time_to_live: u32::from_be_bytes(*time_to_live),
                names,
            }
        }
        NODE_ADDRESSES => Answer::Ipv6(Ipv6Addresses { data }),
        IPV4_ADDRESSES => Answer::Ipv4(Ipv4Addresses { data }),
        _ => Answer::Unknown(data),
    })
}

/// IPv6 addresses, with the seconds for which they may be cached.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Ipv6Addresses<'a> {
    data: &'a [u8],
}

impl Iterator for Ipv6Addresses<'_> {
    type Item = (u32, Ipv6Addr);

    fn next(&mut self) -> Option<Self::Item> {
        let (time_to_live, rest) = self.data.split_first_chunk::<4>()?;
        let (address, rest) = rest.split_first_chunk::<16>()?;
        self.data = rest;
        Some((u32::from_be_bytes(*time_to_live), Ipv6Addr::from(*address)))
    }
}

/// IPv4 addresses, with the seconds for which they may be cached.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Ipv4Addresses<'a> {
    data: &'a [u8],
}

impl Iterator for Ipv4Addresses<'_> {
    type Item = (u32, Ipv4Addr);

    fn next(&mut self) -> Option<Self::Item> {
        let (time_to_live, rest) = self.data.split_first_chunk::<4>()?;
        let (address, rest) = rest.split_first_chunk::<4>()?;
        self.data = rest;
        Some((u32::from_be_bytes(*time_to_live), Ipv4Addr::from(*address)))
    }
}
