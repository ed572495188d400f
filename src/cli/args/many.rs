//! The options about many targets.

use std::ffi::OsString;
use std::time::Duration;

use clap::{Args, ValueEnum, ValueHint};

use super::{OneOf, by};
use crate::cli::values::{self, Quorum, Rate};
use crate::cli::words;
use crate::config::many::Shard;

/// The heading of these options, which the name `ping` does not have.
pub(in crate::cli) const MANY: &str = "Many targets";

/// The options for many targets as typed.
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
    /// Probe the targets in this file too; - is standard input
    #[arg(long, value_name = "FILE", help_heading = MANY, allow_hyphen_values = true,
        value_hint = ValueHint::FilePath)]
    pub(in crate::cli) targets: Vec<OsString>,
    /// Leave out this address, network or range; may be repeated
    #[arg(long, value_name = "ADDRESSES", help_heading = MANY, allow_hyphen_values = true,
        value_parser = by(words::host))]
    pub(in crate::cli) exclude: Vec<String>,
    /// Leave out what this file lists, one on each line
    #[arg(long, value_name = "FILE", help_heading = MANY, allow_hyphen_values = true,
        value_hint = ValueHint::FilePath)]
    pub(in crate::cli) exclude_file: Vec<OsString>,
    /// Probe every address of a name, not only the first
    #[arg(long, help_heading = MANY)]
    pub(in crate::cli) all_addresses: bool,
    /// Probe the network and broadcast addresses of IPv4 networks too
    #[arg(long, help_heading = MANY)]
    pub(in crate::cli) whole_networks: bool,
    /// Probe the targets in random order
    #[arg(long, help_heading = MANY)]
    pub(in crate::cli) random_order: bool,
    /// Refuse to probe more than N targets [default: 131072]
    #[arg(long, value_name = "N", help_heading = MANY, allow_hyphen_values = true,
        value_parser = by(values::limit))]
    pub(in crate::cli) limit: Option<u64>,
    /// Probe only part I of N of the list, the same on every machine
    #[arg(long, value_name = "I/N", help_heading = MANY, allow_hyphen_values = true,
        value_parser = by(values::shard))]
    pub(in crate::cli) shard: Option<Shard>,
    /// Ignore invalid targets and names without an address
    #[arg(long, help_heading = MANY)]
    pub(in crate::cli) skip_bad: bool,
    /// Most probes a second over all targets [default: 1000]
    #[arg(long, value_name = "N", help_heading = MANY, allow_hyphen_values = true,
        value_parser = by(values::rate))]
    pub(in crate::cli) rate: Option<Rate>,
    /// Only ask who is alive, and list those that answer
    #[arg(long, help_heading = MANY)]
    pub(in crate::cli) alive: bool,
    /// Only ask who is alive, and list those that do not answer
    #[arg(long, help_heading = MANY)]
    pub(in crate::cli) dead: bool,
    /// Probe a silent target N more times, 0 to 15 [default: 3]
    #[arg(long, value_name = "N", help_heading = MANY, allow_hyphen_values = true,
        value_parser = by(values::retries))]
    pub(in crate::cli) retries: Option<u8>,
    /// Succeed when N (or N%) targets answer [default: all]
    #[arg(long, value_name = "N|N%", help_heading = MANY, allow_hyphen_values = true,
        value_parser = by(values::need))]
    pub(in crate::cli) need: Option<Quorum>,
    /// Sort the table by loss, rtt or address [default: as given]
    #[arg(long, value_name = "KEY", help_heading = MANY, allow_hyphen_values = true,
        hide_possible_values = true, value_parser = OneOf::<SortBy>::new("--sort"))]
    pub(in crate::cli) sort: Option<SortBy>,
    /// Print the state of all targets every SECONDS
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
