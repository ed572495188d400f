//! Local time, by the time zone of the C library.

use std::time::{SystemTime, UNIX_EPOCH};

use super::sys;

/// The fields of a local time; `None` if the year is out of range. The first call reads the time zone, later ones no file.
#[must_use]
pub fn local_time(at: SystemTime) -> Option<libc::tm> {
    let since = at.duration_since(UNIX_EPOCH).ok()?;
    sys::local_time(since.as_secs())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn local_time_differs_from_utc_by_its_offset() {
        let time = local_time(UNIX_EPOCH + Duration::from_secs(86_400)).unwrap();
        let seconds = i64::from(time.tm_hour * 3600 + time.tm_min * 60 + time.tm_sec);
        assert_eq!((seconds - time.tm_gmtoff).rem_euclid(86_400), 0);
        assert_eq!(time.tm_year, 70);
    }
}
