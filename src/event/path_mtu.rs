//! What was found out about the largest packet that a path carries.

use std::net::SocketAddr;

use super::Problem;

/// The path MTU to a target, and how it is known. All sizes are octets of an IP packet, its header included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathMtu {
    /// Octets of the IP and the ICMP header: 28 or 48.
    pub header: u32,
    /// What is known.
    pub verdict: MtuVerdict,
    /// How it is known; none without a conclusion.
    pub learned: Option<MtuSource>,
    /// Messages that said that a probe was too big, each once.
    pub messages: Vec<TooBig>,
    /// Where large probes vanish, as far as that was found.
    pub black_hole: Option<BlackHole>,
    /// The sizes that were tried, from the smallest to the largest, without controls.
    pub tries: Vec<SizeTries>,
    /// Probes of a size that had been answered before.
    pub controls: Tally,
    /// Probes with a small time to live, which look for the place where large ones vanish.
    pub hop_probes: u32,
    /// The MTU that the user expects at least, if this one is smaller.
    pub below: Option<u32>,
}

impl PathMtu {
    /// How many echo requests that were no controls were sent, and how many of them were answered.
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

/// What is known about a path MTU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MtuVerdict {
    /// It is this: the next larger size was refused or vanished each time.
    Exact(u32),
    /// All that this host's interface can send is answered.
    AtLeast(u32),
    /// It lies in this range.
    Range {
        /// The largest size that was answered.
        lower: u32,
        /// The largest size that may still pass.
        upper: u32,
    },
    /// It is not known.
    None(NoPathMtu),
}

impl MtuVerdict {
    /// The largest size that is known to pass.
    #[must_use]
    pub fn lower(self) -> Option<u32> {
        match self {
            Self::Exact(mtu) | Self::AtLeast(mtu) => Some(mtu),
            Self::Range { lower, .. } => Some(lower),
            Self::None(_) => None,
        }
    }

    /// The largest size that may pass, where one is known.
    #[must_use]
    pub fn upper(self) -> Option<u32> {
        match self {
            Self::Exact(mtu) => Some(mtu),
            Self::Range { upper, .. } => Some(upper),
            Self::AtLeast(_) | Self::None(_) => None,
        }
    }
}

/// Why a path MTU is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoPathMtu {
    /// Not even the smallest probes were answered.
    Unanswered {
        /// Their size.
        size: u32,
        /// What a router or host said about one of them.
        problem: Option<(Problem, SocketAddr)>,
    },
    /// Probes did not leave this host.
    NotSent {
        /// The number of the system's error.
        errno: i32,
    },
    /// Replies to probes of this size come back altered or shortened, and none as it was sent.
    Altered {
        /// The size.
        size: u32,
    },
    /// A size that was answered at first is not answered any more.
    Changed {
        /// The size.
        size: u32,
    },
    /// The run ended before it was known.
    Ended {
        /// The largest size that had been answered; none: none had.
        answered: Option<u32>,
    },
}

/// How a path MTU is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MtuSource {
    /// The interface of this host sends nothing larger.
    Interface,
    /// This router named it, and probes confirmed it.
    Message(SocketAddr),
    /// Larger probes were not answered, and nobody named the size.
    Silence,
}

/// A message that said that a probe was too big.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooBig {
    /// Who sent it.
    pub from: SocketAddr,
    /// The size that it names.
    pub mtu: u32,
    /// Whether it quotes a probe in flight, and names a size from the largest that was answered up to below the probe's.
    pub is_believed: bool,
}

/// Where large probes vanish without a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlackHole {
    /// Large probes come as far as the hop of this number; 0: this host.
    pub after: u8,
    /// The address of that hop.
    pub after_address: Option<SocketAddr>,
    /// The next hop, which reports or answers small probes, but no large ones.
    pub before_address: Option<SocketAddr>,
}

/// What became of the probes of one size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SizeTries {
    /// Octets of the IP packet.
    pub size: u32,
    /// How many were sent.
    pub sent: u32,
    /// How many came back as they were sent.
    pub answered: u32,
    /// How many came back altered or shortened.
    pub altered: u32,
    /// About how many a message said that they were too big.
    pub refused: u32,
}

/// How many were sent, and how many of them were answered.
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
