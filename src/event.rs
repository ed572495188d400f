//! The vocabulary between the loop that measures and the reports that print: plain data, and the figures derived from it.
//!
//! Targets are identified by number; the only target of a run is number 0.

mod condition;
mod counts;
mod ending;
mod finding;
mod moment;
mod path_mtu;
mod probe;
mod progress;
mod results;
mod sweep;
mod targets;
mod timing;
mod transition;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::wire::data::Mismatch;
use crate::wire::extensions::Extensions;
use crate::wire::{icmpv4, icmpv6, node_information, timestamp};

pub use condition::{Amount, FailedCondition};
pub use counts::{Counts, Outcomes};
pub use ending::{Ended, Ending};
pub use finding::{Finding, State};
pub use moment::{LocalTime, Moment, When};
pub use path_mtu::{
    BlackHole, MtuSource, MtuVerdict, NoPathMtu, PathMtu, SizeTries, Tally, TooBig,
};
pub use probe::{Outcome, ProbeId};
pub use progress::{Progress, Stage};
pub use results::{
    Bin, Distribution, Outage, Outages, Reason, Recent, Results, RoundTrips, Row, Series, Summary,
    TargetSummary,
};
pub use sweep::{Fit, OfSize, Sweep};
pub use targets::{Directory, Lookup, LookupUpdates, Relation, Sender, TargetNumber, TargetSource};
pub use timing::{Source, Sources, Timing};
pub use transition::{Change, Changed, Down, Header, TimeDown, Transition};

