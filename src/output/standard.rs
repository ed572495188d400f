//! A descriptor that was open when the program began: how to write to it without waiting.
//!
//! | what it leads to | how |
//! |---|---|
//! | a file, a device that is no terminal | as ever: it takes everything at once, or says why not |
//! | a pipe, a socket | `pwritev2` with `RWF_NOWAIT`, which pipes know since Linux 6.4 |
//! | a pipe with a name, or before that | it is asked whether there is room, and gets no more than surely fits |
//! | a terminal | the same, because it knows no other way: so a line and its end are two writes |
//!
//! What is not promised: between the question and the write another program may take the room, or somebody press ^S.
//! Then that write waits, as every write did before.

use std::io::{self, IoSlice, IsTerminal};
use std::os::fd::AsFd;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FileType, fstat};
use rustix::io::{Errno, ReadWriteFlags, pwritev2};

use super::Descriptor;

/// What a pipe takes as a whole or not at all, and surely where it has room at all: `PIPE_BUF` of pipe(7).
const PIPE: usize = 4096;

/// The same of a pseudo-terminal, whose kernel hands out its room in pieces of this size (`drivers/tty/tty_buffer.c`
/// of Linux). Other terminals have more.
const TERMINAL: usize = 256;

/// A descriptor that was open when the program began, and what it leads to.
#[derive(Debug)]
pub struct Standard<F> {
    file: F,
    kind: Kind,
}

/// What a descriptor leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// It takes everything at once, or says why not.
    File,
    /// A pipe or a socket, which can be told not to wait.
    Pipe,
    /// One that can not.
    Asked,
    /// It may be full, or stopped.
    Terminal,
}

impl<F: AsFd + IsTerminal> Standard<F> {
    /// Looks at what this leads to.
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
    /// Writes this if there is room for it.
    fn write_piece(&self, piece: &[u8]) -> io::Result<usize> {
        if can_write(&self.file, Some(&Timespec::default()))? {
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
            Kind::Pipe => write_at_once(&self.file, for_a_pipe(text)),
            Kind::Asked => self.write_piece(for_a_pipe(text)),
            Kind::Terminal => self.write_piece(for_a_terminal(text)),
        };
        match outcome {
            Err(error) if self.kind == Kind::Pipe && is_unknown(&error) => {
                self.kind = Kind::Asked;
                self.try_write(text)
            }
            outcome => outcome,
        }
    }

    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        match rustix::io::write(&self.file, text) {
            // Somebody else has made it a descriptor that never blocks. A file would be ready at once, and for ever.
            Err(Errno::WOULDBLOCK) if self.kind != Kind::File => {
                can_write(&self.file, None)?;
                Err(io::ErrorKind::Interrupted.into())
            }
            outcome => outcome.map_err(Into::into),
        }
    }

    fn has_vanished(&self, error: &io::Error) -> bool {
        self.kind == Kind::Terminal && error.raw_os_error() == Some(libc::EIO)
    }
}

/// Whether something can be written to a descriptor, or never will be, so that a write says why. Waits for that as long
/// as is said; no time: for ever, but for a signal.
fn can_write(file: &impl AsFd, time: Option<&Timespec>) -> io::Result<bool> {
    match poll(&mut [PollFd::new(file, PollFlags::OUT)], time) {
        Ok(ready) => Ok(ready > 0),
        Err(Errno::INTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Writes what has room now, and does not wait for the rest (`RWF_NOWAIT` of pwritev2(2)). `EOPNOTSUPP` if that is unknown
/// to what the descriptor leads to, `EAGAIN` if there is no room at all.
fn write_at_once(file: &impl AsFd, text: &[u8]) -> io::Result<usize> {
    // -1: where the descriptor stands, if it is anywhere.
    const HERE: u64 = u64::MAX;
    let written = pwritev2(file, &[IoSlice::new(text)], HERE, ReadWriteFlags::NOWAIT)?;
    Ok(written)
}

/// Whether the kernel, or what confines this program besides itself, does not know the way to write at once.
fn is_unknown(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(libc::EOPNOTSUPP | libc::ENOSYS | libc::EINVAL | libc::EPERM)
    )
}

/// What is written to a pipe in one go: whole lines where they fit, so that none is torn by what others write to it, or
/// this program by its other descriptor.
fn for_a_pipe(text: &[u8]) -> &[u8] {
    let Some(first) = text.get(..PIPE) else {
        return text;
    };
    let end = first.iter().rposition(|octet| *octet == b'\n');
    end.and_then(|end| first.get(..=end)).unwrap_or(first)
}

/// What is written to a terminal in one go: what its line discipline takes as a whole (`process_output_block` of
/// `drivers/tty/n_tty.c`). Characters that it translates it takes one by one, and each may find that the one before took
/// the last piece of room, and wait for the next.
fn for_a_terminal(text: &[u8]) -> &[u8] {
    let translated = |octet: &u8| matches!(octet, b'\n' | b'\r' | b'\t');
    let plain = text.iter().take(TERMINAL);
    let plain = plain.take_while(|octet| !translated(octet)).count();
    text.get(..plain.max(1)).unwrap_or(text)
}

#[cfg(test)]
mod tests;
