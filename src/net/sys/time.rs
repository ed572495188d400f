//! Local time.

use std::mem::MaybeUninit;

/// The local time of seconds since 1970; `None` if the year is out of range.
pub(in crate::net) fn local_time(seconds: libc::time_t) -> Option<libc::tm> {
    let mut time = MaybeUninit::<libc::tm>::zeroed();
    // SAFETY: both pointers are to live variables of the types that the call reads and fills.
    let filled = unsafe { libc::localtime_r(&raw const seconds, time.as_mut_ptr()) };
    // SAFETY: zero octets are a value of this type: its fields are numbers and a pointer that may be null.
    (!filled.is_null()).then(|| unsafe { time.assume_init() })
}
