//! Sockets, control messages, filters and privileges: how a message leaves and what comes back.
//!
//! The driver needs only a [`Network`]: send a batch of messages, receive until a moment. The real one is [`Sockets`]; tests
//! simulate others.
//!
//! The order in which things happen is fixed by the types, so that no datagram is read while a capability is left:
//!
//! ```text
//! Privileges::set_aside()          first thing in main: nothing in force, only what a socket may need permitted
//!   find_route(&privileges)        which source address, which first hop; the next address of a name if unreachable
//!   Sockets::open(&privileges)     raises what one system call needs, gives an Unlocked that cannot receive
//!   Unlocked::lock_down(privileges)  consumes both; nothing can be raised again; gives an Unprivileged
//!   Unprivileged::confine()        only what the loop needs can be called; gives the Sockets
//! ```
//!
//! With many targets no route is looked up beforehand.
//!
//! | file | owns |
//! |---|---|
//! | `sys` | the only `unsafe`: system calls that neither `std` nor `socket2` wraps |
//! | `address`, `control` | octets of control messages to values; pure |
//! | `filter` | which packets the kernel lets through to a raw socket; pure |
//! | `privilege` | capabilities and user ids |
//! | `confine` | what each thread may still do without them: a filter of system calls, and Landlock |
//! | `route` | the source address, and whether the target can be reached at all |
//! | `identity` | family and kind of a socket, its identifier |
//! | `request` | what sockets are opened for |
//! | `open` | raw or ping socket, its identifier, its filter |
//! | `options` | everything else that the command line asks of the socket |
//! | `device`, `flow` | the interface of `-I`, which others there are, the label of `-F` |
//! | `stamping` | how the kernel is asked for time stamps, and which message one is about |
//! | `sockets` | sending and receiving, put together |
//! | `attached` | the control messages that go with a message |
//! | `send_batch` | the messages that wait to be sent, and what became of them |
//! | `family_socket` | one socket: what a failed call means, and what there may be to read |
//! | `queue`, `reports` | what an entry of the error queue says; those that are still to be told |
//! | `inbox` | room for what one system call receives |
//! | `lacking` | what the kernel lacks that the run does without, in lines for the user |
//! | `failure`, `drops` | why a send or a receive failed; what there was no room for |
//! | `arrival`, `wake` | what comes with a datagram; the wait for one, and what ends it besides |
//! | `error` | what is said when one of these fails |
//! | `rig` | what tests with real sockets have in common |
//! | `fuzzing` | a door for fuzz targets to `control` and `queue` |

mod address;
mod arrival;
mod attached;
mod confine;
mod control;
mod device;
mod drops;
mod error;
mod failure;
mod family_socket;
mod filter;
mod flow;
#[doc(hidden)]
pub mod fuzzing;
mod identity;
mod inbox;
mod lacking;
mod local_time;
mod names;
mod open;
mod options;
mod privilege;
mod queue;
mod reports;
mod request;
#[cfg(test)]
mod rig;
mod route;
mod send_batch;
mod sockets;
mod stamping;
mod sys;
mod wake;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

pub use confine::{Lookups, Unprivileged, Writers};
pub use device::{InterfaceNames, index as interface_index, names as interfaces, smallest_mtu};
pub use error::{OpenError, Remedy, RouteError, RouteStep};
pub use identity::Family;
pub use lacking::Lacking;
pub use local_time::local_time;
pub use names::{LookupFailure, NamedAddress, addresses_of, name_of};
pub use open::Unlocked;
pub use privilege::Privileges;
pub use request::{SocketRequest, SocketTargets};
pub use route::{Route, find_route};
pub use sockets::Sockets;
pub(crate) use sys::{
    default_when_repeated, is_ignored, stop_by, take_default_action, unblock_signals, unignore,
    was_broken_pipe_ignored,
};
pub(crate) use wake::poll;

/// What the driver needs of a network.
pub trait Network {
    /// Puts an ICMP message, without an IP header, into the batch that [`flush`](Self::flush) sends. Says whether there was
    /// room for it; if not, the batch has to be sent first. There is room for 64 messages or more. `hop_limit`: the time to
    /// live of this one; none: that of all.
    fn queue(&mut self, name: u32, message: &[u8], to: SocketAddr, hop_limit: Option<u8>) -> bool;

    /// Sends the batch in as few system calls as there can be, and tells of the messages in the order in which they
    /// were queued, by their names, when each was handed over or what kept it here. The kernel's word on when one left may
    /// come later, as [`Received::Departed`] under its name. Those that are not told were not tried.
    fn flush(&mut self, on_result: &mut dyn FnMut(u32, Result<Departure, SendFailure>));

    /// Whether a failed send found something in the error queue that was not told: then the next
    /// [`receive`](Self::receive) has it at hand.
    fn has_errors(&self) -> bool {
        false
    }

    /// Waits until something arrives, the moment comes, or a signal wakes the process.
    ///
    /// Without a moment it waits for ever; with one that has passed it only looks.
    ///
    /// # Errors
    /// Only what makes further receiving pointless. What the network does is never an error here.
    fn receive(&mut self, until: Option<Instant>, wake: Wake) -> io::Result<Received<'_>>;

    /// Whether more has been received than was told: then the next [`receive`](Self::receive) has it at hand.
    fn has_more(&self) -> bool {
        false
    }

    /// How many datagrams this host has thrown away so far because there was no room for them in the receive queue.
    /// They were not lost on the way.
    fn dropped_here(&self) -> u64;

