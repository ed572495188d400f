//! What was counted and measured of a target, since the start or since the user reset it.

use std::time::Duration;

use super::history::Fate;
use crate::event::RoundTrips;
use crate::stats::{Digits, RoundTripStatistics};

/// What was counted and measured.
#[derive(Debug, Clone, Default)]
pub(in crate::report::live) struct Figures {
    pub(in crate::report::live) in_flight: u64,
    /// In time, or late where late answers count.
    pub(in crate::report::live) received: u64,
    /// Whether or not they count.
    pub(in crate::report::live) late: u64,
    /// Answered too late to count.
    missed: u64,
    pub(in crate::report::live) lost: u64,
    pub(in crate::report::live) rejected: u64,
    pub(in crate::report::live) not_sent: u64,
    pub(in crate::report::live) suspended: u64,
    /// The last round trip.
    pub(in crate::report::live) last: Option<Duration>,
    times: Option<Times>,
}

/// Round trips.
#[derive(Debug, Clone)]
enum Times {
    /// All that is known of them.
    Distribution(Box<RoundTripStatistics>),
    /// Where there are too many targets for that.
    Spread {
        min: Duration,
        max: Duration,
        sum: Duration,
        count: u32,
    },
}

impl Figures {
    fn counter(&mut self, fate: Fate) -> &mut u64 {
        match fate {
            Fate::InFlight => &mut self.in_flight,
            Fate::Answered(_)
            | Fate::Late {
                is_counted: true, ..
            } => &mut self.received,
            Fate::Late {
                is_counted: false, ..
            } => &mut self.missed,
            Fate::Lost => &mut self.lost,
            Fate::Rejected => &mut self.rejected,
            Fate::NotSent => &mut self.not_sent,
            Fate::Suspended => &mut self.suspended,
        }
    }

    /// Adds probes in flight.
    pub(super) fn begin(&mut self, probes: u64) {
        self.in_flight = self.in_flight.saturating_add(probes);
    }

    /// What has become of a probe changes.
    pub(super) fn change(&mut self, before: Fate, after: Fate) {
        let counter = self.counter(before);
        *counter = counter.saturating_sub(1);
        *self.counter(after) += 1;
        self.late += u64::from(matches!(after, Fate::Late { .. }));
    }

    /// One more round trip of an answer that counts.
    pub(super) fn record(&mut self, round_trip: Duration, digits: Option<Digits>) {
        self.last = Some(round_trip);
        match (self.times.as_mut(), digits) {
            (Some(Times::Distribution(times)), _) => times.record(round_trip),
            (None, Some(digits)) => {
                let mut times = Box::new(RoundTripStatistics::with_digits(digits));
                times.record(round_trip);
                self.times = Some(Times::Distribution(times));
            }
            (
                Some(Times::Spread {
                    min,
                    max,
                    sum,
                    count,
                }),
                _,
            ) => {
                *min = round_trip.min(*min);
                *max = round_trip.max(*max);
                *sum = sum.saturating_add(round_trip);
                *count = count.saturating_add(1);
            }
            (None, None) => {
                self.times = Some(Times::Spread {
                    min: round_trip,
                    max: round_trip,
                    sum: round_trip,
                    count: 1,
                });
            }
        }
    }

    /// Probes that left.
    pub(in crate::report::live) fn sent(&self) -> u64 {
        let unknown = self.in_flight.saturating_add(self.suspended);
        self.known().saturating_add(unknown)
    }

    /// Probes with a known result.
    pub(in crate::report::live) fn known(&self) -> u64 {
        let missed = self.missed.saturating_add(self.lost);
        let not_answered = missed.saturating_add(self.rejected);
        self.received.saturating_add(not_answered)
    }

    /// Of those, the ones that were not, in percent: 0 to 100.
    #[allow(clippy::cast_precision_loss, reason = "a ratio of counters for people")]
    pub(in crate::report::live) fn loss(&self) -> Option<f64> {
        let known = self.known();
        let missed = known.saturating_sub(self.received);
        (known > 0).then(|| missed as f64 * 100.0 / known as f64)
    }

    /// All round trips; none where there were none, or there are too many targets for it.
    pub(in crate::report::live) fn round_trips(&self) -> Option<RoundTrips> {
        self.distribution()?.summary()
    }

    /// What ninety-nine of a hundred are not longer than. Where there are too many targets for it, the mean.
    pub(in crate::report::live) fn slowness(&self) -> Option<Duration> {
        match self.times.as_ref()? {
            Times::Distribution(times) => times.p99(),
            Times::Spread { sum, count, .. } => sum.checked_div(*count),
        }
    }

    /// The shortest, the mean and the longest.
    pub(in crate::report::live) fn spread(&self) -> Option<(Duration, Duration, Duration)> {
        match self.times.as_ref()? {
            Times::Distribution(times) => times.spread(),
            Times::Spread {
                min,
                max,
                sum,
                count,
            } => Some((*min, sum.checked_div(*count)?, *max)),
        }
    }

    /// How they are distributed.
    pub(in crate::report::live) fn distribution(&self) -> Option<&RoundTripStatistics> {
        match self.times.as_ref()? {
            Times::Distribution(times) => Some(times),
            Times::Spread { .. } => None,
        }
    }
}
