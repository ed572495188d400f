//! Round trips as levels and as heights. Without a mathematical library: no run shall load one for the sake of a picture.

use std::time::Duration;

use crate::config::Scale;

/// How many levels there are.
pub(super) const LEVELS: usize = 8;

/// How much longer each level is than the one below: the least of these that reaches the longest round trip.
const FACTORS: [f64; 4] = [2.0, 3.0, 5.0, 10.0];

/// The levels of round trips, on a logarithmic scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Levels {
    /// Where the first one begins, in seconds.
    first: f64,
    factor: f64,
}

impl Levels {
    /// For round trips between these two, or as the user wants them. They change only when a round trip is shorter or
    /// longer than all before.
    pub(super) fn new(seen: Option<(Duration, Duration)>, fixed: Option<Scale>) -> Self {
        if let Some(fixed) = fixed {
            let longest = fixed.max().as_secs_f64();
            let first = fixed.min().as_secs_f64().max(longest / 256.0);
            let factor = (longest / first).sqrt().sqrt().sqrt();
            return Self { first, factor };
        }
        let (shortest, longest) = seen.unwrap_or((Duration::from_millis(1), Duration::ZERO));
        let first = rounded_down(shortest.as_secs_f64());
        let reaches = |factor: &&f64| first * power(**factor, LEVELS) >= longest.as_secs_f64();
        let factor = FACTORS.iter().find(reaches).copied().unwrap_or(10.0);
        Self { first, factor }
    }

    /// The level of a round trip, from 0.
    pub(super) fn of(&self, round_trip: Duration) -> usize {
        let seconds = round_trip.as_secs_f64();
        let is_reached = |level: &usize| self.begin(*level).as_secs_f64() <= seconds;
        (1..LEVELS).take_while(is_reached).count()
    }

    /// Where a level begins.
    pub(super) fn begin(&self, level: usize) -> Duration {
        duration(self.first * power(self.factor, level))
    }
}

fn power(base: f64, exponent: usize) -> f64 {
    (0..exponent).fold(1.0, |product, _| product * base)
}

/// One, two or five times a power of ten, in seconds, that is not more; a microsecond at least.
fn rounded_down(seconds: f64) -> f64 {
    steps()
        .take_while(|step| *step <= seconds)
        .last()
        .unwrap_or(1e-6)
}

/// The same that is not less.
pub(super) fn rounded_up(seconds: f64) -> f64 {
    steps().find(|step| *step >= seconds).unwrap_or(seconds)
}

/// From a microsecond to a day.
fn steps() -> impl Iterator<Item = f64> {
    let microseconds = (0..11).flat_map(|tens| [1_u64, 2, 5].map(|one| one * 10_u64.pow(tens)));
    microseconds.map(|microseconds| Duration::from_micros(microseconds).as_secs_f64())
}

/// How high round trips are drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Axis {
    /// The shortest and the longest that are drawn, in seconds.
    bottom: f64,
    top: f64,
    is_logarithmic: bool,
}

impl Axis {
    /// For round trips between these two, or as the user wants them. A linear one begins at zero.
    pub(super) fn new(
        (shortest, longest): (Duration, Duration),
        fixed: Option<Scale>,
        is_logarithmic: bool,
    ) -> Self {
        let (bottom, top) = match fixed {
            Some(fixed) => (fixed.min().as_secs_f64(), fixed.max().as_secs_f64()),
            None if is_logarithmic => (
                rounded_down(shortest.as_secs_f64()),
                rounded_up(longest.as_secs_f64()),
            ),
            None => (0.0, rounded_up(longest.as_secs_f64())),
        };
        let least = if is_logarithmic { top / 1000.0 } else { 0.0 };
        let bottom = if bottom < top { bottom } else { top / 2.0 };
        Self {
            bottom: if bottom > 0.0 { bottom } else { least },
            top,
            is_logarithmic,
        }
    }

    /// How high it is, from 0 to 1. What is beyond the axis is drawn at its end.
    pub(super) fn height(&self, round_trip: Duration) -> f64 {
        let seconds = round_trip.as_secs_f64().clamp(self.bottom, self.top);
        if self.is_logarithmic {
            logarithm(seconds / self.bottom) / logarithm(self.top / self.bottom)
        } else {
            (seconds - self.bottom) / (self.top - self.bottom)
        }
    }

