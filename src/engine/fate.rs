//! The state of a probe in an engine.

/// The state of a probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// In the batch, not yet sent. Only the engine for many targets stores such probes.
    Queued,
    /// Sent, and its timeout has not expired.
    InFlight,
    /// Reported as unanswered; a reply still counts. Only without `-W`.
    Overdue,
    /// Its timeout expired; a reply would be late and not count.
    TimedOut,
    /// Answered.
    Answered,
    /// Answered after its timeout.
    AnsweredLate,
    /// Rejected by an ICMP error; a reply would still count.
    Rejected,
    /// Rejected by an ICMP error after its timeout: it was lost before.
    RejectedLate,
    /// It never left this host.
    NotSent,
    /// It never left this host, and an ICMP error names a packet filter as the reason.
    Filtered,
    /// In flight when this host was suspended; a reply would still count.
    Suspended,
}

/// What a probe proves about the path to its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PathState {
    /// The probe was answered.
    Up,
    /// The probe was not answered in time.
    Down,
    /// Nothing.
    Unknown,
}

impl Fate {
    /// Whether the engine waits for a reply.
    pub(super) fn is_open(self) -> bool {
        matches!(self, Self::Queued | Self::InFlight | Self::Overdue)
    }

    /// Whether a reply would count although the engine does not wait for it.
    pub(super) fn is_unawaited(self) -> bool {
        matches!(self, Self::Rejected | Self::Suspended)
    }

    /// Whether the probe left this host.
    pub(super) fn has_left(self) -> bool {
        !matches!(self, Self::Queued | Self::NotSent | Self::Filtered)
    }

    /// Whether it was answered: further replies are duplicates.
    pub(super) fn is_answered(self) -> bool {
        matches!(self, Self::Answered | Self::AnsweredLate)
    }

    /// What it proves about the path.
    pub(super) fn path_state(self) -> PathState {
        match self {
            Self::Answered => PathState::Up,
            Self::Overdue
            | Self::TimedOut
            | Self::AnsweredLate
            | Self::Rejected
            | Self::RejectedLate => PathState::Down,
            // A probe in flight may still be answered. One that was never sent proves nothing, nor does one whose reply
            // reached a suspended host.
            Self::Queued | Self::InFlight | Self::NotSent | Self::Filtered | Self::Suspended => {
                PathState::Unknown
            }
        }
    }
}
