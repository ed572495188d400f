//! Parses the command line: argv to a [`Config`], a text to print, or a one-line error.
//!
//! [`parse`] is pure: all it needs to know of the process is in an [`Environment`]. `args` declares the options,
//! `values` and `words` parse single values, and `meaning` (with `way` and `size`) combines them. `many` does so for
//! many targets, `watch` for transitions, `doctor` for `--doctor`, `path_mtu` for `--pmtu`, `replay` for `--replay`. `generate` makes the manual
//! page and completions from the same declarations, `usage` the short help of `ping`.

mod args;
mod condition;
mod details;
mod doctor;
mod export;
mod fping;
mod generate;
mod help;
mod icmp_timestamp;
mod invocation;
mod json;
mod live;
mod many;
mod meaning;
mod merge;
mod node_information;
mod path_mtu;
mod refusal;
mod replay;
mod size;
mod sweep_size;
mod usage;
mod values;
mod watch;
mod way;
mod words;

use std::ffi::{OsStr, OsString};
use std::num::NonZero;
use std::os::unix::ffi::OsStrExt as _;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, FromArgMatches as _};

pub use invocation::{Dialect, Invocation};
pub use refusal::Refusal;

use crate::config::merge::Merge;
use crate::config::{Config, Doctor, Face, Replay};
use crate::exit::Exit;
use crate::sanitize::{self, Charset};
use args::Typed;
use meaning::Asked;

/// The facts about the process that parsing depends on, gathered by `main`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is one fact about the process, independent of the others"
)]
pub struct Environment {
    /// Whether the real user is root, who has no rate limit.
    pub root: bool,
    /// Whether standard output is a terminal.
    pub stdout_is_terminal: bool,
    /// Whether standard error is a terminal.
    pub stderr_is_terminal: bool,
    /// The character set of the locale.
    pub charset: Charset,
    /// Whether `NO_COLOR` is set and not empty.
    pub no_color: bool,
    /// Whether `TERM` is `dumb`, unset or empty: such a terminal prints escape sequences as text.
    pub terminal_is_dumb: bool,
    /// The width of the terminal in columns, if there is one.
    pub width: Option<u16>,
    /// The width from `COLUMNS`, for help that does not go to a terminal.
    pub columns: Option<NonZero<u16>>,
    /// Whether `IPUTILS_PING_PTR_LOOKUP` is `0`: reverse lookups of addresses need `-H`.
    pub ptr_lookup_disabled: bool,
}

/// What the command line asks for.
#[derive(Debug, Clone)]
pub enum Command {
    /// Probe.
    Run {
        /// The settings of the run.
        config: Box<Config>,
        /// Lines for standard error before the run, to be printed after the program's name.
        warnings: Vec<&'static str>,
    },
    /// Merge the output of several runs.
    Merge(Box<Merge>),
    /// Replay a recorded run.
    Replay(Box<Replay>),
    /// Tell what this machine allows.
    Doctor(Doctor),
    /// Print a text and exit.
    Print {
        /// Complete lines.
        text: String,
        /// The exit code.
        exit: Exit,
        /// Whether the text goes to standard error, as iputils' help does.
        to_stderr: bool,
    },
}

