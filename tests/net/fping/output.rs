//! Whole outputs.

use super::{fping, masked};
use crate::host::Host;
use crate::link::{self, HOST4, HOST6, OTHER4, ROUTER4};
use crate::namespace::{allow_ping_sockets, rping_trial};
use crate::packet::{Complaint, Reply};
use crate::run::{Output, Stream, named};
use crate::sandbox;
use libtest_mimic::Trial;
use std::fs;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        rping_trial(
            "fping::tells_who_is_alive_at_once_and_who_is_not_at_the_end",
            || {
                link::create();
                let _host = of_host4();
                let run = fping(&format!("-r 1 -t 1000 -i 1 {OTHER4} {HOST4} {HOST6}")).run();
                assert(
                    &run,
                    1,
                    "198.51.100.2 is alive\n198.51.100.3 is unreachable\nfd51::2 is unreachable\n",
                    "",
                );
            },
        ),
        rping_trial(
            "fping::lists_the_living_or_the_unreachable_by_name_only",
            || {
                link::create();
                let _host = of_host4();
                for (option, list) in [("-a", "198.51.100.2\n"), ("-u", "198.51.100.3\n")] {
                    let run = fping(&format!("{option} -r 0 -t 1000 -i 1 {OTHER4} {HOST4}")).run();
                    assert(&run, 1, list, "");
                }
            },
        ),
        rping_trial(
            "fping::each_probe_has_a_line_and_each_target_a_summary",
            || {
                link::create();
                let _host = Host::losing(1);
                let run = fping(&format!("-c 3 -p 2000 -t 1000 {HOST4}")).run();
                assert(
                    &run,
                    0,
                    "\
198.51.100.2 : [0], 64 bytes, T ms (T avg, 0% loss)
198.51.100.2 : [1], timed out (T avg, 50% loss)
198.51.100.2 : [2], 64 bytes, T ms (T avg, 33% loss)
",
                    "\n198.51.100.2 : xmt/rcv/%loss = 3/2/33%, min/avg/max = T/T/T\n",
                );
            },
        ),
        rping_trial(
            "fping::values_of_single_probes_go_to_standard_error",
            || {
                link::create();
                let _host = Host::losing(1);
                let run = fping(&format!("-C 3 -q -p 1500 -t 1000 {HOST4}")).run();
                assert(&run, 0, "", "198.51.100.2 : T - T\n");
            },
        ),
        rping_trial("fping::ping_socket_prints_the_same_as_a_raw_one", || {
            link::create();
            allow_ping_sockets();
            let _host = complaining();
            for arguments in ["-C 3 -p 600 -t 1000", "-c 3 -p 600 -t 1000", "-r 0 -t 1000"] {
                let line = format!("{arguments} {HOST4}");
                let [raw, ping] = [fping(&line), fping(&line).without_raw()];
                assert_eq!(masked(&raw.run()), masked(&ping.run()), "{line}");
            }
        }),
        rping_trial(
            "fping::icmp_errors_go_to_standard_error_unless_quiet",
            || {
                link::create();
                let _host = complaining();
                let said =
                    "ICMP Host Unreachable from 203.0.113.9 for ICMP Echo sent to 198.51.100.2\n";
                let loud = fping(&format!("-c 1 -t 1000 {HOST4}")).run();
                let summary = "198.51.100.2 : xmt/rcv/%loss = 1/0/100%\n";
                let line = "198.51.100.2 : [0], timed out (NaN avg, 100% loss)\n";
                assert(&loud, 1, line, &format!("{said}\n{summary}"));
                let quiet = fping(&format!("-q -c 1 -t 1000 {HOST4}")).run();
                assert(&quiet, 1, "", summary);
            },
        ),
        // fping ignores the late reply and counts the damaged one as good.
        rping_trial("fping::late_and_damaged_replies_are_no_replies", || {
            link::create();
            let _host = late_and_damaged();
            let run = fping(&format!("-C 3 -p 2000 -t 1000 {HOST4}")).run();
            let run = masked(&run);
            assert!(run.stderr.ends_with("\n198.51.100.2 : - - T\n"), "{run:?}");
            let late = "ping: 198.51.100.2: reply to [0] came late, after T ms: not counted\n";
            assert!(run.stderr.contains(late), "{run:?}");
        }),
        // fping counts duplicates as sent and received again in a loop.
        rping_trial("fping::duplicates_are_told_and_not_counted", || {
            link::create();
            let _host = Host::start(|request| vec![request.echo(); 2]);
            let run = fping(&format!("-q -c 2 -p 1000 {HOST4}")).run();
            let duplicate = "198.51.100.2 : duplicate for [0], 64 bytes, T ms\n";
            let run = masked(&run);
            assert!(run.stderr.starts_with(duplicate), "{run:?}");
            let summary = "198.51.100.2 : xmt/rcv/%loss = 2/2/0%, min/avg/max = T/T/T\n";
            assert!(run.stderr.ends_with(summary), "{run:?}");
            let run = fping(&format!("-l -p 1000 {HOST4}"))
                .signal_when(Stream::Out, " : [3], ", libc::SIGINT)
                .run();
            assert!(run.stderr.contains("/0%, min/avg/max"), "{run:?}");
            assert!(!run.stderr.contains("%return"), "{run:?}");
        }),
        rping_trial("fping::signals_end_a_loop_with_its_summary", || {
            link::create();
            let _host = of_host4();
            for signal in [libc::SIGINT, libc::SIGTERM] {
                let run = fping(&format!("-l -p 50 {HOST4}"))
                    .signal_when(Stream::Out, "], 64 bytes, ", signal)
                    .run();
                assert_eq!(run.code, 0, "{run:?}");
                assert!(
                    run.stderr.contains("\n198.51.100.2 : xmt/rcv/%loss = "),
                    "{run:?}"
                );
            }
        }),
        rping_trial(
            "fping::sigquit_prints_what_came_since_the_start_of_the_interval",
            || {
                link::create();
                let _host = of_host4();
                let run = fping(&format!("-l -p 50 -t 10000 {HOST4}"))
                    .signal_when(Stream::Out, " : [1], ", libc::SIGQUIT)
                    .signal_when(Stream::Error, "xmt/rcv/%loss = ", libc::SIGINT)
                    .run();
                let run = masked(&run);
                assert!(
                    run.stderr
                        .starts_with("\n[T]\n198.51.100.2 : xmt/rcv/%loss = "),
                    "{run:?}"
                );
            },
        ),
        rping_trial(
            "fping::targets_come_from_a_file_and_a_network_is_generated",
            || {
                link::create();
                let _host = Host::echo();
                let directory = tempfile::tempdir().unwrap();
                let list = directory.path().join("list");
                fs::write(
                    &list,
                    "# comment\n198.51.100.2 a router\n\n  198.51.100.3\n",
                )
                .unwrap();
                let both = "198.51.100.2 is alive\n198.51.100.3 is alive\n";
                let run = fping(&format!("-f {}", list.display())).run();
                assert(&run, 0, both, "");
                assert(&fping("-g 198.51.100.2 198.51.100.3").run(), 0, both, "");
                let run = fping("-f no-such-file").run();
                assert(&run, 4, "", "ping: fopen : No such file or directory\n");
            },
        ),
        rping_trial("fping::host_that_is_named_twice_has_two_lines", || {
            link::create();
            let _host = Host::echo();
            let run = fping(&format!("-c 1 {HOST4} {HOST4}")).run();
            let line = "198.51.100.2 : [0], 64 bytes, T ms (T avg, 0% loss)\n";
            let summary = "198.51.100.2 : xmt/rcv/%loss = 1/1/0%, min/avg/max = T/T/T\n";
            assert(
                &run,
                0,
                &line.repeat(2),
                &format!("\n{}", summary.repeat(2)),
            );
        }),
        // To fping it is an unknown host name.
        rping_trial("fping::network_without_g_is_not_probed", || {
            link::create();
            let host = Host::echo();
            let run = fping("198.51.100.0/24 198.51.100.2-9").run();
            assert(
                &run,
                2,
                "",
                "198.51.100.0/24: Name or service not known\n198.51.100.2-9: Name or service not known\n",
            );
            assert!(host.finish().is_empty());
        })
        .with_ignored_flag(sandbox::subject_is_peer() || !sandbox::has_name_service()),
        rping_trial("fping::so_many_are_required_in_the_end_or_at_once", || {
            link::create();
            let _host = of_host4();
            for (arguments, code, text) in [
                (
                    "-x 1",
                    0,
                    "Enough hosts reachable (required: 1, reachable: 1)\n",
                ),
                (
                    "-x 2",
                    1,
                    "Not enough hosts reachable (required: 2, reachable: 1)\n",
                ),
                (
                    "-X 1",
                    0,
                    "Enough hosts reachable (required: 1, reachable: 1)\n",
                ),
            ] {
                let run = fping(&format!("{arguments} -r 0 -t 1000 -i 1 {HOST4} {OTHER4}")).run();
                assert(&run, code, text, "");
            }
        }),
        rping_trial(
            "fping::what_this_host_cannot_do_is_code_4_and_a_missing_interface_1",
            || {
                link::create();
                let run = fping(&format!("-S 192.0.2.47 {HOST4}")).run();
                assert_eq!((run.code, run.stdout.as_str()), (4, ""), "{run:?}");
                assert!(
                    run.stderr
                        .starts_with("ping: cannot bind source address : "),
                    "{run:?}"
                );
                let run = fping(&format!("-I nowhere {HOST4}")).run();
                let said = "binding to specific interface (SO_BINDTODEVICE): No such device\n";
                assert(&run, 1, "", said);
                let run = fping(&format!("{HOST4}")).without_raw().run();
                assert_eq!((run.code, run.stdout.as_str()), (4, ""), "{run:?}");
                let said = "ping: can't create socket (must run as root?)";
                assert!(run.stderr.starts_with(said), "{run:?}");
            },
        ),
        rping_trial(
            "fping::gap_holds_between_any_two_probes_and_the_period_for_each_target",
            || {
                link::create();
                let host = Host::echo();
                let run = fping(&format!(
                    "-q -c 2 -i 20 -p 2000 {HOST4} {OTHER4} 198.51.100.4"
                ))
                .run();
                assert_eq!(run.code, 0, "{run:?}");
                let order: Vec<_> = host
                    .finish()
                    .into_iter()
                    .map(|it| (it.destination, it.sequence))
                    .collect();
                let targets = [HOST4, OTHER4, "198.51.100.4".parse().unwrap()];
                let rounds = [0, 1].map(|sequence| targets.map(|target| (target, sequence)));
                assert_eq!(order, rounds.concat());
            },
        ),
        rping_trial("fping::rping_takes_its_place_with_as", || {
            link::create();
            let _host = of_host4();
            let run = named("rping", &format!("--as fping -e {HOST4}")).run();
            assert(&run, 0, "198.51.100.2 is alive (T ms)\n", "");
            let run = named("rping", &format!("--as=ping -q -c 1 {HOST4}")).run();
            assert!(
                run.stdout
                    .starts_with("PING 198.51.100.2 (198.51.100.2) 56(84) bytes of data.\n\n---"),
                "{run:?}"
            );
        }),
    ]
}

#[track_caller]
fn assert(run: &Output, code: i32, stdout: &str, stderr: &str) {
    let run = masked(run);
    assert_eq!(
        (run.stdout.as_str(), run.stderr.as_str(), run.code),
        (stdout, stderr, code)
    );
}

/// Only the first host answers.
fn of_host4() -> Host {
    Host::start(|request| {
        if request.destination == HOST4 {
            vec![request.echo()]
        } else {
            vec![]
        }
    })
}

/// A router reports the host as unreachable.
fn complaining() -> Host {
    Host::start(|request| vec![Complaint::about(request, ROUTER4, 3, 1).packet()])
}

/// The first reply comes with the second one, which is damaged after the token.
fn late_and_damaged() -> Host {
    let mut first = None;
    Host::start(move |request| match request.sequence {
        0 => {
            first = Some(request.echo());
            vec![]
        }
        1 => {
            let mut damaged = Reply::to(request);
            if let Some(octet) = damaged.data.last_mut() {
                *octet ^= 0xff;
            }
            first.take().into_iter().chain([damaged.packet()]).collect()
        }
        _ => vec![request.echo()],
    })
}
