//! `--doctor`: examines this machine, so it takes no destinations and no options of a run.

use clap::{ArgMatches, Command as Declared};

use super::args::{Json, Typed};
use super::merge::typed_besides;
use super::{Command, Environment, Invocation, Refusal, meaning};
use crate::config::{Doctor, Face};
use crate::sanitize;

/// The allowed options.
const TOGETHER: [&str; 3] = ["doctor", "json", "color"];

/// The options given that are not allowed.
pub(super) fn others(declared: &Declared, matches: &ArgMatches) -> Vec<String> {
    typed_besides("doctor", &TOGETHER, declared, matches)
}

/// The settings of `--doctor`, if it was given.
pub(super) fn doctor(
    typed: &Typed,
    others: &[String],
    invocation: &Invocation,
    environment: &Environment,
) -> Result<Option<Command>, Refusal> {
    if !typed.diagnosis.doctor {
        return Ok(None);
    }
    if invocation.face == Face::Ping {
        return Err(Refusal::new(
            "usage error: --doctor works only under the name rping",
        ));
    }
    if let Some(other) = others.first() {
        return Err(Refusal::new(format!(
            "usage error: {other} does not work with --doctor, which takes --json and --color only"
        )));
    }
    if let Some(word) = typed.words.first() {
        let word = sanitize::visible_word(word);
        return Err(Refusal::new(format!(
            "usage error: --doctor probes nothing: leave out {word}"
        )));
    }
    if matches!(typed.json, Some(Json::All | Json::Summary)) {
        return Err(Refusal::new(
            "usage error: --doctor has one object: use --json",
        ));
    }
    let style = meaning::style(typed, invocation.face, environment);
    Ok(Some(Command::Doctor(Doctor {
        json: style.json.is_some(),
        colour: style.colour,
        charset: style.charset,
    })))
}
