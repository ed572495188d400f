//! Signals, as flags that the loop asks for and a descriptor that wakes it.

use std::io::{self, PipeReader, PipeWriter, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use signal_hook::consts::{
    SIGALRM, SIGCONT, SIGHUP, SIGINT, SIGPIPE, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH, SIGXFSZ,
};
use signal_hook::{flag, low_level::pipe};

use crate::net;

/// What a person asks of a run that is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interrupt {
    /// End it, and print the statistics.
    Stop,
    /// Print the state so far, and go on.
    Status,
}

/// Where interrupts come from.
pub trait Interrupts {
    /// The next one, if there is any.
    fn take(&mut self) -> Option<Interrupt>;
}

/// Signals that end a run, with its statistics, even if they were ignored when the program started: a shell without
/// job control ignores SIGINT and SIGQUIT for `cmd &`, and iputils handles these and SIGALRM all the same.
const ALWAYS_ENDING: [i32; 2] = [SIGINT, SIGALRM];

/// Signals that end a run in the same way, unless they were ignored when the program started, as by `nohup`.
const ENDING_UNLESS_IGNORED: [i32; 2] = [SIGTERM, SIGHUP];

/// A signal that comes again within this time is the same request: `timeout` signals its child and then, with the
/// group, its child again. Nobody presses ^C twice so fast.
const SAME_REQUEST: Duration = Duration::from_millis(100);

/// Undoes what a shell or another parent did to signals: SIGINT and SIGALRM end the process by default again if they
/// were ignored, and no signal is blocked. Until [`Signals::take_over`] that lets the user end a lookup or the reading of
/// a file.
///
/// # Errors
/// The system refuses it.
pub fn reset() -> io::Result<()> {
    ALWAYS_ENDING.into_iter().for_each(net::unignore);
    net::unblock_signals()
}

/// Ends the process by SIGPIPE, as the kernel ends other programs that write to a pipe without a reader: they do not
/// ignore the signal, as the standard library of Rust does.
///
/// Returns if the process was started with SIGPIPE ignored, or is the first process of a container (PID 1), of which
/// the kernel ignores the signal.
pub fn end_by_broken_pipe() {
    if !net::was_broken_pipe_ignored() {
        net::take_default_action(SIGPIPE);
    }
}

/// What the user has asked for by signals.
#[derive(Debug)]
pub struct Signals {
    stop: Arc<AtomicBool>,
    status: Arc<AtomicBool>,
    /// Wakes the loop.
    wake: PipeWriter,
}

impl Signals {
    /// Handles SIGINT, SIGALRM, SIGTERM and SIGHUP (stop, with statistics) and SIGQUIT (print the state so far). SIGTERM
    /// and SIGHUP stay ignored if they were.
    ///
    /// A second signal that stops the run ends the process at once, also while a blocked output holds it. The pipe
    /// becomes readable when a signal arrives. SIGXFSZ ends nothing: a file that may not grow any further is an error of
    /// the write to it.
    ///
    /// # Errors
    /// The system refuses the handlers or the pipe.
    pub fn take_over() -> io::Result<(Self, PipeReader)> {
        // No pair of sockets: a policy may forbid those of the family AF_UNIX.
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

    /// Handles the signals that tell of a terminal that a view is shown on. SIGTSTP stays ignored if it was.
    ///
    /// # Errors
    /// The system refuses the handlers, or another descriptor.
    pub fn of_terminal(&self) -> io::Result<TerminalSignals> {
        let signals = TerminalSignals::default();
        let stop = (!net::is_ignored(SIGTSTP)).then_some((SIGTSTP, &signals.stop));
        let changes = [SIGWINCH, SIGCONT].map(|signal| (signal, &signals.change));
        for (signal, is_set) in changes.into_iter().chain(stop) {
            flag::register(signal, Arc::clone(is_set))?;
            pipe::register(signal, self.wake.try_clone()?)?;
        }
        Ok(signals)
    }

    /// What ends the run as SIGINT does.
    ///
    /// # Errors
    /// The system refuses another descriptor.
    pub fn ender(&self) -> io::Result<Ender> {
        Ok(Ender {
            stop: Arc::clone(&self.stop),
            wake: self.wake.try_clone()?,
        })
    }
}

/// Ends a run from inside the program, as SIGINT does from outside.
#[derive(Debug)]
pub struct Ender {
    stop: Arc<AtomicBool>,
    wake: PipeWriter,
}

impl Ender {
    /// Asks for the end. The loop ends its wait for it.
    pub fn end(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // The pipe never blocks. If it is full, the loop wakes anyway.
        let _ = self.wake.write(&[0]);
    }
}

/// What has become of a terminal that a view is shown on.
#[derive(Debug, Default)]
pub struct TerminalSignals {
    stop: Arc<AtomicBool>,
    change: Arc<AtomicBool>,
}

impl TerminalSignals {
    /// Whether the user wants to stop the process since the last call, as with ^Z.
    #[must_use]
    pub fn take_stop(&self) -> bool {
        self.stop.swap(false, Ordering::Relaxed)
    }

    /// Whether its size changed since the last call, or the process went on after it was stopped: then others used it.
    #[must_use]
    pub fn take_change(&self) -> bool {
        self.change.swap(false, Ordering::Relaxed)
    }
}

/// Stops the process as ^Z does. Returns when it goes on, or at once where there is no shell that could let it go on.
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
