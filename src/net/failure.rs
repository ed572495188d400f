//! What it means that a send or a receive failed.

use std::io;

use super::sys::{self, Call};

/// How often a message is tried that errors about earlier ones keep here, and a receive that they hold up. Each try
/// clears away those that have come, and only somebody who sends them as fast as this host sends messages makes the
/// last one fail.
pub(super) const TRIES: u32 = 4;

/// Whether a send failed because something of this host is full, for now.
pub(super) fn is_busy(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(libc::ENOBUFS | libc::ENOMEM | libc::EAGAIN | libc::EINTR)
    )
}

/// Whether a send failed because this kernel has no such call, or a policy forbids it: no message will ever leave.
///
/// The number of the error alone never tells. A driver returns what it likes (`EDESTADDRREQ` and `ENOKEY` from a tunnel), a
/// route `EINVAL` or `EACCES`, a firewall `EPERM`, a program of a control group any number at all (`EFAULT` if it makes
/// a mistake). If the descriptor is no socket, the next receive says so.
pub(super) fn is_broken(error: &io::Error, call: Call) -> bool {
    sys::is_missing(call, error)
}

/// Whether a send failed because the message is longer than something allows.
pub(super) fn is_too_long(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::EMSGSIZE)
}

/// Whether an error of `recvmsg` is about the call, not about the network: it would come again and again.
pub(super) fn is_ours(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(
            libc::EBADF
                | libc::EFAULT
                | libc::EINVAL
                | libc::ENOMEM
                | libc::ENOSYS
                | libc::ENOTSOCK
                | libc::EPERM
        )
    )
}

/// Whether an error is one that the kernel makes of an ICMP error (`icmp_err_convert` and `icmpv6_err_convert`). A
/// message may also be refused with most of them here.
pub(super) fn is_told_by_icmp(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(
            libc::EACCES
                | libc::ECONNREFUSED
                | libc::EHOSTDOWN
                | libc::EHOSTUNREACH
                | libc::EMSGSIZE
                | libc::ENETUNREACH
                | libc::ENONET
                | libc::ENOPROTOOPT
                | libc::EOPNOTSUPP
                | libc::EPROTO
        )
    )
}
