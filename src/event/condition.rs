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
    /// The value of its figure, with the printed precision.
    pub amount: Amount,
}

/// The value of a figure. Only values of the same kind can be compared.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub enum Amount {
    /// A percentage.
    Percent(f64),
    /// A round trip, or a difference between two, printed in milliseconds.
    RoundTrip(Duration),
    /// The length of an outage, printed in seconds.
    Outage(Duration),
    /// A number of replies.
    Count(u64),
}
