//! When the next probe may leave.
//!
//! The schedule of an interval is absolute (`start + n * interval`): it does not drift. Slots that a short stall of this
//! host missed are made up for, so that a run of many short intervals takes no longer. Slots that a longer stall missed are
//! skipped. Neither is a burst: two probes are at least half an interval apart.

use std::time::{Duration, Instant};

use crate::config::Pace;

/// Without any reply a flood sends a hundred probes a second (iputils' rule).
const FLOOD_WITHOUT_REPLIES: Duration = Duration::from_millis(10);

/// A round trip below this makes an adaptive run a flood with replies, as in iputils, which rounds to
/// milliseconds.
const ADAPTIVE_FLOOD: Duration = Duration::from_micros(500);

/// What a stall of at most this length missed is made up for. With four busy processes on each core, the scheduler kept
/// a probe back for up to 46 ms.
const STALL: Duration = Duration::from_millis(100);

/// Decides when probes leave; is told when they did.
#[derive(Debug, Clone)]
pub(super) struct Pacer {
    pace: Pace,
    /// Probes that may go at once at the start, and may be in flight in a flood.
    preload: u32,
    /// Of these, the ones that have not gone yet.
    burst: u32,
    start: Option<Instant>,
    /// The slot of the schedule in which the next probe goes.
    slot: u128,
    last: Option<Instant>,
}

impl Pacer {
    pub(super) fn new(pace: Pace, preload: u32) -> Self {
        Self {
            pace,
            preload,
            burst: preload,
            start: None,
            slot: 0,
            last: None,
        }
    }

    /// When the next probe may leave; a moment in the past (or none, before the first) means now.
    ///
    /// `outstanding` is the number of probes sent after the newest one that was answered; `average` the
    /// weighted average of the round trips so far.
    pub(super) fn due(&self, outstanding: u64, average: Option<Duration>) -> Option<Instant> {
        let last = self.last?;
        if self.burst > 0 {
            return Some(last);
        }
        match self.effective(average) {
            Effective::Every(interval) => {
                let slot = self.slot_time(interval).unwrap_or(last + interval);
                Some(slot.max(last + interval / 2))
            }
            Effective::AfterLast(interval) => Some(last + interval),
            Effective::WithReplies if outstanding < u64::from(self.preload) => Some(last),
            Effective::WithReplies => Some(last + FLOOD_WITHOUT_REPLIES),
        }
    }

    /// Notes that a probe left, or was tried, at `now`.
    pub(super) fn left(&mut self, now: Instant) {
        let start = *self.start.get_or_insert(now);
        self.last = Some(now);
        self.burst = self.burst.saturating_sub(1);
        // The probes of the first burst share slot 0.
        if self.burst == 0
            && let Pace::Interval(interval) = self.pace
            && !interval.is_zero()
        {
            let newest = now.saturating_duration_since(start).as_nanos() / interval.as_nanos();
            let late = self
                .slot_time(interval)
                .map(|slot| now.saturating_duration_since(slot));
            let is_made_up_for = late.is_none_or(|late| late <= STALL);
            let slot = if is_made_up_for { self.slot } else { newest };
            self.slot = slot + 1;
        }
    }

    /// The distance that the run aims at now, for the wait after the last probe.
    pub(super) fn interval(&self, average: Option<Duration>) -> Duration {
        match self.effective(average) {
            Effective::Every(interval) | Effective::AfterLast(interval) => interval,
            Effective::WithReplies => Duration::ZERO,
        }
    }

    fn effective(&self, average: Option<Duration>) -> Effective {
        match (self.pace, average) {
            (Pace::Interval(Duration::ZERO) | Pace::Flood, _) => Effective::WithReplies,
            (Pace::Interval(interval), _) => Effective::Every(interval),
            (Pace::Adaptive { initial, floor }, None) => Effective::AfterLast(initial.max(floor)),
            (Pace::Adaptive { floor, .. }, Some(average)) => {
                let interval = average.max(floor);
                if interval < ADAPTIVE_FLOOD {
                    Effective::WithReplies
                } else {
                    Effective::AfterLast(interval)
                }
            }
        }
    }

    /// `start + slot * interval`; none if that is centuries away.
    fn slot_time(&self, interval: Duration) -> Option<Instant> {
        let nanoseconds = interval.as_nanos().checked_mul(self.slot)?;
        let offset = Duration::from_nanos(u64::try_from(nanoseconds).ok()?);
        self.start?.checked_add(offset)
    }
}

