//! Files of targets, read no longer than the run may last.

use std::ffi::{OsStr, OsString};
use std::io::{self, BufRead, BufReader, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::time::Instant;

use anyhow::{Context, Result};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use crate::clock::{Clock, SystemClock};
use crate::net;
use crate::sanitize;

const BUFFER: usize = 64 * 1024;

/// Opens a file, or standard input for `-`, to be read line by line, and returns its name for messages. A read after
/// `until` fails with [`io::ErrorKind::TimedOut`].
///
/// # Errors
/// The file cannot be opened.
pub(super) fn open(file: &OsString, until: Option<Instant>) -> Result<(String, Box<dyn BufRead>)> {
    if file == OsStr::new("-") {
        check_readable(io::stdin()).context("cannot read standard input")?;
        return Ok(("standard input".to_owned(), buffered(io::stdin(), until)));
    }
    let name = sanitize::visible(file);
    let opened = open_without_waiting(file).with_context(|| format!("cannot open {name}"))?;
    Ok((name, buffered(opened, until)))
}

/// Fails if the descriptor is not open for reading. The standard library treats a closed standard input as empty, and
/// waiting for it would never end.
fn check_readable(file: impl AsFd) -> io::Result<()> {
    rustix::io::read(file, &mut [0; 0])?;
    Ok(())
}

fn buffered<F: AsFd + 'static>(file: F, until: Option<Instant>) -> Box<dyn BufRead> {
    Box::new(BufReader::with_capacity(BUFFER, Input { file, until }))
}

/// Opens a file for reading, including a FIFO without a writer.
fn open_without_waiting(file: &OsStr) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    Ok(rustix::fs::open(file, flags, Mode::empty())?)
}

/// A file whose reads wait no longer than `until`.
#[derive(Debug)]
struct Input<F> {
    file: F,
    until: Option<Instant>,
}

impl<F: AsFd> Input<F> {
    /// Waits for input or the end of the file. A FIFO has no end before its first writer.
    fn wait(&self) -> io::Result<()> {
        let remaining = |until: Instant| until.saturating_duration_since(SystemClock.now());
        let time = self.until.map(remaining);
        let is_over = time.is_some_and(|time| time.is_zero());
        if is_over || net::poll([Some(self.file.as_fd())], time)?[0].is_empty() {
            return Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "the deadline (-w) expired before its end: set a longer one",
            ));
        }
        Ok(())
    }
}

impl<F: AsFd> Read for Input<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            self.wait()?;
            match rustix::io::read(&self.file, &mut *buffer) {
                Err(Errno::AGAIN) => {}
                outcome => return Ok(outcome?),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::FileType;
    use std::fs::File;
    use std::io::{Write, pipe};
    use std::time::Duration;

    fn input<F: AsFd>(file: F, time: Option<Duration>) -> Input<F> {
        let until = time.map(|time| SystemClock.now() + time);
        Input { file, until }
    }

    #[test]
    fn input_is_read_to_its_end() {
        let (reader, mut writer) = pipe().unwrap();
        writer.write_all(b"198.51.100.1\n").unwrap();
        drop(writer);
        let mut text = String::new();
        input(reader, None).read_to_string(&mut text).unwrap();
        assert_eq!(text, "198.51.100.1\n");
    }

    #[test]
    fn input_that_does_not_come_ends_at_the_deadline() {
        let (reader, _writer) = pipe().unwrap();
        let mut input = input(reader, Some(Duration::from_millis(1)));
        let error = input.read(&mut [0; 9]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn input_that_never_ends_ends_at_the_deadline() {
        let zeros = File::open("/dev/zero").unwrap();
        let mut input = input(zeros, Some(Duration::from_millis(1)));
        let error = io::copy(&mut input, &mut io::sink()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn fifo_has_no_end_before_its_first_writer() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("fifo");
        let mode = Mode::RUSR | Mode::WUSR;
        rustix::fs::mknodat(rustix::fs::CWD, &path, FileType::Fifo, mode, 0).unwrap();
        let until = Some(SystemClock.now() + Duration::from_millis(1));
        let (_, mut early) = open(&path.clone().into(), until).unwrap();
        let error = early.read_line(&mut String::new()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);

        let (_, mut patient) = open(&path.clone().into(), None).unwrap();
        let writer = std::thread::spawn(|| std::fs::write(path, "198.51.100.1"));
        let mut text = String::new();
        patient.read_to_string(&mut text).unwrap();
        writer.join().unwrap().unwrap();
        assert_eq!(text, "198.51.100.1");
    }

    #[test]
    fn closed_input_is_no_empty_one() {
        let (reader, writer) = pipe().unwrap();
        check_readable(reader).unwrap();
        let error = check_readable(writer).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(Errno::BADF.raw_os_error()));
    }
}
