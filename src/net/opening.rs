//! What a socket is opened for.

use std::io::PipeReader;
use std::net::{IpAddr, SocketAddr};

use super::DepartureStamps;
use super::identity::Family;
use super::route::Route;
use crate::config::SocketOptions;

/// The receive buffer is never made smaller than this, in octets: iputils' least.
const LEAST_RECEIVE_BUFFER: usize = 65_536;

/// What one socket is prepared for: for one target, or for all of a family.
#[derive(Debug, Clone, Copy)]
pub(super) struct Purpose<'a> {
    pub(super) family: Family,
    /// Where it leads, if there is only one target.
    pub(super) route: Option<&'a Route>,
    /// What the command line asks of it, but for the source address.
    pub(super) options: &'a SocketOptions,
    /// The source address, of this family.
    pub(super) source: Option<IpAddr>,
    /// See [`Opening::ip_options`].
    pub(super) ip_options: &'a [u8],
    /// See [`Opening::node_information`].
    pub(super) node_information: bool,
    /// How many replies come at once.
    pub(super) replies: u32,
    /// See [`Opening::message_length`].
    pub(super) message_length: usize,
    /// The least size of the receive buffer in octets, however few the replies.
    pub(super) receive_buffer: usize,
    /// See [`Opening::random_identifier`].
    pub(super) random_identifier: u16,
}

impl Purpose<'_> {
    /// The only target.
    pub(super) fn target(&self) -> Option<SocketAddr> {
        self.route.map(|route| route.target)
    }
}

/// What a socket is opened for.
#[derive(Debug)]
pub struct Opening<'a> {
    /// Where it leads, from [`find_route`](super::find_route).
    pub route: &'a Route,
    /// What the command line asks of it.
    pub options: &'a SocketOptions,
    /// The octets of the options in the IPv4 header of each probe, at most 40; empty: none.
    pub ip_options: &'a [u8],
    /// Whether node information is asked for, instead of an echo.
    pub node_information: bool,
    /// Whether probes leave as fast as replies come.
    pub flood: bool,
    /// What the kernel is to tell about when each probe left.
    pub departures: DepartureStamps,
    /// How many replies may wait at once.
    pub preload: u32,
    /// The length of an ICMP message, header included, in octets.
    pub message_length: usize,
    /// The identifier of a raw socket if none was given: a fresh random number.
    pub random_identifier: u16,
    /// Ends a wait when a signal makes it readable: the reading end of what `signal_hook::low_level::pipe` writes to.
    pub wake: Option<PipeReader>,
}

impl<'a> Opening<'a> {
    pub(super) fn purpose(&self) -> Purpose<'a> {
        Purpose {
            family: Family::of(self.route.target),
            route: Some(self.route),
            options: self.options,
            source: self.options.sources.of(self.route.target.is_ipv6()),
            ip_options: self.ip_options,
            node_information: self.node_information,
            replies: self.preload,
            message_length: self.message_length,
            receive_buffer: LEAST_RECEIVE_BUFFER,
            random_identifier: self.random_identifier,
        }
    }
}
