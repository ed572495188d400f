//! What has become of a probe, as an engine remembers it.

/// What has become of a probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is in the batch that is to be sent. Only the engine for many remembers it before it has left.
    Queued,
    /// On its way, as far as we know.
    InFlight,
    /// On its way, and reported as unanswered: an answer still counts. Only without a timeout of its own.
    Overdue,
    /// Its own time has passed: an answer now is late and does not count.
    GivenUp,
    /// Answered.
    Answered,
    /// Answered after its own time.
    AnsweredLate,
    /// Rejected by an ICMP error; an answer would still count.
    Rejected,
    /// Rejected by an ICMP error after its own time: it was lost before.
    RejectedLate,
    /// It never left this host.
    NotSent,
    /// It never left this host: an ICMP error says that a packet filter rejected it.
    Filtered,
    /// In flight when this host was suspended; an answer would still count.
    Suspended,
}

/// What a probe tells of the path to its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PathState {
    /// It was answered.
    Up,
    /// It was not answered in time.
    Down,
    /// Nothing.
    Unknown,
}

impl Fate {
    /// Whether an answer is waited for.
    pub(super) fn is_open(self) -> bool {
        matches!(self, Self::Queued | Self::InFlight | Self::Overdue)
    }

    /// Whether an answer would count though it is not waited for.
    pub(super) fn is_set_aside(self) -> bool {
        matches!(self, Self::Rejected | Self::Suspended)
    }

    /// Whether the probe left this host.
    pub(super) fn has_left(self) -> bool {
        !matches!(self, Self::Queued | Self::NotSent | Self::Filtered)
    }

    /// Whether it has its answer: all that can come are duplicates.
    pub(super) fn is_answered(self) -> bool {
        matches!(self, Self::Answered | Self::AnsweredLate)
    }

    /// What it tells of the path.
    pub(super) fn path_state(self) -> PathState {
        match self {
            Self::Answered => PathState::Up,
            Self::Overdue
            | Self::GivenUp
            | Self::AnsweredLate
            | Self::Rejected
            | Self::RejectedLate => PathState::Down,
            // Of a probe that has still time nothing is known, and one that never left says nothing of the path, nor
            // does one whose answer came to a host that slept.
            Self::Queued | Self::InFlight | Self::NotSent | Self::Filtered | Self::Suspended => {
                PathState::Unknown
            }
        }
    }
}
