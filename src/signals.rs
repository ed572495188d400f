//! Signals, as flags that the loop asks for and a descriptor that wakes it.

use std::io;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use signal_hook::consts::{SIGALRM, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGXFSZ};
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

/// The signals that end a run, with its statistics.
const ENDING: [i32; 4] = [SIGINT, SIGTERM, SIGHUP, SIGALRM];

/// A signal that comes again within this time is the same request: `timeout` signals its child and then, with the
/// group, its child again. Nobody presses ^C twice so fast.
const SAME_REQUEST: Duration = Duration::from_millis(100);

/// What the user has asked for by signals.
#[derive(Debug)]
pub struct Signals {
    stop: Arc<AtomicBool>,
    status: Arc<AtomicBool>,
}

impl Signals {
    /// Takes over SIGINT, SIGTERM, SIGHUP and SIGALRM (the end, with statistics) and SIGQUIT (the state so far), but
    /// for those that are ignored already. A second one that ends the run ends the process at once, also where an
    /// output that nobody reads holds it. The stream becomes readable when one arrives. SIGXFSZ ends nothing: a file that
    /// may grow no further is an error of the write to it.
    ///
    /// # Errors
    /// When the system refuses the handlers or the stream.
    pub fn take_over() -> io::Result<(Self, UnixStream)> {
        let (wake, wakened) = UnixStream::pair()?;
        let signals = Self {
            stop: Arc::new(AtomicBool::new(false)),
            status: Arc::new(AtomicBool::new(false)),
        };
        let first = Arc::new(AtomicU64::new(0));
        let heeded = |signal: &i32| !net::is_ignored(*signal);
        for signal in ENDING.into_iter().filter(heeded) {
            net::default_when_repeated(signal, Arc::clone(&first), SAME_REQUEST)?;
            flag::register(signal, Arc::clone(&signals.stop))?;
            pipe::register(signal, wake.try_clone()?)?;
        }
        if heeded(&SIGQUIT) {
            flag::register(SIGQUIT, Arc::clone(&signals.status))?;
            pipe::register(SIGQUIT, wake)?;
        }
        flag::register(SIGXFSZ, Arc::default())?;
        net::unblock(&[SIGINT, SIGTERM, SIGHUP, SIGALRM, SIGQUIT])?;
        Ok((signals, wakened))
    }
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
