//! Text for people, and for the programs that read iputils' output.
//!
//! Under the name `ping` every line is iputils' line. Under the name `rping` the same lines contain more: late replies
//! are marked, percentiles follow, and everything that is not a loss has a reason.
//!
//! [`Text`] prints what is common to one and many targets. `text/one.rs` and `text/many.rs` print the rest.

use std::io::{self, Write};
use std::rc::Rc;
use std::time::Duration;

use super::conditions::Failure;
use super::{
    Backpressure, Calendar, Names, Outlet, Report, Retention, failure, problem, statistics,
};
use crate::config::{Face, ManyStyle, Style};
use crate::event::{
    Answer, Change, Directory, Down, Event, FailedCondition, NotSent, Rejection, Results, Standing,
    Summary, TargetNumber, TimeDown, When,
};
use crate::sanitize;

pub(super) mod downs;
mod flood;
mod header;
pub(super) mod many;
mod one;
mod page;
mod storm;
mod sweep;

use downs::Downs;
use many::ManyTargets;
use one::OneTarget;
pub(super) use one::TIMED_SIZE;
use page::Page;
use storm::Storm;

/// iputils' warning before it probes a broadcast address, the only one without the program's name in front. An
/// [`Event::Warning`] with this text is printed in the same way.
pub const BROADCAST_WARNING: &str = "WARNING: pinging broadcast address";

/// With many targets, this many octets are written before [`Report::flush`].
const GATHERED: usize = 32 * 1024;

/// With many targets, this many local errors are distinguished. There are fewer reasons why a probe cannot be sent.
const DIFFERENT_FAILURES: usize = 16;

/// Formats an ICMP message.
type Problem = fn(&mut Vec<u8>, &Rejection<'_>, &Style, &mut dyn Names) -> io::Result<()>;

/// Text on two outlets: measurements on standard output, messages and progress on standard error.
pub struct Text<'a> {
    page: Page<'a>,
    targets: Targets,
    downs: Downs,
    storm: Storm,
}

enum Targets {
    One(OneTarget),
    Many(ManyTargets),
}

impl<'a> Text<'a> {
    /// Text about one target, each line written at once. Messages begin with `program`, the name of the program as invoked.
    pub fn of_one(
        style: Style,
        program: impl AsRef<str>,
        outlets: (impl Outlet + 'a, impl Outlet + 'a),
        names: impl Names + 'a,
    ) -> Self {
        Self {
            targets: Targets::One(OneTarget::new(&style)),
            page: Page::new(style, program, outlets, names),
            downs: Downs::default(),
            storm: Storm::default(),
        }
    }

    /// Text about the targets of this directory, buffered until [`Report::flush`]. `names` are the names of routers and
    /// interfaces.
    pub fn of_many(
        (style, many): (Style, ManyStyle),
        program: impl AsRef<str>,
        directory: Rc<dyn Directory>,
        outlets: (impl Outlet + 'a, impl Outlet + 'a),
        names: impl Names + 'a,
    ) -> Self {
        let page = Page::new(style, program, outlets, names);
        Self {
            targets: Targets::Many(ManyTargets::new(many, directory, page.style.charset)),
            page: page.gathering(GATHERED, DIFFERENT_FAILURES),
            downs: Downs::default(),
            storm: Storm::default(),
        }
    }

    /// Prints times of day with this calendar instead of in UTC.
    #[must_use]
    pub fn with_calendar(mut self, calendar: Calendar) -> Self {
        self.downs.calendar = calendar;
        self
    }

    /// iputils prints its warning about a broadcast address without its name in front.
    fn warning(&mut self, text: &str) -> io::Result<()> {
        if text == BROADCAST_WARNING {
            let line = format!("{text}\n");
            return self.page.put_message(line.as_bytes(), Retention::Droppable);
        }
        let text = sanitize::escape_in(text, self.page.style.charset);
        self.page.message(text)
    }

    fn answered(&mut self, answer: &Answer<'_>, at: When<'_>) -> io::Result<()> {
        // Several hosts answer a multicast probe, so duplicates are expected.
        let expected = answer.standing == Standing::Reply || answer.marks.multicast;
        if !self.tells_replies() || !(expected || self.storm.allows(at().wall)) {
            return Ok(());
        }
        self.begin(answer.target, at)?;
        match &mut self.targets {
            Targets::One(target) => target.answer(&mut self.page, answer)?,
            Targets::Many(targets) => targets.answer(&mut self.page, answer)?,
        }
        self.page.made()
    }

    /// iputils prints this line even with `-q`.
    fn no_answer(&mut self, target: TargetNumber, sequence: u16, at: When<'_>) -> io::Result<()> {
        if !self.tells_replies() && self.page.style.face == Face::Rping {
            return Ok(());
        }
        self.begin(target, at)?;
        self.page
            .alarm(format_args!("no answer yet for icmp_seq={sequence}"))?;
        self.end(target)?;
        self.page.made()
    }

