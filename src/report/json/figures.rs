//! The figures of `status`, `summary` and `end`.

use std::time::Duration;

use serde::Serialize;

use super::values::Millis;
use crate::event::{
    Counts, Distribution, Outages, Recent, RoundTrips, Row, Sources, Summary, TargetSummary,
};

/// Counts and measurements of one target or of all together.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    sent: u64,
    received: u64,
    lost: u64,
    rejected: u64,
    suspended: u64,
    in_flight: u64,
    not_sent: u64,
    late: u64,
    icmp_errors: u64,
    duplicates: u64,
    reordered: u64,
    altered: u64,
    truncated: u64,
    oversized: u64,
    wrong_source: u64,
    bad_checksum: u64,
    bad_token: u64,
    stale: u64,
    unexpected: u64,
    loss_percent: Option<f64>,
    rtt_ms: Option<RttMs>,
    timed_by: Option<TimedBy>,
    outages: Option<OutagesMs>,
    hist: Option<Hist>,
}

#[derive(Debug, Serialize)]
struct RttMs {
    min: Option<Millis>,
    avg: Option<Millis>,
    max: Option<Millis>,
    mdev: Option<Millis>,
    p50: Option<Millis>,
    p90: Option<Millis>,
    p99: Option<Millis>,
    p99_9: Option<Millis>,
    jitter: Option<Millis>,
}

#[derive(Debug, Serialize)]
struct TimedBy {
    hardware: u64,
    wire: u64,
    kernel: u64,
    receipt: u64,
    user: u64,
}

#[derive(Debug, Serialize)]
struct OutagesMs {
    count: u64,
    longest_ms: Option<Millis>,
    total_ms: Millis,
}

#[derive(Debug, Serialize)]
struct Hist {
    unit: &'static str,
    digits: u8,
    buckets: Vec<(u64, u64)>,
}

/// The window at the end of the run, after [`Figures`] of a target.
#[derive(Debug, Serialize)]
pub(super) struct Recently {
    window: Option<Window>,
}

#[derive(Debug, Serialize)]
struct Window {
    length_ms: Millis,
    received: u64,
    lost: u64,
    loss_percent: Option<f64>,
    min_ms: Option<Millis>,
    avg_ms: Option<Millis>,
    max_ms: Option<Millis>,
    p50_ms: Option<Millis>,
    p99_ms: Option<Millis>,
}

impl Recently {
    pub(super) fn of(recent: Option<Recent>) -> Self {
        Self {
            window: recent.map(|recent| Window {
                length_ms: Millis(recent.length),
                received: recent.received,
                lost: recent.lost,
                loss_percent: recent.loss(),
                min_ms: recent.min.map(Millis),
                avg_ms: recent.mean.map(Millis),
                max_ms: recent.max.map(Millis),
                p50_ms: recent.p50.map(Millis),
                p99_ms: recent.p99.map(Millis),
            }),
        }
    }
}

impl Figures {
    /// The figures of a target with full statistics.
    pub(super) fn of_target(target: &TargetSummary) -> Self {
        Self {
            rtt_ms: target.round_trips.as_ref().map(RttMs::of),
            timed_by: Some(TimedBy::of(target.sources)),
            outages: target.outages.map(OutagesMs::of),
            hist: Some(Hist::of(&target.distribution)),
            ..Self::of_counts(&target.counts)
        }
    }

    /// The figures of a target that has only a row, and its other counters.
    pub(super) fn of_row(row: &Row, others: Counts) -> Self {
        let counts = Counts {
            transmitted: row.sent.into(),
            received: row.received.into(),
            suspended: row.suspended.into(),
            in_flight: row.in_flight.into(),
            ..others
        };
        Self {
            rtt_ms: RttMs::of_row(row),
            ..Self::of_counts(&counts)
        }
    }

    /// The figures of all targets together.
    pub(super) fn of_total(
        total: &Summary,
        distribution: &Distribution,
        outages: Option<Outages>,
    ) -> Self {
        Self {
            rtt_ms: total.round_trips.as_ref().map(RttMs::of),
            timed_by: Some(TimedBy::of(total.sources)),
            outages: outages.map(OutagesMs::of),
            hist: Some(Hist::of(distribution)),
            ..Self::of_counts(&total.counts)
        }
    }

    /// The counts without measurements.
    pub(super) fn of_counts(counts: &Counts) -> Self {
        let outcomes = counts.outcomes();
        Self {
            sent: counts.transmitted,
            received: outcomes.received,
            lost: outcomes.lost,
            rejected: outcomes.rejected,
            suspended: outcomes.suspended,
            in_flight: outcomes.in_flight,
            not_sent: counts.not_sent,
            late: counts.late.saturating_sub(counts.late_counted),
            icmp_errors: counts.icmp_errors,
            duplicates: counts.duplicates,
            reordered: counts.reordered,
            altered: counts.altered,
            truncated: counts.truncated,
            oversized: counts.oversized,
            wrong_source: counts.different_address,
            bad_checksum: counts.bad_checksums,
            bad_token: counts.bad_tokens,
            stale: counts.stale,
            unexpected: counts.unexpected,
            loss_percent: counts.loss(),
            rtt_ms: None,
            timed_by: None,
            outages: None,
            hist: None,
        }
    }
}

impl RttMs {
    fn of(times: &RoundTrips) -> Self {
        let [min, avg, max, mdev, p50, p90, p99, p99_9, jitter] = [
            times.min,
            times.mean,
            times.max,
            times.deviation,
            times.p50,
            times.p90,
            times.p99,
            times.p99_9,
            times.jitter,
        ]
        .map(|time| Some(Millis(time)));
        Self {
            min,
            avg,
            max,
            mdev,
            p50,
            p90,
            p99,
            p99_9,
            jitter,
        }
    }

    /// `None` without round trips.
    fn of_row(row: &Row) -> Option<Self> {
        row.min.map(|min| Self {
            min: Some(Millis(min)),
            avg: row.mean.map(Millis),
            max: row.max.map(Millis),
            mdev: None,
            p50: None,
            p90: None,
            p99: row.p99.map(Millis),
            p99_9: None,
            jitter: None,
        })
    }
}

impl TimedBy {
    fn of(sources: Sources) -> Self {
        let Sources {
            hardware,
            wire,
            kernel,
            receipt,
            user,
        } = sources;
        Self {
            hardware,
            wire,
            kernel,
            receipt,
            user,
        }
    }
}

impl OutagesMs {
    fn of(outages: Outages) -> Self {
        Self {
            count: outages.count,
            longest_ms: outages.longest.map(|longest| Millis(longest.length)),
            total_ms: Millis(outages.total),
        }
    }
}

impl Hist {
    fn of(distribution: &Distribution) -> Self {
        let nanoseconds = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let values = distribution.values.iter();
        Self {
            unit: "ns",
            digits: distribution.digits,
            buckets: values
                .map(|(value, count)| (nanoseconds(*value), *count))
                .collect(),
        }
    }
}
