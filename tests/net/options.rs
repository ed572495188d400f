//! Options that change the output, and options that change the packets.

use crate::host::Host;
use crate::link::{self, HOST4, HOST6};
use crate::namespace::{self, trial};
use crate::packet::Request;
use crate::run::ping;
use libtest_mimic::Trial;
use std::net::IpAddr;

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials: Vec<_> = PRINTED
        .iter()
        .map(|printed| trial(printed.name, || printed.check()))
        .collect();
    for sent in &ON_THE_WIRE {
        trials.push(trial(sent.name, || sent.check(false)));
        trials.push(trial(&format!("{}_on_a_ping_socket", sent.name), || {
            sent.check(true);
        }));
    }
    trials.push(trial(
        "options::source_address_of_another_interface",
        || {
            link::create();
            // The loopback interface has no source address for another host, and no host behind it.
            let output = ping(&format!("-q -I lo -c 1 -W 0.2 {HOST4}")).run();
            output.assert_both(
                1,
                "\
PING 198.51.100.2 (198.51.100.2) from 198.51.100.1 lo: 56(84) bytes of data.

--- 198.51.100.2 ping statistics ---
1 packets transmitted, 0 received, 100% packet loss, time Tms

",
                "ping: Warning: source address might be selected on device other than: lo\n",
            );
        },
    ));
    trials.push(trial("options::source_address_that_leads_nowhere", || {
        link::create();
        let host = Host::echo();
        let output = ping(&format!("-q -I 127.0.0.1 -c 1 -W 0.2 {HOST4}")).run();
        output.assert(
            1,
            "\
PING 198.51.100.2 (198.51.100.2) from 127.0.0.1 : 56(84) bytes of data.

--- 198.51.100.2 ping statistics ---
1 packets transmitted, 0 received, 100% packet loss, time Tms

",
        );
        drop(host);
    }));
    trials.push(trial("options::flow_label_of_the_kernel_s_choice", || {
        link::create();
        let host = Host::echo();
        let output = ping(&format!("-F 0 -c 1 {HOST6}")).run();
        let [_, high, middle, low] = host.finish()[0].packet[..4] else {
            unreachable!();
        };
        let label = u32::from_be_bytes([0, high & 15, middle, low]);
        let line = format!("PING fd51::2 (fd51::2) , flow 0x{label:05x}, 56 data bytes\n");
        assert!(label != 0 && output.stdout.starts_with(&line), "{output:?}");
    }));
    trials.push(trial("options::too_long_for_ethernet", || {
        link::with_mtu(65_535);
        let host = Host::echo();
        for (address, size) in [(HOST4, 65_507), (HOST6, 65_487)] {
            let output = ping(&format!("-q -c 1 -s {size} {address}")).run();
            assert!(
                output
                    .stdout
                    .contains("\n1 packets transmitted, 1 received, 0% packet loss"),
                "{}",
                output.stdout
            );
        }
        let sizes: Vec<_> = host
            .finish()
            .iter()
            .map(|request| request.data.len())
            .collect();
        assert_eq!(sizes, [65_507, 65_487]);
    }));
    trials
}

/// The effect of an option on the output of an ordinary run.
struct Printed {
    name: &'static str,
    arguments: &'static str,
    stdout: &'static str,
}

