//! `--fail-if`: conditions that must not be true of any target.

use crate::host::Host;
use crate::link::{self, HOST4, HOST6};
use crate::namespace::rping_trial;
use crate::packet::Request;
use crate::run::{Output, Stream, named};
use crate::sandbox;
use libtest_mimic::Trial;
use std::net::IpAddr;

/// The messages about conditions, without the path of the program, and the exit code.
fn failed(output: &Output) -> (Vec<String>, i32) {
    let lines = output.stderr.lines();
    let lines = lines.filter_map(|line| line.split_once("ping: "));
    (
        lines.map(|(_, rest)| rest.to_owned()).collect(),
        output.code,
    )
}

/// A run with these arguments and conditions.
fn run(name: &str, arguments: &str, conditions: &[&str]) -> Output {
    let mut words: Vec<&str> = arguments.split_whitespace().collect();
    words.extend(conditions.iter().flat_map(|it| ["--fail-if", it]));
    named(name, "").words(&words).run()
}

/// 198.51.100.20 and higher addresses are silent.
fn neighbourhood(request: &Request) -> Vec<Vec<u8>> {
    match request.destination {
        IpAddr::V4(address) if address.octets()[3] >= 20 => vec![],
        _ => vec![request.echo()],
    }
}

/// One of two probes is lost.
fn half(request: &Request) -> Vec<Vec<u8>> {
    if request.sequence == 1 {
        vec![]
    } else {
        vec![request.echo()]
    }
}

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        rping_trial("conditions::run_with_too_much_loss_fails", || {
            link::create();
            let _host = Host::start(half);
            for host in [HOST4, HOST6] {
                let line = format!("-q -c 2 -i 0.1 -W 1 {host}");
                let output = run("rping", &line, &["loss>1%", "loss>=50%", "loss > 50 %"]);
                let expected = vec![
                    format!("{host}: --fail-if loss>1%: 50%"),
                    format!("{host}: --fail-if loss>=50%: 50%"),
                ];
                assert_eq!(failed(&output), (expected, 1));
                let output = run("rping", &line, &["loss>50%", "loss<50%"]);
                assert_eq!(failed(&output), (vec![], 0));
                assert_eq!(output.stderr, "");
            }
        }),
        rping_trial(
            "conditions::condition_is_told_behind_the_statistics_of_standard_output",
            || {
                link::create();
                let _host = Host::echo();
                let output = run("rping", &format!("-c 1 {HOST4}"), &["loss>=0%"]);
                assert!(output.stdout.contains(" 0% packet loss"), "{output:?}");
                assert!(!output.stdout.contains("--fail-if"), "{output:?}");
                assert_eq!(output.stderr.lines().count(), 1, "{output:?}");
            },
        ),
        rping_trial(
            "conditions::late_replies_duplicates_and_outages_are_figures",
            || {
                link::create();
                let mut kept = Vec::new();
                let _host = Host::start(move |request| match request.sequence {
                    // The reply comes with that to the third probe.
                    2 => {
                        kept.push(request.echo());
                        vec![]
                    }
                    3 => vec![kept.remove(0), request.echo()],
                    _ => vec![request.echo(), request.echo()],
                });
                // As the only target, and as one of many.
                for option in ["", "--rate 100"] {
                    let line = format!("-q -c 3 -i 2 -W 1 {option} {HOST4}");
                    let conditions = [
                        "late>0",
                        "late>1",
                        "duplicates>=1",
                        "duplicates>1",
                        "outage>0.1s",
                        "outage>3600s",
                        "jitter>10s",
                        "p50>10s",
                    ];
                    let (mut lines, code) = failed(&run("rping", &line, &conditions));
                    assert_eq!((lines.len(), code), (3, 1), "{lines:?}");
                    // About 2 s.
                    let outage = lines.remove(2);
                    let outage = outage.strip_prefix(&format!("{HOST4}: --fail-if outage>0.1s: "));
                    assert!(outage.is_some_and(|length| length.ends_with(" s")));
                    let expected = [
                        format!("{HOST4}: --fail-if late>0: 1"),
                        format!("{HOST4}: --fail-if duplicates>=1: 1"),
                    ];
                    assert_eq!(lines, expected);
                }
            },
        ),
        rping_trial("conditions::each_target_is_checked_and_named", || {
            link::create();
            let _host = Host::start(neighbourhood);
            let line = format!("-q -c 2 -i 0.1 -W 1 {HOST6} 198.51.100.20-21 {HOST4}");
            let output = run("rping", &line, &["loss>1%", "max>10s", "p99>10s"]);
            let expected = [20, 21].map(|it| format!("198.51.100.{it}: --fail-if loss>1%: 100%"));
            assert_eq!(failed(&output), (expected.to_vec(), 1));
            // A target without a reply has no round trip.
            let output = run("rping", &line, &["min>=0us", "jitter<0us"]);
            let (lines, code) = failed(&output);
            let named: Vec<&str> = lines
                .iter()
                .filter_map(|it| it.split_once(": "))
                .map(|it| it.0)
                .collect();
            assert_eq!(named, [HOST6, HOST4].map(|host| host.to_string()));
            assert_eq!(code, 1);
        }),
        rping_trial("conditions::named_target_is_named", || {
            link::create();
            let _host = Host::start(neighbourhood);
            let line = "-q -c 1 -W 10 host4.example host6.example";
            let output = run("rping", line, &["loss<1%"]);
            let expected = vec![
                "host4.example (198.51.100.2): --fail-if loss<1%: 0%".to_owned(),
                "host6.example (fd51::2): --fail-if loss<1%: 0%".to_owned(),
            ];
            assert_eq!(failed(&output), (expected, 1));
            let output = run("rping", "-q -c 1 host4.example", &["loss<1%"]);
            let expected = vec!["host4.example: --fail-if loss<1%: 0%".to_owned()];
            assert_eq!(failed(&output), (expected, 1));
        })
        .with_ignored_flag(!sandbox::has_name_service()),
        rping_trial(
            "conditions::interrupted_run_with_a_true_condition_exits_with_1",
            || {
                link::create();
                let _host = Host::echo();
                for hosts in [HOST4.to_string(), format!("{HOST4} {HOST6}")] {
                    for (condition, code) in [("avg<10s", 1), ("avg>10s", 0)] {
                        let output =
                            named("rping", &format!("-i 0.1 --fail-if {condition} {hosts}"))
                                .signal_when(Stream::Out, "icmp_seq=3 ", libc::SIGINT)
                                .run();
                        assert_eq!(output.code, code, "{output:?}");
                    }
                }
            },
        ),
        rping_trial("conditions::option_works_under_the_name_ping_too", || {
            link::create();
            let _host = Host::start(half);
            let line = format!("-c 2 -i 0.1 -W 1 {HOST4}");
            let output = run("ping", &line, &["loss>1%", "late>0"]);
            let expected = vec![format!("{HOST4}: --fail-if loss>1%: 50%")];
            assert_eq!(failed(&output), (expected, 1));
            let without = run("ping", &line, &[]);
            assert_eq!((without.stderr.as_str(), without.code), ("", 0));
        }),
        rping_trial(
            "conditions::too_many_targets_for_a_condition_are_refused_before_the_run",
            || {
                link::create();
                let host = Host::echo();
                let output = run("rping", "-c 1 10.0.0.0-10.0.16.0", &["loss>1%", "p99>1s"]);
                let refusal = "--fail-if p99>1s: of more than 4096 targets only loss, min, avg and max are known";
                assert_eq!(failed(&output), (vec![refusal.to_owned()], 2));
                assert_eq!(host.finish().len(), 0);
                let line = "-q -c 1 --rate max 127.2.0.0-127.2.16.0";
                let output = run("rping", line, &["loss>1%", "max>1s"]);
                assert_eq!((output.stderr.as_str(), output.code), ("", 0));
            },
        ),
    ]
}
