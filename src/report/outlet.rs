//! The destination of output, and what happens while its reader does not keep up.

use std::io::{self, Write};

/// A destination of output.
///
/// Every [`Write`] is an outlet that blocks until it has written everything. A non-blocking outlet buffers what the
/// reader does not accept, up to a limit, then drops whole lines and counts them.
pub trait Outlet {
    /// Accepts whole lines, or single characters of a flood, and writes them as soon as the reader is ready.
    ///
    /// # Errors
    /// An error that makes further output pointless, most often that the reader exited.
    fn put(&mut self, text: &[u8], retention: Retention) -> io::Result<()>;

    /// Writes buffered text, as far as the reader accepts it now.
    ///
    /// # Errors
    /// As [`put`](Self::put).
    fn resume(&mut self) -> io::Result<Backpressure> {
        Ok(Backpressure::Free)
    }

    /// Whether text is buffered because the reader does not accept it.
    fn is_blocked(&self) -> bool {
        false
    }

    /// Returns how many lines were dropped since the last call.
    fn given_up(&mut self) -> u64 {
        0
    }

    /// Blocks until the buffer is written, and makes later writes block too. For the end of a run, when there is
    /// nothing left to delay.
    ///
    /// # Errors
    /// As [`put`](Self::put).
    fn settle(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<W: Write> Outlet for W {
    fn put(&mut self, text: &[u8], _: Retention) -> io::Result<()> {
        self.write_all(text)?;
        self.flush()
    }
}

/// Whether text may be dropped while the reader does not accept it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retention {
    /// May be dropped: it reports progress that the statistics count anyway.
    Droppable,
    /// Is kept until the reader accepts it: a result that appears nowhere else.
    Required,
}

/// Whether an outlet has text left in its buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backpressure {
    /// The reader has taken everything.
    Free,
    /// Text is buffered. There is no notification: call [`Outlet::resume`] periodically.
    Blocked,
}

/// Who uses the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Curtain {
    /// The text report: it is written.
    #[default]
    Open,
    /// The view: text waits behind it.
    Closed,
    /// No one: the terminal accepts no more output.
    Stuck,
}

impl Backpressure {
    /// Combines the states of two outlets.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Free, Self::Free) => Self::Free,
            _ => Self::Blocked,
        }
    }
}

/// Writes the buffered text of standard output and standard error. A closed standard error is no error.
pub(super) fn resume(out: &mut dyn Outlet, err: &mut dyn Outlet) -> io::Result<Backpressure> {
    let flow = out.resume()?;
    Ok(err.resume().map_or(flow, |other| flow.and(other)))
}

/// The line that says how many lines both outlets dropped, or `None`.
pub(super) fn news(out: &mut dyn Outlet, err: &mut dyn Outlet) -> Option<String> {
    match out.given_up().saturating_add(err.given_up()) {
        0 => None,
        1 => Some("1 line dropped: the reader of the output fell behind".to_owned()),
        more => Some(format!(
            "{more} lines dropped: the reader of the output fell behind"
        )),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::mem;

    /// A reader that takes nothing while it is `blocked`.
    #[derive(Debug, Default)]
    pub(in crate::report) struct Held {
        pub(in crate::report) blocked: bool,
        pub(in crate::report) taken: String,
        pub(in crate::report) kept: String,
        /// The text that must not be dropped.
        pub(in crate::report) lasting: String,
        pub(in crate::report) given_up: u64,
        pub(in crate::report) settled: bool,
    }

    impl Outlet for Held {
        fn put(&mut self, text: &[u8], retention: Retention) -> io::Result<()> {
            let text = str::from_utf8(text).unwrap();
            if retention == Retention::Required {
                self.lasting += text;
            }
            if self.blocked {
                self.kept += text;
            } else {
                self.taken += text;
            }
            Ok(())
        }

        fn resume(&mut self) -> io::Result<Backpressure> {
            if self.blocked {
                return Ok(Backpressure::Blocked);
            }
            self.taken += &mem::take(&mut self.kept);
            Ok(Backpressure::Free)
        }

        fn is_blocked(&self) -> bool {
            self.blocked
        }

        fn given_up(&mut self) -> u64 {
            mem::take(&mut self.given_up)
        }

        fn settle(&mut self) -> io::Result<()> {
            (self.blocked, self.settled) = (false, true);
            self.resume().map(drop)
        }
    }

    #[test]
    fn lines_are_counted_in_words_and_told_once() {
        for (out, err, told) in [(0, 1, "1 line dropped"), (2, 3, "5 lines dropped")] {
            let [mut out, mut err] = [out, err].map(|given_up| Held {
                given_up,
                ..Held::default()
            });
            assert!(news(&mut out, &mut err).unwrap().starts_with(told));
            assert_eq!(news(&mut out, &mut err), None);
        }
    }

    #[test]
    fn two_outlets_flow_if_both_do() {
        assert_eq!(
            Backpressure::Free.and(Backpressure::Free),
            Backpressure::Free
        );
        for (one, other) in [
            (Backpressure::Free, Backpressure::Blocked),
            (Backpressure::Blocked, Backpressure::Free),
            (Backpressure::Blocked, Backpressure::Blocked),
        ] {
            assert_eq!(one.and(other), Backpressure::Blocked);
        }
    }

    #[test]
    fn a_writer_takes_everything_and_keeps_nothing_back() {
        let mut text = Vec::new();
        text.put(b"one\n", Retention::Droppable).unwrap();
        assert_eq!(text.resume().unwrap(), Backpressure::Free);
        assert!(!text.is_blocked());
        text.settle().unwrap();
        assert_eq!((text.given_up(), text.as_slice()), (0, &b"one\n"[..]));
    }
}
