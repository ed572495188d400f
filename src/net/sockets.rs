//! Sending and receiving: one socket of each family, for one target or for many.
//!
//! Up to 64 messages leave with one system call, and a message alone with one that costs less.
//!
//! For one target each datagram is received alone, as soon as it is there, whatever its length. In a flood each echo costs
//! two system calls: one that sends, and one that receives without asking first whether there is something. Only when there
//! is nothing does the process sleep. With a preload, up to 64 replies are received with one call.
//!
//! For many targets they always are. Three system calls serve 64 echoes at full speed: one that sends them, one that
//! receives the replies, and one that finds nothing more. Nothing is allocated for a reply.

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
use super::sys::MANY;
use super::wake::{Keyboard, Waker, poll};
use super::{
    Datagram, Departure, ErrorEntry, Network, Received, SendFailure, Wake, arrival, device,
};
use crate::clock::{Alignment, Clock, SystemClock};

/// How many reports are read at once with one target: the kernel tells of each departure twice, and room for more costs
/// time in each call.
const REPORTS_OF_ONE: usize = 4;

/// Sockets without any privileges left: the real [`Network`].
#[derive(Debug)]
pub struct Sockets {
    /// One of each family that is spoken, at most two.
    by_family: Vec<FamilySocket>,
    clocks: Alignment,
    wake: Waker,
    keyboard: Keyboard,
    batch: SendBatch,
    datagrams: Inbox,
    /// Which of the sockets was looked at last: 0 or 1.
    last: usize,
    reports: Reports,
    /// Whether the reply to a message may be there already when it was sent, so that a look is likely to find it. In a flood
    /// of one target it is; otherwise a look that finds nothing comes before each wait, and each is one system call more.
    looks_first: bool,
    /// The addresses by which errors of this host are told from others: with one target, where probes come from.
    own: BTreeSet<IpAddr>,
}

/// What is there to be told.
#[derive(Debug, Clone, Copy)]
enum Found {
    /// The datagram of this place in its inbox.
    Datagram(usize),
    /// The next of the reports.
    Report,
}

