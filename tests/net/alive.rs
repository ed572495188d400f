//! `--alive` when the first tries fail for a temporary reason.

use crate::host::Host;
use crate::link::{self, BEYOND4, BEYOND6, HOST4, HOST6, US4, US6};
use crate::namespace::{allow_ping_sockets, rping_trial};
use crate::netlink;
use crate::run::{Output, Run, Stream, named};
use libtest_mimic::Trial;
use std::net::IpAddr;

/// Runs with a raw socket and with a ping socket.
fn each_socket<'a>(line: &str) -> [Run<'a>; 2] {
    allow_ping_sockets();
    [named("rping", line), named("rping", line).without_raw()]
}

/// Checks targets, exit code and statistics of a list of alive targets.
#[track_caller]
fn is_alive(output: &Output, host: IpAddr) {
    assert_eq!(output.stdout, format!("{host}\n"), "{output:?}");
    assert_eq!(output.code, 0, "{output:?}");
}

/// The host answers after this kernel has reported it as unreachable.
fn boots(host: IpAddr) {
    let far = link::to_a_kernel_without_an_address();
    let line = format!("--alive -v --retries 9 -W 1 {host}");
    let output = named("rping", &line)
        .when(Stream::Out, "nreachable", |_| far.take_its_address())
        .run();
    assert_eq!(output.code, 0, "{output:?}");
    assert!(
        output.stdout.contains("1 of 1 target alive\n"),
        "{output:?}"
    );
}

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        rping_trial(
            "alive::next_try_after_one_that_was_too_big_is_fragmented",
            || {
                for (host, error) in [(BEYOND4, "Frag needed"), (BEYOND6, "too big")] {
                    let size = format!("--alive -v -s 1440 --retries 1 -W 5 {host}");
                    // A run must not know the path MTU learned by an earlier one, so each gets a new path.
                    let _path = link::through_a_router(1400);
                    let output = named("rping", &size).run();
                    assert_eq!(output.code, 0, "{output:?}");
                    assert!(output.stdout.contains(error), "{output:?}");
                    let counts = "2 packets transmitted, 1 received, +1 errors, 50% packet loss";
                    assert!(output.stdout.contains(counts), "{output:?}");
                    netlink::delete("v0");
                }
            },
        ),
        rping_trial("alive::next_try_from_a_ping_socket_is_fragmented", || {
            allow_ping_sockets();
            for host in [BEYOND4, BEYOND6] {
                let _path = link::through_a_router(1400);
                let line = format!("--alive -q -s 1440 --retries 1 -W 5 {host}");
                is_alive(&named("rping", &line).without_raw().run(), host);
                netlink::delete("v0");
            }
        }),
        rping_trial(
            "alive::too_big_is_final_where_fragments_are_forbidden",
            || {
                for mode in ["do", "probe"] {
                    let _path = link::through_a_router(1400);
                    let line = format!("--alive -q -s 1440 -M {mode} -W 5 {BEYOND4}");
                    let output = named("rping", &line).run();
                    assert_eq!((output.stdout.as_str(), output.code), ("", 1), "{output:?}");
                    let counts = "1 packets transmitted, 0 received, +1 errors, 100% packet loss";
                    assert!(output.stderr.contains(counts), "{output:?}");
                    netlink::delete("v0");
                }
            },
        ),
        rping_trial(
            "alive::round_that_was_too_big_does_not_make_a_target_dead",
            || {
                let _path = link::through_a_router(1400);
                let line = format!("-c 1 -W 10 -s 1440 {BEYOND4} {US4}");
                let output = named("rping", &line).run();
                assert!(
                    output
                        .stdout
                        .contains("1 of 2 targets alive, 1 not known\n"),
                    "{output:?}"
                );
                assert!(output.stdout.contains("Frag needed"), "{output:?}");
                // The path MTU is known now.
                assert_eq!(named("rping", &line).run().code, 0);
            },
        ),
        rping_trial(
            "alive::host_that_boots_is_found_though_it_was_unreachable",
            || {
                boots(HOST4);
            },
        ),
        rping_trial("alive::host_that_boots_is_found_by_ipv6", || {
            boots(HOST6);
        }),
        rping_trial(
            "alive::host_without_a_link_address_is_dead_for_that_reason",
            || {
                link::with_resolution();
                for (host, us) in [(HOST4, US4), (HOST6, US6)] {
                    for run in each_socket(&format!("--dead --retries 1 -W 0.5 {host}")) {
                        let output = run.run();
                        let reason = output.stdout.lines().next().unwrap();
                        assert!(
                            reason.ends_with(&format!("nreachable from {us}")),
                            "{output:?}"
                        );
                        assert!(
                            output.stdout.contains("2 packets transmitted"),
                            "{output:?}"
                        );
                    }
                }
            },
        ),
        rping_trial(
            "alive::host_is_found_that_had_no_route_to_it_at_first",
            || {
                let far = link::to_a_kernel_without_an_address();
                far.take_its_address();
                let host: IpAddr = "203.0.113.77".parse().unwrap();
                let output = named("rping", &format!("--alive -W 2 {host}"))
                    .when(Stream::Error, "Network is unreachable", |_| {
                        netlink::add_address("v0", "203.0.113.1".parse().unwrap(), 24);
                        far.take_another(host);
                    })
                    .run();
                assert_eq!(output.code, 0, "{output:?}");
                assert!(
                    output
                        .stdout
                        .contains("not sent: 1 probe did not leave this host"),
                    "{output:?}"
                );
            },
        ),
        rping_trial(
            "alive::answers_to_all_tries_are_neither_lost_nor_duplicates",
            || {
                link::create();
                let _host = Host::answering_three_at_once();
                let output = named("rping", &format!("--alive -W 1 {HOST4}")).run();
                assert!(
                    output.stdout.contains("3 packets transmitted, "),
                    "{output:?}"
                );
                assert!(
                    output.stdout.contains(" received, 0% packet loss"),
                    "{output:?}"
                );
                assert_eq!(output.code, 0);
            },
        ),
    ]
}