/// Parses a command line that starts with the name of the program.
///
/// # Errors
/// A [`Refusal`], to be printed after the name of the program. The exit code is [`Exit::Failed`].
/// ```
/// use rping::cli::{self, Command, Environment};
/// use rping::config::Plan;
///
/// let environment = Environment::default();
/// let Command::Run { config, .. } = cli::parse(["ping", "-nqc3", "192.0.2.1"], &environment)? else {
///     panic!("a host is to be probed");
/// };
/// let Plan::One(plan) = config.plan else {
///     panic!("it is one host");
/// };
/// assert_eq!((plan.destination.host.as_str(), plan.schedule.count), ("192.0.2.1", Some(3)));
///
/// let refusal = cli::parse(["ping"], &environment).unwrap_err();
/// assert_eq!(refusal.to_string(), "usage error: Destination address required");
/// # Ok::<(), cli::Refusal>(())
/// ```
#[inline(never)] // In a frame of its own, which is given back before the run begins.
pub fn parse<I>(argv: I, environment: &Environment) -> Result<Command, Refusal>
where
    I: IntoIterator,
    I::Item: Into<OsString>,
{
    let argv: Vec<OsString> = argv.into_iter().map(Into::into).collect();
    let (invocation, argv) = Invocation::of(&argv);
    if invocation.dialect == Dialect::Fping {
        return Ok(fping::parse(argv, &invocation, environment));
    }
    let argv = argv.to_vec();
    let not_utf8 = argv.iter().filter(|word| word.to_str().is_none());
    let not_utf8: Vec<OsString> = not_utf8.cloned().collect();
    refuse_equals_signs(&argv)?;
    // As declared. Texts that only help shows are added only when help is requested.
    let mut command = Typed::command();
    let extent = help::Extent::asked_by(&argv);
    let has_json = invocation.face == Face::Ping && json::is_before_version(&command, &argv);
    let words = std::iter::once(OsString::from("rping")).chain(argv);
    let mut matches = match command.try_get_matches_from_mut(words) {
        Ok(matches) => matches,
        Err(error) => {
            return match error.kind() {
                ErrorKind::DisplayHelp => {
                    let columns = environment.columns.map(NonZero::get);
                    let width = environment.width.or(columns);
                    Ok(help::help(invocation.face, extent, width))
                }
                ErrorKind::DisplayVersion if has_json => Ok(help::version_as_json()),
                ErrorKind::DisplayVersion => Ok(help::version(invocation.face)),
                _ => refusal::usage_of_ping(
                    &command,
                    &error,
                    &not_utf8,
                    &invocation,
                    environment.charset,
                )
                .ok_or_else(|| {
                    refusal::from_clap(&command, &error, &not_utf8).under(invocation.face)
                }),
            };
        }
    };
    let others = merge::others(&command, &matches);
    let besides_replay = replay::others(&command, &matches);
    let besides_doctor = doctor::others(&command, &matches);
    // Moved out of clap's matches, not copied.
    let typed = Typed::from_arg_matches_mut(&mut matches)
        .map_err(|error| refusal::from_clap(&command, &error, &not_utf8))?;
    if let Some(name) = typed.as_name {
        return Err(refusal::misplaced_as(&name));
    }
    if let Some(what) = typed.generate {
        return generate::generate(what, invocation.face);
    }
    if node_information::asks_for_help(&typed.node_information) {
        return Ok(help::node_information());
    }
    if let Some(usage) = json::unknown_to_ping(&typed, &invocation, environment) {
        return Ok(usage);
    }
    if let Some(doctor) = doctor::doctor(&typed, &besides_doctor, &invocation, environment)? {
        return Ok(doctor);
    }
    if let Some(replay) = replay::replay(&typed, &besides_replay, &invocation, environment)? {
        return Ok(replay);
    }
    let asked = Asked {
        typed,
        invocation,
        environment,
    };
    if let Some(merge) = merge::command(&asked, &others)? {
        return Ok(merge);
    }
    json::refuse_what_shapes_text(&asked.typed, asked.invocation.face)?;
    path_mtu::refuse_alone(&asked.typed)?;
    live::refuse_without_place(&asked.typed, asked.invocation.face, environment)?;
    meaning::refuse_values_of_ping(&asked.typed, asked.invocation.face)?;
    let warnings = meaning::warnings(&asked.typed, environment);
    let config: Config = asked.try_into()?;
    json::refuse_second_output(&config)?;
    live::refuse_second_output(&config)?;
    Ok(Command::Run {
        config: Box::new(config),
        warnings,
    })
}

/// Rejects `-c=2`: getopt reads `=2` as the value, clap would read 2.
fn refuse_equals_signs(words: &[OsString]) -> Result<(), Refusal> {
    let options = words.iter().take_while(|word| *word != "--");
    for word in options.map(|word| word.as_encoded_bytes()) {
        if let [b'-', letter, b'=', value @ ..] = word
            && *letter != b'-'
        {
            let letter = char::from(*letter);
            let value = sanitize::excerpt(OsStr::from_bytes(value));
            let text =
                format!("-{letter}: invalid argument: '={value}': leave out the equals sign");
            return Err(Refusal::new(text));
        }
    }
    Ok(())
}

fn to_read(text: String) -> Command {
    Command::Print {
        text,
        exit: Exit::Replied,
        to_stderr: false,
    }
}

#[cfg(test)]
mod tests;
