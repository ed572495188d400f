//! Compares printed round trips with the true ones in interleaved runs: `cargo bench --bench truth`, as root.
//!
//! In a network namespace of its own, a host behind a TUN device answers echo requests after known delays. A capture on
//! the device has the kernel's time stamps of each request and reply: the true times. rping, iputils' ping and fping
//! run on an idle and on a busy machine. So does a reference with the minimum work of a ping, and the same with 50 µs
//! added, to show that the benchmark detects errors. One table has a full queue before the device, and the wait in it
//! is part of the true round trip.
//!
//! Prints Markdown tables. It fails only if the queue was not full: a machine's speed is not a behaviour. No packet
//! leaves the namespace. `cargo bench --bench truth -- --quick` takes 25 seconds instead of 2¼ minutes.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a program for the bench: it measures, prints, and stops where it cannot"
)]
#![allow(
    clippy::cast_possible_truncation,
    reason = "small constants for structures of the kernel, and counts of a bounded run"
)]

mod capture;
mod echo;
mod error;
mod filling;
mod load;
mod pacing;
mod programs;
mod queue;
mod reference;
mod responder;
mod sys;
mod tables;
mod tun;

use std::env;
use std::fmt::{self, Display, Formatter};
use std::fs;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use capture::Capture;
use error::Errors;
use programs::{Program, Task};
use responder::Responder;
use tables::signed_micros;

/// The error that is added to each round trip of the reference.
const PLANTED: Duration = Duration::from_micros(50);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Machine {
    Idle,
    Busy,
}

impl Machine {
    const ALL: [Self; 2] = [Self::Idle, Self::Busy];
}

impl Display for Machine {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Idle => "idle",
            Self::Busy => "busy",
        })
    }
}

#[derive(Debug, Clone, Copy)]
struct Extent {
    rounds: usize,
    /// Probes of each run for the round-trip error.
    probes: u16,
    /// Whether there is a row for IPv6.
    ipv6: bool,
    /// Intervals and probes of each run for the pacing.
    paces: [(Duration, u16); 2],
}

const TEN: Duration = Duration::from_millis(10);
const ONE: Duration = Duration::from_millis(1);

const FULL: Extent = Extent {
    rounds: 2,
    probes: 50,
    ipv6: true,
    paces: [(TEN, 100), (ONE, 500)],
};

const QUICK: Extent = Extent {
    rounds: 1,
    probes: 16,
    ipv6: false,
    paces: [(TEN, 50), (ONE, 300)],
};

fn main() -> Result<()> {
    let words: Vec<String> = env::args().skip(1).collect();
    if let Some((reference::FLAG, rest)) = words.split_first().map(|(first, rest)| (&**first, rest))
    {
        return reference::run(rest);
    }
    let mut extent = FULL;
    for word in &words {
        match word.as_str() {
            "--quick" => extent = QUICK,
            // cargo passes it to every benchmark.
            "--bench" => {}
            other => bail!("{other}: the only argument is --quick"),
        }
    }
    if !sys::is_root() {
        println!("skipped: only root can make a network namespace with a TUN device");
        return Ok(());
    }
    if let Err(error) = tun::enter_new_network() {
        // Root in a container may lack the permission.
        println!("skipped: {error:#}");
        return Ok(());
    }
    match tun::open() {
        Ok(device) => measure(device, extent),
        Err(error) => {
            println!("skipped: /dev/net/tun cannot be opened: {error}");
            Ok(())
        }
    }
}

fn measure(device: fs::File, extent: Extent) -> Result<()> {
    let tun = tun::Tun::new(device)?;
    let capture = Capture::on(tun.index)?;
    let programs = programs::all()?;
    // If the scheduler decided, program and responder would share a CPU in some runs only. Waking another CPU takes
    // tens of microseconds on a virtual machine, so that chance would dominate the results.
    let cpus = sys::cpus()?;
    let (&here, &there) = cpus.first().zip(cpus.last()).context("no CPU")?;
    sys::stay_on(here)?;

    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    println!("Linux {}, {} CPUs\n", kernel.trim(), cpus.len());
    for program in &programs {
        println!("- {}: {}", program.name, program.describe());
    }
    {
        // Like another host, it takes no CPU time from waiting programs.
        let _responder = Responder::start(&tun.device, there, None)?;
        check(&capture)?;
        error::measure(&programs, &capture, &cpus, extent)?;
    }
    queue::measure(&tun, there, &capture, extent)?;
    // As cheap for the sender as a network card's driver: no other CPU is woken.
    let _responder = Responder::start(&tun.device, here, None)?;
    pacing::measure(&programs, &capture, &cpus, extent)
}

/// Checks that an added error is detected.
fn check(capture: &Capture) -> Result<()> {
    // The kernel starts to stamp some time after a socket first requests it.
    thread::sleep(Duration::from_millis(50));
    let task = Task {
        target: echo::ipv4(responder::host(1)).into(),
        count: 50,
        interval: TEN,
        quiet: false,
    };
    let seen = |added| {
        let mut errors = Errors::default();
        errors.add(&Program::reference(added)?.run(task, capture)?);
        anyhow::Ok(errors.median().map_or_else(tables::dash, signed_micros))
    };
    println!(
        "\nCheck: the floor prints the truth {} µs, and with {} µs added {} µs",
        seen(Duration::ZERO)?,
        PLANTED.as_micros(),
        seen(PLANTED)?
    );
    Ok(())
}
