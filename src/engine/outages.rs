//! When no probe to a target was answered: how often, how long at the most, and how long altogether.

use std::time::Duration;

use super::fate::PathState;
use crate::event::{Outage, Outages};

/// What a probe of the past tells of the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Past {
    pub(super) sequence: u16,
    /// When it left, or was tried; counted from a moment that is the same for all.
    pub(super) left: Duration,
    pub(super) path: PathState,
}

/// Probes in a row that were not answered in time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Losses {
    /// When the first and the last of them left.
    first: Duration,
    last: Duration,
    outage: Outage,
}

impl Losses {
    /// None so far; this is the first one to be [added](Self::add).
    pub(super) fn before(past: &Past) -> Self {
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

    /// The next one.
    pub(super) fn add(&mut self, past: &Past) {
        self.last = past.left;
        self.outage.last = past.sequence;
        self.outage.probes += 1;
    }

    /// When the first of them left.
    pub(super) fn first(&self) -> Duration {
        self.first
    }

    /// When the last of them left.
    pub(super) fn last(&self) -> Duration {
        self.last
    }

    /// How many they are.
    pub(super) fn probes(&self) -> u64 {
        self.outage.probes
    }

    /// The outage that they are, if it lasted until then.
    pub(super) fn until(&self, moment: Duration) -> Outage {
        Outage {
            length: moment.saturating_sub(self.first),
            ..self.outage
        }
    }
}

/// Follows what the probes to one target tell, in the order in which they left, each when that can change no more.
#[derive(Debug, Clone, Default)]
pub(super) struct OutageTracker {
    current: Option<Losses>,
    ended: Outages,
}

impl OutageTracker {
    /// The next probe.
    pub(super) fn pass(&mut self, past: &Past) {
        match past.path {
            PathState::Up => self.end(past.left),
            PathState::Down => {
                let losses = self.current.get_or_insert_with(|| Losses::before(past));
                losses.add(past);
            }
            PathState::Unknown => {}
        }
    }

    /// The current outage lasted until then, if there is one.
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

    /// All of them, where no more probes follow. The last one goes on until the time of its last probe is over:
    /// `end` says when, given when that left.
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

    /// Of probes that leave a second apart and have half a second each.
    fn outages(fates: &[Fate]) -> Outages {
        let mut outages = OutageTracker::default();
        for (second, fate) in (0..).zip(fates) {
            outages.pass(&Past {
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
    fn without_a_loss_there_is_none() {
        use Fate::{Answered, Filtered, InFlight, NotSent};
        assert_eq!(longest(&[Answered, Answered, InFlight]), None);
        assert_eq!(longest(&[Answered, NotSent, Answered]), None);
        assert_eq!(longest(&[Answered, Filtered, Answered]), None);
    }

    #[test]
    fn it_lasts_from_the_first_lost_probe_to_the_next_answered_one() {
        use Fate::{Answered, GivenUp, Overdue, Rejected};
        assert_eq!(
            longest(&[Answered, Overdue, Answered]),
            Some(outage(2, 2, 1, 1000))
        );
        let two = [
            Answered, Overdue, Answered, Rejected, GivenUp, Answered, Overdue, Answered,
        ];
        assert_eq!(longest(&two), Some(outage(4, 5, 2, 2000)));
    }

    #[test]
    fn at_the_end_it_lasts_until_the_time_of_the_last_lost_probe_is_over() {
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
    fn a_probe_that_was_answered_late_is_lost() {
        use Fate::{Answered, AnsweredLate, GivenUp};
        assert_eq!(
            longest(&[Answered, GivenUp, AnsweredLate, Answered]),
            Some(outage(2, 3, 2, 2000))
        );
    }

    #[test]
    fn each_outage_is_counted_and_their_lengths_are_added() {
        use Fate::{Answered, GivenUp, NotSent, Rejected, Suspended};
        let three = [
            GivenUp, Answered, GivenUp, NotSent, Rejected, Suspended, Answered, GivenUp,
        ];
        let found = outages(&three);
        // From 0 s to 1 s, from 2 s to 6 s, and from 7 s on.
        let total = Duration::from_millis(5500);
        assert_eq!((found.count, found.total), (3, total));
        assert_eq!(found.longest, Some(outage(3, 5, 2, 4000)));
        assert_eq!(outages(&[Answered, NotSent]), Outages::default());
    }

    #[test]
    fn of_equally_long_outages_the_first_is_the_longest() {
        use Fate::{Answered, GivenUp};
        let two = [GivenUp, Answered, GivenUp, Answered];
        assert_eq!(longest(&two), Some(outage(1, 1, 1, 1000)));
    }
}
