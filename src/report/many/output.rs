//! The two writers: lines for standard output, gathered; messages and the line of progress for standard error.

use std::io::{self, Write};
use std::mem;

/// So many octets are written without waiting for more.
const ENOUGH: usize = 32 * 1024;

/// Standard output and standard error, which may be the same terminal.
#[derive(Debug)]
pub(super) struct Output<O, E> {
    out: O,
    err: E,
    /// Whole lines for standard output that are not written yet.
    pending: Vec<u8>,
    /// Whether standard output got anything.
    begun: bool,
    /// The line of progress that is on the terminal; empty: none.
    shown: String,
}

impl<O: Write, E: Write> Output<O, E> {
    pub(super) fn new(out: O, err: E) -> Self {
        Self {
            out,
            err,
            pending: Vec::new(),
            begun: false,
            shown: String::new(),
        }
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
        let written = self.out.write_all(&self.pending);
        self.pending.clear();
        self.begun = true;
        written?;
        self.out.flush()?;
        self.show(shown);
        Ok(())
    }

    /// Standard error gets a message, behind what was told before it. That nobody reads standard error is no reason
    /// not to measure.
    pub(super) fn message(&mut self, text: &[u8]) -> io::Result<()> {
        self.flush()?;
        let shown = self.hide();
        let _ = self.err.write_all(text).and_then(|()| self.err.flush());
        self.show(shown);
        Ok(())
    }

    /// The line of progress becomes this. Spaces go over what is left of a longer one, so that no terminal has to
    /// know an escape sequence.
    pub(super) fn show(&mut self, text: String) {
        if text != self.shown {
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
        let written = self.err.write_all(text.as_bytes());
        let _ = written.and_then(|()| self.err.flush());
    }

    #[cfg(test)]
    pub(super) fn writers(&self) -> (&O, &E) {
        (&self.out, &self.err)
    }
}
