//! The system calls that neither `std` nor `socket2` nor `rustix` wraps, each as one safe function.
//!
//! Nothing here decides anything. Whoever audits the program for memory safety reads this file and no other.
#![allow(
    unsafe_code,
    reason = "the only room for it: each block calls one function of the C library with arguments checked here"
)]

use std::ffi::{CStr, CString};
use std::hint::black_box;
use std::io;
use std::mem;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use libc::{c_char, c_int, c_long, c_uint, c_ulong, c_void, gid_t, iovec, socklen_t, uid_t};

/// A call that a kernel may lack, and a policy (seccomp) may forbid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Call {
    ReceiveMany,
    Send,
    SendMany,
    SendTo,
}

/// Whether this error says that the call itself is missing or forbidden, whatever it is given: then it fails in the same
/// way without a descriptor, which otherwise is `EBADF`.
pub(super) fn is_missing(call: Call, error: &io::Error) -> bool {
    let number = error.raw_os_error();
    if !matches!(number, Some(libc::ENOSYS | libc::EPERM | libc::EACCES)) {
        return false;
    }
    let call = match call {
        Call::ReceiveMany => libc::SYS_recvmmsg,
        Call::Send => libc::SYS_sendmsg,
        Call::SendMany => libc::SYS_sendmmsg,
        Call::SendTo => libc::SYS_sendto,
    };
    let (descriptor, none): (c_long, c_ulong) = (-1, 0);
    // SAFETY: there is no descriptor, and each pointer is null with a length of zero.
    let result = unsafe { libc::syscall(call, descriptor, none, none, none, none, none) };
    result < 0 && io::Error::last_os_error().raw_os_error() == number
}

/// The most messages that one call sends or receives.
pub(super) const MANY: usize = 64;

/// How much of each buffer a `recvmsg` filled, and its flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Filled {
    /// Octets of data; never more than the buffer holds.
    pub(super) data: usize,
    /// Octets of the sender's address.
    pub(super) name: usize,
    /// Octets of control messages.
    pub(super) control: usize,
    /// `MSG_TRUNC`, `MSG_CTRUNC`, `MSG_ERRQUEUE`.
    pub(super) flags: c_int,
}

/// Calls [`look_around`] before `main`, and before the standard library looks at the descriptors and ignores SIGPIPE.
///
/// Of a descriptor that is closed the library makes /dev/null, and where that cannot be opened (a chroot, an initramfs) it
/// aborts the process without a word. No code of ours runs before that but an entry of `.init_array`, which the dynamic
/// loader or the start code of the C library calls. A `main` of C instead of Rust's would have to read the arguments by
/// itself.
#[used]
#[unsafe(link_section = ".init_array")]
static BEFORE_MAIN: extern "C" fn() = look_around;

/// Whether the parent of this process ignores SIGPIPE, and this process with it. Written once, before `main`.
static INHERITED_IGNORED_SIGPIPE: AtomicBool = AtomicBool::new(false);

extern "C" fn look_around() {
    INHERITED_IGNORED_SIGPIPE.store(is_ignored(libc::SIGPIPE), Ordering::Relaxed);
    occupy_standard_descriptors();
}

/// Whether this process was started with SIGPIPE ignored. Now it always is: the standard library ignores it.
pub(crate) fn was_broken_pipe_ignored() -> bool {
    INHERITED_IGNORED_SIGPIPE.load(Ordering::Relaxed)
}

/// Opens the wrong end of a pipe in place of each of the descriptors 0, 1 and 2 that is closed. To read or write it fails
/// with `EBADF`, as of a closed one, but no socket gets its number. Nothing is done where no pipe is to be had.
fn occupy_standard_descriptors() {
    for descriptor in 0..=2 {
        // SAFETY: no pointers.
        if unsafe { libc::fcntl(descriptor, libc::F_GETFD) } >= 0 {
            continue;
        }
        let mut ends: [c_int; 2] = [-1; 2];
        // SAFETY: the pointer is to two integers, which the call fills.
        if unsafe { libc::pipe(ends.as_mut_ptr()) } < 0 {
            return;
        }
        let [reader, writer] = ends;
        // The end for reading has the lowest number that was free, which is this one.
        if descriptor == libc::STDIN_FILENO {
            // SAFETY: no pointers; nobody else has a descriptor yet.
            unsafe { libc::dup2(writer, reader) };
        }
        // SAFETY: as above.
        unsafe { libc::close(writer) };
    }
}

