//! Which of the probes were looked at to see whether targets are down.

use std::time::Instant;

use super::{Fate, Flight, Flights, nanoseconds};

impl Flight {
    /// Its target, and its ordinal.
    pub(in super::super) fn probe(&self) -> (u32, u16) {
        (self.target, self.ordinal)
    }
}

impl Flights {
    /// Keeps each probe until it is looked at.
    pub(in super::super) fn watch(&mut self) {
        self.watched = Some(self.first);
    }

    /// The next one whose result is known, given the time until which all is known.
    pub(in super::super) fn pass_known(&mut self, known: Instant) -> Option<Flight> {
        let flight = self.next_watched()?;
        let end = flight.left.saturating_add(nanoseconds(self.timeout));
        let is_known = match flight.fate {
            Fate::Queued | Fate::InFlight => false,
            Fate::Rejected => end <= nanoseconds(known.saturating_duration_since(self.epoch)),
            _ => true,
        };
        if is_known { self.pass_next() } else { None }
    }

    /// The next one, with a known result or without.
    pub(in super::super) fn pass_next(&mut self) -> Option<Flight> {
        let flight = *self.next_watched()?;
        self.watched = self.watched.map(|watched| watched.max(self.first) + 1);
        Some(flight)
    }

    fn next_watched(&self) -> Option<&Flight> {
        self.get(self.watched?.max(self.first))
    }

    /// When it will be known of the next one that it was not answered in time, though nobody waits for it.
    pub(in super::super) fn next_watched_due(&self) -> Option<Instant> {
        let flight = self.next_watched()?;
        let is_rejected = flight.fate == Fate::Rejected;
        let left = is_rejected.then(|| self.moment(flight.left))?;
        left.checked_add(self.timeout)
    }
}
