use std::time::Duration;

use super::super::rig::{Rows, Two, answer, at, rounds};
use super::*;
use crate::event::{Reason, RoundTrips, Summary, TargetSummary};
use crate::report::NoNames;

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn written(rows: &Rows) -> String {
    let mut out = Vec::new();
    let mut report = Influx::new(&mut out, Some(Rc::new(Two)), NoNames);
    let total = Summary::default();
    let reply = answer(Standing::Reply);
    for event in [
        rounds(),
        Event::Answered(&reply),
        Event::Finished(&total, rows),
    ] {
        report.event(&event, &at).unwrap();
    }
    drop(report);
    String::from_utf8(out).unwrap()
}

#[test]
fn line_has_the_names_of_telegraf_and_text_cannot_leave_its_tag() {
    let answered = Row {
        sent: 4,
        received: 3,
        min: Some(ms(1)),
        mean: Some(Duration::from_micros(1500)),
        max: Some(ms(3)),
        ..Row::default()
    };
    let times = RoundTrips {
        min: ms(1),
        mean: ms(2),
        max: ms(3),
        deviation: ms(4),
        ewma: ms(5),
        p50: ms(6),
        p90: ms(7),
        p99: ms(8),
        p99_9: ms(9),
        jitter: ms(10),
    };
    let unknown = Row {
        reason: Some(Reason::LookupFailed("why")),
        ..Row::default()
    };
    let rows = Rows {
        rows: [answered, unknown],
        summaries: [
            Some(TargetSummary {
                round_trips: Some(times),
                ..TargetSummary::default()
            }),
            None,
        ],
    };
    assert_eq!(
        written(&rows),
        "ping,address=192.0.2.1,family=4,url=192.0.2.1 packets_received=3i,packets_transmitted=4i,\
         percent_packet_loss=25,average_response_ms=1.5,maximum_response_ms=3,minimum_response_ms=1,\
         percentile50_ms=6,percentile90_ms=7,percentile99_ms=8,standard_deviation_ms=4,result_code=0i,ttl=63i \
         1700000000001000000\n\
         ping,address=2001:db8::2,family=6,label=a\\ \"b\"\\,\\ c_d,url=host.example packets_received=0i,\
         packets_transmitted=0i,result_code=1i 1700000000001000000\n"
    );
}
