//! Tries what is forbidden: each attempt has to succeed in a thread that is not confined, and to fail in one that is.
//!
//! The threads keep their privileges, so that it is not for want of one that an attempt fails.
#![allow(
    unsafe_code,
    reason = "some attempts are system calls that nothing in the program makes, and so nothing wraps"
)]

use std::env;
use std::fs::{self, File, OpenOptions};
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsFd;
use std::os::unix::net::UnixDatagram;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::Command;
use std::ptr;
use std::thread;

use libc::{c_int, c_long};
use rustix::thread::{gettid, set_current_timer_slack, set_no_new_privs};
use socket2::{Domain, Protocol, Socket as AnySocket, Type};

use super::program::Severity;
use super::*;
use crate::net::{InterfaceNames, device, sys};

/// What is there before a thread is confined.
struct Scene {
    directory: tempfile::TempDir,
    socket: UdpSocket,
    address: SocketAddr,
    interfaces: InterfaceNames,
    loopback: u32,
    other: Child,
}

impl Scene {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("there"), "text").unwrap();
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        Self {
            directory,
            address: socket.local_addr().unwrap(),
            socket,
            interfaces: InterfaceNames::open(),
            loopback: device::index("lo").unwrap(),
            other: Child::start().unwrap(),
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }
}

type Act = fn(&Scene) -> io::Result<()>;

/// Runs an attempt in a thread of its own, for what confines belongs to one.
fn attempt<T>(confine: impl FnOnce() -> io::Result<T> + Send, act: Act) -> io::Result<()> {
    let scene = Scene::new();
    thread::scope(|scope| {
        let thread = scope.spawn(|| {
            set_no_new_privs(true).unwrap();
            confine().unwrap();
            act(&scene)
        });
        thread.join().unwrap()
    })
}

/// What the attempt fails with; 0 if it succeeds.
fn errno(outcome: &io::Result<()>) -> i32 {
    let error = outcome.as_ref().err();
    error.map_or(0, |error| error.raw_os_error().unwrap_or(-1))
}

fn calls(task: Task) -> impl FnOnce() -> io::Result<Lacking> {
    move || calls::confine(task, Severity::Fail)
}

fn has_filter() -> bool {
    let act = || {
        set_no_new_privs(true)?;
        calls::confine(Task::Loop, Severity::Fail)?;
        // Its number tells a mode, and 2 is a filter. Not by /proc: files cannot be opened any more.
        fork()
    };
    let found = thread::spawn(move || errno(&act())).join().unwrap() != 0;
    if !found {
        eprintln!("skipped: no filter of system calls here");
    }
    found
}

fn has_landlock() -> bool {
    let found = sys::landlock_version().is_ok();
    if !found {
        eprintln!("skipped: no Landlock here");
    }
    found
}

