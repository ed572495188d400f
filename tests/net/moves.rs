//! Names that are looked up repeatedly, and changes in replies.

use crate::dns::{self, Question, Server};
use crate::host::Host;
use crate::link::{self, HOST4, OTHER4};
use crate::namespace::rping_trial;
use crate::packet::Reply;
use crate::run::{Stream, named};
use libtest_mimic::Trial;

/// A name server with these IPv4 answers in order; the last one is repeated. `None` means that the name does not exist.
fn server(answers: &'static [Option<[u8; 4]>]) -> Server {
    let mut asked = 0;
    Server::start(move |question: &Question| {
        if question.kind != dns::A {
            return Some(question.answer(0, &[]));
        }
        let answer = answers[asked.min(answers.len() - 1)];
        asked += 1;
        Some(match answer {
            Some(address) => question.answer(0, &[address.to_vec()]),
            None => question.answer(dns::NAME_ERROR, &[]),
        })
    })
}

const MOVES: &[Option<[u8; 4]>] = &[Some([198, 51, 100, 2]), Some([198, 51, 100, 3])];

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        rping_trial(
            "moves::name_that_has_moved_is_probed_at_its_new_address",
            || {
                link::create();
                let _files = dns::ask_the_server();
                let _server = server(MOVES);
                let host = Host::echo();
                let change = "moving.example (198.51.100.3) has changed: address 198.51.100.3 instead of 198.51.100.2\n";
                let output = named("rping", "-4 -i 0.1 -W 10 --resolve-every 1 moving.example")
                    .signal_when(Stream::Out, change, libc::SIGINT)
                    .run();
                assert!(output.stdout.contains(change), "{output:?}");
                assert_eq!(output.code, 0, "{output:?}");
                assert!(output.stdout.contains(" 0% packet loss"), "{output:?}");
                assert!(!output.stdout.contains("DUP!"), "{output:?}");
                let asked = host.finish();
                assert_eq!(asked.first().unwrap().destination, HOST4);
                let copies = asked.iter().filter(|request| request.destination == OTHER4);
                assert!(copies.count() > 0);
            },
        ),
        rping_trial(
            "moves::old_address_is_probed_as_long_as_the_new_one_does_not_answer",
            || {
                link::create();
                let _files = dns::ask_the_server();
                let _server = server(MOVES);
                let _host = Host::start(|request| {
                    if request.destination == HOST4 {
                        vec![request.echo()]
                    } else {
                        vec![]
                    }
                });
                let output = named(
                    "rping",
                    "-4 -q -c 15 -i 0.1 -W 3 --resolve-every 1 moving.example",
                )
                .run();
                let counts = "15 packets transmitted, 15 received, 0% packet loss";
                assert!(output.stdout.contains(counts), "{output:?}");
                assert!(!output.stdout.contains("has changed"), "{output:?}");
                assert_eq!(output.code, 0);
            },
        ),
        rping_trial(
            "moves::forged_answer_from_the_new_address_does_not_move_the_name",
            || {
                link::create();
                let _files = dns::ask_the_server();
                let _server = server(MOVES);
                let _host = Host::start(|request| {
                    if request.destination == HOST4 {
                        return vec![request.echo()];
                    }
                    let mut forged = Reply::to(request);
                    // In the token.
                    forged.data[3] ^= 0xff;
                    vec![forged.packet()]
                });
                let output = named(
                    "rping",
                    "-4 -q -c 15 -i 0.1 -W 3 --resolve-every 1 moving.example",
                )
                .run();
                assert!(output.stdout.contains(" 15 received"), "{output:?}");
                assert!(!output.stdout.contains("has changed"), "{output:?}");
            },
        ),
        rping_trial(
            "moves::only_name_that_fails_at_the_start_is_probed_once_it_has_an_address",
            || {
                link::create();
                let _files = dns::ask_the_server();
                let _server = server(&[None, None, Some([198, 51, 100, 2])]);
                let _host = Host::echo();
                let output = named(
                    "rping",
                    "-4 -c 2 -i 0.1 -W 10 --resolve-every 1 late.example",
                )
                .run();
                let line = "late.example (198.51.100.2) has an address now: 198.51.100.2\n";
                assert!(output.stdout.contains(line), "{output:?}");
                assert!(output.stdout.contains("1 of 1 target alive"), "{output:?}");
                assert_eq!(output.code, 0, "{output:?}");
            },
        ),
        rping_trial(
            "moves::name_of_a_target_that_goes_down_is_looked_up",
            || {
                link::create();
                let _files = dns::ask_the_server();
                let _server = server(MOVES);
                // The name has moved, and its old host is gone.
                let _host = Host::start(|request| {
                    if request.destination == OTHER4 {
                        vec![request.echo()]
                    } else {
                        vec![]
                    }
                });
                let output = named(
                    "rping",
                    "-4 -q -i 0.1 -W 0.1 --until-up --resolve-every 3600 moving.example",
                )
                .run();
                let change = "has changed: address 198.51.100.3 instead of 198.51.100.2\n";
                assert!(output.stdout.contains(change), "{output:?}");
                assert_eq!(output.code, 0, "{output:?}");
            },
        ),
        rping_trial(
            "moves::other_time_to_live_is_told_with_the_third_reply",
            || {
                link::create();
                let _host = Host::start(|request| {
                    let mut reply = Reply::to(request);
                    reply.hop_limit = if request.sequence > 3 { 57 } else { 64 };
                    vec![reply.packet()]
                });
                for (host, option) in [(HOST4, ""), (link::HOST6, ""), (HOST4, "--rate 100")] {
                    let output =
                        named("rping", &format!("-n -c 6 -i 0.1 -W 10 {option} {host}")).run();
                    let told: Vec<&str> = output
                        .stdout
                        .lines()
                        .filter(|line| line.contains("has changed"))
                        .collect();
                    let expected = format!("{host} has changed: ttl 57 instead of 64");
                    assert_eq!(told, [expected], "{output:?}");
                    let quiet = named("rping", &format!("-q -n -c 6 -i 0.1 {option} {host}")).run();
                    assert!(!quiet.stdout.contains("has changed"), "{quiet:?}");
                    let ping = named("ping", &format!("-n -c 6 -i 0.1 {host}")).run();
                    assert!(!ping.stdout.contains("has changed"), "{ping:?}");
                }
            },
        ),
        rping_trial("moves::change_has_a_line_of_json", || {
            link::create();
            let _host = Host::start(|request| {
                let mut reply = Reply::to(request);
                reply.hop_limit = if request.sequence > 3 { 57 } else { 64 };
                vec![reply.packet()]
            });
            let output = named("rping", &format!("--json -c 6 -i 0.1 -W 10 {HOST4}")).run();
            let change = r#""target":0,"name":"198.51.100.2","what":"ttl","before":64,"after":57}"#;
            let line = output
                .stdout
                .lines()
                .find(|line| line.contains("\"change\""));
            assert!(
                line.is_some_and(|line| line.ends_with(change)),
                "{output:?}"
            );
        }),
    ]
}