const PRINTED: [Printed; 15] = [
    Printed {
        name: "options::quiet",
        arguments: "-q -c 2 -i 1.5 198.51.100.2",
        stdout: "\
PING 198.51.100.2 (198.51.100.2) 56(84) bytes of data.

--- 198.51.100.2 ping statistics ---
2 packets transmitted, 2 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
",
    },
    Printed {
        name: "options::time_stamps",
        arguments: "-D -c 1 198.51.100.2",
        stdout: "\
PING 198.51.100.2 (198.51.100.2) 56(84) bytes of data.
[T] 64 bytes from 198.51.100.2: icmp_seq=1 ttl=64 time=T ms

--- 198.51.100.2 ping statistics ---
1 packets transmitted, 1 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
",
    },
    Printed {
        name: "options::bell",
        arguments: "-a -n -c 1 fd51::2",
        stdout: "\
PING fd51::2 (fd51::2) 56 data bytes
64 bytes from fd51::2: icmp_seq=1 ttl=64 time=T ms\x07

--- fd51::2 ping statistics ---
1 packets transmitted, 1 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
",
    },
    Printed {
        name: "options::pattern",
        arguments: "-p 00ff -c 1 198.51.100.2",
        stdout: "\
PATTERN: 0x00ff
PING 198.51.100.2 (198.51.100.2) 56(84) bytes of data.
64 bytes from 198.51.100.2: icmp_seq=1 ttl=64 time=T ms

--- 198.51.100.2 ping statistics ---
1 packets transmitted, 1 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
",
    },
    // Without space for a time stamp, iputils has no round trips: Home Assistant and others rely on it.
    Printed {
        name: "options::no_data",
        arguments: "-s 0 -c 1 198.51.100.2",
        stdout: "\
PING 198.51.100.2 (198.51.100.2) 0(28) bytes of data.
8 bytes from 198.51.100.2: icmp_seq=1 ttl=64

--- 198.51.100.2 ping statistics ---
1 packets transmitted, 1 received, 0% packet loss, time Tms

",
    },
    Printed {
        name: "options::eight_octets_of_data",
        arguments: "-s 8 -c 1 fd51::2",
        stdout: "\
PING fd51::2 (fd51::2) 8 data bytes
16 bytes from fd51::2: icmp_seq=1 ttl=64

--- fd51::2 ping statistics ---
1 packets transmitted, 1 received, 0% packet loss, time Tms

",
    },
    Printed {
        name: "options::sixteen_octets_of_data",
        arguments: "-s 16 -c 1 198.51.100.2",
        stdout: "\
PING 198.51.100.2 (198.51.100.2) 16(44) bytes of data.
24 bytes from 198.51.100.2: icmp_seq=1 ttl=64 time=T ms

--- 198.51.100.2 ping statistics ---
1 packets transmitted, 1 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
",
    },
    Printed {
        name: "options::identifier_in_verbose_lines",
        arguments: "-v -e 4660 -c 1 198.51.100.2",
        stdout: "\
PING 198.51.100.2 (198.51.100.2) 56(84) bytes of data.
64 bytes from 198.51.100.2: icmp_seq=1 ident=4660 ttl=64 time=T ms

--- 198.51.100.2 ping statistics ---
1 packets transmitted, 1 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
",
    },
    Printed {
        name: "options::identifier_in_verbose_lines_v6",
        arguments: "-v -e 4660 -c 1 fd51::2",
        stdout: "\
PING fd51::2 (fd51::2) 56 data bytes
64 bytes from fd51::2: icmp_seq=1 ident=4660 ttl=64 time=T ms

--- fd51::2 ping statistics ---
1 packets transmitted, 1 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
",
    },
    Printed {
        name: "options::source_address",
        arguments: "-I 198.51.100.1 -c 1 198.51.100.2",
        stdout: "\
PING 198.51.100.2 (198.51.100.2) from 198.51.100.1 : 56(84) bytes of data.
64 bytes from 198.51.100.2: icmp_seq=1 ttl=64 time=T ms

--- 198.51.100.2 ping statistics ---
1 packets transmitted, 1 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
",
    },
    Printed {
        name: "options::interface",
        arguments: "-I v0 -c 1 198.51.100.2",
        stdout: "\
PING 198.51.100.2 (198.51.100.2) from 198.51.100.1 v0: 56(84) bytes of data.
64 bytes from 198.51.100.2: icmp_seq=1 ttl=64 time=T ms

--- 198.51.100.2 ping statistics ---
1 packets transmitted, 1 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
",
    },
    Printed {
        name: "options::interface_v6",
        arguments: "-I v0 -c 1 fd51::2",
        stdout: "\
PING fd51::2 (fd51::2) from fd51::1 v0: 56 data bytes
64 bytes from fd51::2: icmp_seq=1 ttl=64 time=T ms

--- fd51::2 ping statistics ---
1 packets transmitted, 1 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
",
    },
    Printed {
        name: "options::flow_label",
        arguments: "-F 0x12345 -c 1 fd51::2",
        stdout: "\
PING fd51::2 (fd51::2) , flow 0x12345, 56 data bytes
64 bytes from fd51::2: icmp_seq=1 ttl=64 time=T ms

--- fd51::2 ping statistics ---
1 packets transmitted, 1 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
",
    },
    Printed {
        name: "options::accepted_and_without_effect_here",
        arguments: "-U -n -L -r -S 100000 -c 1 198.51.100.2",
        stdout: "\
PING 198.51.100.2 (198.51.100.2) 56(84) bytes of data.
64 bytes from 198.51.100.2: icmp_seq=1 ttl=64 time=T ms

--- 198.51.100.2 ping statistics ---
1 packets transmitted, 1 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
",
    },
    Printed {
        name: "options::address_in_another_notation",
        arguments: "-c 1 3325256706",
        stdout: "\
PING 3325256706 (198.51.100.2) 56(84) bytes of data.
64 bytes from 198.51.100.2: icmp_seq=1 ttl=64 time=T ms

--- 3325256706 ping statistics ---
1 packets transmitted, 1 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
",
    },
];

