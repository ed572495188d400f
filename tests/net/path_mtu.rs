//! `--pmtu` on paths of real routers, and against false reports.

use crate::chain::{Chain, Link, TAG, both};
use crate::host::Host;
use crate::link::{self, HOST4, HOST6, ROUTER4, ROUTER6};
use crate::namespace::{self, rping_trial};
use crate::packet::{Complaint, Reply, Request};
use crate::run::{Output, named};
use libtest_mimic::Trial;
use serde_json::Value;
use std::net::IpAddr;

const KINDS: [&str; 2] = ["raw", "ping"];

/// A run with one kind of socket.
fn search(kind: &str, arguments: &str) -> Output {
    namespace::allow_ping_sockets();
    named("rping", &format!("--pmtu --socket {kind} {arguments}")).run()
}

/// The first and second line.
fn told(output: &Output) -> Vec<&str> {
    output.stdout.lines().take(2).map(str::trim_start).collect()
}

/// The line about the path MTU.
fn found(output: &Output) -> Value {
    let lines = output
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    let lines: Vec<Value> = lines.collect();
    let found = lines.iter().find(|line| line["event"] == "pmtu");
    found.unwrap_or_else(|| panic!("{output:?}")).clone()
}

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        rping_trial("path_mtu::routers_name_it_and_probes_confirm_it", || {
            honest(&[1500, 1420], 1, 1420);
        }),
        rping_trial("path_mtu::smallest_of_five_hops_is_found", || {
            honest(&[1500, 1492, 1480, 1500, 1360, 1500], 4, 1360);
        }),
        rping_trial("path_mtu::jumbo_frames_are_found", || {
            honest(&[9000, 9000, 4321, 9000], 2, 4321);
        }),
        rping_trial("path_mtu::all_that_the_interface_sends_passes", || {
            for mtu in [1500, 9000] {
                let chain = Chain::new(&[both(mtu), both(mtu), both(mtu)], None);
                for (kind, ipv6) in every_kind() {
                    let host = chain.host(ipv6);
                    let output = search(kind, &host.to_string());
                    let data = mtu - if ipv6 { 48 } else { 28 };
                    let line =
                        format!("path MTU to {host}: at least {mtu} (data of {data} octets)");
                    let why = "the interface of this host sends nothing larger";
                    assert_eq!(told(&output), [line.as_str(), why]);
                    assert_eq!(output.code, 0);
                }
                crate::netlink::delete("e0");
            }
        }),
        rping_trial("path_mtu::black_hole_is_found_behind_its_hop", || {
            let hole = Link {
                near: 1500,
                far: 1400,
            };
            let chain = Chain::new(&[both(1500), both(1500), hole, both(1500)], None);
            for (kind, ipv6) in every_kind() {
                let host = chain.host(ipv6);
                let output = search(kind, &format!("--json {host}"));
                let found = found(&output);
                assert_eq!(found["mtu_bytes"], 1400 + TAG, "{found}");
                assert_eq!(found["learned"], "silence");
                let hole = &found["black_hole"];
                assert_eq!(hole["after_hop"], 2, "{found}");
                assert_eq!(hole["after"], Chain::router(ipv6, 2).to_string());
                assert_eq!(hole["before"], Chain::router(ipv6, 3).to_string());
                assert_eq!(output.code, 0);
            }
        }),
        rping_trial(
            "path_mtu::smaller_way_back_is_no_limit_where_replies_are_fragmented",
            || {
                let chain = Chain::new(&[both(1500), both(1500), both(1500)], Some(1400));
                for (kind, ipv6) in every_kind() {
                    let output = search(kind, &format!("--json {}", chain.host(ipv6)));
                    let found = found(&output);
                    assert_eq!(found["verdict"], "at_least", "{found}");
                    assert_eq!(found["lower_bytes"], 1500);
                }
            },
        ),
        rping_trial("path_mtu::messages_that_lie_are_not_believed", lies),
        rping_trial("path_mtu::one_probe_in_five_is_lost", || {
            link::create();
            for host in [HOST4, HOST6] {
                let mut count = 0_u64;
                let _host = Host::start(move |request| {
                    count += 1;
                    // In a rhythm unrelated to tries and controls.
                    let is_lost = (count * count + count / 3) % 5 == 2;
                    answer_up_to(1400, request, is_lost)
                });
                let output = named("rping", &format!("--pmtu --json {host}")).run();
                let found = found(&output);
                assert_eq!(found["mtu_bytes"], 1400, "{found}");
            }
        }),
        rping_trial(
            "path_mtu::path_that_carries_more_meanwhile_is_not_called_too_small",
            || {
                link::create();
                for host in [HOST4, HOST6] {
                    let mut count = 0;
                    let _host = Host::start(move |request| {
                        count += 1;
                        answer_up_to(if count < 12 { 1400 } else { 1500 }, request, false)
                    });
                    let output = named("rping", &format!("--pmtu --json {host}")).run();
                    let found = found(&output);
                    assert_eq!(found["lower_bytes"], 1500, "{found}");
                    assert_eq!(found["verdict"], "at_least");
                }
            },
        ),
        rping_trial("path_mtu::shortened_replies_are_no_conclusion", || {
            link::create();
            let _host = Host::start(|request| {
                let mut reply = Reply::to(request);
                reply.data.truncate(1000);
                vec![reply.packet()]
            });
            let output = named("rping", &format!("--pmtu {HOST4}")).run();
            let line = format!(
                "path MTU to {HOST4}: no conclusion: replies to probes of 1500 octets come back altered or shortened"
            );
            assert_eq!(output.stdout.lines().next(), Some(line.as_str()));
            assert_eq!(output.code, 1);
        }),
        rping_trial("path_mtu::silent_host_is_no_conclusion", || {
            link::create();
            let _host = Host::silent();
            let output = named("rping", &format!("--pmtu -q -W 0.1 {HOST4}")).run();
            let line = format!(
                "path MTU to {HOST4}: no conclusion: no answer to echo requests of 68 octets\n"
            );
            assert_eq!((output.stdout.as_str(), output.code), (line.as_str(), 1));
        }),
        rping_trial("path_mtu::expected_mtu_decides_over_the_exit_code", || {
            let chain = Chain::new(&[both(1500), both(1420), both(1500)], None);
            let host = chain.host(false);
            for (expected, code) in [(1420, 0), (1421, 1)] {
                let output = search("raw", &format!("-q --expect {expected} {host}"));
                assert_eq!(output.code, code, "{output:?}");
                let line = format!("path MTU to {host}: 1420 (data of 1392 octets)\n");
                assert_eq!(output.stdout, line);
                let below =
                    format!("ping: {host}: the path MTU is 1420: below --expect {expected}\n");
                assert_eq!(output.stderr, if code == 0 { "" } else { &below });
            }
        }),
        rping_trial("path_mtu::each_of_many_targets_has_its_own", || {
            let chain = Chain::new(&[both(1500), both(1420), both(1500)], None);
            let (near, far) = (Chain::router(true, 1), chain.host(false));
            let output = search("raw", &format!("-W 0.2 {near} {far} 10.61.0.2 10.61.77.7"));
            let has = |line: &str| assert!(output.stdout.contains(line), "{output:?}");
            has(&format!(
                "path MTU to {near}: at least 1500 (data of 1452 octets)\n"
            ));
            has("path MTU to 10.61.0.2: at least 1500 (data of 1472 octets)\n");
            has(&format!("path MTU to {far}: 1420 (data of 1392 octets)\n"));
            has("path MTU to 10.61.77.7: no conclusion: ");
            has("\npath MTU known: 3 of 4 targets\n");
            assert_eq!(output.code, 1);
        }),
        rping_trial("path_mtu::no_route_is_no_conclusion", || {
            let output = named("rping", "--pmtu -q 203.0.113.9").run();
            let line = "path MTU to 203.0.113.9: no conclusion: probes do not leave this host: Network is unreachable\n";
            assert_eq!((output.stdout.as_str(), output.code), (line, 1));
        }),
    ]
}

