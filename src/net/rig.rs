//! What the tests with real sockets have in common: messages, and a router that complains.

use std::io;
use std::net::SocketAddr;

use socket2::{Domain, Protocol, Type};

use crate::config::{SocketChoice, SocketOptions};

/// Every test has its own, for a raw socket hears the errors of all; and so has every process, for this loopback
/// interface may be that of another run of the same tests.
pub(super) fn fresh_identifier() -> u16 {
    use std::sync::atomic::{AtomicU16, Ordering};
    static NEXT: AtomicU16 = AtomicU16::new(1);
    let [low, high, ..] = std::process::id().to_le_bytes();
    let of_process = u16::from_le_bytes([high, low]);
    let own = of_process.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
    // 0 is none.
    own.max(1)
}

/// Sends what a router would; only with the privilege.
pub(super) fn router(target: SocketAddr) -> io::Result<socket2::Socket> {
    let protocol = if target.is_ipv4() {
        Protocol::ICMPV4
    } else {
        Protocol::ICMPV6
    };
    socket2::Socket::new(Domain::for_address(target), Type::RAW, Some(protocol))
}

/// Nothing but the kind of socket.
pub(super) fn of_kind(kind: SocketChoice) -> SocketOptions {
    SocketOptions {
        kind,
        ..SocketOptions::default()
    }
}

/// RFC 1071, as plainly as possible.
pub(super) fn checksum(octets: &[u8]) -> [u8; 2] {
    let mut sum: u32 = octets
        .chunks(2)
        .map(|pair| u32::from(pair[0]) << 8 | u32::from(*pair.get(1).unwrap_or(&0)))
        .sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    (!u16::try_from(sum).unwrap()).to_be_bytes()
}

/// An ICMP message; for IPv6 the kernel computes the checksum.
pub(super) fn message(kind: u8, code: u8, rest: [u8; 4], data: &[u8]) -> Vec<u8> {
    let mut octets = [&[kind, code, 0, 0], &rest[..], data].concat();
    let sum = checksum(&octets);
    octets[2..4].copy_from_slice(&sum);
    octets
}

/// The ICMP error of a router by which the target of `original` cannot be reached.
pub(super) fn complaint(target: SocketAddr, original: &[u8]) -> Vec<u8> {
    let length = u16::try_from(original.len()).unwrap();
    let (kind, code, quote) = match target {
        SocketAddr::V4(v4) => {
            let [high, low] = (length + 20).to_be_bytes();
            let address = v4.ip().octets();
            let fields = [0x45, 0, high, low, 0, 1, 0, 0, 64, 1, 0, 0];
            let header = [&fields[..], &address, &address].concat();
            (3, 1, [&header, original].concat())
        }
        SocketAddr::V6(v6) => {
            let [high, low] = length.to_be_bytes();
            let address = v6.ip().octets();
            let fields = [0x60, 0, 0, 0, high, low, 58, 64];
            let header = [&fields[..], &address, &address].concat();
            (1, 3, [&header, original].concat())
        }
    };
    message(kind, code, [0; 4], &quote)
}
