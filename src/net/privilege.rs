//! Capabilities and user ids: raised for single system calls, and then dropped for good.
//!
//! rping needs `CAP_NET_RAW` to open a raw socket, and `CAP_NET_ADMIN` to set a mark or to exceed the limit of receive
//! buffers, each for one system call. It may have them as root, by file capabilities (`setcap cap_net_raw+p`), or as a setuid
//! program.
//!
//! Capabilities belong to a thread. All of this must happen while there is only one: other threads would keep what this one
//! drops. Threads started later inherit what is left.

use std::io;
use std::marker::PhantomData;

use caps::{CapSet, Capability, CapsHashSet};
use rustix::fs::StatVfsMountFlags;
use rustix::process::{DumpableBehavior, set_dumpable_behavior};

use super::lacking::Lacking;
use super::open_error::Obstacle;
use super::sys;
use crate::errno;

/// All capabilities that a socket may need.
const USEFUL: [Capability; 2] = [Capability::CAP_NET_RAW, Capability::CAP_NET_ADMIN];

/// In addition for root: opening export files of other users.
const OF_ROOT: [Capability; 1] = [Capability::CAP_DAC_OVERRIDE];

/// The right to raise capabilities. It exists once, and [`Privileges::lock_down`] consumes it.
#[derive(Debug)]
pub struct Privileges {
    unprivileged_user: bool,
    /// What may be raised.
    permitted: CapsHashSet,
    /// Makes this `!Send`: capabilities belong to a thread.
    thread: PhantomData<*const ()>,
}

impl Privileges {
    /// Sets all privileges aside, as the first step of the program.
    ///
    /// Afterwards no capability is effective. `CAP_NET_RAW` and `CAP_NET_ADMIN`, for root also `CAP_DAC_OVERRIDE`, stay
    /// permitted if they were. A setuid program runs as the user who started it, so names are resolved with no more than that
    /// user's rights. Root reads `/etc/resolv.conf` as its owner, without a capability.
    ///
    /// # Errors
    /// A privilege could not be dropped. The program must not continue.
    pub fn set_aside() -> io::Result<Self> {
        let users = sys::user_ids()?;
        become_real_user(users.real, users.are_all_real())?;
        // If a set cannot be changed, lock_down reports it. A remaining ambient set is harmless: it is never more than what
        // is both permitted and inheritable, and nothing is executed.
        let _ = clear(CapSet::Ambient);
        let _ = clear(CapSet::Effective);
        // If the permitted set cannot be read, all useful capabilities are tried.
        let useful = useful(users.real == 0);
        let permitted = keep(&useful).unwrap_or(useful);
        if users.real != 0 && !permitted.is_empty() {
            // Another process of this user must not take over one with capabilities.
            let _ = forbid_inspection();
        }
        Ok(Self {
            unprivileged_user: users.real != 0,
            permitted,
            thread: PhantomData,
        })
    }

    /// Whether a user other than root started the program: only root may use the shortest intervals.
    #[must_use]
    pub fn is_unprivileged_user(&self) -> bool {
        self.unprivileged_user
    }

    /// Runs an operation with the rights of the user who started the program: root may open files of other users. File
    /// capabilities and the setuid bit do not count.
    ///
    /// # Errors
    /// Those of the operation.
    pub fn as_the_user<T, E>(&self, operation: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        let wanted = if self.unprivileged_user {
            &[][..]
        } else {
            &OF_ROOT
        };
        self.raised_for(wanted, operation)
    }

    /// Whether `CAP_NET_RAW` may be raised.
    pub(super) fn may_open_raw_sockets(&self) -> bool {
        self.permitted.contains(&Capability::CAP_NET_RAW)
    }

    /// Why the file capability `CAP_NET_RAW` cannot help; `None` if it may help or that is unknown.
    pub(super) fn obstacle() -> Option<Obstacle> {
        if caps::has_cap(None, CapSet::Permitted, Capability::CAP_NET_RAW).is_ok_and(|has| has) {
            return Some(Obstacle::ForeignNetwork);
        }
        if caps::has_cap(None, CapSet::Bounding, Capability::CAP_NET_RAW).is_ok_and(|has| !has) {
            return Some(Obstacle::BoundingSet);
        }
        if rustix::thread::no_new_privs().unwrap_or(false) {
            return Some(Obstacle::NoNewPrivileges);
        }
        let file_system = rustix::fs::statvfs("/proc/self/exe").ok()?;
        let is_nosuid = file_system.f_flag.contains(StatVfsMountFlags::NOSUID);
        is_nosuid.then_some(Obstacle::NoSuid)
    }

    /// Runs an operation with those of the wanted capabilities effective that are permitted, and lowers them again.
    ///
    /// If they cannot be raised, the operation runs without them, and the kernel decides.
    ///
    /// # Errors
    /// Those of the operation.
    pub(super) fn with_raised<T>(
        &self,
        wanted: &[Capability],
        operation: impl FnOnce() -> io::Result<T>,
    ) -> io::Result<T> {
        self.raised_for(wanted, operation)
    }

