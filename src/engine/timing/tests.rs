//! Which stamps make a round trip.

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
