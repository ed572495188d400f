//! Moments as `-D` prints them.

use std::io::{self, Write};
use std::time::{SystemTime, UNIX_EPOCH};

/// `[seconds.microseconds] ` since 1970.
pub(super) fn time_of_day(line: &mut Vec<u8>, at: SystemTime) -> io::Result<()> {
    // A clock before 1970 is not worth an error.
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    write!(line, "[{}.{:06}] ", since.as_secs(), since.subsec_micros())
}
