//! A random order of any number of targets, in the memory of one.

use std::hash::Hasher as _;

use siphasher::sip::SipHasher13;

/// Four rounds of a Feistel network look random to all who do not choose its input (Luby and Rackoff, 1988).
const ROUNDS: u64 = 4;

/// All numbers from 0 up to, but not including, a length, each once, in an order that only the key tells.
///
/// No table: the number at a position is computed, in the manner of Black and Rogaway's "Ciphers with Arbitrary Finite
/// Domains" (2002). A position is taken for a cell of a rectangle that is hardly larger than the length, the rounds
/// move it along its row and its column by turns, and a cell that is too many is moved on until it is none of them.
///
/// ```
/// use rping::target::Permutation;
///
/// let order = Permutation::new(5, [7; 16]);
/// let mut numbers: Vec<u64> = (0..5).filter_map(|position| order.get(position)).collect();
/// numbers.sort_unstable();
/// assert_eq!(numbers, [0, 1, 2, 3, 4]);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Permutation {
    length: u64,
    rows: u64,
    columns: u64,
    key: [u8; 16],
}

impl Permutation {
    /// An order of `length` numbers; `key` is new in each run, or the order is that of the last.
    #[must_use]
    pub fn new(length: u64, key: [u8; 16]) -> Self {
        let rows = length.isqrt().max(1);
        Self {
            length,
            rows,
            columns: length.div_ceil(rows),
            key,
        }
    }

    /// How many numbers there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The number at a position from 0; `None` from the length on. It takes the time of a few hashes.
    #[must_use]
    pub fn get(&self, position: u64) -> Option<u64> {
        if position >= self.length {
            return None;
        }
        // There are columns where there is a position.
        let mut row = position.checked_div(self.columns)?;
        let mut column = position.checked_rem(self.columns)?;
        // The rounds permute the cells, so from a position they lead back to one at the latest.
        loop {
            (row, column) = self.rounds(row, column);
            let number = row
                .checked_mul(self.columns)
                .and_then(|before| before.checked_add(column))
                .filter(|&number| number < self.length);
            if number.is_some() {
                return number;
            }
        }
    }

    fn rounds(&self, mut row: u64, mut column: u64) -> (u64, u64) {
        for round in 0..ROUNDS {
            if round % 2 == 0 {
                row = shift(row, self.hash(round, column), self.rows);
            } else {
                column = shift(column, self.hash(round, row), self.columns);
            }
        }
        (row, column)
    }

    fn hash(&self, round: u64, half: u64) -> u64 {
        let mut hasher = SipHasher13::new_with_key(&self.key);
        hasher.write_u64(round);
        hasher.write_u64(half);
        hasher.finish()
    }
}

/// Moves `place` by `distance` around a circle of `size` places, of which it is one.
fn shift(place: u64, distance: u64, size: u64) -> u64 {
    let distance = distance.checked_rem(size).unwrap_or(0);
    // Both are below the root of a number of 64 bits or hardly above it.
    let moved = place + distance;
    if moved >= size { moved - size } else { moved }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn numbers(length: u64, key: [u8; 16]) -> Vec<u64> {
        let order = Permutation::new(length, key);
        (0..length)
            .filter_map(|position| order.get(position))
            .collect()
    }

    #[test]
    fn every_small_length_has_each_number_once() {
        for length in 0..600 {
            for key in [0, 1, 0xff] {
                let numbers = numbers(length, [key; 16]);
                assert_eq!(u64::try_from(numbers.len()).unwrap(), length);
                assert!(
                    numbers
                        .iter()
                        .copied()
                        .collect::<BTreeSet<u64>>()
                        .into_iter()
                        .eq(0..length)
                );
            }
        }
    }

    #[test]
    fn lengths_around_powers_and_squares_have_each_number_once() {
        for length in [
            65_534, 65_535, 65_536, 65_537, 99_856, 99_855, 99_857, 131_071,
        ] {
            let mut seen = vec![false; usize::try_from(length).unwrap()];
            for number in numbers(length, *b"an order of many") {
                let seen = &mut seen[usize::try_from(number).unwrap()];
                assert!(!*seen, "{number} of {length} twice");
                *seen = true;
            }
            assert!(seen.into_iter().all(|seen| seen));
        }
    }

    #[test]
    fn the_longest_length_does_not_overflow() {
        for length in [u64::MAX, u64::MAX - 1, 1 << 63, (1 << 32) + 1, 1 << 32] {
            let order = Permutation::new(length, [3; 16]);
            let positions = [0, 1, length / 2, length - 2, length - 1];
            let found: BTreeSet<u64> = positions.iter().filter_map(|&at| order.get(at)).collect();
            assert_eq!(found.len(), positions.len());
            assert!(found.iter().all(|&number| number < length));
            assert_eq!(order.get(length), None);
        }
    }

    #[test]
    fn another_key_is_another_order_and_none_is_the_plain_one() {
        let one = numbers(1000, [1; 16]);
        assert_eq!(one, numbers(1000, [1; 16]));
        assert_ne!(one, numbers(1000, [2; 16]));
        // A random order keeps one number in its place on average, and half of the neighbours' comparisons.
        let kept = one.iter().zip(0..).filter(|&(&number, at)| number == at);
        assert!(kept.count() < 10);
        let rising = one.windows(2).filter(|pair| pair[0] < pair[1]).count();
        assert!((400..600).contains(&rising), "{rising}");
    }

    #[test]
    fn every_number_comes_to_every_place() {
        let mut met = [[0_u32; 8]; 8];
        for key in 0..800_u128 {
            for (place, number) in numbers(8, key.to_le_bytes()).into_iter().enumerate() {
                met[place][usize::try_from(number).unwrap()] += 1;
            }
        }
        // A hundred each, ten the standard deviation.
        assert!(
            met.iter().flatten().all(|count| (40..=180).contains(count)),
            "{met:?}"
        );
    }

    proptest! {
        #[test]
        fn each_number_comes_once(length in 0_u64..5000, key: [u8; 16]) {
            let numbers = numbers(length, key);
            let different: BTreeSet<u64> = numbers.iter().copied().collect();
            prop_assert!(different.into_iter().eq(0..length));
            prop_assert_eq!(u64::try_from(numbers.len()).unwrap(), length);
        }

        #[test]
        fn no_two_positions_of_a_great_length_have_the_same_number(
            length in 2_u64..,
            one: u64,
            other: u64,
            key: [u8; 16],
        ) {
            let (one, other) = (one % length, other % length);
            let order = Permutation::new(length, key);
            let (found, found_too) = (order.get(one).unwrap(), order.get(other).unwrap());
            prop_assert!(found < length && found_too < length);
            prop_assert_eq!(found == found_too, one == other);
        }
    }
}
