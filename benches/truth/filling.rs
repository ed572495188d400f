//! Packets that keep the queue before the device full, and date the entry of each request.
//!
//! Each packet that leaves the queue is replaced by a new one, so its length is constant. Each packet contains the time
//! of its entry. The queue keeps the order, so a request entered after the packet before it and before the packet after
//! it. No time stamp that a ping could use is needed for that.

use std::net::UdpSocket;
use std::os::fd::OwnedFd;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};

use crate::{echo, sys};

/// The packets' destination, an address that never answers.
const HOST: u8 = 2;
const PORT: u16 = 9;

/// Octets of a packet, with its headers (20 of IPv4, 8 of UDP).
pub(crate) const LENGTH: usize = 125;
const HEADERS: usize = 28;

/// Space for the queued packets: the kernel counts less than 1 KiB for each.
const ROOM: i32 = 1 << 20;

pub(crate) struct Filling {
    socket: OwnedFd,
}

impl Filling {
    pub(crate) fn start(packets: usize) -> Result<Self> {
        let socket = UdpSocket::bind((echo::ipv4(1), 0))?;
        socket.connect((echo::ipv4(HOST), PORT))?;
        let socket = OwnedFd::from(socket);
        sys::set_option(&socket, libc::SOL_SOCKET, libc::SO_SNDBUFFORCE, ROOM)?;
        let filling = Self { socket };
        (0..packets).try_for_each(|_| filling.send())?;
        Ok(filling)
    }

    /// Sends a new packet if the packet that left the queue is a filling packet.
    pub(crate) fn replace(&self, packet: &[u8]) -> Result<()> {
        entry(packet).map_or(Ok(()), |_| self.send())
    }

    fn send(&self) -> Result<()> {
        let mut data = [0; LENGTH - HEADERS];
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
        let now = u64::try_from(now.as_nanos())?;
        data[..8].copy_from_slice(&now.to_be_bytes());
        sys::send(&self.socket, &data).context("cannot fill the queue")
    }
}

/// When a filling packet was about to enter the queue, since the epoch. `None` for other packets.
pub(crate) fn entry(packet: &[u8]) -> Option<Duration> {
    // An IPv4 header without options, the protocol UDP, and the destination port after the source port.
    let is_ours = packet.len() == LENGTH
        && packet.first() == Some(&0x45)
        && packet.get(9) == Some(&17)
        && packet.get(22..24) == Some(&PORT.to_be_bytes()[..]);
    let time: [u8; 8] = packet.get(HEADERS..HEADERS + 8)?.try_into().ok()?;
    is_ours.then(|| Duration::from_nanos(u64::from_be_bytes(time)))
}
