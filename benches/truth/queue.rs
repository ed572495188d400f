//! The error of printed round trips while probes wait in a full queue of this host.
//!
//! The wait is part of the true round trip. `rping --clock wire` excludes it: its row shows that the benchmark detects
//! the difference.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::capture::{Capture, Probe};
use crate::error::{Errors, INTERVAL};
use crate::filling::{self, Filling};
use crate::programs::{self, Program, Task};
use crate::responder::{self, Responder};
use crate::tables::{Sample, Table, dash, micros, signed_micros};
use crate::tun::{self, Tun};
use crate::{Extent, echo};

/// The rate of the queue in bits a second: five filling packets a millisecond.
const BITS: usize = 5_000_000;

/// Packets in the queue: a tenth of a second.
const PACKETS: usize = 500;

/// A shorter median wait means that the queue was not full, and fails the benchmark.
const SHORTEST: Duration = Duration::from_millis(50);

pub(crate) fn measure(tun: &Tun, cpu: usize, capture: &Capture, extent: Extent) -> Result<()> {
    let rate = BITS.to_string();
    // The burst exceeds the largest packet, the limit the length of the queue.
    let bucket = ["tbf", "rate", &rate, "burst", "1600", "limit", "1000000"];
    let shape = [&["add", "dev", tun::NAME, "root"], &bucket[..]].concat();
    if let Err(error) = discipline(&shape) {
        println!("\nskipped: no full queue, {error:#}");
        return Ok(());
    }
    let responder = Responder::start(&tun.device, cpu, Some(Filling::start(PACKETS)?))?;
    let (mut cases, exactly) = cases(capture, extent)?;
    drop(responder);
    discipline(&["del", "dev", tun::NAME, "root"])?;
    println!(
        "\nThe queue holds {PACKETS} packets of {} octets and lets {BITS} bit/s out. When a probe entered it is known \
         to ±{} µs (median).",
        filling::LENGTH,
        micros(exactly.median())
    );
    table(&mut cases).print(
        "**Full queue of this host**: medians in µs; the error is |printed - true|, median / 99th percentile",
    );
    Ok(())
}

/// Changes the queueing discipline of an interface with `tc`.
fn discipline(words: &[&str]) -> Result<()> {
    let mut tc = Command::new("tc");
    let output = tc.arg("qdisc").args(words).output();
    let output = output.context("cannot start tc")?;
    let text = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "tc: {}", text.trim());
    Ok(())
}

/// The results of one program, and the true values.
struct Case {
    program: Program,
    errors: Errors,
    waits: Sample,
    truth: Sample,
}

impl Case {
    fn new(program: Program) -> Self {
        Self {
            program,
            errors: Errors::default(),
            waits: Sample::default(),
            truth: Sample::default(),
        }
    }

    /// Runs the program once. Returns the uncertainty of each probe's entry into the queue.
    fn run(&mut self, task: Task, capture: &Capture) -> Result<Vec<Duration>> {
        let name = self.program.name;
        let mut run = self.program.run(task, capture)?;
        let mut waits = Sample::default();
        let mut exactly = Vec::new();
        for probe in &mut run.probes {
            let (wait, within) = wait(probe)?;
            probe.round_trip = probe.round_trip.map(|time| time + wait);
            waits.extend([wait]);
            self.waits.extend([wait]);
            self.truth.extend(probe.round_trip);
            exactly.push(within);
        }
        let median = waits.median().context("no probe left")?;
        ensure!(
            median >= SHORTEST,
            "the queue was not full: the probes of {name} waited for {median:?}, not {SHORTEST:?}",
        );
        self.errors.add(&run);
        Ok(exactly)
    }
}

fn cases(capture: &Capture, extent: Extent) -> Result<(Vec<Case>, Sample)> {
    let mut programs = programs::all()?;
    programs.insert(programs::OURS + 1, Program::rping_of_the_wire());
    let mut cases: Vec<_> = programs.into_iter().map(Case::new).collect();
    let mut exactly = Sample::default();
    let task = Task {
        target: echo::ipv4(responder::host(0)).into(),
        count: extent.probes,
        interval: INTERVAL,
        quiet: false,
    };
    for round in 0..extent.rounds {
        for place in 0..cases.len() {
            let which = (place + round) % cases.len();
            exactly.extend(cases[which].run(task, capture)?);
        }
    }
    Ok((cases, exactly))
}

fn table(cases: &mut [Case]) -> Table {
    let numbers = ["wait", "true", "printed - true", "error"];
    let mut table = Table::new(&["program"], numbers.map(str::to_owned));
    for case in cases {
        let signed = case.errors.median().map_or_else(dash, signed_micros);
        table.row(vec![
            case.program.name.to_owned(),
            micros(case.waits.median()),
            micros(case.truth.median()),
            signed,
            case.errors.both(),
        ]);
    }
    table
}

/// A probe's wait in the queue, and the uncertainty of it in both directions.
fn wait(probe: &Probe) -> Result<(Duration, Duration)> {
    let (after, before) = probe
        .entered
        .context("the queue was not full: nothing was in front of a probe or behind it")?;
    let within = before.checked_sub(after).map(|span| span / 2);
    let within = within.context("the wall clock was set back: run it again")?;
    Ok((probe.left.saturating_sub(after + within), within))
}
