//! The statistics of all targets together, and of each if they are read and targets are few.

use super::super::outages::{OutageTracker, PastProbe};
use super::super::record::Record;
use super::Many;
use crate::config::many::Mode;
use crate::event::{Outages, Row, TargetNumber, TargetSummary};
use crate::stats::Digits;

/// The most targets with full statistics. Each takes 7 KB if round trips are below 10 ms, and 10 KB below a second: 40 MB
/// in total, as much as a million targets without them.
pub const MAX_RECORDS: usize = 4096;

/// The statistics of a run.
#[derive(Debug)]
pub(super) struct Records {
    /// All targets together.
    pub(super) total: Record,
    of: Vec<TargetRecord>,
    /// The record of a new target; `None`: only the total is kept.
    empty: Option<TargetRecord>,
}

/// The statistics of one target.
#[derive(Debug, Clone)]
struct TargetRecord {
    record: Record,
    /// The outages among forgotten probes. `None` in an alive scan, where probes are not forgotten in order.
    outages: Option<OutageTracker>,
}

impl Records {
    /// `everything`: more than the row of each target is read.
    pub(super) fn new(mode: Mode, everything: bool) -> Self {
        let (has_order, has_percentiles) = match mode {
            Mode::Rounds { count, .. } => {
                (true, count.is_none_or(|count| count >= Row::FEWEST_FOR_P99))
            }
            Mode::Alive { .. } => (false, false),
        };
        let empty = TargetRecord {
            record: Record::new(Digits::Two),
            outages: has_order.then(OutageTracker::default),
        };
        Self {
            total: Record::new(Digits::Three),
            of: Vec::new(),
            empty: (everything || has_percentiles).then_some(empty),
        }
    }

    /// There are now `targets` targets.
    pub(super) fn grow(&mut self, targets: usize) {
        if targets > MAX_RECORDS {
            self.of = Vec::new();
            self.empty = None;
        } else if let Some(empty) = &self.empty {
            self.of.resize(targets, empty.clone());
        }
    }

    /// Updates the records of the total and of a target.
    pub(super) fn note(&mut self, target: TargetNumber, note: impl Fn(&mut Record)) {
        note(&mut self.total);
        if !self.of.is_empty() {
            self.note_of(target, note);
        }
    }

    /// Out of line, because runs with more targets never call it.
    #[cold]
    fn note_of(&mut self, target: TargetNumber, note: impl Fn(&mut Record)) {
        if let Some(of) = self.of.get_mut(target as usize) {
            note(&mut of.record);
        }
    }

    /// The record of a target, if kept.
    pub(super) fn of(&self, target: TargetNumber) -> Option<&Record> {
        self.of.get(target as usize).map(|of| &of.record)
    }

    /// A probe of a target is forgotten, in the order of sending.
    pub(super) fn forget(&mut self, target: TargetNumber, past: impl FnOnce() -> PastProbe) {
        if let Some(of) = self.of.get_mut(target as usize)
            && let Some(outages) = &mut of.outages
        {
            outages.pass(&past());
        }
    }
}

impl Many {
    /// Keeps full statistics of each target.
    #[must_use]
    pub fn keeping_everything(mut self) -> Self {
        self.records = Records::new(self.schedule.mode, true);
        self.records.grow(self.targets.len());
        self
    }

    /// Keeps only the row of each target, without percentiles.
    #[must_use]
    pub fn keeping_rows(mut self) -> Self {
        self.records = Records {
            total: self.records.total,
            of: Vec::new(),
            empty: None,
        };
        self
    }

    /// The full statistics of a target, if kept.
    pub(super) fn target_summary(&self, target: TargetNumber) -> Option<TargetSummary> {
        let of = self.records.of.get(target as usize)?;
        let entry = self.targets.get(target as usize)?;
        let in_flight = self.in_flight(target, entry);
        let outages = of.outages.as_ref().map(|past| self.outages(target, past));
        Some(of.record.summary(in_flight.into(), outages))
    }

    /// The outages of all targets together, if kept.
    pub(super) fn all_outages(&self) -> Option<Outages> {
        let kept = (0..).zip(&self.records.of);
        let kept = kept.filter_map(|(target, of)| Some(self.outages(target, of.outages.as_ref()?)));
        kept.reduce(|mut all, more| {
            all.add(more);
            all
        })
    }

    /// The outages of a target; `forgotten` has those of its forgotten probes.
    fn outages(&self, target: TargetNumber, forgotten: &OutageTracker) -> Outages {
        let mut outages = forgotten.clone();
        let newest = self.targets.get(target as usize).map(|entry| entry.newest);
        if let (Some(flights), Some(newest)) = (self.tries.first(), newest) {
            let first_sequence = self.schedule.first_sequence;
            for past in flights.past_of(target, newest, first_sequence) {
                outages.pass(&past);
            }
        }
        // Nothing is known about replies that arrived later.
        let known = self.run.passed(self.run.drained_until());
        let timeout = self.schedule.timeout;
        outages.outages(|left| left.saturating_add(timeout).min(known))
    }
}
