//! Clocks that are stepped, slewed, or lie.

use std::cell::Cell;

use proptest::prelude::*;

use super::*;

const MICROSECOND: Duration = Duration::from_micros(1);
const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

/// Two clocks under the test's control. The wall clock can be stepped, and run at its own speed.
struct TestClock {
    origin: Instant,
    elapsed: Cell<Duration>,
    wall: Cell<SystemTime>,
    /// By how much the wall clock is fast, in parts per million.
    faster: i32,
    /// The delays between the readings of the two clocks, one for each reading.
    between: Cell<Vec<Duration>>,
    suspended: Cell<Duration>,
}

impl TestClock {
    fn new() -> Self {
        Self {
            origin: SystemClock.now(),
            elapsed: Cell::new(10 * SECOND),
            wall: Cell::new(SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)),
            faster: 0,
            between: Cell::new(Vec::new()),
            suspended: Cell::new(Duration::ZERO),
        }
    }

    fn pass(&self, time: Duration) {
        self.elapsed.set(self.elapsed.get() + time);
        self.wall.set(self.wall.get() + time);
        let slewed = time * self.faster.unsigned_abs() / 1_000_000;
        if self.faster < 0 {
            self.wall.set(self.wall.get() - slewed);
        } else {
            self.wall.set(self.wall.get() + slewed);
        }
    }

    fn step(&self, microseconds: i64) {
        let by = Duration::from_micros(microseconds.unsigned_abs());
        if microseconds < 0 {
            self.wall.set(self.wall.get() - by);
        } else {
            self.wall.set(self.wall.get() + by);
        }
    }
}

impl Clock for TestClock {
    fn now(&self) -> Instant {
        let now = self.origin + self.elapsed.get();
        let mut between = self.between.take();
        if let Some(time) = between.pop() {
            self.pass(time);
        }
        self.between.set(between);
        now
    }

    fn wall(&self) -> SystemTime {
        self.wall.get()
    }

    fn suspended(&self) -> Duration {
        self.suspended.get()
    }
}

#[test]
fn suspension_is_reported_once_and_noise_is_ignored() {
    let clock = TestClock::new();
    let hour = Duration::from_secs(3600);
    clock.suspended.set(hour);
    let mut watch = SuspensionWatch::new(&clock);
    assert_eq!(watch.check(&clock), None, "suspended before the start");
    // One reading that is too small because of a delay, and one that is not.
    for noise in [-40, 20, -3] {
        let milliseconds = 3_600_000_u64.saturating_add_signed(noise);
        clock.suspended.set(Duration::from_millis(milliseconds));
        assert_eq!(watch.check(&clock), None);
    }
    clock.suspended.set(3 * hour);
    assert_eq!(
        watch.check(&clock),
        Some(hour + Duration::from_millis(3_599_980))
    );
    assert_eq!(watch.check(&clock), None);
}

#[test]
fn real_clocks_show_no_suspension() {
    let mut watch = SuspensionWatch::new(&SystemClock);
    assert_eq!(watch.check(&SystemClock), None);
}

/// Maps a stamp taken 300 ms after one reading of the clocks and 200 ms before the next; `before` and `after` change the
/// clock before and after the stamp. Also returns the true instant.
fn outcome(before: impl Fn(&TestClock), after: impl Fn(&TestClock)) -> (Option<Instant>, Instant) {
    let clock = TestClock::new();
    let mut alignment = Alignment::new(&clock);
    clock.pass(300 * MILLISECOND);
    before(&clock);
    let stamp = clock.wall();
    let truth = clock.origin + clock.elapsed.get();
    after(&clock);
    clock.pass(200 * MILLISECOND);
    let read = alignment.read(&clock);
    (alignment.place(stamp, read), truth)
}

#[test]
fn stamp_maps_to_the_instant_it_was_taken() {
    let (placed, truth) = outcome(|_| (), |_| ());
    assert_eq!(placed, Some(truth));
}

#[test]
fn stamp_is_refused_after_a_step_forward() {
    for by in [1000, 250_000, 3_600_000_000] {
        assert_eq!(outcome(|c| c.step(by), |_| ()).0, None);
        assert_eq!(outcome(|_| (), |c| c.step(by)).0, None);
    }
}

#[test]
fn stamp_is_refused_after_a_step_back() {
    for by in [1000, 250_000, 3_600_000_000] {
        assert_eq!(outcome(|c| c.step(-by), |_| ()).0, None);
        assert_eq!(outcome(|_| (), |c| c.step(-by)).0, None);
    }
}

#[test]
fn stamps_after_a_step_are_mapped_by_the_stepped_clock() {
    let clock = TestClock::new();
    let mut alignment = Alignment::new(&clock);
    clock.pass(SECOND);
    clock.step(5_000_000);
    alignment.read(&clock);
    clock.pass(MILLISECOND);
    let (stamp, truth) = (clock.wall(), clock.now());
    clock.pass(MILLISECOND);
    let read = alignment.read(&clock);
    assert_eq!(alignment.place(stamp, read), Some(truth));
}

#[test]
fn interrupted_reading_does_not_move_stamps() {
    let clock = TestClock::new();
    let mut alignment = Alignment::new(&clock);
    clock.pass(SECOND);
    let (stamp, truth) = (clock.wall(), clock.now());
    clock.pass(MILLISECOND);
    // The process is interrupted for 3 ms during the first reading, and for 20 us during the second.
    clock
        .between
        .set(vec![Duration::ZERO, 20 * MICROSECOND, 3 * MILLISECOND]);
    let read = alignment.read(&clock);
    assert_eq!(alignment.place(stamp, read), Some(truth));
}

