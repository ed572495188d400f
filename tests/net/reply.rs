//! Ordinary and anomalous replies.

use crate::host::Host;
use crate::link::{self, HOST4, HOST6, OTHER4, OTHER6};
use crate::namespace::{self, rping_trial, trial};
use crate::packet::Reply;
use crate::run::{named, ping};
use libtest_mimic::Trial;
use std::net::IpAddr;

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials: Vec<_> = ALTERED
        .iter()
        .map(|altered| trial(altered.name, || altered.check()))
        .collect();
    trials.extend(more());
    trials
}

/// A reply that differs from the proper one, and its mark. It still counts as received.
struct Altered {
    name: &'static str,
    target: IpAddr,
    alter: fn(&mut Reply),
    line: &'static str,
}

#[rustfmt::skip] // A table.
const ALTERED: [Altered; 14] = [
    Altered { name: "reply::truncated", target: HOST4, alter: |reply| reply.data.truncate(24),
        line: "32 bytes from 198.51.100.2: icmp_seq=1 ttl=64 (truncated)" },
    Altered { name: "reply::truncated_v6", target: HOST6, alter: |reply| reply.data.truncate(55),
        line: "63 bytes from fd51::2: icmp_seq=1 ttl=64 (truncated)" },
    Altered { name: "reply::longer_than_the_probe", target: HOST4, alter: |reply| reply.data.extend([0xa5; 8]),
        line: "72 bytes from 198.51.100.2: icmp_seq=1 ttl=64 time=T ms" },
    Altered { name: "reply::longer_than_the_probe_v6", target: HOST6, alter: |reply| reply.data.extend([0xa5; 8]),
        line: "72 bytes from fd51::2: icmp_seq=1 ttl=64 time=T ms" },
    Altered { name: "reply::from_another_address", target: HOST4, alter: |reply| reply.source = OTHER4,
        line: "64 bytes from 198.51.100.3: icmp_seq=1 ttl=64 time=T ms (DIFFERENT ADDRESS!)" },
    Altered { name: "reply::from_another_address_v6", target: HOST6, alter: |reply| reply.source = OTHER6,
        line: "64 bytes from fd51::3: icmp_seq=1 ttl=64 time=T ms (DIFFERENT ADDRESS!)" },
    Altered { name: "reply::with_a_wrong_octet", target: HOST4, alter: |reply| reply.data[20] = 0xeb,
        line: "64 bytes from 198.51.100.2: icmp_seq=1 ttl=64 time=T ms\n\
               wrong data byte #20 should be 0x14 but was 0xeb\n\
               #16\t10 11 12 13 eb 15 16 17 18 19 1a 1b 1c 1d 1e 1f 20 21 22 23 24 25 26 27 28 29 2a 2b 2c 2d 2e 2f \n\
               #48\t30 31 32 33 34 35 36 37 " },
    Altered { name: "reply::with_wrong_octets_v6", target: HOST6, alter: |reply| reply.data[54..].fill(0),
        line: "64 bytes from fd51::2: icmp_seq=1 ttl=64 time=T ms\n\
               wrong data byte #54 should be 0x36 but was 0x0\n\
               #16\t10 11 12 13 14 15 16 17 18 19 1a 1b 1c 1d 1e 1f 20 21 22 23 24 25 26 27 28 29 2a 2b 2c 2d 2e 2f \n\
               #48\t30 31 32 33 34 35 0 0 " },
    Altered { name: "reply::with_ttl_255", target: HOST4, alter: |reply| reply.hop_limit = 255,
        line: "64 bytes from 198.51.100.2: icmp_seq=1 ttl=255 time=T ms" },
    Altered { name: "reply::with_ttl_1", target: HOST4, alter: |reply| reply.hop_limit = 1,
        line: "64 bytes from 198.51.100.2: icmp_seq=1 ttl=1 time=T ms" },
    Altered { name: "reply::with_hop_limit_255", target: HOST6, alter: |reply| reply.hop_limit = 255,
        line: "64 bytes from fd51::2: icmp_seq=1 ttl=255 time=T ms" },
    Altered { name: "reply::with_a_type_of_service", target: HOST4, alter: |reply| reply.traffic_class = 0xff,
        line: "64 bytes from 198.51.100.2: icmp_seq=1 ttl=64 time=T ms" },
    Altered { name: "reply::with_a_traffic_class", target: HOST6, alter: |reply| reply.traffic_class = 0xff,
        line: "64 bytes from fd51::2: icmp_seq=1 ttl=64 time=T ms" },
    // Hop-by-hop and destination options, each with six octets of PadN.
    Altered { name: "reply::behind_extension_headers", target: HOST6,
        alter: |reply| reply.extensions = [0, 60].map(|number| (number, vec![0, 0, 1, 4, 0, 0, 0, 0])).into(),
        line: "64 bytes from fd51::2: icmp_seq=1 ttl=64 time=T ms" },
];