/// Receives one message or one entry of the error queue, without blocking.
pub(super) fn receive(
    socket: BorrowedFd<'_>,
    data: &mut [u8],
    name: &mut [u8],
    control: &mut [u8],
    flags: c_int,
) -> io::Result<Filled> {
    let mut vector = vector(data);
    // SAFETY: a `msghdr` is integers and pointers, for which all octets zero are valid values (null pointers with
    // lengths of zero). It is not built as a literal because musl gives it private padding.
    let mut message: libc::msghdr = unsafe { mem::zeroed() };
    prepare_receive(&mut message, &raw mut vector, name, control)?;
    // SAFETY: `message` points to one vector and to three buffers that outlive the call, are borrowed mutably for
    // nobody else, and have exactly the lengths given; the kernel writes no more than that. All of them hold plain
    // octets, and the addresses need no alignment because the kernel copies octet by octet.
    let received = unsafe {
        libc::recvmsg(
            socket.as_raw_fd(),
            &raw mut message,
            flags | libc::MSG_DONTWAIT,
        )
    };
    let data = usize::try_from(received).map_err(|_| io::Error::last_os_error())?;
    filled(data, &message)
}

/// Room for a message that is received.
#[derive(Debug)]
pub(super) struct RecvSlot<'a> {
    pub(super) data: &'a mut [u8],
    pub(super) name: &'a mut [u8],
    pub(super) control: &'a mut [u8],
}

/// Receives as many messages, or entries of the error queue, as there are and as there is room for, `MANY` at most,
/// without blocking. Tells how many, and of each in `each` how much of its buffers it filled.
// In a frame of its own: in its caller's, the arrays would move what a single message needs to stack that is not cached.
#[inline(never)]
pub(super) fn receive_many<'a>(
    socket: BorrowedFd<'_>,
    slots: impl Iterator<Item = RecvSlot<'a>>,
    each: &mut [Filled],
    flags: c_int,
) -> io::Result<usize> {
    let mut vectors = [EMPTY; MANY];
    // SAFETY: a `mmsghdr` is a `msghdr` and an integer; see `receive` for why all octets zero are valid values.
    let mut headers: [libc::mmsghdr; MANY] = unsafe { mem::zeroed() };
    let mut count: c_uint = 0;
    let places = vectors.iter_mut().zip(&mut headers).zip(&*each);
    for (((place, header), _), slot) in places.zip(slots) {
        *place = vector(slot.data);
        prepare_receive(
            &mut header.msg_hdr,
            &raw mut *place,
            slot.name,
            slot.control,
        )?;
        count += 1;
    }
    let socket = socket.as_raw_fd();
    let each_flags = flags | libc::MSG_DONTWAIT;
    let flags = fit(each_flags)?;
    // SAFETY: the first `count` headers, of which there are no more than in the array, were prepared above. Each points
    // to a vector of its own, which lives until the end of this function, and to three buffers that are borrowed
    // mutably, each for itself and for longer than the call, with exactly the lengths given; the kernel writes no more
    // than that. All of them hold plain octets, which need no alignment. No time is given, which a null pointer says.
    let received =
        unsafe { libc::recvmmsg(socket, headers.as_mut_ptr(), count, flags, ptr::null_mut()) };
    let received = match counted(received) {
        Err(error) if is_missing(Call::ReceiveMany, &error) => {
            let headers = headers.iter_mut().zip(0..count);
            one_by_one(headers.map(|(header, _)| header), |header| {
                // SAFETY: as above, of one message.
                unsafe { libc::recvmsg(socket, header, each_flags) }
            })
        }
        outcome => outcome,
    }?;
    for (told, header) in each.iter_mut().zip(&headers).take(received) {
        *told = filled(fit(header.msg_len)?, &header.msg_hdr)?;
    }
    Ok(received)
}

/// A message to be sent.
#[derive(Debug)]
pub(super) struct Outgoing<'a> {
    pub(super) data: &'a [u8],
    /// A `sockaddr_in` or `sockaddr_in6`.
    pub(super) to: &'a [u8],
    pub(super) control: &'a [u8],
}

/// Sends a message, without blocking, by the call that costs least: `sendto`, or `sendmsg` with control messages.
pub(super) fn send(socket: BorrowedFd<'_>, message: &Outgoing<'_>) -> io::Result<()> {
    let (socket, flags) = (socket.as_raw_fd(), libc::MSG_DONTWAIT);
    let Outgoing { data, to, control } = message;
    let sent = if control.is_empty() {
        // SAFETY: the kernel reads as many octets of the message and of the address as there are; both outlive the call,
        // and need no alignment because the kernel copies octet by octet.
        unsafe {
            libc::sendto(
                socket,
                data.as_ptr().cast::<c_void>(),
                data.len(),
                flags,
                to.as_ptr().cast::<c_void>().cast::<libc::sockaddr>(),
                fit(to.len())?,
            )
        }
    } else {
        let mut vector = EMPTY;
        // SAFETY: see `receive` for why all octets zero are valid values.
        let mut header: libc::msghdr = unsafe { mem::zeroed() };
        prepare_send(&mut header, &mut vector, message)?;
        // SAFETY: the header points to one vector and to a message, an address and control messages that outlive the call
        // and have the lengths given; the kernel only reads them, in spite of the pointers' type.
        unsafe { libc::sendmsg(socket, &raw const header, flags) }
    };
    counted(sent).map(|_| ())
}

