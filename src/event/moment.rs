//! When an event is told.

use std::time::{Duration, SystemTime};

/// When an event is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The time of day, for people: it may be set back.
    pub wall: SystemTime,
    /// Since the run began, by the monotonic clock.
    pub since_start: Duration,
}

impl From<SystemTime> for Moment {
    /// A moment before the run.
    fn from(wall: SystemTime) -> Self {
        Self {
            wall,
            since_start: Duration::ZERO,
        }
    }
}

/// Asks for the moment at which an event is told.
pub type When<'a> = &'a dyn Fn() -> Moment;
