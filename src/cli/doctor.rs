//! `--doctor`: about this machine, and so without destinations and options of a run.

use clap::{ArgMatches, Command as Declared};

use super::args::{Json, Typed};
use super::merge::typed_besides;
use super::{Command, Environment, Invocation, Refusal, meaning};
use crate::config::{Doctor, Face};
use crate::sanitize;

/// The options that go with it.
const TOGETHER: [&str; 3] = ["doctor", "json", "color"];

/// Options that were typed and do not go with it.
pub(super) fn others(declared: &Declared, matches: &ArgMatches) -> Vec<String> {
    typed_besides(&TOGETHER, declared, matches)
}

/// How to tell what this machine allows, if that is asked for.
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
