//! How long a round trip took, by the best clock whose word can be believed.
//!
//! The user's clock, read before the call that sent the probe and after the one that read the answer, is never wrong, but
//! adds what this host took. Stamps of the kernel and of the interface are better, and may be missing, late, of another
//! message, or nonsense: they are used only where they nest within the user's interval.
//!
//! A round trip begins when the kernel took the probe: at its stamp of the entry into the interface's queue, so that the
//! wait in that queue is part of the round trip, as it is for every other program. If the kernel held the probe before that
//! (it looked for the neighbour, or `IPsec` for a key), the stamp lies behind the return of the call, and the round trip
//! begins with that return. What this process itself took before the kernel had the probe is never part of it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::sequence_wrap::WRAP;
use crate::config::RoundTripStart;
use crate::event::{Source, Timing};

/// How much longer than by the monotonic clock a round trip may be by the clock of an interface, which runs at its own
/// speed: one part in so many (500 parts in a million), and a microsecond.
const FASTER: u32 = 2000;

/// By how much a stamp may seem to lie before the call: as precisely is the wall clock placed on the monotonic one.
const EARLY: Duration = Duration::from_micros(1);

/// The call that sent a probe, or several together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// When this program was about to make it.
    pub begun: Instant,
    /// When it had returned. Only stamps of departures need it.
    pub returned: Instant,
}

impl From<Instant> for Call {
    /// It took no time.
    fn from(begun: Instant) -> Self {
        let returned = begun;
        Self { begun, returned }
    }
}

/// When an answer arrived, by each clock that says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// When this program had read it.
    pub read: Instant,
    /// When it came in by the kernel's stamp, on the same clock.
    pub kernel: Option<Instant>,
    /// When it came in by the clock of the interface.
    pub hardware: Option<Duration>,
}

impl From<Instant> for Arrival {
    /// Nobody but this program says when.
    fn from(read: Instant) -> Self {
        Self {
            read,
            kernel: None,
            hardware: None,
        }
    }
}

/// When a probe left, by each clock that says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Departure {
    /// When this program was about to send it.
    pub(super) called: Instant,
    /// From there to the kernel's stamps.
    pub(super) offsets: Offsets,
    /// By the clock of the interface.
    pub(super) hardware: Option<Duration>,
}

/// How long after the call began a probe left by the kernel's stamps: eight octets for each probe in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Offsets {
    /// Nanoseconds: the length of the call, until the stamp of the entry into the queue is known; then, with
    /// [`ENTERED`], how long after the call began the round trip does.
    entered: u32,
    /// To the driver's stamp, in units of [`GRAIN`]; none is [`UNSTAMPED`].
    driver: u32,
}

/// Set where the entry into the queue is known. A call of more than 2.1 seconds counts as one of 2.1.
const ENTERED: u32 = 1 << 31;

/// The driver has not got it yet, or nobody says so.
const UNSTAMPED: u32 = u32::MAX;

/// Sixteen nanoseconds, so that 32 bits hold a wait of a minute in a queue.
const GRAIN: u64 = 16;

impl Offsets {
    /// No stamp is known yet.
    pub(super) fn of(call: Call) -> Self {
        let length = call.returned.saturating_duration_since(call.begun);
        let length = u32::try_from(length.as_nanos()).unwrap_or(u32::MAX);
        Self {
            entered: length.min(ENTERED - 1),
            driver: UNSTAMPED,
        }
    }

    /// The stamp of the entry into the interface's queue. The first one stands: a virtual interface has a queue, and the
    /// one below it another.
    pub(super) fn enter(&mut self, called: Instant, at: Instant) {
        let Some(offset) = since(called, at).filter(|_| self.entered & ENTERED == 0) else {
            return;
        };
        let offset = u32::try_from(offset.as_nanos()).unwrap_or(u32::MAX);
        // Later than the return of the call: the kernel held it in between.
        self.entered = offset.min(self.entered) | ENTERED;
    }

    /// The driver's stamp. The first one stands.
    pub(super) fn leave(&mut self, called: Instant, at: Instant) {
        let units = since(called, at).map(|offset| offset.as_nanos() / u128::from(GRAIN));
        let units = units.and_then(|units| u32::try_from(units).ok());
        if let (Some(units), UNSTAMPED) = (units, self.driver) {
            self.driver = units;
        }
    }

