//! What has to be done before `main`.

use std::sync::atomic::{AtomicBool, Ordering};

use libc::c_int;

use super::signals::is_ignored;

/// Calls [`look_around`] before `main`, and before the standard library looks at the descriptors and ignores SIGPIPE.
///
/// Of a descriptor that is closed the library makes /dev/null, and where that cannot be opened (a chroot, an initramfs) it
/// aborts the process without a word. No code of ours runs before that but an entry of `.init_array`, which the dynamic
/// loader or the start code of the C library calls. A `main` of C instead of Rust's would have to read the arguments by
/// itself.
#[used]
#[unsafe(link_section = ".init_array")]
static BEFORE_MAIN: extern "C" fn() = look_around;

/// Whether the parent of this process ignores SIGPIPE, and this process with it. Written once, before `main`.
static INHERITED_IGNORED_SIGPIPE: AtomicBool = AtomicBool::new(false);

extern "C" fn look_around() {
    INHERITED_IGNORED_SIGPIPE.store(is_ignored(libc::SIGPIPE), Ordering::Relaxed);
    occupy_standard_descriptors();
}

/// Whether this process was started with SIGPIPE ignored. Now it always is: the standard library ignores it.
pub(crate) fn was_broken_pipe_ignored() -> bool {
    INHERITED_IGNORED_SIGPIPE.load(Ordering::Relaxed)
}

/// Opens the wrong end of a pipe in place of each of the descriptors 0, 1 and 2 that is closed. To read or write it fails
/// with `EBADF`, as of a closed one, but no socket gets its number. Nothing is done where no pipe is to be had.
fn occupy_standard_descriptors() {
    for descriptor in 0..=2 {
        // SAFETY: no pointers.
        if unsafe { libc::fcntl(descriptor, libc::F_GETFD) } >= 0 {
            continue;
        }
        let mut ends: [c_int; 2] = [-1; 2];
        // SAFETY: the pointer is to two integers, which the call fills.
        if unsafe { libc::pipe(ends.as_mut_ptr()) } < 0 {
            return;
        }
        let [reader, writer] = ends;
        // The end for reading has the lowest number that was free, which is this one.
        if descriptor == libc::STDIN_FILENO {
            // SAFETY: no pointers; nobody else has a descriptor yet.
            unsafe { libc::dup2(writer, reader) };
        }
        // SAFETY: as above.
        unsafe { libc::close(writer) };
    }
}
