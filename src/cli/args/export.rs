//! The options about output for programs.

use std::ffi::OsString;
use std::time::Duration;

use clap::{Args, ValueHint};

use super::by;
use crate::cli::values;

/// The heading of these options.
pub(in crate::cli) const EXPORTS: &str = "For programs";

/// The export options as typed.
#[derive(Debug, Clone, Default, Args)]
#[allow(
    clippy::doc_markdown,
    reason = "the comments are the text of the help, where a backtick is a backtick"
)]
#[allow(
    clippy::struct_field_names,
    reason = "the names of the fields are those of the options"
)]
pub(in crate::cli) struct TypedExports {
    /// Write the lines of --json to FILE, beside the text
    #[arg(long, value_name = "FILE", help_heading = EXPORTS, allow_hyphen_values = true,
        value_hint = ValueHint::FilePath)]
    pub(in crate::cli) export_json: Option<OsString>,
    /// Write a row for each probe to FILE as CSV; - is standard output
    #[arg(long, value_name = "FILE", help_heading = EXPORTS, allow_hyphen_values = true,
        value_hint = ValueHint::FilePath)]
    pub(in crate::cli) export_csv: Option<OsString>,
    /// Write a row for each target to FILE as CSV
    #[arg(long, value_name = "FILE", help_heading = EXPORTS, allow_hyphen_values = true,
        value_hint = ValueHint::FilePath)]
    pub(in crate::cli) export_csv_summary: Option<OsString>,
    /// Keep metrics for Prometheus in FILE; in OpenMetrics where its name ends in .om
    #[arg(long, value_name = "FILE", help_heading = EXPORTS, allow_hyphen_values = true,
        value_hint = ValueHint::FilePath)]
    pub(in crate::cli) export_openmetrics: Option<OsString>,
    /// Write a line for each target to FILE as Telegraf's ping does (line protocol)
    #[arg(long, value_name = "FILE", help_heading = EXPORTS, allow_hyphen_values = true,
        value_hint = ValueHint::FilePath)]
    pub(in crate::cli) export_influx: Option<OsString>,
    /// Read what rping --json wrote on several hosts or for several shards, and print one table; - is standard input
    #[arg(long, value_name = "FILE", help_heading = EXPORTS, num_args = 1.., value_hint = ValueHint::FilePath)]
    pub(in crate::cli) merge: Vec<OsString>,
    /// Write the metrics anew every SECONDS [default: 15]
    #[arg(long, value_name = "SECONDS", help_heading = EXPORTS, allow_hyphen_values = true,
        value_parser = by(values::export_every))]
    pub(in crate::cli) export_every: Option<Duration>,
}
