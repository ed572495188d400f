//! The system calls of this benchmark. All of its `unsafe` is here.
#![allow(
    unsafe_code,
    reason = "namespaces, TUN devices, kernel time stamps and rusage have no safe interface in the standard library"
)]

use std::fs::File;
use std::io::{Error, ErrorKind, Result};
use std::mem;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::process::Child;
use std::ptr;
use std::time::Duration;

use libc::{c_char, c_int, c_ulong, c_void, socklen_t};

/// Octets of control messages of a datagram: a stamp has 64, an extended error with an address 60.
const CONTROL: usize = 512;

fn check(value: c_int) -> Result<c_int> {
    if value < 0 {
        return Err(Error::last_os_error());
    }
    Ok(value)
}

fn own(value: c_int) -> Result<OwnedFd> {
    let fd = check(value)?;
    // SAFETY: the call that returned this descriptor has just made it, and nobody else knows of it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

fn size_of_value<T>() -> socklen_t {
    // The largest type here has 512 octets.
    mem::size_of::<T>() as socklen_t
}

pub(crate) fn is_root() -> bool {
    // SAFETY: takes nothing and cannot fail.
    unsafe { libc::geteuid() == 0 }
}

/// Moves this thread, and its later threads and children, to an empty network namespace.
pub(crate) fn new_network() -> Result<()> {
    // SAFETY: takes no pointer.
    check(unsafe { libc::unshare(libc::CLONE_NEWNET) }).map(drop)
}

fn request(interface: &str) -> libc::ifreq {
    // SAFETY: all members of the union are integers, or structures of integers, for which zeros are a value.
    let mut request: libc::ifreq = unsafe { mem::zeroed() };
    let octets = interface.bytes().take(libc::IFNAMSIZ - 1);
    for (to, octet) in request.ifr_name.iter_mut().zip(octets) {
        *to = c_char::from_ne_bytes([octet]);
    }
    request
}

fn control<T>(fd: &impl AsRawFd, number: libc::Ioctl, argument: &mut T) -> Result<()> {
    // SAFETY: the callers below pair each number with the structure that ioctl(2), netdevice(7) or the TUN driver
    // reads and writes for it, and `argument` is borrowed mutably until the call returns.
    check(unsafe { libc::ioctl(fd.as_raw_fd(), number, ptr::from_mut(argument)) }).map(drop)
}

/// Makes `device`, an open /dev/net/tun, a TUN interface whose packets have no header of the driver.
pub(crate) fn become_tun(device: &File, interface: &str) -> Result<()> {
    let mut request = request(interface);
    request.ifr_ifru.ifru_flags = (libc::IFF_TUN | libc::IFF_NO_PI) as i16;
    control(device, libc::TUNSETIFF as libc::Ioctl, &mut request)
}

/// Sets the IPv4 address and network of an interface.
pub(crate) fn set_ipv4(interface: &str, address: Ipv4Addr, mask: Ipv4Addr) -> Result<()> {
    let socket = socket(libc::AF_INET, libc::SOCK_DGRAM, 0)?;
    for (number, value) in [(libc::SIOCSIFADDR, address), (libc::SIOCSIFNETMASK, mask)] {
        let [a, b, c, d] = value.octets().map(|octet| c_char::from_ne_bytes([octet]));
        let mut request = request(interface);
        // A `sockaddr_in`: the port, the address, and padding.
        request.ifr_ifru.ifru_addr = libc::sockaddr {
            sa_family: libc::AF_INET as u16,
            sa_data: [0, 0, a, b, c, d, 0, 0, 0, 0, 0, 0, 0, 0],
        };
        control(&socket, number as libc::Ioctl, &mut request)?;
    }
    Ok(())
}

/// Adds an IPv6 address with its network to an interface.
pub(crate) fn add_ipv6(index: c_int, address: Ipv6Addr, prefix: u32) -> Result<()> {
    let socket = socket(libc::AF_INET6, libc::SOCK_DGRAM, 0)?;
    let mut request = libc::in6_ifreq {
        ifr6_addr: libc::in6_addr {
            s6_addr: address.octets(),
        },
        ifr6_prefixlen: prefix,
        ifr6_ifindex: index,
    };
    control(&socket, libc::SIOCSIFADDR as libc::Ioctl, &mut request)
}

pub(crate) fn bring_up(interface: &str) -> Result<()> {
    let socket = socket(libc::AF_INET, libc::SOCK_DGRAM, 0)?;
    let mut request = request(interface);
    request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as i16;
    control(&socket, libc::SIOCSIFFLAGS as libc::Ioctl, &mut request)
}

pub(crate) fn interface_index(interface: &str) -> Result<c_int> {
    let request = request(interface);
    // SAFETY: the name ends with a zero, because `request` writes one octet less than there are.
    let index = unsafe { libc::if_nametoindex(request.ifr_name.as_ptr()) };
    if index == 0 {
        return Err(Error::last_os_error());
    }
    Ok(index.cast_signed())
}

pub(crate) fn socket(family: c_int, kind: c_int, protocol: c_int) -> Result<OwnedFd> {
    // SAFETY: takes no pointer.
    own(unsafe { libc::socket(family, kind | libc::SOCK_CLOEXEC, protocol) })
}

pub(crate) fn set_option(
    socket: &OwnedFd,
    level: c_int,
    option: c_int,
    value: c_int,
) -> Result<()> {
    // SAFETY: the pointer and the size describe `value`.
    check(unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            level,
            option,
            (&raw const value).cast(),
            size_of_value::<c_int>(),
        )
    })
    .map(drop)
}

