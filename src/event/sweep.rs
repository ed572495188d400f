//! What was measured of probes of growing size.

use std::time::Duration;

/// Each size, and what they tell together. All sizes are octets of data.
#[derive(Debug, Clone, PartialEq)]
pub struct Sweep {
    /// From one size to the next.
    pub step: u16,
    /// How often each size was to be sent.
    pub rounds: u64,
    /// The sizes, the smallest first.
    pub sizes: Vec<OfSize>,
    /// How the shortest round trips grow with the size; none with fewer than three sizes that were answered.
    pub fit: Option<Fit>,
}

/// What was measured of one size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfSize {
    /// Octets of data.
    pub data: u16,
    /// Probes that left and are not in flight any more.
    pub sent: u32,
    /// Those that were not answered in time.
    pub lost: u32,
    /// The shortest round trip.
    pub min: Option<Duration>,
    /// The median.
    pub median: Option<Duration>,
    /// Whether chance does not explain the loss, given that of the sizes that lost less.
    pub is_lossy: bool,
}

/// A straight line through the shortest round trips over the sizes (least squares).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fit {
    /// Without any data, in seconds.
    pub base: f64,
    /// For each octet of data, in seconds: there and back.
    pub each_octet: f64,
    /// The standard error of that.
    pub error: f64,
}

impl Fit {
    /// An estimate within this number of standard errors of zero may be zero.
    const ERRORS: f64 = 3.0;

    /// Whether round trips grow with the size beyond their scatter.
    #[must_use]
    pub fn means_something(&self) -> bool {
        self.each_octet > Self::ERRORS * self.error
    }
}
