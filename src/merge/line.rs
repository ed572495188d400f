//! The fields of a `--json` line that a merge needs. Other fields are skipped, and so are unknown events: a newer rping may have
//! added them.

use std::borrow::Cow;
use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, de::Error as _};

use crate::event::{Distribution, Outage, Outages, RoundTrips, Sources, TargetNumber};

/// The first fields of each line.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Head<'a> {
    pub(super) v: u64,
    #[serde(borrow)]
    pub(super) event: Cow<'a, str>,
}

impl<'a> Head<'a> {
    /// Parses only the beginning of a line if it looks as rping writes it; otherwise the whole line.
    pub(super) fn read(line: &'a [u8]) -> serde_json::Result<Self> {
        let quick = || {
            let rest = line.strip_prefix(b"{\"v\":1,\"event\":\"")?;
            let end = rest
                .iter()
                .position(|octet| !octet.is_ascii_lowercase() && *octet != b'_')?;
            let event = str::from_utf8(rest.get(..end)?).ok()?;
            (rest.get(end) == Some(&b'"')).then_some(event)
        };
        match quick() {
            Some(event) => Ok(Self {
                v: 1,
                event: Cow::Borrowed(event),
            }),
            None => serde_json::from_slice(line),
        }
    }
}

/// The time of a line.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Timed {
    /// Since `start`.
    pub(super) t_ms: Millis,
}

/// `start`
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Start {
    pub(super) host: Option<String>,
    pub(super) shard: Option<String>,
    pub(super) targets_hash: Option<String>,
    pub(super) socket: String,
    pub(super) clock: String,
    pub(super) interval_ms: Option<Millis>,
    pub(super) timeout_ms: Option<Millis>,
    pub(super) size_bytes: usize,
    pub(super) count: Option<u64>,
    pub(super) targets: TargetNumber,
}

/// `target`
#[derive(Debug, Deserialize)]
pub(super) struct Introduction<'a> {
    pub(super) target: TargetNumber,
    #[serde(borrow)]
    pub(super) name: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) address: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) label: Option<Cow<'a, str>>,
    pub(super) source: Option<IpAddr>,
    #[serde(borrow)]
    pub(super) error: Option<Cow<'a, str>>,
}

/// The target of a line about a probe; `None`: it belongs to no target.
#[derive(Debug, Deserialize)]
pub(super) struct About {
    pub(super) target: Option<TargetNumber>,
}

/// `reply`
#[derive(Debug, Deserialize)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is one field of the line"
)]
pub(super) struct Reply<'a> {
    pub(super) target: TargetNumber,
    pub(super) rtt_ms: Option<Millis>,
    #[serde(borrow)]
    pub(super) clock: Option<Cow<'a, str>>,
    pub(super) reordered: bool,
    pub(super) altered: bool,
    pub(super) truncated: bool,
    pub(super) oversized: bool,
    pub(super) wrong_source: bool,
}

/// `alive`, `dead` and `unknown`
#[derive(Debug, Deserialize)]
pub(super) struct Decided<'a> {
    pub(super) target: TargetNumber,
    pub(super) sent: u32,
    pub(super) rtt_ms: Option<Millis>,
    #[serde(borrow)]
    pub(super) reason: Option<Cow<'a, str>>,
}

/// `dropped`
#[derive(Debug, Deserialize)]
pub(super) struct Dropped {
    pub(super) lines: u64,
}

/// `end`, without its figures.
#[derive(Debug, Deserialize)]
pub(super) struct End<'a> {
    #[serde(borrow)]
    pub(super) reason: Cow<'a, str>,
    pub(super) exit_code: u8,
    pub(super) targets_alive: TargetNumber,
    pub(super) targets_dead: TargetNumber,
    pub(super) targets_unknown: TargetNumber,
    pub(super) failed_conditions: Vec<Failed>,
}

/// A condition of `--fail-if` that is true of a target.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Failed {
    pub(super) target: TargetNumber,
    pub(super) condition: String,
    pub(super) value: f64,
}

