//! Settings of a run that its events do not contain.

use std::time::Duration;

use crate::config::{ClockChoice, Sources};
use crate::event::TargetNumber;
use crate::sanitize::Charset;

/// Settings of a run for its line `start`.
#[derive(Debug, Clone)]
pub struct Run {
    /// A random word, different for each run.
    pub id: String,
    /// The name of this host.
    pub host: Option<String>,
    /// The part of the list that is probed: `2/3`.
    pub shard: Option<String>,
    /// The hash of the list, the same for all shards.
    pub targets_hash: Option<u64>,
    /// The kind of sockets.
    pub socket: Socket,
    /// The clock selected with `--clock`.
    pub clock: ClockChoice,
    /// The time between two probes to the same target, or `None` if replies or retries set the pace.
    pub interval: Option<Duration>,
    /// The timeout of a probe, or `None` if there is none or it grows with each retry.
    pub timeout: Option<Duration>,
    /// Octets of data in a probe.
    pub size: usize,
    /// Probes to each target, or `None` for no limit or with `--alive`.
    pub count: Option<u64>,
    /// The number of targets.
    pub targets: TargetNumber,
    /// Source addresses, as far as known.
    pub sources: Sources,
    /// The character set of standard error.
    pub charset: Charset,
    /// Whether the run has `--alive`.
    pub alive: bool,
}

/// The kind of sockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Socket {
    /// Raw sockets.
    Raw,
    /// Ping sockets.
    Ping,
    /// A raw socket for one family, a ping socket for the other.
    Both,
}

impl Socket {
    /// The sockets of both families: whether they are raw; `None` if the family has none.
    #[must_use]
    pub fn of(families: [Option<bool>; 2]) -> Self {
        match families {
            [Some(true), Some(false)] | [Some(false), Some(true)] => Self::Both,
            [Some(true), _] | [_, Some(true)] => Self::Raw,
            _ => Self::Ping,
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Ping => "ping",
            Self::Both => "raw_and_ping",
        }
    }
}
