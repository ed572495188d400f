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
mod tests;
