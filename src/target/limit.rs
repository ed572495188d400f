//! A limit against a slip of the finger: one digit of a prefix makes millions of targets out of hundreds.

use std::fmt;

/// The most targets of one run, 2^32: all of IPv4. At a million a second they take more than an hour, and what has to
/// be remembered of them exceeds the memory of most hosts; a number of 32 bits halves the index.
pub(super) const MOST: u64 = 1 << 32;

/// How many targets there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Limit(u64);

impl Limit {
    /// 131,072 targets: a /16 of IPv4, what people sweep on purpose, with as much again for what is named beside it;
    /// also what fping takes at most. Anything from a /14 up has to be asked for.
    pub const DEFAULT: Self = Self(131_072);

    /// No more than the greatest that a run can have, 4,294,967,296.
    pub const GREATEST: Self = Self(MOST);

    /// A limit of `targets`; [`Limit::GREATEST`] for more than that.
    #[must_use]
    pub fn new(targets: u64) -> Self {
        Self(targets.min(MOST))
    }

    /// Returns this number of targets if it is within the limit.
    ///
    /// # Errors
    /// [`TooMany`] tells both numbers and what to do.
    ///
    /// ```
    /// # use rping::target::Limit;
    /// assert_eq!(Limit::DEFAULT.check(65_534), Ok(65_534));
    /// let slip = Limit::DEFAULT.check(16_777_214).unwrap_err();
    /// assert_eq!(
    ///     slip.to_string(),
    ///     "16777214 targets are more than the limit of 131072: give --limit 16777214 if all are meant",
    /// );
    /// ```
    pub fn check(self, count: u128) -> Result<u64, TooMany> {
        let within = u64::try_from(count).ok().filter(|&count| count <= self.0);
        within.ok_or(TooMany {
            count,
            limit: self.0,
        })
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// There are more targets than the limit allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany {
    /// How many there are.
    pub count: u128,
    /// How many there may be.
    pub limit: u64,
}

impl fmt::Display for TooMany {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { count, limit } = self;
        if *count > u128::from(MOST) {
            write!(
                f,
                "{count} targets are more than the {MOST} that one run can have: give a smaller network or range"
            )
        } else {
            write!(
                f,
                "{count} targets are more than the limit of {limit}: give --limit {count} if all are meant"
            )
        }
    }
}

impl std::error::Error for TooMany {}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::target::{Block, Edges};

    fn check(address: &str, prefix_length: u8) -> Result<u64, TooMany> {
        let address: IpAddr = address.parse().unwrap();
        let block = Block::network(address, prefix_length, Edges::Keep).unwrap();
        Limit::default().check(block.count())
    }

    #[test]
    fn the_default_lets_a_16_pass_and_not_a_slip() {
        assert_eq!(check("198.18.0.0", 16), Ok(65_536));
        assert_eq!(check("198.18.0.0", 15), Ok(131_072));
        assert_eq!(check("2001:db8::", 112), Ok(65_536));
        for (address, prefix_length, text) in [
            (
                "198.16.0.0",
                14,
                "262144 targets are more than the limit of 131072: give --limit 262144 if all are meant",
            ),
            (
                "2001:db8::",
                64,
                "18446744073709551616 targets are more than the 4294967296 that one run can have: give a smaller network or range",
            ),
        ] {
            let error = check(address, prefix_length).unwrap_err();
            assert_eq!(error.to_string(), text);
        }
        // No option allows more than all of IPv4.
        let told = |count| Limit::DEFAULT.check(count).unwrap_err().to_string();
        assert!(told(MOST.into()).ends_with("give --limit 4294967296 if all are meant"));
        assert!(told(u128::from(MOST) + 1).ends_with("give a smaller network or range"));
    }

    #[test]
    fn a_greater_limit_is_asked_for_up_to_all_of_ipv4() {
        assert_eq!(Limit::new(262_144).check(262_144), Ok(262_144));
        assert!(Limit::new(262_143).check(262_144).is_err());
        assert_eq!(Limit::new(u64::MAX), Limit::GREATEST);
        assert_eq!(Limit::GREATEST.check(1 << 32), Ok(1 << 32));
        assert!(Limit::GREATEST.check((1 << 32) + 1).is_err());
        assert!(Limit::GREATEST.check(u128::MAX).is_err());
    }
}
