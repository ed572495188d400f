//! Targets that go down and come up again.

use std::time::Duration;

use super::{Outage, ProbeId, Reason};

/// A target went down, or came up again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transition {
    /// It does not answer.
    Down(Down),
    /// It answers again: how long it did not.
    Up(TimeDown),
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
