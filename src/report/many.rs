//! What the reader of a run of many targets sees.
//!
//! *Rounds* have a line for each reply, as ping has, behind the name of the target, and at the end a table with one
//! row a target and the statistics of all together.
//!
//! The question *who is alive* has a line for each target when it is decided. Under `-q` the list has the bare targets
//! and nothing else, so that another program can read it; with `--alive` and `--dead` together `alive` or `dead` follows
//! each. The statistics, which otherwise follow the list, then go to standard error.
//!
//! Standard output is gathered until [`Report::flush`]; messages, states in between and a line of progress, which
//! is rewritten in place, go to standard error at once.

use std::io::{self, Write};
use std::rc::Rc;
use std::time::Duration;

use super::failure::{self, Failures};
use super::storm::Storm;
use super::{Backpressure, Names, Outlet, Report};
use crate::config::{Face, Listed, ManyStyle, Style};
use crate::event::{
    Answer, Directory, Event, NotSent, Progress, Question, Rejection, Results, Row, Several,
    Standing, Start, Summary, TargetNumber, When,
};
use crate::sanitize;

mod columns;
mod figures;
mod line;
mod name_column;
mod order;
mod output;
mod progress;
mod reason;
mod table;
mod total;

use line::Line;
use name_column::NameColumn;
use output::Output;
use table::Table;

/// So many different local errors are told apart. There are not as many reasons for a probe not to leave.
const DIFFERENT_FAILURES: usize = 16;

/// Text on two outlets: what was measured on `out`, messages and progress on `err`.
#[derive(Debug)]
pub struct Text<O, E, N> {
    style: Style,
    many: ManyStyle,
    program: String,
    output: Output<O, E>,
    column: NameColumn,
    names: N,
    /// What is asked; known from the start on.
    question: Option<Question>,
    failures: Vec<Failures>,
    storm: Storm,
}

impl<O: Outlet, E: Outlet, N: Names> Text<O, E, N> {
    /// Text in these styles about the targets of this directory. `program` is the program's name as it was invoked,
    /// for messages; `names` are those of routers and interfaces.
    pub fn new(
        style: Style,
        many: ManyStyle,
        program: impl AsRef<str>,
        directory: Rc<dyn Directory>,
        (out, err): (O, E),
        names: N,
    ) -> Self {
        let charset = style.charset;
        Self {
            style,
            many,
            program: sanitize::escape(program.as_ref()),
            output: Output::new(out, err),
            column: NameColumn::new(directory, many.numeric, charset),
            names,
            question: None,
            failures: Vec::new(),
            storm: Storm::default(),
        }
    }

    /// Whether the question is only who is alive.
    fn asks_alive(&self) -> bool {
        self.question == Some(Question::Alive)
    }

    /// Whether standard output is a list of words for another program.
    fn is_bare_list(&self) -> bool {
        self.asks_alive() && self.style.quiet
    }

    /// Whether each reply has a line: in rounds, and for the curious.
    fn tells_replies(&self) -> bool {
        !self.style.quiet && (!self.asks_alive() || self.style.verbose)
    }

    fn started(&mut self, start: &Several) -> io::Result<()> {
        self.question = Some(start.question);
        if self.asks_alive() {
            self.output.gather_results();
        }
        if self.style.quiet {
            return Ok(());
        }
        if let Question::Rounds { period, count } = start.question {
            let line = self.output.lines();
            let targets = total::targets(start.targets);
            let period = total::period(period, start.targets, self.many.rate);
            write!(
                line,
                "PING {targets}, {} data bytes, every {period}",
                start.size
            )?;
            match count {
                Some(1) => writeln!(line, ", 1 round")?,
                Some(count) => writeln!(line, ", {count} rounds")?,
                None => writeln!(line)?,
            }
            self.output.made()?;
        }
        match start.duplicates {
            0 => Ok(()),
            1 => self.message("1 duplicate target ignored"),
            more => self.message(&format!("{more} duplicate targets ignored")),
        }
    }

