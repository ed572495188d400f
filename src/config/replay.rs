//! `--replay`: settings of a replayed run.

use std::ffi::OsString;

use super::{ManyStyle, Style};

/// `--replay`: a recorded run, and how to show it.
#[derive(Debug, Clone)]
pub struct Replay {
    /// The program's name as it was invoked, for messages on standard error.
    pub program: String,
    /// A file that `--export-json` wrote.
    pub file: OsString,
    /// `--speed`: the factor by which it is faster than the recorded run, above zero; `None`: without any wait.
    pub speed: Option<f64>,
    /// The output.
    pub style: Style,
    /// The output for many targets.
    pub many: ManyStyle,
}
