//! Router errors about probes over IPv4.

use crate::host::Host;
use crate::link::{self, HOST4, OTHER4, ROUTER4};
use crate::namespace::{self, rping_trial, trial};
use crate::netlink;
use crate::packet::{Complaint, Request};
use crate::run::{Output, named, ping};
use libtest_mimic::Trial;
use std::net::IpAddr;

const UNREACHABLE: u8 = 3;
const SOURCE_QUENCH: u8 = 4;
const REDIRECT: u8 = 5;
const TIME_EXCEEDED: u8 = 11;
const PARAMETER_PROBLEM: u8 = 12;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("errors::unreachable_with_every_code", || unreachable(false)),
        trial(
            "errors::unreachable_with_every_code_on_a_ping_socket",
            || unreachable(true),
        ),
        trial("errors::time_exceeded_and_parameter_problem", || {
            exceeded(false);
        }),
        trial(
            "errors::time_exceeded_and_parameter_problem_on_a_ping_socket",
            || exceeded(true),
        ),
        trial("errors::advice_is_no_error", || {
            advice(false).assert(
                0,
                "\
PING 198.51.100.2 (198.51.100.2) 56(84) bytes of data.
From 203.0.113.9: icmp_seq=1 Source Quench
From 198.51.100.2: icmp_seq=2 Redirect Network(New nexthop: 198.51.100.3)
From 198.51.100.2: icmp_seq=3 Redirect Host(New nexthop: 198.51.100.3)
From 198.51.100.2: icmp_seq=4 Redirect Type of Service and Network(New nexthop: 198.51.100.3)
From 198.51.100.2: icmp_seq=5 Redirect Type of Service and Host(New nexthop: 198.51.100.3)
From 198.51.100.2: icmp_seq=6 Redirect, Bad Code: 4(New nexthop: 198.51.100.3)
64 bytes from 198.51.100.2: icmp_seq=7 ttl=64 time=T ms

--- 198.51.100.2 ping statistics ---
7 packets transmitted, 1 received, 85.7143% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
",
            );
        }),
        // iputils counts them there, because the kernel puts them into the error queue (its issue 555).
        rping_trial(
            "errors::iputils_555_advice_is_no_error_on_a_ping_socket_either",
            || {
                let output = advice(true).masked();
                let summary =
                    "\n7 packets transmitted, 1 received, 85.7143% packet loss, time Tms\n";
                assert!(output.stdout.contains(summary), "{}", output.stdout);
            },
        ),
        trial("errors::too_long_for_the_interface", || {
            link::create();
            let _host = Host::echo();
            ping(&format!("-c 1 -W 0.3 -M do -s 1473 {HOST4}"))
                .run()
                .assert_both(
                    1,
                    "\
PING 198.51.100.2 (198.51.100.2) 1473(1501) bytes of data.

--- 198.51.100.2 ping statistics ---
1 packets transmitted, 0 received, +1 errors, 100% packet loss, time Tms

",
                    "ping: local error: message too long, mtu=1500\n",
                );
        }),
        // The quoted destination is the next hop of the source route, where iputils expects the target.
        rping_trial("errors::on_the_way_to_a_hop", || {
            link::create();
            let _host = Host::start(|request| {
                assert_eq!(request.destination, OTHER4);
                vec![Complaint::about(request, ROUTER4, UNREACHABLE, 1).packet()]
            });
            let output = ping(&format!("-c 1 -W 10 {OTHER4} {HOST4}")).run();
            output.assert(
                1,
                "\
PING 198.51.100.2 (198.51.100.2) 56(124) bytes of data.
From 203.0.113.9 icmp_seq=1 Destination Host Unreachable

--- 198.51.100.2 ping statistics ---
1 packets transmitted, 0 received, +1 errors, 100% packet loss, time Tms

",
            );
        }),
        // IPv6 has no broadcast that the error could be about.
        trial("errors::prohibited", || {
            link::create();
            netlink::prohibit(link::HOST6, 128);
            let message = "ping: connect: Permission denied\n";
            ping(&format!("-c 1 {}", link::HOST6))
                .run()
                .assert_both(2, "", message);
        }),
        // iputils takes it for a missing broadcast permission.
        trial("errors::prohibited_v4", || {
            link::create();
            netlink::prohibit(HOST4, 32);
            let message = "ping: Do you want to ping broadcast? Then -b. If not, check your local firewall rules\n";
            ping(&format!("-c 1 {HOST4}"))
                .run()
                .assert_both(2, "", message);
        }),
        rping_trial("errors::prohibited_by_a_route_is_said_so", || {
            link::create();
            for address in [HOST4, link::HOST6] {
                netlink::prohibit(address, if address.is_ipv4() { 32 } else { 128 });
                let message = format!(
                    "ping: {address}: connect: Permission denied: a route or a firewall of this host forbids it; see ip route get {address}\n"
                );
                named("rping", &format!("-c 1 {address}"))
                    .run()
                    .assert_both(2, "", &message);
            }
            let message = "ping: 198.51.100.255: a broadcast address needs -b\n";
            named("rping", "-c 1 198.51.100.255")
                .run()
                .assert_both(2, "", message);
        }),
        rping_trial("errors::many_are_told_what_prohibits_them", || {
            link::create();
            namespace::allow_ping_sockets();
            for address in [HOST4, link::HOST6] {
                netlink::prohibit(address, if address.is_ipv4() { 32 } else { 128 });
            }
            let route = "a route or a firewall of this host forbids it";
            let unknown = format!("{route}, or it is a broadcast address and needs -b");
            for (line, advice) in [
                ("198.51.100.2 127.0.0.1", &unknown[..]),
                ("198.51.100.255 127.0.0.1", &unknown),
                ("-b 198.51.100.2 127.0.0.1", route),
                ("fd51::2 ::1", route),
            ] {
                for options in ["-c 1", "--socket ping -c 1", "--alive --retries 0"] {
                    let output = named("rping", &format!("{options} -W 0.1 {line}")).run();
                    let told = format!(": sendmsg: Permission denied; {advice}\n");
                    assert!(
                        output.stderr.contains(&told),
                        "{options} {line}: {output:?}"
                    );
                    let listed = options.replace("--alive", "--dead");
                    let output = named("rping", &format!("{listed} -W 0.1 {line}")).run();
                    let row = format!("  not sent: Permission denied; {advice}\n");
                    assert!(output.stdout.contains(&row), "{listed} {line}: {output:?}");
                }
            }
        }),
        trial("errors::network_unreachable", || {
            // No interface, and so no route.
            for address in [HOST4, link::HOST6] {
                let message = "ping: connect: Network is unreachable\n";
                ping(&format!("-c 1 {address}"))
                    .run()
                    .assert_both(2, "", message);
            }
        }),
    ]
}

