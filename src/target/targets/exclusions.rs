//! Excluded addresses, in memory proportional to the ranges that they form, however often each is named.

use std::net::{IpAddr, Ipv4Addr};

use super::key::{Key, Scoped, Span};
use super::mentions::next_compaction;
use super::overlap::merged;
use crate::target::block::{Block, Ends};

/// Ranges of excluded addresses. Overlapping and adjacent ones are joined from time to time.
///
/// A scope is the number of the address's interface; 0: every interface. It is ignored for IPv4.
///
/// ```
/// use std::net::IpAddr;
/// use rping::target::{Block, Exclusions};
///
/// let mut exclusions = Exclusions::default();
/// exclusions.add(Block::from("192.0.2.1".parse::<IpAddr>()?), 0);
/// assert!(exclusions.holds("192.0.2.1".parse()?, 0));
/// assert!(!exclusions.holds("192.0.2.2".parse()?, 0));
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Exclusions {
    ipv4: Spans<Ipv4Addr>,
    ipv6: Spans<Scoped>,
}

impl Exclusions {
    /// Adds the addresses of a block.
    pub fn add(&mut self, block: Block, scope: u32) {
        match block.ends() {
            Ends::Ipv4(first, last) => self.ipv4.add(Span { first, last }),
            Ends::Ipv6(first, last) => {
                let at = |address| Scoped { scope, address };
                self.ipv6.add(Span {
                    first: at(first),
                    last: at(last),
                });
            }
        }
    }

    /// Whether an address on an interface is excluded.
    #[must_use]
    pub fn holds(&self, address: IpAddr, scope: u32) -> bool {
        match address {
            IpAddr::V4(address) => self.ipv4.holds(address),
            IpAddr::V6(address) => {
                let on = |scope| self.ipv6.holds(Scoped { scope, address });
                on(0) || on(scope)
            }
        }
    }

    /// A lower bound of the number of separate ranges, as of the last join.
    #[must_use]
    pub fn at_least(&self) -> usize {
        self.ipv4.at_least + self.ipv6.at_least
    }

    pub(super) fn of_ipv4(&self) -> Vec<Span<Ipv4Addr>> {
        self.ipv4.ranges.clone()
    }

    pub(super) fn of_ipv6(&self) -> Vec<Span<Scoped>> {
        self.ipv6.ranges.clone()
    }

    #[cfg(test)]
    pub(super) fn join(&mut self) {
        self.ipv4.join();
        self.ipv6.join();
    }
}

#[derive(Debug, Clone)]
struct Spans<K> {
    ranges: Vec<Span<K>>,
    /// The number of ranges after the last join. They come first, sorted.
    at_least: usize,
    /// The number of ranges at which to join next.
    join_at: usize,
}

impl<K> Default for Spans<K> {
    fn default() -> Self {
        Self {
            ranges: Vec::new(),
            at_least: 0,
            join_at: next_compaction(0),
        }
    }
}

impl<K: Key> Spans<K> {
    fn add(&mut self, span: Span<K>) {
        self.ranges.push(span);
        if self.ranges.len() >= self.join_at {
            self.join();
        }
    }

    fn join(&mut self) {
        self.ranges = merged(std::mem::take(&mut self.ranges));
        self.at_least = self.ranges.len();
        self.join_at = next_compaction(self.at_least);
    }

    fn holds(&self, key: K) -> bool {
        let (joined, others) = self
            .ranges
            .split_at_checked(self.at_least)
            .unwrap_or_default();
        let after = joined.partition_point(|span| span.first <= key);
        let before = after.checked_sub(1).and_then(|at| joined.get(at));
        before.into_iter().chain(others).any(|span| span.holds(key))
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv6Addr;

    use super::*;

    #[test]
    fn repeated_and_adjacent_addresses_take_bounded_memory() {
        let mut exclusions = Exclusions::default();
        let mut add = |address: IpAddr| exclusions.add(Block::from(address), 0);
        for number in 0..500_000 {
            add(Ipv4Addr::new(192, 0, 2, 1).into());
            add(Ipv4Addr::from_bits(number).into());
            add(Ipv6Addr::from_bits(number.into()).into());
        }
        let kept = exclusions.ipv4.ranges.len() + exclusions.ipv6.ranges.len();
        assert!(kept < 1 << 18, "{kept}");
        assert!(exclusions.at_least() <= 3);
    }

    #[test]
    fn separate_ranges_are_counted() {
        let mut exclusions = Exclusions::default();
        for number in 0..200_000 {
            let address = IpAddr::V4(Ipv4Addr::from_bits(2 * number));
            exclusions.add(Block::from(address), 0);
        }
        let at_least = exclusions.at_least();
        assert!((100_000..=200_000).contains(&at_least), "{at_least}");
    }
}
