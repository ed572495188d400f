//! Libraries and converters, which parse the whole output, and iputils' own tests.

use super::{BOTH, answering_twice, assert_plausible};
use crate::host::Host;
use crate::link::{self, HOST4, ROUTER4, ROUTER6};
use crate::namespace::trial;
use crate::packet::Complaint;
use crate::run::ping;
use crate::sandbox;
use crate::scan::Scan;
use libtest_mimic::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("clients::jc_reads_replies_losses_and_counts", || {
            link::create();
            let _host = Host::losing(2);
            for (stamps, stamped) in [("", false), ("-D", true)] {
                let output = ping(&format!("{stamps} -O -c 3 -i 1.5 -W 1 {HOST4}")).run();
                let read = jc(&output.stdout);
                assert_eq!(read.address, "198.51.100.2");
                assert_eq!((read.transmitted, read.received), (Some(3), Some(2)));
                assert_eq!(
                    (read.loss, read.errors, read.duplicates),
                    (Some(33.3333), None, None)
                );
                let [least, mean, most, _] = read.round_trips.unwrap();
                assert_plausible(&[least, mean, most]);
                let [Jc::Reply(first), Jc::Timeout(lost), Jc::Reply(third)] = &read.lines[..]
                else {
                    panic!("{read:?} of {output:?}");
                };
                assert_eq!((first.sequence, lost.sequence, third.sequence), (1, 2, 3));
                assert_eq!(
                    (first.bytes, &*first.address, first.time_to_live),
                    (64, "198.51.100.2", 64)
                );
                assert_plausible(&[first.time]);
                let stamps = [first.stamp, lost.stamp, third.stamp];
                assert!(
                    stamps.iter().all(|stamp| stamp.is_some() == stamped),
                    "{output:?}"
                );
            }
        }),
        trial("clients::jc_reads_duplicates", || {
            link::create();
            let _host = answering_twice();
            let read = jc(&ping(&format!("-c 2 -i 1.5 {HOST4}")).run().stdout);
            assert_eq!((read.received, read.duplicates), (Some(2), Some(1)));
            let duplicates: Vec<_> = read
                .lines
                .iter()
                .map(|line| match line {
                    Jc::Reply(reply) => reply.duplicate,
                    Jc::Timeout(_) => panic!("{read:?}"),
                })
                .collect();
            assert_eq!(duplicates, [false, true, false]);
        }),
        trial("clients::jc_reads_errors", || {
            link::create();
            let _host = unreachable();
            let read = jc(&ping(&format!("-c 2 -i 0.3 -W 10 {HOST4}")).run().stdout);
            assert_eq!(
                (read.received, read.errors, read.loss),
                (Some(0), Some(2), Some(100.0))
            );
            assert!(
                read.lines.is_empty() && read.round_trips.is_none(),
                "{read:?}"
            );
        }),
        trial("clients::jc_reads_the_replies_of_a_name", || {
            link::create();
            let _host = Host::echo();
            let read = jc(&ping("-c 1 host4.example").run().stdout);
            assert_eq!((&*read.address, read.received), ("198.51.100.2", Some(1)));
            let [Jc::Reply(reply)] = &read.lines[..] else {
                panic!("{read:?}");
            };
            assert_eq!(
                (&*reply.address, reply.sequence, reply.time_to_live),
                ("198.51.100.2", 1, 64)
            );
        })
        .with_ignored_flag(!sandbox::has_name_service()),
        trial("clients::pingparsing_reads_replies_and_statistics", || {
            link::create();
            let _host = Host::losing(2);
            for target in BOTH {
                let output = ping(&format!("-D -O -c 3 -i 1.5 -W 1 {target}")).run();
                let read = pingparsing(&output.stdout).unwrap();
                assert_eq!(read.destination, target.to_string());
                assert_eq!(
                    (read.transmitted, read.received, read.duplicates),
                    (3, 2, 0)
                );
                let [least, mean, most, _] = read.round_trips.unwrap();
                assert_plausible(&[least, mean, most]);
                assert_eq!(read.replies, [(1, false), (3, false)]);
                assert_eq!(read.unanswered, [2]);
            }
        }),
        trial("clients::pingparsing_reads_duplicates", || {
            link::create();
            let _host = answering_twice();
            for target in BOTH {
                let output = ping(&format!("-c 2 -i 1.5 {target}")).run();
                let read = pingparsing(&output.stdout).unwrap();
                assert_eq!(
                    (read.transmitted, read.received, read.duplicates),
                    (2, 2, 1)
                );
                assert_eq!(read.replies, [(1, false), (1, true), (2, false)]);
            }
        }),
        // It accepts only an empty line or one about the pipe instead of round trips.
        trial(
            "clients::pingparsing_reads_statistics_without_round_trips",
            || {
                link::create();
                let _host = Host::silent();
                for arguments in ["-c 1 -W 0.1", "-c 3 -i 0.1 -W 0.2"] {
                    let output = ping(&format!("{arguments} {HOST4}")).run();
                    let read = pingparsing(&output.stdout).unwrap();
                    assert_eq!((read.received, read.round_trips), (0, None), "{output:?}");
                }
            },
        ),
        trial(
            "clients::npm_ping_and_pingman_read_the_host_and_the_times",
            || {
                link::create();
                let _host = Host::losing(2);
                for target in BOTH {
                    let output = ping(&format!("-n -W 1 -c 3 -s 56 -i 1.5 {target}")).run();
                    let read = npm(&output.stdout);
                    assert_eq!(
                        (read.host, read.address),
                        (target.to_string(), target.to_string())
                    );
                    assert_eq!(
                        (read.times.len(), read.loss),
                        (2, Some(33.3333)),
                        "{output:?}"
                    );
                    assert_plausible(&read.times[..1]);
                    let [least, mean, most, _] = read.round_trips.unwrap();
                    assert_plausible(&[least, mean, most]);
                }
            },
        ),
        trial(
            "clients::npm_ping_and_pingman_see_that_nobody_is_there",
            || {
                link::create();
                let _host = unreachable();
                for target in BOTH {
                    let output = ping(&format!("-n -W 10 -c 2 -s 56 -i 0.3 {target}")).run();
                    let read = npm(&output.stdout);
                    assert_eq!(
                        (read.times.len(), read.loss),
                        (0, Some(100.0)),
                        "{output:?}"
                    );
                    assert_eq!(read.round_trips, None);
                }
            },
        ),
        trial("clients::iputils_own_tests_accept_the_version", || {
            let output = ping("-V").run();
            let [version, features] = output.stdout.lines().collect::<Vec<_>>()[..] else {
                panic!("{output:?}");
            };
            assert!(version.starts_with("ping from iputils "));
            let names = [
                "libcap",
                "IDN",
                "NLS",
                "error.h",
                "getrandom()",
                "__fpending()",
            ];
            let mut scan = Scan(features);
            for (number, name) in names.iter().enumerate() {
                let label = if number == 0 {
                    format!("{name}: ")
                } else {
                    format!(", {name}: ")
                };
                scan.text(&label)
                    .unwrap_or_else(|| panic!("{label} in {features}"));
                scan.text("yes").or_else(|| scan.text("no")).unwrap();
            }
            assert_eq!((scan.end(), output.code), (Some(()), 0));
        }),
        trial("clients::iputils_own_tests_accept_the_whole_output", || {
            for (target, header) in [
                (
                    "127.0.0.1",
                    "PING 127.0.0.1 (127.0.0.1) 56(84) bytes of data.",
                ),
                ("::1", "PING ::1 (::1) 56 data bytes"),
            ] {
                let output = ping(&format!("-c1 {target}")).run();
                // The mask only matches times with three decimals.
                output.assert(
                    0,
                    &format!(
                        "\
{header}
64 bytes from {target}: icmp_seq=1 ttl=64 time=T ms

--- {target} ping statistics ---
1 packets transmitted, 1 received, 0% packet loss, time Tms
rtt min/avg/max/mdev = T/T/T/T ms
"
                    ),
                );
            }
        }),
        trial(
            "clients::iputils_own_tests_accept_how_usage_and_values_are_refused",
            || {
                let message = "ping: usage error: Destination address required\n";
                let output = ping("").run();
                // Debian's older iputils exits with 1.
                assert!(output.code == 2 || sandbox::subject_is_peer(), "{output:?}");
                assert_eq!((&*output.stdout, &*output.stderr), ("", message));
                for arguments in ["-c1.1", "-I nonexisting", "-w0,1", "-6 -c1"] {
                    assert_ne!(
                        ping(&format!("{arguments} 127.0.0.1")).run().code,
                        0,
                        "{arguments}"
                    );
                }
            },
        ),
    ]
}

