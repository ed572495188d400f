//! What is known before the run, and nowhere in its events.

use std::time::Duration;

use crate::config::{ClockChoice, Sources};
use crate::event::TargetNumber;
use crate::sanitize::Charset;

/// What is known before the run.
#[derive(Debug, Clone)]
pub struct Run {
    /// A random word: two runs have two.
    pub id: String,
    /// The name of this host.
    pub host: Option<String>,
    /// Which part of the list is probed: `2/3`.
    pub shard: Option<String>,
    /// The hash of the list, of all shards together.
    pub targets_hash: Option<u64>,
    /// What probes are sent through.
    pub socket: Socket,
    /// The clock that was asked for.
    pub clock: ClockChoice,
    /// From one probe to the next of the same target; none where replies or retries set the pace.
    pub interval: Option<Duration>,
    /// How long a probe may stay unanswered; none: no timeout, or one that grows with each retry.
    pub timeout: Option<Duration>,
    /// Octets of data in each probe.
    pub size: usize,
    /// How many probes a target gets; none: until interrupted, or until it answers.
    pub count: Option<u64>,
    /// How many targets there are.
    pub targets: TargetNumber,
    /// Where probes come from, as far as that is known.
    pub sources: Sources,
    /// What the reader of standard error reads.
    pub charset: Charset,
    /// Whether it is asked who is alive.
    pub alive: bool,
}

/// What probes are sent through.
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
    /// Given for each family whether its socket is raw; none: it has none.
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
