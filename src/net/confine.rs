//! What is left to this program when it listens to strangers: for each thread only what its task needs.
//!
//! Privileges are gone by then; this takes away what any program of the user may do. Both mechanisms belong to a thread,
//! and so the threads that look up names start in between, and confine themselves first of all:
//!
//! ```text
//! Unlocked::lock_down(privileges)   no capability, no new privileges, not dumpable; gives an Unprivileged
//!   Unprivileged::lookups()         for threads that look up names: read files, ask servers
//!   Unprivileged::writers()         for the thread that writes files beside the text
//! Unprivileged::confine()           this thread: use what is open; gives what the loop works with
//! ```
//!
//! A run that only reads what others measured has [`confine_reader`] in place of all this.
//!
//! | what is tried | the loop | threads that look up names | the thread that writes files |
//! |---|---|---|---|
//! | execute a program, trace or read another process | ends the process | ends the process | ends the process |
//! | start a process or thread, signal another process, change ids or capabilities | EPERM | EPERM | EPERM |
//! | open a raw, ping or packet socket | EPERM | EPERM | EPERM |
//! | open another socket | EPERM | UDP, TCP, unix, routes | EPERM |
//! | open a file for reading | EPERM | where resolvers keep theirs | EPERM |
//! | open a file for writing; create, remove, rename one | EPERM | EPERM | in the directories of metrics |
//! | map memory for execution | EPERM | for plug-ins of the resolver | EPERM |
//!
//! Where the kernel has not got one of them, the rest has to do. Sources: seccomp(2),
//! <https://docs.kernel.org/userspace-api/seccomp_filter.html>, landlock(7),
//! <https://docs.kernel.org/userspace-api/landlock.html>.

mod calls;
mod files;
mod program;

use std::io;
use std::num::NonZeroU64;
use std::os::fd::BorrowedFd;

use super::lacking::Lacking;
use super::privilege::Privileges;
use super::sockets::Sockets;

/// What a thread is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Task {
    /// Sends, receives and prints.
    Loop,
    /// The same, and shows a view on a terminal.
    View,
    /// Looks up names.
    Lookup,
    /// Writes files.
    Write,
}

/// Sockets of a program without any privilege that may still open files and start threads, as every program may. They
/// can neither send nor receive before [`confine`](Self::confine).
#[derive(Debug)]
pub struct Unprivileged {
    sockets: Sockets,
    lacking: Lacking,
}

impl Unprivileged {
    /// Gives up all privileges, and makes ready for the loop.
    pub(super) fn new(
        sockets: Sockets,
        mut lacking: Lacking,
        privileges: Privileges,
    ) -> io::Result<Self> {
        lacking.append(privileges.lock_down()?);
        // By default the kernel wakes a sleeper up to 50 microseconds late. A kernel that will not change that only
        // costs punctuality.
        let _ = rustix::thread::set_current_timer_slack(Some(NonZeroU64::MIN));
        Ok(Self { sockets, lacking })
    }

    /// The right to start threads that look up names: they inherit what this thread has, which is no privilege.
    #[must_use]
    pub fn lookups(&self) -> Lookups {
        Lookups(())
    }

    /// The right to start a thread that writes files: it inherits what this thread has, which is no privilege.
    #[must_use]
    pub fn writers(&self) -> Writers {
        Writers(())
    }

    /// Takes away from this thread, for good, all that the loop has no use for; only what comes out can be used. Says as
    /// well what was done without, from the opening of the sockets on.
    ///
    /// # Errors
    /// The kernel can confine a thread but did not. The program must not go on.
    pub fn confine(mut self) -> io::Result<(Sockets, Lacking)> {
        let task = if self.sockets.has_keyboard() {
            Task::View
        } else {
            Task::Loop
        };
        self.lacking.append(confine(task, &[])?);
        Ok((self.sockets.begin(), self.lacking))
    }

    /// For tests of sockets, whose threads do more than the loop may.
    #[cfg(test)]
    pub(super) fn unconfined(self) -> Sockets {
        self.sockets.begin()
    }
}

/// The right to start threads that look up names. Nobody has it who has privileges left to pass on.
#[derive(Debug, Clone, Copy)]
pub struct Lookups(());

impl Lookups {
    /// Takes away from this thread, for good, all that a look-up has no use for: the first thing that it does. What the
    /// kernel lacks for that it lacks for the loop as well, which tells it.
    ///
    /// # Errors
    /// The kernel can confine a thread but did not. The thread must not look up anything.
    pub fn confine(self) -> io::Result<()> {
        confine(Task::Lookup, &[]).map(drop)
    }

    /// For tests of threads, which have nothing to give up.
    #[cfg(test)]
    pub(crate) fn for_a_test() -> Self {
        Self(())
    }
}

/// The right to start a thread that writes files. Nobody has it who has privileges left to pass on.
#[derive(Debug, Clone, Copy)]
pub struct Writers(());

impl Writers {
    /// Takes away from this thread, for good, all but to write to what is open, and to replace files in these directories.
    ///
    /// # Errors
    /// The kernel can confine a thread but did not.
    pub fn confine(self, directories: &[BorrowedFd<'_>]) -> io::Result<()> {
        confine(Task::Write, directories).map(drop)
    }

    /// For tests of threads, which have nothing to give up.
    #[cfg(test)]
    pub(crate) fn for_a_test() -> Self {
        Self(())
    }
}

/// Confines this thread as that of the loop, for good. Says what there was not.
///
/// # Errors
/// The kernel can confine a thread but did not.
pub(super) fn as_the_loop() -> io::Result<Lacking> {
    confine(Task::Loop, &[])
}

/// Drops all privileges and confines this thread, which reads and writes only what is open and has no sockets. `has_terminal`:
/// it shows a view on a terminal. Returns what the kernel lacks for that.
///
/// # Errors
/// The kernel can confine a thread but did not. The program must not go on.
pub fn confine_reader(privileges: Privileges, has_terminal: bool) -> io::Result<Lacking> {
    let mut lacking = privileges.lock_down()?;
    let task = if has_terminal { Task::View } else { Task::Loop };
    lacking.append(confine(task, &[])?);
    Ok(lacking)
}

/// Files before system calls: those that confine are not on the lists. Says which of the two there was not.
fn confine(task: Task, directories: &[BorrowedFd<'_>]) -> io::Result<Lacking> {
    let mut lacking = files::confine(task, directories)?;
    lacking.append(calls::confine(task, calls::severity(task))?);
    Ok(lacking)
}

/// A kernel that has not got it, or a container that forbids it, is no reason not to go on.
fn unless_missing(call: &str, error: io::Error, weaker: &str) -> io::Result<Lacking> {
    match error.raw_os_error() {
        Some(libc::ENOSYS | libc::EOPNOTSUPP | libc::EINVAL | libc::EPERM | libc::EACCES) => {
            Ok(without(call, error, weaker))
        }
        _ => Err(error),
    }
}

/// The line about a mechanism that there is not.
fn without(call: &str, error: io::Error, weaker: &str) -> Lacking {
    let mut lacking = Lacking::default();
    lacking.remark(call, Err(error), weaker);
    lacking
}

#[cfg(test)]
mod tests;
