//! Probes that wait in this host: in the queue of the interface, or for the address of a neighbour.

use crate::host::Host;
use crate::link::{self, BEYOND4, BEYOND6, HOST4, HOST6, OTHER4};
use crate::namespace::{self, rping_trial, trial};
use crate::netlink::{self, Flow};
use crate::run::{Output, Run, named, program};
use crate::sandbox;
use libtest_mimic::Trial;
use std::fs;
use std::net::{IpAddr, UdpSocket};
use std::thread;
use std::time::Duration;

/// The minimum wait of each probe.
const HELD: Duration = Duration::from_millis(300);

#[derive(Clone, Copy)]
enum Obstacle {
    Queue,
    Neighbour,
}

pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        rping_trial("queue::wire_time_leaves_the_wait_out_and_says_so", || {
            for target in [HOST4.to_string(), format!("{HOST4} {OTHER4}")] {
                let probes = target.split(' ').count();
                let run = named("rping", &format!("-v -c 1 -W 20 --clock wire {target}"));
                let Some(output) = held(Obstacle::Queue, probes, run) else {
                    return;
                };
                let out = &output.stdout;
                assert!(
                    out.contains(" wire (without this host's queue)\n"),
                    "{output:?}"
                );
                assert!(waits(out, "(plus "), "{output:?}");
            }
        }),
        rping_trial("queue::verbose_lines_and_statistics_tell_the_wait", || {
            for target in [HOST4.to_string(), format!("{HOST4} {OTHER4}")] {
                let probes = target.split(' ').count();
                let run = named("rping", &format!("-v -c 1 -W 20 {target}"));
                let Some(output) = held(Obstacle::Queue, probes, run) else {
                    return;
                };
                assert!(waits(&output.stdout, "(including "), "{output:?}");
                assert!(waits(&output.stdout, "\nthis host's queue: "), "{output:?}");
                let quiet = named("rping", &format!("-q -c 1 -W 20 {target}"));
                let output = held(Obstacle::Queue, probes, quiet).unwrap();
                assert!(waits(&output.stdout, "\nthis host's queue: "), "{output:?}");
            }
        }),
        rping_trial(
            "queue::round_trip_of_fragments_begins_when_the_kernel_takes_the_probe",
            || {
                for targets in [vec![HOST4], vec![HOST6], vec![HOST4, HOST6]] {
                    for clock in ["--clock wire", ""] {
                        rest_waits(&targets, clock);
                    }
                }
            },
        ),
        rping_trial(
            "queue::largest_probe_that_fits_one_packet_has_wire_time",
            || {
                let _far = link::to_a_kernel();
                for (size, targets) in [
                    (1472, format!("{HOST4}")),
                    (1452, format!("{HOST6}")),
                    (1452, format!("{HOST4} {HOST6}")),
                    (1472, format!("-M probe {HOST4} {HOST6}")),
                ] {
                    let line = format!("-c 1 -W 20 --clock wire -s {size} {targets}");
                    let output = named("rping", &line).run();
                    assert!(output.stdout.contains(" wire ("), "{line}: {output:?}");
                    assert!(!output.stdout.contains(" kernel"), "{line}: {output:?}");
                    assert!(!output.stderr.contains("fragments"), "{line}: {output:?}");
                }
            },
        ),
        rping_trial(
            "queue::probes_that_a_router_made_leave_in_fragments_have_no_wire_time",
            || {
                for targets in [vec![BEYOND4], vec![BEYOND6], vec![BEYOND4, BEYOND6]] {
                    let _path = link::through_a_router(1400);
                    let line = |options: &str| format!("{options} {}", words(&targets));
                    // Resolves the neighbours.
                    assert_eq!(named("rping", &line("-c 1 -W 20")).run().code, 0);
                    let run = named("rping", &line("-c 9 -i 0.02 -W 20 --clock wire -s 1440"));
                    let output = run.run();
                    assert!(output.stdout.contains(" kernel\n"), "{output:?}");
                    assert!(!output.stdout.contains(" wire ("), "{output:?}");
                    netlink::delete("v0");
                }
            },
        ),
    ];
    for (name, target, on_ping_socket) in [
        ("queue::wait_is_part_of_the_round_trip_v4_raw", HOST4, false),
        (
            "queue::wait_is_part_of_the_round_trip_v4_ping_socket",
            HOST4,
            true,
        ),
        ("queue::wait_is_part_of_the_round_trip_v6_raw", HOST6, false),
        (
            "queue::wait_is_part_of_the_round_trip_v6_ping_socket",
            HOST6,
            true,
        ),
    ] {
        trials.push(rping_trial(name, move || {
            for obstacle in [Obstacle::Queue, Obstacle::Neighbour] {
                is_told(obstacle, target, on_ping_socket);
            }
        }));
    }
    for (name, target) in [
        ("queue::iputils_counts_the_wait_as_well_v4", HOST4),
        ("queue::iputils_counts_the_wait_as_well_v6", HOST6),
    ] {
        let trial = trial(name, move || {
            let peer = sandbox::peer().expect("ignored without a peer");
            for obstacle in [Obstacle::Queue, Obstacle::Neighbour] {
                let run = program(&peer, &format!("-c 1 {target}"));
                let Some(output) = held(obstacle, 1, run) else {
                    continue;
                };
                assert!(waits(&output.stdout, " time="), "{output:?}");
            }
        });
        trials.push(trial.with_ignored_flag(sandbox::peer().is_none()));
    }
    trials
}