    fn rejected(&mut self, rejection: &Rejection<'_>, at: When<'_>) -> io::Result<()> {
        if !self.tells_replies() {
            return Ok(());
        }
        self.icmp(rejection, problem::rejected, at)
    }

    fn noticed(&mut self, notice: &Rejection<'_>, at: When<'_>) -> io::Result<()> {
        if !self.tells_replies() || !self.storm.allows(at().wall) {
            return Ok(());
        }
        self.icmp(notice, problem::noticed, at)
    }

    /// Writes the line about an ICMP message. With one target, the quoted datagram follows.
    fn icmp(&mut self, message: &Rejection<'_>, text: Problem, at: When<'_>) -> io::Result<()> {
        self.begin(message.target, at)?;
        let page = &mut self.page;
        text(&mut page.lines, message, &page.style, &mut *page.names)?;
        self.end(message.target)?;
        if let Targets::One(target) = &mut self.targets {
            target.quote(&mut self.page, message)?;
        }
        self.page.made()
    }

    /// Also printed with `-q`: a probe that was not sent must not look like a loss, as it does in iputils.
    fn not_sent(&mut self, target: TargetNumber, reason: &NotSent) -> io::Result<()> {
        // The run ends with this error and prints it.
        if matches!(reason, NotSent::Broken(_)) {
            return Ok(());
        }
        let style = &self.page.style;
        let address = match &self.targets {
            Targets::One(target) => target.address,
            Targets::Many(targets) => targets.address(target),
        };
        let advice = match style.face {
            Face::Ping if style.flood || style.quiet => return Ok(()),
            Face::Ping => None,
            Face::Rping => failure::advice(reason, address, style),
        };
        let message = failure::text(reason, advice);
        let Some(times) = self.page.failures.worth_telling(style.face, &message) else {
            return Ok(());
        };
        let text = match (&self.targets, times) {
            (Targets::Many(targets), _) => {
                targets.not_sent(&mut *self.page.names, target, (&message, times))?
            }
            (Targets::One(_), 1) => message,
            (Targets::One(_), _) => format!("{message} ({times} times)"),
        };
        self.page.message(text)
    }

    fn suspended(&mut self, length: Duration) -> io::Result<()> {
        match self.page.style.face {
            Face::Ping => Ok(()),
            Face::Rping => self.page.message(failure::suspended(length)),
        }
    }

    /// `192.0.2.1 is down: 3 probes without an answer, the first sent at 12:00:03.100`
    fn down(&mut self, down: &Down, at: When<'_>) -> io::Result<()> {
        let began = self.downs.begin(down, &at());
        if !self.page.style.transitions {
            return Ok(());
        }
        self.page.begin(at)?;
        let name = self.name(down.first.target)?;
        let when = (began, self.downs.calendar);
        let mut text = Vec::new();
        downs::down(&mut text, down, when, &mut *self.page.names)?;
        let text = String::from_utf8_lossy(&text);
        self.page.alarm(format_args!("{name} {text}"))?;
        self.end(down.first.target)?;
        self.page.made()
    }

    /// `192.0.2.1 is up again after 41.0 s`
    fn up(&mut self, up: &TimeDown, at: When<'_>) -> io::Result<()> {
        self.downs.end(up);
        if !self.page.style.transitions {
            return Ok(());
        }
        self.page.begin(at)?;
        let name = self.name(up.first.target)?;
        write!(self.page.lines, "{name} ")?;
        downs::up(&mut self.page.lines, up)?;
        self.end(up.first.target)?;
        self.page.made()
    }

    /// `192.0.2.1 has changed: ttl 57 instead of 64`
    fn changed(&mut self, change: &Change, at: When<'_>) -> io::Result<()> {
        if !self.page.style.transitions {
            return Ok(());
        }
        self.page.begin(at)?;
        let name = self.name(change.target)?;
        let what = downs::changed(change.what, &mut *self.page.names);
        write!(self.page.lines, "{name} {what}")?;
        self.end(change.target)?;
        self.page.made()
    }

    fn status(&mut self, summary: &Summary, results: &dyn Results, at: When<'_>) -> io::Result<()> {
        // The carriage return overwrites the terminal's `^\`.
        let mut text = b"\r".to_vec();
        let style = self.page.style.of_stderr();
        match &mut self.targets {
            Targets::One(target) => {
                target.status(&mut text, summary, &style)?;
                recent(&mut text, results)?;
            }
            Targets::Many(targets) => {
                let names = &mut *self.page.names;
                targets.status(&mut text, (summary, results), (&style, at), names)?;
            }
        }
        self.page.put_message(&text, Retention::Droppable)
    }

