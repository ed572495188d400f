//! Code that runs before `main`.

use std::sync::atomic::{AtomicBool, Ordering};

use libc::c_int;

use super::signals::is_ignored;

/// Calls [`before_main`] before the standard library checks the standard descriptors and ignores SIGPIPE.
///
/// The library opens /dev/null for a closed descriptor, and if that fails (in a chroot or initramfs), it aborts silently.
/// Only an entry of `.init_array` runs before that: the dynamic loader or the start code of the C library calls it. A C
/// `main` instead of Rust's would have to parse the arguments itself.
#[used]
#[unsafe(link_section = ".init_array")]
static BEFORE_MAIN: extern "C" fn() = before_main;

/// Whether this process inherited an ignored SIGPIPE. Written once, before `main`.
static INHERITED_IGNORED_SIGPIPE: AtomicBool = AtomicBool::new(false);

extern "C" fn before_main() {
    INHERITED_IGNORED_SIGPIPE.store(is_ignored(libc::SIGPIPE), Ordering::Relaxed);
    occupy_standard_descriptors();
}

/// Whether SIGPIPE was ignored at the start. Later it always is, by the standard library.
pub(crate) fn was_broken_pipe_ignored() -> bool {
    INHERITED_IGNORED_SIGPIPE.load(Ordering::Relaxed)
}

/// Opens the wrong end of a pipe for each of the descriptors 0, 1 and 2 that is closed. Reads and writes still fail with
/// `EBADF`, but no socket gets its number. Does nothing if no pipe can be opened.
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
        // The reading end has the lowest free number, which is `descriptor`.
        if descriptor == libc::STDIN_FILENO {
            // SAFETY: no pointers; nobody else has a descriptor yet.
            unsafe { libc::dup2(writer, reader) };
        }
        // SAFETY: as above.
        unsafe { libc::close(writer) };
    }
}
