//! Measures how well programs keep the interval, and the cost of it.

use std::time::Duration;

use anyhow::Result;

use crate::capture::{Capture, Probe};
use crate::load::Load;
use crate::programs::{self, Program, Task};
use crate::tables::{Sample, Table, dash, micros, ratio};
use crate::{Extent, Machine, echo, responder};

/// Runs with one probe, whose median is the cost of start and end.
const STARTS: usize = 5;

/// The measurements of a program at one interval.
#[derive(Default, Clone)]
struct Pace {
    /// The time from the first probe to the last of each run, and its number of intervals.
    span: Duration,
    intervals: u32,
    /// |interval - nominal|
    off: Sample,
    /// CPU time of each run, and of runs with one probe.
    cpu: Sample,
    start: Sample,
    echoes: u32,
}

impl Pace {
    fn add(&mut self, probes: &[Probe], cpu: Duration, nominal: Duration) {
        let pairs = || probes.iter().zip(probes.iter().skip(1));
        let intervals = || pairs().map(|(this, next)| next.left.saturating_sub(this.left));
        self.span += intervals().sum::<Duration>();
        self.intervals += pairs().count() as u32;
        self.off
            .extend(intervals().map(|interval| interval.abs_diff(nominal)));
        self.cpu.extend([cpu]);
        self.echoes = probes.len() as u32;
    }

    fn mean(&self) -> Option<Duration> {
        self.span.checked_div(self.intervals)
    }

    /// The CPU time of each echo after the first.
    fn cpu_an_echo(&self) -> Option<Duration> {
        let more = self.cpu.median()?.saturating_sub(self.start.median()?);
        more.checked_div(self.echoes.checked_sub(1)?)
    }
}

struct Row {
    machine: Machine,
    interval: Duration,
    programs: Vec<Pace>,
}

pub(crate) fn measure(
    programs: &[Program],
    capture: &Capture,
    cpus: &[usize],
    extent: Extent,
) -> Result<()> {
    let mut rows = Vec::new();
    for machine in Machine::ALL {
        rows.extend(extent.paces.map(|(interval, _)| Row {
            machine,
            interval,
            programs: vec![Pace::default(); programs.len()],
        }));
    }
    for round in 0..extent.rounds {
        for machine in Machine::ALL {
            let load = (machine == Machine::Busy).then(|| Load::start(cpus));
            let rows = rows.iter_mut().filter(|row| row.machine == machine);
            for (row, (interval, count)) in rows.zip(extent.paces) {
                let task = Task {
                    target: echo::ipv4(responder::host(0)).into(),
                    count,
                    interval,
                    quiet: true,
                };
                for place in 0..programs.len() {
                    let which = (place + round) % programs.len();
                    let run = programs[which].run(task, capture)?;
                    row.programs[which].add(&run.probes, run.cpu, interval);
                    for _ in 0..STARTS {
                        let run = programs[which].run(Task { count: 1, ..task }, capture)?;
                        row.programs[which].start.extend([run.cpu]);
                    }
                }
            }
            drop(load);
        }
    }
    table(&rows, programs)
        .print("**Pacing**: intervals between requests as they left, and what they cost");
    Ok(())
}

fn table(rows: &[Row], programs: &[Program]) -> Table {
    let peers = programs::peers(programs);
    let mut header: Vec<String> = programs
        .iter()
        .map(|program| program.name.to_owned())
        .collect();
    header.extend(programs::ratios(programs));
    let mut table = Table::new(&["machine", "interval", "measure"], header);
    for row in rows {
        let mut line = |what: &str, of: &dyn Fn(&Pace) -> Option<Duration>, is_mean: bool| {
            let mut cells = vec![
                row.machine.to_string(),
                format!("{} ms", row.interval.as_millis()),
                what.to_owned(),
            ];
            let text = |pace| match of(pace) {
                Some(mean) if is_mean => format!("{:.4}", mean.as_secs_f64() * 1e3),
                other => micros(other),
            };
            cells.extend(row.programs.iter().map(text));
            let ours = of(&row.programs[programs::OURS]);
            let compare = |peer| {
                if is_mean {
                    dash()
                } else {
                    ratio(of(peer), ours)
                }
            };
            cells.extend(row.programs[peers.clone()].iter().map(compare));
            table.row(cells);
        };
        line("mean interval, ms", &Pace::mean, true);
        line("error p50, µs", &|pace| pace.off.median(), false);
        line("error p99, µs", &|pace| pace.off.percentile(99), false);
        line("CPU an echo, µs", &Pace::cpu_an_echo, false);
    }
    table
}
