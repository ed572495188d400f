//! Arithmetic on round trips: moments, quantiles, jitter. No I/O, no formatting.
//!
//! ```
//! use std::time::Duration;
//! use rping::stats::RoundTripStatistics;
//!
//! let mut statistics = RoundTripStatistics::new();
//! for milliseconds in [1, 2, 3] {
//!     statistics.record(Duration::from_millis(milliseconds));
//! }
//! let round_trips = statistics.summary().expect("three were recorded");
//! assert_eq!(round_trips.mean, Duration::from_millis(2));
//! ```

mod combined;
mod recent;
mod waits;

use std::time::Duration;

use hdrhistogram::Histogram;

use crate::event::{Bin, Distribution, RoundTrips};

pub use combined::Combined;
pub use recent::RecentStatistics;
pub use waits::QueueWaits;

/// In how many ranges a distribution is told at most; the root in [`edges`] goes with it.
const RANGES: u32 = 16;

/// No range is narrower than this, the finest that is printed: the bounds of each read as two numbers.
const NARROWEST: Duration = Duration::from_micros(1);

/// The resolution of quantiles in nanoseconds, a fifteenth of what is printed, or to the digits that are kept.
const RESOLUTION: u64 = 64;

/// Round trips longer than this enter the quantiles as this long.
const LONGEST: Duration = Duration::from_secs(3600);

/// How many significant decimal digits of each round trip a distribution keeps. Its memory grows with its longest round trip:
/// 4 KB up to 1 ms, 6 KB up to 10 ms, 9 KB up to a second and 15 KB up to an hour with two digits; 20, 36, 60 and 110 KB with
/// three.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Digits {
    /// Each is known to 1 %.
    Two,
    /// Each is known to 0.1 %.
    Three,
}

/// What is kept of the round trips of a run, in memory that does not grow with their number.
#[derive(Debug, Clone)]
pub struct RoundTripStatistics {
    count: u64,
    /// Nanoseconds; 128 bits hold 10^20 round trips of a day each.
    sum: u128,
    min: Duration,
    max: Duration,
    /// Mean and sum of squared differences in nanoseconds, after Welford: no large numbers are subtracted.
    running_mean: f64,
    squared_differences: f64,
    smoothed: Smoothed,
    jitter: Jitter,
    histogram: Histogram<u32>,
}

/// What a schedule needs to know of round trips: of all that were seen, whether or not they enter the statistics.
#[derive(Debug, Clone, Copy, Default)]
pub struct Observed {
    longest: Duration,
    smoothed: Smoothed,
}

impl Observed {
    /// Adds one round trip.
    pub fn record(&mut self, round_trip: Duration) {
        self.longest = self.longest.max(round_trip);
        self.smoothed.record(round_trip);
    }

    /// The longest round trip so far; zero before the first.
    #[must_use]
    pub fn longest(&self) -> Duration {
        self.longest
    }

    /// The exponentially weighted average so far; none before the first round trip.
    #[must_use]
    pub fn smoothed(&self) -> Option<Duration> {
        self.smoothed.value()
    }
}

/// An exponentially weighted average: each new value has an eighth of the weight, as in iputils.
#[derive(Debug, Clone, Copy, Default)]
struct Smoothed {
    /// Eight times the average in nanoseconds; none before the first value.
    eighths: Option<u128>,
}

impl Smoothed {
    fn record(&mut self, value: Duration) {
        let nanoseconds = value.as_nanos();
        self.eighths = Some(match self.eighths {
            None => nanoseconds * 8,
            Some(eighths) => eighths + nanoseconds - eighths / 8,
        });
    }

    fn value(&self) -> Option<Duration> {
        self.eighths.map(|eighths| from_nanoseconds(eighths / 8))
    }
}

impl Default for RoundTripStatistics {
    fn default() -> Self {
        Self::new()
    }
}

impl RoundTripStatistics {
    /// Nothing recorded yet; quantiles will be exact to three digits.
    #[must_use]
    pub fn new() -> Self {
        Self::with_digits(Digits::Three)
    }

    /// Nothing recorded yet; quantiles will be exact to these digits.
    #[must_use]
    pub fn with_digits(digits: Digits) -> Self {
        Self {
            count: 0,
            sum: 0,
            min: Duration::MAX,
            max: Duration::ZERO,
            running_mean: 0.0,
            squared_differences: 0.0,
            smoothed: Smoothed::default(),
            jitter: Jitter::default(),
            histogram: empty_histogram(digits),
        }
    }

    /// Adds one round trip.
    pub fn record(&mut self, round_trip: Duration) {
        let nanoseconds = round_trip.as_nanos();
        self.count += 1;
        self.sum += nanoseconds;
        self.min = self.min.min(round_trip);
        self.max = self.max.max(round_trip);
        self.record_deviation(round_trip);
        self.smoothed.record(round_trip);
        self.jitter.record(round_trip);
        let bounded = round_trip.min(LONGEST).as_nanos();
        // It fails only where it may not grow, and this one may.
        let _ = self.histogram.record(u64::try_from(bounded).unwrap_or(0));
    }

