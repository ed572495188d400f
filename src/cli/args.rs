//! The declaration of the options, used by the parser, help, manual page and completions.

mod diagnosis;
mod export;
mod live;
mod many;
mod watch;

use std::ffi::{OsStr, OsString};
use std::time::Duration;

use clap::builder::{EnumValueParser, OsStringValueParser, PossibleValue, TypedValueParser};
use clap::{Arg, ArgAction, Command, Parser, ValueEnum, ValueHint};

pub(super) use diagnosis::{DIAGNOSIS, TypedDiagnosis};
use export::EXPORTS;
pub(super) use export::TypedExports;
pub(super) use live::TypedLive;
pub(super) use many::{MANY, SortBy, TypedMany};
use watch::TypedWatch;
pub(super) use watch::WATCH;

use super::refusal::Lenient;
use super::words::Interface;
use super::{Refusal, condition, node_information, values, words};
use crate::config::condition::Condition;
use crate::sanitize;

/// A value parser from a function of `values` or `words`.
fn by<T, F>(read: F) -> impl TypedValueParser<Value = T>
where
    T: Clone + Send + Sync + 'static,
    F: Fn(&OsStr) -> Result<T, Refusal> + Clone + Send + Sync + 'static,
{
    OsStringValueParser::new().try_map(move |text| read(&text))
}

/// Parses a word of a fixed list. Rejects an empty word, which clap would report as missing.
#[derive(Debug, Clone)]
struct OneOf<T: ValueEnum + Clone + Send + Sync + 'static> {
    option: &'static str,
    /// iputils' message before the value.
    complaint_of_ping: Option<&'static str>,
    words: EnumValueParser<T>,
}

impl<T: ValueEnum + Clone + Send + Sync + 'static> OneOf<T> {
    fn new(option: &'static str) -> Self {
        Self {
            option,
            complaint_of_ping: None,
            words: EnumValueParser::new(),
        }
    }

    /// Uses iputils' message under the name `ping`.
    fn with_complaint_of_ping(self, complaint: &'static str) -> Self {
        Self {
            complaint_of_ping: Some(complaint),
            ..self
        }
    }

    fn refusal(&self, text: &OsStr) -> Refusal {
        let words = T::value_variants().iter().filter_map(T::to_possible_value);
        let words: Vec<String> = words.map(|word| word.get_name().to_owned()).collect();
        let (option, words) = (self.option, words.join(", "));
        let value = sanitize::excerpt(text);
        let refusal = Refusal::new(format!(
            "{option}: invalid argument: '{value}': must be one of {words}"
        ));
        match self.complaint_of_ping {
            Some(complaint) => refusal.or_as_ping(format!("{complaint}: {value}")),
            None => refusal,
        }
    }
}

impl<T: ValueEnum + Clone + Send + Sync + 'static> TypedValueParser for OneOf<T> {
    type Value = T;

    fn parse_ref(
        &self,
        command: &Command,
        option: Option<&Arg>,
        value: &OsStr,
    ) -> Result<T, clap::Error> {
        let word = self.words.parse_ref(command, option, value);
        word.or_else(|_| {
            let refusal = self.refusal(value);
            by(move |_| Err(refusal.clone())).parse_ref(command, option, value)
        })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        self.words.possible_values()
    }
}

/// The options and words as typed. Values may begin with `-`, so that rping, not clap, reports what is wrong with `-c -1`.
#[derive(Debug, Parser)]
#[command(
    name = "rping",
    version,
    about = "Send ICMP echo requests to one host or to many, and tell what comes back",
    args_override_self = true,
    disable_help_flag = true,
    disable_version_flag = true
)]
#[allow(
    clippy::doc_markdown,
    reason = "the comments are the text of the help, where a backtick is a backtick"
)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is one switch of the command line, independent of the others"
)]
pub(super) struct Typed {
    // Targets.
    /// Names, addresses, networks (192.0.2.0/24) and ranges (192.0.2.10-20); more than one address makes many
    /// targets
    #[arg(value_name = "DESTINATION", value_parser = by(words::host), value_hint = ValueHint::Hostname)]
    pub(super) words: Vec<String>,

