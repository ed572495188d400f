//! What is known of one target.

use std::time::Duration;

use super::figures::Figures;
use super::history::{Fate, History};
use crate::event::{ProbeId, Reason};
use crate::stats::Digits;

/// Whether a target answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::report::live) enum State {
    /// Not enough is known yet.
    #[default]
    Unknown,
    /// It answered, and was not down since.
    Up,
    /// As many probes in a row as `--down-after` says were not answered.
    Down,
}

/// What is known of one target.
#[derive(Debug, Clone, Default)]
pub(in crate::report::live) struct Target {
    pub(in crate::report::live) history: History,
    pub(in crate::report::live) figures: Figures,
    pub(in crate::report::live) state: State,
    /// Since when it has that state, as a time of the run.
    pub(in crate::report::live) since: Duration,
    /// Why the last probe was not answered, where somebody said so.
    pub(in crate::report::live) reason: Option<Reason>,
    /// Figures are those of probes from this number on.
    base: u64,
    /// The sequence number of the first probe.
    first_sequence: u16,
}

/// How much is kept of each target.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Probes.
    pub(super) probes: usize,
    /// Digits of round trips; none: no distribution.
    pub(super) digits: Option<Digits>,
}

impl Target {
    /// A probe left, or was tried.
    pub(super) fn begin(&mut self, probe: ProbeId, at: Duration, bounds: Bounds) {
        #[allow(
            clippy::cast_possible_truncation,
            reason = "sequence numbers are the last 16 bits"
        )]
        let before = probe.number as u16;
        self.first_sequence = probe.sequence.wrapping_sub(before);
        let next = self.history.next();
        self.history.begin(probe.number, at, bounds.probes);
        for _ in next.max(self.base)..self.history.next() {
            self.figures.begin();
        }
    }

    /// The newest probe with this sequence number.
    pub(super) fn number_of(&self, sequence: u16) -> Option<u64> {
        let newest = self.history.next().checked_sub(1)?;
        #[allow(
            clippy::cast_possible_truncation,
            reason = "sequence numbers are the last 16 bits"
        )]
        let newest_sequence = self.first_sequence.wrapping_add(newest as u16);
        newest.checked_sub(newest_sequence.wrapping_sub(sequence).into())
    }

    /// What is known of a probe that is kept.
    pub(super) fn fate(&mut self, number: u64) -> Option<Fate> {
        self.history.get_mut(number).map(|probe| probe.fate)
    }

    /// A probe came to this end.
    pub(super) fn end(&mut self, number: u64, fate: Fate, bounds: Bounds) {
        let (before, sent) = match self.history.get_mut(number) {
            Some(probe) => {
                let before = std::mem::replace(&mut probe.fate, fate);
                (before, probe.at())
            }
            None => (Fate::InFlight, Duration::ZERO),
        };
        if before == fate {
            return;
        }
        if number >= self.base {
            self.figures.change(before, fate);
            let counts = !matches!(fate, Fate::Late { is_counted, .. } if !is_counted);
            if let (true, Some(round_trip)) = (counts, fate.round_trip()) {
                self.figures.record(round_trip, bounds.digits);
            }
        }
        let is_answered = matches!(
            fate,
            Fate::Answered(_)
                | Fate::Late {
                    is_counted: true,
                    ..
                }
        );
        if is_answered {
            self.reason = None;
            if self.state == State::Unknown {
                (self.state, self.since) = (State::Up, sent);
            }
        }
    }

    /// It goes down or comes up: has been so since then.
    pub(super) fn turn(&mut self, state: State, since: Duration) {
        (self.state, self.since) = (state, since);
    }

    /// Figures begin anew; what is drawn over time stays.
    pub(super) fn reset(&mut self) {
        self.base = self.history.next();
        self.figures = Figures::default();
    }
}
