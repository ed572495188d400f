//! The system calls that neither `std` nor `socket2` nor `rustix` wraps, each as one safe function.
//!
//! Nothing here decides anything. Whoever audits the program for memory safety reads this folder and nothing else.
//!
//! `rustix` (1.1) replaces nothing more here: it has no `recvmmsg`, no unparsed control messages, no seccomp and no Landlock,
//! and changes ids of one thread only. Its clock may look up a symbol at first use, which no signal handler may do.
#![allow(
    unsafe_code,
    reason = "the only room for it: each block calls one function of the C library with arguments checked here"
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

pub(super) use interfaces::{interface_addresses, mtu_in_use};
pub(super) use messages::{
    Call, Filled, MANY, Outgoing, RecvSlot, is_missing, receive, receive_many, send, send_many,
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

/// A number in the type that this C library has for it: glibc and musl differ, and so do 32 and 64 bits.
fn fit<From, To: TryFrom<From>>(number: From) -> io::Result<To> {
    To::try_from(number).map_err(|_| io::Error::from_raw_os_error(libc::EINVAL))
}

/// The number that a call gave, or its error: it has just been made, and gives a negative number where it fails.
fn counted(result: impl TryInto<usize>) -> io::Result<usize> {
    result.try_into().map_err(|_| io::Error::last_os_error())
}

/// The same of a call whose number says nothing.
fn done(result: impl TryInto<usize>) -> io::Result<()> {
    counted(result).map(drop)
}
