//! Signals beyond what `signal-hook` does.

use std::hint::black_box;
use std::io;
use std::mem;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use libc::c_int;

use super::done;

/// A local variable of this type makes the compiler align the stack of the function, and so that of each function that it
/// calls, because the alignment is more than any ABI gives.
///
/// qemu-user 7.2 calls a handler of x86-64 with the stack 8 octets off, and the first aligned SSE store then ends the
/// process (SIGSEGV).
#[repr(align(64))]
struct AlignedStack(u8);

/// Ends the process when the signal comes again, or another one that shares `first`, more than `grace` after the first
/// of them. It ends as the default action of the signal does.
pub(crate) fn default_when_repeated(
    signal: c_int,
    first: Arc<AtomicU64>,
    grace: Duration,
) -> io::Result<()> {
    let grace = u64::try_from(grace.as_nanos()).unwrap_or(u64::MAX);
    let action = move || {
        // A variable, because a value without a name would become a constant, which is not on the stack.
        let aligned = AlignedStack(0);
        black_box(&aligned.0);
        let now = monotonic_nanoseconds();
        if let Err(first) = first.compare_exchange(0, now, Ordering::Relaxed, Ordering::Relaxed)
            && now.saturating_sub(first) > grace
        {
            take_default_action(signal);
            // SAFETY: no pointers; POSIX allows it in signal handlers.
            unsafe { libc::_exit(SIGNALLED + signal) };
        }
    };
    // SAFETY: in a signal handler the action reads a clock, exchanges an atomic number and makes system calls that POSIX
    // allows there. It takes no lock, allocates nothing and cannot panic.
    unsafe { signal_hook::low_level::register(signal, action) }.map(|_| ())
}

/// A shell tells the end by a signal as an exit code of this and the signal's number.
const SIGNALLED: c_int = 128;

/// Takes the default action of a signal, which for most of them ends the process.
///
/// Returns where it does not: the kernel ignores the signals of the first process of a container (PID 1) that has no
/// handler for them (`pid_namespaces`(7)).
pub(crate) fn take_default_action(signal: c_int) {
    // SAFETY: the default action is no function of ours. A number that is no signal is refused.
    unsafe { libc::signal(signal, libc::SIG_DFL) };
    // In its own handler the signal is blocked. If it cannot be unblocked, it is taken behind the handler.
    let _ = unblock_signals();
    // SAFETY: no pointers.
    unsafe { libc::raise(signal) };
}

/// Takes the default action of a signal that stops the process, and then handles it as before. Returns when the process goes
/// on, or at once where nobody could let it go on: the kernel stops no process without a shell that waits for it.
pub(crate) fn stop_by(signal: c_int) -> io::Result<()> {
    // SAFETY: all fields of `sigaction` are numbers or sets of bits, for which zero octets are a value. Zero is the default
    // action.
    let mut handler: libc::sigaction = unsafe { mem::zeroed() };
    let by_default = handler;
    // SAFETY: both pointers are to live variables of the type that the call reads and fills.
    done(unsafe { libc::sigaction(signal, &raw const by_default, &raw mut handler) })?;
    // SAFETY: no pointers. The signal is not blocked, so that it is taken before this returns.
    unsafe { libc::raise(signal) };
    // SAFETY: the pointer is to the action that there was before.
    done(unsafe { libc::sigaction(signal, &raw const handler, ptr::null_mut()) })
}

/// Nanoseconds on the monotonic clock; never 0.
fn monotonic_nanoseconds() -> u64 {
    nanoseconds(libc::CLOCK_MONOTONIC).max(1)
}

/// What a clock tells; 0 of one that is not there.
fn nanoseconds(clock: libc::clockid_t) -> u64 {
    let mut now = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the pointer is to a live variable of the type that the call fills. POSIX allows it in signal handlers.
    unsafe { libc::clock_gettime(clock, &raw mut now) };
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    let nanoseconds = u64::try_from(now.tv_nsec).unwrap_or(0);
    seconds
        .saturating_mul(1_000_000_000)
        .saturating_add(nanoseconds)
}

/// Whether this process ignores the signal, as after `nohup`.
pub(crate) fn is_ignored(signal: c_int) -> bool {
    // SAFETY: all fields of `sigaction` are numbers or sets of bits, for which zero octets are a value.
    let mut action: libc::sigaction = unsafe { mem::zeroed() };
    // SAFETY: a null action changes nothing; the other pointer is to a live variable of the type that the call fills.
    let asked = unsafe { libc::sigaction(signal, ptr::null(), &raw mut action) };
    asked == 0 && action.sa_sigaction == libc::SIG_IGN
}

/// Restores the default action of a signal that is ignored.
pub(crate) fn unignore(signal: c_int) {
    if is_ignored(signal) {
        // SAFETY: the default action is no function of ours. A number that is no signal is refused.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
}

/// Unblocks all signals, whatever this process was started with.
pub(crate) fn unblock_signals() -> io::Result<()> {
    // SAFETY: all fields of `sigset_t` are numbers, for which zero octets are a value; it is initialised below all the same.
    let mut none: libc::sigset_t = unsafe { mem::zeroed() };
    // SAFETY: the pointer is to a live set.
    unsafe { libc::sigemptyset(&raw mut none) };
    // SAFETY: the set is initialised, and the old one is not asked for.
    done(unsafe { libc::sigprocmask(libc::SIG_SETMASK, &raw const none, ptr::null_mut()) })
}
