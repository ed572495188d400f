//! How far a run has come.

use std::time::Duration;

use super::TargetNumber;

/// How far a run has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Since the run began.
    pub elapsed: Duration,
    /// Probes sent or tried.
    pub probes: u64,
    /// Targets that have answered.
    pub alive: TargetNumber,
    /// What the run does, and how much of it is done.
    pub stage: Stage,
}

/// What a run does, and how much of it is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Probes are sent in rounds.
    Rounds {
        /// How many probes there will be, unless the run is endless.
        of: Option<u64>,
        /// The time remaining at the current pace, if known.
        remaining: Option<Duration>,
    },
    /// An alive scan.
    Alive {
        /// Targets known to be alive or dead.
        decided: TargetNumber,
        /// All targets.
        of: TargetNumber,
        /// The time remaining if no more targets answer; each reply shortens it.
        at_most: Duration,
    },
}
