//! Buffers lines, one object each. They are written at once unless there are hundreds a second.

use std::io;
use std::time::Duration;

use serde::Serialize;
use serde_json::Serializer;

use super::escape::Visible;
use crate::report::{Backpressure, Outlet, Retention};

/// Buffered octets at which lines are written.
const ENOUGH: usize = 32 * 1024;

/// Writes in a row before the pace is limited.
const BURST: u32 = 32;

/// The pause between writes after that: too short to notice, and a flood costs only a hundred system calls a second.
const PAUSE: Duration = Duration::from_millis(10);

/// Fields of a line.
pub(super) trait Part {
    /// Appends the fields as an object.
    fn append(&self, line: &mut Vec<u8>) -> io::Result<()>;
}

impl<T: Serialize> Part for T {
    fn append(&self, line: &mut Vec<u8>) -> io::Result<()> {
        self.serialize(&mut Serializer::with_formatter(line, Visible))?;
        Ok(())
    }
}

#[derive(Debug)]
pub(super) struct Lines<O> {
    out: O,
    /// Complete lines that are not written yet.
    pending: Vec<u8>,
    /// Whether a line was added since the last attempt to write.
    has_news: bool,
    /// Writes left before the pace is limited, and when they were last counted.
    allowance: u32,
    counted: Duration,
}

impl<O: Outlet> Lines<O> {
    pub(super) fn new(out: O) -> Self {
        Self {
            out,
            pending: Vec::new(),
            has_news: false,
            allowance: BURST,
            counted: Duration::ZERO,
        }
    }

    /// Adds a line with the fields of `first` and `rest`, at time `now` of the run.
    pub(super) fn line<'a>(
        &mut self,
        first: &dyn Part,
        rest: impl IntoIterator<Item = &'a dyn Part>,
        retention: Retention,
        now: Duration,
    ) -> io::Result<()> {
        if self.out.is_blocked() {
            // The outlet may drop this line, so earlier lines must be written first.
            self.write()?;
            compose(&mut self.pending, first, rest)?;
            let written = self.out.put(&self.pending, retention);
            self.pending.clear();
            return written;
        }
        compose(&mut self.pending, first, rest)?;
        self.has_news = true;
        self.allow(now);
        if self.pending.len() < ENOUGH {
            return Ok(());
        }
        self.write()
    }

    /// Allows one more write for each pause that has passed.
    fn allow(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.counted).as_nanos() / PAUSE.as_nanos();
        let Some(passed) = u32::try_from(passed).ok().filter(|passed| *passed > 0) else {
            return;
        };
        self.counted = now;
        self.allowance = self.allowance.saturating_add(passed).min(BURST);
    }

    /// Writes the lines, unless they come so fast that more will follow soon. The caller must flush again soon if any
    /// are left.
    pub(super) fn flush(&mut self) -> io::Result<Backpressure> {
        let comes_fast = self.allowance == 0 && self.has_news;
        self.has_news = false;
        if comes_fast {
            return Ok(Backpressure::Blocked);
        }
        if !self.pending.is_empty() {
            self.allowance = self.allowance.saturating_sub(1);
        }
        self.write()?;
        self.out.resume()
    }

    /// Writes all buffered lines.
    pub(super) fn write(&mut self) -> io::Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let written = self.out.put(&self.pending, Retention::Required);
        self.pending.clear();
        written
    }

    /// Returns how many lines were dropped, once the reader accepts lines again.
    pub(super) fn given_up(&mut self) -> u64 {
        if self.out.is_blocked() {
            return 0;
        }
        self.out.given_up()
    }

    /// Makes the outlet block from here on.
    pub(super) fn settle(&mut self) -> io::Result<()> {
        self.write()?;
        self.out.settle()
    }

    #[cfg(test)]
    pub(super) fn outlet(&mut self) -> &mut O {
        &mut self.out
    }
}

/// Appends a line: one object with the fields of all parts. The first part has at least one field.
pub(super) fn compose<'a>(
    line: &mut Vec<u8>,
    first: &dyn Part,
    rest: impl IntoIterator<Item = &'a dyn Part>,
) -> io::Result<()> {
    first.append(line)?;
    for part in rest {
        line.pop();
        let begin = line.len();
        part.append(line)?;
        if let Some(brace) = line.get_mut(begin) {
            *brace = b',';
        }
    }
    line.push(b'\n');
    Ok(())
}