/// Points a header, all of zeros, to a message, by way of this vector. Both have to be there for as long as it is used.
fn prepare_send(
    header: &mut libc::msghdr,
    vector: &mut iovec,
    message: &Outgoing<'_>,
) -> io::Result<()> {
    *vector = iovec {
        iov_base: message.data.as_ptr().cast_mut().cast::<c_void>(),
        iov_len: message.data.len(),
    };
    header.msg_name = message.to.as_ptr().cast_mut().cast::<c_void>();
    header.msg_namelen = fit(message.to.len())?;
    header.msg_iov = &raw mut *vector;
    header.msg_iovlen = fit(1_usize)?;
    header.msg_control = message.control.as_ptr().cast_mut().cast::<c_void>();
    header.msg_controllen = fit(message.control.len())?;
    Ok(())
}

/// Sends messages, `MANY` at most, in their order, without blocking. Tells how many it sent: at least one. Where it
/// could not send all, the next call tells what is wrong with the first that is left.
#[inline(never)] // As `receive_many`.
pub(super) fn send_many<'a>(
    socket: BorrowedFd<'_>,
    messages: impl Iterator<Item = Outgoing<'a>>,
) -> io::Result<usize> {
    let mut vectors = [EMPTY; MANY];
    // SAFETY: a `mmsghdr` is a `msghdr` and an integer; see `receive` for why all octets zero are valid values.
    let mut headers: [libc::mmsghdr; MANY] = unsafe { mem::zeroed() };
    let mut count: c_uint = 0;
    for ((place, header), message) in vectors.iter_mut().zip(&mut headers).zip(messages) {
        prepare_send(&mut header.msg_hdr, place, &message)?;
        count += 1;
    }
    let socket = socket.as_raw_fd();
    let flags = libc::MSG_DONTWAIT;
    // SAFETY: the first `count` headers, of which there are no more than in the array, were prepared above. Each points
    // to a vector of its own, which lives until the end of this function, and to a message, an address and control
    // messages that are borrowed for longer than the call and have the lengths given; the kernel only reads them, in
    // spite of the pointers' type, and writes only to `msg_len` of the headers. It is called directly, because musl's
    // function on 64-bit machines is a loop over `sendmsg`; the structures that both C libraries declare are the
    // kernel's as long as their padding is zero, which it is. All arguments have the width of a register.
    let sent = unsafe {
        libc::syscall(
            libc::SYS_sendmmsg,
            c_long::from(socket),
            headers.as_mut_ptr(),
            c_ulong::from(count),
            c_long::from(flags),
        )
    };
    match counted(sent) {
        Err(error) if is_missing(Call::SendMany, &error) => {
            let headers = headers.iter_mut().zip(0..count);
            one_by_one(headers.map(|(header, _)| header), |header| {
                // SAFETY: as above, of one message.
                unsafe { libc::sendmsg(socket, header, flags) }
            })
        }
        outcome => outcome,
    }
}

/// How many there were, or the error of the call that has just been made.
fn counted(result: impl TryInto<usize>) -> io::Result<usize> {
    result.try_into().map_err(|_| io::Error::last_os_error())
}

/// Makes a call of its own for each message, until one fails. Tells how many did not, or why the first did.
fn one_by_one<'a>(
    headers: impl Iterator<Item = &'a mut libc::mmsghdr>,
    call: impl Fn(&mut libc::msghdr) -> libc::ssize_t,
) -> io::Result<usize> {
    let mut count = 0;
    for header in headers {
        match counted(call(&mut header.msg_hdr)) {
            Ok(length) => header.msg_len = fit(length)?,
            Err(error) if count == 0 => return Err(error),
            Err(_) => break,
        }
        count += 1;
    }
    Ok(count)
}

const EMPTY: iovec = iovec {
    iov_base: ptr::null_mut(),
    iov_len: 0,
};

fn vector(data: &mut [u8]) -> iovec {
    iovec {
        iov_base: data.as_mut_ptr().cast::<c_void>(),
        iov_len: data.len(),
    }
}

/// Points a header, all of zeros, to buffers. They have to be there for as long as it is used.
fn prepare_receive(
    header: &mut libc::msghdr,
    vector: *mut iovec,
    name: &mut [u8],
    control: &mut [u8],
) -> io::Result<()> {
    // Of a name without room the kernel would still write the length; null says that none is wanted.
    if !name.is_empty() {
        header.msg_name = name.as_mut_ptr().cast::<c_void>();
        header.msg_namelen = fit(name.len())?;
    }
    header.msg_iov = vector;
    header.msg_iovlen = fit(1_usize)?;
    header.msg_control = control.as_mut_ptr().cast::<c_void>();
    header.msg_controllen = fit(control.len())?;
    Ok(())
}

fn filled(data: usize, header: &libc::msghdr) -> io::Result<Filled> {
    Ok(Filled {
        data,
        name: fit(header.msg_namelen)?,
        control: fit(header.msg_controllen)?,
        flags: header.msg_flags,
    })
}

/// A number in the type that this C library has for it: glibc and musl differ, and so do 32 and 64 bits.
fn fit<From, To: TryFrom<From>>(number: From) -> io::Result<To> {
    To::try_from(number).map_err(|_| io::Error::from_raw_os_error(libc::EINVAL))
}

