//! The messages that wait to be sent, and what became of them.

use std::io;
use std::net::SocketAddr;
use std::ops::Range;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use super::address::Name;
use super::attached::Control;
use super::failure::TRIES;
use super::family_socket::FamilySocket;
use super::identity::Family;
use super::reports::Reports;
use super::sys::{self, Call, MANY, Outgoing};
use super::{Departure, SendFailure};
use crate::clock::{Alignment, Clock, SystemClock};

/// At most as many messages as one system call sends, of both families, in the order in which they were queued.
#[derive(Debug)]
pub(super) struct SendBatch {
    messages: Vec<OutgoingMessage>,
    /// Their octets, one message behind the other.
    octets: Vec<u8>,
    /// Whether those behind one that cannot be sent are not tried.
    stops_at_failure: bool,
}

/// A message.
#[derive(Debug)]
struct OutgoingMessage {
    name: u32,
    to: Name,
    /// Where it lies among the octets.
    octets: Range<usize>,
    /// The control messages that go with it.
    control: Control,
    /// Its time to live, if that is its own.
    hop_limit: Option<u8>,
    /// What became of it; none: it is still here.
    outcome: Option<Result<Departure, SendFailure>>,
}

impl OutgoingMessage {
    /// Whether it waits for the socket of this family.
    fn waits_for(&self, family: Family) -> bool {
        self.outcome.is_none() && self.to.is_v4() == (family == Family::Ipv4)
    }
}

/// A system call that was to send some of them.
struct Attempt {
    begun: Instant,
    call: Call,
    /// How many the kernel took.
    outcome: io::Result<usize>,
}

impl SendBatch {
    /// To one target, those behind a message that cannot be sent would meet the same. To many, each meets its own.
    pub(super) fn to_one() -> Self {
        Self::new(true)
    }

    /// With room for as many messages of this length as there may be.
    pub(super) fn to_many(message_length: usize) -> Self {
        let mut batch = Self::new(false);
        batch.messages.reserve(MANY);
        batch.octets.reserve(MANY.saturating_mul(message_length));
        batch
    }

    fn new(stops_at_failure: bool) -> Self {
        Self {
            messages: Vec::new(),
            octets: Vec::new(),
            stops_at_failure,
        }
    }

    /// Says whether there was room for it. Without a socket of its family it is refused.
    pub(super) fn push(
        &mut self,
        (name, hop_limit): (u32, Option<u8>),
        message: &[u8],
        to: SocketAddr,
        socket: Option<&FamilySocket>,
    ) -> bool {
        if self.messages.len() >= MANY {
            return false;
        }
        let begin = self.octets.len();
        self.octets.extend_from_slice(message);
        let nowhere = || {
            let error = io::Error::from_raw_os_error(libc::EAFNOSUPPORT);
            Err(SendFailure::Refused(error))
        };
        self.messages.push(OutgoingMessage {
            name,
            to: socket.map_or_else(|| Name::new(to, 0), |socket| socket.identity.name(to)),
            octets: begin..self.octets.len(),
            control: Control::new(hop_limit, None, to.is_ipv4()),
            hop_limit,
            outcome: socket.is_none().then(nowhere),
        });
        true
    }

    /// Sends all that go through one socket, as far as they can be sent.
    ///
    /// A message left somewhere between the two readings of the clock around the call that sent it together with others.
    /// Where the kernel stamps departures it tells when; otherwise they are spread evenly between these two.
    pub(super) fn send(
        &mut self,
        socket: &mut FamilySocket,
        reports: &mut Reports,
        clocks: &mut Alignment,
    ) {
        let mut was_refused = false;
        let mut tries = TRIES;
        self.label(socket);
        while let Some(attempt) = self.hand_over(socket, clocks) {
            let error = match attempt.outcome {
                Ok(count @ 1..) => {
                    self.sent(count, socket, attempt.begun);
                    tries = TRIES;
                    continue;
                }
                // It does not happen, and would do so for ever.
                Ok(0) => io::Error::from_raw_os_error(libc::EAGAIN),
                Err(error) => error,
            };
            tries -= 1;
            let failure = socket.failure(error, attempt.call, tries, reports, clocks);
            let Some(failure) = failure else {
                self.label(socket);
                continue;
            };
            was_refused |= matches!(failure, SendFailure::Refused(_));
            if let Some(message) = self.waiting_mut(socket.family()).next() {
                message.outcome = Some(Err(failure));
            }
            if self.stops_at_failure {
                break;
            }
            tries = TRIES;
        }
        if was_refused {
            // If a packet filter of this host rejected it, its ICMP error says more. A queue that cannot be read tells the
            // next receive.
            let _ = reports.read(socket, clocks);
        }
    }

    /// Hands what waits for a socket over to the kernel; none if nothing does.
    fn hand_over(&self, socket: &FamilySocket, clocks: &mut Alignment) -> Option<Attempt> {
        let mut waiting = self.waiting(socket.family());
        let (first, second) = (waiting.next()?, waiting.next());
        let begun = if socket.stamping.has_departures() {
            // The stamps that will come are placed by a reading from before.
            clocks.read(&SystemClock).monotonic
        } else {
            SystemClock.now()
        };
        let icmp = socket.icmp.as_fd();
        let call = match second {
            None if first.control.is_empty() => Call::SendTo,
            _ => Call::Send,
        };
        let outcome = match second {
            None => sys::send(icmp, &first).map(|()| 1),
            Some(_) => sys::send_many(icmp, self.waiting(socket.family())),
        };
        Some(Attempt {
            begun,
            call,
            outcome,
        })
    }

