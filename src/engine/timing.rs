//! How long a round trip took, by the best clock whose word can be believed.
//!
//! The user's clock, read before the call that sent the probe and after the one that read the answer, is never wrong, but
//! adds what this host took. Stamps of the kernel and of the interface are better, and may be missing, late, of another
//! message, or nonsense: they are used only where they nest within the user's interval.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::lap::LAP;
use crate::event::{Source, Timing};

/// How much longer than by the monotonic clock a round trip may be by the clock of an interface, which runs at its own
/// speed: one part in so many (500 parts in a million), and a microsecond.
const FASTER: u32 = 2000;

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
    /// From there to the kernel's stamp.
    pub(super) to_wire: Option<Duration>,
    /// By the clock of the interface.
    pub(super) hardware: Option<Duration>,
}

/// The round trip between two moments.
pub(super) fn between(departure: &Departure, arrival: &Arrival) -> Timing {
    let user = arrival.read.saturating_duration_since(departure.called);
    // What came in cannot be read before, nor can it have left later.
    let until_kernel = arrival
        .kernel
        .filter(|kernel| *kernel <= arrival.read)
        .and_then(|kernel| kernel.checked_duration_since(departure.called));
    let kernel = match (departure.to_wire, until_kernel) {
        (Some(to_wire), Some(until)) => until.checked_sub(to_wire),
        _ => None,
    };
    let hardware = match (departure.hardware, arrival.hardware) {
        (Some(left), Some(came)) => came.checked_sub(left),
        _ => None,
    };
    let can_be = |time: Duration| time <= user + user / FASTER + Duration::from_micros(1);
    let (round_trip, source) = match (hardware, kernel, until_kernel) {
        (Some(time), ..) if can_be(time) => (time, Source::Hardware),
        (_, Some(time), _) => (time, Source::Kernel),
        // The answer cannot come in before the probe has left: one of the two stamps is wrong.
        (_, None, Some(_)) if departure.to_wire.is_some() => (user, Source::User),
        (_, None, Some(time)) => (time, Source::Receipt),
        (_, None, None) => (user, Source::User),
    };
    Timing {
        round_trip,
        source,
        to_wire: kernel.and(departure.to_wire),
        from_wire: kernel
            .and(until_kernel)
            .map(|until| user.saturating_sub(until)),
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
            && oldest + LAP <= number
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
    use super::*;
    use crate::clock::{Clock, SystemClock};

    const MICROSECOND: Duration = Duration::from_micros(1);

    /// A probe that was sent at 0, left after 10 us; its answer came in at 110 us and was read at 150 us. What each
    /// clock says is what the test makes of it.
    fn timing(
        to_wire: Option<i32>,
        kernel: Option<i32>,
        hardware: Option<(u64, u64)>,
    ) -> (Duration, Source) {
        let called = SystemClock.now() + Duration::from_secs(1);
        let moment = |microseconds: i32| {
            let distance = Duration::from_micros(microseconds.unsigned_abs().into());
            if microseconds < 0 {
                called.checked_sub(distance).unwrap()
            } else {
                called + distance
            }
        };
        let timing = between(
            &Departure {
                called,
                to_wire: to_wire.map(|at| moment(at) - called),
                hardware: hardware.map(|(left, _)| Duration::from_micros(left)),
            },
            &Arrival {
                read: moment(150),
                kernel: kernel.map(moment),
                hardware: hardware.map(|(_, came)| Duration::from_micros(came)),
            },
        );
        (timing.round_trip, timing.source)
    }

    #[test]
    fn the_best_clock_is_believed() {
        assert_eq!(timing(None, None, None), (150 * MICROSECOND, Source::User));
        assert_eq!(
            timing(None, Some(110), None),
            (110 * MICROSECOND, Source::Receipt)
        );
        assert_eq!(
            timing(Some(10), Some(110), None),
            (100 * MICROSECOND, Source::Kernel)
        );
        assert_eq!(
            timing(Some(10), Some(110), Some((7_000, 7_098))),
            (98 * MICROSECOND, Source::Hardware)
        );
    }

    #[test]
    fn a_departure_alone_times_nothing() {
        assert_eq!(
            timing(Some(10), None, None),
            (150 * MICROSECOND, Source::User)
        );
    }

    #[test]
    fn stamps_that_do_not_nest_are_not_believed() {
        let user = (150 * MICROSECOND, Source::User);
        assert_eq!(
            timing(Some(10), Some(151), None),
            user,
            "came in after it was read"
        );
        assert_eq!(
            timing(None, Some(-1), None),
            user,
            "came in before it was asked for"
        );
        assert_eq!(
            timing(Some(111), Some(110), None),
            user,
            "came in before it left"
        );
    }

    #[test]
    fn the_clock_of_an_interface_may_only_be_a_little_fast() {
        let kernel = (100 * MICROSECOND, Source::Kernel);
        for wrong in [(7_000, 6_999), (7_000, 7_152), (0, u64::MAX / 1_000)] {
            assert_eq!(timing(Some(10), Some(110), Some(wrong)), kernel);
        }
        let (_, source) = timing(Some(10), Some(110), Some((7_000, 7_151)));
        assert_eq!(source, Source::Hardware);
    }

    #[test]
    fn the_host_s_own_part_is_what_the_kernel_s_round_trip_leaves_of_the_user_s() {
        let called = SystemClock.now();
        let timing = between(
            &Departure {
                called,
                to_wire: Some(10 * MICROSECOND),
                hardware: None,
            },
            &Arrival {
                read: called + 150 * MICROSECOND,
                kernel: Some(called + 110 * MICROSECOND),
                hardware: None,
            },
        );
        assert_eq!(
            (timing.to_wire, timing.from_wire),
            (Some(10 * MICROSECOND), Some(40 * MICROSECOND))
        );
    }

    #[test]
    fn departures_by_the_interface_are_kept_for_a_lap_and_the_first_word_stands() {
        let mut departures = HardwareDepartures::default();
        departures.note(0, MICROSECOND);
        departures.note(0, 2 * MICROSECOND);
        assert_eq!(departures.of(0), Some(MICROSECOND));
        departures.note(LAP - 1, MICROSECOND);
        assert_eq!(departures.of(0), Some(MICROSECOND));
        departures.note(LAP, MICROSECOND);
        assert_eq!(departures.of(0), None);
        assert_eq!(departures.of.len(), 2);
    }
}
