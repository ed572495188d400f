//! The manual page and completions, made from the declared options.

use std::io::Write as _;

use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::args::Generate;
use super::fping::pages;
use super::{Command, Refusal, details, help, to_read};
use crate::config::Face;
use crate::exit::Exit;
use crate::report::json::SCHEMA;

const EXAMPLES: [(&str, &str); 11] = [
    (
        "rping example.org",
        "Probe once a second until interrupted.",
    ),
    ("rping -c 5 -i 0.2 192.0.2.1", "Five probes, five a second."),
    (
        "rping -o -w 60 192.0.2.1",
        "Wait up to a minute until a host answers.",
    ),
    (
        "rping -6 -s 1452 -M do example.org",
        "See whether datagrams of 1500 octets get through whole.",
    ),
    (
        "rping -Q ef -W 0.5 192.0.2.1",
        "As traffic of the class EF; what takes longer than half a second is late.",
    ),
    (
        "rping -c 10 -i 0.5 192.0.2.1 192.0.2.7 example.org",
        "Ten rounds of three targets, two rounds a second, and a table of them.",
    ),
    (
        "rping --alive -q 192.0.2.0/24",
        "List the hosts of a network that answer, one a line.",
    ),
    (
        "rping --dead -q --targets hosts.txt",
        "List those of a file that do not answer, and succeed if all do.",
    ),
    (
        "rping --alive --need 2 -w 5 ns1.example ns2.example ns3.example",
        "Succeed as soon as two of three answer, within five seconds.",
    ),
    (
        "rping --json -c 3 192.0.2.1 | jq .rtt_ms",
        "Results for programs.",
    ),
    (
        "rping --generate bash > /etc/bash_completion.d/rping",
        "Complete options in bash.",
    ),
];

const PERMISSIONS: &str = "\
A raw socket needs the capability CAP_NET_RAW: setcap cap_net_raw+p, or being root. Without it the ping socket of the \
kernel is used, which is open to the groups in the range of the sysctl net.ipv4.ping_group_range. Whatever permissions \
there are, they are dropped for good before the first datagram is read. Only root may send more often than every \
2 ms, or more than 3 probes at once.";

const ENVIRONMENT: [(&str, &str); 4] = [
    (
        "NO_COLOR",
        "If set and not empty, no colours are used unless --color always asks for them.",
    ),
    (
        "TERM",
        "If dumb, empty or unset, no colours are used unless --color always asks for them.",
    ),
    (
        "COLUMNS",
        "The width of --help where it goes to no terminal, in columns.",
    ),
    (
        "IPUTILS_PING_PTR_LOOKUP",
        "If 0, addresses are not looked up in reverse unless -H asks for it.",
    ),
];

const SIGNALS: [(&str, &str); 3] = [
    (
        "SIGINT, SIGALRM, SIGTERM, SIGHUP",
        "Print the statistics and exit; a second one exits at once. SIGTERM and SIGHUP stay ignored if they were ignored \
         at the start, as by nohup.",
    ),
    ("SIGQUIT", "Print a line of statistics and go on."),
    (
        "SIGPIPE",
        "The reader of standard output exited: end at once, without statistics. If SIGPIPE was ignored at the start, this \
         is an output that cannot be written: exit with 2.",
    ),
];

const NAMES: &str = "\
Invoked as ping, ping4 or ping6, through a link or a copy of that name, the program takes the same options and prints \
what ping of iputils prints, and nothing else. -W is then the time to wait after the last probe if no reply ever came, \
and words before the destination are hops: of a source route, or with -T tsprespec those whose time is recorded. \
ping4, ping6, rping4 and rping6 imply -4 or -6.";

/// The manual page, or a completion script.
pub(super) fn generate(what: Generate, face: Face) -> Result<Command, Refusal> {
    let mut out = Vec::new();
    let failed = |error: std::io::Error| Refusal::new(format!("--generate: {error}"));
    let shell = match what {
        Generate::Man => None,
        Generate::FpingMan => {
            pages::manual(&mut out).map_err(failed)?;
            return printed(out);
        }
        Generate::FpingBash => return fping(Shell::Bash),
        Generate::FpingZsh => return fping(Shell::Zsh),
        Generate::FpingFish => return fping(Shell::Fish),
        Generate::Schema => return Ok(to_read(SCHEMA.to_owned())),
        Generate::Bash => Some(Shell::Bash),
        Generate::Zsh => Some(Shell::Zsh),
        Generate::Fish => Some(Shell::Fish),
        Generate::Elvish => Some(Shell::Elvish),
        Generate::PowerShell => Some(Shell::PowerShell),
    };
    let mut command = help::command(face, None);
    match shell {
        Some(shell) => {
            let name = command.get_name().to_owned();
            clap_complete::generate(shell, &mut command, name, &mut out);
        }
        None => {
            man(
                command.mut_args(|arg| with_details(arg, face)),
                face,
                &mut out,
            )
            .map_err(failed)?;
        }
    }
    printed(out)
}

