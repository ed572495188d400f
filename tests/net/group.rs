//! Broadcast and multicast.

use crate::host::Host;
use crate::link::{self, HOST4, HOST6, OTHER4, OTHER6};
use crate::namespace::{self, rping_trial, trial};
use crate::packet::Reply;
use crate::run::{named, ping};
use crate::sandbox;
use libtest_mimic::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("group::broadcast_only_if_asked_for", || {
            link::create();
            let message = "\
ping: Do you want to ping broadcast? Then -b. If not, check your local firewall rules
";
            ping("-c 1 198.51.100.255")
                .run()
                .assert_both(2, "", message);
        }),
        trial("group::broadcast", || {
            link::create();
            let _host = two_hosts();
            ping("-b -c 2 -i 1 198.51.100.255").run().assert_both(
                0,
                "\
PING 198.51.100.255 (198.51.100.255) 56(84) bytes of data.
64 bytes from 198.51.100.2: icmp_seq=1 ttl=64 time=T ms
64 bytes from 198.51.100.3: icmp_seq=1 ttl=64 time=T ms
64 bytes from 198.51.100.2: icmp_seq=2 ttl=64 time=T ms

--- 198.51.100.255 ping statistics ---
2 packets transmitted, 2 received, +1 duplicates, 0% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
",
                "WARNING: pinging broadcast address\n",
            );
        }),
        // iputils 20221126 has other texts.
        rping_trial("group::an_ordinary_user_is_slow_and_does_not_fragment", || {
            link::create();
            namespace::allow_ping_sockets();
            let host = Host::silent();
            // To iputils each IPv4 group is broadcast, and so is each IPv4 target with `-b`.
            for (options, group) in [
                ("239.1.2.3", "broadcast"),
                ("-b 198.51.100.255", "broadcast"),
                ("-b 198.51.100.2", "broadcast"),
                ("-b 127.0.0.1", "broadcast"),
                ("ff02::1%v0", "multicast"),
            ] {
                let refused = |options: &str| {
                    let run = ping(&format!("-c 1 {options}")).by_nobody();
                    run.run().stderr
                };
                let floor = format!("minimal interval for {group} ping for user must be >= 1000 ms, use -i 1 (or higher)\n");
                let stderr = refused(&format!("-i 0.999 {options}"));
                assert!(stderr.ends_with(&floor), "{stderr}");
                let stderr = refused(&format!("-M dont {options}"));
                assert!(stderr.ends_with(&format!("{group} ping does not fragment\n")), "{stderr}");
            }
            assert_eq!(host.finish().len(), 0);
        })
        .with_ignored_flag(sandbox::in_user_namespace() || sandbox::subject_is_peer()),
        trial("group::an_ordinary_user_may_adapt_to_a_group", || {
            link::create();
            namespace::allow_ping_sockets();
            let _host = Host::echo();
            for target in ["-b 198.51.100.255", "ff02::1%v0"] {
                let output = ping(&format!("-A -c 1 {target}")).by_nobody().run();
                assert_eq!(output.code, 0, "{output:?}");
            }
        })
        .with_ignored_flag(sandbox::in_user_namespace()),
        rping_trial("group::one_host_is_no_broadcast_for_rping_whatever_b_says", || {
            link::create();
            namespace::allow_ping_sockets();
            let _host = Host::echo();
            for options in ["-b -i 0.002 198.51.100.2", "-b -M dont 198.51.100.2", "-i 0.002 198.51.100.2"] {
                let run = named("rping", &format!("-c 2 {options}")).by_nobody();
                assert_eq!(run.run().code, 0, "{options}");
            }
            let output = named("rping", "-c 2 -i 0.5 239.1.2.3").by_nobody().run();
            assert!(output.stderr.contains("for multicast ping"), "{output:?}");
            // Nor does iputils print it for IPv6.
            let output = named("ping", "-b -c 2 -i 0.002 fd51::2").by_nobody().run();
            assert_eq!(output.code, 0, "{output:?}");
        })
        .with_ignored_flag(sandbox::in_user_namespace()),
        trial("group::multicast", || {
            link::create();
            let _host = two_hosts();
            ping("-c 2 -i 1 239.1.2.3").run().assert(
                0,
                "\
PING 239.1.2.3 (239.1.2.3) 56(84) bytes of data.
64 bytes from 198.51.100.2: icmp_seq=1 ttl=64 time=T ms
64 bytes from 198.51.100.3: icmp_seq=1 ttl=64 time=T ms
64 bytes from 198.51.100.2: icmp_seq=2 ttl=64 time=T ms

--- 239.1.2.3 ping statistics ---
2 packets transmitted, 2 received, +1 duplicates, 0% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
",
            );
        }),
        trial("group::multicast_v6", || {
            link::create();
            let _host = two_hosts();
            ping("-I v0 -c 2 -i 1 ff05::1:3").run().assert(
                0,
                "\
PING ff05::1:3 (ff05::1:3) from fd51::1 v0: 56 data bytes
64 bytes from fd51::2: icmp_seq=1 ttl=64 time=T ms
64 bytes from fd51::3: icmp_seq=1 ttl=64 time=T ms
64 bytes from fd51::2: icmp_seq=2 ttl=64 time=T ms

--- ff05::1:3 ping statistics ---
2 packets transmitted, 2 received, +1 duplicates, 0% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
",
            );
        }),
    ]
}

/// Both answer the first request. Only one of them answers the second, which ends the run.
fn two_hosts() -> Host {
    Host::start(|request| {
        let sources = if request.source.is_ipv4() {
            [HOST4, OTHER4]
        } else {
            [HOST6, OTHER6]
        };
        let count = if request.sequence == 1 { 2 } else { 1 };
        sources
            .into_iter()
            .take(count)
            .map(|source| {
                Reply {
                    source,
                    ..Reply::to(request)
                }
                .packet()
            })
            .collect()
    })
}
