use std::time::Duration;

use super::super::rig::{Rows, Two, at, rounds};
use super::*;
use crate::event::{Counts, Outage, Outages, Reason, RoundTrips, Row, Summary, TargetSummary};
use crate::report::NoNames;

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// Each figure has a different value.
fn measured() -> TargetSummary {
    TargetSummary {
        counts: Counts {
            transmitted: 20,
            received: 10,
            rejected_unanswered: 3,
            suspended: 2,
            in_flight: 1,
            not_sent: 5,
            late: 8,
            late_counted: 2,
            icmp_errors: 7,
            duplicates: 9,
            reordered: 11,
            altered: 12,
            truncated: 13,
            oversized: 14,
            different_address: 15,
            bad_checksums: 16,
            bad_tokens: 17,
            stale: 18,
            unexpected: 19,
            ..Counts::default()
        },
        round_trips: Some(RoundTrips {
            min: ms(1),
            mean: ms(2),
            max: ms(9),
            deviation: ms(3),
            ewma: ms(99),
            p50: ms(4),
            p90: ms(5),
            p99: ms(6),
            p99_9: ms(7),
            jitter: Duration::from_nanos(8_000_001),
        }),
        outages: Some(Outages {
            count: 2,
            longest: Some(Outage {
                first: 1,
                last: 2,
                length: ms(1500),
                probes: 2,
            }),
            total: ms(2500),
        }),
        ..TargetSummary::default()
    }
}

fn written(rows: &Rows) -> String {
    let mut out = Vec::new();
    let mut report = CsvSummary::new(&mut out, Some(Rc::new(Two)), NoNames);
    report.event(&rounds(), &at).unwrap();
    let total = Summary::default();
    report.event(&Event::Finished(&total, rows), &at).unwrap();
    drop(report);
    String::from_utf8(out).unwrap()
}

#[test]
fn each_target_has_a_row_with_the_figures_that_are_known() {
    let rows = Rows {
        rows: [
            Row::default(),
            Row {
                sent: 4,
                received: 2,
                min: Some(ms(1)),
                mean: Some(ms(2)),
                max: Some(ms(3)),
                reason: Some(Reason::TooLong),
                ..Row::default()
            },
        ],
        summaries: [Some(measured()), None],
    };
    let text = written(&rows);
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert_eq!(
        lines[0],
        "target,name,address,label,sent,received,lost,rejected,suspended,in_flight,not_sent,late,icmp_errors,\
         duplicates,reordered,altered,truncated,oversized,wrong_source,bad_checksum,bad_token,stale,unexpected,\
         loss_percent,rtt_min_ms,rtt_avg_ms,rtt_max_ms,rtt_mdev_ms,rtt_p50_ms,rtt_p90_ms,rtt_p99_ms,rtt_p99_9_ms,\
         rtt_jitter_ms,outages_count,outages_longest_ms,outages_total_ms,reason"
    );
    // 7 of the 17 probes with a known outcome were not answered.
    assert_eq!(
        lines[1],
        "0,192.0.2.1,192.0.2.1,,20,10,4,3,2,1,5,6,7,9,11,12,13,14,15,16,17,18,19,41.1764705882353,\
         1,2,9,3,4,5,6,7,8.000001,2,1500,2500,"
    );
    assert_eq!(
        lines[2],
        "1,host.example,2001:db8::2,\"a \"\"b\"\", c\nd\",4,2,,,0,0,,,,,,,,,,,,,,50,1,2,3,,,,,,,,,,not_sent_too_long"
    );
    assert_eq!(lines[3..], [""]);
}

#[test]
fn every_row_has_as_many_fields_as_the_header() {
    let rows = Rows {
        summaries: [Some(TargetSummary::default()), None],
        ..Rows::default()
    };
    let text = written(&rows);
    let fields = |line: &str| line.matches(',').count();
    let lines: Vec<&str> = text.split_terminator("\r\n").collect();
    assert_eq!(fields(lines[0]), fields(lines[1]));
    assert_eq!(fields(lines[0]) + 1, fields(lines[2]));
}
