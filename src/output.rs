//! Standard output and standard error that never delay a probe.
//!
//! A program that writes to a full pipe, or to a terminal that was stopped with ^S, waits until the reader goes on. A run
//! that waits neither sends nor receives. So rping writes only what fits. It buffers the rest, up to a bound; beyond that it
//! drops whole lines and counts them. When a run is over, it waits for its reader as every program does.
//!
//! A thread that writes would be simpler, but none may be started once a run is confined. A descriptor that never blocks
//! (`O_NONBLOCK`) would be simpler too. But that flag belongs to the open file: the shell and every other program at the
//! same terminal would find their writes refused. `standard` says how it is done without the flag.

mod behind;
pub mod files;
mod standard;
#[cfg(feature = "live")]
pub mod terminal;

use std::collections::VecDeque;
use std::io;
use std::mem;

pub use behind::Behind;
pub use standard::Standard;

use crate::report::{Backpressure, Outlet, Retention};

/// The most octets that are buffered of what may be dropped: an hour of lines at one a second.
pub const MOST: usize = 256 * 1024;

/// What an [`Outlet`] that never waits needs of a descriptor.
pub trait Descriptor {
    /// Writes as much as there is room for, and tells how many octets that were: at least one.
    ///
    /// # Errors
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) if there is no room, otherwise whatever the system says.
    fn try_write(&mut self, text: &[u8]) -> io::Result<usize>;

    /// Writes, and waits where there is no room. Tells how many octets were taken: at least one.
    ///
    /// # Errors
    /// Whatever the system says.
    fn write(&mut self, text: &[u8]) -> io::Result<usize>;

    /// Whether this error says that the terminal went away, and with it the reader.
    fn has_vanished(&self, _error: &io::Error) -> bool {
        false
    }
}

/// An outlet that never waits before it is [settled](Outlet::settle).
#[derive(Debug)]
pub struct Stream<D: Descriptor> {
    descriptor: D,
    /// What the reader has not taken yet.
    kept: VecDeque<u8>,
    /// Lines were given up, and are as long as anything is kept: so there is one gap, and not one in each line's place.
    gap: bool,
    /// How many lines were dropped since the last question.
    given_up: u64,
    /// The terminal went away: the run goes on, as iputils' does, and fails at its end.
    vanished: Option<io::Error>,
    settled: bool,
}

impl Stream<Standard<io::Stdout>> {
    /// Standard output. To be made before the thread is confined: it looks at what the descriptor leads to.
    #[must_use]
    pub fn stdout() -> Self {
        Self::new(Standard::new(io::stdout()))
    }
}

impl Stream<Standard<io::Stderr>> {
    /// The same of standard error.
    #[must_use]
    pub fn stderr() -> Self {
        Self::new(Standard::new(io::stderr()))
    }
}

impl<D: Descriptor> Stream<D> {
    /// What is put goes to this descriptor.
    pub fn new(descriptor: D) -> Self {
        Self {
            descriptor,
            kept: VecDeque::new(),
            gap: false,
            given_up: 0,
            vanished: None,
            settled: false,
        }
    }

    /// Writes what has room. What is left is kept.
    fn write(&mut self, text: &[u8]) -> io::Result<()> {
        let taken = write_some(&mut self.descriptor, text)?;
        self.kept.extend(text.get(taken..).unwrap_or_default());
        Ok(())
    }

    fn write_kept(&mut self) -> io::Result<()> {
        let taken = write_some(&mut self.descriptor, self.kept.make_contiguous())?;
        self.kept.drain(..taken);
        Ok(())
    }

    /// Goes on after a write to a terminal that went away.
    fn unless_vanished(&mut self, written: io::Result<()>) -> io::Result<()> {
        match written {
            Err(error) if self.descriptor.has_vanished(&error) => {
                self.vanished = Some(error);
                Ok(())
            }
            written => written,
        }
    }

    /// Nothing is kept any more, and neither is its memory.
    fn forget(&mut self) {
        self.kept = VecDeque::new();
        self.gap = false;
    }
}

