//! JSON Lines for programs: each line is one object, and `json/schema.json` says which fields it has.
//!
//! Every probe has one outcome: a reply, lost, rejected, not sent or suspended; or it is in flight at the end. Anything
//! else that arrives about a probe is a message. Outcomes and messages each have a line, in the order of the events.
//!
//! Lines are buffered until [`Report::flush`], and for some milliseconds longer while there are hundreds a second.

mod doctor;
pub(super) mod escape;
mod extensions;
mod fields;
mod figures;
mod lines;
mod naming;
mod path_mtu;
mod peer_clock;
mod probes;
mod rejections;
pub mod replay;
mod run;
mod sweep;
mod tally;
mod transitions;
mod values;

use std::collections::BTreeMap;
use std::io;
use std::rc::Rc;
use std::time::Duration;

pub use doctor::doctor;
pub use naming::Only;
pub use run::{Run, Socket};

use super::conditions::Failure;
use super::peer_clock::PeerClocks;
pub use super::slug::meaning as reason;
use super::{Backpressure, Names, Outlet, Report, Retention, address, failure, slug};
use crate::config::Json as Detail;
use crate::event::{
    Counts, Directory, Ended, Ending, Event, FailedCondition, Reason, Results, Row, Standing,
    Summary, TargetNumber, When,
};
use crate::sanitize;
use fields::{
    Conditions, Decided, Dropped, End, Failed, Head, Introduction, Of, Since, Start, Warning,
};
use figures::{Figures, Recently};
use lines::{Lines, Part};
use naming::Naming;
use rejections::Rejections;
use tally::Tallies;
use values::{Calendar, Millis};

/// The schema of all lines: JSON Schema 2020-12.
pub const SCHEMA: &str = include_str!("json/schema.json");

/// The `$id` of the schema.
pub const SCHEMA_ID: &str = "urn:rping:json:1";

/// The version of the format. It rises when a field is removed or changes its meaning.
pub const VERSION: u8 = 1;

/// Writes JSON Lines to `out`, and warnings also to `err`.
#[derive(Debug)]
pub struct Json<O, E, N> {
    detail: Detail,
    run: Run,
    program: String,
    lines: Lines<O>,
    err: E,
    names: N,
    naming: Naming,
    rejections: Rejections,
    clocks: PeerClocks,
    calendar: Calendar,
    tallies: Tallies,
    /// When the line `start` was written, or `None`.
    began: Option<Duration>,
    /// The time of the last line; no later line has an earlier one.
    latest: Duration,
    /// The totals for the line `end`.
    total: Option<Total>,
    failed: Vec<Failed>,
    /// The targets that are down, and since when.
    down: BTreeMap<TargetNumber, Since>,
}

#[derive(Debug)]
struct Total {
    alive: TargetNumber,
    dead: TargetNumber,
    unknown: TargetNumber,
    figures: Figures,
}

impl<O: Outlet, E: Outlet, N: Names> Json<O, E, N> {
    /// Lines about the targets of this directory. Messages begin with `program`, the name of the program as invoked.
    /// `names` are names of interfaces.
    pub fn new(
        detail: Detail,
        run: Run,
        program: impl AsRef<str>,
        directory: Rc<dyn Directory>,
        (out, err): (O, E),
        names: N,
    ) -> Self {
        Self {
            detail,
            run,
            program: sanitize::escape(program.as_ref()),
            lines: Lines::new(out),
            err,
            names,
            naming: Naming::new(directory),
            rejections: Rejections::default(),
            clocks: PeerClocks::default(),
            calendar: Calendar::new(),
            tallies: Tallies::default(),
            began: None,
            latest: Duration::ZERO,
            total: None,
            failed: Vec::new(),
            down: BTreeMap::new(),
        }
    }

    /// Whether an event about a probe or message has a line.
    fn wants(&self, event: &Event<'_>) -> bool {
        // With `--alive`, outcomes of targets replace those of probes.
        let tells_probes = !self.run.alive || self.detail == Detail::All;
        match event {
            Event::Progress(_) | Event::NoAnswer { .. } | Event::Snapshot(..) => false,
            Event::Sent(_) => self.detail == Detail::All,
            Event::Answered(answer) => {
                let is_outcome = matches!(answer.standing, Standing::Reply | Standing::Late);
                self.detail != Detail::Summary && (tells_probes || !is_outcome)
            }
            Event::Rejected(_)
            | Event::Repeated(_)
            | Event::Noticed(_)
            | Event::Stranger(_)
            | Event::Down(_)
            | Event::Up(_)
            | Event::Changed(_)
            | Event::Status(..) => self.detail != Detail::Summary,
            Event::NotSent { .. } | Event::Outcome { .. } => {
                self.detail != Detail::Summary && tells_probes
            }
            _ => true,
        }
    }

    fn head(&mut self, event: &'static str, at: When<'_>) -> Head {
        let at = at();
        let began = *self.began.get_or_insert(at.since_start);
        self.latest = self.latest.max(at.since_start.saturating_sub(began));
        Head {
            v: VERSION,
            event,
            time: self.calendar.time(at.wall),
            t_ms: Millis(self.latest),
        }
    }

