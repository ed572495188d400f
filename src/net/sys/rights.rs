//! Permissions of this process and its threads: user and group ids, seccomp, Landlock.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::ptr;

use libc::{c_int, c_long, c_ulong, c_void, gid_t, uid_t};

use super::{counted, done, fit};

/// Installs a filter for the system calls of this thread and its future children (seccomp(2)). It needs `no_new_privs` or a
/// privilege.
pub(in crate::net) fn filter_system_calls(program: &[libc::sock_filter]) -> io::Result<()> {
    let program = libc::sock_fprog {
        len: fit(program.len())?,
        filter: program.as_ptr().cast_mut(),
    };
    let install = |flags: c_ulong| {
        let operation = c_ulong::from(libc::SECCOMP_SET_MODE_FILTER);
        // SAFETY: `program` says where the instructions are and how many; both outlive the call, which copies them. All
        // arguments have the width that the kernel reads from a variadic call.
        let result =
            unsafe { libc::syscall(libc::SYS_seccomp, operation, flags, &raw const program) };
        done(result)
    };
    // Without the flag, kernels before 5.16 disable speculative store bypass for this thread, which slows each load: a
    // protection for programs that run untrusted code. Kernels before 4.17 have neither.
    match install(libc::SECCOMP_FILTER_FLAG_SPEC_ALLOW) {
        Err(error) if error.raw_os_error() == Some(libc::EINVAL) => install(0),
        outcome => outcome,
    }
}

/// The Landlock version of the kernel (`landlock_create_ruleset`(2)); an error if it has none.
pub(in crate::net) fn landlock_version() -> io::Result<c_int> {
    let (null, none, ask): (*const c_void, usize, c_ulong) = (ptr::null(), 0, 1);
    // SAFETY: with `LANDLOCK_CREATE_RULESET_VERSION`, which is 1, there is nothing that the kernel reads or writes.
    let version = unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, null, none, ask) };
    fit(counted(version)?)
}

/// Creates a ruleset that forbids these rights unless a rule allows them: the fields of `struct landlock_ruleset_attr` (file
/// rights, network rights, scopes). Fields that the kernel does not know must be zero.
pub(in crate::net) fn landlock_rules(forbidden: &[u64; 3]) -> io::Result<OwnedFd> {
    let (size, flags): (usize, c_ulong) = (size_of_val(forbidden), 0);
    let forbidden = forbidden.as_ptr();
    // SAFETY: the kernel reads `size` octets from three 64-bit numbers that follow each other, as in the structure.
    let rules = unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, forbidden, size, flags) };
    let rules = fit(counted(rules)?)?;
    // SAFETY: the kernel has just opened this descriptor (with `O_CLOEXEC`), and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(rules) })
}

/// `struct landlock_path_beneath_attr`, which has no padding.
#[repr(C, packed)]
struct PathBeneath {
    allowed: u64,
    parent: c_int,
}

/// Adds a rule that allows these rights for a file, or for everything below a directory (`landlock_add_rule`(2)).
pub(in crate::net) fn landlock_allow(
    rules: BorrowedFd<'_>,
    allowed: u64,
    parent: BorrowedFd<'_>,
) -> io::Result<()> {
    let rule = PathBeneath {
        allowed,
        parent: parent.as_raw_fd(),
    };
    let (rules, flags) = (c_long::from(rules.as_raw_fd()), 0 as c_ulong);
    // `LANDLOCK_RULE_PATH_BENEATH`.
    let kind: c_ulong = 1;
    // SAFETY: for a rule of this kind the kernel reads the structure that the pointer leads to, which outlives the call.
    let result = unsafe {
        libc::syscall(
            libc::SYS_landlock_add_rule,
            rules,
            kind,
            &raw const rule,
            flags,
        )
    };
    done(result)
}

/// Enforces a ruleset on this thread and its future children (`landlock_restrict_self`(2)). It needs `no_new_privs` or a
/// privilege.
pub(in crate::net) fn landlock_restrict(rules: BorrowedFd<'_>) -> io::Result<()> {
    let (rules, flags) = (c_long::from(rules.as_raw_fd()), 0 as c_ulong);
    // SAFETY: no pointers.
    done(unsafe { libc::syscall(libc::SYS_landlock_restrict_self, rules, flags) })
}

/// Real, effective and saved id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::net) struct Ids<Id> {
    pub(in crate::net) real: Id,
    pub(in crate::net) effective: Id,
    pub(in crate::net) saved: Id,
}

impl<Id: PartialEq> Ids<Id> {
    /// Whether no other id can be restored.
    pub(in crate::net) fn are_all_real(&self) -> bool {
        self.effective == self.real && self.saved == self.real
    }
}

/// The user ids of this process.
pub(in crate::net) fn user_ids() -> io::Result<Ids<uid_t>> {
    let (mut real, mut effective, mut saved) = (0, 0, 0);
    // SAFETY: the three pointers are to integers of the type asked for, alive and writable for the call.
    done(unsafe { libc::getresuid(&raw mut real, &raw mut effective, &raw mut saved) })?;
    Ok(Ids {
        real,
        effective,
        saved,
    })
}

/// The group ids of this process.
pub(in crate::net) fn group_ids() -> io::Result<Ids<gid_t>> {
    let (mut real, mut effective, mut saved) = (0, 0, 0);
    // SAFETY: the three pointers are to integers of the type asked for, alive and writable for the call.
    done(unsafe { libc::getresgid(&raw mut real, &raw mut effective, &raw mut saved) })?;
    Ok(Ids {
        real,
        effective,
        saved,
    })
}

/// Makes `id` the real, effective and saved user id, of all threads.
pub(in crate::net) fn set_user(id: uid_t) -> io::Result<()> {
    // SAFETY: no pointers; the C library carries the change to all threads.
    done(unsafe { libc::setresuid(id, id, id) })
}

/// Makes `id` the real, effective and saved group id, of all threads.
pub(in crate::net) fn set_group(id: gid_t) -> io::Result<()> {
    // SAFETY: no pointers; the C library carries the change to all threads.
    done(unsafe { libc::setresgid(id, id, id) })
}
