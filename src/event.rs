//! The vocabulary between the loop that measures and the reports that print: plain data, and the figures derived from it.
//!
//! Targets go by their number: the only target of a run is number 0.

mod condition;
mod counts;
mod ending;
mod moment;
mod path_mtu;
mod probe;
mod progress;
mod results;
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
pub use targets::{Directory, Lookup, News, Relation, Sender, TargetNumber, TargetSource};
pub use timing::{Source, Sources, Timing};
pub use transition::{Change, Changed, Down, Header, TimeDown, Transition};

/// Something that a reader of the output may want to know.
#[derive(Debug)]
pub enum Event<'a> {
    /// The sockets are open; probes follow.
    Started(&'a Start),
    /// Something is not as asked, and the run goes on: a line for standard error.
    Warning(&'a str),
    /// A probe left.
    Sent(ProbeId),
    /// A message that claims to answer a probe arrived.
    Answered(&'a Answer<'a>),
    /// A message that claims to answer a probe of this run arrived from an address that is not probed.
    Stranger(&'a Stranger),
    /// A probe has had no answer so far, or timed out.
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
    /// An ICMP message about a probe arrived that rejects nothing: a redirect, a source quench.
    Noticed(&'a Rejection<'a>),
    /// A probe did not leave this host.
    NotSent {
        /// The probe.
        probe: ProbeId,
        /// Why it did not leave.
        reason: &'a NotSent,
    },
    /// It is known for good what became of a probe that left and was not answered in time. Told once for each such probe,
    /// where [the driver](crate::driver::Driver) is asked for it, and before a late answer to it.
    Outcome {
        /// The probe.
        probe: ProbeId,
        /// What became of it.
        outcome: Outcome,
    },
    /// A target is down. Told where [the driver](crate::driver::Driver) has an engine that watches for it.
    Down(&'a Down),
    /// A target that was down answered.
    Up(&'a TimeDown),
    /// Something about a target is not as it was.
    Changed(&'a Change),
    /// It is known whether a target is alive, or that it will not be known because its lookup failed. Only a run that asks
    /// who is alive reports it, once for each target.
    Decided {
        /// The target.
        target: TargetNumber,
        /// What was measured of it.
        row: &'a Row,
    },
    /// All is known of the path MTU to a target that the run could find out.
    PathMtu {
        /// The target.
        target: TargetNumber,
        /// What was found out.
        found: &'a PathMtu,
    },
    /// A run that asks who is alive ends before it is known whether this target is alive.
    Undecided {
        /// The target.
        target: TargetNumber,
        /// What was measured of it.
        row: &'a Row,
    },
    /// How far the run is: some times a second, for a line on a terminal.
    Progress(&'a Progress),
    /// This host was suspended and goes on.
    Suspended {
        /// How long it was suspended.
        length: Duration,
    },
    /// The state so far, which SIGQUIT or `--summary-every` asked for.
    Status(&'a Summary, &'a dyn Results),
    /// The state so far, for what is written anew again and again.
    Snapshot(&'a Summary, &'a dyn Results),
    /// The run is over.
    Finished(&'a Summary, &'a dyn Results),
    /// A condition of `--fail-if` is true of a target: told after the end of the run.
    ConditionFailed(&'a FailedCondition<'a>),
    /// The program ends: the last event, however the run ended.
    Ended(&'a Ended),
}

/// What is known before the first probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// One target is probed.
    One(Destination),
    /// Several targets are.
    Several(Several),
}

/// Several targets of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Several {
    /// How many targets there are.
    pub targets: TargetNumber,
    /// How many were named more than once, and are probed once.
    pub duplicates: u64,
    /// Octets of data in each probe.
    pub size: usize,
    /// What is asked.
    pub question: Question,
}

/// The only target of a run, and the socket that leads to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The host, as the resolver calls it.
    pub host: String,
    /// Its address as the first line has it; the scope of a link-local one is in the socket address.
    pub target: SocketAddr,
    /// The source address, where `-I` or `-B` make it worth telling.
    pub source: Option<SocketAddr>,
    /// The interface, where `-I` names one.
    pub device: Option<String>,
    /// Octets of data in each probe.
    pub size: usize,
    /// Octets of options in the IPv4 header: 0 or 40.
    pub ip_options: usize,
    /// The IPv6 flow label that the probes carry, where `-F` asks for one.
    pub flow_label: Option<u32>,
    /// The identifier of this run's probes.
    pub identifier: u16,
    /// Whether the socket is raw.
    pub raw: bool,
}

/// What a run of many targets asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// How they are: each is probed in rounds.
    Rounds {
        /// From one probe to the next of the same target.
        period: Duration,
        /// How many rounds; none: until interrupted.
        count: Option<u64>,
    },
    /// Who is alive: each is probed until it answers.
    Alive,
    /// The largest packet that the path to each carries.
    PathMtu,
}

/// A message that answers a probe, or claims to.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer<'a> {
    /// The target whose probe it claims to answer.
    pub target: TargetNumber,
    /// The number of that probe, from 0; none if no probe in memory has its sequence number.
    pub number: Option<u64>,
    /// Octets of the ICMP message, its header included.
    pub length: usize,
    /// Who sent it.
    pub source: SocketAddr,
    /// The identifier in it.
    pub identifier: u16,
    /// The sequence number in it.
    pub sequence: u16,
    /// Time to live or hop limit on arrival, where the kernel told it.
    pub hop_limit: Option<u8>,
    /// Type of service or traffic class on arrival, where it is known.
    pub traffic_class: Option<u8>,
    /// The address that it came to, where it is known.
    pub destination: Option<IpAddr>,
    /// The times in it, if an ICMP timestamp was asked for.
    pub times: Option<timestamp::Times>,
    /// How it is classified.
    pub standing: Standing,
    /// How long the round trip took, where the probe is known.
    pub timing: Option<Timing>,
    /// Marks that do not change what it is worth.
    pub marks: Marks,
    /// The first octet of data that is not what was sent.
    pub mismatch: Option<Mismatch<'a>>,
    /// Options of the IPv4 header it came in, as octets.
    pub options: &'a [u8],
    /// Node information, if that was asked (RFC 4620).
    pub information: Option<node_information::Reply<'a>>,
}

/// A message with the identifier of this run from an address that is not probed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stranger {
    /// Who sent it.
    pub source: SocketAddr,
    /// Octets of the ICMP message, its header included.
    pub length: usize,
    /// The sequence number in it.
    pub sequence: u16,
    /// Time to live or hop limit on arrival, where the kernel told it.
    pub hop_limit: Option<u8>,
    /// Type of service or traffic class on arrival, where it is known.
    pub traffic_class: Option<u8>,
}

/// What an answer is worth. Only [`Standing::Reply`] enters the statistics of round trips.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The answer to a probe in flight.
    Reply,
    /// It came after the time that the user gave each probe: counted as late, not as received.
    Late,
    /// Another answer to a probe that already has one.
    Duplicate,
    /// Its checksum is wrong: nothing in it can be relied on.
    BadChecksum,
    /// Its data does not carry the probe's token: altered on the way, or made by somebody else.
    BadToken,
    /// It carries the token of an earlier probe with the same sequence number: 65,536, and up to four times as many, ago.
    Stale,
    /// No probe in memory has its sequence number.
    Unexpected,
}

