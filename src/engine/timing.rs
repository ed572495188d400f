//! The round trip of a probe, by the best plausible clock.
//!
//! This program reads the clock before the call that sends and after the call that receives. That interval is always
//! valid, but includes the time that this host took. Stamps of the kernel and of the interface are more precise, but
//! may be missing, late, of another message, or nonsense: they are used only where they nest within that interval.
//!
//! A round trip begins when the kernel accepts the probe: at its stamp of the entry into the interface's queue. So it
//! includes the wait in that queue, as in every other program. If the kernel held the probe before that (to resolve the
//! neighbour, or for an `IPsec` key), the stamp is later than the return of the call, and the round trip begins with
//! that return. The time that this process took before the call is never included.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::sequence_wrap::WRAP;
use crate::config::RoundTripStart;
use crate::event::{Source, Timing};

/// By how much the interface's clock may exceed the monotonic clock: one part in 2000 (500 ppm), and a microsecond.
const FASTER: u32 = 2000;

/// How far a stamp may precede the call: the precision with which wall clock times are mapped to the monotonic clock.
const EARLY: Duration = Duration::from_micros(1);

/// The system call that sent one or more probes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// Just before the call.
    pub begun: Instant,
    /// Just after the call. Only stamps of departures need it.
    pub returned: Instant,
}

impl From<Instant> for Call {
    /// A call that took no time.
    fn from(begun: Instant) -> Self {
        let returned = begun;
        Self { begun, returned }
    }
}

/// When a reply arrived, by each available clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// When this program had read it.
    pub read: Instant,
    /// The kernel's receive stamp, on the same clock.
    pub kernel: Option<Instant>,
    /// The interface's receive stamp, on the interface's clock.
    pub hardware: Option<Duration>,
}

impl From<Instant> for Arrival {
    /// A reply without stamps.
    fn from(read: Instant) -> Self {
        Self {
            read,
            kernel: None,
            hardware: None,
        }
    }
}

/// When a probe was sent, by each available clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Departure {
    /// Just before the call.
    pub(super) called: Instant,
    /// The kernel's stamps, relative to `called`.
    pub(super) offsets: Offsets,
    /// The interface's stamp, on the interface's clock.
    pub(super) hardware: Option<Duration>,
}

/// The kernel's stamps of a departure, relative to the call: eight octets for each probe in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Offsets {
    /// Nanoseconds. Without [`ENTERED`]: how long the call took. With it: from the call to the start of the round trip.
    entered: u32,
    /// From the call to the driver's stamp, in units of [`GRAIN`], or [`UNSTAMPED`].
    driver: u32,
}

/// Flag: the entry into the queue is known. A call longer than 2.1 seconds is stored as 2.1.
const ENTERED: u32 = 1 << 31;

/// No stamp of the driver yet.
const UNSTAMPED: u32 = u32::MAX;

/// Sixteen nanoseconds: 32 bits hold a minute's wait in a queue.
const GRAIN: u64 = 16;

impl Offsets {
    pub(super) fn of(call: Call) -> Self {
        let length = call.returned.saturating_duration_since(call.begun);
        let length = u32::try_from(length.as_nanos()).unwrap_or(u32::MAX);
        Self {
            entered: length.min(ENTERED - 1),
            driver: UNSTAMPED,
        }
    }

    /// Notes the stamp of the entry into the interface's queue. The first one wins: a virtual interface has a queue,
    /// and so has the interface below it.
    pub(super) fn enter(&mut self, called: Instant, at: Instant) {
        let Some(offset) = since(called, at).filter(|_| self.entered & ENTERED == 0) else {
            return;
        };
        let offset = u32::try_from(offset.as_nanos()).unwrap_or(u32::MAX);
        // A stamp later than the return of the call: the kernel held the probe in between.
        self.entered = offset.min(self.entered) | ENTERED;
    }

    /// Notes the driver's stamp. The first one wins.
    pub(super) fn leave(&mut self, called: Instant, at: Instant) {
        let units = since(called, at).map(|offset| offset.as_nanos() / u128::from(GRAIN));
        let units = units.and_then(|units| u32::try_from(units).ok());
        if let (Some(units), UNSTAMPED) = (units, self.driver) {
            self.driver = units;
        }
    }

    /// From the call to the start of the round trip, if the entry into the queue is known.
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

/// From the call to a stamp; `None` if the stamp precedes the call.
fn since(called: Instant, at: Instant) -> Option<Duration> {
    let is_early = called.saturating_duration_since(at) <= EARLY;
    is_early.then(|| at.saturating_duration_since(called))
}

/// The round trip between departure and arrival. `start` selects where it begins.
pub(super) fn between(departure: &Departure, arrival: &Arrival, start: RoundTripStart) -> Timing {
    let user = arrival.read.saturating_duration_since(departure.called);
    // The kernel received the reply no later than it was read, and no earlier than the probe was sent.
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
        // No receive stamp, or one that precedes the departure: one of the two stamps is wrong.
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

/// Departures by the interface's clock. Few interfaces provide them, so only probes that have one take memory.
#[derive(Debug, Clone, Default)]
pub(super) struct HardwareDepartures {
    of: BTreeMap<u64, Duration>,
}

impl HardwareDepartures {
    /// Keeps the departure, and drops those older than one sequence wrap: no reply finds their probes.
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
