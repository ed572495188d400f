//! Statistics of a sliding window, with bounded memory.

use std::collections::VecDeque;
use std::time::Duration;

use super::sparse::Sparse;
use crate::event::Recent;

/// The window slides in steps of a twentieth: a window of a minute covers 57 to 60 seconds.
const SLICES: u32 = 20;

/// Statistics of the probes sent within the window: 2 KB, and 8 octets for each round trip that differs from others by 1 % or
/// more.
#[derive(Debug, Clone)]
pub struct RecentStatistics {
    length: Duration,
    /// In rising order; slices without probes are left out.
    slices: VecDeque<Slice>,
}

/// A slice of the window.
#[derive(Debug, Clone, Default)]
struct Slice {
    /// The number of the slice, from the start of the run.
    number: u128,
    received: u64,
    lost: u64,
    times: u64,
    min: Option<Duration>,
    max: Option<Duration>,
    sum: Duration,
    distribution: Sparse,
}

impl RecentStatistics {
    /// A window of this length, which must not be zero.
    #[must_use]
    pub fn new(length: Duration) -> Self {
        Self {
            length,
            slices: VecDeque::new(),
        }
    }

    fn number(&self, moment: Duration) -> u128 {
        let slice = (self.length / SLICES).as_nanos().max(1);
        moment.as_nanos() / slice
    }

    /// The slice of a probe sent at `left`; `None` if it has left the window.
    fn at(&mut self, left: Duration) -> Option<&mut Slice> {
        let number = self.number(left);
        let newest = self
            .slices
            .back()
            .map_or(number, |last| last.number.max(number));
        let oldest = newest.saturating_sub(u128::from(SLICES - 1));
        while self
            .slices
            .front()
            .is_some_and(|first| first.number < oldest)
        {
            self.slices.pop_front();
        }
        if number < oldest {
            return None;
        }
        let place = self.slices.partition_point(|slice| slice.number < number);
        if self
            .slices
            .get(place)
            .is_none_or(|slice| slice.number != number)
        {
            let slice = Slice {
                number,
                ..Slice::default()
            };
            self.slices.insert(place, slice);
        }
        self.slices.get_mut(place)
    }

    /// A probe sent at `left`, since the start of the run, was answered in time.
    pub fn received(&mut self, left: Duration) {
        if let Some(slice) = self.at(left) {
            slice.received += 1;
        }
    }

    /// It was lost.
    pub fn lost(&mut self, left: Duration) {
        if let Some(slice) = self.at(left) {
            slice.lost += 1;
        }
    }

    /// It was counted as lost, and its reply counts after all.
    pub fn regained(&mut self, left: Duration) {
        if let Some(slice) = self.at(left) {
            slice.lost = slice.lost.saturating_sub(1);
            slice.received += 1;
        }
    }

    /// It had this round trip.
    pub fn timed(&mut self, left: Duration, round_trip: Duration) {
        if let Some(slice) = self.at(left) {
            slice.times += 1;
            slice.sum = slice.sum.saturating_add(round_trip);
            slice.min = Some(slice.min.map_or(round_trip, |min| min.min(round_trip)));
            slice.max = slice.max.max(Some(round_trip));
            slice.distribution.record(round_trip);
        }
    }

