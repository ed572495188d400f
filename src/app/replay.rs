//! Replays a recorded run. Its lines are untrusted: their content is sanitized like datagrams.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::calendar::{self, local_time};
use crate::clock::{Clock, SystemClock};
use crate::config::Replay;
use crate::driver::unwritable;
use crate::exit::Exit;
use crate::report::json::replay::{Player, Recording};
use crate::report::text::Text;
use crate::report::{NoNames, Report};
use crate::sanitize;

/// Replays the run to its end.
///
/// # Errors
/// The file cannot be read, or is not a recorded run; the output cannot be written.
pub(super) fn run(replay: &Replay) -> Result<Exit> {
    calendar::prepare();
    let (player, is_of_one) = look_at(replay)?;
    let (style, program) = (replay.style.clone(), &replay.program);
    // Nothing is measured, so output may block.
    let outlets = (io::stdout(), io::stderr());
    let text = if is_of_one {
        Text::of_one(style, program, outlets, NoNames)
    } else {
        let targets = player.targets();
        Text::of_many((style, replay.many), program, targets, outlets, NoNames)
    };
    tell(replay, player, text.with_calendar(local_time))?;
    Ok(Exit::Replied)
}

/// Reads what must be known before the first line is replayed.
fn look_at(replay: &Replay) -> Result<(Player, bool)> {
    let mut recording = Recording::default();
    let mut bad = None;
    for (number, line) in (1_u64..).zip(lines(replay)?) {
        let line = line.with_context(|| cannot_read(replay))?;
        // The last line may be cut off, if the run was killed.
        if let Some(number) = bad {
            bail!(
                "--replay {}: line {number} is no line of --export-json",
                name(replay)
            );
        }
        if !recording.look_at(&line) {
            bad = Some(number);
        }
    }
    let is_of_one = recording.is_of_one();
    match recording.player() {
        Some(player) => Ok((player, is_of_one)),
        None => bail!(
            "--replay {}: it does not begin as a file of --export-json does",
            name(replay)
        ),
    }
}

fn tell(replay: &Replay, mut player: Player, mut report: impl Report) -> Result<()> {
    let began = SystemClock.now();
    for line in lines(replay)? {
        let line = line.with_context(|| cannot_read(replay))?;
        if let (Some(speed), Some(time)) = (replay.speed, Player::time(&line)) {
            report.flush().map_err(unwritable)?;
            wait_until(began, time.as_secs_f64() / speed);
        }
        player.tell(&line, &mut report).map_err(unwritable)?;
    }
    report.flush().map_err(unwritable)?;
    Ok(())
}

fn wait_until(began: Instant, seconds: f64) {
    let time = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
    let passed = SystemClock.now().saturating_duration_since(began);
    thread::sleep(time.saturating_sub(passed));
}

fn lines(replay: &Replay) -> Result<impl Iterator<Item = io::Result<String>>> {
    let file = File::open(&replay.file).with_context(|| cannot_read(replay))?;
    let is_file = file.metadata().is_ok_and(|metadata| metadata.is_file());
    if !is_file {
        bail!(
            "--replay {}: it is no regular file; write the lines to one, because they are read twice",
            name(replay)
        );
    }
    let lines = BufReader::new(file).split(b'\n');
    Ok(lines.map(|line| line.map(|line| String::from_utf8_lossy(&line).into_owned())))
}

fn cannot_read(replay: &Replay) -> String {
    format!("--replay {}: cannot read", name(replay))
}

fn name(replay: &Replay) -> String {
    sanitize::visible(&replay.file)
}
