//! The terminal that a view is shown on: taken over for the run, and given back however it ends.
//!
//! It is opened once more, because only then can reads and writes be told not to wait (`O_NONBLOCK`): that flag belongs to
//! the open file, which other programs share that have the terminal as their standard output.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::ffi::OsStringExt as _;
use std::panic;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ratatui::layout::Size;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::termios::{
    Action, InputModes, LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcflow, tcgetattr,
    tcgetwinsize, tcsetattr, ttyname,
};

use crate::report::live::Screen;
use crate::signals::{self, TerminalSignals};

/// The other screen, which leaves what is on the first one as it is; no cursor; and in the end the reverse (xterm's control
/// sequences, which all terminals have).
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?25l\x1b[0m\x1b[2J";
const LEAVE: &[u8] = b"\x1b[0m\x1b[?25h\x1b[?1049l";

/// At the end the terminal has this many waits of a twentieth of a second to take what is left.
const PATIENCE: u32 = 30;
const WAIT: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 50_000_000,
};

/// What is read at once, and how often in a row: what a person types is less.
const TYPED: usize = 256;
const MOST_READS: usize = 16;

/// The size of a terminal that does not tell it.
const USUAL: Size = Size {
    width: 80,
    height: 24,
};

/// A terminal that a view is shown on.
#[derive(Debug)]
pub struct Terminal {
    device: Arc<Device>,
    signals: TerminalSignals,
    /// What the terminal has not taken yet.
    kept: Vec<u8>,
    /// Whether it went away.
    is_gone: bool,
}

/// What gives the terminal back, from wherever the run ends.
#[derive(Debug)]
struct Device {
    file: File,
    /// Its modes before.
    modes: Termios,
    is_taken: AtomicBool,
}

impl Terminal {
    /// Opens the terminal of this process. To be done before the thread is confined.
    ///
    /// # Errors
    /// There is none, or it may not be opened.
    pub fn open(signals: TerminalSignals) -> io::Result<Self> {
        let file = File::from(device()?);
        let modes = tcgetattr(&file)?;
        let device = Arc::new(Device {
            file,
            modes,
            is_taken: AtomicBool::new(false),
        });
        let of_hook = Arc::clone(&device);
        let print = panic::take_hook();
        // A release build ends at once when it panics, and drops nothing.
        panic::set_hook(Box::new(move |what| {
            of_hook.give_back(&[]);
            print(what);
        }));
        Ok(Self {
            device,
            signals,
            kept: Vec::new(),
            is_gone: false,
        })
    }

    /// What becomes readable when something is typed.
    ///
    /// # Errors
    /// There are no more descriptors.
    pub fn input(&self) -> io::Result<OwnedFd> {
        self.device.file.as_fd().try_clone_to_owned()
    }

    /// Writes what was kept, as far as the terminal takes it now.
    fn write_kept(&mut self) {
        let mut written = 0;
        while let Some(rest) = self.kept.get(written..).filter(|rest| !rest.is_empty()) {
            match (&self.device.file).write(rest) {
                Ok(octets) => written += octets,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.is_gone = error.kind() != io::ErrorKind::WouldBlock;
                    break;
                }
            }
        }
        self.kept.drain(..written);
    }
}

/// The controlling terminal, or else the one that standard output is.
fn device() -> io::Result<OwnedFd> {
    let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    if let Ok(terminal) = rustix::fs::open("/dev/tty", flags, Mode::empty()) {
        return Ok(terminal);
    }
    let name = ttyname(io::stdout(), Vec::new())?;
    let path = std::ffi::OsString::from_vec(name.into_bytes());
    Ok(rustix::fs::open(path, flags, Mode::empty())?)
}

impl Device {
    /// Keys come one by one and are not shown; those that make signals go on to do so, as do ^S and ^Q.
    fn take(&self) {
        let mut modes = self.modes.clone();
        modes.local_modes -= LocalModes::ICANON | LocalModes::ECHO | LocalModes::IEXTEN;
        modes.local_modes |= LocalModes::ISIG;
        modes.input_modes -= InputModes::ICRNL | InputModes::INLCR;
        modes.special_codes[SpecialCodeIndex::VMIN] = 1;
        modes.special_codes[SpecialCodeIndex::VTIME] = 0;
        self.is_taken.store(true, Ordering::Relaxed);
        // A terminal that refuses shows the view all the same.
        let _ = tcsetattr(&self.file, OptionalActions::Now, &modes);
    }

    /// Gives the terminal back as it was, behind the rest of a frame. Says whether it has taken that.
    fn give_back(&self, rest: &[u8]) -> bool {
        if !self.is_taken.swap(false, Ordering::Relaxed) {
            return true;
        }
        let _ = tcsetattr(&self.file, OptionalActions::Now, &self.modes);
        // After ^S, which would hold back what follows.
        let _ = tcflow(&self.file, Action::OOn);
        self.write(rest) && self.write(LEAVE)
    }

    /// Writes everything, or says that the terminal does not take it.
    fn write(&self, octets: &[u8]) -> bool {
        let (mut rest, mut waits) = (octets, 0);
        while !rest.is_empty() {
            match (&self.file).write(rest) {
                Ok(written) => {
                    rest = rest.get(written..).unwrap_or_default();
                    waits = 0;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock && waits < PATIENCE => {
                    let _ = poll(&mut [PollFd::new(&self.file, PollFlags::OUT)], Some(&WAIT));
                    waits += 1;
                }
                Err(_) => return false,
            }
        }
        true
    }
}

impl Screen for Terminal {
    fn enter(&mut self) {
        self.device.take();
        self.kept.extend_from_slice(ENTER);
        self.write_kept();
    }

    fn leave(&mut self) -> bool {
        // What was typed and not read is not for the program that reads next.
        self.read(&mut Vec::new());
        let kept = std::mem::take(&mut self.kept);
        self.device.give_back(&kept)
    }

    fn size(&self) -> Size {
        match tcgetwinsize(&self.device.file) {
            Ok(size) if size.ws_col > 0 && size.ws_row > 0 => Size::new(size.ws_col, size.ws_row),
            _ => USUAL,
        }
    }

    fn read(&mut self, typed: &mut Vec<u8>) {
        let mut octets = [0; TYPED];
        for _ in 0..MOST_READS {
            match (&self.device.file).read(&mut octets) {
                Ok(count @ 1..) => typed.extend_from_slice(octets.get(..count).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // There is nothing more now, or never again: the wait of the loop knows which.
                Ok(_) | Err(_) => return,
            }
        }
    }

    fn take_change(&mut self) -> bool {
        if self.signals.take_stop() {
            self.leave();
            // If the system refuses to stop, the run goes on.
            let _ = signals::stop_process();
        } else if !self.signals.take_change() {
            return false;
        }
        // That it goes on after it was stopped is no news any more.
        let _ = self.signals.take_change();
        self.enter();
        true
    }

    fn is_ready(&mut self) -> bool {
        self.write_kept();
        self.kept.is_empty() && !self.is_gone
    }

    fn show(&mut self, frame: &[u8]) {
        self.kept.extend_from_slice(frame);
        self.write_kept();
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.leave();
    }
}
