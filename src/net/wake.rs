//! The wait of the loop, and what ends it when a signal comes: a descriptor that becomes readable.

use std::io::{self, PipeReader, Read};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec};

/// Waits until there is something to read from one of these, the time is over, or a signal comes
/// (`ErrorKind::Interrupted`). No time, or one beyond all clocks: for ever. Tells what poll(2) does of each; nothing of
/// one that is not there.
pub(crate) fn poll<const N: usize>(
    of: [Option<BorrowedFd<'_>>; N],
    time: Option<Duration>,
) -> io::Result<[PollFlags; N]> {
    let time = time.and_then(|time| Timespec::try_from(time).ok());
    let mut told = [PollFlags::empty(); N];
    let there = of.iter().flatten().copied();
    let Some(any) = there.clone().next() else {
        rustix::event::poll(&mut [], time.as_ref())?;
        return Ok(told);
    };
    // Those that are there come first, and the rest of the places is not asked about.
    let mut asked = [any; N].map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN));
    let places = asked.iter_mut().zip(there);
    let count = places
        .map(|(place, fd)| *place = PollFd::from_borrowed_fd(fd, PollFlags::IN))
        .count();
    rustix::event::poll(asked.get_mut(..count).unwrap_or_default(), time.as_ref())?;
    let answers = told.iter_mut().zip(of).filter(|(_, fd)| fd.is_some());
    for ((answer, _), asked) in answers.zip(asked) {
        *answer = asked.revents();
    }
    Ok(told)
}

/// The reading end, while there is one.
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

    /// Whether it is still there.
    #[cfg(test)]
    pub(super) fn is_there(&self) -> bool {
        self.0.is_some()
    }

    /// Takes note of signals, after [`poll`] has told of them, so that they do not wake again. What they mean is known to
    /// whoever catches them.
    pub(super) fn take_note(&mut self) {
        let Some(end) = &mut self.0 else {
            return;
        };
        // Of more signals than this it is told once more, which does no harm.
        match end.read(&mut [0; 1024]) {
            Ok(1..) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // The other end is gone, and this one would be ready for ever.
            Ok(0) | Err(_) => self.0 = None,
        }
    }
}

/// A terminal whose keys end a wait, while there is one. It is read elsewhere, before the next wait.
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

    /// Takes note of what [`poll`] has told. A terminal that went away would be ready for ever.
    pub(super) fn take_note(&mut self, told: PollFlags) {
        if told.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) {
            self.0 = None;
        }
    }
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
    fn a_wait_ends_with_its_time_and_not_before() {
        let (_left, right) = UnixStream::pair().unwrap();
        for of in [None, Some(right.as_fd())] {
            let begun = SystemClock.now();
            let time = Duration::from_nanos(1_500_001);
            assert_eq!(poll([of], Some(time)).unwrap(), [NOTHING]);
            assert!(SystemClock.now() - begun >= time);
        }
    }

    #[test]
    fn a_time_that_no_clock_reaches_is_no_error() {
        let (mut left, right) = UnixStream::pair().unwrap();
        left.write_all(b"x").unwrap();
        let told = poll([Some(right.as_fd())], Some(Duration::MAX));
        assert_eq!(told.unwrap(), [READY]);
    }

    #[test]
    fn terminal_that_went_away_ends_one_wait_and_no_more() {
        let (left, right) = UnixStream::pair().unwrap();
        let mut keyboard = Keyboard::new(Some(right.into()));
        drop(left);
        let [told] = poll([keyboard.descriptor()], None).unwrap();
        keyboard.take_note(told);
        assert!(keyboard.descriptor().is_none());
    }

    #[test]
    fn terminal_with_a_key_stays() {
        let (mut left, right) = UnixStream::pair().unwrap();
        left.write_all(b"q").unwrap();
        let mut keyboard = Keyboard::new(Some(right.into()));
        let [told] = poll([keyboard.descriptor()], None).unwrap();
        keyboard.take_note(told);
        assert!(keyboard.descriptor().is_some());
    }

    #[test]
    fn each_is_told_of_at_its_own_place() {
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
