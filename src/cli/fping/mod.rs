//! fping 5.5's command line: its options, order of checks, texts and exit codes.
//!
//! Each option works or is rejected with a reason. `getopt` splits the words, `typed` collects the options, `meaning`
//! makes a [`Config`](crate::config::Config) of them, `generate` expands `-g`, `texts` has the printed texts, and
//! `pages` makes the manual page of them.

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

/// The reason to stop before the run.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Stop {
    Help,
    Version,
    /// An error after which the help is printed.
    Usage,
    /// An error that is printed after the name of the program.
    Wrong(String),
    /// The same with a comma after the name, as fping prints it once.
    AfterComma(String),
    /// There are no targets, and no message.
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
            exit: Exit::Fping(if is_error {
                FpingExit::Unreachable
            } else {
                FpingExit::Reachable
            }),
            to_stderr: is_error,
        }
    }
}

/// Parses the words after the name of the program.
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
