//! The messages that wait to be sent, and what became of them.

use std::collections::VecDeque;
use std::io;
use std::ops::Range;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use super::super::address::Name;
use super::super::failure::{TRIES, Verdict};
use super::super::identity::Family;
use super::super::stamping::Label;
use super::super::sys::{self, MANY, Outgoing};
use super::super::{Departure, SendFailure};
use super::Kept;
use super::line::Line;
use crate::clock::{Alignment, Clock, SystemClock};

/// At most as many messages as one system call sends, of both families, in the order in which they were queued.
#[derive(Debug)]
pub(super) struct Outbox {
    letters: Vec<Letter>,
    /// The messages, one behind the other.
    octets: Vec<u8>,
}

/// A message.
#[derive(Debug)]
struct Letter {
    name: u32,
    to: Name,
    /// Where it lies among the octets.
    octets: Range<usize>,
    /// The control message that names it.
    label: Option<Label>,
    /// What became of it; none: it is still here.
    outcome: Option<Result<Departure, SendFailure>>,
}

impl Letter {
    /// Whether it waits for the socket of this family.
    fn waits_for(&self, family: Family) -> bool {
        self.outcome.is_none() && self.to.is_v4() == (family == Family::Ipv4)
    }
}

impl Outbox {
    pub(super) fn new(message_length: usize) -> Self {
        Self {
            letters: Vec::with_capacity(MANY),
            octets: Vec::with_capacity(MANY.saturating_mul(message_length)),
        }
    }

    /// Says whether there was room for it.
    pub(super) fn push(&mut self, name: u32, message: &[u8], to: Name) -> bool {
        if self.letters.len() >= MANY {
            return false;
        }
        let begin = self.octets.len();
        self.octets.extend_from_slice(message);
        self.letters.push(Letter {
            name,
            to,
            octets: begin..self.octets.len(),
            label: None,
            outcome: None,
        });
        true
    }

    /// Sends all that go through one socket, as far as they can be sent.
    pub(super) fn send(
        &mut self,
        line: &mut Line,
        clocks: &mut Alignment,
        kept: &mut VecDeque<Kept>,
    ) {
        self.label(line);
        if line.stamping.has_departures() {
            // The stamps that will come are placed by a reading from before.
            clocks.read(&SystemClock);
        }
        let mut tries = TRIES;
        let mut begun = SystemClock.now();
        while self.waiting(line).next().is_some() {
            let error = match sys::send_many(line.icmp.as_fd(), self.waiting(line)) {
                Ok(sent @ 1..) => {
                    let done = SystemClock.now();
                    self.sent(sent, line, begun, done);
                    (tries, begun) = (TRIES, done);
                    continue;
                }
                // It does not happen, and would do so for ever.
                Ok(0) => io::Error::from_raw_os_error(libc::EAGAIN),
                Err(error) => error,
            };
            tries -= 1;
            let failure = match line.judge(&error, clocks, kept) {
                Verdict::Earlier if tries > 0 => {
                    self.label(line);
                    continue;
                }
                Verdict::Busy => SendFailure::Busy(error),
                Verdict::TooLong { mtu } => SendFailure::TooLong { mtu },
                Verdict::Earlier | Verdict::Refused => SendFailure::Refused(error),
                Verdict::Broken => SendFailure::Broken(error),
            };
            self.failed(failure, line);
            tries = TRIES;
        }
    }

    /// What is still to be sent through a socket.
    fn waiting<'a>(&'a self, line: &Line) -> impl Iterator<Item = Outgoing<'a>> + use<'a> {
        let family = line.family();
        let letters = self.letters.iter();
        letters
            .filter(move |letter| letter.waits_for(family))
            .map(|letter| Outgoing {
                data: self.octets.get(letter.octets.clone()).unwrap_or_default(),
                to: letter.to.octets(),
                control: letter.label.as_ref().map_or(&[], |label| label),
            })
    }

    fn waiting_letters(&mut self, line: &Line) -> impl Iterator<Item = &mut Letter> {
        let family = line.family();
        let letters = self.letters.iter_mut();
        letters.filter(move |letter| letter.waits_for(family))
    }

    /// The names under which the kernel is to tell of their departure.
    fn label(&mut self, line: &Line) {
        for letter in self.waiting_letters(line) {
            letter.label = line.stamping.label(letter.name);
        }
    }

    /// The first so many that waited were sent, all of them between these two moments.
    fn sent(&mut self, count: usize, line: &mut Line, begun: Instant, done: Instant) {
        let each = done.saturating_duration_since(begun) / u32::try_from(count).unwrap_or(1);
        let is_stamped = line.stamping.has_departures();
        let family = line.family();
        let letters = self.letters.iter_mut();
        let waiting = letters.filter(|letter| letter.waits_for(family));
        let mut passed = Duration::ZERO;
        for letter in waiting.take(count) {
            line.stamping.sent(letter.name);
            letter.outcome = Some(Ok(if is_stamped {
                // The stamp lies anywhere in the call, and earlier than a guess may be.
                Departure {
                    at: begun,
                    returned: done,
                }
            } else {
                (begun + passed).into()
            }));
            passed += each;
        }
    }

    /// The first that waited cannot be sent.
    fn failed(&mut self, failure: SendFailure, line: &Line) {
        if let Some(letter) = self.waiting_letters(line).next() {
            letter.outcome = Some(Err(failure));
        }
    }

    /// Tells what became of each, and is empty.
    pub(super) fn tell(&mut self, told: &mut dyn FnMut(u32, Result<Departure, SendFailure>)) {
        for letter in self.letters.drain(..) {
            // There is no socket of its family.
            let nowhere = || {
                let error = io::Error::from_raw_os_error(libc::EAFNOSUPPORT);
                Err(SendFailure::Refused(error))
            };
            told(letter.name, letter.outcome.unwrap_or_else(nowhere));
        }
        self.octets.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddr};

    use super::*;

    #[test]
    fn nothing_is_allocated_for_messages_of_the_expected_length() {
        let mut outbox = Outbox::new(64);
        let before = (outbox.letters.capacity(), outbox.octets.capacity());
        for _ in 0..3 {
            let to: SocketAddr = (Ipv4Addr::LOCALHOST, 0).into();
            while outbox.push(1, &[0x5a; 64], Name::new(to, 0)) {}
            let mut told = 0;
            outbox.tell(&mut |_, _| told += 1);
            assert_eq!(told, MANY);
        }
        let after = (outbox.letters.capacity(), outbox.octets.capacity());
        assert_eq!(before, after);
    }
}
