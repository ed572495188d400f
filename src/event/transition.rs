//! Targets that go down and come up again, and what else changes of them.

use std::net::SocketAddr;
use std::time::Duration;

use super::{Outage, ProbeId, Reason, TargetNumber};

/// A target went down, came up again, or is another than before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transition {
    /// It does not answer.
    Down(Down),
    /// It answers again: how long it did not.
    Up(TimeDown),
    /// Its replies are other ones than before.
    Changed(Change),
}

/// A target is down: as many probes in a row as `--down-after` says were not answered in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Down {
    /// The first of these probes.
    pub first: ProbeId,
    /// When that left, since the run began.
    pub sent: Duration,
    /// How many they are; those apart that did not leave this host.
    pub probes: u64,
    /// What an ICMP error said about one of them; of several the last.
    pub reason: Option<Reason>,
}

/// How long a target was down, or is down so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeDown {
    /// The first probe without an answer.
    pub first: ProbeId,
    /// When that left, since the run began.
    pub sent: Duration,
    /// From then to the departure of the next probe that was answered, and the probes in between.
    pub outage: Outage,
}

/// Something about a target is not as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// The target.
    pub target: TargetNumber,
    /// What it is.
    pub what: Changed,
}

/// What has changed. A value of a header was seen three times in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changed {
    /// The time to live, or hop limit, of replies.
    HopLimit {
        /// What it was.
        before: u8,
        /// What it is.
        after: u8,
    },
    /// The traffic class of replies, without the two bits that tell of congestion.
    TrafficClass {
        /// What it was.
        before: u8,
        /// What it is.
        after: u8,
    },
    /// The address that the name of the target leads to, and that has answered.
    Address {
        /// What it was; none: there was none.
        before: Option<SocketAddr>,
        /// What it is.
        after: SocketAddr,
    },
}

/// What the header of a reply tells, as far as the kernel passed it on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Header {
    /// Time to live or hop limit on arrival.
    pub hop_limit: Option<u8>,
    /// Type of service or traffic class on arrival.
    pub traffic_class: Option<u8>,
}
