//! When a target counts as down or up, and which change ends the run.

use std::num::NonZero;
use std::time::Duration;

/// When a target counts as down, and which change ends the run. Read by the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watching {
    /// `--down-after`: the number of consecutive lost probes after which a target is down.
    pub after: NonZero<u32>,
    /// `--until-down`, `--until-up`: the change that ends the run.
    pub until: Option<Until>,
    /// `--window`: the length of the last part of the run, which is reported besides the whole run.
    pub window: Option<Duration>,
    /// Whether an option requests it: then changes are printed even if replies are not, and any number of targets is watched.
    pub is_asked: bool,
}

impl Watching {
    /// Without an option: three consecutive lost probes, after which people believe that a host is down.
    pub const DEFAULT: Self = Self {
        after: NonZero::new(3).unwrap(),
        until: None,
        window: None,
        is_asked: false,
    };
}

/// The change of state that ends the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// A target has lost this number of consecutive probes.
    Down(NonZero<u32>),
    /// Each target has answered this number of consecutive probes.
    Up(NonZero<u32>),
}

impl Until {
    /// The minimum number of probes of a target that it takes.
    #[must_use]
    pub fn probes(self) -> NonZero<u32> {
        match self {
            Self::Down(probes) | Self::Up(probes) => probes,
        }
    }
}
