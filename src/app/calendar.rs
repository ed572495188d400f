//! Local time.

use std::time::SystemTime;

use crate::event::LocalTime;
use crate::net;

/// Loads the time zone, which a confined thread cannot do.
pub(super) fn prepare() {
    local_time(SystemTime::UNIX_EPOCH);
}

pub(super) fn local_time(at: SystemTime) -> Option<LocalTime> {
    let time = net::local_time(at)?;
    let small = |number: libc::c_int| u8::try_from(number).unwrap_or_default();
    Some(LocalTime {
        year: time.tm_year.saturating_add(1900),
        month: small(time.tm_mon.saturating_add(1)),
        day: small(time.tm_mday),
        weekday: small(time.tm_wday),
        hour: small(time.tm_hour),
        minute: small(time.tm_min),
        second: small(time.tm_sec),
        east: i32::try_from(time.tm_gmtoff).unwrap_or_default(),
    })
}
