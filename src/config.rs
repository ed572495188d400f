//! The validated settings of a run: immutable, one struct per reader.
//!
//! `cli` holds what was typed; this module holds what it means. The engine reads [`Schedule`], the codec
//! [`Message`], the socket [`SocketOptions`], the report [`Style`], and the resolver [`Destination`].

pub mod condition;
mod doctor;
pub mod export;
mod fping;
mod group;
mod live;
pub mod many;
pub mod merge;
mod replay;
mod schedule;
mod sweep;
mod watch;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

pub use doctor::Doctor;
pub use export::Exports;
pub use fping::{
    FpingIntervals, FpingLines, FpingListed, FpingName, FpingProbes, FpingStyle, TimestampFormat,
};
pub use group::{Group, GroupError};
pub use live::{Live, Scale};
pub use many::{Listed, ManyStyle, Several, Sort};
pub use replay::Replay;
pub use schedule::{Outstanding, Pace, RoundTripStart, Schedule, Timed, Timeout};
pub use sweep::SizeSweep;
pub use watch::{Until, Watching};

use condition::Condition;

use crate::sanitize::Charset;
use crate::wire::data::Pattern;
use crate::wire::node_information::{Query, Subject};
use crate::wire::options::TimestampKind;

/// All settings of one run.
#[derive(Debug, Clone)]
pub struct Config<P = Plan> {
    /// The program's name as it was invoked, for messages on standard error.
    pub program: String,
    /// What a probe carries.
    pub message: Message,
    /// How probes are sent, and which options the kernel gets.
    pub socket: SocketOptions,
    /// What is printed.
    pub style: Style,
    /// Output for programs.
    pub exports: Exports,
    /// `--fail-if`: conditions that must not be true of any target.
    pub conditions: Vec<Condition>,
    /// When a target counts as down; `None`: targets are not watched.
    pub watching: Option<Watching>,
    /// Which targets to probe, and when.
    pub plan: P,
}

impl<P> Config<P> {
    /// Splits off the plan.
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

    /// Whether an output shows the type of service or traffic class of replies.
    #[must_use]
    pub fn shows_traffic_class(&self) -> bool {
        let has_replies = |detail| matches!(detail, Json::Events | Json::All);
        let mut formats = self.exports.formats();
        self.style.json.is_some_and(has_replies) || formats.any(|it| it == export::Format::Json)
    }

    /// Whether an output has what the header says that an ICMP error quotes: `--json`, and `-v` but not where the lines are
    /// those of iputils.
    #[must_use]
    pub fn shows_quoted_headers(&self) -> bool {
        self.shows_traffic_class() || (self.style.has_diagnostics() && !self.style.quiet)
    }
}

impl Config<()> {
    /// Adds a plan.
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

/// Which targets to probe, and when.
#[derive(Debug, Clone)]
pub enum Plan {
    /// One target.
    One(Single),
    /// Several, or a list that may have more than one.
    Many(Several),
}

/// The plan for one target.
#[derive(Debug, Clone)]
pub struct Single {
    /// The target.
    pub destination: Destination,
    /// What to send when, and when to stop.
    pub schedule: Schedule,
    /// `--sweep-size`: which sizes the probes have; none: all that of the message.
    pub sweep: Option<SizeSweep>,
    /// Why this pace is not allowed, under the name `ping`: iputils prints that after its first line, where its tests expect it.
    pub forbidden_pace: Option<String>,
}

impl Config<Single> {
    /// Drops the options of the other address family. Only the name `ping` allows them here: iputils ignores them.
    pub fn ignore_other_family(&mut self, ipv6: bool) {
        if ipv6 {
            self.socket.ip_option = None;
        } else {
            self.socket.flow_label = None;
            if let Request::NodeInformation { .. } = self.message.request {
                self.message.request = Request::Echo;
            }
        }
    }
}

/// The target as typed, and how to resolve it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// The host as typed.
    pub host: String,
    /// Which address families are wanted.
    pub family: FamilyChoice,
    /// IPv4 hops for the source route or the prespecified time stamps, as typed.
    pub hops: Vec<String>,
    /// Whether printed addresses are looked up in reverse.
    pub reverse: ReverseLookup,
}

