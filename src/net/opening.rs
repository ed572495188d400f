//! What a socket is opened for, and which kind it is.

use std::os::unix::net::UnixStream;

use super::route::Route;
use crate::config::SocketOptions;

/// The two kinds of socket that speak ICMP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Hears all ICMP of this host, and is a privilege.
    Raw,
    /// Hears only replies to its own messages.
    Ping,
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
    /// Whether probes leave as fast as replies come, and time stamps of departures would slow them down.
    pub flood: bool,
    /// How many replies may wait at once.
    pub preload: u32,
    /// The length of an ICMP message, header included, in octets.
    pub message_length: usize,
    /// The identifier of a raw socket if none was given: a fresh random number.
    pub random_identifier: u16,
    /// Ends a wait when a signal makes it readable: the reading end of what `signal_hook::low_level::pipe` writes.
    pub wake: Option<UnixStream>,
}
