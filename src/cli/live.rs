//! The meaning of `--live`, and the options that it excludes.

use std::ffi::OsStr;
use std::time::Duration;

use super::args::{Typed, TypedLive};
use super::{Environment, Refusal, condition};
use crate::config::{Config, Face, Live, Scale};
use crate::sanitize::{self, Charset};

/// What to use where no view can be shown.
const INSTEAD: &str = "use --summary-every SECONDS or --json";

/// Parses `MIN:MAX`. A time without a unit is in milliseconds, like printed round trips.
pub(super) fn scale(text: &OsStr) -> Result<Scale, Refusal> {
    let typed = text.to_str().and_then(|text| text.split_once(':'));
    let scale = typed.and_then(|(min, max)| Scale::new(time(min)?, time(max)?));
    scale.ok_or_else(|| {
        let text = sanitize::excerpt(text);
        Refusal::new(format!(
            "--scale: invalid argument: '{text}': must be two times, the shorter one first, such as 0:50ms"
        ))
    })
}

fn time(typed: &str) -> Option<Duration> {
    condition::time(typed).or_else(|| condition::time(&format!("{typed}ms")))
}

/// The settings of the view, if one was requested.
pub(super) fn live(typed: &Typed, environment: &Environment, colour: bool) -> Option<Live> {
    typed.live.live.then_some(Live {
        ascii: typed.live.ascii || environment.charset == Charset::Ascii,
        colour,
        scale: typed.live.scale,
        window: typed.watch.window,
    })
}

/// Rejects a view that cannot be shown, and options that would have no effect in it.
pub(super) fn refuse_without_place(
    typed: &Typed,
    face: Face,
    environment: &Environment,
) -> Result<(), Refusal> {
    let TypedLive { live, ascii, scale } = typed.live;
    if !live {
        let about_it = [(ascii, "--ascii"), (scale.is_some(), "--scale")];
        return match about_it.iter().find(|(is_given, _)| *is_given) {
            Some((_, option)) => Err(Refusal::new(format!(
                "usage error: {option} is about --live: add that, or leave it out"
            ))),
            None => Ok(()),
        };
    }
    if cfg!(not(feature = "live")) {
        return Err(Refusal::new(format!(
            "--live: this program was built without it (Cargo feature live); {INSTEAD}"
        )));
    }
    if face == Face::Ping {
        return Err(Refusal::new(
            "usage error: --live works only under the name rping",
        ));
    }
    refuse_lines(typed)?;
    if !environment.stdout_is_terminal {
        return Err(Refusal::new(format!(
            "--live needs a terminal, and standard output is none; {INSTEAD}"
        )));
    }
    if environment.terminal_is_dumb {
        return Err(Refusal::new(format!(
            "--live needs a terminal that can place text, and TERM is dumb or not set; {INSTEAD}"
        )));
    }
    Ok(())
}

/// Rejects options about lines, because the view replaces them.
fn refuse_lines(typed: &Typed) -> Result<(), Refusal> {
    let many = &typed.many;
    let about_lines = [
        (
            typed.json.is_some(),
            "--json",
            "both write to standard output; use --export-json FILE",
        ),
        (
            many.summary_every.is_some(),
            "--summary-every",
            "the view shows the state all the time",
        ),
        (
            many.alive || many.dead,
            "--alive or --dead",
            "they stop at the first reply",
        ),
        (typed.audible, "-a", "the view rings no bell"),
        (
            typed.outstanding,
            "-O",
            "the view marks each probe without a reply",
        ),
        (typed.timestamps, "-D", "the view prints no lines"),
        (
            typed.diagnosis.sweep_size.is_some(),
            "--sweep-size",
            "the view shows round trips of one size",
        ),
        (typed.record_route, "-R", "the view prints no lines"),
        (
            typed.ip_timestamp.is_some(),
            "-T",
            "the view prints no lines",
        ),
        (
            !typed.node_information.is_empty(),
            "-N",
            "the view prints no lines",
        ),
    ];
    match about_lines.iter().find(|(is_given, ..)| *is_given) {
        Some((_, option, why)) => Err(Refusal::new(format!(
            "usage error: {option} does not work with --live: {why}"
        ))),
        None => Ok(()),
    }
}

pub(super) fn refuse_second_output(config: &Config) -> Result<(), Refusal> {
    if config.style.live.is_some() && config.exports.stdout.is_some() {
        return Err(Refusal::new(
            "usage error: --live and an export to - both write to standard output: name a file",
        ));
    }
    Ok(())
}
