//! `--live`: settings of the full-screen view.

use std::time::Duration;

/// Settings of the full-screen view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Live {
    /// Whether only ASCII is drawn.
    pub ascii: bool,
    /// Whether colours are used.
    pub colour: bool,
    /// `--scale`: the range of round trips that is drawn. `None`: the range of the visible round trips.
    pub scale: Option<Scale>,
    /// `--window`: how long the last part of the run is that has figures of its own.
    pub window: Option<Duration>,
}

impl Live {
    /// How many targets there may be: a view of these takes up to 200 MB.
    pub const MAX_TARGETS: u32 = 131_072;
}

/// A range of round trips that is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    min: Duration,
    max: Duration,
}

impl Scale {
    /// From `min` to `max`; `None` unless `min` is less.
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
