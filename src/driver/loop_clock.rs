//! The time of each step of the loop, with as few readings of the clock as possible, and how arrivals are read.

use std::time::Instant;

use super::GATHER;
use crate::clock::Clock;
use crate::net::Wake;

/// Steps without a system call that share one reading of the clock.
const STEPS: u8 = 64;

/// How many arrivals are read before the loop checks for due probes: a storm of arrivals delays no probe.
pub(super) const BUDGET: usize = 1024;

/// How arrivals are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReceiveMode {
    /// One at a time, before anything else is done: it may change what is due. For one target.
    OneByOne,
    /// Up to 1024 at a time; they may wait if the next probe is due soon. For many targets, where a wake-up costs as much
    /// as several probes.
    Batched,
}

impl ReceiveMode {
    /// How many arrivals are read at a time.
    pub(super) fn budget(self) -> usize {
        match self {
            Self::OneByOne => 1,
            Self::Batched => BUDGET,
        }
    }

    /// What ends a wait for a probe that is due at `due`.
    pub(super) fn wake(self, due: Option<Instant>, now: Instant) -> Wake {
        let is_soon = due.is_some_and(|due| due > now && due.duration_since(now) <= GATHER);
        match self {
            Self::Batched if is_soon => Wake::Signal,
            Self::Batched | Self::OneByOne => Wake::Arrival,
        }
    }
}

/// The last reading of the clock.
#[derive(Debug)]
pub(super) struct LoopClock {
    receive_mode: ReceiveMode,
    /// The reading, and for how many more steps it is valid.
    last: Option<(Instant, u8)>,
}

impl LoopClock {
    pub(super) fn new(receive_mode: ReceiveMode) -> Self {
        Self {
            receive_mode,
            last: None,
        }
    }

    /// The time of the next step.
    pub(super) fn now(&mut self, clock: &impl Clock) -> Instant {
        let steps = match self.receive_mode {
            ReceiveMode::OneByOne => 1,
            ReceiveMode::Batched => STEPS,
        };
        let (now, left) = self.last.take().unwrap_or_else(|| (clock.now(), steps));
        self.last = (left > 1).then_some((now, left - 1));
        now
    }

    /// Sets the time of the next step, if the step before took no time or read the clock. Only for one target: a batch of
    /// steps would use it too long.
    pub(super) fn set(&mut self, now: Instant) {
        if self.receive_mode == ReceiveMode::OneByOne {
            self.last = Some((now, 1));
        }
    }

    /// The last reading is out of date.
    pub(super) fn expire(&mut self) {
        self.last = None;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock::SystemClock;

    #[test]
    fn one_clock_reading_is_valid_for_64_steps_in_batches_and_otherwise_for_one() {
        let known = SystemClock.now() + Duration::from_secs(3600);
        let mut single = LoopClock::new(ReceiveMode::OneByOne);
        single.set(known);
        assert_eq!(single.now(&SystemClock), known);
        assert!(single.now(&SystemClock) < known);
        let mut many = LoopClock::new(ReceiveMode::Batched);
        many.set(known);
        let first = many.now(&SystemClock);
        assert!(first < known);
        for _ in 1..STEPS {
            assert_eq!(many.now(&SystemClock), first);
        }
        assert!(many.last.is_none());
    }

    #[test]
    fn arrivals_wait_only_for_a_probe_that_is_due_soon() {
        let now = SystemClock.now();
        let wake = |receive_mode: ReceiveMode, micros| {
            receive_mode.wake(Some(now + Duration::from_micros(micros)), now)
        };
        assert_eq!(wake(ReceiveMode::Batched, 1000), Wake::Signal);
        assert_eq!(wake(ReceiveMode::Batched, 3000), Wake::Arrival);
        assert_eq!(wake(ReceiveMode::Batched, 0), Wake::Arrival);
        assert_eq!(wake(ReceiveMode::OneByOne, 1000), Wake::Arrival);
    }
}
