//! Interleaves runs and prints tables of medians.

use std::collections::HashMap;
use std::fs;

use anyhow::{Context, Result};

use crate::cases::{Case, Measure, PERIOD};
use crate::programs::{Contestant, Cost};
use crate::tables::{Table, dash};
use crate::witness::Witness;

/// A table with columns for the floor, rping and each peer, and for the ratio to each peer.
pub(crate) struct Section {
    peers: &'static [&'static str],
    table: Table,
    is_empty: bool,
}

/// The figures of one program, by measure.
type Figures = Vec<(Measure, f64)>;

impl Section {
    pub(crate) fn new(peers: &'static [&'static str]) -> Self {
        let programs = ["floor", "rping"].iter().chain(peers);
        let mut header: Vec<String> = programs.map(|&name| name.to_owned()).collect();
        header.extend(peers.iter().map(|peer| format!("rping : {peer}")));
        Self {
            peers,
            table: Table::new(&["", "measure"], header),
            is_empty: true,
        }
    }

    /// Interleaves all runs of a case in changing order, so that other load on the machine affects all programs alike.
    pub(crate) fn measure(&mut self, case: &Case) -> Result<()> {
        let all = &case.contestants;
        let mut costs: Vec<Vec<Cost>> = vec![Vec::new(); all.len()];
        for round in 0..case.runs {
            for turn in 0..all.len() {
                let which = (round + turn) % all.len();
                costs[which].push(all[which].run()?);
            }
        }
        let mut figures: HashMap<&str, Figures> = HashMap::new();
        for (contestant, costs) in all.iter().zip(&costs) {
            let mut of = Vec::new();
            for &measure in case.measures {
                of.push((measure, figure(measure, contestant, costs)?));
            }
            figures.insert(contestant.name, of);
        }
        self.rows(case, &figures);
        Ok(())
    }

    fn rows(&mut self, case: &Case, figures: &HashMap<&str, Figures>) {
        self.is_empty = false;
        for (number, measure) in case.measures.iter().enumerate() {
            let of = |name: &str| figures.get(name).map(|figures| figures[number].1);
            let name = if number == 0 { &*case.name } else { "" };
            let mut cells = vec![name.to_owned(), measure.to_string()];
            let programs = ["floor", "rping"].iter().chain(self.peers);
            cells.extend(programs.map(|name| of(name).map_or_else(dash, |it| text(*measure, it))));
            let ratios = self.peers.iter().map(|peer| match (of("rping"), of(peer)) {
                (Some(ours), Some(theirs)) if theirs > 0.0 => format!("{:.2}", ours / theirs),
                _ => dash(),
            });
            cells.extend(ratios);
            self.table.row(cells);
        }
    }

    pub(crate) fn print(&self, title: &str) {
        if !self.is_empty {
            self.table.print(title);
        }
    }
}

fn figure(measure: Measure, contestant: &Contestant, costs: &[Cost]) -> Result<f64> {
    let echoes = f64::from(contestant.echoes);
    let of = |cost: &Cost| match measure {
        Measure::Beyond => Measure::beyond(cost.wall).as_secs_f64(),
        Measure::Cpu => cost.cpu.as_secs_f64(),
        Measure::Each => cost.cpu.as_secs_f64() * 1e6 / echoes,
        Measure::Rate => echoes / cost.wall.as_secs_f64(),
        Measure::Peak => cost.peak as f64 / 1024.0,
        Measure::Wall | Measure::Interval => cost.wall.as_secs_f64(),
    };
    if measure == Measure::Interval {
        // In a separate run, because the witness costs CPU time.
        let witness = Witness::start(contestant.echoes, PERIOD)?;
        contestant.run()?;
        return Ok(witness.verdict()?.as_secs_f64() * 1e3);
    }
    let mut all: Vec<f64> = costs.iter().map(of).collect();
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().context("no run")
}

fn text(measure: Measure, figure: f64) -> String {
    match measure {
        Measure::Rate => format!("{figure:.0}"),
        Measure::Peak => format!("{figure:.1}"),
        Measure::Each | Measure::Interval => format!("{figure:.2}"),
        Measure::Wall | Measure::Beyond | Measure::Cpu => format!("{figure:.3}"),
    }
}

/// Prints the memory of this program when it starts children: no child's peak can be below it.
pub(crate) fn own_memory() -> Result<()> {
    let status = fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.context("the kernel does not tell the peak")?.trim();
    println!("\nA peak of less than {peak}, the benchmark's own, does not show.");
    Ok(())
}
