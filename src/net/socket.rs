//! Sending and receiving.
//!
//! In a flood each echo costs two system calls: one that sends, and one that receives without asking first whether
//! there is something. Only when there is nothing does the process sleep. With a preload, up to 64 messages leave with
//! one call, and as many replies are received with one.

use std::collections::VecDeque;
use std::io::{self, IoSlice, PipeReader};
use std::mem;
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::time::Instant;

use rustix::event::PollFlags;
use socket2::{MsgHdr, SockAddr};

use super::arrival::{self, Circumstances, Delivery, IP_OPTIONS};
use super::drops::Drops;
use super::failure::{TRIES, Verdict, is_broken, is_busy, is_ours, is_told_by_icmp, is_too_long};
use super::identity::{Identity, Kind};
use super::inbox::Inbox;
use super::queue::{self, CONTROL, Entry, LOOKS, Look, NAME, Stamped};
use super::stamping::Stamping;
use super::sys::{self, Call, Filled, Outgoing};
use super::volley::Volley;
use super::wake::{Waker, poll};
use super::{Datagram, Departure, Network, Passage, Received, SendFailure, Stamps, Wake};
use crate::clock::{Alignment, Clock, Moment, SystemClock};

/// The largest IPv4 packet, and some more so that a header of the largest size fits as well.
const LARGEST: usize = 65_535 + 60;

/// Twice the room that is needed: from 128 KiB on the C library maps fresh pages, of which only those cost memory that
/// are written to. What is smaller it takes from the heap, and clears.
const ROOM: usize = 2 * LARGEST;

/// What of the flow information is the label (RFC 8200, section 3).
const FLOW_LABEL: u32 = 0x000f_ffff;

/// How many errors are kept for the next calls of `receive` when a send runs into them. An attacker can cause more,
/// and those are of no interest.
const KEPT: usize = 64;

/// A socket without any privileges left: the real [`Network`] of one target.
#[derive(Debug)]
pub struct Socket {
    icmp: socket2::Socket,
    identity: Identity,
    stamping: Stamping,
    clocks: Alignment,
    wake: Waker,
    buffers: Buffers,
    /// Whether the reply to the last message may be there already, so that a look is likely to find it. In a flood it is;
    /// otherwise a look that finds nothing comes before each wait, and each wait is one system call more.
    looks_first: bool,
    /// Where datagrams are received together, in a flood with a preload.
    inbox: Option<Box<Inbox>>,
    /// The messages that wait to be sent, all to one address.
    volley: Volley,
    to: Option<SocketAddr>,
    /// Errors and departures that a send ran into.
    kept: VecDeque<Arrival>,
    /// The error that the last `receive` gave out.
    given: Option<Entry>,
    drops: Drops,
    /// How often in a row receiving failed for a reason that nothing explains.
    failures: u32,
}

/// What the kernel writes to, allocated once.
#[derive(Debug)]
struct Buffers {
    data: Box<[u8]>,
    name: [u8; NAME],
    control: [u8; CONTROL],
    options: Vec<u8>,
}

/// What is known of a datagram whose octets are in the buffers.
#[derive(Debug, Clone, Copy)]
struct Facts {
    source: SocketAddr,
    octets: Octets,
    truncated: bool,
    hop_limit: Option<u8>,
    read: Instant,
    stamps: Stamps,
}

/// Where the octets of a datagram are.
#[derive(Debug, Clone, Copy)]
enum Octets {
    /// So many in the buffer.
    Buffer(usize),
    /// In this place of the inbox.
    Inbox(usize),
}

/// What is in the buffers now.
#[derive(Debug)]
enum Arrival {
    Datagram(Facts),
    Error(Entry),
    Departed { name: u32, passage: Passage },
    Nothing,
}

impl Socket {
    pub(super) fn new(
        icmp: socket2::Socket,
        identity: Identity,
        stamping: Stamping,
        wake: Option<PipeReader>,
    ) -> Self {
        Self {
            icmp,
            identity,
            stamping,
            clocks: Alignment::new(&SystemClock),
            wake: Waker::new(wake),
            buffers: Buffers {
                data: vec![0; ROOM].into_boxed_slice(),
                name: [0; NAME],
                control: [0; CONTROL],
                options: Vec::with_capacity(IP_OPTIONS),
            },
            looks_first: false,
            inbox: None,
            volley: Volley::default(),
            to: None,
            kept: VecDeque::new(),
            given: None,
            drops: Drops::default(),
            failures: 0,
        }
    }

