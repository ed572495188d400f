//! Monitors: their conclusions from the statistics and the exit code.

use super::{BOTH, answering_twice, assert_plausible, family};
use crate::dns;
use crate::host::Host;
use crate::link::{self, HOST4, HOST6, ROUTER4, ROUTER6};
use crate::namespace::trial;
use crate::packet::{Complaint, Request};
use crate::run::{Output, named, ping};
use crate::sandbox;
use crate::scan::{Scan, digits_before};
use libtest_mimic::Trial;
use std::net::IpAddr;
use std::thread;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("clients::check_ping_reads_the_loss_and_the_average", || {
            link::create();
            let _host = Host::losing(2);
            for target in BOTH {
                // With -w, -c counts replies: three probes are sent.
                let output = check_ping_runs(target, 2);
                let CheckPing {
                    complaint,
                    duplicates,
                    loss,
                    average,
                } = check_ping(&output.stdout);
                assert_eq!((complaint, duplicates), (None, false), "{output:?}");
                // It reads the integer part of 33.3333 %.
                assert_eq!(loss, Some(33), "{output:?}");
                assert_plausible(&[average.unwrap()]);
                assert_eq!((output.code, &*output.stderr), (0, ""));
            }
        }),
        trial("clients::check_ping_warns_of_duplicates", || {
            link::create();
            let _host = answering_twice();
            for target in BOTH {
                let output = check_ping_runs(target, 2);
                let read = check_ping(&output.stdout);
                assert_eq!((read.duplicates, read.loss), (true, Some(0)), "{output:?}");
                assert_plausible(&[read.average.unwrap()]);
            }
        }),
        trial(
            "clients::check_ping_names_what_a_router_complains_of",
            || {
                link::create();
                let _host = Host::start(|request| {
                    let (kind, code, _) = complaint_about(request.destination);
                    vec![complain(request, kind, code)]
                });
                thread::scope(|scope| {
                    for target in (0..COMPLAINTS4.len())
                        .map(fourth)
                        .chain((0..COMPLAINTS6.len()).map(sixth))
                    {
                        scope.spawn(move || {
                            let output = check_ping_runs(target, 1);
                            let (.., wanted) = complaint_about(target);
                            let CheckPing {
                                complaint,
                                loss,
                                average,
                                ..
                            } = check_ping(&output.stdout);
                            assert_eq!(complaint, Some(wanted), "{output:?}");
                            assert_eq!(
                                (loss, average, output.code),
                                (Some(100), None, 1),
                                "{output:?}"
                            );
                        });
                    }
                });
            },
        ),
        trial(
            "clients::mrtg_ping_probe_reads_the_round_trips_and_the_loss",
            || {
                link::create();
                let _host = Host::losing(2);
                let output = ping(&format!("-i 0.3 -s 56 -c 2 {HOST4}")).run();
                assert_plausible(&mrtg_round_trips(&output.stdout).unwrap());
                assert_eq!(digits_before(&output.stdout, "% packet loss,"), Some(50));
            },
        ),
        trial(
            "clients::munin_reads_the_average_and_the_loss_by_each_name",
            || {
                link::create();
                let _host = Host::losing(2);
                for (name, target) in [("ping4", HOST4), ("ping6", HOST6), ("ping", HOST4)] {
                    let output = named(name, &format!("-c 2 {target}")).run();
                    assert_plausible(&[munin_average(&output.stdout).unwrap()]);
                    assert_eq!(digits_before(&output.stdout, "% packet loss"), Some(50));
                }
            },
        ),
        trial(
            "clients::cacti_s_poller_reads_the_average_of_probes_with_its_pattern",
            || {
                link::create();
                let _host = Host::echo();
                // cacti-monitoring-system, of which 16 octets are used.
                let pattern = "63616374692d6d6f6e69746f72696e672d73797374656d";
                for (name, target) in [("ping", HOST4), ("ping6", HOST6)] {
                    let output = named(name, &format!("-W 1 -c 1 -p {pattern} {target}")).run();
                    let average = cacti_average(&output.stdout);
                    assert_plausible(&[average.unwrap_or_else(|| panic!("{output:?}"))]);
                }
            },
        ),
        trial(
            "clients::cacti_s_script_reads_the_time_of_the_first_reply",
            || {
                link::create();
                let _host = Host::start(|request| match request.destination {
                    HOST4 | HOST6 => vec![request.echo()],
                    _ => vec![complain(request, 3, 1)],
                });
                for target in BOTH {
                    let output = ping(&format!("-c 1 {target}")).run();
                    assert_plausible(&[cacti_time(&output).unwrap()]);
                }
                // The error has no time, so there is no value.
                let output = ping(&format!("-c 1 {}", link::OTHER4)).run();
                assert_eq!(cacti_time(&output), None);
            },
        ),
        trial(
            "clients::cacti_s_script_tries_ipv6_when_a_name_is_unknown",
            || {
                let _server = dns::that_knows_nothing();
                let output = ping("-c 1 nosuch.example").run();
                let all = output.stdout + &output.stderr;
                assert!(all.contains("Name or service not known"), "{all}");
            },
        )
        .with_ignored_flag(!sandbox::has_name_service()),
        trial("clients::backuppc_reads_the_average", || {
            link::create();
            let _host = Host::echo();
            for target in BOTH {
                let output = ping(&format!("-c 1 {target}")).run();
                assert_plausible(&[backuppc_average(&output.stdout).unwrap()]);
                assert_eq!(output.code, 0);
            }
        }),
        trial("clients::mon_learns_who_is_up_from_the_exit_code", || {
            link::create();
            let _host = Host::start(|request| match request.destination {
                HOST4 | HOST6 => vec![request.echo()],
                _ => vec![complain(request, 3, 1)],
            });
            let up = [("ping", HOST4), ("ping6", HOST6), ("ping", link::OTHER4)]
                .map(|(name, target)| named(name, &format!("-c 1 {target}")).run().code == 0);
            assert_eq!(up, [true, true, false]);
        }),
        trial(
            "clients::telegraf_reads_counts_time_to_live_and_round_trips",
            || {
                link::create();
                let _host = Host::losing(2);
                for target in BOTH {
                    let output = ping(&format!("-c 2 -n -s 16 -i 1 -W 1 -w 10 {target}")).run();
                    let read = telegraf(&output).unwrap();
                    assert_eq!((read.counts, read.time_to_live), ((3, 2), Some(64)));
                    let [least, mean, most, deviation] = read.round_trips.unwrap();
                    assert_plausible(&[least, mean, most]);
                    assert!(deviation >= 0.0);
                }
            },
        ),
        trial("clients::telegraf_sees_that_nobody_answers", || {
            link::create();
            let _host = Host::silent();
            let output = ping(&format!("-c 2 -n -s 16 -i 1 -W 1 -w 1 {HOST4}")).run();
            let Telegraf {
                counts: (transmitted, received),
                time_to_live,
                round_trips,
            } = telegraf(&output).unwrap();
            assert!(transmitted >= 1, "{output:?}");
            assert_eq!((received, time_to_live, round_trips), (0, None, None));
        }),
        trial(
            "clients::home_assistant_reads_four_round_trips_or_sees_that_there_are_none",
            || {
                link::create();
                let host = Host::echo();
                for target in BOTH {
                    let output = ping(&format!("-n -q -c 2 -W1 {target}")).run();
                    let [least, mean, most, _] = home_assistant(&output).unwrap();
                    assert_plausible(&[least, mean, most]);
                }
                drop(host);
                let _host = Host::silent();
                let output = ping(&format!("-n -q -c 1 -W1 {HOST4}")).run();
                assert_eq!((home_assistant(&output), output.code), (None, 1));
            },
        ),
    ]
}

