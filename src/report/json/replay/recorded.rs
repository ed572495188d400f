//! The targets of a recorded run, and their results.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use super::line::Line;
use crate::event::{
    Counts, Directory, Outage, Outages, Reason, Recent, Results, RoundTrips, Row, Series, Sources,
    Summary, TargetNumber, TimeDown,
};

#[derive(Debug, Default)]
pub(super) struct Recorded {
    targets: BTreeMap<TargetNumber, Target>,
}

#[derive(Debug, Default)]
struct Target {
    address: Option<SocketAddr>,
    name: Option<String>,
    label: Option<String>,
}

impl Recorded {
    /// Notes the target that a line introduces.
    pub(super) fn note(&mut self, line: &Line) {
        let Some(target) = line.target() else {
            return;
        };
        let name = line
            .text("name")
            .filter(|name| line.text("address") != Some(*name));
        let recorded = Target {
            address: line.address("address"),
            name: name.map(str::to_owned),
            label: line.text("label").map(str::to_owned),
        };
        self.targets.insert(target, recorded);
    }
}

impl Directory for Recorded {
    fn len(&self) -> TargetNumber {
        let last = self.targets.last_key_value();
        last.map_or(0, |(target, _)| target.saturating_add(1))
    }

    fn address(&self, target: TargetNumber) -> Option<SocketAddr> {
        self.targets.get(&target)?.address
    }

    fn name(&self, target: TargetNumber) -> Option<&str> {
        self.targets.get(&target)?.name.as_deref()
    }

    fn label(&self, target: TargetNumber) -> Option<&str> {
        self.targets.get(&target)?.label.as_deref()
    }

    fn as_given(&self) -> Box<dyn Iterator<Item = TargetNumber> + '_> {
        Box::new(self.targets.keys().copied())
    }
}

/// The results of the targets, from their lines `summary` and `status`.
#[derive(Debug, Default)]
pub(super) struct Rows {
    rows: BTreeMap<TargetNumber, Row>,
    /// The targets that are still down, and for how long.
    pub(super) down: BTreeMap<TargetNumber, TimeDown>,
}

impl Rows {
    /// Notes the figures of a target, and the reason if it does not answer.
    pub(super) fn note(&mut self, line: &Line, reason: Option<Reason>) {
        let Some(target) = line.target() else {
            return;
        };
        let times = line.inside("rtt_ms");
        let time = |field| times.as_ref()?.milliseconds(field);
        let row = Row {
            sent: line.number("sent").unwrap_or(u32::MAX),
            received: line.number("received").unwrap_or(u32::MAX),
            suspended: line.number("suspended").unwrap_or(u32::MAX),
            in_flight: line.number("in_flight").unwrap_or(u32::MAX),
            min: time("min"),
            mean: time("avg"),
            max: time("max"),
            p99: time("p99"),
            reason,
            recent: line.inside("window").map(|window| recent(&window)),
        };
        self.rows.insert(target, row);
    }
}

fn recent(window: &Line) -> Recent {
    Recent {
        length: window.milliseconds("length_ms").unwrap_or_default(),
        received: window.count("received"),
        lost: window.count("lost"),
        min: window.milliseconds("min_ms"),
        mean: window.milliseconds("avg_ms"),
        max: window.milliseconds("max_ms"),
    }
}

impl Results for Rows {
    fn row(&self, target: TargetNumber) -> Row {
        self.rows.get(&target).copied().unwrap_or_default()
    }

    fn time_down(&self, target: TargetNumber) -> Option<TimeDown> {
        self.down.get(&target).copied()
    }
}

/// Counts from a line with figures. `rejected` is the number of probes that had an ICMP error.
pub(super) fn counts(line: &Line, rejected: u64) -> Counts {
    let count = |field| line.count(field);
    Counts {
        transmitted: count("sent"),
        received: count("received"),
        duplicates: count("duplicates"),
        bad_checksums: count("bad_checksum"),
        bad_tokens: count("bad_token"),
        stale: count("stale"),
        unexpected: count("unexpected"),
        late: count("late"),
        reordered: count("reordered"),
        altered: count("altered"),
        truncated: count("truncated"),
        oversized: count("oversized"),
        different_address: count("wrong_source"),
        rejected,
        rejected_unanswered: count("rejected"),
        icmp_errors: count("icmp_errors"),
        not_sent: count("not_sent"),
        suspended: count("suspended"),
        in_flight: count("in_flight"),
        ..Counts::default()
    }
}

/// The summary of a run, from its last line. `elapsed` is the time from the first to the last probe.
pub(super) fn summary(
    line: &Line,
    counts: Counts,
    elapsed: Duration,
    longest: Option<Outage>,
) -> Summary {
    let [alive, dead, unknown] = ["targets_alive", "targets_dead", "targets_unknown"]
        .map(|field| line.number(field).unwrap_or(0_u32));
    let timed_by = line.inside("timed_by");
    let timed = |clock| timed_by.as_ref().map_or(0, |by| by.count(clock));
    Summary {
        targets: alive.saturating_add(dead).saturating_add(unknown),
        alive,
        dead,
        elapsed,
        counts,
        round_trips: line.inside("rtt_ms").and_then(|times| round_trips(&times)),
        sources: Sources {
            hardware: timed("hardware"),
            wire: timed("wire"),
            kernel: timed("kernel"),
            receipt: timed("receipt"),
            user: timed("user"),
        },
        queue_wait: None,
        series: line.inside("outages").map(|outages| Series {
            outages: Outages {
                count: outages.count("count"),
                longest,
                total: outages.milliseconds("total_ms").unwrap_or_default(),
            },
            ..Series::default()
        }),
    }
}

fn round_trips(times: &Line) -> Option<RoundTrips> {
    let time = |field| times.milliseconds(field);
    let mean = time("avg")?;
    let or_mean = |field| time(field).unwrap_or(mean);
    Some(RoundTrips {
        min: time("min")?,
        mean,
        max: time("max")?,
        deviation: or_mean("mdev"),
        ewma: mean,
        p50: or_mean("p50"),
        p90: or_mean("p90"),
        p99: or_mean("p99"),
        p99_9: or_mean("p99_9"),
        jitter: or_mean("jitter"),
    })
}
