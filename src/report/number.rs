//! C's `%g`, the format of ping's loss percentage.

use std::fmt::{self, Display, Formatter};

/// A number with six significant digits and no trailing zeros: `33.3333`, `0.5`, `1e-05`.
pub(super) struct General(pub(super) f64);

impl General {
    /// The value as printed.
    pub(super) fn printed(&self) -> f64 {
        self.to_string().parse().unwrap_or(self.0)
    }
}

/// `%g` prints six significant digits: the first and these.
const FURTHER_DIGITS: u8 = 5;

impl Display for General {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        // Scientific notation rounds to the right digits. The exponent after rounding then selects the form (C17, 7.21.6.1).
        let scientific = format!("{:.*e}", usize::from(FURTHER_DIGITS), self.0);
        let parts = scientific
            .split_once('e')
            .map(|(mantissa, exponent)| (mantissa, exponent.parse::<i32>()));
        let Some((mantissa, Ok(exponent))) = parts else {
            return write!(formatter, "{}", self.0); // not a finite number
        };
        let decimals = usize::try_from(i32::from(FURTHER_DIGITS) - exponent);
        match decimals {
            Ok(decimals) if exponent >= -4 => {
                formatter.write_str(without_trailing_zeros(&format!("{:.*}", decimals, self.0)))
            }
            _ => {
                let sign = if exponent < 0 { '-' } else { '+' };
                let mantissa = without_trailing_zeros(mantissa);
                write!(formatter, "{mantissa}e{sign}{:02}", exponent.unsigned_abs())
            }
        }
    }
}

fn without_trailing_zeros(number: &str) -> &str {
    if number.contains('.') {
        number.trim_end_matches('0').trim_end_matches('.')
    } else {
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected texts are the output of the C library's `printf("%g")`.
    #[test]
    fn as_the_c_library_prints_it() {
        for (number, text) in [
            (0.0, "0"),
            (100.0, "100"),
            (50.0, "50"),
            (10.0, "10"),
            (33.333_333_333_333_336, "33.3333"),
            (66.666_666_666_666_67, "66.6667"),
            (0.5, "0.5"),
            (12.5, "12.5"),
            (0.1, "0.1"),
            (99.9999, "99.9999"),
            (99.999_949, "99.9999"),
            (99.999_95, "99.9999"),
            (99.999_951, "100"),
            (0.000_1, "0.0001"),
            (0.000_099_999_95, "0.0001"),
            (0.000_099_999_94, "9.99999e-05"),
            (0.000_01, "1e-05"),
            (0.000_012_345_678, "1.23457e-05"),
            (1e-100, "1e-100"),
            (123_456.0, "123456"),
            (999_999.4, "999999"),
            (999_999.5, "1e+06"),
            (1_234_567.0, "1.23457e+06"),
            (-2.5, "-2.5"),
        ] {
            assert_eq!(General(number).to_string(), text, "{number}");
        }
    }
}
