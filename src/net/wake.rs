//! What ends a wait when a signal comes: a descriptor that becomes readable.

use std::io::{self, Read};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::net::UnixStream;

/// The reading end, while there is one.
#[derive(Debug)]
pub(super) struct Waker(Option<UnixStream>);

impl Waker {
    pub(super) fn new(stream: Option<UnixStream>) -> io::Result<Self> {
        if let Some(stream) = &stream {
            stream.set_nonblocking(true)?;
        }
        Ok(Self(stream))
    }

    /// For `poll`, which passes over a negative number.
    pub(super) fn descriptor(&self) -> RawFd {
        self.0.as_ref().map_or(-1, AsRawFd::as_raw_fd)
    }

    /// Whether it is still there.
    #[cfg(test)]
    pub(super) fn is_there(&self) -> bool {
        self.0.is_some()
    }

    /// Takes note of a signal, so that it does not wake again. What it means is known to whoever catches it.
    pub(super) fn take_note(&mut self) {
        let Some(stream) = &mut self.0 else {
            return;
        };
        let mut octets = [0; 64];
        loop {
            match stream.read(&mut octets) {
                Ok(1..) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                // The other end is gone, and this one would be ready for ever.
                Ok(0) | Err(_) => {
                    self.0 = None;
                    return;
                }
            }
        }
    }
}
