//! Export files, written by their own thread: neither a slow nor a full disk delays a probe.
//!
//! Files are opened with the rights of the user who started the program, and no others. After that the thread may write to
//! the open files, and into the directories of files that are replaced as a whole; nothing else.

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

use crate::errno;
use crate::net::Writers;
use crate::report::{Backpressure, Outlet, Retention};
use crate::sanitize;

/// The most octets that wait for the disk; beyond that, droppable lines are dropped.
const QUEUE_MAX: usize = 16 * 1024 * 1024;

/// Text of this size is queued even while the thread is busy.
const CHUNK: usize = 64 * 1024;

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteMode {
    /// Appended, from beginning to end.
    Stream,
    /// Replaced as a whole, again and again: readers see the old text or the new one.
    Page,
}

/// Open files, before their thread starts.
#[derive(Debug, Default)]
pub struct OpenFiles(Vec<OpenFile>);

#[derive(Debug)]
struct OpenFile {
    /// For messages.
    name: String,
    place: Sink,
}

#[derive(Debug)]
enum Sink {
    Open(File),
    /// A file that is replaced as a whole.
    Replaced {
        directory: OwnedFd,
        name: OsString,
        /// The name that it is written under before it is renamed.
        temporary: OsString,
    },
}

impl OpenFiles {
    /// Opens another file, and truncates it.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn open(&mut self, path: &OsStr, mode: WriteMode) -> Result<()> {
        let name = sanitize::visible(path);
        let place = match mode {
            WriteMode::Stream => File::create(path).map(Sink::Open),
            WriteMode::Page => open_page(Path::new(path)),
        };
        let place = place.with_context(|| format!("cannot write {name}"))?;
        self.0.push(OpenFile { name, place });
        Ok(())
    }

    /// Starts the thread that writes them. It confines itself first.
    ///
    /// # Errors
    /// The system refuses the thread.
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

/// Prepares to replace a file as a whole. A device or pipe is written to directly.
fn open_page(path: &Path) -> io::Result<Sink> {
    // Follow a symbolic link, and replace its target.
    let path = match fs::canonicalize(path) {
        Ok(existing) if !fs::metadata(&existing)?.is_file() => {
            let file = OpenOptions::new().write(true).open(existing)?;
            return Ok(Sink::Open(file));
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
    let mut temporary = OsString::from(".");
    temporary.push(name);
    temporary.push(format!(".{}", std::process::id()));
    let directory = OwnedFd::from(directory);
    // Fail now instead of after the run.
    drop(create(directory.as_fd(), &temporary)?);
    unlinkat(&directory, &temporary, AtFlags::empty())?;
    Ok(Sink::Replaced {
        directory,
        name: name.to_owned(),
        temporary,
    })
}

/// Creates a file that is not there yet.
fn create(directory: BorrowedFd<'_>, name: &OsStr) -> io::Result<File> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mode = Mode::from_raw_mode(0o644);
    Ok(File::from(openat(directory, name, flags, mode)?))
}

impl Sink {
    fn write(&mut self, text: &[u8]) -> io::Result<()> {
        match self {
            Self::Open(file) => file.write_all(text),
            Self::Replaced {
                directory,
                name,
                temporary,
            } => {
                let written =
                    create(directory.as_fd(), temporary).and_then(|mut file| file.write_all(text));
                let replaced = written
                    .and_then(|()| Ok(renameat(&*directory, &*temporary, &*directory, &*name)?));
                if replaced.is_err() {
                    // Do not leave half a page.
                    let _ = unlinkat(&*directory, &*temporary, AtFlags::empty());
                }
                replaced
            }
        }
    }
}

/// Text to write to a file.
struct Job {
    file: usize,
    text: Vec<u8>,
}

/// The state of the writer thread.
struct Writer {
    /// `None` after a failed write, which is reported once.
    files: Vec<Option<OpenFile>>,
    jobs: Receiver<Job>,
    waiting: Arc<AtomicUsize>,
    failures: Arc<Mutex<Vec<String>>>,
}

impl Writer {
    fn run(&mut self, writers: Writers) {
        let directories = self.files.iter().flatten().filter_map(OpenFile::directory);
        if let Err(error) = writers.confine(&directories.collect::<Vec<_>>()) {
            // An unconfined thread must not handle untrusted text.
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

/// Stops writing a file, and records why.
fn give_up(file: &mut Option<OpenFile>, error: &io::Error, failures: &Mutex<Vec<String>>) {
    if let Some(file) = file.take() {
        let mut failures = failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.push(format!(
            "cannot write {}: {}",
            file.name,
            errno::text(error)
        ));
    }
}

impl OpenFile {
    fn directory(&self) -> Option<BorrowedFd<'_>> {
        match &self.place {
            Sink::Open(_) => None,
            Sink::Replaced { directory, .. } => Some(directory.as_fd()),
        }
    }
}

/// The files of the writer thread.
#[derive(Debug)]
pub struct Files {
    sender: Sender<Job>,
    waiting: Arc<AtomicUsize>,
    /// Lines dropped because the disk was too slow.
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
    /// An outlet to the file that was opened as number `file`, from 0.
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

    /// Waits until everything is written. Call it after all outlets are dropped. Returns one line for each failure.
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

/// An outlet to one file of the writer thread.
#[derive(Debug)]
pub struct FileOutlet {
    file: usize,
    sender: Sender<Job>,
    /// Queued octets of all files.
    waiting: Arc<AtomicUsize>,
    /// Text that is not queued yet.
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
        let is_full = self
            .waiting
            .load(Ordering::Relaxed)
            .saturating_add(self.text.len())
            > QUEUE_MAX;
        if is_full && retention == Retention::Droppable {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return Ok(());
        }
        self.text.extend_from_slice(text);
        if self.text.len() >= CHUNK {
            self.hand_over();
        }
        Ok(())
    }

    fn resume(&mut self) -> io::Result<Backpressure> {
        // Batch lines while the thread writes: a flood must not queue each line.
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

/// However a run ends, all text is written.
impl Drop for FileOutlet {
    fn drop(&mut self) {
        self.hand_over();
    }
}

#[cfg(test)]
mod tests;
