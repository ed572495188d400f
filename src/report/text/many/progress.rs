//! How far the run is, for a line on a terminal.

use std::fmt::Write as _;
use std::time::Duration;

use crate::event::{Progress, Stage};

/// A run that is over sooner does not need the line.
const WORTH_A_LINE: Duration = Duration::from_secs(2);

/// The text, cut to a terminal of so many columns; none: it is too early.
pub(super) fn text(progress: &Progress, columns: u16) -> Option<String> {
    if progress.elapsed < WORTH_A_LINE {
        return None;
    }
    let mut text = done(progress);
    // Writing to a string cannot fail.
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
    // A character in the last column wraps the line on some terminals, and then it cannot be rewritten.
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

/// Probes a second so far, with a decimal where there are few.
fn rate(progress: &Progress) -> String {
    let milliseconds = progress.elapsed.as_millis().max(1);
    let tenths = u128::from(progress.probes) * 10_000 / milliseconds;
    if tenths < 100 {
        format!("{}.{}/s", tenths / 10, tenths % 10)
    } else {
        format!("{}/s", tenths / 10)
    }
}

/// A time to wait, in whole seconds, the last one begun: `7 s`, `1:05`, `2:00:00`.
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
mod tests {
    use super::*;

    fn progress() -> Progress {
        Progress {
            elapsed: Duration::from_millis(2500),
            probes: 24_691,
            alive: 345,
            stage: Stage::Rounds {
                of: Some(65_536),
                remaining: Some(Duration::from_millis(4100)),
            },
        }
    }

    #[test]
    fn all_that_is_known() {
        assert_eq!(
            text(&progress(), 80).unwrap(),
            "24691/65536 probes (37%), 9876/s, 345 alive, 5 s left"
        );
        let endless = Progress {
            probes: 5,
            stage: Stage::Rounds {
                of: None,
                remaining: None,
            },
            ..progress()
        };
        assert_eq!(text(&endless, 80).unwrap(), "5 probes, 2.0/s, 345 alive");
    }

    #[test]
    fn who_is_alive_is_asked_of_targets_and_takes_so_long_at_most() {
        let call = Progress {
            probes: 180,
            alive: 12,
            stage: Stage::Alive {
                decided: 30,
                of: 60,
                at_most: Duration::from_millis(6500),
            },
            ..progress()
        };
        assert_eq!(
            text(&call, 80).unwrap(),
            "30/60 targets (50%), 72/s, 12 alive, at most 7 s left"
        );
    }

    #[test]
    fn nothing_for_a_short_run() {
        let early = Progress {
            elapsed: Duration::from_millis(1999),
            ..progress()
        };
        assert_eq!(text(&early, 80), None);
    }

    #[test]
    fn it_fits_the_terminal() {
        for columns in [0, 1, 2, 10, 40, 53, 54, 200] {
            let line = text(&progress(), columns).unwrap();
            assert!(line.len() < usize::from(columns).max(1), "{columns}");
        }
        assert_eq!(text(&progress(), 12).unwrap(), "24691/65536");
    }

    #[test]
    fn time_to_wait() {
        for (milliseconds, text) in [
            (0, "0 s"),
            (1, "1 s"),
            (59_000, "59 s"),
            (59_001, "1:00"),
            (65_000, "1:05"),
            (3_599_999, "1:00:00"),
            (7_384_000, "2:03:04"),
        ] {
            assert_eq!(clock(Duration::from_millis(milliseconds)), text);
        }
    }

    #[test]
    fn nothing_to_do_is_no_division_by_zero() {
        let nothing = Progress {
            probes: 0,
            stage: Stage::Rounds {
                of: Some(0),
                remaining: None,
            },
            ..progress()
        };
        assert_eq!(text(&nothing, 80).unwrap(), "0/0 probes, 0.0/s, 345 alive");
    }
}
