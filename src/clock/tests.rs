//! Clocks that are stepped, slewed and that lie.

use std::cell::Cell;

use proptest::prelude::*;

use super::*;

const MICROSECOND: Duration = Duration::from_micros(1);
const MILLISECOND: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

/// Two clocks that a test turns; the wall clock can be stepped on its own, and run at its own speed.
struct Turned {
    origin: Instant,
    elapsed: Cell<Duration>,
    wall: Cell<SystemTime>,
    /// How much faster the wall clock runs, in parts in a million.
    faster: i32,
    /// What comes between the readings of the two clocks, once for each entry.
    between: Cell<Vec<Duration>>,
    suspended: Cell<Duration>,
}

impl Turned {
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

impl Clock for Turned {
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
fn a_suspension_is_told_once_and_noise_is_none() {
    let clock = Turned::new();
    let hour = Duration::from_secs(3600);
    clock.suspended.set(hour);
    let mut watch = SuspensionWatch::new(&clock);
    assert_eq!(watch.check(&clock), None, "what was before is no news");
    // A reading that is short by what came between, and one that is not.
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
fn this_machine_was_not_suspended_just_now() {
    let mut watch = SuspensionWatch::new(&SystemClock);
    assert_eq!(watch.check(&SystemClock), None);
}

/// Where a stamp is placed that is taken 300 ms after one reading of the clocks and 200 ms before the next, while
/// `before` and `after` happen to the clock before and after it is taken. With it, the truth.
fn outcome(before: impl Fn(&Turned), after: impl Fn(&Turned)) -> (Option<Instant>, Instant) {
    let clock = Turned::new();
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
fn a_stamp_gives_the_moment_at_which_it_was_taken() {
    let (placed, truth) = outcome(|_| (), |_| ());
    assert_eq!(placed, Some(truth));
}

#[test]
fn a_clock_stepped_forward_is_not_believed() {
    for by in [1000, 250_000, 3_600_000_000] {
        assert_eq!(outcome(|c| c.step(by), |_| ()).0, None);
        assert_eq!(outcome(|_| (), |c| c.step(by)).0, None);
    }
}

#[test]
fn a_clock_stepped_back_is_not_believed() {
    for by in [1000, 250_000, 3_600_000_000] {
        assert_eq!(outcome(|c| c.step(-by), |_| ()).0, None);
        assert_eq!(outcome(|_| (), |c| c.step(-by)).0, None);
    }
}

#[test]
fn after_a_step_stamps_are_placed_by_the_clock_as_it_runs_now() {
    let clock = Turned::new();
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
fn what_comes_between_the_two_readings_moves_no_stamp() {
    let clock = Turned::new();
    let mut alignment = Alignment::new(&clock);
    clock.pass(SECOND);
    let (stamp, truth) = (clock.wall(), clock.now());
    clock.pass(MILLISECOND);
    // The process is set aside for 3 ms in the midst of the first reading, and for 20 us of the second.
    clock
        .between
        .set(vec![Duration::ZERO, 20 * MICROSECOND, 3 * MILLISECOND]);
    let read = alignment.read(&clock);
    assert_eq!(alignment.place(stamp, read), Some(truth));
}

#[test]
fn a_process_that_is_always_set_aside_takes_that_for_no_step() {
    let clock = Turned::new();
    let always = |clock: &Turned| clock.between.set(vec![3 * MILLISECOND; 100]);
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
fn the_distance_of_two_stamps_is_the_kernel_s_to_the_nanosecond() {
    let clock = Turned::new();
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
    let clock = Turned::new();
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
fn the_machine_s_own_clocks_agree_with_each_other() {
    let mut alignment = Alignment::new(&SystemClock);
    let before = alignment.read(&SystemClock);
    let stamp = SystemClock.wall();
    let read = alignment.read(&SystemClock);
    if let Some(placed) = alignment.place(stamp, read) {
        assert!(placed <= read.monotonic && before.monotonic <= placed + TOLERANCE);
    }
}

/// Something that happens to the clocks.
#[derive(Debug, Clone)]
enum Happening {
    Pass(u64),
    Step(i64),
    /// The process looks at the clocks.
    Look,
    /// The kernel takes a stamp.
    Stamp,
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        4 => (0..2_000_000_u64).prop_map(Happening::Pass),
        1 => (-10_000_000..10_000_000_i64).prop_map(Happening::Step),
        1 => (-100..100_i64).prop_map(Happening::Step),
        3 => Just(Happening::Look),
        3 => Just(Happening::Stamp),
    ]
}

proptest! {
    /// Whatever happens to the wall clock: a stamp is placed where it belongs, within what a slew and the tolerance
    /// make, or not at all.
    #[test]
    fn a_stamp_is_placed_right_or_not_at_all(
        faster in -500..=500_i32,
        happenings in prop::collection::vec(happening(), 1..60),
    ) {
        let clock = Turned { faster, ..Turned::new() };
        let mut alignment = Alignment::new(&clock);
        let mut looked = clock.now();
        let mut steps = 0;
        let mut stamps: Vec<(SystemTime, Instant)> = Vec::new();
        for happening in happenings {
            match happening {
                Happening::Pass(microseconds) => clock.pass(Duration::from_micros(microseconds)),
                Happening::Step(microseconds) => {
                    clock.step(microseconds);
                    steps += 1;
                }
                Happening::Stamp => stamps.push((clock.wall(), clock.now())),
                Happening::Look => {
                    let read = alignment.read(&clock);
                    // What no step is told from: an interrupt, and a slew since the last look.
                    let gap = read.monotonic - looked;
                    let unseen = NOISE + TOLERANCE + 3 * gap / SLEW;
                    for (stamp, truth) in stamps.drain(..) {
                        let placed = alignment.place(stamp, read);
                        prop_assert!(placed <= Some(read.monotonic));
                        // Steps there and back between two looks leave no trace: what is placed is only not in the
                        // future. The engine sees whether it lies within the round trip of the probe.
                        if let (Some(placed), 0..=1) = (placed, steps) {
                            let error = placed.max(truth) - placed.min(truth);
                            prop_assert!(error <= unseen, "off by {error:?}, {gap:?} after the last look");
                        }
                    }
                    looked = read.monotonic;
                    steps = 0;
                }
            }
        }
    }
}
