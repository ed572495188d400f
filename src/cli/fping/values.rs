//! Parses values as strictly as fping 5.5: the whole text must be the number.

use std::ffi::OsStr;
use std::time::Duration;

/// Skips leading blanks, as fping does.
fn words(text: &OsStr) -> Option<&str> {
    let text = text.to_str()?;
    Some(text.trim_start_matches([' ', '\t', '\n', '\x0b', '\x0c', '\r']))
}

/// Parses an unsigned integer.
pub(super) fn number(text: &OsStr) -> Option<u32> {
    let text = words(text)?;
    let text = text.strip_prefix('+').unwrap_or(text);
    let digits = !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}

pub(super) fn positive(text: &OsStr) -> Option<u32> {
    number(text).filter(|number| *number > 0)
}

/// Parses a decimal number that is not negative.
pub(super) fn decimal(text: &OsStr) -> Option<f64> {
    let number: f64 = words(text)?.parse().ok()?;
    (number.is_finite() && number >= 0.0).then_some(number)
}

pub(super) fn milliseconds(text: &OsStr) -> Option<Duration> {
    Duration::try_from_secs_f64(decimal(text)? / 1e3).ok()
}

/// Parses a type of service: decimal, or hexadecimal with `0x`.
pub(super) fn type_of_service(text: &OsStr) -> Option<u8> {
    let text = words(text)?;
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) if digits.bytes().all(|octet| octet.is_ascii_hexdigit()) => {
            u8::from_str_radix(digits, 16).ok()
        }
        Some(_) => None,
        None => number(OsStr::new(text)).and_then(|number| u8::try_from(number).ok()),
    }
}

/// Parses seconds and an optional word after a comma. Returns whether it is `cumulative`, the only word with a meaning.
pub(super) fn interval(text: &OsStr) -> Option<(Duration, bool)> {
    let text = text.to_str()?;
    let (seconds, word) = text.split_once(',').unwrap_or((text, ""));
    let seconds = decimal(OsStr::new(seconds))?;
    let interval = Duration::try_from_secs_f64(seconds).ok()?;
    Some((interval, word == "cumulative"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_whole_texts_without_a_sign() {
        for (text, meant) in [
            ("10", Some(10)),
            (" 10", Some(10)),
            ("0", Some(0)),
            ("4294967295", Some(u32::MAX)),
            ("4294967296", None),
            ("-1", None),
            ("", None),
            ("10xyz", None),
            ("1.5", None),
            ("0x10", None),
        ] {
            assert_eq!(number(OsStr::new(text)), meant, "{text:?}");
        }
        assert_eq!(positive(OsStr::new("0")), None);
    }

    #[test]
    fn times_are_decimal_numbers_that_are_not_negative() {
        for (text, meant) in [
            ("10", Some(10_000)),
            ("0.5", Some(500)),
            (".5", Some(500)),
            ("1e3", Some(1_000_000)),
            ("0", Some(0)),
            ("-1", None),
            ("inf", None),
            ("nan", None),
            ("1e30", None),
            ("5s", None),
            ("", None),
        ] {
            let microseconds = milliseconds(OsStr::new(text)).map(|time| time.as_micros());
            assert_eq!(microseconds, meant, "{text:?}");
        }
    }

    #[test]
    fn types_of_service_may_be_hexadecimal() {
        for (text, meant) in [
            ("2", Some(2)),
            ("0x10", Some(16)),
            ("255", Some(255)),
            ("256", None),
            ("0x", None),
            ("x", None),
        ] {
            assert_eq!(type_of_service(OsStr::new(text)), meant, "{text:?}");
        }
    }

    #[test]
    fn an_interval_may_have_a_word_and_only_one_word_means_something() {
        let second = Duration::from_secs(1);
        for (text, meant) in [
            ("1", Some((second, false))),
            ("1,cumulative", Some((second, true))),
            ("1,not_a_keyword", Some((second, false))),
            ("1whatever", None),
            (",cumulative", None),
        ] {
            assert_eq!(interval(OsStr::new(text)), meant, "{text:?}");
        }
    }
}
