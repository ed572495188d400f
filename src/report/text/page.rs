//! The two outlets: lines for standard output, written at once or buffered; messages and the progress line for standard
//! error. Both may be the same terminal.

use std::fmt::Display;
use std::io::{self, Write};
use std::mem;

use crate::config::Style;
use crate::event::When;
use crate::report::colour::Palette;
use crate::report::failure::Failures;
use crate::report::{Backpressure, Names, Outlet, Retention, moment, outlet};
use crate::sanitize;

/// Formatting state and the outlets.
pub(super) struct Page<'a> {
    pub(super) style: Style,
    /// The sanitized name of the program as invoked.
    program: String,
    /// Names of routers and interfaces.
    pub(super) names: Box<dyn Names + 'a>,
    pub(super) failures: Failures,
    /// Unwritten lines for standard output. Call [`Page::made`] after each.
    pub(super) lines: Vec<u8>,
    /// The number of octets in `lines` at which they are written.
    enough: usize,
    /// Whether the outlet may drop `lines`.
    retention: Retention,
    out: Box<dyn Outlet + 'a>,
    err: Box<dyn Outlet + 'a>,
    /// Whether anything was written to standard output.
    begun: bool,
    /// The progress line on the terminal, or an empty string.
    shown: String,
}

impl<'a> Page<'a> {
    /// Writes each line at once.
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

    /// Buffers up to `enough` octets of lines, and distinguishes up to `failures` local errors.
    pub(super) fn gathering(mut self, enough: usize, failures: usize) -> Self {
        self.enough = enough;
        self.failures = Failures::new(failures);
        self
    }

    /// From here on, lines are results that appear nowhere else.
    pub(super) fn gather_results(&mut self) {
        self.retention = Retention::Required;
    }

    /// Begins a line, with the time of day if `-D` is given.
    pub(super) fn begin(&mut self, at: When<'_>) -> io::Result<()> {
        moment::begin(&mut self.lines, &self.style, at)
    }

    /// Writes a failure into a line.
    pub(super) fn alarm(&mut self, text: impl Display) -> io::Result<()> {
        let palette = Palette::new(self.style.colour);
        write!(self.lines, "{}", palette.alarm(text))
    }

    /// Ends a line.
    pub(super) fn made(&mut self) -> io::Result<()> {
        if self.lines.len() < self.enough {
            return Ok(());
        }
        self.flush()
    }

    /// An empty line, except at the beginning of the output.
    pub(super) fn gap(&mut self) {
        if self.begun || !self.lines.is_empty() {
            self.lines.push(b'\n');
        }
    }

    /// Writes the buffered lines to standard output, and hides the progress line meanwhile.
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

    /// Writes a character of a flood at once. In a flood there are neither buffered lines nor a progress line.
    pub(super) fn put_character(&mut self, character: &str) -> io::Result<()> {
        self.out.put(character.as_bytes(), self.retention)
    }

    /// Writes a message with the program's name in front to standard error.
    pub(super) fn message(&mut self, text: impl Display) -> io::Result<()> {
        self.put_message(self.named(text).as_bytes(), Retention::Droppable)
    }

    fn named(&self, text: impl Display) -> String {
        format!("{}: {text}\n", self.program)
    }

    /// Writes whole lines to standard error, after all earlier output. A closed standard error does not stop the measurement.
    pub(super) fn put_message(&mut self, text: &[u8], retention: Retention) -> io::Result<()> {
        self.flush()?;
        let shown = self.hide();
        let _ = self.err.put(text, retention);
        self.show(shown);
        Ok(())
    }

    /// Whether standard output buffers text because its reader does not accept it.
    pub(super) fn is_blocked(&self) -> bool {
        self.out.is_blocked()
    }

    /// Writes buffered text, as far as the readers accept it now.
    pub(super) fn resume(&mut self) -> io::Result<Backpressure> {
        outlet::resume(&mut *self.out, &mut *self.err)
    }

    /// Makes standard output block from here on, after all earlier output.
    pub(super) fn settle(&mut self) -> io::Result<()> {
        self.flush()?;
        self.out.settle()
    }

    /// The same for standard error. If it is closed, the run still succeeds.
    pub(super) fn settle_messages(&mut self) {
        let _ = self.err.settle();
    }

    /// Reports how many lines were dropped.
    pub(super) fn tell_gaps(&mut self) -> io::Result<()> {
        match outlet::news(&mut *self.out, &mut *self.err) {
            Some(news) => self.put_message(self.named(news).as_bytes(), Retention::Required),
            None => Ok(()),
        }
    }

    /// Replaces the progress line. Spaces overwrite the rest of a longer one, so no escape sequence is needed. A
    /// blocked line is skipped: it would be outdated when read.
    pub(super) fn show(&mut self, text: String) {
        if text != self.shown && !self.err.is_blocked() {
            let width = self.shown.len();
            self.progress(&format!("\r{text:width$}"));
            self.shown = text;
        }
    }

    /// Erases the progress line and returns it.
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
