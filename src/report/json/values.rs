//! Values as JSON has them.

use std::time::{Duration, SystemTime};

use serde::{Serialize, Serializer};

use crate::config::ClockChoice;
use crate::event::{Amount, Source};
use crate::report::fields::TimeOfDay;

/// Milliseconds. A number of nanoseconds below 11 days is the decimal fraction that it is: it has fifteen digits, which
/// a double keeps.
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

/// A time of day: RFC 3339, UTC, microseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Time(pub(super) SystemTime);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&TimeOfDay(self.0))
    }
}

/// Whose clocks measured a round trip.
pub(super) fn clock(source: Source) -> &'static str {
    match source {
        Source::Hardware => "hardware",
        Source::Wire => "wire",
        Source::Kernel => "kernel",
        Source::Receipt => "receipt",
        Source::User => "user",
    }
}

/// What a condition of `--fail-if` compared: times are in milliseconds.
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

/// The clock that was asked for.
pub(super) fn clock_asked_for(clock: ClockChoice) -> &'static str {
    match clock {
        ClockChoice::Hardware => "hardware",
        ClockChoice::Wire => "wire",
        ClockChoice::Best | ClockChoice::Kernel => "kernel",
        ClockChoice::User => "user",
    }
}
