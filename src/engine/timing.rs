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
mod tests;
