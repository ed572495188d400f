//! Formats times of day for `-D` and for summaries of intervals.

use std::io::{self, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::config::TimestampFormat;
use crate::report::moment::{Calendar, clock_of as clock, date_of as date};

const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// `1796059785.12345`, or another format.
pub(super) fn stamp(
    line: &mut Vec<u8>,
    format: TimestampFormat,
    at: SystemTime,
    calendar: Calendar,
) -> io::Result<()> {
    match (format, calendar(at)) {
        (TimestampFormat::Unix, _) | (_, None) => {
            let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
            write!(line, "{:.5}", since.as_secs_f64())
        }
        (TimestampFormat::Ctime, Some(local)) => {
            let weekday = name(&WEEKDAYS, local.weekday);
            let month = name(&MONTHS, local.month.saturating_sub(1));
            let (day, year) = (local.day, local.year);
            write!(line, "{weekday} {month} {day:>2} ")?;
            clock(line, &local)?;
            write!(line, " {year}")
        }
        (TimestampFormat::Iso, Some(local)) => {
            date(line, &local)?;
            write!(line, "T")?;
            clock(line, &local)?;
            let minutes = local.east.unsigned_abs() / 60;
            let sign = if local.east < 0 { '-' } else { '+' };
            write!(line, "{sign}{:02}{:02}", minutes / 60, minutes % 60)
        }
        (TimestampFormat::Rfc3339, Some(local)) => {
            date(line, &local)?;
            write!(line, " ")?;
            clock(line, &local)
        }
    }
}

/// `[17:29:45]`
pub(super) fn of_day(line: &mut Vec<u8>, at: SystemTime, calendar: Calendar) -> io::Result<()> {
    write!(line, "[")?;
    clock(line, &calendar(at).unwrap_or_default())?;
    writeln!(line, "]")
}

fn name(names: &[&'static str], index: u8) -> &'static str {
    names.get(usize::from(index)).copied().unwrap_or("???")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::event::LocalTime;

    #[allow(
        clippy::unnecessary_wraps,
        reason = "it stands for one that may not know"
    )]
    fn evening(_: SystemTime) -> Option<LocalTime> {
        Some(LocalTime {
            year: 2026,
            month: 11,
            day: 3,
            weekday: 2,
            hour: 19,
            minute: 4,
            second: 5,
            east: -12_600,
        })
    }

    #[test]
    fn each_format_is_as_fping_writes_it() {
        let at = UNIX_EPOCH + Duration::from_micros(1_793_734_445_123_456);
        for (format, text) in [
            (TimestampFormat::Unix, "1793734445.12346"),
            (TimestampFormat::Ctime, "Tue Nov  3 19:04:05 2026"),
            (TimestampFormat::Iso, "2026-11-03T19:04:05-0330"),
            (TimestampFormat::Rfc3339, "2026-11-03 19:04:05"),
        ] {
            let mut line = Vec::new();
            stamp(&mut line, format, at, evening).unwrap();
            assert_eq!(String::from_utf8(line).unwrap(), text);
        }
        let mut line = Vec::new();
        of_day(&mut line, at, evening).unwrap();
        assert_eq!(line, b"[19:04:05]\n");
    }
}
