//! Errors in command lines: one sanitized line each.

use std::error::Error;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::OsStrExt as _;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::{Command, Invocation, usage};
use crate::config::Face;
use crate::sanitize::{self, Charset};

/// The error for an `--as` that is not first, or has an unknown name.
pub(super) fn misplaced_as(name: &OsStr) -> Refusal {
    let name = sanitize::excerpt(name);
    Refusal::new(format!(
        "--as {name}: it must be the first word, and its value one of ping, fping, ping4, ping6, fping6"
    ))
}

/// An error in the command line: one line without the name of the program. Invisible octets that the user typed are
/// escaped; the printer adapts it to its reader's character set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    text: String,
    /// How to correct it, printed after the text; may be empty.
    advice: &'static str,
    /// The text under the name `ping`, if it differs.
    words_of_ping: Option<String>,
}

impl Refusal {
    /// Sanitizes the text.
    pub(super) fn new(text: impl AsRef<str>) -> Self {
        Self {
            text: sanitize::visible(text.as_ref()),
            advice: "",
            words_of_ping: None,
        }
    }

    /// Adds advice that iputils does not have.
    pub(super) fn advise(self, advice: &'static str) -> Self {
        Self { advice, ..self }
    }

    /// Uses these words under the name `ping`.
    pub(super) fn or_as_ping(self, words: impl AsRef<str>) -> Self {
        let words = Some(sanitize::visible(words.as_ref()));
        Self {
            words_of_ping: words,
            ..self
        }
    }

    /// Adapts the text to the face: under the name `ping` it is only iputils' words.
    pub(super) fn under(mut self, face: Face) -> Self {
        if face == Face::Rping {
            return self;
        }
        if let Some(words) = self.words_of_ping.take() {
            self.text = words;
        }
        self.advise("")
    }
}

/// A value that iputils may accept although rping rejects it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lenient<T> {
    /// iputils' interpretation.
    pub(super) value: T,
    /// Why rping rejects it, or `None` if it does not.
    pub(super) refusal: Option<Refusal>,
}

impl<T> Lenient<T> {
    /// A value that both accept.
    pub(super) fn usual(value: T) -> Self {
        Self {
            value,
            refusal: None,
        }
    }

    /// A value that only `ping` accepts.
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

/// Converts an error of clap to rping's words.
pub(super) fn from_clap(
    command: &clap::Command,
    error: &clap::Error,
    not_utf8: &[OsString],
) -> Refusal {
    // Errors of the value parsers are complete.
    if let Some(refusal) = error
        .source()
        .and_then(<dyn Error>::downcast_ref::<Refusal>)
    {
        return refusal.clone();
    }
    let option = option(error, not_utf8);
    let value = text(error, ContextKind::InvalidValue).map(|value| as_typed(value, not_utf8));
    let line = match (error.kind(), option.as_deref()) {
        (ErrorKind::UnknownArgument, Some(option)) => unknown(error, option),
        (ErrorKind::InvalidValue, Some(option)) => {
            let option = spelled(command, option);
            match (value, error.get(ContextKind::ValidValue)) {
                (Some(value), Some(ContextValue::Strings(valid))) if !value.is_empty() => {
                    let valid = valid.join(", ");
                    format!("{option}: invalid argument: '{value}': must be one of {valid}")
                }
                (_, Some(ContextValue::Strings(valid))) if !valid.is_empty() => {
                    format!("{option} needs a value: one of {}", valid.join(", "))
                }
                _ => format!("{option} needs a value"),
            }
        }
        (ErrorKind::TooManyValues, Some(option)) => {
            let value = value.unwrap_or_default();
            format!(
                "{} takes no value: remove '={value}'",
                spelled(command, option)
            )
        }
        _ => {
            let whole = error.to_string();
            let first = whole.lines().next().unwrap_or_default();
            first.strip_prefix("error: ").unwrap_or(first).to_owned()
        }
    };
    Refusal::new(line)
}

/// The short help under the name `ping` for an unknown option or a missing value.
pub(super) fn usage_of_ping(
    command: &clap::Command,
    error: &clap::Error,
    not_utf8: &[OsString],
    invocation: &Invocation,
    charset: Charset,
) -> Option<Command> {
    let option = &option(error, not_utf8)?;
    let program = &invocation.program;
    match (invocation.face, error.kind()) {
        (Face::Ping, ErrorKind::UnknownArgument) => {
            Some(usage::unknown_option(program, option, charset))
        }
        // clap uses the same kind for an unknown word of a fixed list, and for an empty one.
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
        Some(known) => format!("unknown option '{option}': did you mean '{known}'?"),
        None => format!("unknown option '{option}': see rping --help for all options"),
    }
}

/// The short form of an option: `-c` instead of clap's `--count <N>`.
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

fn option(error: &clap::Error, not_utf8: &[OsString]) -> Option<String> {
    text(error, ContextKind::InvalidArg).map(|option| as_typed(option, not_utf8))
}

/// An option or value named by clap, with the octets as typed: clap replaces invalid UTF-8 with U+FFFD.
fn as_typed(named: &str, not_utf8: &[OsString]) -> String {
    let without_dashes = named.trim_start_matches('-');
    let dashes = named.len() - without_dashes.len();
    let typed = not_utf8.iter().find_map(|word| {
        let replaced = word.to_string_lossy();
        let at = replaced.find(without_dashes)?;
        let before = replaced.get(..at)?.chars().count();
        let of_word = units(word.as_bytes()).skip(before);
        let octets: Vec<u8> = of_word
            .take(without_dashes.chars().count())
            .flatten()
            .copied()
            .collect();
        let dashes = named.get(..dashes)?;
        Some([dashes.as_bytes(), &octets].concat())
    });
    match typed {
        Some(typed) if named.contains(char::REPLACEMENT_CHARACTER) => {
            sanitize::excerpt(OsStr::from_bytes(&typed))
        }
        _ => sanitize::excerpt(named),
    }
}

/// The original octets of each character of a text in which invalid UTF-8 was replaced.
fn units(octets: &[u8]) -> impl Iterator<Item = &[u8]> {
    octets.utf8_chunks().flat_map(|chunk| {
        let valid = chunk.valid();
        let ends = valid
            .char_indices()
            .map(|(at, character)| (at, at + character.len_utf8()));
        let characters = ends.filter_map(|(from, to)| valid.as_bytes().get(from..to));
        characters.chain(Some(chunk.invalid()).filter(|invalid| !invalid.is_empty()))
    })
}

fn text(error: &clap::Error, kind: ContextKind) -> Option<&str> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text),
        _ => None,
    }
}
