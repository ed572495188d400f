//! The path MTU of a target, as found by probing.

use std::net::SocketAddr;

use super::Problem;

/// The path MTU of a target and how it was found. All sizes are octets of an IP packet with its header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathMtu {
    /// The length of IP and ICMP header: 28 or 48 octets.
    pub header: u32,
    /// The result.
    pub verdict: MtuVerdict,
    /// How the result is known; `None` without one.
    pub learned: Option<MtuSource>,
    /// The distinct "too big" errors.
    pub messages: Vec<TooBig>,
    /// Where large probes are dropped silently, if that was found.
    pub black_hole: Option<BlackHole>,
    /// The probed sizes in rising order, without control probes.
    pub tries: Vec<SizeTries>,
    /// Control probes, of a size that was answered before.
    pub controls: Tally,
    /// Probes with a small time to live, which locate a black hole.
    pub hop_probes: u32,
    /// The MTU that the user requires, if the result is smaller.
    pub below: Option<u32>,
}

impl PathMtu {
    /// Counts all echo requests except control probes, and the answered ones.
    #[must_use]
    pub fn probes(&self) -> Tally {
        let mut all = Tally {
            sent: self.hop_probes,
            answered: 0,
        };
        for tries in &self.tries {
            all.sent += tries.sent;
            all.answered += tries.answered;
        }
        all
    }

    /// Octets of data in an echo request of this size.
    #[must_use]
    pub fn data(&self, size: u32) -> u32 {
        size.saturating_sub(self.header)
    }
}

/// The result of a search for the path MTU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MtuVerdict {
    /// Exactly this: the next larger size was always rejected or lost.
    Exact(u32),
    /// At least this: the largest packet that this host's interface can send was answered.
    AtLeast(u32),
    /// A range.
    Range {
        /// The largest size that was answered.
        lower: u32,
        /// The largest size that may still pass.
        upper: u32,
    },
    /// Unknown.
    None(NoPathMtu),
}

impl MtuVerdict {
    /// The largest size that surely passes.
    #[must_use]
    pub fn lower(self) -> Option<u32> {
        match self {
            Self::Exact(mtu) | Self::AtLeast(mtu) => Some(mtu),
            Self::Range { lower, .. } => Some(lower),
            Self::None(_) => None,
        }
    }

    /// The largest size that may pass, if there is a limit.
    #[must_use]
    pub fn upper(self) -> Option<u32> {
        match self {
            Self::Exact(mtu) => Some(mtu),
            Self::Range { upper, .. } => Some(upper),
            Self::AtLeast(_) | Self::None(_) => None,
        }
    }
}

/// Why a path MTU is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoPathMtu {
    /// Not even the smallest probes were answered.
    Unanswered {
        /// Their size.
        size: u32,
        /// The ICMP error about one of them, and its sender.
        problem: Option<(Problem, SocketAddr)>,
    },
    /// Probes were not sent.
    NotSent {
        /// The system's error number.
        errno: i32,
    },
    /// All replies to probes of this size are altered or truncated.
    Altered {
        /// The size.
        size: u32,
    },
    /// A size that was answered before is no longer answered.
    Changed {
        /// The size.
        size: u32,
    },
    /// The run ended before the search.
    Ended {
        /// The largest answered size; `None` if there is none.
        answered: Option<u32>,
    },
}

/// How a path MTU was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MtuSource {
    /// This host's interface sends no larger packets.
    Interface,
    /// A router reported it, and probes confirmed it.
    Message(SocketAddr),
    /// Larger probes were lost without an error.
    Silence,
}

/// An ICMP error that says that a probe was too big.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooBig {
    /// Who sent it.
    pub from: SocketAddr,
    /// The MTU in it.
    pub mtu: u32,
    /// Whether it is plausible: it quotes a probe in flight, and its MTU is at least the largest answered size and smaller
    /// than the probe.
    pub is_believed: bool,
}

/// Where large probes are dropped silently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlackHole {
    /// The last hop that large probes reach; 0 is this host.
    pub after: u8,
    /// The address of that hop.
    pub after_address: Option<SocketAddr>,
    /// The next hop, which answers or rejects small probes but no large ones.
    pub before_address: Option<SocketAddr>,
}

/// The outcomes of the probes of one size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SizeTries {
    /// Octets of the IP packet.
    pub size: u32,
    /// How many were sent.
    pub sent: u32,
    /// How many replies were unaltered.
    pub answered: u32,
    /// How many replies were altered or truncated.
    pub altered: u32,
    /// How many probes an ICMP error called too big.
    pub refused: u32,
}

/// Probes sent and answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// How many were sent.
    pub sent: u32,
    /// How many were answered.
    pub answered: u32,
}

impl Tally {
    /// How many were not answered.
    #[must_use]
    pub fn lost(self) -> u32 {
        self.sent.saturating_sub(self.answered)
    }
}
