//! Exported files.

use crate::host::Host;
use crate::link::{self, HOST4, HOST6, ROUTER4};
use crate::namespace::rping_trial;
use crate::packet::{Complaint, Reply};
use crate::run::{Stream, named};
use libtest_mimic::Trial;
use std::fs;

/// The fields of each row after the header, without the first one, the time.
fn rows(text: &str) -> Vec<Vec<String>> {
    let mut lines = text.split_terminator("\r\n");
    let header = "time,target,name,address,label,seq,icmp_seq,outcome,rtt_ms,ttl,from,reason";
    assert_eq!(lines.next(), Some(header));
    let rows = lines.map(|line| line.split(',').skip(1).map(str::to_owned).collect());
    rows.collect()
}

/// The target and outcome of each row.
fn outcomes(text: &str) -> Vec<(String, String)> {
    let outcome = |row: Vec<String>| (format!("{} {}", row[0], row[4]), row[6].clone());
    rows(text).into_iter().map(outcome).collect()
}

fn expected(outcomes: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(probe, outcome): &(&str, &str)| ((*probe).to_owned(), (*outcome).to_owned());
    outcomes.iter().map(owned).collect()
}

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        rping_trial("exports::csv_has_one_row_for_each_probe", || {
            link::create();
            // The second probe is lost, the third rejected.
            let _host = Host::start(|request| match request.sequence {
                2 => Vec::new(),
                3 => vec![Complaint::about(request, ROUTER4, 3, 1).packet()],
                _ => vec![request.echo()],
            });
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("file.csv");
            let file = path.to_str().unwrap();
            let options = format!("--export-csv {file} -c 4 -i 0.1 -W 1 {HOST4}");
            let output = named("rping", &options).run();
            assert_eq!(output.code, 0, "{output:?}");
            assert!(
                output.stdout.contains("4 packets transmitted, 2 received"),
                "{output:?}"
            );
            let text = fs::read_to_string(&path).unwrap();
            let all = outcomes(&text);
            let mut sorted = all.clone();
            sorted.sort();
            let wanted = [
                ("0 0", "reply"),
                ("0 1", "lost"),
                ("0 2", "rejected"),
                ("0 3", "reply"),
            ];
            assert_eq!(sorted, expected(&wanted), "{text}");
            let rejected = rows(&text).into_iter().find(|row| row[6] == "rejected");
            assert!(rejected.unwrap()[10].contains("unreachable"), "{text}");
        }),
        rping_trial(
            "exports::csv_on_standard_output_takes_the_place_of_the_text",
            || {
                link::create();
                let _host = Host::echo();
                for targets in [HOST4.to_string(), format!("{HOST4} {HOST6}")] {
                    let output =
                        named("rping", &format!("--export-csv - -c 1 -W 10 {targets}")).run();
                    assert_eq!(output.code, 0, "{output:?}");
                    let mut replies = rows(&output.stdout);
                    // Sorted by number, because the order of replies is not fixed.
                    replies.sort();
                    assert_eq!(replies.len(), targets.split(' ').count());
                    for (row, target) in replies.iter().zip(targets.split(' ')) {
                        assert_eq!(row[2], target);
                        assert_eq!(row[6], "reply");
                        assert!(row[7].parse::<f64>().unwrap() > 0.0, "{row:?}");
                    }
                }
            },
        ),
        rping_trial(
            "exports::run_that_is_interrupted_has_told_what_became_of_its_probes",
            || {
                link::create();
                let _host = Host::start(|request| match request.sequence {
                    1 => vec![Reply::to(request).packet()],
                    _ => Vec::new(),
                });
                let run = named("rping", &format!("--export-csv - -i 0.1 -W 1 {HOST4}"));
                let run = run.signal_when(Stream::Out, "1,2,lost", libc::SIGINT);
                let output = run.run();
                assert_eq!(output.code, 0, "{output:?}");
                let all = outcomes(&output.stdout);
                assert_eq!(
                    all[..2],
                    expected(&[("0 0", "reply"), ("0 1", "lost")]),
                    "{output:?}"
                );
            },
        ),
        rping_trial(
            "exports::metrics_have_each_target_and_leave_nothing_beside_them",
            || {
                link::create();
                let _host = Host::echo();
                let directory = tempfile::tempdir().unwrap();
                let path = directory.path().join("rping.prom");
                let file = path.to_str().unwrap().to_owned();
                let options = format!(
                    "--export-openmetrics {file} --export-every 0.1 -i 0.05 {HOST4} {HOST6}"
                );
                let output = named("rping", &format!("-w 2 {options}")).run();
                assert_eq!(output.code, 0, "{output:?}");
                let page = fs::read_to_string(&path).unwrap();
                for (host, family) in [(HOST4.to_string(), 4), (HOST6.to_string(), 6)] {
                    let labels = format!(
                        "target=\"{host}\",address=\"{host}\",family=\"{family}\",label=\"\""
                    );
                    let up = format!("rping_up{{{labels}}} 1\n");
                    assert!(page.contains(&up), "{page}");
                }
                assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
            },
        ),
        rping_trial("exports::several_files_are_written_at_once", || {
            link::create();
            let _host = Host::losing(2);
            let directory = tempfile::tempdir().unwrap();
            let path = |name: &str| directory.path().join(name).to_str().unwrap().to_owned();
            let options = format!(
                "--export-csv {} --export-csv-summary {} --export-influx {} -c 3 -i 0.1 -W 1 {HOST4}",
                path("probes"),
                path("targets"),
                path("lines"),
            );
            let output = named("rping", &options).run();
            assert_eq!(output.code, 0, "{output:?}");
            let read = |name| fs::read_to_string(path(name)).unwrap();
            assert_eq!(rows(&read("probes")).len(), 3);
            let summary = read("targets");
            let lines: Vec<&str> = summary.split_terminator("\r\n").collect();
            let figure = |name: &str| {
                let place = lines[0]
                    .split(',')
                    .position(|column| column == name)
                    .unwrap();
                lines[1].split(',').nth(place).unwrap().to_owned()
            };
            let counted = ["sent", "received", "lost", "rejected", "outages_count"].map(figure);
            assert_eq!(counted, ["3", "2", "1", "0", "1"]);
            let line = read("lines");
            let start = format!(
                "ping,address={HOST4},family=4,url={HOST4} packets_received=2i,packets_transmitted=3i,"
            );
            assert!(line.starts_with(&start), "{line}");
        }),
        rping_trial(
            "exports::json_beside_the_text_has_the_lines_of_json",
            || {
                link::create();
                let _host = Host::losing(2);
                let directory = tempfile::tempdir().unwrap();
                let path = directory.path().join("lines");
                let file = path.to_str().unwrap();
                for (target, of) in [(HOST4.to_string(), 1), (format!("{HOST4} {HOST6}"), 2)] {
                    let options = format!("--export-json {file} -c 3 -i 0.1 -W 1 {target}");
                    let output = named("rping", &options).run();
                    assert_eq!(output.code, 0, "{output:?}");
                    assert!(output.stdout.contains(" packet loss"), "{output:?}");
                    let text = fs::read_to_string(&path).unwrap();
                    let count = |event: &str| {
                        let start = format!("{{\"v\":1,\"event\":\"{event}\",");
                        text.lines().filter(|line| line.starts_with(&start)).count()
                    };
                    let counted = ["start", "target", "reply", "lost", "summary", "end"].map(count);
                    assert_eq!(counted, [1, of, 2 * of, of, of, 1], "{text}");
                    let last = text.lines().last().unwrap();
                    assert!(last.contains("\"event\":\"end\""), "{last}");
                    assert!(last.contains("\"exit_code\":0"), "{last}");
                }
            },
        ),
        rping_trial(
            "exports::full_disk_is_told_at_the_end_of_a_run_that_went_on",
            || {
                let output = named(
                    "rping",
                    "--export-csv /dev/full -c 2 -i 0.1 -W 10 127.0.0.1",
                )
                .run();
                assert_eq!(output.code, 2, "{output:?}");
                assert!(
                    output.stdout.contains("2 packets transmitted, 2 received"),
                    "{output:?}"
                );
                let told = "ping: cannot write /dev/full: No space left on device\n";
                assert_eq!(output.stderr, told);
            },
        ),
    ]
}