/// The requested address family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FamilyChoice {
    /// Either, in the order of the resolver (RFC 6724).
    #[default]
    Any,
    /// `-4`, or invoked as `ping4`.
    Ipv4,
    /// `-6`, or invoked as `ping6`.
    Ipv6,
}

/// Whether printed addresses are looked up in reverse.
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

/// The content of a probe. Read by the codec.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Octets of data after the ICMP header: 0 to 65,507 (IPv4) or 65,527 (IPv6).
    pub size: usize,
    /// What fills the data after the token.
    pub pattern: Pattern,
    /// The kind of request.
    pub request: Request,
}

impl Message {
    /// Checks that a message of this size fits one IP datagram: 65,535 octets less the headers. The address family is known
    /// only after the lookup.
    ///
    /// # Errors
    /// It does not.
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

/// More data than fits one datagram.
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

/// The kind of request in a probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// An ICMP echo.
    Echo,
    /// `--icmp-timestamp`: an ICMP timestamp (RFC 792), IPv4 only. The data of the message is that of a timestamp.
    Timestamp,
    /// `-N`: IPv6 node information (RFC 4620).
    NodeInformation {
        /// The information requested.
        query: Query,
        /// The node in question; `None`: the target.
        subject: Option<Subject>,
    },
}

/// How probes are sent, and which options the kernel gets. Read by the socket.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is one independent option of the kernel"
)]
pub struct SocketOptions {
    /// Raw or ping socket.
    pub kind: SocketChoice,
    /// `-e`: the identifier; `None`: a random one (raw socket), or the kernel's choice (ping socket).
    pub identifier: Option<u16>,
    /// `-I` with an interface: the only one used.
    pub device: Option<String>,
    /// fping's `--oiface`: probes leave through this interface, and replies may arrive on any.
    pub outgoing_interface: Option<String>,
    /// `-I` with addresses: the source addresses of probes.
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
    /// Whose words warn that the mark cannot be set.
    pub mark_warning: MarkWarning,
    /// `-M`.
    pub path_mtu_discovery: Option<PathMtuDiscovery>,
    /// `-F`: IPv6 flow label, 20 bits; 0: the kernel chooses.
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
    /// `--clock`, `-U`: which time stamps to request.
    pub clock: ClockChoice,
    /// Whether to request the type of service or traffic class of replies (fping's `--print-tos`).
    pub receives_traffic_class: bool,
    /// Whether to request the destination address of replies (fping's `--print-reply-dst`).
    pub receives_destination: bool,
}

/// Whose words warn that the mark cannot be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MarkWarning {
    /// Those of iputils.
    #[default]
    Iputils,
    /// Those of fping: one line for each family.
    Fping,
}

/// Source addresses: at most one of each family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sources {
    /// The source of IPv4 probes; `None`: the kernel chooses.
    pub ipv4: Option<Ipv4Addr>,
    /// The source of IPv6 probes; `None`: the kernel chooses.
    pub ipv6: Option<Ipv6Addr>,
}

impl Sources {
    /// The source address of this family.
    #[must_use]
    pub fn of(&self, ipv6: bool) -> Option<IpAddr> {
        if ipv6 {
            self.ipv6.map(IpAddr::V6)
        } else {
            self.ipv4.map(IpAddr::V4)
        }
    }
}

/// Which time stamps to request. A missing one is replaced by that of the next less precise clock, down to `User`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ClockChoice {
    /// The kernel's. None for departures in a flood, which they would slow down.
    #[default]
    Best,
    /// The interface's, if it already delivers them; in a flood too.
    Hardware,
    /// The kernel's, of the moment when the driver gets the probe; in a flood too.
    Wire,
    /// The kernel's, of the moment when it accepts the probe; in a flood too.
    Kernel,
    /// `-U`: none. Round trips end when rping reads the reply.
    User,
}

