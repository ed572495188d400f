//! Output under the name `fping`. Targets and schedule are in [`Several`](super::Several), as for any run with many targets.

use std::time::Duration;

/// The output of fping. Read by the report of that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is one independent switch of the command line"
)]
pub struct FpingStyle {
    /// What is printed, line by line.
    pub lines: FpingLines,
    /// `-J`: probes and summaries as JSON, and nothing else on standard output.
    pub json: bool,
    /// `-q`, `-Q`: no errors of single probes and names.
    pub quiet: bool,
    /// `-e`: the line of an alive target shows the round trip.
    pub elapsed: bool,
    /// `-s`: final statistics over all targets.
    pub stats: bool,
    /// `-o`: the summary of a target shows its outage time.
    pub outage: bool,
    /// How targets are named.
    pub name: FpingName,
    /// `-D`: lines of single probes begin with the time.
    pub timestamps: Option<TimestampFormat>,
    /// `--icmp-timestamp`: the line of a reply shows the times in it.
    pub times: bool,
    /// `--print-reply-dst`: the line of a reply shows its destination address.
    pub destination: bool,
    /// `--print-tos`: the line of a reply shows its type of service or traffic class.
    pub traffic_class: bool,
    /// `--print-ttl`: the line of a reply shows its hop limit.
    pub hop_limit: bool,
    /// `-R`: the data of probes is random.
    pub random_data: bool,
    /// `-x`, `-X`: print only whether this number of targets is reachable.
    pub required: Option<u32>,
}

/// How targets are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FpingName {
    /// By name: as typed, or with `-n` and `-d` the name of the address.
    #[default]
    Name,
    /// `-A`: by address.
    Address,
    /// `-A` with `-n` or `-d`: by both.
    Both,
}

/// What is printed on standard output, and summarized at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FpingLines {
    /// Targets, as soon as their state is known.
    Targets(FpingListed),
    /// Probes, with `-c`, `-C` and `-l`.
    Probes(FpingProbes),
}

/// Which targets are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FpingListed {
    /// All, with their state.
    WithState,
    /// `-a`: alive ones, by name only.
    Alive,
    /// `-u`: unreachable ones, by name only.
    Unreachable,
    /// `-q`, `-x`, `-X`: none.
    None,
}

/// How single probes are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FpingProbes {
    /// Whether each probe has a line.
    pub each: bool,
    /// `-C`: the summary lists each round trip instead of minimum, mean and maximum.
    pub values: bool,
    /// From one probe to the next of the same target.
    pub period: Duration,
    /// `-Q`: what intermediate summaries cover.
    pub intervals: FpingIntervals,
}

/// What intermediate summaries cover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FpingIntervals {
    /// The time since the last one.
    Each,
    /// `-Q SECS,cumulative`: the time since the start.
    Cumulative,
    /// `-N`: as `Each`, in Netdata's format, which includes the length of the interval.
    Netdata(Duration),
}

/// How `-D` writes a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimestampFormat {
    /// Seconds since 1970.
    Unix,
    /// `Mon Nov 30 17:29:45 2026`.
    Ctime,
    /// `2026-11-30T17:29:45+0000`.
    Iso,
    /// `2026-11-30 17:29:45`.
    Rfc3339,
}
