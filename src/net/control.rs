//! Control messages (RFC 3542, section 20; cmsg(3)): metadata of a received datagram.
//!
//! The kernel writes entries into a buffer: each a length, a level, a type and a body, padded to the word size. They are
//! parsed as octets in the machine's byte order and word size, so this needs neither `unsafe` nor the macros of the C
//! library, and runs under Miri. Nothing in the buffer is trusted: each step advances, and truncated, unknown or invalid
//! entries end the iteration or are skipped.
//!
//! `zerocopy` or `bytemuck` would save a few lines, but no `unsafe`, here and in [`wire`](crate::wire), and bring a second
//! version of `syn` or unsafe implementations.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use super::address;

/// The size of an entry's first field, its length.
const WORD: usize = size_of::<usize>();

/// Length, level and type.
const HEADER: usize = WORD + 4 + 4;

/// A parsed entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ControlMessage<'a> {
    /// `SCM_TIMESTAMPNS`, `SCM_TIMESTAMPING`: arrival or departure stamps.
    Timestamps(Timestamps),
    /// `IP_TTL`, `IPV6_HOPLIMIT`: the time to live or hop limit on arrival.
    HopLimit(u8),
    /// `IP_TOS`, `IPV6_TCLASS`: the type of service or traffic class on arrival.
    TrafficClass(u8),
    /// `IP_PKTINFO`, `IPV6_PKTINFO`: the destination address.
    Destination(IpAddr),
    /// `IP_RECVOPTS`, `IP_RETOPTS`: the options of the IPv4 header.
    Options(&'a [u8]),
    /// `IP_RECVERR`, `IPV6_RECVERR`: an error.
    ExtendedError(ExtendedError),
    /// Anything else, or an invalid body.
    Unknown,
}

/// The stamps of an arrival or departure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Timestamps {
    /// The kernel's wall clock, since the epoch.
    pub(super) kernel: Option<Duration>,
    /// The interface's own clock, since an unknown epoch.
    pub(super) hardware: Option<Duration>,
}

/// `struct sock_extended_err`, and the address that follows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ExtendedError {
    /// The error number.
    pub(super) errno: u32,
    /// `SO_EE_ORIGIN_LOCAL`, `SO_EE_ORIGIN_ICMP` and so on.
    pub(super) origin: u8,
    /// The ICMP type.
    pub(super) kind: u8,
    /// The ICMP code.
    pub(super) code: u8,
    /// MTU, pointer or gateway.
    pub(super) info: u32,
    /// Depends on the origin.
    pub(super) data: u32,
    /// The sender of the ICMP error.
    pub(super) offender: Option<SocketAddr>,
}

/// An iterator over the entries of a control buffer.
#[derive(Debug, Clone)]
pub(super) struct ControlMessages<'a> {
    rest: &'a [u8],
}

impl<'a> ControlMessages<'a> {
    /// `buffer` is the part that the kernel has filled.
    pub(super) fn new(buffer: &'a [u8]) -> Self {
        Self { rest: buffer }
    }

    /// Returns level, type and body of the next entry. Removes at least a header from `rest`, or ends.
    fn take(&mut self) -> Option<(i32, i32, &'a [u8])> {
        let entry = std::mem::take(&mut self.rest);
        let (length, after) = entry.split_first_chunk::<WORD>()?;
        let (level, after) = after.split_first_chunk::<4>()?;
        let (kind, body) = after.split_first_chunk::<4>()?;
        let length = usize::from_ne_bytes(*length);
        // A length below the header's would not advance; one beyond the buffer is invalid.
        let body = body.get(..length.checked_sub(HEADER)?)?;
        // The last entry may lack its padding.
        self.rest = entry.get(length.next_multiple_of(WORD)..).unwrap_or(&[]);
        Some((i32::from_ne_bytes(*level), i32::from_ne_bytes(*kind), body))
    }
}

impl<'a> Iterator for ControlMessages<'a> {
    type Item = ControlMessage<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let (level, kind, body) = self.take()?;
        Some(ControlMessage::parse(level, kind, body).unwrap_or(ControlMessage::Unknown))
    }
}