    /// Writes a line about the run, or a result that no other line repeats.
    fn tell(&mut self, event: &'static str, parts: &[&dyn Part], at: When<'_>) -> io::Result<()> {
        let head = self.head(event, at);
        let parts = parts.iter().copied();
        self.lines
            .line(&head, parts, Retention::Required, self.latest)
    }

    /// Writes the line `start`, unless it was written before.
    fn start(&mut self, at: When<'_>) -> io::Result<()> {
        if self.began.is_some() {
            return Ok(());
        }
        let head = self.head("start", at);
        let hash = self.run.targets_hash.map(|hash| format!("{hash:016x}"));
        let start = Start {
            schema: SCHEMA_ID,
            program: env!("CARGO_PKG_NAME"),
            version: env!("CARGO_PKG_VERSION"),
            run_id: &self.run.id,
            host: self.run.host.as_deref(),
            shard: self.run.shard.as_deref(),
            targets_hash: hash.as_deref(),
            socket: self.run.socket.word(),
            clock: values::clock_asked_for(self.run.clock),
            interval_ms: self.run.interval.map(Millis),
            timeout_ms: self.run.timeout.map(Millis),
            size_bytes: self.run.size,
            count: self.run.count,
            targets: self.run.targets,
        };
        self.lines.line(
            &head,
            [&start as &dyn Part],
            Retention::Required,
            self.latest,
        )
    }

    /// Writes the line that introduces a target, before the first line that names it.
    fn introduce(
        &mut self,
        target: TargetNumber,
        reason: Option<Reason>,
        at: When<'_>,
    ) -> io::Result<()> {
        if !self.naming.is_news(target) {
            return Ok(());
        }
        let head = self.head("target", at);
        let directory = Rc::clone(self.naming.directory());
        let found = directory.address(target);
        let address = found.map(|it| address::numeric(it, &mut self.names));
        let is_ipv6 = found.map(|it| it.is_ipv6());
        let introduction = Introduction {
            target,
            host: directory.host(target),
            name: self.naming.name(target, &mut self.names),
            address: address.as_deref(),
            family: is_ipv6.map(|is_ipv6| if is_ipv6 { 6 } else { 4 }),
            label: directory.label(target),
            source: (is_ipv6.and_then(|is_ipv6| self.run.sources.of(is_ipv6)))
                .or_else(|| directory.source(target)),
            error: reason.and_then(lookup_error),
        };
        self.lines.line(
            &head,
            [&introduction as &dyn Part],
            Retention::Required,
            self.latest,
        )
    }

    fn message(&mut self, text: &str) {
        let text = sanitize::escape_in(text, self.run.charset);
        let line = format!("{}: {text}\n", self.program);
        // A closed standard error does not stop the measurement.
        let _ = self.err.put(line.as_bytes(), Retention::Droppable);
    }

    fn condition_failed(&mut self, failed: &FailedCondition<'_>) {
        let name = self.naming.name(failed.target, &mut self.names);
        let text = format!("{}: {}", sanitize::visible_word(name), Failure(failed));
        self.message(&text);
        self.failed.push(Failed {
            target: failed.target,
            condition: failed.condition.to_owned(),
            value: values::amount(failed.amount),
        });
    }

    /// Writes a warning to both outputs.
    fn warning(&mut self, text: &str, at: When<'_>) -> io::Result<()> {
        self.message(text);
        self.tell("warning", &[&Warning { message: text }], at)
    }

    /// Writes the result of `--alive` for a target.
    fn decided(&mut self, target: TargetNumber, row: &Row, at: When<'_>) -> io::Result<()> {
        let event = match (row.is_alive(), row.is_unknown()) {
            (true, _) => "alive",
            (false, false) => "dead",
            (false, true) => "unknown",
        };
        self.introduce(target, row.reason, at)?;
        let head = self.head(event, at);
        let decided = Decided {
            target,
            name: self.naming.name(target, &mut self.names),
            sent: row.sent,
            rtt_ms: row.min.map(Millis),
            reason: row.reason.filter(|_| !row.is_alive()).map(slug::reason),
        };
        self.lines.line(
            &head,
            [&decided as &dyn Part],
            Retention::Required,
            self.latest,
        )
    }

    /// Writes a line with the figures of each target.
    fn figures(
        &mut self,
        event: &'static str,
        results: &dyn Results,
        retention: Retention,
        at: When<'_>,
    ) -> io::Result<()> {
        let directory = Rc::clone(self.naming.directory());
        for target in directory.as_given() {
            let row = results.row(target);
            self.introduce(target, row.reason, at)?;
            let figures = if let Some(target) = results.target(target) {
                Figures::of_target(&target)
            } else {
                let counts = results.counts(target);
                Figures::of_row(
                    &row,
                    counts.unwrap_or_else(|| self.tallies.of(target).counts()),
                )
            };
            let head = self.head(event, at);
            let of = Of {
                target,
                name: self.naming.name(target, &mut self.names),
            };
            let recent = Recently::of(row.recent);
            let parts: [&dyn Part; 3] = [&of, &figures, &recent];
            self.lines.line(&head, parts, retention, self.latest)?;
        }
        Ok(())
    }

