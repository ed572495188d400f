//! Why a command line is refused: one line, made harmless.

use std::error::Error;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::OsStrExt as _;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::{Command, Invocation, usage};
use crate::config::Face;
use crate::sanitize::{self, Charset};

/// `--as` that is not in front, or names nothing.
pub(super) fn misplaced_as(name: &OsStr) -> Refusal {
    let name = sanitize::excerpt(name);
    Refusal::new(format!(
        "--as {name}: it must be the first word, and its value one of ping, fping, ping4, ping6, fping6"
    ))
}

/// Why a command line is refused, in one line without the name of the program. What was typed is shown
/// with its invisible octets escaped; what prints it narrows it to the character set of its reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    text: String,
    /// How it is typed right, to be read behind the text; empty: the text says it.
    advice: &'static str,
    /// What is said under the name `ping` instead, if that is something else.
    words_of_ping: Option<String>,
}

impl Refusal {
    /// Makes any text one harmless line.
    pub(super) fn new(text: impl AsRef<str>) -> Self {
        Self {
            text: sanitize::visible(text.as_ref()),
            advice: "",
            words_of_ping: None,
        }
    }

    /// With this behind it, where there is more to say than iputils says.
    pub(super) fn advise(self, advice: &'static str) -> Self {
        Self { advice, ..self }
    }

    /// With these words instead under the name `ping`.
    pub(super) fn or_as_ping(self, words: impl AsRef<str>) -> Self {
        let words = Some(sanitize::visible(words.as_ref()));
        Self {
            words_of_ping: words,
            ..self
        }
    }

    /// Under the name `ping` the words are those of iputils and no more.
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
pub(super) fn from_clap(
    command: &clap::Command,
    error: &clap::Error,
    not_utf8: &[OsString],
) -> Refusal {
    // The readers of values say all there is to say themselves.
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

/// Under the name `ping`: the short help, where an option does not exist or lacks its value.
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
        Some(known) => format!("unknown option '{option}': did you mean '{known}'?"),
        None => format!("unknown option '{option}': see rping --help for all options"),
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

/// The option that clap complains of.
fn option(error: &clap::Error, not_utf8: &[OsString]) -> Option<String> {
    text(error, ContextKind::InvalidArg).map(|option| as_typed(option, not_utf8))
}

/// An option or a value that clap names, with the octets that were typed: clap has put U+FFFD for those that are no UTF-8.
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

/// The octets behind each character of a text in which what is no UTF-8 was replaced.
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
