//! What `--pmtu` means, and what it has no use for.

use std::time::Duration;

use super::Refusal;
use super::args::Typed;
use super::meaning::DEFAULT_FIRST_SEQUENCE;
use crate::config::many::{PathMtuPlan, Spacing};
use crate::config::{Face, Message, PathMtuDiscovery, SocketOptions};

/// Octets of data in the first probe to a target.
const SIZE: usize = 40;

/// The settings of the search, if one was requested.
pub(super) fn plan(typed: &Typed, spacing: Spacing) -> Option<PathMtuPlan> {
    typed.diagnosis.pmtu.then(|| PathMtuPlan {
        expected: typed.diagnosis.expect,
        timeout: typed.timeout,
        deadline: typed.deadline.filter(|deadline| !deadline.is_zero()),
        spacing,
        first_sequence: typed.first_sequence.unwrap_or(DEFAULT_FIRST_SEQUENCE),
    })
}

/// Rejects options that the search does not use.
pub(super) fn refuse(typed: &Typed, face: Face) -> Result<(), Refusal> {
    if face == Face::Ping {
        return Err(Refusal::new(
            "usage error: --pmtu works only under the name rping",
        ));
    }
    if typed.timeout == Some(Duration::ZERO) {
        return Err(Refusal::new(
            "-W 0 (no timeout) does not work with --pmtu: silence has to mean something",
        ));
    }
    let many = &typed.many;
    let exports = &typed.exports;
    let watched = typed.watch.given();
    let no_use: &[(bool, &str, &str)] = &[
        (typed.count.is_some(), "-c", SEARCH),
        (typed.interval.is_some(), "-i", SEARCH),
        (typed.flood, "-f", SEARCH),
        (typed.adaptive, "-A", SEARCH),
        (typed.preload.is_some(), "-l", SEARCH),
        (typed.until_reply, "-o", SEARCH),
        (typed.size.is_some(), "-s", SIZES),
        (
            typed.pmtudisc.is_some(),
            "-M",
            "the search forbids fragments",
        ),
        (
            typed.ttl.is_some(),
            "-t",
            "the search needs small ones to find a black hole",
        ),
        (
            typed.broadcast,
            "-b",
            "each path of a group has its own MTU",
        ),
        (!typed.node_information.is_empty(), "-N", ECHO),
        (typed.diagnosis.icmp_timestamp, "--icmp-timestamp", ECHO),
        (typed.diagnosis.sweep_size.is_some(), "--sweep-size", SIZES),
        (typed.record_route, "-R", OPTIONS),
        (typed.ip_timestamp.is_some(), "-T", OPTIONS),
        (!typed.via.is_empty(), "--via", OPTIONS),
        (typed.clock.is_some(), "--clock", TIMES),
        (typed.user_time, "-U", TIMES),
        (typed.histogram, "--histogram", TIMES),
        (!typed.fail_if.is_empty(), "--fail-if", "use --expect"),
        (typed.outstanding, "-O", REPLIES),
        (typed.audible, "-a", REPLIES),
        (many.alive, "--alive", ONE),
        (many.dead, "--dead", ONE),
        (many.retries.is_some(), "--retries", SEARCH),
        (many.need.is_some(), "--need", "each target counts"),
        (many.sort.is_some(), "--sort", "no table is printed"),
        (many.summary_every.is_some(), "--summary-every", REPLIES),
        (typed.live.live, "--live", "the view shows round trips"),
        (watched.is_some(), watched.unwrap_or_default(), ONE),
        (exports.export_csv.is_some(), "--export-csv", EXPORT),
        (
            exports.export_csv_summary.is_some(),
            "--export-csv-summary",
            EXPORT,
        ),
        (
            exports.export_openmetrics.is_some(),
            "--export-openmetrics",
            EXPORT,
        ),
        (exports.export_influx.is_some(), "--export-influx", EXPORT),
    ];
    match no_use.iter().find(|(is_given, ..)| *is_given) {
        Some((_, option, why)) => Err(Refusal::new(format!(
            "usage error: {option} does not work with --pmtu: {why}"
        ))),
        None => Ok(()),
    }
}

const SIZES: &str = "the search decides the sizes";
const SEARCH: &str = "the search decides how many probes leave, and when";
const ECHO: &str = "the search sends echo requests";
const OPTIONS: &str = "options in the IP header change what fits";
const TIMES: &str = "no times are printed";
const REPLIES: &str = "replies have no lines";
const ONE: &str = "ask one question at a time";
const EXPORT: &str = "results are in the text and in --json or --export-json";

/// `--expect` needs the search.
pub(super) fn refuse_alone(typed: &Typed) -> Result<(), Refusal> {
    match typed.diagnosis.expect {
        Some(_) if !typed.diagnosis.pmtu => {
            Err(Refusal::new("usage error: --expect works only with --pmtu"))
        }
        _ => Ok(()),
    }
}

/// Socket options of the search: unfragmented probes that ignore this host's cached path MTU.
pub(super) fn socket(options: SocketOptions) -> SocketOptions {
    SocketOptions {
        path_mtu_discovery: Some(PathMtuDiscovery::Probe),
        ..options
    }
}

/// The message of the first probe to a target.
pub(super) fn message(message: Message) -> Message {
    Message {
        size: SIZE,
        ..message
    }
}
