//! Packets that look like a reply but are not. Each trial ends with a valid reply, the only one that may count.

use crate::host::Host;
use crate::link::{self, HOST4, HOST6, ROUTER4, ROUTER6};
use crate::namespace::{self, rping_trial, trial};
use crate::packet::{Complaint, REQUEST4, REQUEST6, Reply, Request};
use crate::run::{Output, named, ping};
use libtest_mimic::Trial;
use std::net::IpAddr;
use std::thread;

/// Whether five probes were sent and all replies are accounted for: five received, or some dropped by the queue, with a
/// report. A slow program on a busy machine has no space for all of a storm.
pub(crate) fn accounts_for_five(stdout: &str) -> bool {
    let (_, counts) = stdout
        .split_once("\n5 packets transmitted, ")
        .unwrap_or_default();
    counts.starts_with("5 received, +") || counts.contains("\ndropped here: ")
}

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials: Vec<_> = FORGED
        .iter()
        .map(|forged| {
            let make = if forged.iputils_falls_for_it {
                rping_trial
            } else {
                trial
            };
            make(forged.name, || forged.check())
        })
        .collect();
    trials.extend([
        rping_trial("hostile::a_storm_of_duplicates_delays_no_probe", || {
            link::create();
            // Fifty thousand a second, all of them valid.
            let host = Host::start(|request| vec![request.echo(); 10_000]);
            let output = named("rping", &format!("-i 0.2 -W 10 -c 5 {HOST4}")).run();
            assert_eq!(output.code, 0);
            assert!(accounts_for_five(&output.stdout), "{output:?}");
            // Some are printed each second, and the others counted; a busy machine needs more seconds.
            let printed = output.stdout.matches("(DUP!)").count();
            assert!((1..=10_000).contains(&printed), "{printed}");
            let others = " more duplicates, invalid replies or redirects not shown\n";
            assert!(output.stderr.contains(others), "{}", output.stderr);
            assert_eq!(host.finish().len(), 5);
        }),
        trial("hostile::only_own_replies_count", || {
            link::create();
            let _host = Host::echo();
            // Simultaneously with the same sequence numbers: only the identifier distinguishes them.
            thread::scope(|scope| {
                for (identifier, target) in [
                    (1, HOST4),
                    (2, HOST4),
                    (3, HOST4),
                    (1, HOST6),
                    (2, HOST6),
                    (3, HOST6),
                ] {
                    scope.spawn(move || {
                        let output = ping(&format!("-c 5 -i 1.5 -e {identifier} {target}")).run();
                        output.assert(0, &five(target));
                    });
                }
            });
        }),
        trial("hostile::request_is_not_taken_for_a_reply", || {
            // A raw socket also receives the request to this host.
            for target in ["127.0.0.1", "::1"] {
                let stdout = ping(&format!("-c 2 -i 0.3 {target}")).run().stdout;
                assert_eq!(stdout.matches(" bytes from ").count(), 2, "{stdout}");
                assert!(
                    stdout.contains("\n2 packets transmitted, 2 received, 0% packet loss"),
                    "{stdout}"
                );
            }
        }),
        trial("hostile::run_without_replies_ends", || {
            link::create();
            let _host = Host::silent();
            for target in [HOST4, HOST6] {
                for arguments in [
                    "-c 1 -W 0.1",
                    "-c 3 -i 0.3 -W 0.1",
                    "-f -c 2 -W 0.1",
                    "-w 1",
                    "-A -c 2 -W 0.1",
                ] {
                    assert_eq!(
                        ping(&format!("{arguments} {target}")).run().code,
                        1,
                        "{arguments}"
                    );
                }
            }
        }),
    ]);
    trials
}

fn five(target: IpAddr) -> String {
    let size = if target.is_ipv4() {
        "56(84) bytes of data."
    } else {
        "56 data bytes"
    };
    let lines = [1, 2, 3, 4, 5]
        .map(|n| format!("64 bytes from {target}: icmp_seq={n} ttl=64 time=T ms\n"))
        .concat();
    format!(
        "\
PING {target} ({target}) {size}
{lines}
--- {target} ping statistics ---
5 packets transmitted, 5 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
"
    )
}

struct Forged {
    name: &'static str,
    target: IpAddr,
    /// Sent before the reply.
    packet: fn(&Request) -> Vec<u8>,
    iputils_falls_for_it: bool,
}

fn altered(request: &Request, alter: fn(&mut Reply)) -> Vec<u8> {
    let mut reply = Reply::to(request);
    alter(&mut reply);
    reply.packet()
}

/// An error that quotes a request with this octet of the packet inverted.
fn about_other(request: &Request, octet: usize) -> Vec<u8> {
    let (router, kind) = if request.source.is_ipv4() {
        (ROUTER4, 3)
    } else {
        (ROUTER6, 1)
    };
    let mut complaint = Complaint::about(request, router, kind, 0);
    complaint.quote[octet] ^= 0x40;
    complaint.packet()
}

/// An error about an error about our request.
fn nested(request: &Request) -> Vec<u8> {
    let (router, kind) = if request.source.is_ipv4() {
        (ROUTER4, 3)
    } else {
        (ROUTER6, 1)
    };
    let inner = Complaint::about(request, router, kind, 0).packet();
    let mut outer = Complaint::about(request, router, kind, 0);
    outer.quote = inner;
    outer.packet()
}

