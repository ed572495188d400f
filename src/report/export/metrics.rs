//! Metrics for Prometheus: a page with the counters of each target since the start of the run, rewritten periodically.
//!
//! Two text formats: 0.0.4 of Prometheus, which the textfile collector of `node_exporter` reads
//! (<https://prometheus.io/docs/instrumenting/exposition_formats/>), and `OpenMetrics` 1.0
//! (<https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md>). Samples have no time stamp:
//! the reader's time is right.

mod page;
mod tally;

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::rc::Rc;
use std::time::UNIX_EPOCH;

use super::Subjects;
use crate::config::export::Exposition;
use crate::event::{Directory, Event, Reason, Results, Row, TargetNumber, When};
use crate::report::{Backpressure, Names, Outlet, Report, Retention};
use page::{Kind, Page};
use tally::Tally;

/// A page of metrics.
pub struct Metrics<O> {
    out: O,
    exposition: Exposition,
    subjects: Subjects,
    /// Counters of targets with events.
    tallies: BTreeMap<TargetNumber, Tally>,
    /// When the run began, in seconds since 1970.
    started: String,
}

impl<O> fmt::Debug for Metrics<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl<O: Outlet> Metrics<O> {
    /// `directory` has the targets if there are several.
    pub fn new(
        out: O,
        exposition: Exposition,
        directory: Option<Rc<dyn Directory>>,
        names: impl Names + 'static,
    ) -> Self {
        Self {
            out,
            exposition,
            subjects: Subjects::new(directory, Box::new(names)),
            tallies: BTreeMap::new(),
            started: String::new(),
        }
    }

    fn tally(&mut self, target: TargetNumber) -> &mut Tally {
        self.tallies.entry(target).or_default()
    }

    fn write(&mut self, results: &dyn Results) -> io::Result<()> {
        for target in self.subjects.all() {
            let summary = results.target(target);
            let row = results.row(target);
            let is_unknown_name = is_unknown_name(&row);
            let tally = self.tally(target);
            tally.note_outages(summary.and_then(|summary| summary.outages));
            tally.recent = row.recent;
            if is_unknown_name {
                tally.is_up = Some(false);
            }
        }
        let text = self.page();
        self.out.put(text.as_bytes(), Retention::Required)
    }

    fn page(&mut self) -> String {
        let mut page = Page::new(self.exposition);
        let version = format!("version=\"{}\"", env!("CARGO_PKG_VERSION"));
        page.family(Kind::Info, "rping_build", "Which rping this is");
        page.sample("", &version, &[], 1);
        page.family(
            Kind::Gauge,
            "rping_start_time_seconds",
            "When the run began, in seconds since 1970",
        );
        page.sample("", "", &[], &self.started);
        let targets: Vec<(String, &Tally)> = (self.tallies.iter())
            .map(|(target, tally)| (page::labels(&self.subjects.of(*target)), tally))
            .collect();
        counters(&mut page, &targets);
        round_trips(&mut page, &targets);
        gauges(&mut page, &targets);
        page.finish()
    }
}

