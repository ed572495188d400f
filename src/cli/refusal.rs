//! Why a command line is refused: one line, made harmless.

use std::error::Error;
use std::fmt;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::{Command, Invocation, usage};
use crate::config::Face;
use crate::sanitize;

/// Why a command line is refused, in one line without the name of the program. What was typed is shown escaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    text: String,
    /// How it is typed right, to be read behind the text; empty: the text says it.
    advice: &'static str,
}

impl Refusal {
    /// Makes any text one harmless line.
    pub(super) fn new(text: impl AsRef<str>) -> Self {
        Self {
            text: sanitize::escape(text.as_ref()),
            advice: "",
        }
    }

    /// With this behind it, where there is more to say than iputils says.
    pub(super) fn advise(self, advice: &'static str) -> Self {
        Self { advice, ..self }
    }

    /// Under the name `ping` the words are those of iputils and no more.
    pub(super) fn under(self, face: Face) -> Self {
        match face {
            Face::Rping => self,
            Face::Ping => self.advise(""),
        }
    }
}

/// A value that iputils may take where rping does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lenient<T> {
    /// What iputils makes of it.
    pub(super) value: T,
    /// Why rping refuses it; `None`: it does not.
    pub(super) refusal: Option<Refusal>,
}

impl<T> Lenient<T> {
    /// A value that both take.
    pub(super) fn usual(value: T) -> Self {
        Self {
            value,
            refusal: None,
        }
    }

    /// A value that is taken under the name `ping` only.
    pub(super) fn of_ping(value: T, refusal: Refusal) -> Self {
        Self {
            value,
            refusal: Some(refusal),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.text, self.advice)
    }
}

impl Error for Refusal {}

/// What clap complains of, in our words.
pub(super) fn from_clap(command: &clap::Command, error: &clap::Error) -> Refusal {
    // The readers of values say all there is to say themselves.
    if let Some(refusal) = error
        .source()
        .and_then(<dyn Error>::downcast_ref::<Refusal>)
    {
        return refusal.clone();
    }
    let option = text(error, ContextKind::InvalidArg);
    let value = text(error, ContextKind::InvalidValue);
    let line = match (error.kind(), option) {
        (ErrorKind::UnknownArgument, Some(option)) => unknown(error, option),
        (ErrorKind::InvalidValue, Some(option)) => {
            let option = spelled(command, option);
            match (value, error.get(ContextKind::ValidValue)) {
                (Some(value), Some(ContextValue::Strings(valid))) if !value.is_empty() => {
                    let valid = valid.join(", ");
                    format!("{option}: invalid argument: '{value}': one of {valid}")
                }
                (_, Some(ContextValue::Strings(valid))) if !valid.is_empty() => {
                    format!("{option}: a value is missing: one of {}", valid.join(", "))
                }
                _ => format!("{option}: a value is missing"),
            }
        }
        (ErrorKind::TooManyValues, Some(option)) => {
            let value = value.unwrap_or_default();
            format!("{}: takes no value: '{value}'", spelled(command, option))
        }
        _ => {
            let whole = error.to_string();
            let first = whole.lines().next().unwrap_or_default();
            first.strip_prefix("error: ").unwrap_or(first).to_owned()
        }
    };
    Refusal::new(line)
}

/// Under the name `ping`: the short help, where an option does not exist or lacks its value.
pub(super) fn usage_of_ping(
    command: &clap::Command,
    error: &clap::Error,
    invocation: &Invocation,
) -> Option<Command> {
    let option = text(error, ContextKind::InvalidArg)?;
    let program = &invocation.program;
    match (invocation.face, error.kind()) {
        (Face::Ping, ErrorKind::UnknownArgument) => Some(usage::unknown_option(program, option)),
        // A word that is none of a fixed list is of the same kind to clap, and so is an empty one.
        (Face::Ping, ErrorKind::InvalidValue)
            if error.source().is_none() && text(error, ContextKind::InvalidValue) == Some("") =>
        {
            let option = spelled(command, option);
            Some(usage::missing_value(program, &option))
        }
        _ => None,
    }
}

fn unknown(error: &clap::Error, option: &str) -> String {
    match text(error, ContextKind::SuggestedArg) {
        Some(known) => format!("unknown option '{option}', did you mean '{known}'?"),
        None => format!("unknown option '{option}'"),
    }
}

/// An option as people type it: clap calls it `--count <N>`, we call it `-c`.
fn spelled(command: &clap::Command, shown: &str) -> String {
    let option = command
        .get_arguments()
        .find(|option| option.to_string() == shown);
    match option.map(|option| (option.get_short(), option.get_long())) {
        Some((Some(short), _)) => format!("-{short}"),
        Some((None, Some(long))) => format!("--{long}"),
        _ => shown.to_owned(),
    }
}

fn text(error: &clap::Error, kind: ContextKind) -> Option<&str> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text),
        _ => None,
    }
}