#[rustfmt::skip] // A table.
const FORGED: [Forged; 22] = [
    Forged { name: "hostile::reply_with_a_foreign_identifier", target: HOST4, iputils_falls_for_it: false,
        packet: |request| altered(request, |reply| reply.identifier ^= 1) },
    Forged { name: "hostile::reply_with_a_foreign_identifier_v6", target: HOST6, iputils_falls_for_it: false,
        packet: |request| altered(request, |reply| reply.identifier ^= 1) },
    Forged { name: "hostile::request_with_our_identifier", target: HOST4, iputils_falls_for_it: false,
        packet: |request| altered(request, |reply| reply.kind = REQUEST4) },
    Forged { name: "hostile::request_with_our_identifier_v6", target: HOST6, iputils_falls_for_it: false,
        packet: |request| altered(request, |reply| reply.kind = REQUEST6) },
    Forged { name: "hostile::time_stamp_reply", target: HOST4, iputils_falls_for_it: false,
        packet: |request| altered(request, |reply| reply.kind = 14) },
    Forged { name: "hostile::unknown_informational_type_v6", target: HOST6, iputils_falls_for_it: false,
        packet: |request| altered(request, |reply| reply.kind = 200) },
    Forged { name: "hostile::bad_checksum_v6", target: HOST6, iputils_falls_for_it: false,
        packet: |request| altered(request, |reply| reply.bad_checksum = true) },
    Forged { name: "hostile::reply_to_a_probe_never_sent", target: HOST4, iputils_falls_for_it: true,
        packet: |request| altered(request, |reply| reply.sequence += 1000) },
    Forged { name: "hostile::reply_to_a_probe_never_sent_v6", target: HOST6, iputils_falls_for_it: true,
        packet: |request| altered(request, |reply| reply.sequence += 1000) },
    Forged { name: "hostile::reply_to_the_next_probe", target: HOST4, iputils_falls_for_it: true,
        packet: |request| altered(request, |reply| reply.sequence += 1) },
    Forged { name: "hostile::reply_to_probe_0", target: HOST4, iputils_falls_for_it: true,
        packet: |request| altered(request, |reply| reply.sequence = 0) },
    Forged { name: "hostile::reply_with_invented_data", target: HOST4, iputils_falls_for_it: true,
        packet: |request| altered(request, |reply| reply.data[..16].fill(0)) },
    Forged { name: "hostile::reply_with_invented_data_v6", target: HOST6, iputils_falls_for_it: true,
        packet: |request| altered(request, |reply| reply.data[..16].fill(0xff)) },
    Forged { name: "hostile::reply_with_one_bit_of_the_token_wrong", target: HOST4, iputils_falls_for_it: true,
        packet: |request| altered(request, |reply| reply.data[0] ^= 1) },
    Forged { name: "hostile::reply_without_data", target: HOST4, iputils_falls_for_it: true,
        packet: |request| altered(request, |reply| reply.data.clear()) },
    Forged { name: "hostile::reply_with_half_a_token_v6", target: HOST6, iputils_falls_for_it: true,
        packet: |request| altered(request, |reply| reply.data.truncate(7)) },
    Forged { name: "hostile::error_about_a_foreign_identifier", target: HOST4, iputils_falls_for_it: false,
        packet: |request| about_other(request, 24) },
    Forged { name: "hostile::error_about_a_foreign_identifier_v6", target: HOST6, iputils_falls_for_it: false,
        packet: |request| about_other(request, 44) },
    Forged { name: "hostile::error_about_a_foreign_destination", target: HOST4, iputils_falls_for_it: false,
        packet: |request| about_other(request, 19) },
    Forged { name: "hostile::error_about_a_foreign_destination_v6", target: HOST6, iputils_falls_for_it: false,
        packet: |request| about_other(request, 39) },
    Forged { name: "hostile::error_about_a_probe_never_sent", target: HOST4, iputils_falls_for_it: true,
        packet: |request| about_other(request, 26) },
    Forged { name: "hostile::error_about_an_error", target: HOST4, iputils_falls_for_it: false, packet: nested },
];

impl Forged {
    /// With a raw socket and with a ping socket: two probes, and only their two replies.
    fn check(&self) {
        link::create();
        let Self { target, packet, .. } = *self;
        let _host = Host::start(move |request| vec![packet(request), request.echo()]);
        let size = if target.is_ipv4() {
            "56(84) bytes of data."
        } else {
            "56 data bytes"
        };
        let wanted = format!(
            "\
PING {target} ({target}) {size}
64 bytes from {target}: icmp_seq=1 ttl=64 time=T ms
64 bytes from {target}: icmp_seq=2 ttl=64 time=T ms

--- {target} ping statistics ---
2 packets transmitted, 2 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
"
        );
        let arguments = format!("-c 2 -i 1.5 {target}");
        without_marked(&ping(&arguments).run()).assert(0, &wanted);
        namespace::allow_ping_sockets();
        without_marked(&ping(&arguments).without_raw().run()).assert(0, &wanted);
    }
}

/// The output without lines that are marked as not counting.
fn without_marked(output: &Output) -> Output {
    let marked =
        |line: &str| line.ends_with("(UNEXPECTED!)\n") || line.ends_with("(WRONG TOKEN!)\n");
    let lines = output
        .stdout
        .split_inclusive('\n')
        .filter(|line| !marked(line));
    Output {
        stdout: lines.collect(),
        ..output.clone()
    }
}
