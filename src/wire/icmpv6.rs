//! `ICMPv6` (RFC 4443): the answers to an Echo Request, and the errors that may come instead.
//!
//! Checksums are not looked at: they cover addresses that are not in the message, and the kernel
//! discards a message that fails before any socket sees it (RFC 3542 section 3.1).

mod problem;

pub use super::echo::Echo;
pub use problem::{ParameterProblem, Problem, TimeExceeded, Unreachable};

use super::Malformed;
use super::echo::request_start;
use super::extensions::{self, Extensions, Place};

/// What the next header field says in front of an `ICMPv6` message.
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

/// What an `ICMPv6` message says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message<'a> {
    /// Type 129, code 0: what was asked for.
    EchoReply(Echo<'a>),
    /// Type 128, code 0: somebody asks us, or a raw socket on the loopback interface hears itself.
    EchoRequest(Echo<'a>),
    /// Types 0 to 127: a node has something to say about the packet that invoked the error.
    Error {
        /// What it says.
        problem: Problem,
        /// The packet that it says this about, from its IPv6 header on, as much as fits (RFC 4443 section 2.4 (c)).
        original: &'a [u8],
        /// What the router adds.
        extensions: Extensions<'a>,
    },
    /// Everything else, including an Echo Reply whose code is not 0.
    Other {
        /// The type field.
        kind: u8,
        /// The code field.
        code: u8,
    },
}

/// Reads an `ICMPv6` message, which sockets deliver without an IPv6 header.
///
/// # Errors
///
/// [`Malformed::Short`] below 8 octets. RFC 4443 itself asks for 4, but all types that a ping meets have 8.
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

/// Identifier and sequence of the Echo Request whose first 8 octets these are, or `None`.
///
/// The error queue of a Linux socket returns the message that caused an error without its IPv6 header.
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
