//! Router errors about probes over IPv6.

use crate::host::Host;
use crate::link::{self, HOST6, ROUTER6};
use crate::namespace::{self, trial};
use crate::packet::{Complaint, Request};
use crate::run::ping;
use libtest_mimic::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("errors6::every_type_and_code", || every_type(false)),
        trial("errors6::every_type_and_code_on_a_ping_socket", || {
            every_type(true);
        }),
        trial("errors6::too_long_for_the_interface", || {
            link::create();
            let _host = Host::echo();
            ping(&format!("-c 1 -W 0.3 -M do -s 1453 {HOST6}"))
                .run()
                .assert_both(
                    1,
                    "\
PING fd51::2 (fd51::2) 1453 data bytes

--- fd51::2 ping statistics ---
1 packets transmitted, 0 received, +1 errors, 100% packet loss, time Tms

",
                    "ping: local error: message too long, mtu: 1500\n",
                );
        }),
    ]
}

fn complaint(request: &Request) -> Option<Complaint> {
    let about = |kind, code| Complaint::about(request, ROUTER6, kind, code);
    Some(match request.sequence {
        1..=8 => about(1, u8::try_from(request.sequence - 1).unwrap()),
        9 => about(2, 0).rest(1400),
        10 => about(2, 1).rest(1400),
        11..=13 => about(3, u8::try_from(request.sequence - 11).unwrap()),
        14 => about(4, 0).rest(40),
        15 => about(4, 1).rest(6),
        16 => about(4, 2).rest(u32::MAX),
        17 => about(4, 3).rest(41),
        18 => about(100, 0),
        _ => return None,
    })
}

fn every_type(on_ping_socket: bool) {
    link::create();
    if on_ping_socket {
        namespace::allow_ping_sockets();
    }
    let _host = Host::start(|request| {
        vec![complaint(request).map_or_else(|| request.echo(), |it| it.packet())]
    });
    let run = ping(&format!("-c 19 -i 0.1 -W 10 {HOST6}"));
    let run = if on_ping_socket {
        run.without_raw()
    } else {
        run
    };
    run.run().assert(
        0,
        "\
PING fd51::2 (fd51::2) 56 data bytes
From fd52::9 icmp_seq=1 Destination unreachable: No route
From fd52::9 icmp_seq=2 Destination unreachable: Administratively prohibited
From fd52::9 icmp_seq=3 Destination unreachable: Beyond scope of source address
From fd52::9 icmp_seq=4 Destination unreachable: Address unreachable
From fd52::9 icmp_seq=5 Destination unreachable: Port unreachable
From fd52::9 icmp_seq=6 Destination unreachable: Source address failed ingress/egress policy
From fd52::9 icmp_seq=7 Destination unreachable: Reject route to destination
From fd52::9 icmp_seq=8 Destination unreachable: Unknown code 7
From fd52::9 icmp_seq=9 Packet too big: mtu=1400
From fd52::9 icmp_seq=10 Packet too big: mtu=1400, code=1
From fd52::9 icmp_seq=11 Time exceeded: Hop limit
From fd52::9 icmp_seq=12 Time exceeded: Defragmentation failure
From fd52::9 icmp_seq=13 Time exceeded: code 2
From fd52::9 icmp_seq=14 Parameter problem: Wrong header field at 40
From fd52::9 icmp_seq=15 Parameter problem: Unknown header at 6
From fd52::9 icmp_seq=16 Parameter problem: Unknown option at 4294967295
From fd52::9 icmp_seq=17 Parameter problem: code 3 at 41
From fd52::9 icmp_seq=18 unknown icmp type: 100
64 bytes from fd51::2: icmp_seq=19 ttl=64 time=T ms

--- fd51::2 ping statistics ---
19 packets transmitted, 1 received, +18 errors, 94.7368% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
",
    );
}
