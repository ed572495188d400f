//! Classes of send and receive errors.

use std::io;

use super::sys::{self, Call};

/// The maximum number of tries of a send or receive that fails with the ICMP error of an earlier message. Each try clears
/// the pending errors. Only an attacker who sends errors as fast as this host sends messages makes the last try fail.
pub(super) const TRIES: u32 = 4;

/// Whether a send failed because a buffer or queue of this host is temporarily full.
pub(super) fn is_busy(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(libc::ENOBUFS | libc::ENOMEM | libc::EAGAIN | libc::EINTR)
    )
}

/// Whether a send failed because the kernel lacks the system call, or a policy forbids it: no send can ever succeed.
///
/// The error number alone is not enough: a tunnel driver returns `EDESTADDRREQ` or `ENOKEY`, a route `EINVAL` or
/// `EACCES`, a firewall `EPERM`, and a BPF program of a control group any number (`EFAULT` by mistake). If the descriptor
/// is not a socket, the next receive reports it.
pub(super) fn is_broken(error: &io::Error, call: Call) -> bool {
    sys::is_missing(call, error)
}

/// Whether a send failed because the message is too long.
pub(super) fn is_too_long(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::EMSGSIZE)
}

/// Whether an error of `recvmsg` is about the call, not about the network, and so would never end.
pub(super) fn is_permanent(error: &io::Error) -> bool {
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

/// Whether the kernel may have converted an ICMP error to this error number (`icmp_err_convert` and
/// `icmpv6_err_convert`). Most of these numbers can also be local errors.
pub(super) fn may_be_icmp(error: &io::Error) -> bool {
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
