//! The only place that asks what time it is.
//!
//! Schedules and round trips run on the monotonic clock ([`Instant`]). The kernel stamps what it receives with the
//! wall clock, which an administrator or a time daemon may step at any moment. [`arrival`] turns such a stamp into a
//! monotonic moment only while the two clocks demonstrably ran side by side.

use std::time::{Duration, Instant, SystemTime};

/// How far the two readings of one [`Moment`] may be apart, and how much earlier than its place in the socket's
/// queue a datagram may be stamped. Both are preemption, not time: a few microseconds in practice.
const TOLERANCE: Duration = Duration::from_micros(50);

/// Something that knows the time: the machine, or a test.
pub trait Clock {
    /// The monotonic clock, for schedules and round trips.
    fn now(&self) -> Instant;
    /// The wall clock, for people and for the kernel's time stamps.
    fn wall(&self) -> SystemTime;
}

/// The machine's clocks.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

#[allow(
    clippy::disallowed_methods,
    reason = "this is the room that the lint keeps these calls in"
)]
impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn wall(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// Both clocks, read one right after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The monotonic clock.
    pub monotonic: Instant,
    /// The wall clock.
    pub wall: SystemTime,
}

impl Moment {
    /// Reads both clocks.
    #[must_use]
    pub fn of(clock: &impl Clock) -> Self {
        Self {
            monotonic: clock.now(),
            wall: clock.wall(),
        }
    }
}

/// When a datagram arrived, on the monotonic clock, given the wall clock `stamp` that the kernel put on it.
///
/// `read` is the moment at which the datagram was read, `since` one before it came: the last moment at which the
/// socket had nothing to read. `None` if the stamp cannot be believed: it lies after `read` or before `since`, or
/// the wall clock was stepped between the two. The caller then falls back to `read.monotonic`.
///
/// Slewing needs no allowance: the kernel slews both clocks together, so that only a step moves one against the other.
#[must_use]
pub fn arrival(read: Moment, stamp: SystemTime, since: Moment) -> Option<Instant> {
    if stepped(read, since)? {
        return None;
    }
    let age = read.wall.duration_since(stamp).ok()?;
    let arrived = read.monotonic.checked_sub(age)?;
    let early = since.monotonic.saturating_duration_since(arrived);
    (early <= TOLERANCE).then_some(arrived)
}

/// Whether the wall clock was stepped between two moments; `None` if it ran backward or the moments are swapped.
fn stepped(read: Moment, since: Moment) -> Option<bool> {
    let monotonic = read.monotonic.checked_duration_since(since.monotonic)?;
    let wall = read.wall.duration_since(since.wall).ok()?;
    Some(monotonic.abs_diff(wall) > TOLERANCE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    const SECOND: Duration = Duration::from_secs(1);

    /// Two clocks that a test turns; the wall clock can be stepped on its own.
    struct Turned {
        origin: Instant,
        elapsed: Cell<Duration>,
        wall: Cell<SystemTime>,
    }

    impl Turned {
        fn new() -> Self {
            Self {
                origin: SystemClock.now(),
                elapsed: Cell::new(10 * SECOND),
                wall: Cell::new(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)),
            }
        }

        fn pass(&self, time: Duration) {
            self.elapsed.set(self.elapsed.get() + time);
            self.wall.set(self.wall.get() + time);
        }

        fn step_forward(&self, by: Duration) {
            self.wall.set(self.wall.get() + by);
        }

        fn step_back(&self, by: Duration) {
            self.wall.set(self.wall.get() - by);
        }
    }

    impl Clock for Turned {
        fn now(&self) -> Instant {
            self.origin + self.elapsed.get()
        }

        fn wall(&self) -> SystemTime {
            self.wall.get()
        }
    }

    /// What `arrival` makes of a datagram that comes 300 ms after `since` and is read 200 ms later, while `before`
    /// and `after` happen to the clock before and after the kernel stamps it. With it, the true arrival.
    fn outcome(before: impl Fn(&Turned), after: impl Fn(&Turned)) -> (Option<Instant>, Instant) {
        let clock = Turned::new();
        let since = Moment::of(&clock);
        clock.pass(Duration::from_millis(300));
        before(&clock);
        let stamp = clock.wall();
        let truth = clock.now();
        after(&clock);
        clock.pass(Duration::from_millis(200));
        (arrival(Moment::of(&clock), stamp, since), truth)
    }

    #[test]
    fn a_stamp_gives_the_moment_of_arrival() {
        let (arrived, truth) = outcome(|_| (), |_| ());
        assert_eq!(arrived, Some(truth));
    }

    #[test]
    fn a_clock_stepped_forward_is_not_believed() {
        for by in [
            Duration::from_millis(1),
            Duration::from_millis(250),
            3600 * SECOND,
        ] {
            assert_eq!(outcome(|c| c.step_forward(by), |_| ()).0, None);
            assert_eq!(outcome(|_| (), |c| c.step_forward(by)).0, None);
        }
    }

    #[test]
    fn a_clock_stepped_back_is_not_believed() {
        for by in [
            Duration::from_millis(1),
            Duration::from_millis(250),
            3600 * SECOND,
        ] {
            assert_eq!(outcome(|c| c.step_back(by), |_| ()).0, None);
            assert_eq!(outcome(|_| (), |c| c.step_back(by)).0, None);
        }
    }

    #[test]
    fn a_step_within_the_tolerance_costs_no_more_than_that() {
        let small = TOLERANCE / 2;
        let (arrived, truth) = outcome(|_| (), |c| c.step_forward(small));
        assert_eq!(arrived, truth.checked_sub(small));
    }

    #[test]
    fn lying_stamps_are_refused() {
        let clock = Turned::new();
        let since = Moment::of(&clock);
        clock.pass(SECOND);
        let read = Moment::of(&clock);
        let lies = [
            SystemTime::UNIX_EPOCH,
            SystemTime::UNIX_EPOCH - SECOND,
            SystemTime::UNIX_EPOCH + Duration::from_secs(u64::MAX >> 1),
            read.wall + Duration::from_nanos(1),
            since.wall - TOLERANCE - Duration::from_nanos(1),
            since.wall - 3600 * SECOND,
        ];
        for stamp in lies {
            assert_eq!(arrival(read, stamp, since), None, "{stamp:?}");
        }
    }

    #[test]
    fn the_bounds_themselves_are_believed() {
        let clock = Turned::new();
        let since = Moment::of(&clock);
        clock.pass(SECOND);
        let read = Moment::of(&clock);
        assert_eq!(arrival(read, read.wall, since), Some(read.monotonic));
        assert_eq!(arrival(read, since.wall, since), Some(since.monotonic));
        assert_eq!(
            arrival(read, since.wall - TOLERANCE, since),
            since.monotonic.checked_sub(TOLERANCE)
        );
    }

    #[test]
    fn swapped_moments_give_nothing() {
        let clock = Turned::new();
        let since = Moment::of(&clock);
        clock.pass(SECOND);
        let read = Moment::of(&clock);
        assert_eq!(arrival(since, since.wall, read), None);
    }

    #[test]
    #[cfg_attr(miri, ignore = "Miri hides the machine's wall clock")]
    fn the_machine_s_own_clocks_agree_with_each_other() {
        let since = Moment::of(&SystemClock);
        let stamp = SystemClock.wall();
        let read = Moment::of(&SystemClock);
        if let Some(arrived) = arrival(read, stamp, since) {
            assert!(arrived <= read.monotonic);
        }
    }
}
