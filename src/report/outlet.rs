//! Where text goes, and what becomes of it while its reader does not take it.

use std::io::{self, Write};

/// What a report writes to.
///
/// Any [`Write`] is one: it takes everything, and its writer waits for it. One that lets nobody wait keeps what is not
/// taken at once, up to a bound, and then gives up whole lines and counts them.
pub trait Outlet {
    /// Takes whole lines, or single characters of a flood, and shows them to the reader as soon as it is ready.
    ///
    /// # Errors
    /// What makes further writing pointless, above all that the reader exited.
    fn put(&mut self, text: &[u8], retention: Retention) -> io::Result<()>;

    /// Writes what was kept for the reader, as far as the reader takes it now.
    ///
    /// # Errors
    /// As [`put`](Self::put).
    fn resume(&mut self) -> io::Result<Backpressure> {
        Ok(Backpressure::Free)
    }

    /// Whether something is kept because the reader does not take it.
    fn is_blocked(&self) -> bool {
        false
    }

    /// How many lines were dropped since the last call.
    fn given_up(&mut self) -> u64 {
        0
    }

    /// Waits until the reader has taken what was kept for it, and from now on for all that is put. For the end of a
    /// run: nothing follows that could be delayed.
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

/// Whether text may be dropped while the reader does not take it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retention {
    /// It may be dropped: it tells what happens during a run, and the statistics count it anyway.
    Droppable,
    /// It is kept until the reader takes it: a result, which no other place has.
    Required,
}

/// Whether the reader of an outlet has taken all that there is for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backpressure {
    /// The reader has taken everything.
    Free,
    /// Text is kept for the reader. Nothing tells when it is ready: [`Outlet::resume`] has to be tried now and then.
    Blocked,
}

/// Who has the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Curtain {
    /// Text is written.
    #[default]
    Open,
    /// The view: text waits behind it.
    Closed,
    /// Nobody: the terminal takes nothing any more.
    Stuck,
}

impl Backpressure {
    /// Of two outlets together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Free, Self::Free) => Self::Free,
            _ => Self::Blocked,
        }
    }
}

/// Writes what was kept for the readers of standard output and of standard error. A missing reader of messages is no
/// error.
pub(super) fn resume(out: &mut dyn Outlet, err: &mut dyn Outlet) -> io::Result<Backpressure> {
    let flow = out.resume()?;
    Ok(err.resume().map_or(flow, |other| flow.and(other)))
}

/// The line that tells how many lines both of them dropped; `None` if they dropped none.
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
        /// What of that may not be given up.
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
