//! Sending and receiving through one socket of each family, for one target or for many.
//!
//! One system call sends up to 64 messages; a single message takes a cheaper one.
//!
//! For one target, each datagram is received alone, at once, with any length. In a flood each echo takes two system calls: a
//! send, and a receive without a `poll` before it. The process sleeps only if nothing is there. With a preload, one call
//! receives up to 64 replies.
//!
//! For many targets, one call always receives up to 64 replies. At full speed, 64 echoes take three system calls: one sends
//! them, one receives the replies, and one finds nothing more. No reply needs an allocation.

use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::AsFd;
use std::time::Instant;

use super::family_socket::FamilySocket;
use super::identity::Family;
use super::inbox::Inbox;
use super::reports::{Report, Reports};
use super::request::{SocketRequest, SocketTargets};
use super::send_batch::SendBatch;
use super::sys::BATCH_MAX;
use super::wake::{Keyboard, Waker, poll};
use super::{
    Datagram, Departure, ErrorEntry, Network, Received, SendFailure, Wake, arrival, device,
};
use crate::clock::{Alignment, Clock, SystemClock};

/// The entries of the error queue per system call with one target: each probe has two departure stamps, and more buffers
/// cost time in each call.
const REPORTS_OF_ONE: usize = 4;

/// The real [`Network`], without any privileges left.
#[derive(Debug)]
pub struct Sockets {
    /// One of each family in use, at most two.
    by_family: Vec<FamilySocket>,
    clocks: Alignment,
    wake: Waker,
    keyboard: Keyboard,
    batch: SendBatch,
    datagrams: Inbox,
    /// The index of the socket that was read last: 0 or 1.
    last: usize,
    reports: Reports,
    /// Whether to read after each send, because the reply is probably there: in a flood of one target. Otherwise a read before
    /// each wait would waste a system call.
    reads_after_send: bool,
    /// The addresses of this host, which identify its own ICMP errors; with one target, only the source of probes.
    own: BTreeSet<IpAddr>,
}

/// The next thing to return.
#[derive(Debug, Clone, Copy)]
enum Found {
    /// The datagram with this index in the inbox.
    Datagram(usize),
    /// The next report.
    Report,
}

/// Why a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Woken {
    Arrival,
    Time,
    Signal,
}

impl Sockets {
    pub(super) fn new(by_family: Vec<FamilySocket>, request: SocketRequest<'_>) -> Self {
        let length = request.message_length;
        let (batch, datagrams, reports, own) = match request.targets {
            SocketTargets::One {
                route,
                flood,
                preload,
                ..
            } => {
                let datagrams = if flood && preload > 1 {
                    Inbox::for_flood(length)
                } else {
                    Inbox::for_one()
                };
                let reports = Reports::new(length, REPORTS_OF_ONE);
                let own = BTreeSet::from([route.source.ip()]);
                (SendBatch::to_one(), datagrams, reports, own)
            }
            SocketTargets::Many(_) => (
                SendBatch::to_many(length),
                if request.quoted_headers {
                    Inbox::for_errors_too(length)
                } else {
                    Inbox::for_datagrams(length)
                },
                Reports::new(length, BATCH_MAX),
                device::own_addresses(),
            ),
        };
        Self {
            by_family,
            clocks: Alignment::new(&SystemClock),
            wake: Waker::new(request.wake),
            keyboard: Keyboard::new(request.terminal),
            batch,
            datagrams,
            last: 0,
            reports,
            reads_after_send: matches!(request.targets, SocketTargets::One { .. }),
            own,
        }
    }

    /// Starts the clocks and the count of drops.
    pub(super) fn begin(mut self) -> Self {
        self.clocks = Alignment::new(&SystemClock);
        self.by_family.iter_mut().for_each(FamilySocket::begin);
        self
    }

    /// The identifier of a family's messages: the kernel sets it for a ping socket; for a raw socket the caller has to. The
    /// two families may have different ones. `None` if there is no socket of this family.
    #[must_use]
    pub fn identifier(&self, family: Family) -> Option<u16> {
        let socket = self.socket(family)?;
        Some(socket.identity.identifier)
    }

