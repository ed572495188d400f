//! Compares the text of a recorded run with the text of the run itself.

use std::time::UNIX_EPOCH;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::config::{ManyStyle, Style};
use crate::report::NoNames;
use crate::report::text::Text;

/// The beginning of a line from this many milliseconds after the start.
fn line(event: &str, milliseconds: u64, rest: &str) -> String {
    let time =
        UNIX_EPOCH + Duration::from_secs(1_796_060_791) + Duration::from_millis(milliseconds);
    let time = humantime::format_rfc3339_micros(time);
    format!(r#"{{"v":1,"event":"{event}","time":"{time}","t_ms":{milliseconds},{rest}}}"#)
}

const START: &str = r#""schema":"urn:rping:json:1","program":"rping","version":"0.1.0","run_id":"0","host":null,"shard":null,"targets_hash":null,"socket":"raw","clock":"kernel","interval_ms":1000,"timeout_ms":1000,"size_bytes":56,"count":null,"targets":1"#;
const TARGET: &str = r#""target":0,"host":null,"name":"host.example","address":"192.0.2.1","family":4,"label":null,"source":null,"error":null"#;

fn reply(number: u64) -> String {
    format!(
        r#""target":0,"name":"host.example","seq":{number},"icmp_seq":{},"from":"192.0.2.1","bytes":64,"ttl":57,"tos":0,"rtt_ms":12.345,"clock":"kernel","tx_host_ms":null,"rx_host_ms":null,"reordered":false,"altered":false,"truncated":false,"oversized":false,"wrong_source":false"#,
        number + 1
    )
}

fn probe(number: u64) -> String {
    format!(
        r#""target":0,"name":"host.example","seq":{number},"icmp_seq":{}"#,
        number + 1
    )
}

const FIGURES: &str = r#""sent":5,"received":2,"lost":2,"rejected":1,"suspended":0,"in_flight":0,"not_sent":0,"late":0,"icmp_errors":1,"duplicates":0,"reordered":0,"altered":0,"truncated":0,"oversized":0,"wrong_source":0,"bad_checksum":0,"bad_token":0,"stale":0,"unexpected":0,"loss_percent":60,"rtt_ms":{"min":12.345,"avg":12.345,"max":12.345,"mdev":0,"p50":12.345,"p90":12.345,"p99":12.345,"p99_9":12.345,"jitter":0},"timed_by":{"hardware":0,"wire":0,"kernel":2,"receipt":0,"user":0},"outages":{"count":1,"longest_ms":3000,"total_ms":3000},"hist":null"#;

/// A run of one target that was down for three seconds.
pub(in crate::report) fn recorded() -> Vec<String> {
    let from = r#""from":"198.51.100.9","icmp_type":3,"icmp_code":1,"reason":"destination_host_unreachable""#;
    let since = r#""since":"2026-11-30T17:46:32.000000Z","since_t_ms":1000,"probes":3"#;
    vec![
        line("start", 0, START),
        line("target", 0, TARGET),
        line("reply", 12, &reply(0)),
        line("lost", 2000, &format!(r#"{},"timeout_ms":1000"#, probe(1))),
        line(
            "icmp_error",
            2500,
            &format!(r#"{},{from},"mtu":null"#, probe(2)),
        ),
        line("rejected", 3000, &format!("{},{from}", probe(2))),
        line("lost", 4000, &format!(r#"{},"timeout_ms":1000"#, probe(3))),
        line(
            "down",
            4000,
            &format!(r#"{},{since},"from":null,"reason":null"#, probe(1)),
        ),
        line("reply", 4012, &reply(4)),
        line(
            "up",
            4012,
            &format!(r#"{},{since},"down_ms":3000"#, probe(1)),
        ),
        line(
            "change",
            4012,
            r#""target":0,"name":"host.example","what":"ttl","before":64,"after":57"#,
        ),
        line("later_version", 4013, r#""field":1"#),
        line(
            "summary",
            5000,
            &format!(r#""target":0,"name":"host.example",{FIGURES},"window":null"#),
        ),
        line(
            "end",
            5000,
            &format!(
                r#""reason":"signal","exit_code":0,"targets_alive":1,"targets_dead":0,"targets_unknown":0,{FIGURES},"failed_conditions":[]"#
            ),
        ),
    ]
}

fn told(lines: &[String]) -> (String, String) {
    let mut recording = Recording::default();
    for line in lines {
        recording.look_at(Line::read(line).unwrap());
    }
    let style = Style {
        transitions: true,
        ..Style::default()
    };
    let is_of_one = recording.is_of_one();
    let mut player = recording.player().unwrap();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let outlets = (&mut out, &mut err);
    let mut text = if is_of_one {
        Text::of_one(style, "rping", outlets, NoNames)
    } else {
        let many = (style, ManyStyle::default());
        Text::of_many(many, "rping", player.targets(), outlets, NoNames)
    };
    for line in lines {
        player.tell(Line::read(line).unwrap(), &mut text).unwrap();
    }
    text.flush().unwrap();
    drop(text);
    let text = |octets| String::from_utf8(octets).unwrap();
    (text(out), text(err))
}

#[test]
fn recorded_run_of_one_target_has_the_text_of_the_run() {
    let (out, err) = told(&recorded());
    assert_eq!(
        out,
        "PING host.example (192.0.2.1) 56(84) bytes of data.\n\
        64 bytes from 192.0.2.1: icmp_seq=1 ttl=57 time=12.345 ms\n\
        no answer yet for icmp_seq=2\n\
        From 198.51.100.9 icmp_seq=3 Destination Host Unreachable\n\
        no answer yet for icmp_seq=4\n\
        host.example is down: 3 probes without an answer, the first sent at 17:46:32.000\n\
        64 bytes from 192.0.2.1: icmp_seq=5 ttl=57 time=12.345 ms\n\
        host.example is up again after 3.0 s\n\
        host.example has changed: ttl 57 instead of 64\n\
        \n\
        --- host.example ping statistics ---\n\
        5 packets transmitted, 2 received, +1 errors, 60% packet loss, time 4000ms\n\
        rtt min/avg/max/mdev = 12.345/12.345/12.345/0.000 ms\n\
        rtt p50/p90/p99/p99.9/jitter = 12.345/12.345/12.345/12.345/0.000 ms\n\
        timed by: 2 kernel\n\
        longest outage: 3.000 s, 3 probes (icmp_seq=2 to 4)\n\
        down: 1 time, 3.000 s in all\n\
        \x20 2026-11-30 17:46:32.000  3.000 s, 3 probes (icmp_seq=2 to 4)\n"
    );
    assert_eq!(err, "");
}

#[test]
fn recorded_run_of_many_targets_has_their_names_and_the_table() {
    let many = START.replace(r#""targets_hash":null"#, r#""targets_hash":"1f""#);
    let lines = [
        line("start", 0, &many),
        line("target", 0, TARGET),
        line("reply", 12, &reply(0)),
        line(
            "warning",
            20,
            r#""message":"this host was suspended for 3600 s""#,
        ),
        line(
            "summary",
            5000,
            &format!(r#""target":0,"name":"host.example",{FIGURES},"window":null"#),
        ),
        line(
            "end",
            5000,
            &format!(
                r#""reason":"signal","exit_code":0,"targets_alive":1,"targets_dead":0,"targets_unknown":0,{FIGURES},"failed_conditions":[]"#
            ),
        ),
    ];
    let (out, err) = told(&lines);
    assert!(
        out.starts_with(
            "PING 1 target, 56 data bytes, every 1 s\n\
        host.example (192.0.2.1)  icmp_seq=1 ttl=57 time=12.345 ms\n\n"
        ),
        "{out}"
    );
    assert!(
        out.contains("\nhost.example (192.0.2.1)     5     2      60  12.345  12.345  12.345\n"),
        "{out}"
    );
    assert!(out.contains("\n1 of 1 target alive\n"), "{out}");
    assert_eq!(err, "rping: this host was suspended for 3600 s\n");
}

#[test]
fn probes_of_a_target_that_stays_down_are_counted_to_the_end() {
    let mut lines = recorded();
    lines.drain(8..10);
    for number in 4..9 {
        let rest = format!(r#"{},"timeout_ms":1000"#, probe(number));
        lines.insert(lines.len() - 2, line("lost", 1000 * (number + 1), &rest));
    }
    let (out, _) = told(&lines);
    assert!(
        out.contains("8 probes (icmp_seq=2 to 9), still down at the end"),
        "{out}"
    );
}

#[test]
fn recorded_scan_lists_who_is_alive_and_why_others_are_not() {
    let many = START.replace(r#""targets_hash":null"#, r#""targets_hash":"1f""#);
    let lines = [
        line("start", 0, &many),
        line("target", 0, TARGET),
        line(
            "alive",
            12,
            r#""target":0,"name":"host.example","sent":1,"rtt_ms":1.5,"reason":null"#,
        ),
        line(
            "dead",
            12,
            r#""target":0,"name":"host.example","sent":1,"rtt_ms":null,"reason":"destination_host_unreachable""#,
        ),
        line(
            "unknown",
            12,
            r#""target":0,"name":"host.example","sent":0,"rtt_ms":null,"reason":"lookup_failed""#,
        ),
    ];
    let (out, _) = told(&lines);
    assert_eq!(
        out,
        "host.example (192.0.2.1)  alive      1.500 ms\n\
        host.example (192.0.2.1)  dead   Destination Host Unreachable\n\
        host.example (192.0.2.1)  not known: its lookup failed\n"
    );
}

#[test]
fn what_is_no_line_of_a_run_is_none() {
    for text in [
        "",
        "{",
        "[]",
        "7",
        r#"{"v":1}"#,
        r#"{"event":7}"#,
        "\u{1b}[2J",
    ] {
        assert!(Line::read(text).is_none(), "{text}");
    }
    assert!(Recording::default().player().is_none());
}

/// With arbitrary content in the fields, the text is harmless and nothing panics.
#[test]
fn hostile_lines_are_told_harmlessly() {
    let mut lines = recorded();
    let hostile = TARGET.replace("host.example", "\\u001b]0;owned\\u0007");
    lines[1] = line("target", 0, &hostile);
    for event in [
        "reply",
        "lost",
        "icmp_error",
        "not_sent",
        "down",
        "up",
        "change",
        "summary",
        "end",
        "alive",
        "dropped",
    ] {
        lines.push(line(event, 6000, r#""target":4294967295,"seq":18446744073709551615,"icmp_seq":65535,"from":"x","t_ms":-1"#));
        lines.push(line(event, 6000, &probe(u64::from(u32::MAX) * 7)));
        lines.push(line(event, 6000, r#""target":null"#));
    }
    let (out, err) = told(&lines);
    for text in [out, err] {
        assert!(
            !text.contains('\u{1b}') && !text.contains('\u{7}'),
            "{text}"
        );
    }
}

/// What no run writes into a field.
fn foreign_values() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(0),
        json!(1),
        json!(-1),
        json!(65_535),
        json!(u32::MAX),
        json!(u64::MAX),
        json!(1e300),
        json!(1e-300),
        json!("::"),
        json!("\u{1b}[2J"),
        json!("x".repeat(5000)),
        json!("9999-12-31T23:59:59Z"),
        json!([[[]]]),
        json!({"a": {}}),
    ]
}

/// The recorded run with other values in some fields, and some lines at another place.
pub(in crate::report) fn damaged() -> impl Strategy<Value = Vec<String>> {
    let any = || any::<prop::sample::Index>();
    let fields = prop::collection::vec((any(), any(), any()), 0..12);
    let moves = prop::collection::vec((any(), any()), 0..4);
    (fields, moves).prop_map(|(fields, moves)| {
        let lines = recorded().into_iter();
        let mut lines: Vec<Value> = lines.map(|it| serde_json::from_str(&it).unwrap()).collect();
        for (line, field, value) in fields {
            let place = line.index(lines.len());
            let object = lines[place].as_object_mut().unwrap();
            // What it is about stays, so that it is read.
            let names: Vec<String> = object.keys().filter(|it| *it != "event").cloned().collect();
            let values = foreign_values();
            let value = values[value.index(values.len())].clone();
            object.insert(names[field.index(names.len())].clone(), value);
        }
        for (from, to) in moves {
            let line = lines[from.index(lines.len())].clone();
            lines.insert(to.index(lines.len()), line);
        }
        lines.iter().map(Value::to_string).collect()
    })
}

proptest! {
    #[test]
    fn damaged_run_is_told_without_harm(lines in damaged()) {
        let mut recording = Recording::default();
        for line in &lines {
            recording.look_at(Line::read(line).unwrap());
        }
        if let Some(player) = recording.player() {
            let (mut out, mut err) = (Vec::new(), Vec::new());
            let style = Style { transitions: true, ..Style::default() };
            let targets = player.targets();
            let outlets = (&mut out, &mut err);
            let many = (style, ManyStyle::default());
            let mut text = Text::of_many(many, "rping", targets, outlets, NoNames);
            let mut player = player.telling_departures();
            for line in &lines {
                player.tell(Line::read(line).unwrap(), &mut text).unwrap();
            }
            text.flush().unwrap();
            drop(text);
            for octets in [out, err] {
                prop_assert!(!octets.contains(&0x1b));
            }
        }
    }
}

#[test]
fn targets_are_numbered_without_gaps_whatever_numbers_they_have() {
    let mut recording = Recording::default();
    recording.look_at(Line::read(&line("start", 0, START)).unwrap());
    for number in [u32::MAX, 7] {
        let text = TARGET.replace("\"target\":0", &format!("\"target\":{number}"));
        recording.look_at(Line::read(&line("target", 0, &text)).unwrap());
    }
    let player = recording.player().unwrap();
    assert_eq!(player.targets().len(), 2);
    let of = |number: u32| {
        let mut line = Line::read(&format!(r#"{{"event":"x","target":{number}}}"#)).unwrap();
        player.targets.renumber(&mut line);
        line.target()
    };
    assert_eq!([7, u32::MAX, 0].map(of), [Some(0), Some(1), None]);
}

/// Records which probes left, and when.
#[derive(Debug, Default)]
struct Departures(Vec<(u64, u128)>);

impl Report for Departures {
    fn event(&mut self, event: &Event<'_>, at: crate::event::When<'_>) -> io::Result<()> {
        if let Event::Sent(probe) = event {
            self.0.push((probe.number, at().since_start.as_millis()));
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<super::super::super::Backpressure> {
        Ok(super::super::super::Backpressure::Free)
    }
}

#[test]
fn departures_are_told_once_where_no_line_tells_them() {
    let mut lines = recorded();
    let told = |lines: &[String]| {
        let mut recording = Recording::default();
        for line in lines {
            recording.look_at(Line::read(line).unwrap());
        }
        let mut player = recording.player().unwrap().telling_departures();
        let mut departures = Departures::default();
        for line in lines {
            player
                .tell(Line::read(line).unwrap(), &mut departures)
                .unwrap();
        }
        departures.0
    };
    // By the round trip, by the timeout, and of the error nobody knows.
    assert_eq!(
        told(&lines),
        [(0, 0), (1, 1000), (2, 2500), (3, 3000), (4, 3999)]
    );
    lines.insert(2, line("sent", 0, &probe(0)));
    assert_eq!(told(&lines), [(0, 0)], "all that left have lines");
}
