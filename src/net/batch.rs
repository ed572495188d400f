//! Many targets through one socket of each family: up to 64 messages leave with one system call, and up to 64 are
//! received with one.
//!
//! Three system calls serve 64 echoes at full speed: one that sends them, one that receives the replies, and one that
//! finds nothing more. Nothing is allocated for a packet.
//!
//! | file | owns |
//! |---|---|
//! | `opening` | what the sockets are opened for; how they come to be |
//! | `line` | one socket: what a failed send means, and whose departures are still to be told |
//! | `outbox` | the messages that wait to be sent, and what became of them |

mod line;
mod opening;
mod outbox;

use std::collections::{HashSet, VecDeque};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::AsFd;
use std::time::Instant;

use super::address::Name;
use super::identity::Family;
use super::inbox::Inbox;
use super::queue::{Entry, LOOKS, Look, interpret};
use super::sys::MANY;
use super::wake::{Waker, poll};
use super::{Datagram, Departure, Network, Passage, Received, SendFailure, Wake, arrival, device};
use crate::clock::{Alignment, Clock, SystemClock};
use line::Line;
use outbox::Outbox;

pub use opening::{BatchOpening, UnlockedBatchSockets};

/// How many batches of errors are told in a row, so that a storm of them does not hold up the replies.
const ERROR_BATCHES: usize = LOOKS / MANY;

/// Sockets without any privileges left: the real [`Network`] of many targets.
#[derive(Debug)]
pub struct BatchSockets {
    /// One of each family that is spoken, at most two.
    lines: Vec<Line>,
    clocks: Alignment,
    wake: Waker,
    outbox: Outbox,
    datagrams: Inbox,
    /// Through which of the lines they came.
    datagrams_line: usize,
    errors: Inbox,
    errors_line: usize,
    /// How many more batches of errors may be read before datagrams are told.
    patience: usize,
    /// What sends found in the error queue.
    kept: VecDeque<Kept>,
    /// The error that the last `receive` gave out.
    given: Option<Entry>,
    /// The addresses of this host.
    own: HashSet<IpAddr>,
}

/// What a send found in the error queue, for the next calls of `receive`.
#[derive(Debug)]
enum Kept {
    Error(Entry),
    Departed { name: u32, passage: Passage },
}

/// What is there to be told.
#[derive(Debug)]
enum Found {
    /// The datagram of this place in its inbox.
    Datagram(usize),
    /// The error of this place in its inbox.
    Error(usize),
    Kept(Entry),
    Departed {
        name: u32,
        passage: Passage,
    },
}

/// What ended a wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Woken {
    Arrival,
    Time,
    Signal,
}

impl BatchSockets {
    fn new(lines: Vec<Line>, message_length: usize, wake: Waker) -> Self {
        Self {
            outbox: Outbox::new(message_length),
            datagrams: Inbox::for_datagrams(message_length),
            datagrams_line: 0,
            errors: Inbox::for_errors(message_length),
            errors_line: 0,
            lines,
            clocks: Alignment::new(&SystemClock),
            wake,
            patience: 0,
            kept: VecDeque::new(),
            given: None,
            own: device::own_addresses(),
        }
    }

    /// Whatever arrives from here on came after now.
    pub(super) fn begin(mut self) -> Self {
        self.clocks = Alignment::new(&SystemClock);
        for line in &mut self.lines {
            line.begin();
        }
        self
    }

    /// The identifier of the messages of a family: the kernel of a ping socket writes it into them, and a raw socket's
    /// user has to. The two families may have different ones. None if there is no socket of this family.
    #[must_use]
    pub fn identifier(&self, family: Family) -> Option<u16> {
        self.line(family).map(Line::identifier)
    }

    /// Whether the socket of a family is a raw one: then IPv4 datagrams begin with their IP header. None if there is no
    /// socket of this family.
    #[must_use]
    pub fn is_raw(&self, family: Family) -> Option<bool> {
        self.line(family).map(Line::is_raw)
    }

    fn line(&self, family: Family) -> Option<&Line> {
        self.lines.iter().find(|line| line.family() == family)
    }

    /// The next of what was read already.
    fn at_hand(&mut self) -> io::Result<Option<Found>> {
        match self.kept.pop_front() {
            Some(Kept::Error(entry)) => return Ok(Some(Found::Kept(entry))),
            Some(Kept::Departed { name, passage }) => {
                return Ok(Some(Found::Departed { name, passage }));
            }
            None => {}
        }
        // Departures first: they were read after the replies, so that none is missing of a message whose reply is
        // there, and have to be told before them, or the replies could not be timed by them.
        loop {
            while let Some(place) = self.errors.take() {
                if let Some(found) = self.meaning(place) {
                    return Ok(Some(found));
                }
            }
            if !self.errors.was_full() || self.patience == 0 {
                break;
            }
            self.read_errors(self.errors_line)?;
        }
        Ok(self.next_datagram().map(Found::Datagram))
    }

    /// What the entry of the error queue in this place says, if it says anything.
    fn meaning(&mut self, place: usize) -> Option<Found> {
        let message = self.errors.get(place)?;
        match interpret(message.data, message.name, message.control)? {
            Look::Error(_) => Some(Found::Error(place)),
            Look::Departed(stamped) => {
                let line = self.lines.get_mut(self.errors_line)?;
                let name = line.stamping.told(stamped.number)?;
                let passage = arrival::passage(&self.clocks, &stamped, self.errors.read())?;
                Some(Found::Departed { name, passage })
            }
            Look::Strange | Look::Empty => None,
        }
    }

