//! Many targets in one run.

use crate::dns::{self, Server};
use crate::host::Host;
use crate::link::{self, HOST4, HOST6, OTHER4, OTHER6, ROUTER4, US4, US6};
use crate::namespace::{allow_ping_sockets, rping_trial, set};
use crate::netlink;
use crate::packet::{Complaint, Reply, Request};
use crate::run::{Output, Stream, named};
use crate::sandbox;
use libtest_mimic::Trial;
use std::io::Write;

/// Replaces figures with three decimals by `T`, with columns one space apart.
fn plain(text: &str) -> String {
    let is_figure = |word: &str| {
        let (whole, fraction) = word.split_once('.').unwrap_or((word, ""));
        fraction.len() == 3
            && [whole, fraction]
                .iter()
                .all(|part| part.bytes().all(|d| d.is_ascii_digit()))
    };
    let figures = |word: &str| -> String {
        let parts = word
            .split('/')
            .map(|part| if is_figure(part) { "T" } else { part });
        parts.collect::<Vec<_>>().join("/")
    };
    let word = |word: &str| match word.split_once('=') {
        Some((name, value)) => format!("{name}={}", figures(value)),
        None if word.ends_with("ms") && word != "ms" => "Tms".to_owned(),
        None => figures(word),
    };
    text.lines()
        .map(|line| {
            line.split_whitespace()
                .map(word)
                .collect::<Vec<_>>()
                .join(" ")
                + "\n"
        })
        .collect()
}

/// 198.51.100.1 to 9 answer, a router rejects 10 to 19, and the others are silent.
fn neighbourhood(request: &Request) -> Vec<Vec<u8>> {
    match last_octet(request) {
        0..=9 => vec![request.echo()],
        10..=19 => vec![Complaint::about(request, ROUTER4, 3, 1).packet()],
        _ => vec![],
    }
}

fn last_octet(request: &Request) -> u8 {
    match request.destination {
        std::net::IpAddr::V4(address) => address.octets()[3],
        std::net::IpAddr::V6(address) => address.octets()[15],
    }
}

/// Invalid targets, and why.
const NO_TARGETS: [(&str, &str); 6] = [
    ("0.0.0.0", "the unspecified address is no host: "),
    ("::", "the unspecified address is no host: "),
    ("224.0.0.1", "multicast and broadcast reach many hosts: "),
    (
        "255.255.255.255",
        "multicast and broadcast reach many hosts: ",
    ),
    ("ff02::1", "multicast and broadcast reach many hosts: "),
    (
        "fe80::5",
        "a link-local address needs an interface, as in fe80::5%v0; there are: lo v0 v1\n",
    ),
];

/// A name for each of them: `no0.example` and so on.
fn hosts_of_no_targets() -> String {
    let lines = NO_TARGETS.iter().enumerate();
    let lines = lines.map(|(number, (address, _))| format!("{address} no{number}.example\n"));
    lines.collect()
}

/// Checks that one of two targets was probed, and that the other was not and has this line.
#[track_caller]
fn is_refused(output: &Output, complaint: &str) {
    assert_eq!(output.code, 2, "{output:?}");
    assert_eq!(output.stdout, "198.51.100.2\n", "{output:?}");
    assert!(output.stderr.starts_with(complaint), "{output:?}");
}

/// A file that is deleted after the trial.
fn file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    // With trials run by root, children are not root.
    file
}

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = by_address();
    trials.extend(by_name().into_iter().map(|trial| {
        let ignored = trial.has_ignored_flag() || !sandbox::has_name_service();
        trial.with_ignored_flag(ignored)
    }));
    trials
}

