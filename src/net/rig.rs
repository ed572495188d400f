//! What the tests with real sockets have in common: the loopback interface, messages, and a router that complains.

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

/// The loopback interface for one test alone, as long as this is there.
pub(super) struct Loopback {
    #[expect(dead_code, reason = "only to be dropped")]
    lock: File,
}

impl Loopback {
    /// Waits until no other test has it, of this process or another one: a raw socket hears the errors of all, and a
    /// storm of them fills its queue.
    ///
    /// From then on this thread stays on one CPU. Each CPU has its own queue for what the loopback interface carries:
    /// messages that leave on two CPUs may arrive in another order. The kernel stamps what arrives.
    pub(super) fn take() -> Self {
        // A file that all processes with this loopback interface have in common.
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
/// The kernel may leave an arrival to another thread of its own for a while. It keeps their order on this CPU: what
/// was sent before arrives before the first message here, and the reply to it before the second.
pub(super) fn settle() {
    for _ in 0..2 {
        mirror().send(b"settled?").unwrap();
        mirror().recv(&mut [0; 8]).unwrap();
    }
}

/// A socket that sends to itself. As long as it is there, the kernel stamps what arrives. It begins with that some time
/// after the first socket on this machine asks for it: when one of its workers gets to it.
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
    // This waits for it, which the call below does not.
    socket.peek(&mut [0; 8]).unwrap();
    let (mut data, mut control) = ([0; 8], [0; 256]);
    let filled = sys::receive(socket.as_fd(), &mut data, &mut [], &mut control, 0).unwrap();
    ControlMessages::new(&control[..filled.control]).any(
        |message| matches!(message, ControlMessage::Timestamps(stamps) if stamps.kernel.is_some()),
    )
}

/// Every socket has its own; and so has every process, for this loopback interface may be that of another run of the
/// same tests.
pub(super) fn fresh_identifier() -> u16 {
    use std::sync::atomic::{AtomicU16, Ordering};
    static NEXT: AtomicU16 = AtomicU16::new(1);
    let [low, high, ..] = std::process::id().to_le_bytes();
    let of_process = u16::from_le_bytes([high, low]);
    let own = of_process.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
    // 0 is none.
    own.max(1)
}

/// Sends what a router would; only with the privilege.
pub(super) fn router(target: SocketAddr) -> io::Result<socket2::Socket> {
    let protocol = if target.is_ipv4() {
        Protocol::ICMPV4
    } else {
        Protocol::ICMPV6
    };
    socket2::Socket::new(Domain::for_address(target), Type::RAW, Some(protocol))
}

/// Nothing but the kind of socket.
pub(super) fn of_kind(kind: SocketChoice) -> SocketOptions {
    SocketOptions {
        kind,
        ..SocketOptions::default()
    }
}

/// RFC 1071, as plainly as possible.
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

/// The ICMP error of a router by which the target of `original` cannot be reached.
pub(super) fn complaint(target: SocketAddr, original: &[u8]) -> Vec<u8> {
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
