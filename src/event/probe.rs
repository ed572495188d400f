//! The identity and the outcome of a probe.

use super::TargetNumber;

/// The identity of a probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ProbeId {
    /// Its target.
    pub target: TargetNumber,
    /// How many probes to this target came before it, sent or not. It never wraps.
    pub number: u64,
    /// The sequence number in its header.
    pub sequence: u16,
}

/// The outcome of a probe that was sent and not answered in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing arrived before its timeout.
    Lost,
    /// An ICMP error arrived before its timeout.
    Rejected,
    /// This host was suspended while it was in flight: the outcome is unknown.
    Suspended,
}
