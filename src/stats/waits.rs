//! Waits in this host's send queue. Runs without long waits allocate nothing for them.

use std::time::Duration;

use hdrhistogram::Histogram;

use super::{Digits, empty_histogram};

/// Waits up to this are not reported.
const SHORT: Duration = Duration::from_millis(1);

/// The known waits of a run's probes.
#[derive(Debug, Clone, Default)]
pub struct QueueWaits {
    /// How many waits were short.
    short: u64,
    /// The long ones, if there are any.
    long: Option<Box<Histogram<u32>>>,
}

impl QueueWaits {
    /// Adds the wait of one probe, if known.
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
        // It can only fail for a histogram that must not grow.
        let _ = long.record(u64::try_from(wait.as_nanos()).unwrap_or(u64::MAX));
    }

    /// The median wait to three significant digits; `None` if it is a millisecond or less, or if no wait is known.
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
    fn median_is_known_if_more_than_half_of_the_probes_waited_over_a_millisecond() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[1]), None);
        assert_eq!(median(&[2]), Some(2));
        assert_eq!(median(&[0, 300]), None, "as nearest rank takes it");
        assert_eq!(median(&[0, 300, 400]), Some(300));
        assert_eq!(median(&[400, 0, 300, 200]), Some(200));
        assert_eq!(median(&[400, 100, 300, 200]), Some(200));
    }

    #[test]
    fn short_waits_allocate_nothing() {
        let mut waits = QueueWaits::default();
        waits.record(Some(SHORT));
        assert!(waits.long.is_none());
    }
}
