//! The fields of the lines, in order. `schema.json` documents them for programs, `docs/json.md` for people.

use std::net::IpAddr;

use serde::Serialize;

use super::extensions::{Extension, Quoted};
use super::peer_clock::PeerClock;
use super::values::{Millis, Time};
use crate::event::TargetNumber;

/// The fields of every line.
#[derive(Debug, Serialize)]
pub(super) struct Head {
    pub(super) v: u8,
    pub(super) event: &'static str,
    pub(super) time: Time,
    pub(super) t_ms: Millis,
}

#[derive(Debug, Serialize)]
pub(super) struct Start<'a> {
    pub(super) schema: &'static str,
    pub(super) program: &'static str,
    pub(super) version: &'static str,
    pub(super) run_id: &'a str,
    pub(super) host: Option<&'a str>,
    pub(super) shard: Option<&'a str>,
    pub(super) targets_hash: Option<&'a str>,
    pub(super) socket: &'static str,
    pub(super) clock: &'static str,
    pub(super) interval_ms: Option<Millis>,
    pub(super) timeout_ms: Option<Millis>,
    pub(super) size_bytes: usize,
    pub(super) count: Option<u64>,
    pub(super) targets: TargetNumber,
}

/// `target`
#[derive(Debug, Serialize)]
pub(super) struct Introduction<'a> {
    pub(super) target: TargetNumber,
    pub(super) host: Option<&'a str>,
    pub(super) name: &'a str,
    pub(super) address: Option<&'a str>,
    pub(super) family: Option<u8>,
    pub(super) label: Option<&'a str>,
    pub(super) source: Option<IpAddr>,
    pub(super) error: Option<&'a str>,
}

#[derive(Debug, Serialize)]
pub(super) struct Warning<'a> {
    pub(super) message: &'a str,
}

#[derive(Debug, Serialize)]
pub(super) struct Dropped {
    pub(super) lines: u64,
}

/// The probe of a line: `sent`, outcomes and messages begin with it. `sent` and `suspended` have no other fields.
#[derive(Debug, Serialize)]
pub(super) struct Probe<'a> {
    pub(super) target: TargetNumber,
    pub(super) name: &'a str,
    pub(super) seq: Option<u64>,
    pub(super) icmp_seq: u16,
}

/// Marks a message that belongs to no target.
#[derive(Debug, Serialize)]
pub(super) struct Nobody {
    pub(super) target: Option<TargetNumber>,
    pub(super) name: Option<&'static str>,
    pub(super) seq: Option<u64>,
    pub(super) icmp_seq: u16,
}

/// A reply, as far as it can be identified without its probe.
#[derive(Debug, Serialize)]
pub(super) struct Message<'a> {
    pub(super) from: &'a str,
    pub(super) bytes: usize,
    pub(super) ttl: Option<u8>,
    pub(super) tos: Option<u8>,
    pub(super) rtt_ms: Option<Millis>,
}

/// `reply`, after [`Message`], and the beginning of `late`.
#[derive(Debug, Serialize)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is one field of the line"
)]
pub(super) struct Reply {
    pub(super) clock: Option<&'static str>,
    pub(super) tx_host_ms: Option<Millis>,
    pub(super) rx_host_ms: Option<Millis>,
    pub(super) reordered: bool,
    pub(super) altered: bool,
    pub(super) truncated: bool,
    pub(super) oversized: bool,
    pub(super) wrong_source: bool,
    pub(super) peer_clock: Option<PeerClock>,
}

/// `late`, after [`Reply`].
#[derive(Debug, Serialize)]
pub(super) struct Late {
    pub(super) late_by_ms: Option<Millis>,
}

#[derive(Debug, Serialize)]
pub(super) struct Lost {
    pub(super) timeout_ms: Option<Millis>,
}

#[derive(Debug, Serialize)]
pub(super) struct Rejected<'a> {
    pub(super) from: Option<&'a str>,
    pub(super) icmp_type: Option<u8>,
    pub(super) icmp_code: Option<u8>,
    pub(super) reason: Option<&'static str>,
}

/// `not_sent`
#[derive(Debug, Serialize)]
pub(super) struct Unsent<'a> {
    pub(super) errno: Option<i32>,
    pub(super) error: &'a str,
}

/// `down` and `up`, after the first unanswered probe: when it was sent.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Since {
    pub(super) since: Time,
    pub(super) since_t_ms: Millis,
}

/// `down`, after [`Since`].
#[derive(Debug, Serialize)]
pub(super) struct Down<'a> {
    pub(super) probes: u64,
    pub(super) from: Option<&'a str>,
    pub(super) reason: Option<&'static str>,
}

/// `up`, after [`Since`].
#[derive(Debug, Serialize)]
pub(super) struct Up {
    pub(super) probes: u64,
    pub(super) down_ms: Millis,
}

/// `change`, after [`Of`].
#[derive(Debug, Serialize)]
pub(super) struct Change {
    pub(super) what: &'static str,
    pub(super) before: Option<Value>,
    pub(super) after: Value,
}

/// The values before and after a change.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Value {
    Number(u8),
    Text(String),
}

#[derive(Debug, Serialize)]
pub(super) struct IcmpError<'a> {
    pub(super) from: &'a str,
    pub(super) icmp_type: u8,
    pub(super) icmp_code: u8,
    pub(super) reason: &'static str,
    pub(super) mtu: Option<u32>,
    pub(super) extensions: Vec<Extension>,
    pub(super) quoted: Option<Quoted>,
}

#[derive(Debug, Serialize)]
pub(super) struct Notice<'a> {
    pub(super) from: &'a str,
    pub(super) icmp_type: u8,
    pub(super) icmp_code: u8,
    pub(super) reason: &'static str,
    pub(super) gateway: Option<IpAddr>,
}

/// `alive`, `dead` and `unknown`
#[derive(Debug, Serialize)]
pub(super) struct Decided<'a> {
    pub(super) target: TargetNumber,
    pub(super) name: &'a str,
    pub(super) sent: u32,
    pub(super) rtt_ms: Option<Millis>,
    pub(super) reason: Option<&'static str>,
}

/// The target of a `status` or `summary`.
#[derive(Debug, Serialize)]
pub(super) struct Of<'a> {
    pub(super) target: TargetNumber,
    pub(super) name: &'a str,
}

/// `end`, before the figures.
#[derive(Debug, Serialize)]
pub(super) struct End {
    pub(super) reason: &'static str,
    pub(super) exit_code: u8,
    pub(super) targets_alive: TargetNumber,
    pub(super) targets_dead: TargetNumber,
    pub(super) targets_unknown: TargetNumber,
}

/// `end`, after the figures.
#[derive(Debug, Serialize)]
pub(super) struct Conditions<'a> {
    pub(super) failed_conditions: &'a [Failed],
}

/// A condition that is true of a target.
#[derive(Debug, Serialize)]
pub(super) struct Failed {
    pub(super) target: TargetNumber,
    pub(super) condition: String,
    pub(super) value: f64,
}
