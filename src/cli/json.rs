//! What `--json` means, and what it leaves no place for.

use super::args::{Json, Typed};
use super::{Command, Environment, Invocation, Refusal, usage};
use crate::config::{Config, Face, Json as Detail};

impl From<Json> for Detail {
    fn from(typed: Json) -> Self {
        match typed {
            Json::Events => Self::Events,
            Json::All => Self::All,
            Json::Summary => Self::Summary,
        }
    }
}

/// Refuses options that shape text and have no place in the lines: the user would miss something. Lines have what `-D` and `-3`
/// ask for, and never have what `-n` and `--color never` leave out.
pub(super) fn refuse_what_shapes_text(typed: &Typed) -> Result<(), Refusal> {
    let Some(json) = typed.json else {
        return Ok(());
    };
    if json == Json::Summary && typed.many.summary_every.is_some() {
        return Err(Refusal::new(
            "usage error: --summary-every does not work with --json=summary: use --json",
        ));
    }
    let for_text = [
        (typed.quiet, "-q", "use --json=summary for results only"),
        (typed.audible, "-a", "no text is printed"),
        (typed.outstanding, "-O", "each lost probe has a line"),
        (
            typed.histogram,
            "--histogram",
            "the summary has the distribution",
        ),
        (typed.resolve, "-H", "lines have no names of routers"),
        (typed.many.sort.is_some(), "--sort", "no table is printed"),
        (typed.record_route, "-R", "lines have no field for routes"),
        (
            typed.ip_timestamp.is_some(),
            "-T",
            "lines have no field for time stamps",
        ),
        (
            !typed.node_information.is_empty(),
            "-N",
            "lines have no field for node information",
        ),
    ];
    match for_text.iter().find(|(is_given, ..)| *is_given) {
        Some((_, option, why)) => Err(Refusal::new(format!(
            "usage error: {option} does not work with --json: {why}"
        ))),
        None => Ok(()),
    }
}

/// Standard output takes one format.
pub(super) fn refuse_second_output(config: &Config) -> Result<(), Refusal> {
    if config.style.json.is_some() && config.exports.stdout.is_some() {
        return Err(Refusal::new(
            "usage error: --json and an export to - both write to standard output: name a file",
        ));
    }
    Ok(())
}

/// Under the name `ping` the option does not exist.
pub(super) fn unknown_to_ping(
    typed: &Typed,
    invocation: &Invocation,
    environment: &Environment,
) -> Option<Command> {
    let is_unknown = typed.json.is_some() && invocation.face == Face::Ping;
    is_unknown.then(|| usage::unknown_option(&invocation.program, "-j", environment.charset))
}