    /// Many replies to messages of this length will come at once.
    pub(super) fn receive_in_batches(&mut self, message_length: usize) {
        self.inbox = Inbox::for_flood(message_length).map(Box::new);
    }

    /// Whatever arrives from here on came after now.
    pub(super) fn begin(mut self) -> Self {
        self.clocks = Alignment::new(&SystemClock);
        self.drops = Drops::of(&self.icmp);
        self
    }

    /// The identifier of the messages that are sent here: the kernel of a ping socket writes it into them, and a
    /// raw socket's user has to.
    #[must_use]
    pub fn identifier(&self) -> u16 {
        self.identity.identifier
    }

    /// The flow label in each IPv6 header, where one was asked for: the one that the kernel chose, if it was to.
    #[must_use]
    pub fn flow_label(&self) -> Option<u32> {
        let label = u32::from_be(self.identity.flow) & FLOW_LABEL;
        (label != 0).then_some(label)
    }

    /// Whether it is a raw socket: then IPv4 datagrams begin with their IP header.
    #[must_use]
    pub fn is_raw(&self) -> bool {
        self.identity.kind == Kind::Raw
    }

    fn transmit(&mut self, name: u32, message: &[u8], to: &SockAddr) -> io::Result<Departure> {
        if !self.stamping.has_departures() {
            let at = SystemClock.now();
            (self.icmp).send_to_with_flags(message, to, libc::MSG_DONTWAIT)?;
            self.looks_first = true;
            return Ok(at.into());
        }
        let at = self.clocks.read(&SystemClock).monotonic;
        match self.transmit_labelled(name, message, to) {
            Err(error) if self.stamping.is_for_the_label(&error) => {
                self.stamping.count(self.icmp.as_fd());
                self.transmit_labelled(name, message, to)?;
            }
            outcome => outcome?,
        }
        let returned = SystemClock.now();
        self.stamping.sent(name);
        Ok(Departure { at, returned })
    }

    /// The kernel takes the name of the message only from Linux 6.13 on.
    fn transmit_labelled(&self, name: u32, message: &[u8], to: &SockAddr) -> io::Result<()> {
        let buffers = [IoSlice::new(message)];
        let header = MsgHdr::new().with_addr(to).with_buffers(&buffers);
        let flags = libc::MSG_DONTWAIT;
        let sent = match self.stamping.label(name) {
            Some(label) => self.icmp.sendmsg(&header.with_control(&label), flags),
            None => self.icmp.sendmsg(&header, flags),
        };
        sent.map(|_| ())
    }

    /// Tells why a send of this message failed.
    fn judge(&mut self, error: &io::Error, call: Call, message: &[u8]) -> Verdict {
        if is_busy(error) {
            return Verdict::Busy;
        }
        if is_broken(error, call) {
            return Verdict::Broken;
        }
        match self.clear_error_queue(message) {
            (Some(mtu), _) if is_too_long(error) => Verdict::TooLong { mtu },
            (_, About::Earlier) => Verdict::Earlier,
            (_, About::This | About::Nothing) => Verdict::Refused,
        }
    }

    /// Why a message was not sent; none if it is worth another of the tries that are left.
    fn failure(
        &mut self,
        error: io::Error,
        call: Call,
        message: &[u8],
        tries: u32,
    ) -> Option<SendFailure> {
        self.stamping.failed(self.icmp.as_fd());
        match self.judge(&error, call, message) {
            Verdict::Earlier if tries > 0 => None,
            Verdict::Busy => Some(SendFailure::Busy(error)),
            Verdict::TooLong { mtu } => Some(SendFailure::TooLong { mtu }),
            Verdict::Earlier | Verdict::Refused => Some(SendFailure::Refused(error)),
            Verdict::Broken => Some(SendFailure::Broken(error)),
        }
    }

