//! Which probe it is, and what became of it.

use super::TargetNumber;

/// One probe of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ProbeId {
    /// Whom it is for.
    pub target: TargetNumber,
    /// How many probes for this target came before it. It never wraps, and a probe that does not leave has one as well.
    pub number: u64,
    /// The sequence number in its header.
    pub sequence: u16,
}

/// What became of a probe that left and was not answered in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing was heard of it in time.
    Lost,
    /// An ICMP error came in its time.
    Rejected,
    /// This host was suspended while it was in flight: nobody knows.
    Suspended,
}
