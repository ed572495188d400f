//! The lines that the name `rping` adds to iputils' output, and local errors under both names.

use crate::host::{Host, Wire};
use crate::link::{self, HOST4, ROUTER4};
use crate::namespace::rping_trial;
use crate::packet::{Complaint, Request};
use crate::run::{Stream, named, ping};
use crate::{netlink, sys};
use libtest_mimic::Trial;
use std::fs;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        rping_trial("face::does_the_job_of_the_textbook", || {
            named("rping", "-c 1 -s 0 -e 13 --first-sequence 37 -v 127.0.0.1")
                .run()
                .without_lines_about_this_kernel()
                .assert_both(
                    0,
                    "\
PING 127.0.0.1 (127.0.0.1) 0(28) bytes of data.
8 bytes from 127.0.0.1: icmp_seq=37 ident=13 ttl=64 time=T ms (identifier and sequence match, kernel time) (including T ms in this host's queue; plus T ms to send, T ms to read)

--- 127.0.0.1 ping statistics ---
1 packets transmitted, 1 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
rtt p50/p90/p99/p99.9/jitter = T/T/T/T/T ms
timed by: 1 kernel
",
                    "ping: raw socket, identifier 13\n",
                );
        }),
        rping_trial("face::says_whose_time_it_shows", || {
            for (option, time) in [("-v", "kernel"), ("-vU", "user")] {
                let output = named("rping", &format!("{option} -c 1 127.0.0.1")).run();
                let remark = format!(" ms (identifier and sequence match, {time} time)");
                assert!(output.stdout.contains(&remark), "{output:?}");
                let source = format!("\ntimed by: 1 {time}\n");
                assert!(output.stdout.contains(&source), "{output:?}");
            }
        }),
        rping_trial("face::shows_a_lost_probe_when_it_has_had_its_time", || {
            link::create();
            let _host = Host::start(|request| {
                if request.sequence == 2 {
                    vec![]
                } else {
                    vec![request.echo()]
                }
            });
            named("rping", &format!("-c 3 -i 2 -W 1 {HOST4}"))
                .run()
                .assert(
                    0,
                    "\
PING 198.51.100.2 (198.51.100.2) 56(84) bytes of data.
64 bytes from 198.51.100.2: icmp_seq=1 ttl=64 time=T ms
no answer yet for icmp_seq=2
64 bytes from 198.51.100.2: icmp_seq=3 ttl=64 time=T ms

--- 198.51.100.2 ping statistics ---
3 packets transmitted, 2 received, 33.3333% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
rtt p50/p90/p99/p99.9/jitter = T/T/T/T/T ms
timed by: 2 kernel
longest outage: T s, 1 probe (icmp_seq=2)
",
                );
        }),
        rping_trial("face::late_reply_is_not_counted_with_timeout", || {
            link::create();
            let _host = answers_the_first_with_the_second();
            named("rping", &format!("-c 2 -i 2 -W 1 {HOST4}"))
                .run()
                .assert(
                    0,
                    "\
PING 198.51.100.2 (198.51.100.2) 56(84) bytes of data.
no answer yet for icmp_seq=1
64 bytes from 198.51.100.2: icmp_seq=1 ttl=64 time=T ms (late, not counted)
64 bytes from 198.51.100.2: icmp_seq=2 ttl=64 time=T ms

--- 198.51.100.2 ping statistics ---
2 packets transmitted, 1 received, 50% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
rtt p50/p90/p99/p99.9/jitter = T/T/T/T/T ms
timed by: 1 kernel
late: 1 reply came late (1 not counted)
longest outage: T s, 1 probe (icmp_seq=1)
",
                );
        }),
        rping_trial("face::late_reply_is_counted_without_timeout", || {
            link::create();
            let _host = answers_the_first_with_the_second();
            named("rping", &format!("-c 2 -i 2.5 {HOST4}"))
                .run()
                .assert(
                    0,
                    "\
PING 198.51.100.2 (198.51.100.2) 56(84) bytes of data.
no answer yet for icmp_seq=1
64 bytes from 198.51.100.2: icmp_seq=1 ttl=64 time=T ms (late, counted)
64 bytes from 198.51.100.2: icmp_seq=2 ttl=64 time=T ms

--- 198.51.100.2 ping statistics ---
2 packets transmitted, 2 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms, pipe 2
rtt p50/p90/p99/p99.9/jitter = T/T/T/T/T ms
timed by: 2 kernel
late: 1 reply came late (1 counted)
",
                );
        }),
        rping_trial("face::leaves_at_the_first_reply", || {
            link::create();
            let host = Host::start(|request| {
                if request.sequence < 3 {
                    vec![]
                } else {
                    vec![request.echo()]
                }
            });
            let output = named("rping", &format!("-o -q -i 0.1 {HOST4}")).run();
            assert_eq!(output.code, 0);
            // On a busy machine more probes are sent before the reply arrives.
            let sent = host.finish().len();
            let counts = format!("\n{sent} packets transmitted, 1 received");
            assert!(sent >= 3 && output.stdout.contains(&counts), "{output:?}");
        }),
        rping_trial("face::a_reply_after_an_error_wins", || {
            link::create();
            let _host = Host::start(|request| {
                let complaint = Complaint::about(request, ROUTER4, 3, 1).packet();
                if request.sequence == 1 {
                    vec![complaint, request.echo()]
                } else {
                    vec![request.echo()]
                }
            });
            let output = ping(&format!("-q -c 2 -i 2 {HOST4}")).run();
            let counts = "2 packets transmitted, 2 received, +1 errors, 0% packet loss";
            assert_eq!(output.code, 0);
            assert!(output.stdout.contains(counts), "{}", output.stdout);
        }),
        // Errors have a queue of their own, which is read first.
        rping_trial("face::a_reply_wins_that_came_with_the_last_error", || {
            link::create();
            for name in ["ping", "rping"] {
                let (ask, asked) = mpsc::channel();
                let _host = Host::start(move |request| {
                    if request.sequence == 1 {
                        return vec![request.echo()];
                    }
                    ask.send(request.clone()).unwrap();
                    vec![]
                });
                let output = named(name, &format!("-q -c 2 -i 2 {HOST4}"))
                    .when(Stream::Out, "bytes of data.\n", move |pid| {
                        answer_and_reject(pid, &asked.recv().unwrap());
                    })
                    .run();
                let counts = "2 packets transmitted, 2 received, +1 errors, 0% packet loss";
                assert_eq!(output.code, 0);
                assert!(output.stdout.contains(counts), "{}", output.stdout);
            }
        }),
        rping_trial("face::what_never_left_is_not_lost", || {
            link::create();
            let _host = Host::echo();
            let output = named("rping", &format!("-c 3 -i 2 {HOST4}"))
                .when(Stream::Out, "icmp_seq=1 ttl=64 ", |_| netlink::down("v0"))
                .run();
            output.assert_both(
                0,
                "\
PING 198.51.100.2 (198.51.100.2) 56(84) bytes of data.
64 bytes from 198.51.100.2: icmp_seq=1 ttl=64 time=T ms

--- 198.51.100.2 ping statistics ---
1 packets transmitted, 1 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
rtt p50/p90/p99/p99.9/jitter = T/T/T/T/T ms
timed by: 1 kernel
not sent: 2 probes did not leave this host
",
                "ping: sendmsg: Network is unreachable\n",
            );
        }),
        rping_trial(
            "face::under_the_name_ping_what_never_left_counts_as_in_iputils",
            || {
                link::create();
                let _host = Host::echo();
                let output = ping(&format!("-c 3 -i 2 {HOST4}"))
                    .when(Stream::Out, "icmp_seq=1 ttl=64 ", |_| netlink::down("v0"))
                    .run();
                output.assert_both(
                0,
                "\
PING 198.51.100.2 (198.51.100.2) 56(84) bytes of data.
64 bytes from 198.51.100.2: icmp_seq=1 ttl=64 time=T ms

--- 198.51.100.2 ping statistics ---
3 packets transmitted, 1 received, 66.6667% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
",
                "ping: sendmsg: Network is unreachable\nping: sendmsg: Network is unreachable\n",
            );
            },
        ),
    ]
}

