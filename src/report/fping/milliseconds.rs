//! Formats round trips as fping does.

use std::fmt::{self, Display, Formatter};
use std::time::Duration;

/// Milliseconds with three digits: `0.044`, `1.23`, `12.3`, `123`, and `1.235e+06` from a thousand seconds on.
pub(super) struct Milliseconds(pub(super) Duration);

impl Display for Milliseconds {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let time = self.0.as_secs_f64() * 1e3;
        let decimals = match time {
            ..1.0 => 3,
            ..10.0 => 2,
            ..100.0 => 1,
            ..1_000_000.0 => 0,
            _ => return exponential(time, f),
        };
        write!(f, "{time:.decimals$}")
    }
}

/// As C's `%.3e`.
fn exponential(number: f64, f: &mut Formatter<'_>) -> fmt::Result {
    let text = format!("{number:.3e}");
    match text.split_once('e') {
        Some((mantissa, exponent)) => write!(f, "{mantissa}e+{exponent:0>2}"),
        None => f.write_str(&text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected texts are those of C's printf with fping's formats.
    #[test]
    fn three_digits_unless_it_is_very_short_or_very_long() {
        for (nanoseconds, text) in [
            (0, "0.000"),
            (44_000, "0.044"),
            (999_400, "0.999"),
            (999_600, "1.000"),
            (1_000_000, "1.00"),
            (9_994_999, "9.99"),
            (9_999_000, "10.00"),
            (12_340_000, "12.3"),
            (99_990_000, "100.0"),
            (123_400_000, "123"),
            (2_500_000_000, "2500"),
            (3_001_000_000, "3001"),
            (999_999_400_000, "999999"),
            (1_234_567_000_000, "1.235e+06"),
        ] {
            let time = Duration::from_nanos(nanoseconds);
            assert_eq!(Milliseconds(time).to_string(), text);
        }
    }
}
