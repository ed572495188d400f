//! Summaries of targets during the run and at the end, and of all targets. They go to standard error, or as JSON to
//! standard output.

use std::io::{self, Write};
use std::time::{Duration, UNIX_EPOCH};

use super::json::Object;
use super::milliseconds::Milliseconds;
use super::{Sums, Text, time};
use crate::config::{FpingIntervals, FpingLines, FpingListed, FpingProbes};
use crate::event::{Results, Summary, TargetNumber, When};
use crate::report::{Names, Outlet, Retention};

/// The counters of `-s` for targets and messages, each with name and key.
type Counted = [[(u64, &'static str, &'static str); 4]; 2];

/// Minimum, mean and maximum of round trips, with names and keys.
fn times(total: &Summary) -> [(Milliseconds, &'static str, &'static str); 3] {
    let times = total.round_trips;
    let times = times.map_or([Duration::ZERO; 3], |it| [it.min, it.mean, it.max]);
    let [min, mean, max] = times.map(Milliseconds);
    [
        (min, "min", "rttMin"),
        (mean, "avg", "rttAvg"),
        (max, "max", "rttMax"),
    ]
}

impl<O: Outlet, E: Outlet, N: Names> Text<O, E, N> {
    /// Writes the counters of all targets.
    pub(super) fn global(&mut self, total: &Summary, at: When<'_>) -> io::Result<()> {
        let counts = &total.counts;
        let replies = counts.received + counts.duplicates + counts.late;
        let sent = counts.transmitted + counts.not_sent;
        let counted: Counted = [
            [
                (total.targets.into(), "targets", "targets"),
                (total.alive.into(), "alive", "alive"),
                (total.dead.into(), "unreachable", "unreachable"),
                (
                    self.rows.unknown().into(),
                    "unknown addresses",
                    "unknownAddresses",
                ),
            ],
            [
                (counts.lost(), "timeouts (waiting for response)", "timeouts"),
                (sent, "ICMP Echos sent", "icmpEchosSent"),
                (
                    replies,
                    "ICMP Echo Replies received",
                    "icmpEchoRepliesReceived",
                ),
                (self.other_icmp, "other ICMP received", "otherIcmpReceived"),
            ],
        ];
        let elapsed = at().since_start.as_secs_f64();
        if self.style.json {
            let mut object = Object::begin(&mut self.streams.lines, "stats")?;
            for (number, _, key) in counted.into_iter().flatten() {
                object.put(key, number)?;
            }
            for (time, _, key) in times(total) {
                object.put(key, time)?;
            }
            object.put("elapsed", format_args!("{elapsed:.3}"))?;
            return object.end();
        }
        let mut text = Vec::new();
        for block in counted {
            writeln!(text)?;
            for (number, what, _) in block {
                writeln!(text, " {number:>7} {what}")?;
            }
        }
        writeln!(text)?;
        for (time, which, _) in times(total) {
            writeln!(text, " {time} ms ({which} round trip time)")?;
        }
        writeln!(text, " {elapsed:>12.3} sec (elapsed real time)\n")?;
        self.streams.tell(&text, Retention::Required)
    }

    /// Writes the summary of each target at the end, if single probes are reported.
    pub(super) fn summaries(&mut self) -> io::Result<()> {
        let Some(probes) = self.probes() else {
            return Ok(());
        };
        if self.style.json {
            return self.summary_objects(probes);
        }
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

    fn summary_objects(&mut self, probes: FpingProbes) -> io::Result<()> {
        for target in self.rows.all() {
            let name = self.name(target)?;
            let tally = self.tallies.get(self.rows.probed(target) as usize);
            let tally = tally.cloned().unwrap_or_default();
            let outage = self.outage().map(|period| tally.all.outage(period));
            let kind = if probes.values { "vSum" } else { "summary" };
            let mut object = Object::begin(&mut self.streams.lines, kind)?;
            object.text("host", &name)?;
            if probes.values {
                object.put("values", tally.json_values())?;
            } else {
                object.sums(&tally.all, outage)?;
            }
            object.end()?;
            self.streams.made()?;
        }
        Ok(())
    }

    /// The period, if the time without replies is printed.
    fn outage(&self) -> Option<Duration> {
        let period = self.probes().map(|probes| probes.period);
        period.filter(|_| self.style.outage)
    }

    /// Writes the status that SIGQUIT or `-Q` requested.
    pub(super) fn status(&mut self, results: &dyn Results, at: When<'_>) -> io::Result<()> {
        let probes = self.probes();
        match probes.map(|probes| probes.intervals) {
            Some(FpingIntervals::Netdata(every)) => self.charts(every)?,
            Some(intervals) if self.style.json => self.interval_objects(intervals, at)?,
            intervals => self.intervals(intervals, results, at)?,
        }
        for tally in &mut self.tallies {
            tally.begin_interval();
        }
        Ok(())
    }

    fn intervals(
        &mut self,
        intervals: Option<FpingIntervals>,
        results: &dyn Results,
        at: When<'_>,
    ) -> io::Result<()> {
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
            let sums = match intervals {
                Some(intervals) => self.sums_of_interval(target, intervals),
                None => Sums::of_tries(&results.row(target)),
            };
            sums.summary(&mut text, self.outage())?;
            writeln!(text)?;
        }
        self.streams.tell(&text, Retention::Droppable)
    }

    fn interval_objects(&mut self, intervals: FpingIntervals, at: When<'_>) -> io::Result<()> {
        let time = at().wall.duration_since(UNIX_EPOCH).unwrap_or_default();
        for target in self.rows.all() {
            let name = self.name(target)?;
            let sums = self.sums_of_interval(target, intervals);
            let outage = self.outage().map(|period| sums.outage(period));
            let mut object = Object::begin(&mut self.streams.lines, "intSum")?;
            object.time(time.as_secs())?;
            object.text("host", &name)?;
            object.sums(&sums, outage)?;
            object.end()?;
            self.streams.made()?;
        }
        Ok(())
    }

    /// The figures of a target for the summary of an interval.
    pub(super) fn sums_of_interval(&self, target: TargetNumber, intervals: FpingIntervals) -> Sums {
        let tally = self.tallies.get(self.rows.probed(target) as usize);
        let sums = tally.map(|tally| match intervals {
            FpingIntervals::Cumulative => tally.all,
            FpingIntervals::Each | FpingIntervals::Netdata(_) => tally.interval,
        });
        sums.unwrap_or_default()
    }

    /// Whether the output has every decision about targets.
    fn tells_targets(&self) -> bool {
        self.style.lines == FpingLines::Targets(FpingListed::WithState)
    }
}
