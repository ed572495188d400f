//! Compares rping with iputils' ping in interleaved runs: `cargo bench --bench peers`, as root.
//!
//! Prints a table of medians and of ratios to the peer; asserts nothing, because a machine's speed is not a behaviour.
//! Only 127.0.0.1 is probed, a limited number of times.

#![allow(
    unsafe_code,
    reason = "wait4 tells what a child cost, and no library here wraps it"
)]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program for the bench: it measures, prints, and stops where it cannot"
)]

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Runs of each start-up measurement.
const STARTS: usize = 200;
const FLOODS: usize = 9;
const ECHOES: u32 = 50_000;

#[derive(Clone, Copy)]
struct Cost {
    wall: Duration,
    cpu: Duration,
}

fn main() {
    let ours = PathBuf::from(env!("CARGO_BIN_EXE_rping"));
    let Some(peer) = peer() else {
        println!("iputils' ping is not installed here: there is nothing to compare with");
        return;
    };
    println!("{:<34} {:>12} {:>12} {:>8}", "", "rping", "ping", "ratio");
    start_up(&ours, &peer);
    memory(&ours, &peer);
    flood(&ours, &peer);
}

/// iputils' ping, if `ping` is that.
fn peer() -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let mut candidates = env::split_paths(&path).map(|directory| directory.join("ping"));
    candidates.find(|path| {
        let version = Command::new(path).arg("-V").output();
        version.is_ok_and(|output| {
            let text = String::from_utf8_lossy(&output.stdout);
            text.starts_with("ping from iputils ") && !text.contains("rping")
        })
    })
}

fn start_up(ours: &Path, peer: &Path) {
    let arguments = ["-c", "1", "-n", "127.0.0.1"];
    let (of_ours, of_peer) = interleaved(STARTS, ours, peer, &arguments);
    let wall = |cost: &Cost| cost.wall;
    let cpu = |cost: &Cost| cost.cpu;
    row(
        "-c 1: wall",
        micros(&of_ours, wall),
        micros(&of_peer, wall),
        "µs",
    );
    row(
        "-c 1: CPU",
        micros(&of_ours, cpu),
        micros(&of_peer, cpu),
        "µs",
    );
}

fn memory(ours: &Path, peer: &Path) {
    let of = |program: &Path| {
        let mut all: Vec<u64> = (0..5).map(|_| peak_memory(program)).collect();
        median(&mut all)
    };
    row("-c 2: peak memory", of(ours), of(peer), "KiB");
}

fn flood(ours: &Path, peer: &Path) {
    let echoes = ECHOES.to_string();
    for extra in [&[][..], &["-l", "64"][..]] {
        let arguments = [&["-f", "-q", "-n", "-c", &echoes], extra, &["127.0.0.1"]].concat();
        let (of_ours, of_peer) = interleaved(FLOODS, ours, peer, &arguments);
        let name = ["-f", &extra.join(" ")].join(" ");
        let rate = |cost: &Cost| {
            Duration::from_secs(u64::from(ECHOES)).div_f64(cost.wall.as_secs_f64() * 1e6)
        };
        let each = |cost: &Cost| cost.cpu * 1000 / ECHOES;
        row(
            &format!("{name}: echoes a second"),
            micros(&of_ours, rate),
            micros(&of_peer, rate),
            "",
        );
        row(
            &format!("{name}: CPU an echo"),
            micros(&of_ours, each),
            micros(&of_peer, each),
            "ns",
        );
    }
}

/// Interleaves runs of both in changing order, so that other load on the machine affects both alike.
fn interleaved(
    rounds: usize,
    ours: &Path,
    peer: &Path,
    arguments: &[&str],
) -> (Vec<Cost>, Vec<Cost>) {
    let (mut of_ours, mut of_peer) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        if round % 2 == 0 {
            of_ours.push(cost(ours, arguments));
            of_peer.push(cost(peer, arguments));
        } else {
            of_peer.push(cost(peer, arguments));
            of_ours.push(cost(ours, arguments));
        }
    }
    (of_ours, of_peer)
}

/// Runs a program to its end, and returns its cost from the kernel.
fn cost(program: &Path, arguments: &[&str]) -> Cost {
    let start = Instant::now();
    let mut child = Command::new(program)
        .args(arguments)
        .stdout(Stdio::null())
        .spawn()
        .expect("the program starts");
    let id = libc::pid_t::try_from(child.id()).expect("process numbers are small");
    let mut status = 0;
    // SAFETY: all fields of `rusage` are numbers, for which zero octets are a value.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    // SAFETY: both pointers are to live variables of the types that the call fills.
    let waited = unsafe { libc::wait4(id, &raw mut status, 0, &raw mut usage) };
    let wall = start.elapsed();
    assert_eq!(
        (waited, status),
        (id, 0),
        "{} {arguments:?}",
        program.display()
    );
    // Already waited for above; closes the handle.
    let _ = child.try_wait();
    let time = |value: libc::timeval| {
        Duration::from_secs(u64::try_from(value.tv_sec).unwrap_or(0))
            + Duration::from_micros(u64::try_from(value.tv_usec).unwrap_or(0))
    };
    Cost {
        wall,
        cpu: time(usage.ru_utime) + time(usage.ru_stime),
    }
}

/// The maximum resident set in KiB, as the kernel counts it for the process itself, read after a reply.
fn peak_memory(program: &Path) -> u64 {
    let mut child = Command::new(program)
        .args(["-c", "2", "-i", "0.2", "-n", "127.0.0.1"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    let reply = lines
        .by_ref()
        .map_while(Result::ok)
        .find(|line| line.contains("icmp_seq=1"));
    assert!(reply.is_some(), "no reply from 127.0.0.1");
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).expect("it still runs");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|text| text.trim().strip_suffix(" kB")?.trim().parse().ok());
    lines.for_each(drop);
    child.wait().expect("it ends");
    peak.expect("the kernel tells the peak")
}

fn micros(costs: &[Cost], part: impl Fn(&Cost) -> Duration) -> u64 {
    let mut all: Vec<u64> = costs
        .iter()
        .map(|cost| u64::try_from(part(cost).as_micros()).unwrap_or(u64::MAX))
        .collect();
    median(&mut all)
}

fn median(all: &mut [u64]) -> u64 {
    all.sort_unstable();
    all[all.len() / 2]
}

#[allow(clippy::cast_precision_loss, reason = "a ratio for people")]
fn row(what: &str, ours: u64, peer: u64, unit: &str) {
    let ratio = ours as f64 / peer.max(1) as f64;
    println!(
        "{what:<34} {:>12} {:>12} {ratio:>8.2}",
        format!("{ours} {unit}").trim(),
        format!("{peer} {unit}").trim(),
    );
}
