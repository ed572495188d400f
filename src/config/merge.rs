//! `--merge`: lines of `--json` taken together.

use std::ffi::OsString;

use super::Style;
use super::many::ManyStyle;

/// Lines of `--json` that are taken together.
#[derive(Debug, Clone)]
pub struct Merge {
    /// The program's name as it was invoked, for messages on standard error.
    pub program: String,
    /// The files, as typed; `-` is standard input.
    pub files: Vec<OsString>,
    /// What is printed.
    pub style: Style,
    /// How the table looks.
    pub many: ManyStyle,
}
