use std::io::Cursor;
use std::rc::Rc;
use std::time::UNIX_EPOCH;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::config::{ClockChoice, Json as Detail, Sources as Addresses};
use crate::event::{Ended, Event, Moment};
use crate::report::json::{Json, Run, Socket};
use crate::report::{NoNames, Report as _};
use crate::sanitize::Charset;
use crate::stats::RoundTripStatistics;

/// The outcome of a probe.
#[derive(Debug, Clone, Copy)]
enum Probe {
    /// Nanoseconds.
    Answered(u64),
    Lost,
    Rejected,
    Suspended,
    InFlight,
}

/// Targets and their probes, as in a run.
#[derive(Debug, Clone)]
struct Probed(Vec<(String, Vec<Probe>)>);

impl Probed {
    fn all(&self) -> (Counts, RoundTripStatistics) {
        let probes = self.0.iter().flat_map(|(_, probes)| probes);
        measured(probes)
    }
}

fn measured<'a>(probes: impl IntoIterator<Item = &'a Probe>) -> (Counts, RoundTripStatistics) {
    let mut counts = Counts::default();
    let mut statistics = RoundTripStatistics::new();
    for probe in probes {
        counts.transmitted += 1;
        match probe {
            Probe::Answered(nanoseconds) => {
                counts.received += 1;
                statistics.record(Duration::from_nanos(*nanoseconds));
            }
            Probe::Lost => {}
            Probe::Rejected => counts.rejected_unanswered += 1,
            Probe::Suspended => counts.suspended += 1,
            Probe::InFlight => counts.in_flight += 1,
        }
    }
    (counts, statistics)
}

impl Directory for Probed {
    fn len(&self) -> TargetNumber {
        u32::try_from(self.0.len()).unwrap()
    }

    fn address(&self, target: TargetNumber) -> Option<SocketAddr> {
        let (name, _) = self.0.get(target as usize)?;
        Some(SocketAddr::new(name.parse().ok()?, 0))
    }

    fn name(&self, target: TargetNumber) -> Option<&str> {
        Some(&self.0.get(target as usize)?.0)
    }

    fn label(&self, target: TargetNumber) -> Option<&str> {
        target.is_multiple_of(2).then_some("a \"label\" of Büro")
    }
}

impl Results for Probed {
    fn row(&self, target: TargetNumber) -> Row {
        let (counts, statistics) = measured(&self.0[target as usize].1);
        let times = statistics.summary();
        Row {
            sent: u32::try_from(counts.transmitted).unwrap(),
            received: u32::try_from(counts.received).unwrap(),
            suspended: u32::try_from(counts.suspended).unwrap(),
            in_flight: u32::try_from(counts.in_flight).unwrap(),
            min: times.map(|times| times.min),
            mean: times.map(|times| times.mean),
            max: times.map(|times| times.max),
            p99: times.map(|times| times.p99),
            ..Row::default()
        }
    }

    fn target(&self, target: TargetNumber) -> Option<TargetSummary> {
        let (counts, statistics) = measured(&self.0[target as usize].1);
        Some(TargetSummary {
            counts,
            round_trips: statistics.summary(),
            distribution: statistics.distribution(),
            ..TargetSummary::default()
        })
    }

    fn distribution(&self) -> Distribution {
        self.all().1.distribution()
    }
}

fn about(host: &str, shard: Option<&str>) -> Run {
    Run {
        id: "6116af6c2acafdcae0e3e811cfb06053".to_owned(),
        host: Some(host.to_owned()),
        shard: shard.map(str::to_owned),
        targets_hash: Some(7),
        socket: Socket::Raw,
        clock: ClockChoice::Best,
        interval: Some(Duration::from_secs(1)),
        timeout: Some(Duration::from_secs(1)),
        size: 56,
        count: Some(3),
        targets: 0,
        sources: Addresses::default(),
        charset: Charset::Utf8,
        alive: false,
    }
}

fn at() -> Moment {
    UNIX_EPOCH.into()
}

