//! fping's output, character for character: lines about targets or probes on standard output, summaries and errors on
//! standard error.
//!
//! Wrong figures of fping are corrected if no line changes its form: averages, duplicates, losses. What fping does not
//! report, such as late and damaged replies, has a line on standard error that begins with the program's name. Programs
//! that read fping's output skip such lines.

mod extras;
mod json;
mod milliseconds;
mod netdata;
mod probes;
mod problem;
mod rows;
mod streams;
mod summary;
mod tally;
#[cfg(test)]
mod tests;
mod time;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::rc::Rc;

use super::{Backpressure, Calendar, Names, Outlet, Report, Retention, address, failure};
use crate::config::{FpingLines, FpingListed, FpingProbes, FpingStyle, Style};
use crate::errno;
use crate::event::{
    Answer, Directory, Event, NotSent, ProbeId, Rejection, Results, Row, Standing, Summary,
    TargetNumber, Timing, When,
};
use crate::sanitize;

use extras::Extras;
use json::Object;
use milliseconds::Milliseconds;
use rows::Rows;
use streams::Streams;
use tally::{Sums, Tally};

/// fping's lines about the targets of a directory.
#[derive(Debug)]
pub struct Text<O, E, N> {
    style: FpingStyle,
    program: String,
    streams: Streams<O, E>,
    rows: Rows,
    names: N,
    calendar: Calendar,
    /// The counters of each target, if single probes are reported.
    tallies: Vec<Tally>,
    /// Optional fields of replies whose targets have no line yet.
    extras: BTreeMap<TargetNumber, Extras>,
    /// The targets whose charts were sent to Netdata.
    charted: BTreeSet<TargetNumber>,
    /// Local errors that were reported.
    failures: Vec<String>,
    /// ICMP errors and other messages that are no replies.
    other_icmp: u64,
}

impl<O: Outlet, E: Outlet, N: Names> Text<O, E, N> {
    /// Messages begin with `program`, the name of the program as invoked. `names` are names of interfaces.
    pub fn new(
        (style, general): (FpingStyle, &Style),
        program: impl AsRef<str>,
        directory: Rc<dyn Directory>,
        outlets: (O, E),
        names: N,
        calendar: Calendar,
    ) -> Self {
        let retention = match style.lines {
            FpingLines::Targets(_) => Retention::Required,
            FpingLines::Probes(_) => Retention::Droppable,
        };
        Self {
            style,
            program: sanitize::escape(program.as_ref()),
            streams: Streams::new(outlets, retention),
            rows: Rows::new(directory, style.name, general.charset),
            names,
            calendar,
            tallies: Vec::new(),
            extras: BTreeMap::new(),
            charted: BTreeSet::new(),
            failures: Vec::new(),
            other_icmp: 0,
        }
    }

    fn probes(&self) -> Option<FpingProbes> {
        match self.style.lines {
            FpingLines::Probes(probes) => Some(probes),
            FpingLines::Targets(_) => None,
        }
    }

    fn tally(&mut self, target: TargetNumber) -> Option<&mut Tally> {
        let index = target as usize;
        if self.tallies.len() <= index {
            self.tallies.resize(index + 1, Tally::default());
        }
        self.tallies.get_mut(index)
    }

    /// The figures of the probes to a target so far.
    fn sums(&self, target: TargetNumber) -> Sums {
        let tally = self.tallies.get(target as usize);
        tally.map(|tally| tally.all).unwrap_or_default()
    }

    fn name(&mut self, target: TargetNumber) -> io::Result<String> {
        let mut name = Vec::new();
        self.rows.name(&mut name, target, &mut self.names)?;
        Ok(String::from_utf8_lossy(&name).into_owned())
    }

    /// Writes a line to standard error as it is, unless `-q` is given.
    fn note(&mut self, text: &str) -> io::Result<()> {
        if self.style.quiet {
            return Ok(());
        }
        let line = format!("{text}\n");
        self.streams.tell(line.as_bytes(), Retention::Droppable)
    }

