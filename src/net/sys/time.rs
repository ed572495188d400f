//! Local time.

use std::mem::MaybeUninit;

use super::fit;

/// The local time of seconds since 1970; `None` if the year is out of range.
pub(in crate::net) fn local_time(seconds: u64) -> Option<libc::tm> {
    // Its field has the type that the call takes. The crate `libc` deprecates the name of that type for musl.
    let moment = libc::timespec {
        tv_sec: fit(seconds).ok()?,
        tv_nsec: 0,
    };
    let mut time = MaybeUninit::<libc::tm>::zeroed();
    // SAFETY: both pointers are to live variables of the types that the call reads and fills.
    let filled = unsafe { libc::localtime_r(&raw const moment.tv_sec, time.as_mut_ptr()) };
    // SAFETY: zero octets are a value of this type: its fields are numbers and a pointer that may be null.
    (!filled.is_null()).then(|| unsafe { time.assume_init() })
}