impl ClockChoice {
    /// Where round trips begin with this clock.
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
    /// A raw socket if permitted, else the kernel's ping socket.
    #[default]
    Auto,
    /// Only a raw socket.
    Raw,
    /// Only a ping socket.
    Ping,
}

/// `-M`: path MTU discovery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathMtuDiscovery {
    /// Never fragment, not even on this host: too large a probe is a local error.
    Do,
    /// Do not set the don't-fragment flag.
    Dont,
    /// Discover the path MTU, and fragment on this host where needed.
    Want,
    /// Set don't-fragment, and ignore the known path MTU.
    Probe,
}

/// An option in the IPv4 header of each probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IpOption {
    /// `-R`: each router records its address.
    RecordRoute,
    /// `-T`: each router records a time stamp. Only the prespecified kind has hops.
    Timestamp {
        /// Which of the three kinds.
        kind: TimestampKind,
    },
    /// Hops before the host: a loose source route, with `-r` a strict one.
    SourceRoute {
        /// Whether only the named hops may forward the probe.
        strict: bool,
    },
}

/// What is printed, and how. Read by the report.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is one independent switch of the command line"
)]
pub struct Style {
    /// Whose output format is printed.
    pub face: Face,
    /// `-q`: only the header and the statistics.
    pub quiet: bool,
    /// `-v`: details of each reply.
    pub verbose: bool,
    /// `-f`: dots instead of lines.
    pub flood: bool,
    /// `-f`, `-A` or an interval of zero: the statistics show the achieved rate.
    pub paced_by_replies: bool,
    /// `-a`: a bell at each reply.
    pub audible: bool,
    /// `-D`: lines begin with the time of day.
    pub timestamps: bool,
    /// `-3`: round trips always with three decimals.
    pub full_precision: bool,
    /// `--histogram`: the distribution of round trips after the statistics.
    pub histogram: bool,
    /// `--json`: lines for programs instead of text.
    pub json: Option<Json>,
    /// `-j` under the name `ping`: objects with iputils' keys instead of text.
    pub ping_json: bool,
    /// `--live`: a full-screen view during the run.
    pub live: Option<Live>,
    /// Whether standard output has terminal colours.
    pub colour: bool,
    /// Whether standard error has terminal colours: it may be another file.
    pub stderr_colour: bool,
    /// Which characters of names and labels are printed unescaped.
    pub charset: Charset,
    /// The pattern of `-p`, for the header.
    pub announced_pattern: Option<Vec<u8>>,
    /// The width of the terminal in columns: a flood prints no more dots than fit.
    pub width: Option<u16>,
    /// Whether `-I` names an interface: the advice for a probe that cannot be sent depends on it.
    pub one_interface: bool,
    /// `-b`: a broadcast address is not the reason for a probe that cannot be sent.
    pub broadcast: bool,
    /// Whether a line is printed when a target goes down or comes up again.
    pub transitions: bool,
}

impl Style {
    /// The style of lines on standard error.
    #[must_use]
    pub fn of_stderr(&self) -> Self {
        Self {
            colour: self.stderr_colour,
            ..self.clone()
        }
    }

    /// Whether standard error has details of the run itself: `-v`, but not in iputils' output.
    #[must_use]
    pub fn has_diagnostics(&self) -> bool {
        self.verbose && self.face == Face::Rping
    }
}

/// `--json`: which events are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Json {
    /// All but sent probes.
    Events,
    /// All of them.
    All,
    /// Only the targets and their results.
    Summary,
}

/// Whose output format is printed: the name under which the program was invoked decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Face {
    /// `rping`: iputils' lines and more.
    #[default]
    Rping,
    /// `ping`, `ping4` or `ping6`: iputils' lines and nothing else.
    Ping,
}
