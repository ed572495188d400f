//! A distribution of few values, in memory that grows with them.

use std::time::Duration;

/// The leading bits of a value that are kept: each value is known to 1 %.
const BITS: u32 = 7;
const RANGES: u64 = 1 << BITS;

/// How often values fell into each range that has some: 8 octets a range, and so a value at most.
///
/// `hdrhistogram` keeps all ranges up to the longest value: some kilobytes, twenty times for each window of each target.
#[derive(Debug, Clone, Default)]
pub(super) struct Sparse(Vec<(u16, u32)>);

impl Sparse {
    /// One more value.
    pub(super) fn record(&mut self, value: Duration) {
        let range = range(value);
        match self.0.binary_search_by_key(&range, |known| known.0) {
            Ok(place) => {
                if let Some((_, count)) = self.0.get_mut(place) {
                    *count = count.saturating_add(1);
                }
            }
            Err(place) => self.0.insert(place, (range, 1)),
        }
    }

    /// What this many of a hundred of all values in these do not exceed, from 0 to 100: each one time.
    pub(super) fn percentiles<'a, const N: usize>(
        all: impl Iterator<Item = &'a Self>,
        percents: [u64; N],
    ) -> Option<[Duration; N]> {
        let mut ranges: Vec<(u16, u32)> = all.flat_map(|one| one.0.iter().copied()).collect();
        ranges.sort_unstable();
        let last = longest(ranges.last()?.0);
        let total: u64 = ranges.iter().map(|(_, count)| u64::from(*count)).sum();
        Some(percents.map(|percent| {
            let wanted = total.saturating_mul(percent).div_ceil(100);
            let mut passed = 0;
            let found = ranges.iter().find(|(_, count)| {
                passed += u64::from(*count);
                passed >= wanted
            });
            found.map_or(last, |(range, _)| longest(*range))
        }))
    }
}

/// The range of a value: its leading bits, behind how many bits follow.
fn range(value: Duration) -> u16 {
    let nanoseconds = u64::try_from(value.as_nanos()).unwrap_or(u64::MAX);
    let following = nanoseconds
        .checked_ilog2()
        .unwrap_or(0)
        .saturating_sub(BITS);
    let range = u64::from(following) * RANGES + (nanoseconds >> following);
    u16::try_from(range).unwrap_or(u16::MAX)
}

/// The longest value in a range.
fn longest(range: u16) -> Duration {
    let range = u64::from(range);
    // The first range whose values have a bit that follows begins at two times as many.
    let following = (range / RANGES).saturating_sub(1);
    let leading = range - following * RANGES;
    let next = u128::from(leading + 1) << following;
    Duration::from_nanos(u64::try_from(next - 1).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(nanoseconds: &[u64]) -> Sparse {
        let mut sparse = Sparse::default();
        for value in nanoseconds {
            sparse.record(Duration::from_nanos(*value));
        }
        sparse
    }

    #[test]
    fn nothing_has_no_percentiles() {
        assert_eq!(Sparse::percentiles([].into_iter(), [50]), None);
        assert_eq!(Sparse::percentiles([of(&[])].iter(), [50]), None);
    }

    #[test]
    fn equal_values_take_the_room_of_one() {
        let sparse = of(&[1_000_000; 1000]);
        assert_eq!(sparse.0.len(), 1);
    }

    proptest! {
        #[test]
        fn value_is_in_its_range_which_is_one_percent_wide(nanoseconds: u64) {
            let value = Duration::from_nanos(nanoseconds);
            let longest = longest(range(value)).as_nanos();
            prop_assert!(longest >= value.as_nanos());
            prop_assert!(longest - value.as_nanos() <= value.as_nanos() / 100);
            prop_assert_eq!(range(Duration::from_nanos(u64::try_from(longest).unwrap())), range(value));
        }

        #[test]
        fn percentile_is_the_value_at_its_place_to_one_percent(
            values in prop::collection::vec(1_u64..10_000_000_000, 1..300),
            parts in 1_usize..5,
            percent in 1_u64..=100,
        ) {
            let slices: Vec<Sparse> = values.chunks(values.len().div_ceil(parts)).map(of).collect();
            let [found] = Sparse::percentiles(slices.iter(), [percent]).unwrap();
            let mut sorted = values.clone();
            sorted.sort_unstable();
            let place = (values.len() as u64 * percent).div_ceil(100) - 1;
            let expected = sorted[usize::try_from(place).unwrap()];
            let found = u64::try_from(found.as_nanos()).unwrap();
            prop_assert!(found >= expected && found - expected <= expected / 100, "{} {}", found, expected);
        }
    }
}