    #[allow(
        clippy::cast_precision_loss,
        reason = "53 bits of nanoseconds are a hundred days"
    )]
    fn record_deviation(&mut self, round_trip: Duration) {
        // Of 64 bits: a longer one, of centuries, deviates no less for it, and 128 take a function of the library.
        let value = u64::try_from(round_trip.as_nanos()).unwrap_or(u64::MAX) as f64;
        let before = value - self.running_mean;
        self.running_mean += before / self.count as f64;
        self.squared_differences += before * (value - self.running_mean);
    }

    /// All figures, if there was a round trip.
    #[must_use]
    pub fn summary(&self) -> Option<RoundTrips> {
        (self.count > 0).then(|| RoundTrips {
            min: self.min,
            mean: self.mean(),
            max: self.max,
            deviation: deviation(self.squared_differences, self.count),
            ewma: self.smoothed.value().unwrap_or_default(),
            p50: self.quantile(0.50),
            p90: self.quantile(0.90),
            p99: self.quantile(0.99),
            p99_9: self.quantile(0.999),
            jitter: self.jitter.value(),
        })
    }

    /// The shortest, the mean and the longest, if there was a round trip.
    #[must_use]
    pub fn spread(&self) -> Option<(Duration, Duration, Duration)> {
        (self.count > 0).then(|| (self.min, self.mean(), self.max))
    }

    fn mean(&self) -> Duration {
        from_nanoseconds(self.sum / u128::from(self.count))
    }

    /// What ninety-nine of a hundred are not longer than, if there was a round trip.
    #[must_use]
    pub fn p99(&self) -> Option<Duration> {
        (self.count > 0).then(|| self.quantile(0.99))
    }

    /// The round trips in up to sixteen ranges from the shortest to the longest: of equal ratio where the longest is four
    /// times the shortest or more, else of equal width. None is narrower than a microsecond, unless there is but one.
    #[must_use]
    pub fn bins(&self) -> Vec<Bin> {
        if self.count == 0 {
            return Vec::new();
        }
        let edges = edges(self.min, self.max);
        let pairs = edges.iter().zip(edges.iter().skip(1));
        let bin = |(&from, &to)| Bin { from, to, count: 0 };
        let mut bins: Vec<Bin> = pairs.map(bin).collect();
        for recorded in self.histogram.iter_recorded() {
            let value = Duration::from_nanos(recorded.value_iterated_to());
            let value = value.clamp(self.min, self.max);
            let last = bins.iter_mut().rfind(|bin| bin.from <= value);
            if let Some(bin) = last {
                bin.count += u64::from(recorded.count_at_value());
            }
        }
        bins
    }

    /// The round trips as far as their distribution tells them apart.
    #[must_use]
    pub fn distribution(&self) -> Distribution {
        let recorded = self.histogram.iter_recorded();
        let values = recorded.map(|recorded| {
            let value = Duration::from_nanos(recorded.value_iterated_to());
            (value, recorded.count_at_value().into())
        });
        Distribution {
            digits: self.histogram.sigfig(),
            values: values.collect(),
        }
    }

    /// The value that the given part of all round trips does not exceed, to the digits that are kept and
    /// never beyond the extremes that were recorded.
    fn quantile(&self, part: f64) -> Duration {
        Duration::from_nanos(self.histogram.value_at_quantile(part)).clamp(self.min, self.max)
    }
}

/// Where the ranges of a distribution begin, and where the last one ends.
///
/// The sixteenth root is four square roots, which a processor has an instruction for: no mathematical library is loaded
/// into every run for the sake of a picture.
fn edges(min: Duration, max: Duration) -> Vec<Duration> {
    let (first, last) = (min.as_secs_f64(), max.as_secs_f64());
    let is_wide = first > 0.0 && last >= 4.0 * first;
    let ratio = (last / first).sqrt().sqrt().sqrt().sqrt();
    let step = max.saturating_sub(min) / RANGES;
    let mut edge = min;
    let mut edges = vec![min];
    for _ in 1..RANGES {
        let width = if is_wide {
            edge.mul_f64(ratio).saturating_sub(edge)
        } else {
            step
        };
        edge += width.max(NARROWEST);
        // What is left becomes part of the last range.
        if max.saturating_sub(edge) < NARROWEST {
            break;
        }
        edges.push(edge);
    }
    edges.push(max);
    edges
}

/// Grows with the longest round trip.
#[allow(
    clippy::expect_used,
    reason = "the library accepts these constants: 1 <= low, 2 low <= high, digits <= 5"
)]
fn empty_histogram(digits: Digits) -> Histogram<u32> {
    let digits = match digits {
        Digits::Two => 2,
        Digits::Three => 3,
    };
    let mut histogram = Histogram::new_with_bounds(RESOLUTION, 2 * RESOLUTION, digits)
        .expect("constant bounds are valid");
    histogram.auto(true);
    histogram
}

/// Nanoseconds that came from a mean of durations, and so fit one.
fn from_nanoseconds(nanoseconds: u128) -> Duration {
    Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
}

/// Interarrival jitter (RFC 3550, section 6.4.1 and appendix A.8), on round trips in order of arrival.
#[derive(Debug, Clone, Default)]
struct Jitter {
    previous: Option<Duration>,
    /// Sixteen times the estimate in nanoseconds, so that the integer division by 16 loses nothing.
    sixteenths: u128,
}

impl Jitter {
    fn record(&mut self, round_trip: Duration) {
        if let Some(previous) = self.previous.replace(round_trip) {
            let difference = round_trip.abs_diff(previous).as_nanos();
            self.sixteenths = self.sixteenths + difference - (self.sixteenths + 8) / 16;
        }
    }

    fn value(&self) -> Duration {
        from_nanoseconds(self.sixteenths / 16)
    }
}

/// The standard deviation of `count` values, given the sum of the squares of their distances to the mean.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a standard deviation is not negative, and its fraction of a nanosecond is noise"
)]
fn deviation(squared_differences: f64, count: u64) -> Duration {
    let variance = squared_differences / count as f64;
    Duration::from_nanos(variance.max(0.0).sqrt() as u64)
}

#[cfg(test)]
mod tests;