    fn finished(&mut self, summary: &Summary, results: &dyn Results) -> io::Result<()> {
        self.page.hide();
        self.page.settle()?;
        self.page.tell_gaps()?;
        match &mut self.targets {
            Targets::One(target) => {
                target.finished(&mut self.page.lines, summary, &self.page.style)?;
                recent(&mut self.page.lines, results)?;
                if let Some(sweep) = results.sweep() {
                    sweep::text(&mut self.page.lines, &sweep)?;
                }
            }
            Targets::Many(targets) => targets.finished(&mut self.page, summary, results)?,
        }
        if self.page.style.face == Face::Rping {
            self.downs.finish(results);
            let Page { lines, names, .. } = &mut self.page;
            let targets = &self.targets;
            self.downs.text(lines, |line, target| match targets {
                Targets::One(_) => Ok(()),
                Targets::Many(targets) => {
                    write!(line, "  {}", targets.name(target, &mut **names)?)
                }
            })?;
        }
        self.page.flush()?;
        self.page.settle_messages();
        Ok(())
    }

    /// The name of a target outside of the column of names.
    fn name(&mut self, target: TargetNumber) -> io::Result<String> {
        match &self.targets {
            Targets::One(target) => Ok(target.name(&self.page.style)),
            Targets::Many(targets) => targets.name(target, &mut *self.page.names),
        }
    }

    fn condition_failed(&mut self, failed: &FailedCondition<'_>) -> io::Result<()> {
        let whose = self.name(failed.target)?;
        self.page
            .message(format_args!("{whose}: {}", Failure(failed)))
    }

    /// Whether each reply has a line.
    fn tells_replies(&self) -> bool {
        let style = &self.page.style;
        let is_told = match &self.targets {
            Targets::One(_) => !style.flood,
            Targets::Many(targets) => targets.tells_replies(style),
        };
        is_told && !style.quiet
    }

    /// Begins a line about a target, with its name if there are many.
    fn begin(&mut self, target: TargetNumber, at: When<'_>) -> io::Result<()> {
        match &mut self.targets {
            Targets::One(_) => self.page.begin(at),
            Targets::Many(targets) => targets.begin(&mut self.page, target, at),
        }
    }

    /// Ends a line about a target, with its label if there are many.
    fn end(&mut self, target: TargetNumber) -> io::Result<()> {
        let line = &mut self.page.lines;
        match &self.targets {
            Targets::One(_) => writeln!(line),
            Targets::Many(targets) => targets.end(line, target),
        }
    }
}

/// The window at the end of the only target's run, if there is one.
fn recent(line: &mut Vec<u8>, results: &dyn Results) -> io::Result<()> {
    let Some(recent) = results.row(0).recent else {
        return Ok(());
    };
    statistics::recent(line, &recent)?;
    writeln!(line)
}

impl Report for Text<'_> {
    fn event(&mut self, event: &Event<'_>, at: When<'_>) -> io::Result<()> {
        let over = matches!(event, Event::Finished(..));
        if let Some(news) = self.storm.news(|| at().wall, over) {
            self.page.message(news)?;
        }
        match &mut self.targets {
            Targets::One(target) => target.event(&mut self.page, event)?,
            Targets::Many(targets) => targets.event(&mut self.page, event, at)?,
        }
        match event {
            Event::Warning(text) => self.warning(text),
            Event::Answered(answer) => self.answered(answer, at),
            Event::NoAnswer { target, sequence } => self.no_answer(*target, *sequence, at),
            Event::Rejected(rejection) => self.rejected(rejection, at),
            Event::Noticed(notice) => self.noticed(notice, at),
            Event::NotSent { probe, reason } => self.not_sent(probe.target, reason),
            Event::Suspended { length } => self.suspended(*length),
            Event::Down(down) => self.down(down, at),
            Event::Up(up) => self.up(up, at),
            Event::Changed(change) => self.changed(change, at),
            Event::Status(summary, results) => self.status(summary, *results, at),
            Event::Finished(summary, results) => self.finished(summary, *results),
            Event::ConditionFailed(failed) => self.condition_failed(failed),
            Event::Started(_)
            | Event::Sent(_)
            | Event::Stranger(_)
            | Event::Repeated(_)
            | Event::Outcome { .. }
            | Event::Decided { .. }
            | Event::Undecided { .. }
            | Event::PathMtu { .. }
            | Event::Progress(_)
            | Event::Snapshot(..)
            | Event::Ended(_) => Ok(()),
        }
    }

    fn flush(&mut self) -> io::Result<Backpressure> {
        self.page.flush()?;
        let flow = self.page.resume()?;
        if flow == Backpressure::Free {
            self.page.tell_gaps()?;
        }
        Ok(flow)
    }
}

#[cfg(test)]
mod tests;
