//! `--live`: how the full-screen view looks.

use std::time::Duration;

/// How the full-screen view looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Live {
    /// Only ASCII is drawn.
    pub ascii: bool,
    /// Whether the terminal gets colours.
    pub colour: bool,
    /// `--scale`: from the shortest to the longest round trip that is drawn. None: what is seen decides.
    pub scale: Option<Scale>,
}

/// A range of round trips that is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    min: Duration,
    max: Duration,
}

impl Scale {
    /// From `min` to `max`; none if that is no range.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use rping::config::Scale;
    /// let (one, two) = (Duration::from_millis(1), Duration::from_millis(2));
    /// assert!(Scale::new(one, two).is_some());
    /// assert_eq!(Scale::new(two, two), None);
    /// ```
    #[must_use]
    pub fn new(min: Duration, max: Duration) -> Option<Self> {
        (min < max).then_some(Self { min, max })
    }

    /// The shortest round trip that is drawn.
    #[must_use]
    pub fn min(self) -> Duration {
        self.min
    }

    /// The longest round trip that is drawn.
    #[must_use]
    pub fn max(self) -> Duration {
        self.max
    }
}