    /// Whether this is an address of this host, as far as that was known when the sockets were opened.
    fn is_own(&self, address: IpAddr) -> bool {
        address.is_loopback()
    }
}

/// What ends a wait early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wake {
    /// An arrival or a signal.
    Arrival,
    /// Only a signal: what arrives is left to gather until the moment, and then read in one go. That it is read late
    /// does no harm, because the kernel has put its time on it.
    Signal,
}

/// That a message was handed over to the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Departure {
    /// Read from the monotonic clock just before the system call that sent it. In a batch whose departures nobody stamps:
    /// spread evenly between the readings before and after the call that sent several, so that it may have left a little
    /// earlier or later.
    pub at: Instant,
    /// When that call had returned, where departures are stamped; otherwise the same.
    pub returned: Instant,
}

impl From<Instant> for Departure {
    /// Nobody will say more about it.
    fn from(at: Instant) -> Self {
        let returned = at;
        Self { at, returned }
    }
}

/// Which stamps of departures the kernel is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DepartureStamps {
    /// None: each costs about as much as to receive another message.
    None,
    /// Of the entry into the queue of the interface.
    Entry,
    /// And of the moment at which its driver got the message, which tells how long it was in that queue.
    EntryAndDriver,
}

/// That a message passed a point on its way out, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passage {
    /// The kernel put it into the queue of the interface: its wall clock, placed on the monotonic one.
    Queue(Instant),
    /// The driver of the interface got it from there: by the same clock.
    Driver(Instant),
    /// The interface sent it, on a clock of its own: see [`Stamps::hardware`].
    Interface(Duration),
}

/// Who else than this program says when a message arrived, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stamps {
    /// The kernel, between its protocols and the driver of the interface: its wall clock, placed on the monotonic one.
    pub kernel: Option<Instant>,
    /// The interface itself, on a clock of its own: only the distance of two such stamps means something.
    pub hardware: Option<Duration>,
}

/// Why a message did not leave. A local matter: nothing was sent, and so nothing was lost.
#[derive(Debug)]
pub enum SendFailure {
    /// A buffer or queue of this host is full, for now (`ENOBUFS`, `ENOMEM`, `EAGAIN`).
    Busy(io::Error),
    /// The message does not fit the path and may not be fragmented.
    TooLong {
        /// The largest IP packet that fits, in octets, as far as this host knows.
        mtu: u32,
    },
    /// Anything else: no route, a firewall, an interface that is down, whatever a driver or a policy returns.
    Refused(io::Error),
    /// This kernel has no call to send with, or a policy forbids it: no message to any target will ever leave.
    Broken(io::Error),
}

/// What a wait ended with.
#[derive(Debug)]
pub enum Received<'a> {
    /// A datagram.
    Datagram(Datagram<'a>),
    /// An entry of the socket's error queue.
    Error(ErrorEntry),
    /// The kernel's word on a message that was sent before.
    Departed {
        /// The name under which it was sent.
        name: u32,
        /// Where it was, and when.
        passage: Passage,
    },
    /// The moment came, or a signal.
    Nothing,
}

/// What arrived, and what the kernel says about it.
#[derive(Debug)]
pub struct Datagram<'a> {
    /// Who sent it. The port is 0; the scope of a link-local IPv6 address is kept.
    pub source: SocketAddr,
    /// From a raw IPv4 socket the IPv4 packet with its header, otherwise the ICMP message.
    pub octets: &'a [u8],
    /// It was longer than the buffer, and the rest is gone.
    pub truncated: bool,
    /// Time to live or hop limit with which it arrived.
    pub hop_limit: Option<u8>,
    /// Type of service or traffic class with which it arrived: from a raw IPv4 socket, or where the sockets were
    /// [asked for it](SocketRequest::traffic_class).
    pub traffic_class: Option<u8>,
    /// The address that it was sent to: from a raw IPv4 socket, or where the sockets were
    /// [asked for it](crate::config::SocketOptions::receives_destination).
    pub destination: Option<IpAddr>,
    /// The options of its IPv4 header, from a ping socket; empty otherwise.
    pub options: &'a [u8],
    /// When this program had read it.
    pub read: Instant,
    /// When it arrived.
    pub stamps: Stamps,
}

impl Datagram<'_> {
    /// When it arrived, as well as that is known on the monotonic clock.
    #[must_use]
    pub fn arrived(&self) -> Instant {
        self.stamps.kernel.unwrap_or(self.read)
    }
}

/// An entry of the socket's error queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErrorEntry {
    /// An ICMP error about a message from this host. A raw socket hears of messages of other programs too: whether
    /// it is one of ours is for the reader of `original` to find out.
    Icmp {
        /// Who complained.
        reporter: SocketAddr,
        /// Where the message was going.
        destination: SocketAddr,
        /// The ICMP type of the error.
        kind: u8,
        /// Its code.
        code: u8,
        /// What the kernel makes of the rest: the MTU, the pointer or the gateway.
        info: u32,
        /// The ICMP message that it is about, as far as the error quotes it, and what follows the quote.
        original: Vec<u8>,
        /// Where in that the extensions of RFC 4884 begin, if the error tells.
        extensions_at: Option<u16>,
    },
    /// An ICMP error, about a message of this or another program, as a raw socket delivered it: see
    /// [`SocketRequest::quoted_headers`].
    Message {
        /// Who complained.
        reporter: SocketAddr,
        /// The message without an IP header in front.
        octets: Vec<u8>,
    },
    /// An error of this host about a message that did not leave.
    Local {
        /// The number of the error.
        errno: i32,
        /// With `EMSGSIZE` the MTU.
        info: u32,
    },
}
