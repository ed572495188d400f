//! When the next probe may be sent.
//!
//! Interval schedules are absolute (`start + n * interval`) and do not drift. Probes missed in a short stall of this
//! host are made up for, so that a run with a short interval takes no longer. Slots missed in a longer stall are
//! skipped. Neither causes a burst: two probes are at least half an interval apart.

use std::time::{Duration, Instant};

use crate::config::Pace;

/// A flood without replies sends a hundred probes per second (iputils' rule).
const FLOOD_WITHOUT_REPLIES: Duration = Duration::from_millis(10);

/// Below this round trip an adaptive run is a flood, as in iputils, which rounds to milliseconds.
const ADAPTIVE_FLOOD: Duration = Duration::from_micros(500);

/// Slots missed in a stall up to this long are made up for. With four busy processes on each core, the scheduler held a
/// probe back for up to 46 ms.
const STALL: Duration = Duration::from_millis(100);

/// Decides when probes are sent.
#[derive(Debug, Clone)]
pub(super) struct Pacer {
    pace: Pace,
    /// How many probes may be sent together at the start, and be in flight in a flood.
    preload: u32,
    /// How many of the first `preload` probes are still to be sent.
    burst: u32,
    start: Option<Instant>,
    /// The slot of the schedule for the next probe.
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

    /// When the next probe may be sent; `None` or an instant in the past means now.
    ///
    /// `outstanding` is the number of probes sent after the newest answered one, `average` the weighted average of the
    /// round trips.
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

    /// A probe was sent or tried at `now`.
    pub(super) fn left(&mut self, now: Instant) {
        let start = *self.start.get_or_insert(now);
        self.last = Some(now);
        self.burst = self.burst.saturating_sub(1);
        // The probes of the initial burst share slot 0.
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

    /// The current target interval, for the wait after the last probe.
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

    /// `start + slot * interval`; `None` if that is centuries away.
    fn slot_time(&self, interval: Duration) -> Option<Instant> {
        let nanoseconds = interval.as_nanos().checked_mul(self.slot)?;
        let offset = Duration::from_nanos(u64::try_from(nanoseconds).ok()?);
        self.start?.checked_add(offset)
    }
}

/// How the time of the next probe is computed.
enum Effective {
    Every(Duration),
    AfterLast(Duration),
    WithReplies,
}

#[cfg(test)]
mod tests;
