//! `--json` on a real network: each line is valid and the last one is `end`.

use crate::host::Host;
use crate::lines::Schema;
use crate::link::{self, HOST4, HOST6, ROUTER4};
use crate::namespace::{allow_ping_sockets, rping_trial};
use crate::packet::{Complaint, Reply, Request};
use crate::run::{Output, Stream, named};
use crate::{sandbox, sys};
use libtest_mimic::Trial;
use serde_json::Value;
use std::io::Read;
use std::process::{Command, Stdio};

/// The number of replies: printed ones, and those whose lines were dropped because the reader was slow.
fn replies(lines: &[Value]) -> u64 {
    let dropped = of(lines, "dropped").map(|line| line["lines"].as_u64().unwrap());
    of(lines, "reply").count() as u64 + dropped.sum::<u64>()
}

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = one_target();
    trials.extend(many_targets());
    trials.extend(endings());
    trials
}

pub(crate) fn schema() -> Schema {
    let printed = named("rping", "--generate schema").run();
    assert_eq!((printed.code, printed.stderr.as_str()), (0, ""));
    Schema::new(&printed.stdout)
}

/// The lines of a run with these arguments and this exit code.
#[track_caller]
fn lines(arguments: &str, code: i32) -> Vec<Value> {
    read(&named("rping", arguments).run(), code)
}

#[track_caller]
fn read(output: &Output, code: i32) -> Vec<Value> {
    let lines = schema().read_run(&output.stdout);
    assert_eq!(output.code, code, "{output:?}");
    assert_eq!(lines.last().unwrap()["exit_code"], code);
    lines
}

/// The names of the events in order.
fn events(lines: &[Value]) -> String {
    events_of(lines.iter())
}

fn events_of<'a>(lines: impl Iterator<Item = &'a Value>) -> String {
    let events = lines.map(|line| line["event"].as_str().unwrap());
    events.collect::<Vec<_>>().join(" ")
}

fn of<'a>(lines: &'a [Value], event: &'a str) -> impl Iterator<Item = &'a Value> {
    lines.iter().filter(move |line| line["event"] == event)
}

