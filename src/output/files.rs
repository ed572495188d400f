//! Files beside the text, written by a thread of their own: neither a slow disk nor a full one holds up a probe.
//!
//! Files are opened while the program has the rights of the user who started it, and no others. The thread may then write
//! to what is open, and in the directories of files that are replaced as a whole; nothing else.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use anyhow::{Context, Result};
use rustix::fs::{AtFlags, Mode, OFlags, openat, renameat, unlinkat};

use crate::net::Writers;
use crate::report::{Backpressure, Outlet, Retention};
use crate::sanitize;
use crate::words;

/// So many octets wait for the disk at most; what may be dropped is dropped beyond.
const MOST: usize = 16 * 1024 * 1024;

/// A piece of this size is handed over even while the thread is busy.
const PIECE: usize = 64 * 1024;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writing {
    /// From its beginning to its end.
    Stream,
    /// As a whole, again and again: its readers see the old text or the new one.
    Page,
}

/// Files that are open.
#[derive(Debug, Default)]
pub struct OpenFiles(Vec<OpenFile>);

#[derive(Debug)]
struct OpenFile {
    /// For messages.
    name: String,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Open(File),
    /// A file that is replaced.
    In {
        directory: OwnedFd,
        name: OsString,
        /// What is written beside it, and renamed.
        beside: OsString,
    },
}

impl OpenFiles {
    /// Opens one more file, and empties it.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn open(&mut self, path: &OsStr, writing: Writing) -> Result<()> {
        let name = sanitize::visible(path);
        let place = match writing {
            Writing::Stream => File::create(path).map(Place::Open),
            Writing::Page => page(Path::new(path)),
        };
        let place = place.with_context(|| format!("cannot write {name}"))?;
        self.0.push(OpenFile { name, place });
        Ok(())
    }

    /// Starts the thread that writes them. It confines itself first of all.
    ///
    /// # Errors
    /// There is no thread to be had.
    pub fn start(self, writers: Writers) -> Result<Files> {
        let (sender, jobs) = channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let failures = Arc::new(Mutex::new(Vec::new()));
        let mut writer = Writer {
            files: self.0.into_iter().map(Some).collect(),
            jobs,
            waiting: Arc::clone(&waiting),
            failures: Arc::clone(&failures),
        };
        let thread = thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || writer.run(writers))
            .context("cannot start the thread that writes files")?;
        Ok(Files {
            sender,
            waiting,
            dropped: Arc::default(),
            failures,
            thread,
        })
    }
}

/// A file that is to be replaced as a whole. What is no ordinary file is written as it is.
fn page(path: &Path) -> io::Result<Place> {
    // A link stays one: what it leads to is replaced.
    let path = match fs::canonicalize(path) {
        Ok(existing) if !fs::metadata(&existing)?.is_file() => {
            let file = OpenOptions::new().write(true).open(existing)?;
            return Ok(Place::Open(file));
        }
        Ok(existing) => existing,
        Err(_) => path.to_owned(),
    };
    let name = path.file_name().ok_or(io::ErrorKind::IsADirectory)?;
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let parent = parent.map_or_else(|| PathBuf::from("."), Path::to_owned);
    let directory = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_PATH | libc::O_DIRECTORY)
        .open(parent)?;
    let mut beside = OsString::from(".");
    beside.push(name);
    beside.push(format!(".{}", std::process::id()));
    let directory = OwnedFd::from(directory);
    // Better known now than after the run.
    drop(create(directory.as_fd(), &beside)?);
    unlinkat(&directory, &beside, AtFlags::empty())?;
    Ok(Place::In {
        directory,
        name: name.to_owned(),
        beside,
    })
}

/// Creates a file that is not there yet.
fn create(directory: BorrowedFd<'_>, name: &OsStr) -> io::Result<File> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mode = Mode::from_raw_mode(0o644);
    Ok(File::from(openat(directory, name, flags, mode)?))
}

impl Place {
    fn write(&mut self, text: &[u8]) -> io::Result<()> {
        match self {
            Self::Open(file) => file.write_all(text),
            Self::In {
                directory,
                name,
                beside,
            } => {
                let written =
                    create(directory.as_fd(), beside).and_then(|mut file| file.write_all(text));
                let replaced = written
                    .and_then(|()| Ok(renameat(&*directory, &*beside, &*directory, &*name)?));
                if replaced.is_err() {
                    // What is there is half a page.
                    let _ = unlinkat(&*directory, &*beside, AtFlags::empty());
                }
                replaced
            }
        }
    }
}

/// A text for a file.
struct Job {
    file: usize,
    text: Vec<u8>,
}

/// What the thread owns.
struct Writer {
    /// None: it could not be written, and that is told once.
    files: Vec<Option<OpenFile>>,
    jobs: Receiver<Job>,
    waiting: Arc<AtomicUsize>,
    failures: Arc<Mutex<Vec<String>>>,
}

