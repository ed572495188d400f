//! Counts datagrams that a full receive queue has dropped.

use std::os::fd::AsFd;

use super::sys;

/// The size of the value of `SO_MEMINFO`: nine numbers; the last one counts drops (`linux/sock_diag.h`).
const SOCKET_MEMORY: usize = 9 * size_of::<u32>();

/// A counter of drops from its creation on.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Drops {
    /// The kernel's count at its creation.
    before: u32,
}

impl Drops {
    /// Starts to count.
    pub(super) fn of(socket: &socket2::Socket) -> Self {
        Self {
            before: dropped(socket),
        }
    }

    /// The drops of the same socket since the start.
    pub(super) fn count(self, socket: &socket2::Socket) -> u64 {
        dropped(socket).wrapping_sub(self.before).into()
    }
}

/// The kernel's count since the socket was opened; 0 before Linux 4.12.
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
