//! The two outlets: lines for standard output, gathered; messages and the line of progress for standard error.

use std::io;
use std::mem;

use crate::report::{Backpressure, Outlet, Retention, outlet};

/// So many octets are written without waiting for more.
const ENOUGH: usize = 32 * 1024;

/// Standard output and standard error, which may be the same terminal.
#[derive(Debug)]
pub(super) struct Output<O, E> {
    out: O,
    err: E,
    /// Whole lines for standard output that are not written yet.
    pending: Vec<u8>,
    /// What they are retention.
    retention: Retention,
    /// Whether standard output got anything.
    begun: bool,
    /// The line of progress that is on the terminal; empty: none.
    shown: String,
}

impl<O: Outlet, E: Outlet> Output<O, E> {
    pub(super) fn new(out: O, err: E) -> Self {
        Self {
            out,
            err,
            pending: Vec::new(),
            retention: Retention::Droppable,
            begun: false,
            shown: String::new(),
        }
    }

    /// What is gathered from here on are results: one for each target, and no other place has them.
    pub(super) fn gather_results(&mut self) {
        self.retention = Retention::Required;
    }

    /// Where lines for standard output are made. [`Output::made`] has to follow each.
    pub(super) fn lines(&mut self) -> &mut Vec<u8> {
        &mut self.pending
    }

    /// A line is whole.
    pub(super) fn made(&mut self) -> io::Result<()> {
        if self.pending.len() < ENOUGH {
            return Ok(());
        }
        self.flush()
    }

    /// An empty line, unless nothing is before it.
    pub(super) fn gap(&mut self) {
        if self.begun || !self.pending.is_empty() {
            self.pending.push(b'\n');
        }
    }

    /// Standard output gets all there is for it, and the line of progress makes room meanwhile.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let shown = self.hide();
        let written = self.out.put(&self.pending, self.retention);
        self.pending.clear();
        self.begun = true;
        written?;
        self.show(shown);
        Ok(())
    }

    /// Standard error gets a message, behind what was told before it. That nobody reads standard error is no reason
    /// not to measure.
    pub(super) fn message(&mut self, text: &[u8]) -> io::Result<()> {
        self.tell(text, Retention::Droppable)
    }

    fn tell(&mut self, text: &[u8], retention: Retention) -> io::Result<()> {
        self.flush()?;
        let shown = self.hide();
        let _ = self.err.put(text, retention);
        self.show(shown);
        Ok(())
    }

    /// Readers get what they did not take before, as far as they take it now.
    pub(super) fn resume(&mut self) -> io::Result<Backpressure> {
        outlet::resume(&mut self.out, &mut self.err)
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
    pub(super) fn tell_gaps(&mut self, program: &str) -> io::Result<()> {
        match outlet::news(&mut self.out, &mut self.err) {
            Some(news) => self.tell(
                format!("{program}: {news}\n").as_bytes(),
                Retention::Required,
            ),
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

    #[cfg(test)]
    pub(super) fn writers(&self) -> (&O, &E) {
        (&self.out, &self.err)
    }

    #[cfg(test)]
    pub(super) fn writers_mut(&mut self) -> (&mut O, &mut E) {
        (&mut self.out, &mut self.err)
    }
}
