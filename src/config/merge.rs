//! `--merge`: settings of a run that combines recorded runs.

use std::ffi::OsString;

use super::Style;
use super::many::ManyStyle;

/// `--merge`: files of `--json` lines to combine.
#[derive(Debug, Clone)]
pub struct Merge {
    /// The program's name as it was invoked, for messages on standard error.
    pub program: String,
    /// The files, as typed; `-` is standard input.
    pub files: Vec<OsString>,
    /// The output.
    pub style: Style,
    /// The output for many targets.
    pub many: ManyStyle,
}
