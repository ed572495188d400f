//! Targets that go down or come up, and other changes.

use std::net::SocketAddr;
use std::time::Duration;

use super::{Outage, ProbeId, Reason, TargetNumber};

/// A change of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transition {
    /// It went down.
    Down(Down),
    /// It came up, and how long it was down.
    Up(TimeDown),
    /// Its replies changed.
    Changed(Change),
}

/// A target is down: as many probes in a row as `--down-after` says had no timely reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Down {
    /// The first of these probes.
    pub first: ProbeId,
    /// When it was sent, since the run began.
    pub sent: Duration,
    /// How many probes were lost, without those not sent.
    pub probes: u64,
    /// The last ICMP error about one of them.
    pub reason: Option<Reason>,
}

/// How long a target was down, or has been down so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeDown {
    /// The first probe without an answer.
    pub first: ProbeId,
    /// When it was sent, since the run began.
    pub sent: Duration,
    /// From sending it to sending the next answered probe.
    pub outage: Outage,
}

/// A change of a target's replies or address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// The target.
    pub target: TargetNumber,
    /// The change.
    pub what: Changed,
}

/// What changed. Header values must be seen three times in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// The time to live, or hop limit, of replies.
    HopLimit {
        /// The old value.
        before: u8,
        /// The new value.
        after: u8,
    },
    /// The traffic class of replies, without the two congestion bits.
    TrafficClass {
        /// The old value.
        before: u8,
        /// The new value.
        after: u8,
    },
    /// The target's address: its name has a new one, which answered.
    Address {
        /// The old address; `None` if there was none.
        before: Option<SocketAddr>,
        /// The new address.
        after: SocketAddr,
    },
}

/// The header of a reply, as far as the kernel reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Header {
    /// Time to live or hop limit on arrival.
    pub hop_limit: Option<u8>,
    /// Type of service or traffic class on arrival.
    pub traffic_class: Option<u8>,
}
