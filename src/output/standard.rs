//! Writing without blocking to a descriptor that was open when the program started.
//!
//! | type | how |
//! |---|---|
//! | file, device other than a terminal | plain write: it never waits for a reader |
//! | pipe, socket | `pwritev2` with `RWF_NOWAIT`, which pipes support since Linux 6.4 |
//! | named pipe, pipe before Linux 6.4 | `poll`, then a piece that surely fits |
//! | terminal | the same, because it supports nothing else: so a line and its end are two writes |
//!
//! Not covered: between `poll` and the write another program may take the room, or the user may press ^S. Then the write
//! blocks.

use std::io::{self, IoSlice, IsTerminal};
use std::os::fd::AsFd;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FileType, fstat};
use rustix::io::{Errno, ReadWriteFlags, pwritev2};

use super::Descriptor;

/// The most octets that a pipe takes atomically, and takes whenever it has room at all: `PIPE_BUF` of pipe(7).
const PIPE_ATOMIC: usize = 4096;

/// The same for a pseudo-terminal: Linux allocates its buffer in pieces of this size (`drivers/tty/tty_buffer.c`). Other
/// terminals have more.
const TERMINAL_ATOMIC: usize = 256;

/// A descriptor that was open when the program started, and its type.
#[derive(Debug)]
pub struct Standard<F> {
    file: F,
    kind: Kind,
}

/// How a descriptor is written to without blocking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A plain write, which never waits for a reader.
    File,
    /// A pipe or a socket: `RWF_NOWAIT`.
    Pipe,
    /// A pipe or a socket without `RWF_NOWAIT`: `poll` first.
    PolledPipe,
    /// A terminal, which may be full or stopped: `poll` first.
    Terminal,
}

impl<F: AsFd + IsTerminal> Standard<F> {
    /// Queries the type of this descriptor.
    pub fn new(file: F) -> Self {
        let kind = match fstat(&file).map(|status| FileType::from_raw_mode(status.st_mode)) {
            Ok(FileType::Fifo | FileType::Socket) => Kind::Pipe,
            Ok(FileType::CharacterDevice) if file.is_terminal() => Kind::Terminal,
            Ok(_) | Err(_) => Kind::File,
        };
        Self { file, kind }
    }
}

impl<F: AsFd> Standard<F> {
    /// Writes this piece if `poll` reports room.
    fn write_if_ready(&self, piece: &[u8]) -> io::Result<usize> {
        if poll_writable(&self.file, Some(&Timespec::default()))? {
            Ok(rustix::io::write(&self.file, piece)?)
        } else {
            Err(io::ErrorKind::WouldBlock.into())
        }
    }
}

impl<F: AsFd> Descriptor for Standard<F> {
    fn try_write(&mut self, text: &[u8]) -> io::Result<usize> {
        let outcome = match self.kind {
            Kind::File => rustix::io::write(&self.file, text).map_err(Into::into),
            Kind::Pipe => write_nowait(&self.file, pipe_piece(text)),
            Kind::PolledPipe => self.write_if_ready(pipe_piece(text)),
            Kind::Terminal => self.write_if_ready(terminal_piece(text)),
        };
        match outcome {
            Err(error) if self.kind == Kind::Pipe && is_unsupported(&error) => {
                self.kind = Kind::PolledPipe;
                self.try_write(text)
            }
            outcome => outcome,
        }
    }

    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        let text = match self.kind {
            // A process that is killed while it waits here leaves no line half written.
            Kind::Pipe | Kind::PolledPipe => pipe_piece(text),
            Kind::File | Kind::Terminal => text,
        };
        match rustix::io::write(&self.file, text) {
            // Another process has set `O_NONBLOCK`. For a file `poll` would always return at once.
            Err(Errno::WOULDBLOCK) if self.kind != Kind::File => {
                poll_writable(&self.file, None)?;
                Err(io::ErrorKind::Interrupted.into())
            }
            outcome => outcome.map_err(Into::into),
        }
    }

    fn has_vanished(&self, error: &io::Error) -> bool {
        self.kind == Kind::Terminal && error.raw_os_error() == Some(libc::EIO)
    }
}

/// Waits until a write would not block, because there is room or because it would fail. `None`: no timeout. False after
/// the timeout or a signal.
fn poll_writable(file: &impl AsFd, timeout: Option<&Timespec>) -> io::Result<bool> {
    match poll(&mut [PollFd::new(file, PollFlags::OUT)], timeout) {
        Ok(ready) => Ok(ready > 0),
        Err(Errno::INTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Writes what fits now (`RWF_NOWAIT` of pwritev2(2)). `EOPNOTSUPP` if the descriptor does not support that, `EAGAIN` if
/// there is no room.
fn write_nowait(file: &impl AsFd, text: &[u8]) -> io::Result<usize> {
    // -1: the current position of the descriptor, if it has one.
    const CURRENT: u64 = u64::MAX;
    let written = pwritev2(file, &[IoSlice::new(text)], CURRENT, ReadWriteFlags::NOWAIT)?;
    Ok(written)
}

/// Whether the kernel, or a seccomp filter of a container, does not support `RWF_NOWAIT`.
fn is_unsupported(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(libc::EOPNOTSUPP | libc::ENOSYS | libc::EINVAL | libc::EPERM)
    )
}

/// The part of `text` for one write to a pipe: whole lines where they fit, so that no write of another program, or of
/// this one's standard error, splits a line.
fn pipe_piece(text: &[u8]) -> &[u8] {
    let Some(first) = text.get(..PIPE_ATOMIC) else {
        return text;
    };
    let end = first.iter().rposition(|octet| *octet == b'\n');
    end.and_then(|end| first.get(..=end)).unwrap_or(first)
}

/// The part of `text` for one write to a terminal: what its line discipline takes as one block (`process_output_block` of
/// `drivers/tty/n_tty.c`). It takes translated characters one by one, and each may block because the one before filled the
/// buffer.
fn terminal_piece(text: &[u8]) -> &[u8] {
    let translated = |octet: &u8| matches!(octet, b'\n' | b'\r' | b'\t');
    let plain = text.iter().take(TERMINAL_ATOMIC);
    let plain = plain.take_while(|octet| !translated(octet)).count();
    text.get(..plain.max(1)).unwrap_or(text)
}

#[cfg(test)]
mod tests;
