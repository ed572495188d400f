//! The totals over all streams.

use std::collections::HashSet;

use super::kept::{Address, StoredTarget};
use super::stream::{Ended, Stream, counts};
use crate::event::{Counts, Distribution, Ending, Outages, Sources, Summary, TargetNumber};
use crate::stats::Combined;

/// The totals over all streams.
#[derive(Debug, Default)]
pub(super) struct Total {
    pub(super) summary: Summary,
    pub(super) distribution: Distribution,
    pub(super) outages: Option<Outages>,
    pub(super) ending: Ending,
    /// The highest exit code.
    pub(super) exit_code: u8,
}

/// A total under construction.
#[derive(Debug, Default)]
struct Sum {
    times: Combined,
    outages: Option<Outages>,
    total: Total,
}

impl Total {
    pub(super) fn of(streams: &[Stream]) -> Self {
        let mut sum = Sum::default();
        for stream in streams {
            let summary = &mut sum.total.summary;
            summary.elapsed = summary.elapsed.max(stream.length);
            match &stream.end {
                Some(end) => sum.whole(end),
                None => sum.truncated(stream),
            }
        }
        let mut total = sum.total;
        total.summary.round_trips = sum.times.summary();
        total.distribution = sum.times.distribution();
        total.outages = sum.outages;
        total
    }
}

impl Sum {
    fn whole(&mut self, end: &Ended) {
        let summary = &mut self.total.summary;
        let targets = [end.alive, end.dead, end.unknown];
        let targets = targets.into_iter().fold(0, TargetNumber::saturating_add);
        summary.targets = summary.targets.saturating_add(targets);
        summary.alive = summary.alive.saturating_add(end.alive);
        summary.dead = summary.dead.saturating_add(end.dead);
        add(&mut summary.counts, &counts(end));
        let figures = &end.figures;
        if let Some(timed_by) = figures.timed_by {
            add_sources(&mut summary.sources, timed_by.into());
        }
        if let Some(hist) = figures.hist.clone() {
            let times = figures.rtt_ms.and_then(|times| times.whole());
            self.times.add(times.as_ref(), &hist.into());
        }
        if let Some(outages) = figures.outages {
            outages_of_all(&mut self.outages, outages.into());
        }
        self.total.exit_code = self.total.exit_code.max(end.exit_code);
        self.ends(end.ending);
    }

    /// Adds a truncated stream. Targets with the same address were probed once, and count once.
    fn truncated(&mut self, stream: &Stream) {
        let summary = &mut self.total.summary;
        let introduced = TargetNumber::try_from(stream.targets.len()).unwrap_or(TargetNumber::MAX);
        let targets = introduced.max(stream.start.targets);
        summary.targets = summary.targets.saturating_add(targets);
        let mut seen: HashSet<Address> = HashSet::new();
        let mut by_target = Combined::default();
        for kept in &stream.targets {
            let row = kept.row();
            summary.alive += u32::from(row.is_alive());
            summary.dead += u32::from(!row.is_alive() && !row.is_unknown());
            if kept.address.is_some_and(|address| !seen.insert(address)) {
                continue;
            }
            add(&mut summary.counts, &kept.counts());
            if let Some(target) = kept.summary() {
                add_sources(&mut summary.sources, target.sources);
                by_target.add(target.round_trips.as_ref(), &target.distribution);
                if let Some(outages) = target.outages {
                    outages_of_all(&mut self.outages, outages);
                }
            }
        }
        let (times, distribution) = match stream.replies.summary() {
            Some(times) => (Some(times), stream.replies.distribution()),
            None => (by_target.summary(), by_target.distribution()),
        };
        self.times.add(times.as_ref(), &distribution);
        self.total.exit_code = self.total.exit_code.max(1);
        self.ends(Ending::Error);
    }

    /// Keeps the least complete end.
    fn ends(&mut self, ending: Ending) {
        let severity = |ending| match ending {
            Ending::Complete => 0,
            Ending::Reply | Ending::Transition => 1,
            Ending::Quorum => 2,
            Ending::Deadline => 3,
            Ending::Signal => 4,
            Ending::Error => 5,
        };
        if severity(ending) > severity(self.total.ending) {
            self.total.ending = ending;
        }
    }
}

fn outages_of_all(all: &mut Option<Outages>, more: Outages) {
    match all {
        Some(all) => all.add(more),
        None => *all = Some(more),
    }
}

fn add_sources(all: &mut Sources, more: Sources) {
    for (counter, more) in [
        (&mut all.hardware, more.hardware),
        (&mut all.wire, more.wire),
        (&mut all.kernel, more.kernel),
        (&mut all.receipt, more.receipt),
        (&mut all.user, more.user),
    ] {
        *counter = counter.saturating_add(more);
    }
}

/// Adds the counts that lines have.
fn add(all: &mut Counts, more: &Counts) {
    for (counter, more) in [
        (&mut all.transmitted, more.transmitted),
        (&mut all.received, more.received),
        (&mut all.duplicates, more.duplicates),
        (&mut all.bad_checksums, more.bad_checksums),
        (&mut all.bad_tokens, more.bad_tokens),
        (&mut all.stale, more.stale),
        (&mut all.unexpected, more.unexpected),
        (&mut all.late, more.late),
        (&mut all.reordered, more.reordered),
        (&mut all.altered, more.altered),
        (&mut all.truncated, more.truncated),
        (&mut all.oversized, more.oversized),
        (&mut all.different_address, more.different_address),
        (&mut all.rejected, more.rejected),
        (&mut all.rejected_unanswered, more.rejected_unanswered),
        (&mut all.icmp_errors, more.icmp_errors),
        (&mut all.not_sent, more.not_sent),
        (&mut all.suspended, more.suspended),
        (&mut all.in_flight, more.in_flight),
    ] {
        *counter = counter.saturating_add(more);
    }
}

/// Whether the total lacks the round trips of a truncated stream, because it has too many targets to keep distributions.
pub(super) fn lacks_round_trips(stream: &Stream) -> bool {
    let is_answered_without = |kept: &StoredTarget| {
        let row = kept.row();
        row.min.is_some() && kept.summary().is_none() && !kept.is_decided()
    };
    stream.is_truncated()
        && stream.replies.summary().is_none()
        && stream.targets.iter().any(is_answered_without)
}
