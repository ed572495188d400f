//! The plain vocabulary between the loop that measures and the report that prints: facts, no behaviour.

pub mod many;

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use crate::wire::data::Mismatch;
use crate::wire::{icmpv4, icmpv6, node_information};

/// Something that a reader of the output may want to know.
#[derive(Debug)]
pub enum Event<'a> {
    /// The socket is open; probes follow.
    Started(&'a Start),
    /// Something is not as asked, and the run goes on.
    Warning(&'a str),
    /// A probe left.
    Sent,
    /// An answer to one of our probes arrived.
    Answered(&'a Answer<'a>),
    /// A probe has had no answer so far.
    NoAnswer {
        /// Its sequence number.
        sequence: u16,
    },
    /// An ICMP error about one of our probes arrived.
    Rejected(&'a Rejection<'a>),
    /// An ICMP message about one of our probes that tells something, but rejects nothing: a redirect,
    /// a source quench.
    Noticed(&'a Rejection<'a>),
    /// A probe did not leave this host.
    NotSent(&'a NotSent),
    /// This host was suspended and goes on.
    Suspended {
        /// For how long.
        length: Duration,
    },
    /// The state so far, asked for by SIGQUIT.
    Status(&'a Summary),
    /// The run is over.
    Finished(&'a Summary),
}

/// What is known before the first probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
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

/// A message that answers a probe, or claims to.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer<'a> {
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
    /// What the answer is worth.
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

/// How long a round trip took, and how that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    /// From the departure of the probe to the arrival of its answer.
    pub round_trip: Duration,
    /// Who took the time at both ends.
    pub source: Source,
    /// From the call that sent the probe to the moment at which the kernel took it: this host's own part.
    pub sending: Option<Duration>,
    /// From there to the driver's stamp: the wait in this host's queue, or for a neighbour. A part of the round trip,
    /// unless it [begins at the wire](Source::begins_at_wire).
    pub queued: Option<Duration>,
    /// From the arrival of the answer by the kernel's stamp to the return of the call that read it.
    pub reading: Option<Duration>,
}

impl Timing {
    /// From the moment at which the kernel took the probe to the arrival of its answer: so long it is waited for, wherever
    /// the round trip begins.
    #[must_use]
    pub fn under_way(&self) -> Duration {
        let before = self.queued.filter(|_| self.source.begins_at_wire());
        self.round_trip.saturating_add(before.unwrap_or_default())
    }
}

/// Who took the time at the ends of a round trip. The further down, the more of it is this host's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The interface, at both ends.
    Hardware,
    /// The kernel, at both ends: from the moment at which the driver of the interface got the probe.
    Wire,
    /// The kernel, at both ends: from the moment at which it took the probe.
    Kernel,
    /// The kernel when the answer came in, this program when it sent the probe.
    Receipt,
    /// This program: when it sent the probe, and when it got round to reading the answer.
    User,
}

impl Source {
    /// Whether the wait in this host's queue is no part of the round trip.
    #[must_use]
    pub fn begins_at_wire(self) -> bool {
        matches!(self, Self::Hardware | Self::Wire)
    }
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
    /// It carries the token of a probe 65,536 or more sequence numbers ago.
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
    /// Who sent it.
    pub reporter: SocketAddr,
    /// The sequence number of the probe that it quotes.
    pub sequence: u16,
    /// What it says.
    pub problem: Problem,
    /// How far the probe came.
    pub reach: Reach,
    /// The quoted datagram from its IPv4 header on, where a raw socket delivered it.
    pub original: Option<&'a [u8]>,
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
    /// It is longer than the path's or the interface's MTU, and must not be fragmented.
    TooLong {
        /// The MTU in octets.
        mtu: u32,
        /// Whether the probe was IPv6.
        ipv6: bool,
    },
}

/// A moment for people: the time of day at which an event is reported.
pub type WallTime = SystemTime;

/// Asks for the moment at which an event is reported.
pub type When<'a> = &'a dyn Fn() -> WallTime;

/// All that a run measured.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Summary {
    /// What was counted.
    pub counts: Counts,
    /// From the first to the last probe that left or was tried.
    pub elapsed: Duration,
    /// Round trips, where there were any.
    pub round_trips: Option<RoundTrips>,
    /// How many of them were timed by whom.
    pub sources: Sources,
    /// How long half of these probes, or fewer, waited in this host's queue at the most; none where that is not known, or
    /// a millisecond or less.
    pub queue_wait: Option<Duration>,
    /// The largest number of probes that were under way at once when an answer came.
    pub pipe: u32,
    /// The longest time in which all probes were lost, if any was.
    pub longest_outage: Option<Outage>,
    /// How the round trips are distributed, from the shortest to the longest; empty if there were none.
    pub distribution: Vec<Bin>,
}

/// A range of round trips and how many fell into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bin {
    /// The shortest that belongs to it.
    pub from: Duration,
    /// Where the next one begins; of the last one, the longest that belongs to it.
    pub to: Duration,
    /// How many there were.
    pub count: u64,
}

