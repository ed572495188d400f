//! The texts that the program prints about itself.

use clap::CommandFactory as _;

use super::args::Typed;
use super::{Command, node_information, to_read};
use crate::config::Face;
use crate::exit::Exit;

/// The widest that help gets, in columns.
const WIDEST: u16 = 100;
/// The narrowest: below it there is no room beside the options.
const NARROWEST: u16 = 60;

/// What iputils' lines are taken from.
const IPUTILS: &str = "20250605";

const USAGE_RPING: &str = "rping [OPTIONS] DESTINATION";
const USAGE_PING: &str = "ping [OPTIONS] [HOP]... DESTINATION";

const EXIT_STATUS: &str = "\
Exit status: 0 if a reply came (with -c and -w: as many as -c says), 1 if none came, 2 for anything else.";

const HOPS: &str = "\
Hops are IPv4 hosts to go by way of, up to 9, or with -T tsprespec those whose times are wanted, up to 4.";

/// The declared options, with what differs between the two faces.
pub(super) fn command(face: Face, width: Option<u16>) -> clap::Command {
    let width = width.map_or(WIDEST, |width| width.clamp(NARROWEST, WIDEST));
    let command = Typed::command()
        .term_width(width.into())
        .help_template("{about}\n\nUsage: {usage}\n\n{all-args}{after-help}");
    match face {
        Face::Rping => command.override_usage(USAGE_RPING).after_help(EXIT_STATUS).mut_args(|arg| {
            match arg.get_id().as_str() {
                "outstanding" => arg.help(
                    "Mention a probe without a reply when the next one is sent, \
                     not only once it has had its time",
                ),
                _ => arg,
            }
        }),
        Face::Ping => command.name("ping").override_usage(USAGE_PING).after_help(format!("{HOPS}\n{EXIT_STATUS}")).mut_args(|arg| {
            match arg.get_id().as_str() {
                "timeout" => arg.help(
                    "Seconds to wait after the last probe if no reply ever came, 0 for ever [default: 10]",
                ),
                _ => arg,
            }
        }),
    }
}

/// The help, which clap lays out.
pub(super) fn help(face: Face, width: Option<u16>) -> Command {
    // The line of usage says more about the words than a line of their own would.
    let mut command = command(face, width).mut_arg("words", |words| words.hide(true));
    to_read(command.render_help().to_string(), face)
}

/// The words of `-N`.
pub(super) fn node_information(face: Face) -> Command {
    to_read(node_information::HELP.to_owned(), face)
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
