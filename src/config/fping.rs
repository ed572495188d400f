//! What a run under the name `fping` prints. Whom it probes and when, [`Several`](super::Several) tells, as for any run of
//! many targets.

use std::time::Duration;

/// The output of fping. Read by the report of that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is one switch of the command line, independent of the others"
)]
pub struct FpingStyle {
    /// What has a line.
    pub lines: FpingLines,
    /// `-J`: probes and summaries are JSON, and nothing else goes to standard output.
    pub json: bool,
    /// `-q`, `-Q`: what went wrong with single probes and names is not told.
    pub quiet: bool,
    /// `-e`: the line of a target that is alive tells the round trip.
    pub elapsed: bool,
    /// `-s`: the end tells what was counted over all targets.
    pub stats: bool,
    /// `-o`: the summary of a target tells for how long probes were lost.
    pub outage: bool,
    /// What targets go by.
    pub name: FpingName,
    /// `-D`: lines of single probes begin with the time.
    pub timestamps: Option<TimestampFormat>,
    /// `--icmp-timestamp`: the line of a reply tells the times in it.
    pub times: bool,
    /// `--print-reply-dst`: the line of a reply tells the address that it came to.
    pub destination: bool,
    /// `--print-tos`: the line of a reply tells its type of service or traffic class.
    pub traffic_class: bool,
    /// `--print-ttl`: the line of a reply tells its hop limit.
    pub hop_limit: bool,
    /// `-R`: the data of probes is random.
    pub random_data: bool,
    /// `-x`, `-X`: whether enough targets are reachable is said, and not which ones.
    pub required: Option<u32>,
}

/// What targets go by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FpingName {
    /// Their names: as they were typed, or with `-n` and `-d` those of their addresses.
    #[default]
    Name,
    /// `-A`: their addresses.
    Address,
    /// `-A` with `-n` or `-d`: both.
    Both,
}

/// What has a line on standard output, and a summary at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FpingLines {
    /// Targets, once it is known whether they are alive.
    Targets(FpingListed),
    /// Probes, with `-c`, `-C` and `-l`.
    Probes(FpingProbes),
}

/// Which targets have a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FpingListed {
    /// All, each with what it is.
    Told,
    /// `-a`: those that are alive, by name only.
    Alive,
    /// `-u`: those that are unreachable, by name only.
    Unreachable,
    /// `-q`, `-x`, `-X`: none.
    None,
}

/// How single probes are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FpingProbes {
    /// Whether each has a line.
    pub each: bool,
    /// `-C`: the summary has the round trip of each, and not what they come to.
    pub values: bool,
    /// From one probe to the next of the same target.
    pub period: Duration,
    /// `-Q`: what the summaries in between tell, where there are any.
    pub intervals: FpingIntervals,
}

/// What the summaries in between tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FpingIntervals {
    /// What came since the last one.
    Each,
    /// `-Q SECS,cumulative`: what came since the start.
    Cumulative,
    /// `-N`: as `Each`, in the words of Netdata, which is told how long such an interval is.
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