    fn raised_for<T>(&self, wanted: &[Capability], operation: impl FnOnce() -> T) -> T {
        let raised: CapsHashSet = wanted
            .iter()
            .copied()
            .filter(|capability| self.permitted.contains(capability))
            .collect();
        let _raised = Raised::these(&raised);
        operation()
    }

    /// Drops everything for good, and verifies it. Returns what this kernel or a policy prevents; an unprivileged user cannot
    /// cause that.
    ///
    /// # Errors
    /// The user or group is not the real one. The program must not continue.
    pub fn lock_down(self) -> io::Result<Lacking> {
        let mut lacking = Lacking::default();
        // Clearing the permitted set clears the effective set, too.
        let cleared = [CapSet::Ambient, CapSet::Permitted, CapSet::Inheritable].map(clear);
        // The ambient set is never more than what is both permitted and inheritable (capabilities(7)), so it needs no
        // check, which would take one call for each capability.
        let empty = [CapSet::Effective, CapSet::Permitted, CapSet::Inheritable].map(verify_empty);
        if empty.iter().any(Result::is_err) {
            let why = cleared.into_iter().chain(empty).find(Result::is_err);
            lacking.warn_of(
                "capabilities",
                why.unwrap_or(Ok(())),
                "this run keeps the capabilities that it has",
            );
        }
        lacking.warn_of(
            "PR_SET_NO_NEW_PRIVS",
            rustix::thread::set_no_new_privs(true).map_err(io::Error::from),
            "this run could gain privileges, and is not confined",
        );
        // Other processes of this user must not use the open sockets or read the key of the tokens. The price: no core
        // dumps, and tracing or profiling a run needs root.
        lacking.warn_of(
            "PR_SET_DUMPABLE",
            forbid_inspection(),
            "other processes of this user can read the memory of this one",
        );
        verify_real_user()?;
        Ok(lacking)
    }
}

/// Prevents other processes of the same user from reading this one's memory or attaching to it.
fn forbid_inspection() -> io::Result<()> {
    Ok(set_dumpable_behavior(DumpableBehavior::NotDumpable)?)
}

/// Effective capabilities until this is dropped, also by a panic.
struct Raised;

impl Raised {
    fn these(capabilities: &CapsHashSet) -> Self {
        if !capabilities.is_empty() {
            // If it is forbidden, nothing changes.
            let _ = set(CapSet::Effective, capabilities);
        }
        Self
    }
}

impl Drop for Raised {
    fn drop(&mut self) {
        // A thread may always lower its effective set. If this fails, lock_down finds out.
        let _ = clear(CapSet::Effective);
    }
}

/// Sets all user and group ids to the real ones, and keeps the permitted capabilities.
///
/// The supplementary groups are unchanged: a setuid program already has those of the user who started it.
fn become_real_user(user: libc::uid_t, is_real: bool) -> io::Result<()> {
    let groups = sys::group_ids()?;
    if !groups.are_all_real() {
        sys::set_group(groups.real).map_err(|error| named("cannot set the group", &error))?;
    }
    if !is_real {
        // If this is forbidden, the capabilities are lost with the user id, and only ping sockets remain.
        let kept = caps::securebits::set_keepcaps(true).is_ok();
        sys::set_user(user).map_err(|error| named("cannot set the user", &error))?;
        if kept {
            caps::securebits::set_keepcaps(false)
                .map_err(|error| failed("cannot clear the keep-capabilities flag", &error))?;
        }
    }
    verify_real_user()
}

/// The capabilities that this user may need.
fn useful(is_root: bool) -> CapsHashSet {
    let of_root: &[Capability] = if is_root { &OF_ROOT } else { &[] };
    USEFUL.iter().chain(of_root).copied().collect()
}

/// Restricts the permitted set to these capabilities, and returns which of them are permitted.
fn keep(useful: &CapsHashSet) -> io::Result<CapsHashSet> {
    let mut kept = CapsHashSet::new();
    for capability in useful {
        if has(CapSet::Permitted, *capability)? {
            kept.insert(*capability);
        }
    }
    let _ = set(CapSet::Permitted, &kept);
    Ok(kept)
}

fn verify_empty(set: CapSet) -> io::Result<()> {
    if read(set)?.is_empty() {
        return Ok(());
    }
    Err(io::Error::other(format!(
        "the {set:?} capabilities are still there after they were dropped"
    )))
}

fn verify_real_user() -> io::Result<()> {
    if sys::user_ids()?.are_all_real() && sys::group_ids()?.are_all_real() {
        return Ok(());
    }
    Err(io::Error::other(
        "the user or group id is not the real one after it was set",
    ))
}

/// Whether a set has this capability. Reading a whole set takes longer: root's have forty.
fn has(which: CapSet, capability: Capability) -> io::Result<bool> {
    caps::has_cap(None, which, capability).map_err(|error| unreadable(which, &error))
}