/// Something that a report may print.
#[derive(Debug)]
pub enum Event<'a> {
    /// The sockets are open; probes follow.
    Started(&'a Start),
    /// Something differs from what was asked for, and the run continues: a line for standard error.
    Warning(&'a str),
    /// A probe was sent.
    Sent(ProbeId),
    /// A message that claims to answer a probe arrived.
    Answered(&'a Answer<'a>),
    /// A message with this run's identifier arrived from an address that is not a target.
    Stranger(&'a Stranger),
    /// A probe is unanswered so far, or timed out.
    NoAnswer {
        /// The target of the probe.
        target: TargetNumber,
        /// Its sequence number.
        sequence: u16,
    },
    /// An ICMP error about a probe arrived.
    Rejected(&'a Rejection<'a>),
    /// An ICMP error about a probe arrived that changes nothing: the probe was answered or rejected before.
    Repeated(&'a Rejection<'a>),
    /// An ICMP message about a probe arrived that is no error: a redirect or a source quench.
    Noticed(&'a Rejection<'a>),
    /// A probe was not sent.
    NotSent {
        /// The probe.
        probe: ProbeId,
        /// Why it was not sent.
        reason: &'a NotSent,
    },
    /// The final outcome of a probe that was sent and had no timely reply. Reported once for each such probe, before a late
    /// reply to it, and only if [the driver](crate::driver::Driver) is asked for outcomes.
    Outcome {
        /// The probe.
        probe: ProbeId,
        /// Its outcome.
        outcome: Outcome,
    },
    /// A target is down. Reported only if the engine of [the driver](crate::driver::Driver) watches for it.
    Down(&'a Down),
    /// A target that was down answered.
    Up(&'a TimeDown),
    /// Something about a target changed.
    Changed(&'a Change),
    /// A target is alive or dead, or will not be known because its lookup failed. Only an alive scan reports it, once for
    /// each target.
    Decided {
        /// The target.
        target: TargetNumber,
        /// Its measurements.
        row: &'a Row,
    },
    /// The search for the path MTU to a target has ended.
    PathMtu {
        /// The target.
        target: TargetNumber,
        /// The result.
        found: &'a PathMtu,
    },
    /// An alive scan ends before it is known whether this target is alive.
    Undecided {
        /// The target.
        target: TargetNumber,
        /// Its measurements.
        row: &'a Row,
    },
    /// How far the run has come, periodically, for a line on a terminal.
    Progress(&'a Progress),
    /// This host was suspended and has resumed.
    Suspended {
        /// How long it was suspended.
        length: Duration,
    },
    /// The status, after SIGQUIT or with `--summary-every`.
    Status(&'a Summary, &'a dyn Results),
    /// The status, for output that is rewritten each time.
    Snapshot(&'a Summary, &'a dyn Results),
    /// The run is over.
    Finished(&'a Summary, &'a dyn Results),
    /// A condition of `--fail-if` is true for a target. Reported after the end of the run.
    ConditionFailed(&'a FailedCondition<'a>),
    /// The program ends. The last event of every run.
    Ended(&'a Ended),
}

/// What is known before the first probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// One target is probed.
    One(Destination),
    /// Several targets are probed.
    Several(Several),
}

/// Several targets of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Several {
    /// How many targets there are.
    pub targets: TargetNumber,
    /// Targets that were named more than once; each is probed once.
    pub duplicates: u64,
    /// Octets of data in each probe.
    pub size: usize,
    /// What the run measures.
    pub question: Question,
}

/// The only target of a run, and its socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The host's name as resolved.
    pub host: String,
    /// Its address as printed in the first line; the socket address has the scope of a link-local one.
    pub target: SocketAddr,
    /// The source address, if `-I` or `-B` make it worth printing.
    pub source: Option<SocketAddr>,
    /// The interface, if `-I` names one.
    pub device: Option<String>,
    /// Octets of data in each probe, or in the largest.
    pub size: usize,
    /// Octets of data in the smallest probe, where they differ.
    pub smallest: Option<usize>,
    /// Octets of options in the IPv4 header: 0 or 40.
    pub ip_options: usize,
    /// The IPv6 flow label of the probes, with `-F`.
    pub flow_label: Option<u32>,
    /// The identifier of this run's probes.
    pub identifier: u16,
    /// Whether the socket is raw.
    pub raw: bool,
}

/// What a run with many targets measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Loss and round trips: each target is probed in rounds.
    Rounds {
        /// The time between two probes to the same target.
        period: Duration,
        /// How many rounds; `None`: until interrupted.
        count: Option<u64>,
    },
    /// Which targets are alive: each is probed until it answers.
    Alive,
    /// The largest packet that each path carries.
    PathMtu,
}

/// A message that answers a probe, or claims to.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer<'a> {
    /// The target whose probe it claims to answer.
    pub target: TargetNumber,
    /// The number of that probe, from 0; `None` if no probe in memory has its sequence number.
    pub number: Option<u64>,
    /// Octets of the ICMP message, its header included.
    pub length: usize,
    /// The sender's address.
    pub source: SocketAddr,
    /// Its identifier.
    pub identifier: u16,
    /// Its sequence number.
    pub sequence: u16,
    /// Time to live or hop limit on arrival, if the kernel reported it.
    pub hop_limit: Option<u8>,
    /// Type of service or traffic class on arrival, if known.
    pub traffic_class: Option<u8>,
    /// The destination address, if known.
    pub destination: Option<IpAddr>,
    /// The times in an ICMP timestamp reply.
    pub times: Option<timestamp::Times>,
    /// Its class.
    pub standing: Standing,
    /// The round trip, if the probe is known.
    pub timing: Option<Timing>,
    /// Marks that do not change the class.
    pub marks: Marks,
    /// The first octet of data that differs from what was sent.
    pub mismatch: Option<Mismatch<'a>>,
    /// The options of its IPv4 header, as octets.
    pub options: &'a [u8],
    /// The node information, if that was requested (RFC 4620).
    pub information: Option<node_information::Reply<'a>>,
}

/// A message with this run's identifier from an address that is not a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stranger {
    /// The sender's address.
    pub source: SocketAddr,
    /// Octets of the ICMP message, its header included.
    pub length: usize,
    /// Its sequence number.
    pub sequence: u16,
    /// Time to live or hop limit on arrival, if the kernel reported it.
    pub hop_limit: Option<u8>,
    /// Type of service or traffic class on arrival, if known.
    pub traffic_class: Option<u8>,
}

/// How a reply is classified. Only [`Standing::Reply`] updates the round-trip statistics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The first reply to a probe, in time.
    Reply,
    /// It arrived after the probe's timeout: counted as late, not as received.
    Late,
    /// Another reply to an answered probe.
    Duplicate,
    /// Its checksum is wrong: nothing in it is reliable.
    BadChecksum,
    /// It does not carry the probe's token: it was altered on the way, or forged.
    BadToken,
    /// It carries the token of an earlier probe with the same sequence number, one to four wraps ago.
    Stale,
    /// No probe in memory has its sequence number.
    Unexpected,
}

/// Marks on a reply that do not change its class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a separate mark on the printed line"
)]
pub struct Marks {
    /// Its probe was reported as unanswered before.
    pub overdue: bool,
    /// A probe sent later was answered earlier (RFC 4737).
    pub reordered: bool,
    /// It came from another address than the target's, although that is unicast.
    pub different_address: bool,
    /// It carries less data than the probe.
    pub truncated: bool,
    /// It carries more data than the probe.
    pub oversized: bool,
    /// The target is a broadcast or multicast address: several replies are normal.
    pub multicast: bool,
}

