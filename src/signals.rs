//! Signals, as flags that the loop asks for and a descriptor that wakes it.

use std::io;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGALRM, SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::{flag, low_level::pipe};

use crate::driver::{Interrupt, Interrupts};

/// What the user has asked for by signals.
#[derive(Debug)]
pub struct Signals {
    stop: Arc<AtomicBool>,
    status: Arc<AtomicBool>,
}

impl Signals {
    /// Takes over SIGINT, SIGTERM, SIGHUP and SIGALRM (the end, with statistics) and SIGQUIT (the state so
    /// far). A second SIGINT ends the process at once. The stream becomes readable when one arrives.
    ///
    /// # Errors
    /// When the system refuses the handlers or the stream.
    pub fn take_over() -> io::Result<(Self, UnixStream)> {
        let (wake, wakened) = UnixStream::pair()?;
        let stop = Arc::new(AtomicBool::new(false));
        let status = Arc::new(AtomicBool::new(false));
        // Actions run in the order in which they were registered: at the first SIGINT, `interrupted` is not
        // yet set when the first of these looks at it.
        let interrupted = Arc::new(AtomicBool::new(false));
        flag::register_conditional_default(SIGINT, Arc::clone(&interrupted))?;
        flag::register(SIGINT, interrupted)?;
        for signal in [SIGINT, SIGTERM, SIGHUP, SIGALRM] {
            flag::register(signal, Arc::clone(&stop))?;
            pipe::register(signal, wake.try_clone()?)?;
        }
        flag::register(SIGQUIT, Arc::clone(&status))?;
        pipe::register(SIGQUIT, wake)?;
        Ok((Self { stop, status }, wakened))
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
