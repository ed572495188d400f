//! The two outlets of fping: what a script reads of both as one stream is in the order in which it was told.

use std::io;

use crate::report::{Backpressure, Outlet, Retention, outlet};

/// With this many octets nothing more is waited for before they are written.
const ENOUGH: usize = 32 * 1024;

/// Lines for standard output, gathered, and text for standard error, at once.
#[derive(Debug)]
pub(super) struct Streams<O, E> {
    out: O,
    err: E,
    /// Whole lines for standard output that are not written yet. [`Streams::made`] has to follow each.
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

    /// A line is whole.
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

    /// Standard error gets this, behind all that standard output was told before. That nobody reads it is no reason not
    /// to measure.
    pub(super) fn tell(&mut self, text: &[u8], retention: Retention) -> io::Result<()> {
        self.flush()?;
        let _ = self.err.put(text, retention);
        Ok(())
    }

    /// What is told from here on is waited for.
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

    /// How many lines were given up, in a line; none if none were.
    pub(super) fn gaps(&mut self) -> Option<String> {
        outlet::news(&mut self.out, &mut self.err)
    }
}
