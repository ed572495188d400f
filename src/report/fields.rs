//! Formats fields of machine-readable output.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A duration in milliseconds, exact to the nanosecond: `0.012345`, `1000`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Milliseconds(pub(super) Duration);

impl fmt::Display for Milliseconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        decimal(f, self.0, 6)
    }
}

/// A duration in seconds, exact to the nanosecond: `0.000012345`, `1`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seconds(pub(super) Duration);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        decimal(f, self.0, 9)
    }
}

/// Writes a duration in units of `10^places` nanoseconds, without trailing zeros. Exact, unlike a floating-point number.
fn decimal(f: &mut fmt::Formatter<'_>, duration: Duration, places: u32) -> fmt::Result {
    // Enough for 584 years. A 128-bit division would be a library call.
    let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
    let unit = 10_u64.pow(places);
    let (whole, mut fraction) = (nanoseconds / unit, nanoseconds % unit);
    if fraction == 0 {
        return write!(f, "{whole}");
    }
    let mut width = places as usize;
    while fraction.is_multiple_of(10) {
        fraction /= 10;
        width -= 1;
    }
    write!(f, "{whole}.{fraction:0width$}")
}

/// A time of day in UTC with microseconds (RFC 3339): `2026-11-30T12:00:00.000000Z`.
#[derive(Debug, Clone, Copy)]
pub(super) struct TimeOfDay(pub(super) SystemTime);

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The latest year of RFC 3339 is 9999.
        const LAST: Duration = Duration::from_secs(253_402_300_799);
        let since = self.0.duration_since(UNIX_EPOCH).unwrap_or_default();
        humantime::format_rfc3339_micros(UNIX_EPOCH + since.min(LAST)).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duration_is_exact_and_has_no_zeros_at_its_end() {
        for (nanoseconds, milliseconds, seconds) in [
            (0, "0", "0"),
            (1, "0.000001", "0.000000001"),
            (12_345, "0.012345", "0.000012345"),
            (1_500_000, "1.5", "0.0015"),
            (2_000_000_000, "2000", "2"),
        ] {
            let duration = Duration::from_nanos(nanoseconds);
            assert_eq!(Milliseconds(duration).to_string(), milliseconds);
            assert_eq!(Seconds(duration).to_string(), seconds);
        }
    }

    #[test]
    fn time_of_day_is_in_utc_with_microseconds_whatever_the_clock_says() {
        let noon = UNIX_EPOCH + Duration::new(1_700_000_000, 1_234_567);
        assert_eq!(TimeOfDay(noon).to_string(), "2023-11-14T22:13:20.001234Z");
        let before = UNIX_EPOCH - Duration::from_secs(1);
        assert_eq!(TimeOfDay(before).to_string(), "1970-01-01T00:00:00.000000Z");
        let far = UNIX_EPOCH + Duration::from_secs(1 << 40);
        assert_eq!(TimeOfDay(far).to_string(), "9999-12-31T23:59:59.000000Z");
    }
}