    // Content of probes.
    /// Stop after N probes of each target (-w: replies)
    #[arg(short, long, value_name = "N", help_heading = SENT, allow_hyphen_values = true,
        value_parser = by(values::count))]
    pub(super) count: Option<u64>,
    /// Stop at the first reply
    #[arg(short = 'o', long, help_heading = SENT)]
    pub(super) until_reply: bool,
    /// Time between two probes to a target [default: 1]
    #[arg(short, long, value_name = "SECONDS", help_heading = SENT, allow_hyphen_values = true,
        value_parser = by(values::interval))]
    pub(super) interval: Option<Duration>,
    /// Send as fast as replies come, or 100 a second
    #[arg(short, long, help_heading = SENT)]
    pub(super) flood: bool,
    /// Send the next probe when the reply to the last one has come
    #[arg(short = 'A', long, help_heading = SENT)]
    pub(super) adaptive: bool,
    /// Send N probes at once at the start [default: 1]
    #[arg(short = 'l', long, value_name = "N", help_heading = SENT, allow_hyphen_values = true,
        value_parser = by(values::preload))]
    pub(super) preload: Option<u32>,
    /// Octets of data in each probe [default: 56]
    #[arg(short, long, value_name = "OCTETS", help_heading = SENT, allow_hyphen_values = true,
        value_parser = by(values::size))]
    pub(super) size: Option<usize>,
    /// Fill the data with 1 to 16 octets, such as ff00 [default: 00 01 02 ...]
    #[arg(short, long, value_name = "HEX", help_heading = SENT, allow_hyphen_values = true,
        value_parser = by(words::pattern))]
    pub(super) pattern: Option<Lenient<Vec<u8>>>,
    /// ICMP identifier, 0 to 65535 [default: random]
    #[arg(short = 'e', long, value_name = "N", help_heading = SENT, allow_hyphen_values = true,
        value_parser = by(values::identifier))]
    pub(super) identifier: Option<u16>,
    /// Sequence number of the first probe, 0 to 65535 [default: 1]
    #[arg(long, value_name = "N", help_heading = SENT, allow_hyphen_values = true,
        value_parser = by(values::first_sequence))]
    pub(super) first_sequence: Option<u16>,
    /// Ask an IPv6 node for its names or addresses (RFC 4620); see -N help
    #[arg(short = 'N', long, value_name = "WORD", help_heading = SENT, allow_hyphen_values = true,
        value_parser = by(node_information::word))]
    pub(super) node_information: Vec<node_information::Word>,

    // Duration.
    /// Timeout of each probe [default: none, or 1 if many]
    #[arg(short = 'W', long, value_name = "SECONDS", help_heading = WAITED, allow_hyphen_values = true,
        value_parser = by(values::timeout))]
    pub(super) timeout: Option<Duration>,
    /// End the run after this time [default: no deadline]
    #[arg(short = 'w', long, value_name = "SECONDS", help_heading = WAITED, allow_hyphen_values = true,
        value_parser = by(values::deadline))]
    pub(super) deadline: Option<Duration>,

    #[command(flatten)]
    pub(super) watch: TypedWatch,

    #[command(flatten)]
    pub(super) many: TypedMany,

    #[command(flatten)]
    pub(super) diagnosis: TypedDiagnosis,

    #[command(flatten)]
    pub(super) exports: TypedExports,

    // Path.
    /// Use IPv4 only
    #[arg(short = '4', long, help_heading = WAY)]
    pub(super) ipv4: bool,
    /// Use IPv6 only
    #[arg(short = '6', long, help_heading = WAY)]
    pub(super) ipv6: bool,
    /// Send from this interface or source address
    #[arg(short = 'I', long, value_name = "NAME|IP", help_heading = WAY, allow_hyphen_values = true,
        value_parser = by(words::interface))]
    pub(super) interface: Vec<Lenient<Interface>>,
    /// Keep the source address of the first probe
    #[arg(short = 'B', long, help_heading = WAY)]
    pub(super) sticky_source: bool,
    /// Time to live or hop limit
    #[arg(short, long, value_name = "N", help_heading = WAY, allow_hyphen_values = true,
        value_parser = by(values::time_to_live))]
    pub(super) ttl: Option<Lenient<u8>>,
    /// Traffic class: 0 to 255, or a DSCP name such as ef [default: 0]
    #[arg(short = 'Q', long, value_name = "CLASS", help_heading = WAY, allow_hyphen_values = true,
        value_parser = by(values::traffic_class))]
    pub(super) tos: Option<Lenient<u8>>,
    /// Fragmentation: do, want, dont or probe
    #[arg(short = 'M', long, value_name = "MODE", help_heading = WAY, allow_hyphen_values = true,
        hide_possible_values = true, value_parser = OneOf::<Discovery>::new("-M").with_complaint_of_ping("invalid -M argument"))]
    pub(super) pmtudisc: Option<Discovery>,
    /// IPv6 flow label, 0 to 0xfffff; 0 lets the kernel choose
    #[arg(short = 'F', long, value_name = "LABEL", help_heading = WAY, allow_hyphen_values = true,
        value_parser = by(values::flow_label))]
    pub(super) flow_label: Option<Lenient<u32>>,
    /// Allow a broadcast address
    #[arg(short, long, help_heading = WAY)]
    pub(super) broadcast: bool,
    /// Keep multicast probes from coming back to this host
    #[arg(short = 'L', long, help_heading = WAY)]
    pub(super) no_loopback: bool,
    /// Reach directly attached networks only, past the routing table
    #[arg(short = 'r', long, help_heading = WAY)]
    pub(super) bypass_routing: bool,
    /// Go through this IPv4 host; repeat it, or use commas, for up to 9
    #[arg(long, value_name = "HOP", help_heading = WAY, allow_hyphen_values = true,
        value_parser = by(words::hop), value_delimiter = ',', value_hint = ValueHint::Hostname)]
    pub(super) via: Vec<String>,
    /// Let IPv4 routers record their addresses, and print them
    #[arg(short = 'R', long, help_heading = WAY)]
    pub(super) record_route: bool,
    /// Let IPv4 routers record times: tsonly, tsandaddr or tsprespec
    #[arg(short = 'T', long, value_name = "KIND", help_heading = WAY, allow_hyphen_values = true,
        hide_possible_values = true, value_parser = OneOf::<Stamp>::new("-T").with_complaint_of_ping("invalid timestamp type"))]
    pub(super) ip_timestamp: Option<Stamp>,

    // Socket.
    /// Use a raw or a ping socket only [default: raw where permitted]
    #[arg(long, value_name = "KIND", help_heading = SOCKET, allow_hyphen_values = true,
        hide_possible_values = true, value_parser = OneOf::<Socket>::new("--socket"))]
    pub(super) socket: Option<Socket>,
    /// Connect the socket to the destination
    #[arg(short = 'C', long, help_heading = SOCKET)]
    pub(super) connect: bool,
    /// Firewall mark, 0 to 4294967295 or hexadecimal with 0x
    #[arg(short, long, value_name = "MARK", help_heading = SOCKET, allow_hyphen_values = true,
        value_parser = by(values::mark))]
    pub(super) mark: Option<u32>,
    /// Size of the send buffer in octets [default: the system's]
    #[arg(short = 'S', long, value_name = "OCTETS", help_heading = SOCKET, allow_hyphen_values = true,
        value_parser = by(values::send_buffer))]
    pub(super) send_buffer: Option<usize>,
    /// Measure with this clock: kernel, wire, hardware or user [default: kernel]
    #[arg(long, value_name = "CLOCK", help_heading = SOCKET, allow_hyphen_values = true,
        hide_possible_values = true, value_parser = OneOf::<Clock>::new("--clock"), overrides_with = "user_time")]
    pub(super) clock: Option<Clock>,
    /// The same as --clock user
    #[arg(short = 'U', long, help_heading = SOCKET, overrides_with = "clock")]
    pub(super) user_time: bool,
    /// Set SO_DEBUG on the socket
    #[arg(short = 'd', long, help_heading = SOCKET)]
    pub(super) debug_socket: bool,

    // Output.
    /// Print only the first line (one target) and the statistics
    #[arg(short, long, help_heading = PRINTED)]
    pub(super) quiet: bool,
    /// Print more about each reply and error
    #[arg(short, long, help_heading = PRINTED)]
    pub(super) verbose: bool,
    /// Do not look up names of addresses
    #[arg(short, long, help_heading = PRINTED, overrides_with = "resolve")]
    pub(super) numeric: bool,
    /// Look up names of addresses even if the destination is an address
    #[arg(short = 'H', long, help_heading = PRINTED)]
    pub(super) resolve: bool,
    /// Report a probe without a reply when the next one leaves
    #[arg(short = 'O', long, help_heading = PRINTED)]
    pub(super) outstanding: bool,
    /// Draw the distribution of round trips after the statistics
    #[arg(long, help_heading = PRINTED)]
    pub(super) histogram: bool,
    /// Begin lines with the time of day, in seconds since 1970
    #[arg(short = 'D', long, help_heading = PRINTED)]
    pub(super) timestamps: bool,
    /// Print round trips with three decimals, as rping always does
    #[arg(short = '3', long, help_heading = PRINTED)]
    pub(super) full_precision: bool,
    /// Ring the bell at each reply
    #[arg(short, long, help_heading = PRINTED)]
    pub(super) audible: bool,
    /// Print JSON Lines for programs; --json=all also departures, --json=summary only results
    #[arg(short = 'j', long, value_name = "WHAT", help_heading = PRINTED, num_args = 0..=1, require_equals = true,
        default_missing_value = "events", hide_possible_values = true)]
    pub(super) json: Option<Json>,
    #[command(flatten)]
    pub(super) live: TypedLive,
    /// Use colours: auto, always or never [default: auto]
    #[arg(long, value_name = "WHEN", help_heading = PRINTED, allow_hyphen_values = true,
        hide_possible_values = true, value_parser = OneOf::<Color>::new("--color"))]
    pub(super) color: Option<Color>,

    // For scripts.
    /// Exit with 1 if this is true of a target, such as 'loss>1%', 'p99>50ms' or 'outage>5s'; may be repeated
    #[arg(long, value_name = "CONDITION", help_heading = EXPORTS, allow_hyphen_values = true,
        value_parser = by(condition::condition))]
    pub(super) fail_if: Vec<Condition>,

    // About the program.
    /// Take options and print lines as ping or fping does; must come first
    #[arg(long = "as", value_name = "NAME", help_heading = ABOUT, allow_hyphen_values = true)]
    pub(super) as_name: Option<OsString>,
    /// Print the common options
    #[arg(short, help_heading = ABOUT, action = ArgAction::Help, short_alias = '?')]
    help: Option<bool>,
    /// Print all options
    #[arg(long = "help", help_heading = ABOUT, action = ArgAction::Help)]
    help_all: Option<bool>,
    /// Print the version
    #[arg(short = 'V', long, help_heading = ABOUT, action = ArgAction::Version)]
    version: Option<bool>,
    /// Print the manual (man), the schema of --json (schema) or completions (bash, zsh, fish, elvish, powershell)
    #[arg(long, value_name = "WHAT", help_heading = ABOUT, allow_hyphen_values = true,
        hide_possible_values = true)]
    pub(super) generate: Option<Generate>,
}

const SENT: &str = "What is sent";
const WAITED: &str = "How long to wait";
const WAY: &str = "How it gets there";
const SOCKET: &str = "The socket";
const PRINTED: &str = "What is printed";
const ABOUT: &str = "About the program";

/// `-M`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Discovery {
    Do,
    Dont,
    Want,
    Probe,
}

/// `-T`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Stamp {
    #[value(name = "tsonly")]
    Only,
    #[value(name = "tsandaddr")]
    AndAddress,
    #[value(name = "tsprespec")]
    Prespecified,
}

/// `--socket`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Socket {
    Raw,
    Ping,
}

/// `--clock`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Clock {
    Hardware,
    Wire,
    Kernel,
    User,
}

/// `--color`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    Auto,
    Always,
    Never,
}

/// `--json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Json {
    Events,
    All,
    Summary,
}

/// `--generate`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Generate {
    Man,
    Bash,
    Zsh,
    Fish,
    Elvish,
    #[value(name = "powershell")]
    PowerShell,
    Schema,
    FpingMan,
    FpingBash,
    FpingZsh,
    FpingFish,
}
