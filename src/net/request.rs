//! What sockets are opened for.

use std::io::PipeReader;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::OwnedFd;

use super::DepartureStamps;
use super::identity::Family;
use super::route::Route;
use crate::config::{Request, SocketOptions};

/// The smallest receive buffer for one target, in octets: iputils' least.
const BUFFER_OF_ONE: usize = 65_536;

/// The receive buffer for many targets, which errors and departures share, in octets: five thousand replies of the usual
/// size.
const BUFFER_OF_MANY: usize = 4 << 20;

/// What sockets are opened for: one of each family that the targets need.
#[derive(Debug)]
pub struct SocketRequest<'a> {
    /// Who is reached through them.
    pub targets: SocketTargets<'a>,
    /// What the command line asks of them. For many targets, what makes sense for one only is ignored: the connection, the
    /// flow label, options in the IPv4 header, the sticky source address.
    pub options: &'a SocketOptions,
    /// What is asked of the targets.
    pub question: &'a Request,
    /// What the kernel is to tell about when each message left.
    pub departures: DepartureStamps,
    /// Whether the kernel is to tell the type of service or traffic class of replies.
    pub traffic_class: bool,
    /// Whether ICMP errors are to come with the IP header that they quote. Raw sockets then hear them as messages, each of
    /// which takes room in the receive queue; connected ones and ping sockets cannot.
    pub quoted_headers: bool,
    /// The length of every ICMP message, header included, in octets. Longer ones may be sent; with many targets and in a
    /// flood with a preload they are not received whole.
    pub message_length: usize,
    /// The identifier of raw sockets if none was given: a fresh random number.
    pub random_identifier: u16,
    /// Ends a wait when a signal makes it readable: the reading end of what `signal_hook::low_level::pipe` writes to.
    pub wake: Option<PipeReader>,
    /// Ends a wait when it becomes readable: a terminal whose keys are read before the next wait.
    pub terminal: Option<OwnedFd>,
}

/// Who is reached through the sockets.
#[derive(Debug, Clone, Copy)]
pub enum SocketTargets<'a> {
    /// One target.
    One {
        /// The way to it, from [`find_route`](super::find_route).
        route: &'a Route,
        /// The octets of the options in the IPv4 header of each probe, at most 40; empty: none.
        ip_options: &'a [u8],
        /// Whether probes leave as fast as replies come.
        flood: bool,
        /// How many replies may wait at once.
        preload: u32,
    },
    /// Many targets of these families. If this system has only one of two, messages of the other are refused when they are
    /// sent (`EAFNOSUPPORT`).
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

    /// The way to the only target.
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

    /// How many replies come at once; 0 where nobody knows.
    pub(super) fn replies(&self) -> u32 {
        match self.targets {
            SocketTargets::One { preload, .. } => preload,
            SocketTargets::Many(_) => 0,
        }
    }

    /// The smallest size of the receive buffer in octets, however few the replies.
    pub(super) fn receive_buffer(&self) -> usize {
        match self.targets {
            SocketTargets::One { .. } => BUFFER_OF_ONE,
            SocketTargets::Many(_) => BUFFER_OF_MANY,
        }
    }
}
