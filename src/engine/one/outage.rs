//! The longest time in which no probe was answered.

use std::time::Duration;

use super::window::{Fate, Past};
use crate::event::Outage;

/// Follows the fates of the probes in the order in which they left, each when it can change no more.
#[derive(Debug, Clone, Default)]
pub(super) struct Outages {
    current: Option<Started>,
    longest: Option<Started>,
}

/// One that has begun.
#[derive(Debug, Clone, Copy)]
struct Started {
    /// When its first and its last probe left, counted from the first one of the run.
    first: Duration,
    last: Duration,
    outage: Outage,
}

impl Outages {
    /// The next probe.
    pub(super) fn pass(&mut self, past: &Past) {
        match past.fate {
            Fate::Answered => {
                self.reach(past.left);
                self.current = None;
            }
            Fate::Overdue | Fate::GivenUp | Fate::AnsweredLate | Fate::Rejected => self.lose(past),
            // Of a probe that has still time nothing is known, and one that never left says nothing of the path, nor
            // does one whose answer came to a host that slept.
            Fate::InFlight | Fate::NotSent | Fate::Filtered | Fate::Suspended => {}
        }
    }

    fn lose(&mut self, past: &Past) {
        let current = self.current.get_or_insert(Started {
            first: past.left,
            last: past.left,
            outage: Outage {
                first: past.sequence,
                last: past.sequence,
                length: Duration::ZERO,
                probes: 0,
            },
        });
        current.last = past.left;
        current.outage.last = past.sequence;
        current.outage.probes += 1;
        self.reach(past.left);
    }

    /// The current outage lasted at least until then.
    fn reach(&mut self, moment: Duration) {
        let Some(current) = &mut self.current else {
            return;
        };
        let outage = &mut current.outage;
        outage.length = moment.saturating_sub(current.first);
        let longest = self.longest.get_or_insert(*current);
        let extent = |outage: &Outage| (outage.length, outage.probes);
        if extent(&current.outage) > extent(&longest.outage) {
            *longest = *current;
        }
    }

    /// The longest one, where no more probes follow. The last one goes on until the time of its last probe is over:
    /// `end` says when, given when that left.
    pub(super) fn longest(mut self, end: impl Fn(Duration) -> Duration) -> Option<Outage> {
        if let Some(current) = self.current {
            self.reach(end(current.last).max(current.last));
        }
        self.longest.map(|longest| longest.outage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of probes that leave a second apart and have half a second each.
    fn longest(fates: &[Fate]) -> Option<Outage> {
        let mut outages = Outages::default();
        for (second, fate) in (0..).zip(fates) {
            outages.pass(&Past {
                sequence: second + 1,
                left: Duration::from_secs(second.into()),
                fate: *fate,
            });
        }
        outages.longest(|left| left + Duration::from_millis(500))
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
}