/// The command of monitoring-plugins' `check_ping`.
fn check_ping_runs(target: IpAddr, count: u8) -> Output {
    let deadline = if count == 1 { 3 } else { 10 };
    ping(&format!(
        "{} -n -U -w {deadline} -c {count} {target}",
        family(target)
    ))
    .run()
}

#[derive(Debug, Default)]
struct CheckPing {
    complaint: Option<&'static str>,
    duplicates: bool,
    loss: Option<u64>,
    average: Option<f64>,
}

fn check_ping(stdout: &str) -> CheckPing {
    let mut read = CheckPing::default();
    for line in stdout.lines() {
        read.complaint = read.complaint.or(check_ping_complaint(line));
        read.duplicates |= line.contains("(DUP!)");
        read.loss = read.loss.or_else(|| check_ping_loss(line));
        read.average = read.average.or_else(|| {
            let mut scan = Scan(line);
            scan.text("rtt min/avg/max/mdev = ")?;
            let [_, average, ..] = scan.decimals::<4>()?;
            scan.text(" ms").map(|()| average)
        });
    }
    read
}

/// One text may be between the two counts.
fn check_ping_loss(line: &str) -> Option<u64> {
    let mut scan = Scan(line);
    scan.digits()?;
    scan.text(" packets transmitted, ")?;
    scan.digits()?;
    scan.text(" received, ")?;
    if scan.text("+").is_some() {
        scan.digits()?;
        scan.text(" duplicates, ")
            .or_else(|| scan.text(" errors, "))?;
    }
    scan.digits()
}

