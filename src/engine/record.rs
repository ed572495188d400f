//! Measurements of one target, or of several together.

use super::Obstacle;
use super::fate::Fate;
use crate::event::{Counts, Outages, Sources, TargetSummary, Timing};

use crate::stats::{Digits, QueueWaits, RoundTripStatistics};

/// Measurements of one target, or of several together, except those that depend on the order of probes.
#[derive(Debug, Clone)]
pub(super) struct Record {
    /// Without the probes that are in flight.
    pub(super) counts: Counts,
    pub(super) round_trips: RoundTripStatistics,
    pub(super) sources: Sources,
    pub(super) queue_waits: QueueWaits,
}

impl Record {
    /// `digits` is the precision of the distribution.
    pub(super) fn new(digits: Digits) -> Self {
        Self {
            counts: Counts::default(),
            round_trips: RoundTripStatistics::with_digits(digits),
            sources: Sources::default(),
            queue_waits: QueueWaits::default(),
        }
    }

    /// Counts a probe that was not sent.
    pub(super) fn not_sent(&mut self, obstacle: Obstacle) {
        self.counts.not_sent += 1;
        self.counts.too_long += u64::from(matches!(obstacle, Obstacle::TooLong { .. }));
    }

    /// Counts an accepted reply; one without timing enters no round-trip statistics.
    pub(super) fn accept(&mut self, timing: Option<&Timing>) {
        if let Some(timing) = timing {
            self.round_trips.record(timing.round_trip);
            self.queue_waits.record(timing.queued);
            self.sources.add(timing.source);
        } else {
            self.counts.untimed += 1;
        }
    }

    /// Counts a change of a probe's state.
    #[inline]
    pub(super) fn change(&mut self, before: Fate, after: Fate) {
        if before.is_unawaited() || after.is_unawaited() {
            self.count_unawaited(before, after);
        }
    }

    #[cold]
    fn count_unawaited(&mut self, before: Fate, after: Fate) {
        let counts = &mut self.counts;
        counts.suspended += u64::from(after == Fate::Suspended);
        counts.suspended -= u64::from(before == Fate::Suspended);
        counts.rejected_unanswered += u64::from(after == Fate::Rejected);
        // A late reply does not undo the rejection.
        let wins = before == Fate::Rejected && after == Fate::Answered;
        counts.rejected_unanswered -= u64::from(wins);
    }

    /// The summary, given what the record does not know.
    pub(super) fn summary(&self, in_flight: u64, outages: Option<Outages>) -> TargetSummary {
        TargetSummary {
            counts: self.counts(in_flight),
            round_trips: self.round_trips.summary(),
            distribution: self.round_trips.distribution(),
            sources: self.sources,
            queue_wait: self.queue_waits.median(),
            outages,
        }
    }

    /// The counts, given the number of probes in flight.
    pub(super) fn counts(&self, in_flight: u64) -> Counts {
        Counts {
            in_flight,
            ..self.counts
        }
    }
}