fn one_target() -> Vec<Trial> {
    vec![
        rping_trial("json::three_probes_to_this_host_are_three_replies", || {
            let lines = lines("--json -c 3 -i 0.01 -W 10 127.0.0.1", 0);
            assert_eq!(events(&lines), "start target reply reply reply summary end");
            let replies: Vec<&Value> = of(&lines, "reply").collect();
            for (number, reply) in replies.iter().enumerate() {
                assert_eq!(reply["seq"], number);
                assert_eq!(reply["icmp_seq"], number + 1);
                assert_eq!(
                    (&reply["from"], &reply["bytes"]),
                    (&"127.0.0.1".into(), &64.into())
                );
                assert!(reply["rtt_ms"].as_f64().unwrap() > 0.0, "{reply}");
            }
            let end = lines.last().unwrap();
            assert_eq!(
                (&end["sent"], &end["received"], &end["reason"]),
                (&3.into(), &3.into(), &"done".into())
            );
        }),
        rping_trial("json::departures_are_told_where_all_is", || {
            let lines = lines("--json=all -c 2 -i 0.01 -W 10 127.0.0.1", 0);
            // A busy machine may send the second probe before it reads the first reply.
            let of_probe = |number: u64| {
                let of_it = lines.iter().filter(|line| line["seq"] == number);
                events_of(of_it)
            };
            assert_eq!([0, 1].map(of_probe), ["sent reply", "sent reply"]);
            assert!(events(&lines).starts_with("start target sent "));
            assert!(events(&lines).ends_with(" reply summary end"));
            assert_eq!(lines.len(), 8);
        }),
        rping_trial("json::results_are_told_where_only_they_are_wanted", || {
            let lines = lines("--json=summary -c 2 -i 0.01 -W 10 ::1", 0);
            assert_eq!(events(&lines), "start target summary end");
            assert_eq!(lines[1]["family"], 6);
            assert_eq!(lines[2]["hist"]["unit"], "ns");
        }),
        rping_trial("json::flood_has_a_reply_for_each_probe", || {
            let lines = lines("-j -f -c 5000 -W 10 127.0.0.1", 0);
            assert_eq!(replies(&lines), 5000);
        }),
        rping_trial(
            "json::a_silent_host_loses_probes_after_their_timeout",
            || {
                link::create();
                let _host = Host::silent();
                let lines = lines(&format!("--json -c 2 -i 0.1 -W 0.2 {HOST4}"), 1);
                assert_eq!(events(&lines), "start target lost lost summary end");
                let lost = of(&lines, "lost").next().unwrap();
                assert_eq!(
                    (&lost["seq"], &lost["timeout_ms"]),
                    (&0.into(), &200.into())
                );
                assert_eq!(lines[4]["loss_percent"], 100);
                assert_eq!(lines[4]["rtt_ms"], Value::Null);
            },
        ),
        rping_trial(
            "json::an_error_is_a_message_and_the_outcome_comes_at_the_end",
            || {
                link::create();
                let _host = Host::start(|request: &Request| {
                    vec![Complaint::about(request, ROUTER4, 3, 13).packet()]
                });
                let lines = lines(&format!("--json -c 1 -W 10 {HOST4}"), 1);
                assert_eq!(
                    events(&lines),
                    "start target icmp_error rejected summary end"
                );
                for line in &lines[2..4] {
                    assert_eq!(line["reason"], "packet_filtered");
                    assert_eq!(line["from"], ROUTER4.to_string());
                }
                assert_eq!(
                    (&lines[4]["rejected"], &lines[4]["lost"]),
                    (&1.into(), &0.into())
                );
            },
        ),
        rping_trial("json::a_reply_after_an_error_wins", || {
            link::create();
            // The reply to the first probe waits for the second, so that the run continues after the error.
            let mut first: Option<Vec<u8>> = None;
            let _host = Host::start(move |request: &Request| match first.take() {
                None => {
                    first = Some(request.echo());
                    vec![Complaint::about(request, ROUTER4, 3, 1).packet()]
                }
                Some(reply) => vec![reply, request.echo()],
            });
            let lines = lines(&format!("--json -c 2 -i 0.01 -W 10 {HOST4}"), 0);
            assert_eq!(of(&lines, "icmp_error").count(), 1);
            assert_eq!(of(&lines, "rejected").count(), 0);
            assert_eq!(of(&lines, "reply").next().unwrap()["seq"], 0);
        }),
        rping_trial("json::a_probe_that_does_not_leave_uses_a_number", || {
            link::create();
            let _host = Host::echo();
            let lines = lines(&format!("--json -c 2 -i 0.01 -M do -s 9000 {HOST4}"), 1);
            assert_eq!(events(&lines), "start target not_sent not_sent summary end");
            let last = of(&lines, "not_sent").last().unwrap();
            assert_eq!(
                (&last["seq"], &last["errno"]),
                (&1.into(), &libc::EMSGSIZE.into())
            );
        }),
        rping_trial("json::ping_socket_is_named", || {
            allow_ping_sockets();
            let run = named("rping", "--json -c 1 127.0.0.1").without_raw().run();
            let lines = read(&run, 0);
            assert_eq!(lines[0]["socket"], "ping");
            assert_eq!(of(&lines, "reply").count(), 1);
        }),
        rping_trial("json::type_of_service_of_each_reply_is_told", || {
            link::create();
            allow_ping_sockets();
            let _host = Host::start(|request: &Request| {
                let mut reply = Reply::to(request);
                reply.traffic_class = 0xb8 + u8::try_from(request.sequence).unwrap();
                vec![reply.packet()]
            });
            for socket in ["raw", "ping"] {
                for targets in [
                    HOST4.to_string(),
                    HOST6.to_string(),
                    format!("{HOST4} {HOST6}"),
                ] {
                    let arguments =
                        format!("--json --socket {socket} -c 2 -i 0.01 -W 10 {targets}");
                    let lines = lines(&arguments, 0);
                    assert!(of(&lines, "reply").count() >= 2);
                    for reply in of(&lines, "reply") {
                        let sequence = reply["icmp_seq"].as_u64().unwrap();
                        assert_eq!(reply["tos"], 0xb8 + sequence, "{arguments}: {reply}");
                    }
                }
            }
        }),
        rping_trial("json::an_error_before_the_run_has_no_line", || {
            let output = named("rping", "--json 198.51.100.2").run();
            assert_eq!((output.code, output.stdout.as_str()), (2, ""));
            assert_eq!(output.stderr.lines().count(), 1, "{output:?}");
        }),
    ]
}