/// The first match counts.
fn check_ping_complaint(line: &str) -> Option<&'static str> {
    const WORDS: [(&str, &str); 14] = [
        ("Network is unreachable", "Network Unreachable"),
        ("Destination Net Unreachable", "Network Unreachable"),
        ("No route", "Network Unreachable"),
        ("Destination Host Unreachable", "Host Unreachable"),
        ("Address unreachable", "Host Unreachable"),
        ("Destination Port Unreachable", "Port Unreachable"),
        ("Port unreachable", "Port Unreachable"),
        ("Destination Protocol Unreachable", "Protocol Unreachable"),
        ("Destination Net Prohibited", "Network Prohibited"),
        ("Destination Host Prohibited", "Host Prohibited"),
        ("Packet filtered", "Packet Filtered"),
        ("Administratively prohibited", "Packet Filtered"),
        ("Time to live exceeded", "Time to live exceeded"),
        ("Time exceeded: ", "Time to live exceeded"),
    ];
    let found = WORDS.iter().find(|(words, _)| line.contains(words));
    found.map(|(_, meaning)| *meaning)
}

/// Types and codes (RFC 792, RFC 1122, RFC 1812; RFC 4443), and `check_ping`'s words for them.
const COMPLAINTS4: [(u8, u8, &str); 8] = [
    (3, 0, "Network Unreachable"),
    (3, 1, "Host Unreachable"),
    (3, 2, "Protocol Unreachable"),
    (3, 3, "Port Unreachable"),
    (3, 9, "Network Prohibited"),
    (3, 10, "Host Prohibited"),
    (3, 13, "Packet Filtered"),
    (11, 0, "Time to live exceeded"),
];
const COMPLAINTS6: [(u8, u8, &str); 5] = [
    (1, 0, "Network Unreachable"),
    (1, 1, "Packet Filtered"),
    (1, 3, "Host Unreachable"),
    (1, 4, "Port Unreachable"),
    (3, 0, "Time to live exceeded"),
];

/// The target of the error with this number.
fn fourth(number: usize) -> IpAddr {
    IpAddr::from([198, 51, 100, 100 + u8::try_from(number).unwrap()])
}

fn sixth(number: usize) -> IpAddr {
    IpAddr::from([
        0xfd51,
        0,
        0,
        0,
        0,
        0,
        0,
        0x100 + u16::try_from(number).unwrap(),
    ])
}

fn complaint_about(target: IpAddr) -> (u8, u8, &'static str) {
    match target {
        IpAddr::V4(address) => COMPLAINTS4[usize::from(address.octets()[3]) - 100],
        IpAddr::V6(address) => COMPLAINTS6[usize::from(address.segments()[7]) - 0x100],
    }
}

