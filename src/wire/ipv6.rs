//! The IPv6 header (RFC 8200) in ICMPv6 errors. Sockets do not deliver any other.

use std::net::Ipv6Addr;

/// Octets of the header without extension headers.
pub const FIXED: usize = 40;

/// Maximum extension headers to skip: no sender has a reason for more.
const MOST_HEADERS: usize = 8;

/// Extension headers in the next header field (RFC 8200, section 4).
const HOP_BY_HOP: u8 = 0;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const DESTINATION_OPTIONS: u8 = 60;

/// The original packet in an error, possibly truncated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet<'a> {
    /// Differentiated services and congestion notification.
    pub traffic_class: u8,
    /// The remaining hops.
    pub hop_limit: u8,
    /// The receiver.
    pub destination: Ipv6Addr,
    /// Octets of header and payload, as the header claims. `None` with extension headers, as in a fragment.
    pub length: Option<usize>,
    /// The protocol of the payload; 58 is `ICMPv6`.
    pub protocol: u8,
    /// The octets after all headers.
    pub payload: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Parses the original packet of an ICMPv6 error. Returns `None` for another version, if the quote ends within the
    /// headers, and for a fragment that is not the first.
    ///
    /// ```
    /// use rping::wire::ipv6::Packet;
    ///
    /// let header = [&[0x6b, 0x80, 0, 0, 0, 2, 58, 63][..], &[0; 32], b"hi"].concat();
    /// let packet = Packet::parse_original(&header).unwrap();
    /// assert_eq!((packet.traffic_class, packet.hop_limit), (0xb8, 63));
    /// assert_eq!((packet.length, packet.protocol, packet.payload), (Some(42), 58, &b"hi"[..]));
    /// ```
    #[must_use]
    pub fn parse_original(octets: &'a [u8]) -> Option<Self> {
        let (fixed, mut payload) = octets.split_first_chunk::<FIXED>()?;
        let (&[v0, v1, _, _, l0, l1, mut protocol, hop_limit], addresses) =
            fixed.split_first_chunk()?;
        if v0 >> 4 != 6 {
            return None;
        }
        let destination = addresses.last_chunk::<16>()?;
        let is_alone = !is_extension(protocol);
        for _ in 0..MOST_HEADERS {
            if !is_extension(protocol) {
                break;
            }
            (protocol, payload) = step_over(protocol, payload)?;
        }
        let length = FIXED + usize::from(u16::from_be_bytes([l0, l1]));
        Some(Self {
            traffic_class: v0 << 4 | v1 >> 4,
            hop_limit,
            destination: Ipv6Addr::from(*destination),
            length: is_alone.then_some(length),
            protocol,
            payload,
        })
    }
}

const fn is_extension(protocol: u8) -> bool {
    matches!(
        protocol,
        HOP_BY_HOP | ROUTING | FRAGMENT | DESTINATION_OPTIONS
    )
}

/// The next header type after an extension header, and the rest. `None` for a later fragment, which begins with data.
fn step_over(kind: u8, octets: &[u8]) -> Option<(u8, &[u8])> {
    let &[next, length, f0, f1, ..] = octets.first_chunk::<8>()?;
    let (length, is_later) = match kind {
        FRAGMENT => (8, u16::from_be_bytes([f0, f1]) >> 3 != 0),
        _ => (8 * (usize::from(length) + 1), false),
    };
    let rest = octets.get(length..)?;
    (!is_later).then_some((next, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A packet to `2001:db8::9` with this next header field and rest.
    fn packet(next: u8, rest: &[u8]) -> Vec<u8> {
        let fixed = [0x60, 0, 0, 0, 0, 16, next, 1];
        let source = [0x12; 16];
        let destination = [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9];
        [&fixed[..], &source, &destination, rest].concat()
    }

    #[test]
    fn message_is_found_behind_extension_headers() {
        for (next, headers) in [
            (58, &[][..]),
            (0, &[58, 0, 1, 4, 0, 0, 0, 0]),
            (60, &[58, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
            // The first of several fragments.
            (44, &[58, 0xff, 0, 1, 0, 0, 0, 7]),
            (43, &[44, 0, 0, 0, 0, 0, 0, 0, 58, 0, 0, 1, 0, 0, 0, 7]),
        ] {
            let octets = packet(next, &[headers, b"echo"].concat());
            let found = Packet::parse_original(&octets).unwrap();
            assert_eq!((found.protocol, found.payload), (58, &b"echo"[..]));
            assert_eq!(
                found.destination,
                "2001:db8::9".parse::<Ipv6Addr>().unwrap()
            );
            assert_eq!(found.length, headers.is_empty().then_some(56));
        }
    }

    #[test]
    fn what_is_cut_or_of_another_version_is_none() {
        let whole = packet(60, &[58, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        for length in 0..whole.len() {
            assert_eq!(Packet::parse_original(&whole[..length]), None, "{length}");
        }
        assert!(Packet::parse_original(&whole).is_some());
        let mut of_version_4 = whole;
        of_version_4[0] = 0x45;
        assert_eq!(Packet::parse_original(&of_version_4), None);
    }

    #[test]
    fn later_fragment_quotes_nothing() {
        let octets = packet(44, &[58, 0, 0, 8, 0, 0, 0, 7, 128, 0, 0, 0]);
        assert_eq!(Packet::parse_original(&octets), None);
    }

    #[test]
    fn headers_without_end_are_not_followed() {
        let octets = packet(0, &[0; 8 * 100]);
        let found = Packet::parse_original(&octets).unwrap();
        assert_eq!(found.payload.len(), 8 * (100 - MOST_HEADERS));
    }
}
