//! What the command line means for a run of many targets.

use std::ffi::OsString;
use std::fmt;
use std::num::NonZero;
use std::time::Duration;

use super::{FamilyChoice, FpingStyle, PathMtuDiscovery, RoundTripStart};

/// What is told about several targets.
#[derive(Debug, Clone)]
pub struct Several {
    /// Whom to probe.
    pub targets: Targets,
    /// What to send when, and when to stop.
    pub schedule: Schedule,
    /// What is searched for instead: the schedule then tells only the pace.
    pub path_mtu: Option<Box<PathMtuPlan>>,
    /// How many targets have to answer.
    pub need: Need,
    /// What is printed about them.
    pub style: ManyStyle,
    /// What is printed under the name `fping`, instead.
    pub fping: Option<FpingStyle>,
    /// How often the state so far is printed.
    pub summary_every: Option<Duration>,
    /// How often names are looked up again; none: not at all.
    pub resolve_every: Option<Duration>,
}

/// The words and files that name the targets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is one switch of the command line, independent of the others"
)]
pub struct Targets {
    /// Names, addresses, networks and ranges, as typed.
    pub words: Vec<String>,
    /// Files with one a line; `-` is standard input.
    pub files: Vec<OsString>,
    /// Addresses, networks and ranges to be left out.
    pub exclude: Vec<String>,
    /// Files with one of these a line.
    pub exclude_files: Vec<OsString>,
    /// Which address families are wanted.
    pub family: FamilyChoice,
    /// Which targets go by the names of their addresses.
    pub names: AddressNames,
    /// Whether multicast and broadcast addresses may be targets.
    pub groups: Groups,
    /// A reply with the token of a probe counts from any address.
    pub any_sender: bool,
    /// All addresses of a name are probed, not only the first.
    pub all_addresses: bool,
    /// The network and the broadcast address of an IPv4 network are probed as well.
    pub whole_networks: bool,
    /// The order is random.
    pub random_order: bool,
    /// The most targets that are allowed, of all shards together; none: the default.
    pub limit: Option<u64>,
    /// Which part of the targets is probed; none: all of them.
    pub shard: Option<Shard>,
    /// What names no target is passed over, and no failure.
    pub skip_bad: bool,
    /// Words and the first words of lines name hosts, as in fping: no networks and no ranges. A host that is named twice is
    /// listed twice.
    pub hosts_only: bool,
}

/// Whether addresses that reach many hosts may be targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Groups {
    /// Only with [`SocketOptions::broadcast`](super::SocketOptions::broadcast).
    #[default]
    Refused,
    /// They may, and need no interface: the kernel knows a way, or says why it does not send.
    Allowed,
}

/// Which targets go by the names that a reverse lookup of their addresses gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AddressNames {
    /// None: all go by what was typed.
    #[default]
    Never,
    /// Those that were typed as addresses.
    OfAddresses,
    /// All.
    OfAll,
}

/// `--shard`: one of several parts of the targets, which other machines probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// From 1 to `of`.
    number: NonZero<u32>,
    of: NonZero<u32>,
}

impl Shard {
    /// One of so many; none if there is none with this number, which begins with 1.
    #[must_use]
    pub fn new(number: u32, of: u32) -> Option<Self> {
        let (number, of) = (NonZero::new(number)?, NonZero::new(of)?);
        (number <= of).then_some(Self { number, of })
    }

    /// Reads it as it is typed; none if it is no shard.
    ///
    /// ```
    /// # use rping::config::many::Shard;
    /// assert_eq!(Shard::read("2/3"), Shard::new(2, 3));
    /// assert_eq!(Shard::read("4/3"), None);
    /// ```
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (number, of) = text.split_once('/')?;
        Self::new(number.parse().ok()?, of.parse().ok()?)
    }

    /// Which one it is, from 1.
    #[must_use]
    pub fn number(self) -> u32 {
        self.number.get()
    }

    /// How many there are.
    #[must_use]
    pub fn of(self) -> u32 {
        self.of.get()
    }

    /// Whether the target with this hash falls to it: each falls to one of the shards of a list.
    ///
    /// ```
    /// # use rping::config::many::Shard;
    /// let second = Shard::new(2, 3).unwrap();
    /// assert!(second.takes(7) && !second.takes(8));
    /// ```
    #[must_use]
    pub fn takes(self, hash: u64) -> bool {
        hash % u64::from(self.of.get()) == u64::from(self.number.get() - 1)
    }
}

impl fmt::Display for Shard {
    /// As it is typed: `2/3`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.number, self.of)
    }
}

/// What to send when to which target, and when the run is over. Read by the engine for many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// What is asked of the targets.
    pub mode: Mode,
    /// How far apart two probes are, to one target or to two.
    pub spacing: Spacing,
    /// How long a probe may stay unanswered; of the first one to each target where the time grows.
    pub timeout: Duration,
    /// Stop at this time after the start in any case.
    pub deadline: Option<Duration>,
    /// Where a round trip begins.
    pub start: RoundTripStart,
    /// The sequence number of the first probe to each target.
    pub first_sequence: u16,
    /// Whether a probe that was too big is sent in fragments the next time.
    pub fragments: Fragments,
}

