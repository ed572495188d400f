//! The address family, kind and ICMP identifier of a socket.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use socket2::SockAddr;

use super::address::Name;
use super::arrival::Delivery;
use super::device;

/// The two kinds of ICMP socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Receives all ICMP of this host. Needs a privilege.
    Raw,
    /// Receives only replies to its own messages.
    Ping,
}

/// The address family of a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// IPv4 and ICMP.
    Ipv4,
    /// IPv6 and ICMPv6.
    Ipv6,
}

impl Family {
    /// The family of an address.
    #[must_use]
    pub fn of(address: SocketAddr) -> Self {
        match address {
            SocketAddr::V4(_) => Self::Ipv4,
            SocketAddr::V6(_) => Self::Ipv6,
        }
    }

    /// What it is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ipv4 => "IPv4",
            Self::Ipv6 => "IPv6",
        }
    }

    /// The unspecified address.
    pub(super) fn unspecified(self) -> SocketAddr {
        match self {
            Self::Ipv4 => (Ipv4Addr::UNSPECIFIED, 0).into(),
            Self::Ipv6 => (Ipv6Addr::UNSPECIFIED, 0).into(),
        }
    }
}

/// What identifies the messages of a socket.
#[derive(Debug, Clone, Copy)]
pub(super) struct Identity {
    pub(super) kind: Kind,
    pub(super) family: Family,
    pub(super) identifier: u16,
    /// The IPv6 flow label, in network order.
    pub(super) flow: u32,
    /// The interface for link-local addresses.
    pub(super) device: Option<u32>,
    /// Whether ICMP errors arrive as messages.
    pub(super) receives_errors: bool,
}

impl Identity {
    /// The form in which the socket delivers datagrams.
    pub(super) fn delivery(&self) -> Delivery {
        match (self.kind, self.family) {
            (Kind::Raw, Family::Ipv4) => Delivery::Packets,
            _ => Delivery::Messages,
        }
    }

    /// A destination for the kernel, with scope and flow label.
    pub(super) fn name(&self, to: SocketAddr) -> Name {
        Name::new(device::with_scope(to, self.device), self.flow)
    }

    /// The same for `socket2`.
    pub(super) fn address(&self, to: SocketAddr) -> SockAddr {
        let mut to = device::with_scope(to, self.device);
        if let SocketAddr::V6(v6) = &mut to {
            v6.set_flowinfo(self.flow);
        }
        to.into()
    }
}