    /// From the call to the start of the round trip, where the entry into the queue is known.
    pub(super) fn entered(self) -> Option<Duration> {
        let nanoseconds = self.entered & !ENTERED;
        (self.entered & ENTERED != 0).then(|| Duration::from_nanos(nanoseconds.into()))
    }

    /// From the call to the driver's stamp.
    pub(super) fn driver(self) -> Option<Duration> {
        let units = (self.driver != UNSTAMPED).then_some(self.driver);
        units.map(|units| Duration::from_nanos(u64::from(units) * GRAIN))
    }
}

/// From the call to a stamp; none for a stamp that is none of this call's.
fn since(called: Instant, at: Instant) -> Option<Duration> {
    let is_early = called.saturating_duration_since(at) <= EARLY;
    is_early.then(|| at.saturating_duration_since(called))
}

/// The round trip between two moments, which begins where the user wants it to.
pub(super) fn between(departure: &Departure, arrival: &Arrival, start: RoundTripStart) -> Timing {
    let user = arrival.read.saturating_duration_since(departure.called);
    // What came in cannot be read before, nor can it have left later.
    let until_kernel = arrival
        .kernel
        .filter(|kernel| *kernel <= arrival.read)
        .and_then(|kernel| kernel.checked_duration_since(departure.called));
    let (entered, driver) = (departure.offsets.entered(), departure.offsets.driver());
    let (left, source) = match (start, driver, entered) {
        (RoundTripStart::Driver, Some(driver), _) => (driver, Source::Wire),
        (_, _, Some(entered)) => (entered, Source::Kernel),
        (_, _, None) => (Duration::ZERO, Source::Receipt),
    };
    let kernel = until_kernel.and_then(|until| until.checked_sub(left));
    let hardware = match (departure.hardware, arrival.hardware) {
        (Some(left), Some(came)) => came.checked_sub(left),
        _ => None,
    };
    let can_be = |time: Duration| time <= user + user / FASTER + EARLY;
    let is_told = kernel.is_some() && source != Source::Receipt;
    let (round_trip, source) = match (hardware, kernel) {
        (Some(time), _) if can_be(time) => (time, Source::Hardware),
        (_, Some(time)) => (time, source),
        // Nobody says when it came in; or it came in before it had left, and one of the two stamps is wrong.
        (_, None) => (user, Source::User),
    };
    let queued = driver.filter(|driver| Some(*driver) <= until_kernel);
    let queued = queued
        .zip(entered)
        .and_then(|(driver, entered)| driver.checked_sub(entered));
    Timing {
        round_trip,
        source,
        sending: entered.filter(|_| is_told),
        queued: queued.filter(|_| is_told),
        reading: until_kernel
            .map(|until| user.saturating_sub(until))
            .filter(|_| is_told),
    }
}

/// When probes left by the clock of the interface. Few interfaces say so, and nothing is kept for the others.
#[derive(Debug, Clone, Default)]
pub(super) struct HardwareDepartures {
    of: BTreeMap<u64, Duration>,
}

impl HardwareDepartures {
    /// Keeps it, and forgets what is so old that no answer finds its probe any more.
    pub(super) fn note(&mut self, number: u64, left: Duration) {
        self.of.entry(number).or_insert(left);
        while let Some((&oldest, _)) = self.of.first_key_value()
            && oldest + WRAP <= number
        {
            self.of.pop_first();
        }
    }

