//! JSON values.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Serialize, Serializer};

use crate::config::ClockChoice;
use crate::event::{Amount, Source};
use crate::report::fields::TimeOfDay;

/// Milliseconds. Exact to the nanosecond below 11 days: such a number has at most fifteen digits, and a double keeps
/// that many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Millis(pub(super) Duration);

impl Serialize for Millis {
    #[allow(
        clippy::cast_precision_loss,
        reason = "what is lost is below a nanosecond for three months"
    )]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0.as_nanos() as f64 / 1e6)
    }
}

/// Octets of a time of day: `2026-11-30T17:46:31.457410Z`.
const TIME_LENGTH: usize = 27;

/// A time of day: RFC 3339, UTC, microseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Time([u8; TIME_LENGTH]);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(str::from_utf8(&self.0).unwrap_or_default())
    }
}

/// Formats times of day. In a flood most have the date and second of the previous one, whose text is reused.
#[derive(Debug)]
pub(super) struct Calendar {
    /// The second of the text.
    second: Option<u64>,
    text: [u8; TIME_LENGTH],
}

impl Calendar {
    pub(super) fn new() -> Self {
        Self {
            second: None,
            text: [0; TIME_LENGTH],
        }
    }

    pub(super) fn time(&mut self, wall: SystemTime) -> Time {
        let since = wall.duration_since(UNIX_EPOCH).unwrap_or_default();
        if self.second != Some(since.as_secs()) {
            self.second = Some(since.as_secs());
            let text = TimeOfDay(wall).to_string();
            for (octet, written) in self.text.iter_mut().zip(text.bytes()) {
                *octet = written;
            }
        }
        let mut rest = since.subsec_micros();
        for octet in self.text.iter_mut().rev().skip(1).take(6) {
            *octet = b'0' + u8::try_from(rest % 10).unwrap_or_default();
            rest /= 10;
        }
        Time(self.text)
    }
}

/// The clock that measured a round trip.
pub(super) fn clock(source: Source) -> &'static str {
    match source {
        Source::Hardware => "hardware",
        Source::Wire => "wire",
        Source::Kernel => "kernel",
        Source::Receipt => "receipt",
        Source::User => "user",
    }
}

/// The figure or bound of a condition of `--fail-if`; times in milliseconds.
#[allow(
    clippy::cast_precision_loss,
    reason = "as above; and nobody counts 2^53 replies"
)]
pub(super) fn amount(amount: Amount) -> f64 {
    match amount {
        Amount::Percent(percent) => percent,
        Amount::RoundTrip(time) | Amount::Outage(time) => time.as_nanos() as f64 / 1e6,
        Amount::Count(count) => count as f64,
    }
}

/// The clock selected with `--clock`.
pub(super) fn clock_asked_for(clock: ClockChoice) -> &'static str {
    match clock {
        ClockChoice::Hardware => "hardware",
        ClockChoice::Wire => "wire",
        ClockChoice::Best | ClockChoice::Kernel => "kernel",
        ClockChoice::User => "user",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_one_second_and_of_others_are_those_of_the_library() {
        let mut calendar = Calendar::new();
        for microseconds in [
            0,
            1,
            999_999,
            1_000_000,
            1_796_060_791_457_410,
            1_796_060_791_000_007,
        ] {
            let wall = UNIX_EPOCH + Duration::from_micros(microseconds);
            let Time(text) = calendar.time(wall);
            assert_eq!(str::from_utf8(&text).unwrap(), TimeOfDay(wall).to_string());
        }
    }
}
