//! Which system calls a thread may make once strangers are listened to.
//!
//! The lists are what strace shows of the program and of glibc's resolver, and what the sources of musl use instead. They
//! are for architectures whose numbers and conventions were looked at; on others there is no filter rather than a wrong one.

use std::io;

use libc::{c_int, c_long};

use super::super::sys;
use super::program::{Condition, Outcome, Rule, Severity, program};
use super::{Lacking, Task, unless_missing, without};

/// `AUDIT_ARCH_*` of `linux/audit.h`: the machine's ELF number, 64 bits, little-endian.
const ARCHITECTURE: Option<u32> = if cfg!(not(target_pointer_width = "64")) {
    // x32, and the 64-bit Arm with pointers of 32 bits.
    None
} else if cfg!(target_arch = "x86_64") {
    Some(0xc000_003e)
} else if cfg!(all(target_arch = "aarch64", target_endian = "little")) {
    Some(0xc000_00b7)
} else {
    None
};

/// What is weaker where there is no filter.
const WEAKER: &str = "this run may make system calls that it does not need";

/// Confines this thread, for good. Only says so where the kernel or the architecture has no filter.
pub(super) fn confine(task: Task, severity: Severity) -> io::Result<Lacking> {
    let Some(architecture) = ARCHITECTURE else {
        let no_list = "no list of system calls for this architecture";
        let error = io::Error::new(io::ErrorKind::Unsupported, no_list);
        return Ok(without("seccomp", error, WEAKER));
    };
    let program = program(architecture, rules(task), severity);
    match sys::filter_system_calls(&program) {
        Ok(()) => Ok(Lacking::default()),
        Err(error) => unless_missing("seccomp", error, WEAKER),
    }
}

/// A debug build, which is what tests run, does not survive a call that the loop's list lacks: so the tests find out which
/// calls are made, and that none is refused unseen. What a resolver's plug-ins call on other people's machines nobody
/// knows: there a refusal is an error like any other.
pub(super) fn severity(task: Task) -> Severity {
    match task {
        Task::Loop | Task::View | Task::Write if cfg!(debug_assertions) => Severity::Kill,
        Task::Loop | Task::View | Task::Lookup | Task::Write => Severity::Fail,
    }
}

/// All rules for a thread.
pub(super) fn rules(task: Task) -> Vec<Rule> {
    let (allowed, conditional) = match task {
        Task::Loop => (LOOP, loop_conditions(&[SIOCGIFNAME])),
        Task::View => (LOOP, loop_conditions(OF_VIEW)),
        Task::Lookup => (LOOKUP, lookup_conditions()),
        Task::Write => (WRITE, write_conditions()),
    };
    let both = allowed.iter().chain(BOTH);
    let both = both.map(|call| (*call, Outcome::Allowed));
    let conditional = conditional
        .into_iter()
        .chain(signals_to_itself())
        .map(|(call, alternatives)| (call, Outcome::AllowedIf(alternatives)));
    let deadly = DEADLY.iter().map(|call| (*call, Outcome::Deadly));
    let rules = both.chain(conditional).chain(deadly);
    rules
        .filter_map(|(call, outcome)| Some((u32::try_from(call).ok()?, outcome)))
        .collect()
}

/// What nothing here ever does, and the C library does not try either: whoever gets as far as this has taken the program
/// over, and another try would be one too many. All else that is not allowed only fails.
const DEADLY: &[c_long] = &[
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_ptrace,
];

/// What every thread needs: memory, time, locks, signal handlers, descriptors that are open, and the end.
const BOTH: &[c_long] = &[
    libc::SYS_brk,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_close,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_futex,
    libc::SYS_getpid,
    libc::SYS_getrandom,
    libc::SYS_getsockopt,
    libc::SYS_gettid,
    libc::SYS_gettimeofday,
    // At the end the C library does so in each file that is open, and a look-up may be reading one.
    libc::SYS_lseek,
    libc::SYS_madvise,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_nanosleep,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_poll,
    libc::SYS_ppoll,
    libc::SYS_read,
    libc::SYS_recvfrom,
    libc::SYS_recvmmsg,
    libc::SYS_recvmsg,
    libc::SYS_restart_syscall,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sched_yield,
    libc::SYS_sendmmsg,
    libc::SYS_sendmsg,
    libc::SYS_sendto,
    libc::SYS_set_robust_list,
    libc::SYS_sigaltstack,
    libc::SYS_write,
    libc::SYS_writev,
];

/// What the loop needs besides: to print without waiting.
const LOOP: &[c_long] = &[libc::SYS_pwritev2];

/// What a C library's resolver and its plug-ins need besides: to read files, to ask servers, to load a library.
const LOOKUP: &[c_long] = &[
    #[cfg(target_arch = "x86_64")]
    libc::SYS_access,
    libc::SYS_bind,
    libc::SYS_clock_getres,
    libc::SYS_connect,
    libc::SYS_dup,
    libc::SYS_epoll_create1,
    libc::SYS_epoll_ctl,
    libc::SYS_epoll_pwait,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_epoll_wait,
    libc::SYS_eventfd2,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_fadvise64,
    libc::SYS_fcntl,
    libc::SYS_flock,
    libc::SYS_fstat,
    libc::SYS_fstatfs,
    libc::SYS_getcwd,
    libc::SYS_getdents64,
    libc::SYS_getegid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getpeername,
    libc::SYS_getppid,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_getrlimit,
    libc::SYS_getsockname,
    libc::SYS_getuid,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_lstat,
    libc::SYS_membarrier,
    libc::SYS_mmap,
    libc::SYS_mprotect,
    libc::SYS_newfstatat,
    libc::SYS_pread64,
    libc::SYS_pselect6,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_readlink,
    libc::SYS_readlinkat,
    libc::SYS_readv,
    libc::SYS_sched_getaffinity,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_select,
    libc::SYS_setsockopt,
    libc::SYS_shutdown,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_stat,
    libc::SYS_statfs,
    libc::SYS_statx,
    libc::SYS_sysinfo,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_time,
    libc::SYS_uname,
];