/// Sets an option of a socket to the octets given.
pub(super) fn set_option(
    socket: BorrowedFd<'_>,
    level: c_int,
    name: c_int,
    value: &[u8],
) -> io::Result<()> {
    let size: socklen_t = fit(value.len())?;
    // SAFETY: the kernel reads `size` octets from `value`, which is exactly as long and outlives the call. The one
    // option that the kernel writes back to goes through `set_option_in_place`.
    let result = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            level,
            name,
            value.as_ptr().cast::<c_void>(),
            size,
        )
    };
    done(result)
}

/// Sets an option whose value the kernel completes: it writes its answer over the octets given
/// (`IPV6_FLOWLABEL_MGR`).
pub(super) fn set_option_in_place(
    socket: BorrowedFd<'_>,
    level: c_int,
    name: c_int,
    value: &mut [u8],
) -> io::Result<()> {
    let size: socklen_t = fit(value.len())?;
    // SAFETY: the kernel reads and writes within `size` octets at `value`, which is exactly as long, outlives the
    // call and is borrowed mutably, so that the write cannot be seen through another reference.
    let result = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            level,
            name,
            value.as_mut_ptr().cast::<c_void>(),
            size,
        )
    };
    done(result)
}

/// Reads an option of a socket into the octets given; tells how many of them the kernel filled.
pub(super) fn get_option(
    socket: BorrowedFd<'_>,
    level: c_int,
    name: c_int,
    value: &mut [u8],
) -> io::Result<usize> {
    let mut size: socklen_t = fit(value.len())?;
    // SAFETY: the kernel writes `size` octets to `value` at most, which is exactly as long, outlives the call and is
    // borrowed mutably; then it writes to `size`, which is alive and writable as well.
    let result = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            level,
            name,
            value.as_mut_ptr().cast::<c_void>(),
            &raw mut size,
        )
    };
    done(result)?;
    fit(size)
}

/// Puts a filter in front of each system call that this thread, and what it starts, makes from now on (seccomp(2)).
/// It takes `forbid_new_privileges` or a privilege.
pub(super) fn filter_system_calls(program: &[libc::sock_filter]) -> io::Result<()> {
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
        done_long(result).map(|_| ())
    };
    // Without the flag, kernels before 5.16 make each load of this thread wait for the stores before it, a protection
    // for programs that run the code of strangers. Kernels before 4.17 have neither.
    match install(libc::SECCOMP_FILTER_FLAG_SPEC_ALLOW) {
        Err(error) if error.raw_os_error() == Some(libc::EINVAL) => install(0),
        outcome => outcome,
    }
}

/// Which version of Landlock the kernel has (`landlock_create_ruleset`(2)); an error if it has none.
pub(super) fn landlock_version() -> io::Result<c_int> {
    let (null, none, ask): (*const c_void, usize, c_ulong) = (ptr::null(), 0, 1);
    // SAFETY: with `LANDLOCK_CREATE_RULESET_VERSION`, which is 1, there is nothing that the kernel reads or writes.
    let version = unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, null, none, ask) };
    fit(done_long(version)?)
}

/// A set of rules that forbids, where none of them allows it, what the fields of `struct landlock_ruleset_attr` say: rights
/// to files, rights to the network, scopes. The fields that the kernel does not know have to be zero.
pub(super) fn landlock_rules(forbidden: &[u64; 3]) -> io::Result<OwnedFd> {
    let (size, flags): (usize, c_ulong) = (size_of_val(forbidden), 0);
    let forbidden = forbidden.as_ptr();
    // SAFETY: the kernel reads `size` octets from three 64-bit numbers that follow each other, as in the structure.
    let rules = unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, forbidden, size, flags) };
    let rules = fit(done_long(rules)?)?;
    // SAFETY: the kernel has just opened this descriptor (with `O_CLOEXEC`), and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(rules) })
}

/// `struct landlock_path_beneath_attr`, which has no padding.
#[repr(C, packed)]
struct PathBeneath {
    allowed: u64,
    parent: c_int,
}

/// Adds the rule that these rights are there for a file, or for all below a directory (`landlock_add_rule`(2)).
pub(super) fn landlock_allow(
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
    done_long(result).map(|_| ())
}

/// Subjects this thread, and what it starts, to a set of rules (`landlock_restrict_self`(2)). It takes
/// `forbid_new_privileges` or a privilege.
pub(super) fn landlock_restrict(rules: BorrowedFd<'_>) -> io::Result<()> {
    let (rules, flags) = (c_long::from(rules.as_raw_fd()), 0 as c_ulong);
    // SAFETY: no pointers.
    done_long(unsafe { libc::syscall(libc::SYS_landlock_restrict_self, rules, flags) }).map(|_| ())
}

/// Real, effective and saved id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ids<Id> {
    pub(super) real: Id,
    pub(super) effective: Id,
    pub(super) saved: Id,
}

