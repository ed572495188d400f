//! Which files a thread may reach once strangers are listened to (Landlock, landlock(7)).
//!
//! What is not named is forbidden. Each version of the interface knows more that it can forbid; what this kernel does not
//! know is left out, and without Landlock the run goes on: the filter of system calls stands in front of it anyway.

use std::fs::OpenOptions;
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

/// Network managers keep the target of `/etc/resolv.conf` below it, each in its own directory. A manager that restarts may
/// delete and create its directory, and a Landlock rule about the old directory does not hold for the new one.
const RUN: &str = "/run";

/// Containers keep secrets here, and run no network manager. Where it exists, only `OF_MANAGERS` may be read.
const SECRETS: &str = "/run/secrets";
const OF_MANAGERS: &[&str] = &[
    "/run/NetworkManager",
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
            Task::Loop => LISTEN | CONNECT,
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
const WEAKER: &str = "Landlock does not keep files out of reach";
const CREATE: &str = "landlock_create_ruleset";

/// Confines this thread, for good. Only says so where the kernel has no Landlock.
pub(super) fn confine(task: Task) -> io::Result<Lacking> {
    let version = match sys::landlock_version() {
        Ok(version) => version,
        Err(error) => return Ok(without(CREATE, error, WEAKER)),
    };
    match forbid(Forbidden::new(version, task), task) {
        Ok(()) => Ok(Lacking::default()),
        Err((call, error)) => unless_missing(call, error, WEAKER),
    }
}

/// Fails with the call that failed.
fn forbid(forbidden: Forbidden, task: Task) -> Result<(), (&'static str, io::Error)> {
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
    sys::landlock_restrict(rules.as_fd()).map_err(by("landlock_restrict_self"))
}

/// A function of its own, so that the loop, which every run starts with, does not make room for all these paths.
#[cold]
#[inline(never)]
fn allow_reading(rules: BorrowedFd<'_>) -> io::Result<()> {
    for path in readable(Path::new(SECRETS).exists()) {
        // What is not there need not be read.
        if let Ok(opened) = open(&path) {
            let rights = if path.is_dir() { READ } else { READ_FILE };
            sys::landlock_allow(rules, rights, opened.as_fd())?;
        }
    }
    Ok(())
}

/// Directories, and where links lead to: to the directory, for such files are replaced rather than written anew.
fn readable(has_secrets: bool) -> impl Iterator<Item = PathBuf> {
    let run = if has_secrets { OF_MANAGERS } else { &[RUN] };
    let links = LINKS.iter().filter_map(|link| {
        let file = Path::new(link).canonicalize().ok()?;
        file.parent().map(Path::to_owned)
    });
    READABLE.iter().chain(run).map(PathBuf::from).chain(links)
}

fn open(path: &Path) -> io::Result<std::fs::File> {
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(libc::O_PATH).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directory_of_a_network_manager_may_be_made_anew_but_secrets_of_a_container_are_not_read() {
        let may_read = |file: &str, has_secrets| {
            readable(has_secrets).any(|allowed| Path::new(file).starts_with(allowed))
        };
        for has_secrets in [false, true] {
            assert!(may_read("/etc/resolv.conf", has_secrets));
            assert!(may_read("/run/NetworkManager/resolv.conf", has_secrets));
            assert!(!may_read("/home/me/resolv.conf", has_secrets));
        }
        assert!(may_read("/run/connman/resolv.conf", false));
        assert!(!may_read("/run/secrets/token", true));
    }
}