/// The lines of `--json=summary` about these results.
fn written(run: Run, results: &Rc<impl Directory + Results + 'static>, total: &Summary) -> String {
    let mut out = Vec::new();
    let outlets = (&mut out, std::io::sink());
    let directory: Rc<dyn Directory> = Rc::clone(results) as _;
    let mut json = Json::new(Detail::Summary, run, "rping", directory, outlets, NoNames);
    json.event(&Event::Finished(total, &**results), &at)
        .unwrap();
    let ended = Ended {
        ending: Ending::Complete,
        exit_code: 0,
    };
    json.event(&Event::Ended(&ended), &at).unwrap();
    json.flush().unwrap();
    drop(json);
    String::from_utf8(out).unwrap()
}

/// The output of a run with these targets.
fn stream(host: &str, shard: Option<&str>, probed: &Probed) -> String {
    let (counts, statistics) = probed.all();
    let states: Vec<Row> = (0..probed.len()).map(|target| probed.row(target)).collect();
    let number = |is: &dyn Fn(&Row) -> bool| {
        u32::try_from(states.iter().filter(|row| is(row)).count()).unwrap()
    };
    let total = Summary {
        targets: probed.len(),
        alive: number(&Row::is_alive),
        dead: number(&|row| !row.is_alive() && !row.is_unknown()),
        counts,
        round_trips: statistics.summary(),
        ..Summary::default()
    };
    let run = Run {
        targets: probed.len(),
        ..about(host, shard)
    };
    written(run, &Rc::new(probed.clone()), &total)
}

fn merged(streams: &[&str]) -> Result<Merged> {
    let mut all = Streams::default();
    for (text, number) in streams.iter().zip(1..) {
        all.read(&format!("file{number}"), Cursor::new(text.as_bytes()))?;
    }
    all.merge(Hosts::Shown)
}

#[track_caller]
fn refused(streams: &[&str]) -> String {
    let error = merged(streams).unwrap_err();
    let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    causes.join(": ")
}

fn three() -> Probed {
    Probed(vec![
        (
            "192.0.2.1".to_owned(),
            vec![
                Probe::Answered(1_000_000),
                Probe::Answered(3_000_000),
                Probe::Lost,
            ],
        ),
        ("web.example".to_owned(), vec![Probe::Rejected; 3]),
        (
            "2001:db8::1".to_owned(),
            vec![
                Probe::Suspended,
                Probe::InFlight,
                Probe::Answered(2_000_000),
            ],
        ),
    ])
}

fn lines(text: &str) -> Vec<Value> {
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    lines.collect()
}

/// The results in these lines by target name, without fields that differ in each run.
fn results(text: &str) -> Vec<Value> {
    let mut found: Vec<Value> = lines(text)
        .into_iter()
        .filter(|line| line["event"] == "summary" || line["event"] == "target")
        .map(|mut line| {
            for own in ["target", "time", "t_ms", "host"] {
                line.as_object_mut().unwrap().remove(own);
            }
            line
        })
        .collect();
    found.sort_by_key(|line| (line["name"].to_string(), line["event"].to_string()));
    found
}

fn end(text: &str) -> Value {
    lines(text).pop().unwrap()
}

/// The lines of a merge.
fn of_merge(merged: Merged) -> String {
    let total = merged.summary().clone();
    written(about("here", None), &Rc::new(merged), &total)
}

/// Whether two ends are equal, except for rounding.
#[track_caller]
fn is_same_end(one: &Value, other: &Value) {
    let (one, other) = (one.as_object().unwrap(), other.as_object().unwrap());
    for (field, value) in one {
        if !["time", "t_ms", "rtt_ms", "timed_by"].contains(&field.as_str()) {
            assert_eq!(value, &other[field], "{field}");
        }
    }
    let (one, other) = (&one["rtt_ms"], &other["rtt_ms"]);
    assert_eq!(one.is_null(), other.is_null());
    for field in ["min", "max", "p50", "p90", "p99", "p99_9"] {
        assert_eq!(one[field], other[field], "{field}");
    }
    for field in ["avg", "mdev"] {
        let number = |of: &Value| of[field].as_f64().unwrap_or_default();
        assert!(
            (number(one) - number(other)).abs() < 3e-6,
            "{field}: {one} {other}"
        );
    }
}