    /// The statistics of the window that ends at `moment`.
    #[must_use]
    pub fn until(&self, moment: Duration) -> Recent {
        let now = self.number(moment);
        let oldest = now.saturating_sub(u128::from(SLICES - 1));
        let mut all = Slice::default();
        let slices = self.slices.iter().filter(|slice| slice.number >= oldest);
        for slice in slices.clone() {
            all.received += slice.received;
            all.lost += slice.lost;
            all.times += slice.times;
            all.sum = all.sum.saturating_add(slice.sum);
            all.min = [all.min, slice.min].into_iter().flatten().min();
            all.max = all.max.max(slice.max);
        }
        let distributions = slices.map(|slice| &slice.distribution);
        let percentiles = Sparse::percentiles(distributions, [50, 99]);
        // A percentile is no longer than the longest round trip, although its range may be.
        let percentiles = percentiles.zip(all.min.zip(all.max));
        let percentiles =
            percentiles.map(|(both, (min, max))| both.map(|it| it.clamp(min, max.max(min))));
        let mean = all.sum.as_nanos().checked_div(all.times.into());
        Recent {
            length: self.length,
            received: all.received,
            lost: all.lost,
            min: all.min,
            mean: mean.map(|mean| Duration::from_nanos(u64::try_from(mean).unwrap_or(u64::MAX))),
            max: all.max,
            p50: percentiles.map(|[p50, _]| p50),
            p99: percentiles.map(|[_, p99]| p99),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const MILLISECOND: Duration = Duration::from_millis(1);

    fn answered(recent: &mut RecentStatistics, left: Duration, round_trip: Duration) {
        recent.received(left);
        recent.timed(left, round_trip);
    }

    #[test]
    fn only_probes_sent_within_the_window_count() {
        let mut recent = RecentStatistics::new(20 * SECOND);
        for second in 0..10 {
            answered(&mut recent, second * SECOND, (second + 1) * MILLISECOND);
        }
        recent.lost(10 * SECOND);
        let all = recent.until(10 * SECOND);
        assert_eq!((all.received, all.lost), (10, 1));
        assert_eq!(
            (all.min, all.max),
            (Some(MILLISECOND), Some(10 * MILLISECOND))
        );
        assert_eq!(all.mean, Some(Duration::from_micros(5500)));
        let within = |found: Option<Duration>, expected: Duration| {
            found.is_some_and(|it| it >= expected && it <= expected.mul_f64(1.01))
        };
        assert!(within(all.p50, 5 * MILLISECOND), "{all:?}");
        assert_eq!(all.p99, all.max);
        let later = recent.until(27 * SECOND);
        assert_eq!((later.received, later.lost), (2, 1));
        assert_eq!(later.min, Some(9 * MILLISECOND));
        let nothing = recent.until(60 * SECOND);
        assert_eq!(
            (nothing.received, nothing.lost, nothing.loss()),
            (0, 0, None)
        );
        assert_eq!((nothing.min, nothing.mean, nothing.max), (None, None, None));
        assert_eq!((nothing.p50, nothing.p99), (None, None));
    }

    #[test]
    fn counted_late_reply_cancels_a_loss() {
        let mut recent = RecentStatistics::new(SECOND);
        recent.lost(Duration::ZERO);
        recent.regained(Duration::ZERO);
        let recent = recent.until(Duration::ZERO);
        assert_eq!((recent.received, recent.lost), (1, 0));
    }

    #[test]
    fn memory_is_bounded_in_a_long_run() {
        let mut recent = RecentStatistics::new(SECOND);
        for millisecond in 0..100_000 {
            answered(&mut recent, millisecond * MILLISECOND, MILLISECOND);
        }
        assert!(recent.slices.len() <= SLICES as usize);
        assert_eq!(recent.until(99_999 * MILLISECOND).received, 1000);
        assert!(size_of::<Slice>() <= 128);
    }

    #[test]
    fn window_of_a_nanosecond_works() {
        let mut recent = RecentStatistics::new(Duration::from_nanos(1));
        recent.lost(SECOND);
        assert_eq!(recent.until(SECOND).lost, 1);
    }

    proptest! {
        /// Outcomes become known in another order than the probes were sent.
        #[test]
        fn statistics_cover_all_probes_in_the_slices_of_the_window(
            probes in prop::collection::vec((0_u64..100, any::<bool>(), 1_u64..1000), 1..100),
        ) {
            let mut recent = RecentStatistics::new(20 * SECOND);
            // An outcome that becomes known after its slice left the window is not counted.
            let mut newest = 0;
            let mut known = Vec::new();
            for (left, is_answered, time) in probes {
                newest = newest.max(left);
                let at = Duration::from_secs(left);
                if is_answered {
                    answered(&mut recent, at, Duration::from_nanos(time));
                } else {
                    recent.lost(at);
                }
                if left + 20 > newest {
                    known.push((left, is_answered, time));
                }
            }
            known.retain(|(left, ..)| left + 20 > newest);
            let found = recent.until(Duration::from_secs(newest));
            let times: Vec<u64> = known.iter().filter(|it| it.1).map(|it| it.2).collect();
            let lost = known.len() - times.len();
            prop_assert_eq!((found.received, found.lost), (times.len() as u64, lost as u64));
            let nanoseconds = |time: &u64| Duration::from_nanos(*time);
            prop_assert_eq!(found.min, times.iter().min().map(nanoseconds));
            prop_assert_eq!(found.max, times.iter().max().map(nanoseconds));
            let mean = times.iter().sum::<u64>().checked_div(times.len() as u64);
            prop_assert_eq!(found.mean, mean.map(Duration::from_nanos));
        }
    }
}
