//! Settings of a run with many targets.

use std::ffi::OsString;
use std::fmt;
use std::num::NonZero;
use std::time::Duration;

use super::{FamilyChoice, FpingStyle, PathMtuDiscovery, RoundTripStart};

/// The plan for many targets.
#[derive(Debug, Clone)]
pub struct Several {
    /// The targets.
    pub targets: Targets,
    /// What to send when, and when to stop.
    pub schedule: Schedule,
    /// `--pmtu`: the search that replaces probing. Of the schedule only the pace applies then.
    pub path_mtu: Option<Box<PathMtuPlan>>,
    /// How many targets have to answer.
    pub need: Need,
    /// Output beyond [`Style`](super::Style).
    pub style: ManyStyle,
    /// Output under the name `fping`, instead.
    pub fping: Option<FpingStyle>,
    /// How long after its departure a probe can be answered, whatever its timeout; none: as long as it is in memory.
    pub forgets_after: Option<Duration>,
    /// How often the state so far is printed.
    pub summary_every: Option<Duration>,
    /// How often names are looked up again; `None`: never.
    pub resolve_every: Option<Duration>,
}

/// The targets as typed, and rules for resolving them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is one independent switch of the command line"
)]
pub struct Targets {
    /// Names, addresses, networks and ranges, as typed.
    pub words: Vec<String>,
    /// Files with one of these per line; `-` is standard input.
    pub files: Vec<OsString>,
    /// Excluded addresses, networks and ranges.
    pub exclude: Vec<String>,
    /// Files with one exclusion per line.
    pub exclude_files: Vec<OsString>,
    /// Which address families are wanted.
    pub family: FamilyChoice,
    /// Which targets get the name of their address.
    pub names: AddressNames,
    /// Whether multicast and broadcast addresses may be targets.
    pub groups: Groups,
    /// Whether a reply with a valid token counts from any address.
    pub any_sender: bool,
    /// Whether all addresses of a name are probed, not only the first.
    pub all_addresses: bool,
    /// Whether the network and broadcast addresses of an IPv4 network are probed as well.
    pub whole_networks: bool,
    /// Whether the order is random.
    pub random_order: bool,
    /// The maximum number of targets of all shards together; `None`: the default.
    pub limit: Option<u64>,
    /// The shard that is probed; `None`: all targets.
    pub shard: Option<Shard>,
    /// Whether invalid targets are skipped instead of failing.
    pub skip_bad: bool,
    /// Whether all words, and the first words of lines, are hosts, as in fping: no networks and no ranges. A host that is
    /// named twice is listed twice.
    pub hosts_only: bool,
}

/// Whether addresses that reach many hosts may be targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Groups {
    /// Only with [`SocketOptions::broadcast`](super::SocketOptions::broadcast).
    #[default]
    Refused,
    /// Always, also without an interface: the kernel routes the probe, or reports why not.
    Allowed,
}

/// Which targets are named by a reverse lookup of their address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AddressNames {
    /// None: all keep their typed name.
    #[default]
    Never,
    /// Targets that were typed as addresses.
    OfAddresses,
    /// All.
    OfAll,
}

/// `--shard`: one of several parts of the targets; other machines probe the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// From 1 to `of`.
    number: NonZero<u32>,
    of: NonZero<u32>,
}

impl Shard {
    /// Shard `number` of `of`, from 1; `None` if there is no such shard.
    #[must_use]
    pub fn new(number: u32, of: u32) -> Option<Self> {
        let (number, of) = (NonZero::new(number)?, NonZero::new(of)?);
        (number <= of).then_some(Self { number, of })
    }

    /// Parses `2/3`; `None` if it is not a shard.
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

    /// Its number, from 1.
    #[must_use]
    pub fn number(self) -> u32 {
        self.number.get()
    }

    /// The number of shards.
    #[must_use]
    pub fn of(self) -> u32 {
        self.of.get()
    }

    /// Whether the target with this hash belongs to this shard. Each target belongs to one shard.
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

/// When to probe which target, and when to stop. Read by the engine for many targets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Rounds or an alive scan.
    pub mode: Mode,
    /// The distance between two successive probes of any targets.
    pub spacing: Spacing,
    /// The timeout of a probe; with back-off, that of the first one to each target.
    pub timeout: Duration,
    /// The latest end of the run, after its start.
    pub deadline: Option<Duration>,
    /// Where a round trip begins.
    pub start: RoundTripStart,
    /// The sequence number of the first probe to each target.
    pub first_sequence: u16,
    /// Whether a target gets fragments after a probe was too big.
    pub fragments: Fragments,
}

/// The distance between two successive probes of any targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spacing {
    /// At least this, and more if the period of a round allows it: probes are spread evenly. The engine catches up after
    /// a short delay of this host.
    Spread(Duration),
    /// Exactly this, as in fping: after a round, nothing is sent until its period ends.
    Close(Duration),
}