    fn finished(&mut self, total: &Summary, results: &dyn Results, at: When<'_>) -> io::Result<()> {
        self.lines.settle()?;
        self.tell_dropped(at)?;
        if let Some(sweep) = results.sweep() {
            self.sweep(0, &sweep, at)?;
        }
        if !self.run.alive || self.detail == Detail::All {
            self.figures("summary", results, Retention::Required, at)?;
        }
        let of_one = total.series.as_ref().map(|series| series.outages);
        let outages = of_one.or_else(|| results.outages());
        self.total = Some(Total {
            alive: total.alive,
            dead: total.dead,
            unknown: (total.targets).saturating_sub(total.alive.saturating_add(total.dead)),
            figures: Figures::of_total(total, &results.distribution(), outages),
        });
        self.lines.write()
    }

    fn ended(&mut self, ended: Ended, at: When<'_>) -> io::Result<()> {
        let total = self.total.take().unwrap_or_else(|| Total {
            alive: 0,
            dead: 0,
            unknown: self.run.targets,
            figures: Figures::of_counts(&Counts::default()),
        });
        let end = End {
            reason: reason_of_end(ended.ending),
            exit_code: ended.exit_code,
            targets_alive: total.alive,
            targets_dead: total.dead,
            targets_unknown: total.unknown,
        };
        let head = self.head("end", at);
        let conditions = Conditions {
            failed_conditions: &self.failed,
        };
        let parts: [&dyn Part; 3] = [&end, &total.figures, &conditions];
        self.lines
            .line(&head, parts, Retention::Required, self.latest)?;
        let _ = self.err.settle();
        self.lines.settle()
    }

    /// Reports how many lines were dropped since the last report.
    fn tell_dropped(&mut self, at: When<'_>) -> io::Result<()> {
        match self.lines.given_up() {
            0 => Ok(()),
            lines => self.tell("dropped", &[&Dropped { lines }], at),
        }
    }
}

impl<O: Outlet, E: Outlet, N: Names> Report for Json<O, E, N> {
    fn event(&mut self, event: &Event<'_>, at: When<'_>) -> io::Result<()> {
        if matches!(event, Event::Ended(_)) && self.began.is_none() {
            return Ok(());
        }
        self.tallies.note(event);
        if !self.wants(event) {
            return Ok(());
        }
        self.start(at)?;
        self.tell_dropped(at)?;
        match event {
            Event::Warning(text) => self.warning(text, at),
            Event::Sent(probe) => self.about("sent", *probe, &[], at),
            Event::Answered(answer) => {
                if let (Standing::Reply, Some(number)) = (answer.standing, answer.number) {
                    self.rejections.take(answer.target, number);
                }
                self.answered(answer, at)
            }
            Event::Stranger(stranger) => self.stranger(stranger, at),
            Event::Rejected(rejection) => self.rejected(rejection, at),
            Event::Repeated(rejection) => self.icmp_error(rejection, at),
            Event::Noticed(notice) => self.noticed(notice, at),
            Event::NotSent { probe, reason } => self.not_sent(*probe, reason, at),
            Event::Outcome { probe, outcome } => self.outcome(*probe, *outcome, at),
            Event::Decided { target, row } | Event::Undecided { target, row } => {
                self.decided(*target, row, at)
            }
            Event::Down(down) => self.down(down, at),
            Event::Up(up) => self.up(up, at),
            Event::Changed(change) => self.changed(change, at),
            Event::PathMtu { target, found } => self.path_mtu(*target, found, at),
            Event::Suspended { length } => self.warning(&failure::suspended(*length), at),
            Event::Status(_, results) => self.figures("status", *results, Retention::Droppable, at),
            Event::Finished(total, results) => self.finished(total, *results, at),
            Event::ConditionFailed(failed) => {
                self.condition_failed(failed);
                Ok(())
            }
            Event::Ended(ended) => self.ended(**ended, at),
            Event::Started(_)
            | Event::NoAnswer { .. }
            | Event::Progress(_)
            | Event::Snapshot(..) => Ok(()),
        }
    }

    fn flush(&mut self) -> io::Result<Backpressure> {
        let flow = self.lines.flush()?;
        Ok(self.err.resume().map_or(flow, |other| flow.and(other)))
    }
}

fn reason_of_end(ending: Ending) -> &'static str {
    match ending {
        Ending::Complete => "done",
        Ending::Reply | Ending::Transition => "until",
        Ending::Quorum => "quorum",
        Ending::Deadline => "deadline",
        Ending::Signal => "signal",
        Ending::Error => "error",
    }
}

/// The word for a failed lookup of an introduced target.
#[must_use]
pub fn lookup_error(reason: Reason) -> Option<&'static str> {
    match reason {
        Reason::LookupFailed(why) => Some(why),
        Reason::Unresolved => Some("no address to probe"),
        Reason::LookupPending => Some("its lookup is not finished"),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
