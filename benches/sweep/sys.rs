//! The system calls of this benchmark: those of the network tests' fixture, and those of the floor. All of its `unsafe`
//! is here.
#![allow(
    unsafe_code,
    reason = "sendmmsg, recvmmsg, rusage and file descriptors of processes have no safe interface here"
)]

#[path = "../../tests/net/sys.rs"]
#[allow(
    dead_code,
    clippy::unwrap_used,
    reason = "the fixture of the network tests, of which only some is needed here"
)]
mod fixture;

use std::fs::File;
use std::io::{Error, ErrorKind, Result};
use std::mem;
use std::net::Ipv4Addr;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::process::Child;
use std::ptr;
use std::time::Duration;

use libc::{c_int, c_long, c_ulong, iovec, mmsghdr, sockaddr_in};

pub(crate) use fixture::alarm;
pub(crate) use fixture::{
    ids, interface_index, receive, route_listener, send, set_option, socket, unshare, wait,
};

/// Maximum messages sent or received with one call.
pub(crate) const MANY: usize = 64;

/// Octets of an echo reply with 56 octets of data and its IPv4 header, rounded up.
const ROOM: usize = 128;

/// Octets of the only requested control message, a time stamp of 32, rounded up.
const CONTROL: usize = 64;

/// `ICMP_FILTER` of `linux/icmp.h`: a set bit blocks a type of message.
const ICMP_FILTER: c_int = 1;

fn check(value: c_int) -> Result<c_int> {
    if value < 0 {
        return Err(Error::last_os_error());
    }
    Ok(value)
}

/// A raw socket that receives only one type of ICMP message, with a receive buffer of `room` octets.
pub(crate) fn icmp_socket(kind: u8, room: c_int) -> Result<OwnedFd> {
    let socket = socket(libc::AF_INET, libc::SOCK_RAW, libc::IPPROTO_ICMP)?;
    set_option(&socket, libc::SOL_RAW, ICMP_FILTER, !(1 << kind))?;
    set_option(&socket, libc::SOL_SOCKET, libc::SO_RCVBUFFORCE, room)?;
    Ok(socket)
}

pub(crate) fn address(of: Ipv4Addr) -> sockaddr_in {
    sockaddr_in {
        sin_family: libc::AF_INET as u16,
        sin_port: 0,
        sin_addr: libc::in_addr {
            s_addr: u32::from_ne_bytes(of.octets()),
        },
        sin_zero: [0; 8],
    }
}

/// Sends the same message to up to [`MANY`] addresses. Returns the number of sent messages.
pub(crate) fn send_to_all(
    socket: &OwnedFd,
    message: &[u8],
    to: &mut [sockaddr_in],
) -> Result<usize> {
    let mut part = iovec {
        iov_base: message.as_ptr().cast_mut().cast(),
        iov_len: message.len(),
    };
    // SAFETY: all fields are integers or pointers, which may be zero and null.
    let mut headers: [mmsghdr; MANY] = unsafe { mem::zeroed() };
    let mut count: c_long = 0;
    for (header, to) in headers.iter_mut().zip(to) {
        header.msg_hdr.msg_name = ptr::from_mut(to).cast();
        header.msg_hdr.msg_namelen = mem::size_of::<sockaddr_in>() as u32;
        header.msg_hdr.msg_iov = &raw mut part;
        header.msg_hdr.msg_iovlen = 1;
        count += 1;
    }
    let (socket, none): (c_long, c_long) = (socket.as_raw_fd().into(), 0);
    // SAFETY: `count` headers were filled above; each points to an address of `to` and to `part`, and that to `message`,
    // all of which live until the call returns. The kernel only reads them, but for the lengths in the headers.
    let sent = unsafe {
        libc::syscall(
            libc::SYS_sendmmsg,
            socket,
            headers.as_mut_ptr(),
            count,
            none,
        )
    };
    usize::try_from(sent).map_err(|_| Error::last_os_error())
}

/// Buffers for received messages.
pub(crate) struct Room {
    octets: Box<[[u8; ROOM]; MANY]>,
    controls: Box<[Control; MANY]>,
    lengths: [usize; MANY],
    stamps: [Option<Duration>; MANY],
}

/// A buffer for control messages, aligned like their headers.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
struct Control([u8; CONTROL]);

impl Room {
    pub(crate) fn new() -> Self {
        Self {
            octets: Box::new([[0; ROOM]; MANY]),
            controls: Box::new([Control([0; CONTROL]); MANY]),
            lengths: [0; MANY],
            stamps: [None; MANY],
        }
    }

