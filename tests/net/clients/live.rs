//! Programs that show each line immediately.

use super::{BOTH, answering_twice, assert_plausible, family};
use crate::host::Host;
use crate::link::{self, HOST4, HOST6};
use crate::namespace::trial;
use crate::run::{Stream, named, ping};
use crate::scan::Scan;
use libtest_mimic::Trial;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("clients::gping_recognises_the_program", || {
            let output = ping("-V").run();
            assert!(output.stdout.contains("iputils"), "{output:?}");
            assert!(!output.stdout.contains("inetutils") && !output.stderr.contains("BusyBox"));
        }),
        trial(
            "clients::gping_hears_of_each_reply_and_each_loss_when_it_happens",
            || {
                link::create();
                let _host = Host::losing(2);
                for (target, family) in [(HOST4, ""), (HOST6, "-6")] {
                    // A delayed line would keep this run from ending.
                    let output = ping(&format!("-O -i0.3 {family} {target}"))
                        .signal_when(Stream::Out, "icmp_seq=3 ", libc::SIGINT)
                        .run();
                    let events: Vec<_> = output.stdout.lines().filter_map(gping).collect();
                    let pongs = events.iter().filter_map(|event| match event {
                        Gping::Pong(milliseconds) => Some(*milliseconds),
                        Gping::Timeout => None,
                    });
                    let pongs: Vec<f64> = pongs.collect();
                    assert!(pongs.len() >= 2 && events.len() > pongs.len(), "{output:?}");
                    for milliseconds in pongs {
                        assert_plausible(&[milliseconds]);
                    }
                }
            },
        ),
        trial("clients::prettyping_draws_replies_and_losses", || {
            link::create();
            let _host = Host::losing(2);
            for target in BOTH {
                let output = ping(&format!("-c 4 -i 1.5 -W 1 {target}")).run();
                let read = prettyping(&output.stdout);
                assert_eq!((read.received, read.lost), (3, 1), "{output:?}");
                // Lines other than replies are shown unchanged, without blank lines.
                let [header, title, counts, round_trips] = &read.other[..] else {
                    panic!("{:?}", read.other);
                };
                assert!(header.starts_with("PING ") && title.starts_with("--- "));
                assert!(counts.starts_with("4 packets transmitted, 3 received, 25% packet loss"));
                assert!(round_trips.starts_with("rtt min/avg/max/mdev = "));
            }
        }),
        trial("clients::prettyping_takes_a_duplicate_for_no_loss", || {
            link::create();
            let _host = answering_twice();
            let output = ping(&format!("-c 2 -i 1.5 {HOST4}")).run();
            let read = prettyping(&output.stdout);
            assert_eq!((read.received, read.lost), (3, 0), "{output:?}");
        }),
        trial("clients::flent_plots_each_reply_at_its_time", || {
            link::create();
            let _host = Host::losing(2);
            for (name, target) in [("ping", HOST4), ("ping6", HOST6)] {
                let output = named(name, &format!("-n -D -i 0.20 -w 60 {target}"))
                    .signal_when(Stream::Out, "icmp_seq=3 ", libc::SIGINT)
                    .run();
                let samples: Vec<_> = output.stdout.lines().filter_map(flent).collect();
                let [first, third, ..] = &samples[..] else {
                    panic!("{output:?}");
                };
                assert_eq!([first.sequence, third.sequence], [Some(1), Some(3)]);
                assert!(first.time > 1e9 && first.time <= third.time, "{output:?}");
                assert_plausible(&[first.milliseconds]);
                let [mean, least, most] = flent_summary(&output.stdout).unwrap();
                assert_plausible(&[least, mean, most]);
            }
        }),
        trial("clients::flent_finds_ipv6_in_the_help", || {
            let output = ping("-h").run();
            assert!(output.stderr.contains("-6"), "{output:?}");
            // The command with which it then checks whether it can parse the output.
            for target in ["127.0.0.1", "::1"] {
                let family = family(target.parse().unwrap());
                let output = ping(&format!("-D -n -c 1 {target} {family}")).run();
                assert_eq!(
                    output.stdout.lines().filter_map(flent).count(),
                    1,
                    "{output:?}"
                );
            }
        }),
    ]
}

#[derive(Debug, Clone, Copy)]
enum Gping {
    /// In milliseconds.
    Pong(f64),
    Timeout,
}

fn gping(line: &str) -> Option<Gping> {
    if line.contains("bytes from") {
        let mut scan = Scan(line);
        scan.past("time=")?;
        let whole = scan.digits()?;
        let mut milliseconds = whole.to_string();
        if scan.text(".").is_some() {
            milliseconds = format!("{whole}.{}", scan.while_any("0123456789")?);
        }
        scan.blanks();
        scan.text("ms")?;
        return milliseconds.parse().ok().map(Gping::Pong);
    }
    line.starts_with("no answer yet").then_some(Gping::Timeout)
}

#[derive(Default)]
struct Prettyping {
    received: u64,
    lost: u64,
    other: Vec<String>,
}

/// Missing numbers between two replies count as lost.
fn prettyping(stdout: &str) -> Prettyping {
    let mut read = Prettyping::default();
    let mut last = 0;
    for line in stdout.lines().filter(|line| !line.is_empty()) {
        let Some(sequence) = prettyping_reply(line) else {
            read.other.push(line.to_owned());
            continue;
        };
        read.received += 1;
        read.lost += sequence.saturating_sub(last + 1);
        last = sequence;
    }
    read
}

/// `N bytes from ...: icmp_seq=N ttl=N time=N ms` and any text after it.
fn prettyping_reply(line: &str) -> Option<u64> {
    let mut scan = Scan(line);
    scan.digits()?;
    scan.text(" bytes from ")?;
    scan.past(": icmp_seq=")?;
    let sequence = scan.digits()?;
    scan.text(" ttl=")?;
    scan.digits()?;
    scan.text(" time=")?;
    scan.decimal()?;
    scan.blanks();
    scan.text("ms").map(|()| sequence)
}

struct Flent {
    time: f64,
    sequence: Option<u64>,
    milliseconds: f64,
}

/// `[seconds.fraction]` at the start, `time=N ms` at the end, and `icmp_seq=N` in between.
fn flent(line: &str) -> Option<Flent> {
    let mut scan = Scan(line);
    scan.text("[")?;
    let time = scan.decimal()?;
    scan.text("]")?;
    let mut sequence = scan;
    let sequence = sequence.past("icmp_seq=").and_then(|_| sequence.digits());
    let (_, value) = scan.0.rsplit_once("time=")?;
    let milliseconds = value.strip_suffix(" ms")?.parse().ok()?;
    Some(Flent {
        time,
        sequence,
        milliseconds,
    })
}

/// Mean, minimum and maximum.
fn flent_summary(stdout: &str) -> Option<[f64; 3]> {
    let mut scan = Scan(stdout);
    scan.past("min/avg/max")?;
    let _ = scan.text("/mdev");
    scan.text(" = ")?;
    let [least, mean, most] = scan.decimals()?;
    Some([mean, least, most])
}
