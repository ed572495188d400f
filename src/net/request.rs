//! The parameters for opening sockets.

use std::io::PipeReader;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::OwnedFd;

use super::DepartureStamps;
use super::identity::Family;
use super::route::Route;
use crate::config::{Request, SocketOptions};

/// The minimum receive buffer for one target, in octets: iputils' minimum.
const BUFFER_OF_ONE: usize = 65_536;

/// The receive buffer for many targets in octets, shared with errors and departure stamps: five thousand replies of the
/// usual size.
const BUFFER_OF_MANY: usize = 4 << 20;

/// The parameters for opening sockets: one for each family that the targets need.
#[derive(Debug)]
pub struct SocketRequest<'a> {
    /// The targets.
    pub targets: SocketTargets<'a>,
    /// The options of the command line. With many targets, these are ignored: connecting, the flow label, options in the
    /// IPv4 header, the sticky source address.
    pub options: &'a SocketOptions,
    /// The kind of request.
    pub question: &'a Request,
    /// Which departure stamps to request.
    pub departures: DepartureStamps,
    /// Whether to request the type of service or traffic class of replies.
    pub traffic_class: bool,
    /// Whether to receive ICMP errors with the IP header that they quote. Then raw sockets receive them as messages, which take
    /// space in the receive queue. Connected sockets and ping sockets cannot.
    pub quoted_headers: bool,
    /// The length of ICMP messages with their header, in octets. Longer ones may be sent, but with many targets, and in a flood
    /// with a preload, their replies are truncated.
    pub message_length: usize,
    /// The identifier of raw sockets if none is given: a fresh random number.
    pub random_identifier: u16,
    /// Ends a wait when it becomes readable: the pipe that `signal_hook::low_level::pipe` writes to.
    pub wake: Option<PipeReader>,
    /// Ends a wait when it becomes readable: a terminal. Its keys are read before the next wait.
    pub terminal: Option<OwnedFd>,
}

/// The targets of the sockets.
#[derive(Debug, Clone, Copy)]
pub enum SocketTargets<'a> {
    /// One target.
    One {
        /// Its route, from [`find_route`](super::find_route).
        route: &'a Route,
        /// The options in the IPv4 header of each probe: at most 40 octets, or empty.
        ip_options: &'a [u8],
        /// Whether this is a flood.
        flood: bool,
        /// How many replies may arrive at once.
        preload: u32,
    },
    /// Many targets of these families. If this system supports only one of two, sends to the other fail (`EAFNOSUPPORT`).
    Many(&'a [Family]),
}

impl<'a> SocketRequest<'a> {
    /// The families that the targets need.
    pub(super) fn families(&self) -> Vec<Family> {
        match self.targets {
            SocketTargets::One { route, .. } => vec![Family::of(route.target)],
            SocketTargets::Many(families) => families.to_vec(),
        }
    }

    /// The route to the only target.
    pub(super) fn route(&self) -> Option<&'a Route> {
        match self.targets {
            SocketTargets::One { route, .. } => Some(route),
            SocketTargets::Many(_) => None,
        }
    }

    /// The only target.
    pub(super) fn target(&self) -> Option<SocketAddr> {
        self.route().map(|route| route.target)
    }

    /// The source address that the user gave for a family.
    pub(super) fn source(&self, family: Family) -> Option<IpAddr> {
        self.options.sources.of(family == Family::Ipv6)
    }

    /// The options in the IPv4 header of each probe.
    pub(super) fn ip_options(&self) -> &'a [u8] {
        match self.targets {
            SocketTargets::One { ip_options, .. } => ip_options,
            SocketTargets::Many(_) => &[],
        }
    }

    /// How many replies may arrive at once; 0 if unknown.
    pub(super) fn replies(&self) -> u32 {
        match self.targets {
            SocketTargets::One { preload, .. } => preload,
            SocketTargets::Many(_) => 0,
        }
    }

    /// The minimum size of the receive buffer in octets.
    pub(super) fn receive_buffer(&self) -> usize {
        match self.targets {
            SocketTargets::One { .. } => BUFFER_OF_ONE,
            SocketTargets::Many(_) => BUFFER_OF_MANY,
        }
    }
}
