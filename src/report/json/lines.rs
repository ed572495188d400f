//! Lines, each one object, and when they are written: at once, unless there are hundreds a second.

use std::io;
use std::time::Duration;

use serde::Serialize;
use serde_json::Serializer;

use super::escape::Visible;
use crate::report::{Backpressure, Outlet, Retention};

/// So many octets are written without waiting for more.
const ENOUGH: usize = 32 * 1024;

/// So many times lines may be written in a row as they come.
const BURST: u32 = 32;

/// After that, so often: nobody sees that a line is this late, and a flood costs a hundred system calls a second.
const PAUSE: Duration = Duration::from_millis(10);

/// Some fields of a line.
pub(super) trait Part {
    /// Appends them as an object.
    fn append(&self, line: &mut Vec<u8>) -> io::Result<()>;
}

impl<T: Serialize> Part for T {
    fn append(&self, line: &mut Vec<u8>) -> io::Result<()> {
        self.serialize(&mut Serializer::with_formatter(line, Visible))?;
        Ok(())
    }
}

/// Lines for an outlet.
#[derive(Debug)]
pub(super) struct Lines<O> {
    out: O,
    /// Whole lines that are not written yet.
    pending: Vec<u8>,
    /// Whether one of them came since it was tried last to write them.
    has_news: bool,
    /// How often lines may still be written as they come, and since when.
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

    /// One more line, which begins with this part and has the fields of all others, made at this time of the run.
    pub(super) fn line<'a>(
        &mut self,
        first: &dyn Part,
        rest: impl IntoIterator<Item = &'a dyn Part>,
        retention: Retention,
        now: Duration,
    ) -> io::Result<()> {
        if self.out.is_blocked() {
            // What was gathered before has its place before this line, which may be given up.
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

    /// Once in each pause since then, lines may be written as they come.
    fn allow(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.counted).as_nanos() / PAUSE.as_nanos();
        let Some(passed) = u32::try_from(passed).ok().filter(|passed| *passed > 0) else {
            return;
        };
        self.counted = now;
        self.allowance = self.allowance.saturating_add(passed).min(BURST);
    }

    /// Lets the reader see the lines, unless they come so fast that some more are waited for. The caller comes back soon
    /// where anything is left.
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

    /// Writes all that was gathered.
    pub(super) fn write(&mut self) -> io::Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let written = self.out.put(&self.pending, Retention::Required);
        self.pending.clear();
        written
    }

    /// How many lines were given up, once the reader takes lines again.
    pub(super) fn given_up(&mut self) -> u64 {
        if self.out.is_blocked() {
            return 0;
        }
        self.out.given_up()
    }

    /// From here on each line waits for its reader.
    pub(super) fn settle(&mut self) -> io::Result<()> {
        self.write()?;
        self.out.settle()
    }

    #[cfg(test)]
    pub(super) fn outlet(&mut self) -> &mut O {
        &mut self.out
    }
}

/// Appends a line: one object with the fields of all these parts. The first one has some.
fn compose<'a>(
    line: &mut Vec<u8>,
    first: &dyn Part,
    rest: impl IntoIterator<Item = &'a dyn Part>,
) -> io::Result<()> {
    first.append(line)?;
    for part in rest {
        // `{"a":1}` behind other fields becomes `,"a":1`.
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