/// The figures of `summary` and `end`.
#[derive(Debug, Deserialize)]
pub(super) struct Figures {
    /// In `summary`, their target.
    pub(super) target: Option<TargetNumber>,
    pub(super) sent: u64,
    pub(super) received: u64,
    pub(super) rejected: u64,
    pub(super) suspended: u64,
    pub(super) in_flight: u64,
    pub(super) not_sent: u64,
    pub(super) late: u64,
    pub(super) icmp_errors: u64,
    pub(super) duplicates: u64,
    pub(super) reordered: u64,
    pub(super) altered: u64,
    pub(super) truncated: u64,
    pub(super) oversized: u64,
    pub(super) wrong_source: u64,
    pub(super) bad_checksum: u64,
    pub(super) bad_token: u64,
    pub(super) stale: u64,
    pub(super) unexpected: u64,
    pub(super) rtt_ms: Option<Times>,
    pub(super) timed_by: Option<TimedBy>,
    pub(super) outages: Option<OutagesMs>,
    pub(super) hist: Option<Hist>,
}

/// The known figures of round trips.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Times {
    pub(super) min: Option<Millis>,
    pub(super) avg: Option<Millis>,
    pub(super) max: Option<Millis>,
    pub(super) mdev: Option<Millis>,
    pub(super) p50: Option<Millis>,
    pub(super) p90: Option<Millis>,
    pub(super) p99: Option<Millis>,
    pub(super) p99_9: Option<Millis>,
    pub(super) jitter: Option<Millis>,
}

impl Times {
    /// All figures, if all are known. No line has the smoothed average.
    pub(super) fn whole(&self) -> Option<RoundTrips> {
        let mean = self.avg?.0;
        Some(RoundTrips {
            min: self.min?.0,
            mean,
            max: self.max?.0,
            deviation: self.mdev?.0,
            ewma: mean,
            p50: self.p50?.0,
            p90: self.p90?.0,
            p99: self.p99?.0,
            p99_9: self.p99_9?.0,
            jitter: self.jitter?.0,
        })
    }
}

/// The number of round trips timed by each clock.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct TimedBy {
    hardware: u64,
    wire: u64,
    kernel: u64,
    receipt: u64,
    user: u64,
}

impl From<TimedBy> for Sources {
    fn from(line: TimedBy) -> Self {
        let TimedBy {
            hardware,
            wire,
            kernel,
            receipt,
            user,
        } = line;
        Self {
            hardware,
            wire,
            kernel,
            receipt,
            user,
        }
    }
}

/// Outages.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct OutagesMs {
    count: u64,
    longest_ms: Option<Millis>,
    total_ms: Millis,
}

impl From<OutagesMs> for Outages {
    /// No line has the lost probes of the longest one.
    fn from(line: OutagesMs) -> Self {
        Self {
            count: line.count,
            longest: line.longest_ms.map(|length| Outage {
                first: 0,
                last: 0,
                length: length.0,
                probes: 0,
            }),
            total: line.total_ms.0,
        }
    }
}

/// A distribution.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Hist {
    digits: u8,
    buckets: Vec<(u64, u64)>,
}

impl From<Hist> for Distribution {
    fn from(line: Hist) -> Self {
        let buckets = line.buckets.into_iter();
        Self {
            digits: line.digits,
            values: buckets
                .map(|(nanoseconds, count)| (Duration::from_nanos(nanoseconds), count))
                .collect(),
        }
    }
}

/// Milliseconds, to the nanosecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Millis(pub(super) Duration);

impl<'de> Deserialize<'de> for Millis {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the number is in the range of the other type"
    )]
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// A century, far below the range of 64 bits.
        const CENTURY: f64 = 3.2e18;
        let nanoseconds = (f64::deserialize(deserializer)? * 1e6).round();
        if (0.0..CENTURY).contains(&nanoseconds) {
            Ok(Self(Duration::from_nanos(nanoseconds as u64)))
        } else {
            Err(D::Error::custom(
                "a time is negative or longer than a century",
            ))
        }
    }
}
