//! What is known of one target.

use std::time::Duration;

use super::figures::Figures;
use super::history::{Fate, History};
use crate::event::{ProbeId, Reason};
use crate::stats::{Digits, RecentStatistics};

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
    /// The same of the last part of the run, where that is asked for.
    pub(super) recent: Option<Box<RecentStatistics>>,
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
    /// How long the last part of the run is that has figures of its own.
    pub(super) window: Option<Duration>,
}

impl Target {
    /// A probe left, or was tried. Tells whether it is new: in a recorded run it may be told after one that left later.
    pub(super) fn begin(&mut self, probe: ProbeId, at: Duration, bounds: Bounds) -> bool {
        #[allow(
            clippy::cast_possible_truncation,
            reason = "sequence numbers are the last 16 bits"
        )]
        let before = probe.number as u16;
        self.first_sequence = probe.sequence.wrapping_sub(before);
        let next = self.history.next();
        self.history.begin(probe.number, at, bounds.probes);
        let new = self.history.next().saturating_sub(next.max(self.base));
        self.figures.begin(new);
        probe.number >= next
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
            if let (true, Some(round_trip)) = (fate.is_counted(), fate.round_trip()) {
                self.figures.record(round_trip, bounds.digits);
            }
            self.note_recent(sent, (before, fate), bounds.window);
        }
        if fate.is_counted() {
            self.reason = None;
            if self.state == State::Unknown {
                (self.state, self.since) = (State::Up, sent);
            }
        }
    }

    /// What became of a probe that left then has changed.
    fn note_recent(&mut self, left: Duration, change: (Fate, Fate), window: Option<Duration>) {
        let Some(window) = window else {
            return;
        };
        let new = || Box::new(RecentStatistics::new(window));
        let recent = self.recent.get_or_insert_with(new);
        match change {
            (before, after) if after.is_counted() => {
                if before.is_missed() {
                    recent.regained(left);
                } else {
                    recent.received(left);
                }
                if let Some(round_trip) = after.round_trip() {
                    recent.timed(left, round_trip);
                }
            }
            (before, after) if after.is_missed() && !before.is_missed() => recent.lost(left),
            _ => {}
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
        self.recent = None;
    }
}