/// How far apart two probes are, to one target or to two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spacing {
    /// So far at least, and spread over the period of a round where that leaves room for more. A short delay of this host
    /// is made up for.
    Spread(Duration),
    /// So far and no farther, as in fping: where a round is over before its period, nothing is sent until the next one.
    Close(Duration),
}

impl Spacing {
    /// The most probes a second; `None`: unlimited.
    #[must_use]
    pub fn at_most(rate: Option<u32>) -> Self {
        let second = Duration::from_secs(1);
        Self::Spread(rate.map_or(Duration::ZERO, |rate| second / rate.max(1)))
    }

    /// The least distance; zero: none.
    #[must_use]
    pub fn least(self) -> Duration {
        match self {
            Self::Spread(least) | Self::Close(least) => least,
        }
    }

    /// Whether more probes a second than this may leave.
    #[must_use]
    pub fn is_faster_than(self, rate: u32) -> bool {
        self.least() < Duration::from_secs(1) / rate.max(1)
    }
}

/// `--pmtu`: what is searched for, and how. Read by the engine that does so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PathMtuPlan {
    /// The path MTU that the user expects at least, in octets.
    pub expected: Option<u32>,
    /// The longest that a probe is waited for; none: as long as round trips suggest.
    pub timeout: Option<Duration>,
    /// Stop at this time after the start in any case.
    pub deadline: Option<Duration>,
    /// How far apart two probes are, to one target or to two.
    pub spacing: Spacing,
    /// The sequence number of the first probe to each target.
    pub first_sequence: u16,
}

/// By how much longer each try of a target is waited for than the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    millionths: u32,
}

impl Backoff {
    /// This factor, to six decimals; negative ones are zero.
    #[must_use]
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a factor beyond the range of the type is as good as the end of the range"
    )]
    pub fn new(factor: f64) -> Self {
        Self {
            millionths: (factor * 1e6).round() as u32,
        }
    }

    /// The time of the try after one that had this time.
    #[must_use]
    pub fn lengthen(self, time: Duration) -> Duration {
        time.saturating_mul(self.millionths) / 1_000_000
    }
}

impl Default for Backoff {
    /// Half as much again: fping's.
    fn default() -> Self {
        Self {
            millionths: 1_500_000,
        }
    }
}

/// Whether this host may send a probe in fragments that is too big for a link on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fragments {
    /// It may, and does once it has been told of the link.
    Allowed,
    /// It may not: the next probe is as big.
    Forbidden,
}

impl Fragments {
    /// What path MTU discovery allows. Without `-M`, fragments are sent, but not to many receivers at once.
    #[must_use]
    pub fn by(discovery: Option<PathMtuDiscovery>, to_group: bool) -> Self {
        match discovery {
            Some(PathMtuDiscovery::Do | PathMtuDiscovery::Probe) => Self::Forbidden,
            None if to_group => Self::Forbidden,
            None | Some(PathMtuDiscovery::Want | PathMtuDiscovery::Dont) => Self::Allowed,
        }
    }
}

/// What is asked of many targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// How they are: each is probed once in each period.
    Rounds {
        /// From one probe to the next of the same target.
        period: Duration,
        /// How many rounds; none: until interrupted.
        count: Option<u32>,
    },
    /// Who is alive: each is probed until it answers or its retries are spent.
    Alive {
        /// How often a target is probed again.
        retries: u8,
        /// How the timeout grows from one try to the next.
        backoff: Backoff,
    },
}

/// How many targets have to answer for the run to be a success.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Need {
    /// All of them.
    #[default]
    All,
    /// So many; the run is over as soon as that is decided.
    Number(u32),
    /// So many in a hundred, rounded up.
    Percent(u8),
    /// This number; the run is over as soon as they have answered, and not before, even if too few are left for it.
    Reached(u32),
    /// So many; the run goes on to its end whatever is decided.
    InTheEnd(u32),
}

/// What is printed about several targets, besides what [`Style`](super::Style) says. Read by the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ManyStyle {
    /// Which targets are listed when the question is who is alive.
    pub listed: Listed,
    /// The order of the rows of the table.
    pub sort: Sort,
    /// `--rate`: most probes a second over all targets; none: unlimited. The first line tells the period that it allows.
    pub rate: Option<u32>,
    /// `-n`: targets go by their addresses, also where they were named.
    pub numeric: bool,
    /// Columns of the terminal on which a line shows how far the run is, as many as it had at the start: on one that is
    /// narrowed later a longer line wraps. None: standard error is not a terminal, or nobody wants that line.
    pub progress: Option<u16>,
}

/// Which targets are listed when the question is who is alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Listed {
    /// All, each with the word alive or dead.
    #[default]
    All,
    /// `--alive`: those that answered.
    Alive,
    /// `--dead`: those that did not.
    Dead,
}

/// `--sort`: the order of the rows of the table. Equals stay in the order in which they were given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// As the targets were given.
    #[default]
    AsGiven,
    /// The highest loss first; what was never probed last.
    Loss,
    /// The shortest mean round trip first; what never answered last.
    RoundTrip,
    /// IPv4 before IPv6, low before high; what has no address last.
    Address,
}
