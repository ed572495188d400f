//! Interface information (RFC 5837).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Bits of the subtype: which parts follow, in this order.
const HAS_INDEX: u8 = 0b1000;
const HAS_ADDRESS: u8 = 0b0100;
const HAS_NAME: u8 = 0b0010;
const HAS_MTU: u8 = 0b0001;

/// Address families (RFC 5837, section 4.2).
const IPV4: u16 = 1;
const IPV6: u16 = 2;

/// Maximum length of the name in octets, with its length octet (section 4.3).
const LONGEST_NAME: usize = 64;

/// An interface of a router, with the parts that the router reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interface<'a> {
    /// How the datagram used the interface.
    pub role: Role,
    /// Its index (`ifIndex`).
    pub index: Option<u32>,
    /// Its address.
    pub address: Option<IpAddr>,
    /// Its name, UTF-8 if the router follows the RFC.
    pub name: Option<&'a [u8]>,
    /// Its MTU in octets.
    pub mtu: Option<u32>,
}

/// How the datagram used an interface (section 4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It received the datagram.
    Incoming,
    /// A part of the interface that received the datagram.
    IncomingPart,
    /// It would have sent the datagram.
    Outgoing,
    /// It belongs to the next hop.
    NextHop,
}

impl<'a> Interface<'a> {
    /// Returns `None` if the parts do not match the subtype.
    pub(super) fn parse(subtype: u8, data: &'a [u8]) -> Option<Self> {
        let mut rest = data;
        let tells = |bit| subtype & bit != 0;
        let interface = Self {
            role: Role::of(subtype),
            index: if tells(HAS_INDEX) {
                Some(take_number(&mut rest)?)
            } else {
                None
            },
            address: if tells(HAS_ADDRESS) {
                Some(take_address(&mut rest)?)
            } else {
                None
            },
            name: if tells(HAS_NAME) {
                Some(take_name(&mut rest)?)
            } else {
                None
            },
            mtu: if tells(HAS_MTU) {
                Some(take_number(&mut rest)?)
            } else {
                None
            },
        };
        rest.is_empty().then_some(interface)
    }
}

fn take<'a, const LENGTH: usize>(rest: &mut &'a [u8]) -> Option<&'a [u8; LENGTH]> {
    let (taken, left) = rest.split_first_chunk()?;
    *rest = left;
    Some(taken)
}

fn take_number(rest: &mut &[u8]) -> Option<u32> {
    take(rest).map(|octets| u32::from_be_bytes(*octets))
}

/// The address, after its family and two reserved octets.
fn take_address(rest: &mut &[u8]) -> Option<IpAddr> {
    let [f0, f1, _, _] = *take(rest)?;
    match u16::from_be_bytes([f0, f1]) {
        IPV4 => take::<4>(rest).map(|octets| Ipv4Addr::from(*octets).into()),
        IPV6 => take::<16>(rest).map(|octets| Ipv6Addr::from(*octets).into()),
        _ => None,
    }
}

/// The name, after its length octet. The length includes that octet and the padding.
fn take_name<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::from(*rest.first()?);
    let (field, left) = rest.split_at_checked(length)?;
    let (_, name) = field.split_first()?;
    if length > LONGEST_NAME {
        return None;
    }
    *rest = left;
    let end = name.iter().rposition(|octet| *octet != 0);
    name.get(..end.map_or(0, |last| last + 1))
}

impl Role {
    fn of(subtype: u8) -> Self {
        match subtype >> 6 {
            0 => Self::Incoming,
            1 => Self::IncomingPart,
            2 => Self::Outgoing,
            _ => Self::NextHop,
        }
    }
}
