//! Unanswered probes, and late or reordered replies.

use crate::host::Host;
use crate::link::{self, HOST4, HOST6};
use crate::namespace::{rping_trial, trial};
use crate::run::{Stream, named, ping};
use libtest_mimic::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("loss::of_the_middle_probe", || {
            link::create();
            let _host = Host::losing(2);
            ping(&format!("-c 3 -i 1.5 -W 1 {HOST4}")).run().assert(
                0,
                "\
PING 198.51.100.2 (198.51.100.2) 56(84) bytes of data.
64 bytes from 198.51.100.2: icmp_seq=1 ttl=64 time=T ms
64 bytes from 198.51.100.2: icmp_seq=3 ttl=64 time=T ms

--- 198.51.100.2 ping statistics ---
3 packets transmitted, 2 received, 33.3333% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
",
            );
        }),
        trial("loss::is_shown_by_dash_o", || {
            link::create();
            let _host = Host::losing(2);
            ping(&format!("-O -c 3 -i 1.5 -W 1 {HOST6}")).run().assert(
                0,
                "\
PING fd51::2 (fd51::2) 56 data bytes
64 bytes from fd51::2: icmp_seq=1 ttl=64 time=T ms
no answer yet for icmp_seq=2
64 bytes from fd51::2: icmp_seq=3 ttl=64 time=T ms

--- fd51::2 ping statistics ---
3 packets transmitted, 2 received, 33.3333% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
",
            );
        }),
        trial("loss::of_everything", || {
            link::create();
            let _host = Host::silent();
            ping(&format!("-c 2 -i 0.3 -W 0.2 {HOST4}")).run().assert(
                1,
                "\
PING 198.51.100.2 (198.51.100.2) 56(84) bytes of data.

--- 198.51.100.2 ping statistics ---
2 packets transmitted, 0 received, 100% packet loss, time Tms

",
            );
        }),
        trial("loss::of_everything_until_the_deadline", || {
            link::create();
            let _host = Host::silent();
            ping(&format!("-w 1 -i 5 {HOST6}")).run().assert(
                1,
                "\
PING fd51::2 (fd51::2) 56 data bytes

--- fd51::2 ping statistics ---
1 packets transmitted, 0 received, 100% packet loss, time Tms

",
            );
        }),
        rping_trial("loss::is_not_of_a_probe_in_flight_at_the_deadline", || {
            link::create();
            let _host = Host::silent();
            let deadline = format!("-w 0.3 -i 5 {HOST4}");
            named("rping", &deadline).run().assert(
                1,
                "\
PING 198.51.100.2 (198.51.100.2) 56(84) bytes of data.

--- 198.51.100.2 ping statistics ---
1 packets transmitted, 0 received

in flight: 1 probe was waiting for its reply when the run ended
",
            );
            ping(&deadline).run().assert(
                1,
                "\
PING 198.51.100.2 (198.51.100.2) 56(84) bytes of data.

--- 198.51.100.2 ping statistics ---
1 packets transmitted, 0 received, 100% packet loss, time Tms

",
            );
        }),
        rping_trial("loss::is_not_of_a_probe_in_flight_when_interrupted", || {
            link::create();
            // The first probe is answered when the second one arrives.
            let mut first = Vec::new();
            let _host = Host::start(move |request| {
                if request.sequence == 1 {
                    first.push(request.echo());
                    return vec![];
                }
                std::mem::take(&mut first)
            });
            named("rping", &format!("-c 2 -l 2 -W 30 {HOST6}"))
                .signal_when(Stream::Out, "icmp_seq=1 ttl=64 ", libc::SIGQUIT)
                .signal_when(Stream::Error, " ms\n", libc::SIGINT)
                .run()
                .assert_both(
                    0,
                    "\
PING fd51::2 (fd51::2) 56 data bytes
64 bytes from fd51::2: icmp_seq=1 ttl=64 time=T ms

--- fd51::2 ping statistics ---
2 packets transmitted, 1 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms, pipe 2
rtt p50/p90/p99/p99.9/jitter = T/T/T/T/T ms
timed by: 1 kernel
in flight: 1 probe was waiting for its reply when the run ended
",
                    "\r1/2 packets, 0% loss, min/avg/ewma/max = T/T/T/T ms\n",
                );
        }),
        rping_trial("loss::of_everything_is_the_longest_outage", || {
            link::create();
            let _host = Host::silent();
            let output = named("rping", &format!("-c 3 -i 0.2 -W 0.3 {HOST4}")).run();
            let mut lines = output.stdout.lines();
            let last = lines.find(|line| line.starts_with("longest outage: "));
            let last = last.unwrap();
            let length = last.strip_prefix("longest outage: ").unwrap();
            let length = length.strip_suffix(" s, 3 probes (icmp_seq=1 to 3)");
            // Two intervals and the time of the last probe, or slightly more on a busy machine.
            assert!(length.unwrap().parse::<f64>().unwrap() >= 0.7, "{last}");
        }),
        // With -w, -c counts replies, and fewer are a failure.
        trial("loss::fewer_replies_than_asked_for_by_the_deadline", || {
            link::create();
            let _host = Host::echo();
            ping(&format!("-w 5 -c 2 -i 9 {HOST4}")).run().assert(
                1,
                "\
PING 198.51.100.2 (198.51.100.2) 56(84) bytes of data.
64 bytes from 198.51.100.2: icmp_seq=1 ttl=64 time=T ms

--- 198.51.100.2 ping statistics ---
1 packets transmitted, 1 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
",
            );
        }),
        trial("loss::made_good_before_the_deadline", || {
            link::create();
            let _host = Host::losing(1);
            ping(&format!("-w 10 -c 1 -i 1.5 {HOST4}")).run().assert(
                0,
                "\
PING 198.51.100.2 (198.51.100.2) 56(84) bytes of data.
64 bytes from 198.51.100.2: icmp_seq=2 ttl=64 time=T ms

--- 198.51.100.2 ping statistics ---
2 packets transmitted, 1 received, 50% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
",
            );
        }),
        trial("loss::not_of_a_late_reply", || {
            link::create();
            // The first reply is sent when the second probe arrives.
            let mut kept = Vec::new();
            let _host = Host::start(move |request| {
                kept.push(request.echo());
                if request.sequence == 1 {
                    vec![]
                } else {
                    std::mem::take(&mut kept)
                }
            });
            ping(&format!("-O -c 3 -i 1.5 {HOST4}")).run().assert(
                0,
                "\
PING 198.51.100.2 (198.51.100.2) 56(84) bytes of data.
no answer yet for icmp_seq=1
64 bytes from 198.51.100.2: icmp_seq=1 ttl=64 time=T ms
64 bytes from 198.51.100.2: icmp_seq=2 ttl=64 time=T ms
64 bytes from 198.51.100.2: icmp_seq=3 ttl=64 time=T ms

--- 198.51.100.2 ping statistics ---
3 packets transmitted, 3 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms, pipe 2
",
            );
        }),
        trial("loss::not_of_probes_that_leave_at_once", || {
            link::create();
            let _host = Host::answering_three_at_once();
            ping(&format!("-l 3 -c 3 -i 5 {HOST4}")).run().assert(
                0,
                "\
PING 198.51.100.2 (198.51.100.2) 56(84) bytes of data.
64 bytes from 198.51.100.2: icmp_seq=1 ttl=64 time=T ms
64 bytes from 198.51.100.2: icmp_seq=2 ttl=64 time=T ms
64 bytes from 198.51.100.2: icmp_seq=3 ttl=64 time=T ms

--- 198.51.100.2 ping statistics ---
3 packets transmitted, 3 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms, pipe 3
",
            );
        }),
        trial("loss::not_of_reordered_replies", || {
            link::create();
            let mut kept = Vec::new();
            let _host = Host::start(move |request| {
                kept.insert(0, request.echo());
                if request.sequence < 3 {
                    vec![]
                } else {
                    std::mem::take(&mut kept)
                }
            });
            ping(&format!("-c 3 -i 0.3 {HOST6}")).run().assert(
                0,
                "\
PING fd51::2 (fd51::2) 56 data bytes
64 bytes from fd51::2: icmp_seq=3 ttl=64 time=T ms
64 bytes from fd51::2: icmp_seq=2 ttl=64 time=T ms
64 bytes from fd51::2: icmp_seq=1 ttl=64 time=T ms

--- fd51::2 ping statistics ---
3 packets transmitted, 3 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms, pipe 3
",
            );
        }),
    ]
}
