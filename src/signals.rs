//! Signals: flags that the loop polls, and a pipe that wakes it.

use std::io::{self, PipeReader, PipeWriter, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use signal_hook::consts::{
    SIGALRM, SIGCONT, SIGHUP, SIGINT, SIGPIPE, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH, SIGXFSZ,
};
use signal_hook::{flag, low_level::pipe};

use crate::net;

/// A user's request to a running program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interrupt {
    /// End it, and print the statistics.
    Stop,
    /// Print the state so far, and go on.
    Status,
}

/// A source of interrupts.
pub trait Interrupts {
    /// Takes the next pending interrupt.
    fn take(&mut self) -> Option<Interrupt>;
}

/// Signals that end a run with its statistics, even if they were ignored at the start: a shell without job control
/// ignores SIGINT and SIGQUIT for `cmd &`, but iputils handles these and SIGALRM all the same.
const ALWAYS_ENDING: [i32; 2] = [SIGINT, SIGALRM];

/// Signals that end a run with its statistics, unless they were ignored at the start, as by `nohup`.
const ENDING_UNLESS_IGNORED: [i32; 2] = [SIGTERM, SIGHUP];

/// A signal that comes again within this time is the same request: `timeout` signals its child and then, with the
/// group, its child again. Nobody presses ^C twice so fast.
const SAME_REQUEST: Duration = Duration::from_millis(100);

/// Restores the default action of SIGINT and SIGALRM, and unblocks all signals, whatever the parent process set. So the
/// user can end a lookup or the reading of a file before [`Signals::take_over`].
///
/// # Errors
/// The system refuses it.
pub fn reset() -> io::Result<()> {
    ALWAYS_ENDING.into_iter().for_each(net::unignore);
    net::unblock_signals()
}

/// Ends the process by SIGPIPE, as the kernel ends other programs that write to a pipe without a reader. Rust's
/// standard library ignores that signal.
///
/// Returns if SIGPIPE was ignored at the start, or if the process has PID 1 in a container: the kernel ignores the
/// signal then.
pub fn end_by_broken_pipe() {
    if !net::was_broken_pipe_ignored() {
        net::take_default_action(SIGPIPE);
    }
}

/// The signals of a run, once they are handled.
#[derive(Debug)]
pub struct Signals {
    stop: Arc<AtomicBool>,
    status: Arc<AtomicBool>,
    /// Wakes the loop.
    wake: PipeWriter,
}

impl Signals {
    /// Handles SIGINT, SIGALRM, SIGTERM and SIGHUP (stop, with statistics) and SIGQUIT (print the state so far). Ignored
    /// SIGTERM and SIGHUP stay ignored.
    ///
    /// A second stop signal ends the process at once, even if it is blocked in a write. The pipe becomes readable when a
    /// signal arrives. SIGXFSZ does nothing, so a file at its size limit is a write error.
    ///
    /// # Errors
    /// The system refuses the handlers or the pipe.
    pub fn take_over() -> io::Result<(Self, PipeReader)> {
        // A pipe, because a security policy may forbid AF_UNIX sockets.
        let (wakened, wake) = io::pipe()?;
        let signals = Self {
            stop: Arc::new(AtomicBool::new(false)),
            status: Arc::new(AtomicBool::new(false)),
            wake,
        };
        let first = Arc::new(AtomicU64::new(0));
        let unless_ignored = ENDING_UNLESS_IGNORED.into_iter();
        let unless_ignored = unless_ignored.filter(|signal| !net::is_ignored(*signal));
        for signal in ALWAYS_ENDING.into_iter().chain(unless_ignored) {
            net::default_when_repeated(signal, Arc::clone(&first), SAME_REQUEST)?;
            flag::register(signal, Arc::clone(&signals.stop))?;
            pipe::register(signal, signals.wake.try_clone()?)?;
        }
        flag::register(SIGQUIT, Arc::clone(&signals.status))?;
        pipe::register(SIGQUIT, signals.wake.try_clone()?)?;
        flag::register(SIGXFSZ, Arc::default())?;
        Ok((signals, wakened))
    }

    /// Handles SIGTSTP, unless it was ignored, SIGWINCH and SIGCONT, for the view on the terminal.
    ///
    /// # Errors
    /// The system refuses the handlers or a descriptor.
    pub fn handle_terminal(&self) -> io::Result<TerminalSignals> {
        let signals = TerminalSignals::default();
        let stop = (!net::is_ignored(SIGTSTP)).then_some((SIGTSTP, &signals.stop));
        let changes = [SIGWINCH, SIGCONT].map(|signal| (signal, &signals.change));
        for (signal, is_set) in changes.into_iter().chain(stop) {
            flag::register(signal, Arc::clone(is_set))?;
            pipe::register(signal, self.wake.try_clone()?)?;
        }
        Ok(signals)
    }

    /// Returns a handle that ends the run as SIGINT does.
    ///
    /// # Errors
    /// The system refuses a descriptor.
    pub fn stop_handle(&self) -> io::Result<StopHandle> {
        Ok(StopHandle {
            stop: Arc::clone(&self.stop),
            waker: self.waker()?,
        })
    }

    /// What ends a wait of the loop from another thread.
    ///
    /// # Errors
    /// The system refuses another descriptor.
    pub fn waker(&self) -> io::Result<Waker> {
        Ok(Waker(self.wake.try_clone()?))
    }
}

/// Ends a wait of the loop, or the next one if it does not wait.
#[derive(Debug)]
pub struct Waker(PipeWriter);

impl Waker {
    /// Wakes the loop.
    pub fn wake(&self) {
        // The pipe never blocks. If it is full, the loop wakes anyway.
        let _ = (&self.0).write(&[0]);
    }
}

/// Ends the run from inside the program, as SIGINT does from outside.
#[derive(Debug)]
pub struct StopHandle {
    stop: Arc<AtomicBool>,
    waker: Waker,
}

impl StopHandle {
    /// Requests the end of the run, and wakes the loop.
    pub fn end(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.waker.wake();
    }
}

/// Signals about the terminal that shows the view.
#[derive(Debug, Default)]
pub struct TerminalSignals {
    stop: Arc<AtomicBool>,
    change: Arc<AtomicBool>,
}

impl TerminalSignals {
    /// Whether SIGTSTP (^Z) arrived since the last call.
    #[must_use]
    pub fn take_stop(&self) -> bool {
        self.stop.swap(false, Ordering::Relaxed)
    }

    /// Whether SIGWINCH or SIGCONT arrived since the last call: the size changed, or other programs used the terminal.
    #[must_use]
    pub fn take_change(&self) -> bool {
        self.change.swap(false, Ordering::Relaxed)
    }
}

/// Stops the process as ^Z does. Returns when it continues, or at once if no shell could continue it.
///
/// # Errors
/// The system refuses it.
pub fn stop_process() -> io::Result<()> {
    net::stop_by(SIGTSTP)
}

impl Interrupts for Signals {
    fn take(&mut self) -> Option<Interrupt> {
        if self.stop.swap(false, Ordering::Relaxed) {
            return Some(Interrupt::Stop);
        }
        self.status
            .swap(false, Ordering::Relaxed)
            .then_some(Interrupt::Status)
    }
}
