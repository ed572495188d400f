//! Room for what one system call receives, allocated once.

use std::io;
use std::os::fd::BorrowedFd;

use super::arrival::{self, Circumstances, Delivery};
use super::queue::{LONGEST_V4, QUOTE};
use super::sys::{self, Filled, MANY, RecvSlot};
use crate::clock::{Alignment, ClockReading, SystemClock};

/// What is around a reply, or around the message that an ICMP error or redirect quotes: an IP header of the largest
/// size, an ICMP header, and the IP header of the quoted packet.
const AROUND: usize = 60 + 8 + 60;

/// The largest IPv4 packet, and some more so that a header of the largest size fits as well.
const LARGEST: usize = 65_535 + 60;

/// Room for a packet of a flood: any that an Ethernet carries.
const FLOODED: usize = 2048;

/// A `sockaddr_in6`, the longer of the two.
const NAME: usize = 28;

/// Control messages. The most come with an ICMP error on a ping socket: the error with its offender (64 octets), a
/// stamp (64), the time to live (24) and options (56).
const CONTROL: usize = 256;

/// Messages that were received together, or entries of the error queue.
#[derive(Debug)]
pub(super) struct Inbox {
    flags: libc::c_int,
    /// Room for the octets of each message.
    size: usize,
    data: Box<[u8]>,
    names: Box<[[u8; NAME]]>,
    controls: Box<[[u8; CONTROL]]>,
    /// How much of each place is filled.
    each: Box<[Filled]>,
    count: usize,
    /// The first that was not taken.
    next: usize,
    /// How that hands them over.
    delivery: Delivery,
    /// When they had been read.
    read: ClockReading,
}

/// A message in its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Message<'a> {
    pub(super) data: &'a [u8],
    pub(super) name: &'a [u8],
    pub(super) control: &'a [u8],
    /// It was longer than its room, and the rest is gone.
    pub(super) truncated: bool,
}

impl Inbox {
    /// For one datagram at a time, of any length.
    ///
    /// It is twice as large as needed: from 128 KiB on the C library maps fresh pages, of which only those cost memory that
    /// are written to. What is smaller it takes from the heap, and clears.
    pub(super) fn for_one() -> Self {
        Self::new(0, 2 * LARGEST, 1)
    }

    /// For replies to messages of this length.
    pub(super) fn for_datagrams(message_length: usize) -> Self {
        Self::new(0, message_length.saturating_add(AROUND), MANY)
    }

    /// For these, and for ICMP errors as messages.
    pub(super) fn for_errors_too(message_length: usize) -> Self {
        Self::for_datagrams(message_length.max(QUOTE))
    }

    /// For replies in a flood of messages of this length, or longer ones; one at a time where batches save nothing.
    pub(super) fn for_flood(message_length: usize) -> Self {
        if message_length.saturating_add(AROUND) <= FLOODED {
            Self::new(0, FLOODED, MANY)
        } else {
            Self::for_one()
        }
    }

    /// For this number of errors about messages of this length.
    pub(super) fn for_errors(message_length: usize, places: usize) -> Self {
        let size = message_length.saturating_add(AROUND);
        let size = size.clamp(LONGEST_V4, QUOTE);
        Self::new(libc::MSG_ERRQUEUE, size, places)
    }

    fn new(flags: libc::c_int, size: usize, places: usize) -> Self {
        Self {
            flags,
            size,
            data: vec![0; size.saturating_mul(places)].into_boxed_slice(),
            names: vec![[0; NAME]; places].into_boxed_slice(),
            controls: vec![[0; CONTROL]; places].into_boxed_slice(),
            each: vec![Filled::default(); places].into_boxed_slice(),
            count: 0,
            next: 0,
            delivery: Delivery::Messages,
            read: ClockReading::of(&SystemClock),
        }
    }

    /// Receives what a socket has, and nothing more than that.
    ///
    /// # Errors
    /// Whatever the call says, and if only that there is nothing.
    pub(super) fn fill(
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
        // The call for one costs less.
        if let ([filled], [name], [control]) =
            (&mut *self.each, &mut *self.names, &mut *self.controls)
        {
            let name = if is_named { &mut name[..] } else { &mut [] };
            *filled = sys::receive(socket, &mut self.data, name, control, self.flags)?;
            return Ok(1);
        }
        let rooms = self.data.chunks_exact_mut(self.size);
        let slots = rooms.zip(&mut self.names).zip(&mut self.controls);
        let slots = slots.map(|((data, name), control)| RecvSlot {
            data,
            name: if is_named { name } else { &mut [] },
            control,
        });
        sys::receive_many(socket, slots, &mut self.each, self.flags)
    }

    /// The place of the next one.
    pub(super) fn take(&mut self) -> Option<usize> {
        let place = self.next;
        (place < self.count).then(|| {
            self.next += 1;
            place
        })
    }

    /// Whether none is left.
    pub(super) fn is_empty(&self) -> bool {
        self.next >= self.count
    }

    /// Whether there may be more where they came from.
    pub(super) fn was_full(&self) -> bool {
        self.count == self.places()
    }

    /// How many there may be.
    pub(super) fn places(&self) -> usize {
        self.each.len()
    }

    /// How many there were.
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// Whether they are entries of the error queue.
    pub(super) fn is_for_errors(&self) -> bool {
        self.flags != 0
    }

    pub(super) fn read(&self) -> ClockReading {
        self.read
    }

    /// What the kernel said about the datagram in this place; none if it did not even say from whom it is.
    pub(super) fn describe(&self, place: usize) -> Option<Circumstances<'_>> {
        let message = self.get(place)?;
        arrival::describe(self.delivery, message.data, message.name, message.control)
    }

    /// Whether the kernel said from whom the datagram in this place is.
    pub(super) fn has_sender(&self, place: usize) -> bool {
        let message = self.get(place);
        message
            .is_some_and(|message| arrival::has_sender(self.delivery, message.data, message.name))
    }

    /// What is in this place.
    pub(super) fn get(&self, place: usize) -> Option<Message<'_>> {
        let filled = self.each.get(place)?;
        let data = self.data.get(place.checked_mul(self.size)?..)?;
        Some(Message {
            data: data.get(..filled.data.min(self.size))?,
            name: self.names.get(place)?.get(..filled.name)?,
            control: self.controls.get(place)?.get(..filled.control)?,
            truncated: filled.flags & libc::MSG_TRUNC != 0,
        })
    }
}
