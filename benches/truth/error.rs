//! The difference between printed and true round trips.

use std::net::IpAddr;
use std::time::Duration;

use anyhow::Result;

use crate::capture::Capture;
use crate::load::{Load, Usage};
use crate::programs::{self, Printed, Program, Run, Task};
use crate::responder::{self, HOLDS};
use crate::tables::{Sample, Table, dash, micros, ratio, signed_micros};
use crate::{Extent, Machine, echo};

pub(crate) const INTERVAL: Duration = Duration::from_millis(20);

/// A row: the target, and the results of each program.
struct Row {
    machine: Machine,
    target: IpAddr,
    hold: Duration,
    truth: Sample,
    programs: Vec<Errors>,
}

const WORDS: [&str; 3] = ["machine", "hold", "IP"];

impl Row {
    fn words(&self) -> Vec<String> {
        let family = if self.target.is_ipv4() { "v4" } else { "v6" };
        vec![
            self.machine.to_string(),
            format!("{} µs", self.hold.as_micros()),
            family.to_owned(),
        ]
    }
}

#[derive(Default, Clone)]
pub(crate) struct Errors {
    /// |printed - true|
    absolute: Sample,
    /// printed - true, in ns
    signed: Vec<i64>,
    /// The printed average of each run minus the true one, in ns.
    averages: Vec<i64>,
    /// The largest value of the last printed digit of an average.
    step: Duration,
}

impl Errors {
    pub(crate) fn add(&mut self, run: &Run) {
        let truth = |printed: &Printed| {
            let mut probes = run.probes.iter();
            let probe = probes.find(|probe| probe.number == printed.number)?;
            Some((printed.time, probe.round_trip?))
        };
        let pairs: Vec<_> = run.printed.iter().filter_map(truth).collect();
        let off = |(time, truth): &(Duration, Duration)| time.abs_diff(*truth);
        self.absolute.extend(pairs.iter().map(off));
        let signed = pairs.iter().map(|(time, truth)| less(*time, *truth));
        self.signed.extend(signed);
        let sum: Duration = pairs.iter().map(|(_, truth)| truth).sum();
        if let (Some((average, step)), Some(truth)) =
            (run.average, sum.checked_div(pairs.len() as u32))
        {
            self.averages.push(less(average, truth));
            self.step = self.step.max(step);
        }
    }

    pub(crate) fn median(&mut self) -> Option<i64> {
        self.signed.sort_unstable();
        self.signed.get(self.signed.len() / 2).copied()
    }

    /// |printed - true| in µs, median and 99th percentile.
    pub(crate) fn both(&self) -> String {
        let two = [self.absolute.median(), self.absolute.percentile(99)];
        two.map(micros).join(" / ")
    }

    fn average(&self) -> String {
        if self.averages.is_empty() {
            return dash();
        }
        let count = i64::from(self.averages.len() as u32);
        signed_micros(self.averages.iter().sum::<i64>() / count)
    }
}

/// In ns. Round trips of this benchmark are at most seconds.
fn less(this: Duration, that: Duration) -> i64 {
    this.as_nanos() as i64 - that.as_nanos() as i64
}

pub(crate) fn measure(
    programs: &[Program],
    capture: &Capture,
    cpus: &[usize],
    extent: Extent,
) -> Result<()> {
    let mut rows = rows(programs.len(), extent);
    let mut idle = Usage::default();
    for round in 0..extent.rounds {
        for machine in Machine::ALL {
            let load = (machine == Machine::Busy).then(|| Load::start(cpus));
            let before = Usage::now()?;
            for row in rows.iter_mut().filter(|row| row.machine == machine) {
                let task = Task {
                    target: row.target,
                    count: extent.probes,
                    interval: INTERVAL,
                    quiet: false,
                };
                // Each round starts with another program, so that the order does not bias the results.
                for place in 0..programs.len() {
                    let which = (place + round) % programs.len();
                    let run = programs[which].run(task, capture)?;
                    row.programs[which].add(&run);
                    row.truth
                        .extend(run.probes.iter().filter_map(|probe| probe.round_trip));
                }
            }
            if machine == Machine::Idle {
                idle.add(Usage::now()?, before);
            }
            drop(load);
        }
    }
    println!(
        "\nIdle means that the CPUs were {} % busy, with these programs and all others.",
        idle.percent()
    );
    round_trips(&rows, programs)
        .print("**Round-trip error**: |printed - true| in µs, median / 99th percentile");
    averages(&rows, programs).print(
        "**Average error**: the average in the statistics - the true one, in µs (and what its last digit stands for)",
    );
    Ok(())
}

fn rows(programs: usize, extent: Extent) -> Vec<Row> {
    let mut rows = Vec::new();
    for machine in Machine::ALL {
        let row = |target, which: usize| Row {
            machine,
            target,
            hold: HOLDS[which],
            truth: Sample::default(),
            programs: vec![Errors::default(); programs],
        };
        let ipv4 = |which| row(echo::ipv4(responder::host(which)).into(), which);
        let ipv6 = |which| row(echo::ipv6(responder::host(which)).into(), which);
        rows.extend((0..HOLDS.len()).map(ipv4));
        // Both families share the code for time stamps: one row is enough.
        rows.extend(extent.ipv6.then(|| ipv6(2)));
    }
    rows
}

fn round_trips(rows: &[Row], programs: &[Program]) -> Table {
    let peers = programs::peers(programs);
    let mut header = vec!["true".to_owned()];
    header.extend(programs.iter().map(|program| program.name.to_owned()));
    header.extend(programs::ratios(programs));
    let mut table = Table::new(&WORDS, header);
    for row in rows {
        let mut cells = row.words();
        cells.push(micros(row.truth.median()));
        cells.extend(row.programs.iter().map(Errors::both));
        let ours = row.programs[programs::OURS].absolute.median();
        let of = |peer: &Errors| ratio(peer.absolute.median(), ours);
        cells.extend(row.programs[peers.clone()].iter().map(of));
        table.row(cells);
    }
    table
}

fn averages(rows: &[Row], programs: &[Program]) -> Table {
    let names = programs.iter().map(|program| program.name.to_owned());
    let mut table = Table::new(&WORDS, names);
    for row in rows {
        let mut cells = row.words();
        let cell = |errors: &Errors| match errors.step.as_micros() {
            0 => errors.average(),
            step => format!("{} ({step})", errors.average()),
        };
        cells.extend(row.programs.iter().map(cell));
        table.row(cells);
    }
    table
}