fn read(which: CapSet) -> io::Result<CapsHashSet> {
    caps::read(None, which).map_err(|error| unreadable(which, &error))
}

fn unreadable(which: CapSet, error: &caps::errors::CapsError) -> io::Error {
    failed(&format!("cannot read the {which:?} capabilities"), error)
}

fn set(which: CapSet, to: &CapsHashSet) -> io::Result<()> {
    caps::set(None, which, to)
        .map_err(|error| failed(&format!("cannot set the {which:?} capabilities"), &error))
}

fn clear(which: CapSet) -> io::Result<()> {
    caps::clear(None, which)
        .map_err(|error| failed(&format!("cannot drop the {which:?} capabilities"), &error))
}

fn failed(operation: &str, error: &caps::errors::CapsError) -> io::Error {
    // Strip what the crate and Rust add to the system's text.
    let error = error.to_string();
    let words = error.strip_prefix("caps error: ").unwrap_or(&error);
    let words = words
        .split_once(" (os error ")
        .map_or(words, |(words, _)| words);
    io::Error::other(format!("{operation}: {words}"))
}

fn named(operation: &str, error: &io::Error) -> io::Error {
    io::Error::other(format!("{operation}: {}", errno::text(error)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use socket2::{Domain, Protocol, Type};
    use std::thread;

    fn open_raw() -> io::Result<socket2::Socket> {
        socket2::Socket::new(Domain::IPV4, Type::RAW, Some(Protocol::ICMPV4))
    }

    /// Capabilities belong to a thread, so the other tests are not affected.
    fn in_a_thread(test: impl FnOnce() + Send + 'static) {
        thread::spawn(test).join().unwrap();
    }

    #[test]
    fn no_capability_is_effective_after_set_aside() {
        in_a_thread(|| {
            let _privileges = Privileges::set_aside().unwrap();
            assert!(read(CapSet::Effective).unwrap().is_empty());
            assert!(
                read(CapSet::Permitted)
                    .unwrap()
                    .iter()
                    .all(|one| USEFUL.contains(one) || OF_ROOT.contains(one))
            );
            assert!(open_raw().is_err());
        });
    }

    #[test]
    fn capability_is_raised_for_one_operation_only() {
        in_a_thread(|| {
            let allowed = open_raw().is_ok();
            let privileges = Privileges::set_aside().unwrap();
            let opened = privileges.with_raised(&[Capability::CAP_NET_RAW], || {
                assert!(
                    !read(CapSet::Effective)
                        .unwrap()
                        .contains(&Capability::CAP_NET_ADMIN)
                );
                open_raw()
            });
            assert_eq!(opened.is_ok(), allowed);
            assert!(read(CapSet::Effective).unwrap().is_empty());
            assert!(open_raw().is_err());
        });
    }

    #[test]
    fn root_opens_files_of_others_and_no_other_user_does() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        std::fs::write(&path, "").unwrap();
        // Not even its owner may open it, only a user with CAP_DAC_OVERRIDE.
        let nobody = std::fs::Permissions::from_mode(0o000);
        std::fs::set_permissions(&path, nobody).unwrap();
        in_a_thread(move || {
            let before = std::fs::File::create(&path).is_ok();
            let privileges = Privileges::set_aside().unwrap();
            let is_root = !privileges.is_unprivileged_user();
            assert!(std::fs::File::create(&path).is_err());
            let opened = privileges.as_the_user(|| std::fs::File::create(&path));
            assert_eq!(opened.is_ok(), before && is_root);
            assert!(std::fs::File::create(&path).is_err());
        });
    }

    #[test]
    fn panic_lowers_raised_capabilities() {
        in_a_thread(|| {
            let privileges = Privileges::set_aside().unwrap();
            let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                privileges.with_raised(&USEFUL, || -> io::Result<()> { panic!("planned") })
            }));
            assert!(panicked.is_err());
            assert!(read(CapSet::Effective).unwrap().is_empty());
        });
    }

    #[test]
    fn nothing_can_be_raised_after_lock_down() {
        in_a_thread(|| {
            Privileges::set_aside().unwrap().lock_down().unwrap();
            for which in [CapSet::Effective, CapSet::Permitted, CapSet::Inheritable] {
                assert!(read(which).unwrap().is_empty());
                let raw = CapsHashSet::from([Capability::CAP_NET_RAW]);
                assert!(caps::set(None, which, &raw).is_err());
            }
            assert!(open_raw().is_err());
            let status = std::fs::read_to_string("/proc/thread-self/status").unwrap();
            assert!(status.contains("CapAmb:\t0000000000000000"));
            assert!(status.contains("NoNewPrivs:\t1"));
        });
    }

    #[test]
    fn remaining_capabilities_are_detected() {
        in_a_thread(|| {
            let permitted = read(CapSet::Permitted).unwrap();
            assert_eq!(
                verify_empty(CapSet::Permitted).is_ok(),
                permitted.is_empty()
            );
        });
    }
}