impl Altered {
    /// With a raw socket and with a ping socket.
    fn check(&self) {
        link::create();
        let alter = self.alter;
        let _host = Host::start(move |request| {
            let mut reply = Reply::to(request);
            alter(&mut reply);
            vec![reply.packet()]
        });
        self.enters_the_round_trips_of_rping_if_it_is_as_it_was_asked_for();
        let Self { target, line, .. } = self;
        let size = if target.is_ipv4() {
            "56(84) bytes of data."
        } else {
            "56 data bytes"
        };
        let wanted = format!(
            "\
PING {target} ({target}) {size}
{line}

--- {target} ping statistics ---
1 packets transmitted, 1 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
"
        );
        ping(&format!("-c 1 -W 10 {target}"))
            .run()
            .assert(0, &wanted);
        namespace::allow_ping_sockets();
        ping(&format!("-c 1 -W 10 {target}"))
            .without_raw()
            .run()
            .assert(0, &wanted);
    }

    fn enters_the_round_trips_of_rping_if_it_is_as_it_was_asked_for(&self) {
        let run = named("rping", &format!("-c 1 {}", self.target)).run();
        let marks = ["truncated", "longer", "another_address", "wrong_octet"];
        let is_marked = marks.iter().any(|mark| self.name.contains(mark));
        let has_round_trips = run.stdout.contains("\nrtt min/avg/max/mdev = ");
        let untimed = "\nuntimed: 1 reply counts, but its round trip does not\n";
        let is_told = run.stdout.contains(untimed);
        assert_eq!(
            (is_told, has_round_trips),
            (is_marked, !is_marked),
            "{}",
            run.stdout
        );
        assert!(run.stdout.contains(" 1 received, 0% packet loss"));
    }
}

fn more() -> Vec<Trial> {
    vec![
        trial("reply::three_from_loopback", || {
            ping("-c 3 -i 0.3 127.0.0.1").run().assert(
                0,
                "\
PING 127.0.0.1 (127.0.0.1) 56(84) bytes of data.
64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=T ms
64 bytes from 127.0.0.1: icmp_seq=2 ttl=64 time=T ms
64 bytes from 127.0.0.1: icmp_seq=3 ttl=64 time=T ms

--- 127.0.0.1 ping statistics ---
3 packets transmitted, 3 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
",
            );
        }),
        trial("reply::three_from_loopback_v6", || {
            ping("-c 3 -i 0.3 ::1").run().assert(
                0,
                "\
PING ::1 (::1) 56 data bytes
64 bytes from ::1: icmp_seq=1 ttl=64 time=T ms
64 bytes from ::1: icmp_seq=2 ttl=64 time=T ms
64 bytes from ::1: icmp_seq=3 ttl=64 time=T ms

--- ::1 ping statistics ---
3 packets transmitted, 3 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
",
            );
        }),
        trial("reply::two_over_the_wire", || {
            link::create();
            let host = Host::echo();
            for (name, address, header) in [
                ("ping", HOST4, "56(84) bytes of data."),
                ("ping4", HOST4, "56(84) bytes of data."),
                ("ping", HOST6, "56 data bytes"),
                ("ping6", HOST6, "56 data bytes"),
            ] {
                named(name, &format!("-c 2 -i 1.5 {address}")).run().assert(
                    0,
                    &format!(
                        "\
PING {address} ({address}) {header}
64 bytes from {address}: icmp_seq=1 ttl=64 time=T ms
64 bytes from {address}: icmp_seq=2 ttl=64 time=T ms

--- {address} ping statistics ---
2 packets transmitted, 2 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
"
                    ),
                );
            }
            assert_eq!(host.finish().len(), 8);
        }),
        trial("reply::twice", || {
            link::create();
            // The last one once: its duplicate could arrive after the end.
            let _host = Host::start(|request| {
                vec![request.echo(); if request.sequence == 1 { 3 } else { 1 }]
            });
            ping(&format!("-c 2 -i 1.5 {HOST4}")).run().assert(
                0,
                "\
PING 198.51.100.2 (198.51.100.2) 56(84) bytes of data.
64 bytes from 198.51.100.2: icmp_seq=1 ttl=64 time=T ms
64 bytes from 198.51.100.2: icmp_seq=1 ttl=64 time=T ms (DUP!)
64 bytes from 198.51.100.2: icmp_seq=1 ttl=64 time=T ms (DUP!)
64 bytes from 198.51.100.2: icmp_seq=2 ttl=64 time=T ms

--- 198.51.100.2 ping statistics ---
2 packets transmitted, 2 received, +2 duplicates, 0% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
",
            );
        }),
        // Only IPv4 on a raw socket receives them, otherwise the kernel drops them. iputils since 20240905.
        rping_trial("reply::with_a_bad_checksum", || {
            link::create();
            let _host = Host::start(|request| {
                let bad_checksum = request.sequence == 1;
                vec![
                    Reply {
                        bad_checksum,
                        ..Reply::to(request)
                    }
                    .packet(),
                ]
            });
            ping(&format!("-c 2 -i 0.3 -W 10 {HOST4}")).run().assert(
                0,
                "\
PING 198.51.100.2 (198.51.100.2) 56(84) bytes of data.
64 bytes from 198.51.100.2: icmp_seq=1 ttl=64 time=T ms (BAD CHECKSUM!)
64 bytes from 198.51.100.2: icmp_seq=2 ttl=64 time=T ms

--- 198.51.100.2 ping statistics ---
2 packets transmitted, 1 received, +1 corrupted, 50% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
",
            );
        }),
    ]
}
