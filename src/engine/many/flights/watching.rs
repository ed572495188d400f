//! Which probes were passed to the watch.

use std::time::Instant;

use super::{Fate, Flight, Flights, nanoseconds};

impl Flight {
    /// Its target and ordinal.
    pub(in super::super) fn probe(&self) -> (u32, u16) {
        (self.target, self.ordinal)
    }
}

impl Flights {
    /// Keeps each probe until it is passed to the watch.
    pub(in super::super) fn watch(&mut self) {
        self.watched = Some(self.first);
    }

    /// The next probe with a known outcome. `known` is until when the receive queue is drained.
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

    /// The next probe, with or without a known outcome.
    pub(in super::super) fn pass_next(&mut self) -> Option<Flight> {
        let flight = *self.next_watched()?;
        self.watched = self.watched.map(|watched| watched.max(self.first) + 1);
        Some(flight)
    }

    fn next_watched(&self) -> Option<&Flight> {
        self.get(self.watched?.max(self.first))
    }

    /// When the outcome of the next probe becomes known, if it was rejected.
    pub(in super::super) fn next_watched_due(&self) -> Option<Instant> {
        let flight = self.next_watched()?;
        let is_rejected = flight.fate == Fate::Rejected;
        let left = is_rejected.then(|| self.moment(flight.left))?;
        left.checked_add(self.timeout)
    }
}
