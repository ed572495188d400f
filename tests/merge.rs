//! `rping --merge` with literal streams: its output, streams and exit code.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test reports what is wrong by panicking"
)]

mod lines;

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Output, Stdio};

use lines::Schema;

const RPING: &str = env!("CARGO_BIN_EXE_rping");

/// The stream of a complete run with two targets: one answered one of two probes, the other none.
const ROUNDS: &str = r#"{"v":1,"event":"start","time":"2026-11-30T20:42:01.587468Z","t_ms":0,"schema":"urn:rping:json:1","program":"rping","version":"0.1.0","run_id":"6fc49c4501be6493047e6a2d5f63bc11","host":"HOST","shard":SHARD,"targets_hash":"3b1f8bf8145776d7","socket":"raw","clock":"kernel","interval_ms":1000,"timeout_ms":1000,"size_bytes":56,"count":2,"targets":2}
{"v":1,"event":"target","time":"2026-11-30T20:42:01.587468Z","t_ms":0.1,"target":0,"host":null,"name":"192.0.2.1","address":"192.0.2.1","family":4,"label":"first","source":null,"error":null}
{"v":1,"event":"target","time":"2026-11-30T20:42:01.587468Z","t_ms":0.2,"target":1,"host":null,"name":"web.example","address":"2001:db8::7","family":6,"label":null,"source":"2001:db8::1","error":null}
{"v":1,"event":"reply","time":"2026-11-30T20:42:01.587468Z","t_ms":2.5,"target":0,"name":"192.0.2.1","seq":0,"icmp_seq":1,"from":"192.0.2.1","bytes":64,"ttl":64,"tos":0,"rtt_ms":1.5,"clock":"kernel","tx_host_ms":null,"rx_host_ms":null,"reordered":false,"altered":false,"truncated":false,"oversized":false,"wrong_source":false}
{"v":1,"event":"lost","time":"2026-11-30T20:42:01.587468Z","t_ms":1001,"target":1,"name":"web.example","seq":0,"icmp_seq":1,"timeout_ms":1000}
{"v":1,"event":"summary","time":"2026-11-30T20:42:01.587468Z","t_ms":2001,"target":0,"name":"192.0.2.1","sent":2,"received":1,"lost":1,"rejected":0,"suspended":0,"in_flight":0,"not_sent":0,"late":0,"icmp_errors":0,"duplicates":0,"reordered":0,"altered":0,"truncated":0,"oversized":0,"wrong_source":0,"bad_checksum":0,"bad_token":0,"stale":0,"unexpected":0,"loss_percent":50,"rtt_ms":{"min":1.5,"avg":1.5,"max":1.5,"mdev":0,"p50":1.5,"p90":1.5,"p99":1.5,"p99_9":1.5,"jitter":0},"timed_by":{"hardware":0,"wire":0,"kernel":1,"receipt":0,"user":0},"outages":{"count":1,"longest_ms":1000,"total_ms":1000},"hist":{"unit":"ns","digits":3,"buckets":[[1500159,1]]}}
{"v":1,"event":"summary","time":"2026-11-30T20:42:01.587468Z","t_ms":2001,"target":1,"name":"web.example","sent":2,"received":0,"lost":2,"rejected":0,"suspended":0,"in_flight":0,"not_sent":0,"late":0,"icmp_errors":0,"duplicates":0,"reordered":0,"altered":0,"truncated":0,"oversized":0,"wrong_source":0,"bad_checksum":0,"bad_token":0,"stale":0,"unexpected":0,"loss_percent":100,"rtt_ms":null,"timed_by":{"hardware":0,"wire":0,"kernel":0,"receipt":0,"user":0},"outages":{"count":1,"longest_ms":2000,"total_ms":2000},"hist":{"unit":"ns","digits":3,"buckets":[]}}
{"v":1,"event":"end","time":"2026-11-30T20:42:01.587468Z","t_ms":2001.5,"reason":"done","exit_code":1,"targets_alive":1,"targets_dead":1,"targets_unknown":0,"sent":4,"received":1,"lost":3,"rejected":0,"suspended":0,"in_flight":0,"not_sent":0,"late":0,"icmp_errors":0,"duplicates":0,"reordered":0,"altered":0,"truncated":0,"oversized":0,"wrong_source":0,"bad_checksum":0,"bad_token":0,"stale":0,"unexpected":0,"loss_percent":75,"rtt_ms":{"min":1.5,"avg":1.5,"max":1.5,"mdev":0,"p50":1.5,"p90":1.5,"p99":1.5,"p99_9":1.5,"jitter":0},"timed_by":{"hardware":0,"wire":0,"kernel":1,"receipt":0,"user":0},"outages":{"count":2,"longest_ms":2000,"total_ms":3000},"hist":{"unit":"ns","digits":3,"buckets":[[1500159,1]]},"failed_conditions":[{"target":1,"condition":"loss>50%","value":100}]}
"#;

