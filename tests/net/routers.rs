//! Details in routers' errors: extensions (RFC 4884) and the quoted header.

use crate::host::Host;
use crate::json::schema;
use crate::link::{self, HOST4, HOST6, OTHER4, ROUTER4, ROUTER6};
use crate::namespace::{self, rping_trial};
use crate::packet::{Complaint, Request, sum};
use crate::run::{Run, named};
use libtest_mimic::Trial;
use serde_json::{Value, json};
use std::net::IpAddr;

/// Two labels: 16,004 of class 5 with a time to live of 1, and 3 at the bottom with 255.
const LABELS: [u8; 12] = [0, 12, 1, 1, 0x03, 0xe8, 0x4a, 1, 0, 0, 0x31, 255];

/// The outgoing interface 7, `ge-0/0/1` and an escape, of 1,500 octets.
const INTERFACE: [u8; 24] = [
    0, 24, 2, 0x8b, 0, 0, 0, 7, 12, b'g', b'e', b'-', b'0', b'/', b'0', b'/', b'1', 0x1b, 0, 0, 0,
    0, 5, 0xdc,
];

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        rping_trial("routers::labels_and_interfaces_are_told", || {
            let stdout = on_the_line(HOST4, false);
            assert_lines(&stdout, ROUTER4, "Time to live exceeded", true);
        }),
        rping_trial(
            "routers::labels_and_interfaces_are_told_on_a_ping_socket",
            || {
                let stdout = on_the_line(HOST4, true);
                assert_lines(&stdout, ROUTER4, "Time to live exceeded", false);
            },
        ),
        rping_trial("routers::labels_and_interfaces_are_told_over_ipv6", || {
            let stdout = on_the_line(HOST6, false);
            assert_lines(&stdout, ROUTER6, "Time exceeded: Hop limit", true);
        }),
        rping_trial(
            "routers::labels_and_interfaces_are_told_over_ipv6_on_a_ping_socket",
            || {
                let stdout = on_the_line(HOST6, true);
                assert_lines(&stdout, ROUTER6, "Time exceeded: Hop limit", false);
            },
        ),
        rping_trial("routers::labels_and_interfaces_are_told_of_many", || {
            link::create();
            let _host = complaining();
            let arguments = format!("-v -Q ef -c 1 -W 10 {HOST4} {OTHER4} {HOST6}");
            let output = named("rping", &arguments).run();
            for (router, reason) in [
                (ROUTER4, "Time to live exceeded"),
                (ROUTER6, "Time exceeded: Hop limit"),
            ] {
                let line = format!("From {router} icmp_seq=1 {reason}{}", told(true));
                assert!(output.stdout.contains(&line), "{line}: {output:?}");
            }
        }),
        rping_trial("routers::json_has_what_they_add_and_quote", || {
            link::create();
            let _host = complaining();
            namespace::allow_ping_sockets();
            for (target, bytes) in [(HOST4, 84), (HOST6, 104)] {
                for is_raw in [true, false] {
                    let run = named("rping", &format!("--json -Q ef -c 2 -i 0.1 -W 10 {target}"));
                    let run = if is_raw { run } else { Run::without_raw(run) };
                    let lines = schema().read_run(&run.run().stdout);
                    let error = lines.iter().find(|line| line["event"] == "icmp_error");
                    let error = error.unwrap();
                    let quoted = json!({
                        "ttl": 1, "tos": 0, "sent_tos": 184, "bytes": bytes, "sent_bytes": bytes,
                    });
                    let expected = if is_raw { quoted } else { Value::Null };
                    assert_eq!(error["quoted"], expected, "{target}: {error}");
                    let label = json!({"label": 16_004, "class": 5, "bottom": false, "ttl": 1});
                    assert_eq!(error["extensions"][0]["mpls"][0], label);
                    let interface = json!({
                        "role": "out", "name": "ge-0/0/1\u{1b}", "address": null, "index": 7, "mtu": 1500,
                    });
                    assert_eq!(error["extensions"][1]["interface"], interface);
                }
            }
        }),
        rping_trial("routers::without_v_nothing_more_is_told", || {
            link::create();
            let _host = complaining();
            for name in ["rping", "ping"] {
                let output = named(name, &format!("-c 2 -i 0.1 -W 10 {HOST4}")).run();
                let line = format!("From {ROUTER4} icmp_seq=1 Time to live exceeded\n");
                assert!(output.stdout.contains(&line), "{output:?}");
            }
            let output = named("ping", &format!("-v -c 2 -i 0.1 -W 10 {HOST4}")).run();
            assert!(!output.stdout.contains('['), "{output:?}");
        }),
        rping_trial(
            "routers::ttl_that_is_left_and_length_that_changed_are_told",
            || {
                link::create();
                let _host = Host::start(|request| match request.sequence {
                    1 => {
                        let mut complaint = Complaint::about(request, ROUTER4, 3, 1);
                        complaint.quote[8] = 61;
                        complaint.quote[2..4].copy_from_slice(&[0, 64]);
                        vec![complaint.packet()]
                    }
                    // With a wrong checksum no extension counts.
                    2 => {
                        let mut packet = Complaint::about(request, ROUTER4, 3, 1).packet();
                        packet[22] ^= 0x55;
                        vec![packet, request.echo()]
                    }
                    _ => vec![request.echo()],
                });
                let output = named("rping", &format!("-v -c 3 -i 0.1 -W 10 {HOST4}")).run();
                let line = format!(
                    "From {ROUTER4} icmp_seq=1 Destination Host Unreachable [ttl 61 left] [length 84 sent, 64 arrived]\n"
                );
                assert!(output.stdout.contains(&line), "{output:?}");
                let counts = "3 packets transmitted, 2 received, +1 errors, ";
                assert!(output.stdout.contains(counts), "{output:?}");
            },
        ),
        rping_trial("routers::extensions_that_lie_are_not_told", || {
            link::create();
            namespace::allow_ping_sockets();
            let _host = Host::start(|request| {
                let summed = structure(&LABELS);
                let mut altered = summed.clone();
                altered[9] ^= 1;
                let mut of_version_1 = summed.clone();
                of_version_1[0] = 0x10;
                let (words, structure) = match request.sequence {
                    1 => (32, altered),
                    2 => (32, of_version_1),
                    // The length of an object exceeds the end.
                    3 => (32, structure(&[0xa7, 0xdd, 1, 1, 0, 0, 0, 0])),
                    4 => (33, summed),
                    // Far beyond the end. Without a checksum it is not found in its usual place either.
                    5 => (255, [&[0x20, 0, 0, 0], &LABELS[..]].concat()),
                    6 => (32, summed[..10].to_vec()),
                    // Neither a length nor a checksum.
                    7 => (0, [&[0x20, 0, 0, 0], &LABELS[..]].concat()),
                    _ => return vec![request.echo()],
                };
                vec![extended(request, words, &structure).packet()]
            });
            for is_raw in [true, false] {
                let arguments = format!("-v -c 8 -i 0.05 -W 10 {HOST4}");
                let it = named("rping", &arguments);
                let it = if is_raw { it } else { Run::without_raw(it) };
                let output = it.run();
                let line = |sequence| {
                    format!("From {ROUTER4} icmp_seq={sequence} Time to live exceeded\n")
                };
                for sequence in 1..=7 {
                    assert!(output.stdout.contains(&line(sequence)), "{output:?}");
                }
            }
        }),
    ]
}

