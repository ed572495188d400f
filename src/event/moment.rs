//! The time of an event.

use std::time::{Duration, SystemTime};

/// The time of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The time of day, for people; it may be set back.
    pub wall: SystemTime,
    /// Since the run began, by the monotonic clock.
    pub since_start: Duration,
}

impl Moment {
    /// The moment that was so long before this one, or the beginning of the run.
    #[must_use]
    pub fn before(self, ago: Duration) -> Self {
        let ago = ago.min(self.since_start);
        Self {
            wall: self.wall.checked_sub(ago).unwrap_or(self.wall),
            since_start: self.since_start.saturating_sub(ago),
        }
    }
}

impl From<SystemTime> for Moment {
    /// A time before the run.
    fn from(wall: SystemTime) -> Self {
        Self {
            wall,
            since_start: Duration::ZERO,
        }
    }
}

/// The local time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LocalTime {
    /// The year.
    pub year: i32,
    /// The month, 1 to 12.
    pub month: u8,
    /// The day of the month, 1 to 31.
    pub day: u8,
    /// The day of the week, from 0 for Sunday.
    pub weekday: u8,
    /// The hour, 0 to 23.
    pub hour: u8,
    /// The minute, 0 to 59.
    pub minute: u8,
    /// The second, 0 to 60.
    pub second: u8,
    /// Seconds ahead of UTC.
    pub east: i32,
}

/// Returns the time of the current event.
pub type When<'a> = &'a dyn Fn() -> Moment;