    /// Receives up to [`MANY`] available messages without waiting. Returns their number.
    pub(crate) fn receive(&mut self, socket: &OwnedFd) -> Result<usize> {
        // SAFETY: integers and pointers, as above.
        let mut parts: [iovec; MANY] = unsafe { mem::zeroed() };
        // SAFETY: as above.
        let mut headers: [mmsghdr; MANY] = unsafe { mem::zeroed() };
        let rooms = self.octets.iter_mut().zip(self.controls.iter_mut());
        for ((header, part), (octets, control)) in headers.iter_mut().zip(&mut parts).zip(rooms) {
            part.iov_base = octets.as_mut_ptr().cast();
            part.iov_len = ROOM;
            header.msg_hdr.msg_iov = &raw mut *part;
            header.msg_hdr.msg_iovlen = 1;
            header.msg_hdr.msg_control = (&raw mut *control).cast();
            header.msg_hdr.msg_controllen = CONTROL as _;
        }
        // SAFETY: each header points to a part of its own and that to octets of its own, of the length given, and so
        // for the control messages; all live until the call returns. No time is given.
        let received = unsafe {
            libc::recvmmsg(
                socket.as_raw_fd(),
                headers.as_mut_ptr(),
                MANY as u32,
                libc::MSG_DONTWAIT as _,
                ptr::null_mut(),
            )
        };
        let received = match check(received) {
            Ok(received) => received as usize,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(0),
            Err(error) => return Err(error),
        };
        for (place, header) in headers.iter().enumerate().take(received) {
            self.lengths[place] = header.msg_len as usize;
            self.stamps[place] = stamp(&header.msg_hdr);
        }
        Ok(received)
    }

    /// The octets of a message, with the IPv4 header.
    pub(crate) fn packet(&self, place: usize) -> &[u8] {
        &self.octets[place][..self.lengths[place].min(ROOM)]
    }

    /// The receive time stamp of a message, if the socket requests it.
    pub(crate) fn stamp(&self, place: usize) -> Option<Duration> {
        self.stamps[place]
    }
}

/// The `SO_TIMESTAMPNS` of a received message.
fn stamp(header: &libc::msghdr) -> Option<Duration> {
    // SAFETY: the header is as the kernel left it, and its control buffer is still there.
    let entry = unsafe { libc::CMSG_FIRSTHDR(header) };
    if entry.is_null() {
        return None;
    }
    // SAFETY: not null, so the macro found a whole header within the control buffer.
    let kind = unsafe { ((*entry).cmsg_level, (*entry).cmsg_type) };
    if kind != (libc::SOL_SOCKET, libc::SCM_TIMESTAMPNS) {
        return None;
    }
    // SAFETY: the body of this one is a timespec.
    let time: libc::timespec = unsafe { ptr::read_unaligned(libc::CMSG_DATA(entry).cast()) };
    let seconds = u64::try_from(time.tv_sec).ok()?;
    Some(Duration::new(seconds, u32::try_from(time.tv_nsec).ok()?))
}

/// Disables the timer slack of this thread, which delays timers by up to 50 µs to save wake-ups.
pub(crate) fn set_timer_slack() -> Result<()> {
    let (slack, zero): (c_ulong, c_ulong) = (1, 0);
    // SAFETY: takes no pointer; the arguments have the width that the kernel reads.
    check(unsafe { libc::prctl(libc::PR_SET_TIMERSLACK, slack, zero, zero, zero) }).map(drop)
}

/// An anonymous file in memory.
pub(crate) fn memory_file() -> Result<File> {
    // SAFETY: the name is a literal that ends with a zero.
    let fd = check(unsafe { libc::memfd_create(c"output".as_ptr(), libc::MFD_CLOEXEC) })?;
    // SAFETY: the call has just made this descriptor, and nobody else knows of it.
    Ok(File::from(unsafe { OwnedFd::from_raw_fd(fd) }))
}

/// The resources used by an ended process.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Usage {
    pub(crate) cpu: Duration,
    /// Maximum resident set in KiB; at least that of its parent when it started.
    pub(crate) peak: u64,
    /// The exit code, or `None` if it was killed.
    pub(crate) code: Option<c_int>,
}

/// Waits for a child, and kills it after `limit`.
pub(crate) fn end_of(child: &mut Child, limit: Duration) -> Result<Usage> {
    use std::os::fd::AsFd;
    let id = child.id();
    let process = fixture::process(id)?;
    let alarm = alarm(limit)?;
    let [ended, _] = wait([Some(process.as_fd()), Some(alarm.as_fd())])?;
    if !ended {
        child.kill()?;
    }
    let mut status = 0;
    // SAFETY: all fields of `rusage` are numbers, for which zeros are a value.
    let mut usage: libc::rusage = unsafe { mem::zeroed() };
    // SAFETY: both pointers are to live variables of the types that the call fills.
    check(unsafe { libc::wait4(id.cast_signed(), &raw mut status, 0, &raw mut usage) })?;
    let time = |value: libc::timeval| {
        Duration::from_secs(value.tv_sec.unsigned_abs())
            + Duration::from_micros(value.tv_usec.unsigned_abs())
    };
    Ok(Usage {
        cpu: time(usage.ru_utime) + time(usage.ru_stime),
        peak: usage.ru_maxrss.unsigned_abs(),
        code: libc::WIFEXITED(status).then(|| libc::WEXITSTATUS(status)),
    })
}