#[test]
fn merge_of_one_stream_is_that_stream() {
    let text = stream("sensor", None, &three());
    let merged = merged(&[&text]).unwrap();
    assert!(merged.complaints().is_empty());
    let again = of_merge(merged);
    assert_eq!(results(&again), results(&text));
    is_same_end(&end(&again), &end(&text));
    let hosts: Vec<Value> = lines(&again)
        .into_iter()
        .filter(|line| line["event"] == "target")
        .map(|line| line["host"].clone())
        .collect();
    assert_eq!(hosts, [json!("sensor"), json!("sensor"), json!("sensor")]);
}

fn probe() -> impl Strategy<Value = Probe> {
    prop_oneof![
        4 => (1_000_u64..3_000_000_000).prop_map(Probe::Answered),
        1 => Just(Probe::Lost),
        1 => Just(Probe::Rejected),
        1 => Just(Probe::Suspended),
        1 => Just(Probe::InFlight),
    ]
}

proptest! {
    #[test]
    fn shards_together_are_the_run_that_was_not_divided(
        all in prop::collection::vec((prop::collection::vec(probe(), 0..12), 0_usize..4), 0..12),
        turned in 0_usize..4,
    ) {
        let targets: Vec<_> = (0..).zip(all).map(|(number, (probes, shard))| {
            ((format!("192.0.2.{number}"), probes), shard)
        }).collect();
        let whole = Probed(targets.iter().map(|(target, _)| target.clone()).collect());
        let whole = stream("one", None, &whole);
        let mut shards: Vec<String> = (0..4).map(|number| {
            let part = targets.iter().filter(|(_, shard)| *shard == number);
            let part = Probed(part.map(|(target, _)| target.clone()).collect());
            stream("many", Some(&format!("{}/4", number + 1)), &part)
        }).collect();
        shards.rotate_left(turned);
        let shards: Vec<&str> = shards.iter().map(String::as_str).collect();
        let merged = merged(&shards).unwrap();
        prop_assert_eq!((merged.exit_code(), merged.complaints().len()), (0, 0));
        let merged = of_merge(merged);
        let unlabelled = |text: &str| {
            let mut results = results(text);
            // This number decides which shard it belongs to.
            for line in &mut results {
                line.as_object_mut().unwrap().remove("label");
            }
            results
        };
        prop_assert_eq!(unlabelled(&merged), unlabelled(&whole));
        is_same_end(&end(&merged), &end(&whole));
    }

    #[test]
    fn cut_stream_never_fails_and_never_counts_more_than_the_whole(cut in 0_usize..3000) {
        let text = stream("sensor", None, &three());
        let whole = merged(&[&text]).unwrap().summary().counts;
        let cut = cut.min(text.len() - 1);
        // The cut may split a character.
        let mut streams = Streams::default();
        if let Err(error) = streams.read("file", &text.as_bytes()[..cut]) {
            prop_assert!(error.to_string().contains("is empty"), "{error:?}");
            return Ok(());
        }
        let merged = streams.merge(Hosts::Shown).unwrap();
        prop_assert_eq!(merged.exit_code(), 1);
        prop_assert!(merged.summary().counts.transmitted <= whole.transmitted);
        prop_assert!(merged.summary().targets == 3);
        prop_assert_eq!(merged.complaints(), ["file: no end: counted as far as it goes"]);
    }
}

#[test]
fn hosts_are_vantage_points_with_a_row_for_each_target() {
    let (one, other) = (stream("nyc", None, &three()), stream("fra", None, &three()));
    let merged = merged(&[&one, &other]).unwrap();
    assert_eq!((merged.len(), merged.summary().targets), (6, 6));
    assert_eq!(merged.summary().counts.transmitted, 18);
    let hosts: Vec<_> = (0..6).map(|target| merged.host(target).unwrap()).collect();
    assert_eq!(hosts, ["nyc", "nyc", "nyc", "fra", "fra", "fra"]);
    assert_eq!(merged.row(0), merged.row(3));
}