/// A host behind a router that cannot reach it.
fn unreachable() -> Host {
    Host::start(|request| {
        let (router, kind, code) = if request.source.is_ipv4() {
            (ROUTER4, 3, 1)
        } else {
            (ROUTER6, 1, 3)
        };
        vec![Complaint::about(request, router, kind, code).packet()]
    })
}

#[derive(Debug, Default)]
struct JcRead {
    address: String,
    transmitted: Option<u64>,
    received: Option<u64>,
    duplicates: Option<u64>,
    errors: Option<u64>,
    loss: Option<f64>,
    round_trips: Option<[f64; 4]>,
    lines: Vec<Jc>,
}

#[derive(Debug)]
enum Jc {
    Reply(JcReply),
    Timeout(JcReply),
}

#[derive(Debug, Default)]
struct JcReply {
    stamp: Option<f64>,
    bytes: u64,
    address: String,
    sequence: u64,
    time_to_live: u64,
    time: f64,
    duplicate: bool,
}

/// IPv4 only. For IPv6 it expects iputils' header of older releases, without a space.
fn jc(stdout: &str) -> JcRead {
    let mut lines = stdout.lines().filter(|line| !line.is_empty());
    let header = lines.find(|line| line.starts_with("PING ")).unwrap();
    assert!(header.contains("bytes of data"), "{header}");
    let named = !header[5..].starts_with(|c: char| c.is_ascii_digit());
    let spaced = spaced(header);
    let mut read = JcRead {
        address: spaced.split_whitespace().nth(2).unwrap().to_owned(),
        ..JcRead::default()
    };
    let mut statistics = false;
    for line in lines {
        if line.starts_with("---") {
            statistics = true;
        } else if statistics {
            jc_statistics(line, &mut read);
        } else if line.contains("no answer yet for icmp_seq=") {
            read.lines
                .push(Jc::Timeout(jc_reply(line, [0, 0, 5, 0, 0])));
        } else if line.contains(" bytes from ") {
            let places = if named {
                [0, 4, 7, 9, 11]
            } else {
                [0, 3, 5, 7, 9]
            };
            read.lines.push(Jc::Reply(jc_reply(line, places)));
        }
    }
    read
}