/// What a thread that writes files needs besides: to replace one by what it wrote beside it.
const WRITE: &[c_long] = &[
    #[cfg(target_arch = "x86_64")]
    libc::SYS_rename,
    libc::SYS_renameat,
    libc::SYS_renameat2,
    libc::SYS_unlinkat,
];

/// A call, and when it is allowed.
type Conditional = (c_long, Vec<Vec<Condition>>);

/// Memory that is not executed.
fn no_code() -> Vec<Conditional> {
    let never_code = || vec![vec![bits(2, libc::PROT_EXEC, &[0])]];
    vec![
        // Whether a descriptor is open: so debug builds of the standard library make sure before they close it.
        (libc::SYS_fcntl, vec![vec![is(1, &[libc::F_GETFD])]]),
        (libc::SYS_mmap, never_code()),
        (libc::SYS_mprotect, never_code()),
    ]
}

/// Files are created, and none is opened that is there.
fn write_conditions() -> Vec<Conditional> {
    let new = libc::O_WRONLY | libc::O_CREAT | libc::O_EXCL;
    let kinds = libc::O_ACCMODE | libc::O_CREAT | libc::O_EXCL;
    let creating = (libc::SYS_openat, vec![vec![bits(2, kinds, &[new])]]);
    no_code().into_iter().chain([creating]).collect()
}

fn loop_conditions(requests: &[c_int]) -> Vec<Conditional> {
    let mut conditions = no_code();
    conditions.extend([
        (libc::SYS_ioctl, vec![vec![is(1, requests)]]),
        // On kernels before 6.13 the count of departures begins anew when a message did not leave.
        (
            libc::SYS_setsockopt,
            vec![vec![
                is(1, &[libc::SOL_SOCKET]),
                is(2, &[libc::SO_TIMESTAMPING]),
            ]],
        ),
    ]);
    conditions
}

fn lookup_conditions() -> Vec<Conditional> {
    let read_only = libc::O_ACCMODE | libc::O_CREAT | libc::O_TRUNC;
    let for_reading = |flags| vec![vec![bits(flags, read_only, &[libc::O_RDONLY])]];
    let kind = |kinds| bits(1, SOCKET_KIND, kinds);
    vec![
        (
            libc::SYS_ioctl,
            vec![vec![is(1, &[FIONBIO, FIONREAD, SIOCGIFINDEX, SIOCGIFNAME])]],
        ),
        #[cfg(target_arch = "x86_64")]
        (libc::SYS_open, for_reading(1)),
        (libc::SYS_openat, for_reading(2)),
        (
            libc::SYS_socket,
            vec![
                vec![is(0, &[libc::AF_UNIX])],
                // Neither raw sockets nor ping sockets, which are datagrams of another protocol.
                vec![
                    is(0, &[libc::AF_INET, libc::AF_INET6]),
                    kind(&[libc::SOCK_STREAM, libc::SOCK_DGRAM]),
                    is(2, &[libc::IPPROTO_IP, libc::IPPROTO_TCP, libc::IPPROTO_UDP]),
                ],
                // For the list of this host's addresses, by which those of a name are sorted (RFC 6724).
                vec![is(0, &[libc::AF_NETLINK]), is(2, &[libc::NETLINK_ROUTE])],
            ],
        ),
    ]
}

/// `raise` and `abort`: glibc signals a thread of a process, musl a thread. The numbers are those of this thread.
fn signals_to_itself() -> Vec<Conditional> {
    let thread = rustix::thread::gettid().as_raw_nonzero().get();
    let process = || vec![vec![is(0, &[std::process::id().cast_signed()])]];
    vec![
        (libc::SYS_kill, process()),
        (libc::SYS_tgkill, process()),
        (libc::SYS_tkill, vec![vec![is(0, &[thread])]]),
    ]
}

/// `SOCK_TYPE_MASK` of `linux/net.h`: the rest is flags.
const SOCKET_KIND: c_int = 0xf;

/// The name of an interface, and of a terminal its modes, its size, and that it goes on after ^S; above all no TIOCSTI, which
/// types into it.
const OF_VIEW: &[c_int] = &[
    SIOCGIFNAME,
    TCGETS,
    TCGETS2,
    TCSETS,
    TCSETS2,
    TCXONC,
    TIOCGWINSZ,
];

// Requests of ioctl(2), with the same numbers on both architectures, as `int`s: their types in the C libraries differ.
const FIONBIO: c_int = 0x5421;
const FIONREAD: c_int = 0x541b;
const SIOCGIFNAME: c_int = 0x8910;
const SIOCGIFINDEX: c_int = 0x8933;
const TCGETS: c_int = 0x5401;
const TCGETS2: c_int = 0x802c_542a_u32.cast_signed();
const TCSETS: c_int = 0x5402;
const TCSETS2: c_int = 0x402c_542b;
const TCXONC: c_int = 0x540a;
const TIOCGWINSZ: c_int = 0x5413;

/// The argument is one of these.
fn is(argument: u32, one_of: &[c_int]) -> Condition {
    Condition {
        argument,
        mask: u32::MAX,
        one_of: one_of.iter().map(|number| number.cast_unsigned()).collect(),
    }
}

/// These bits of the argument are one of these numbers.
fn bits(argument: u32, mask: c_int, one_of: &[c_int]) -> Condition {
    Condition {
        mask: mask.cast_unsigned(),
        ..is(argument, one_of)
    }
}

#[cfg(test)]
mod tests;