impl Spacing {
    /// At most `rate` probes a second; `None`: unlimited.
    #[must_use]
    pub fn at_most(rate: Option<u32>) -> Self {
        let second = Duration::from_secs(1);
        Self::Spread(rate.map_or(Duration::ZERO, |rate| second / rate.max(1)))
    }

    /// The minimum distance; zero: unlimited.
    #[must_use]
    pub fn least(self) -> Duration {
        match self {
            Self::Spread(least) | Self::Close(least) => least,
        }
    }

    /// Whether it allows more than `rate` probes a second.
    #[must_use]
    pub fn is_faster_than(self, rate: u32) -> bool {
        self.least() < Duration::from_secs(1) / rate.max(1)
    }
}

/// `--pmtu`: the plan of a path MTU search. Read by the engine for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PathMtuPlan {
    /// The minimum path MTU that the user expects, in octets.
    pub expected: Option<u32>,
    /// The maximum timeout of a probe; `None`: derived from the round trips.
    pub timeout: Option<Duration>,
    /// The latest end of the run, after its start.
    pub deadline: Option<Duration>,
    /// The distance between two successive probes of any targets.
    pub spacing: Spacing,
    /// The sequence number of the first probe to each target.
    pub first_sequence: u16,
}

/// The factor by which the timeout grows with each try of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    millionths: u32,
}

impl Backoff {
    /// This factor, to six decimals. Negative factors become 0.
    #[must_use]
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a factor beyond the range of the type may be clamped"
    )]
    pub fn new(factor: f64) -> Self {
        Self {
            millionths: (factor * 1e6).round() as u32,
        }
    }

    /// The timeout of the try after one with this timeout.
    #[must_use]
    pub fn lengthen(self, time: Duration) -> Duration {
        time.saturating_mul(self.millionths) / 1_000_000
    }
}

impl Default for Backoff {
    /// fping's factor, 1.5.
    fn default() -> Self {
        Self {
            millionths: 1_500_000,
        }
    }
}

/// Whether this host may fragment a probe that is too big for a link on the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fragments {
    /// It may, and does after an ICMP error has reported the link.
    Allowed,
    /// It may not: the next probe is as big.
    Forbidden,
}

impl Fragments {
    /// What path MTU discovery allows. Without `-M`, fragments are allowed, except to a group.
    #[must_use]
    pub fn by(discovery: Option<PathMtuDiscovery>, to_group: bool) -> Self {
        match discovery {
            Some(PathMtuDiscovery::Do | PathMtuDiscovery::Probe) => Self::Forbidden,
            None if to_group => Self::Forbidden,
            None | Some(PathMtuDiscovery::Want | PathMtuDiscovery::Dont) => Self::Allowed,
        }
    }
}

/// How many targets are probed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Rounds: each target is probed once in each period.
    Rounds {
        /// The distance between two probes of the same target.
        period: Duration,
        /// The number of rounds; `None`: until interrupted.
        count: Option<u32>,
    },
    /// Alive scan: each target is probed until it answers or its retries are spent.
    Alive {
        /// The number of retries of a target.
        retries: u16,
        /// How the timeout grows with each try.
        backoff: Backoff,
    },
}

/// How many targets have to answer for the run to be a success.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Need {
    /// All of them.
    #[default]
    All,
    /// This number; the run ends as soon as the result is certain.
    Number(u32),
    /// This percentage, rounded up.
    Percent(u8),
    /// This number; the run ends early only when it is reached, not when it can no longer be.
    Reached(u32),
    /// This number; the run never ends early.
    InTheEnd(u32),
}

/// Output for many targets, beyond [`Style`](super::Style). Read by the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ManyStyle {
    /// Which targets an alive scan lists.
    pub listed: Listed,
    /// The order of the rows of the table.
    pub sort: Sort,
    /// `--rate`: maximum probes a second over all targets; `None`: unlimited. The header shows the resulting period.
    pub rate: Option<u32>,
    /// `-n`: targets are shown by address, even if they were typed by name.
    pub numeric: bool,
    /// The width of the progress line: that of the terminal at the start, in columns. If the terminal is narrowed later, the
    /// line wraps. `None`: no progress line, because standard error is not a terminal or the user does not want it.
    pub progress: Option<u16>,
}

/// Which targets an alive scan lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Listed {
    /// All, with `alive` or `dead`.
    #[default]
    All,
    /// `--alive`: targets that answered.
    Alive,
    /// `--dead`: targets that did not.
    Dead,
}

/// `--sort`: the order of the rows of the table. Equal rows keep the order of the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// The order of the command line.
    #[default]
    AsGiven,
    /// The highest loss first; targets that were never probed last.
    Loss,
    /// The shortest mean round trip first; targets that never answered last.
    RoundTrip,
    /// IPv4 before IPv6, low before high; unresolved targets last.
    Address,
}
