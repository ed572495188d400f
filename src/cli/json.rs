//! The meaning of `--json`, and the options that it excludes.

use std::ffi::OsString;

use clap::Command as Declared;

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

/// Rejects options about text that lines cannot express: the user would miss something. Lines always include the output
/// of `-D` and `-3`, and never include what `-n` and `--color never` leave out.
pub(super) fn refuse_what_shapes_text(typed: &Typed, face: Face) -> Result<(), Refusal> {
    let Some(json) = typed.json else {
        return Ok(());
    };
    if face == Face::Ping {
        return refuse_what_ping_has_no_keys_for(typed);
    }
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

/// iputils prints the output of these options as text between its objects.
fn refuse_what_ping_has_no_keys_for(typed: &Typed) -> Result<(), Refusal> {
    let without_keys = [
        (typed.audible, "-a"),
        (typed.record_route, "-R"),
        (typed.ip_timestamp.is_some(), "-T"),
        (!typed.node_information.is_empty(), "-N"),
    ];
    match without_keys.iter().find(|(is_given, _)| *is_given) {
        Some((_, option)) => Err(Refusal::new(format!(
            "usage error: {option} does not work with -j: it would print text between the objects"
        ))),
        None => Ok(()),
    }
}

/// Whether `-j` is before `-V` in these words, read letter by letter as in iputils.
pub(super) fn is_before_version(declared: &Declared, words: &[OsString]) -> bool {
    let takes_value = |letter: char| {
        let option = declared
            .get_arguments()
            .find(|it| it.get_short() == Some(letter));
        option.is_some_and(|it| it.get_action().takes_values() && it.get_id() != "json")
    };
    let mut is_asked = false;
    for word in words.iter().filter_map(|word| word.to_str()) {
        match word {
            "--" => return false,
            "--json" => is_asked = true,
            "--version" => return is_asked,
            _ if word.starts_with("--") => {}
            _ => {
                for letter in word.strip_prefix('-').unwrap_or_default().chars() {
                    match letter {
                        'j' => is_asked = true,
                        'V' => return is_asked,
                        _ if takes_value(letter) => break,
                        _ => {}
                    }
                }
            }
        }
    }
    false
}

pub(super) fn refuse_second_output(config: &Config) -> Result<(), Refusal> {
    let is_json = config.style.json.is_some() || config.style.ping_json;
    if is_json && config.exports.stdout.is_some() {
        return Err(Refusal::new(
            "usage error: --json and an export to - both write to standard output: name a file",
        ));
    }
    Ok(())
}

/// Under the name `ping` the option has no value.
pub(super) fn unknown_to_ping(
    typed: &Typed,
    invocation: &Invocation,
    environment: &Environment,
) -> Option<Command> {
    let option = match typed.json {
        Some(Json::All) => "--json=all",
        Some(Json::Summary) => "--json=summary",
        Some(Json::Events) | None => return None,
    };
    let is_unknown = invocation.face == Face::Ping;
    is_unknown.then(|| usage::unknown_option(&invocation.program, option, environment.charset))
}
