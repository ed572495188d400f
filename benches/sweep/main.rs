//! Compares many targets, and a flood of one, with fping and iputils' ping: `cargo bench --bench sweep`, as root.
//!
//! Runs in a network namespace of its own, so that no packet leaves it: addresses of 127.0.0.0/8 answer, those behind
//! an unread interface do not. Runs are interleaved. They include the floor, the minimum work on this kernel with
//! sendmmsg and recvmmsg (`benches/sweep/floor.rs`). Each run must prove that it sent and received everything, so that
//! none is fast because it failed.
//!
//! Prints Markdown tables of medians and asserts nothing about them, because a machine's speed is not a behaviour. `--
//! --quick` measures less; `-- sweep`, `silent`, `rounds`, `face` and `flood` select parts.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program for the bench: it measures, prints, and stops where it cannot"
)]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "small constants for structures of the kernel, counts of a bounded run, and ratios for people"
)]

mod cases;
mod floor;
#[path = "../../tests/net/netlink.rs"]
#[allow(
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "the fixture of the network tests, of which only some is needed here"
)]
mod netlink;
mod place;
mod programs;
mod results;
mod sys;
#[path = "../truth/tables.rs"]
#[allow(dead_code, reason = "shared with the other benchmark")]
mod tables;
mod witness;

use std::env;
use std::fs;
use std::thread;

use anyhow::{Result, bail};

use programs::Programs;
use results::Section;

#[derive(Debug, Clone, Copy)]
struct Extent {
    runs: usize,
    long_runs: usize,
    rounds: u32,
    echoes: u32,
}

const FULL: Extent = Extent {
    runs: 7,
    long_runs: 3,
    rounds: 10,
    echoes: 200_000,
};

const QUICK: Extent = Extent {
    runs: 3,
    long_runs: 1,
    rounds: 3,
    echoes: 100_000,
};

const PARTS: [&str; 5] = ["sweep", "silent", "rounds", "face", "flood"];

fn main() -> Result<()> {
    let words: Vec<String> = env::args().skip(1).collect();
    match words.split_first().map(|(first, rest)| (&**first, rest)) {
        Some((floor::FLAG, rest)) => return floor::run(rest),
        Some((witness::FLAG, rest)) => return witness::run(rest),
        _ => {}
    }
    let mut extent = FULL;
    let mut parts: Vec<&str> = Vec::new();
    for word in &words {
        match word.as_str() {
            "--quick" => extent = QUICK,
            // cargo passes it to every benchmark.
            "--bench" => {}
            part if PARTS.contains(&part) => parts.push(part),
            other => bail!("{other}: what can be said is --quick and {PARTS:?}"),
        }
    }
    if sys::ids().0 != 0 {
        println!("skipped: only root can make a network namespace and flood");
        return Ok(());
    }
    if let Err(error) = place::enter() {
        // Root in a container may lack the permission.
        println!("skipped: {error:#}");
        return Ok(());
    }
    let wanted = |part| parts.is_empty() || parts.contains(&part);
    measure(extent, wanted)
}

fn measure(extent: Extent, wanted: impl Fn(&'static str) -> bool) -> Result<()> {
    let programs = Programs::find();
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let cpus = thread::available_parallelism()?;
    println!("Linux {}, {cpus} CPUs", kernel.trim());
    let peers = [(&programs.ping, "-V"), (&programs.fping, "--version")];
    for (peer, option) in peers {
        let version = peer
            .as_ref()
            .and_then(|path| programs::version(path, option));
        println!(
            "{}",
            version.as_deref().unwrap_or("(a peer is not installed)")
        );
    }
    let mut many = Section::new(&["fping"]);
    if wanted("sweep") {
        for count in [10_000, 65_000, 250_000] {
            many.measure(&cases::sweep(&programs, count, extent.runs)?)?;
        }
        many.measure(&cases::sweep(&programs, 1_000_000, extent.long_runs)?)?;
        for line in cases::too_many(&programs, 250_000)? {
            println!("{line}");
        }
    }
    if wanted("silent") {
        many.measure(&cases::silent(&programs, 65_000, extent.long_runs)?)?;
    }
    if wanted("rounds") {
        // Each takes ten seconds for a hundred thousand echoes.
        many.measure(&cases::rounds(&programs, 10_000, extent.rounds, 1)?)?;
    }
    many.print("**Many targets**");
    let mut face = Section::new(&["fping"]);
    if wanted("face") {
        for case in cases::face(&programs, extent.long_runs)? {
            face.measure(&case)?;
        }
    }
    face.print("**The same command lines, as fping**");
    let mut one = Section::new(&["ping", "fping"]);
    if wanted("flood") {
        for preload in [false, true] {
            one.measure(&cases::flood(
                &programs,
                extent.echoes,
                preload,
                extent.runs,
            )?)?;
        }
    }
    one.print("**A flood of one target**");
    results::own_memory()
}