    /// Keeps the errors that are queued for the next calls of `receive`. Tells the MTU if one of them is that this
    /// message was too long, and what the ICMP errors are about.
    fn clear_error_queue(&mut self, message: &[u8]) -> (Option<u32>, About) {
        let Self {
            icmp,
            stamping,
            clocks,
            kept,
            ..
        } = self;
        let mut is_of_this = false;
        let (mtu, rejected) = queue::clear(icmp.as_fd(), |look| {
            let arrival = match look {
                Look::Error(entry) => {
                    is_of_this |= entry.is_about(message);
                    Some(Arrival::Error(entry))
                }
                Look::Departed(stamped) => departed(stamping, clocks, &stamped),
                Look::Strange | Look::Empty => None,
            };
            if kept.len() < KEPT {
                kept.extend(arrival);
            }
        });
        let about = match (is_of_this, rejected) {
            (true, _) => About::This,
            (false, true) => About::Earlier,
            (false, false) => About::Nothing,
        };
        (mtu, about)
    }

    /// The next of what is at hand, or what a wait brings.
    fn next_arrival(&mut self, until: Option<Instant>) -> io::Result<Arrival> {
        if let Some(kept) = self.kept.pop_front() {
            return Ok(kept);
        }
        // The departure is told before the reply to the same message, or the reply could not be timed by it.
        if self.stamping.is_waiting()
            && let Some(arrival) = self.take_error()?
        {
            return Ok(arrival);
        }
        if (mem::take(&mut self.looks_first) || self.has_more())
            && let Some(arrival) = self.take()?
        {
            return Ok(arrival);
        }
        let found = match self.wait(until)? {
            Ready::Nothing => None,
            Ready::Datagram => self.take()?,
            // Errors first: one that is read after the reply to the same probe would come too late to be told.
            Ready::Error => match self.take_error()? {
                None => self.take()?,
                some => some,
            },
        };
        Ok(found.unwrap_or(Arrival::Nothing))
    }