    /// Whether the socket of a family is raw: then IPv4 datagrams include their IP header. `None` if there is no socket of
    /// this family.
    #[must_use]
    pub fn is_raw(&self, family: Family) -> Option<bool> {
        self.socket(family).map(FamilySocket::is_raw)
    }

    /// The flow label in each IPv6 header, if requested: the given one, or the kernel's choice.
    #[must_use]
    pub fn flow_label(&self) -> Option<u32> {
        self.by_family.iter().find_map(FamilySocket::flow_label)
    }

    /// Whether keys of a terminal end a wait.
    pub(super) fn has_keyboard(&self) -> bool {
        self.keyboard.descriptor().is_some()
    }

    fn socket(&self, family: Family) -> Option<&FamilySocket> {
        let mut sockets = self.by_family.iter();
        sockets.find(|socket| socket.family() == family)
    }

    /// The next thing that has already been read.
    ///
    /// Reports come first: a reply is timed by its probe's departure stamp. They are read after the replies, so that the stamp of
    /// each received reply is there.
    fn next_read(&mut self) -> Option<Found> {
        if self.has_errors() {
            return Some(Found::Report);
        }
        loop {
            let index = self.datagrams.take()?;
            // A datagram without a sender is useless.
            if self.datagrams.has_sender(index) {
                return Some(Found::Datagram(index));
            }
        }
    }

    fn assume_readable(&mut self) {
        self.by_family
            .iter_mut()
            .for_each(FamilySocket::assume_readable);
    }

    /// Reads from the sockets that may have something, until one does. Returns whether there was such a socket.
    fn read(&mut self, wake: Wake) -> io::Result<bool> {
        let mut has_read = false;
        // The sockets take turns, so neither starves the other.
        for number in [1 - self.last, self.last] {
            let Some(socket) = self.by_family.get_mut(number) else {
                continue;
            };
            if !socket.may_have_more(wake) {
                continue;
            }
            has_read = true;
            self.last = number;
            socket.fill(&mut self.datagrams, &mut self.clocks)?;
            if socket.may_have_errors() {
                self.reports.read(socket, &mut self.clocks)?;
            }
            if self.has_more() {
                break;
            }
        }
        Ok(has_read)
    }

