//! Standard output and standard error that never delay a probe.
//!
//! A write to a full pipe, or to a terminal stopped with ^S, blocks until the reader reads on, and a blocked run neither
//! sends nor receives. So rping writes only what fits. It buffers the rest, up to a bound; beyond that it drops whole lines
//! and counts them. When a run is over, it waits for its reader as every program does.
//!
//! A writer thread would be simpler, but none may be started once a run is confined. `O_NONBLOCK` would be simpler too, but
//! that flag belongs to the open file: the writes of the shell and of every other program at the same terminal would fail.
//! `standard` does it without the flag.

mod curtain;
pub mod files;
mod standard;
#[cfg(feature = "live")]
pub mod terminal;

use std::collections::VecDeque;
use std::io;
use std::mem;

pub use curtain::CurtainedOutlet;
pub use standard::Standard;

use crate::report::{Backpressure, Outlet, Retention};

/// The most octets of droppable lines that are buffered: an hour of lines at one a second.
pub const BUFFER_MAX: usize = 256 * 1024;

/// A descriptor that can be written to without blocking.
pub trait Descriptor {
    /// Writes as much as fits, and returns the number of octets, at least 1.
    ///
    /// # Errors
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) if there is no room, otherwise whatever the system says.
    fn try_write(&mut self, text: &[u8]) -> io::Result<usize>;

    /// Writes, blocking while there is no room. Returns the number of octets, at least 1.
    ///
    /// # Errors
    /// Whatever the system says.
    fn write(&mut self, text: &[u8]) -> io::Result<usize>;

    /// Whether this error means that the terminal, and so the reader, is gone.
    fn has_vanished(&self, _error: &io::Error) -> bool {
        false
    }
}

/// An outlet that never blocks until it is [settled](Outlet::settle).
#[derive(Debug)]
pub struct Stream<D: Descriptor> {
    descriptor: D,
    /// What the reader has not taken yet.
    buffer: VecDeque<u8>,
    /// Lines were dropped, and further ones are until the buffer is empty: so the output has one gap instead of many.
    is_dropping: bool,
    /// Lines dropped since the last call of [`Outlet::given_up`].
    given_up: u64,
    /// Why the terminal is gone: the run continues, as iputils' does, and fails at its end.
    vanished: Option<io::Error>,
    settled: bool,
}

impl Stream<Standard<io::Stdout>> {
    /// Standard output. Call it before the thread is confined: it queries the descriptor's type.
    #[must_use]
    pub fn stdout() -> Self {
        Self::new(Standard::new(io::stdout()))
    }
}

impl Stream<Standard<io::Stderr>> {
    /// The same for standard error.
    #[must_use]
    pub fn stderr() -> Self {
        Self::new(Standard::new(io::stderr()))
    }
}

impl<D: Descriptor> Stream<D> {
    /// Creates an outlet that writes to this descriptor.
    pub fn new(descriptor: D) -> Self {
        Self {
            descriptor,
            buffer: VecDeque::new(),
            is_dropping: false,
            given_up: 0,
            vanished: None,
            settled: false,
        }
    }

    /// Writes what fits, and buffers the rest.
    fn write(&mut self, text: &[u8]) -> io::Result<()> {
        let taken = write_some(&mut self.descriptor, text)?;
        self.buffer.extend(text.get(taken..).unwrap_or_default());
        Ok(())
    }

    fn write_buffered(&mut self) -> io::Result<()> {
        let taken = write_some(&mut self.descriptor, self.buffer.make_contiguous())?;
        self.buffer.drain(..taken);
        Ok(())
    }

    /// Defers the error of a write to a terminal that is gone.
    fn defer_vanished(&mut self, written: io::Result<()>) -> io::Result<()> {
        match written {
            Err(error) if self.descriptor.has_vanished(&error) => {
                self.vanished = Some(error);
                Ok(())
            }
            written => written,
        }
    }

    /// Drops the buffer and frees its memory.
    fn clear_buffer(&mut self) {
        self.buffer = VecDeque::new();
        self.is_dropping = false;
    }
}

impl<D: Descriptor> Outlet for Stream<D> {
    fn put(&mut self, text: &[u8], retention: Retention) -> io::Result<()> {
        if self.settled {
            return write_all(&mut self.descriptor, text);
        }
        if !self.is_blocked() {
            let written = self.write(text);
            return self.defer_vanished(written);
        }
        let full = self.is_dropping || self.buffer.len().saturating_add(text.len()) > BUFFER_MAX;
        if full && retention == Retention::Droppable {
            self.is_dropping = true;
            self.given_up = self.given_up.saturating_add(lines(text));
        } else {
            self.buffer.extend(text);
        }
        Ok(())
    }

    fn resume(&mut self) -> io::Result<Backpressure> {
        if !self.is_blocked() {
            return Ok(Backpressure::Free);
        }
        let written = self.write_buffered();
        if written.is_err() || !self.is_blocked() {
            self.clear_buffer();
        }
        self.defer_vanished(written)?;
        Ok(if self.is_blocked() {
            Backpressure::Blocked
        } else {
            Backpressure::Free
        })
    }

    fn is_blocked(&self) -> bool {
        !self.buffer.is_empty()
    }

    fn given_up(&mut self) -> u64 {
        mem::take(&mut self.given_up)
    }

    fn settle(&mut self) -> io::Result<()> {
        self.settled = true;
        if let Some(error) = self.vanished.take() {
            return Err(error);
        }
        let mut buffer = mem::take(&mut self.buffer);
        write_all(&mut self.descriptor, buffer.make_contiguous())
    }
}

/// An outlet that discards everything if it is `None`.
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

/// However a run ends, the reader gets what was buffered.
impl<D: Descriptor> Drop for Stream<D> {
    fn drop(&mut self) {
        // A caller that needs the error calls `settle` itself.
        let _ = self.settle();
    }
}

/// Writes what fits, and returns the number of octets.
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

/// Writes everything, blocking as long as that takes.
fn write_all(descriptor: &mut impl Descriptor, text: &[u8]) -> io::Result<()> {
    let mut rest = text;
    while !rest.is_empty() {
        let outcome = descriptor.write(rest);
        advance(&mut rest, outcome)?;
    }
    Ok(())
}

/// Removes what a write took from `rest`. An interrupted write took nothing.
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
