//! The two outlets of fping. Text is written in the order of the events, since scripts read both outlets as one stream.

use std::io;

use crate::report::{Backpressure, Outlet, Retention, outlet};

/// Buffered octets at which lines are written.
const ENOUGH: usize = 32 * 1024;

/// Buffers lines for standard output, and writes text to standard error at once.
#[derive(Debug)]
pub(super) struct Streams<O, E> {
    out: O,
    err: E,
    /// Complete lines for standard output that are not written yet. Call [`Streams::made`] after each.
    pub(super) lines: Vec<u8>,
    retention: Retention,
}

impl<O: Outlet, E: Outlet> Streams<O, E> {
    pub(super) fn new((out, err): (O, E), retention: Retention) -> Self {
        Self {
            out,
            err,
            lines: Vec::new(),
            retention,
        }
    }

    /// Ends a line.
    pub(super) fn made(&mut self) -> io::Result<()> {
        if self.lines.len() < ENOUGH {
            return Ok(());
        }
        self.flush()
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        if self.lines.is_empty() {
            return Ok(());
        }
        let written = self.out.put(&self.lines, self.retention);
        self.lines.clear();
        written
    }

    /// Writes to standard error, after all earlier output on standard output. A closed standard error does not stop the
    /// measurement.
    pub(super) fn tell(&mut self, text: &[u8], retention: Retention) -> io::Result<()> {
        self.flush()?;
        let _ = self.err.put(text, retention);
        Ok(())
    }

    /// Makes the outlets block from here on.
    pub(super) fn settle(&mut self) -> io::Result<()> {
        self.flush()?;
        self.out.settle()?;
        let _ = self.err.settle();
        Ok(())
    }

    pub(super) fn resume(&mut self) -> io::Result<Backpressure> {
        self.flush()?;
        outlet::resume(&mut self.out, &mut self.err)
    }

    /// The line that says how many lines were dropped, or `None`.
    pub(super) fn gaps(&mut self) -> Option<String> {
        outlet::news(&mut self.out, &mut self.err)
    }
}