/// Binds a packet socket to all packets of one interface.
pub(crate) fn bind_to_interface(socket: &OwnedFd, index: c_int) -> Result<()> {
    let address = libc::sockaddr_ll {
        sll_family: libc::AF_PACKET as u16,
        sll_protocol: (libc::ETH_P_ALL as u16).to_be(),
        sll_ifindex: index,
        sll_hatype: 0,
        sll_pkttype: 0,
        sll_halen: 0,
        sll_addr: [0; 8],
    };
    // SAFETY: the pointer and the size describe `address`.
    check(unsafe {
        libc::bind(
            socket.as_raw_fd(),
            (&raw const address).cast(),
            size_of_value::<libc::sockaddr_ll>(),
        )
    })
    .map(drop)
}

/// The number of packets that a packet socket dropped since the last call.
pub(crate) fn missed(socket: &OwnedFd) -> Result<u32> {
    let mut counts = libc::tpacket_stats {
        tp_packets: 0,
        tp_drops: 0,
    };
    let mut size = size_of_value::<libc::tpacket_stats>();
    // SAFETY: the pointer and the size describe `counts`.
    check(unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::SOL_PACKET,
            libc::PACKET_STATISTICS,
            (&raw mut counts).cast(),
            &raw mut size,
        )
    })?;
    Ok(counts.tp_drops)
}

pub(crate) fn connect_ipv4(socket: &OwnedFd, address: Ipv4Addr) -> Result<()> {
    let address = libc::sockaddr_in {
        sin_family: libc::AF_INET as u16,
        sin_port: 0,
        sin_addr: libc::in_addr {
            s_addr: u32::from_ne_bytes(address.octets()),
        },
        sin_zero: [0; 8],
    };
    // SAFETY: the pointer and the size describe `address`.
    check(unsafe {
        libc::connect(
            socket.as_raw_fd(),
            (&raw const address).cast(),
            size_of_value::<libc::sockaddr_in>(),
        )
    })
    .map(drop)
}

pub(crate) fn connect_ipv6(socket: &OwnedFd, address: Ipv6Addr) -> Result<()> {
    let address = libc::sockaddr_in6 {
        sin6_family: libc::AF_INET6 as u16,
        sin6_port: 0,
        sin6_flowinfo: 0,
        sin6_addr: libc::in6_addr {
            s6_addr: address.octets(),
        },
        sin6_scope_id: 0,
    };
    // SAFETY: the pointer and the size describe `address`.
    check(unsafe {
        libc::connect(
            socket.as_raw_fd(),
            (&raw const address).cast(),
            size_of_value::<libc::sockaddr_in6>(),
        )
    })
    .map(drop)
}