/// Marks on an answer that do not change what it is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a separate mark on the printed line"
)]
pub struct Marks {
    /// Its probe had been reported as unanswered before.
    pub overdue: bool,
    /// A probe sent later was answered earlier (RFC 4737).
    pub reordered: bool,
    /// It came from another address than the target's, which is unicast.
    pub different_address: bool,
    /// It carries less data than the probe.
    pub truncated: bool,
    /// It carries more data than the probe.
    pub oversized: bool,
    /// The target is a broadcast or multicast address, so that several answers are normal.
    pub multicast: bool,
}

/// An ICMP error, or a notice, that quotes one of our probes.
#[derive(Debug, Clone, PartialEq)]
pub struct Rejection<'a> {
    /// The target of the probe.
    pub target: TargetNumber,
    /// The number of the probe, from 0; none if it is not in memory.
    pub number: Option<u64>,
    /// Who sent it.
    pub reporter: SocketAddr,
    /// The sequence number of the probe that it quotes.
    pub sequence: u16,
    /// What it says.
    pub problem: Problem,
    /// How far the probe came.
    pub reach: Reach,
    /// It was told before [what became of the probe](Event::Outcome), and that stays so.
    pub is_behind_outcome: bool,
    /// The quoted datagram from its IPv4 header on, where a notice quotes it.
    pub original: Option<&'a [u8]>,
    /// What an error says of the probe on its way, where a raw socket delivered it with the header that it quotes.
    pub quoted: Option<QuotedHeader>,
    /// What the router adds to an error.
    pub extensions: Extensions<'a>,
}

