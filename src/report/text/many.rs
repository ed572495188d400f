//! The text about many targets.
//!
//! *Rounds* print ping's line for each reply, with the name of the target in front. A table with one row for each
//! target and the statistics of the whole run follow at the end.
//!
//! *Who is alive* (`--alive`) prints a line for each target when its state is decided. With `-q`, standard output has
//! only the targets, for use by another program, and the statistics go to standard error. With both `--alive` and
//! `--dead`, `alive` or `dead` follows each target.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use super::page::Page;
use crate::config::{Listed, ManyStyle, Style};
use crate::event::{
    Answer, Directory, Event, PathMtu, Progress, Question, Results, Row, Several, Start, Summary,
    TargetNumber, When,
};
use crate::report::duration::Milliseconds;
use crate::report::options::LastRoute;
use crate::report::peer_clock::PeerClocks;
use crate::report::{Names, Retention, reply};
use crate::sanitize::Charset;

mod columns;
mod figures;
pub(in crate::report) mod name_column;
mod order;
mod path_mtu;
mod progress;
pub(in crate::report) mod reason;
mod table;
mod total;

use name_column::NameColumn;
use table::Table;

/// Columns of a round trip in the list of alive targets: more than a minute fits.
const ROUND_TRIP: usize = 9;

type Found<'a> = (TargetNumber, &'a Row);

/// State of a text about many targets.
#[derive(Debug)]
pub(super) struct ManyTargets {
    many: ManyStyle,
    column: NameColumn,
    /// `None` before the run starts.
    question: Option<Question>,
    clocks: PeerClocks,
}

impl ManyTargets {
    pub(super) fn new(many: ManyStyle, directory: Rc<dyn Directory>, charset: Charset) -> Self {
        Self {
            many,
            column: NameColumn::new(directory, many.numeric, charset),
            question: None,
            clocks: PeerClocks::default(),
        }
    }

    fn asks_alive(&self) -> bool {
        self.question == Some(Question::Alive)
    }

    /// Whether standard output is a list of targets for another program.
    fn is_bare_list(&self, style: &Style) -> bool {
        self.asks_alive() && style.quiet
    }

    /// Whether each reply has a line: in rounds, and with `-v`.
    pub(super) fn tells_replies(&self, style: &Style) -> bool {
        match self.question {
            Some(Question::Alive) => style.verbose,
            Some(Question::PathMtu) => false,
            Some(Question::Rounds { .. }) | None => true,
        }
    }

    fn asks_path_mtu(&self) -> bool {
        self.question == Some(Question::PathMtu)
    }

