//! Outages, during which no probe to a target was answered: their number, the longest, and their total length.

use std::time::Duration;

use super::fate::PathState;
use crate::event::{Outage, Outages};

/// What one probe proves about the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PastProbe {
    pub(super) sequence: u16,
    /// When it was sent or tried, since an epoch that all probes share.
    pub(super) left: Duration,
    pub(super) path: PathState,
}

/// Probes in a row without a timely reply.
#[derive(Debug, Clone, Copy)]
pub(super) struct Losses {
    /// When the first and the last of them were sent.
    first: Duration,
    last: Duration,
    outage: Outage,
}

impl Losses {
    /// No losses yet; `past` will be the first to be [added](Self::add).
    pub(super) fn before(past: &PastProbe) -> Self {
        Self {
            first: past.left,
            last: past.left,
            outage: Outage {
                first: past.sequence,
                last: past.sequence,
                length: Duration::ZERO,
                probes: 0,
            },
        }
    }

    pub(super) fn add(&mut self, past: &PastProbe) {
        self.last = past.left;
        self.outage.last = past.sequence;
        self.outage.probes += 1;
    }

    /// When the first of them was sent.
    pub(super) fn first(&self) -> Duration {
        self.first
    }

    /// When the last of them was sent.
    pub(super) fn last(&self) -> Duration {
        self.last
    }

    pub(super) fn probes(&self) -> u64 {
        self.outage.probes
    }

    /// The outage, if it lasted until `moment`.
    pub(super) fn until(&self, moment: Duration) -> Outage {
        Outage {
            length: moment.saturating_sub(self.first),
            ..self.outage
        }
    }
}

/// Finds the outages of one target. Takes its probes in the order of sending, each when its outcome is final.
#[derive(Debug, Clone, Default)]
pub(super) struct OutageTracker {
    current: Option<Losses>,
    ended: Outages,
}

impl OutageTracker {
    /// Adds the next probe.
    pub(super) fn pass(&mut self, past: &PastProbe) {
        match past.path {
            PathState::Up => self.end(past.left),
            PathState::Down => {
                let losses = self.current.get_or_insert_with(|| Losses::before(past));
                losses.add(past);
            }
            PathState::Unknown => {}
        }
    }

    /// Ends the current outage, if there is one.
    fn end(&mut self, moment: Duration) {
        let Some(losses) = self.current.take() else {
            return;
        };
        let outage = losses.until(moment);
        let extent = |outage: &Outage| (outage.length, outage.probes);
        let longest = self.ended.longest.get_or_insert(outage);
        if extent(&outage) > extent(longest) {
            *longest = outage;
        }
        self.ended.count += 1;
        self.ended.total = self.ended.total.saturating_add(outage.length);
    }

    /// All outages, if no more probes follow. The last one ends when the timeout of its last probe expires: `end`
    /// returns that time for the time of sending.
    pub(super) fn outages(mut self, end: impl Fn(Duration) -> Duration) -> Outages {
        if let Some(last) = self.current.map(|losses| losses.last()) {
            self.end(end(last).max(last));
        }
        self.ended
    }
}

#[cfg(test)]
mod tests {
    use super::super::fate::Fate;
    use super::*;

    /// Probes are sent one second apart and time out after half a second.
    fn outages(fates: &[Fate]) -> Outages {
        let mut outages = OutageTracker::default();
        for (second, fate) in (0..).zip(fates) {
            outages.pass(&PastProbe {
                sequence: second + 1,
                left: Duration::from_secs(second.into()),
                path: fate.path_state(),
            });
        }
        outages.outages(|left| left + Duration::from_millis(500))
    }

    fn longest(fates: &[Fate]) -> Option<Outage> {
        outages(fates).longest
    }

    fn outage(first: u16, last: u16, probes: u64, milliseconds: u64) -> Outage {
        Outage {
            first,
            last,
            length: Duration::from_millis(milliseconds),
            probes,
        }
    }

    #[test]
    fn run_without_losses_has_no_outage() {
        use Fate::{Answered, Filtered, InFlight, NotSent};
        assert_eq!(longest(&[Answered, Answered, InFlight]), None);
        assert_eq!(longest(&[Answered, NotSent, Answered]), None);
        assert_eq!(longest(&[Answered, Filtered, Answered]), None);
    }

    #[test]
    fn outage_lasts_from_the_first_lost_probe_to_the_next_answered_one() {
        use Fate::{Answered, Overdue, Rejected, TimedOut};
        assert_eq!(
            longest(&[Answered, Overdue, Answered]),
            Some(outage(2, 2, 1, 1000))
        );
        let two = [
            Answered, Overdue, Answered, Rejected, TimedOut, Answered, Overdue, Answered,
        ];
        assert_eq!(longest(&two), Some(outage(4, 5, 2, 2000)));
    }

    #[test]
    fn outage_at_the_end_lasts_until_the_last_lost_probe_times_out() {
        use Fate::{Answered, InFlight, NotSent, Overdue};
        assert_eq!(
            longest(&[Answered, Overdue, Overdue, Overdue]),
            Some(outage(2, 4, 3, 2500))
        );
        assert_eq!(longest(&[Overdue]), Some(outage(1, 1, 1, 500)));
        assert_eq!(
            longest(&[Overdue, NotSent, InFlight]),
            Some(outage(1, 1, 1, 500))
        );
    }

    #[test]
    fn probe_answered_late_is_lost() {
        use Fate::{Answered, AnsweredLate, TimedOut};
        assert_eq!(
            longest(&[Answered, TimedOut, AnsweredLate, Answered]),
            Some(outage(2, 3, 2, 2000))
        );
    }

    #[test]
    fn outages_are_counted_and_their_lengths_added() {
        use Fate::{Answered, NotSent, Rejected, Suspended, TimedOut};
        let three = [
            TimedOut, Answered, TimedOut, NotSent, Rejected, Suspended, Answered, TimedOut,
        ];
        let found = outages(&three);
        // From 0 s to 1 s, from 2 s to 6 s, and from 7 s on.
        let total = Duration::from_millis(5500);
        assert_eq!((found.count, found.total), (3, total));
        assert_eq!(found.longest, Some(outage(3, 5, 2, 4000)));
        assert_eq!(outages(&[Answered, NotSent]), Outages::default());
    }

    #[test]
    fn first_of_equally_long_outages_is_reported_as_the_longest() {
        use Fate::{Answered, TimedOut};
        let two = [TimedOut, Answered, TimedOut, Answered];
        assert_eq!(longest(&two), Some(outage(1, 1, 1, 1000)));
    }
}