/// The header of a probe as an ICMP error quotes it: as it was when it came to who sent the error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotedHeader {
    /// The time to live or hop limit that was left.
    pub hop_limit: u8,
    /// Type of service or traffic class.
    pub traffic_class: Altered<u8>,
    /// Octets of the IP packet; none of a fragment.
    pub length: Option<Altered<u32>>,
}

/// What may have been altered on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Altered<T> {
    /// As it left.
    pub sent: T,
    /// As it arrived.
    pub arrived: T,
}

impl<T: PartialEq> Altered<T> {
    /// Whether it is not as it was.
    #[must_use]
    pub fn differs(&self) -> bool {
        self.sent != self.arrived
    }
}

/// How far a probe came that an ICMP message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// It left this host.
    Left,
    /// It did not leave: a packet filter of this host rejected it.
    NotSent,
}

/// What an ICMP error says, in either family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// RFC 792 and its followers.
    V4(icmpv4::Problem),
    /// RFC 4443.
    V6(icmpv6::Problem),
}

impl Problem {
    /// The type and code of the message that says so.
    #[must_use]
    pub fn type_and_code(self) -> (u8, u8) {
        match self {
            Self::V4(problem) => problem.type_and_code(),
            Self::V6(problem) => problem.type_and_code(),
        }
    }

    /// The MTU of the link that the packet was too big for, where the router told it.
    #[must_use]
    pub fn mtu(self) -> Option<u32> {
        let mtu = match self {
            Self::V4(icmpv4::Problem::FragmentationNeeded { next_hop_mtu }) => next_hop_mtu,
            Self::V6(icmpv6::Problem::PacketTooBig { mtu, .. }) => mtu,
            _ => 0,
        };
        (mtu > 0).then_some(mtu)
    }

    /// The better first hop that a redirect names. Those of IPv6 come as another protocol's messages.
    #[must_use]
    pub fn gateway(self) -> Option<IpAddr> {
        match self {
            Self::V4(icmpv4::Problem::Redirect { gateway, .. }) => Some(gateway.into()),
            _ => None,
        }
    }

    /// Whether an error that says so may have extensions (RFC 4884, section 4).
    #[must_use]
    pub fn may_be_extended(self) -> bool {
        let (kind, _) = self.type_and_code();
        match self {
            Self::V4(_) => icmpv4::has_extensions(kind),
            Self::V6(_) => icmpv6::has_extensions(kind),
        }
    }

    /// Whether the time to live of the packet ran out on its way.
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

/// Why a probe did not leave.
#[derive(Debug)]
pub enum NotSent {
    /// The kernel refused it.
    Refused(io::Error),
    /// The kernel refused it for a reason that will not pass: the run ends with this error.
    Broken(io::Error),
    /// It is longer than the path's or the interface's MTU, and must not be fragmented.
    TooLong {
        /// The MTU in octets.
        mtu: u32,
        /// Whether the probe was IPv6.
        ipv6: bool,
    },
}
