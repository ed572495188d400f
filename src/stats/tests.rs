//! Statistics of round trips, compared with textbook examples and naive models.

use std::collections::BTreeMap;

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
fn no_round_trips_give_no_summary() {
    assert_eq!(RoundTripStatistics::new().summary(), None);
}

#[test]
fn one_round_trip_gives_all_statistics_and_no_deviation() {
    let one = of(&[7]);
    let seven = Duration::from_millis(7);
    assert_eq!(
        [one.min, one.mean, one.max, one.p50, one.p99, one.ewma],
        [seven; 6]
    );
    assert_eq!([one.deviation, one.jitter], [Duration::ZERO; 2]);
}

#[test]
fn deviation_is_of_the_population() {
    // Mean 5, squared differences 9 + 1 + 1 + 1 + 0 + 0 + 4 + 16 = 32: a textbook example.
    assert_eq!(
        of(&[2, 4, 4, 4, 5, 5, 7, 9]).deviation,
        Duration::from_millis(2)
    );
}

#[test]
fn deviation_of_long_equal_round_trips_is_zero() {
    assert_eq!(of(&[86_400_000; 1000]).deviation, Duration::ZERO);
}

#[test]
fn new_value_has_a_weight_of_an_eighth_in_the_average() {
    assert_eq!(of(&[8, 16]).ewma, Duration::from_millis(9));
}

#[test]
fn jitter_follows_the_example_of_rfc_3550() {
    // A difference of 16 ms moves an estimate of zero by a sixteenth.
    assert_eq!(of(&[1, 17]).jitter, Duration::from_millis(1));
}

#[test]
fn quantiles_use_the_nearest_rank() {
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
fn round_trips_beyond_the_histogram_count_in_min_mean_and_max() {
    let day = of(&[86_400_000, 86_400_000]);
    assert_eq!([day.max, day.mean], [Duration::from_secs(86_400); 2]);
    assert_eq!(day.p99, day.min, "clamped to what was recorded");
}

#[test]
fn bins_have_equal_ratio_for_a_wide_spread() {
    let mut statistics = RoundTripStatistics::new();
    for milliseconds in [1, 1, 2, 5, 99, 100] {
        statistics.record(Duration::from_millis(milliseconds));
    }
    let bins = statistics.bins();
    let counts: Vec<u64> = bins.iter().map(|bin| bin.count).collect();
    assert_eq!(counts, [2, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2]);
    let (middle, last) = (bins[8].from, bins[15].to);
    assert!(middle.abs_diff(Duration::from_millis(10)) < Duration::from_micros(1));
    assert_eq!(last, Duration::from_millis(100));
    assert!(RoundTripStatistics::new().bins().is_empty());
}

/// The widths of the bins between these two, in nanoseconds.
fn widths(shortest: u64, longest: u64) -> Vec<u128> {
    let mut statistics = RoundTripStatistics::new();
    for nanoseconds in [shortest, longest] {
        statistics.record(Duration::from_nanos(nanoseconds));
    }
    let bins = statistics.bins();
    let widths = bins.iter().map(|bin| bin.to.abs_diff(bin.from).as_nanos());
    widths.collect()
}

#[test]
fn bins_of_a_fast_path_are_at_least_a_microsecond_wide() {
    assert_eq!(widths(5_000, 9_000), [1_000; 4]);
    assert_eq!(widths(5_000, 9_999), [1_000, 1_000, 1_000, 1_999]);
    assert_eq!(widths(5_000, 6_999), [1_999]);
    assert_eq!(widths(5_000, 5_000), [0]);
    assert_eq!(widths(100_000, 132_000), [2_000; 16]);
    // Bins of equal ratio once they are wide enough; the last one takes the rest.
    let wide = widths(2_000, 100_000);
    assert_eq!(wide[..3], [1_000, 1_000, 1_108]);
    assert!(wide[..15].is_sorted(), "{wide:?}");
}

proptest! {
    #[test]
    fn bins_count_each_round_trip_once(
        values in prop::collection::vec(0..3_600_000_000_000_u64, 1..200)
    ) {
        let mut statistics = RoundTripStatistics::new();
        for &value in &values {
            statistics.record(Duration::from_nanos(value));
        }
        let bins = statistics.bins();
        prop_assert!((1..=16).contains(&bins.len()));
        prop_assert_eq!(bins.iter().map(|bin| bin.count).sum::<u64>(), values.len() as u64);
        prop_assert!(bins.windows(2).all(|pair| pair[0].to == pair[1].from));
        let is_wide = |bin: &Bin| bin.to.saturating_sub(bin.from) >= NARROWEST;
        prop_assert!(bins.len() == 1 || bins.iter().all(is_wide), "{:?}", bins);
    }

    #[test]
    fn bins_are_wide_enough_for_any_two_round_trips(
        shortest in 0..100_000_u64, further in 0..400_000_u64
    ) {
        let widths = widths(shortest, shortest + further);
        prop_assert_eq!(widths.iter().sum::<u128>(), u128::from(further));
        prop_assert!(widths.len() == 1 || widths.iter().all(|&width| width >= 1000), "{:?}", widths);
    }

    #[test]
    fn statistics_are_ordered_and_exact(values in prop::collection::vec(0..u64::MAX / 2, 1..200)) {
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

    #[test]
    fn sum_of_two_distributions_is_the_distribution_of_both(
        [one, other] in prop::array::uniform2(
            prop::collection::vec(0..3_600_000_000_000_u64, 0..200)
        ),
        digits in prop::sample::select(vec![Digits::Two, Digits::Three]),
    ) {
        let of = |values: &[u64]| {
            let mut statistics = RoundTripStatistics::with_digits(digits);
            for &value in values {
                statistics.record(Duration::from_nanos(value));
            }
            statistics
        };
        let mut sum = BTreeMap::new();
        for (value, count) in [&one, &other].into_iter().flat_map(|it| of(it).distribution().values) {
            *sum.entry(value).or_insert(0) += count;
        }
        let both = of(&[one, other].concat());
        let values: Vec<(Duration, u64)> = sum.into_iter().collect();
        prop_assert_eq!(&both.distribution().values, &values);
        // The quantiles are the first values that enough round trips do not exceed.
        let Some(times) = both.summary() else {
            return Ok(());
        };
        let all: u64 = values.iter().map(|(_, count)| count).sum();
        for (part, quantile) in [(50, times.p50), (90, times.p90), (99, times.p99)] {
            let mut passed = 0;
            let reached = values.iter().find(|(_, count)| {
                passed += count;
                passed * 100 >= all * part
            });
            let value = reached.unwrap().0.clamp(times.min, times.max);
            prop_assert_eq!(value, quantile);
        }
    }

    #[test]
    fn values_of_a_distribution_are_close_upper_bounds(
        nanoseconds in 0..3_600_000_000_000_u64,
        digits in prop::sample::select(vec![Digits::Two, Digits::Three]),
    ) {
        let mut statistics = RoundTripStatistics::with_digits(digits);
        let round_trip = Duration::from_nanos(nanoseconds);
        statistics.record(round_trip);
        let distribution = statistics.distribution();
        let (value, count) = distribution.values[0];
        prop_assert_eq!((distribution.values.len(), count), (1, 1));
        let parts = match digits {
            Digits::Two => 100,
            Digits::Three => 1000,
        };
        let error = Duration::from_nanos(64).max(round_trip / parts);
        prop_assert!(round_trip <= value && value <= round_trip + error, "{:?}", value);
        prop_assert_eq!(10_u32.pow(distribution.digits.into()), parts);
    }
}
