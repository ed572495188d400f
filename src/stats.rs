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

mod waits;

use std::time::Duration;

use hdrhistogram::Histogram;

use crate::event::{Bin, RoundTrips};

pub use waits::QueueWaits;

/// In how many ranges a distribution is told at most; the root in [`edges`] goes with it.
const RANGES: u32 = 16;

/// No range is narrower than this, the finest that is printed: the bounds of each read as two numbers.
const NARROWEST: Duration = Duration::from_micros(1);

/// The resolution of quantiles in nanoseconds, a fifteenth of what is printed, or to three
/// significant digits.
const RESOLUTION: u64 = 64;

/// Round trips longer than this enter the quantiles as this long.
const LONGEST: Duration = Duration::from_secs(3600);

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
    /// Nothing recorded yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            count: 0,
            sum: 0,
            min: Duration::MAX,
            max: Duration::ZERO,
            running_mean: 0.0,
            squared_differences: 0.0,
            smoothed: Smoothed::default(),
            jitter: Jitter::default(),
            histogram: empty_histogram(),
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
            mean: from_nanoseconds(self.sum / u128::from(self.count)),
            max: self.max,
            deviation: self.deviation(),
            ewma: self.smoothed.value().unwrap_or_default(),
            p50: self.quantile(0.50),
            p90: self.quantile(0.90),
            p99: self.quantile(0.99),
            p99_9: self.quantile(0.999),
            jitter: self.jitter.value(),
        })
    }

    /// The round trips in up to sixteen ranges from the shortest to the longest: of equal ratio where the longest is four
    /// times the shortest or more, else of equal width. None is narrower than a microsecond, unless there is but one.
    #[must_use]
    pub fn distribution(&self) -> Vec<Bin> {
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

    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a standard deviation is not negative, and its fraction of a nanosecond is noise"
    )]
    fn deviation(&self) -> Duration {
        let variance = self.squared_differences / self.count as f64;
        Duration::from_nanos(variance.max(0.0).sqrt() as u64)
    }

    /// The value that the given part of all round trips does not exceed, to three significant digits and
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

