//! The system calls of the fixture. It has all `unsafe` except that in `run.rs`.
#![allow(
    unsafe_code,
    reason = "namespaces, netlink and packet sockets have no safe interface in the standard library"
)]

use std::ffi::CString;
use std::fs::File;
use std::io::{Error, ErrorKind, PipeReader, PipeWriter, Result, Write};
use std::net::IpAddr;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

fn check(value: libc::c_int) -> Result<libc::c_int> {
    if value < 0 {
        Err(Error::last_os_error())
    } else {
        Ok(value)
    }
}

fn own(value: libc::c_int) -> Result<OwnedFd> {
    // SAFETY: the call that returned it has just made this descriptor, and nobody else knows of it.
    check(value).map(|fd| unsafe { OwnedFd::from_raw_fd(fd) })
}

pub(crate) fn ids() -> (u32, u32) {
    // SAFETY: these two take nothing and cannot fail.
    unsafe { (libc::geteuid(), libc::getegid()) }
}

pub(crate) fn unshare(what: libc::c_int) -> Result<()> {
    // SAFETY: takes no pointer.
    check(unsafe { libc::unshare(what) }).map(drop)
}

/// Moves this thread to the network namespace of the file.
pub(crate) fn enter(network: &impl AsRawFd) -> Result<()> {
    // SAFETY: takes no pointer.
    check(unsafe { libc::setns(network.as_raw_fd(), libc::CLONE_NEWNET) }).map(drop)
}

/// With a source, mounts that file over the target. Without one, makes the mounts below the target private.
pub(crate) fn mount(source: Option<&str>, target: &str) -> Result<()> {
    let source = source.map(|source| CString::new(source).unwrap());
    let target = CString::new(target).unwrap();
    let flags = if source.is_some() {
        libc::MS_BIND
    } else {
        libc::MS_REC | libc::MS_PRIVATE
    };
    let source = source
        .as_ref()
        .map_or(std::ptr::null(), |source| source.as_ptr());
    // SAFETY: both strings live until the call returns; null is allowed for the other three.
    check(unsafe {
        libc::mount(
            source,
            target.as_ptr(),
            std::ptr::null(),
            flags,
            std::ptr::null(),
        )
    })
    .map(drop)
}

pub(crate) fn socket(family: i32, kind: i32, protocol: i32) -> Result<OwnedFd> {
    // SAFETY: takes no pointer.
    own(unsafe { libc::socket(family, kind | libc::SOCK_CLOEXEC, protocol) })
}

pub(crate) fn set_option(fd: &OwnedFd, level: i32, option: i32, value: i32) -> Result<()> {
    let size = socklen::<i32>();
    // SAFETY: the pointer and the size describe `value`.
    check(unsafe {
        libc::setsockopt(
            fd.as_raw_fd(),
            level,
            option,
            (&raw const value).cast(),
            size,
        )
    })
    .map(drop)
}

pub(crate) fn send(fd: &OwnedFd, octets: &[u8]) -> Result<()> {
    // SAFETY: the pointer and the length describe `octets`.
    let sent = unsafe { libc::send(fd.as_raw_fd(), octets.as_ptr().cast(), octets.len(), 0) };
    if sent < 0 {
        Err(Error::last_os_error())
    } else {
        Ok(())
    }
}

pub(crate) fn receive(fd: &OwnedFd, buffer: &mut [u8]) -> Result<usize> {
    // SAFETY: the pointer and the length describe `buffer`.
    let length = unsafe { libc::recv(fd.as_raw_fd(), buffer.as_mut_ptr().cast(), buffer.len(), 0) };
    usize::try_from(length).map_err(|_| Error::last_os_error())
}

/// Receives a datagram. Returns whether it had a control message.
pub(crate) fn receive_with_control(fd: &OwnedFd) -> Result<bool> {
    let mut control = [0_u64; 16];
    // SAFETY: all fields are integers or pointers, which may be zero and null.
    let mut header: libc::msghdr = unsafe { std::mem::zeroed() };
    header.msg_control = control.as_mut_ptr().cast();
    header.msg_controllen = size_of_val(&control) as _;
    // SAFETY: `header` points to `control`, which lives until the call returns; the length is its own.
    let length = unsafe { libc::recvmsg(fd.as_raw_fd(), &raw mut header, 0) };
    usize::try_from(length).map_err(|_| Error::last_os_error())?;
    Ok(header.msg_controllen > 0)
}

pub(crate) fn interface_index(name: &str) -> i32 {
    let text = CString::new(name).unwrap();
    // SAFETY: the string lives until the call returns.
    let index = unsafe { libc::if_nametoindex(text.as_ptr()) };
    assert_ne!(index, 0, "no interface {name}: {}", Error::last_os_error());
    i32::try_from(index).unwrap()
}

