//! Safe functions for system calls that neither `std` nor `socket2` nor `rustix` wraps.
//!
//! There is no policy here. An audit for memory safety has to read only this directory.
//!
//! `rustix` (1.1) cannot replace the rest: it has no `recvmmsg`, no raw control messages, no seccomp and no Landlock, and it
//! changes ids of one thread only. Its clock may look up a symbol at first use, which is forbidden in a signal handler.
#![allow(
    unsafe_code,
    reason = "the only directory with it: each block calls one function of the C library with arguments checked here"
)]

mod interfaces;
mod messages;
mod options;
mod resolver;
mod rights;
mod signals;
mod start;
mod time;

use std::io;

pub(super) use interfaces::{clock_of, interface_addresses, mtu_in_use};
pub(super) use messages::{
    BATCH_MAX, Call, Filled, Outgoing, RecvSlot, is_missing, receive, receive_many, send, send_many,
};
pub(super) use options::{get_option, set_option, set_option_in_place};
pub(super) use resolver::{addresses_of, name_of};
pub(super) use rights::{
    filter_system_calls, group_ids, landlock_allow, landlock_restrict, landlock_rules,
    landlock_version, set_group, set_user, user_ids,
};
pub(crate) use signals::{
    default_when_repeated, is_ignored, stop_by, take_default_action, unblock_signals, unignore,
};
pub(crate) use start::was_broken_pipe_ignored;
pub(super) use time::local_time;

/// Converts a number to the type of the C library: glibc and musl differ, and so do 32 and 64 bits.
fn fit<From, To: TryFrom<From>>(number: From) -> io::Result<To> {
    To::try_from(number).map_err(|_| io::Error::from_raw_os_error(libc::EINVAL))
}

/// The result of the last system call as a count; if it is negative, the error in `errno`.
fn counted(result: impl TryInto<usize>) -> io::Result<usize> {
    result.try_into().map_err(|_| io::Error::last_os_error())
}

/// The same for a call whose number has no meaning.
fn done(result: impl TryInto<usize>) -> io::Result<()> {
    counted(result).map(drop)
}