fn every_kind() -> impl Iterator<Item = (&'static str, bool)> {
    let all = KINDS.map(|kind| [false, true].map(|ipv6| (kind, ipv6)));
    all.into_iter().flatten()
}

/// A path of these links, where the router before the smallest link reports its MTU.
fn honest(links: &[u32], smallest: u8, mtu: u32) {
    let links: Vec<Link> = links.iter().copied().map(both).collect();
    let chain = Chain::new(&links, None);
    for (kind, ipv6) in every_kind() {
        let host = chain.host(ipv6);
        let output = search(kind, &host.to_string());
        let data = mtu - if ipv6 { 48 } else { 28 };
        let line = format!("path MTU to {host}: {mtu} (data of {data} octets)");
        let router = Chain::router(ipv6, smallest);
        let why = format!(
            "router {router} said so, confirmed: {mtu} passes, {} does not",
            mtu + 1
        );
        assert_eq!(told(&output), [line, why], "{output:?}");
        assert_eq!((output.code, output.stderr.as_str()), (0, ""));
    }
}

/// The replies of a host behind a path with this MTU.
fn answer_up_to(mtu: usize, request: &Request, is_lost: bool) -> Vec<Vec<u8>> {
    if is_lost || request.packet.len() > mtu {
        vec![]
    } else {
        vec![request.echo()]
    }
}

/// A router's report about a packet that is too big.
type Lie = fn(&Request) -> Complaint;

fn too_big(request: &Request, mtu: u32) -> Complaint {
    let (router, kind, code): (IpAddr, u8, u8) = if request.source.is_ipv4() {
        (ROUTER4, 3, 4)
    } else {
        (ROUTER6, 2, 0)
    };
    let mut complaint = Complaint::about(request, router, kind, code).rest(mtu);
    // The error itself must fit the link.
    complaint.quote.truncate(548);
    complaint
}

fn lies() {
    const LIES: [Lie; 4] = [
        |request| too_big(request, 0),
        |request| too_big(request, 1600),
        |request| too_big(request, 700),
        // It did not see the probe and guesses identifier and sequence number only.
        |request| {
            let mut guess = request.clone();
            let token = guess.packet.len() - guess.data.len();
            guess.packet[token - 6..token - 4].fill(0x77);
            guess.packet[token..].fill(0);
            too_big(&guess, 700)
        },
    ];
    link::create();
    for host in [HOST4, HOST6] {
        for lie in LIES {
            for (mtu, verdict) in [(1400, "exact"), (1500, "at_least")] {
                let _host = Host::start(move |request| {
                    let mut packets = answer_up_to(mtu, request, false);
                    if request.packet.len() > 1300 {
                        packets.insert(0, lie(request).packet());
                    }
                    packets
                });
                let output = named("rping", &format!("--pmtu --json {host}")).run();
                let found = found(&output);
                assert_eq!(found["verdict"], verdict, "{found}");
                assert_eq!(found["lower_bytes"], mtu, "{found}");
                assert_eq!(output.code, 0);
            }
        }
    }
}
