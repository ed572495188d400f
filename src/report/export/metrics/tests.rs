use std::time::Duration;

use super::super::rig::{Rows, Two, answer, at, rounds};
use super::*;
use crate::event::{
    Answer, Down, Outages, Outcome, ProbeId, Problem, Reach, Reason, Recent, Rejection, Row,
    Standing, Summary, TargetSummary,
};
use crate::report::NoNames;
use crate::wire::extensions::Extensions;
use crate::wire::icmpv4;

const FIRST: &str = "target=\"192.0.2.1\",address=\"192.0.2.1\",family=\"4\",label=\"\"";
const SECOND: &str =
    "target=\"host.example\",address=\"2001:db8::2\",family=\"6\",label=\"a \\\"b\\\", c\\nd\"";

/// The last page written for these events and results.
fn page(exposition: Exposition, events: &[Event<'_>], rows: &Rows) -> String {
    let mut out = Vec::new();
    let mut report = Metrics::new(&mut out, exposition, Some(Rc::new(Two)), NoNames);
    report.event(&rounds(), &at).unwrap();
    for event in events {
        report.event(event, &at).unwrap();
    }
    let total = Summary::default();
    report.event(&Event::Finished(&total, rows), &at).unwrap();
    drop(report);
    String::from_utf8(out).unwrap()
}

fn has(page: &str, sample: &str) {
    let is_there = page.lines().any(|line| line == sample);
    assert!(is_there, "no {sample} in\n{page}");
}

fn probe(target: TargetNumber) -> ProbeId {
    ProbeId {
        target,
        ..ProbeId::default()
    }
}

#[test]
fn loss_of_an_older_probe_does_not_hide_the_reply_to_a_newer_one() {
    let reply = Answer {
        number: Some(5),
        ..answer(Standing::Reply)
    };
    let older = ProbeId {
        number: 3,
        ..probe(0)
    };
    let lost = Event::Outcome {
        probe: older,
        outcome: Outcome::Lost,
    };
    let text = page(
        Exposition::Prometheus,
        &[Event::Answered(&reply), lost],
        &Rows::default(),
    );
    has(&text, &format!("rping_up{{{FIRST}}} 1"));
}

#[test]
fn probes_are_counted_by_what_became_of_them() {
    let [reply, late, duplicate] =
        [Standing::Reply, Standing::Late, Standing::Duplicate].map(answer);
    let outcome = |outcome| Event::Outcome {
        probe: probe(0),
        outcome,
    };
    let rejection = Rejection {
        target: 0,
        number: Some(0),
        sequence: 1,
        reporter: "192.0.2.9:0".parse().unwrap(),
        problem: Problem::V4(icmpv4::Problem::from_parts(3, 1, 0)),
        reach: Reach::Left,
        is_behind_outcome: false,
        original: None,
        quoted: None,
        extensions: Extensions::default(),
    };
    let down = Down {
        first: probe(0),
        sent: Duration::ZERO,
        probes: 3,
        reason: None,
    };
    let events = [
        Event::Sent(probe(0)),
        Event::Sent(probe(0)),
        Event::Answered(&reply),
        Event::Answered(&duplicate),
        Event::Rejected(&rejection),
        outcome(Outcome::Rejected),
        outcome(Outcome::Lost),
        Event::Answered(&late),
        outcome(Outcome::Suspended),
        Event::Down(&down),
    ];
    let text = page(Exposition::Prometheus, &events, &Rows::default());
    for (name, more, value) in [
        ("rping_probes_sent_total", "", "2"),
        ("rping_outages_total", "", "1"),
        ("rping_probe_outcomes_total", ",outcome=\"reply\"", "1"),
        ("rping_probe_outcomes_total", ",outcome=\"lost\"", "1"),
        ("rping_probe_outcomes_total", ",outcome=\"rejected\"", "1"),
        ("rping_probe_outcomes_total", ",outcome=\"suspended\"", "1"),
        ("rping_probe_outcomes_total", ",outcome=\"not_sent\"", "0"),
        ("rping_reply_anomalies_total", ",kind=\"late\"", "1"),
        ("rping_reply_anomalies_total", ",kind=\"duplicate\"", "1"),
        (
            "rping_icmp_errors_total",
            ",reason=\"destination_host_unreachable\"",
            "1",
        ),
        ("rping_timed_by_total", ",clock=\"kernel\"", "1"),
        ("rping_rtt_seconds_bucket", ",le=\"0.0008\"", "0"),
        ("rping_rtt_seconds_bucket", ",le=\"0.0016\"", "1"),
        ("rping_rtt_seconds_bucket", ",le=\"26.2144\"", "1"),
        ("rping_rtt_seconds_bucket", ",le=\"+Inf\"", "1"),
        ("rping_rtt_seconds_sum", "", "0.0012345"),
        ("rping_rtt_seconds_count", "", "1"),
        ("rping_up", "", "0"),
        ("rping_reply_ttl", "", "63"),
        ("rping_last_reply_timestamp_seconds", "", "1700000000.001"),
    ] {
        has(&text, &format!("{name}{{{FIRST}{more}}} {value}"));
    }
    has(&text, "rping_start_time_seconds 1700000000.001");
    has(&text, &format!("rping_probes_sent_total{{{SECOND}}} 0"));
    assert!(
        !text.contains(&format!("rping_up{{{SECOND}}}")),
        "not known"
    );
}

#[test]
fn reply_that_is_not_what_was_asked_for_has_no_round_trip() {
    let mut reply = answer(Standing::Reply);
    reply.marks.truncated = true;
    let text = page(
        Exposition::Prometheus,
        &[Event::Answered(&reply)],
        &Rows::default(),
    );
    has(&text, &format!("rping_rtt_seconds_count{{{FIRST}}} 0"));
    has(
        &text,
        &format!("rping_reply_anomalies_total{{{FIRST},kind=\"truncated\"}} 1"),
    );
    has(&text, &format!("rping_up{{{FIRST}}} 1"));
}

#[test]
fn name_that_is_not_known_is_down() {
    let unknown = Row {
        reason: Some(Reason::LookupFailed("why")),
        ..Row::default()
    };
    let rows = Rows {
        rows: [Row::default(), unknown],
        ..Rows::default()
    };
    let text = page(Exposition::Prometheus, &[], &rows);
    has(&text, &format!("rping_up{{{SECOND}}} 0"));
}

#[test]
fn outages_never_fall_though_a_late_reply_makes_one_shorter() {
    let mut out = Vec::new();
    let mut report = Metrics::new(
        &mut out,
        Exposition::Prometheus,
        Some(Rc::new(Two)),
        NoNames,
    );
    report.event(&rounds(), &at).unwrap();
    for total in [Duration::from_secs(3), Duration::from_secs(2)] {
        let summary = TargetSummary {
            outages: Some(Outages {
                total,
                ..Outages::default()
            }),
            ..TargetSummary::default()
        };
        let rows = Rows {
            summaries: [Some(summary), None],
            ..Rows::default()
        };
        let total = Summary::default();
        report.event(&Event::Snapshot(&total, &rows), &at).unwrap();
    }
    drop(report);
    let text = String::from_utf8(out).unwrap();
    let sample = format!("rping_outage_seconds_total{{{FIRST}}} 3\n");
    assert_eq!(text.matches(&sample).count(), 2, "{text}");
}

#[test]
fn openmetrics_names_families_without_their_suffix_and_ends_in_eof() {
    let text = page(Exposition::OpenMetrics, &[], &Rows::default());
    has(&text, "# TYPE rping_build info");
    has(&text, "# TYPE rping_probes_sent counter");
    has(&text, &format!("rping_probes_sent_total{{{FIRST}}} 0"));
    assert!(text.ends_with("\n# EOF\n"));
    let text = page(Exposition::Prometheus, &[], &Rows::default());
    has(&text, "# TYPE rping_probes_sent_total counter");
    assert!(!text.contains("# EOF"));
}

#[test]
fn window_has_gauges_where_it_is_asked_for() {
    let recent = Some(Recent {
        length: Duration::from_secs(60),
        received: 3,
        lost: 1,
        mean: Some(Duration::from_millis(2)),
        p99: Some(Duration::from_millis(5)),
        ..Recent::default()
    });
    let rows = Rows {
        rows: [
            Row {
                recent,
                ..Row::default()
            },
            Row::default(),
        ],
        ..Rows::default()
    };
    let text = page(Exposition::Prometheus, &[], &rows);
    has(&text, &format!("rping_window_loss_ratio{{{FIRST}}} 0.25"));
    has(
        &text,
        &format!("rping_window_rtt_mean_seconds{{{FIRST}}} 0.002"),
    );
    has(
        &text,
        &format!("rping_window_rtt_p99_seconds{{{FIRST}}} 0.005"),
    );
    for absent in [
        format!("rping_window_rtt_min_seconds{{{FIRST}}}"),
        format!("rping_window_loss_ratio{{{SECOND}}}"),
    ] {
        assert!(!text.contains(&absent), "{text}");
    }
}