/// A completion script for fping's options.
fn fping(shell: Shell) -> Result<Command, Refusal> {
    let mut out = Vec::new();
    pages::completions(shell, &mut out);
    printed(out)
}

fn printed(out: Vec<u8>) -> Result<Command, Refusal> {
    let text = String::from_utf8(out);
    Ok(Command::Print {
        text: text.map_err(|error| Refusal::new(format!("--generate: {error}")))?,
        exit: Exit::Replied,
        to_stderr: false,
    })
}

/// Adds the details of the manual page to an option.
fn with_details(arg: clap::Arg, face: Face) -> clap::Arg {
    let is_another = face == Face::Ping && help::of_ping_alone(&arg).is_some();
    let details = details::of(arg.get_id().as_str()).filter(|_| !is_another);
    match (arg.get_help(), details) {
        (Some(help), Some(details)) => {
            let long = format!("{help}. {details}");
            arg.long_help(long)
        }
        _ => arg,
    }
}

/// The manual page up to the last option. `words` is the heading of the arguments that are not options; `forms` are the
/// lines of the synopsis, if it is not made from the options.
pub(super) fn front(
    command: clap::Command,
    words: &str,
    forms: &[&str],
    out: &mut Vec<u8>,
) -> std::io::Result<()> {
    let title = command.get_name().to_uppercase();
    let source = format!("rping {}", env!("CARGO_PKG_VERSION"));
    let man = Man::new(command)
        .title(title)
        .section("8")
        .source(source)
        .manual("Network diagnostics");
    man.render_title(out)?;
    man.render_name_section(out)?;
    if forms.is_empty() {
        man.render_synopsis_section(out)?;
    } else {
        let mut synopsis = Roff::new();
        synopsis.control("SH", ["SYNOPSIS"]);
        for form in forms {
            synopsis.text([roman(*form)]).control("br", []);
        }
        synopsis.to_writer(out)?;
    }
    man.render_description_section(out)?;
    let mut options = Vec::new();
    man.render_options_section(&mut options)?;
    // Makes one section of the options, with their headings as subsections.
    let options = String::from_utf8_lossy(&options)
        .replace(".SH OPTIONS", &format!(".SS {words}"))
        .replace(".SH ", ".SS ");
    write!(out, ".SH OPTIONS\n{options}")
}

fn man(command: clap::Command, face: Face, out: &mut Vec<u8>) -> std::io::Result<()> {
    front(command, "DESTINATIONS", &[], out)?;
    let mut roff = Roff::new();
    roff.control("SH", ["NAMES OF THE PROGRAM"])
        .text([roman(NAMES)]);
    exit_status(&mut roff, face);
    table(&mut roff, "EXAMPLES", &EXAMPLES);
    roff.control("SH", ["PERMISSIONS"])
        .text([roman(PERMISSIONS)]);
    table(&mut roff, "ENVIRONMENT", &ENVIRONMENT);
    table(&mut roff, "SIGNALS", &SIGNALS);
    roff.control("SH", ["SEE ALSO"]);
    roff.text([
        bold("ip"),
        roman("(8), "),
        bold("tracepath"),
        roman("(8), "),
        bold("icmp"),
        roman("(7), "),
        bold("capabilities"),
        roman("(7), RFC 792, RFC 4443, RFC 4620"),
    ]);
    roff.to_writer(out)
}

/// The section of exit codes. Under the name `ping` there is only one target.
fn exit_status(roff: &mut Roff, face: Face) {
    let rows = Exit::ALL.map(|exit| {
        let one = sentence(exit.with_one_target());
        let text = match face {
            Face::Ping => one,
            Face::Rping => format!("{one} With many targets: {}.", exit.with_many_targets()),
        };
        (exit.code().to_string(), text)
    });
    let rows = rows
        .each_ref()
        .map(|(code, text)| (code.as_str(), text.as_str()));
    table(roff, "EXIT STATUS", &rows);
}

/// Makes a clause a sentence: a capital and a full stop.
pub(super) fn sentence(clause: &str) -> String {
    let mut characters = clause.chars();
    let first = characters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(characters).chain(['.']).collect()
}

pub(super) fn table(roff: &mut Roff, title: &str, rows: &[(&str, &str)]) {
    roff.control("SH", [title]);
    for (head, text) in rows {
        roff.control("TP", []);
        roff.text([bold(*head)]).text([roman(*text)]);
    }
}
