//! Summaries: of each target in between and at the end, and of all of them together. They go to standard error.

use std::io::{self, Write};
use std::time::Duration;

use super::milliseconds::Milliseconds;
use super::{Sums, Text, time};
use crate::config::{FpingIntervals, FpingLines, FpingListed};
use crate::event::{Results, Summary, TargetNumber, When};
use crate::report::{Names, Outlet, Retention};

/// What the engine does not count.
pub(super) struct Counted {
    /// Names that lead nowhere.
    pub(super) unknown: TargetNumber,
    /// ICMP messages about probes that were no replies.
    pub(super) other_icmp: u64,
    /// Since the run began.
    pub(super) elapsed: Duration,
}

/// What `-s` asks for.
pub(super) fn global(text: &mut Vec<u8>, total: &Summary, counted: &Counted) -> io::Result<()> {
    let counts = &total.counts;
    let replies = counts.received + counts.duplicates + counts.late;
    let of_targets: [(u64, &str); 4] = [
        (total.targets.into(), "targets"),
        (total.alive.into(), "alive"),
        (total.dead.into(), "unreachable"),
        (counted.unknown.into(), "unknown addresses"),
    ];
    let of_probes = [
        (counts.lost(), "timeouts (waiting for response)"),
        (counts.transmitted + counts.not_sent, "ICMP Echos sent"),
        (replies, "ICMP Echo Replies received"),
        (counted.other_icmp, "other ICMP received"),
    ];
    for block in [of_targets, of_probes] {
        writeln!(text)?;
        for (number, what) in block {
            writeln!(text, " {number:>7} {what}")?;
        }
    }
    writeln!(text)?;
    let times = total.round_trips;
    let times = times.map_or([Duration::ZERO; 3], |it| [it.min, it.mean, it.max]);
    for (time, which) in times.into_iter().zip(["min", "avg", "max"]) {
        writeln!(text, " {} ms ({which} round trip time)", Milliseconds(time))?;
    }
    let elapsed = counted.elapsed.as_secs_f64();
    writeln!(text, " {elapsed:>12.3} sec (elapsed real time)\n")
}

impl<O: Outlet, E: Outlet, N: Names> Text<O, E, N> {
    /// The line of each target at the end, where probes are told.
    pub(super) fn summaries(&mut self) -> io::Result<()> {
        let Some(probes) = self.probes() else {
            return Ok(());
        };
        let mut text = Vec::new();
        if probes.each {
            text.push(b'\n');
        }
        for target in self.rows.all() {
            self.rows.padded(&mut text, target, &mut self.names)?;
            write!(text, " : ")?;
            let tally = self.tallies.get(self.rows.probed(target) as usize);
            let tally = tally.cloned().unwrap_or_default();
            if probes.values {
                tally.values(&mut text)?;
            } else {
                tally.all.summary(&mut text, self.outage())?;
            }
            writeln!(text)?;
        }
        self.streams.tell(&text, Retention::Required)
    }

    /// The period, where the time without replies is to be told.
    fn outage(&self) -> Option<Duration> {
        let period = self.probes().map(|probes| probes.period);
        period.filter(|_| self.style.outage)
    }

    /// The state so far, which SIGQUIT or `-Q` asked for.
    pub(super) fn status(&mut self, results: &dyn Results, at: When<'_>) -> io::Result<()> {
        let probes = self.probes();
        let mut text = Vec::new();
        let is_apart = probes.map_or_else(|| self.tells_targets(), |probes| probes.each);
        if is_apart {
            text.push(b'\n');
        }
        time::of_day(&mut text, at().wall, self.calendar)?;
        for target in self.rows.all() {
            self.rows.padded(&mut text, target, &mut self.names)?;
            write!(text, " : ")?;
            let index = self.rows.probed(target) as usize;
            let cumulative = probes.is_some_and(|it| it.intervals == FpingIntervals::Cumulative);
            let sums = match self.tallies.get(index) {
                Some(tally) if cumulative => tally.all,
                Some(tally) => tally.interval,
                None if probes.is_none() => Sums::of_tries(&results.row(target)),
                None => Sums::default(),
            };
            sums.summary(&mut text, self.outage())?;
            writeln!(text)?;
        }
        for tally in &mut self.tallies {
            tally.begin_interval();
        }
        self.streams.tell(&text, Retention::Droppable)
    }

    /// Whether all that is decided about targets is told.
    fn tells_targets(&self) -> bool {
        self.style.lines == FpingLines::Targets(FpingListed::Told)
    }
}
