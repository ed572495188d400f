//! What the command line means: validated, immutable, one struct per reader.
//!
//! `cli` holds what was typed; this holds what follows from it. The engine reads [`Schedule`], the codec
//! [`Message`], the socket [`SocketOptions`], the report [`Style`], and the resolver [`Destination`].

pub mod condition;
pub mod export;
mod fping;
mod group;
mod live;
pub mod many;
pub mod merge;
mod replay;
mod schedule;
mod watch;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

pub use export::Exports;
pub use fping::{
    FpingIntervals, FpingLines, FpingListed, FpingName, FpingProbes, FpingStyle, TimestampFormat,
};
pub use group::{Group, GroupError};
pub use live::{Live, Scale};
pub use many::{Listed, ManyStyle, Several, Sort};
pub use replay::Replay;
pub use schedule::{Outstanding, Pace, RoundTripStart, Schedule, Timed, Timeout};
pub use watch::{Until, Watching};

use condition::Condition;

use crate::sanitize::Charset;
use crate::wire::data::Pattern;
use crate::wire::node_information::{Query, Subject};
use crate::wire::options::TimestampKind;

/// Everything that one run is told.
#[derive(Debug, Clone)]
pub struct Config<P = Plan> {
    /// The program's name as it was invoked, for messages on standard error.
    pub program: String,
    /// What a probe carries.
    pub message: Message,
    /// How it leaves and what is asked of the kernel.
    pub socket: SocketOptions,
    /// What is printed.
    pub style: Style,
    /// What is written for programs.
    pub exports: Exports,
    /// `--fail-if`: what must not be true of any target.
    pub conditions: Vec<Condition>,
    /// When a target is down; none: that is not asked.
    pub watching: Option<Watching>,
    /// Whom to probe, and when.
    pub plan: P,
}

impl<P> Config<P> {
    /// The plan, and all the rest.
    #[must_use]
    pub fn split(self) -> (Config<()>, P) {
        let rest = Config {
            program: self.program,
            message: self.message,
            socket: self.socket,
            style: self.style,
            exports: self.exports,
            conditions: self.conditions,
            watching: self.watching,
            plan: (),
        };
        (rest, self.plan)
    }

    /// Whether an output has the type of service or traffic class of replies.
    #[must_use]
    pub fn tells_traffic_class(&self) -> bool {
        let has_replies = |detail| matches!(detail, Json::Events | Json::All);
        let mut formats = self.exports.formats();
        self.style.json.is_some_and(has_replies) || formats.any(|it| it == export::Format::Json)
    }
}

impl Config<()> {
    /// The same with a plan.
    #[must_use]
    pub fn with<P>(self, plan: P) -> Config<P> {
        Config {
            program: self.program,
            message: self.message,
            socket: self.socket,
            style: self.style,
            exports: self.exports,
            conditions: self.conditions,
            watching: self.watching,
            plan,
        }
    }
}

/// Whom to probe, and when.
#[derive(Debug, Clone)]
pub enum Plan {
    /// One target.
    One(Single),
    /// Several, or a list that may have more than one.
    Many(Several),
}

/// What is told about one target.
#[derive(Debug, Clone)]
pub struct Single {
    /// Whom to probe.
    pub destination: Destination,
    /// What to send when, and when to stop.
    pub schedule: Schedule,
    /// Why this pace is not possible, under the name `ping`: iputils says so behind its first line, and its tests look there.
    pub forbidden_pace: Option<String>,
}

impl Config<Single> {
    /// Drops the options that only the other family has than that of the target. There are some under the name `ping`
    /// only: iputils ignores them.
    pub fn ignore_other_family(&mut self, ipv6: bool) {
        if ipv6 {
            self.socket.ip_option = None;
        } else {
            self.socket.flow_label = None;
            self.message.request = Request::Echo;
        }
    }
}

/// The words that name the target, and how to turn them into an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The host as typed.
    pub host: String,
    /// Which address families are wanted.
    pub family: FamilyChoice,
    /// IPv4 hops on the way, for the source route or the prespecified time stamps; as typed.
    pub hops: Vec<String>,
    /// Whether addresses that are printed are looked up in reverse.
    pub reverse: ReverseLookup,
}

/// Which address family the user asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FamilyChoice {
    /// Whatever the name has, in the order of the resolver (RFC 6724).
    #[default]
    Any,
    /// `-4`, or invoked as `ping4`.
    Ipv4,
    /// `-6`, or invoked as `ping6`.
    Ipv6,
}

