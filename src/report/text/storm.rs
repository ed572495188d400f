//! Limits lines about messages that others cause: prints some of them every second and counts the rest.
//!
//! The number of replies and errors to our probes is limited by our sending. That of duplicates, forgeries, stale
//! replies and redirects is not.

use std::time::{Duration, SystemTime};

/// More lines a second than a person can read, and more than there are hosts that answer a broadcast in a /24.
const MOST: u64 = 300;

const SECOND: Duration = Duration::from_secs(1);

/// Counts such lines for each second.
#[derive(Debug, Default)]
pub(super) struct Storm {
    /// The beginning of the current second, and its lines so far.
    second: Option<(SystemTime, u64)>,
    /// Lines suppressed since the last report.
    left_out: u64,
}

impl Storm {
    /// Whether to print a line at this time of day.
    pub(super) fn allows(&mut self, at: SystemTime) -> bool {
        let lines = match self.second {
            // If the clock was stepped back, a new second begins.
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

    /// The message about suppressed lines, once the storm is over, or at once with `over`. `at` returns the time of
    /// day, and is called only if lines were suppressed.
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
