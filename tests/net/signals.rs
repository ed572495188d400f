//! Signals, sent when the program has printed a certain text.

use crate::host::Host;
use crate::link::{self, HOST4, HOST6, ROUTER4};
use crate::namespace::{rping_trial, trial};
use crate::packet::Complaint;
use crate::run::{Stream, ping};
use crate::sys;
use libtest_mimic::Trial;

const ONE_REPLY: &str = "\
PING 198.51.100.2 (198.51.100.2) 56(84) bytes of data.
64 bytes from 198.51.100.2: icmp_seq=1 ttl=64 time=T ms

--- 198.51.100.2 ping statistics ---
1 packets transmitted, 1 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
";

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("signals::interrupt_ends_with_the_statistics", || {
            ended_by(libc::SIGINT);
        }),
        // iputils dies of it without a word.
        rping_trial("signals::terminate_ends_with_the_statistics", || {
            ended_by(libc::SIGTERM);
        }),
        rping_trial("signals::hangup_ends_with_the_statistics", || {
            ended_by(libc::SIGHUP);
        }),
        // `timeout` signals its child, and then its child again with the whole group.
        rping_trial("signals::the_same_interrupt_twice_is_one", || {
            link::create();
            let _host = Host::echo();
            let run =
                ping(&format!("-i 30 {HOST4}")).when(Stream::Out, "icmp_seq=1 ttl=64 ", |pid| {
                    sys::signal(pid, libc::SIGINT);
                    sys::signal(pid, libc::SIGINT);
                });
            run.run().assert(0, ONE_REPLY);
        }),
        trial("signals::interrupt_without_a_reply_is_a_failure", || {
            link::create();
            let _host =
                Host::start(|request| vec![Complaint::about(request, ROUTER4, 3, 1).packet()]);
            let run = ping(&format!("-i 30 {HOST4}")).signal_when(
                Stream::Out,
                "Unreachable\n",
                libc::SIGINT,
            );
            run.run().assert(
                1,
                "\
PING 198.51.100.2 (198.51.100.2) 56(84) bytes of data.
From 203.0.113.9 icmp_seq=1 Destination Host Unreachable

--- 198.51.100.2 ping statistics ---
1 packets transmitted, 0 received, +1 errors, 100% packet loss, time Tms

",
            );
        }),
        trial("signals::quit_prints_the_state_and_goes_on", || {
            link::create();
            let _host = Host::echo();
            let run = ping(&format!("-i 30 {HOST6}"))
                .signal_when(Stream::Out, "icmp_seq=1 ttl=64 ", libc::SIGQUIT)
                .signal_when(Stream::Error, " ms\n", libc::SIGINT);
            run.run().assert_both(
                0,
                "\
PING fd51::2 (fd51::2) 56 data bytes
64 bytes from fd51::2: icmp_seq=1 ttl=64 time=T ms

--- fd51::2 ping statistics ---
1 packets transmitted, 1 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
",
                "\r1/1 packets, 0% loss, min/avg/ewma/max = T/T/T/T ms\n",
            );
        }),
        // The header is flushed when it is printed, or this would never end.
        trial("signals::interrupt_a_quiet_run", || {
            link::create();
            let _host = Host::echo();
            let output = ping(&format!("-q -i 30 {HOST4}"))
                .signal_when(Stream::Out, "of data.\n", libc::SIGINT)
                .run();
            assert!(
                output
                    .stdout
                    .contains("\n--- 198.51.100.2 ping statistics ---\n"),
                "{}",
                output.stdout
            );
        }),
    ]
}

fn ended_by(signal: libc::c_int) {
    link::create();
    let _host = Host::echo();
    ping(&format!("-i 30 {HOST4}"))
        .signal_when(Stream::Out, " ms\n", signal)
        .run()
        .assert(0, ONE_REPLY);
}