/// What ended a wait.
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
                Reports::new(length, MANY),
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
            looks_first: matches!(request.targets, SocketTargets::One { .. }),
            own,
        }
    }

    /// Whatever arrives from here on came after now.
    pub(super) fn begin(mut self) -> Self {
        self.clocks = Alignment::new(&SystemClock);
        self.by_family.iter_mut().for_each(FamilySocket::begin);
        self
    }

    /// The identifier of the messages of a family: the kernel of a ping socket writes it into them, and a raw socket's
    /// user has to. The two families may have different ones. None if there is no socket of this family.
    #[must_use]
    pub fn identifier(&self, family: Family) -> Option<u16> {
        let socket = self.socket(family)?;
        Some(socket.identity.identifier)
    }

    /// Whether the socket of a family is a raw one: then IPv4 datagrams begin with their IP header. None if there is no
    /// socket of this family.
    #[must_use]
    pub fn is_raw(&self, family: Family) -> Option<bool> {
        self.socket(family).map(FamilySocket::is_raw)
    }

    /// The flow label in each IPv6 header, where one was asked for: the one that the kernel chose, if it was to.
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

    /// The next of what was read already.
    ///
    /// Reports first: they were read after the replies, so that no departure is missing of a message whose reply is there,
    /// and have to be told before them, or the replies could not be timed by them.
    fn at_hand(&mut self) -> Option<Found> {
        if self.has_errors() {
            return Some(Found::Report);
        }
        loop {
            let place = self.datagrams.take()?;
            // Of others the kernel does not even say from whom they are.
            if self.datagrams.has_sender(place) {
                return Some(Found::Datagram(place));
            }
        }
    }

    fn assume_readable(&mut self) {
        self.by_family
            .iter_mut()
            .for_each(FamilySocket::assume_readable);
    }

    /// Reads from the first of the sockets that has something, among those that may have. Says whether there was any of those.
    fn look(&mut self, wake: Wake) -> io::Result<bool> {
        let mut has_looked = false;
        // Each of the two gets its turn, however much comes through the other.
        for number in [1 - self.last, self.last] {
            let Some(socket) = self.by_family.get_mut(number) else {
                continue;
            };
            if !socket.may_have_more(wake) {
                continue;
            }
            has_looked = true;
            self.last = number;
            socket.fill(&mut self.datagrams, &mut self.clocks)?;
            if socket.may_have_errors() {
                self.reports.read(socket, &mut self.clocks)?;
            }
            if self.has_more() {
                break;
            }
        }
        Ok(has_looked)
    }

    /// Looks for as long as there may be something and nothing is found. What is read may mean nothing.
    fn found(&mut self, wake: Wake) -> io::Result<Option<Found>> {
        while self.look(wake)? {
            let found = self.at_hand();
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// Hands out what is there, or waits for more, and looks again.
    fn next_arrival(&mut self, until: Option<Instant>, wake: Wake) -> io::Result<Option<Found>> {
        if let Some(found) = self.at_hand() {
            return Ok(Some(found));
        }
        // In a flood the reply is there, and the time need not be known.
        let looks_at_all = (self.by_family.iter()).all(|socket| socket.may_have_more(wake));
        if looks_at_all && let Some(found) = self.found(wake)? {
            return Ok(Some(found));
        }
        let now = SystemClock.now();
        let is_over = until.is_some_and(|until| until <= now);
        if is_over && !looks_at_all {
            self.assume_readable();
        }
        if let Some(found) = self.found(wake)? {
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
        self.found(wake)
    }

    /// Sleeps until the moment, a signal, or, if that is to end it, an arrival.
    fn wait(&mut self, until: Option<Instant>, now: Instant, wake: Wake) -> io::Result<Woken> {
        let time = until.map(|until| until.saturating_duration_since(now));
        let mut of = [
            self.wake.descriptor(),
            self.keyboard.descriptor(),
            None,
            None,
        ];
        if wake == Wake::Arrival {
            let [_, _, places @ ..] = &mut of;
            for (place, socket) in places.iter_mut().zip(&self.by_family) {
                *place = Some(socket.icmp.as_fd());
            }
        }
        let [waker, keyboard, sockets @ ..] = match poll(of, time) {
            Ok(ready) => ready,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(Woken::Signal),
            Err(error) => return Err(error),
        };
        let mut woken = Woken::Time;
        if !waker.is_empty() {
            self.wake.take_note();
            woken = Woken::Signal;
        }
        if !keyboard.is_empty() {
            self.keyboard.take_note(keyboard);
            woken = Woken::Signal;
        }
        for (socket, events) in self.by_family.iter_mut().zip(sockets) {
            if socket.note(events)? {
                woken = Woken::Arrival;
            }
        }
        Ok(woken)
    }

    /// The ICMP error in this place, where the socket that was looked at last hears them as messages.
    fn error(&self, place: usize) -> Option<ErrorEntry> {
        let socket = self.by_family.get(self.last)?;
        if !socket.identity.receives_errors {
            return None;
        }
        let message = self.datagrams.get(place)?;
        let octets = arrival::error_message(socket.identity.delivery(), message.data)?;
        Some(ErrorEntry::Message {
            reporter: self.datagrams.describe(place)?.source,
            octets: octets.to_vec(),
        })
    }

    fn datagram(&self, place: usize) -> Option<Datagram<'_>> {
        let message = self.datagrams.get(place)?;
        let read = self.datagrams.read();
        let found = self.datagrams.describe(place)?;
        Some(Datagram {
            source: found.source,
            octets: message.data,
            truncated: message.truncated,
            hop_limit: found.hop_limit,
            traffic_class: found.traffic_class,
            destination: found.destination,
            options: found.options,
            read: read.monotonic,
            stamps: arrival::placed(&self.clocks, found.stamps, read),
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
            if self.looks_first && !socket.stamping.has_departures() {
                socket.assume_readable();
            }
        }
        self.batch.tell(on_result);
    }

    fn has_errors(&self) -> bool {
        !self.reports.is_empty()
    }

    fn receive(&mut self, until: Option<Instant>, wake: Wake) -> io::Result<Received<'_>> {
        Ok(match self.next_arrival(until, wake)? {
            Some(Found::Datagram(place)) => match (self.error(place), self.datagram(place)) {
                (Some(error), _) => Received::Error(error),
                (None, Some(datagram)) => Received::Datagram(datagram),
                (None, None) => Received::Nothing,
            },
            Some(Found::Report) => match self.reports.take() {
                Some(Report::Error(error)) => Received::Error(error),
                Some(Report::Departed { name, passage }) => Received::Departed { name, passage },
                None => Received::Nothing,
            },
            None => Received::Nothing,
        })
    }

    fn has_more(&self) -> bool {
        self.has_errors() || !self.datagrams.is_empty()
    }

    /// Asked for, and not taken from what comes with each datagram (`SO_RXQ_OVFL`): that is the count of the moment at
    /// which the datagram was queued, so the drops behind the last one would never be told. The kernel looks for room
    /// before it looks at filters: once a raw socket's queue is full, messages count that it would not have taken. So
    /// do ICMPv6 messages with a wrong checksum.
    fn dropped_here(&self) -> u64 {
        self.by_family.iter().map(FamilySocket::dropped).sum()
    }

    fn is_own(&self, address: IpAddr) -> bool {
        address.is_loopback() || self.own.contains(&address)
    }
}

#[cfg(test)]
mod tests;