    /// Reads until something useful is found, or nothing more may be there.
    fn read_until_found(&mut self, wake: Wake) -> io::Result<Option<Found>> {
        while self.read(wake)? {
            let found = self.next_read();
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// Returns the next thing that is there, or waits for more.
    fn next_arrival(&mut self, until: Option<Instant>, wake: Wake) -> io::Result<Option<Found>> {
        if let Some(found) = self.next_read() {
            return Ok(Some(found));
        }
        // In a flood the reply is probably there: do not read the clock first.
        let all_may_have_more = (self.by_family.iter()).all(|socket| socket.may_have_more(wake));
        if all_may_have_more && let Some(found) = self.read_until_found(wake)? {
            return Ok(Some(found));
        }
        let now = SystemClock.now();
        let is_over = until.is_some_and(|until| until <= now);
        if is_over && !all_may_have_more {
            self.assume_readable();
        }
        if let Some(found) = self.read_until_found(wake)? {
            return Ok(Some(found));
        }
        if is_over {
            return Ok(None);
        }
        match (self.wait(until, now, wake)?, wake) {
            (Woken::Arrival, _) => {}
            (Woken::Time, Wake::Signal) => self.assume_readable(),
            (Woken::Time, Wake::Arrival) | (Woken::Signal, _) => return Ok(None),
        }
        self.read_until_found(wake)
    }

    /// Sleeps until the deadline, a signal, or, depending on `wake`, an arrival.
    fn wait(&mut self, until: Option<Instant>, now: Instant, wake: Wake) -> io::Result<Woken> {
        let timeout = until.map(|until| until.saturating_duration_since(now));
        let mut descriptors = [
            self.wake.descriptor(),
            self.keyboard.descriptor(),
            None,
            None,
        ];
        if wake == Wake::Arrival {
            let [_, _, sockets @ ..] = &mut descriptors;
            for (descriptor, socket) in sockets.iter_mut().zip(&self.by_family) {
                *descriptor = Some(socket.icmp.as_fd());
            }
        }
        let [waker, keyboard, sockets @ ..] = match poll(descriptors, timeout) {
            Ok(ready) => ready,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(Woken::Signal),
            Err(error) => return Err(error),
        };
        let mut woken = Woken::Time;
        if !waker.is_empty() {
            self.wake.drain();
            woken = Woken::Signal;
        }
        if !keyboard.is_empty() {
            self.keyboard.close_if_gone(keyboard);
            woken = Woken::Signal;
        }
        for (socket, events) in self.by_family.iter_mut().zip(sockets) {
            if socket.record_events(events)? {
                woken = Woken::Arrival;
            }
        }
        Ok(woken)
    }

    /// The ICMP error with this index, if the socket that was read last receives errors as messages.
    fn error(&self, index: usize) -> Option<ErrorEntry> {
        let socket = self.by_family.get(self.last)?;
        if !socket.identity.receives_errors {
            return None;
        }
        let message = self.datagrams.get(index)?;
        let octets = arrival::error_message(socket.identity.delivery(), message.data)?;
        Some(ErrorEntry::Message {
            reporter: self.datagrams.metadata(index)?.source,
            octets: octets.to_vec(),
        })
    }

    fn datagram(&self, index: usize) -> Option<Datagram<'_>> {
        let message = self.datagrams.get(index)?;
        let read = self.datagrams.read();
        let found = self.datagrams.metadata(index)?;
        Some(Datagram {
            source: found.source,
            octets: message.data,
            truncated: message.truncated,
            hop_limit: found.hop_limit,
            traffic_class: found.traffic_class,
            destination: found.destination,
            options: found.options,
            read: read.monotonic,
            stamps: arrival::align(&self.clocks, found.stamps, read),
        })
    }
}

impl Network for Sockets {
    fn queue(&mut self, name: u32, message: &[u8], to: SocketAddr, hop_limit: Option<u8>) -> bool {
        let family = Family::of(to);
        let socket = (self.by_family.iter()).find(|socket| socket.family() == family);
        self.batch.push((name, hop_limit), message, to, socket)
    }

    fn flush(&mut self, on_result: &mut dyn FnMut(u32, Result<Departure, SendFailure>)) {
        for socket in &mut self.by_family {
            self.batch.send(socket, &mut self.reports, &mut self.clocks);
            if self.reads_after_send && !socket.stamping.has_departures() {
                socket.assume_readable();
            }
        }
        self.batch.finish(on_result);
    }

    fn has_errors(&self) -> bool {
        !self.reports.is_empty()
    }

    fn receive(&mut self, until: Option<Instant>, wake: Wake) -> io::Result<Received<'_>> {
        Ok(match self.next_arrival(until, wake)? {
            Some(Found::Datagram(index)) => match (self.error(index), self.datagram(index)) {
                (Some(error), _) => Received::Error(error),
                (None, Some(datagram)) => Received::Datagram(datagram),
                (None, None) => Received::Nothing,
            },
            Some(Found::Report) => match self.reports.take() {
                Some(Report::Error(error)) => Received::Error(error),
                Some(Report::Copied(error)) => Received::Copied(error),
                Some(Report::Departed { name, passage }) => Received::Departed { name, passage },
                None => Received::Nothing,
            },
            None => Received::Nothing,
        })
    }

    fn has_more(&self) -> bool {
        self.has_errors() || !self.datagrams.is_empty()
    }

    /// Queried, and not taken from the datagrams (`SO_RXQ_OVFL`): these carry the count of the time when they were queued, so
    /// drops after the last one would be missing. The kernel checks the queue before the filters: a full raw socket also
    /// counts messages that its filter would drop. The same is true of ICMPv6 messages with a wrong checksum.
    fn dropped_here(&self) -> u64 {
        self.by_family.iter().map(FamilySocket::dropped).sum()
    }

    fn is_own(&self, address: IpAddr) -> bool {
        address.is_loopback() || self.own.contains(&address)
    }
}

#[cfg(test)]
mod tests;
