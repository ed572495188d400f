//! Counts rare events for each target, for runs with too many targets to keep full statistics of each. Most targets
//! have no rare event.

use std::collections::HashMap;

use crate::event::{Answer, Counts, Event, Outcome, Standing, TargetNumber};

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    rejected: u32,
    not_sent: u32,
    late: u32,
    late_counted: u32,
    icmp_errors: u32,
    duplicates: u32,
    reordered: u32,
    altered: u32,
    truncated: u32,
    oversized: u32,
    wrong_source: u32,
    bad_checksum: u32,
    bad_token: u32,
    stale: u32,
    unexpected: u32,
}

impl Tally {
    /// The counters that rows lack.
    pub(super) fn counts(self) -> Counts {
        Counts {
            rejected_unanswered: self.rejected.into(),
            not_sent: self.not_sent.into(),
            late: self.late.into(),
            late_counted: self.late_counted.into(),
            icmp_errors: self.icmp_errors.into(),
            duplicates: self.duplicates.into(),
            reordered: self.reordered.into(),
            altered: self.altered.into(),
            truncated: self.truncated.into(),
            oversized: self.oversized.into(),
            different_address: self.wrong_source.into(),
            bad_checksums: self.bad_checksum.into(),
            bad_tokens: self.bad_token.into(),
            stale: self.stale.into(),
            unexpected: self.unexpected.into(),
            ..Counts::default()
        }
    }

    fn answer(&mut self, answer: &Answer<'_>) {
        let marks = answer.marks;
        let is_reply = answer.standing == Standing::Reply;
        for (is_true, counter) in [
            (answer.standing == Standing::Late, &mut self.late),
            (is_reply && marks.overdue, &mut self.late_counted),
            (answer.standing == Standing::Duplicate, &mut self.duplicates),
            (
                answer.standing == Standing::BadChecksum,
                &mut self.bad_checksum,
            ),
            (answer.standing == Standing::BadToken, &mut self.bad_token),
            (answer.standing == Standing::Stale, &mut self.stale),
            (
                answer.standing == Standing::Unexpected,
                &mut self.unexpected,
            ),
            (is_reply && marks.reordered, &mut self.reordered),
            (is_reply && answer.mismatch.is_some(), &mut self.altered),
            (is_reply && marks.truncated, &mut self.truncated),
            (is_reply && marks.oversized, &mut self.oversized),
            (is_reply && marks.different_address, &mut self.wrong_source),
        ] {
            *counter = counter.saturating_add(is_true.into());
        }
    }
}

/// The counters of each target that had a rare event.
#[derive(Debug, Default)]
pub(super) struct Tallies(HashMap<TargetNumber, Tally>);

impl Tallies {
    pub(super) fn note(&mut self, event: &Event<'_>) {
        match event {
            Event::Answered(answer) if !is_ordinary(answer) => {
                self.of_mut(answer.target).answer(answer);
            }
            Event::Rejected(rejection) | Event::Repeated(rejection) => {
                let tally = self.of_mut(rejection.target);
                tally.icmp_errors = tally.icmp_errors.saturating_add(1);
            }
            Event::NotSent { probe, .. } => {
                let tally = self.of_mut(probe.target);
                tally.not_sent = tally.not_sent.saturating_add(1);
            }
            Event::Outcome {
                probe,
                outcome: Outcome::Rejected,
            } => {
                let tally = self.of_mut(probe.target);
                tally.rejected = tally.rejected.saturating_add(1);
            }
            _ => {}
        }
    }

    fn of_mut(&mut self, target: TargetNumber) -> &mut Tally {
        self.0.entry(target).or_default()
    }

    pub(super) fn of(&self, target: TargetNumber) -> Tally {
        self.0.get(&target).copied().unwrap_or_default()
    }
}

/// Whether a reply is an ordinary one, with nothing else to count.
fn is_ordinary(answer: &Answer<'_>) -> bool {
    let marks = answer.marks;
    let is_marked = marks.reordered
        || marks.overdue
        || marks.truncated
        || marks.oversized
        || marks.different_address
        || answer.mismatch.is_some();
    answer.standing == Standing::Reply && !is_marked
}