pub(crate) fn link_address(protocol: i32, interface: i32, mac: [u8; 6]) -> libc::sockaddr_ll {
    let mut sll_addr = [0; 8];
    sll_addr[..6].copy_from_slice(&mac);
    libc::sockaddr_ll {
        sll_family: u16::try_from(libc::AF_PACKET).unwrap(),
        sll_protocol: u16::try_from(protocol).unwrap().to_be(),
        sll_ifindex: interface,
        sll_hatype: 0,
        sll_pkttype: 0,
        sll_halen: 6,
        sll_addr,
    }
}

/// A socket for the kernel's notifications to a group of rtnetlink.
pub(crate) fn route_listener(group: u32) -> Result<OwnedFd> {
    let fd = socket(libc::AF_NETLINK, libc::SOCK_RAW, libc::NETLINK_ROUTE)?;
    // SAFETY: all zero is a valid value of this plain structure, whose padding cannot be named.
    let mut address: libc::sockaddr_nl = unsafe { std::mem::zeroed() };
    address.nl_family = u16::try_from(libc::AF_NETLINK).unwrap();
    address.nl_groups = 1 << (group - 1);
    let size = socklen::<libc::sockaddr_nl>();
    // SAFETY: the pointer and the size describe `address`.
    check(unsafe { libc::bind(fd.as_raw_fd(), (&raw const address).cast(), size) })?;
    Ok(fd)
}

pub(crate) fn bind_link(fd: &OwnedFd, address: &libc::sockaddr_ll) -> Result<()> {
    let size = socklen::<libc::sockaddr_ll>();
    // SAFETY: the pointer and the size describe `address`.
    check(unsafe { libc::bind(fd.as_raw_fd(), std::ptr::from_ref(address).cast(), size) }).map(drop)
}

pub(crate) fn send_link(fd: &OwnedFd, octets: &[u8], address: &libc::sockaddr_ll) -> Result<()> {
    let to = std::ptr::from_ref(address).cast();
    let size = socklen::<libc::sockaddr_ll>();
    // SAFETY: the pointers and sizes describe `octets` and `address`.
    let sent = unsafe {
        libc::sendto(
            fd.as_raw_fd(),
            octets.as_ptr().cast(),
            octets.len(),
            0,
            to,
            size,
        )
    };
    if sent < 0 {
        Err(Error::last_os_error())
    } else {
        Ok(())
    }
}

/// A ping socket for replies with this identifier, if no other socket has it.
pub(crate) fn bind_ping_socket(address: IpAddr, identifier: u16) -> Result<OwnedFd> {
    let bind = |fd: &OwnedFd, to: *const libc::sockaddr, size| {
        // SAFETY: the callers below pass a pointer to a whole address, and its size.
        check(unsafe { libc::bind(fd.as_raw_fd(), to, size) }).map(drop)
    };
    match address {
        IpAddr::V4(address) => {
            let fd = socket(libc::AF_INET, libc::SOCK_DGRAM, libc::IPPROTO_ICMP)?;
            let to = libc::sockaddr_in {
                sin_family: u16::try_from(libc::AF_INET).unwrap(),
                sin_port: identifier.to_be(),
                sin_addr: libc::in_addr {
                    s_addr: u32::from_ne_bytes(address.octets()),
                },
                sin_zero: [0; 8],
            };
            bind(&fd, (&raw const to).cast(), socklen::<libc::sockaddr_in>())?;
            Ok(fd)
        }
        IpAddr::V6(address) => {
            let fd = socket(libc::AF_INET6, libc::SOCK_DGRAM, libc::IPPROTO_ICMPV6)?;
            let to = libc::sockaddr_in6 {
                sin6_family: u16::try_from(libc::AF_INET6).unwrap(),
                sin6_port: identifier.to_be(),
                sin6_flowinfo: 0,
                sin6_addr: libc::in6_addr {
                    s6_addr: address.octets(),
                },
                sin6_scope_id: 0,
            };
            bind(&fd, (&raw const to).cast(), socklen::<libc::sockaddr_in6>())?;
            Ok(fd)
        }
    }
}

