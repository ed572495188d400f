//! Recognises, answers and builds echo messages (RFC 792, RFC 4443).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const IPV4_HEADER: usize = 20;
const IPV6_HEADER: usize = 40;
const ICMPV4: u8 = 1;
const ICMPV6: u8 = 58;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Request,
    Reply,
}

/// An echo request or reply in an IP packet.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Echo {
    pub(crate) kind: Kind,
    pub(crate) to: IpAddr,
    pub(crate) identifier: u16,
    pub(crate) sequence: u16,
    /// The offset of the ICMP message.
    message: usize,
}

impl Echo {
    pub(crate) fn find(packet: &[u8]) -> Option<Self> {
        let (to, message, protocol, types) = match packet.first()? >> 4 {
            4 => {
                let to: [u8; 4] = packet.get(16..20)?.try_into().ok()?;
                let header = usize::from(packet.first()? & 0xf) * 4;
                (IpAddr::from(to), header, ICMPV4, (8, 0))
            }
            6 => {
                let to: [u8; 16] = packet.get(24..40)?.try_into().ok()?;
                (IpAddr::from(to), IPV6_HEADER, ICMPV6, (128, 129))
            }
            _ => return None,
        };
        let found = packet.get(if to.is_ipv4() { 9 } else { 6 })?;
        let &[kind, 0, _, _, id0, id1, seq0, seq1] = packet.get(message..message + 8)? else {
            return None;
        };
        let kind = match kind {
            _ if *found != protocol => return None,
            kind if kind == types.0 => Kind::Request,
            kind if kind == types.1 => Kind::Reply,
            _ => return None,
        };
        Some(Self {
            kind,
            to,
            identifier: u16::from_be_bytes([id0, id1]),
            sequence: u16::from_be_bytes([seq0, seq1]),
            message,
        })
    }

    /// Turns a request into its reply.
    ///
    /// Checksums over addresses do not change, because source and destination are only swapped. That of the message is
    /// updated for its first word (RFC 1624, equation 3).
    pub(crate) fn answer(&self, packet: &mut [u8]) {
        let (addresses, length) = match self.to {
            IpAddr::V4(_) => (IPV4_HEADER - 8, 4),
            IpAddr::V6(_) => (IPV6_HEADER - 32, 16),
        };
        let (source, destination) = packet[addresses..].split_at_mut(length);
        source.swap_with_slice(&mut destination[..length]);
        let message = &mut packet[self.message..];
        let old = u16::from_be_bytes([message[0], message[1]]);
        message[0] = if self.to.is_ipv4() { 0 } else { 129 };
        let new = u16::from_be_bytes([message[0], message[1]]);
        let sum = u16::from_be_bytes([message[2], message[3]]);
        let sum = !fold(u32::from(!sum) + u32::from(!old) + u32::from(new));
        message[2..4].copy_from_slice(&sum.to_be_bytes());
    }
}

/// A request with 56 octets of data. The kernel fills in the checksum of ICMPv6.
pub(crate) fn request(to: IpAddr, identifier: u16, sequence: u16) -> [u8; 64] {
    let mut message = [0; 64];
    message[0] = if to.is_ipv4() { 8 } else { 128 };
    message[4..6].copy_from_slice(&identifier.to_be_bytes());
    message[6..8].copy_from_slice(&sequence.to_be_bytes());
    let words = message.chunks_exact(2);
    let sum = words
        .map(|word| u32::from(u16::from_be_bytes([word[0], word[1]])))
        .sum();
    message[2..4].copy_from_slice(&(!fold(sum)).to_be_bytes());
    message
}

/// Sequence number and identifier of a reply from a raw socket: with the IP header for IPv4, without for IPv6.
pub(crate) fn reply(octets: &[u8], family: IpAddr) -> Option<(u16, u16)> {
    let (message, kind) = match family {
        IpAddr::V4(_) => (octets.get(usize::from(octets.first()? & 0xf) * 4..)?, 0),
        IpAddr::V6(_) => (octets, 129),
    };
    match *message.get(..8)? {
        [found, 0, _, _, id0, id1, seq0, seq1] if found == kind => Some((
            u16::from_be_bytes([seq0, seq1]),
            u16::from_be_bytes([id0, id1]),
        )),
        _ => None,
    }
}

/// Folds a ones' complement sum to 16 bits (RFC 1071).
fn fold(sum: u32) -> u16 {
    let once = (sum & 0xffff) + (sum >> 16);
    let twice = (once & 0xffff) + (once >> 16);
    twice as u16
}

/// An IPv4 address behind the TUN device, by its last octet.
pub(crate) fn ipv4(host: u8) -> Ipv4Addr {
    Ipv4Addr::new(198, 51, 100, host)
}

/// The same for IPv6.
pub(crate) fn ipv6(host: u8) -> Ipv6Addr {
    Ipv6Addr::new(0xfd51, 0, 0, 0, 0, 0, 0, host.into())
}