/// Whether names are sought for the addresses that are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReverseLookup {
    /// Only if the target was given by name (iputils' rule).
    #[default]
    ForNames,
    /// `-n`, and `-f`: never.
    Never,
    /// `-H`: always.
    Always,
}

/// What a probe carries. Read by the codec.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Octets of data after the eight of the ICMP header: 0 to 65,507 (IPv4) or 65,527 (IPv6).
    pub size: usize,
    /// What the data is filled with behind the token.
    pub pattern: Pattern,
    /// What is asked.
    pub request: Request,
}

impl Message {
    /// Whether a message of this size fits one IP datagram: 65,535 octets less the headers.
    ///
    /// # Errors
    /// The line that tells the range. It needs the family, which is known once the host is.
    pub fn check_size(&self, ipv6: bool, ip_options: bool) -> Result<(), SizeError> {
        let largest = match (ipv6, ip_options) {
            (true, _) => 65_527,
            (false, false) => 65_507,
            (false, true) => 65_467,
        };
        if self.size <= largest {
            return Ok(());
        }
        Err(SizeError {
            size: self.size,
            largest,
        })
    }
}

/// More data than one datagram takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SizeError {
    size: usize,
    largest: usize,
}

impl fmt::Display for SizeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { size, largest } = self;
        write!(
            f,
            "invalid -s value: '{size}': out of range: 0 <= value <= {largest}"
        )
    }
}

impl std::error::Error for SizeError {}

/// What is asked of the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// An ICMP echo.
    Echo,
    /// fping's `--icmp-timestamp`: an ICMP timestamp (RFC 792), IPv4 only. The data of the message is that of a timestamp.
    Timestamp,
    /// `-N`: IPv6 node information (RFC 4620).
    NodeInformation {
        /// What is asked.
        query: Query,
        /// About whom; none: about the address that is probed.
        subject: Option<Subject>,
    },
}

/// How probes leave and what is asked of the kernel. Read by the socket.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is one option of the kernel's, on or off, independent of the others"
)]
pub struct SocketOptions {
    /// Raw or ping socket.
    pub kind: SocketChoice,
    /// `-e`: the identifier; none: one chosen at random (raw) or by the kernel (ping socket).
    pub identifier: Option<u16>,
    /// `-I` with an interface: only this one is used.
    pub device: Option<String>,
    /// fping's `--oiface`: probes leave through this interface, and replies may come in through any.
    pub outgoing_interface: Option<String>,
    /// `-I` with addresses: where probes come from.
    pub sources: Sources,
    /// `-B`: bind to the source address that the kernel chose for the first probe.
    pub sticky_source: bool,
    /// `-C`: connect the socket.
    pub connect: bool,
    /// `-t`: time to live or hop limit, unicast and multicast, 1 to 255.
    pub time_to_live: Option<u8>,
    /// `-Q`: type of service or traffic class.
    pub traffic_class: Option<u8>,
    /// `-m`: firewall mark.
    pub mark: Option<u32>,
    /// `-M`: path MTU discovery.
    pub path_mtu_discovery: Option<PathMtuDiscovery>,
    /// `-F`: IPv6 flow label, 20 bits; zero: the kernel chooses.
    pub flow_label: Option<u32>,
    /// `-R`, `-T` or hops: options in the IPv4 header.
    pub ip_option: Option<IpOption>,
    /// `-b`: broadcast addresses are allowed.
    pub broadcast: bool,
    /// `-L`: multicast probes do not come back to this host.
    pub no_multicast_loop: bool,
    /// `-r`: only directly attached networks.
    pub bypass_routing: bool,
    /// `-d`: the kernel's `SO_DEBUG`.
    pub debug: bool,
    /// `-S`: send buffer in octets.
    pub send_buffer: Option<usize>,
    /// `--clock`, `-U`: whose time stamps are asked for.
    pub clock: ClockChoice,
    /// fping's `--print-tos`: the type of service or traffic class of replies is asked for.
    pub hears_traffic_class: bool,
    /// fping's `--print-reply-dst`: the address that replies came to is asked for.
    pub hears_destination: bool,
}

/// Source addresses: one of each family at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sources {
    /// Where IPv4 probes come from; none: the kernel chooses.
    pub ipv4: Option<Ipv4Addr>,
    /// Where IPv6 probes come from; none: the kernel chooses.
    pub ipv6: Option<Ipv6Addr>,
}

impl Sources {
    /// The one of this family.
    #[must_use]
    pub fn of(&self, ipv6: bool) -> Option<IpAddr> {
        if ipv6 {
            self.ipv6.map(IpAddr::V6)
        } else {
            self.ipv4.map(IpAddr::V4)
        }
    }
}

