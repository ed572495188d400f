//! Signal handling that `signal-hook` lacks.

use std::hint::black_box;
use std::io;
use std::mem;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use libc::c_int;

use super::done;

/// A local variable of this type makes the compiler realign the stack of the function, and so of all functions that it
/// calls, because no ABI guarantees this alignment.
///
/// qemu-user 7.2 calls x86-64 handlers with a stack that is off by 8 octets. Then the first aligned SSE store ends the
/// process (SIGSEGV).
#[repr(align(64))]
struct AlignedStack(u8);

/// Takes the default action of the signal if it, or another signal that shares `first`, arrives again more than `grace` after
/// the first of them.
pub(crate) fn default_when_repeated(
    signal: c_int,
    first: Arc<AtomicU64>,
    grace: Duration,
) -> io::Result<()> {
    let grace = u64::try_from(grace.as_nanos()).unwrap_or(u64::MAX);
    let action = move || {
        // A variable, because an unnamed value would become a constant, which is not on the stack.
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

/// Shells report the end by a signal as the exit code 128 plus its number.
const SIGNALLED: c_int = 128;

/// Takes the default action of a signal, which usually ends the process.
///
/// Returns if it does not: in a container, the kernel ignores signals to PID 1 without a handler (`pid_namespaces`(7)).
pub(crate) fn take_default_action(signal: c_int) {
    // SAFETY: the default action is no function of ours. A number that is no signal is refused.
    unsafe { libc::signal(signal, libc::SIG_DFL) };
    // The signal is blocked in its own handler. If it cannot be unblocked, it takes effect after the handler.
    let _ = unblock_signals();
    // SAFETY: no pointers.
    unsafe { libc::raise(signal) };
}

/// Stops the process by the default action of a signal, and then restores its handler. Returns when the process continues, or
/// at once in an orphaned process group, which the kernel does not stop.
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

/// Reads a clock; 0 if there is no such clock.
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

/// Unblocks all signals.
pub(crate) fn unblock_signals() -> io::Result<()> {
    // SAFETY: all fields of `sigset_t` are numbers, for which zero octets are a value; it is initialised below all the same.
    let mut none: libc::sigset_t = unsafe { mem::zeroed() };
    // SAFETY: the pointer is to a live set.
    unsafe { libc::sigemptyset(&raw mut none) };
    // SAFETY: the set is initialised, and the old one is not asked for.
    done(unsafe { libc::sigprocmask(libc::SIG_SETMASK, &raw const none, ptr::null_mut()) })
}
