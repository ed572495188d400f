//! Formats times of day.

use std::io::{self, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use super::fields::TimeOfDay;
use crate::config::Style;
use crate::event::{LocalTime, When};

/// Converts a time of day to local time; returns `None` if this host does not know it.
pub type Calendar = fn(SystemTime) -> Option<LocalTime>;

/// Begins a line with the time of day if `-D` is given.
pub(super) fn begin(line: &mut Vec<u8>, style: &Style, at: When<'_>) -> io::Result<()> {
    if style.timestamps {
        time_of_day(line, at().wall)?;
    }
    Ok(())
}

/// `[seconds.microseconds] ` since 1970.
fn time_of_day(line: &mut Vec<u8>, at: SystemTime) -> io::Result<()> {
    // A clock before 1970 prints zero instead of failing.
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    write!(line, "[{}.{:06}] ", since.as_secs(), since.subsec_micros())
}

/// `2026-11-30` in local time, or in UTC if that is unknown.
pub(super) fn date(line: &mut Vec<u8>, at: SystemTime, calendar: Calendar) -> io::Result<()> {
    match calendar(at) {
        Some(local) => date_of(line, &local),
        None => write!(line, "{:.10}", TimeOfDay(at).to_string()),
    }
}

/// `12:00:03.100` in local time, or in UTC if that is unknown.
pub(super) fn clock(line: &mut Vec<u8>, at: SystemTime, calendar: Calendar) -> io::Result<()> {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    if let Some(local) = calendar(at) {
        clock_of(line, &local)?;
    } else {
        let text = TimeOfDay(at).to_string();
        write!(line, "{}", text.get(11..19).unwrap_or_default())?;
    }
    write!(line, ".{:03}", since.subsec_millis())
}

/// `12:00:03`
pub(super) fn clock_of(line: &mut Vec<u8>, local: &LocalTime) -> io::Result<()> {
    let LocalTime {
        hour,
        minute,
        second,
        ..
    } = local;
    write!(line, "{hour:02}:{minute:02}:{second:02}")
}

/// `2026-11-30`
pub(super) fn date_of(line: &mut Vec<u8>, local: &LocalTime) -> io::Result<()> {
    let LocalTime {
        year, month, day, ..
    } = local;
    write!(line, "{year}-{month:02}-{day:02}")
}
