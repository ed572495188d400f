//! The only place that reads the time.
//!
//! Schedules and round trips use the monotonic clock ([`Instant`]). The kernel stamps messages with the wall clock, which
//! an administrator or a time daemon may step at any time. An [`Alignment`] maps such stamps to the monotonic clock, and
//! only while both clocks verifiably ran at the same speed.

use std::time::{Duration, Instant, SystemTime};

use rustix::time::{ClockId, DynamicClockId, Timespec, clock_gettime, clock_gettime_dynamic};

/// The time between the two halves of a [`ClockReading`] if nothing interrupts it.
const NOISE: Duration = Duration::from_micros(1);

/// How far the clocks may drift apart beyond the uncertainty of the readings. More is a step.
const TOLERANCE: Duration = Duration::from_micros(10);

/// How often both clocks are read to get a reading without an interrupt or another process in between.
const READINGS: u32 = 4;

/// The most by which a clock is slewed: one part in 2000 (500 ppm). Linux slews both clocks together, so this is for
/// systems that do not.
const SLEW: u32 = 2000;

/// A source of time: the system, or a test.
pub trait Clock {
    /// The monotonic clock, for schedules and round trips.
    fn now(&self) -> Instant;
    /// The wall clock, for people and for the kernel's time stamps.
    fn wall(&self) -> SystemTime;
    /// How long this host has been suspended since boot, or a little less: the monotonic clock stands still meanwhile.
    fn suspended(&self) -> Duration;
}

/// The system's clocks.
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

    /// Reads the clock that continues during suspensions (Linux 2.6.39). Too small by the time between the two readings,
    /// and never too large; zero without such a clock.
    fn suspended(&self) -> Duration {
        let with_suspensions = clock_gettime_dynamic(DynamicClockId::Boottime);
        let awake = clock_gettime(ClockId::Monotonic);
        let with_suspensions = with_suspensions.map_or(Duration::ZERO, duration);
        with_suspensions.saturating_sub(duration(awake))
    }
}

fn duration(time: Timespec) -> Duration {
    Duration::try_from(time).unwrap_or_default()
}

/// The shortest suspension that is reported. Less is noise of the readings: no machine suspends and resumes that fast.
const MIN_SUSPENSION: Duration = Duration::from_millis(100);

/// Detects suspensions of this host.
#[derive(Debug)]
pub struct SuspensionWatch {
    /// The total suspended time at the last check.
    so_far: Duration,
}

impl SuspensionWatch {
    /// Begins now.
    #[must_use]
    pub fn new(clock: &impl Clock) -> Self {
        Self {
            so_far: clock.suspended(),
        }
    }

    /// How long this host was suspended since the last check; `None` if it was not.
    pub fn check(&mut self, clock: &impl Clock) -> Option<Duration> {
        let since = clock.suspended().saturating_sub(self.so_far);
        self.so_far += since;
        (since >= MIN_SUSPENSION).then_some(since)
    }
}

/// A reading of both clocks, one right after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockReading {
    /// The monotonic clock.
    pub monotonic: Instant,
    /// The wall clock.
    pub wall: SystemTime,
}

impl ClockReading {
    /// Reads both clocks.
    #[must_use]
    pub fn of(clock: &impl Clock) -> Self {
        Self {
            monotonic: clock.now(),
            wall: clock.wall(),
        }
    }
}

/// Maps the kernel's wall-clock stamps to the monotonic clock.
///
/// All stamps are mapped by the same base reading, as long as later readings agree with it. So the difference between two
/// stamps stays exact to the nanosecond, even if the process is interrupted between its calls. A step of the wall clock
/// invalidates all stamps taken before it was detected.
#[derive(Debug, Clone, Copy)]
pub struct Alignment {
    /// The base reading for all stamps.
    base: ClockReading,
    /// The last reading.
    last: ClockReading,
    /// Earlier stamps cannot be mapped: the wall clock was stepped, or the alignment did not exist yet.
    since: Instant,
}

impl Alignment {
    /// Begins now.
    #[must_use]
    pub fn new(clock: &impl Clock) -> Self {
        let (now, _) = closest(clock);
        Self {
            base: now,
            last: now,
            since: now.monotonic,
        }
    }

    /// Reads both clocks and checks whether they still agree. Call it before each send and after each read of a stamp.
    pub fn read(&mut self, clock: &impl Clock) -> ClockReading {
        let now = ClockReading::of(clock);
        // The usual case: also proves that nothing interrupted the reading.
        if drift(self.base, now) <= NOISE {
            self.last = now;
            return now;
        }
        self.realign(clock)
    }

    /// Handles a reading that disagrees: it was interrupted, or the wall clock was stepped.
    #[cold]
    fn realign(&mut self, clock: &impl Clock) -> ClockReading {
        let (now, width) = closest(clock);
        let passed = now.monotonic.saturating_duration_since(self.last.monotonic);
        if drift(self.last, now) > TOLERANCE + width + passed / SLEW {
            self.since = now.monotonic;
            self.base = now;
        } else if width <= NOISE && drift(self.base, now) > NOISE {
            self.base = now;
        }
        if width <= TOLERANCE {
            self.last = now;
        }
        now
    }

    /// Maps a wall-clock stamp to the monotonic clock. `read` is a reading taken after the stamp.
    ///
    /// Returns `None` for a stamp in the future, or from before the last step of the wall clock.
    #[must_use]
    pub fn place(&self, stamp: SystemTime, read: ClockReading) -> Option<Instant> {
        let placed = match stamp.duration_since(self.base.wall) {
            Ok(after) => self.base.monotonic.checked_add(after),
            Err(before) => self.base.monotonic.checked_sub(before.duration()),
        }?;
        let is_past =
            placed <= read.monotonic || placed.saturating_duration_since(read.monotonic) <= NOISE;
        (placed >= self.since && is_past).then(|| placed.min(read.monotonic))
    }
}

/// The reading with the least interruption, and its uncertainty.
fn closest(clock: &impl Clock) -> (ClockReading, Duration) {
    let mut closest = bracketed(clock);
    for _ in 1..READINGS {
        if closest.1 <= NOISE {
            break;
        }
        let again = bracketed(clock);
        if again.1 < closest.1 {
            closest = again;
        }
    }
    closest
}

/// A reading and its uncertainty: the wall clock is read between two readings of the monotonic one.
fn bracketed(clock: &impl Clock) -> (ClockReading, Duration) {
    let moment = ClockReading::of(clock);
    let width = clock.now().saturating_duration_since(moment.monotonic);
    (moment, width)
}

/// How far the clocks drifted apart between two readings.
fn drift(earlier: ClockReading, later: ClockReading) -> Duration {
    let monotonic = later
        .monotonic
        .checked_duration_since(earlier.monotonic)
        .unwrap_or_default();
    match later.wall.duration_since(earlier.wall) {
        Ok(wall) => monotonic.abs_diff(wall),
        Err(backward) => monotonic.saturating_add(backward.duration()),
    }
}

#[cfg(test)]
mod tests;