impl Printed {
    fn check(&self) {
        link::create();
        let _host = Host::echo();
        ping(self.arguments)
            .run()
            .without_insides()
            .assert(0, self.stdout);
    }
}

/// The effect of an option on the request.
struct Sent {
    name: &'static str,
    arguments: &'static str,
    target: IpAddr,
    holds: fn(&Request) -> bool,
}

const ON_THE_WIRE: [Sent; 12] = [
    Sent {
        name: "options::ttl",
        arguments: "-t 7",
        target: HOST4,
        holds: |request| request.hop_limit == 7,
    },
    Sent {
        name: "options::hop_limit",
        arguments: "-t 7",
        target: HOST6,
        holds: |request| request.hop_limit == 7,
    },
    Sent {
        name: "options::type_of_service",
        arguments: "-Q 0x48",
        target: HOST4,
        holds: |request| request.traffic_class == 0x48,
    },
    Sent {
        name: "options::traffic_class",
        arguments: "-Q 72",
        target: HOST6,
        holds: |request| request.traffic_class == 0x48,
    },
    Sent {
        name: "options::flow_label_in_the_header",
        arguments: "-F 0x12345",
        target: HOST6,
        holds: |request| request.packet[1..4] == [0x01, 0x23, 0x45],
    },
    Sent {
        name: "options::do_not_fragment",
        arguments: "-M do",
        target: HOST4,
        holds: |request| request.do_not_fragment,
    },
    Sent {
        name: "options::may_fragment",
        arguments: "-M dont",
        target: HOST4,
        holds: |request| !request.do_not_fragment,
    },
    Sent {
        name: "options::identifier",
        arguments: "-e 4660",
        target: HOST4,
        holds: |request| request.identifier == 4660,
    },
    Sent {
        name: "options::identifier_v6",
        arguments: "-e 4660",
        target: HOST6,
        holds: |request| request.identifier == 4660,
    },
    // A pattern begins after the time stamp; without a pattern, the octets count up.
    Sent {
        name: "options::pattern_in_the_data",
        arguments: "-p a55a -s 20",
        target: HOST4,
        holds: |request| request.data[16..] == [0xa5, 0x5a, 0xa5, 0x5a],
    },
    Sent {
        name: "options::data_without_pattern",
        arguments: "-s 20",
        target: HOST6,
        holds: |request| request.data[16..] == [16, 17, 18, 19],
    },
    Sent {
        name: "options::source_in_the_header",
        arguments: "-I 198.51.100.1",
        target: HOST4,
        holds: |request| request.source == link::US4,
    },
];

impl Sent {
    fn check(&self, on_ping_socket: bool) {
        link::create();
        let host = Host::echo();
        let run = ping(&format!(
            "-q -c 2 -i 1.5 {} {}",
            self.arguments, self.target
        ));
        let run = if on_ping_socket {
            namespace::allow_ping_sockets();
            run.without_raw()
        } else {
            run
        };
        let output = run.run();
        assert!(
            output
                .stdout
                .contains("\n2 packets transmitted, 2 received, 0% packet loss"),
            "{output:?}"
        );
        let requests = host.finish();
        assert_eq!(
            requests
                .iter()
                .map(|request| request.sequence)
                .collect::<Vec<_>>(),
            [1, 2]
        );
        for request in requests {
            assert!((self.holds)(&request), "{request:?}");
        }
    }
}
