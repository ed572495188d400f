//! Timestamp and Timestamp Reply (RFC 792, page 16): identifier, sequence number, and three times of day.
//!
//! A time of day is in milliseconds since midnight UTC. If its highest bit is set, its unit and origin are unknown.

mod clock;

use std::time::Duration;

pub use clock::PeerClock;

use super::Malformed;
use super::checksum::{checksum, is_valid};

/// Octets of the three times, after the eight octets that all types share.
pub const DATA_LENGTH: usize = 12;

/// The type of a request.
const REQUEST: u8 = 13;
/// The type of a reply.
const REPLY: u8 = 14;

const MILLISECONDS_OF_DAY: u128 = 24 * 60 * 60 * 1000;

/// The content of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reply {
    /// The identifier of the request.
    pub identifier: u16,
    /// The sequence number of the request.
    pub sequence: u16,
    /// The times of sending and receiving.
    pub times: Times,
    /// If false, the content is unreliable. Raw sockets deliver such messages.
    pub checksum_valid: bool,
}

/// The times of a reply, each by the clock of the host that wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Times {
    /// When the sender sent the request.
    pub originate: u32,
    /// When the target received the request.
    pub receive: u32,
    /// When the target sent the reply.
    pub transmit: u32,
}

/// Writes a request with the time of day `originate` to `out`, replacing its content.
///
/// ```
/// use rping::wire::timestamp::write_request;
///
/// let mut out = Vec::new();
/// write_request(&mut out, 13, 37, 1);
/// assert_eq!(out[..12], *b"\x0d\x00\xf2\xcc\x00\x0d\x00\x25\x00\x00\x00\x01");
/// assert_eq!(out[12..], [0; 8]);
/// ```
pub fn write_request(out: &mut Vec<u8>, identifier: u16, sequence: u16, originate: u32) {
    let [i0, i1] = identifier.to_be_bytes();
    let [s0, s1] = sequence.to_be_bytes();
    let mut write = |sum: u16| {
        let [c0, c1] = sum.to_be_bytes();
        out.clear();
        out.extend_from_slice(&[REQUEST, 0, c0, c1, i0, i1, s0, s1]);
        out.extend_from_slice(&originate.to_be_bytes());
        out.extend_from_slice(&[0; 8]);
        checksum(out)
    };
    let sum = write(0);
    write(sum);
}

/// Parses a reply without the IP header.
///
/// # Errors
///
/// [`Malformed::Short`] below 20 octets, [`Malformed::Kind`] for another type.
pub fn parse_reply(octets: &[u8]) -> Result<Reply, Malformed> {
    let (header, rest) = octets.split_first_chunk::<8>().ok_or(Malformed::Short)?;
    let [REPLY, 0, _, _, i0, i1, s0, s1] = *header else {
        return Err(Malformed::Kind);
    };
    let (originate, rest) = rest.split_first_chunk().ok_or(Malformed::Short)?;
    let (receive, rest) = rest.split_first_chunk().ok_or(Malformed::Short)?;
    let transmit = rest.first_chunk().ok_or(Malformed::Short)?;
    Ok(Reply {
        identifier: u16::from_be_bytes([i0, i1]),
        sequence: u16::from_be_bytes([s0, s1]),
        times: Times {
            originate: u32::from_be_bytes(*originate),
            receive: u32::from_be_bytes(*receive),
            transmit: u32::from_be_bytes(*transmit),
        },
        checksum_valid: is_valid(octets),
    })
}

/// Identifier and sequence number of the request that starts with these 8 octets, or `None`.
#[must_use]
pub const fn parse_request_start(octets: &[u8]) -> Option<(u16, u16)> {
    super::echo::request_start(octets, REQUEST)
}

/// The time of day, from the time since 1970 in UTC.
///
/// ```
/// use std::time::Duration;
/// use rping::wire::timestamp::time_of_day;
///
/// assert_eq!(time_of_day(Duration::from_millis(3 * 86_400_000 + 17)), 17);
/// ```
#[must_use]
pub fn time_of_day(since_epoch: Duration) -> u32 {
    u32::try_from(since_epoch.as_millis() % MILLISECONDS_OF_DAY).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A reply to request 37 of identifier 13, with three different times.
    const HONEST: [u8; 20] = [
        14, 0, 0xe0, 0xb5, 0, 13, 0, 37, 0, 0, 1, 2, 0, 0, 3, 4, 0x80, 0, 5, 6,
    ];

    #[test]
    fn reply_tells_three_times() {
        let reply = parse_reply(&HONEST).unwrap();
        assert_eq!((reply.identifier, reply.sequence), (13, 37));
        let times = Times {
            originate: 0x0102,
            receive: 0x0304,
            transmit: 0x8000_0506,
        };
        assert_eq!(reply.times, times);
    }

    #[test]
    fn checksum_covers_the_whole_reply() {
        let mut reply = HONEST;
        let [c0, c1] = {
            reply[2] = 0;
            reply[3] = 0;
            checksum(&reply).to_be_bytes()
        };
        (reply[2], reply[3]) = (c0, c1);
        assert!(parse_reply(&reply).unwrap().checksum_valid);
        reply[19] ^= 1;
        assert!(!parse_reply(&reply).unwrap().checksum_valid);
    }

    #[test]
    fn reply_that_is_too_short_or_another_message_is_none() {
        for length in 0..20 {
            assert_eq!(parse_reply(&HONEST[..length]), Err(Malformed::Short));
        }
        for (place, octet) in [(0, 13), (0, 0), (1, 1)] {
            let mut other = HONEST;
            other[place] = octet;
            assert_eq!(parse_reply(&other), Err(Malformed::Kind));
        }
    }

    #[test]
    fn request_has_a_checksum_and_its_time_and_is_known_by_its_start() {
        let mut out = vec![0xff; 50];
        write_request(&mut out, 0x1234, 7, 86_399_999);
        assert_eq!(out.len(), 20);
        assert!(is_valid(&out));
        assert_eq!(out[8..12], 86_399_999_u32.to_be_bytes());
        assert_eq!(parse_request_start(&out), Some((0x1234, 7)));
        assert_eq!(parse_request_start(&HONEST), None);
    }
}