fn raw(result: c_long) -> io::Result<()> {
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

fn open(domain: c_int, kind: Type, protocol: c_int) -> io::Result<()> {
    AnySocket::new(Domain::from(domain), kind, Some(Protocol::from(protocol))).map(drop)
}

fn fork() -> io::Result<()> {
    Child::start().map(drop)
}

/// A process that waits for its end, which comes with this.
struct Child(libc::pid_t);

impl Child {
    fn start() -> io::Result<Self> {
        // SAFETY: a process of its own, with a copy of the memory, that only waits. It does not go through the C library,
        // whose locks other threads may have held when the copy was made.
        let child = unsafe { libc::syscall(libc::SYS_clone, libc::SIGCHLD, 0, 0, 0, 0) };
        if child == 0 {
            // SAFETY: no pointers; it never outlives the thread that started it.
            unsafe { libc::syscall(libc::SYS_prctl, libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
            loop {
                // SAFETY: of no descriptors and without a time it waits for a signal.
                unsafe { libc::syscall(libc::SYS_ppoll, 0, 0, 0, 0, 0) };
            }
        }
        raw(child)?;
        Ok(Self(c_int::try_from(child).unwrap()))
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // SAFETY: the child is this one's and has not been waited for; null means that its status is not wanted.
        unsafe {
            libc::kill(self.0, libc::SIGKILL);
            libc::waitpid(self.0, ptr::null_mut(), 0);
        }
    }
}

fn map(protection: c_int) -> io::Result<()> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    // SAFETY: a fresh mapping that nobody uses, and that is left to the end of the process.
    // Past the C library: musl takes a refusal for a lack of memory.
    raw(unsafe { libc::syscall(libc::SYS_mmap, 0, 4096, protection, flags, -1, 0) })
}

fn protect(protection: c_int) -> io::Result<()> {
    let (flags, writable) = (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, libc::PROT_WRITE);
    // SAFETY: a fresh mapping that nobody else uses, and that is left to the end of the process.
    raw(unsafe {
        let place = libc::mmap(ptr::null_mut(), 4096, writable, flags, -1, 0);
        libc::mprotect(place, 4096, protection).into()
    })
}

/// Whether only root, and not every root, may do it anyway.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Who {
    Anybody,
    Privileged,
}
use Who::{Anybody, Privileged};

/// What neither thread may do.
const NEVER: &[(&str, Who, Act)] = &[
    ("open a raw socket", Privileged, |_| {
        open(libc::AF_INET, Type::RAW, libc::IPPROTO_ICMP)
    }),
    ("open a raw socket of IPv6", Privileged, |_| {
        open(libc::AF_INET6, Type::RAW, libc::IPPROTO_ICMPV6)
    }),
    ("open a ping socket", Privileged, |_| {
        open(libc::AF_INET, Type::DGRAM, libc::IPPROTO_ICMP)
    }),
    ("open a packet socket", Privileged, |_| {
        open(libc::AF_PACKET, Type::RAW, 0)
    }),
    ("open a socket to the kernel's auditor", Anybody, |_| {
        open(libc::AF_NETLINK, Type::RAW, libc::NETLINK_USERSOCK)
    }),
    ("become root", Privileged, |_| {
        // SAFETY: no pointers; of this thread only, because it goes past the C library.
        raw(unsafe { libc::syscall(libc::SYS_setuid, 0) })
    }),
    ("set user ids", Anybody, |_| {
        // SAFETY: no pointers; -1 leaves each as it is.
        raw(unsafe { libc::syscall(libc::SYS_setresuid, -1, -1, -1) })
    }),
    ("set capabilities", Anybody, |_| {
        // Version 3, this thread; no capability, which everybody may set.
        let (header, none) = ([0x2008_0522_u32, 0], [0_u32; 6]);
        // SAFETY: both are as long as this version has them, and live until the call returns.
        raw(unsafe { libc::syscall(libc::SYS_capset, header.as_ptr(), none.as_ptr()) })
    }),
    ("start a process", Anybody, |_| fork()),
    ("start a thread", Anybody, |_| {
        let thread = thread::Builder::new().spawn(|| ()).map_err(|error| {
            // musl has one error for whatever keeps a thread from starting.
            let any = cfg!(target_env = "musl") && error.raw_os_error() == Some(libc::EAGAIN);
            if any {
                io::Error::from_raw_os_error(libc::EPERM)
            } else {
                error
            }
        });
        thread.map(|thread| thread.join().unwrap())
    }),
    ("signal another process", Anybody, |scene| {
        // SAFETY: no pointers; signal 0 only asks whether one could.
        raw(unsafe { libc::kill(scene.other.0, 0) }.into())
    }),
    ("change what prctl changes", Anybody, |_| {
        set_current_timer_slack(Some(NonZeroU64::MIN)).map_err(Into::into)
    }),
    ("leave a namespace", Anybody, |_| {
        // SAFETY: no pointers; 0 leaves nothing.
        raw(unsafe { libc::syscall(libc::SYS_unshare, 0) })
    }),
    ("change the directory", Anybody, |_| {
        env::set_current_dir(".")
    }),
    ("make a file in memory", Anybody, |_| {
        // SAFETY: a name with its terminating zero; the descriptor is left to the end of the process.
        raw(unsafe { libc::syscall(libc::SYS_memfd_create, c"x".as_ptr(), 0) })
    }),
    ("create a file", Anybody, |scene| {
        File::create_new(scene.file("new")).map(drop)
    }),
    ("open a file for writing", Anybody, |scene| {
        let mut options = OpenOptions::new();
        options.write(true).open(scene.file("there")).map(drop)
    }),
    ("open a file for appending and reading", Anybody, |scene| {
        let mut options = OpenOptions::new();
        options
            .read(true)
            .append(true)
            .open(scene.file("there"))
            .map(drop)
    }),
    ("remove a file", Anybody, |scene| {
        fs::remove_file(scene.file("there"))
    }),
    ("rename a file", Anybody, |scene| {
        fs::rename(scene.file("there"), scene.file("elsewhere"))
    }),
    ("make a directory", Anybody, |scene| {
        fs::create_dir(scene.file("new"))
    }),
];

/// What the loop may not do, and what looks up names has to.
const ONLY_LOOKUPS: &[(&str, Act)] = &[
    ("open a file for reading", |_| File::open("/etc").map(drop)),
    ("read a directory", |_| fs::read_dir("/etc").map(drop)),
    ("open a socket", |_| {
        open(libc::AF_INET, Type::DGRAM, libc::IPPROTO_UDP)
    }),
    ("open a socket for long answers", |_| {
        open(libc::AF_INET, Type::STREAM, 0)
    }),
    ("open a socket of this host", |_| {
        UnixDatagram::unbound().map(drop)
    }),
    ("ask for addresses of this host", |_| {
        open(libc::AF_NETLINK, Type::RAW, libc::NETLINK_ROUTE)
    }),
    ("connect a socket", |scene| {
        scene.socket.connect("127.0.0.1:9")
    }),
    ("copy a descriptor", |scene| {
        scene.socket.try_clone().map(drop)
    }),
    ("set an option of a socket", |scene| {
        scene.socket.set_broadcast(true)
    }),
    ("map memory for execution", |_| {
        map(libc::PROT_READ | libc::PROT_EXEC)
    }),
    ("make memory executable", |_| {
        protect(libc::PROT_READ | libc::PROT_EXEC)
    }),
];

/// What both have to do, with what is there.
const ALWAYS: &[(&str, Act)] = &[
    ("map memory", |_| map(libc::PROT_READ | libc::PROT_WRITE)),
    ("protect memory", |_| protect(libc::PROT_READ)),
    ("send and receive", |scene| {
        scene.socket.send_to(b"echo", scene.address)?;
        scene.socket.recv_from(&mut [0; 8]).map(drop)
    }),
    ("sleep", |_| {
        thread::sleep(std::time::Duration::from_micros(1));
        Ok(())
    }),
    ("signal itself", |_| {
        // SAFETY: no pointers; signal 0 only asks whether one could.
        raw(unsafe { libc::kill(libc::getpid(), 0) }.into())?;
        let thread = gettid().as_raw_nonzero().get();
        // SAFETY: as above.
        raw(unsafe { libc::syscall(libc::SYS_tgkill, std::process::id(), thread, 0) })?;
        // SAFETY: as above.
        raw(unsafe { libc::syscall(libc::SYS_tkill, thread, 0) })
    }),
    ("name an interface", |scene| {
        let name = scene.interfaces.name(scene.loopback);
        name.map(drop)
            .ok_or_else(|| io::Error::from_raw_os_error(libc::ENODEV))
    }),
];

#[test]
fn what_is_never_allowed_fails() {
    if !has_filter() {
        return;
    }
    for (name, who, act) in NEVER {
        let free = attempt(|| Ok(()), *act);
        if *who == Privileged && free.is_err() {
            eprintln!("skipped: {name}, which nobody here may do");
        } else {
            assert_eq!(errno(&free), 0, "{name}: {free:?}");
        }
        for task in [Task::Loop, Task::Lookup] {
            assert_eq!(
                errno(&attempt(calls(task), *act)),
                libc::EPERM,
                "{name}: {task:?}"
            );
        }
    }
}

#[test]
fn the_loop_may_not_do_what_look_ups_have_to() {
    if !has_filter() {
        return;
    }
    for (name, act) in ONLY_LOOKUPS {
        let free = attempt(|| Ok(()), *act);
        assert_eq!(errno(&free), 0, "{name}: {free:?}");
        assert_eq!(
            errno(&attempt(calls(Task::Loop), *act)),
            libc::EPERM,
            "{name}"
        );
        // With all that confines such a thread.
        let looked_up = attempt(|| confine(Task::Lookup, &[]), *act);
        assert_eq!(errno(&looked_up), 0, "{name}: {looked_up:?}");
    }
}

#[test]
fn what_both_have_to_do_goes_on() {
    for (name, act) in ALWAYS {
        for task in [Task::Loop, Task::Lookup] {
            let outcome = attempt(|| confine(task, &[]), *act);
            assert_eq!(errno(&outcome), 0, "{name}: {task:?}: {outcome:?}");
        }
    }
}

/// Without the filter, which otherwise stands in front of it.
#[test]
fn landlock_keeps_files_away() {
    if !has_landlock() {
        return;
    }
    let writing = [
        "create",
        "writing",
        "appending",
        "remove",
        "rename",
        "directory",
    ];
    let tried = NEVER
        .iter()
        .filter(|(name, ..)| writing.iter().any(|word| name.contains(word)))
        .filter(|(name, ..)| !name.starts_with("change"));
    let mut count = 0;
    for (name, _, act) in tried {
        for task in [Task::Loop, Task::Lookup, Task::Write] {
            let outcome = attempt(move || files::confine(task, &[]), *act);
            // EXDEV is how it refuses to move a file.
            let forbidden = [libc::EACCES, libc::EXDEV].contains(&errno(&outcome));
            assert!(forbidden, "{name}: {task:?}: {outcome:?}");
        }
        count += 1;
    }
    assert_eq!(count, 6);
}

#[test]
fn landlock_lets_look_ups_read_what_resolvers_need_and_nothing_else() {
    if !has_landlock() {
        return;
    }
    let etc: Act = |_| fs::read_dir("/etc").map(drop);
    let elsewhere: Act = |scene| File::open(scene.file("there")).map(drop);
    for (task, of_etc) in [(Task::Loop, libc::EACCES), (Task::Lookup, 0)] {
        assert_eq!(
            errno(&attempt(move || files::confine(task, &[]), etc)),
            of_etc
        );
        assert_eq!(
            errno(&attempt(move || files::confine(task, &[]), elsewhere)),
            libc::EACCES
        );
    }
    assert_eq!(errno(&attempt(|| Ok(()), elsewhere)), 0);
}

#[test]
fn landlock_lets_nobody_listen() {
    // What it can forbid besides files it can since version 4.
    if !sys::landlock_version().is_ok_and(|version| version >= 4) {
        return;
    }
    let listen: Act = |_| std::net::TcpListener::bind("127.0.0.1:0").map(drop);
    assert_eq!(errno(&attempt(|| Ok(()), listen)), 0);
    for task in [Task::Loop, Task::Lookup, Task::Write] {
        assert_eq!(
            errno(&attempt(move || files::confine(task, &[]), listen)),
            libc::EACCES
        );
    }
}

/// What is wrong with this machine is not wrong with the program.
#[test]
fn what_the_kernel_has_not_got_is_done_without() {
    let outcome = |errno| unless_missing("call", io::Error::from_raw_os_error(errno), "weaker");
    for missing in [libc::ENOSYS, libc::EOPNOTSUPP, libc::EINVAL, libc::EPERM] {
        let lacking = outcome(missing).unwrap();
        assert_eq!(lacking.lines(true).count(), 1);
        assert_eq!(lacking.lines(false).count(), 0);
    }
    for failed in [libc::ENOMEM, libc::EFAULT, libc::E2BIG] {
        assert!(outcome(failed).is_err());
    }
}

/// Which deed `a_deed_of_its_own_process` is to try.
const DEED: &str = "RPING_UNIT_TEST_DEED";

/// Not a test: what others run in processes of their own.
#[test]
#[ignore = "is run by others, which say what to do"]
fn a_deed_of_its_own_process() {
    let Ok(deed) = env::var(DEED) else { return };
    let program = env::current_exe().unwrap();
    if let Some(task) = match deed.split_once(' ').unwrap().0 {
        "loop" => Some(Task::Loop),
        "lookup" => Some(Task::Lookup),
        _ => None,
    } {
        set_no_new_privs(true).unwrap();
        calls::confine(task, Severity::Fail).unwrap();
    }
    let outcome = match deed.split_once(' ').unwrap().1 {
        "execute" => Err(Command::new(program).arg("--list").exec()),
        "trace" => {
            let null = ptr::null_mut::<libc::c_void>();
            // SAFETY: nobody is traced, and so there is nobody to let go.
            let outcome = raw(unsafe { libc::ptrace(libc::PTRACE_DETACH, 0, null, null) });
            // That the kernel says so means that it was asked.
            assert_eq!(errno(&outcome), libc::ESRCH);
            Ok(())
        }
        "read memory" => {
            let process = std::process::id().cast_signed();
            let null = ptr::null::<libc::iovec>();
            // SAFETY: of no vectors nothing is read or written.
            raw(
                unsafe { libc::process_vm_readv(process, null, 0, null, 0, 0) }
                    .try_into()
                    .unwrap(),
            )
        }
        // As a panic of a release build, and as the second SIGTERM.
        "abort" => std::process::abort(),
        "raise" => {
            // SAFETY: no pointers; the default action ends this process.
            raw(unsafe { libc::raise(libc::SIGTERM) }.into())
        }
        other => panic!("{other}"),
    };
    outcome.unwrap();
}

#[test]
fn who_executes_or_traces_dies() {
    if !has_filter() {
        return;
    }
    for deed in ["execute", "trace", "read memory"] {
        ends_by("free", deed, None);
        ends_by("loop", deed, Some(libc::SIGSYS));
        ends_by("lookup", deed, Some(libc::SIGSYS));
    }
}

#[test]
fn who_gives_up_ends_as_ever() {
    for (deed, signal) in [("abort", libc::SIGABRT), ("raise", libc::SIGTERM)] {
        for thread in ["free", "loop", "lookup"] {
            ends_by(thread, deed, Some(signal));
        }
    }
}

/// Tries a deed in a process of its own.
fn ends_by(thread: &str, deed: &str, signal: Option<i32>) {
    let mut child = Command::new(env::current_exe().unwrap());
    child.env(DEED, format!("{thread} {deed}"));
    child.args(["--exact", "--ignored"]);
    child.arg("net::confine::tests::a_deed_of_its_own_process");
    let output = child.output().unwrap();
    assert_eq!(
        output.status.signal(),
        signal,
        "{thread}: {deed}: {output:?}"
    );
    assert_eq!(
        output.status.success(),
        signal.is_none(),
        "{thread}: {deed}: {output:?}"
    );
}

#[test]
fn an_open_descriptor_stays_of_use() {
    let outcome = attempt(
        || confine(Task::Loop, &[]),
        |scene| {
            let mut error = [0; 4];
            sys::get_option(
                scene.socket.as_fd(),
                libc::SOL_SOCKET,
                libc::SO_ERROR,
                &mut error,
            )?;
            let flags: [u8; 4] = 0_u32.to_ne_bytes();
            sys::set_option(
                scene.socket.as_fd(),
                libc::SOL_SOCKET,
                libc::SO_TIMESTAMPING,
                &flags,
            )?;
            Ok(())
        },
    );
    assert_eq!(errno(&outcome), 0, "{outcome:?}");
}

/// Creates a file with the call that the thread makes: each C library has one of its own.
fn create_new(path: PathBuf) -> io::Result<()> {
    use rustix::fs::{CWD, Mode, OFlags, openat};
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL;
    Ok(openat(CWD, path, flags, Mode::RUSR).map(drop)?)
}

/// What a thread that writes files may do: a file in the directory that it was given, and nothing elsewhere.
#[test]
fn thread_that_writes_replaces_files_in_its_directory_only() {
    if !(has_filter() && has_landlock()) {
        return;
    }
    let replace: Act = |scene| {
        create_new(scene.file("beside"))?;
        fs::rename(scene.file("beside"), scene.file("there"))
    };
    let create: Act = |scene| create_new(scene.file("new"));
    let read: Act = |scene| File::open(scene.file("there")).map(drop);
    let overwrite: Act = |scene| {
        let opened = OpenOptions::new().write(true).open(scene.file("there"));
        opened.map(drop)
    };
    for (act, in_own, may) in [
        (replace, true, true),
        (create, false, false),
        (read, true, false),
        (overwrite, true, false),
    ] {
        let scene = Scene::new();
        let other = scene.file("other");
        fs::create_dir(&other).unwrap();
        let own = if in_own {
            scene.directory.path()
        } else {
            &other
        };
        let outcome = thread::scope(|scope| {
            let thread = scope.spawn(|| {
                set_no_new_privs(true).unwrap();
                let directory = File::open(own).unwrap();
                files::confine(Task::Write, &[directory.as_fd()]).unwrap();
                calls::confine(Task::Write, Severity::Fail).unwrap();
                act(&scene)
            });
            thread.join().unwrap()
        });
        assert_eq!(outcome.is_ok(), may, "{outcome:?}");
    }
}
