//! The figures of a target, under their names in a `summary` of `--json`.

use std::time::Duration;

use crate::event::{Counts, Outages, RoundTrips, Row, TargetSummary};
use crate::report::fields::Milliseconds;

/// The name of a figure, and its formatted value if it is known.
pub(super) type Figure = (&'static str, Option<String>);

/// All figures, always in this order. Those that a row lacks are unknown without a summary.
pub(super) fn figures(summary: Option<&TargetSummary>, row: &Row) -> Vec<Figure> {
    let mut figures = match summary {
        Some(summary) => of_counts(&summary.counts),
        None => of_row(row),
    };
    let times = summary.and_then(|summary| summary.round_trips.as_ref());
    figures.extend(of_times(times, row));
    figures.extend(of_outages(summary.and_then(|summary| summary.outages)));
    figures
}

fn time(value: Duration) -> String {
    Milliseconds(value).to_string()
}

fn percent(value: Option<f64>) -> Option<String> {
    value.map(|loss| loss.to_string())
}

fn of_counts(counts: &Counts) -> Vec<Figure> {
    let outcomes = counts.outcomes();
    let late = counts.late.saturating_sub(counts.late_counted);
    vec![
        ("sent", Some(counts.transmitted.to_string())),
        ("received", Some(outcomes.received.to_string())),
        ("lost", Some(outcomes.lost.to_string())),
        ("rejected", Some(outcomes.rejected.to_string())),
        ("suspended", Some(outcomes.suspended.to_string())),
        ("in_flight", Some(outcomes.in_flight.to_string())),
        ("not_sent", Some(counts.not_sent.to_string())),
        ("late", Some(late.to_string())),
        ("icmp_errors", Some(counts.icmp_errors.to_string())),
        ("duplicates", Some(counts.duplicates.to_string())),
        ("reordered", Some(counts.reordered.to_string())),
        ("altered", Some(counts.altered.to_string())),
        ("truncated", Some(counts.truncated.to_string())),
        ("oversized", Some(counts.oversized.to_string())),
        ("wrong_source", Some(counts.different_address.to_string())),
        ("bad_checksum", Some(counts.bad_checksums.to_string())),
        ("bad_token", Some(counts.bad_tokens.to_string())),
        ("stale", Some(counts.stale.to_string())),
        ("unexpected", Some(counts.unexpected.to_string())),
        ("loss_percent", percent(counts.loss())),
    ]
}

/// The figures of a row. What it does not distinguish is unknown.
fn of_row(row: &Row) -> Vec<Figure> {
    let known = [
        ("sent", Some(row.sent.to_string())),
        ("received", Some(row.received.to_string())),
        ("suspended", Some(row.suspended.to_string())),
        ("in_flight", Some(row.in_flight.to_string())),
        ("loss_percent", percent(row.loss())),
    ];
    let names = of_counts(&Counts::default());
    let value = |name| known.iter().find(|(known, _)| *known == name);
    names
        .into_iter()
        .map(|(name, _)| (name, value(name).and_then(|(_, value)| value.clone())))
        .collect()
}

fn of_times(times: Option<&RoundTrips>, row: &Row) -> [Figure; 9] {
    let of = |read: fn(&RoundTrips) -> Duration, kept: Option<Duration>| {
        times.map(read).or(kept).map(time)
    };
    [
        ("rtt_min_ms", of(|it| it.min, row.min)),
        ("rtt_avg_ms", of(|it| it.mean, row.mean)),
        ("rtt_max_ms", of(|it| it.max, row.max)),
        ("rtt_mdev_ms", of(|it| it.deviation, None)),
        ("rtt_p50_ms", of(|it| it.p50, None)),
        ("rtt_p90_ms", of(|it| it.p90, None)),
        ("rtt_p99_ms", of(|it| it.p99, row.p99)),
        ("rtt_p99_9_ms", of(|it| it.p99_9, None)),
        ("rtt_jitter_ms", of(|it| it.jitter, None)),
    ]
}

fn of_outages(outages: Option<Outages>) -> [Figure; 3] {
    let longest = outages.and_then(|outages| outages.longest);
    [
        ("outages_count", outages.map(|it| it.count.to_string())),
        ("outages_longest_ms", longest.map(|it| time(it.length))),
        ("outages_total_ms", outages.map(|it| time(it.total))),
    ]
}
