//! The command line of fping 5.5: its options, its order of checks, its texts and exit codes.
//!
//! Each option works or is refused with a reason. `getopt` hands the options out, `typed` takes them as they come, `meaning`
//! makes a [`Config`](crate::config::Config) of them, `generate` the targets of `-g`, `texts` has what is printed, and
//! `pages` makes the manual page of it.

mod generate;
mod getopt;
mod meaning;
mod options;
pub(super) mod pages;
mod texts;
mod typed;
mod values;

use std::ffi::OsString;

use super::{Command, Environment, Invocation};
use crate::exit::{Exit, FpingExit};
use typed::Typed;

/// Why nothing is probed.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Stop {
    /// The help was asked for.
    Help,
    /// The version was asked for.
    Version,
    /// Something is not as the help says, which is printed.
    Usage,
    /// This is wrong; it is printed behind the name of the program.
    Wrong(String),
    /// The same with a comma behind that, as fping has it once.
    AfterComma(String),
    /// There is nothing to probe, and nothing is said about it.
    NoTargets,
}

impl Stop {
    fn wrong(text: impl Into<String>) -> Self {
        Self::Wrong(text.into())
    }

    fn into_command(self, program: &str) -> Command {
        let (text, is_error) = match self {
            Self::Help => (texts::help(program), false),
            Self::Version => (texts::version(program), false),
            Self::Usage => (texts::help(program), true),
            Self::Wrong(text) => (format!("{program}: {text}\n"), true),
            Self::AfterComma(text) => (format!("{program}, {text}\n"), true),
            Self::NoTargets => (String::new(), true),
        };
        Command::Print {
            text,
            exit: Exit::OfFping(if is_error {
                FpingExit::Unreachable
            } else {
                FpingExit::Reachable
            }),
            to_stderr: is_error,
        }
    }
}

/// Reads the words behind the name of the program.
pub(super) fn parse(
    words: &[OsString],
    invocation: &Invocation,
    environment: &Environment,
) -> Command {
    let program = &invocation.program;
    let meant = Typed::read(words, invocation.family)
        .and_then(|typed| meaning::config(&typed, program, environment));
    match meant {
        Ok(config) => Command::Run {
            config: Box::new(config),
            warnings: Vec::new(),
        },
        Err(stop) => stop.into_command(program),
    }
}

#[cfg(test)]
mod tests;