/// The extension structure with these objects and its checksum.
fn structure(objects: &[u8]) -> Vec<u8> {
    let mut structure = [&[0x20, 0, 0, 0], objects].concat();
    let sum = !sum(&structure);
    structure[2..4].copy_from_slice(&sum.to_be_bytes());
    structure
}

/// A time exceeded error with 128 octets of quote, a traffic class that arrived as 0, and this structure. The length
/// field has this number of words, which are twice as long in IPv6.
fn extended(request: &Request, words: u8, structure: &[u8]) -> Complaint {
    let (router, kind, rest) = match request.source {
        IpAddr::V4(_) => (ROUTER4, 11, [0, words, 0, 0]),
        IpAddr::V6(_) => (ROUTER6, 3, [words / 2, 0, 0, 0]),
    };
    let mut complaint = Complaint::about(request, router, kind, 0);
    let quote = &mut complaint.quote;
    match request.source {
        IpAddr::V4(_) => (quote[1], quote[8]) = (0, 1),
        IpAddr::V6(_) => (quote[0], quote[1], quote[7]) = (0x60, quote[1] & 0xf, 1),
    }
    quote.resize(128, 0);
    quote.extend(structure);
    complaint.rest = rest;
    complaint
}

/// A host behind a router that rejects the first probe, and the second one without the data required by RFC 4884.
fn complaining() -> Host {
    Host::start(|request| match request.sequence {
        1 => {
            let objects = [&LABELS[..], &INTERFACE].concat();
            vec![extended(request, 32, &structure(&objects)).packet()]
        }
        2 => vec![
            extended(request, 0, &structure(&LABELS)).packet(),
            request.echo(),
        ],
        _ => vec![request.echo()],
    })
}

/// The text after the error about the first probe.
fn told(has_header: bool) -> String {
    let header = if has_header {
        " [sent ef, arrived cs0]"
    } else {
        ""
    };
    format!(
        " [MPLS label 16004 class 5 ttl 1, label 3 class 0 ttl 255] [out: ge-0/0/1\\x1b index 7 mtu 1500]{header}\n"
    )
}

/// The output of a run with `-v`.
fn on_the_line(target: IpAddr, on_ping_socket: bool) -> String {
    link::create();
    namespace::allow_ping_sockets();
    let _host = complaining();
    let run = named("rping", &format!("-v -Q ef -c 3 -i 0.1 -W 10 {target}"));
    let run = if on_ping_socket {
        Run::without_raw(run)
    } else {
        run
    };
    let output = run.run();
    assert_eq!(output.code, 0, "{output:?}");
    output.stdout
}

fn assert_lines(stdout: &str, router: IpAddr, reason: &str, has_header: bool) {
    let first = format!("From {router} icmp_seq=1 {reason}{}", told(has_header));
    assert!(stdout.contains(&first), "{first}: {stdout}");
    let labels = " [MPLS label 16004 class 5 ttl 1, label 3 class 0 ttl 255]";
    let second = format!("From {router} icmp_seq=2 {reason}{labels}");
    assert!(stdout.contains(&second), "{second}: {stdout}");
    assert!(
        stdout.contains("3 packets transmitted, 2 received, +2 errors, "),
        "{stdout}"
    );
}