    /// What is still to be sent through the socket of a family.
    fn waiting(&self, family: Family) -> impl Iterator<Item = Outgoing<'_>> {
        let messages = self.messages.iter();
        messages
            .filter(move |message| message.waits_for(family))
            .map(|message| Outgoing {
                data: self.octets.get(message.octets.clone()).unwrap_or_default(),
                to: message.to.octets(),
                control: message.control.octets(),
            })
    }

    fn waiting_mut(&mut self, family: Family) -> impl Iterator<Item = &mut OutgoingMessage> {
        let messages = self.messages.iter_mut();
        messages.filter(move |message| message.waits_for(family))
    }

    /// The names under which the kernel is to tell of their departure.
    fn label(&mut self, socket: &FamilySocket) {
        if socket.stamping.has_departures() {
            for message in self.waiting_mut(socket.family()) {
                let label = socket.stamping.label(message.name);
                message.control = Control::new(message.hop_limit, label, message.to.is_v4());
            }
        }
    }

    /// The first `count` that waited were sent by a call that began at this moment and has just returned.
    fn sent(&mut self, count: usize, socket: &mut FamilySocket, begun: Instant) {
        let is_stamped = socket.stamping.has_departures();
        let (returned, each) = if count > 1 || is_stamped {
            let returned = SystemClock.now();
            let length = returned.saturating_duration_since(begun);
            (returned, length / u32::try_from(count).unwrap_or(1))
        } else {
            (begun, Duration::ZERO)
        };
        let mut at = begun;
        for message in self.waiting_mut(socket.family()).take(count) {
            socket.stamping.sent(message.name);
            message.outcome = Some(Ok(if is_stamped {
                // The stamp lies anywhere in the call, and earlier than a guess may be.
                Departure {
                    at: begun,
                    returned,
                }
            } else {
                at.into()
            }));
            at += each;
        }
    }

    /// Tells what became of each that was tried, and is empty.
    pub(super) fn tell(&mut self, on_result: &mut dyn FnMut(u32, Result<Departure, SendFailure>)) {
        for message in &mut self.messages {
            if let Some(outcome) = message.outcome.take() {
                on_result(message.name, outcome);
            }
        }
        self.messages.clear();
        self.octets.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use socket2::{Domain, Type};

    use super::super::identity::{Identity, Kind};
    use super::super::stamping::Stamping;
    use super::*;

    #[test]
    fn messages_behind_one_that_was_not_sent_are_tried_for_many_targets_only() {
        let identity = Identity {
            kind: Kind::Ping,
            family: Family::Ipv4,
            identifier: 13,
            flow: 0,
            device: None,
            receives_errors: false,
        };
        // It sends nothing to the port 0.
        let udp = socket2::Socket::new(Domain::IPV4, Type::DGRAM, None).unwrap();
        let mut socket = FamilySocket::new(udp, identity, Stamping::NONE);
        let (mut reports, mut clocks) = (Reports::new(64, 1), Alignment::new(&SystemClock));
        for (mut batch, expected) in [
            (SendBatch::to_one(), &[5][..]),
            (SendBatch::to_many(64), &[5, 6, 7]),
        ] {
            for name in 5..8 {
                let to = (Ipv4Addr::LOCALHOST, 0).into();
                assert!(batch.push((name, None), b"message", to, Some(&socket)));
            }
            batch.send(&mut socket, &mut reports, &mut clocks);
            let mut told = Vec::new();
            batch.tell(&mut |name, outcome| {
                assert!(matches!(outcome, Err(SendFailure::Refused(_))));
                told.push(name);
            });
            assert_eq!(told, expected);
        }
    }

    #[test]
    fn nothing_is_allocated_for_messages_of_the_expected_length() {
        let mut batch = SendBatch::to_many(64);
        let room = |batch: &SendBatch| (batch.messages.capacity(), batch.octets.capacity());
        let before = room(&batch);
        for _ in 0..3 {
            let to: SocketAddr = (Ipv4Addr::LOCALHOST, 0).into();
            while batch.push((1, None), &[0x5a; 64], to, None) {}
            let mut told = 0;
            batch.tell(&mut |_, _| told += 1);
            assert_eq!(told, MANY);
        }
        assert_eq!(before, room(&batch));
    }

    #[test]
    fn messages_wait_as_they_were_put_in() {
        let mut batch = SendBatch::to_one();
        for round in 0..2 {
            assert_eq!(batch.messages.len(), 0);
            let to: SocketAddr = (Ipv4Addr::LOCALHOST, 0).into();
            let messages = [(round, &b"one"[..]), (7, b""), (u32::MAX, b"another")];
            for (name, message) in messages {
                assert!(batch.push((name, None), message, to, None));
            }
            for message in &mut batch.messages {
                message.outcome = None;
            }
            let waiting: Vec<_> = batch.waiting(Family::Ipv4).map(|it| it.data).collect();
            assert_eq!(waiting, messages.map(|(_, message)| message));
            assert_eq!(batch.waiting(Family::Ipv6).count(), 0);
            let names: Vec<_> = batch.messages.iter().map(|message| message.name).collect();
            assert_eq!(names, messages.map(|(name, _)| name));
            batch.tell(&mut |_, _| panic!("they were not tried"));
        }
    }
}
