//! Targets that go down and come up again: their lines, and runs that last until then.

use crate::host::Host;
use crate::link::{self, HOST4, HOST6};
use crate::namespace::rping_trial;
use crate::packet::{Complaint, Request};
use crate::run::{Output, named};
use libtest_mimic::Trial;
use std::net::IpAddr;

fn rping(arguments: &str) -> Output {
    named("rping", arguments).run()
}

/// The lines about targets that go down and up, up to the first time of day or length.
fn told(output: &Output) -> Vec<String> {
    let lines = output.stdout.lines();
    let about = lines.filter(|line| line.contains(" is down: ") || line.contains(" is up again "));
    let cut = |line: &str| {
        let words = ["sent at", "after", "in all"];
        let cut = words
            .iter()
            .find_map(|word| Some((line.find(word)?, *word)));
        cut.map_or(line, |(place, word)| &line[..place + word.len()])
            .to_owned()
    };
    about.map(cut).collect()
}

/// The first five probes to each target are lost.
fn late_riser(request: &Request) -> Vec<Vec<u8>> {
    if request.sequence <= 5 {
        vec![]
    } else {
        vec![request.echo()]
    }
}

/// 198.51.100.20 and higher addresses are silent.
fn neighbourhood(request: &Request) -> Vec<Vec<u8>> {
    match request.destination {
        IpAddr::V4(address) if address.octets()[3] >= 20 => vec![],
        _ => vec![request.echo()],
    }
}

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        rping_trial(
            "downs::target_that_goes_down_and_up_has_a_line_for_each_and_is_listed",
            || {
                link::create();
                let _host = Host::start(late_riser);
                for host in [HOST4, HOST6] {
                    // As the only target, and as one of many. Probes are counted, so no result depends on when they are sent.
                    for option in ["", "--rate 100"] {
                        let line = format!("-n -c 8 -i 0.1 -W 2 --down-after 2 {option} {host}");
                        let output = rping(&line);
                        let expected = [
                            format!(
                                "{host} is down: 2 probes without an answer, the first sent at"
                            ),
                            format!("{host} is up again after"),
                        ];
                        assert_eq!(told(&output), expected, "{output:?}");
                        assert_eq!(output.code, 0);
                        let (_, end) = output.stdout.split_once("\ndown: 1 time, ").unwrap();
                        let [_, listed] = end.lines().collect::<Vec<_>>()[..] else {
                            panic!("{output:?}");
                        };
                        assert!(
                            listed.contains(" s, 5 probes (icmp_seq=1 to 5)"),
                            "{listed}"
                        );
                        let has_name = listed.ends_with(&format!("  {host}"));
                        assert_eq!(has_name, !option.is_empty(), "{listed}");
                    }
                }
            },
        ),
        rping_trial(
            "downs::quiet_run_prints_them_only_if_asked_and_lists_them_always",
            || {
                link::create();
                let _host = Host::silent();
                for (option, lines) in [("", 0), ("--down-after 3", 1), ("--until-down", 1)] {
                    let output = rping(&format!("-q -c 3 -i 0.1 -W 0.1 {option} {HOST4}"));
                    assert_eq!(told(&output).len(), lines, "{output:?}");
                    assert!(output.stdout.contains("\ndown: 1 time, "), "{output:?}");
                }
            },
        ),
        rping_trial(
            "downs::one_target_of_many_is_down_and_has_its_reason",
            || {
                link::create();
                let _host = Host::start(|request| match neighbourhood(request) {
                    answers if answers.is_empty() => {
                        vec![Complaint::about(request, HOST4, 3, 1).packet()]
                    }
                    answers => answers,
                });
                let output = rping(&format!(
                    "-n -q -c 3 -i 0.1 -W 10 --down-after 3 {HOST4} 198.51.100.20 {HOST6}"
                ));
                let lines: Vec<&str> = output
                    .stdout
                    .lines()
                    .filter(|line| line.contains(" is down: "))
                    .collect();
                let [line] = lines[..] else {
                    panic!("{output:?}");
                };
                assert!(
                    line.starts_with("198.51.100.20 is down: 3 probes"),
                    "{line}"
                );
                assert!(
                    line.ends_with("; Destination Host Unreachable from 198.51.100.2"),
                    "{line}"
                );
                assert_eq!(output.code, 1);
            },
        ),
        rping_trial("downs::run_until_down_ends_with_it_and_0", || {
            link::create();
            let _host = Host::start(neighbourhood);
            for targets in ["198.51.100.20", &format!("198.51.100.20 {HOST4}")] {
                let output = rping(&format!("-i 0.1 -W 0.1 --until-down=2 --json {targets}"));
                assert_eq!(output.code, 0, "{output:?}");
                let (_, end) = output.stdout.rsplit_once(r#""event":"end""#).unwrap();
                assert!(end.contains(r#""reason":"until","exit_code":0"#), "{end}");
                let output = rping(&format!("-c 3 -i 0.1 -W 10 --until-down=3 {HOST4}"));
                assert_eq!(output.code, 1, "{output:?}");
            }
        }),
        rping_trial("downs::run_until_up_ends_when_all_targets_are_up", || {
            link::create();
            let _host = Host::start(late_riser);
            for targets in [HOST4.to_string(), format!("{HOST4} {HOST6}")] {
                let output = rping(&format!("-q -i 0.1 -W 1 --until-up=2 {targets}"));
                assert_eq!(output.code, 0, "{output:?}");
                let output = rping(&format!("-c 3 -i 0.1 -W 0.1 --until-up {targets}"));
                assert_eq!(output.code, 1, "{output:?}");
            }
        }),
        rping_trial("downs::window_tells_of_the_last_seconds", || {
            link::create();
            let _host = Host::start(late_riser);
            let line = format!("-q -n -c 8 -i 0.1 -W 1 --window 3600 {HOST4}");
            let output = rping(&line);
            let last = "\nlast 3600 s: 3/8 packets, 62.5% loss, min/avg/max = ";
            assert!(output.stdout.contains(last), "{output:?}");
            let output = rping(&format!("{line} --rate 100 --fail-if window.loss>62%"));
            let heading = output.stdout.lines().next().unwrap();
            assert!(
                heading.ends_with("  loss % (3600 s)  avg ms (3600 s)  p99 ms (3600 s)"),
                "{heading}"
            );
            let failed = format!("{HOST4}: --fail-if window.loss>62%: 62.5%\n");
            assert!(output.stderr.ends_with(&failed), "{output:?}");
            assert_eq!(output.code, 1);
            let output = rping(&format!("{line} --fail-if window.loss>63%"));
            assert_eq!(output.code, 0, "{output:?}");
        }),
        rping_trial(
            "downs::recorded_run_has_the_same_text_when_it_is_replayed",
            || {
                link::create();
                let _host = Host::start(late_riser);
                let directory = tempfile::tempdir().unwrap();
                for targets in [HOST4.to_string(), format!("{HOST4} {HOST6} 198.51.100.9")] {
                    let file = directory.path().join("run.json");
                    let line = format!(
                        "-n -c 8 -i 0.1 -W 1 --export-json {} {targets}",
                        file.display()
                    );
                    let run = rping(&line);
                    let replayed = rping(&format!("-n --replay {}", file.display()));
                    // Only lines with replies say when probes were sent.
                    let without_time = |text: &str| -> Vec<String> {
                        let lines = text
                            .lines()
                            .map(|line| line.split(", time ").next().unwrap());
                        lines.map(str::to_owned).collect()
                    };
                    assert_eq!(without_time(&replayed.stdout), without_time(&run.stdout));
                    assert_eq!((replayed.code, replayed.stderr.as_str()), (0, ""));
                }
            },
        ),
        rping_trial("downs::metrics_count_them", || {
            link::create();
            let _host = Host::start(late_riser);
            let directory = tempfile::tempdir().unwrap();
            let file = directory.path().join("metrics.prom");
            let output = rping(&format!(
                "-q -n -c 6 -i 0.1 -W 2 --export-openmetrics {} {HOST4}",
                file.display()
            ));
            assert_eq!(output.code, 0, "{output:?}");
            let text = std::fs::read_to_string(&file).unwrap();
            let count = text
                .lines()
                .find(|line| line.starts_with("rping_outages_total{"));
            assert!(count.is_some_and(|line| line.ends_with("} 1")), "{text}");
        }),
    ]
}
