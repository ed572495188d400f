//! When the next probe of many may leave.
//!
//! The schedule is absolute: the n-th probe of a round has its slot, and the rounds begin one period apart. Slots closer
//! together than a millisecond are taken in groups, because each wake-up costs as much as several probes. A run that was not
//! asked in time makes up for what it missed of a round, and not faster than the rate.

use std::time::{Duration, Instant};

use crate::config::many::Spacing;

/// Slots that are closer together than this share one moment.
pub(super) const GROUP: Duration = Duration::from_millis(1);

/// What was missed within this time is made up for at once. Without rounds the schedule is moved by what is more.
const SLACK: Duration = Duration::from_millis(10);

/// The distance between two targets of one round, where the period leaves room for more.
const WIDEST: Duration = Duration::from_millis(10);

/// Decides when probes leave; is told when they did.
#[derive(Debug, Clone)]
pub(super) struct Slots {
    spacing: Spacing,
    /// None: there are as many slots as are taken.
    round: Option<Round>,
    /// When this round began.
    start: Instant,
    /// The next slot in it.
    slot: u32,
    /// The distance of its slots.
    gap: Duration,
    /// Before this moment the spacing does not allow the next probe, whatever was missed.
    free: Instant,
}

#[derive(Debug, Clone, Copy)]
struct Round {
    /// From one round to the next.
    period: Duration,
    /// How many slots this one has.
    size: u32,
}

impl Slots {
    /// One slot after the other.
    pub(super) fn endless(spacing: Spacing, start: Instant) -> Self {
        Self {
            spacing,
            round: None,
            start,
            slot: 0,
            gap: spacing.least(),
            free: start,
        }
    }

    /// Rounds of so many slots, so far apart.
    pub(super) fn rounds(spacing: Spacing, period: Duration, targets: u32, start: Instant) -> Self {
        let mut slots = Self::endless(spacing, start);
        slots.open_round(period, start, targets);
        slots
    }

    fn open_round(&mut self, period: Duration, start: Instant, targets: u32) {
        self.start = start;
        self.slot = 0;
        self.round = Some(Round {
            period,
            size: targets,
        });
        self.gap = match self.spacing {
            Spacing::Spread(least) => (period / targets.max(1)).min(WIDEST).max(least),
            Spacing::Close(least) => least,
        };
    }

    /// There are so many targets now; a round that has not begun has a slot for each.
    pub(super) fn resize(&mut self, targets: u32) {
        if let Some(round) = self.round.filter(|_| self.slot == 0) {
            self.open_round(round.period, self.start, targets);
        }
    }

    /// How long a round takes: the period, or longer where the rate does not allow that.
    fn length(&self, round: Round) -> Duration {
        round
            .period
            .max(self.spacing.least().saturating_mul(round.size))
    }

    /// When the next probe may leave.
    pub(super) fn due(&self) -> Instant {
        self.slot_due().max(self.free)
    }

    /// When the next slot is due.
    fn slot_due(&self) -> Instant {
        let group = match self.gap.as_nanos() {
            0 => 1,
            gap => u32::try_from(GROUP.as_nanos() / gap).unwrap_or(1).max(1),
        };
        let of_group = self.slot - self.slot % group;
        let offset = self.gap.checked_mul(of_group);
        let due = offset.and_then(|offset| self.start.checked_add(offset));
        due.unwrap_or(self.start)
    }

    /// The slot that is due now, which is taken; `targets` is how many the next round has.
    pub(super) fn take(&mut self, now: Instant, targets: u32) -> u32 {
        let late = now.saturating_duration_since(self.slot_due());
        let taken = self.slot;
        self.slot = self.slot.saturating_add(1);
        if let Some(round) = self.round {
            self.skip_rounds(round.period, late);
            if self.slot >= round.size {
                let next = self.start + self.length(round);
                self.open_round(round.period, next, targets);
            }
            return taken;
        }
        if late > SLACK {
            self.start += late;
        }
        if self.slot == u32::MAX {
            self.start += self.gap.saturating_mul(u32::MAX);
            self.slot = 0;
        }
        taken
    }

    /// The slot that was taken is used: a probe leaves.
    pub(super) fn use_it(&mut self, now: Instant) {
        match self.spacing {
            // What is closer leaves in groups.
            Spacing::Close(least) if least >= GROUP => self.free = now + least,
            Spacing::Spread(least) | Spacing::Close(least) if self.round.is_some() => {
                let earliest = now.checked_sub(SLACK).unwrap_or(self.free);
                self.free = self.free.max(earliest) + least;
            }
            Spacing::Spread(_) | Spacing::Close(_) => {}
        }
    }

