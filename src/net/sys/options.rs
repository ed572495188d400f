//! Socket options as octets.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use libc::{c_int, c_void, socklen_t};

use super::{done, fit};

/// Sets a socket option.
pub(in crate::net) fn set_option(
    socket: BorrowedFd<'_>,
    level: c_int,
    name: c_int,
    value: &[u8],
) -> io::Result<()> {
    let size: socklen_t = fit(value.len())?;
    // SAFETY: the kernel reads `size` octets from `value`, which is exactly as long and outlives the call. The one
    // option that the kernel writes back to goes through `set_option_in_place`.
    let result = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            level,
            name,
            value.as_ptr().cast::<c_void>(),
            size,
        )
    };
    done(result)
}

/// Sets an option whose value the kernel overwrites with its answer (`IPV6_FLOWLABEL_MGR`).
pub(in crate::net) fn set_option_in_place(
    socket: BorrowedFd<'_>,
    level: c_int,
    name: c_int,
    value: &mut [u8],
) -> io::Result<()> {
    let size: socklen_t = fit(value.len())?;
    // SAFETY: the kernel reads and writes within `size` octets at `value`, which is exactly as long, outlives the
    // call and is borrowed mutably, so that the write cannot be seen through another reference.
    let result = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            level,
            name,
            value.as_mut_ptr().cast::<c_void>(),
            size,
        )
    };
    done(result)
}

/// Reads a socket option. Returns the number of filled octets.
pub(in crate::net) fn get_option(
    socket: BorrowedFd<'_>,
    level: c_int,
    name: c_int,
    value: &mut [u8],
) -> io::Result<usize> {
    let mut size: socklen_t = fit(value.len())?;
    // SAFETY: the kernel writes `size` octets to `value` at most, which is exactly as long, outlives the call and is
    // borrowed mutably; then it writes to `size`, which is alive and writable as well.
    let result = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            level,
            name,
            value.as_mut_ptr().cast::<c_void>(),
            &raw mut size,
        )
    };
    done(result)?;
    fit(size)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::UdpSocket;
    use std::os::fd::AsFd;

    #[test]
    fn rejected_option_returns_its_error() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let error = set_option(socket.as_fd(), libc::SOL_SOCKET, -1, &[0; 4]).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::ENOPROTOOPT));
    }
}
