//! Sockets, control messages, filters and privileges: sends ICMP messages and receives what comes back.
//!
//! The driver uses the trait [`Network`]: send a batch of messages, receive until a deadline. [`Sockets`] implements it;
//! tests simulate other networks.
//!
//! The types enforce this order, so that no datagram is read while a capability is left:
//!
//! ```text
//! Privileges::set_aside()          first step of main: nothing effective, permitted only what sockets may need
//!   find_route(&privileges)        source address and first hop; tries the next address of a name if unreachable
//!   Sockets::open(&privileges)     raises a capability for single system calls; returns an Unlocked that cannot receive
//!   Unlocked::lock_down(privileges)  consumes both; nothing can be raised again; returns an Unprivileged
//!   Unprivileged::confine()        allows only the system calls of the loop; returns the Sockets
//! ```
//!
//! With many targets `find_route` is not called.
//!
//! | file | owns |
//! |---|---|
//! | `sys` | the only `unsafe`: system calls that neither `std` nor `socket2` wraps |
//! | `address`, `control` | socket addresses and control messages, parsed from octets; pure |
//! | `filter` | packet filters for raw sockets; pure |
//! | `privilege` | capabilities and user ids |
//! | `confine` | what each thread may still do without them: seccomp filters, and Landlock |
//! | `route` | the source address, and whether the target is reachable |
//! | `identity` | family, kind and identifier of a socket |
//! | `request` | the parameters for opening sockets |
//! | `open` | opening a raw or ping socket, its identifier and filter |
//! | `options` | all other socket options of the command line |
//! | `device`, `flow` | interfaces and `-I`, flow labels and `-F` |
//! | `stamping` | requesting time stamps, and matching departure stamps to messages |
//! | `sockets` | sending and receiving on all sockets |
//! | `attached` | control messages of sent messages |
//! | `send_batch` | messages to be sent, and their outcomes |
//! | `family_socket` | one socket: its errors, and whether there may be more to read |
//! | `queue`, `reports` | parsing entries of the error queue, and the queue of parsed ones |
//! | `inbox` | buffers for what one system call receives |
//! | `lacking` | messages about missing kernel features that the run does without |
//! | `send_error`, `drops` | classes of send and receive errors; datagrams dropped by a full receive queue |
//! | `arrival`, `wake` | metadata of a datagram; waiting for datagrams, signals and keys |
//! | `machine` | what this machine allows, for `--doctor` |
//! | `open_error` | error messages of routes and sockets |
//! | `rig` | helpers of the tests with real sockets |
//! | `fuzzing` | access for fuzz targets to `control` and `queue` |

mod address;
mod arrival;
mod attached;
mod confine;
mod control;
mod device;
mod drops;
mod family_socket;
mod filter;
mod flow;
#[doc(hidden)]
pub mod fuzzing;
mod identity;
mod inbox;
mod lacking;
mod local_time;
mod machine;
mod names;
mod open;
mod open_error;
mod options;
mod privilege;
mod queue;
mod reports;
mod request;
#[cfg(test)]
mod rig;
mod route;
mod send_batch;
mod send_error;
mod sockets;
mod stamping;
mod sys;
mod wake;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

pub use confine::{Lookups, Unprivileged, Writers, confine_reader};
pub use device::{InterfaceNames, index as interface_index, names as interfaces, smallest_mtu};
pub use identity::Family;
pub use lacking::Lacking;
pub use local_time::local_time;
pub use machine::{
    Confinement, FamilyFacts, FileCapability, Hardware, InterfaceStamps, Machine, Program,
    StampFacts, look_for_route,
};
pub use names::{LookupFailure, NamedAddress, addresses_of, name_of};
pub use open::Unlocked;
pub use open_error::{Obstacle, OpenError, Remedy, RouteError, RouteStep};
pub use privilege::Privileges;
pub use request::{SocketRequest, SocketTargets};
pub use route::{Route, find_route};
pub use sockets::Sockets;
pub(crate) use sys::{
    default_when_repeated, is_ignored, stop_by, take_default_action, unblock_signals, unignore,
    was_broken_pipe_ignored,
};
pub(crate) use wake::{is_gone, poll};

/// A network, as the driver uses it.
pub trait Network {
    /// Adds an ICMP message, without an IP header, to the batch that [`flush`](Self::flush) sends. Returns false if the batch
    /// is full and has to be sent first; it holds at least 64 messages. `name` identifies the message in results. `hop_limit` is
    /// its time to live; `None`: that of the socket.
    fn queue(&mut self, name: u32, message: &[u8], to: SocketAddr, hop_limit: Option<u8>) -> bool;

    /// Sends the batch in as few system calls as possible. Passes the result of each message in the order of queueing: when
    /// the kernel accepted it, or why not. Messages without a result were not tried. A departure stamp of the kernel may follow
    /// later as [`Received::Departed`].
    fn flush(&mut self, on_result: &mut dyn FnMut(u32, Result<Departure, SendFailure>));

    /// Whether a failed send has read errors from the error queue that the next [`receive`](Self::receive) returns at once.
    fn has_errors(&self) -> bool {
        false
    }

    /// Waits until something arrives, `until` is reached, or a signal wakes the process.
    ///
    /// `None`: no limit. If `until` has passed, it only polls.
    ///
    /// # Errors
    /// Only if further receiving is pointless. ICMP errors and other events of the network are values.
    fn receive(&mut self, until: Option<Instant>, wake: Wake) -> io::Result<Received<'_>>;

    /// Whether the next [`receive`](Self::receive) returns something at once, because it has already been read.
    fn has_more(&self) -> bool {
        false
    }