fn by_address() -> Vec<Trial> {
    vec![
        rping_trial("many::rounds_of_two_families_end_with_a_table", || {
            link::create();
            let host = Host::start(neighbourhood);
            let output = named(
                "rping",
                &format!("-c 2 -i 0.2 -W 2 {HOST4} {HOST6} 198.51.100.20"),
            )
            .run();
            let (lines, rest) = output.stdout.split_once("\n\n").unwrap();
            // Of replies that arrive at once, either may be read first.
            let mut lines: Vec<String> = lines.lines().map(plain).collect();
            lines.sort_unstable();
            assert_eq!(
                lines.concat(),
                "\
198.51.100.2 icmp_seq=1 ttl=64 time=T ms
198.51.100.2 icmp_seq=2 ttl=64 time=T ms
198.51.100.20 no answer yet for icmp_seq=1
198.51.100.20 no answer yet for icmp_seq=2
PING 3 targets, 56 data bytes, every 0.2 s, 2 rounds
fd51::2 icmp_seq=1 ttl=64 time=T ms
fd51::2 icmp_seq=2 ttl=64 time=T ms
"
            );
            assert_eq!(
                plain(rest),
                "\
target sent recv loss % min ms avg ms max ms
198.51.100.2 2 2 0 T T T
fd51::2 2 2 0 T T T
198.51.100.20 2 0 100 - - - no answer

--- 3 targets ping statistics ---
2 of 3 targets alive, 1 dead
6 packets transmitted, 4 received, 33.3333% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
rtt p50/p90/p99/p99.9 = T/T/T/T ms
timed by: 4 kernel
"
            );
            assert_eq!((output.code, output.stderr.as_str()), (1, ""));
            assert_eq!(host.finish().len(), 6);
        }),
        rping_trial("many::each_target_has_a_sequence_of_its_own", || {
            link::create();
            let host = Host::echo();
            named("rping", &format!("-q -c 3 -i 0.1 -W 10 {HOST4} {OTHER4}")).run();
            let seen = host.finish();
            for target in [HOST4, OTHER4] {
                let sequences = seen.iter().filter(|request| request.destination == target);
                let sequences: Vec<u16> = sequences.map(|request| request.sequence).collect();
                assert_eq!(sequences, [1, 2, 3]);
            }
        }),
        rping_trial(
            "many::the_living_are_listed_bare_for_another_program",
            || {
                link::create();
                let host = Host::start(neighbourhood);
                let output = named("rping", "--alive -q --retries 1 -W 2 198.51.100.0/27").run();
                let living = (1..=9).map(|octet| format!("198.51.100.{octet}"));
                let mut listed: Vec<&str> = output.stdout.lines().collect();
                listed.sort_unstable();
                assert_eq!(listed, living.collect::<Vec<_>>());
                assert_eq!(output.code, 1);
                // Network and broadcast address are skipped, rejected targets are probed once, silent ones twice.
                let seen = host.finish();
                let asked = |octet| {
                    seen.iter()
                        .filter(|request| last_octet(request) == octet)
                        .count()
                };
                let counts: Vec<usize> = (0..=31).map(asked).collect();
                // 198.51.100.1 is this host itself.
                assert_eq!(counts[..4], [0, 0, 1, 1]);
                assert_eq!(counts[9..12], [1, 1, 1]);
                assert_eq!(counts[19..21], [1, 2]);
                assert_eq!(counts[30..], [2, 0]);
            },
        ),
        rping_trial("many::the_dead_are_listed_with_the_reason", || {
            link::create();
            let _host = Host::start(neighbourhood);
            let output = named(
                "rping",
                "--dead --retries 0 -W 2 198.51.100.9-11 198.51.100.20",
            )
            .run();
            let list = output.stdout.split("\n\n").next().unwrap();
            assert_eq!(
                plain(list),
                "\
198.51.100.10 Destination Host Unreachable from 203.0.113.9
198.51.100.11 Destination Host Unreachable from 203.0.113.9
198.51.100.20 no answer
"
            );
            assert_eq!(output.code, 1);
        }),
        rping_trial("many::what_is_never_fragmented_is_not_numbered", || {
            link::create();
            let host = Host::echo();
            let lines = ["", "-s 1000 ", "-M want ", "-M dont "];
            for options in lines {
                let line = format!("{options}--alive -q -W 10 198.51.100.2-3");
                assert_eq!(named("rping", &line).run().code, 0, "{line}");
            }
            let requests = host.finish();
            let headers = |request: &Request| (request.do_not_fragment, request.identification);
            let headers: Vec<_> = requests.iter().map(headers).collect();
            // The defaults, except for the identification, which otherwise is one of 65,536 numbers, including 0.
            assert_eq!(headers[..2], [(true, 0); 2]);
            let fragile = headers.iter().map(|(do_not_fragment, _)| do_not_fragment);
            let expected = [true, true, true, true, true, true, false, false];
            assert!(fragile.eq(&expected), "{headers:?}");
            let numbers = |part: &[(bool, u16)]| part.iter().any(|(_, number)| *number != 0);
            assert!(numbers(&headers[2..]), "{headers:?}");
        }),
        rping_trial("many::enough_is_enough", || {
            link::create();
            let host = Host::start(neighbourhood);
            let output = named("rping", "--alive -q --need 3 --rate 5 198.51.100.2-20").run();
            assert_eq!(output.code, 0, "{output:?}");
            assert!(host.finish().len() < 9);
        }),
        rping_trial("many::a_quorum_that_cannot_be_reached_is_given_up", || {
            link::create();
            let host = Host::start(neighbourhood);
            let output = named(
                "rping",
                "--alive -q --need 50% --rate 2 198.51.100.10-19 198.51.100.2-3",
            )
            .run();
            assert_eq!(output.code, 1, "{output:?}");
            assert!(host.finish().len() <= 8);
        }),
        rping_trial(
            "many::a_quorum_that_is_met_waits_for_no_name_server",
            || {
                link::create();
                let _files = dns::ask_the_server();
                let _server = Server::start(|_| None);
                let _host = Host::echo();
                // The server's timeout is longer than a trial may take.
                let line = "--alive -q --need 1 198.51.100.2 slow.example";
                let output = named("rping", line).run();
                assert_eq!(output.stdout, "198.51.100.2\n");
                assert_eq!(output.code, 0, "{output:?}");
            },
        ),
        rping_trial(
            "many::a_name_without_an_address_does_not_spoil_a_quorum",
            || {
                link::create();
                let _files = dns::ask_the_server();
                let _server = Server::start(|question| Some(question.answer(dns::NAME_ERROR, &[])));
                let _host = Host::echo();
                // A percentage is undecided before the last lookup.
                for (need, code) in [("--need 50%", 0), ("--need 51%", 2), ("", 2)] {
                    let line = format!("--alive -q {need} 198.51.100.2 nosuch.example");
                    let output = named("rping", &line).run();
                    assert!(output.stderr.contains("nosuch.example: "), "{output:?}");
                    assert_eq!(output.code, code, "{output:?}");
                }
            },
        ),
        rping_trial("many::a_quorum_of_more_than_there_are_is_a_slip", || {
            link::create();
            let host = Host::echo();
            let output = named("rping", "--need 5 -c 1 198.51.100.2-4 198.51.100.3").run();
            let complaint = "ping: --need 5: there are only 3 targets to probe\n";
            assert_eq!((output.stderr.as_str(), output.code), (complaint, 2));
            assert_eq!((output.stdout.as_str(), host.finish().len()), ("", 0));
            // An invalid target may be the reason, and is reported.
            let output = named("rping", "--need 2 -c 1 198.51.100.2 198.51.100.256").run();
            assert!(output.stderr.contains("198.51.100.256: "), "{output:?}");
            assert_eq!(output.code, 2);
        }),
        rping_trial("many::files_labels_exclusions_and_duplicates", || {
            link::create();
            let host = Host::echo();
            let targets = file("# who\n198.51.100.2 the router\n198.51.100.3-5\n\n198.51.100.2\n");
            let left_out = file("198.51.100.4\n");
            let line = format!(
                "--alive -W 10 --targets {} --exclude-file {} --exclude 198.51.100.5 fd51::3",
                targets.path().display(),
                left_out.path().display()
            );
            let output = named("rping", &line).run();
            let list = output.stdout.split("\n\n").next().unwrap();
            // Of replies that arrive at once, either may be read first.
            let mut list: Vec<String> = list.lines().map(plain).collect();
            list.sort_unstable();
            let expected = [
                "198.51.100.2 T ms the router\n",
                "198.51.100.3 T ms\n",
                "fd51::3 T ms\n",
            ];
            assert_eq!(list, expected);
            assert_eq!(output.stderr, "ping: 1 duplicate target ignored\n");
            assert_eq!((output.code, host.finish().len()), (0, 3));
        }),
        rping_trial("many::a_bad_line_is_named_and_the_rest_runs", || {
            link::create();
            let _host = Host::echo();
            let targets = file("198.51.100.2\n198.51.100.300\n");
            let path = targets.path().display().to_string();
            for (option, code) in [("", 2), ("--skip-bad", 0)] {
                let output = named("rping", &format!("--alive -q {option} --targets {path}")).run();
                assert_eq!(output.stdout, "198.51.100.2\n");
                let complaint = format!("{path}:2: 198.51.100.300: ");
                assert!(output.stderr.contains(&complaint), "{output:?}");
                assert_eq!(output.code, code);
            }
        }),
        rping_trial("many::addresses_that_are_no_host_s_are_not_probed", || {
            link::create();
            let host = Host::echo();
            for (address, why) in NO_TARGETS {
                let output = named("rping", &format!("--alive -q -W 10 {HOST4} {address}")).run();
                is_refused(&output, &format!("ping: {address}: {why}"));
            }
            assert_eq!(host.finish().len(), NO_TARGETS.len());
        }),
        rping_trial("many::a_slip_of_the_finger_sends_nothing", || {
            link::create();
            let host = Host::echo();
            let output = named("rping", "--alive 10.0.0.0/8").run();
            assert_eq!(output.code, 2);
            assert!(
                output.stderr.contains("give --limit 16777214"),
                "{output:?}"
            );
            let output = named("rping", "--alive 198.51.100.2 --exclude 198.51.100.0/24").run();
            assert_eq!(output.code, 2);
            assert!(
                output.stderr.contains(
                    "no targets to probe: the lists are empty, or all is excluded or skipped"
                ),
                "{output:?}"
            );
            assert_eq!(host.finish().len(), 0);
        }),
        rping_trial("many::what_never_left_is_told_once_and_is_a_reason", || {
            link::create();
            let _host = Host::echo();
            netlink::prohibit("203.0.113.0".parse().unwrap(), 24);
            let output = named(
                "rping",
                &format!("--dead --retries 0 -W 10 {HOST4} 203.0.113.5-9"),
            )
            .run();
            let list = output.stdout.split("\n\n").next().unwrap();
            let advice = "a route or a firewall of this host forbids it, or it is a broadcast address and needs -b";
            let dead: Vec<String> = (5..=9)
                .map(|octet| format!("203.0.113.{octet} not sent: Permission denied; {advice}"))
                .collect();
            assert_eq!(plain(list).lines().collect::<Vec<_>>(), dead);
            let told = output.stderr.matches("Permission denied").count();
            assert_eq!((told, output.code), (1, 1), "{output:?}");
        }),
        rping_trial(
            "many::an_answer_with_a_wrong_token_or_from_nobody_does_not_count",
            || {
                link::create();
                let _host = Host::start(|request| {
                    let mut forged = Reply::to(request);
                    forged.data[0] ^= 1;
                    let mut stranger = Reply::to(request);
                    let v4 = request.destination.is_ipv4();
                    stranger.source = if v4 { OTHER4 } else { OTHER6 };
                    vec![forged.packet(), stranger.packet()]
                });
                let output = named("rping", &format!("-q -c 1 -W 2 {HOST4} {HOST6}")).run();
                assert_eq!(output.code, 1);
                assert!(
                    output.stdout.contains("0 of 2 targets alive, 2 dead\n"),
                    "{output:?}"
                );
                assert!(output.stdout.contains("\ncorrupt: "), "{output:?}");
            },
        ),
        rping_trial("many::duplicates_and_late_answers_are_told_apart", || {
            link::create();
            let mut kept = Vec::new();
            let _host = Host::start(
                move |request| match (last_octet(request), request.sequence) {
                    (2, _) => vec![request.echo(), request.echo()],
                    (_, 1) => {
                        kept.push(request.echo());
                        vec![]
                    }
                    _ => std::mem::take(&mut kept),
                },
            );
            let output = named("rping", &format!("-q -c 2 -i 2 -W 1 {HOST4} {OTHER4}")).run();
            assert!(
                output
                    .stdout
                    .contains("4 packets transmitted, 2 received, +2 duplicates"),
                "{output:?}"
            );
            assert!(output.stdout.contains("\nlate: 1 reply"), "{output:?}");
        }),
        rping_trial("many::an_interrupt_prints_what_there_is", || {
            link::create();
            let _host = Host::echo();
            let output = named("rping", &format!("-i 0.2 {HOST4} {OTHER4}"))
                .signal_when(Stream::Out, "icmp_seq=2 ", libc::SIGQUIT)
                .signal_when(Stream::Error, "198.51.100.3", libc::SIGINT)
                .run();
            assert_eq!(output.code, 0, "{output:?}");
            assert!(output.stdout.contains("2 of 2 targets alive"), "{output:?}");
        }),
        rping_trial("many::ping_sockets_serve_as_well", || {
            link::create();
            allow_ping_sockets();
            let _host = Host::start(neighbourhood);
            let output = named(
                "rping",
                &format!("--alive -q --retries 0 -W 10 {HOST6} {OTHER6} 198.51.100.8-11"),
            )
            .without_raw()
            .run();
            let mut living: Vec<&str> = output.stdout.lines().collect();
            living.sort_unstable();
            assert_eq!(
                living,
                ["198.51.100.8", "198.51.100.9", "fd51::2", "fd51::3"],
                "{output:?}"
            );
        }),
        rping_trial("many::more_than_65536_targets_in_one_process", || {
            set("ipv4/icmp_ratelimit", "0");
            let line = "--alive -q --rate max --limit 70000 127.1.0.0/16 127.2.0.1-127.2.15.255";
            let output = named("rping", line).with_floods().run();
            assert_eq!(output.code, 0, "{}", output.stderr);
            assert_eq!(output.stdout.lines().count(), 65_534 + 4095);
            assert!(
                output.stderr.contains("69629 of 69629 targets alive"),
                "{}",
                output.stderr
            );
        }),
        rping_trial("many::this_host_answers_in_both_families", || {
            link::create();
            // An interface has no effect on global addresses.
            for targets in [format!("{US4} {US6}"), format!("{US4} {US6}%1")] {
                let output = named("rping", &format!("--alive -q {targets}")).run();
                assert_eq!(
                    (output.code, output.stdout.lines().count()),
                    (0, 2),
                    "{output:?}"
                );
            }
        }),
    ]
}