/// The lines of an `--alive` run, after the first two of [`ROUNDS`].
const ALIVE: &str = r#"{"v":1,"event":"alive","time":"2026-11-30T20:42:01.587468Z","t_ms":2,"target":0,"name":"192.0.2.1","sent":1,"rtt_ms":1.5,"reason":null}
{"v":1,"event":"dead","time":"2026-11-30T20:42:01.587468Z","t_ms":9,"target":1,"name":"web.example","sent":4,"rtt_ms":null,"reason":"address_unreachable"}
{"v":1,"event":"end","time":"2026-11-30T20:42:01.587468Z","t_ms":10,"reason":"done","exit_code":1,"targets_alive":1,"targets_dead":1,"targets_unknown":0,"sent":5,"received":1,"lost":3,"rejected":1,"suspended":0,"in_flight":0,"not_sent":0,"late":0,"icmp_errors":1,"duplicates":0,"reordered":0,"altered":0,"truncated":0,"oversized":0,"wrong_source":0,"bad_checksum":0,"bad_token":0,"stale":0,"unexpected":0,"loss_percent":80,"rtt_ms":{"min":1.5,"avg":1.5,"max":1.5,"mdev":0,"p50":1.5,"p90":1.5,"p99":1.5,"p99_9":1.5,"jitter":0},"timed_by":{"hardware":0,"wire":0,"kernel":1,"receipt":0,"user":0},"outages":null,"hist":{"unit":"ns","digits":3,"buckets":[[1500159,1]]},"failed_conditions":[]}
"#;

/// The stream of a run on this host. `shard` is a JSON value.
fn rounds(host: &str, shard: &str) -> String {
    let text = ROUNDS.replace("HOST", host);
    text.replace("\"shard\":SHARD", &format!("\"shard\":{shard}"))
}

fn alive(host: &str) -> String {
    let rounds = rounds(host, "null");
    let first: Vec<&str> = rounds.lines().take(3).collect();
    format!("{}\n{ALIVE}", first.join("\n"))
}

/// Merges these streams, as files named `0.json`, `1.json` and so on.
fn merge(streams: &[String], options: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(RPING);
    command.current_dir(folder.path()).arg("--merge");
    for (number, text) in streams.iter().enumerate() {
        let name = format!("{number}.json");
        fs::write(folder.path().join(&name), text).unwrap();
        command.arg(name);
    }
    command.args(options).env("LC_ALL", "C").output().unwrap()
}

#[track_caller]
fn prints(output: &Output, code: i32, stdout: &str, stderr: &str) {
    let [out, err] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    assert_eq!(out, stdout);
    assert_eq!(err.replace(RPING, "rping"), stderr);
    assert_eq!(output.status.code(), Some(code));
}

#[test]
fn one_stream_is_its_table_and_total() {
    prints(
        &merge(&[rounds("nyc", "null")], &[]),
        1,
        "\
target                     label  sent  recv  loss %  min ms  avg ms  max ms
192.0.2.1                  first     2     1      50   1.500   1.500   1.500
web.example (2001:db8::7)            2     0     100       -       -       -  no answer

--- 2 targets ping statistics ---
1 of 2 targets alive, 1 dead
4 packets transmitted, 1 received, 75% packet loss, time 2002ms
rtt min/avg/max/mdev = 1.500/1.500/1.500/0.000 ms
rtt p50/p90/p99/p99.9 = 1.500/1.500/1.500/1.500 ms
timed by: 1 kernel
",
        "rping: web.example (2001:db8::7): --fail-if loss>50%: 100%\n",
    );
}

fn schema() -> Schema {
    let mut command = Command::new(RPING);
    let generated = command.args(["--generate", "schema"]).output().unwrap();
    Schema::new(&String::from_utf8(generated.stdout).unwrap())
}

