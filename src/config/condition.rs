//! `--fail-if`: what must not be true of a target.

use crate::event::Amount;

/// A figure of a target compared with a bound: if that is true, the run fails.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// The part of the run that it is about.
    pub part: Part,
    /// What is compared.
    pub figure: Figure,
    /// How it is compared.
    pub comparison: Comparison,
    /// What it is compared with, in the unit of the figure.
    pub bound: Amount,
    /// All of it as typed, without blanks: `loss>1%`.
    pub text: String,
}

impl Condition {
    /// Whether it is true of this amount of its figure.
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

/// Which part of a run a figure is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Part {
    /// All of it.
    #[default]
    Run,
    /// The last part: `window.loss`.
    Window,
}

/// What is measured of a target and has one value at the end.
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
    /// The round trip that half of all do not exceed.
    P50,
    /// The round trip that nine of ten do not exceed.
    P90,
    /// The round trip that ninety-nine of a hundred do not exceed.
    P99,
    /// The round trip that nine hundred and ninety-nine of a thousand do not exceed.
    P99_9,
    /// How much one round trip differs from the next.
    Jitter,
    /// The length of the longest outage.
    Outage,
    /// Replies that came late.
    Late,
    /// Replies to probes that had one before.
    Duplicates,
}

/// What a figure is measured in.
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
    /// All of them.
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

    /// What it is measured in.
    #[must_use]
    pub const fn unit(self) -> Unit {
        match self {
            Self::Loss => Unit::Percent,
            Self::Late | Self::Duplicates => Unit::Count,
            Self::Outage => Unit::Outage,
            _ => Unit::RoundTrip,
        }
    }

    /// Whether it is known of each target, however many there are.
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
    /// All of them; each before those that it begins with.
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
