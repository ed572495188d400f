//! Parses `--merge`.

use std::ffi::OsString;

use clap::parser::ValueSource;
use clap::{ArgMatches, Command as Declared};

use super::args::{Json, Typed};
use super::meaning::Asked;
use super::{Command, Refusal, many, meaning};
use crate::config::Face;
use crate::config::merge::Merge;

/// The options allowed besides files. All others are about a run.
const TAKEN: [&str; 5] = ["merge", "json", "sort", "color", "full_precision"];

/// The options given that are about a run, in their long form.
pub(super) fn others(declared: &Declared, matches: &ArgMatches) -> Vec<String> {
    typed_besides("merge", &TAKEN, declared, matches)
}

/// The options given besides `option` except `taken`, in their long form; none if `option` is not given. clap looks up each
/// option of a run from the first one on, which takes time.
pub(super) fn typed_besides(
    option: &str,
    taken: &[&str],
    declared: &Declared,
    matches: &ArgMatches,
) -> Vec<String> {
    let is_typed = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
    if !is_typed(option) {
        return Vec::new();
    }
    let arguments = declared.get_arguments();
    let others = arguments.filter(|argument| {
        let id = argument.get_id().as_str();
        !taken.contains(&id) && !argument.is_positional() && is_typed(id)
    });
    others
        .map(|argument| match argument.get_long() {
            Some(long) => format!("--{long}"),
            None => format!("-{}", argument.get_short().unwrap_or_default()),
        })
        .collect()
}

/// The merge command, or `None` without `--merge`.
pub(super) fn command(asked: &Asked<'_>, others: &[String]) -> Result<Option<Command>, Refusal> {
    let typed: &Typed = &asked.typed;
    let files: &[OsString] = &typed.exports.merge;
    if files.is_empty() {
        return Ok(None);
    }
    if asked.invocation.face == Face::Ping {
        return Err(Refusal::new(
            "usage error: --merge works only under the name rping",
        ));
    }
    if let Some(other) = others.first() {
        return Err(Refusal::new(format!(
            "usage error: {other} does not work with --merge, which takes --json, --sort and --color only"
        )));
    }
    if let Some(word) = typed.words.first() {
        let word = crate::sanitize::visible_word(word);
        return Err(Refusal::new(format!(
            "usage error: --merge probes nothing: leave out {word}, or name files behind --merge"
        )));
    }
    if typed.json == Some(Json::All) {
        return Err(Refusal::new(
            "usage error: --merge has results only: use --json",
        ));
    }
    if files.iter().filter(|file| *file == "-").count() > 1 {
        return Err(Refusal::new(
            "usage error: --merge reads standard input once: give - once",
        ));
    }
    let face = asked.invocation.face;
    Ok(Some(Command::Merge(Box::new(Merge {
        program: asked.invocation.program.clone(),
        files: files.to_vec(),
        style: meaning::style(typed, face, asked.environment),
        many: many::style(typed, &typed.many, None, asked.environment),
    }))))
}