    /// The numbers beside the axis: its ends, and as many in between as there is room for. Those of a linear axis are quarters
    /// or a half, those of a logarithmic one are round.
    pub(super) fn numbers(&self, room: usize) -> Vec<Duration> {
        let between = if self.is_logarithmic {
            self.round_numbers(room)
        } else {
            let parts: u8 = match room {
                0 => 1,
                1..3 => 2,
                _ => 4,
            };
            let part = |part: u8| f64::from(part) / f64::from(parts);
            let number = |part: f64| self.bottom + (self.top - self.bottom) * part;
            (1..parts).map(|at| number(part(at))).collect()
        };
        let ends = [self.bottom, self.top];
        ends.into_iter().chain(between).map(duration).collect()
    }

    /// One, two and five times powers of ten, or the powers alone, or none.
    fn round_numbers(&self, room: usize) -> Vec<f64> {
        let inside = |step: &f64| *step > self.bottom * 1.01 && *step < self.top * 0.99;
        let all: Vec<f64> = steps().filter(inside).collect();
        // Each third of the steps is a power of ten.
        let powers: Vec<f64> = steps().step_by(3).filter(inside).collect();
        let candidates = [all, powers];
        let fitting = candidates.into_iter().find(|numbers| numbers.len() <= room);
        fitting.unwrap_or_default()
    }
}

fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX)
}

/// The binary logarithm of a number from 1 on, to a thousandth.
fn logarithm(number: f64) -> f64 {
    let (mut rest, mut whole) = (number, 0.0);
    while rest >= 2.0 && rest.is_finite() {
        rest /= 2.0;
        whole += 1.0;
    }
    let mut bit = 0.5;
    while bit > 0.0005 {
        rest *= rest;
        if rest >= 2.0 {
            rest /= 2.0;
            whole += bit;
        }
        bit /= 2.0;
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    fn us(microseconds: u64) -> Duration {
        Duration::from_micros(microseconds)
    }

    #[test]
    fn levels_double_where_that_reaches_the_longest() {
        let levels = Levels::new(Some((us(1_200), us(100_000))), None);
        assert_eq!(levels.begin(0), us(1_000));
        assert_eq!(levels.begin(1), us(2_000));
        for (microseconds, level) in [(900, 0), (1_999, 0), (2_000, 1), (64_000, 6), (200_000, 7)] {
            assert_eq!(levels.of(us(microseconds)), level, "{microseconds}");
        }
    }

    #[test]
    fn levels_are_wider_where_round_trips_are_far_apart() {
        let levels = Levels::new(Some((us(12), us(2_000_000))), None);
        assert_eq!((levels.begin(0), levels.begin(1)), (us(10), us(50)));
        let fixed = Scale::new(us(0), us(256_000));
        let levels = Levels::new(None, fixed);
        assert_eq!((levels.begin(0), levels.begin(1)), (us(1000), us(2000)));
    }

    #[test]
    fn linear_axis_begins_at_zero_and_ends_at_a_round_number() {
        let axis = Axis::new((us(900), us(1_100)), None, false);
        assert_eq!(axis.numbers(0), [us(0), us(2_000)]);
        assert_eq!(axis.numbers(2), [us(0), us(2_000), us(1_000)]);
        assert_eq!(axis.numbers(3).len(), 5);
        assert!((axis.height(us(1_000)) - 0.5).abs() < 1e-9);
        assert!((axis.height(us(5_000)) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn logarithmic_axis_has_as_much_room_for_each_decade() {
        let axis = Axis::new((us(150), us(90_000)), None, true);
        let powers = [us(100), us(100_000), us(1_000), us(10_000)];
        assert_eq!(axis.numbers(2), powers);
        assert_eq!(axis.numbers(1), powers[..2]);
        assert_eq!(axis.numbers(100).len(), 10);
        assert!((axis.height(us(1_000)) - 1.0 / 3.0).abs() < 0.002);
    }

    #[test]
    fn axis_without_a_range_is_drawn_all_the_same() {
        for (shortest, longest) in [(0, 0), (1, 1), (50, 50), (u64::MAX / 2000, u64::MAX / 2000)] {
            for is_logarithmic in [false, true] {
                let axis = Axis::new((us(shortest), us(longest)), None, is_logarithmic);
                let height = axis.height(us(shortest));
                assert!((0.0..=1.0).contains(&height), "{axis:?} {height}");
                assert!(axis.numbers(10).len() <= 12);
            }
        }
    }
}
