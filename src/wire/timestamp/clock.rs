//! The clock of a target, as the times in its reply tell it.

use std::time::Duration;

use super::Times;

const MILLISECOND: i64 = 1000;
const DAY: i64 = 24 * 60 * 60 * 1000 * MILLISECOND;

/// How far a target's clock may be from this host's without anybody noticing: both are told in whole milliseconds.
const RESOLUTION: Duration = Duration::from_millis(1);

/// A clock that tells milliseconds since midnight UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerClock {
    /// How many microseconds it is ahead of this host's; negative: behind. At most half a day.
    pub ahead: i64,
    /// From the request's arrival to the reply's departure.
    pub held: Duration,
    /// Whether the target writes its times with the low octet first, against the RFC. Windows does.
    pub is_swapped: bool,
    /// How long the request was on its way, by both clocks, in microseconds.
    forward: i64,
    round_trip: Duration,
}

impl Times {
    /// The clock that wrote the times of a reply, which came back after this time; none if they are no times of day.
    ///
    /// This host's time of arrival is not needed: it is the time of departure and the round trip, so that a clock of this
    /// host that is set meanwhile makes no difference.
    ///
    /// ```
    /// use std::time::Duration;
    /// use rping::wire::timestamp::Times;
    ///
    /// let times = Times { originate: 1000, receive: 3502, transmit: 3502 };
    /// assert_eq!(times.clock(Duration::from_millis(4)).unwrap().ahead, 2_500_000);
    /// ```
    #[must_use]
    pub fn clock(&self, round_trip: Duration) -> Option<PeerClock> {
        let swapped = Self {
            receive: self.receive.swap_bytes(),
            transmit: self.transmit.swap_bytes(),
            ..*self
        };
        // A host without a clock leaves both fields empty.
        if self.receive == 0 && self.transmit == 0 && self.originate != 0 {
            return None;
        }
        self.read(round_trip, false)
            .or_else(|| swapped.read(round_trip, true))
    }

    /// None if one is beyond a day, as are those with the highest bit set, or if the target had the request for longer than
    /// the round trip took.
    fn read(&self, round_trip: Duration, is_swapped: bool) -> Option<PeerClock> {
        let [originate, receive, transmit] =
            [self.originate, self.receive, self.transmit].map(|time| i64::from(time) * MILLISECOND);
        if [originate, receive, transmit]
            .iter()
            .any(|time| *time >= DAY)
        {
            return None;
        }
        let held = u64::try_from(within_half_a_day(transmit - receive)).ok()?;
        let held = Duration::from_micros(held);
        if held > round_trip + RESOLUTION {
            return None;
        }
        let forward = within_half_a_day(receive - originate);
        let under_way = under_way(round_trip, held);
        Some(PeerClock {
            ahead: within_half_a_day(forward - under_way / 2),
            held,
            is_swapped,
            forward,
            round_trip,
        })
    }
}

impl PeerClock {
    /// How far [`ahead`](Self::ahead) may be from the truth, if the target tells it: all of the way may have been one way.
    #[must_use]
    pub fn uncertainty(&self) -> Duration {
        self.round_trip.saturating_sub(self.held) / 2 + RESOLUTION
    }

    /// Estimates the one-way times of request and reply, if the clock is `ahead` microseconds ahead.
    #[must_use]
    pub fn ways(&self, ahead: i64) -> (Duration, Duration) {
        let both = under_way(self.round_trip, self.held);
        let there = within_half_a_day(self.forward - ahead).clamp(0, both);
        let duration = |micros: i64| Duration::from_micros(u64::try_from(micros).unwrap_or(0));
        (duration(there), duration(both - there))
    }
}

/// Without the time at the target, in microseconds.
fn under_way(round_trip: Duration, held: Duration) -> i64 {
    let both = round_trip.saturating_sub(held).as_micros();
    i64::try_from(both).unwrap_or(i64::MAX).min(DAY)
}

/// A distance of two times of day across midnight, where that is shorter.
fn within_half_a_day(distance: i64) -> i64 {
    let distance = distance.rem_euclid(DAY);
    if distance > DAY / 2 {
        distance - DAY
    } else {
        distance
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIDNIGHT: u32 = 86_400_000;

    fn times(originate: u32, receive: u32, transmit: u32) -> Times {
        Times {
            originate,
            receive,
            transmit,
        }
    }

    fn ahead(times: Times, round_trip: u64) -> Option<i64> {
        let clock = times.clock(Duration::from_millis(round_trip))?;
        Some(clock.ahead)
    }

    #[test]
    fn offset_is_what_is_left_of_the_way_there_without_half_of_the_way() {
        for (times, round_trip, expected) in [
            (times(1000, 3502, 3502), 4, 2_500_000),
            (times(5000, 2502, 2502), 4, -2_500_000),
            // Ten milliseconds at the target belong to no way.
            (times(1000, 1002, 1012), 14, 0),
            (times(1000, 1000, 1000), 1, -500),
        ] {
            assert_eq!(ahead(times, round_trip), Some(expected), "{times:?}");
        }
    }

    #[test]
    fn midnight_may_lie_between_any_two_times() {
        for (times, expected) in [
            (times(MIDNIGHT - 1, 1, 1), 0),
            (times(MIDNIGHT - 2, MIDNIGHT - 1, 1), 0),
            (times(MIDNIGHT - 500, 2002, 2002), 2_500_000),
            (times(2000, MIDNIGHT - 498, MIDNIGHT - 498), -2_500_000),
        ] {
            assert_eq!(ahead(times, 4), Some(expected), "{times:?}");
        }
        // Half a day: where it wraps, so do both ways alike.
        let half = MIDNIGHT / 2;
        let found = ahead(times(1000, 1000 + half, 1000 + half), 0).unwrap();
        assert_eq!(found.abs(), i64::from(half) * 1000);
    }

    #[test]
    fn times_with_the_low_octet_first_are_turned_round() {
        let receive = 3502_u32.swap_bytes();
        let clock = times(1000, receive, receive)
            .clock(Duration::from_millis(4))
            .unwrap();
        assert!(clock.is_swapped);
        assert_eq!(clock.ahead, 2_500_000);
        let right = times(1000, 3502, 3502).clock(Duration::from_millis(4));
        assert!(!right.unwrap().is_swapped);
    }

    #[test]
    fn what_is_no_time_of_day_tells_no_offset() {
        for times in [
            times(1000, 0x8000_0506, 0x8000_0506),
            times(1000, 0x0526_5cff, 0x0526_5cff),
            times(1000, 3502, u32::MAX),
            times(0x8000_0000, 3502, 3502),
            // Longer at the target than it was away, and sent before it came.
            times(1000, 1000, 1010),
            times(1000, 1010, 1000),
            times(1000, 0, 0),
        ] {
            assert_eq!(ahead(times, 4), None, "{times:?}");
        }
        assert_eq!(ahead(times(0, 0, 0), 0), Some(0), "midnight");
    }

    #[test]
    fn ways_are_shared_by_a_better_offset_and_never_below_zero() {
        let milliseconds = Duration::from_millis;
        let clock = times(1000, 1008, 1008).clock(milliseconds(10)).unwrap();
        assert_eq!(clock.ways(clock.ahead), (milliseconds(5), milliseconds(5)));
        assert_eq!(clock.ways(0), (milliseconds(8), milliseconds(2)));
        assert_eq!(clock.ways(9_000), (Duration::ZERO, milliseconds(10)));
        assert_eq!(clock.ways(-9_000), (milliseconds(10), Duration::ZERO));
        assert_eq!(clock.uncertainty(), milliseconds(6));
    }
}
