//! The options that are about many targets.

use std::ffi::OsString;
use std::time::Duration;

use clap::{Args, ValueEnum, ValueHint};

use super::by;
use crate::cli::values::{self, Pace, Quorum};
use crate::cli::words;

/// Under this heading is what the name `ping` has no use for.
pub(in crate::cli) const MANY: &str = "Many targets";

/// What was typed about many targets.
#[derive(Debug, Clone, Default, Args)]
#[allow(
    clippy::doc_markdown,
    reason = "the comments are the text of the help, where a backtick is a backtick"
)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is one switch of the command line, independent of the others"
)]
pub(in crate::cli) struct TypedMany {
    /// Probe the targets in this file too, one a line with an optional label behind it; - is standard input
    #[arg(long, value_name = "FILE", help_heading = MANY, allow_hyphen_values = true,
        value_hint = ValueHint::FilePath)]
    pub(in crate::cli) targets: Vec<OsString>,
    /// Leave out these addresses: one, a network or a range; may be repeated
    #[arg(long, value_name = "ADDRESSES", help_heading = MANY, allow_hyphen_values = true,
        value_parser = by(words::host))]
    pub(in crate::cli) exclude: Vec<String>,
    /// Leave out the addresses in this file, written as for --exclude, one a line
    #[arg(long, value_name = "FILE", help_heading = MANY, allow_hyphen_values = true,
        value_hint = ValueHint::FilePath)]
    pub(in crate::cli) exclude_file: Vec<OsString>,
    /// Probe all addresses of a name, not only the first
    #[arg(long, help_heading = MANY)]
    pub(in crate::cli) all_addresses: bool,
    /// Probe the network and the broadcast address of an IPv4 network as well
    #[arg(long, help_heading = MANY)]
    pub(in crate::cli) whole_networks: bool,
    /// Probe the targets in a random order
    #[arg(long, help_heading = MANY)]
    pub(in crate::cli) random_order: bool,
    /// Allow up to N targets [default: 131072]
    #[arg(long, value_name = "N", help_heading = MANY, allow_hyphen_values = true,
        value_parser = by(values::limit))]
    pub(in crate::cli) limit: Option<u64>,
    /// Pass over lines and words that name no target, and do not fail for them
    #[arg(long, help_heading = MANY)]
    pub(in crate::cli) skip_bad: bool,
    /// Send at most N probes a second over all targets; max, only for root, as many as this host can; more than 1000 only
    /// for root [default: 1000]
    #[arg(long, value_name = "N", help_heading = MANY, allow_hyphen_values = true,
        value_parser = by(values::rate))]
    pub(in crate::cli) rate: Option<Pace>,
    /// Ask only who is alive, and list those that are; with -q their names alone, to be piped
    #[arg(long, help_heading = MANY)]
    pub(in crate::cli) alive: bool,
    /// Ask only who is alive, and list those that are not
    #[arg(long, help_heading = MANY)]
    pub(in crate::cli) dead: bool,
    /// Probe a target that does not answer N times more before it is dead, each time waiting half as long again, 0 to 15
    /// [default: 3]
    #[arg(long, value_name = "N", help_heading = MANY, allow_hyphen_values = true,
        value_parser = by(values::retries))]
    pub(in crate::cli) retries: Option<u8>,
    /// Succeed when N targets, or N% of them, have answered, and stop when that is decided [default: all]
    #[arg(long, value_name = "N|N%", help_heading = MANY, allow_hyphen_values = true,
        value_parser = by(values::need))]
    pub(in crate::cli) need: Option<Quorum>,
    /// Sort the table by loss, rtt or address [default: as given]
    #[arg(long, value_name = "KEY", help_heading = MANY, allow_hyphen_values = true,
        hide_possible_values = true)]
    pub(in crate::cli) sort: Option<SortBy>,
    /// Print the state so far every so many seconds
    #[arg(long, value_name = "SECONDS", help_heading = MANY, allow_hyphen_values = true,
        value_parser = by(values::summary_every))]
    pub(in crate::cli) summary_every: Option<Duration>,
}

/// `--sort`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum SortBy {
    Loss,
    Rtt,
    Address,
}
