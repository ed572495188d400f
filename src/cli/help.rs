//! The program's texts about itself.

use std::ffi::OsString;

use clap::CommandFactory as _;

use super::args::{DIAGNOSIS, MANY, Typed, WATCH};
use super::{Command, node_information, to_read, usage};
use crate::config::Face;
use crate::exit::Exit;

const WIDEST: u16 = 100;
/// Minimum width of help, in columns: most words fit.
const NARROWEST: u16 = 20;
/// Below this width, the text of an option is below the option instead of beside it.
const ROOM_BESIDE: u16 = 60;

/// The options that `-h` shows: the common ones, on one screen of 80 columns and 45 lines.
const COMMON: &[&str] = &[
    "count",
    "until_reply",
    "interval",
    "flood",
    "size",
    "timeout",
    "deadline",
    "ipv4",
    "ipv6",
    "interface",
    "ttl",
    "pmtudisc",
    "quiet",
    "verbose",
    "numeric",
    "outstanding",
    "histogram",
    "version",
    "targets",
    "rate",
    "alive",
    "dead",
    "need",
    "help",
    "help_all",
];

/// The text after them.
const MORE: &str = "\
Destinations are names, addresses, networks (192.0.2.0/24) or ranges.
All options: rping --help. Manual: rping --generate man | man -l -";

/// The version of iputils whose lines these are.
const IPUTILS: &str = "20250605";

const USAGE_RPING: &str = "rping [OPTIONS] DESTINATION...";
const USAGE_PING: &str = "ping [OPTIONS] [HOP]... DESTINATION";

const ABOUT_PING: &str = "\
Send ICMP echo requests to a host, given by name or by address, and tell what comes back";

const HOPS: &str = "\
Hops are IPv4 hosts to go by way of, up to 9, or with -T tsprespec those whose times are wanted, up to 4.";

/// The declared options, which are rping's, adapted to the face.
pub(super) fn command(face: Face, width: Option<u16>) -> clap::Command {
    let width = width.map_or(WIDEST, |width| width.clamp(NARROWEST, WIDEST));
    let command = Typed::command()
        .term_width(width.into())
        .next_line_help(width < ROOM_BESIDE)
        .help_template("{about}\n\nUsage: {usage}\n\n{all-args}{after-help}");
    match face {
        Face::Rping => command
            .override_usage(USAGE_RPING)
            .after_help(exit_status(face, width))
            // Required in the usage line, but not for clap: rping reports a missing one in iputils' words.
            .mut_arg("words", |words| words.required(true)),
        Face::Ping => command
            .name("ping")
            .about(ABOUT_PING)
            .override_usage(USAGE_PING)
            .after_help(format!("{HOPS}\n\n{}", exit_status(face, width)))
            .mut_args(of_ping),
    }
}

/// Adapts an option to the name `ping`.
fn of_ping(arg: clap::Arg) -> clap::Arg {
    // The usage line explains the words better than a line of their own.
    let is_of_rping = [Some(MANY), Some(WATCH), Some(DIAGNOSIS)].contains(&arg.get_help_heading());
    if is_of_rping || arg.get_id() == "words" {
        return arg.hide(true);
    }
    match of_ping_alone(&arg) {
        Some(help) => arg.help(help),
        None => arg,
    }
}

/// The help of an option whose meaning differs under the name `ping`.
pub(super) fn of_ping_alone(arg: &clap::Arg) -> Option<&'static str> {
    Some(match arg.get_id().as_str() {
        "count" => "Stop after N probes; with -w, after N replies [default: until interrupted]",
        "interval" => "Time between two probes; less than 0.002 only for root [default: 1]",
        "timeout" => "Wait after the last probe if no reply ever came, 0 without end [default: 10]",
        "outstanding" => "Report a probe without a reply when the next one leaves",
        "full_precision" => "Print round trips with all three decimals",
        _ => return None,
    })
}

/// The table of exit codes. Under the name `ping` there is only one target.
fn exit_status(face: Face, width: u16) -> String {
    let table = |heading: &str, meaning: fn(Exit) -> &'static str| {
        let rows = Exit::ALL.map(|exit| row(exit.code(), meaning(exit), width.into()));
        format!("{heading}:{}", rows.concat())
    };
    let one = table("Exit status", Exit::with_one_target);
    match face {
        Face::Ping => one,
        Face::Rping => {
            let many = table("Exit status with many targets", Exit::with_many_targets);
            format!("{one}\n\n{many}")
        }
    }
}

/// A code and its meaning, wrapped to this width. clap, which formats the rest, would start the second line below the code.
fn row(code: u8, meaning: &str, width: usize) -> String {
    let mut text = String::new();
    let mut line = format!("\n  {code} ");
    for word in meaning.split(' ') {
        if line.len() + word.len() > width {
            text += &line;
            line = String::from("\n    ");
        }
        line = line + " " + word;
    }
    text + &line
}

/// The requested amount of help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// `-h`: the common options.
    Common,
    /// `--help`: all options and the exit codes.
    All,
}

impl Extent {
    /// The extent that these words request. One of them is `-h` or `--help`.
    pub(super) fn asked_by(words: &[OsString]) -> Self {
        let mut options = words.iter().take_while(|word| *word != "--");
        if options.any(|word| word == "--help") {
            Self::All
        } else {
            Self::Common
        }
    }
}

/// The help, in clap's format for `rping` and in iputils' format for `ping`.
pub(super) fn help(face: Face, extent: Extent, width: Option<u16>) -> Command {
    match (face, extent) {
        (Face::Ping, _) => usage::help(),
        (Face::Rping, Extent::All) => to_read(command(face, width).render_help().to_string()),
        (Face::Rping, Extent::Common) => {
            let mut command = command(face, width).after_help(MORE).mut_args(|arg| {
                let is_common = COMMON.contains(&arg.get_id().as_str());
                arg.hide(!is_common)
            });
            to_read(command.render_help().to_string())
        }
    }
}

/// The list of words for `-N`.
pub(super) fn node_information() -> Command {
    to_read(node_information::HELP.to_owned())
}

/// The version in the format of `ping -jV`.
pub(super) fn version_as_json() -> Command {
    to_read(format!("{{\"version\":\"{IPUTILS}\"}}\n"))
}

/// The version. Clients of `ping` look for `iputils`, and iputils' tests for the second line.
pub(super) fn version(face: Face) -> Command {
    let version = env!("CARGO_PKG_VERSION");
    let text = match face {
        Face::Ping => format!(
            "ping from iputils {IPUTILS} (its interface, provided by rping {version})\n\
             libcap: no, IDN: yes, NLS: no, error.h: no, getrandom(): yes, __fpending(): no\n"
        ),
        Face::Rping => {
            format!("rping {version}\nprovides the interface of ping from iputils {IPUTILS}\n")
        }
    };
    Command::Print {
        text,
        exit: Exit::Replied,
        to_stderr: false,
    }
}