    fn answered(&mut self, answer: &Answer<'_>, at: When<'_>) -> io::Result<()> {
        if answer.standing != Standing::Reply && !self.storm.allows(at().wall) {
            return Ok(());
        }
        self.line().answered(answer, at)?;
        self.output.made()
    }

    fn noticed(&mut self, notice: &Rejection<'_>, at: When<'_>) -> io::Result<()> {
        if !self.storm.allows(at().wall) {
            return Ok(());
        }
        self.line().noticed(notice, at)?;
        self.output.made()
    }

    fn decided(&mut self, target: TargetNumber, row: &Row, at: When<'_>) -> io::Result<()> {
        if row.is_unknown() {
            // Otherwise it was told when the lookup failed.
            if !self.style.quiet {
                self.line().not_known(target, row, at)?;
                self.output.made()?;
            }
            return Ok(());
        }
        let listed = match self.many.listed {
            Listed::All => true,
            Listed::Alive => row.is_alive(),
            Listed::Dead => !row.is_alive(),
        };
        if !listed {
            return Ok(());
        }
        if self.style.quiet {
            let line = self.output.lines();
            self.column.word(line, target, &mut self.names)?;
            match (self.many.listed, row.is_alive()) {
                (Listed::Alive | Listed::Dead, _) => writeln!(line)?,
                (Listed::All, true) => writeln!(line, " alive")?,
                (Listed::All, false) => writeln!(line, " dead")?,
            }
        } else {
            let listed = self.many.listed;
            self.line().decided(target, row, listed, at)?;
        }
        self.output.made()
    }

    /// A target of which the run ends without knowing whether it is alive. Of addresses there may be a million, and then
    /// only their number is told.
    fn undecided(&mut self, target: TargetNumber, row: &Row, at: When<'_>) -> io::Result<()> {
        let is_one_of_few = self.column.directory().len() <= total::FEW;
        if !is_one_of_few && !self.column.is_named(target) {
            return Ok(());
        }
        if !self.style.quiet {
            self.line().not_known(target, row, at)?;
            return self.output.made();
        }
        if !self.is_bare_list() {
            return Ok(());
        }
        let mut text = Vec::new();
        self.column.word(&mut text, target, &mut self.names)?;
        text.extend_from_slice(b": ");
        let context = reason::Context {
            target: self.column.directory().address(target),
            style: &self.style,
        };
        reason::not_known(&mut text, row, &context, &mut self.names)?;
        let text = String::from_utf8_lossy(&text).into_owned();
        self.message(&text)
    }

    /// One line for each kind of error and then ever more rarely, whatever the target is. With `-q` too: a probe that never
    /// left must not look like a loss.
    fn not_sent(&mut self, target: TargetNumber, reason: &NotSent) -> io::Result<()> {
        let address = self.column.directory().address(target);
        let message = failure::text(reason, failure::advice(reason, address, &self.style));
        let Some(times) = self.worth_telling(&message) else {
            return Ok(());
        };
        let mut whose = Vec::new();
        self.column.who(&mut whose, target, &mut self.names)?;
        let whose = String::from_utf8_lossy(&whose);
        match times {
            1 => self.message(&format!("{whose}: {message}")),
            // The others may have been to other targets.
            _ => self.message(&format!("{message} ({times} probes, the last to {whose})")),
        }
    }

    fn suspended(&mut self, length: Duration) -> io::Result<()> {
        let mut line = Vec::new();
        failure::suspended(&mut line, &self.program, length)?;
        self.output.message(&line)
    }

    fn worth_telling(&mut self, message: &str) -> Option<u64> {
        let known = self.failures.iter().position(|known| known.are(message));
        if known.is_none() && self.failures.len() < DIFFERENT_FAILURES {
            self.failures.push(Failures::default());
        }
        let failures = match known {
            Some(position) => self.failures.get_mut(position),
            None => self.failures.last_mut(),
        };
        failures?.worth_telling(Face::Rping, message)
    }

