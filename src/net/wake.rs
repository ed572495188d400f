//! The wait of the loop, and the descriptors that end it: the pipe of signals, and the terminal.

use std::io::{self, PipeReader, Read};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec};

/// Waits until a descriptor is readable, the timeout expires, or a signal arrives (`ErrorKind::Interrupted`). `None`, or a
/// timeout that the system cannot represent: no timeout. Returns the events of each descriptor; none for `None`.
pub(crate) fn poll<const N: usize>(
    descriptors: [Option<BorrowedFd<'_>>; N],
    timeout: Option<Duration>,
) -> io::Result<[PollFlags; N]> {
    let timeout = timeout.and_then(|timeout| Timespec::try_from(timeout).ok());
    let mut events = [PollFlags::empty(); N];
    let present = descriptors.iter().flatten().copied();
    let Some(any) = present.clone().next() else {
        rustix::event::poll(&mut [], timeout.as_ref())?;
        return Ok(events);
    };
    // The present descriptors come first; only these are polled.
    let mut polled = [any; N].map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN));
    let count = (polled.iter_mut().zip(present))
        .map(|(entry, fd)| *entry = PollFd::from_borrowed_fd(fd, PollFlags::IN))
        .count();
    rustix::event::poll(
        polled.get_mut(..count).unwrap_or_default(),
        timeout.as_ref(),
    )?;
    let results = events
        .iter_mut()
        .zip(descriptors)
        .filter(|(_, fd)| fd.is_some());
    for ((result, _), polled) in results.zip(polled) {
        *result = polled.revents();
    }
    Ok(events)
}

/// The reading end of the pipe of signals, while it is open.
#[derive(Debug)]
pub(super) struct Waker(Option<PipeReader>);

impl Waker {
    pub(super) fn new(end: Option<PipeReader>) -> Self {
        Self(end)
    }

    /// For [`poll`].
    pub(super) fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        self.0.as_ref().map(AsFd::as_fd)
    }

    #[cfg(test)]
    pub(super) fn is_open(&self) -> bool {
        self.0.is_some()
    }

    /// Empties the pipe after [`poll`] has reported it, so that the same signals do not wake again.
    pub(super) fn drain(&mut self) {
        let Some(end) = &mut self.0 else {
            return;
        };
        // More signals wake once again, which does no harm.
        match end.read(&mut [0; 1024]) {
            Ok(1..) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // The writing end is closed, so this one would always be readable.
            Ok(0) | Err(_) => self.0 = None,
        }
    }
}

/// A terminal whose keys end a wait, while it is open. The view reads it before the next wait.
#[derive(Debug)]
pub(super) struct Keyboard(Option<OwnedFd>);

impl Keyboard {
    pub(super) fn new(terminal: Option<OwnedFd>) -> Self {
        Self(terminal)
    }

    /// For [`poll`].
    pub(super) fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        self.0.as_ref().map(AsFd::as_fd)
    }

    /// Drops the terminal if [`poll`] reports that it is gone: it would always be readable.
    pub(super) fn close_if_gone(&mut self, events: PollFlags) {
        if is_gone(events) {
            self.0 = None;
        }
    }
}

/// Whether [`poll`] reports that a terminal is gone.
pub(crate) fn is_gone(events: PollFlags) -> bool {
    events.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock, SystemClock};
    use std::io::Write;
    use std::os::unix::net::UnixStream;

    const READY: PollFlags = PollFlags::IN;
    const NOTHING: PollFlags = PollFlags::empty();

    #[test]
    fn wait_ends_at_its_timeout_and_not_before() {
        let (_left, right) = UnixStream::pair().unwrap();
        for of in [None, Some(right.as_fd())] {
            let begun = SystemClock.now();
            let time = Duration::from_nanos(1_500_001);
            assert_eq!(poll([of], Some(time)).unwrap(), [NOTHING]);
            assert!(SystemClock.now() - begun >= time);
        }
    }

    #[test]
    fn timeout_beyond_the_system_s_range_is_no_error() {
        let (mut left, right) = UnixStream::pair().unwrap();
        left.write_all(b"x").unwrap();
        let told = poll([Some(right.as_fd())], Some(Duration::MAX));
        assert_eq!(told.unwrap(), [READY]);
    }

    #[test]
    fn terminal_that_is_gone_ends_only_one_wait() {
        let (left, right) = UnixStream::pair().unwrap();
        let mut keyboard = Keyboard::new(Some(right.into()));
        drop(left);
        let [told] = poll([keyboard.descriptor()], None).unwrap();
        keyboard.close_if_gone(told);
        assert!(keyboard.descriptor().is_none());
    }

    #[test]
    fn terminal_with_a_key_stays() {
        let (mut left, right) = UnixStream::pair().unwrap();
        left.write_all(b"q").unwrap();
        let mut keyboard = Keyboard::new(Some(right.into()));
        let [told] = poll([keyboard.descriptor()], None).unwrap();
        keyboard.close_if_gone(told);
        assert!(keyboard.descriptor().is_some());
    }

    #[test]
    fn events_keep_the_order_of_the_descriptors() {
        let (mut left, right) = UnixStream::pair().unwrap();
        left.write_all(b"x").unwrap();
        let (quiet, ready) = (Some(left.as_fd()), Some(right.as_fd()));
        let now = Some(Duration::ZERO);
        for (of, expected) in [
            ([quiet, ready, quiet], [NOTHING, READY, NOTHING]),
            ([None, quiet, ready], [NOTHING, NOTHING, READY]),
            ([ready, None, quiet], [READY, NOTHING, NOTHING]),
            ([None, None, ready], [NOTHING, NOTHING, READY]),
            ([None; 3], [NOTHING; 3]),
        ] {
            assert_eq!(poll(of, now).unwrap(), expected);
        }
    }
}