/// Grows with the longest round trip: a few pages for a LAN, at most 110 KB for an hour.
#[allow(
    clippy::expect_used,
    reason = "the bounds are constants that the library accepts: 1 <= low, 2 low <= high, 3 digits"
)]
fn empty_histogram() -> Histogram<u32> {
    let mut histogram = Histogram::new_with_bounds(RESOLUTION, 2 * RESOLUTION, 3)
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(milliseconds: &[u64]) -> RoundTrips {
        let mut statistics = RoundTripStatistics::new();
        for &value in milliseconds {
            statistics.record(Duration::from_millis(value));
        }
        statistics.summary().unwrap()
    }

    #[test]
    fn nothing_recorded_is_no_summary() {
        assert_eq!(RoundTripStatistics::new().summary(), None);
    }

    #[test]
    fn one_round_trip_is_all_of_its_figures_and_does_not_deviate() {
        let one = of(&[7]);
        let seven = Duration::from_millis(7);
        assert_eq!(
            [one.min, one.mean, one.max, one.p50, one.p99, one.ewma],
            [seven; 6]
        );
        assert_eq!([one.deviation, one.jitter], [Duration::ZERO; 2]);
    }

    #[test]
    fn deviation_is_that_of_the_population() {
        // Mean 5, squared differences 9 + 1 + 1 + 1 + 0 + 0 + 4 + 16 = 32, a textbook's example.
        assert_eq!(
            of(&[2, 4, 4, 4, 5, 5, 7, 9]).deviation,
            Duration::from_millis(2)
        );
    }

    #[test]
    fn deviation_of_long_equal_round_trips_is_zero_without_cancellation() {
        assert_eq!(of(&[86_400_000; 1000]).deviation, Duration::ZERO);
    }

    #[test]
    fn average_weighs_a_new_value_by_an_eighth() {
        assert_eq!(of(&[8, 16]).ewma, Duration::from_millis(9));
    }

    #[test]
    fn jitter_follows_the_example_of_rfc_3550() {
        // One difference of 16 ms moves an estimate of zero by a sixteenth.
        assert_eq!(of(&[1, 17]).jitter, Duration::from_millis(1));
    }

    #[test]
    fn quantiles_are_by_nearest_rank() {
        let values: Vec<u64> = (1..=100).collect();
        let all = of(&values);
        for (found, expected) in [(all.p50, 50), (all.p90, 90), (all.p99, 99)] {
            let error = found.abs_diff(Duration::from_millis(expected));
            assert!(
                error <= Duration::from_micros(100),
                "{found:?} for {expected} ms"
            );
        }
    }

    #[test]
    fn round_trips_beyond_the_histogram_still_count_in_full() {
        let day = of(&[86_400_000, 86_400_000]);
        assert_eq!([day.max, day.mean], [Duration::from_secs(86_400); 2]);
        assert_eq!(day.p99, day.min, "clamped to what was recorded");
    }

    #[test]
    fn a_distribution_has_ranges_of_equal_ratio_where_the_spread_is_wide() {
        let mut statistics = RoundTripStatistics::new();
        for milliseconds in [1, 1, 2, 5, 99, 100] {
            statistics.record(Duration::from_millis(milliseconds));
        }
        let bins = statistics.distribution();
        let counts: Vec<u64> = bins.iter().map(|bin| bin.count).collect();
        assert_eq!(counts, [2, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]);
        let (middle, last) = (bins[8].from, bins[15].to);
        assert!(middle.abs_diff(Duration::from_millis(10)) < Duration::from_micros(1));
        assert_eq!(last, Duration::from_millis(100));
        assert!(RoundTripStatistics::new().distribution().is_empty());
    }

    /// The widths of the ranges of these two, in nanoseconds.
    fn widths(shortest: u64, longest: u64) -> Vec<u128> {
        let mut statistics = RoundTripStatistics::new();
        for nanoseconds in [shortest, longest] {
            statistics.record(Duration::from_nanos(nanoseconds));
        }
        let bins = statistics.distribution();
        let widths = bins.iter().map(|bin| bin.to.abs_diff(bin.from).as_nanos());
        widths.collect()
    }

    #[test]
    fn ranges_of_a_fast_path_are_no_finer_than_what_is_printed() {
        assert_eq!(widths(5_000, 9_000), [1_000; 4]);
        assert_eq!(widths(5_000, 9_999), [1_000, 1_000, 1_000, 1_999]);
        assert_eq!(widths(5_000, 6_999), [1_999]);
        assert_eq!(widths(5_000, 5_000), [0]);
        assert_eq!(widths(100_000, 132_000), [2_000; 16]);
        // Of equal ratio as soon as that is wider; what is left then is the last one.
        let wide = widths(2_000, 100_000);
        assert_eq!(wide[..3], [1_000, 1_000, 1_108]);
        assert!(wide[..15].is_sorted(), "{wide:?}");
    }

    proptest! {
        #[test]
        fn a_distribution_counts_each_round_trip_once(
            values in prop::collection::vec(0..3_600_000_000_000_u64, 1..200)
        ) {
            let mut statistics = RoundTripStatistics::new();
            for &value in &values {
                statistics.record(Duration::from_nanos(value));
            }
            let bins = statistics.distribution();
            prop_assert!((1..=16).contains(&bins.len()));
            prop_assert_eq!(bins.iter().map(|bin| bin.count).sum::<u64>(), values.len() as u64);
            prop_assert!(bins.windows(2).all(|pair| pair[0].to == pair[1].from));
            let is_wide = |bin: &Bin| bin.to.saturating_sub(bin.from) >= NARROWEST;
            prop_assert!(bins.len() == 1 || bins.iter().all(is_wide), "{:?}", bins);
        }

        #[test]
        fn no_two_round_trips_are_so_near_that_a_range_between_them_is_too_narrow(
            shortest in 0..100_000_u64, further in 0..400_000_u64
        ) {
            let widths = widths(shortest, shortest + further);
            prop_assert_eq!(widths.iter().sum::<u128>(), u128::from(further));
            prop_assert!(widths.len() == 1 || widths.iter().all(|&width| width >= 1000), "{:?}", widths);
        }

        #[test]
        fn figures_are_in_order_and_exact(values in prop::collection::vec(0..u64::MAX / 2, 1..200)) {
            let mut statistics = RoundTripStatistics::new();
            for &value in &values {
                statistics.record(Duration::from_nanos(value));
            }
            let all = statistics.summary().unwrap();
            let sum: u128 = values.iter().map(|&value| u128::from(value)).sum();
            prop_assert_eq!(all.mean.as_nanos(), sum / values.len() as u128);
            prop_assert!(all.min <= all.mean && all.mean <= all.max);
            prop_assert!(all.min <= all.p50 && all.p50 <= all.p90);
            prop_assert!(all.p90 <= all.p99 && all.p99 <= all.p99_9 && all.p99_9 <= all.max);
            prop_assert!(all.deviation <= all.max);
            prop_assert!(all.jitter <= all.max);
        }
    }
}
