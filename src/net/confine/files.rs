//! Which files a thread may reach once strangers are listened to (Landlock, landlock(7)).
//!
//! What is not named is forbidden. Each version of the interface knows more that it can forbid; what this kernel does not
//! know is left out, and without Landlock the run goes on: the filter of system calls stands in front of it anyway.
//!
//! The crate `landlock` (0.4) would save some 60 lines and five blocks of `unsafe`. It needs `enumflags2` with a second
//! version of `syn`, which `deny.toml` refuses.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::super::sys;
use super::{Lacking, Task, unless_missing, without};

/// `LANDLOCK_ACCESS_FS_READ_FILE` and `LANDLOCK_ACCESS_FS_READ_DIR` of `linux/landlock.h`.
const READ: u64 = 1 << 2 | 1 << 3;
/// `LANDLOCK_ACCESS_FS_READ_FILE`: all of `READ` that a rule about a file may say.
const READ_FILE: u64 = 1 << 2;
/// `LANDLOCK_ACCESS_FS_WRITE_FILE`, `..._REMOVE_FILE` and `..._MAKE_REG`: to create a file, and to put it in the place of
/// another one of its directory.
const REPLACE: u64 = 1 << 1 | 1 << 5 | 1 << 8;
/// `LANDLOCK_ACCESS_NET_BIND_TCP`.
const LISTEN: u64 = 1;
/// `LANDLOCK_ACCESS_NET_CONNECT_TCP`.
const CONNECT: u64 = 1 << 1;
/// `LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET` and `LANDLOCK_SCOPE_SIGNAL`: only to what is confined as well.
const SCOPES: u64 = 1 | 1 << 1;

/// Where resolvers and their plug-ins keep what they read: in nobody's home. Directories rather than files, because a
/// file that is replaced during the run is another file.
const READABLE: &[&str] = &[
    "/etc",
    "/usr",
    "/lib",
    "/lib64",
    "/var/lib",
    "/var/cache",
    "/nix",
    "/gnu",
    "/dev/null",
    "/dev/urandom",
];

/// Network managers keep the target of `/etc/resolv.conf` below it, each in its own directory. One that starts during the
/// run creates its directory, and a Landlock rule about a directory does not hold for one that is made later.
const RUN: &str = "/run";

/// What belongs to users and services: where one of them holds something, only `OF_MANAGERS` may be read, as far as they
/// exist by then. (User's sessions and mounted disks; secrets of containers and services.)
const PRIVATE: &[&str] = &[
    "/run/credentials",
    "/run/keys",
    "/run/media",
    "/run/secrets",
    "/run/user",
];

/// These stay when a manager restarts: systemd-resolved keeps its directory, the others never remove theirs.
const OF_MANAGERS: &[&str] = &[
    "/run/NetworkManager",
    "/run/connman",
    "/run/dhcpcd",
    "/run/netconfig",
    "/run/nscd",
    "/run/resolvconf",
    "/run/systemd",
];

/// Files that may be links to elsewhere.
const LINKS: &[&str] = &["/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf"];

/// `struct landlock_ruleset_attr`: what is forbidden where no rule allows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Forbidden {
    files: u64,
    network: u64,
    scopes: u64,
}

impl Forbidden {
    /// All of it that this version of the interface knows.
    pub(super) fn new(version: i32, task: Task) -> Self {
        let files = match version {
            ..=1 => 13,
            2 => 14,
            3..=4 => 15,
            // Later versions are not known to have more, and what they have is not asked for.
            _ => 16,
        };
        let network = match task {
            Task::Loop | Task::View | Task::Write => LISTEN | CONNECT,
            // Long answers come over TCP.
            Task::Lookup => LISTEN,
        };
        Self {
            files: (1 << files) - 1,
            network: if version >= 4 { network } else { 0 },
            scopes: if version >= 6 { SCOPES } else { 0 },
        }
    }
}

/// What is weaker without Landlock.
const WEAKER: &str = "Landlock does not protect files from this run";
const CREATE: &str = "landlock_create_ruleset";

