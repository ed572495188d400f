//! The two outlets: lines for standard output, written at once or gathered; messages and the line of progress for standard
//! error. They may be the same terminal.

use std::fmt::Display;
use std::io::{self, Write};
use std::mem;

use crate::config::Style;
use crate::event::When;
use crate::report::colour::Palette;
use crate::report::failure::Failures;
use crate::report::{Backpressure, Names, Outlet, Retention, moment, outlet};
use crate::sanitize;

/// What lines are made with, and where they go.
pub(super) struct Page<'a> {
    pub(super) style: Style,
    /// The program's name as it was invoked, harmless.
    program: String,
    /// Of routers and interfaces.
    pub(super) names: Box<dyn Names + 'a>,
    /// Local errors so far.
    pub(super) failures: Failures,
    /// Lines for standard output that are not written yet. [`Page::made`] has to follow each.
    pub(super) lines: Vec<u8>,
    /// So many octets of them are written without waiting for more.
    enough: usize,
    /// Whether they may be dropped.
    retention: Retention,
    out: Box<dyn Outlet + 'a>,
    err: Box<dyn Outlet + 'a>,
    /// Whether standard output got anything.
    begun: bool,
    /// The line of progress that is on the terminal; empty: none.
    shown: String,
}

impl<'a> Page<'a> {
    /// Lines are written at once.
    pub(super) fn new(
        style: Style,
        program: impl AsRef<str>,
        (out, err): (impl Outlet + 'a, impl Outlet + 'a),
        names: impl Names + 'a,
    ) -> Self {
        Self {
            style,
            program: sanitize::escape(program.as_ref()),
            names: Box::new(names),
            failures: Failures::new(1),
            lines: Vec::with_capacity(128),
            enough: 0,
            retention: Retention::Droppable,
            out: Box::new(out),
            err: Box::new(err),
            begun: false,
            shown: String::new(),
        }
    }

    /// Lines are gathered up to so many octets, and so many different local errors are told apart.
    pub(super) fn gathering(mut self, enough: usize, failures: usize) -> Self {
        self.enough = enough;
        self.failures = Failures::new(failures);
        self
    }

    /// What is gathered from here on are results: one for each target, and no other place has them.
    pub(super) fn gather_results(&mut self) {
        self.retention = Retention::Required;
    }

    /// Begins a line: with `-D` by the time of day.
    pub(super) fn begin(&mut self, at: When<'_>) -> io::Result<()> {
        moment::begin(&mut self.lines, &self.style, at)
    }

    /// Writes what went wrong into a line.
    pub(super) fn alarm(&mut self, text: impl Display) -> io::Result<()> {
        let palette = Palette::new(self.style.colour);
        write!(self.lines, "{}", palette.alarm(text))
    }

    /// A line is whole.
    pub(super) fn made(&mut self) -> io::Result<()> {
        if self.lines.len() < self.enough {
            return Ok(());
        }
        self.flush()
    }

    /// An empty line, unless nothing is before it.
    pub(super) fn gap(&mut self) {
        if self.begun || !self.lines.is_empty() {
            self.lines.push(b'\n');
        }
    }

    /// Standard output gets all there is for it, and the line of progress makes room meanwhile.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        if self.lines.is_empty() {
            return Ok(());
        }
        let shown = self.hide();
        let written = self.out.put(&self.lines, self.retention);
        self.lines.clear();
        self.begun = true;
        written?;
        self.show(shown);
        Ok(())
    }

    /// Standard output gets a character of a flood at once. No line is gathered before it, and no line of progress is there.
    pub(super) fn put_character(&mut self, character: &str) -> io::Result<()> {
        self.out.put(character.as_bytes(), self.retention)
    }

    /// Standard error gets a message behind the program's name.
    pub(super) fn message(&mut self, text: impl Display) -> io::Result<()> {
        self.put_message(self.named(text).as_bytes(), Retention::Droppable)
    }

    fn named(&self, text: impl Display) -> String {
        format!("{}: {text}\n", self.program)
    }

    /// Standard error gets whole lines, behind what was told before them. That nobody reads standard error is no reason
    /// not to measure.
    pub(super) fn put_message(&mut self, text: &[u8], retention: Retention) -> io::Result<()> {
        self.flush()?;
        let shown = self.hide();
        let _ = self.err.put(text, retention);
        self.show(shown);
        Ok(())
    }

    /// Whether standard output keeps text because its reader does not take it.
    pub(super) fn is_blocked(&self) -> bool {
        self.out.is_blocked()
    }

    /// Readers get what they did not take before, as far as they take it now.
    pub(super) fn resume(&mut self) -> io::Result<Backpressure> {
        outlet::resume(&mut *self.out, &mut *self.err)
    }

    /// From here on standard output is waited for. What follows comes behind all that was told before.
    pub(super) fn settle(&mut self) -> io::Result<()> {
        self.flush()?;
        self.out.settle()
    }

    /// The same of standard error. That nobody reads it is no reason to say that the run failed.
    pub(super) fn settle_messages(&mut self) {
        let _ = self.err.settle();
    }

    /// Tells of the lines that were given up.
    pub(super) fn tell_gaps(&mut self) -> io::Result<()> {
        match outlet::news(&mut *self.out, &mut *self.err) {
            Some(news) => self.put_message(self.named(news).as_bytes(), Retention::Required),
            None => Ok(()),
        }
    }

    /// The line of progress becomes this. Spaces go over what is left of a longer one, so that no terminal has to
    /// know an escape sequence. Nobody reads an old one later: it is left out where it is not read now.
    pub(super) fn show(&mut self, text: String) {
        if text != self.shown && !self.err.is_blocked() {
            let width = self.shown.len();
            self.progress(&format!("\r{text:width$}"));
            self.shown = text;
        }
    }

    /// Takes the line of progress away and returns it.
    pub(super) fn hide(&mut self) -> String {
        let shown = mem::take(&mut self.shown);
        if !shown.is_empty() {
            self.progress(&format!("\r{:width$}\r", "", width = shown.len()));
        }
        shown
    }

    fn progress(&mut self, text: &str) {
        let _ = self.err.put(text.as_bytes(), Retention::Droppable);
    }
}
