//! The round trips of several runs, combined from their summaries.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{deviation, from_nanoseconds};
use crate::event::{Distribution, RoundTrips};

/// The round trips of several runs. The percentiles equal those of one run with all of them.
#[derive(Debug, Clone, Default)]
pub struct Combined {
    count: u64,
    /// Nanoseconds.
    sum: u128,
    min: Option<Duration>,
    max: Duration,
    mean: f64,
    squared_differences: f64,
    /// The sum of the runs' jitters in nanoseconds, each weighted by the run's round trips.
    jitter: u128,
    digits: Option<u8>,
    values: BTreeMap<Duration, u64>,
}

impl Combined {
    /// Adds the results of a run.
    #[allow(
        clippy::cast_precision_loss,
        reason = "a deviation has no more digits than a double"
    )]
    pub fn add(&mut self, times: Option<&RoundTrips>, distribution: &Distribution) {
        let values = distribution.values.iter();
        let count = values.fold(0_u64, |sum, (_, count)| sum.saturating_add(*count));
        let digits = distribution.digits;
        if digits > 0 {
            self.digits = Some(self.digits.map_or(digits, |before| before.min(digits)));
        }
        let Some(times) = times.filter(|_| count > 0) else {
            return;
        };
        for (value, count) in &distribution.values {
            let all = self.values.entry(*value).or_default();
            *all = all.saturating_add(*count);
        }
        self.min = Some(self.min.map_or(times.min, |min| min.min(times.min)));
        self.max = self.max.max(times.max);
        let of_run = |time: Duration| time.as_nanos().saturating_mul(count.into());
        self.sum = self.sum.saturating_add(of_run(times.mean));
        self.jitter = self.jitter.saturating_add(of_run(times.jitter));
        // Chan's formula for two parts: it subtracts no large numbers.
        let (before, added) = (self.count as f64, count as f64);
        let mean = times.mean.as_nanos() as f64;
        let deviation = times.deviation.as_nanos() as f64;
        let apart = mean - self.mean;
        let all = before + added;
        self.mean += apart * added / all;
        self.squared_differences +=
            deviation * deviation * added + apart * apart * before * added / all;
        self.count = self.count.saturating_add(count);
    }

    /// All statistics, if there was a round trip. The jitter is the weighted mean of the runs' jitters. The smoothed
    /// average is the mean, because the runs have no common order.
    #[must_use]
    pub fn summary(&self) -> Option<RoundTrips> {
        let count = u128::from(self.count);
        let mean = from_nanoseconds(self.sum.checked_div(count)?);
        Some(RoundTrips {
            min: self.min.unwrap_or_default(),
            mean,
            max: self.max,
            deviation: deviation(self.squared_differences, self.count),
            ewma: mean,
            p50: self.quantile(500),
            p90: self.quantile(900),
            p99: self.quantile(990),
            p99_9: self.quantile(999),
            jitter: from_nanoseconds(self.jitter / count),
        })
    }

    /// The combined distribution.
    #[must_use]
    pub fn distribution(&self) -> Distribution {
        Distribution {
            digits: self.digits.unwrap_or_default(),
            values: self
                .values
                .iter()
                .map(|(value, count)| (*value, *count))
                .collect(),
        }
    }

    /// The quantile of this many thousandths, within minimum and maximum.
    fn quantile(&self, of_thousand: u32) -> Duration {
        let place = u128::from(self.count) * u128::from(of_thousand);
        let place = place.div_ceil(1000).max(1);
        let mut counted = 0_u128;
        let found = self.values.iter().find(|(_, count)| {
            counted += u128::from(**count);
            counted >= place
        });
        let value = found.map_or(self.max, |(value, _)| *value);
        value.min(self.max).max(self.min.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::super::RoundTripStatistics;
    use super::*;
    use proptest::prelude::*;

    fn statistics(nanoseconds: &[u64]) -> RoundTripStatistics {
        let mut statistics = RoundTripStatistics::new();
        for nanoseconds in nanoseconds {
            statistics.record(Duration::from_nanos(*nanoseconds));
        }
        statistics
    }

    #[test]
    fn combination_of_nothing_has_no_round_trips() {
        assert_eq!(Combined::default().summary(), None);
        assert_eq!(Combined::default().distribution(), Distribution::default());
    }

    proptest! {
        #[test]
        fn combined_parts_equal_the_whole(
            parts in prop::collection::vec(prop::collection::vec(1_u64..5_000_000_000, 0..50), 1..5)
        ) {
            let whole = statistics(&parts.concat());
            let mut combined = Combined::default();
            for part in parts.iter().map(|part| statistics(part)) {
                combined.add(part.summary().as_ref(), &part.distribution());
            }
            prop_assert_eq!(combined.distribution().values, whole.distribution().values);
            let Some(expected) = whole.summary() else {
                prop_assert_eq!(combined.summary(), None);
                return Ok(());
            };
            let found = combined.summary().unwrap();
            let exact = |times: &RoundTrips| {
                [times.min, times.max, times.p50, times.p90, times.p99, times.p99_9]
            };
            prop_assert_eq!(exact(&found), exact(&expected));
            // Means of the parts are truncated to nanoseconds.
            prop_assert!(found.mean.abs_diff(expected.mean) <= Duration::from_nanos(1));
            prop_assert!(found.deviation.abs_diff(expected.deviation) <= Duration::from_nanos(2));
        }
    }
}