fn complain(request: &Request, kind: u8, code: u8) -> Vec<u8> {
    let router = if request.source.is_ipv4() {
        ROUTER4
    } else {
        ROUTER6
    };
    Complaint::about(request, router, kind, code).packet()
}

/// `rtt`, `min/avg/max`, optionally `/mdev`, and three figures after an equals sign.
fn mrtg_round_trips(stdout: &str) -> Option<[f64; 3]> {
    let mut scan = Scan(stdout);
    scan.past("rtt ")?;
    scan.blanks();
    scan.text("min/avg/max")?;
    let _ = scan.text("/mdev");
    scan.text(" ")?;
    scan.blanks();
    scan.text("= ")?;
    scan.decimals()
}

/// The last word after `min/avg/max` that begins with three figures.
fn munin_average(stdout: &str) -> Option<f64> {
    let (_, rest) = stdout.split_once("min/avg/max")?;
    let mut words = rest.lines().next()?.rsplit(' ');
    let [_, average, _] = words.find_map(|word| Scan(word).decimals::<3>())?;
    Some(average)
}

/// The text between the first two slashes after the equals sign after `min/avg/max`.
fn cacti_average(stdout: &str) -> Option<f64> {
    let (_, rest) = stdout.split_once("min/avg/max")?;
    let figures = rest.split('=').nth(1)?;
    figures.split('/').nth(1)?.parse().ok()
}

/// The text between `time=` and the last ` ms`, in the first line with `icmp_seq` and `time` after it.
fn cacti_time(output: &Output) -> Option<f64> {
    let all = format!("{}{}", output.stdout, output.stderr);
    let line = all.lines().find(|line| {
        let behind = line.split_once("icmp_seq").map(|(_, behind)| behind);
        behind.is_some_and(|behind| behind.contains("time"))
    })?;
    let (_, rest) = line.rsplit_once("time=")?;
    rest.rsplit_once(" ms")?.0.parse().ok()
}

fn backuppc_average(stdout: &str) -> Option<f64> {
    let mut scan = Scan(stdout);
    scan.past("rtt")?;
    scan.blanks();
    scan.text("min/avg/max/mdev")?;
    scan.blanks();
    scan.text("=")?;
    scan.blanks();
    let [_, average, ..] = scan.decimals::<4>()?;
    scan.blanks();
    scan.text("ms").map(|()| average)
}

struct Telegraf {
    counts: (u64, u64),
    time_to_live: Option<u64>,
    round_trips: Option<[f64; 4]>,
}

/// Any other exit code is a failure of the program.
fn telegraf(output: &Output) -> Option<Telegraf> {
    if output.code > 1 {
        return None;
    }
    let word = |text: &str| text.split(' ').next()?.parse().ok();
    let (mut counts, mut time_to_live, mut round_trips) = (None, None, None);
    for line in output.stdout.lines() {
        if time_to_live.is_none() && line.contains("ttl=") {
            let mut scan = Scan(line);
            scan.past("ttl=")?;
            time_to_live = Some(scan.digits()?);
        } else if line.contains("transmitted") && line.contains("received") {
            let mut parts = line.split(", ");
            counts = Some((word(parts.next()?)?, word(parts.next()?)?));
        } else if line.contains("min/avg/max") {
            let mut scan = Scan(line.split(' ').nth(3)?);
            round_trips = Some(scan.decimals()?);
            scan.end()?;
        }
    }
    Some(Telegraf {
        counts: counts?,
        time_to_live,
        round_trips,
    })
}

/// Four consecutive figures with a decimal point. An exit code above 1 is logged as a failure.
fn home_assistant(output: &Output) -> Option<[f64; 4]> {
    assert!(output.code <= 1 && output.stderr.is_empty(), "{output:?}");
    let rows = output.stdout.split_whitespace();
    let rows = rows.filter(|row| row.matches('.').count() == 4);
    rows.map(Scan).find_map(|mut row| row.decimals())
}
