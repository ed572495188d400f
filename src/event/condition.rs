//! A condition of `--fail-if` that is true.

use std::time::Duration;

use super::TargetNumber;

/// A condition of `--fail-if` that is true of a target.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FailedCondition<'a> {
    /// The target.
    pub target: TargetNumber,
    /// The condition as typed, without blanks: `loss>1%`.
    pub condition: &'a str,
    /// What its figure amounts to, as precise as it is printed.
    pub amount: Amount,
}

/// What a figure amounts to. Amounts of one kind are compared; those of two kinds are in no sensible order.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub enum Amount {
    /// A percentage.
    Percent(f64),
    /// A round trip, or a difference between some. Told in milliseconds.
    RoundTrip(Duration),
    /// The length of an outage. Told in seconds.
    Outage(Duration),
    /// A number of replies.
    Count(u64),
}