/// Writes the counters of each target, with and without a label of their own.
fn counters(page: &mut Page, targets: &[(String, &Tally)]) {
    type Count = fn(&Tally) -> u64;
    type Counts = fn(&Tally) -> Vec<(&'static str, u64)>;
    let plain: [(&str, &str, Count); 2] = [
        ("rping_probes_sent", "Probes that left", |tally| tally.sent),
        (
            "rping_outages",
            "Times that the target went down: --down-after probes in a row without an answer",
            |tally| tally.downs,
        ),
    ];
    for (name, help, count) in plain {
        page.family(Kind::Counter, name, help);
        for (labels, tally) in targets {
            page.sample("", labels, &[], count(tally));
        }
    }
    let labelled: [(&str, &str, &str, Counts); 4] = [
        (
            "rping_probe_outcomes",
            "Probes by what became of them",
            "outcome",
            Tally::outcomes,
        ),
        (
            "rping_reply_anomalies",
            "Replies that are late, repeated, damaged or not expected",
            "kind",
            Tally::anomalies,
        ),
        (
            "rping_icmp_errors",
            "ICMP errors about probes",
            "reason",
            Tally::icmp_errors,
        ),
        (
            "rping_timed_by",
            "Round trips by the clock that timed them",
            "clock",
            Tally::clocks,
        ),
    ];
    for (name, help, label, counts) in labelled {
        page.family(Kind::Counter, name, help);
        for (labels, tally) in targets {
            for (value, count) in counts(tally) {
                page.sample("", labels, &[(label, value)], count);
            }
        }
    }
}

fn round_trips(page: &mut Page, targets: &[(String, &Tally)]) {
    page.family(Kind::Histogram, "rping_rtt_seconds", "Round trips");
    for (labels, tally) in targets {
        for (bound, count) in tally.buckets() {
            page.sample("_bucket", labels, &[("le", &bound)], count);
        }
        page.sample("_sum", labels, &[], tally.sum_of_round_trips());
        page.sample("_count", labels, &[], tally.round_trips);
    }
}

/// Writes the known gauges of each target.
fn gauges(page: &mut Page, targets: &[(String, &Tally)]) {
    type Value = fn(&Tally) -> Option<String>;
    let values: [(Kind, &str, &str, Value); 10] = [
        (
            Kind::Counter,
            "rping_outage_seconds",
            "Time in which no probe was answered",
            Tally::outages,
        ),
        (
            Kind::Gauge,
            "rping_up",
            "1 if the last probe with a known outcome was answered, else 0",
            |tally| tally.is_up.map(|up| u8::from(up).to_string()),
        ),
        (
            Kind::Gauge,
            "rping_last_reply_timestamp_seconds",
            "When the last reply came, in seconds since 1970",
            |tally| tally.last_reply.clone(),
        ),
        (
            Kind::Gauge,
            "rping_reply_ttl",
            "Time to live or hop limit of the last reply",
            |tally| tally.hop_limit.map(|hop_limit| hop_limit.to_string()),
        ),
        (
            Kind::Gauge,
            "rping_window_loss_ratio",
            "Probes without an answer in time of those that left in the last --window seconds",
            |tally| Some((tally.recent?.loss()? / 100.0).to_string()),
        ),
        (
            Kind::Gauge,
            "rping_window_rtt_min_seconds",
            "The shortest round trip of the last --window seconds",
            |tally| tally.recent?.min.map(page::seconds),
        ),
        (
            Kind::Gauge,
            "rping_window_rtt_mean_seconds",
            "The mean round trip of the last --window seconds",
            |tally| tally.recent?.mean.map(page::seconds),
        ),
        (
            Kind::Gauge,
            "rping_window_rtt_p50_seconds",
            "What half of the round trips of the last --window seconds do not exceed",
            |tally| tally.recent?.p50.map(page::seconds),
        ),
        (
            Kind::Gauge,
            "rping_window_rtt_p99_seconds",
            "What ninety-nine of a hundred round trips of the last --window seconds do not exceed",
            |tally| tally.recent?.p99.map(page::seconds),
        ),
        (
            Kind::Gauge,
            "rping_window_rtt_max_seconds",
            "The longest round trip of the last --window seconds",
            |tally| tally.recent?.max.map(page::seconds),
        ),
    ];
    for (kind, name, help, value) in values {
        page.family(kind, name, help);
        for (labels, tally) in targets {
            if let Some(value) = value(tally) {
                page.sample("", labels, &[], value);
            }
        }
    }
}

impl<O: Outlet> Report for Metrics<O> {
    fn event(&mut self, event: &Event<'_>, at: When<'_>) -> io::Result<()> {
        let now = || at().wall.duration_since(UNIX_EPOCH).unwrap_or_default();
        match event {
            Event::Started(start) => {
                self.subjects.started(start);
                self.started = page::seconds(now());
            }
            Event::Sent(probe) => self.tally(probe.target).sent += 1,
            Event::Answered(answer) => self.tally(answer.target).answered(answer, now),
            Event::Rejected(rejection) => self.tally(rejection.target).rejected(rejection),
            Event::NotSent { probe, .. } => self.tally(probe.target).not_sent += 1,
            Event::Outcome { probe, outcome } => {
                self.tally(probe.target).outcome(*probe, *outcome);
            }
            Event::Down(down) => self.tally(down.first.target).downs += 1,
            Event::Decided { target, row } if !row.is_unknown() => {
                self.tally(*target).is_up = Some(row.is_alive());
            }
            Event::Snapshot(_, results) | Event::Finished(_, results) => self.write(*results)?,
            _ => {}
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<Backpressure> {
        self.out.resume()
    }
}

/// Whether the lookup of a name ended without an address.
fn is_unknown_name(row: &Row) -> bool {
    matches!(
        row.reason,
        Some(Reason::LookupFailed(_) | Reason::Unresolved)
    )
}

#[cfg(test)]
mod tests;
