//! Text for people, and for the programs that read iputils' output.
//!
//! Under the name `ping` every line is iputils' line. Under the name `rping` the same lines come with what
//! people ask a ping for besides: late replies marked, percentiles, a reason for everything that is not a loss.
//! Every line is written at once, so that a reader at the other end of a pipe sees it when it happens.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::time::Duration;

use super::colour::Palette;
use super::failure::Failures;
use super::flood::{self, Flood};
use super::options::LastRoute;
use super::storm::Storm;
use super::{
    Backpressure, Names, Outlet, Report, Retention, dump, failure, header, moment, outlet, problem,
    reply, statistics,
};
use crate::config::{Face, Style};
use crate::event::{
    Answer, Destination, Event, NotSent, Reach, Rejection, Standing, Start, Summary, When,
};
use crate::sanitize;

/// What iputils prints to standard error before it probes a broadcast address, as the only warning without the
/// program's name in front. Given as [`Event::Warning`] it is printed like that.
pub const BROADCAST_WARNING: &str = "WARNING: pinging broadcast address";

/// Data that iputils needs to time a probe, under whose name no round trip is told of a smaller one.
const TIMED_SIZE: usize = 16;

/// Writes what an ICMP message about a probe says.
type Complaint = fn(&mut Vec<u8>, &Rejection<'_>, &Style, &mut dyn Names) -> io::Result<()>;

/// Text on two outlets: what was measured on `out`, messages on `err`.
#[derive(Debug)]
pub struct Text<O, E, N> {
    style: Style,
    program: String,
    out: O,
    err: E,
    names: N,
    /// The line that is being made.
    line: Vec<u8>,
    /// The host, as the first line calls it.
    host: String,
    /// Its address; none before the first line.
    target: Option<SocketAddr>,
    /// Whether round trips are shown.
    timed: bool,
    last_route: LastRoute,
    flood: Flood,
    failures: Failures,
    storm: Storm,
}

impl<O: Outlet, E: Outlet, N: Names> Text<O, E, N> {
    /// Text in this style. `program` is the program's name as it was invoked, for messages.
    pub fn new(style: Style, program: String, out: O, err: E, names: N) -> Self {
        Self {
            flood: Flood::new(style.face, style.width),
            program: sanitize::escape(program),
            style,
            out,
            err,
            names,
            line: Vec::with_capacity(128),
            host: String::new(),
            target: None,
            timed: true,
            last_route: LastRoute::default(),
            failures: Failures::default(),
            storm: Storm::default(),
        }
    }

    fn started(&mut self, start: &Start) -> io::Result<()> {
        match start {
            Start::One(destination) => self.first_line(destination),
            Start::Several(_) => Ok(()),
        }
    }

    fn first_line(&mut self, destination: &Destination) -> io::Result<()> {
        self.host.clone_from(&destination.host);
        self.target = Some(destination.target);
        self.timed = self.style.face == Face::Rping || destination.size >= TIMED_SIZE;
        if self.style.tells_insides() {
            header::socket(&mut self.line, &self.program, destination)?;
            self.message();
        }
        if let (Some(pattern), false) = (&self.style.announced_pattern, self.style.quiet) {
            header::pattern(&mut self.line, pattern)?;
        }
        header::start(
            &mut self.line,
            destination,
            self.style.charset,
            &mut self.names,
        )?;
        self.print()
    }

    fn warning(&mut self, text: &str) -> io::Result<()> {
        if text != BROADCAST_WARNING {
            write!(self.line, "{}: ", self.program)?;
        }
        let text = sanitize::escape_in(text, self.style.charset);
        writeln!(self.line, "{text}")?;
        self.message();
        Ok(())
    }

    fn sent(&mut self) -> io::Result<()> {
        if self.style.quiet || !self.style.flood {
            return Ok(());
        }
        // The row waits where its reader does.
        if self.out.is_blocked() {
            self.flood.sent_unseen();
            return Ok(());
        }
        let mark = self.flood.sent();
        self.character(mark)
    }

    fn answered(&mut self, answer: &Answer<'_>, at: When<'_>) -> io::Result<()> {
        if answer.standing == Standing::Reply {
            self.failures = Failures::default();
        }
        if answer.information.is_some() && self.style.face == Face::Ping {
            self.timed = false;
        }
        if self.style.quiet {
            return Ok(());
        }
        if self.style.flood {
            let mark = self.flood.answered(answer.standing);
            self.character(mark)?;
            return self.character(if self.style.audible { "\x07" } else { "" });
        }
        // Several hosts answer to a multicast, each once.
        let expected = answer.standing == Standing::Reply || answer.marks.multicast;
        if !expected && !self.storm.allows(at().wall) {
            return Ok(());
        }
        self.time_of_day(at)?;
        let mut context = reply::Context {
            style: &self.style,
            timed: self.timed,
            last_route: &mut self.last_route,
            names: &mut self.names,
        };
        reply::text(&mut self.line, answer, &mut context)?;
        self.print()
    }

    /// iputils tells of a missing answer even where it is to be quiet.
    fn no_answer(&mut self, sequence: u16, at: When<'_>) -> io::Result<()> {
        if self.style.face == Face::Rping && (self.style.quiet || self.style.flood) {
            return Ok(());
        }
        self.time_of_day(at)?;
        let text = format!("no answer yet for icmp_seq={sequence}");
        writeln!(self.line, "{}", Palette::new(self.style.colour).alarm(text))?;
        self.print()
    }

    fn rejected(&mut self, rejection: &Rejection<'_>, at: When<'_>) -> io::Result<()> {
        if self.style.quiet {
            return Ok(());
        }
        if self.style.flood {
            // A probe that did not leave has no dot. iputils takes one away all the same.
            if rejection.reach == Reach::NotSent && self.style.face == Face::Rping {
                return Ok(());
            }
            let mark = self.flood.rejected();
            return self.character(mark);
        }
        self.complaint(rejection, problem::rejected, at)
    }

    fn noticed(&mut self, notice: &Rejection<'_>, at: When<'_>) -> io::Result<()> {
        if self.style.quiet || self.style.flood || !self.storm.allows(at().wall) {
            return Ok(());
        }
        self.complaint(notice, problem::noticed, at)
    }

    /// The line about an ICMP message, and what it quotes.
    fn complaint(
        &mut self,
        rejection: &Rejection<'_>,
        text: Complaint,
        at: When<'_>,
    ) -> io::Result<()> {
        self.time_of_day(at)?;
        text(&mut self.line, rejection, &self.style, &mut self.names)?;
        writeln!(self.line)?;
        if let (Some(original), true) = (rejection.original, self.style.verbose) {
            let (face, last) = (self.style.face, &mut self.last_route);
            dump::original(&mut self.line, original, face, last, &mut self.names)?;
        }
        self.print()
    }

    fn not_sent(&mut self, reason: &NotSent) -> io::Result<()> {
        if self.style.flood && !self.style.quiet {
            self.character(flood::NOT_SENT)?;
        }
        // iputils leaves it to the reader to guess why nothing came back.
        if self.style.face == Face::Ping && (self.style.flood || self.style.quiet) {
            return Ok(());
        }
        let advice = match self.style.face {
            Face::Ping => None,
            Face::Rping => failure::advice(reason, self.target, &self.style),
        };
        let message = failure::text(reason, advice);
        let Some(times) = self.failures.worth_telling(self.style.face, &message) else {
            return Ok(());
        };
        write!(self.line, "{}: {message}", self.program)?;
        if times > 1 {
            write!(self.line, " ({times} times)")?;
        }
        writeln!(self.line)?;
        self.message();
        Ok(())
    }

    /// iputils does not know of it.
    fn suspended(&mut self, length: Duration) -> io::Result<()> {
        if self.style.face == Face::Rping {
            failure::suspended(&mut self.line, &self.program, length)?;
            self.message();
        }
        Ok(())
    }

    fn status(&mut self, summary: &Summary) -> io::Result<()> {
        let context = statistics::Context {
            style: &self.style.of_stderr(),
            host: &self.host,
            timed: self.timed,
        };
        statistics::status(&mut self.line, summary, &context)?;
        self.message();
        Ok(())
    }

    fn finished(&mut self, summary: &Summary) -> io::Result<()> {
        self.out.settle()?;
        self.tell_gaps()?;
        let context = statistics::Context {
            style: &self.style,
            host: &self.host,
            timed: self.timed,
        };
        statistics::text(&mut self.line, summary, &context)?;
        self.print()?;
        // That nobody reads messages is no reason to say that the run failed.
        let _ = self.err.settle();
        Ok(())
    }

    /// `-D`
    fn time_of_day(&mut self, at: When<'_>) -> io::Result<()> {
        if self.style.timestamps {
            moment::time_of_day(&mut self.line, at().wall)?;
        }
        Ok(())
    }

    /// Characters of a flood. While the reader waits, only those matter that take something back that he sees.
    fn character(&mut self, mark: &str) -> io::Result<()> {
        if mark.is_empty() || (self.out.is_blocked() && !flood::takes_back(mark)) {
            return Ok(());
        }
        self.out.put(mark.as_bytes(), Retention::Droppable)
    }

    /// What was made goes to standard output.
    fn print(&mut self) -> io::Result<()> {
        let written = self.out.put(&self.line, Retention::Droppable);
        self.line.clear();
        written
    }

    /// What was made goes to standard error. That nobody reads it, or nothing can be written to it, is no reason not
    /// to measure.
    fn message(&mut self) {
        let _ = self.err.put(&self.line, Retention::Droppable);
        self.line.clear();
    }

    /// Tells of the lines that were given up.
    fn tell_gaps(&mut self) -> io::Result<()> {
        if let Some(news) = outlet::news(&mut self.out, &mut self.err) {
            writeln!(self.line, "{}: {news}", self.program)?;
            let _ = self.err.put(&self.line, Retention::Required);
            self.line.clear();
        }
        Ok(())
    }
}

impl<O: Outlet, E: Outlet, N: Names> Report for Text<O, E, N> {
    fn event(&mut self, event: &Event<'_>, at: When<'_>) -> io::Result<()> {
        let over = matches!(event, Event::Finished(..));
        if let Some(news) = self.storm.news(|| at().wall, over) {
            writeln!(self.line, "{}: {news}", self.program)?;
            self.message();
        }
        match event {
            Event::Started(start) => self.started(start),
            Event::Warning(text) => self.warning(text),
            Event::Sent(_) => self.sent(),
            Event::Answered(answer) => self.answered(answer, at),
            Event::NoAnswer { sequence, .. } => self.no_answer(*sequence, at),
            Event::Rejected(rejection) => self.rejected(rejection, at),
            Event::Noticed(notice) => self.noticed(notice, at),
            Event::NotSent { reason, .. } => self.not_sent(reason),
            Event::Suspended { length } => self.suspended(*length),
            Event::Status(summary, _) => self.status(summary),
            Event::Finished(summary, _) => self.finished(summary),
            Event::Outcome { .. }
            | Event::Decided { .. }
            | Event::Undecided { .. }
            | Event::Progress(_)
            | Event::Ended(_) => Ok(()),
        }
    }

    fn flush(&mut self) -> io::Result<Backpressure> {
        let flow = outlet::resume(&mut self.out, &mut self.err)?;
        if flow == Backpressure::Free {
            self.tell_gaps()?;
        }
        Ok(flow)
    }
}

#[cfg(test)]
mod tests;
