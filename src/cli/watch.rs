//! The meaning of the options about transitions, and the options that they exclude.

use std::num::NonZero;
use std::time::Duration;

use super::Refusal;
use super::args::{Json, Typed};
use crate::config::condition::Part;
use crate::config::{Face, Until, Watching};

/// The transitions to watch for in rounds.
pub(super) fn watching(typed: &Typed, face: Face) -> Result<Watching, Refusal> {
    let watch = &typed.watch;
    refuse_window_that_is_not_there(typed)?;
    let Some(option) = watch.given() else {
        return Ok(Watching::DEFAULT);
    };
    if face == Face::Ping {
        return Err(Refusal::new(format!(
            "usage error: {option} works only under the name rping"
        )));
    }
    // A run that ends when a target is down reports that.
    let after = watch.down_after.or(watch.until_down.flatten());
    let after = after.unwrap_or(Watching::DEFAULT.after);
    let until = match (watch.until_down, watch.until_up) {
        (Some(_), Some(_)) => {
            return Err(Refusal::new(
                "usage error: --until-down does not work with --until-up: give the one that ends the run",
            ));
        }
        (Some(probes), None) => Some(Until::Down(probes.unwrap_or(after))),
        (None, Some(probes)) => Some(Until::Up(probes.unwrap_or(NonZero::<u32>::MIN))),
        (None, None) => None,
    };
    let watching = Watching {
        after,
        until,
        window: watch.window,
        is_asked: true,
    };
    refuse_what_does_not_go_together(typed, &watching)?;
    Ok(watching)
}

fn refuse_what_does_not_go_together(typed: &Typed, watching: &Watching) -> Result<(), Refusal> {
    let waits_for_ever = typed.timeout == Some(Duration::ZERO);
    let draws_dots = typed.flood && !typed.quiet && typed.json.is_none();
    let is_after_given = typed.watch.down_after.is_some();
    let is_until_down = matches!(watching.until, Some(Until::Down(_)));
    let (until, ends) = match watching.until {
        Some(Until::Down(_)) => ("--until-down", true),
        Some(Until::Up(_)) => ("--until-up", true),
        None => ("--down-after", false),
    };
    let together = [
        (
            waits_for_ever && (is_after_given || is_until_down),
            "-W 0",
            "no probe is ever lost without a timeout",
        ),
        (
            ends && typed.until_reply,
            "-o",
            "give the one that ends the run",
        ),
        (
            is_after_given && draws_dots,
            "-f",
            "no line fits into a row of dots; add -q",
        ),
        (
            is_after_given && typed.json == Some(Json::Summary),
            "--json=summary",
            "it has only results; use --json",
        ),
    ];
    if let Some((_, other, why)) = together.iter().find(|(is_given, ..)| *is_given) {
        let option = if is_after_given {
            "--down-after"
        } else {
            until
        };
        return Err(Refusal::new(format!(
            "usage error: {option} does not work with {other}: {why}"
        )));
    }
    enough_probes(typed, watching, until)
}

/// Rejects a condition that cannot be reached. With a deadline the count is one of replies, so there may be more probes.
fn enough_probes(typed: &Typed, watching: &Watching, option: &str) -> Result<(), Refusal> {
    let (Some(until), Some(count)) = (watching.until, typed.count) else {
        return Ok(());
    };
    let counts_replies = typed.deadline.is_some();
    let needed = until.probes();
    if counts_replies || count >= u64::from(needed.get()) {
        return Ok(());
    }
    Err(Refusal::new(format!(
        "usage error: {option} needs {needed} probes in a row, and -c {count} sends fewer: leave out -c, or raise it"
    )))
}

/// Rejects conditions about a window without `--window`.
fn refuse_window_that_is_not_there(typed: &Typed) -> Result<(), Refusal> {
    let of_window = typed.fail_if.iter().find(|it| it.part == Part::Window);
    match of_window {
        Some(condition) if typed.watch.window.is_none() => Err(Refusal::new(format!(
            "usage error: --fail-if {} needs --window",
            condition.text
        ))),
        _ => Ok(()),
    }
}
