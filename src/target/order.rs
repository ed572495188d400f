//! A random order of any number of targets, in constant memory.

use std::hash::Hasher as _;

use siphasher::sip::SipHasher13;

/// Four rounds of a Feistel network are pseudorandom (Luby and Rackoff, 1988).
const ROUNDS: u64 = 4;

/// A keyed permutation of the numbers from 0 to `length - 1`.
///
/// It computes the number at a position, without a table, as in Black and Rogaway's "Ciphers with Arbitrary Finite Domains"
/// (2002). A position is a cell of a rectangle slightly larger than `length`. The rounds move it along its column and
/// its row by turns. A result outside `length` is permuted again until it is inside (cycle walking).
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
    /// A permutation of `length` numbers. The same `key` gives the same order, so each run needs a new one.
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

    /// The number of numbers.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Whether it is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The number at a position; `None` from the length on. It costs a few hashes.
    #[must_use]
    pub fn get(&self, position: u64) -> Option<u64> {
        if position >= self.length {
            return None;
        }
        // Some, because a non-empty rectangle has columns.
        let mut row = position.checked_div(self.columns)?;
        let mut column = position.checked_rem(self.columns)?;
        // It ends: the rounds permute the cells, so the cycle of a valid position returns to it.
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

/// Adds `distance` to `place` modulo `size`.
fn shift(place: u64, distance: u64, size: u64) -> u64 {
    let distance = distance.checked_rem(size).unwrap_or(0);
    // No overflow: both are at most a little above 2^32.
    let moved = place + distance;
    if moved >= size { moved - size } else { moved }
}

#[cfg(test)]
mod tests;