impl<'a> ControlMessage<'a> {
    fn parse(level: i32, kind: i32, body: &'a [u8]) -> Option<Self> {
        match (level, kind) {
            (libc::SOL_SOCKET, libc::SO_TIMESTAMPNS) => {
                let kernel = timestamp(body);
                let hardware = None;
                kernel.map(|_| Self::Timestamps(Timestamps { kernel, hardware }))
            }
            (libc::SOL_SOCKET, libc::SCM_TIMESTAMPING) => {
                Timestamps::parse(body).map(Self::Timestamps)
            }
            (libc::IPPROTO_IP, libc::IP_TTL) | (libc::IPPROTO_IPV6, libc::IPV6_HOPLIMIT) => {
                // An int, not an octet: its first octet is right only on little-endian machines.
                let limit = integer(body)?;
                u8::try_from(limit).ok().map(Self::HopLimit)
            }
            (libc::IPPROTO_IP, libc::IP_TOS) => body.first().copied().map(Self::TrafficClass),
            (libc::IPPROTO_IPV6, libc::IPV6_TCLASS) => {
                let class = integer(body)?;
                u8::try_from(class).ok().map(Self::TrafficClass)
            }
            (libc::IPPROTO_IP, libc::IP_PKTINFO) => {
                // After the interface and the local address.
                let address = body.get(8..)?.first_chunk::<4>()?;
                Some(Self::Destination(Ipv4Addr::from(*address).into()))
            }
            (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO) => {
                let address = body.first_chunk::<16>()?;
                Some(Self::Destination(Ipv6Addr::from(*address).into()))
            }
            (libc::IPPROTO_IP, libc::IP_RECVOPTS | libc::IP_RETOPTS) => Some(Self::Options(body)),
            (libc::IPPROTO_IP, libc::IP_RECVERR) | (libc::IPPROTO_IPV6, libc::IPV6_RECVERR) => {
                ExtendedError::parse(body).map(Self::ExtendedError)
            }
            _ => None,
        }
    }
}

impl Timestamps {
    /// Parses `struct scm_timestamping`: the kernel's stamp, an obsolete one, and the interface's. Missing ones are zero.
    fn parse(body: &[u8]) -> Option<Self> {
        let each = body.len() / 3;
        let taken = |octets| timestamp(octets).filter(|stamp| !stamp.is_zero());
        let (kernel, rest) = body.split_at_checked(each)?;
        let (_unused, hardware) = rest.split_at_checked(each)?;
        Some(Self {
            kernel: taken(kernel),
            hardware: taken(hardware),
        })
    }
}

impl ExtendedError {
    /// The unchecked offset of the extensions (RFC 4884) in the quoted message (`struct sock_ee_data_rfc4884`); `None` if the
    /// error has none.
    pub(super) fn extensions_at(&self) -> Option<u16> {
        let [l0, l1, _flags, _reserved] = self.data.to_ne_bytes();
        let at = u16::from_ne_bytes([l0, l1]);
        (at > 0).then_some(at)
    }

    fn parse(body: &[u8]) -> Option<Self> {
        let (errno, rest) = body.split_first_chunk::<4>()?;
        let ([origin, kind, code, _padding], rest) = rest.split_first_chunk::<4>()?;
        let (info, rest) = rest.split_first_chunk::<4>()?;
        let (data, offender) = rest.split_first_chunk::<4>()?;
        Some(Self {
            errno: u32::from_ne_bytes(*errno),
            origin: *origin,
            kind: *kind,
            code: *code,
            info: u32::from_ne_bytes(*info),
            data: u32::from_ne_bytes(*data),
            offender: address::from_octets(offender),
        })
    }
}

/// A 32-bit integer.
fn integer(body: &[u8]) -> Option<u32> {
    body.first_chunk().map(|octets| u32::from_ne_bytes(*octets))
}

/// Parses a `struct timespec`: two integers of 64 bits, or of 32 on old 32-bit systems, by its length.
fn timestamp(body: &[u8]) -> Option<Duration> {
    let (seconds, nanoseconds) = if let Some((seconds, rest)) = body.split_first_chunk::<8>()
        && let Some(nanoseconds) = rest.first_chunk::<8>()
    {
        (
            i64::from_ne_bytes(*seconds),
            i64::from_ne_bytes(*nanoseconds),
        )
    } else {
        let (seconds, rest) = body.split_first_chunk::<4>()?;
        let nanoseconds = rest.first_chunk::<4>()?;
        (
            i32::from_ne_bytes(*seconds).into(),
            i32::from_ne_bytes(*nanoseconds).into(),
        )
    };
    let nanoseconds = u32::try_from(nanoseconds).ok()?;
    (nanoseconds < 1_000_000_000)
        .then_some(Duration::new(u64::try_from(seconds).ok()?, nanoseconds))
}

#[cfg(test)]
mod tests;
