//! Times as text.

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
