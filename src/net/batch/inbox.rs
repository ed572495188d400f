//! Room for what one system call receives, allocated once.

use std::io;
use std::os::fd::BorrowedFd;

use super::super::arrival::{self, Circumstances, Delivery};
use super::super::queue::QUOTE;
use super::super::socket::{TRIES, is_ours, is_told_by_icmp};
use super::super::sys::{self, Filled, MANY, Room};
use super::line::Line;
use crate::clock::{Alignment, Moment, SystemClock};

/// What is around a reply, or around the message that an ICMP error or redirect quotes: an IP header of the largest
/// size, an ICMP header, and the IP header of the quoted packet.
const AROUND: usize = 60 + 8 + 60;

/// Room for a packet of a flood: any that an Ethernet carries.
const FLOODED: usize = 2048;

/// A `sockaddr_in6`, the longer of the two.
const NAME: usize = 28;

/// Control messages. The most come with an ICMP error on a ping socket: the error with its offender (64 octets), a
/// stamp (64), the time to live (24) and options (56).
const CONTROL: usize = 256;

/// Messages that were received together, or entries of the error queue.
#[derive(Debug)]
pub(in crate::net) struct Inbox {
    flags: libc::c_int,
    /// Room for the octets of each message.
    size: usize,
    data: Box<[u8]>,
    names: Box<[[u8; NAME]]>,
    controls: Box<[[u8; CONTROL]]>,
    each: [Filled; MANY],
    count: usize,
    /// The first that was not taken.
    next: usize,
    /// The number of the socket they came through.
    line: usize,
    /// How that hands them over.
    delivery: Delivery,
    /// When they had been read.
    read: Moment,
}

/// A message in its place.
#[derive(Debug, Clone, Copy)]
pub(in crate::net) struct Message<'a> {
    pub(in crate::net) data: &'a [u8],
    pub(in crate::net) name: &'a [u8],
    pub(in crate::net) control: &'a [u8],
    /// It was longer than its room, and the rest is gone.
    pub(in crate::net) truncated: bool,
}

impl Inbox {
    /// For replies to messages of this length.
    pub(in crate::net) fn for_datagrams(message_length: usize) -> Self {
        Self::new(0, message_length.saturating_add(AROUND))
    }

    /// For replies in a flood of messages of this length, or longer ones; none where batches save nothing.
    pub(in crate::net) fn for_flood(message_length: usize) -> Option<Self> {
        let fits = message_length.saturating_add(AROUND) <= FLOODED;
        fits.then(|| Self::new(0, FLOODED))
    }

    /// For errors about messages of this length.
    pub(in crate::net) fn for_errors(message_length: usize) -> Self {
        let size = message_length.saturating_add(AROUND).min(QUOTE);
        Self::new(libc::MSG_ERRQUEUE, size)
    }

    fn new(flags: libc::c_int, size: usize) -> Self {
        Self {
            flags,
            size,
            data: vec![0; size.saturating_mul(MANY)].into_boxed_slice(),
            names: vec![[0; NAME]; MANY].into_boxed_slice(),
            controls: vec![[0; CONTROL]; MANY].into_boxed_slice(),
            each: [Filled::default(); MANY],
            count: 0,
            next: 0,
            line: 0,
            delivery: Delivery::Messages,
            read: Moment::of(&SystemClock),
        }
    }

    /// Receives what the socket of this number has, and notes what that says about it.
    ///
    /// # Errors
    /// Only what makes further receiving pointless.
    pub(super) fn fill(
        &mut self,
        number: usize,
        line: &mut Line,
        clocks: &mut Alignment,
    ) -> io::Result<()> {
        (self.line, self.next, self.count) = (number, 0, 0);
        self.delivery = match self.flags {
            0 => line.delivery(),
            // An entry of the error queue is a message, and its name is where that was going.
            _ => Delivery::Messages,
        };
        for tries in 1..=TRIES {
            match self.receive(line.fd()) {
                Ok(count) => {
                    self.count = count;
                    self.read = clocks.read(&SystemClock);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) if is_ours(&error) => return Err(error),
                // The call says it each time, or the queue of errors itself cannot be read.
                Err(error) if !is_told_by_icmp(&error) && (tries == TRIES || self.flags != 0) => {
                    return Err(error);
                }
                // An ICMP error, which the kernel reports before any datagram, so that no storm of replies hides it.
                // With that it has forgotten it, but for the entry in the error queue.
                Err(_) => {
                    line.has_errors = true;
                    continue;
                }
            }
            match self.flags {
                0 => line.found = self.count,
                _ => line.has_errors = self.was_full(),
            }
            return Ok(());
        }
        line.doubt();
        Ok(())
    }

    /// Receives what a socket has, and nothing more than that.
    ///
    /// # Errors
    /// Whatever the call says, and if only that there is nothing.
    pub(in crate::net) fn refill(
        &mut self,
        socket: BorrowedFd<'_>,
        delivery: Delivery,
        clocks: &mut Alignment,
    ) -> io::Result<()> {
        (self.delivery, self.next, self.count) = (delivery, 0, 0);
        self.count = self.receive(socket)?;
        self.read = clocks.read(&SystemClock);
        Ok(())
    }

    fn receive(&mut self, socket: BorrowedFd<'_>) -> io::Result<usize> {
        let is_named = self.delivery == Delivery::Messages;
        let rooms = self.data.chunks_exact_mut(self.size);
        let rooms = rooms.zip(&mut self.names).zip(&mut self.controls);
        let rooms = rooms.map(|((data, name), control)| Room {
            data,
            name: if is_named { name } else { &mut [] },
            control,
        });
        sys::receive_many(socket, rooms, &mut self.each, self.flags)
    }

    /// The place of the next one.
    pub(in crate::net) fn take(&mut self) -> Option<usize> {
        let place = self.next;
        (place < self.count).then(|| {
            self.next += 1;
            place
        })
    }

    /// Whether none is left.
    pub(in crate::net) fn is_empty(&self) -> bool {
        self.next >= self.count
    }

    /// Whether there may be more where they came from.
    pub(in crate::net) fn was_full(&self) -> bool {
        self.count == MANY
    }

    pub(in crate::net) fn line(&self) -> usize {
        self.line
    }

    pub(in crate::net) fn read(&self) -> Moment {
        self.read
    }

    /// What the kernel said about the datagram in this place; none if it did not even say from whom it is.
    pub(in crate::net) fn describe(&self, place: usize) -> Option<Circumstances<'_>> {
        let message = self.get(place)?;
        arrival::describe(self.delivery, message.data, message.name, message.control)
    }

    /// Whether the kernel said from whom the datagram in this place is.
    pub(in crate::net) fn has_sender(&self, place: usize) -> bool {
        let message = self.get(place);
        message.is_some_and(|message| {
            arrival::sender(self.delivery, message.data, message.name).is_some()
        })
    }

    /// What is in this place.
    pub(in crate::net) fn get(&self, place: usize) -> Option<Message<'_>> {
        let filled = self.each.get(place)?;
        let data = self.data.chunks_exact(self.size).nth(place)?;
        Some(Message {
            data: data.get(..filled.data).unwrap_or(data),
            name: self.names.get(place)?.get(..filled.name)?,
            control: self.controls.get(place)?.get(..filled.control)?,
            truncated: filled.flags & libc::MSG_TRUNC != 0,
        })
    }
}