    /// The number of datagrams that this host has dropped so far because the receive queue was full. The path has not lost
    /// them.
    fn dropped_here(&self) -> u64;

    /// Whether this was an address of this host when the sockets were opened.
    fn is_own(&self, address: IpAddr) -> bool {
        address.is_loopback()
    }
}

/// Which events end a wait early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wake {
    /// An arrival or a signal.
    Arrival,
    /// Only a signal. Arrivals accumulate until the deadline and are read in a batch. Reading them late does no harm, because
    /// the kernel has stamped them.
    Signal,
}

/// When the kernel accepted a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Departure {
    /// The reading of the monotonic clock before the system call that sent it. In a batch without departure stamps, an
    /// estimate: spread evenly between the readings before and after the call.
    pub at: Instant,
    /// With departure stamps, the reading after the call; otherwise the same.
    pub returned: Instant,
}

impl From<Instant> for Departure {
    /// A departure without a stamp.
    fn from(at: Instant) -> Self {
        let returned = at;
        Self { at, returned }
    }
}

/// Which departure stamps to request from the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DepartureStamps {
    /// None: each costs about as much as receiving another message.
    None,
    /// When the message enters the queue of the interface.
    Entry,
    /// Also when the driver gets the message. The difference is the time in the queue.
    EntryAndDriver,
}

/// A departure stamp: a point on the way out, and when the message passed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passage {
    /// The kernel put it into the queue of the interface: the kernel's wall clock, converted to the monotonic one.
    Queue(Instant),
    /// The driver of the interface took it from the queue: same clock.
    Driver(Instant),
    /// The interface sent it: its own clock, see [`Stamps::hardware`].
    Interface(Duration),
}

/// The arrival stamps of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stamps {
    /// The kernel's, taken between the driver and the protocols: its wall clock, converted to the monotonic one.
    pub kernel: Option<Instant>,
    /// The interface's, on its own clock: only the difference of two such stamps is meaningful.
    pub hardware: Option<Duration>,
}

/// Why a message was not sent. Such a probe is not lost.
#[derive(Debug)]
pub enum SendFailure {
    /// A buffer or queue of this host is temporarily full (`ENOBUFS`, `ENOMEM`, `EAGAIN`).
    Busy(io::Error),
    /// The message exceeds the path MTU and may not be fragmented.
    TooLong {
        /// The path MTU in octets, as known to this host.
        mtu: u32,
    },
    /// Anything else: no route, a firewall, an interface that is down, or an error of a driver or security policy.
    Refused(io::Error),
    /// The kernel lacks the system call, or a policy forbids it: no send can ever succeed.
    Broken(io::Error),
}

/// The result of a receive.
#[derive(Debug)]
pub enum Received<'a> {
    /// A datagram.
    Datagram(Datagram<'a>),
    /// An entry of the socket's error queue.
    Error(ErrorEntry),
    /// An entry of the error queue of a socket that receives ICMP errors as messages, too. The kernel queues the message
    /// first, but not every error has one.
    Copied(ErrorEntry),
    /// A departure stamp of a message that was sent before.
    Departed {
        /// The name of the message.
        name: u32,
        /// The stamp.
        passage: Passage,
    },
    /// Nothing until the deadline or a signal.
    Nothing,
}

/// A received datagram and its metadata.
#[derive(Debug)]
pub struct Datagram<'a> {
    /// The sender, with port 0 and the scope of a link-local IPv6 address.
    pub source: SocketAddr,
    /// From a raw IPv4 socket, the packet with its IPv4 header; otherwise the ICMP message.
    pub octets: &'a [u8],
    /// Whether it was longer than the buffer, and is cut.
    pub truncated: bool,
    /// The time to live or hop limit on arrival.
    pub hop_limit: Option<u8>,
    /// The type of service or traffic class on arrival: from a raw IPv4 socket, or if
    /// [requested](SocketRequest::traffic_class).
    pub traffic_class: Option<u8>,
    /// The destination address: from a raw IPv4 socket, or if
    /// [requested](crate::config::SocketOptions::receives_destination).
    pub destination: Option<IpAddr>,
    /// The options of its IPv4 header, from a ping socket; empty otherwise.
    pub options: &'a [u8],
    /// When this program had read it.
    pub read: Instant,
    /// The stamps of its arrival.
    pub stamps: Stamps,
}

impl Datagram<'_> {
    /// When it arrived, by the best available stamp on the monotonic clock.
    #[must_use]
    pub fn arrived(&self) -> Instant {
        self.stamps.kernel.unwrap_or(self.read)
    }
}

/// An entry of the socket's error queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErrorEntry {
    /// An ICMP error about a message from this host. A raw socket also gets errors about messages of other programs: the
    /// reader has to check `original`.
    Icmp {
        /// The sender of the error.
        reporter: SocketAddr,
        /// The destination of the message.
        destination: SocketAddr,
        /// The ICMP type of the error.
        kind: u8,
        /// Its code.
        code: u8,
        /// The MTU, the pointer or the gateway, as the kernel extracts it.
        info: u32,
        /// The quoted part of the ICMP message, and what follows the quote.
        original: Vec<u8>,
        /// The offset of the extensions (RFC 4884) in `original`, if the error has one.
        extensions_at: Option<u16>,
    },
    /// An ICMP error from a raw socket, about a message of this or another program: see
    /// [`SocketRequest::quoted_headers`].
    Message {
        /// The sender of the error.
        reporter: SocketAddr,
        /// The ICMP message without its IP header.
        octets: Vec<u8>,
    },
    /// An error of this host about a message that was not sent.
    Local {
        /// The error number.
        errno: i32,
        /// With `EMSGSIZE`, the MTU.
        info: u32,
    },
}
