//! Echo Request and Echo Reply. ICMP (RFC 792) and `ICMPv6` (RFC 4443 section 4) share the layout: type, code 0,
//! checksum, identifier, sequence, data.

use super::checksum::Checksum;

/// Octets before the data.
pub const HEADER_LENGTH: usize = 8;

/// The type of an ICMP Echo Request (RFC 792, page 14).
const REQUEST: u8 = 8;
/// The type of an `ICMPv6` Echo Request (RFC 4443 section 4.1).
const REQUEST_V6: u8 = 128;

/// The content of an Echo Request, which its Echo Reply returns unchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Echo<'a> {
    /// Identifies the sender. A Linux ping socket replaces it with its own.
    pub identifier: u16,
    /// The number of the request; wraps after 65,535.
    pub sequence: u16,
    /// The octets to be returned, 0 to 65,507 over IPv4.
    pub data: &'a [u8],
}

impl Echo<'_> {
    /// Writes an ICMP Echo Request with its checksum to `out`, replacing its content.
    ///
    /// ```
    /// use rping::wire::echo::Echo;
    ///
    /// let mut out = Vec::new();
    /// Echo { identifier: 13, sequence: 37, data: b"" }.write_request(&mut out);
    /// assert_eq!(out, b"\x08\x00\xf7\xcd\x00\x0d\x00\x25");
    /// ```
    pub fn write_request(&self, out: &mut Vec<u8>) {
        let mut checksum = Checksum::new();
        checksum.add(&self.request(REQUEST, 0));
        checksum.add(self.data);
        self.write(out, self.request(REQUEST, checksum.finish()));
    }

    /// Writes an `ICMPv6` Echo Request to `out`, replacing its content.
    ///
    /// The checksum stays zero: it covers a pseudo-header with the source address (RFC 4443 section 2.3), which only
    /// the kernel knows. The kernel fills it in on raw `ICMPv6` sockets (RFC 3542 section 3.1) and on ping sockets.
    ///
    /// ```
    /// use rping::wire::echo::Echo;
    ///
    /// let mut out = Vec::new();
    /// Echo { identifier: 13, sequence: 37, data: b"hello" }.write_request_v6(&mut out);
    /// assert_eq!(out, b"\x80\x00\x00\x00\x00\x0d\x00\x25hello");
    /// ```
    pub fn write_request_v6(&self, out: &mut Vec<u8>) {
        self.write(out, self.request(REQUEST_V6, 0));
    }

    fn request(&self, kind: u8, checksum: u16) -> [u8; HEADER_LENGTH] {
        let [c0, c1] = checksum.to_be_bytes();
        let [i0, i1] = self.identifier.to_be_bytes();
        let [s0, s1] = self.sequence.to_be_bytes();
        [kind, 0, c0, c1, i0, i1, s0, s1]
    }

    fn write(&self, out: &mut Vec<u8>, header: [u8; HEADER_LENGTH]) {
        out.clear();
        out.extend_from_slice(&header);
        out.extend_from_slice(self.data);
    }
}

impl<'a> Echo<'a> {
    /// Reads the four octets after the checksum, and the data after them.
    pub(super) const fn new(identifier_and_sequence: [u8; 4], data: &'a [u8]) -> Self {
        let [i0, i1, s0, s1] = identifier_and_sequence;
        Self {
            identifier: u16::from_be_bytes([i0, i1]),
            sequence: u16::from_be_bytes([s0, s1]),
            data,
        }
    }
}

/// Identifier and sequence, if `octets` begin with an Echo Request of type `request`.
pub(super) const fn request_start(octets: &[u8], request: u8) -> Option<(u16, u16)> {
    match octets {
        [kind, 0, _, _, i0, i1, s0, s1, ..] if *kind == request => Some((
            u16::from_be_bytes([*i0, *i1]),
            u16::from_be_bytes([*s0, *s1]),
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The previous content of a caller's buffer, which must not survive.
    fn dirty() -> Vec<u8> {
        vec![0xa5; 64]
    }

    #[test]
    fn a_request_of_odd_length_carries_the_checksum_of_its_padded_words() {
        let mut out = dirty();
        Echo {
            identifier: 0x1234,
            sequence: 0xfffe,
            data: &[0xff, 0xff, 0xff],
        }
        .write_request(&mut out);
        // 0800 + 1234 + fffe + ffff + ff00 = 3_1931, folded 1934, complement e6cb: worked out by hand.
        assert_eq!(
            out,
            [
                0x08, 0x00, 0xe6, 0xcb, 0x12, 0x34, 0xff, 0xfe, 0xff, 0xff, 0xff
            ]
        );
    }

    #[test]
    fn an_icmpv6_request_leaves_the_checksum_to_the_kernel() {
        let mut out = dirty();
        Echo {
            identifier: 0x1234,
            sequence: 0xfffe,
            data: &[1, 2, 3],
        }
        .write_request_v6(&mut out);
        assert_eq!(
            out,
            [0x80, 0x00, 0x00, 0x00, 0x12, 0x34, 0xff, 0xfe, 1, 2, 3]
        );
    }

    #[test]
    fn the_start_of_a_request_needs_its_eight_octets_its_type_and_code_0() {
        let message = [8, 0, 0xaa, 0xbb, 0x12, 0x34, 0x56, 0x78, 9];
        assert_eq!(request_start(&message, 8), Some((0x1234, 0x5678)));
        assert_eq!(request_start(&message, 128), None);
        for length in 0..8 {
            assert_eq!(
                request_start(&message[..length], 8),
                None,
                "{length} octets"
            );
        }
        assert_eq!(request_start(&message[..8], 8), Some((0x1234, 0x5678)));
        assert_eq!(
            request_start(&[8, 1, 0, 0, 0x12, 0x34, 0x56, 0x78], 8),
            None
        );
    }
}
