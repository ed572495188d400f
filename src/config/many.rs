//! What the command line means for a run of many targets.

use std::time::Duration;

/// What to send when to which target, and when the run is over. Read by the engine for many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// What is asked of the targets.
    pub mode: Mode,
    /// The most probes a second over all targets; none: as many as this host can send.
    pub rate: Option<u32>,
    /// How long a probe may stay unanswered; of the first one to each target where the time grows.
    pub timeout: Duration,
    /// Stop so long after the start, whatever happened.
    pub deadline: Option<Duration>,
    /// The sequence number of the first probe to each target.
    pub first_sequence: u16,
}

/// What is asked of many targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// How they are: each is probed once in each period.
    Rounds {
        /// From one probe to the next of the same target.
        period: Duration,
        /// How many rounds; none: until interrupted.
        count: Option<u32>,
    },
    /// Who is alive: each is probed until it answers or its retries are spent.
    Alive {
        /// How often a target is probed again: 0 to 15.
        retries: u8,
    },
}

/// How many targets have to answer for the run to be a success.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Need {
    /// All of them.
    #[default]
    All,
    /// So many; the run is over as soon as that is decided.
    Number(u32),
    /// So many in a hundred, rounded up.
    Percent(u8),
}
