//! The options about what is written for programs.

use std::ffi::OsString;

use clap::{Args, ValueHint};

/// Under this heading is what is written for programs.
pub(in crate::cli) const EXPORTS: &str = "For programs";

/// What was typed about it.
#[derive(Debug, Clone, Default, Args)]
#[allow(
    clippy::doc_markdown,
    reason = "the comments are the text of the help, where a backtick is a backtick"
)]
pub(in crate::cli) struct TypedExports {
    /// Write a row for each probe to FILE as CSV; - is standard output
    #[arg(long, value_name = "FILE", help_heading = EXPORTS, allow_hyphen_values = true,
        value_hint = ValueHint::FilePath)]
    pub(in crate::cli) export_csv: Option<OsString>,
}
