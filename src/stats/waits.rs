//! How long probes waited in this host's queue, in no more memory than a run without such a wait needs.

use std::time::Duration;

use hdrhistogram::Histogram;

use super::{Digits, empty_histogram};

/// A wait of no more than this is not told.
const SHORT: Duration = Duration::from_millis(1);

/// The waits of the probes of a run, as far as they are known.
#[derive(Debug, Clone, Default)]
pub struct QueueWaits {
    /// How many were short.
    short: u64,
    /// The others, where there are any.
    long: Option<Box<Histogram<u32>>>,
}

impl QueueWaits {
    /// Adds the wait of one probe, if it is known.
    pub fn record(&mut self, wait: Option<Duration>) {
        match wait {
            Some(wait) if wait > SHORT => self.record_long(wait),
            Some(_) => self.short += 1,
            None => {}
        }
    }

    #[cold]
    fn record_long(&mut self, wait: Duration) {
        let long = self
            .long
            .get_or_insert_with(|| Box::new(empty_histogram(Digits::Three)));
        // It fails only where it may not grow, and this one may.
        let _ = long.record(u64::try_from(wait.as_nanos()).unwrap_or(u64::MAX));
    }

    /// The wait that half of the probes did not exceed, to three significant digits; none if it is a millisecond or less,
    /// or if no wait is known.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "a ratio of counters")]
    pub fn median(&self) -> Option<Duration> {
        let long = self.long.as_ref()?;
        let all = self.short + long.len();
        let rank = all
            .div_ceil(2)
            .checked_sub(self.short)
            .filter(|rank| *rank > 0)?;
        let part = rank as f64 / long.len() as f64;
        Some(Duration::from_nanos(long.value_at_quantile(part)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn median(milliseconds: &[u64]) -> Option<u128> {
        let mut waits = QueueWaits::default();
        for wait in milliseconds {
            waits.record(Some(Duration::from_millis(*wait)));
        }
        waits.record(None);
        let median = waits.median()?;
        Some((median.as_micros() + 500) / 1000)
    }

    #[test]
    fn median_is_told_when_more_than_half_of_the_probes_waited_longer_than_a_millisecond() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[1]), None);
        assert_eq!(median(&[2]), Some(2));
        assert_eq!(median(&[0, 300]), None, "as nearest rank takes it");
        assert_eq!(median(&[0, 300, 400]), Some(300));
        assert_eq!(median(&[400, 0, 300, 200]), Some(200));
        assert_eq!(median(&[400, 100, 300, 200]), Some(200));
    }

    #[test]
    fn nothing_is_allocated_for_short_waits() {
        let mut waits = QueueWaits::default();
        waits.record(Some(SHORT));
        assert!(waits.long.is_none());
    }
}
