//! `--replay`: a finished run, which only has options about its text.

use clap::{ArgMatches, Command as Declared};

use super::args::Typed;
use super::merge::typed_besides;
use super::{Command, Environment, Invocation, Refusal, live, many, meaning};
use crate::config::{Face, Replay};

/// The allowed options.
const TOGETHER: [&str; 12] = [
    "replay",
    "speed",
    "quiet",
    "numeric",
    "timestamps",
    "full_precision",
    "color",
    "sort",
    "live",
    "ascii",
    "scale",
    "window",
];

/// The options given that are not allowed.
pub(super) fn others(declared: &Declared, matches: &ArgMatches) -> Vec<String> {
    typed_besides("replay", &TOGETHER, declared, matches)
}

/// The settings of the replay, if one was requested.
pub(super) fn replay(
    typed: &Typed,
    others: &[String],
    invocation: &Invocation,
    environment: &Environment,
) -> Result<Option<Command>, Refusal> {
    let Some(file) = &typed.watch.replay else {
        return match typed.watch.speed {
            Some(_) => Err(Refusal::new(
                "usage error: --speed is about --replay: add that, or leave it out",
            )),
            None => Ok(None),
        };
    };
    if invocation.face == Face::Ping {
        return Err(Refusal::new(
            "usage error: --replay works only under the name rping",
        ));
    }
    let word = typed.words.first().map(|_| "a destination");
    if let Some(other) = others.first().map(String::as_str).or(word) {
        return Err(Refusal::new(format!(
            "usage error: {other} does not work with --replay: the run is over"
        )));
    }
    if typed.watch.window.is_some() && !typed.live.live {
        return Err(Refusal::new(
            "usage error: --window works with --replay only if --live is given: the lines have the window of the run",
        ));
    }
    live::refuse_without_place(typed, invocation.face, environment)?;
    let replay = Replay {
        program: invocation.program.clone(),
        file: file.clone(),
        speed: typed.watch.speed,
        style: meaning::style(typed, invocation.face, environment),
        many: many::style(typed, &typed.many, None, environment),
    };
    Ok(Some(Command::Replay(Box::new(replay))))
}
