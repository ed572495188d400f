//! What the command line means for a run that is told once more.

use std::ffi::OsString;

use super::{ManyStyle, Style};

/// `--replay`: a recorded run, and how it is told.
#[derive(Debug, Clone)]
pub struct Replay {
    /// The program's name as it was invoked, for messages on standard error.
    pub program: String,
    /// A file that `--export-json` wrote.
    pub file: OsString,
    /// `--speed`: how many times as fast as it was; none: without any wait. Above zero.
    pub speed: Option<f64>,
    /// What is printed.
    pub style: Style,
    /// What is printed about several targets, besides.
    pub many: ManyStyle,
}