    fn progress(&mut self, progress: &Progress) {
        let text = self
            .many
            .progress
            .and_then(|columns| progress::text(progress, columns));
        if let Some(text) = text {
            self.output.show(text);
        }
    }

    fn status(&mut self, total: &Summary, results: &dyn Results, at: When<'_>) -> io::Result<()> {
        // The carriage return writes over the `^\` of the terminal.
        let mut text = b"\r".to_vec();
        let context = total::Context {
            style: &self.style.of_stderr(),
            at,
        };
        total::status(
            &mut text,
            total,
            results,
            &context,
            (&mut self.column, &mut self.names),
        )?;
        self.output.message(&text)
    }

    fn finished(&mut self, total: &Summary, results: &dyn Results) -> io::Result<()> {
        self.output.hide();
        self.output.settle()?;
        self.output.tell_gaps(&self.program)?;
        if self.is_bare_list() {
            let mut text = Vec::new();
            total::text(&mut text, total, &self.style.of_stderr())?;
            self.output.settle_messages();
            return self.output.message(&text);
        }
        if !self.asks_alive() {
            let table = Table::new(&mut self.column, &mut self.names, &self.style);
            table.write(&mut self.output, results, self.many.sort)?;
        }
        self.output.gap();
        total::text(self.output.lines(), total, &self.style)?;
        self.output.flush()?;
        self.output.settle_messages();
        Ok(())
    }

    /// A line for standard error with the program's name in front.
    fn message(&mut self, text: &str) -> io::Result<()> {
        let line = format!("{}: {text}\n", self.program);
        self.output.message(line.as_bytes())
    }

    /// A line for standard output.
    fn line(&mut self) -> Line<'_> {
        Line {
            text: self.output.lines(),
            column: &mut self.column,
            names: &mut self.names,
            style: &self.style,
        }
    }
}

impl<O: Outlet, E: Outlet, N: Names> Report for Text<O, E, N> {
    fn event(&mut self, event: &Event<'_>, at: When<'_>) -> io::Result<()> {
        let over = matches!(event, Event::Finished(..));
        if let Some(news) = self.storm.news(|| at().wall, over) {
            self.message(&news)?;
        }
        match event {
            Event::Started(Start::Several(start)) => self.started(start),
            Event::Started(Start::One(_))
            | Event::Sent(_)
            | Event::Outcome { .. }
            | Event::Ended(_) => Ok(()),
            Event::Warning(text) => self.message(&sanitize::escape_in(text, self.style.charset)),
            Event::Answered(_)
            | Event::NoAnswer { .. }
            | Event::Rejected(_)
            | Event::Noticed(_)
                if !self.tells_replies() =>
            {
                Ok(())
            }
            Event::Answered(answer) => self.answered(answer, at),
            Event::NoAnswer { target, sequence } => {
                self.line().no_answer(*target, *sequence, at)?;
                self.output.made()
            }
            Event::Rejected(rejection) => {
                self.line().rejected(rejection, at)?;
                self.output.made()
            }
            Event::Noticed(notice) => self.noticed(notice, at),
            Event::NotSent { probe, reason } => self.not_sent(probe.target, reason),
            Event::Decided { target, row } => self.decided(*target, row, at),
            Event::Undecided { target, row } => self.undecided(*target, row, at),
            Event::Suspended { length } => self.suspended(*length),
            Event::Progress(progress) => {
                self.progress(progress);
                Ok(())
            }
            Event::Status(total, results) => self.status(total, *results, at),
            Event::Finished(total, results) => self.finished(total, *results),
        }
    }

    fn flush(&mut self) -> io::Result<Backpressure> {
        self.output.flush()?;
        let flow = self.output.resume()?;
        if flow == Backpressure::Free {
            self.output.tell_gaps(&self.program)?;
        }
        Ok(flow)
    }
}

#[cfg(test)]
mod tests;
