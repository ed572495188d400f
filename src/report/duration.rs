//! Durations as ping prints them: milliseconds, rounded to whole microseconds.

use std::fmt::{self, Display, Formatter};
use std::time::Duration;

/// A duration in milliseconds with three decimals, of any magnitude: `0.042`, `1234.567`.
pub(super) struct Milliseconds(pub(super) Duration);

impl Milliseconds {
    /// The duration as precise as it is printed: to the nearest microsecond.
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
    /// The duration as precise as it is printed: to the nearest millisecond.
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

/// The multiple of `step` that is nearest; of two the longer one.
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

/// The nearest number of microseconds: to cut would make all round trips half a microsecond too short on average, which is
/// a quarter of what they are off by.
fn microseconds(duration: Duration) -> u128 {
    nearest(duration, Duration::from_micros(1)).as_micros()
}

/// Writes microseconds as milliseconds, cut after this number of decimals: 0 to 3.
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
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rounded(microseconds: u64) -> String {
        Rounded(Duration::from_micros(microseconds)).to_string()
    }

    #[test]
    fn rounding_at_its_borders() {
        for (microseconds, text) in [
            (0, "0.000"),
            (1, "0.001"),
            (42, "0.042"),
            (999, "0.999"),
            (1_000, "1.00"),
            (1_004, "1.00"),
            (1_005, "1.01"),
            (9_994, "9.99"),
            (9_995, "10.0"),
            (10_049, "10.0"),
            (10_050, "10.1"),
            (99_949, "99.9"),
            (99_950, "100"),
            (100_499, "100"),
            (100_500, "101"),
            (1_000_499, "1000"),
            (60_000_000, "60000"),
        ] {
            assert_eq!(rounded(microseconds), text, "{microseconds} us");
        }
    }

    #[test]
    fn nanoseconds_are_rounded() {
        for (nanoseconds, three, about) in [
            (499, "0.000", "0.000"),
            (500, "0.001", "0.001"),
            (1_499, "0.001", "0.001"),
            (999_499, "0.999", "0.999"),
            (999_500, "1.000", "1.00"),
        ] {
            let duration = Duration::from_nanos(nanoseconds);
            assert_eq!(Milliseconds(duration).to_string(), three);
            assert_eq!(Rounded(duration).to_string(), about);
        }
    }

    #[test]
    fn seconds_are_rounded_to_milliseconds() {
        for (microseconds, text) in [
            (0, "0.000"),
            (499, "0.000"),
            (500, "0.001"),
            (1_999_499, "1.999"),
            (1_999_500, "2.000"),
            (2_000_500, "2.001"),
            (3_600_000_000, "3600.000"),
        ] {
            let seconds = Seconds(Duration::from_micros(microseconds));
            assert_eq!(seconds.to_string(), text, "{microseconds} us");
        }
    }

    #[test]
    fn three_decimals_at_any_magnitude() {
        for (microseconds, text) in [
            (0, "0.000"),
            (42, "0.042"),
            (1_234, "1.234"),
            (99_950, "99.950"),
            (1_234_567, "1234.567"),
        ] {
            assert_eq!(
                Milliseconds(Duration::from_micros(microseconds)).to_string(),
                text
            );
        }
    }

    #[test]
    fn the_longest_duration_is_printed() {
        assert_eq!(
            Milliseconds(Duration::MAX).to_string(),
            "18446744073709551615999.999"
        );
        assert_eq!(
            Rounded(Duration::MAX).to_string(),
            "18446744073709551616000"
        );
    }

    proptest! {
        #[test]
        fn rounding_is_off_by_half_a_last_digit_at_most(microseconds in 0_u64..10_000_000_000) {
            let text = rounded(microseconds);
            let printed: f64 = text.parse().unwrap();
            #[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
            let exact = microseconds as f64 / 1000.0;
            let decimals = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
            let last_digit = 10_f64.powi(-i32::try_from(decimals).unwrap());
            prop_assert!((printed - exact).abs() <= last_digit / 2.0 + 1e-9, "{microseconds} us as {text}");
            prop_assert!(text.len() >= 3);
        }
    }
}
