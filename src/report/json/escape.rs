//! Formats text and numbers for JSON. Invisible characters are escaped, so that no line can control a terminal.

use std::io;

use serde_json::ser::Formatter;

use crate::sanitize;

/// Like [`serde_json::ser::CompactFormatter`], but also escapes what JSON would allow unescaped.
#[derive(Debug, Clone, Copy)]
pub(in crate::report) struct Visible;

impl Formatter for Visible {
    /// Writes a number without an exponent: `0.000012`, `1500`.
    fn write_f64<W>(&mut self, writer: &mut W, value: f64) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        match nanoseconds(value) {
            Some(nanoseconds) => write_millionths(writer, nanoseconds),
            None => write!(writer, "{value}"),
        }
    }

    fn write_string_fragment<W>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        let is_plain = |octet: u8| matches!(octet, b' '..=b'~');
        if fragment.bytes().all(is_plain) {
            return writer.write_all(fragment.as_bytes());
        }
        for character in fragment.chars() {
            let mut units = [0; 2];
            if sanitize::is_visible_alone(character) {
                write!(writer, "{character}")?;
            } else {
                for unit in character.encode_utf16(&mut units) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }
}

/// The value in millionths, such as nanoseconds for milliseconds. `None` if it is not a whole number of them, or has
/// more digits than a double keeps.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    clippy::float_cmp,
    reason = "the number is in the range where both are exact, and is compared with what it came from"
)]
fn nanoseconds(value: f64) -> Option<u64> {
    let millionths = (value * 1e6).round();
    let is_exact = (0.0..1e15).contains(&millionths) && millionths / 1e6 == value;
    is_exact.then_some(millionths as u64)
}

/// Writes millionths as a decimal fraction, in a third of the time of the library's general function.
fn write_millionths<W>(writer: &mut W, millionths: u64) -> io::Result<()>
where
    W: ?Sized + io::Write,
{
    let (whole, fraction) = (millionths / 1_000_000, millionths % 1_000_000);
    write!(writer, "{whole}")?;
    if fraction == 0 {
        return Ok(());
    }
    let mut digits = *b".000000";
    let (mut rest, mut last) = (fraction, 0);
    for (place, digit) in digits.iter_mut().enumerate().skip(1).rev() {
        *digit += u8::try_from(rest % 10).unwrap_or_default();
        if *digit > b'0' && last == 0 {
            last = place;
        }
        rest /= 10;
    }
    writer.write_all(digits.get(..=last).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde::Serialize as _;

    fn written(value: f64) -> String {
        let mut text = Vec::new();
        let mut serializer = serde_json::Serializer::with_formatter(&mut text, Visible);
        value.serialize(&mut serializer).unwrap();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn numbers_have_no_exponent_and_no_zeros_at_their_end() {
        for (value, text) in [
            (0.0, "0"),
            (9e-6, "0.000009"),
            (0.012_345, "0.012345"),
            (1500.0, "1500"),
            (1000.5, "1000.5"),
            (1e9, "1000000000"),
            (1e20, "100000000000000000000"),
            (1e-9, "0.000000001"),
            (-1.5, "-1.5"),
            (f64::NAN, "null"),
            (f64::INFINITY, "null"),
        ] {
            assert_eq!(written(value), text);
        }
        assert_eq!(written(100.0 / 3.0), (100.0_f64 / 3.0).to_string());
    }

    proptest! {
        #[test]
        fn any_number_comes_back(value in prop::num::f64::NORMAL) {
            prop_assert_eq!(written(value).parse::<f64>().unwrap().to_bits(), value.to_bits());
        }

        #[test]
        fn nanoseconds_are_written_as_the_library_writes_them(nanoseconds in 0_u64..1_000_000_000_000_000) {
            #[allow(clippy::cast_precision_loss, reason = "it is exact below 2^53")]
            let value = nanoseconds as f64 / 1e6;
            prop_assert_eq!(written(value), value.to_string());
        }
    }
}
