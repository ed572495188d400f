//! `ICMPv6` (RFC 4443): replies to an Echo Request, and errors about it.
//!
//! Checksums are not verified: they cover addresses that are not in the message, and the kernel discards invalid
//! messages before a socket receives them (RFC 3542 section 3.1).

mod problem;

pub use super::echo::Echo;
pub use problem::{ParameterProblem, Problem, TimeExceeded, Unreachable};

use super::Malformed;
use super::echo::request_start;
use super::extensions::{self, Extensions, Place};

/// The value of the next header field for an `ICMPv6` message.
pub const PROTOCOL: u8 = 58;

/// The error types of RFC 4443 section 3; all types below 128 are errors (section 2.1).
const DESTINATION_UNREACHABLE: u8 = 1;
const PACKET_TOO_BIG: u8 = 2;
const TIME_EXCEEDED: u8 = 3;
const PARAMETER_PROBLEM: u8 = 4;
const LAST_ERROR: u8 = 127;

/// The informational types of RFC 4443 section 4.
const ECHO_REQUEST: u8 = 128;
const ECHO_REPLY: u8 = 129;

/// The content of an `ICMPv6` message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message<'a> {
    /// Type 129, code 0: a reply.
    EchoReply(Echo<'a>),
    /// Type 128, code 0: another host pings this one, or a raw socket on the loopback interface receives its own request.
    EchoRequest(Echo<'a>),
    /// Types 0 to 127: the report of a node about an original packet.
    Error {
        /// The meaning of the error.
        problem: Problem,
        /// The original packet with its IPv6 header, possibly truncated (RFC 4443 section 2.4 (c)).
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

/// Parses an `ICMPv6` message. Sockets deliver it without the IPv6 header.
///
/// # Errors
///
/// [`Malformed::Short`] below 8 octets. RFC 4443 requires only 4, but all types that concern a ping have 8.
///
/// ```
/// use rping::wire::icmpv6::{Message, parse};
///
/// let message = parse(b"\x81\x00\x12\x34\x00\x0d\x00\x25hello")?;
/// assert!(matches!(message, Message::EchoReply(echo) if echo.sequence == 37 && echo.data == b"hello"));
/// # Ok::<(), rping::wire::Malformed>(())
/// ```
pub fn parse(octets: &[u8]) -> Result<Message<'_>, Malformed> {
    let (&[kind, code, _, _, w0, w1, w2, w3], rest) =
        octets.split_first_chunk().ok_or(Malformed::Short)?;
    let word = [w0, w1, w2, w3];
    Ok(match (kind, code) {
        (ECHO_REPLY, 0) => Message::EchoReply(Echo::new(word, rest)),
        (ECHO_REQUEST, 0) => Message::EchoRequest(Echo::new(word, rest)),
        (..=LAST_ERROR, _) => {
            let (original, extensions) = extensions::split(Place::of_v6(kind, word), rest);
            Message::Error {
                problem: Problem::from_parts(kind, code, u32::from_be_bytes(word)),
                original,
                extensions,
            }
        }
        _ => Message::Other { kind, code },
    })
}

/// Whether errors of this type may have extensions (RFC 4884, section 4).
#[must_use]
pub const fn has_extensions(kind: u8) -> bool {
    matches!(kind, DESTINATION_UNREACHABLE | TIME_EXCEEDED)
}

/// Identifier and sequence of the Echo Request that starts with these 8 octets, or `None`.
///
/// The error queue of a Linux socket returns the original message without its IPv6 header.
///
/// ```
/// use rping::wire::icmpv6::parse_request_start;
///
/// assert_eq!(parse_request_start(b"\x80\x00\x12\x34\x00\x0d\x00\x25"), Some((13, 37)));
/// assert_eq!(parse_request_start(b"\x81\x00\x12\x34\x00\x0d\x00\x25"), None);
/// ```
#[must_use]
pub const fn parse_request_start(octets: &[u8]) -> Option<(u16, u16)> {
    request_start(octets, ECHO_REQUEST)
}

#[cfg(test)]
mod tests;
