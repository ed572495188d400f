//! Buffers for what one system call receives, allocated once.

use std::io;
use std::os::fd::BorrowedFd;

use super::arrival::{self, Delivery, Metadata};
use super::queue::{LONGEST_V4, QUOTE};
use super::sys::{self, BATCH_MAX, Filled, RecvSlot};
use crate::clock::{Alignment, ClockReading, SystemClock};

/// The headers of a reply, or of an ICMP error or redirect with its quoted packet: the largest IP header, an ICMP header, and
/// the quoted IP header.
const HEADERS: usize = 60 + 8 + 60;

/// The largest IPv4 packet, with room for another header of the largest size.
const PACKET_MAX: usize = 65_535 + 60;

/// The buffer of one packet in a flood: any Ethernet frame fits.
const FLOOD_BUFFER: usize = 2048;

/// The size of `sockaddr_in6`, the longer of the two.
const NAME: usize = 28;

/// The size of control messages. The most come with an ICMP error on a ping socket: the error with its offender (64 octets),
/// a stamp (64), the time to live (24) and options (56).
const CONTROL: usize = 256;

/// A received batch of messages, or of entries of the error queue.
#[derive(Debug)]
pub(super) struct Inbox {
    flags: libc::c_int,
    /// The size of each message's buffer.
    size: usize,
    data: Box<[u8]>,
    names: Box<[[u8; NAME]]>,
    controls: Box<[[u8; CONTROL]]>,
    each: Box<[Filled]>,
    count: usize,
    /// The index of the next message to take.
    next: usize,
    delivery: Delivery,
    /// When they had been read.
    read: ClockReading,
}

/// A received message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Message<'a> {
    pub(super) data: &'a [u8],
    pub(super) name: &'a [u8],
    pub(super) control: &'a [u8],
    /// Whether it was longer than its buffer, and is cut.
    pub(super) truncated: bool,
}

impl Inbox {
    /// For one datagram at a time, of any length.
    ///
    /// The buffer is much larger than needed: where the heap has no room for it, the C library maps fresh pages, which cost
    /// memory only when written. A buffer that fits into the heap is cleared, and all its pages are touched: the reader of the
    /// command line leaves up to 160 KiB of free heap.
    pub(super) fn for_one() -> Self {
        Self::new(0, 16 * PACKET_MAX, 1)
    }

    /// For replies to messages of this length.
    pub(super) fn for_datagrams(message_length: usize) -> Self {
        Self::new(0, message_length.saturating_add(HEADERS), BATCH_MAX)
    }

    /// For replies to messages of this length, and for ICMP errors as messages.
    pub(super) fn for_errors_too(message_length: usize) -> Self {
        Self::for_datagrams(message_length.max(QUOTE))
    }

    /// For replies in a flood with messages of this length; one at a time if they are too long for a batch.
    pub(super) fn for_flood(message_length: usize) -> Self {
        if message_length.saturating_add(HEADERS) <= FLOOD_BUFFER {
            Self::new(0, FLOOD_BUFFER, BATCH_MAX)
        } else {
            Self::for_one()
        }
    }

    /// For this number of errors about messages of this length.
    pub(super) fn for_errors(message_length: usize, capacity: usize) -> Self {
        let size = message_length.saturating_add(HEADERS);
        let size = size.clamp(LONGEST_V4, QUOTE);
        Self::new(libc::MSG_ERRQUEUE, size, capacity)
    }

    fn new(flags: libc::c_int, size: usize, capacity: usize) -> Self {
        Self {
            flags,
            size,
            data: vec![0; size.saturating_mul(capacity)].into_boxed_slice(),
            names: vec![[0; NAME]; capacity].into_boxed_slice(),
            controls: vec![[0; CONTROL]; capacity].into_boxed_slice(),
            each: vec![Filled::default(); capacity].into_boxed_slice(),
            count: 0,
            next: 0,
            delivery: Delivery::Messages,
            read: ClockReading::of(&SystemClock),
        }
    }

    /// Receives a batch from a socket, without blocking.
    ///
    /// # Errors
    /// Those of the system call, including `EAGAIN`.
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
        // `recvmsg` costs less than `recvmmsg` for one message.
        if let ([filled], [name], [control]) =
            (&mut *self.each, &mut *self.names, &mut *self.controls)
        {
            let name = if is_named { &mut name[..] } else { &mut [] };
            *filled = sys::receive(socket, &mut self.data, name, control, self.flags)?;
            return Ok(1);
        }
        let buffers = self.data.chunks_exact_mut(self.size);
        let slots = buffers.zip(&mut self.names).zip(&mut self.controls);
        let slots = slots.map(|((data, name), control)| RecvSlot {
            data,
            name: if is_named { name } else { &mut [] },
            control,
        });
        sys::receive_many(socket, slots, &mut self.each, self.flags)
    }

    /// Takes the index of the next message.
    pub(super) fn take(&mut self) -> Option<usize> {
        let index = self.next;
        (index < self.count).then(|| {
            self.next += 1;
            index
        })
    }

    /// Whether all messages are taken.
    pub(super) fn is_empty(&self) -> bool {
        self.next >= self.count
    }

    /// Whether the batch was full, so that there may be more.
    pub(super) fn was_full(&self) -> bool {
        self.count == self.capacity()
    }

    /// The maximum size of a batch.
    pub(super) fn capacity(&self) -> usize {
        self.each.len()
    }

    /// The size of the last batch.
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// Whether it reads the error queue.
    pub(super) fn is_for_errors(&self) -> bool {
        self.flags != 0
    }

    pub(super) fn read(&self) -> ClockReading {
        self.read
    }

    /// The metadata of a datagram; `None` without a valid sender.
    pub(super) fn metadata(&self, index: usize) -> Option<Metadata<'_>> {
        let message = self.get(index)?;
        arrival::metadata(self.delivery, message.data, message.name, message.control)
    }

    /// Whether a datagram has a valid sender.
    pub(super) fn has_sender(&self, index: usize) -> bool {
        let message = self.get(index);
        message
            .is_some_and(|message| arrival::has_sender(self.delivery, message.data, message.name))
    }

    /// The message with this index.
    pub(super) fn get(&self, index: usize) -> Option<Message<'_>> {
        let filled = self.each.get(index)?;
        let data = self.data.get(index.checked_mul(self.size)?..)?;
        Some(Message {
            data: data.get(..filled.data.min(self.size))?,
            name: self.names.get(index)?.get(..filled.name)?,
            control: self.controls.get(index)?.get(..filled.control)?,
            truncated: filled.flags & libc::MSG_TRUNC != 0,
        })
    }
}