/// Under each name, with one target and several, slowly and in a flood.
fn is_told(obstacle: Obstacle, target: IpAddr, on_ping_socket: bool) {
    for (name, arguments, probes, label) in [
        ("ping", "-c 1", 1, " time="),
        ("rping", "-c 1", 1, " time="),
        ("rping", "-c 1 --clock kernel", 1, " time="),
        ("rping", "-f -c 1 -w 20", 1, "min/avg/max/mdev = "),
        (
            "rping",
            "-f -c 1 -w 20 --clock kernel",
            1,
            "min/avg/max/mdev = ",
        ),
        ("rping", "-v -c 1 -W 20 127.0.0.1", 2, " time="),
        ("rping", "-v -c 1 -W 20 --rate max 127.0.0.1", 2, " time="),
    ] {
        let mut run = named(name, &format!("{arguments} {target}"));
        if on_ping_socket {
            namespace::allow_ping_sockets();
            run = run.without_raw();
        }
        let Some(output) = held(obstacle, probes, run) else {
            return;
        };
        // Of several targets only this one waits.
        let is_its = |line: &&str| line.contains(label) && !line.starts_with("127.0.0.1");
        let line = output.stdout.lines().find(is_its).unwrap_or_default();
        assert!(waits(line, label), "{name} {arguments}: {output:?}");
    }
}

/// Only the first fragment of the first probe is sent at once, and only that one is stamped.
fn rest_waits(targets: &[IpAddr], clock: &str) {
    let _far = link::to_a_kernel();
    let words = words(targets);
    // Resolves the neighbours first, which uses a part of the burst.
    assert_eq!(named("rping", &format!("-c 1 -W 20 {words}")).run().code, 0);
    let shaped = netlink::shape("v0", Flow::Blocked);
    if !shaped {
        eprintln!("skipped: this kernel has no tbf");
        return;
    }
    let run = named("rping", &format!("-v -c 1 -W 20 -s 3000 {clock} {words}"));
    let output = until_released(Obstacle::Queue, targets.len(), run);
    let (out, err) = (&output.stdout, &output.stderr);
    assert!(waits(out, " time="), "{output:?}");
    assert!(!out.contains("this host's queue"), "{output:?}");
    let sources = format!("\ntimed by: {} kernel\n", targets.len());
    assert!(out.contains(&sources), "{output:?}");
    let told = if clock.is_empty() {
        "(MTU 1500): their wait in this host's queue is not known\n"
    } else {
        "(MTU 1500), and the kernel stamps only the first one: measuring with --clock kernel instead\n"
    };
    assert_eq!(err.matches(told).count(), 1, "{output:?}");
    netlink::delete("v0");
}

