//! ICMP (RFC 792): replies to an Echo Request, and errors about it.

mod problem;

pub use super::echo::Echo;
pub use problem::{Problem, RedirectCode, TimeExceeded, Unreachable};

use super::checksum::is_valid;
use super::echo::request_start;
use super::extensions::{self, Extensions, Place};
use super::{Malformed, ipv4};

/// The protocol number of ICMP in an IPv4 header.
pub const PROTOCOL: u8 = 1;

/// The types of RFC 792 that concern a ping.
const ECHO_REPLY: u8 = 0;
const DESTINATION_UNREACHABLE: u8 = 3;
const SOURCE_QUENCH: u8 = 4;
const REDIRECT: u8 = 5;
const ECHO_REQUEST: u8 = 8;
const TIME_EXCEEDED: u8 = 11;
const PARAMETER_PROBLEM: u8 = 12;

/// The content of an ICMP message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message<'a> {
    /// Type 0, code 0: a reply.
    EchoReply(Echo<'a>),
    /// Type 8, code 0: another host pings this one, or a raw socket on the loopback interface receives its own request.
    EchoRequest(Echo<'a>),
    /// Types 3, 4, 5, 11 and 12: the report of a host or router about an original datagram.
    Error {
        /// The meaning of the error.
        problem: Problem,
        /// The original datagram, for [`parse_original`].
        original: &'a [u8],
        /// Extensions added by the router.
        extensions: Extensions<'a>,
    },
    /// Any other message, including an Echo Reply whose code is not 0.
    Other {
        /// The type field.
        kind: u8,
        /// The code field.
        code: u8,
    },
}

/// A message, and whether its checksum is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parsed<'a> {
    /// The content.
    pub message: Message<'a>,
    /// If false, the content is unreliable. Raw sockets deliver such messages.
    pub checksum_valid: bool,
}

/// Parses an ICMP message without the IP header.
///
/// # Errors
///
/// [`Malformed::Short`] below 8 octets, the minimum of all types.
///
/// ```
/// use rping::wire::icmpv4::{Message, parse};
///
/// let parsed = parse(b"\x00\x00\xff\xcd\x00\x0d\x00\x25")?;
/// assert!(parsed.checksum_valid);
/// assert!(matches!(parsed.message, Message::EchoReply(echo) if echo.identifier == 13 && echo.sequence == 37));
/// # Ok::<(), rping::wire::Malformed>(())
/// ```
pub fn parse(octets: &[u8]) -> Result<Parsed<'_>, Malformed> {
    let (&[kind, code, _, _, w0, w1, w2, w3], rest) =
        octets.split_first_chunk().ok_or(Malformed::Short)?;
    let word = [w0, w1, w2, w3];
    let message = match (kind, code) {
        (ECHO_REPLY, 0) => Message::EchoReply(Echo::new(word, rest)),
        (ECHO_REQUEST, 0) => Message::EchoRequest(Echo::new(word, rest)),
        (
            DESTINATION_UNREACHABLE | SOURCE_QUENCH | REDIRECT | TIME_EXCEEDED | PARAMETER_PROBLEM,
            _,
        ) => {
            let (original, extensions) = extensions::split(Place::of_v4(kind, word), rest);
            Message::Error {
                problem: Problem::from_message(kind, code, word),
                original,
                extensions,
            }
        }
        _ => Message::Other { kind, code },
    };
    Ok(Parsed {
        message,
        checksum_valid: is_valid(octets),
    })
}

/// Whether errors of this type may have extensions (RFC 4884, section 4).
#[must_use]
pub const fn has_extensions(kind: u8) -> bool {
    matches!(
        kind,
        DESTINATION_UNREACHABLE | TIME_EXCEEDED | PARAMETER_PROBLEM
    )
}

/// The original datagram in an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Original<'a> {
    /// Its header. The destination is the target of the probe.
    pub header: ipv4::Header<'a>,
    /// Identifier and sequence, if the datagram starts with an Echo Request.
    pub echo: Option<(u16, u16)>,
}

/// Parses the original datagram of an error.
///
/// Only an Echo Request is recognised in it. An error about an error is not parsed: RFC 1122 section 3.2.2 forbids it,
/// so it is not about a probe.
///
/// # Errors
///
/// As [`ipv4::Packet::parse_original`].
pub fn parse_original(octets: &[u8]) -> Result<Original<'_>, Malformed> {
    let ipv4::Packet { header, payload } = ipv4::Packet::parse_original(octets)?;
    // A later fragment begins with arbitrary data.
    let begins_a_message = header.protocol == PROTOCOL && header.fragment_offset == 0;
    let echo = if begins_a_message {
        parse_request_start(payload)
    } else {
        None
    };
    Ok(Original { header, echo })
}

/// Identifier and sequence of the Echo Request that starts with these 8 octets, or `None`.
///
/// The error queue of a Linux socket returns the original ICMP message without its IP header.
///
/// ```
/// use rping::wire::icmpv4::parse_request_start;
///
/// assert_eq!(parse_request_start(b"\x08\x00\xf7\xcd\x00\x0d\x00\x25"), Some((13, 37)));
/// assert_eq!(parse_request_start(b"\x08\x00\xf7\xcd\x00\x0d\x00"), None);
/// ```
#[must_use]
pub const fn parse_request_start(octets: &[u8]) -> Option<(u16, u16)> {
    request_start(octets, ECHO_REQUEST)
}

#[cfg(test)]
mod tests;