    /// Writes a line that fping does not have, with the program's name in front.
    fn remark(&mut self, text: &str) -> io::Result<()> {
        let line = format!("{}: {text}", self.program);
        self.note(&line)
    }

    /// With JSON, a host without an address also has an object.
    fn warning(&mut self, text: &str) -> io::Result<()> {
        self.note(text)?;
        let is_word = |host: &str| !host.contains(' ') && host != "WARNING";
        match text.split_once(": ") {
            Some((host, message)) if self.style.json && is_word(host) => {
                let mut object = Object::begin(&mut self.streams.lines, "warning")?;
                object.text("host", host)?;
                object.text("message", message)?;
                object.end()?;
                self.streams.made()
            }
            _ => Ok(()),
        }
    }

    fn answered(&mut self, answer: &Answer<'_>, at: When<'_>) -> io::Result<()> {
        match (answer.standing, answer.timing) {
            (Standing::Reply, Some(timing)) => self.replied(answer, timing, at),
            (Standing::Duplicate, timing) => self.duplicate(answer, timing, at),
            (Standing::Late, Some(timing)) => self.late(answer, timing),
            _ => Ok(()),
        }
    }

    /// fping reports duplicates even with `-q`, but not if each probe has a line.
    fn duplicate(
        &mut self,
        answer: &Answer<'_>,
        timing: Option<Timing>,
        at: When<'_>,
    ) -> io::Result<()> {
        let name = self.name(answer.target)?;
        let (number, length) = (answer.number.unwrap_or_default(), answer.length);
        let time = match timing {
            Some(timing) => Milliseconds(timing.round_trip).to_string(),
            None => "?".to_owned(),
        };
        let probed = self.rows.address(answer.target);
        let sender = Extras::of(answer, probed, at).elsewhere.map(|sender| {
            let sender = address::numeric(sender, &mut self.names);
            format!(" [<- {sender}]")
        });
        let sender = sender.unwrap_or_default();
        let line =
            format!("{name} : duplicate for [{number}], {length} bytes, {time} ms{sender}\n");
        self.streams.tell(line.as_bytes(), Retention::Droppable)
    }

    fn late(&mut self, answer: &Answer<'_>, timing: Timing) -> io::Result<()> {
        let name = self.name(answer.target)?;
        let number = answer.number.unwrap_or_default();
        let time = Milliseconds(timing.round_trip);
        self.remark(&format!(
            "{name}: reply to [{number}] came late, after {time} ms: not counted"
        ))
    }

    /// Reports a probe that was not sent. fping counts it as lost, and reports it only with full output; here it is
    /// reported once for each reason.
    fn not_sent(&mut self, probe: ProbeId, reason: &NotSent) -> io::Result<()> {
        let why = match reason {
            NotSent::Refused(error) | NotSent::Broken(error) => errno::text(error),
            NotSent::TooLong { .. } => errno::text(&io::Error::from_raw_os_error(libc::EMSGSIZE)),
        };
        let is_told_each_time = match self.style.lines {
            FpingLines::Targets(FpingListed::WithState) => true,
            FpingLines::Targets(_) => return Ok(()),
            FpingLines::Probes(probes) => {
                let value = Some(probe.number).filter(|_| probes.values);
                if let Some(tally) = self.tally(probe.target) {
                    tally.missed(value);
                }
                false
            }
        };
        let is_known = self.failures.contains(&why);
        if is_known && !is_told_each_time {
            return Ok(());
        }
        if !is_known {
            self.failures.push(why.clone());
        }
        let name = self.name(probe.target)?;
        self.note(&format!("{name}: error while sending ping: {why}"))
    }

    fn other_icmp(&mut self, message: &Rejection<'_>) -> io::Result<()> {
        self.other_icmp += 1;
        let name = self.name(message.target)?;
        let (what, probe) = problem::words(message.problem);
        let reporter = address::numeric(message.reporter, &mut self.names);
        self.note(&format!(
            "{what} from {reporter} for {probe} sent to {name}"
        ))
    }

