//! How long nothing was answered, at the longest.

use std::time::Duration;

use super::window::Fate;
use crate::event::Outage;

/// Follows the fates of the probes in the order in which they left, each when it can change no more.
#[derive(Debug, Clone, Default)]
pub(super) struct Outages {
    current: Option<Outage>,
    longest: Option<Outage>,
}

impl Outages {
    /// The next probe: when it left, counted from the first, and what became of it.
    pub(super) fn pass(&mut self, left: Duration, fate: Fate) {
        match fate {
            Fate::Answered => {
                self.reach(left);
                self.current = None;
            }
            Fate::Overdue | Fate::GivenUp | Fate::Rejected => {
                let current = self.current.get_or_insert(Outage {
                    start: left,
                    length: Duration::ZERO,
                    probes: 0,
                });
                current.probes += 1;
                self.reach(left);
            }
            // Of a probe that has still time nothing is known, and one that never left says nothing of the path, nor
            // does one whose answer came to a host that slept.
            Fate::InFlight | Fate::NotSent | Fate::Suspended => {}
        }
    }

    /// The current outage lasted at least until then.
    fn reach(&mut self, moment: Duration) {
        if let Some(current) = &mut self.current {
            current.length = moment.saturating_sub(current.start);
            let longest = self.longest.get_or_insert(*current);
            if (current.length, current.probes) > (longest.length, longest.probes) {
                *longest = *current;
            }
        }
    }

    pub(super) fn longest(&self) -> Option<Outage> {
        self.longest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn longest(fates: &[Fate]) -> Option<Outage> {
        let mut outages = Outages::default();
        for (second, fate) in (0..).zip(fates) {
            outages.pass(Duration::from_secs(second), *fate);
        }
        outages.longest()
    }

    fn outage(start: u64, length: u64, probes: u64) -> Outage {
        Outage {
            start: Duration::from_secs(start),
            length: Duration::from_secs(length),
            probes,
        }
    }

    #[test]
    fn without_a_loss_there_is_none() {
        assert_eq!(
            longest(&[Fate::Answered, Fate::Answered, Fate::InFlight]),
            None
        );
        assert_eq!(
            longest(&[Fate::Answered, Fate::NotSent, Fate::Answered]),
            None
        );
    }

    #[test]
    fn it_lasts_from_the_first_lost_probe_to_the_next_answered_one() {
        use Fate::{Answered, GivenUp, Overdue, Rejected};
        assert_eq!(
            longest(&[Answered, Overdue, Answered]),
            Some(outage(1, 1, 1))
        );
        let two = [
            Answered, Overdue, Answered, Rejected, GivenUp, Answered, Overdue, Answered,
        ];
        assert_eq!(longest(&two), Some(outage(3, 2, 2)));
    }

    #[test]
    fn at_the_end_it_lasts_to_the_last_probe() {
        use Fate::{Answered, Overdue};
        assert_eq!(
            longest(&[Answered, Overdue, Overdue, Overdue]),
            Some(outage(1, 2, 3))
        );
        assert_eq!(longest(&[Overdue]), Some(outage(0, 0, 1)));
    }
}
