//! The texts that the program prints about itself.

use clap::CommandFactory as _;

use super::args::{MANY, Typed};
use super::{Command, node_information, to_read, usage};
use crate::config::Face;
use crate::exit::Exit;

/// The widest that help gets, in columns.
const WIDEST: u16 = 100;
/// The narrowest, in columns: most words have room in it.
const NARROWEST: u16 = 20;
/// Below so many columns there is no room beside the options: what they do is said below them.
const ROOM_BESIDE: u16 = 60;

/// What iputils' lines are taken from.
const IPUTILS: &str = "20250605";

const USAGE_RPING: &str = "rping [OPTIONS] DESTINATION...";
const USAGE_PING: &str = "ping [OPTIONS] [HOP]... DESTINATION";

const ABOUT_PING: &str = "\
Send ICMP echo requests to a host, given by name or by address, and tell what comes back";

const HOPS: &str = "\
Hops are IPv4 hosts to go by way of, up to 9, or with -T tsprespec those whose times are wanted, up to 4.";

/// The declared options, which are rping's, with what differs between the two faces.
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
            // That there has to be one is for us to say, in iputils' words.
            .mut_arg("words", |words| words.required(true)),
        Face::Ping => command
            .name("ping")
            .about(ABOUT_PING)
            .override_usage(USAGE_PING)
            .after_help(format!("{HOPS}\n\n{}", exit_status(face, width)))
            .mut_args(of_ping),
    }
}

/// An option as it is under the name `ping`.
fn of_ping(arg: clap::Arg) -> clap::Arg {
    if arg.get_help_heading() == Some(MANY) {
        return arg.hide(true);
    }
    match arg.get_id().as_str() {
        // The line of usage says more about the words than a line of their own would.
        "words" => arg.hide(true),
        "count" => {
            arg.help("Stop after N probes; with -w, after N replies [default: go on until interrupted]")
        }
        "interval" => arg.help(
            "Seconds between probes, fractions allowed; less than 0.002 only for root, 0 as fast as replies come \
             [default: 1]",
        ),
        "timeout" => arg.help(
            "Seconds to wait after the last probe if no reply ever came, 0 for ever [default: 10]",
        ),
        "outstanding" => {
            arg.help("Print a line for each probe that has no reply yet when the next one is sent")
        }
        "full_precision" => arg.help("Print round trips with all three decimals"),
        _ => arg,
    }
}

/// The table of exit codes; under the name `ping` there is but one target.
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

/// A number and its meaning on lines of this width. clap, which lays out the rest, would begin the second line of a row
/// below the number.
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

/// The help, which clap lays out for `rping`.
pub(super) fn help(face: Face, width: Option<u16>) -> Command {
    match face {
        Face::Rping => to_read(command(face, width).render_help().to_string()),
        Face::Ping => usage::help(),
    }
}

/// The words of `-N`.
pub(super) fn node_information() -> Command {
    to_read(node_information::HELP.to_owned())
}

/// The version. Clients of `ping` look for `iputils`, and its own tests for the second line.
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