    /// Reports events that only exist with many targets.
    pub(super) fn event(
        &mut self,
        page: &mut Page<'_>,
        event: &Event<'_>,
        at: When<'_>,
    ) -> io::Result<()> {
        match event {
            Event::Started(Start::Several(start)) => self.started(page, start),
            Event::Decided { target, row } => self.decided(page, (*target, row), at),
            Event::Undecided { target, row } => self.undecided(page, (*target, row), at),
            Event::PathMtu { target, found } => self.path_mtu(page, (*target, found), at),
            Event::Progress(progress) => {
                self.progress(page, progress);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn started(&mut self, page: &mut Page<'_>, start: &Several) -> io::Result<()> {
        self.question = Some(start.question);
        if self.asks_alive() || self.asks_path_mtu() {
            page.gather_results();
        }
        if page.style.quiet {
            return Ok(());
        }
        if let Question::Rounds { period, count } = start.question {
            let line = &mut page.lines;
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
            page.made()?;
        }
        match start.duplicates {
            0 => Ok(()),
            1 => page.message("1 duplicate target ignored"),
            more => page.message(format_args!("{more} duplicate targets ignored")),
        }
    }

    /// Begins a line with the name of a target.
    pub(super) fn begin(
        &mut self,
        page: &mut Page<'_>,
        target: TargetNumber,
        at: When<'_>,
    ) -> io::Result<()> {
        page.begin(at)?;
        let line = &mut page.lines;
        self.column.padded(line, target, &mut *page.names)?;
        write!(line, "  ")
    }

    /// `NAME  icmp_seq=3 ttl=64 time=0.523 ms  LABEL`
    pub(super) fn answer(&mut self, page: &mut Page<'_>, answer: &Answer<'_>) -> io::Result<()> {
        let line = &mut page.lines;
        let mut context = reply::Context {
            style: &page.style,
            timed: true,
            last_route: &mut LastRoute::default(),
            names: &mut *page.names,
            reading: self.clocks.read(answer),
        };
        reply::of_many(line, answer, &context)?;
        self.column.label_behind(line, answer.target)?;
        reply::further(line, answer, &mut context)?;
        writeln!(line)
    }

    /// `NAME  0.523 ms  LABEL` or `NAME  REASON  LABEL`, with `alive` or `dead` where both are listed.
    fn decided(
        &mut self,
        page: &mut Page<'_>,
        (target, row): Found<'_>,
        at: When<'_>,
    ) -> io::Result<()> {
        if row.is_unknown() {
            if page.style.quiet {
                // Reported when the lookup failed.
                return Ok(());
            }
            return self.not_known(page, (target, row), at);
        }
        let (is_listed, word) = match (self.many.listed, row.is_alive()) {
            (Listed::All, true) => (true, "alive"),
            (Listed::All, false) => (true, "dead "),
            (Listed::Alive, is_alive) => (is_alive, ""),
            (Listed::Dead, is_alive) => (!is_alive, ""),
        };
        if !is_listed {
            return Ok(());
        }
        if page.style.quiet {
            let line = &mut page.lines;
            self.column.word(line, target, &mut *page.names)?;
            match word.trim_end() {
                "" => writeln!(line)?,
                word => writeln!(line, " {word}")?,
            }
            return page.made();
        }
        self.begin(page, target, at)?;
        if !word.is_empty() {
            write!(page.lines, "{word}  ")?;
        }
        if row.is_alive() {
            round_trip(&mut page.lines, row.min)?;
        } else {
            let reason = reason::text(row, &self.context(target, &page.style), &mut *page.names);
            page.alarm(reason)?;
        }
        self.end(&mut page.lines, target)?;
        page.made()
    }

    /// `path MTU to NAME: 1420 (data of 1392 octets)  LABEL`, and how it was determined.
    fn path_mtu(
        &mut self,
        page: &mut Page<'_>,
        (target, found): (TargetNumber, &PathMtu),
        at: When<'_>,
    ) -> io::Result<()> {
        page.begin(at)?;
        let whose = self.name(target, &mut *page.names)?;
        let verdict = path_mtu::verdict(found, &mut *page.names);
        write!(page.lines, "path MTU to {whose}: ")?;
        if found.verdict.lower().is_none() {
            page.alarm(verdict)?;
        } else {
            write!(page.lines, "{verdict}")?;
        }
        self.end(&mut page.lines, target)?;
        if !page.style.quiet {
            let details = path_mtu::details(found, page.style.verbose, &mut *page.names);
            write!(page.lines, "{details}")?;
        }
        page.made()?;
        match path_mtu::below(found) {
            Some(below) => page.message(format_args!("{whose}: {below}")),
            None => Ok(()),
        }
    }

    /// `NAME  not known: REASON  LABEL`
    fn not_known(
        &mut self,
        page: &mut Page<'_>,
        (target, row): Found<'_>,
        at: When<'_>,
    ) -> io::Result<()> {
        self.begin(page, target, at)?;
        let why = reason::not_known(row, &self.context(target, &page.style), &mut *page.names);
        page.alarm(why)?;
        self.end(&mut page.lines, target)?;
        page.made()
    }

    /// A target whose state is unknown at the end. Networks have up to a million of them, so only their number is reported.
    fn undecided(
        &mut self,
        page: &mut Page<'_>,
        (target, row): Found<'_>,
        at: When<'_>,
    ) -> io::Result<()> {
        let is_one_of_few = self.column.directory().len() <= total::FEW;
        if !is_one_of_few && !self.column.is_named(target) {
            return Ok(());
        }
        if !page.style.quiet {
            return self.not_known(page, (target, row), at);
        }
        if !self.is_bare_list(&page.style) {
            return Ok(());
        }
        let mut word = Vec::new();
        self.column.word(&mut word, target, &mut *page.names)?;
        let why = reason::not_known(row, &self.context(target, &page.style), &mut *page.names);
        page.message(format_args!("{}: {why}", String::from_utf8_lossy(&word)))
    }

    /// Ends a line with the label of a target.
    pub(super) fn end(&self, line: &mut Vec<u8>, target: TargetNumber) -> io::Result<()> {
        self.column.label_behind(line, target)?;
        writeln!(line)
    }

    pub(super) fn address(&self, target: TargetNumber) -> Option<SocketAddr> {
        self.column.address(target)
    }

    /// The name as typed with its address, or only the address.
    pub(super) fn name(&self, target: TargetNumber, names: &mut dyn Names) -> io::Result<String> {
        let mut whose = Vec::new();
        self.column.who(&mut whose, target, names)?;
        Ok(String::from_utf8_lossy(&whose).into_owned())
    }

    /// The text for the number of probes not sent for this reason. `target` is that of the last one.
    pub(super) fn not_sent(
        &self,
        names: &mut dyn Names,
        target: TargetNumber,
        (message, times): (&str, u64),
    ) -> io::Result<String> {
        let whose = self.name(target, names)?;
        Ok(match times {
            1 => format!("{whose}: {message}"),
            // The others may have been to other targets.
            _ => format!("{message} ({times} probes, the last to {whose})"),
        })
    }

    fn progress(&self, page: &mut Page<'_>, progress: &Progress) {
        let columns = self.many.progress;
        let text = columns.and_then(|columns| progress::text(progress, columns));
        if let Some(text) = text {
            page.show(text);
        }
    }

    /// The status so far.
    pub(super) fn status(
        &mut self,
        line: &mut Vec<u8>,
        (total, results): (&Summary, &dyn Results),
        (style, at): (&Style, When<'_>),
        names: &mut dyn Names,
    ) -> io::Result<()> {
        let context = total::Context { style, at };
        total::status(line, total, results, &context, (&mut self.column, names))
    }

    /// The table and the last lines.
    pub(super) fn finished(
        &mut self,
        page: &mut Page<'_>,
        total: &Summary,
        results: &dyn Results,
    ) -> io::Result<()> {
        if self.is_bare_list(&page.style) {
            let mut text = Vec::new();
            total::text(&mut text, total, &page.style.of_stderr())?;
            page.settle_messages();
            return page.put_message(&text, Retention::Droppable);
        }
        if self.asks_path_mtu() {
            return path_mtu::total(page, total);
        }
        if !self.asks_alive() {
            Table::new(&mut self.column, page).write(results, self.many.sort)?;
        }
        page.gap();
        total::text(&mut page.lines, total, &page.style)
    }

    fn context<'a>(&self, target: TargetNumber, style: &'a Style) -> reason::Context<'a> {
        reason::Context {
            target: self.column.address(target),
            style,
        }
    }
}

fn round_trip(line: &mut Vec<u8>, time: Option<Duration>) -> io::Result<()> {
    match time {
        Some(time) => columns::right(line, ROUND_TRIP, Milliseconds(time))?,
        None => columns::right(line, ROUND_TRIP, "-")?,
    }
    write!(line, " ms")
}

#[cfg(test)]
mod tests;