fn many_targets() -> Vec<Trial> {
    vec![
        rping_trial("json::each_target_is_told_before_its_first_line", || {
            let lines = lines("--json -c 2 -i 0.05 -W 10 127.0.0.1 127.0.0.2", 0);
            assert_eq!(of(&lines, "target").count(), 2);
            assert_eq!(of(&lines, "reply").count(), 4);
            assert_eq!(of(&lines, "summary").count(), 2);
            let end = lines.last().unwrap();
            assert_eq!(
                (&end["sent"], &end["targets_alive"]),
                (&4.into(), &2.into())
            );
            assert!(lines[0]["targets_hash"].is_string());
        }),
        rping_trial("json::an_alive_scan_has_one_line_for_each_target", || {
            link::create();
            let _host = Host::start(|request: &Request| {
                let octet = |address| match address {
                    std::net::IpAddr::V4(address) => std::net::Ipv4Addr::octets(&address)[3],
                    std::net::IpAddr::V6(_) => 0,
                };
                if octet(request.destination) == 2 {
                    vec![request.echo()]
                } else {
                    vec![]
                }
            });
            for detail in ["--json", "--json=summary"] {
                let arguments = format!("{detail} --alive --retries 0 -W 2 198.51.100.2-3");
                let lines = lines(&arguments, 1);
                let mut told: Vec<String> = lines
                    .iter()
                    .filter(|line| ["alive", "dead"].map(Value::from).contains(&line["event"]))
                    .map(|line| format!("{} {}", line["name"], line["event"]).replace('"', ""))
                    .collect();
                told.sort_unstable();
                assert_eq!(told, ["198.51.100.2 alive", "198.51.100.3 dead"]);
                assert_eq!(of(&lines, "summary").count(), 0);
                assert_eq!(of(&lines, "reply").count(), 0);
            }
        }),
        rping_trial(
            "json::all_of_an_alive_scan_tells_what_became_of_each_try",
            || {
                link::create();
                // One host answers only the second try, and one never.
                let _host = Host::start(|request: &Request| {
                    let is_second = request.sequence.is_multiple_of(2);
                    let is_first_host = request.destination == HOST4;
                    if is_first_host && is_second {
                        vec![request.echo()]
                    } else {
                        vec![]
                    }
                });
                for question in ["--alive", "--dead"] {
                    let arguments =
                        format!("--json=all {question} --retries 1 -W 0.3 {HOST4} 198.51.100.3");
                    let lines = lines(&arguments, 1);
                    let told = |target: u64, event: &str| -> Vec<u64> {
                        let of_event = of(&lines, event).filter(|line| line["target"] == target);
                        let mut told: Vec<u64> =
                            of_event.map(|line| line["seq"].as_u64().unwrap()).collect();
                        told.sort_unstable();
                        told
                    };
                    assert_eq!((told(0, "sent"), told(1, "sent")), (vec![0, 1], vec![0, 1]));
                    assert_eq!((told(0, "lost"), told(0, "reply")), (vec![0], vec![1]));
                    assert_eq!((told(1, "lost"), told(1, "reply")), (vec![0, 1], vec![]));
                    assert_eq!(of(&lines, "alive").count(), 1);
                    assert_eq!(of(&lines, "dead").count(), 1);
                    assert_eq!(of(&lines, "summary").count(), 2);
                }
            },
        ),
        rping_trial("json::labels_come_back_exactly", || {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            std::io::Write::write_all(&mut file, "127.0.0.1 Büro \"5\" \u{202e}\\\n".as_bytes())
                .unwrap();
            let path = file.path().to_str().unwrap().to_owned();
            let lines = lines(&format!("--json -c 1 --targets {path}"), 0);
            assert_eq!(
                of(&lines, "target").next().unwrap()["label"],
                "Büro \"5\" \u{202e}\\"
            );
        }),
    ]
}

fn endings() -> Vec<Trial> {
    vec![
        rping_trial("json::an_interrupted_run_ends_with_end", || {
            for targets in ["127.0.0.1", "127.0.0.1 127.0.0.2"] {
                let run = named("rping", &format!("--json -i 0.05 {targets}"));
                let output = run
                    .signal_when(Stream::Out, "\"seq\":2", libc::SIGINT)
                    .run();
                let lines = read(&output, 0);
                assert_eq!(lines.last().unwrap()["reason"], "signal");
            }
        }),
        rping_trial("json::a_deadline_is_the_reason_of_the_end", || {
            let lines = lines("--json -i 0.05 -w 2 127.0.0.1", 0);
            assert_eq!(lines.last().unwrap()["reason"], "deadline");
        }),
        rping_trial("json::the_first_reply_may_be_the_reason_of_the_end", || {
            let lines = lines("--json -o 127.0.0.1", 0);
            assert_eq!(lines.last().unwrap()["reason"], "until");
        }),
        rping_trial("json::status_has_a_line_for_each_target", || {
            let run = named("rping", "--json -i 0.05 127.0.0.1");
            let output = run
                .signal_when(Stream::Out, "\"seq\":1", libc::SIGQUIT)
                .signal_when(Stream::Out, "\"status\"", libc::SIGINT)
                .run();
            let lines = read(&output, 0);
            assert_eq!(of(&lines, "status").count(), 1);
            let targets = "127.0.0.1 127.0.0.2";
            let run = named(
                "rping",
                &format!("--json -i 0.1 --summary-every 0.2 {targets}"),
            );
            let output = run
                .when(Stream::Out, "\"status\"", |_| {})
                .signal_when(Stream::Out, "\"status\"", libc::SIGINT)
                .run();
            let lines = read(&output, 0);
            let told: Vec<&Value> = of(&lines, "status").take(2).collect();
            assert_eq!([&told[0]["target"], &told[1]["target"]], [0, 1]);
        }),
        rping_trial("json::lines_that_nobody_read_are_counted", || {
            let (mut reader, writer) = sys::small_pipe();
            let mut command = Command::new(sandbox::program("rping"));
            command.args("--json -f -c 20000 -W 10 127.0.0.1".split(' '));
            let mut child = command.stdin(Stdio::null()).stdout(writer).spawn().unwrap();
            drop(command);
            // It sends all probes before anything is read, otherwise it would not end.
            let counted = |child: &mut std::process::Child| child.try_wait().unwrap().is_some();
            assert!(!counted(&mut child));
            let mut out = String::new();
            reader.read_to_string(&mut out).unwrap();
            assert!(child.wait().unwrap().success());
            let lines = schema().read_run(&out);
            assert_eq!(replies(&lines), 20_000);
        }),
    ]
}
