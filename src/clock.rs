//! The only place that asks what time it is.
//!
//! Schedules and round trips run on the monotonic clock ([`Instant`]). The kernel stamps what it sends and receives
//! with the wall clock, which an administrator or a time daemon may step at any moment. An [`Alignment`] places such a
//! stamp on the monotonic clock, and only while the two clocks demonstrably ran side by side.

use std::time::{Duration, Instant, SystemTime};

use rustix::time::{ClockId, DynamicClockId, Timespec, clock_gettime, clock_gettime_dynamic};

/// How far the two readings of one [`Moment`] are apart while nothing comes between them.
const NOISE: Duration = Duration::from_micros(1);

/// By how much one clock may run before the other beyond what the readings leave open. What is more is a step.
const TOLERANCE: Duration = Duration::from_micros(10);

/// How often both clocks are read to find a reading that nothing came between: no interrupt, no other process.
const READINGS: u32 = 4;

/// One part in so many is the most by which a clock is slewed (500 parts in a million). Linux slews both clocks
/// together, so that this is an allowance for systems that do not.
const SLEW: u32 = 2000;

/// Something that knows the time: the machine, or a test.
pub trait Clock {
    /// The monotonic clock, for schedules and round trips.
    fn now(&self) -> Instant;
    /// The wall clock, for people and for the kernel's time stamps.
    fn wall(&self) -> SystemTime;
    /// How long the machine has been suspended since it was started, or a little less: the monotonic clock stands still
    /// meanwhile.
    fn suspended(&self) -> Duration;
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

    /// By the clock that goes on meanwhile (Linux 2.6.39). Less than the truth by what comes between the readings of the
    /// two clocks, and never more; zero where there is no such clock.
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

/// The shortest suspension that is told. What is less is the noise of reading two clocks one after the other; no machine
/// goes to sleep and wakes so fast.
const SHORTEST: Duration = Duration::from_millis(100);

/// Watches whether the machine is suspended.
#[derive(Debug)]
pub struct SuspensionWatch {
    /// The longest that was told so far.
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

    /// How long the machine has been suspended since the last look; none if it has not.
    pub fn check(&mut self, clock: &impl Clock) -> Option<Duration> {
        let since = clock.suspended().saturating_sub(self.so_far);
        self.so_far += since;
        (since >= SHORTEST).then_some(since)
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

/// Places wall-clock stamps of the kernel on the monotonic clock.
///
/// All stamps are placed by the same reading of both clocks for as long as later readings agree with it: so the
/// distance between two of them is the kernel's, to the nanosecond, whatever happens between the two calls that read
/// the clocks. A step of the wall clock makes all stamps worthless that were taken before it was noticed.
#[derive(Debug, Clone, Copy)]
pub struct Alignment {
    /// The reading by which stamps are placed.
    base: Moment,
    /// The last reading.
    last: Moment,
    /// No stamp of an earlier moment can be placed: the wall clock was stepped, or this was not there yet.
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

    /// Reads both clocks and sees whether they still run side by side. To be called before each message that is
    /// sent and after each stamp that is read.
    pub fn read(&mut self, clock: &impl Clock) -> Moment {
        let now = Moment::of(clock);
        // Almost always, and then nothing came between the two readings either.
        if apart(self.base, now) <= NOISE {
            self.last = now;
            return now;
        }
        self.doubt(clock)
    }

    /// A reading disagrees: something came between its two halves, or the wall clock was stepped.
    #[cold]
    fn doubt(&mut self, clock: &impl Clock) -> Moment {
        let (now, width) = closest(clock);
        let passed = now.monotonic.saturating_duration_since(self.last.monotonic);
        if apart(self.last, now) > TOLERANCE + width + passed / SLEW {
            self.since = now.monotonic;
            self.base = now;
        } else if width <= NOISE && apart(self.base, now) > NOISE {
            self.base = now;
        }
        if width <= TOLERANCE {
            self.last = now;
        }
        now
    }

    /// The moment on the monotonic clock at which the wall clock stood at `stamp`, given that it was `read` by now.
    ///
    /// `None` if it cannot be believed: it lies in the future, or before the last step of the wall clock.
    #[must_use]
    pub fn place(&self, stamp: SystemTime, read: Moment) -> Option<Instant> {
        let placed = match stamp.duration_since(self.base.wall) {
            Ok(after) => self.base.monotonic.checked_add(after),
            Err(before) => self.base.monotonic.checked_sub(before.duration()),
        }?;
        let is_past =
            placed <= read.monotonic || placed.saturating_duration_since(read.monotonic) <= NOISE;
        (placed >= self.since && is_past).then(|| placed.min(read.monotonic))
    }
}

/// The reading of both clocks that the least came between, and how much: as far apart may its two times be.
fn closest(clock: &impl Clock) -> (Moment, Duration) {
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

/// The wall clock read between two readings of the monotonic one.
fn bracketed(clock: &impl Clock) -> (Moment, Duration) {
    let moment = Moment::of(clock);
    let width = clock.now().saturating_duration_since(moment.monotonic);
    (moment, width)
}

/// How much more one clock ran between two moments than the other.
fn apart(earlier: Moment, later: Moment) -> Duration {
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