#[test]
fn only_vantage_points_distinguish_hosts() {
    let of = |streams: &[String]| {
        let mut all = Streams::default();
        for text in streams {
            all.read("file", Cursor::new(text.as_bytes())).unwrap();
        }
        let merged = all.merge(Hosts::Distinguished).unwrap();
        merged.host(0).map(str::to_owned)
    };
    let alone = stream("nyc", None, &three());
    let shard = |number| stream("nyc", Some(number), &three());
    assert_eq!(of(std::slice::from_ref(&alone)), None);
    assert_eq!(of(&[shard("1/2"), shard("2/2")]), None);
    assert_eq!(of(&[alone, stream("fra", None, &three())]).unwrap(), "nyc");
}

#[test]
fn streams_that_do_not_belong_together_are_rejected() {
    let of = |host, shard| stream(host, shard, &three());
    let (alone, first) = (of("a", None), of("a", Some("1/3")));
    for (streams, expected) in [
        (
            [&first, &first],
            "file1 and file2 are both shard 1/3: give each once",
        ),
        (
            [&first, &of("b", Some("2/4"))],
            "file1 and file2 are shards of different numbers: merge those of one run",
        ),
        (
            [
                &first,
                &of("b", Some("2/3")).replace("0000000000000007", "0000000000000008"),
            ],
            "file1 and file2 are shards of different lists: merge those of one run",
        ),
        (
            [&alone, &first],
            "file2 is a shard and file1 is none: merge shards of one run, or whole runs of several hosts",
        ),
        (
            [&alone, &alone],
            "file1 and file2 are both of host a: give one run of each host",
        ),
        ([&first, &of("b", Some("5/3"))], "file2:1: 5/3 is no shard"),
        (
            [&alone, &String::new()],
            "file2 is empty: give files that rping --json wrote",
        ),
        (
            [&alone, &"\n\n".to_owned()],
            "file2 is empty: give files that rping --json wrote",
        ),
        (
            [&alone, &of("b", None).replace("\"v\":1", "\"v\":2")],
            "file2:1: this line has version 2 of the format, and this rping reads version 1: use the rping that wrote it",
        ),
        (
            [&alone, &format!("{}{}", of("b", None), of("b", None))],
            "file2:9: there is a line behind end: give each stream its own file",
        ),
    ] {
        assert_eq!(refused(&streams.map(String::as_str)), expected);
    }
}

#[test]
fn invalid_stream_is_rejected_with_its_line() {
    let text = stream("a", None, &three());
    let (start, rest) = text.split_once('\n').unwrap();
    for (text, expected) in [
        ("PING 192.0.2.1 (192.0.2.1)\n".to_owned(), "file1:1: "),
        (
            rest.to_owned(),
            "file1:1: the first line is no start: give files that rping --json wrote, whole",
        ),
        (
            format!("{start}\n{start}\n"),
            "file1:2: a second start: give each stream its own file",
        ),
        (format!("{start}\nnonsense\n{rest}"), "file1:2: "),
        (
            format!("{start}\n{}", rest.split_once('\n').unwrap().1),
            "file1:2: no line before has introduced this target",
        ),
        (
            text.replace("\"192.0.2.1\",\"family\"", "\"192.0.2.\",\"family\""),
            "file1:2: the address of a target is none",
        ),
        (
            text.replace("\"target\":1,", "\"target\":0,"),
            "file1:4: target 0 is introduced twice",
        ),
        (text.replace("\"sent\":3", "\"sent\":-3"), "file1:3: "),
        (
            text.replace("\"min\":1,", "\"min\":-1,"),
            "file1:3: a time is negative or longer than a century",
        ),
        (
            text.replace("\"min\":1,", "\"min\":1e30,"),
            "file1:3: a time is negative or longer than a century",
        ),
    ] {
        let found = refused(&[&text]);
        assert!(found.starts_with(expected), "{found}");
    }
}

#[test]
fn missing_shards_are_named() {
    let shard = |number| stream("a", Some(number), &three());
    for (given, expected) in [
        (vec!["1/1"], vec![]),
        (vec!["2/2", "1/2"], vec![]),
        (
            vec!["1/3", "3/3"],
            vec!["shard 2/3 is missing: its targets are not counted"],
        ),
        (
            vec!["4/7"],
            vec![
                "shards 1/7 to 3/7 are missing: their targets are not counted",
                "shards 5/7 to 7/7 are missing: their targets are not counted",
            ],
        ),
        (
            vec!["1/4294967295"],
            vec![
                "shards 2/4294967295 to 4294967295/4294967295 are missing: their targets are not counted",
            ],
        ),
    ] {
        let texts: Vec<String> = given.into_iter().map(shard).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let merged = merged(&texts).unwrap();
        assert_eq!(merged.complaints(), expected);
        assert_eq!(merged.exit_code(), u8::from(!expected.is_empty()));
    }
}