fn spaced(line: &str) -> String {
    line.replace(['(', ')', '='], " ")
}

/// Words are identified by position, one later after a time stamp. A word that is not a number is 0.
fn jc_reply(line: &str, places: [usize; 5]) -> JcReply {
    let spaced = spaced(line);
    let mut words = spaced.split_whitespace().peekable();
    let stamp = words.next_if(|word| word.starts_with('['));
    let words: Vec<_> = words.collect();
    let number = |place: usize| words[place].parse().unwrap_or_default();
    let [bytes, address, sequence, time_to_live, time] = places;
    JcReply {
        stamp: stamp.map(|stamp| stamp.trim_matches(['[', ']']).parse().unwrap()),
        bytes: number(bytes),
        address: words[address].trim_end_matches(':').to_owned(),
        sequence: number(sequence),
        time_to_live: number(time_to_live),
        time: words[time].parse().unwrap_or_default(),
        duplicate: line.contains("DUP!"),
    }
}

/// Each count is identified by the text after it.
fn jc_statistics(line: &str, read: &mut JcRead) {
    let count = |behind: &str| {
        let (front, _) = line.split_once(behind)?;
        front.rsplit([' ', '+']).next()?.parse().ok()
    };
    read.transmitted = read.transmitted.or(count(" packets transmitted"));
    read.received = read.received.or(count(" received,"));
    read.duplicates = read.duplicates.or(count(" duplicates"));
    read.errors = read.errors.or(count(" errors"));
    let loss = line.split_once("% packet loss");
    let loss = loss.and_then(|(front, _)| front.rsplit(' ').next()?.parse().ok());
    read.loss = read.loss.or(loss);
    let mut scan = Scan(line);
    if scan.past("rtt min/avg/max/mdev = ").is_some() {
        read.round_trips = scan.decimals().filter(|_| scan.text(" ms").is_some());
    }
}

