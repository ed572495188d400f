//! How far a run is.

use std::time::Duration;

use super::TargetNumber;

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Since the run began.
    pub elapsed: Duration,
    /// Probes that have been sent or tried.
    pub probes: u64,
    /// Targets that have answered.
    pub alive: TargetNumber,
    /// What is to be done, and how much of it is.
    pub stage: Stage,
}

/// What a run of many has to do, and how far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Probes are sent in rounds.
    Rounds {
        /// How many there will be, where there is an end to them.
        of: Option<u64>,
        /// How long the rest takes if it goes on as so far, where that is known.
        remaining: Option<Duration>,
    },
    /// It is asked who is alive.
    Alive {
        /// How many targets it is known of.
        decided: TargetNumber,
        /// How many targets are asked about.
        of: TargetNumber,
        /// How long the rest takes if nobody answers any more; one who answers makes it shorter.
        at_most: Duration,
    },
}
