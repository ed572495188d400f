//! Statistics of round trips: mean, deviation, quantiles, jitter. No I/O, no formatting.
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
pub mod sizes;
mod sparse;
mod waits;

use std::time::Duration;

use hdrhistogram::Histogram;

use crate::event::{Bin, Distribution, RoundTrips};

pub use combined::Combined;
pub use recent::RecentStatistics;
pub use waits::QueueWaits;

/// The most bins of a histogram; [`edges`] takes the root of this degree.
const MAX_BINS: u32 = 16;

/// No bin is narrower than this, the printed resolution, so that its bounds are printed as two numbers.
const NARROWEST: Duration = Duration::from_micros(1);

/// The resolution of quantiles in nanoseconds: a fifteenth of the printed one, unless the digits limit it.
const RESOLUTION: u64 = 64;

/// Quantiles take longer round trips for this long.
const LONGEST: Duration = Duration::from_secs(3600);

/// How many significant decimal digits a distribution keeps. Its memory grows with the longest round trip. Two digits: 4 KB
/// up to 1 ms, 6 KB up to 10 ms, 9 KB up to a second, 15 KB up to an hour. Three digits: 20, 36, 60 and 110 KB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Digits {
    /// A precision of 1 %.
    Two,
    /// A precision of 0.1 %.
    Three,
}

/// The statistics of round trips. Their memory does not grow with the number of round trips.
#[derive(Debug, Clone)]
pub struct RoundTripStatistics {
    count: u64,
    /// Nanoseconds; 128 bits hold 10^20 round trips of a day each.
    sum: u128,
    min: Duration,
    max: Duration,
    /// Mean and sum of squared differences in nanoseconds, by Welford's method: it subtracts no large numbers.
    running_mean: f64,
    squared_differences: f64,
    smoothed: Smoothed,
    jitter: Jitter,
    histogram: Histogram<u32>,
}

/// What a schedule needs to know: it covers all round trips, including those left out of the statistics.
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

    /// The exponentially weighted average so far; `None` before the first round trip.
    #[must_use]
    pub fn smoothed(&self) -> Option<Duration> {
        self.smoothed.value()
    }
}

/// An exponentially weighted average: each new value has a weight of an eighth, as in iputils.
#[derive(Debug, Clone, Copy, Default)]
struct Smoothed {
    /// Eight times the average in nanoseconds; `None` before the first value.
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
    /// Empty statistics with quantiles to three digits.
    #[must_use]
    pub fn new() -> Self {
        Self::with_digits(Digits::Three)
    }

    /// Empty statistics with quantiles to these digits.
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
        // It can only fail for a histogram that must not grow.
        let _ = self.histogram.record(u64::try_from(bounded).unwrap_or(0));
    }

    #[allow(
        clippy::cast_precision_loss,
        reason = "53 bits of nanoseconds are a hundred days"
    )]
    fn record_deviation(&mut self, round_trip: Duration) {
        // 64 bits suffice: only a round trip of centuries is longer, and 128 bits need a library function.
        let value = u64::try_from(round_trip.as_nanos()).unwrap_or(u64::MAX) as f64;
        let before = value - self.running_mean;
        self.running_mean += before / self.count as f64;
        self.squared_differences += before * (value - self.running_mean);
    }

    /// All statistics, if there was a round trip.
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

    /// Minimum, mean and maximum, if there was a round trip.
    #[must_use]
    pub fn spread(&self) -> Option<(Duration, Duration, Duration)> {
        (self.count > 0).then(|| (self.min, self.mean(), self.max))
    }

    fn mean(&self) -> Duration {
        from_nanoseconds(self.sum / u128::from(self.count))
    }

    /// The 99th percentile, if there was a round trip.
    #[must_use]
    pub fn p99(&self) -> Option<Duration> {
        (self.count > 0).then(|| self.quantile(0.99))
    }

    /// A histogram with up to sixteen bins. They have equal ratio if the maximum is at least four times the minimum, and
    /// otherwise equal width. No bin is narrower than a microsecond, unless it is the only one.
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

    /// The distribution, to the digits that are kept.
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

    /// The quantile `part`, to the digits that are kept, and within minimum and maximum.
    fn quantile(&self, part: f64) -> Duration {
        Duration::from_nanos(self.histogram.value_at_quantile(part)).clamp(self.min, self.max)
    }
}

/// The edges of the bins of a histogram.
///
/// The sixteenth root is four square roots, which are processor instructions: a histogram is not worth loading a
/// mathematical library into every run.
fn edges(min: Duration, max: Duration) -> Vec<Duration> {
    let (first, last) = (min.as_secs_f64(), max.as_secs_f64());
    let is_wide = first > 0.0 && last >= 4.0 * first;
    let ratio = (last / first).sqrt().sqrt().sqrt().sqrt();
    let step = max.saturating_sub(min) / MAX_BINS;
    let mut edge = min;
    let mut edges = vec![min];
    for _ in 1..MAX_BINS {
        let width = if is_wide {
            edge.mul_f64(ratio).saturating_sub(edge)
        } else {
            step
        };
        edge += width.max(NARROWEST);
        // The rest joins the last bin.
        if max.saturating_sub(edge) < NARROWEST {
            break;
        }
        edges.push(edge);
    }
    edges.push(max);
    edges
}

/// It grows with the longest round trip.
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

/// Converts nanoseconds of a mean of durations, which fit a duration.
fn from_nanoseconds(nanoseconds: u128) -> Duration {
    Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
}

/// Interarrival jitter (RFC 3550, section 6.4.1 and appendix A.8), of round trips in order of arrival.
#[derive(Debug, Clone, Default)]
struct Jitter {
    previous: Option<Duration>,
    /// Sixteen times the estimate in nanoseconds, so that dividing by 16 loses no precision.
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

/// The standard deviation of `count` values, from the sum of their squared distances to the mean.
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
