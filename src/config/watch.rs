//! When a target is down, and which change of a target ends the run.

use std::num::NonZero;
use std::time::Duration;

/// When a target is down, and which change of a target ends the run. Read by the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watching {
    /// `--down-after`: how many probes in a row without an answer in time make a target down.
    pub after: NonZero<u32>,
    /// `--until-down`, `--until-up`: what ends the run.
    pub until: Option<Until>,
    /// `--window`: how long the last part of the run is that is told besides the whole run.
    pub window: Option<Duration>,
    /// Whether an option asks for it: then a change has a line where replies have none, and any number of targets is watched.
    pub is_asked: bool,
}

impl Watching {
    /// Without an option: three probes in a row, which is what people wait for before they believe it.
    pub const DEFAULT: Self = Self {
        after: NonZero::new(3).unwrap(),
        until: None,
        window: None,
        is_asked: false,
    };
}

/// What ends the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// A target has this number of probes in a row without an answer in time.
    Down(NonZero<u32>),
    /// Each target has answered this number of probes in a row.
    Up(NonZero<u32>),
}

impl Until {
    /// How many probes of a target it takes at least.
    #[must_use]
    pub fn probes(self) -> NonZero<u32> {
        match self {
            Self::Down(probes) | Self::Up(probes) => probes,
        }
    }
}