    pub(super) fn of(&self, number: u64) -> Option<Duration> {
        self.of.get(&number).copied()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::clock::{Clock, SystemClock};

    const MICROSECOND: Duration = Duration::from_micros(1);

    /// A probe that was sent at 0 by a call that returned at 20 us; its answer was read at 150 us. What each clock says
    /// besides, in microseconds, is what the test makes of it.
    #[derive(Clone, Copy, Default)]
    struct Said {
        entered: Option<i32>,
        driver: Option<i32>,
        came: Option<i32>,
        hardware: Option<(u64, u64)>,
    }

    /// The kernel said all there is: it entered the queue at 10 us, the driver had it at 50 us, and the answer came in at
    /// 110 us.
    const ALL: Said = Said {
        entered: Some(10),
        driver: Some(50),
        came: Some(110),
        hardware: None,
    };

    impl Said {
        fn timing(self, start: RoundTripStart) -> Timing {
            let called = SystemClock.now() + Duration::from_secs(1);
            let moment = |microseconds: i32| {
                let distance = MICROSECOND * microseconds.unsigned_abs();
                if microseconds < 0 {
                    called.checked_sub(distance).unwrap()
                } else {
                    called + distance
                }
            };
            let mut offsets = Offsets::of(Call {
                begun: called,
                returned: moment(20),
            });
            self.entered
                .iter()
                .for_each(|at| offsets.enter(called, moment(*at)));
            self.driver
                .iter()
                .for_each(|at| offsets.leave(called, moment(*at)));
            between(
                &Departure {
                    called,
                    offsets,
                    hardware: self.hardware.map(|(left, _)| Duration::from_micros(left)),
                },
                &Arrival {
                    read: moment(150),
                    kernel: self.came.map(moment),
                    hardware: self.hardware.map(|(_, came)| Duration::from_micros(came)),
                },
                start,
            )
        }

        fn of(self, start: RoundTripStart) -> (u128, Source) {
            let timing = self.timing(start);
            (timing.round_trip.as_micros(), timing.source)
        }

        fn at_queue(self) -> (u128, Source) {
            self.of(RoundTripStart::Queue)
        }

        fn at_driver(self) -> (u128, Source) {
            self.of(RoundTripStart::Driver)
        }
    }

    #[test]
    fn the_best_clock_is_believed() {
        let none = Said::default();
        assert_eq!(none.at_queue(), (150, Source::User));
        let (entered, driver, came) = (ALL.entered, ALL.driver, ALL.came);
        assert_eq!(Said { came, ..none }.at_queue(), (110, Source::Receipt));
        let said = Said {
            entered,
            came,
            ..none
        };
        assert_eq!(said.at_queue(), (100, Source::Kernel));
        assert_eq!(said.at_driver(), (100, Source::Kernel));
        let said = Said {
            driver,
            came,
            ..none
        };
        assert_eq!(said.at_queue(), (110, Source::Receipt));
        assert_eq!(said.at_driver(), (60, Source::Wire));
        let hardware = Some((7_000, 7_058));
        assert_eq!(Said { hardware, ..ALL }.at_driver(), (58, Source::Hardware));
    }

    #[test]
    fn wait_in_queue_is_part_of_round_trip_unless_it_begins_at_the_driver() {
        assert_eq!(ALL.at_queue(), (100, Source::Kernel));
        assert_eq!(ALL.at_driver(), (60, Source::Wire));
        for start in [RoundTripStart::Queue, RoundTripStart::Driver] {
            let timing = ALL.timing(start);
            let told = [timing.sending, timing.queued, timing.reading];
            assert_eq!(told, [10, 40, 40].map(|it| Some(it * MICROSECOND)));
            assert_eq!(timing.under_way(), 100 * MICROSECOND);
        }
    }

    #[test]
    fn round_trip_begins_with_the_return_of_the_call_if_the_kernel_held_the_probe_after_it() {
        let held = Said {
            entered: Some(90),
            driver: Some(92),
            ..ALL
        };
        assert_eq!(held.at_queue(), (90, Source::Kernel));
        let queued = held.timing(RoundTripStart::Queue).queued;
        assert_eq!(queued, Some(72 * MICROSECOND));
        assert_eq!(held.at_driver(), (18, Source::Wire));
    }

    #[test]
    fn a_departure_alone_times_nothing() {
        let said = Said { came: None, ..ALL };
        assert_eq!(said.at_queue(), (150, Source::User));
        assert_eq!(said.at_driver(), (150, Source::User));
        let timing = said.timing(RoundTripStart::Queue);
        assert_eq!([timing.sending, timing.queued, timing.reading], [None; 3]);
    }

    #[test]
    fn stamps_that_do_not_nest_are_not_believed() {
        let user = (150, Source::User);
        let came = |at| Said {
            came: Some(at),
            ..ALL
        };
        assert_eq!(came(151).at_queue(), user, "came in after it was read");
        assert_eq!(came(-1).at_queue(), user, "came in before it was asked for");
        assert_eq!(came(9).at_queue(), user, "came in before it entered");
        assert_eq!(came(49).at_driver(), user, "came in before it left");
        assert_eq!(came(49).at_queue(), (39, Source::Kernel));
        let before = Said {
            entered: Some(-2),
            driver: Some(-2),
            ..ALL
        };
        assert_eq!(before.at_driver(), (110, Source::Receipt));
        let swapped = Said {
            entered: Some(18),
            driver: Some(17),
            ..ALL
        };
        assert_eq!(swapped.timing(RoundTripStart::Queue).queued, None);
    }

    /// As precisely is a stamp placed on the monotonic clock.
    #[test]
    fn stamp_a_microsecond_before_the_call_is_of_its_beginning() {
        let early = Said {
            entered: Some(-1),
            ..ALL
        };
        assert_eq!(early.at_queue(), (110, Source::Kernel));
    }

    #[test]
    fn the_clock_of_an_interface_may_only_be_a_little_fast() {
        for wrong in [(7_000, 6_999), (7_000, 7_152), (0, u64::MAX / 1_000)] {
            let hardware = Some(wrong);
            assert_eq!(Said { hardware, ..ALL }.at_driver(), (60, Source::Wire));
        }
        let hardware = Some((7_000, 7_151));
        let (_, source) = Said { hardware, ..ALL }.at_driver();
        assert_eq!(source, Source::Hardware);
    }

    #[test]
    fn the_first_stamp_of_each_kind_stands() {
        let called = SystemClock.now();
        let after = |microseconds| called + MICROSECOND * microseconds;
        let mut offsets = Offsets::of(Call {
            begun: called,
            returned: after(50),
        });
        assert_eq!((offsets.entered(), offsets.driver()), (None, None));
        for at in [3, 4, 2] {
            offsets.enter(called, after(at));
            offsets.leave(called, after(10 * at));
        }
        assert_eq!(offsets.entered(), Some(3 * MICROSECOND));
        assert_eq!(offsets.driver(), Some(30 * MICROSECOND));
    }

    #[test]
    fn a_minute_in_the_queue_is_told_and_more_is_not_known() {
        let called = SystemClock.now();
        let wait = |seconds| {
            let mut offsets = Offsets::of(called.into());
            offsets.leave(called, called + Duration::from_secs(seconds));
            offsets.driver()
        };
        assert_eq!(wait(60), Some(Duration::from_secs(60)));
        assert_eq!(wait(70), None);
    }

    proptest! {
        /// Whatever the stamps say, in whatever order: a round trip is never longer than what the user saw, nor shorter
        /// than from the return of the call, unless it begins at the driver; and what is told about it adds up.
        #[test]
        fn no_stamp_makes_a_round_trip_lie(
            returned in 0..400_u64,
            stamps in prop::collection::vec((any::<bool>(), -500..1500_i64), 0..5),
            came in prop::option::of(-100..1200_i64),
            start in prop_oneof![Just(RoundTripStart::Queue), Just(RoundTripStart::Driver)],
        ) {
            let called = SystemClock.now() + Duration::from_secs(1);
            let moment = |nanoseconds: i64| {
                let earlier = called.checked_sub(Duration::from_millis(1)).unwrap();
                earlier + Duration::from_nanos(u64::try_from(1_000_000 + nanoseconds * 100).unwrap())
            };
            let returned = moment(i64::try_from(returned).unwrap());
            let mut offsets = Offsets::of(Call { begun: called, returned });
            for (at_queue, at) in stamps {
                if at_queue {
                    offsets.enter(called, moment(at));
                } else {
                    offsets.leave(called, moment(at));
                }
            }
            let arrival = Arrival { read: moment(1000), kernel: came.map(moment), hardware: None };
            let timing = between(&Departure { called, offsets, hardware: None }, &arrival, start);
            let user = arrival.read - called;
            prop_assert!(timing.round_trip <= user);
            if timing.source != Source::Wire {
                let came = arrival.kernel.filter(|came| *came <= arrival.read && *came >= called);
                let least = came.unwrap_or(arrival.read).saturating_duration_since(returned);
                prop_assert!(timing.round_trip >= least);
            }
            if let (Some(sending), Some(reading)) = (timing.sending, timing.reading) {
                prop_assert_eq!(timing.source == Source::Kernel, sending + timing.round_trip + reading == user);
                prop_assert!(timing.queued.unwrap_or_default() <= user);
            }
        }
    }

    #[test]
    fn departures_by_the_interface_are_kept_for_a_lap_and_the_first_word_stands() {
        let mut departures = HardwareDepartures::default();
        departures.note(0, MICROSECOND);
        departures.note(0, 2 * MICROSECOND);
        assert_eq!(departures.of(0), Some(MICROSECOND));
        departures.note(WRAP - 1, MICROSECOND);
        assert_eq!(departures.of(0), Some(MICROSECOND));
        departures.note(WRAP, MICROSECOND);
        assert_eq!(departures.of(0), None);
        assert_eq!(departures.of.len(), 2);
    }
}
