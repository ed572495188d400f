//! The progress line on a terminal.

use std::fmt::Write as _;
use std::time::Duration;

use crate::event::{Progress, Stage};

/// A shorter run does not need the line.
const WORTH_A_LINE: Duration = Duration::from_secs(2);

/// The text, cut to the width of the terminal, or `None` if it is too early.
pub(super) fn text(progress: &Progress, columns: u16) -> Option<String> {
    if progress.elapsed < WORTH_A_LINE {
        return None;
    }
    let mut text = done(progress);
    let _ = write!(text, ", {}, {} alive", rate(progress), progress.alive);
    match progress.stage {
        Stage::Alive { at_most, .. } => {
            let _ = write!(text, ", at most {} left", clock(at_most));
        }
        Stage::Rounds {
            remaining: Some(remaining),
            ..
        } => {
            let _ = write!(text, ", {} left", clock(remaining));
        }
        Stage::Rounds {
            remaining: None, ..
        } => {}
    }
    // A character in the last column makes some terminals wrap, and then the line cannot be overwritten.
    text.truncate(usize::from(columns.saturating_sub(1)));
    Some(text)
}

fn done(progress: &Progress) -> String {
    match progress.stage {
        Stage::Alive { decided, of, .. } => part(decided.into(), of.into(), "targets"),
        Stage::Rounds { of: Some(of), .. } => part(progress.probes, of, "probes"),
        Stage::Rounds { of: None, .. } => format!("{} probes", progress.probes),
    }
}

/// `3/9 probes (33%)`
fn part(done: u64, of: u64, what: &str) -> String {
    match done.saturating_mul(100).checked_div(of) {
        Some(percent) => format!("{done}/{of} {what} ({percent}%)"),
        None => format!("{done}/{of} {what}"),
    }
}

/// Probes a second so far, with one decimal for low rates.
fn rate(progress: &Progress) -> String {
    let milliseconds = progress.elapsed.as_millis().max(1);
    let tenths = u128::from(progress.probes) * 10_000 / milliseconds;
    if tenths < 100 {
        format!("{}.{}/s", tenths / 10, tenths % 10)
    } else {
        format!("{}/s", tenths / 10)
    }
}

/// A time to wait in whole seconds, rounded up: `7 s`, `1:05`, `2:00:00`.
fn clock(time: Duration) -> String {
    let seconds = time.as_secs() + u64::from(time.subsec_nanos() > 0);
    let [hours, minutes, rest] = [seconds / 3600, seconds / 60 % 60, seconds % 60];
    match (hours, minutes) {
        (0, 0) => format!("{rest} s"),
        (0, _) => format!("{minutes}:{rest:02}"),
        _ => format!("{hours}:{minutes:02}:{rest:02}"),
    }
}

#[cfg(test)]
mod tests;
