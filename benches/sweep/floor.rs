//! The floor: the minimum work for the same packets through the same kernel, in batches, keeping only counts. The
//! benchmark starts itself for it, so that it is measured like the other programs.

use std::os::fd::{AsFd, OwnedFd};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use libc::sockaddr_in;

use crate::place::Addresses;
use crate::sys::{self, MANY, Room};

/// The first argument of this process, before the task, the first address, the number of addresses, and of rounds or echoes.
pub(crate) const FLAG: &str = "--floor";

pub(crate) const REQUEST: u8 = 8;
pub(crate) const REPLY: u8 = 0;

const IDENTIFIER: [u8; 2] = [0x5e, 0xed];

/// Maximum wait for replies at the end.
const LAST: Duration = Duration::from_secs(1);

const RECEIVE_BUFFER: i32 = 4 << 20;

/// A round is sent in steps of this length.
const STEP: Duration = Duration::from_millis(1);

/// Runs the process with the arguments after [`FLAG`]. Prints the numbers of sent and received messages.
pub(crate) fn run(words: &[String]) -> Result<()> {
    let [task, first, count, times] = words else {
        bail!("{FLAG} TASK ADDRESS COUNT TIMES");
    };
    let addresses = Addresses {
        first: first.parse()?,
        count: count.parse()?,
    };
    let times: u32 = times.parse()?;
    let mut floor = Floor::new()?;
    match task.as_str() {
        "sweep" => floor.sweep(addresses)?,
        "rounds" => floor.rounds(addresses, times)?,
        "flood" => floor.flood(addresses, times)?,
        _ => bail!("no task {task}"),
    }
    println!(
        "{} packets transmitted, {} received",
        floor.sent, floor.received
    );
    Ok(())
}

struct Floor {
    socket: OwnedFd,
    message: [u8; 64],
    room: Room,
    sent: u32,
    received: u32,
}

impl Floor {
    fn new() -> Result<Self> {
        Ok(Self {
            socket: sys::icmp_socket(REPLY, RECEIVE_BUFFER)?,
            message: message(),
            room: Room::new(),
            sent: 0,
            received: 0,
        })
    }

    /// Probes all addresses once, as fast as possible.
    fn sweep(&mut self, addresses: Addresses) -> Result<()> {
        let mut all = addresses.all().map(sys::address);
        let mut batch: Vec<sockaddr_in> = Vec::with_capacity(MANY);
        loop {
            batch.clear();
            batch.extend(all.by_ref().take(MANY));
            if batch.is_empty() {
                return self.finish();
            }
            self.send(&mut batch)?;
            self.receive()?;
        }
    }

    /// Probes all addresses once a second, spread over it.
    fn rounds(&mut self, addresses: Addresses, rounds: u32) -> Result<()> {
        sys::set_timer_slack()?;
        let mut all: Vec<sockaddr_in> = addresses.all().map(sys::address).collect();
        let steps = 1000;
        let each = all.len().div_ceil(steps);
        let start = Instant::now();
        for round in 0..rounds {
            let begin = start + Duration::from_secs(round.into());
            for (part, due) in all.chunks_mut(each).zip(0..) {
                let due = begin + STEP * due;
                thread::sleep(due.saturating_duration_since(Instant::now()));
                self.receive()?;
                for batch in part.chunks_mut(MANY) {
                    self.send(batch)?;
                }
            }
        }
        let end = start + Duration::from_secs(rounds.into());
        thread::sleep(end.saturating_duration_since(Instant::now()));
        self.finish()
    }

    /// Probes the first address, with a window of probes in flight.
    fn flood(&mut self, addresses: Addresses, echoes: u32) -> Result<()> {
        let window = addresses.count as usize;
        ensure!(window <= MANY, "at most {MANY} are in flight");
        let mut batch = vec![sys::address(addresses.first); window];
        while self.sent < echoes {
            let count = window.min((echoes - self.sent) as usize);
            self.send(&mut batch[..count])?;
            self.receive()?;
        }
        self.finish()
    }

    fn send(&mut self, batch: &mut [sockaddr_in]) -> Result<()> {
        let count = sys::send_to_all(&self.socket, &self.message, batch)?;
        ensure!(count == batch.len(), "{count} of {} sent", batch.len());
        self.sent += count as u32;
        Ok(())
    }

    /// Receives all available messages.
    fn receive(&mut self) -> Result<()> {
        loop {
            let count = self.room.receive(&self.socket)?;
            let ours = (0..count).filter(|&place| is_ours(self.room.packet(place)));
            self.received += ours.count() as u32;
            if count < MANY {
                return Ok(());
            }
        }
    }

    /// Waits for the missing replies.
    fn finish(&mut self) -> Result<()> {
        let alarm = sys::alarm(LAST)?;
        loop {
            self.receive()?;
            if self.received >= self.sent {
                return Ok(());
            }
            let [_, late] = sys::wait([Some(self.socket.as_fd()), Some(alarm.as_fd())])?;
            if late {
                return Ok(());
            }
        }
    }
}

fn is_ours(packet: &[u8]) -> bool {
    packet.get(20) == Some(&REPLY) && packet.get(24..26) == Some(&IDENTIFIER)
}

/// An echo request with 56 octets of data.
fn message() -> [u8; 64] {
    let mut message = [0; 64];
    message[0] = REQUEST;
    message[4..6].copy_from_slice(&IDENTIFIER);
    let words = message.chunks(2);
    let sum: u32 = words
        .map(|word| u32::from(u16::from_be_bytes([word[0], word[1]])))
        .sum();
    let checksum = !((sum & 0xffff) + (sum >> 16)) as u16;
    message[2..4].copy_from_slice(&checksum.to_be_bytes());
    message
}
