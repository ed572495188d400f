//! What time it is for one step of the loop: the clock is read as rarely as possible.

use std::time::Instant;

use super::GATHER;
use crate::clock::Clock;
use crate::net::Wake;

/// So many steps without a system call take no time: the clock is read once for all of them.
const STEPS: u8 = 64;

/// What is read in one turn before it is seen whether a probe is due: a storm of arrivals delays no probe.
const BUDGET: usize = 1024;

/// How arrivals are passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rhythm {
    /// Each before anything else is done: what it means may change what is due. For one target.
    OneByOne,
    /// All that there are, up to 1024, and after they were left to gather where the next probe is due soon. For many
    /// targets, where each wake-up costs as much as several probes.
    Gathered,
}

impl Rhythm {
    /// How many arrivals are read in one turn.
    pub(super) fn budget(self) -> usize {
        match self {
            Self::OneByOne => 1,
            Self::Gathered => BUDGET,
        }
    }

    /// What ends a wait for a probe that is due then.
    pub(super) fn wake(self, due: Option<Instant>, now: Instant) -> Wake {
        let is_soon = due.is_some_and(|due| due > now && due.duration_since(now) <= GATHER);
        match self {
            Self::Gathered if is_soon => Wake::Signal,
            Self::Gathered | Self::OneByOne => Wake::Arrival,
        }
    }
}

/// The last reading of the clock.
#[derive(Debug)]
pub(super) struct Moments {
    rhythm: Rhythm,
    /// The reading, and how many more steps it holds for.
    last: Option<(Instant, u8)>,
}

impl Moments {
    pub(super) fn new(rhythm: Rhythm) -> Self {
        Self { rhythm, last: None }
    }

    /// When the next step is taken.
    pub(super) fn now(&mut self, clock: &impl Clock) -> Instant {
        let steps = match self.rhythm {
            Rhythm::OneByOne => 1,
            Rhythm::Gathered => STEPS,
        };
        let (now, left) = self.last.take().unwrap_or_else(|| (clock.now(), steps));
        self.last = (left > 1).then_some((now, left - 1));
        now
    }

    /// What was just done took no time since then, or told it. Where several steps follow, it is old soon.
    pub(super) fn know(&mut self, now: Instant) {
        if self.rhythm == Rhythm::OneByOne {
            self.last = Some((now, 1));
        }
    }

    /// Time has passed.
    pub(super) fn pass(&mut self) {
        self.last = None;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock::SystemClock;

    #[test]
    fn one_reading_holds_for_64_steps_where_arrivals_are_gathered_and_else_for_one() {
        let known = SystemClock.now() + Duration::from_secs(3600);
        let mut single = Moments::new(Rhythm::OneByOne);
        single.know(known);
        assert_eq!(single.now(&SystemClock), known);
        assert!(single.now(&SystemClock) < known);
        let mut many = Moments::new(Rhythm::Gathered);
        many.know(known);
        let first = many.now(&SystemClock);
        assert!(first < known);
        for _ in 1..STEPS {
            assert_eq!(many.now(&SystemClock), first);
        }
        assert!(many.last.is_none());
    }

    #[test]
    fn arrivals_gather_only_until_a_probe_that_is_due_soon() {
        let now = SystemClock.now();
        let wake =
            |rhythm: Rhythm, micros| rhythm.wake(Some(now + Duration::from_micros(micros)), now);
        assert_eq!(wake(Rhythm::Gathered, 1000), Wake::Signal);
        assert_eq!(wake(Rhythm::Gathered, 3000), Wake::Arrival);
        assert_eq!(wake(Rhythm::Gathered, 0), Wake::Arrival);
        assert_eq!(wake(Rhythm::OneByOne, 1000), Wake::Arrival);
    }
}
