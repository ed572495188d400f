//! A limit against typing errors: one digit of a prefix length turns hundreds of targets into millions.

use std::fmt;

/// The most targets of one run, 2^32: all of IPv4. At a million a second they take more than an hour, and their state
/// exceeds the memory of most hosts. Numbers of 32 bits halve the index.
pub(super) const MAX_TARGETS: u64 = 1 << 32;

/// The most targets under the name `fping`, which has no limit for lists. A list may have no end.
pub const MAX_TARGETS_OF_FPING: u64 = 1 << 22;

/// The maximum number of targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Limit(u64);

impl Limit {
    /// 131,072 targets: twice a /16 of IPv4, the largest network that people sweep on purpose; fping's limit, too. A /14 or
    /// more needs `--limit`.
    pub const DEFAULT: Self = Self(131_072);

    /// The most targets of one run: 4,294,967,296.
    pub const MAX: Self = Self(MAX_TARGETS);

    /// A limit of `targets`, at most [`Limit::MAX`].
    #[must_use]
    pub fn new(targets: u64) -> Self {
        Self(targets.min(MAX_TARGETS))
    }

    /// Returns `count` if it is within the limit.
    ///
    /// # Errors
    /// [`TooMany`] if it is not.
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
    /// The number of targets.
    pub count: u128,
    /// The limit.
    pub limit: u64,
}

impl fmt::Display for TooMany {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { count, limit } = self;
        if *count > u128::from(MAX_TARGETS) {
            write!(
                f,
                "{count} targets are more than the {MAX_TARGETS} that one run can have: give a smaller network or range"
            )
        } else if *limit == MAX_TARGETS_OF_FPING {
            write!(
                f,
                "{count} targets are more than the {limit} that rping takes as fping: give fewer"
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
    fn message_about_too_many_targets_of_fping_names_no_option_of_rping() {
        let check = |count| Limit::new(MAX_TARGETS_OF_FPING).check(count);
        assert_eq!(check(4_194_304), Ok(4_194_304));
        assert_eq!(
            check(4_194_305).unwrap_err().to_string(),
            "4194305 targets are more than the 4194304 that rping takes as fping: give fewer"
        );
    }

    #[test]
    fn default_limit_allows_a_16_but_not_a_14() {
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
        assert!(told(MAX_TARGETS.into()).ends_with("give --limit 4294967296 if all are meant"));
        assert!(told(u128::from(MAX_TARGETS) + 1).ends_with("give a smaller network or range"));
    }

    #[test]
    fn limit_can_be_raised_up_to_all_of_ipv4() {
        assert_eq!(Limit::new(262_144).check(262_144), Ok(262_144));
        assert!(Limit::new(262_143).check(262_144).is_err());
        assert_eq!(Limit::new(u64::MAX), Limit::MAX);
        assert_eq!(Limit::MAX.check(1 << 32), Ok(1 << 32));
        assert!(Limit::MAX.check((1 << 32) + 1).is_err());
        assert!(Limit::MAX.check(u128::MAX).is_err());
    }
}