impl<D: Descriptor> Outlet for Stream<D> {
    fn put(&mut self, text: &[u8], retention: Retention) -> io::Result<()> {
        if self.settled {
            return write_all(&mut self.descriptor, text);
        }
        if !self.is_blocked() {
            let written = self.write(text);
            return self.unless_vanished(written);
        }
        let full = self.gap || self.kept.len().saturating_add(text.len()) > MOST;
        if full && retention == Retention::Droppable {
            self.gap = true;
            self.given_up = self.given_up.saturating_add(lines(text));
        } else {
            self.kept.extend(text);
        }
        Ok(())
    }

    fn resume(&mut self) -> io::Result<Backpressure> {
        if !self.is_blocked() {
            return Ok(Backpressure::Free);
        }
        let written = self.write_kept();
        if written.is_err() || !self.is_blocked() {
            self.forget();
        }
        self.unless_vanished(written)?;
        Ok(if self.is_blocked() {
            Backpressure::Blocked
        } else {
            Backpressure::Free
        })
    }

    fn is_blocked(&self) -> bool {
        !self.kept.is_empty()
    }

    fn given_up(&mut self) -> u64 {
        mem::take(&mut self.given_up)
    }

    fn settle(&mut self) -> io::Result<()> {
        self.settled = true;
        if let Some(error) = self.vanished.take() {
            return Err(error);
        }
        let mut kept = mem::take(&mut self.kept);
        write_all(&mut self.descriptor, kept.make_contiguous())
    }
}

/// An outlet, or none: then what is put is gone.
#[derive(Debug)]
pub struct Optional<O>(pub Option<O>);

impl<O: Outlet> Outlet for Optional<O> {
    fn put(&mut self, text: &[u8], retention: Retention) -> io::Result<()> {
        (self.0.as_mut()).map_or(Ok(()), |outlet| outlet.put(text, retention))
    }

    fn resume(&mut self) -> io::Result<Backpressure> {
        (self.0.as_mut()).map_or(Ok(Backpressure::Free), Outlet::resume)
    }

    fn is_blocked(&self) -> bool {
        self.0.as_ref().is_some_and(Outlet::is_blocked)
    }

    fn given_up(&mut self) -> u64 {
        self.0.as_mut().map_or(0, Outlet::given_up)
    }

    fn settle(&mut self) -> io::Result<()> {
        self.0.as_mut().map_or(Ok(()), Outlet::settle)
    }
}

/// However a run ends, the reader gets what was kept for it.
impl<D: Descriptor> Drop for Stream<D> {
    fn drop(&mut self) {
        // Whoever had to know of an error has settled it himself.
        let _ = self.settle();
    }
}

/// Writes as long as there is room. Tells how many octets were taken.
fn write_some(descriptor: &mut impl Descriptor, text: &[u8]) -> io::Result<usize> {
    let mut rest = text;
    while !rest.is_empty() {
        match descriptor.try_write(rest) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
            outcome => advance(&mut rest, outcome)?,
        }
    }
    Ok(text.len() - rest.len())
}

/// Writes everything, however long that takes.
fn write_all(descriptor: &mut impl Descriptor, text: &[u8]) -> io::Result<()> {
    let mut rest = text;
    while !rest.is_empty() {
        let outcome = descriptor.write(rest);
        advance(&mut rest, outcome)?;
    }
    Ok(())
}

/// What is left to be written after a write with this outcome.
fn advance(rest: &mut &[u8], outcome: io::Result<usize>) -> io::Result<()> {
    match outcome {
        Ok(0) => Err(io::ErrorKind::WriteZero.into()),
        Ok(taken) => {
            *rest = rest.get(taken..).unwrap_or_default();
            Ok(())
        }
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
        Err(error) => Err(error),
    }
}

fn lines(text: &[u8]) -> u64 {
    let ends = text.iter().filter(|octet| **octet == b'\n');
    ends.fold(0, |count, _| count + 1)
}

#[cfg(test)]
mod tests;