    fn decided(&mut self, target: TargetNumber, row: &Row) -> io::Result<()> {
        let FpingLines::Targets(listed) = self.style.lines else {
            return Ok(());
        };
        let told = matches!(listed, FpingListed::WithState | FpingListed::Alive);
        if !row.is_alive() || !told {
            return Ok(());
        }
        let extras = self.extras.get(&self.rows.probed(target));
        let extras = extras.copied().unwrap_or_default();
        self.tell_sender(&extras)?;
        let line = &mut self.streams.lines;
        self.rows.name(line, target, &mut self.names)?;
        if listed == FpingListed::WithState {
            write!(line, " is alive")?;
        }
        extras.text(line, &self.style)?;
        if let (true, Some(time)) = (self.style.elapsed, row.min) {
            write!(line, " ({} ms)", Milliseconds(time))?;
        }
        writeln!(line)?;
        self.streams.made()
    }

    /// Writes the lines of unreachable targets.
    fn unreachable(&mut self, results: &dyn Results) -> io::Result<()> {
        let FpingLines::Targets(listed) = self.style.lines else {
            return Ok(());
        };
        if !matches!(listed, FpingListed::WithState | FpingListed::Unreachable) {
            return Ok(());
        }
        for target in self.rows.all() {
            if !is_dead(&results.row(target)) {
                continue;
            }
            let line = &mut self.streams.lines;
            self.rows.name(line, target, &mut self.names)?;
            if listed == FpingListed::WithState {
                write!(line, " is unreachable")?;
            }
            writeln!(line)?;
            self.streams.made()?;
        }
        Ok(())
    }

    fn finished(&mut self, total: &Summary, results: &dyn Results, at: When<'_>) -> io::Result<()> {
        self.streams.settle()?;
        if let Some(gaps) = self.streams.gaps() {
            let line = format!("{}: {gaps}\n", self.program);
            self.streams.tell(line.as_bytes(), Retention::Required)?;
        }
        // Without targets fping exits before the summary.
        if self.rows.all().is_empty() {
            return Ok(());
        }
        self.unreachable(results)?;
        self.summaries()?;
        if self.style.stats {
            self.global(total, at)?;
        }
        if let Some(required) = self.style.required {
            let enough = if total.alive >= required {
                "Enough"
            } else {
                "Not enough"
            };
            let alive = total.alive;
            let line =
                format!("{enough} hosts reachable (required: {required}, reachable: {alive})\n");
            if self.style.json {
                self.streams.tell(line.as_bytes(), Retention::Required)?;
            } else {
                self.streams.lines.extend(line.bytes());
            }
        }
        self.streams.settle()
    }
}

/// Whether a target is unreachable. With a probe in flight, its state is still unknown.
fn is_dead(row: &Row) -> bool {
    !row.is_alive() && !row.is_unknown() && row.in_flight == 0
}

impl<O: Outlet, E: Outlet, N: Names> Report for Text<O, E, N> {
    fn event(&mut self, event: &Event<'_>, at: When<'_>) -> io::Result<()> {
        match event {
            Event::Warning(text) => self.warning(&sanitize::visible(text)),
            Event::Answered(answer) => self.answered(answer, at),
            Event::Outcome { probe, outcome } => self.missed(*probe, *outcome, at),
            Event::NotSent { probe, reason } => self.not_sent(*probe, reason),
            Event::Rejected(message) | Event::Noticed(message) => self.other_icmp(message),
            Event::Decided { target, row } => self.decided(*target, row),
            Event::Status(_, results) => self.status(*results, at),
            Event::Finished(total, results) => self.finished(total, *results, at),
            Event::Suspended { length } => self.remark(&failure::suspended(*length)),
            _ => Ok(()),
        }
    }

    fn flush(&mut self) -> io::Result<Backpressure> {
        let flow = self.streams.resume()?;
        if flow == Backpressure::Free
            && let Some(gaps) = self.streams.gaps()
        {
            let line = format!("{}: {gaps}\n", self.program);
            self.streams.tell(line.as_bytes(), Retention::Required)?;
        }
        Ok(flow)
    }
}