    /// A datagram if there is one; or the error that makes the socket refuse to say.
    fn take(&mut self) -> io::Result<Option<Arrival>> {
        match self.read() {
            Ok(facts) => {
                self.failures = 0;
                Ok(facts.map(Arrival::Datagram))
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(Some(Arrival::Nothing)),
            Err(error) if is_ours(&error) => Err(error),
            Err(error) if !is_told_by_icmp(&error) => {
                let found = self.take_error()?;
                self.failures = if found.is_some() {
                    0
                } else {
                    self.failures + 1
                };
                if self.failures < TRIES {
                    Ok(found)
                } else {
                    Err(error)
                }
            }
            // An ICMP error, which the kernel reports before any datagram, so that no storm of replies hides it.
            // Perhaps it is about another program's message, or the queue had no room for it; then there is nothing
            // to see, and the kernel has forgotten it now.
            Err(_) => self.take_error(),
        }
    }

    /// The next entry of the error queue that means something.
    fn take_error(&mut self) -> io::Result<Option<Arrival>> {
        for _ in 0..LOOKS {
            match queue::look(self.icmp.as_fd())? {
                Look::Error(entry) => return Ok(Some(Arrival::Error(entry))),
                Look::Departed(stamped) => {
                    let departure = departed(&mut self.stamping, &mut self.clocks, &stamped);
                    if departure.is_some() {
                        return Ok(departure);
                    }
                }
                Look::Strange => {}
                Look::Empty => return Ok(None),
            }
        }
        Ok(None)
    }

    /// Receives a datagram; none if the kernel did not even say from whom it is.
    fn read(&mut self) -> io::Result<Option<Facts>> {
        let socket = self.icmp.as_fd();
        if let Some(inbox) = &mut self.inbox {
            if inbox.is_empty() {
                inbox.fill(socket, self.identity.delivery(), &mut self.clocks)?;
            }
            return Ok(self.describe_next());
        }
        let Buffers {
            data,
            name,
            control,
            ..
        } = &mut self.buffers;
        let name = match self.identity.delivery() {
            Delivery::Packets => &mut [],
            Delivery::Messages => &mut name[..],
        };
        let filled = sys::receive(socket, data, name, control, 0)?;
        let read = self.clocks.read(&SystemClock);
        Ok(self.describe(filled, read))
    }

    /// What the kernel said about the next datagram in the inbox.
    fn describe_next(&mut self) -> Option<Facts> {
        let inbox = self.inbox.as_mut()?;
        let place = inbox.take()?;
        let (found, read) = (inbox.describe(place)?, inbox.read());
        let (octets, truncated) = (Octets::Inbox(place), inbox.get(place)?.truncated);
        let options = &mut self.buffers.options;
        Some(facts(octets, truncated, found, read, &self.clocks, options))
    }

    /// What the kernel said about the datagram in the buffers.
    fn describe(&mut self, filled: Filled, read: Moment) -> Option<Facts> {
        let found = arrival::describe(
            self.identity.delivery(),
            self.buffers.data.get(..filled.data)?,
            self.buffers.name.get(..filled.name)?,
            self.buffers.control.get(..filled.control)?,
        )?;
        let octets = Octets::Buffer(filled.data);
        let truncated = filled.flags & libc::MSG_TRUNC != 0;
        let options = &mut self.buffers.options;
        Some(facts(octets, truncated, found, read, &self.clocks, options))
    }

    /// Sleeps until there is something to read, a signal comes, or the moment.
    fn wait(&mut self, until: Option<Instant>) -> io::Result<Ready> {
        let time = until.map(|until| until.saturating_duration_since(SystemClock.now()));
        let [socket, wake] = match poll([Some(self.icmp.as_fd()), self.wake.descriptor()], time) {
            Ok(ready) => ready,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(Ready::Nothing),
            Err(error) => return Err(error),
        };
        if !wake.is_empty() {
            self.wake.take_note();
        }
        if socket.contains(PollFlags::NVAL) {
            return Err(io::Error::from_raw_os_error(libc::EBADF));
        }
        Ok(match socket {
            nothing if nothing.is_empty() => Ready::Nothing,
            errors if errors.contains(PollFlags::ERR) => Ready::Error,
            _ => Ready::Datagram,
        })
    }
}

/// What is known of a datagram, but for its options, which are copied.
fn facts(
    octets: Octets,
    truncated: bool,
    found: Circumstances<'_>,
    read: Moment,
    clocks: &Alignment,
    options: &mut Vec<u8>,
) -> Facts {
    options.clear();
    options.extend_from_slice(found.options);
    Facts {
        source: found.source,
        octets,
        truncated,
        hop_limit: found.hop_limit,
        read: read.monotonic,
        stamps: arrival::placed(clocks, found.stamps, read),
    }
}

/// What a stamp of a message tells; none if no such message is known, or the stamp cannot be believed.
fn departed(stamping: &mut Stamping, clocks: &mut Alignment, stamped: &Stamped) -> Option<Arrival> {
    let read = clocks.read(&SystemClock);
    let name = stamping.told(stamped.number)?;
    let passage = arrival::passage(clocks, stamped, read)?;
    Some(Arrival::Departed { name, passage })
}

/// Which message the ICMP errors are about that a failed send found in the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum About {
    /// The one that was to be sent: a packet filter of this host rejected it, and would do so again.
    This,
    /// Others only.
    Earlier,
    /// There are none.
    Nothing,
}

/// What ended a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ready {
    Nothing,
    Datagram,
    Error,
}

impl Socket {
    /// Sends one message.
    fn send(
        &mut self,
        name: u32,
        message: &[u8],
        to: SocketAddr,
    ) -> Result<Departure, SendFailure> {
        let to = self.identity.address(to);
        // See `transmit`.
        let call = if self.stamping.has_departures() {
            Call::Send
        } else {
            Call::SendTo
        };
        let mut tries = TRIES;
        loop {
            let error = match self.transmit(name, message, &to) {
                Ok(departure) => return Ok(departure),
                Err(error) => error,
            };
            tries -= 1;
            if let Some(failure) = self.failure(error, call, message, tries) {
                return Err(failure);
            }
        }
    }