/// How the next moment follows from what is known.
enum Effective {
    Every(Duration),
    AfterLast(Duration),
    WithReplies,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock, SystemClock};

    const TENTH: Duration = Duration::from_millis(100);

    fn start() -> Instant {
        SystemClock.now()
    }

    fn after(start: Instant, milliseconds: u64) -> Instant {
        start + Duration::from_millis(milliseconds)
    }

    #[test]
    fn the_first_probe_goes_at_once() {
        assert_eq!(Pacer::new(Pace::Interval(TENTH), 1).due(0, None), None);
    }

    #[test]
    fn lateness_of_a_probe_does_not_move_the_schedule() {
        let start = start();
        let mut pacer = Pacer::new(Pace::Interval(TENTH), 1);
        for probe in 0..1000 {
            pacer.left(start + TENTH * probe + Duration::from_millis(u64::from(probe % 90)));
        }
        assert_eq!(pacer.due(1, None), Some(start + TENTH * 1000));
    }

    #[test]
    fn missed_slots_are_skipped_and_never_sent_in_a_burst() {
        let start = start();
        let mut pacer = Pacer::new(Pace::Interval(TENTH), 1);
        pacer.left(start);
        pacer.left(start + Duration::from_millis(2_530));
        assert_eq!(pacer.due(2, None), Some(after(start, 2_600)));
    }

    #[test]
    fn slots_missed_by_a_short_stall_are_made_up_for_at_half_the_interval() {
        let start = start();
        let after = |microseconds| start + Duration::from_micros(microseconds);
        let mut pacer = Pacer::new(Pace::Interval(Duration::from_millis(1)), 1);
        pacer.left(start);
        // The second probe leaves after 4.2 ms instead of 1; the ninth is in time again.
        for (left, next) in [
            (4_200, 4_700),
            (4_700, 5_200),
            (5_200, 5_700),
            (5_700, 6_200),
            (6_200, 6_700),
            (6_700, 7_200),
            (7_200, 8_000),
        ] {
            pacer.left(after(left));
            assert_eq!(pacer.due(1, None), Some(after(next)));
        }
    }

    #[test]
    fn slots_missed_by_a_stall_of_more_than_100_ms_are_skipped() {
        let start = start();
        for (left, next) in [(101_000, 101_500), (101_001, 102_000)] {
            let mut pacer = Pacer::new(Pace::Interval(Duration::from_millis(1)), 1);
            pacer.left(start);
            pacer.left(start + Duration::from_micros(left));
            let next = start + Duration::from_micros(next);
            assert_eq!(pacer.due(1, None), Some(next));
        }
    }

    #[test]
    fn run_of_short_intervals_takes_no_longer_with_short_stalls() {
        let interval = Duration::from_millis(1);
        let start = start();
        let mut pacer = Pacer::new(Pace::Interval(interval), 1);
        let mut now = start;
        for probe in 0..20_000_u32 {
            now = now.max(pacer.due(1, None).unwrap_or(start));
            if probe % 200 == 100 {
                now += Duration::from_millis(5);
            }
            pacer.left(now);
        }
        assert_eq!(now, start + interval * 19_999);
    }

    #[test]
    fn a_preload_goes_at_once_and_the_schedule_follows() {
        let start = start();
        let mut pacer = Pacer::new(Pace::Interval(TENTH), 3);
        for sent in 0..3 {
            assert!(pacer.due(sent, None) <= Some(start), "probe {sent}");
            pacer.left(start);
        }
        assert_eq!(pacer.due(3, None), Some(after(start, 100)));
    }

    #[test]
    fn a_flood_sends_with_each_reply_and_a_hundred_a_second_without() {
        let start = start();
        let mut pacer = Pacer::new(Pace::Flood, 1);
        pacer.left(start);
        assert_eq!(pacer.due(1, None), Some(after(start, 10)));
        assert_eq!(pacer.due(0, None), Some(start));
    }

    #[test]
    fn an_adaptive_run_follows_the_round_trip_but_not_below_the_floor() {
        let start = start();
        let floor = Duration::from_millis(2);
        let initial = Duration::from_secs(1);
        let mut pacer = Pacer::new(Pace::Adaptive { initial, floor }, 1);
        pacer.left(start);
        assert_eq!(pacer.due(1, None), Some(after(start, 1000)));
        assert_eq!(pacer.due(0, Some(TENTH)), Some(after(start, 100)));
        assert_eq!(
            pacer.due(0, Some(Duration::from_micros(30))),
            Some(after(start, 2))
        );
    }

    #[test]
    fn an_adaptive_run_of_root_on_a_short_path_is_a_flood() {
        let start = start();
        let pace = Pace::Adaptive {
            initial: TENTH,
            floor: Duration::ZERO,
        };
        let mut pacer = Pacer::new(pace, 1);
        pacer.left(start);
        let average = Some(Duration::from_micros(30));
        assert_eq!(pacer.due(0, average), Some(start));
        assert_eq!(pacer.due(1, average), Some(after(start, 10)));
    }
}