/// Receives a packet and its `sll_pkttype` without waiting. Returns `None` if there is none, or the link is gone.
pub(crate) fn receive_link(fd: &OwnedFd, buffer: &mut [u8]) -> Result<Option<(usize, u8)>> {
    let mut from = link_address(0, 0, [0; 6]);
    let mut size = socklen::<libc::sockaddr_ll>();
    // SAFETY: the pointers and sizes describe `buffer` and `from`; the kernel writes no more than they allow.
    let length = unsafe {
        let from = (&raw mut from).cast();
        libc::recvfrom(
            fd.as_raw_fd(),
            buffer.as_mut_ptr().cast(),
            buffer.len(),
            libc::MSG_DONTWAIT,
            from,
            &raw mut size,
        )
    };
    match usize::try_from(length) {
        Ok(length) => Ok(Some((length, from.sll_pkttype))),
        Err(_) => match Error::last_os_error() {
            error if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::NetworkDown) => {
                Ok(None)
            }
            error => Err(error),
        },
    }
}

/// Waits without timeout until at least one is readable or closed, and returns which.
pub(crate) fn wait<const N: usize>(fds: [Option<BorrowedFd<'_>>; N]) -> Result<[bool; N]> {
    let mut polled = fds.map(|fd| libc::pollfd {
        fd: fd.map_or(-1, |fd| fd.as_raw_fd()), // The kernel skips negative ones.
        events: libc::POLLIN,
        revents: 0,
    });
    loop {
        // SAFETY: the pointer and the count describe `polled`.
        match check(unsafe {
            libc::poll(polled.as_mut_ptr(), libc::nfds_t::try_from(N).unwrap(), -1)
        }) {
            Ok(_) => return Ok(polled.map(|one| one.revents != 0)),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// A pipe with a capacity of one page.
pub(crate) fn small_pipe() -> (PipeReader, PipeWriter) {
    let (reader, writer) = std::io::pipe().unwrap();
    // SAFETY: this operation takes an integer.
    check(unsafe { libc::fcntl(writer.as_raw_fd(), libc::F_SETPIPE_SZ, 4096) }).unwrap();
    (reader, writer)
}

/// The same as a FIFO in the file system.
pub(crate) fn named_pipe(path: &Path) -> (File, File) {
    let name = CString::new(path.as_os_str().as_encoded_bytes()).unwrap();
    // SAFETY: the string lives until the call returns.
    check(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }).unwrap();
    // Opening an end waits for the other one. An end open for both avoids that.
    let _both = File::options().read(true).write(true).open(path).unwrap();
    let reader = File::open(path).unwrap();
    let writer = File::options().write(true).open(path).unwrap();
    // SAFETY: this operation takes an integer.
    check(unsafe { libc::fcntl(writer.as_raw_fd(), libc::F_SETPIPE_SZ, 4096) }).unwrap();
    (reader, writer)
}

/// A pseudo-terminal: the user's end and the program's. Programs started by other trials inherit neither, as that would
/// keep the terminal open.
pub(crate) fn terminal() -> (OwnedFd, OwnedFd) {
    let flags = libc::O_RDWR | libc::O_NOCTTY | libc::O_CLOEXEC;
    // SAFETY: takes an integer.
    let person = own(unsafe { libc::posix_openpt(flags) }).unwrap();
    // SAFETY: takes an integer.
    check(unsafe { libc::unlockpt(person.as_raw_fd()) }).unwrap();
    // SAFETY: this operation takes an integer.
    let program = own(unsafe { libc::ioctl(person.as_raw_fd(), libc::TIOCGPTPEER, flags) });
    (person, program.unwrap())
}

/// Stops or resumes output, as ^S and ^Q do.
pub(crate) fn stop_output(terminal: &OwnedFd, stop: bool) {
    let action = if stop { libc::TCOOFF } else { libc::TCOON };
    // SAFETY: takes integers.
    check(unsafe { libc::tcflow(terminal.as_raw_fd(), action) }).unwrap();
}

/// Sets the columns and rows of a terminal.
pub(crate) fn set_size(terminal: &OwnedFd, columns: u16, rows: u16) {
    let size = libc::winsize {
        ws_row: rows,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    // SAFETY: the pointer is to a live value of the type that this request reads.
    check(unsafe { libc::ioctl(terminal.as_raw_fd(), libc::TIOCSWINSZ, &raw const size) }).unwrap();
}

/// The modes and control characters of a terminal.
pub(crate) fn modes(terminal: &OwnedFd) -> Vec<u64> {
    // SAFETY: all fields are numbers, for which zero octets are a value.
    let mut modes: libc::termios = unsafe { std::mem::zeroed() };
    // SAFETY: the pointer is to a live variable of the type that the call fills.
    check(unsafe { libc::tcgetattr(terminal.as_raw_fd(), &raw mut modes) }).unwrap();
    let flags = [modes.c_iflag, modes.c_oflag, modes.c_cflag, modes.c_lflag];
    let characters = modes.c_cc.into_iter().map(u64::from);
    flags.map(u64::from).into_iter().chain(characters).collect()
}

/// Writes to a terminal whose other end is not read, until it is full.
pub(crate) fn fill(terminal: &OwnedFd) {
    let path = format!("/proc/self/fd/{}", terminal.as_raw_fd());
    let mut options = File::options();
    options.write(true);
    // Opened again, so that the flag applies to this description only.
    options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY);
    let mut terminal = options.open(path).unwrap();
    while terminal.write(&[b'x'; 256]).is_ok() {}
    while terminal.write(b"x").is_ok() {}
}

/// Makes the program start a session whose controlling terminal is its standard input.
pub(crate) fn control_its_input(command: &mut Command) {
    let control = || {
        // SAFETY: neither takes a pointer.
        unsafe {
            check(libc::setsid())?;
            check(libc::ioctl(0, libc::TIOCSCTTY, 0)).map(drop)
        }
    };
    // SAFETY: it makes system calls only; it neither allocates nor takes a lock.
    unsafe { command.pre_exec(control) };
}

/// A descriptor that becomes readable after this time.
pub(crate) fn alarm(after: Duration) -> Result<OwnedFd> {
    // SAFETY: takes no pointer.
    let fd = own(unsafe { libc::timerfd_create(libc::CLOCK_MONOTONIC, libc::TFD_CLOEXEC) })?;
    let zero = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    let value = libc::timespec {
        tv_sec: i64::try_from(after.as_secs()).unwrap(),
        tv_nsec: after.subsec_nanos().into(),
    };
    let timer = libc::itimerspec {
        it_interval: zero,
        it_value: value,
    };
    // SAFETY: `timer` lives until the call returns; null means that the old value is not wanted.
    check(unsafe {
        libc::timerfd_settime(fd.as_raw_fd(), 0, &raw const timer, std::ptr::null_mut())
    })?;
    Ok(fd)
}

/// A descriptor that becomes readable when this child ends.
pub(crate) fn process(pid: u32) -> Result<OwnedFd> {
    // SAFETY: takes no pointer.
    let fd = unsafe { libc::syscall(libc::SYS_pidfd_open, libc::c_long::from(pid), 0) };
    own(libc::c_int::try_from(fd).unwrap())
}

/// Restores signals that were ignored at the start, for example SIGHUP under `nohup`: the program inherits ignored
/// signals, and these tests send them.
pub(crate) fn heed_signals() {
    for signal in [
        libc::SIGALRM,
        libc::SIGHUP,
        libc::SIGINT,
        libc::SIGQUIT,
        libc::SIGTERM,
    ] {
        // SAFETY: the default is no function of ours.
        let before = unsafe { libc::signal(signal, libc::SIG_DFL) };
        assert_ne!(before, libc::SIG_ERR);
    }
}

pub(crate) fn signal(pid: u32, signal: libc::c_int) {
    // SAFETY: takes no pointer; the caller has not yet waited for this child, so that the number is still its own.
    check(unsafe { libc::kill(libc::pid_t::try_from(pid).unwrap(), signal) }).unwrap();
}

/// Gives a file the capability `CAP_NET_RAW`, permitted but not effective, as `setcap cap_net_raw=p` does.
pub(crate) fn permit_raw_sockets(file: &Path) -> Result<()> {
    let file = CString::new(file.as_os_str().as_encoded_bytes()).unwrap();
    // Version 2 without the effective flag; the permitted and inheritable sets; the same for later capabilities.
    // linux/capability.h
    let words = [0x0200_0000_u32, 1 << 13, 0, 0, 0];
    let octets: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    let name = c"security.capability";
    // SAFETY: both strings live until the call returns; the pointer and the length describe `octets`.
    check(unsafe {
        libc::setxattr(
            file.as_ptr(),
            name.as_ptr(),
            octets.as_ptr().cast(),
            octets.len(),
            0,
        )
    })
    .map(drop)
}

/// Drops all capabilities of this thread and its children for good.
pub(crate) fn give_up_capabilities() -> Result<()> {
    // Version 3, this thread, and three empty sets of 64 bits.
    let (header, none) = ([0x2008_0522_u32, 0], [0_u32; 6]);
    // SAFETY: both are as long as this version has them, and live until the call returns; prctl takes no pointer.
    unsafe {
        check(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))?;
        let result = libc::syscall(libc::SYS_capset, header.as_ptr(), none.as_ptr());
        check(libc::c_int::try_from(result).unwrap()).map(drop)
    }
}

fn socklen<T>() -> libc::socklen_t {
    libc::socklen_t::try_from(size_of::<T>()).unwrap()
}