/// A merge tells figures: lines about what happened when are for the readers of the streams.
#[test]
fn what_happened_when_stays_in_the_streams() {
    let head =
        r#""time":"2026-11-30T20:42:01.587468Z","t_ms":1500,"target":1,"name":"web.example""#;
    let down = format!(
        r#"{{"v":1,"event":"down",{head},"seq":0,"icmp_seq":1,"since":"2026-11-30T20:42:00.587468Z","since_t_ms":1,"probes":3,"from":null,"reason":null}}"#
    );
    let up = format!(
        r#"{{"v":1,"event":"up",{head},"seq":0,"icmp_seq":1,"since":"2026-11-30T20:42:00.587468Z","since_t_ms":1,"probes":3,"down_ms":900}}"#
    );
    let change =
        format!(r#"{{"v":1,"event":"change",{head},"what":"ttl","before":64,"after":63}}"#);
    let window = r#"},"window":{"length_ms":1000,"received":1,"lost":0,"loss_percent":0,"min_ms":1.5,"avg_ms":1.5,"max_ms":1.5}}"#;
    let plain = rounds("nyc", "null");
    let told: Vec<&str> = plain.lines().collect();
    let summaries = told[5..7]
        .iter()
        .map(|line| format!("{}{window}", line.strip_suffix("}}").unwrap()));
    let summaries: Vec<String> = summaries.collect();
    let happened = [&down, &up, &change].map(String::as_str);
    let summaries: Vec<&str> = summaries.iter().map(String::as_str).collect();
    let lines = [&told[..5], &happened, &summaries, &told[7..]].concat();
    let stream = lines.join("\n") + "\n";
    let outcome = |text: &String| {
        let output = merge(std::slice::from_ref(text), &["--json"]);
        let out = String::from_utf8(output.stdout).unwrap();
        let lines = schema().read_run(&out);
        let kept = lines
            .iter()
            .filter(|line| line["event"] == "summary")
            .map(|line| (line["window"].is_null(), line["outages"].clone()));
        let kept: Vec<_> = kept.collect();
        (lines.len(), kept, output.status.code())
    };
    let merged = outcome(&stream);
    assert_eq!(merged, outcome(&plain));
    assert!(
        merged
            .1
            .iter()
            .all(|(is_null, outages)| *is_null && outages["count"] == 1)
    );
}

/// What the kernel says of the system calls that a process may make: `2` is a filter (proc(5)).
fn seccomp(process: u32) -> String {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|it| it.strip_prefix("Seccomp:"));
    line.unwrap().trim().to_owned()
}

#[test]
fn streams_are_read_by_a_confined_process() {
    let mut command = Command::new(RPING);
    let command = command.args(["--merge", "-"]).stdin(Stdio::piped());
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let text = rounds("nyc", "null");
    let (first, rest) = text.split_once('\n').unwrap();
    writeln!(input, "{first}").unwrap();
    // A pipe that the process has not begun to read has no room for so much.
    let padding = r#"{"v":1,"event":"of a later version"}"#.to_owned() + "\n";
    input.write_all(padding.repeat(20_000).as_bytes()).unwrap();
    let mode = seccomp(child.id());
    input.write_all(rest.as_bytes()).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert_eq!(mode, "2");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn recorded_run_is_told_by_a_confined_process() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.json");
    // Behind its first line it waits for the next one for hours.
    let text = alive("nyc").replace("\"t_ms\":9,", "\"t_ms\":9000,");
    fs::write(&file, text).unwrap();
    let mut command = Command::new(RPING);
    let command = command
        .arg("--replay")
        .arg(&file)
        .args(["--speed", "0.001"]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut line).unwrap();
    let mode = seccomp(child.id());
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(mode, "2", "behind {line}");
}

#[test]
fn vantage_points_have_a_row_for_each_host_and_target() {
    let streams = ["nyc", "fra"].map(|host| rounds(host, "null").replace("loss>50%", "max>1ms"));
    let output = merge(&streams, &["--sort", "address"]);
    let out = String::from_utf8_lossy(&output.stdout);
    let rows: Vec<&str> = out
        .lines()
        .map(|row| row.split("  ").next().unwrap())
        .collect();
    assert_eq!(
        rows[..5],
        [
            "target",
            "192.0.2.1 from nyc",
            "192.0.2.1 from fra",
            "web.example (2001:db8::7) from nyc",
            "web.example (2001:db8::7) from fra"
        ]
    );
    assert!(
        out.contains("\n2 of 4 targets alive, 2 dead\n8 packets transmitted, 2 received, "),
        "{out}"
    );
}

