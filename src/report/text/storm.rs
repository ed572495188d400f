//! Lines that strangers cause, as many as they like: so many a second are printed, the others counted.
//!
//! What answers a probe of ours, or rejects it, is bounded by what we send. Duplicates, forgeries, stale answers and
//! advice are not.

use std::time::{Duration, SystemTime};

/// As many lines a second as anybody can read, and more than there are hosts that answer to a broadcast of a /24.
const MOST: u64 = 300;

const SECOND: Duration = Duration::from_secs(1);

/// Counts such lines, second by second.
#[derive(Debug, Default)]
pub(super) struct Storm {
    /// When this second began, and how many lines there have been in it.
    second: Option<(SystemTime, u64)>,
    /// How many lines have been left out since that was told.
    left_out: u64,
}

impl Storm {
    /// Whether a line that is due `at` this time of day is to be printed.
    pub(super) fn allows(&mut self, at: SystemTime) -> bool {
        let lines = match self.second {
            // A clock that was stepped back begins a new second as well.
            Some((begun, lines)) if at.duration_since(begun).is_ok_and(|time| time < SECOND) => {
                self.second = Some((begun, lines.saturating_add(1)));
                lines
            }
            _ => {
                self.second = Some((at, 1));
                0
            }
        };
        let allowed = lines < MOST;
        self.left_out += u64::from(!allowed);
        allowed
    }

    /// What is to be said of the lines that were left out, once the storm is over or the run is: `over` tells that it
    /// is to be said now whatever comes. What time of day it is, is asked for only if there are such lines.
    pub(super) fn news(&mut self, at: impl FnOnce() -> SystemTime, over: bool) -> Option<String> {
        if self.left_out == 0 {
            return None;
        }
        let at = at();
        let second = self.second.map(|(begun, _)| begun);
        let passed = second.is_none_or(|begun| {
            at.duration_since(begun).is_ok_and(|time| time >= SECOND) || at < begun
        });
        if !(over || passed) {
            return None;
        }
        let left_out = std::mem::take(&mut self.left_out);
        Some(match left_out {
            1 => "1 more duplicate, invalid reply or redirect not shown".to_owned(),
            more => format!("{more} more duplicates, invalid replies or redirects not shown"),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    fn at(milliseconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_700_000_000) + Duration::from_millis(milliseconds)
    }

    #[test]
    fn so_many_lines_a_second_are_printed_and_the_others_counted() {
        let mut storm = Storm::default();
        let printed = (0..50_000).filter(|_| storm.allows(at(3))).count();
        assert_eq!(printed as u64, MOST);
        assert_eq!(storm.news(|| at(900), false), None);
        let news = storm.news(|| at(1003), false).unwrap();
        assert!(news.starts_with("49700 more "), "{news}");
        assert_eq!(storm.news(|| at(1003), true), None);
        assert!(storm.allows(at(1003)));
    }

    #[test]
    fn what_is_left_is_told_when_the_run_is_over() {
        let mut storm = Storm::default();
        for _ in 0..=MOST {
            storm.allows(at(0));
        }
        assert_eq!(
            storm.news(|| at(1), true).as_deref(),
            Some("1 more duplicate, invalid reply or redirect not shown")
        );
    }

    #[test]
    fn a_clock_that_is_stepped_silences_nothing() {
        let mut storm = Storm::default();
        while storm.allows(at(5_000)) {}
        assert!(storm.allows(at(0)));
        assert!(storm.news(|| at(0), true).is_some());
    }
}