fn words(targets: &[IpAddr]) -> String {
    let words: Vec<_> = targets.iter().map(IpAddr::to_string).collect();
    words.join(" ")
}

/// Checks that this text is followed by a number of milliseconds that only a wait explains. It may be less than
/// [`HELD`]: the program may be interrupted between the kernel's count of the echo request and the start of the round
/// trip.
#[track_caller]
fn waits(text: &str, label: &str) -> bool {
    let (_, rest) = text
        .split_once(label)
        .unwrap_or_else(|| panic!("no {label:?}: {text}"));
    let digits = rest.split(|c: char| !c.is_ascii_digit() && c != '.').next();
    let time: f64 = digits.unwrap().parse().unwrap();
    time >= HELD.as_secs_f64() * 1000.0 / 3.0
}

/// Runs a program whose probes meet this obstacle, and removes it when `probes` probes, including unobstructed ones,
/// have been sent. Returns `None` if this kernel cannot hold packets back.
fn held(obstacle: Obstacle, probes: usize, run: Run<'_>) -> Option<Output> {
    link::create();
    let host = Host::echo();
    match obstacle {
        Obstacle::Queue if !netlink::shape("v0", Flow::Blocked) => {
            eprintln!("skipped: this kernel has no tbf");
            return None;
        }
        // 1514 octets with an IPv4 and an Ethernet header: the whole burst.
        Obstacle::Queue => send_elsewhere(1514 - 14 - 20 - 8),
        Obstacle::Neighbour => netlink::resolve("v0"),
    }
    let output = until_released(obstacle, probes, run);
    // Before its link is removed: it may still answer.
    drop(host);
    netlink::delete("v0");
    Some(output)
}

/// Runs a program, and removes the obstacle when this number of probes have waited.
fn until_released(obstacle: Obstacle, probes: usize, run: Run<'_>) -> Output {
    let all = echoes_out() + probes;
    thread::scope(|scope| {
        scope.spawn(|| {
            while echoes_out() < all {
                thread::yield_now();
            }
            thread::sleep(HELD);
            release(obstacle);
        });
        run.run()
    })
}

fn release(obstacle: Obstacle) {
    match obstacle {
        Obstacle::Queue => {
            assert!(netlink::shape("v0", Flow::Free));
            // The queue only notices it when another packet arrives.
            send_elsewhere(1);
        }
        Obstacle::Neighbour => {
            for address in [HOST4, HOST6] {
                netlink::add_neighbour("v0", address);
            }
        }
    }
}

/// Sends to an address without a host.
fn send_elsewhere(octets: usize) {
    let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
    let sent = socket.send_to(&vec![0; octets], (OTHER4, 9)).unwrap();
    assert_eq!(sent, octets);
}

/// The number of echo requests that this kernel was given to send.
fn echoes_out() -> usize {
    let counters = |file: &str| fs::read_to_string(format!("/proc/thread-self/net/{file}"));
    let v4 = counters("snmp").unwrap();
    let mut lines = v4.lines().filter(|line| line.starts_with("Icmp: "));
    let [names, numbers] = [(); 2].map(|()| lines.next().unwrap().split(' '));
    let mut pairs = names.zip(numbers);
    let (_, of_v4) = pairs.find(|(name, _)| *name == "OutEchos").unwrap();
    let v6 = counters("snmp6").unwrap();
    let mut lines = v6.lines().map(str::split_whitespace);
    let of_v6 = lines.find_map(|mut words| {
        (words.next() == Some("Icmp6OutEchos")).then(|| words.next().unwrap())
    });
    of_v4.parse::<usize>().unwrap() + of_v6.unwrap_or("0").parse::<usize>().unwrap()
}
