//! Formats durations as ping does: in milliseconds, rounded to whole microseconds.

use std::fmt::{self, Display, Formatter};
use std::time::Duration;

/// A duration in milliseconds with three decimals: `0.042`, `1234.567`.
pub(super) struct Milliseconds(pub(super) Duration);

impl Milliseconds {
    /// The duration as printed: to the nearest microsecond.
    pub(super) fn printed(&self) -> Duration {
        nearest(self.0, Duration::from_micros(1))
    }
}

impl Display for Milliseconds {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        decimals(formatter, microseconds(self.0), 3)
    }
}

/// A duration in seconds with three decimals: `2.500`.
pub(super) struct Seconds(pub(super) Duration);

impl Seconds {
    /// The duration as printed: to the nearest millisecond.
    pub(super) fn printed(&self) -> Duration {
        nearest(self.0, Duration::from_millis(1))
    }
}

impl Display for Seconds {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let printed = self.printed();
        write!(
            formatter,
            "{}.{:03}",
            printed.as_secs(),
            printed.subsec_millis()
        )
    }
}

/// The nearest multiple of `step`. A tie rounds up.
fn nearest(duration: Duration, step: Duration) -> Duration {
    let half = duration.saturating_add(step / 2);
    let step = step.as_nanos();
    let beyond = Duration::from_nanos((half.as_nanos() % step).try_into().unwrap_or_default());
    half.saturating_sub(beyond)
}

/// A duration in milliseconds with about three significant digits: `0.042`, `1.23`, `12.3`, `123`.
///
/// The number of decimals is chosen so that rounding never adds a digit: 99.95 ms is `100`, not `100.0`.
pub(super) struct Rounded(pub(super) Duration);

impl Display for Rounded {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let microseconds = microseconds(self.0);
        match microseconds {
            0..1_000 => decimals(formatter, microseconds, 3),
            1_000..9_995 => decimals(formatter, microseconds + 5, 2),
            9_995..99_950 => decimals(formatter, microseconds + 50, 1),
            _ => decimals(formatter, microseconds + 500, 0),
        }
    }
}

/// The nearest number of microseconds. Truncation would shorten every round trip by half a microsecond on average, a
/// quarter of the total measurement error.
fn microseconds(duration: Duration) -> u128 {
    nearest(duration, Duration::from_micros(1)).as_micros()
}

/// Writes microseconds as milliseconds, truncated to 0 to 3 decimals.
fn decimals(formatter: &mut Formatter<'_>, microseconds: u128, decimals: u8) -> fmt::Result {
    let whole = microseconds / 1000;
    let fraction = microseconds % 1000;
    match decimals {
        0 => write!(formatter, "{whole}"),
        1 => write!(formatter, "{whole}.{}", fraction / 100),
        2 => write!(formatter, "{whole}.{:02}", fraction / 10),
        _ => write!(formatter, "{whole}.{fraction:03}"),
    }
}

#[cfg(test)]
mod tests;
