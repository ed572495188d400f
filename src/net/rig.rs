//! Helpers of the tests with real sockets: the loopback interface, messages, and a router that sends ICMP errors.

use std::fs::File;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsFd;
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use socket2::{Domain, Protocol, Type};

use super::control::{ControlMessage, ControlMessages};
use super::sys;
use crate::config::{SocketChoice, SocketOptions};

/// Exclusive use of the loopback interface, until it is dropped.
pub(super) struct Loopback {
    #[expect(dead_code, reason = "only to be dropped")]
    lock: File,
}

impl Loopback {
    /// Waits until no other test of this or another process uses it: a raw socket receives the errors of all, and a storm
    /// of them fills its queue.
    ///
    /// Then it pins this thread to one CPU. Each CPU has its own queue for the loopback interface, so messages sent on two
    /// CPUs may arrive out of order. The kernel stamps arrivals.
    pub(super) fn take() -> Self {
        // A file shared by all processes with this loopback interface.
        let lock = File::open("/proc/thread-self/ns/net").unwrap();
        flock(&lock, FlockOperation::LockExclusive).unwrap();
        stay_on_one_cpu();
        mirror();
        Self { lock }
    }
}

fn stay_on_one_cpu() {
    let allowed = sched_getaffinity(None).unwrap();
    let mut cpus = 0..CpuSet::MAX_CPU;
    let mut one = CpuSet::new();
    one.set(cpus.find(|cpu| allowed.is_set(*cpu)).unwrap());
    sched_setaffinity(None, &one).unwrap();
}

/// Returns when everything that this thread has sent on the loopback interface has arrived, and the replies to it.
///
/// The kernel may defer arrivals to another kernel thread, but keeps their order on this CPU: earlier messages arrive
/// before the first message here, and their replies before the second.
pub(super) fn settle() {
    for _ in 0..2 {
        mirror().send(b"settled?").unwrap();
        mirror().recv(&mut [0; 8]).unwrap();
    }
}

/// A socket that sends to itself. While it is open, the kernel stamps arrivals. It starts to do so some time after the first
/// request on this machine, in a worker.
fn mirror() -> &'static UdpSocket {
    static MIRROR: OnceLock<UdpSocket> = OnceLock::new();
    MIRROR.get_or_init(|| {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.connect(socket.local_addr().unwrap()).unwrap();
        let stamps = libc::SOF_TIMESTAMPING_RX_SOFTWARE | libc::SOF_TIMESTAMPING_SOFTWARE;
        let (level, option) = (libc::SOL_SOCKET, libc::SO_TIMESTAMPING);
        sys::set_option(socket.as_fd(), level, option, &stamps.to_ne_bytes()).unwrap();
        let mut looks = (0..5000).inspect(|_| thread::sleep(Duration::from_millis(1)));
        assert!(
            arrives_with_stamp(&socket) || looks.any(|_| arrives_with_stamp(&socket)),
            "this kernel does not stamp what arrives"
        );
        socket
    })
}

/// Whether the kernel stamps a message that this socket sends to itself.
fn arrives_with_stamp(socket: &UdpSocket) -> bool {
    socket.send(b"stamped?").unwrap();
    // Wait for it: the call below does not block.
    socket.peek(&mut [0; 8]).unwrap();
    let (mut data, mut control) = ([0; 8], [0; 256]);
    let filled = sys::receive(socket.as_fd(), &mut data, &mut [], &mut control, 0).unwrap();
    ControlMessages::new(&control[..filled.control]).any(
        |message| matches!(message, ControlMessage::Timestamps(stamps) if stamps.kernel.is_some()),
    )
}

/// A different identifier for each socket and process: another run of the tests may use the same loopback interface.
pub(super) fn fresh_identifier() -> u16 {
    use std::sync::atomic::{AtomicU16, Ordering};
    static NEXT: AtomicU16 = AtomicU16::new(1);
    let [low, high, ..] = std::process::id().to_le_bytes();
    let of_process = u16::from_le_bytes([high, low]);
    let own = of_process.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
    // 0 is none.
    own.max(1)
}

/// A socket for messages of a router; needs a privilege.
pub(super) fn router(target: SocketAddr) -> io::Result<socket2::Socket> {
    let protocol = if target.is_ipv4() {
        Protocol::ICMPV4
    } else {
        Protocol::ICMPV6
    };
    socket2::Socket::new(Domain::for_address(target), Type::RAW, Some(protocol))
}

/// Default options with this kind of socket.
pub(super) fn of_kind(kind: SocketChoice) -> SocketOptions {
    SocketOptions {
        kind,
        ..SocketOptions::default()
    }
}

/// A naive checksum (RFC 1071).
pub(super) fn checksum(octets: &[u8]) -> [u8; 2] {
    let mut sum: u32 = octets
        .chunks(2)
        .map(|pair| u32::from(pair[0]) << 8 | u32::from(*pair.get(1).unwrap_or(&0)))
        .sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    (!u16::try_from(sum).unwrap()).to_be_bytes()
}

/// An ICMP message; for IPv6 the kernel computes the checksum.
pub(super) fn message(kind: u8, code: u8, rest: [u8; 4], data: &[u8]) -> Vec<u8> {
    let mut octets = [&[kind, code, 0, 0], &rest[..], data].concat();
    let sum = checksum(&octets);
    octets[2..4].copy_from_slice(&sum);
    octets
}

/// A router's ICMP error: the target of `original` is unreachable.
pub(super) fn unreachable_error(target: SocketAddr, original: &[u8]) -> Vec<u8> {
    let length = u16::try_from(original.len()).unwrap();
    let (kind, code, quote) = match target {
        SocketAddr::V4(v4) => {
            let [high, low] = (length + 20).to_be_bytes();
            let address = v4.ip().octets();
            let fields = [0x45, 0, high, low, 0, 1, 0, 0, 64, 1, 0, 0];
            let header = [&fields[..], &address, &address].concat();
            (3, 1, [&header, original].concat())
        }
        SocketAddr::V6(v6) => {
            let [high, low] = length.to_be_bytes();
            let address = v6.ip().octets();
            let fields = [0x60, 0, 0, 0, high, low, 58, 64];
            let header = [&fields[..], &address, &address].concat();
            (1, 3, [&header, original].concat())
        }
    };
    message(kind, code, [0; 4], &quote)
}