pub(crate) fn send(socket: &OwnedFd, octets: &[u8]) -> Result<()> {
    // SAFETY: the pointer and the length describe `octets`.
    let sent = unsafe { libc::send(socket.as_raw_fd(), octets.as_ptr().cast(), octets.len(), 0) };
    if sent < 0 {
        return Err(Error::last_os_error());
    }
    Ok(())
}

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Received {
    pub(crate) length: usize,
    /// When the kernel received or sent it, since the epoch.
    pub(crate) stamp: Option<Duration>,
    /// For the stamp of a sent message: how many the socket had sent before.
    pub(crate) sent_before: Option<u32>,
}

/// A buffer for control messages, aligned like their headers.
#[repr(C, align(8))]
struct Control([u8; CONTROL]);

/// The next datagram or, with `MSG_ERRQUEUE`, the stamp of the next sent one; `None` if there is none.
pub(crate) fn receive(
    socket: &OwnedFd,
    buffer: &mut [u8],
    flags: c_int,
) -> Result<Option<Received>> {
    let mut control = Control([0; CONTROL]);
    let mut part = libc::iovec {
        iov_base: buffer.as_mut_ptr().cast(),
        iov_len: buffer.len(),
    };
    // SAFETY: all fields are integers or pointers, which may be zero and null; some C libraries pad the structure
    // with fields that cannot be named.
    let mut header: libc::msghdr = unsafe { mem::zeroed() };
    header.msg_iov = &raw mut part;
    header.msg_iovlen = 1;
    header.msg_control = (&raw mut control).cast::<c_void>();
    header.msg_controllen = CONTROL as _;
    // SAFETY: `header` points to `part` and `control`, `part` to `buffer`; all live until the end of this function,
    // and the lengths are theirs.
    let length = unsafe {
        libc::recvmsg(
            socket.as_raw_fd(),
            &raw mut header,
            flags | libc::MSG_DONTWAIT,
        )
    };
    let Ok(length) = usize::try_from(length) else {
        let error = Error::last_os_error();
        return match error.kind() {
            ErrorKind::WouldBlock => Ok(None),
            _ => Err(error),
        };
    };
    let mut received = Received {
        length,
        ..Received::default()
    };
    // SAFETY: `header` is as recvmsg left it, and its control buffer is still there.
    let mut entry = unsafe { libc::CMSG_FIRSTHDR(&raw const header) };
    while !entry.is_null() {
        // SAFETY: not null, so the macros found a whole header within the control buffer.
        let kind = unsafe { ((*entry).cmsg_level, (*entry).cmsg_type) };
        match kind {
            (libc::SOL_SOCKET, libc::SCM_TIMESTAMPNS | libc::SCM_TIMESTAMPING) => {
                // SAFETY: the body of the one is a timespec, of the other three, of which the first is software's.
                let stamp: libc::timespec =
                    unsafe { ptr::read_unaligned(libc::CMSG_DATA(entry).cast()) };
                received.stamp = duration(stamp);
            }
            (libc::SOL_IP, libc::IP_RECVERR) | (libc::SOL_IPV6, libc::IPV6_RECVERR) => {
                // SAFETY: the body of both begins with a sock_extended_err.
                let error: libc::sock_extended_err =
                    unsafe { ptr::read_unaligned(libc::CMSG_DATA(entry).cast()) };
                if error.ee_origin == libc::SO_EE_ORIGIN_TIMESTAMPING {
                    received.sent_before = Some(error.ee_data);
                }
            }
            _ => {}
        }
        // SAFETY: as above; `entry` came from these macros for the same header.
        entry = unsafe { libc::CMSG_NXTHDR(&raw const header, entry) };
    }
    Ok(Some(received))
}

fn duration(time: libc::timespec) -> Option<Duration> {
    let seconds = u64::try_from(time.tv_sec).ok()?;
    let nanoseconds = u32::try_from(time.tv_nsec).ok()?;
    Some(Duration::new(seconds, nanoseconds))
}

/// Waits until there is something to read or an error, at most for `time`. Returns whether there is.
pub(crate) fn wait_readable(fd: &impl AsRawFd, time: Duration) -> Result<bool> {
    let mut one = libc::pollfd {
        fd: fd.as_raw_fd(),
        events: libc::POLLIN,
        revents: 0,
    };
    // SAFETY: a timespec is two integers, for which zero is a value.
    let mut limit: libc::timespec = unsafe { mem::zeroed() };
    limit.tv_sec = time.as_secs().cast_signed();
    limit.tv_nsec = time.subsec_nanos().into();
    // SAFETY: one pollfd and a timespec that live until the call returns; no signal mask.
    match check(unsafe { libc::ppoll(&raw mut one, 1, &raw const limit, ptr::null()) }) {
        Ok(ready) => Ok(ready > 0),
        Err(error) if error.kind() == ErrorKind::Interrupted => Ok(false),
        Err(error) => Err(error),
    }
}