impl<Id: PartialEq> Ids<Id> {
    /// Whether there is nothing to return to.
    pub(super) fn are_all_real(&self) -> bool {
        self.effective == self.real && self.saved == self.real
    }
}

/// The user ids of this process.
pub(super) fn user_ids() -> io::Result<Ids<uid_t>> {
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
pub(super) fn group_ids() -> io::Result<Ids<gid_t>> {
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
pub(super) fn set_user(id: uid_t) -> io::Result<()> {
    // SAFETY: no pointers; the C library carries the change to all threads.
    done(unsafe { libc::setresuid(id, id, id) })
}

/// Makes `id` the real, effective and saved group id, of all threads.
pub(super) fn set_group(id: gid_t) -> io::Result<()> {
    // SAFETY: no pointers; the C library carries the change to all threads.
    done(unsafe { libc::setresgid(id, id, id) })
}

/// A local variable of this type makes the compiler align the stack of the function, and so that of each function that it
/// calls, because the alignment is more than any ABI gives.
///
/// qemu-user 7.2 calls a handler of x86-64 with the stack 8 octets off, and the first aligned SSE store then ends the
/// process (SIGSEGV).
#[repr(align(64))]
struct AlignedStack(u8);

/// Ends the process when the signal comes again, or another one that shares `first`, more than `grace` after the first
/// of them. It ends as the default action of the signal does.
pub(crate) fn default_when_repeated(
    signal: c_int,
    first: Arc<AtomicU64>,
    grace: Duration,
) -> io::Result<()> {
    let grace = u64::try_from(grace.as_nanos()).unwrap_or(u64::MAX);
    let action = move || {
        // A variable, because a value without a name would become a constant, which is not on the stack.
        let aligned = AlignedStack(0);
        black_box(&aligned.0);
        let now = monotonic_nanoseconds();
        if let Err(first) = first.compare_exchange(0, now, Ordering::Relaxed, Ordering::Relaxed)
            && now.saturating_sub(first) > grace
        {
            take_default_action(signal);
            // SAFETY: no pointers; POSIX allows it in signal handlers.
            unsafe { libc::_exit(SIGNALLED + signal) };
        }
    };
    // SAFETY: in a signal handler the action reads a clock, exchanges an atomic number and makes system calls that POSIX
    // allows there. It takes no lock, allocates nothing and cannot panic.
    unsafe { signal_hook::low_level::register(signal, action) }.map(|_| ())
}

/// A shell tells the end by a signal as an exit code of this and the signal's number.
const SIGNALLED: c_int = 128;

/// Takes the default action of a signal, which for most of them ends the process.
///
/// Returns where it does not: the kernel ignores the signals of the first process of a container (PID 1) that has no
/// handler for them (`pid_namespaces`(7)).
pub(crate) fn take_default_action(signal: c_int) {
    // SAFETY: the default action is no function of ours. A number that is no signal is refused.
    unsafe { libc::signal(signal, libc::SIG_DFL) };
    // In its own handler the signal is blocked. If it cannot be unblocked, it is taken behind the handler.
    let _ = unblock_signals();
    // SAFETY: no pointers.
    unsafe { libc::raise(signal) };
}

/// Nanoseconds on the monotonic clock; never 0.
fn monotonic_nanoseconds() -> u64 {
    nanoseconds(libc::CLOCK_MONOTONIC).max(1)
}

/// What a clock tells; 0 of one that is not there.
fn nanoseconds(clock: libc::clockid_t) -> u64 {
    let mut now = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the pointer is to a live variable of the type that the call fills. POSIX allows it in signal handlers.
    unsafe { libc::clock_gettime(clock, &raw mut now) };
    let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
    let nanoseconds = u64::try_from(now.tv_nsec).unwrap_or(0);
    seconds
        .saturating_mul(1_000_000_000)
        .saturating_add(nanoseconds)
}

/// Whether this process ignores the signal, as after `nohup`.
pub(crate) fn is_ignored(signal: c_int) -> bool {
    // SAFETY: all fields of `sigaction` are numbers or sets of bits, for which zero octets are a value.
    let mut action: libc::sigaction = unsafe { mem::zeroed() };
    // SAFETY: a null action changes nothing; the other pointer is to a live variable of the type that the call fills.
    let asked = unsafe { libc::sigaction(signal, ptr::null(), &raw mut action) };
    asked == 0 && action.sa_sigaction == libc::SIG_IGN
}

/// Restores the default action of a signal that is ignored.
pub(crate) fn unignore(signal: c_int) {
    if is_ignored(signal) {
        // SAFETY: the default action is no function of ours. A number that is no signal is refused.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
}

/// Unblocks all signals, whatever this process was started with.
pub(crate) fn unblock_signals() -> io::Result<()> {
    // SAFETY: all fields of `sigset_t` are numbers, for which zero octets are a value; it is initialised below all the same.
    let mut none: libc::sigset_t = unsafe { mem::zeroed() };
    // SAFETY: the pointer is to a live set.
    unsafe { libc::sigemptyset(&raw mut none) };
    // SAFETY: the set is initialised, and the old one is not asked for.
    done(unsafe { libc::sigprocmask(libc::SIG_SETMASK, &raw const none, ptr::null_mut()) })
}

/// All addresses of all interfaces: the name, and the octets of a `sockaddr_in` or `sockaddr_in6`.
pub(super) fn interface_addresses() -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut first: *mut libc::ifaddrs = ptr::null_mut();
    // SAFETY: the function writes one pointer to `first`, which is alive and writable.
    done(unsafe { libc::getifaddrs(&raw mut first) })?;
    let mut found = Vec::new();
    // SAFETY: `first` is null or the head of the list, whose nodes are valid and unchanged until `freeifaddrs`; the
    // reference does not outlive the turn of the loop.
    let mut next = unsafe { first.as_ref() };
    while let Some(entry) = next {
        if !entry.ifa_name.is_null() && !entry.ifa_addr.is_null() {
            // SAFETY: a node's name is a string with a terminating zero that lives as long as the node.
            let name = unsafe { CStr::from_ptr(entry.ifa_name) };
            // SAFETY: a node's address begins with its family, whatever that is.
            let family = unsafe { (*entry.ifa_addr).sa_family };
            let size = match c_int::from(family) {
                libc::AF_INET => size_of::<libc::sockaddr_in>(),
                libc::AF_INET6 => size_of::<libc::sockaddr_in6>(),
                _ => 0,
            };
            // SAFETY: an address of these two families has the size of its structure, all of it initialised by the C
            // library; it is read as octets, which need no alignment, and copied before the list is freed.
            let octets = unsafe { std::slice::from_raw_parts(entry.ifa_addr.cast::<u8>(), size) };
            found.push((name.to_string_lossy().into_owned(), octets.to_vec()));
        }
        // SAFETY: as for `first`.
        next = unsafe { entry.ifa_next.as_ref() };
    }
    // SAFETY: the list came from `getifaddrs`, is freed once, and nothing refers to it any more.
    unsafe { libc::freeifaddrs(first) };
    Ok(found)
}

// As in `linux/sockios.h`: the constants of the C library have another type than its function takes.
const SIOCGIFFLAGS: libc::Ioctl = 0x8913;
const SIOCGIFMTU: libc::Ioctl = 0x8921;

/// The MTU of the interface of this name in octets; none for one that is down. Any socket will do.
pub(super) fn mtu_in_use(socket: BorrowedFd<'_>, name: &str) -> io::Result<Option<c_int>> {
    // SAFETY: an `ifreq` is integers, octets and pointers, for which all octets zero are valid values.
    let mut request: libc::ifreq = unsafe { mem::zeroed() };
    // The last octet stays the terminating zero.
    let room = request.ifr_name.len() - 1;
    if name.len() > room {
        return Err(io::Error::from_raw_os_error(libc::ENODEV));
    }
    for (place, octet) in request.ifr_name.iter_mut().zip(name.bytes()) {
        *place = c_char::from_ne_bytes([octet]);
    }
    let mut ask = |what| {
        // SAFETY: the kernel reads the name, which ends with a zero, and writes within `request`, which is borrowed
        // mutably and outlives the call.
        done(unsafe { libc::ioctl(socket.as_raw_fd(), what, &raw mut request) })?;
        Ok::<_, io::Error>(request.ifr_ifru)
    };
    // SAFETY: a successful call has filled in this member of the union.
    let flags = unsafe { ask(SIOCGIFFLAGS)?.ifru_flags };
    // SAFETY: as above.
    let mtu = unsafe { ask(SIOCGIFMTU)?.ifru_mtu };
    let is_up = c_int::from(flags) & libc::IFF_UP != 0;
    Ok(is_up.then_some(mtu))
}

/// The octets of an address's structure, and the canonical name of a host, which only its first address has.
type NamedOctets = (Vec<u8>, Option<CString>);

/// The addresses of a name as the C library's resolver finds them.
///
/// The error is a number of `netdb.h` (`EAI_...`), and what the resolver left in `h_errno`, 0 if nothing; of `EAI_SYSTEM`,
/// `errno` says more.
pub(super) fn addresses_of(name: &CStr, family: c_int) -> Result<Vec<NamedOctets>, (c_int, c_int)> {
    // SAFETY: an `addrinfo` is integers and pointers, for which all octets zero are valid values.
    let mut hints: libc::addrinfo = unsafe { mem::zeroed() };
    hints.ai_flags = libc::AI_CANONNAME;
    hints.ai_family = family;
    hints.ai_socktype = libc::SOCK_DGRAM;
    hints.ai_protocol = libc::IPPROTO_UDP;
    let mut first: *mut libc::addrinfo = ptr::null_mut();
    set_h_errno(0);
    // SAFETY: the name ends in a zero, the service is none, the hints outlive the call, and `first` is writable.
    let code =
        unsafe { libc::getaddrinfo(name.as_ptr(), ptr::null(), &raw const hints, &raw mut first) };
    if code != 0 {
        return Err((code, h_errno()));
    }
    let mut found = Vec::new();
    // SAFETY: `first` is the head of the list, whose nodes are valid and unchanged until `freeaddrinfo`; the reference
    // does not outlive the turn of the loop.
    let mut next = unsafe { first.as_ref() };
    while let Some(entry) = next {
        if let (false, Ok(size)) = (entry.ai_addr.is_null(), usize::try_from(entry.ai_addrlen)) {
            // SAFETY: an address has as many octets as its node says, all of them initialised by the C library; they
            // need no alignment, and are copied before the list is freed.
            let octets = unsafe { std::slice::from_raw_parts(entry.ai_addr.cast::<u8>(), size) };
            // SAFETY: where there is a canonical name, it ends in a zero and lives as long as the node.
            let canonical = (!entry.ai_canonname.is_null())
                .then(|| unsafe { CStr::from_ptr(entry.ai_canonname) }.to_owned());
            found.push((octets.to_vec(), canonical));
        }
        // SAFETY: as for `first`.
        next = unsafe { entry.ai_next.as_ref() };
    }
    // SAFETY: the list came from `getaddrinfo`, is freed once, and nothing refers to it any more.
    unsafe { libc::freeaddrinfo(first) };
    Ok(found)
}

unsafe extern "C" {
    /// Where this thread's `h_errno` of `netdb.h` is. glibc and musl have this function; the crate `libc` has not.
    fn __h_errno_location() -> *mut c_int;
}

fn h_errno() -> c_int {
    // SAFETY: the pointer is valid for this thread, which alone uses what it points to.
    unsafe { *__h_errno_location() }
}

fn set_h_errno(number: c_int) {
    // SAFETY: as for `h_errno`.
    unsafe { *__h_errno_location() = number };
}

/// The name of an address as the C library's resolver finds it; none where it has none.
pub(super) fn name_of(address: &socket2::SockAddr) -> Option<CString> {
    // The longest name that `netdb.h` speaks of (`NI_MAXHOST`).
    let mut name = [0_u8; 1025];
    // SAFETY: the address has the length given and the alignment of any address; the name has room for the length given,
    // and no service is asked for.
    let code = unsafe {
        libc::getnameinfo(
            address.as_ptr().cast(),
            address.len(),
            name.as_mut_ptr().cast(),
            fit(name.len()).ok()?,
            ptr::null_mut(),
            0,
            libc::NI_NAMEREQD,
        )
    };
    let name = CStr::from_bytes_until_nul(&name).ok()?;
    (code == 0).then(|| name.to_owned())
}

/// The same of `syscall`, which hands out what the call gives.
fn done_long(result: c_long) -> io::Result<c_long> {
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(result)
}

/// The C library's way to say that it failed.
fn done(result: c_int) -> io::Result<()> {
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::address::octets;
    use std::net::UdpSocket;
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixDatagram;

    #[test]
    fn a_message_fills_no_more_than_the_buffer() {
        let (left, right) = UnixDatagram::pair().unwrap();
        left.send(b"seven..").unwrap();
        let mut data = [0xa5_u8; 4];
        let filled = receive(right.as_fd(), &mut data, &mut [0; 128], &mut [], 0).unwrap();
        assert_eq!((filled.data, &data), (4, b"seve"));
        assert_ne!(filled.flags & libc::MSG_TRUNC, 0);
    }

    fn send_words(socket: BorrowedFd<'_>, to: &[&[u8]]) -> io::Result<usize> {
        let words = ["one", "two", "three"]
            .map(str::as_bytes)
            .into_iter()
            .cycle();
        let messages = words.zip(to).map(|(data, to)| Outgoing {
            data,
            to,
            control: &[],
        });
        send_many(socket, messages)
    }

    fn receive_all(socket: BorrowedFd<'_>, room: usize, flags: c_int) -> io::Result<Vec<Vec<u8>>> {
        let mut data = [[0xa5_u8; 8]; 2 * MANY];
        let (mut name, mut control) = ([[0_u8; 128]; 2 * MANY], [[0_u8; 64]; 2 * MANY]);
        let rooms = data.iter_mut().zip(&mut name).zip(&mut control).take(room);
        let slots = rooms.map(|((data, name), control)| RecvSlot {
            data,
            name,
            control,
        });
        let mut each = [Filled::default(); 2 * MANY];
        let count = receive_many(socket, slots, &mut each, flags)?;
        let words = data.iter().zip(each).take(count);
        Ok(words
            .map(|(data, each)| data[..each.data].to_vec())
            .collect())
    }

    /// A socket, its own address, and one that it cannot send to.
    fn udp() -> (UdpSocket, Vec<u8>, Vec<u8>) {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let own = octets::of(&socket.local_addr().unwrap().to_string());
        (socket, own, octets::of("[::1]:9"))
    }

    #[test]
    fn many_messages_are_sent_and_received_in_their_order() {
        let (socket, own, _) = udp();
        assert_eq!(send_words(socket.as_fd(), &[&own[..]; 3]).unwrap(), 3);
        let received = receive_all(socket.as_fd(), 9, 0).unwrap();
        assert_eq!(
            received,
            ["one", "two", "three"].map(|word| word.as_bytes().to_vec())
        );
    }

    /// Does it in a thread for which a policy refuses a call with this error.
    fn without(call: c_long, errno: c_int, act: impl FnOnce() + Send) {
        let step = |code, jump, k| libc::sock_filter {
            code,
            jt: 0,
            jf: jump,
            k,
        };
        // Load the number of the call; if it is this one, fail; allow the rest.
        let program = [
            step(0x20, 0, 0),
            step(0x15, 1, u32::try_from(call).unwrap()),
            step(
                0x06,
                0,
                libc::SECCOMP_RET_ERRNO | u32::try_from(errno).unwrap(),
            ),
            step(0x06, 0, libc::SECCOMP_RET_ALLOW),
        ];
        std::thread::scope(|scope| {
            let limited = move || {
                rustix::thread::set_no_new_privs(true).unwrap();
                if filter_system_calls(&program).is_ok() {
                    act();
                }
            };
            scope.spawn(limited).join().unwrap();
        });
    }

    #[test]
    #[cfg_attr(miri, ignore = "Miri has no seccomp")]
    fn messages_go_one_by_one_where_the_call_for_many_is_missing_or_forbidden() {
        for errno in [libc::ENOSYS, libc::EPERM] {
            for call in [libc::SYS_sendmmsg, libc::SYS_recvmmsg] {
                without(call, errno, || {
                    many_messages_are_sent_and_received_in_their_order();
                    no_more_messages_are_received_than_there_is_room_for();
                    messages_go_up_to_the_first_that_cannot_be_sent_and_then_it_says_why();
                    an_empty_error_queue_would_block_and_leaves_the_messages_alone();
                });
            }
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "Miri has no seccomp")]
    fn call_is_missing_only_if_it_fails_without_a_descriptor_too() {
        let error = io::Error::from_raw_os_error;
        for call in [Call::ReceiveMany, Call::Send, Call::SendMany, Call::SendTo] {
            assert!(!is_missing(call, &error(libc::ENOSYS)));
            assert!(!is_missing(call, &error(libc::EPERM)));
        }
        without(libc::SYS_sendmsg, libc::EPERM, || {
            assert!(is_missing(Call::Send, &error(libc::EPERM)));
            assert!(!is_missing(Call::Send, &error(libc::EACCES)));
            assert!(!is_missing(Call::SendTo, &error(libc::EPERM)));
        });
    }

    #[test]
    fn no_more_messages_are_received_than_there_is_room_for() {
        let (socket, own, _) = udp();
        send_words(socket.as_fd(), &[&own[..]; 3]).unwrap();
        assert_eq!(receive_all(socket.as_fd(), 2, 0).unwrap().len(), 2);
        assert_eq!(receive_all(socket.as_fd(), 2, 0).unwrap().len(), 1);
        let error = receive_all(socket.as_fd(), 2, 0).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
    }

    #[test]
    fn no_more_messages_are_sent_than_one_call_takes() {
        let (socket, own, _) = udp();
        assert_eq!(
            send_words(socket.as_fd(), &[&own[..]; MANY + 9]).unwrap(),
            MANY
        );
        assert_eq!(
            receive_all(socket.as_fd(), 2 * MANY, 0).unwrap().len(),
            MANY
        );
    }

    #[test]
    fn messages_go_up_to_the_first_that_cannot_be_sent_and_then_it_says_why() {
        let (socket, own, foreign) = udp();
        let to = [&own[..], &own, &foreign, &own];
        assert_eq!(send_words(socket.as_fd(), &to).unwrap(), 2);
        let error = send_words(socket.as_fd(), &to[2..]).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::EAFNOSUPPORT));
    }

    #[test]
    fn an_empty_error_queue_would_block_and_leaves_the_messages_alone() {
        let (socket, own, _) = udp();
        send_words(socket.as_fd(), &[&own[..]]).unwrap();
        let error = receive_all(socket.as_fd(), 9, libc::MSG_ERRQUEUE).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        assert_eq!(receive_all(socket.as_fd(), 9, 0).unwrap().len(), 1);
    }

    #[test]
    fn an_empty_socket_would_block() {
        let (_left, right) = UnixDatagram::pair().unwrap();
        let error = receive(right.as_fd(), &mut [0; 4], &mut [], &mut [], 0).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
    }

    #[test]
    fn the_loopback_interface_has_its_address() {
        let found = interface_addresses().unwrap();
        let address = [127, 0, 0, 1];
        assert!(
            found
                .iter()
                .any(|(name, octets)| name == "lo" && octets.get(4..8) == Some(&address))
        );
        assert!(
            found
                .iter()
                .all(|(_, octets)| [0, 16, 28].contains(&octets.len()))
        );
    }

    #[test]
    fn an_option_that_is_refused_says_why() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let error = set_option(socket.as_fd(), libc::SOL_SOCKET, -1, &[0; 4]).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::ENOPROTOOPT));
    }
}
