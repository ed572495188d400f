//! What is written for programs, beside the text or in its place.

use std::ffi::OsString;

/// All that is written for programs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Exports {
    /// What goes to a file.
    pub files: Vec<Export>,
    /// What goes to standard output, in place of the text.
    pub stdout: Option<Format>,
}

/// A file for programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// What is in it.
    pub format: Format,
    /// Its path, as typed.
    pub file: OsString,
}

/// A format that programs read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A row for what became of each probe (RFC 4180).
    Csv,
}
