//! Conversion between socket addresses and the kernel's structures, without `unsafe`.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

/// The size of `sockaddr_in6`.
const LONGEST: usize = 28;

/// The size of `sockaddr_in`.
const SHORTEST: usize = 16;

/// A `sockaddr_in` or `sockaddr_in6`. A batch holds many: `socket2::SockAddr`, with room for every address family, is four
/// times as large.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Name {
    octets: [u8; LONGEST],
    is_v4: bool,
}

impl Name {
    /// With port 0, because ICMP has none. `flow` is in network order.
    pub(super) fn new(address: SocketAddr, flow: u32) -> Self {
        let family = match address {
            SocketAddr::V4(_) => libc::AF_INET,
            SocketAddr::V6(_) => libc::AF_INET6,
        };
        let family = u16::try_from(family).unwrap_or_default();
        let mut octets = [0; LONGEST];
        put(&mut octets, 0, family.to_ne_bytes());
        match address {
            SocketAddr::V4(v4) => put(&mut octets, 4, v4.ip().octets()),
            SocketAddr::V6(v6) => {
                put(&mut octets, 4, flow.to_ne_bytes());
                put(&mut octets, 8, v6.ip().octets());
                put(&mut octets, 24, v6.scope_id().to_ne_bytes());
            }
        }
        Self {
            octets,
            is_v4: address.is_ipv4(),
        }
    }

    pub(super) fn is_v4(&self) -> bool {
        self.is_v4
    }

    /// The octets of the structure.
    pub(super) fn octets(&self) -> &[u8] {
        let length = if self.is_v4 { SHORTEST } else { LONGEST };
        self.octets.get(..length).unwrap_or(&self.octets)
    }
}

/// Writes a field at its offset.
fn put<const LENGTH: usize>(octets: &mut [u8; LONGEST], offset: usize, field: [u8; LENGTH]) {
    let place = octets.get_mut(offset..).unwrap_or_default();
    if let Some(place) = place.first_chunk_mut() {
        *place = field;
    }
}

/// Parses a `sockaddr_in` or `sockaddr_in6`; `None` for any other family, or if it is too short.
///
/// The port becomes 0: ICMP has none, and the kernel puts an identifier or a protocol there. The flow information becomes 0,
/// so that addresses compare equal. The scope is kept.
pub(super) fn from_octets(octets: &[u8]) -> Option<SocketAddr> {
    let (family, rest) = octets.split_first_chunk::<2>()?;
    let (_port, rest) = rest.split_first_chunk::<2>()?;
    match libc::c_int::from(u16::from_ne_bytes(*family)) {
        libc::AF_INET => {
            let address: [u8; 4] = *rest.first_chunk()?;
            Some(SocketAddr::from((Ipv4Addr::from(address), 0)))
        }
        libc::AF_INET6 => {
            let (_flow, rest) = rest.split_first_chunk::<4>()?;
            let (address, rest) = rest.split_first_chunk::<16>()?;
            let scope = u32::from_ne_bytes(*rest.first_chunk()?);
            let address = Ipv6Addr::from(*address);
            Some(SocketAddrV6::new(address, 0, 0, scope).into())
        }
        _ => None,
    }
}

/// The kernel's octets of an address, for tests of this and other modules.
#[cfg(test)]
pub(super) mod octets {
    use std::net::SocketAddr;

    /// A `sockaddr_in` or `sockaddr_in6` with a port and flow information that must be dropped.
    pub(in crate::net) fn of(address: &str) -> Vec<u8> {
        let address: SocketAddr = address.parse().unwrap();
        match address {
            SocketAddr::V4(v4) => [
                &libc::sa_family_t::try_from(libc::AF_INET)
                    .unwrap()
                    .to_ne_bytes()[..],
                &v4.port().to_be_bytes(),
                &v4.ip().octets(),
                &[0; 8],
            ]
            .concat(),
            SocketAddr::V6(v6) => [
                &libc::sa_family_t::try_from(libc::AF_INET6)
                    .unwrap()
                    .to_ne_bytes()[..],
                &v6.port().to_be_bytes(),
                &[1, 2, 3, 4],
                &v6.ip().octets(),
                &v6.scope_id().to_ne_bytes(),
            ]
            .concat(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_both_families_are_parsed() {
        for (written, expected) in [
            ("192.0.2.7:58", "192.0.2.7:0"),
            ("[2001:db8::7]:58", "[2001:db8::7]:0"),
            ("[fe80::7%3]:58", "[fe80::7%3]:0"),
        ] {
            let read = from_octets(&octets::of(written));
            assert_eq!(read, Some(expected.parse().unwrap()));
        }
    }

    #[test]
    fn addresses_of_both_families_are_encoded() {
        for address in ["192.0.2.7:0", "[2001:db8::7]:0", "[fe80::7%3]:0"] {
            let mut expected = octets::of(address);
            if expected.len() == LONGEST {
                expected[4..8].copy_from_slice(&[0, 0, 0, 9]);
            }
            let flow = u32::from_ne_bytes([0, 0, 0, 9]);
            let name = Name::new(address.parse().unwrap(), flow);
            assert_eq!(name.octets(), expected);
            assert_eq!(name.is_v4(), expected.len() == SHORTEST);
        }
    }

    #[test]
    fn truncated_structure_is_rejected() {
        let (v4, v6) = (octets::of("192.0.2.7:1"), octets::of("[2001:db8::7]:1"));
        assert!((0..8).all(|length| from_octets(&v4[..length]).is_none()));
        assert!((0..28).all(|length| from_octets(&v6[..length]).is_none()));
    }

    #[test]
    fn other_family_is_rejected() {
        assert_eq!(from_octets(&[0; 28]), None);
        assert_eq!(from_octets(&[0xff; 28]), None);
    }
}