    /// Sends messages to one address, up to the first that cannot be sent.
    ///
    /// The kernel does not tell when each of them was handed over, only the whole: the times of departure are spread
    /// evenly between the two readings of the clock around the call. Where it stamps departures, each has its own call.
    fn send_volley(
        &mut self,
        volley: &Volley,
        to: SocketAddr,
        told: &mut dyn FnMut(Result<Departure, SendFailure>),
    ) {
        if self.stamping.has_departures() {
            volley.in_turn(|name, message| self.send(name, message, to), told);
            return;
        }
        let to = self.identity.name(to);
        let mut rest = volley.messages().peekable();
        let mut tries = TRIES;
        let mut begun = SystemClock.now();
        while rest.peek().is_some() {
            let outgoing = rest.clone().map(|(_, data)| Outgoing {
                data,
                to: to.octets(),
                control: &[],
            });
            let error = match sys::send_many(self.icmp.as_fd(), outgoing) {
                Ok(sent @ 1..) => {
                    let done = SystemClock.now();
                    let count = u32::try_from(sent).unwrap_or(u32::MAX);
                    let each = done.saturating_duration_since(begun) / count;
                    for number in 0..count {
                        told(Ok((begun + each * number).into()));
                    }
                    self.looks_first = true;
                    rest.by_ref().take(sent).for_each(drop);
                    (tries, begun) = (TRIES, done);
                    continue;
                }
                // It does not happen, and would do so for ever.
                Ok(0) => io::Error::from_raw_os_error(libc::EAGAIN),
                Err(error) => error,
            };
            tries -= 1;
            let message = rest.peek().map_or(&[][..], |(_, message)| message);
            if let Some(failure) = self.failure(error, Call::Send, message, tries) {
                told(Err(failure));
                return;
            }
        }
    }
}

impl Network for Socket {
    fn queue(&mut self, name: u32, message: &[u8], to: SocketAddr) -> bool {
        self.to = Some(to);
        self.volley.push(name, message)
    }

    fn flush(&mut self, told: &mut dyn FnMut(u32, Result<Departure, SendFailure>)) {
        let Some(to) = self.to else {
            return;
        };
        let mut volley = mem::take(&mut self.volley);
        if let Some((name, message)) = volley.only() {
            told(name, self.send(name, message, to));
        } else {
            let mut names = volley.names();
            self.send_volley(&volley, to, &mut |outcome| {
                if let Some(name) = names.next() {
                    told(name, outcome);
                }
            });
        }
        volley.clear();
        self.volley = volley;
    }

    fn has_more(&self) -> bool {
        self.inbox.as_ref().is_some_and(|inbox| !inbox.is_empty())
    }

    fn has_errors(&self) -> bool {
        !self.kept.is_empty()
    }

    fn receive(&mut self, until: Option<Instant>, _wake: Wake) -> io::Result<Received<'_>> {
        let facts = match self.next_arrival(until)? {
            Arrival::Nothing => return Ok(Received::Nothing),
            Arrival::Error(entry) => {
                let entry = self.given.insert(entry);
                return Ok(Received::Error(entry.view()));
            }
            Arrival::Departed { name, passage } => {
                return Ok(Received::Departed { name, passage });
            }
            Arrival::Datagram(facts) => facts,
        };
        let octets = match facts.octets {
            Octets::Buffer(length) => self.buffers.data.get(..length),
            Octets::Inbox(place) => {
                let message = self.inbox.as_ref().and_then(|inbox| inbox.get(place));
                message.map(|message| message.data)
            }
        };
        Ok(Received::Datagram(Datagram {
            source: facts.source,
            octets: octets.unwrap_or_default(),
            truncated: facts.truncated,
            hop_limit: facts.hop_limit,
            options: &self.buffers.options,
            read: facts.read,
            stamps: facts.stamps,
        }))
    }

    /// Asked for, and not taken from what comes with each datagram (`SO_RXQ_OVFL`): that is the count of the moment at
    /// which the datagram was queued, so the drops behind the last one would never be told. The kernel looks for room
    /// before it looks at filters: once a raw socket's queue is full, messages count that it would not have taken. So
    /// do ICMPv6 messages with a wrong checksum.
    fn dropped_here(&self) -> u64 {
        self.drops.count(&self.icmp)
    }
}

#[cfg(test)]
mod tests;
