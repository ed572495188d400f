//! What is measured of one target, or of several together.

use super::Obstacle;
use super::fate::Fate;
use crate::event::{Counts, Outages, Sources, TargetSummary, Timing};

use crate::stats::{Digits, QueueWaits, RoundTripStatistics};

/// What is measured of one target, or of several together; which probe came before which is not part of it.
#[derive(Debug, Clone)]
pub(super) struct Record {
    /// Without the probes that are in flight.
    pub(super) counts: Counts,
    pub(super) round_trips: RoundTripStatistics,
    pub(super) sources: Sources,
    pub(super) queue_waits: QueueWaits,
}

impl Record {
    /// Nothing so far. Its distribution will keep this many digits of each round trip.
    pub(super) fn new(digits: Digits) -> Self {
        Self {
            counts: Counts::default(),
            round_trips: RoundTripStatistics::with_digits(digits),
            sources: Sources::default(),
            queue_waits: QueueWaits::default(),
        }
    }

    /// A probe did not leave.
    pub(super) fn not_sent(&mut self, obstacle: Obstacle) {
        self.counts.not_sent += 1;
        self.counts.too_long += u64::from(matches!(obstacle, Obstacle::TooLong { .. }));
    }

    /// A reply counts; without a timing it is in no round trip.
    pub(super) fn accept(&mut self, timing: Option<&Timing>) {
        if let Some(timing) = timing {
            self.round_trips.record(timing.round_trip);
            self.queue_waits.record(timing.queued);
            self.sources.add(timing.source);
        } else {
            self.counts.untimed += 1;
        }
    }

    /// What has become of a probe changes from one to the other.
    #[inline]
    pub(super) fn change(&mut self, before: Fate, after: Fate) {
        if before.is_set_aside() || after.is_set_aside() {
            self.set_aside(before, after);
        }
    }

    #[cold]
    fn set_aside(&mut self, before: Fate, after: Fate) {
        let counts = &mut self.counts;
        counts.suspended += u64::from(after == Fate::Suspended);
        counts.suspended -= u64::from(before == Fate::Suspended);
        counts.rejected_unanswered += u64::from(after == Fate::Rejected);
        // A late answer does not undo it.
        let wins = before == Fate::Rejected && after == Fate::Answered;
        counts.rejected_unanswered -= u64::from(wins);
    }

    /// All of it, given how many probes are in flight, and what their order tells.
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

    /// What was counted, given how many probes are in flight.
    pub(super) fn counts(&self, in_flight: u64) -> Counts {
        Counts {
            in_flight,
            ..self.counts
        }
    }
}