    /// A suspended run skips the rounds that it missed.
    fn skip_rounds(&mut self, period: Duration, late: Duration) {
        if late > period {
            let rest = late.as_nanos() % period.as_nanos().max(1);
            let rest = u64::try_from(rest).map_or(late, Duration::from_nanos);
            self.start += late.saturating_sub(rest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock, SystemClock};

    const SECOND: Duration = Duration::from_secs(1);
    const MILLISECOND: Duration = Duration::from_millis(1);

    /// When the first slots are due, in microseconds from the start, if each is taken when it is due.
    fn dues(mut slots: Slots, start: Instant, count: usize, targets: u32) -> Vec<u128> {
        let mut dues = Vec::new();
        for _ in 0..count {
            let due = slots.due();
            dues.push(due.saturating_duration_since(start).as_micros());
            slots.take(due, targets);
        }
        dues
    }

    #[test]
    fn the_targets_of_a_round_follow_closely_and_rounds_keep_their_period() {
        let start = SystemClock.now();
        let slots = Slots::rounds(Spacing::at_most(None), SECOND, 2, start);
        let dues = dues(slots, start, 5, 2);
        assert_eq!(dues, [0, 10_000, 1_000_000, 1_010_000, 2_000_000]);
    }

    #[test]
    fn many_targets_are_spread_over_the_period_in_groups_of_a_millisecond() {
        let start = SystemClock.now();
        let slots = Slots::rounds(Spacing::at_most(None), SECOND, 10_000, start);
        let dues = dues(slots, start, 20_001, 10_000);
        assert_eq!(dues[..11], [&[0; 10][..], &[1_000]].concat());
        assert_eq!(dues[9_999], 999_000);
        assert_eq!((dues[10_000], dues[20_000]), (1_000_000, 2_000_000));
    }

    #[test]
    fn a_rate_that_is_too_low_for_the_period_makes_the_rounds_longer() {
        let start = SystemClock.now();
        let slots = Slots::rounds(Spacing::at_most(Some(1000)), SECOND, 3000, start);
        let dues = dues(slots, start, 3001, 3000);
        assert_eq!(
            (dues[1], dues[2999], dues[3000]),
            (1_000, 2_999_000, 3_000_000)
        );
    }

    #[test]
    fn close_targets_of_a_round_are_no_farther_apart_than_asked_and_never_closer() {
        let start = SystemClock.now();
        let gap = Duration::from_micros(2500);
        let mut slots = Slots::rounds(Spacing::Close(gap), SECOND, 3, start);
        let mut left = Vec::new();
        // This host is 2 ms late with the second one.
        for late in [0, 2, 0, 0, 0].map(|late| late * MILLISECOND) {
            let now = slots.due() + late;
            left.push(now.saturating_duration_since(start).as_micros());
            slots.take(now, 3);
            slots.use_it(now);
        }
        assert_eq!(left, [0, 4_500, 7_000, 1_000_000, 1_002_500]);
    }

    #[test]
    fn close_targets_without_rounds_are_never_closer_than_asked() {
        let start = SystemClock.now();
        let mut slots = Slots::endless(Spacing::Close(10 * MILLISECOND), start);
        let late = start + 4 * MILLISECOND;
        slots.take(late, 0);
        slots.use_it(late);
        assert_eq!(slots.due(), late + 10 * MILLISECOND);
    }

    #[test]
    fn a_suspended_run_skips_the_rounds_that_it_missed() {
        let start = SystemClock.now();
        let mut slots = Slots::rounds(Spacing::at_most(None), SECOND, 2, start);
        slots.take(start, 2);
        slots.take(start + 7 * SECOND, 2);
        assert_eq!(slots.due(), start + 7 * SECOND);
        slots.take(start + 7 * SECOND, 2);
        assert_eq!(slots.due(), start + 7 * SECOND + 10 * MILLISECOND);
    }

    #[test]
    fn however_many_rounds_were_missed_they_are_skipped() {
        let start = SystemClock.now();
        let mut slots = Slots::rounds(Spacing::at_most(None), Duration::from_nanos(1), 1, start);
        slots.take(start + 3600 * SECOND, 1);
        assert!(slots.due() > start + 3600 * SECOND);
    }

    #[test]
    fn without_rounds_what_was_missed_is_not_made_up_for() {
        let start = SystemClock.now();
        let mut slots = Slots::endless(Spacing::at_most(Some(100)), start);
        slots.take(start, 0);
        assert_eq!(slots.due(), start + 10 * MILLISECOND);
        slots.take(start + SECOND, 0);
        assert_eq!(slots.due(), start + SECOND + 10 * MILLISECOND);
    }

    #[test]
    fn without_a_rate_the_next_probe_is_always_due() {
        let start = SystemClock.now();
        let mut slots = Slots::endless(Spacing::at_most(None), start);
        for _ in 0..1000 {
            assert!(slots.due() <= start);
            slots.take(start, 0);
        }
    }

    #[test]
    fn targets_that_are_added_are_in_the_next_round() {
        let start = SystemClock.now();
        let mut slots = Slots::rounds(Spacing::at_most(None), SECOND, 1, start);
        slots.take(start, 2);
        assert_eq!(slots.due(), start + SECOND);
        slots.take(start + SECOND, 2);
        assert_eq!(slots.due(), start + SECOND + 10 * MILLISECOND);
    }
}