#[test]
fn living_and_dead_of_all_hosts_are_listed_and_counted() {
    prints(
        &merge(&[alive("nyc"), alive("fra")], &[]),
        1,
        "\
192.0.2.1 from nyc                  alive      1.500 ms  first
web.example (2001:db8::7) from nyc  dead   Destination unreachable: Address unreachable
192.0.2.1 from fra                  alive      1.500 ms  first
web.example (2001:db8::7) from fra  dead   Destination unreachable: Address unreachable

--- 4 targets ping statistics ---
2 of 4 targets alive, 2 dead
10 packets transmitted, 2 received, +2 errors, 80% packet loss, time 10ms
rtt min/avg/max/mdev = 1.500/1.500/1.500/0.000 ms
rtt p50/p90/p99/p99.9 = 1.500/1.500/1.500/1.500 ms
timed by: 2 kernel
",
        "",
    );
}

#[test]
fn cut_stream_and_missing_shard_are_named_and_fail() {
    let cut: Vec<String> = rounds("nyc", "\"2/3\"")
        .lines()
        .take(5)
        .map(str::to_owned)
        .collect();
    let streams = [cut.join("\n") + "\n{\"v\":1,\"ev", rounds("nyc", "\"1/3\"")];
    let output = merge(&streams, &[]);
    let err = String::from_utf8_lossy(&output.stderr).replace(RPING, "rping");
    assert!(
        err.starts_with(
            "rping: shard 3/3 is missing: its targets are not counted\n\
             rping: 0.json: no end: counted as far as it goes\n"
        ),
        "{err}"
    );
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(
        out.contains("\n6 packets transmitted, 2 received, "),
        "{out}"
    );
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn lines_of_a_merge_validate_and_can_be_merged_again() {
    let schema = schema();
    for (streams, events) in [
        (
            vec![rounds("nyc", "null"), rounds("fra", "null")],
            "start target summary target summary target summary target summary end",
        ),
        (
            vec![rounds("nyc", "\"2/2\""), rounds("fra", "\"1/2\"")],
            "start target summary target summary target summary target summary end",
        ),
        (vec![alive("nyc")], "start target alive target dead end"),
        (
            vec![rounds("nyc", "\"2/2\"")],
            "start warning target summary target summary end",
        ),
    ] {
        let output = merge(&streams, &["--json"]);
        let text = String::from_utf8(output.stdout).unwrap();
        let lines = schema.read_run(&text);
        let found: Vec<&str> = lines
            .iter()
            .map(|line| line["event"].as_str().unwrap())
            .collect();
        assert_eq!(found.join(" "), events);
        let hosts = lines.iter().filter(|line| line["event"] == "target");
        assert!(hosts.clone().all(|line| line["host"].is_string()));
        assert!(hosts.clone().any(|line| line["source"] == "2001:db8::1"));
        let end = lines.last().unwrap();
        assert_eq!(output.status.code().unwrap(), end["exit_code"]);

        let again = merge(&[text], &["--json=summary"]);
        let again = schema.read_run(&String::from_utf8(again.stdout).unwrap());
        for field in [
            "sent",
            "received",
            "lost",
            "rtt_ms",
            "hist",
            "outages",
            "targets_dead",
        ] {
            assert_eq!(again.last().unwrap()[field], end[field], "{field}");
        }
    }
}

#[test]
fn standard_input_is_a_stream_too() {
    let mut child = Command::new(RPING)
        .args(["--merge", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(rounds("nyc", "null").as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(out.contains("\n1 of 2 targets alive, 1 dead\n"), "{out}");
}

#[test]
fn streams_that_do_not_belong_together_print_one_line_and_exit_with_2() {
    let start = rounds("nyc", "null");
    for (streams, line) in [
        (
            vec![start.clone(), start.clone()],
            "0.json and 1.json are both of host nyc: give one run of each host",
        ),
        (
            vec![String::new()],
            "0.json is empty: give files that rping --json wrote",
        ),
        (
            vec![start.replacen("\"v\":1", "\"v\":2", 1)],
            "0.json:1: this line has version 2 of the format, and this rping reads version 1: use the rping that wrote it",
        ),
    ] {
        prints(&merge(&streams, &[]), 2, "", &format!("rping: {line}\n"));
    }
    let output = Command::new(RPING)
        .args(["--merge", "/no/such/file"])
        .output()
        .unwrap();
    prints(
        &output,
        2,
        "",
        "rping: cannot open /no/such/file: No such file or directory\n",
    );
    let broken = start.replacen("\"event\":\"target\"", "\"event\":\"target\",,", 1);
    let output = merge(&[broken], &[]);
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(
        err.contains(": 0.json:2: ") && err.lines().count() == 1,
        "{err}"
    );
    assert_eq!(output.status.code(), Some(2));
}