/// An ICMP error or notice that quotes a probe.
#[derive(Debug, Clone, PartialEq)]
pub struct Rejection<'a> {
    /// The target of the probe.
    pub target: TargetNumber,
    /// The number of the probe, from 0; `None` if it is not in memory.
    pub number: Option<u64>,
    /// The sender's address.
    pub reporter: SocketAddr,
    /// The sequence number of the quoted probe.
    pub sequence: u16,
    /// The error.
    pub problem: Problem,
    /// Whether the probe left this host.
    pub reach: Reach,
    /// The [outcome](Event::Outcome) of the probe was reported before, and does not change.
    pub is_behind_outcome: bool,
    /// The quoted datagram with its IPv4 header, in a notice.
    pub original: Option<&'a [u8]>,
    /// The quoted IP header of the probe, if a raw socket delivered the error.
    pub quoted: Option<QuotedHeader>,
    /// The extensions that the router added to the error.
    pub extensions: Extensions<'a>,
}

/// The IP header of a probe as it reached the sender of the ICMP error that quotes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotedHeader {
    /// The remaining time to live or hop limit.
    pub hop_limit: u8,
    /// Type of service or traffic class.
    pub traffic_class: Altered<u8>,
    /// The length of the IP packet in octets; `None` for a fragment.
    pub length: Option<Altered<u32>>,
}

/// A value that may be altered on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Altered<T> {
    /// As it left.
    pub sent: T,
    /// As it arrived.
    pub arrived: T,
}

impl<T: PartialEq> Altered<T> {
    /// Whether the value was altered.
    #[must_use]
    pub fn differs(&self) -> bool {
        self.sent != self.arrived
    }
}

/// Whether a probe that an ICMP message quotes left this host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// It left this host.
    Left,
    /// It was not sent: a packet filter of this host rejected it.
    NotSent,
}

/// An ICMP error of either family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// RFC 792 and its followers.
    V4(icmpv4::Problem),
    /// RFC 4443.
    V6(icmpv6::Problem),
}

impl Problem {
    /// The ICMP type and code.
    #[must_use]
    pub fn type_and_code(self) -> (u8, u8) {
        match self {
            Self::V4(problem) => problem.type_and_code(),
            Self::V6(problem) => problem.type_and_code(),
        }
    }

    /// The MTU of the link that the packet was too big for, if the router included it.
    #[must_use]
    pub fn mtu(self) -> Option<u32> {
        let mtu = match self {
            Self::V4(icmpv4::Problem::FragmentationNeeded { next_hop_mtu }) => next_hop_mtu,
            Self::V6(icmpv6::Problem::PacketTooBig { mtu, .. }) => mtu,
            _ => 0,
        };
        (mtu > 0).then_some(mtu)
    }

    /// The better first hop in a redirect. IPv6 redirects are messages of another protocol.
    #[must_use]
    pub fn gateway(self) -> Option<IpAddr> {
        match self {
            Self::V4(icmpv4::Problem::Redirect { gateway, .. }) => Some(gateway.into()),
            _ => None,
        }
    }

    /// Whether such an error may have extensions (RFC 4884, section 4).
    #[must_use]
    pub fn may_be_extended(self) -> bool {
        let (kind, _) = self.type_and_code();
        match self {
            Self::V4(_) => icmpv4::has_extensions(kind),
            Self::V6(_) => icmpv6::has_extensions(kind),
        }
    }

    /// Whether the packet's time to live expired on its way.
    #[must_use]
    pub fn is_out_of_hops(self) -> bool {
        matches!(
            self,
            Self::V4(icmpv4::Problem::TimeExceeded(
                icmpv4::TimeExceeded::InTransit
            )) | Self::V6(icmpv6::Problem::TimeExceeded(
                icmpv6::TimeExceeded::HopLimit
            ))
        )
    }

    /// Whether the packet was too big for a link on its way.
    #[must_use]
    pub fn is_too_big(self) -> bool {
        matches!(
            self,
            Self::V4(icmpv4::Problem::FragmentationNeeded { .. })
                | Self::V6(icmpv6::Problem::PacketTooBig { .. })
        )
    }
}

/// Why a probe was not sent.
#[derive(Debug)]
pub enum NotSent {
    /// The kernel refused it.
    Refused(io::Error),
    /// The kernel refused it for a permanent reason: the run ends with this error.
    Broken(io::Error),
    /// It is longer than the MTU of the path or the interface, and must not be fragmented.
    TooLong {
        /// The MTU in octets.
        mtu: u32,
        /// Whether the probe was IPv6.
        ipv6: bool,
    },
}
