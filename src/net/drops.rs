//! Datagrams that this host had no room for in the receive queue of a socket.

use std::os::fd::AsFd;

use super::sys;

/// The size of what `SO_MEMINFO` tells: nine numbers, of which the last counts drops (`linux/sock_diag.h`).
const SOCKET_MEMORY: usize = 9 * size_of::<u32>();

/// Counts them from some moment on.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Drops {
    /// How many there were before.
    before: u32,
}

impl Drops {
    /// From now on.
    pub(super) fn of(socket: &socket2::Socket) -> Self {
        Self {
            before: dropped(socket),
        }
    }

    /// How many there have been since, of the same socket.
    pub(super) fn count(self, socket: &socket2::Socket) -> u64 {
        dropped(socket).wrapping_sub(self.before).into()
    }
}

/// What the kernel has counted since the socket was opened; 0 where it does not say (before Linux 4.12).
fn dropped(socket: &socket2::Socket) -> u32 {
    let mut info = [0; SOCKET_MEMORY];
    match sys::get_option(
        socket.as_fd(),
        libc::SOL_SOCKET,
        libc::SO_MEMINFO,
        &mut info,
    ) {
        Ok(SOCKET_MEMORY) => info.last_chunk().copied().map_or(0, u32::from_ne_bytes),
        _ => 0,
    }
}