/// An anonymous file in memory.
pub(crate) fn memory_file() -> Result<File> {
    // SAFETY: the name is a literal that ends with a zero.
    own(unsafe { libc::memfd_create(c"output".as_ptr(), libc::MFD_CLOEXEC) }).map(File::from)
}

/// Gives this thread priority over all normal ones, on every CPU.
pub(crate) fn become_urgent() -> Result<()> {
    // SAFETY: a sched_param is integers, for which zero is a value; some C libraries have more than one.
    let mut priority: libc::sched_param = unsafe { mem::zeroed() };
    priority.sched_priority = 1;
    // SAFETY: the pointer is to a live structure of the type that the call reads; 0 is this thread.
    check(unsafe { libc::sched_setscheduler(0, libc::SCHED_FIFO, &raw const priority) }).map(drop)
}

/// The CPUs that this thread may run on.
pub(crate) fn cpus() -> Result<Vec<usize>> {
    // SAFETY: a cpu_set_t is an array of integers, for which zeros are a value.
    let mut set: libc::cpu_set_t = unsafe { mem::zeroed() };
    // SAFETY: the pointer and the size describe `set`; 0 is this thread.
    check(unsafe { libc::sched_getaffinity(0, mem::size_of_val(&set), &raw mut set) })?;
    let known = 0..8 * mem::size_of_val(&set);
    // SAFETY: CPU_ISSET reads one bit of `set`, and `known` has no more numbers than it has bits.
    Ok(known
        .filter(|&cpu| unsafe { libc::CPU_ISSET(cpu, &set) })
        .collect())
}

/// Binds this thread, and its later threads and children, to one of [`cpus`].
pub(crate) fn stay_on(cpu: usize) -> Result<()> {
    // SAFETY: a cpu_set_t is an array of integers, for which zeros are a value.
    let mut set: libc::cpu_set_t = unsafe { mem::zeroed() };
    // SAFETY: CPU_SET writes one bit of `set`, and checks that there is one of that number.
    unsafe { libc::CPU_SET(cpu, &mut set) };
    // SAFETY: the pointer and the size describe `set`; 0 is this thread.
    check(unsafe { libc::sched_setaffinity(0, mem::size_of_val(&set), &raw const set) }).map(drop)
}

/// Disables the timer slack of this thread, which delays timers by up to 50 µs to save wake-ups.
pub(crate) fn set_timer_slack() -> Result<()> {
    let (slack, zero): (c_ulong, c_ulong) = (1, 0);
    // SAFETY: takes no pointer; the arguments have the width that the kernel reads.
    check(unsafe { libc::prctl(libc::PR_SET_TIMERSLACK, slack, zero, zero, zero) }).map(drop)
}

/// Waits for a child, and kills it after `limit`. Returns its CPU time if it ended by itself.
pub(crate) fn end_of(child: &mut Child, limit: Duration) -> Result<Option<Duration>> {
    let id = child.id().cast_signed();
    // SAFETY: takes no pointer.
    let watch = unsafe { libc::syscall(libc::SYS_pidfd_open, id, 0) };
    let watch = own(c_int::try_from(watch).map_err(Error::other)?)?;
    let in_time = wait_readable(&watch, limit)?;
    if !in_time {
        child.kill()?;
    }
    let mut status = 0;
    // SAFETY: all fields of `rusage` are numbers, for which zeros are a value.
    let mut usage: libc::rusage = unsafe { mem::zeroed() };
    // SAFETY: both pointers are to live variables of the types that the call fills.
    check(unsafe { libc::wait4(id, &raw mut status, 0, &raw mut usage) })?;
    let time = |value: libc::timeval| {
        Duration::from_secs(value.tv_sec.unsigned_abs())
            + Duration::from_micros(value.tv_usec.unsigned_abs())
    };
    Ok(in_time.then(|| time(usage.ru_utime) + time(usage.ru_stime)))
}
