//! IPv4 options: record route and time stamps filled in by a host, and unrequested options.

use crate::host::Host;
use crate::link::{self, HOST4, ROUTER4};
use crate::namespace::{self, trial};
use crate::packet::{Reply, Request};
use crate::run::{Output, ping};
use libtest_mimic::Trial;
use std::net::IpAddr;

const RECORD_ROUTE: u8 = 7;
const TIME_STAMP: u8 = 68;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("ip_options::record_route", || {
            let wanted = "\
PING 198.51.100.2 (198.51.100.2) 56(124) bytes of data.
64 bytes from 198.51.100.2: icmp_seq=1 ttl=64 time=T ms
NOP
RR: \t198.51.100.1
\t203.0.113.9
\t198.51.100.2
\t198.51.100.2
\t203.0.113.9
\t198.51.100.1

64 bytes from 198.51.100.2: icmp_seq=2 ttl=64 time=T ms
NOP\t(same route)

--- 198.51.100.2 ping statistics ---
2 packets transmitted, 2 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
";
            on_both_sockets(
                "-n -R -c 2 -i 1.5",
                record_route,
                |socket, output| match socket {
                    Socket::Raw => output.assert(0, wanted),
                    // The kernel rebuilds the options for a ping socket, and their padding depends on the request.
                    Socket::Ping => {
                        let stdout = output.stdout.replace("\nNOP", "");
                        Output {
                            stdout,
                            ..output.clone()
                        }
                        .assert(0, &wanted.replace("\nNOP", ""));
                    }
                },
            );
        }),
        trial("ip_options::time_stamps_only", || {
            let wanted = "\
PING 198.51.100.2 (198.51.100.2) 56(124) bytes of data.
64 bytes from 198.51.100.2: icmp_seq=1 ttl=64 time=T ms
TS: \tN absolute
\tN
\tN
Unrecorded hops: 3


--- 198.51.100.2 ping statistics ---
1 packets transmitted, 1 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
";
            on_both_sockets("-T tsonly -c 1", time_stamp, |_, output| {
                stamps_masked(output).assert(0, wanted);
            });
        }),
        trial("ip_options::time_stamps_and_addresses", || {
            let wanted = "\
PING 198.51.100.2 (198.51.100.2) 56(124) bytes of data.
64 bytes from 198.51.100.2: icmp_seq=1 ttl=64 time=T ms
TS: \t198.51.100.1\tN absolute
\t198.51.100.2\tN
\t198.51.100.1\tN
Unrecorded hops: 3


--- 198.51.100.2 ping statistics ---
1 packets transmitted, 1 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
";
            on_both_sockets("-n -T tsandaddr -c 1", time_stamp, |_, output| {
                stamps_masked(output).assert(0, wanted);
            });
        }),
        // An invented option must not affect the rest of the packet.
        trial(
            "ip_options::identifier_and_sequence_follow_the_options",
            || {
                let no_operations = |_: &Request| vec![1; 40];
                on_both_sockets("-c 2 -i 1.5", no_operations, |_, output| {
                    let stdout = output.masked().stdout;
                    for sequence in [1, 2] {
                        let line = format!(
                            "\n64 bytes from 198.51.100.2: icmp_seq={sequence} ttl=64 time=T ms"
                        );
                        assert_eq!(stdout.matches(&line).count(), 1, "{stdout}");
                    }
                    assert!(
                        stdout.contains("\n2 packets transmitted, 2 received, 0% packet loss"),
                        "{stdout}"
                    );
                });
            },
        ),
    ]
}

#[derive(Clone, Copy)]
enum Socket {
    Raw,
    Ping,
}

/// Runs against a host that answers with these options.
fn on_both_sockets(
    arguments: &str,
    options: fn(&Request) -> Vec<u8>,
    check: impl Fn(Socket, &Output),
) {
    link::create();
    let _host = Host::start(move |request| {
        vec![
            Reply {
                options: options(request),
                ..Reply::to(request)
            }
            .packet(),
        ]
    });
    check(Socket::Raw, &ping(&format!("{arguments} {HOST4}")).run());
    namespace::allow_ping_sockets();
    check(
        Socket::Ping,
        &ping(&format!("{arguments} {HOST4}")).without_raw().run(),
    );
}

/// The route there and back. The sender's kernel adds the first and the last address.
fn record_route(request: &Request) -> Vec<u8> {
    let mut options = request.options.clone();
    let at = find(&options, RECORD_ROUTE);
    for address in [ROUTER4, HOST4, HOST4, ROUTER4] {
        append(&mut options, at, &octets(address));
    }
    options
}

fn time_stamp(request: &Request) -> Vec<u8> {
    let mut options = request.options.clone();
    let at = find(&options, TIME_STAMP);
    let with_address = options[at + 3] & 15 == 1;
    if with_address {
        append(&mut options, at, &octets(HOST4));
    }
    append(&mut options, at, &1000_u32.to_be_bytes());
    options[at + 3] |= 3 << 4; // Three more hops had no room.
    options
}

fn find(options: &[u8], kind: u8) -> usize {
    options
        .iter()
        .position(|&octet| octet == kind)
        .expect("the request has the option")
}

/// At the pointer of the option at `at`. The pointer counts from one.
fn append(options: &mut [u8], at: usize, octets: &[u8]) {
    let to = at + usize::from(options[at + 2]) - 1;
    options[to..to + 4].copy_from_slice(octets);
    options[at + 2] += 4;
}

fn octets(address: IpAddr) -> [u8; 4] {
    let IpAddr::V4(address) = address else {
        panic!("{address} in IPv4")
    };
    address.octets()
}

/// Replaces the time of day and the differences to it by `N`.
fn stamps_masked(output: &Output) -> Output {
    let mask = |line: &str| match line.trim_end_matches(" absolute").rsplit_once('\t') {
        Some((front, number))
            if number
                .trim_start_matches('-')
                .bytes()
                .all(|octet| octet.is_ascii_digit()) =>
        {
            let absolute = if line.ends_with(" absolute") {
                " absolute"
            } else {
                ""
            };
            format!("{front}\tN{absolute}\n")
        }
        _ => format!("{line}\n"),
    };
    Output {
        stdout: output.stdout.lines().map(mask).collect(),
        ..output.clone()
    }
}