/// The first line of a stream, and lines about the probes of one target.
fn events(lines: &str) -> String {
    let text = stream(
        "a",
        None,
        &Probed(vec![("192.0.2.1".to_owned(), Vec::new())]),
    );
    let mut head: Vec<&str> = text.lines().take(2).collect();
    let lines: Vec<String> = lines
        .split_whitespace()
        .map(|event| {
            let (event, rest) = event.split_once(',').unwrap_or((event, ""));
            let rest = if rest.is_empty() { "\"seq\":0" } else { rest };
            format!(
                "{{\"v\":1,\"event\":\"{event}\",\"time\":\"\",\"t_ms\":1500,\"target\":0,{rest}}}"
            )
        })
        .collect();
    head.extend(lines.iter().map(String::as_str));
    head.join("\n") + "\n"
}

const REPLY: &str = "reply,\"rtt_ms\":1.5,\"clock\":\"kernel\",\"reordered\":true,\"altered\":false,\"truncated\":false,\"oversized\":false,\"wrong_source\":false";

#[test]
fn probes_of_a_truncated_stream_are_counted_one_by_one() {
    let text = events(&format!(
        "sent sent sent sent sent sent {REPLY} lost rejected suspended not_sent late icmp_error duplicate \
         bad_checksum bad_token stale unexpected newer_event notice"
    ));
    let merged = merged(&[&text]).unwrap();
    let counts = merged.summary().counts;
    let expected = Counts {
        transmitted: 6,
        received: 1,
        rejected: 1,
        rejected_unanswered: 1,
        suspended: 1,
        in_flight: 2,
        not_sent: 1,
        late: 1,
        icmp_errors: 1,
        duplicates: 1,
        bad_checksums: 1,
        bad_tokens: 1,
        stale: 1,
        unexpected: 1,
        reordered: 1,
        ..Counts::default()
    };
    assert_eq!(counts, expected);
    let target = merged.target(0).unwrap();
    assert_eq!(target.counts, expected);
    let round_trip = Duration::from_micros(1500);
    assert_eq!(target.round_trips.unwrap().p99, round_trip);
    assert_eq!(merged.summary().round_trips.unwrap().max, round_trip);
    assert_eq!(merged.summary().sources.kernel, 1);
    assert_eq!(merged.summary().elapsed, Duration::from_millis(1500));
    assert_eq!(merged.ending(), Ending::Error);
}

#[test]
fn truncated_last_line_is_not_counted() {
    let text = events("lost lost");
    for cut in 1..60 {
        let merged = merged(&[&text[..text.len() - cut]]).unwrap();
        assert_eq!(merged.summary().counts.transmitted, 1);
    }
}

#[test]
fn dropped_lines_of_a_truncated_stream_are_reported() {
    for (lines, expected) in [
        (
            "dropped,\"lines\":1",
            "file1: no end: counted as far as it goes; 1 line was dropped before",
        ),
        (
            "dropped,\"lines\":2 dropped,\"lines\":7",
            "file1: no end: counted as far as it goes; 9 lines were dropped before",
        ),
    ] {
        assert_eq!(merged(&[&events(lines)]).unwrap().complaints(), [expected]);
    }
}

