//! Counters of one target since the start of the run. They never fall.

use std::collections::BTreeMap;
use std::time::Duration;

use super::page::seconds;
use crate::event::{Answer, Outages, Outcome, ProbeId, Recent, Rejection, Source, Standing};
use crate::report::slug;

/// The upper bounds of the histogram: 50 µs, each twice the previous one, up to 26 s. The same as in
/// `smokeping_prober`, so that queries and dashboards work with both.
const BOUNDS: usize = 20;
const FIRST_BOUND: Duration = Duration::from_micros(50);

/// The clocks that measure round trips.
const CLOCKS: [(&str, Source); 5] = [
    ("hardware", Source::Hardware),
    ("kernel", Source::Kernel),
    ("receipt", Source::Receipt),
    ("user", Source::User),
    ("wire", Source::Wire),
];

#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    pub(super) sent: u64,
    pub(super) not_sent: u64,
    replies: u64,
    lost: u64,
    rejected: u64,
    suspended: u64,
    pub(super) round_trips: u64,
    sum: Duration,
    /// Round trips in each range. Those beyond the last bound are in none.
    ranges: [u64; BOUNDS],
    anomalies: BTreeMap<&'static str, u64>,
    icmp_errors: BTreeMap<&'static str, u64>,
    timed_by: [u64; CLOCKS.len()],
    outages: Option<Duration>,
    /// How often the target went down.
    pub(super) downs: u64,
    pub(super) is_up: Option<bool>,
    /// The newest probe with a known outcome, which `is_up` depends on.
    newest: Option<u64>,
    /// Seconds since 1970.
    pub(super) last_reply: Option<String>,
    pub(super) hop_limit: Option<u8>,
    /// The window, if one was requested.
    pub(super) recent: Option<Recent>,
}

impl Tally {
    pub(super) fn answered(&mut self, answer: &Answer<'_>, now: impl FnOnce() -> Duration) {
        if let Some(kind) = standing(answer.standing) {
            *self.anomalies.entry(kind).or_default() += 1;
            return;
        }
        self.replies += 1;
        self.note_state(answer.number, true);
        self.last_reply = Some(seconds(now()));
        self.hop_limit = answer.hop_limit.or(self.hop_limit);
        let marks = answer.marks;
        let damage = [
            (answer.mismatch.is_some(), "altered"),
            (marks.truncated, "truncated"),
            (marks.oversized, "oversized"),
            (marks.different_address, "wrong_source"),
        ];
        let others = [(marks.reordered, "reordered")];
        for (_, kind) in damage.iter().chain(&others).filter(|(is_so, _)| *is_so) {
            *self.anomalies.entry(kind).or_default() += 1;
        }
        if !damage.iter().any(|(is_so, _)| *is_so)
            && let Some(timing) = answer.timing
        {
            self.timed(timing.round_trip, timing.source);
        }
    }

    fn timed(&mut self, round_trip: Duration, source: Source) {
        self.round_trips += 1;
        self.sum = self.sum.saturating_add(round_trip);
        let range = bounds().position(|bound| round_trip <= bound);
        if let Some(range) = range.and_then(|range| self.ranges.get_mut(range)) {
            *range += 1;
        }
        let clock = CLOCKS.iter().position(|(_, clock)| *clock == source);
        if let Some(count) = clock.and_then(|clock| self.timed_by.get_mut(clock)) {
            *count += 1;
        }
    }

    pub(super) fn rejected(&mut self, rejection: &Rejection<'_>) {
        let reason = slug::problem(rejection.problem);
        *self.icmp_errors.entry(reason).or_default() += 1;
    }

    pub(super) fn outcome(&mut self, probe: ProbeId, outcome: Outcome) {
        let counter = match outcome {
            Outcome::Lost => &mut self.lost,
            Outcome::Rejected => &mut self.rejected,
            Outcome::Suspended => {
                // It proves nothing about the target.
                self.suspended += 1;
                return;
            }
        };
        *counter += 1;
        self.note_state(Some(probe.number), false);
    }

    /// Notes the state after a probe. Outcomes may arrive out of order, so an older probe does not change it.
    fn note_state(&mut self, number: Option<u64>, is_up: bool) {
        if number >= self.newest {
            self.newest = number;
            self.is_up = Some(is_up);
        }
    }

    /// Notes the outages so far. A late reply can shorten one, but a counter must not fall.
    pub(super) fn note_outages(&mut self, outages: Option<Outages>) {
        self.outages = self.outages.max(outages.map(|outages| outages.total));
    }

    pub(super) fn outages(&self) -> Option<String> {
        self.outages.map(seconds)
    }

    pub(super) fn outcomes(&self) -> Vec<(&'static str, u64)> {
        vec![
            ("reply", self.replies),
            ("lost", self.lost),
            ("rejected", self.rejected),
            ("not_sent", self.not_sent),
            ("suspended", self.suspended),
        ]
    }

    /// The bounds, each with the number of round trips up to it.
    pub(super) fn buckets(&self) -> Vec<(String, u64)> {
        let mut below = 0;
        let ranges = bounds().zip(self.ranges).map(|(bound, count)| {
            below += count;
            (seconds(bound), below)
        });
        let mut buckets: Vec<(String, u64)> = ranges.collect();
        buckets.push(("+Inf".to_owned(), self.round_trips));
        buckets
    }

    pub(super) fn sum_of_round_trips(&self) -> String {
        seconds(self.sum)
    }

    pub(super) fn anomalies(&self) -> Vec<(&'static str, u64)> {
        let counts = self.anomalies.iter();
        counts.map(|(kind, count)| (*kind, *count)).collect()
    }

    pub(super) fn icmp_errors(&self) -> Vec<(&'static str, u64)> {
        let counts = self.icmp_errors.iter();
        counts.map(|(reason, count)| (*reason, *count)).collect()
    }

    pub(super) fn clocks(&self) -> Vec<(&'static str, u64)> {
        let counts = CLOCKS.iter().zip(self.timed_by);
        counts.map(|((name, _), count)| (*name, count)).collect()
    }
}

fn bounds() -> impl Iterator<Item = Duration> {
    std::iter::successors(Some(FIRST_BOUND), |bound| bound.checked_mul(2)).take(BOUNDS)
}

/// The anomaly that a reply is, unless it is accepted.
fn standing(standing: Standing) -> Option<&'static str> {
    match standing {
        Standing::Reply => None,
        Standing::Late => Some("late"),
        Standing::Duplicate => Some("duplicate"),
        Standing::BadChecksum => Some("bad_checksum"),
        Standing::BadToken => Some("bad_token"),
        Standing::Stale => Some("stale"),
        Standing::Unexpected => Some("unexpected"),
    }
}
