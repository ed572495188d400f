//! The targets of a recorded run, and their results.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use super::line::Line;
use crate::event::{
    Counts, Directory, Outage, Outages, Reason, Recent, Results, RoundTrips, Row, Series, Sources,
    Summary, TargetNumber, TimeDown,
};

/// The targets, numbered without gaps in the order of their recorded numbers, which are untrusted.
#[derive(Debug, Default)]
pub(super) struct Recorded {
    /// By the numbers that they had, in order.
    targets: Vec<(TargetNumber, Target)>,
}

/// The targets that lines introduced so far, by the numbers that they have there.
pub(super) type Introduced = BTreeMap<TargetNumber, Target>;

/// What a line says of a target.
#[derive(Debug, Default)]
pub(super) struct Target {
    address: Option<SocketAddr>,
    name: Option<String>,
    label: Option<String>,
}

impl Target {
    pub(super) fn of(line: &Line) -> Self {
        let name = line
            .text("name")
            .filter(|name| line.text("address") != Some(*name));
        Self {
            address: line.address("address"),
            name: name.map(str::to_owned),
            label: line.text("label").map(str::to_owned),
        }
    }
}

impl From<Introduced> for Recorded {
    fn from(targets: Introduced) -> Self {
        Self {
            targets: targets.into_iter().collect(),
        }
    }
}

impl Recorded {
    /// Gives a line the number that its target has here. A target that no line introduced is none.
    pub(super) fn renumber(&self, line: &mut Line) {
        let recorded = line.target();
        line.set_target(recorded.and_then(|recorded| self.place(recorded)));
    }

    fn place(&self, recorded: TargetNumber) -> Option<TargetNumber> {
        let place = self.targets.binary_search_by_key(&recorded, |it| it.0);
        TargetNumber::try_from(place.ok()?).ok()
    }

    fn get(&self, target: TargetNumber) -> Option<&Target> {
        let place = usize::try_from(target).ok()?;
        self.targets.get(place).map(|(_, target)| target)
    }
}

impl Directory for Recorded {
    fn len(&self) -> TargetNumber {
        TargetNumber::try_from(self.targets.len()).unwrap_or(TargetNumber::MAX)
    }

    fn address(&self, target: TargetNumber) -> Option<SocketAddr> {
        self.get(target)?.address
    }

    fn name(&self, target: TargetNumber) -> Option<&str> {
        self.get(target)?.name.as_deref()
    }

    fn label(&self, target: TargetNumber) -> Option<&str> {
        self.get(target)?.label.as_deref()
    }
}

/// The results of the targets, from their lines `summary` and `status`.
#[derive(Debug, Clone, Default)]
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
        p50: window.milliseconds("p50_ms"),
        p99: window.milliseconds("p99_ms"),
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