/// Runs against a host that answers probe n with the n-th error, and later ones properly.
fn run(on_ping_socket: bool, count: u16, complaint: fn(&Request) -> Complaint) -> Output {
    link::create();
    if on_ping_socket {
        namespace::allow_ping_sockets();
    }
    let _host = Host::start(move |request| {
        if request.sequence > count {
            return vec![request.echo()];
        }
        let mut complaint = complaint(request);
        if request.sequence % 2 == 0 {
            complaint.quote.truncate(28); // RFC 792 asks for no more than 64 bits of the data.
        }
        vec![complaint.packet()]
    });
    let run = ping(&format!("-c {} -i 0.1 -W 10 {HOST4}", count + 1));
    if on_ping_socket {
        run.without_raw().run()
    } else {
        run.run()
    }
}

fn code(request: &Request, first: u16) -> u8 {
    u8::try_from(request.sequence - first).unwrap()
}

/// The kernel does not pass codes above 15.
fn unreachable(on_ping_socket: bool) {
    run(on_ping_socket, 16, |request| {
        Complaint::about(request, ROUTER4, UNREACHABLE, code(request, 1)).rest(1400)
    })
    .assert(
        0,
        "\
PING 198.51.100.2 (198.51.100.2) 56(84) bytes of data.
From 203.0.113.9 icmp_seq=1 Destination Net Unreachable
From 203.0.113.9 icmp_seq=2 Destination Host Unreachable
From 203.0.113.9 icmp_seq=3 Destination Protocol Unreachable
From 203.0.113.9 icmp_seq=4 Destination Port Unreachable
From 203.0.113.9 icmp_seq=5 Frag needed and DF set (mtu = 1400)
From 203.0.113.9 icmp_seq=6 Source Route Failed
From 203.0.113.9 icmp_seq=7 Destination Net Unknown
From 203.0.113.9 icmp_seq=8 Destination Host Unknown
From 203.0.113.9 icmp_seq=9 Source Host Isolated
From 203.0.113.9 icmp_seq=10 Destination Net Prohibited
From 203.0.113.9 icmp_seq=11 Destination Host Prohibited
From 203.0.113.9 icmp_seq=12 Destination Net Unreachable for Type of Service
From 203.0.113.9 icmp_seq=13 Destination Host Unreachable for Type of Service
From 203.0.113.9 icmp_seq=14 Packet filtered
From 203.0.113.9 icmp_seq=15 Precedence Violation
From 203.0.113.9 icmp_seq=16 Precedence Cutoff
64 bytes from 198.51.100.2: icmp_seq=17 ttl=64 time=T ms

--- 198.51.100.2 ping statistics ---
17 packets transmitted, 1 received, +16 errors, 94.1176% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
",
    );
}

/// The kernel does not pass time exceeded with code 1 (reassembly).
fn exceeded(on_ping_socket: bool) {
    let complaint = |request: &Request| {
        let about = |kind, code| Complaint::about(request, ROUTER4, kind, code);
        match request.sequence {
            1 => about(TIME_EXCEEDED, 0),
            2 => about(TIME_EXCEEDED, 7),
            3 => about(PARAMETER_PROBLEM, 0).rest(20 << 24),
            _ => about(PARAMETER_PROBLEM, 1),
        }
    };
    run(on_ping_socket, 4, complaint).assert(
        0,
        "\
PING 198.51.100.2 (198.51.100.2) 56(84) bytes of data.
From 203.0.113.9 icmp_seq=1 Time to live exceeded
From 203.0.113.9 icmp_seq=2 Time exceeded, Bad Code: 7
From 203.0.113.9 icmp_seq=3 Parameter problem: pointer = 20
From 203.0.113.9 icmp_seq=4 Parameter problem: pointer = 0
64 bytes from 198.51.100.2: icmp_seq=5 ttl=64 time=T ms

--- 198.51.100.2 ping statistics ---
5 packets transmitted, 1 received, +4 errors, 80% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
",
    );
}

/// Source quench, then every redirect: none of them rejects a probe.
fn advice(on_ping_socket: bool) -> Output {
    run(on_ping_socket, 6, |request| {
        let IpAddr::V4(next_hop) = OTHER4 else {
            unreachable!()
        };
        match request.sequence {
            1 => Complaint::about(request, ROUTER4, SOURCE_QUENCH, 0),
            _ => Complaint::about(request, HOST4, REDIRECT, code(request, 2))
                .rest(next_hop.to_bits()),
        }
    })
}