#[test]
fn names_of_one_address_have_rows_and_count_once_in_a_truncated_stream() {
    let twice = |address: &str| {
        let mut probed = three();
        probed.0.truncate(1);
        let text = stream("a", None, &probed);
        let again = text.lines().skip(1).take(2).map(|line| {
            line.replace("\"target\":0", "\"target\":1")
                .replace("\"name\":\"192.0.2.1\"", "\"name\":\"web.example\"")
                .replace(
                    "\"address\":\"192.0.2.1\"",
                    &format!("\"address\":\"{address}\""),
                )
        });
        let lines: Vec<String> = text
            .lines()
            .take(3)
            .map(str::to_owned)
            .chain(again)
            .collect();
        merged(&[&(lines.join("\n") + "\n")]).unwrap()
    };
    let same = twice("192.0.2.1");
    assert_eq!((same.len(), same.summary().counts.transmitted), (2, 3));
    assert_eq!(same.row(0), same.row(1));
    assert_eq!(twice("192.0.2.9").summary().counts.transmitted, 6);
}

#[test]
fn alive_and_dead_targets_are_counted_with_their_reasons() {
    let text = events("alive,\"sent\":1,\"rtt_ms\":2,\"reason\":null");
    let of = |event: &str, reason: &str| {
        let reason = if reason == "null" {
            reason.to_owned()
        } else {
            format!("\"{reason}\"")
        };
        let text = events(&format!(
            "{event},\"sent\":4,\"rtt_ms\":null,\"reason\":{reason}"
        ));
        let merged = merged(&[&text]).unwrap();
        assert!(merged.is_alive_scan());
        let summary = merged.summary();
        ((summary.alive, summary.dead), merged.row(0).reason)
    };
    let alive = merged(&[&text]).unwrap();
    assert_eq!(
        (alive.summary().alive, alive.row(0).min),
        (1, Some(Duration::from_millis(2)))
    );
    assert_eq!(of("dead", "null"), ((0, 1), None));
    assert_eq!(of("unknown", "null"), ((0, 0), None));
    for word in [
        "destination_host_unreachable",
        "packet_filtered",
        "not_sent",
        "not_sent_too_long",
    ] {
        let (states, reason) = of("dead", word);
        assert_eq!(states, (0, 1));
        let row = Row {
            reason,
            ..Row::default()
        };
        assert!(reason.is_some() && !row.is_unknown(), "{word}");
    }
    assert_eq!(of("unknown", "lookup_pending").0, (0, 0));
    assert_eq!(of("dead", "a_newer_word"), ((0, 1), None));
}

#[test]
fn alive_scans_and_rounds_are_not_merged() {
    let alive = events("alive,\"sent\":1,\"rtt_ms\":2,\"reason\":null");
    let rounds = stream("b", None, &three());
    assert_eq!(
        refused(&[&alive, &rounds]),
        "file1 asks who is alive and file2 probes in rounds: merge them apart"
    );
}

#[test]
fn link_local_addresses_of_other_hosts_keep_their_interface_names() {
    let text = stream("a", None, &three()).replace(
        "\"address\":\"2001:db8::1\"",
        "\"address\":\"fe80::1%eth7\"",
    );
    let merged = merged(&[&text]).unwrap();
    let Some(SocketAddr::V6(address)) = merged.address(2) else {
        panic!("{:?}", merged.address(2));
    };
    assert_eq!(merged.zone(address.scope_id()), Some("eth7"));
}

#[test]
fn true_conditions_keep_their_targets_and_the_highest_exit_code_counts() {
    let end = |text: String, code: u8| {
        text.replace("\"exit_code\":0", &format!("\"exit_code\":{code}"))
            .replace(
                "\"failed_conditions\":[]",
                "\"failed_conditions\":[{\"target\":1,\"condition\":\"loss>1%\",\"value\":100}]",
            )
    };
    let streams =
        [("a", 1), ("b", 2), ("c", 0)].map(|(host, code)| end(stream(host, None, &three()), code));
    let merged = merged(&streams.each_ref().map(String::as_str)).unwrap();
    let failed: Vec<_> = merged.failed_conditions().collect();
    assert_eq!(failed, [1, 4, 7].map(|target| (target, "loss>1%", 100.0)));
    assert_eq!(merged.exit_code(), 2);
}

#[test]
fn line_longer_than_any_of_rping_is_rejected() {
    let text = stream("a", None, &three());
    let mut long = text.lines().next().unwrap().to_owned() + "\n";
    long.push_str(&" ".repeat(17 << 20));
    assert_eq!(
        refused(&[&long]),
        "file1:2: a line is too long: give files that rping --json wrote"
    );
}