#[derive(Debug, Default)]
struct Pingparsing {
    destination: String,
    transmitted: u64,
    received: u64,
    duplicates: u64,
    round_trips: Option<[f64; 4]>,
    /// The sequence number of each reply, and whether it is a duplicate.
    replies: Vec<(u64, bool)>,
    unanswered: Vec<u64>,
}

/// Returns `None` if it fails to parse.
fn pingparsing(stdout: &str) -> Option<Pingparsing> {
    let mut lines = stdout.lines();
    let title = lines.find(|line| line.ends_with(" ping statistics ---"))?;
    let destination = title
        .strip_prefix("--- ")?
        .split_once(" ping statistics ---")?;
    let mut read = Pingparsing {
        destination: destination.0.to_owned(),
        ..Pingparsing::default()
    };
    for line in stdout.lines() {
        if let Some(sequence) = pingparsing_reply(line) {
            read.replies.push((sequence, line.ends_with(" (DUP!)")));
        } else if line.starts_with('[') {
            let mut scan = Scan(line);
            if scan.past("] no answer yet for icmp_seq=").is_some() {
                read.unanswered.push(scan.digits()?);
            }
        }
    }
    let mut counts = Scan(lines.next()?);
    read.transmitted = counts.digits()?;
    counts.text(" packets transmitted, ")?;
    read.received = counts.digits()?;
    counts.text(" received,")?;
    if counts.past("+").is_some() {
        let number = counts.digits()?;
        if counts.text(" duplicates,").is_some() {
            read.duplicates = number;
        }
    }
    let mut round_trips = Scan(lines.next().unwrap_or_default());
    if round_trips.text("rtt min/avg/max/mdev = ").is_some() {
        read.round_trips = Some(round_trips.decimals()?);
        round_trips.text(" ms")?;
    } else if !round_trips.0.is_empty() {
        round_trips.past("pipe ")?;
        round_trips.digits()?;
    }
    Some(read)
}

/// `N bytes from NAME: icmp_seq=N ttl=N time=N`, where a name has letters, digits, blanks and `:-.()%`.
fn pingparsing_reply(line: &str) -> Option<u64> {
    let mut scan = Scan(line);
    if scan.text("[").is_some() {
        scan.past("] ")?;
    }
    scan.digits()?;
    scan.text(" bytes from ")?;
    let name = scan.past(": icmp_seq=")?;
    let known = |c: char| c.is_ascii_alphanumeric() || ":-.()% ".contains(c);
    if !name.chars().all(known) {
        return None;
    }
    let sequence = scan.digits()?;
    scan.text(" ttl=")?;
    scan.digits()?;
    scan.text(" time=")?;
    scan.decimal().map(|_| sequence)
}

#[derive(Debug, Default)]
struct Npm {
    host: String,
    address: String,
    times: Vec<f64>,
    loss: Option<f64>,
    round_trips: Option<[f64; 4]>,
}

/// Both parse alike: a line with three equals signs is a reply, one with three slashes has the round trips.
fn npm(stdout: &str) -> Npm {
    let mut lines = stdout.lines().filter(|line| !line.is_empty());
    let header: Vec<_> = lines.next().unwrap().split(' ').collect();
    let mut read = Npm {
        host: header[1].to_owned(),
        address: header[2][1..header[2].len() - 1].to_owned(),
        ..Npm::default()
    };
    let mut statistics = false;
    for line in lines {
        if statistics {
            let loss = line
                .split_once('%')
                .map(|(front, _)| front.rsplit(' ').next());
            read.loss = read
                .loss
                .or(loss.flatten().and_then(|word| word.parse().ok()));
            if line.matches('/').count() >= 3 {
                let figures = line.split(['/', ' ']).filter_map(|word| word.parse().ok());
                read.round_trips = figures.take(4).collect::<Vec<_>>().try_into().ok();
            }
        } else if line.matches('=').count() >= 3 {
            let (front, _) = line.split_once(" ms").unwrap();
            let time = front.rsplit('=').next().unwrap();
            read.times.push(time.parse().unwrap());
        }
        statistics |= line.contains("---");
    }
    read
}
