//! Floods: the dots, and the speed of replies.
//!
//! Where characters are counted, there is an interval: under the name ping the final wait depends on it, and without
//! one it may be shorter than a busy machine needs for the host. Under the name rping `-W` sets it.

use crate::host::Host;
use crate::link::{self, HOST4, HOST6, ROUTER4};
use crate::namespace::{rping_trial, trial};
use crate::packet::Complaint;
use crate::run::{named, ping};
use crate::{sandbox, sys};
use libtest_mimic::Trial;
use std::fs;
use std::io::{BufRead, BufReader, Read as _};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        // Default buffers are too small for that, but root may exceed them without a warning.
        rping_trial("flood::holds_the_replies_to_a_large_preload", || {
            let output = ping("-q -l 65536 -c 65536 -W 10 127.0.0.1")
                .with_floods()
                .run();
            assert_eq!((output.code, output.stderr.as_str()), (0, ""));
        })
        .with_ignored_flag(sandbox::in_user_namespace() || sandbox::subject_is_peer()),
        // A dot for each probe, erased by its reply. Only their order depends on the machine.
        trial("flood::leaves_no_dot_when_all_is_answered", || {
            link::create();
            let _host = Host::echo();
            for address in [HOST4, HOST6] {
                let output = ping(&format!("-f -i 1 -c 5 {address}")).run();
                let body = body(&output.stdout);
                assert_eq!(
                    (
                        body.matches('.').count(),
                        body.matches("\x08 \x08").count(),
                        body.len()
                    ),
                    (5, 5, 20)
                );
                assert!(
                    output
                        .stdout
                        .contains("\n5 packets transmitted, 5 received, 0% packet loss")
                );
                assert_eq!(output.code, 0);
            }
        }),
        trial("flood::leaves_a_dot_for_each_loss", || {
            link::create();
            let _host = Host::start(|request| {
                if request.sequence <= 3 {
                    vec![]
                } else {
                    vec![request.echo()]
                }
            });
            let output = ping(&format!("-f -i 1 -c 5 {HOST4}")).run();
            let body = body(&output.stdout);
            assert_eq!(
                (
                    body.matches('.').count(),
                    body.matches("\x08 \x08").count(),
                    body.len()
                ),
                (5, 2, 11)
            );
            assert!(
                output
                    .stdout
                    .contains("\n5 packets transmitted, 2 received, 60% packet loss")
            );
        }),
        trial("flood::marks_errors", || {
            link::create();
            let _host =
                Host::start(|request| vec![Complaint::about(request, ROUTER4, 3, 1).packet()]);
            let output = ping(&format!("-f -i 0.2 -c 3 -W 10 {HOST4}")).run();
            let body = body(&output.stdout);
            assert_eq!(
                (
                    body.matches('.').count(),
                    body.matches("\x08E").count(),
                    body.len()
                ),
                (3, 3, 9)
            );
            assert!(
                output
                    .stdout
                    .contains("\n3 packets transmitted, 0 received, +3 errors, 100% packet loss")
            );
            assert_eq!(output.code, 1);
        }),
        // With a preload probes are sent at once: each number once, and each loss is counted once.
        rping_trial("flood::with_a_preload_sends_each_number_once", || {
            link::create();
            let host = Host::start(|request| match request.sequence % 10 {
                0 => vec![],
                _ => vec![request.echo()],
            });
            let output = named("rping", &format!("-q -f -l 64 -c 1000 -W 2 {HOST4}")).run();
            assert!(
                output
                    .stdout
                    .contains("\n1000 packets transmitted, 900 received, 10% packet loss"),
                "{}",
                output.stdout
            );
            let sequences: Vec<u16> = host
                .finish()
                .iter()
                .map(|request| request.sequence)
                .collect();
            assert_eq!(sequences, (1..=1000).collect::<Vec<u16>>());
        }),
        rping_trial("flood::goes_on_when_the_sequence_wraps", || {
            link::create();
            let host = Host::echo();
            let output = named("rping", &format!("-q -f -c 70000 -W 10 {HOST4}"))
                .with_floods()
                .run();
            assert!(
                output
                    .stdout
                    .contains("\n70000 packets transmitted, 70000 received, 0% packet loss"),
                "{}",
                output.stdout
            );
            let requests = host.finish();
            assert_eq!(
                (requests[65_534].sequence, requests[65_535].sequence),
                (65_535, 0)
            );
        }),
        // It has the right identifier and sequence number, and the data of an earlier probe.
        rping_trial(
            "flood::takes_no_reply_of_the_last_round_for_one_of_this",
            || {
                link::create();
                let mut first = None;
                let mut count = 0;
                let _host = Host::start(move |request| {
                    count += 1;
                    let first = first.get_or_insert_with(|| request.clone());
                    if count == 65_537 {
                        vec![first.echo(); 2]
                    } else {
                        vec![request.echo()]
                    }
                });
                let output = named("rping", &format!("-q -f -c 65540 -W 10 {HOST4}"))
                    .with_floods()
                    .run();
                assert!(
                    output
                        .stdout
                        .contains("\n65540 packets transmitted, 65539 received, "),
                    "{}",
                    output.stdout
                );
                assert!(!output.stdout.contains("duplicates"), "{}", output.stdout);
            },
        ),
        rping_trial(
            "flood::a_million_echoes_are_accounted_for_and_memory_stays",
            a_million_echoes,
        ),
    ]
}

/// As fast as the kernel at the other end answers. Memory must not grow after one wrap of the sequence numbers.
fn a_million_echoes() {
    let far = link::to_a_kernel();
    // Resolving the host's address on the link may take a second.
    assert_eq!(ping(&format!("-c 1 {HOST4}")).run().code, 0);
    let mut child = Command::new(sandbox::program("rping"))
        .args("-q -f -l 64 -c 1000000 -W 10".split(' '))
        .arg(HOST4.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut states = BufReader::new(child.stderr.take().unwrap());
    let mut text = String::new();
    // It handles signals once it has started.
    out.read_line(&mut text).unwrap();
    // Well before its end, because this thread may be late, and an ended program reports nothing.
    let [early, late] = [150_000, 500_000].map(|count| {
        let arrived = (0..30_000).any(|_| {
            thread::sleep(Duration::from_millis(10));
            received(child.id(), &mut states) >= count
        });
        assert!(arrived, "five minutes were not enough");
        peak(child.id())
    });
    out.read_to_string(&mut text).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{text}");
    let counts = "\n1000000 packets transmitted, 1000000 received, 0% packet loss, ";
    assert!(text.contains(counts), "{text}");
    assert_eq!(far.echo_requests(), 1 + 1_000_000);
    // Sixteen octets for each probe would be more than five megabytes. The kernel counts pages with some delay.
    assert!(late <= early + 512, "{early} kB, then {late} kB");
}

/// The number of received replies, requested with a signal.
fn received(pid: u32, states: &mut impl BufRead) -> u64 {
    sys::signal(pid, libc::SIGQUIT);
    let mut state = String::new();
    states.read_line(&mut state).unwrap();
    let (count, _) = state.trim_start().split_once('/').unwrap();
    count.parse().unwrap()
}

/// The peak memory in kilobytes.
fn peak(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let mut lines = status.lines();
    let peak = lines.find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().trim_end_matches(" kB").parse().unwrap()
}

/// The text between the header and the statistics.
fn body(stdout: &str) -> String {
    let (_, rest) = stdout.split_once('\n').unwrap();
    let (body, _) = rest.split_once("\n---").unwrap();
    body.trim_end_matches('\n').to_owned()
}
