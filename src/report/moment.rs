//! Moments as `-D` prints them.

use std::io::{self, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::config::Style;
use crate::event::When;

/// With `-D`, begins a line by the time of day.
pub(super) fn begin(line: &mut Vec<u8>, style: &Style, at: When<'_>) -> io::Result<()> {
    if style.timestamps {
        time_of_day(line, at().wall)?;
    }
    Ok(())
}

/// `[seconds.microseconds] ` since 1970.
fn time_of_day(line: &mut Vec<u8>, at: SystemTime) -> io::Result<()> {
    // A clock before 1970 is not worth an error.
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    write!(line, "[{}.{:06}] ", since.as_secs(), since.subsec_micros())
}