fn by_name() -> Vec<Trial> {
    vec![
        rping_trial(
            "many::a_slow_name_delays_neither_a_probe_nor_the_end",
            || {
                link::create();
                let _files = dns::ask_the_server();
                let _server = Server::start(|question| {
                    let known = question.name == "quick.example";
                    let address = vec![198, 51, 100, 3];
                    let records = if question.kind == 1 {
                        vec![address]
                    } else {
                        vec![]
                    };
                    // The other lookup would take longer than a trial may.
                    known.then(|| question.answer(0, &records))
                });
                let _host = Host::echo();
                let line = format!("--alive -q -w 3 slow.example {HOST4} quick.example");
                let output = named("rping", &line).run();
                assert_eq!(output.stdout, "198.51.100.2\nquick.example\n", "{output:?}");
                assert_eq!(output.code, 1);
            },
        ),
        rping_trial(
            "many::addresses_that_are_no_host_s_are_not_probed_by_name_either",
            || {
                link::create();
                let _files = dns::replace(&[("/etc/hosts", &hosts_of_no_targets())]);
                let host = Host::echo();
                for (number, (address, why)) in NO_TARGETS.iter().enumerate() {
                    let line = format!("--alive -q -W 10 {HOST4} no{number}.example");
                    let output = named("rping", &line).run();
                    let complaint = format!("ping: no{number}.example is {address}: {why}");
                    is_refused(&output, &complaint);
                }
                assert_eq!(host.finish().len(), NO_TARGETS.len());
            },
        ),
        // The minimum interval of multicast is a second; with many targets only root may use it.
        rping_trial("many::no_user_reaches_many_hosts_by_a_name", || {
            link::create();
            allow_ping_sockets();
            let _files = dns::replace(&[("/etc/hosts", &hosts_of_no_targets())]);
            let host = Host::echo();
            let names = (0..NO_TARGETS.len()).map(|number| format!("no{number}.example"));
            let names = names.collect::<Vec<_>>().join(" ");
            let line = format!("-c 2 -i 0.01 -W 10 -q {names} {HOST4}");
            let output = named("rping", &line).by_nobody().run();
            assert_eq!(output.code, 2, "{output:?}");
            assert!(
                output.stdout.contains("2 packets transmitted, 2 received"),
                "{output:?}"
            );
            let requests = host.finish();
            let others = requests
                .iter()
                .filter(|request| request.destination != HOST4);
            assert_eq!(others.count(), 0);
        })
        .with_ignored_flag(sandbox::in_user_namespace() || sandbox::subject_is_peer()),
        rping_trial(
            "many::a_name_of_a_link_local_address_takes_the_interface",
            || {
                link::create();
                let _files = dns::replace(&[("/etc/hosts", "fe80::5 near.example\n")]);
                let host = Host::echo();
                for targets in ["near.example 198.51.100.2", "fe80::5 198.51.100.2"] {
                    let output = named("rping", &format!("-I v0 -c 1 -W 10 -q {targets}")).run();
                    assert_eq!(output.code, 0, "{output:?}");
                    assert!(output.stdout.contains("2 of 2 targets alive"), "{output:?}");
                    assert!(!output.stdout.contains("unexpected"), "{output:?}");
                }
                let line = "--alive -q -W 10 -I v0 --exclude fe80::5%v1 near.example";
                assert_eq!(named("rping", line).run().stdout, "near.example\n");
                let output = named("rping", &line.replace("%v1", "%v0")).run();
                assert_eq!(output.stdout, "", "{output:?}");
                assert!(!output.stderr.contains("near.example"), "{output:?}");
                assert_eq!(host.finish().len(), 5);
            },
        ),
        rping_trial("many::all_addresses_of_a_name", || {
            link::create();
            let hosts = "198.51.100.2 several.example\n198.51.100.3 several.example\n";
            let _files = dns::replace(&[("/etc/hosts", hosts)]);
            let host = Host::echo();
            for (option, probes) in [("", 1), ("--all-addresses", 2)] {
                let output = named(
                    "rping",
                    &format!("--alive -q -4 -W 10 {option} several.example"),
                )
                .run();
                assert_eq!(
                    (output.code, output.stdout.lines().count()),
                    (0, probes),
                    "{output:?}"
                );
            }
            assert_eq!(host.finish().len(), 3);
        }),
    ]
}
