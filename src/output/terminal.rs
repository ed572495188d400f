//! The terminal of the live view: taken over for the run, and restored however the run ends.
//!
//! It is opened anew, with `O_NONBLOCK`: that flag belongs to the open file, and other programs share the one behind
//! standard output.

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

/// Switch to the alternate screen and hide the cursor, and the reverse (xterm's control sequences, which all terminals
/// have).
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?25l\x1b[0m\x1b[2J";
const LEAVE: &[u8] = b"\x1b[0m\x1b[?25h\x1b[?1049l";

/// At the end, the terminal has this number of waits of 50 ms to take the remaining output.
const FINAL_WAITS: u32 = 30;
const FINAL_WAIT: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 50_000_000,
};

/// The size and the number of reads in a row: a person types less.
const READ_SIZE: usize = 256;
const MAX_READS: usize = 16;

/// The size assumed for a terminal that does not report it.
const DEFAULT_SIZE: Size = Size {
    width: 80,
    height: 24,
};

/// The terminal that shows the live view.
#[derive(Debug)]
pub struct Terminal {
    device: Arc<Device>,
    signals: TerminalSignals,
    /// What the terminal has not taken yet.
    buffer: Vec<u8>,
    /// Whether the terminal is gone.
    is_gone: bool,
}

/// The open terminal and its former modes, shared with the panic hook, which restores them too.
#[derive(Debug)]
struct Device {
    file: File,
    modes: Termios,
    is_taken: AtomicBool,
}

impl Terminal {
    /// Opens the terminal of this process. Call it before the thread is confined.
    ///
    /// # Errors
    /// There is none, or it may not be opened.
    pub fn open(signals: TerminalSignals) -> io::Result<Self> {
        let file = File::from(open_device()?);
        let modes = tcgetattr(&file)?;
        let device = Arc::new(Device {
            file,
            modes,
            is_taken: AtomicBool::new(false),
        });
        let of_hook = Arc::clone(&device);
        let print = panic::take_hook();
        // A release build aborts on panic, and drops nothing.
        panic::set_hook(Box::new(move |what| {
            of_hook.give_back(&[]);
            print(what);
        }));
        Ok(Self {
            device,
            signals,
            buffer: Vec::new(),
            is_gone: false,
        })
    }

    /// Returns a descriptor that becomes readable when the user types.
    ///
    /// # Errors
    /// There are no more descriptors.
    pub fn input(&self) -> io::Result<OwnedFd> {
        self.device.file.as_fd().try_clone_to_owned()
    }

    /// Writes as much of the buffer as the terminal takes now.
    fn write_buffered(&mut self) {
        let mut written = 0;
        while let Some(rest) = self.buffer.get(written..).filter(|rest| !rest.is_empty()) {
            match (&self.device.file).write(rest) {
                Ok(octets) => written += octets,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.is_gone = error.kind() != io::ErrorKind::WouldBlock;
                    break;
                }
            }
        }
        self.buffer.drain(..written);
    }
}

/// Opens the controlling terminal, or else the one behind standard output.
fn open_device() -> io::Result<OwnedFd> {
    let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    if let Ok(terminal) = rustix::fs::open("/dev/tty", flags, Mode::empty()) {
        return Ok(terminal);
    }
    let name = ttyname(io::stdout(), Vec::new())?;
    let path = std::ffi::OsString::from_vec(name.into_bytes());
    Ok(rustix::fs::open(path, flags, Mode::empty())?)
}

impl Device {
    /// Reads keys one by one, without echo. The keys for signals, ^S and ^Q keep their function.
    fn take(&self) {
        let mut modes = self.modes.clone();
        modes.local_modes -= LocalModes::ICANON | LocalModes::ECHO | LocalModes::IEXTEN;
        modes.local_modes |= LocalModes::ISIG;
        modes.input_modes -= InputModes::ICRNL | InputModes::INLCR;
        modes.special_codes[SpecialCodeIndex::VMIN] = 1;
        modes.special_codes[SpecialCodeIndex::VTIME] = 0;
        self.is_taken.store(true, Ordering::Relaxed);
        // A terminal that refuses still shows the view.
        let _ = tcsetattr(&self.file, OptionalActions::Now, &modes);
    }

    /// Writes the rest of a frame and restores the terminal. Returns whether the terminal took all of it.
    fn give_back(&self, rest: &[u8]) -> bool {
        if !self.is_taken.swap(false, Ordering::Relaxed) {
            return true;
        }
        let _ = tcsetattr(&self.file, OptionalActions::Now, &self.modes);
        // Undo ^S, which would block what follows.
        let _ = tcflow(&self.file, Action::OOn);
        self.write(rest) && self.write(LEAVE)
    }

    /// Writes everything; false if the terminal does not take it in time.
    fn write(&self, octets: &[u8]) -> bool {
        let (mut rest, mut waits) = (octets, 0);
        while !rest.is_empty() {
            match (&self.file).write(rest) {
                Ok(written) => {
                    rest = rest.get(written..).unwrap_or_default();
                    waits = 0;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock && waits < FINAL_WAITS => {
                    let _ = poll(
                        &mut [PollFd::new(&self.file, PollFlags::OUT)],
                        Some(&FINAL_WAIT),
                    );
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
        self.buffer.extend_from_slice(ENTER);
        self.write_buffered();
    }

    fn leave(&mut self) -> bool {
        // The next program must not get keys that were meant for the view.
        self.read(&mut Vec::new());
        let buffer = std::mem::take(&mut self.buffer);
        self.device.give_back(&buffer)
    }

    fn size(&self) -> Size {
        match tcgetwinsize(&self.device.file) {
            Ok(size) if size.ws_col > 0 && size.ws_row > 0 => Size::new(size.ws_col, size.ws_row),
            _ => DEFAULT_SIZE,
        }
    }

    fn read(&mut self, typed: &mut Vec<u8>) {
        let mut octets = [0; READ_SIZE];
        for _ in 0..MAX_READS {
            match (&self.device.file).read(&mut octets) {
                Ok(count @ 1..) => typed.extend_from_slice(octets.get(..count).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // Nothing more now, or end of file: the loop's wait tells which.
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
        // Consume the SIGCONT that ended the stop.
        let _ = self.signals.take_change();
        self.enter();
        true
    }

    fn is_ready(&mut self) -> bool {
        self.write_buffered();
        self.buffer.is_empty() && !self.is_gone
    }

    fn show(&mut self, frame: &[u8]) {
        self.buffer.extend_from_slice(frame);
        self.write_buffered();
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.leave();
    }
}