impl Writer {
    fn run(&mut self, writers: Writers) {
        let directories = self.files.iter().flatten().filter_map(OpenFile::directory);
        if let Err(error) = writers.confine(&directories.collect::<Vec<_>>()) {
            // A file that strangers' text goes to is not written by a thread that may do anything.
            for file in &mut self.files {
                give_up(file, &error, &self.failures);
            }
        }
        while let Ok(Job { file, text }) = self.jobs.recv() {
            if let Some(place) = self.files.get_mut(file)
                && let Some(open) = place
                && let Err(error) = open.place.write(&text)
            {
                give_up(place, &error, &self.failures);
            }
            self.waiting.fetch_sub(text.len(), Ordering::Relaxed);
        }
    }
}

/// A file is not written any more, and this is why.
fn give_up(file: &mut Option<OpenFile>, error: &io::Error, failures: &Mutex<Vec<String>>) {
    if let Some(file) = file.take() {
        let mut failures = failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.push(format!("cannot write {}: {}", file.name, words::of(error)));
    }
}

impl OpenFile {
    fn directory(&self) -> Option<BorrowedFd<'_>> {
        match &self.place {
            Place::Open(_) => None,
            Place::In { directory, .. } => Some(directory.as_fd()),
        }
    }
}

/// Files that a thread writes.
#[derive(Debug)]
pub struct Files {
    sender: Sender<Job>,
    waiting: Arc<AtomicUsize>,
    /// Lines that were dropped, because the disk fell behind.
    dropped: Arc<AtomicUsize>,
    failures: Arc<Mutex<Vec<String>>>,
    thread: JoinHandle<()>,
}

impl std::fmt::Debug for Job {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Job")
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

impl Files {
    /// What is put here goes to the file that was opened as this one, from 0.
    #[must_use]
    pub fn outlet(&self, file: usize) -> FileOutlet {
        FileOutlet {
            file,
            sender: self.sender.clone(),
            waiting: Arc::clone(&self.waiting),
            dropped: Arc::clone(&self.dropped),
            text: Vec::new(),
        }
    }

    /// Waits until all is written, once there are no outlets any more. Tells which files could not be, and why: a line
    /// each.
    #[must_use]
    pub fn finish(self) -> Vec<String> {
        let Self {
            sender,
            dropped,
            failures,
            thread,
            ..
        } = self;
        drop(sender);
        let ended = thread.join();
        let mut failures = failures.lock().unwrap_or_else(PoisonError::into_inner);
        if ended.is_err() {
            failures.push("the thread that writes files ended early".to_owned());
        }
        match dropped.load(Ordering::Relaxed) {
            0 => {}
            1 => failures.push("1 line is missing in a file: the disk was too slow".to_owned()),
            lines => failures.push(format!(
                "{lines} lines are missing in files: the disk was too slow"
            )),
        }
        std::mem::take(&mut failures)
    }
}

/// One of the files that a thread writes.
#[derive(Debug)]
pub struct FileOutlet {
    file: usize,
    sender: Sender<Job>,
    /// Octets that the thread has not written yet, of all files.
    waiting: Arc<AtomicUsize>,
    /// What the thread has not been given yet.
    text: Vec<u8>,
    dropped: Arc<AtomicUsize>,
}

impl FileOutlet {
    fn hand_over(&mut self) {
        let text = std::mem::take(&mut self.text);
        if !text.is_empty() {
            self.waiting.fetch_add(text.len(), Ordering::Relaxed);
            let file = self.file;
            // The thread ends with the last sender.
            let _ = self.sender.send(Job { file, text });
        }
    }

    fn is_thread_busy(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0
    }
}

impl Outlet for FileOutlet {
    fn put(&mut self, text: &[u8], retention: Retention) -> io::Result<()> {
        let is_too_much = self
            .waiting
            .load(Ordering::Relaxed)
            .saturating_add(self.text.len())
            > MOST;
        if is_too_much && retention == Retention::Droppable {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return Ok(());
        }
        self.text.extend_from_slice(text);
        if self.text.len() >= PIECE {
            self.hand_over();
        }
        Ok(())
    }

    fn resume(&mut self) -> io::Result<Backpressure> {
        // While the thread writes, what comes gathers: so a flood is not a piece for each line.
        if self.is_blocked() {
            return Ok(Backpressure::Blocked);
        }
        self.hand_over();
        Ok(Backpressure::Free)
    }

    fn is_blocked(&self) -> bool {
        !self.text.is_empty() && self.is_thread_busy()
    }

    fn settle(&mut self) -> io::Result<()> {
        self.hand_over();
        Ok(())
    }
}

/// However a run ends: what was put is written.
impl Drop for FileOutlet {
    fn drop(&mut self) {
        self.hand_over();
    }
}

#[cfg(test)]
mod tests;
