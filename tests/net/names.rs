//! Host names from the fixture's hosts file only.

use crate::dns;
use crate::host::Host;
use crate::link::{self, HOST4, HOST6, ROUTER4};
use crate::namespace::{self, rping_trial, trial};
use crate::netlink;
use crate::packet::Complaint;
use crate::run::{Output, ping};
use crate::sandbox;
use libtest_mimic::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    let trials = vec![
        trial("names::in_every_line", || {
            link::create();
            let _host = Host::echo();
            // Two names, because glibc 2.36 otherwise forgets the canonical name of the IPv4 address.
            for (name, address, size) in [
                ("host4.example", HOST4, "56(84) bytes of data."),
                ("host6.example", HOST6, "56 data bytes"),
            ] {
                ping(&format!("-c 1 {name}")).run().assert(
                    0,
                    &format!(
                        "\
PING {name} ({address}) {size}
64 bytes from {name} ({address}): icmp_seq=1 ttl=64 time=T ms

--- {name} ping statistics ---
1 packets transmitted, 1 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
"
                    ),
                );
                ping(&format!("-n -c 1 {name}")).run().assert(
                    0,
                    &format!(
                        "\
PING {name} ({address}) {size}
64 bytes from {address}: icmp_seq=1 ttl=64 time=T ms

--- {name} ping statistics ---
1 packets transmitted, 1 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
"
                    ),
                );
            }
        }),
        trial("names::of_a_router_that_complains", || {
            link::create();
            let _host =
                Host::start(|request| vec![Complaint::about(request, ROUTER4, 3, 1).packet()]);
            for arguments in ["-n -c 1 -W 10 host4.example", "-c 1 -W 10 host4.example"] {
                let output = ping(arguments).run();
                // iputils waits for the lookup. Another program need not.
                let stdout = output
                    .stdout
                    .replace("router.example (203.0.113.9)", "203.0.113.9");
                assert!(arguments.starts_with("-c") || stdout == output.stdout);
                Output { stdout, ..output }.assert(
                    1,
                    "\
PING host4.example (198.51.100.2) 56(84) bytes of data.
From 203.0.113.9 icmp_seq=1 Destination Host Unreachable

--- host4.example ping statistics ---
1 packets transmitted, 0 received, +1 errors, 100% packet loss, time Tms

",
                );
            }
        }),
        trial("names::unknown", || {
            let _server = dns::that_knows_nothing();
            for name in ["nosuch.example", "-4 nosuch.example", "-6 nosuch.example"] {
                let message = "ping: nosuch.example: Name or service not known\n";
                ping(&format!("-c 1 {name}"))
                    .run()
                    .assert_both(2, "", message);
            }
        }),
        trial("names::of_the_other_family", || {
            let _server = dns::that_knows_nothing();
            for (option, name) in [("-6", "host4.example"), ("-4", "host6.example")] {
                let message = format!("ping: {name}: Address family for hostname not supported\n");
                ping(&format!("-c 1 {option} {name}"))
                    .run()
                    .assert_both(2, "", &message);
            }
        }),
        trial("names::where_ipv6_is_disabled", || {
            link::create();
            namespace::set("ipv6/conf/all/disable_ipv6", "1");
            let _host = Host::echo();
            let output = ping("-c 1 both.example").run();
            assert!(
                output
                    .stdout
                    .starts_with("PING both.example (198.51.100.2)"),
                "{output:?}"
            );
            assert_eq!(output.code, 0);
        }),
        // The first address of the name is the IPv6 one.
        rping_trial("names::where_one_address_is_prohibited", || {
            link::create();
            netlink::prohibit(HOST6, 128);
            let _host = Host::echo();
            let output = ping("-c 1 both.example").run();
            assert!(
                output
                    .stdout
                    .starts_with("PING both.example (198.51.100.2)"),
                "{output:?}"
            );
            assert_eq!(output.code, 0);
        }),
    ];
    // If the machine's own files could not be replaced, the names are unknown.
    trials
        .into_iter()
        .map(|trial| {
            if sandbox::has_name_service() {
                trial
            } else {
                trial.with_ignored_flag(true)
            }
        })
        .collect()
}