#[test]
fn interrupts_of_every_reading_are_not_taken_for_a_step() {
    let clock = TestClock::new();
    let always = |clock: &TestClock| clock.between.set(vec![3 * MILLISECOND; 100]);
    always(&clock);
    let mut alignment = Alignment::new(&clock);
    for _ in 0..10 {
        clock.between.set(Vec::new());
        clock.pass(SECOND);
        let (stamp, truth) = (clock.wall(), clock.now());
        always(&clock);
        let read = alignment.read(&clock);
        let placed = alignment.place(stamp, read).unwrap();
        assert!(placed.max(truth) - placed.min(truth) <= 3 * MILLISECOND);
    }
}

#[test]
fn difference_between_two_stamps_is_exact_to_the_nanosecond() {
    let clock = TestClock::new();
    let mut alignment = Alignment::new(&clock);
    let distance = Duration::from_nanos(12_345_678);
    let first = clock.wall();
    clock.pass(distance);
    let second = clock.wall();
    let mut placed = Vec::new();
    for (stamp, noise) in [(first, 700), (second, 100)] {
        clock.between.set(vec![Duration::from_nanos(noise)]);
        let read = alignment.read(&clock);
        placed.push(alignment.place(stamp, read).unwrap());
        clock.pass(MILLISECOND);
    }
    assert_eq!(placed[1] - placed[0], distance);
}

#[test]
fn lying_stamps_are_refused() {
    let clock = TestClock::new();
    let mut alignment = Alignment::new(&clock);
    let begun = clock.wall();
    clock.pass(SECOND);
    let read = alignment.read(&clock);
    let lies = [
        SystemTime::UNIX_EPOCH,
        SystemTime::UNIX_EPOCH - SECOND,
        SystemTime::UNIX_EPOCH + Duration::from_secs(u64::MAX >> 1),
        read.wall + NOISE + Duration::from_nanos(1),
        begun - Duration::from_nanos(1),
        begun - 3600 * SECOND,
    ];
    for stamp in lies {
        assert_eq!(alignment.place(stamp, read), None, "{stamp:?}");
    }
    assert_eq!(alignment.place(read.wall, read), Some(read.monotonic));
    assert!(alignment.place(begun, read).is_some());
}

#[test]
#[cfg_attr(miri, ignore = "Miri hides the machine's wall clock")]
fn real_clocks_agree_with_each_other() {
    let mut alignment = Alignment::new(&SystemClock);
    let before = alignment.read(&SystemClock);
    let stamp = SystemClock.wall();
    let read = alignment.read(&SystemClock);
    if let Some(placed) = alignment.place(stamp, read) {
        assert!(placed <= read.monotonic && before.monotonic <= placed + TOLERANCE);
    }
}

/// A random event.
#[derive(Debug, Clone)]
enum ClockEvent {
    Pass(u64),
    Step(i64),
    /// The process reads the clocks.
    Read,
    /// The kernel takes a stamp.
    Stamp,
}

fn clock_event() -> impl Strategy<Value = ClockEvent> {
    prop_oneof![
        4 => (0..2_000_000_u64).prop_map(ClockEvent::Pass),
        1 => (-10_000_000..10_000_000_i64).prop_map(ClockEvent::Step),
        1 => (-100..100_i64).prop_map(ClockEvent::Step),
        3 => Just(ClockEvent::Read),
        3 => Just(ClockEvent::Stamp),
    ]
}

proptest! {
    /// Under any changes of the wall clock, a stamp is mapped to the right instant within slew and tolerance, or not at
    /// all.
    #[test]
    fn stamp_is_mapped_to_the_right_instant_or_not_at_all(
        faster in -500..=500_i32,
        events in prop::collection::vec(clock_event(), 1..60),
    ) {
        let clock = TestClock { faster, ..TestClock::new() };
        let mut alignment = Alignment::new(&clock);
        let mut last_read = clock.now();
        let mut steps = 0;
        let mut stamps: Vec<(SystemTime, Instant)> = Vec::new();
        for event in events {
            match event {
                ClockEvent::Pass(microseconds) => clock.pass(Duration::from_micros(microseconds)),
                ClockEvent::Step(microseconds) => {
                    clock.step(microseconds);
                    steps += 1;
                }
                ClockEvent::Stamp => stamps.push((clock.wall(), clock.now())),
                ClockEvent::Read => {
                    let read = alignment.read(&clock);
                    // Changes too small to be a step: an interrupt, or a slew since the last reading.
                    let gap = read.monotonic - last_read;
                    let unseen = NOISE + TOLERANCE + 3 * gap / SLEW;
                    for (stamp, truth) in stamps.drain(..) {
                        let placed = alignment.place(stamp, read);
                        prop_assert!(placed <= Some(read.monotonic));
                        // Steps back and forth between two readings go unnoticed: the stamp is only not in the future. The
                        // engine checks whether it lies within the probe's round trip.
                        if let (Some(placed), 0..=1) = (placed, steps) {
                            let error = placed.max(truth) - placed.min(truth);
                            prop_assert!(error <= unseen, "off by {error:?}, {gap:?} after the last reading");
                        }
                    }
                    last_read = read.monotonic;
                    steps = 0;
                }
            }
        }
    }
}
