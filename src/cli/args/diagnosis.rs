//! The options that replace the measurement of round trips by another diagnosis.

use clap::Args;

use super::by;
use crate::cli::sweep_size::{self, SweepSize};
use crate::cli::values;

/// The heading of options about the path, which the name `ping` does not have.
pub(in crate::cli) const DIAGNOSIS: &str = "Diagnosis";

/// The diagnosis options as typed.
#[derive(Debug, Clone, Default, Args)]
#[allow(
    clippy::doc_markdown,
    reason = "the comments are the text of the help, where a backtick is a backtick"
)]
pub(in crate::cli) struct TypedDiagnosis {
    /// Find the path MTU: the largest packet that gets to each target and back
    #[arg(long, help_heading = DIAGNOSIS)]
    pub(in crate::cli) pmtu: bool,
    /// With --pmtu, exit with 1 if a path MTU is smaller than N octets
    #[arg(long, value_name = "N", help_heading = DIAGNOSIS, allow_hyphen_values = true,
        value_parser = by(values::expected_mtu))]
    pub(in crate::cli) expect: Option<u32>,
    /// Send probes of growing size, from MIN to MAX octets of data, -c rounds of all (5): a table, and what the size costs.
    /// The default step makes about 20 sizes
    #[arg(long, value_name = "MIN:MAX[:STEP]", help_heading = DIAGNOSIS, allow_hyphen_values = true,
        value_parser = by(sweep_size::value))]
    pub(in crate::cli) sweep_size: Option<SweepSize>,
    /// Ask each target for its time of day (ICMP timestamp), to see how far its clock is off; IPv4, raw socket
    #[arg(long, help_heading = DIAGNOSIS)]
    pub(in crate::cli) icmp_timestamp: bool,
    /// Say what this machine allows, and which command changes it; sends nothing
    #[arg(long, help_heading = DIAGNOSIS)]
    pub(in crate::cli) doctor: bool,
}
