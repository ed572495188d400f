//! When the next probe may be sent to one of many targets.
//!
//! The schedule is absolute: each probe of a round has its slot, and rounds begin one period apart. Slots closer together
//! than a millisecond are grouped, because a wake-up costs as much as several probes. After a stall, a round catches up,
//! but no faster than the rate.

use std::time::{Duration, Instant};

use crate::config::many::Spacing;

/// Slots closer together than this share one instant.
pub(super) const GROUP: Duration = Duration::from_millis(1);

/// A delay up to this is made up for at once. Without rounds, a longer one moves the schedule.
const SLACK: Duration = Duration::from_millis(10);

/// The distance between two targets of a round, if the period leaves room for more.
const WIDEST: Duration = Duration::from_millis(10);

/// Decides when probes are sent.
#[derive(Debug, Clone)]
pub(super) struct Slots {
    spacing: Spacing,
    /// `None`: an endless sequence of slots.
    round: Option<Round>,
    /// When the current round began.
    start: Instant,
    /// The next slot of the round.
    slot: u32,
    /// The distance between two slots.
    gap: Duration,
    /// The rate allows no probe before this instant, even to catch up.
    free: Instant,
}

#[derive(Debug, Clone, Copy)]
struct Round {
    /// From the start of one round to the next.
    period: Duration,
    /// How many slots the current round has.
    size: u32,
}

impl Slots {
    /// An endless sequence of slots.
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

    /// Rounds of `targets` slots, `period` apart.
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

    /// Sets the number of targets; it takes effect in a round that has not begun.
    pub(super) fn resize(&mut self, targets: u32) {
        if let Some(round) = self.round.filter(|_| self.slot == 0) {
            self.open_round(round.period, self.start, targets);
        }
    }

    /// The length of a round: the period, or longer if the rate requires it.
    fn length(&self, round: Round) -> Duration {
        round
            .period
            .max(self.spacing.least().saturating_mul(round.size))
    }

    /// When the next probe may be sent.
    pub(super) fn due(&self) -> Instant {
        self.slot_due().max(self.free)
    }

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

    /// Takes the next slot and returns it; `targets` is the size of the next round.
    pub(super) fn take_slot(&mut self, now: Instant, targets: u32) -> u32 {
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

    /// A probe is sent in the slot that was taken.
    pub(super) fn charge_rate(&mut self, now: Instant) {
        match self.spacing {
            // Closer slots are sent in groups.
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

    /// When the first slots are due, in microseconds after the start, if each is taken when due.
    fn dues(mut slots: Slots, start: Instant, count: usize, targets: u32) -> Vec<u128> {
        let mut dues = Vec::new();
        for _ in 0..count {
            let due = slots.due();
            dues.push(due.saturating_duration_since(start).as_micros());
            slots.take_slot(due, targets);
        }
        dues
    }

    #[test]
    fn targets_of_a_round_are_10_ms_apart_and_rounds_one_period() {
        let start = SystemClock.now();
        let slots = Slots::rounds(Spacing::at_most(None), SECOND, 2, start);
        let dues = dues(slots, start, 5, 2);
        assert_eq!(dues, [0, 10_000, 1_000_000, 1_010_000, 2_000_000]);
    }

    #[test]
    fn targets_are_spread_over_the_period_in_groups_of_a_millisecond() {
        let start = SystemClock.now();
        let slots = Slots::rounds(Spacing::at_most(None), SECOND, 10_000, start);
        let dues = dues(slots, start, 20_001, 10_000);
        assert_eq!(dues[..11], [&[0; 10][..], &[1_000]].concat());
        assert_eq!(dues[9_999], 999_000);
        assert_eq!((dues[10_000], dues[20_000]), (1_000_000, 2_000_000));
    }

    #[test]
    fn rate_too_low_for_the_period_makes_rounds_longer() {
        let start = SystemClock.now();
        let slots = Slots::rounds(Spacing::at_most(Some(1000)), SECOND, 3000, start);
        let dues = dues(slots, start, 3001, 3000);
        assert_eq!(
            (dues[1], dues[2999], dues[3000]),
            (1_000, 2_999_000, 3_000_000)
        );
    }

    #[test]
    fn targets_of_a_round_keep_the_asked_gap_even_after_a_delay() {
        let start = SystemClock.now();
        let gap = Duration::from_micros(2500);
        let mut slots = Slots::rounds(Spacing::Close(gap), SECOND, 3, start);
        let mut left = Vec::new();
        // This host sends the second probe 2 ms late.
        for late in [0, 2, 0, 0, 0].map(|late| late * MILLISECOND) {
            let now = slots.due() + late;
            left.push(now.saturating_duration_since(start).as_micros());
            slots.take_slot(now, 3);
            slots.charge_rate(now);
        }
        assert_eq!(left, [0, 4_500, 7_000, 1_000_000, 1_002_500]);
    }

    #[test]
    fn targets_without_rounds_keep_the_asked_gap() {
        let start = SystemClock.now();
        let mut slots = Slots::endless(Spacing::Close(10 * MILLISECOND), start);
        let late = start + 4 * MILLISECOND;
        slots.take_slot(late, 0);
        slots.charge_rate(late);
        assert_eq!(slots.due(), late + 10 * MILLISECOND);
    }

    #[test]
    fn suspended_run_skips_missed_rounds() {
        let start = SystemClock.now();
        let mut slots = Slots::rounds(Spacing::at_most(None), SECOND, 2, start);
        slots.take_slot(start, 2);
        slots.take_slot(start + 7 * SECOND, 2);
        assert_eq!(slots.due(), start + 7 * SECOND);
        slots.take_slot(start + 7 * SECOND, 2);
        assert_eq!(slots.due(), start + 7 * SECOND + 10 * MILLISECOND);
    }

    #[test]
    fn any_number_of_missed_rounds_is_skipped() {
        let start = SystemClock.now();
        let mut slots = Slots::rounds(Spacing::at_most(None), Duration::from_nanos(1), 1, start);
        slots.take_slot(start + 3600 * SECOND, 1);
        assert!(slots.due() > start + 3600 * SECOND);
    }

    #[test]
    fn missed_slots_without_rounds_are_not_made_up_for() {
        let start = SystemClock.now();
        let mut slots = Slots::endless(Spacing::at_most(Some(100)), start);
        slots.take_slot(start, 0);
        assert_eq!(slots.due(), start + 10 * MILLISECOND);
        slots.take_slot(start + SECOND, 0);
        assert_eq!(slots.due(), start + SECOND + 10 * MILLISECOND);
    }

    #[test]
    fn next_probe_is_always_due_without_a_rate() {
        let start = SystemClock.now();
        let mut slots = Slots::endless(Spacing::at_most(None), start);
        for _ in 0..1000 {
            assert!(slots.due() <= start);
            slots.take_slot(start, 0);
        }
    }

    #[test]
    fn added_targets_are_in_the_next_round() {
        let start = SystemClock.now();
        let mut slots = Slots::rounds(Spacing::at_most(None), SECOND, 1, start);
        slots.take_slot(start, 2);
        assert_eq!(slots.due(), start + SECOND);
        slots.take_slot(start + SECOND, 2);
        assert_eq!(slots.due(), start + SECOND + 10 * MILLISECOND);
    }
}
