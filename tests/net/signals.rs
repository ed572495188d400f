//! Signals, sent when a certain text is printed.

use crate::host::Host;
use crate::link::{self, HOST4, HOST6, ROUTER4};
use crate::namespace::{rping_trial, trial};
use crate::packet::Complaint;
use crate::run::{Run, Stream, named, ping};
use crate::sys;
use libtest_mimic::Trial;

const ONE_REPLY: &str = "\
PING 198.51.100.2 (198.51.100.2) 56(84) bytes of data.
64 bytes from 198.51.100.2: icmp_seq=1 ttl=64 time=T ms

--- 198.51.100.2 ping statistics ---
1 packets transmitted, 1 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
";

/// Signals that the shell ignores for a script's `cmd &`.
const OF_BACKGROUND_JOB: &[libc::c_int] = &[libc::SIGINT, libc::SIGQUIT];

/// All signals that the program handles.
const ALL: &[libc::c_int] = &[
    libc::SIGALRM,
    libc::SIGHUP,
    libc::SIGINT,
    libc::SIGQUIT,
    libc::SIGTERM,
];

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = of_a_run();
    trials.extend(inherited());
    trials
}

/// Options with one target and with two, and the environment of the program.
type Inherited = ([&'static str; 2], fn(Run<'static>) -> Run<'static>);

const INHERITED: [Inherited; 3] = [
    (
        [
            "signals::quit_and_interrupt_work_in_a_background_job",
            "signals::quit_and_interrupt_work_in_a_background_job_with_two_targets",
        ],
        |run| run.ignoring(OF_BACKGROUND_JOB),
    ),
    (
        [
            "signals::quit_and_interrupt_work_when_blocked",
            "signals::quit_and_interrupt_work_when_blocked_with_two_targets",
        ],
        |run| run.blocking(ALL),
    ),
    (
        [
            "signals::quit_and_interrupt_work_when_ignored_and_blocked",
            "signals::quit_and_interrupt_work_when_ignored_and_blocked_with_two_targets",
        ],
        |run| run.ignoring(ALL).blocking(ALL),
    ),
];

/// Signals that are ignored or blocked at the start.
fn inherited() -> Vec<Trial> {
    let mut trials = Vec::new();
    for ([with_one, with_two], start) in INHERITED {
        trials.push(trial(with_one, move || {
            link::create();
            quit_and_interrupt(start(one_target()));
        }));
        trials.push(rping_trial(with_two, move || {
            link::create();
            quit_and_interrupt(start(two_targets()));
        }));
    }
    trials.extend([
        trial("signals::alarm_ends_the_run_when_ignored", || {
            link::create();
            ended_by(libc::SIGALRM, one_target().ignoring(ALL));
        }),
        rping_trial("signals::alarm_ends_a_run_of_two_when_ignored", || {
            link::create();
            ended_by(libc::SIGALRM, two_targets().ignoring(ALL));
        }),
        // They kill iputils without output.
        rping_trial("signals::terminate_and_hangup_work_when_blocked", || {
            link::create();
            for start in [one_target, two_targets] {
                for signal in [libc::SIGTERM, libc::SIGHUP] {
                    ended_by(signal, start().blocking(ALL));
                }
            }
        }),
        trial("signals::terminate_and_hangup_stay_ignored", || {
            link::create();
            stay_ignored(one_target());
        }),
        rping_trial(
            "signals::terminate_and_hangup_stay_ignored_with_two_targets",
            || {
                link::create();
                stay_ignored(two_targets());
            },
        ),
    ]);
    trials
}

fn of_a_run() -> Vec<Trial> {
    vec![
        trial("signals::interrupt_ends_with_the_statistics", || {
            one_reply_until(libc::SIGINT);
        }),
        // It kills iputils without output.
        rping_trial("signals::terminate_ends_with_the_statistics", || {
            one_reply_until(libc::SIGTERM);
        }),
        rping_trial("signals::hangup_ends_with_the_statistics", || {
            one_reply_until(libc::SIGHUP);
        }),
        // `timeout` signals its child, and then the whole group with the child again.
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
        // The header is flushed when printed, otherwise this would never end.
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

/// Printed when the only target, or the last of two, has replied.
const REPLIED: &str = "icmp_seq=1 ttl=64 ";

fn one_reply_until(signal: libc::c_int) {
    link::create();
    let _host = Host::echo();
    let run = one_target().signal_when(Stream::Out, " ms\n", signal);
    run.run().assert(0, ONE_REPLY);
}

fn one_target() -> Run<'static> {
    ping(&format!("-i 30 {HOST4}"))
}

fn two_targets() -> Run<'static> {
    named("rping", &format!("-i 30 {HOST4} {HOST6}")).when(Stream::Out, REPLIED, |_| {})
}

fn ended_by(signal: libc::c_int, run: Run<'_>) {
    with_statistics(run.signal_when(Stream::Out, REPLIED, signal));
}

fn quit_and_interrupt(run: Run<'_>) {
    let run = run.signal_when(Stream::Out, REPLIED, libc::SIGQUIT);
    with_statistics(run.signal_when(Stream::Error, "min/avg/", libc::SIGINT));
}

fn stay_ignored(run: Run<'_>) {
    let run = run.when(Stream::Out, REPLIED, |pid| {
        sys::signal(pid, libc::SIGTERM);
        sys::signal(pid, libc::SIGHUP);
        sys::signal(pid, libc::SIGQUIT);
    });
    let run = run.signal_when(Stream::Error, "min/avg/", libc::SIGINT);
    with_statistics(run.ignoring(&[libc::SIGTERM, libc::SIGHUP]));
}

/// Checks that the run ends with its statistics, as after an interrupt by the user.
#[track_caller]
fn with_statistics(run: Run<'_>) {
    let _host = Host::echo();
    let output = run.run();
    assert!(
        output.stdout.contains(" ping statistics ---\n"),
        "{output:?}"
    );
    assert_eq!(output.code, 0, "{output:?}");
}