/// Probes in a row that were all lost, those apart that did not leave this host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outage {
    /// The sequence number of the first one.
    pub first: u16,
    /// The sequence number of the last one.
    pub last: u16,
    /// From the departure of the first one to that of the next probe that was answered; where none was, until the time of
    /// the last one was over.
    pub length: Duration,
    /// How many were lost.
    pub probes: u64,
}

/// Counters of a run. `received` never exceeds `transmitted`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Probes that left this host.
    pub transmitted: u64,
    /// Probes that were answered, in time and by an answer that carries their token.
    pub received: u64,
    /// Answers to probes that were answered before.
    pub duplicates: u64,
    /// Answers with a wrong checksum.
    pub bad_checksums: u64,
    /// Answers without the token of their probe.
    pub bad_tokens: u64,
    /// Answers that carry the token of a probe 65,536 or more sequence numbers ago.
    pub stale: u64,
    /// Answers to a sequence number that was never sent or is forgotten.
    pub unexpected: u64,
    /// Answers that came after their probe's timeout, or after the probe was reported as unanswered.
    pub late: u64,
    /// Of those, the ones that are counted in `received`: no timeout had passed.
    pub late_counted: u64,
    /// Answers that were overtaken by the answer to a later probe (RFC 4737).
    pub reordered: u64,
    /// Answers counted in `received` whose data differs behind the token.
    pub altered: u64,
    /// Answers counted in `received` that carry less data than their probe.
    pub truncated: u64,
    /// Answers counted in `received` that carry more data than their probe.
    pub oversized: u64,
    /// Answers counted in `received` that came from another address.
    pub different_address: u64,
    /// Answers counted in `received` that are in no round trip: they are not what was asked for, or this host was suspended
    /// meanwhile.
    pub untimed: u64,
    /// Probes that were rejected by an ICMP error.
    pub rejected: u64,
    /// Probes that did not leave this host.
    pub not_sent: u64,
    /// Of those, the ones that were too long for the path.
    pub too_long: u64,
    /// Of those that did not leave, the ones that a packet filter of this host rejected by an ICMP error. They count in
    /// `rejected` as well.
    pub filtered: u64,
    /// Probes that were in flight when this host was suspended, and were not answered since: nobody knows whether their
    /// answers came.
    pub suspended: u64,
    /// Probes that may yet be answered in time: of those nobody knows whether they are lost.
    pub in_flight: u64,
    /// Datagrams that this host had no room for in its receive queue: answers and, where the socket is raw, whatever
    /// ICMP came by while it was full.
    pub dropped_here: u64,
}

/// How many round trips were timed by whom; see [`Source`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sources {
    /// By the interface.
    pub hardware: u64,
    /// By the kernel, from the driver on.
    pub wire: u64,
    /// By the kernel.
    pub kernel: u64,
    /// By the kernel at the receiving end only.
    pub receipt: u64,
    /// By this program.
    pub user: u64,
}

impl Sources {
    /// One more from this source.
    pub fn add(&mut self, source: Source) {
        let counter = match source {
            Source::Hardware => &mut self.hardware,
            Source::Wire => &mut self.wire,
            Source::Kernel => &mut self.kernel,
            Source::Receipt => &mut self.receipt,
            Source::User => &mut self.user,
        };
        *counter = counter.saturating_add(1);
    }
}

/// Round trips, each in full resolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoundTrips {
    /// The shortest.
    pub min: Duration,
    /// Their mean.
    pub mean: Duration,
    /// The longest.
    pub max: Duration,
    /// Their standard deviation (of the population), printed as `mdev`.
    pub deviation: Duration,
    /// Their exponentially weighted average, an eighth of weight to each new one.
    pub ewma: Duration,
    /// Half of them were not longer.
    pub p50: Duration,
    /// Nine of ten were not longer.
    pub p90: Duration,
    /// Ninety-nine of a hundred were not longer.
    pub p99: Duration,
    /// Nine hundred and ninety-nine of a thousand were not longer.
    pub p99_9: Duration,
    /// Smoothed difference between one and the next (RFC 3550, section 6.4.1).
    pub jitter: Duration,
}

impl Counts {
    /// One more answer that is worth this.
    pub fn add(&mut self, standing: Standing) {
        let counter = match standing {
            Standing::Reply => &mut self.received,
            Standing::Late => &mut self.late,
            Standing::Duplicate => &mut self.duplicates,
            Standing::BadChecksum => &mut self.bad_checksums,
            Standing::BadToken => &mut self.bad_tokens,
            Standing::Stale => &mut self.stale,
            Standing::Unexpected => &mut self.unexpected,
        };
        *counter += 1;
    }

    /// Probes of which it is known whether they were answered in time.
    #[must_use]
    pub fn known(&self) -> u64 {
        let unknown = self.suspended.saturating_add(self.in_flight);
        self.transmitted.saturating_sub(unknown)
    }

    /// Of those, the ones that were not.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.known().saturating_sub(self.received)
    }

    /// Probes without an answer in time, in percent of those that left, but for those of which that is not known because
    /// they are in flight or this host was suspended: 0 to 100; none if there were none.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "a ratio of counters for people")]
    pub fn loss(&self) -> Option<f64> {
        let known = self.known();
        (known > 0).then(|| self.lost() as f64 * 100.0 / known as f64)
    }
}