/// While the process is stopped, so that both are in its queues when it continues.
fn answer_and_reject(pid: u32, request: &Request) {
    sys::signal(pid, libc::SIGSTOP);
    let is_stopped = || {
        let state = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
        state.contains(") T ")
    };
    // The octets in the socket's queues.
    let waiting = || {
        let sockets = fs::read_to_string("/proc/thread-self/net/raw").unwrap();
        let socket = sockets.lines().nth(1).unwrap();
        let queues = socket.split_whitespace().nth(4).unwrap();
        let (_, received) = queues.split_once(':').unwrap();
        u32::from_str_radix(received, 16).unwrap()
    };
    let until = |condition: &dyn Fn() -> bool| {
        let pause = Duration::from_millis(1);
        let mut looks = (0..20_000).inspect(|_| thread::sleep(pause));
        assert!(condition() || looks.any(|_| condition()), "in vain");
    };
    until(&is_stopped);
    let wire = Wire::open();
    let complaint = Complaint::about(request, ROUTER4, 3, 1).packet();
    for packet in [request.echo(), complaint] {
        let before = waiting();
        wire.send(&packet);
        until(&|| waiting() > before);
    }
    sys::signal(pid, libc::SIGCONT);
}

/// The reply to the first probe is sent when the second probe arrives.
fn answers_the_first_with_the_second() -> Host {
    let mut kept = Vec::new();
    Host::start(move |request| {
        kept.push(request.echo());
        if request.sequence == 1 {
            vec![]
        } else {
            std::mem::take(&mut kept)
        }
    })
}