/// Confines this thread, for good. Only says so where the kernel has no Landlock.
pub(super) fn confine(task: Task, directories: &[BorrowedFd<'_>]) -> io::Result<Lacking> {
    let version = match sys::landlock_version() {
        Ok(version) => version,
        Err(error) => return Ok(without(CREATE, error, WEAKER)),
    };
    match forbid(Forbidden::new(version, task), task, directories) {
        Ok(()) => Ok(Lacking::default()),
        Err((call, error)) => unless_missing(call, error, WEAKER),
    }
}

/// Fails with the call that failed.
fn forbid(
    forbidden: Forbidden,
    task: Task,
    directories: &[BorrowedFd<'_>],
) -> Result<(), (&'static str, io::Error)> {
    let by = |call| move |error| (call, error);
    let Forbidden {
        files,
        network,
        scopes,
    } = forbidden;
    let rules = sys::landlock_rules(&[files, network, scopes]).map_err(by(CREATE))?;
    if task == Task::Lookup {
        allow_reading(rules.as_fd()).map_err(by("landlock_add_rule"))?;
    }
    for directory in directories {
        let allowed = sys::landlock_allow(rules.as_fd(), REPLACE, *directory);
        allowed.map_err(by("landlock_add_rule"))?;
    }
    sys::landlock_restrict(rules.as_fd()).map_err(by("landlock_restrict_self"))
}

/// A function of its own, so that the loop, which every run starts with, does not make room for all these paths.
#[cold]
#[inline(never)]
fn allow_reading(rules: BorrowedFd<'_>) -> io::Result<()> {
    let has_private = PRIVATE.iter().any(|path| holds_something(Path::new(path)));
    for path in readable(has_private) {
        // What is not there need not be read.
        if let Ok(opened) = open(&path) {
            let rights = if path.is_dir() { READ } else { READ_FILE };
            sys::landlock_allow(rules, rights, opened.as_fd())?;
        }
    }
    Ok(())
}

/// Directories, and where links lead to: to the directory, for such files are replaced rather than written anew.
fn readable(has_private: bool) -> impl Iterator<Item = PathBuf> {
    let run = if has_private { OF_MANAGERS } else { &[RUN] };
    let links = LINKS.iter().filter_map(|link| {
        let file = Path::new(link).canonicalize().ok()?;
        file.parent().map(Path::to_owned)
    });
    READABLE.iter().chain(run).map(PathBuf::from).chain(links)
}

/// Whether a directory has an entry, or hides whether it has.
fn holds_something(directory: &Path) -> bool {
    match fs::read_dir(directory) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) => error.kind() != io::ErrorKind::NotFound,
    }
}

fn open(path: &Path) -> io::Result<std::fs::File> {
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(libc::O_PATH).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_of_network_managers_are_read_and_private_ones_are_not() {
        let may_read = |file: &str, has_private| {
            readable(has_private).any(|allowed| Path::new(file).starts_with(allowed))
        };
        for has_private in [false, true] {
            assert!(may_read("/etc/resolv.conf", has_private));
            for manager in ["NetworkManager", "connman", "dhcpcd", "systemd/resolve"] {
                assert!(may_read(
                    &format!("/run/{manager}/resolv.conf"),
                    has_private
                ));
            }
            assert!(!may_read("/home/me/resolv.conf", has_private));
        }
        assert!(may_read("/run/another-manager/resolv.conf", false));
        for private in [
            "media/me/disk/letter",
            "secrets/token",
            "user/1000/containers/auth.json",
        ] {
            assert!(!may_read(&format!("/run/{private}"), true));
        }
    }

    #[test]
    fn directory_holds_something_unless_it_is_empty_or_missing() {
        let directory = tempfile::tempdir().unwrap();
        assert!(!holds_something(directory.path()));
        let below = directory.path().join("1000");
        assert!(!holds_something(&below));
        fs::create_dir(&below).unwrap();
        assert!(holds_something(directory.path()));
        let file = below.join("bus");
        fs::write(&file, "").unwrap();
        assert!(holds_something(&file));
    }
}
