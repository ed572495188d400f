//! Replays a recorded run as text or in the live view. Its lines are untrusted: the thread is confined before it parses them,
//! and their content is sanitized like datagrams.

#[cfg(feature = "live")]
mod show;
mod tape;

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::calendar::{self, local_time};
use super::warn;
use crate::clock::{Clock, SystemClock};
use crate::config::Replay;
use crate::driver::unwritable;
use crate::exit::Exit;
use crate::net::{Privileges, confine_reader};
use crate::report::json::replay::{Player, Recording};
use crate::report::text::Text;
use crate::report::{NoNames, Report};
use tape::Tape;

/// Tells it to the end, or shows it until the user has seen enough.
///
/// # Errors
/// The file cannot be read, or is no recorded run; the output cannot be written.
pub(super) fn run(replay: &Replay, privileges: Privileges) -> Result<Exit> {
    calendar::prepare();
    let tape = privileges.as_the_user(|| Tape::open(&replay.file))?;
    #[cfg(feature = "live")]
    if let Some(look) = replay.style.live {
        show::run(replay, look, tape, privileges)?;
        return Ok(Exit::Replied);
    }
    let lacking = confine_reader(privileges, false).context("cannot confine the program")?;
    let (recording, tape) = looked_at(tape)?;
    let player = begin(recording, &tape)?;
    let mut text = text(replay, &player);
    warn(&mut text, lacking.lines(false));
    tell(replay.speed, player, tape, text)?;
    Ok(Exit::Replied)
}

/// What has to be known before the first line is told, and the file from its beginning on.
fn looked_at(mut tape: Tape) -> Result<(Recording, Tape)> {
    let mut recording = Recording::default();
    while let Some(line) = tape.next()? {
        recording.look_at(line);
    }
    tape.rewind()?;
    Ok((recording, tape))
}

fn begin(recording: Recording, tape: &Tape) -> Result<Player> {
    match recording.player() {
        Some(player) => Ok(player),
        None => bail!(
            "--replay {}: it does not begin as a file of --export-json does",
            tape.name()
        ),
    }
}

/// The text of the run.
fn text(replay: &Replay, player: &Player) -> Text<'static> {
    let style = replay.style.clone();
    // Nothing is measured: the reader is waited for.
    let outlets = (io::stdout(), io::stderr());
    let text = if player.is_of_one() {
        Text::of_one(style, &replay.program, outlets, NoNames)
    } else {
        let styles = (style, replay.many);
        Text::of_many(styles, &replay.program, player.targets(), outlets, NoNames)
    };
    text.with_calendar(local_time)
}

/// Replays all lines: at once, or `speed` times as fast as they were recorded.
fn tell(
    speed: Option<f64>,
    mut player: Player,
    mut tape: Tape,
    mut report: impl Report,
) -> Result<()> {
    let began = SystemClock.now();
    let mut has_end = false;
    while let Some(line) = tape.next()? {
        has_end |= line.is_end();
        if let Some(speed) = speed {
            report.flush().map_err(unwritable)?;
            wait_until(began, line.time().as_secs_f64() / speed);
        }
        player.tell(line, &mut report).map_err(unwritable)?;
    }
    if !has_end {
        let name = tape.name();
        let cut = format!("--replay {name}: it ends before the run did, so it has no statistics");
        warn(&mut report, [cut].iter());
    }
    report.flush().map_err(unwritable)?;
    Ok(())
}

fn wait_until(began: Instant, seconds: f64) {
    let time = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
    let passed = SystemClock.now().saturating_duration_since(began);
    thread::sleep(time.saturating_sub(passed));
}
