//! What is measured of all targets together, and of each where somebody reads it and there are few enough.

use super::super::outages::{OutageTracker, PastProbe};
use super::super::record::Record;
use super::Many;
use crate::config::many::Mode;
use crate::event::{Outages, Row, TargetNumber, TargetSummary};
use crate::stats::Digits;

/// The most targets of which everything is kept: 7 KB of each whose round trips take up to 10 ms, 10 KB up to a second. So
/// they take up to 40 MB, as much as a million targets with a row each.
pub const MOST_RECORDS: usize = 4096;

/// What is measured.
#[derive(Debug)]
pub(super) struct Records {
    /// Of all targets together.
    pub(super) total: Record,
    of: Vec<TargetRecord>,
    /// What a new target begins with; none: only the total is kept.
    empty: Option<TargetRecord>,
}

/// What is measured of one target.
#[derive(Debug, Clone)]
struct TargetRecord {
    record: Record,
    /// Of the probes that are forgotten; none where it is asked who is alive: there they are not forgotten in their order.
    outages: Option<OutageTracker>,
}

impl Records {
    /// `everything`: somebody reads more of each target than its row.
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

    /// There are this many targets now.
    pub(super) fn grow(&mut self, targets: usize) {
        if targets > MOST_RECORDS {
            self.of = Vec::new();
            self.empty = None;
        } else if let Some(empty) = &self.empty {
            self.of.resize(targets, empty.clone());
        }
    }

    /// Notes something of a target.
    pub(super) fn note(&mut self, target: TargetNumber, note: impl Fn(&mut Record)) {
        note(&mut self.total);
        if !self.of.is_empty() {
            self.note_of(target, note);
        }
    }

    /// Apart, so that a run of more targets does not carry it along.
    #[cold]
    fn note_of(&mut self, target: TargetNumber, note: impl Fn(&mut Record)) {
        if let Some(of) = self.of.get_mut(target as usize) {
            note(&mut of.record);
        }
    }

    /// What is kept of a target.
    pub(super) fn of(&self, target: TargetNumber) -> Option<&Record> {
        self.of.get(target as usize).map(|of| &of.record)
    }

    /// A probe to a target is forgotten; each before those that left after it.
    pub(super) fn forget(&mut self, target: TargetNumber, past: impl FnOnce() -> PastProbe) {
        if let Some(of) = self.of.get_mut(target as usize)
            && let Some(outages) = &mut of.outages
        {
            outages.pass(&past());
        }
    }
}

impl Many {
    /// Somebody reads more of each target than its row.
    #[must_use]
    pub fn keeping_everything(mut self) -> Self {
        self.records = Records::new(self.schedule.mode, true);
        self.records.grow(self.targets.len());
        self
    }

    /// Nobody reads more of each target than its row, and of that not the percentiles.
    #[must_use]
    pub fn keeping_rows(mut self) -> Self {
        self.records = Records {
            total: self.records.total,
            of: Vec::new(),
            empty: None,
        };
        self
    }

    /// All that was measured of a target that is probed, if that is kept.
    pub(super) fn target_summary(&self, target: TargetNumber) -> Option<TargetSummary> {
        let of = self.records.of.get(target as usize)?;
        let entry = self.targets.get(target as usize)?;
        let in_flight = self.in_flight(target, entry);
        let outages = of.outages.as_ref().map(|past| self.outages(target, past));
        Some(of.record.summary(in_flight.into(), outages))
    }

    /// The outages of all targets together, if they are kept of each.
    pub(super) fn all_outages(&self) -> Option<Outages> {
        let kept = (0..).zip(&self.records.of);
        let kept = kept.filter_map(|(target, of)| Some(self.outages(target, of.outages.as_ref()?)));
        kept.reduce(|mut all, more| {
            all.add(more);
            all
        })
    }

    /// The outages of a target, given those of the probes that are forgotten.
    fn outages(&self, target: TargetNumber, forgotten: &OutageTracker) -> Outages {
        let mut outages = forgotten.clone();
        let newest = self.targets.get(target as usize).map(|entry| entry.newest);
        if let (Some(flights), Some(newest)) = (self.tries.first(), newest) {
            let first_sequence = self.schedule.first_sequence;
            for past in flights.past_of(target, newest, first_sequence) {
                outages.pass(&past);
            }
        }
        // Nothing is known of what came later than this.
        let known = self.run.passed(self.run.drained_until());
        let timeout = self.schedule.timeout;
        outages.outages(|left| left.saturating_add(timeout).min(known))
    }
}
