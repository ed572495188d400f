//! Which stamps determine a round trip.

use proptest::prelude::*;

use super::*;
use crate::clock::{Clock, SystemClock};

const MICROSECOND: Duration = Duration::from_micros(1);

/// The stamps, in microseconds, of a probe that was sent at 0 by a call that returned at 20; its reply was read at 150.
#[derive(Clone, Copy, Default)]
struct Stamps {
    entered: Option<i32>,
    driver: Option<i32>,
    came: Option<i32>,
    hardware: Option<(u64, u64)>,
}

/// All stamps of the kernel: the probe entered the queue at 10 us and reached the driver at 50 us; the reply arrived at
/// 110 us.
const ALL: Stamps = Stamps {
    entered: Some(10),
    driver: Some(50),
    came: Some(110),
    hardware: None,
};

impl Stamps {
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
fn round_trip_uses_the_best_clock() {
    let none = Stamps::default();
    assert_eq!(none.at_queue(), (150, Source::User));
    let (entered, driver, came) = (ALL.entered, ALL.driver, ALL.came);
    assert_eq!(Stamps { came, ..none }.at_queue(), (110, Source::Receipt));
    let stamps = Stamps {
        entered,
        came,
        ..none
    };
    assert_eq!(stamps.at_queue(), (100, Source::Kernel));
    assert_eq!(stamps.at_driver(), (100, Source::Kernel));
    let stamps = Stamps {
        driver,
        came,
        ..none
    };
    assert_eq!(stamps.at_queue(), (110, Source::Receipt));
    assert_eq!(stamps.at_driver(), (60, Source::Wire));
    let hardware = Some((7_000, 7_058));
    assert_eq!(
        Stamps { hardware, ..ALL }.at_driver(),
        (58, Source::Hardware)
    );
}

#[test]
fn wait_in_queue_is_part_of_round_trip_unless_it_begins_at_the_driver() {
    assert_eq!(ALL.at_queue(), (100, Source::Kernel));
    assert_eq!(ALL.at_driver(), (60, Source::Wire));
    for start in [RoundTripStart::Queue, RoundTripStart::Driver] {
        let timing = ALL.timing(start);
        let reported = [timing.sending, timing.queued, timing.reading];
        assert_eq!(reported, [10, 40, 40].map(|it| Some(it * MICROSECOND)));
        assert_eq!(timing.under_way(), 100 * MICROSECOND);
    }
}

#[test]
fn round_trip_begins_at_the_return_of_the_call_if_the_kernel_held_the_probe() {
    let held = Stamps {
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
fn departure_without_receive_stamp_is_not_used() {
    let stamps = Stamps { came: None, ..ALL };
    assert_eq!(stamps.at_queue(), (150, Source::User));
    assert_eq!(stamps.at_driver(), (150, Source::User));
    let timing = stamps.timing(RoundTripStart::Queue);
    assert_eq!([timing.sending, timing.queued, timing.reading], [None; 3]);
}

#[test]
fn stamps_that_do_not_nest_are_ignored() {
    let user = (150, Source::User);
    let came = |at| Stamps {
        came: Some(at),
        ..ALL
    };
    assert_eq!(came(151).at_queue(), user, "came in after it was read");
    assert_eq!(came(-1).at_queue(), user, "came in before it was asked for");
    assert_eq!(came(9).at_queue(), user, "came in before it entered");
    assert_eq!(came(49).at_driver(), user, "came in before it left");
    assert_eq!(came(49).at_queue(), (39, Source::Kernel));
    let before = Stamps {
        entered: Some(-2),
        driver: Some(-2),
        ..ALL
    };
    assert_eq!(before.at_driver(), (110, Source::Receipt));
    let swapped = Stamps {
        entered: Some(18),
        driver: Some(17),
        ..ALL
    };
    assert_eq!(swapped.timing(RoundTripStart::Queue).queued, None);
}

/// The precision of the mapping to the monotonic clock.
#[test]
fn stamp_a_microsecond_before_the_call_counts_as_its_start() {
    let early = Stamps {
        entered: Some(-1),
        ..ALL
    };
    assert_eq!(early.at_queue(), (110, Source::Kernel));
}

#[test]
fn interface_clock_may_be_fast_by_500_ppm_and_a_microsecond() {
    for wrong in [(7_000, 6_999), (7_000, 7_152), (0, u64::MAX / 1_000)] {
        let hardware = Some(wrong);
        assert_eq!(Stamps { hardware, ..ALL }.at_driver(), (60, Source::Wire));
    }
    let hardware = Some((7_000, 7_151));
    let (_, source) = Stamps { hardware, ..ALL }.at_driver();
    assert_eq!(source, Source::Hardware);
}

#[test]
fn first_stamp_of_each_kind_wins() {
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
fn queue_wait_is_known_up_to_a_minute() {
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
    /// With any stamps in any order, a round trip is no longer than this program saw, and no shorter than from the
    /// return of the call unless it begins at the driver; and its parts add up.
    #[test]
    fn round_trip_is_within_bounds_with_any_stamps(
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
fn interface_departures_are_kept_for_one_wrap_and_the_first_wins() {
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
