//! `--fail-if`: conditions that must not be true of a target.

use crate::event::Amount;

/// The comparison of a target's figure with a bound: if it is true, the run fails.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The part of the run that it refers to.
    pub part: Part,
    /// The figure.
    pub figure: Figure,
    /// The comparison.
    pub comparison: Comparison,
    /// The bound, in the unit of the figure.
    pub bound: Amount,
    /// The whole condition as typed, without blanks: `loss>1%`.
    pub text: String,
}

impl Condition {
    /// Whether it is true if its figure has this amount.
    #[must_use]
    pub fn is_true_of(&self, amount: Amount) -> bool {
        match self.comparison {
            Comparison::Above => amount > self.bound,
            Comparison::AtLeast => amount >= self.bound,
            Comparison::Below => amount < self.bound,
            Comparison::AtMost => amount <= self.bound,
        }
    }
}

/// The part of a run that a figure is computed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Part {
    /// All of it.
    #[default]
    Run,
    /// The last part: `window.loss`.
    Window,
}

/// A result of a target with one value at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    /// The percentage of probes that were lost.
    Loss,
    /// The shortest round trip.
    Min,
    /// The mean round trip.
    Avg,
    /// The longest round trip.
    Max,
    /// The standard deviation of the round trips.
    Mdev,
    /// The median round trip.
    P50,
    /// The 90th percentile of the round trips.
    P90,
    /// The 99th percentile of the round trips.
    P99,
    /// The 99.9th percentile of the round trips.
    P99_9,
    /// The jitter of the round trips (RFC 3550, section 6.4.1).
    Jitter,
    /// The length of the longest outage.
    Outage,
    /// Late replies.
    Late,
    /// Duplicate replies.
    Duplicates,
}

/// The unit of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A percentage.
    Percent,
    /// Milliseconds of a round trip.
    RoundTrip,
    /// Seconds of an outage.
    Outage,
    /// A number of replies.
    Count,
}

impl Figure {
    /// All figures.
    pub const ALL: [Self; 13] = [
        Self::Loss,
        Self::Min,
        Self::Avg,
        Self::Max,
        Self::Mdev,
        Self::P50,
        Self::P90,
        Self::P99,
        Self::P99_9,
        Self::Jitter,
        Self::Outage,
        Self::Late,
        Self::Duplicates,
    ];

    /// How it is typed.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Loss => "loss",
            Self::Min => "min",
            Self::Avg => "avg",
            Self::Max => "max",
            Self::Mdev => "mdev",
            Self::P50 => "p50",
            Self::P90 => "p90",
            Self::P99 => "p99",
            Self::P99_9 => "p99.9",
            Self::Jitter => "jitter",
            Self::Outage => "outage",
            Self::Late => "late",
            Self::Duplicates => "duplicates",
        }
    }

    /// Its unit.
    #[must_use]
    pub const fn unit(self) -> Unit {
        match self {
            Self::Loss => Unit::Percent,
            Self::Late | Self::Duplicates => Unit::Count,
            Self::Outage => Unit::Outage,
            _ => Unit::RoundTrip,
        }
    }

    /// Whether it is kept for the window, too.
    #[must_use]
    pub const fn is_of_window(self) -> bool {
        self.is_of_every_row() || matches!(self, Self::P50 | Self::P99)
    }

    /// Whether it is kept for each target, for any number of targets.
    #[must_use]
    pub const fn is_of_every_row(self) -> bool {
        matches!(self, Self::Loss | Self::Min | Self::Avg | Self::Max)
    }
}

/// How a figure is compared with a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// It is greater.
    Above,
    /// It is greater or equal.
    AtLeast,
    /// It is less.
    Below,
    /// It is less or equal.
    AtMost,
}

impl Comparison {
    /// All comparisons, longer ones before their prefixes.
    pub const ALL: [Self; 4] = [Self::AtLeast, Self::AtMost, Self::Above, Self::Below];

    /// How it is typed.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Above => ">",
            Self::AtLeast => ">=",
            Self::Below => "<",
            Self::AtMost => "<=",
        }
    }
}