    /// The place of the next datagram of which the kernel says from whom it is.
    fn next_datagram(&mut self) -> Option<usize> {
        loop {
            let place = self.datagrams.take()?;
            if self.datagrams.has_sender(place) {
                return Some(place);
            }
        }
    }

    /// Forgets what earlier looks at the sockets found.
    fn doubt(&mut self) {
        for line in &mut self.lines {
            line.doubt();
        }
    }

    /// Reads a batch from the first of the sockets that has something, among those that may have.
    fn look(&mut self, wake: Wake) -> io::Result<()> {
        // Each socket gets its turn, however much comes through the other.
        let (last, count) = (self.datagrams_line, self.lines.len());
        for number in (1..=count).map(|turn| (last + turn) % count) {
            let Some(line) = self.lines.get_mut(number) else {
                break;
            };
            if !line.may_have_more(wake) {
                continue;
            }
            self.datagrams_line = number;
            line.fill(&mut self.datagrams, &mut self.clocks)?;
            self.patience = ERROR_BATCHES;
            if line.may_have_errors() {
                self.read_errors(number)?;
            }
            if !self.datagrams.is_empty() || !self.errors.is_empty() {
                break;
            }
        }
        Ok(())
    }

    fn read_errors(&mut self, number: usize) -> io::Result<()> {
        self.patience = self.patience.saturating_sub(1);
        match self.lines.get_mut(number) {
            Some(line) => {
                self.errors_line = number;
                line.fill(&mut self.errors, &mut self.clocks)
            }
            None => Ok(()),
        }
    }

    /// Hands out what is there, or waits for more, and looks again.
    fn next_arrival(&mut self, until: Option<Instant>, wake: Wake) -> io::Result<Option<Found>> {
        if let Some(found) = self.at_hand()? {
            return Ok(Some(found));
        }
        let now = SystemClock.now();
        let is_over = until.is_some_and(|until| until <= now);
        if is_over {
            self.doubt();
        }
        if let Some(found) = self.found(wake)? {
            return Ok(Some(found));
        }
        if is_over {
            return Ok(None);
        }
        match (self.wait(until, now, wake)?, wake) {
            (Woken::Arrival, _) => {}
            (Woken::Time, Wake::Signal) => self.doubt(),
            (Woken::Time, Wake::Arrival) | (Woken::Signal, _) => return Ok(None),
        }
        self.found(wake)
    }

    /// Looks for as long as there may be something and nothing is found. What is read may mean nothing.
    fn found(&mut self, wake: Wake) -> io::Result<Option<Found>> {
        while self.lines.iter().any(|line| line.may_have_more(wake)) {
            self.look(wake)?;
            let found = self.at_hand()?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// Sleeps until the moment, a signal, or, if that is to end it, an arrival.
    fn wait(&mut self, until: Option<Instant>, now: Instant, wake: Wake) -> io::Result<Woken> {
        let time = until.map(|until| until.saturating_duration_since(now));
        let mut of = [self.wake.descriptor(), None, None];
        if wake == Wake::Arrival {
            let [_, places @ ..] = &mut of;
            for (place, line) in places.iter_mut().zip(&self.lines) {
                *place = Some(line.icmp.as_fd());
            }
        }
        let [waker, sockets @ ..] = match poll(of, time) {
            Ok(ready) => ready,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(Woken::Signal),
            Err(error) => return Err(error),
        };
        let mut woken = Woken::Time;
        if !waker.is_empty() {
            self.wake.take_note();
            woken = Woken::Signal;
        }
        for (line, events) in self.lines.iter_mut().zip(sockets) {
            if line.note(events)? {
                woken = Woken::Arrival;
            }
        }
        Ok(woken)
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
            options: found.options,
            read: read.monotonic,
            stamps: arrival::placed(&self.clocks, found.stamps, read),
        })
    }

    fn error(&self, place: usize) -> Option<Received<'_>> {
        let message = self.errors.get(place)?;
        match interpret(message.data, message.name, message.control)? {
            Look::Error(entry) => Some(Received::Error(entry.into_view())),
            _ => None,
        }
    }
}

impl Network for BatchSockets {
    fn queue(&mut self, name: u32, message: &[u8], to: SocketAddr) -> bool {
        let line = self.line(Family::of(to));
        let to = line.map_or_else(|| Name::new(to, 0), |line| line.name(to));
        self.outbox.push(name, message, to)
    }

    /// A message left somewhere between the two readings of the clock around the call that sent it together with others.
    /// Where the kernel stamps departures it tells when; otherwise they are spread evenly between these two.
    fn flush(&mut self, told: &mut dyn FnMut(u32, Result<Departure, SendFailure>)) {
        for line in &mut self.lines {
            self.outbox.send(line, &mut self.clocks, &mut self.kept);
        }
        self.outbox.tell(told);
    }

    fn receive(&mut self, until: Option<Instant>, wake: Wake) -> io::Result<Received<'_>> {
        let received = match self.next_arrival(until, wake)? {
            None => None,
            Some(Found::Kept(entry)) => Some(Received::Error(self.given.insert(entry).view())),
            Some(Found::Departed { name, passage }) => Some(Received::Departed { name, passage }),
            Some(Found::Error(place)) => self.error(place),
            Some(Found::Datagram(place)) => self.datagram(place).map(Received::Datagram),
        };
        Ok(received.unwrap_or(Received::Nothing))
    }

    fn dropped_here(&self) -> u64 {
        self.lines.iter().map(Line::dropped).sum()
    }

    fn is_own(&self, address: IpAddr) -> bool {
        address.is_loopback() || self.own.contains(&address)
    }
}

#[cfg(test)]
mod tests;
