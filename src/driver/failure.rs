//! Errors that end a run early.

use std::fmt;
use std::io;

use crate::errno;

/// Marks an error as one of writing the output.
#[must_use]
pub fn unwritable(error: io::Error) -> anyhow::Error {
    Unwritable(error).into()
}

/// Whether the error is an output whose reader is gone, as in `rping host | head -1`.
#[must_use]
pub fn is_reader_gone(error: &anyhow::Error) -> bool {
    let unwritable = error.downcast_ref::<Unwritable>();
    unwritable.is_some_and(|Unwritable(error)| error.kind() == io::ErrorKind::BrokenPipe)
}

/// Sending fails permanently.
#[derive(Debug)]
pub(super) struct Broken(pub(super) io::Error);

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot send: {}", errno::text(&self.0))
    }
}

impl std::error::Error for Broken {}

/// The output cannot be written.
#[derive(Debug)]
pub(super) struct Unwritable(io::Error);

impl fmt::Display for Unwritable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot write the output: {}", errno::text(&self.0))
    }
}

impl std::error::Error for Unwritable {}