/// Whose time stamps are asked for. What does not come is made up for by the next one down to the user's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ClockChoice {
    /// The kernel's; of departures not in a flood, which they would slow down.
    #[default]
    Best,
    /// The interface's where it delivers them already, in a flood too.
    Hardware,
    /// The kernel's of the moment at which the driver got the probe, in a flood too.
    Wire,
    /// The kernel's of the moment at which it took the probe, in a flood too.
    Kernel,
    /// `-U`: none; round trips end when rping reads the reply.
    User,
}

impl ClockChoice {
    /// Where round trips begin by this clock.
    #[must_use]
    pub fn start(self) -> RoundTripStart {
        match self {
            Self::Hardware | Self::Wire => RoundTripStart::Driver,
            Self::Best | Self::Kernel | Self::User => RoundTripStart::Queue,
        }
    }
}

/// Which kind of socket to open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SocketChoice {
    /// Raw where the process may, else the kernel's ping socket.
    #[default]
    Auto,
    /// Only a raw socket.
    Raw,
    /// Only a ping socket.
    Ping,
}

/// Path MTU discovery, `-M`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathMtuDiscovery {
    /// Never fragment, not even here: too large a probe is a local error.
    Do,
    /// Do not set the don't-fragment flag.
    Dont,
    /// Discover the path MTU, fragment here where needed.
    Want,
    /// Set don't-fragment, ignore the path MTU that is known.
    Probe,
}

/// An option in the IPv4 header of each probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IpOption {
    /// `-R`: each router records its address.
    RecordRoute,
    /// `-T`: each router records a time stamp; hops only for the prespecified kind.
    Timestamp {
        /// Which of the three kinds.
        kind: TimestampKind,
    },
    /// Hops before the host: a loose source route, a strict one with `-r`.
    SourceRoute {
        /// Whether only the hops named may forward the probe.
        strict: bool,
    },
}

/// What is printed, and how. Read by the report.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is one switch of the command line, independent of the others"
)]
pub struct Style {
    /// Whose output it is.
    pub face: Face,
    /// `-q`: only the first lines and the statistics.
    pub quiet: bool,
    /// `-v`: more about each reply.
    pub verbose: bool,
    /// `-f`: dots instead of lines.
    pub flood: bool,
    /// `-f`, `-A` or an interval of zero: the statistics tell the pace that was reached.
    pub paced_by_replies: bool,
    /// `-a`: the terminal rings at each reply.
    pub audible: bool,
    /// `-D`: lines begin with the time of day.
    pub timestamps: bool,
    /// `-3`: round trips always with three decimals.
    pub full_precision: bool,
    /// `--histogram`: a picture of the distribution of round trips behind the statistics.
    pub histogram: bool,
    /// `--json`: lines for programs instead of text.
    pub json: Option<Json>,
    /// `-j` under the name `ping`: objects with iputils' keys instead of text.
    pub ping_json: bool,
    /// `--live`: a view on the whole terminal while the run lasts.
    pub live: Option<Live>,
    /// Whether standard output has terminal colours.
    pub colour: bool,
    /// Whether standard error has them: it may be another file.
    pub stderr_colour: bool,
    /// Which characters of names and labels are printed as they are.
    pub charset: Charset,
    /// The pattern to announce, if `-p` gave one.
    pub announced_pattern: Option<Vec<u8>>,
    /// The width of the terminal in columns: a flood leaves no more dots than fit.
    pub width: Option<u16>,
    /// Whether `-I` names an interface: what helps where a probe cannot be sent depends on it.
    pub one_interface: bool,
    /// `-b`: that a probe cannot be sent is not because its target is a broadcast address.
    pub broadcast: bool,
    /// Whether there is a line when a target goes down, and when it is up again.
    pub transitions: bool,
}

impl Style {
    /// The style of lines that go to standard error.
    #[must_use]
    pub fn of_stderr(&self) -> Self {
        Self {
            colour: self.stderr_colour,
            ..self.clone()
        }
    }

    /// Whether standard error tells more of the run itself: `-v`, but not where the lines are those of iputils.
    #[must_use]
    pub fn tells_insides(&self) -> bool {
        self.verbose && self.face == Face::Rping
    }
}

/// `--json`: which events have a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Json {
    /// All but the departures of probes.
    Events,
    /// All of them.
    All,
    /// The targets and what was measured of them.
    Summary,
}

/// Whose output it is: decided by the name under which the program was invoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Face {
    /// `rping`: iputils' lines and more.
    #[default]
    Rping,
    /// `ping`, `ping4` or `ping6`: iputils' lines and nothing else.
    Ping,
}
