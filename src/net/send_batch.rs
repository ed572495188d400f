//! The messages to be sent, and their outcomes.

use std::io;
use std::net::SocketAddr;
use std::ops::Range;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use super::address::Name;
use super::attached::Control;
use super::family_socket::FamilySocket;
use super::identity::Family;
use super::reports::Reports;
use super::send_error::TRIES;
use super::sys::{self, BATCH_MAX, Call, Outgoing};
use super::{Departure, SendFailure};
use crate::clock::{Alignment, Clock, SystemClock};

/// Messages of both families in the order of queueing: at most as many as one system call sends.
#[derive(Debug)]
pub(super) struct SendBatch {
    messages: Vec<OutgoingMessage>,
    /// The octets of all messages.
    octets: Vec<u8>,
    /// Whether the messages after a failed one are not tried.
    stops_at_failure: bool,
}

#[derive(Debug)]
struct OutgoingMessage {
    name: u32,
    to: Name,
    /// Its position in the octets of the batch.
    octets: Range<usize>,
    control: Control,
    /// Its time to live, if it differs from the socket's.
    hop_limit: Option<u8>,
    /// `None`: it waits to be sent.
    outcome: Option<Result<Departure, SendFailure>>,
}

impl OutgoingMessage {
    /// Whether it waits for the socket of this family.
    fn waits_for(&self, family: Family) -> bool {
        self.outcome.is_none() && self.to.is_v4() == (family == Family::Ipv4)
    }
}

/// A system call that sends one or more messages.
struct Attempt {
    started: Instant,
    call: Call,
    /// The number of messages that the kernel accepted.
    outcome: io::Result<usize>,
}

impl SendBatch {
    /// For one target: after a failure, the other messages are not tried, because they would fail alike.
    pub(super) fn to_one() -> Self {
        Self::new(true)
    }

    /// For many targets, preallocated for messages of this length.
    pub(super) fn to_many(message_length: usize) -> Self {
        let mut batch = Self::new(false);
        batch.messages.reserve(BATCH_MAX);
        batch
            .octets
            .reserve(BATCH_MAX.saturating_mul(message_length));
        batch
    }

    fn new(stops_at_failure: bool) -> Self {
        Self {
            messages: Vec::new(),
            octets: Vec::new(),
            stops_at_failure,
        }
    }

    /// Adds a message; false if the batch is full. Without a socket of its family, its outcome is an error.
    pub(super) fn push(
        &mut self,
        (name, hop_limit): (u32, Option<u8>),
        message: &[u8],
        to: SocketAddr,
        socket: Option<&FamilySocket>,
    ) -> bool {
        if self.messages.len() >= BATCH_MAX {
            return false;
        }
        let begin = self.octets.len();
        self.octets.extend_from_slice(message);
        let unsupported = || {
            let error = io::Error::from_raw_os_error(libc::EAFNOSUPPORT);
            Err(SendFailure::Refused(error))
        };
        self.messages.push(OutgoingMessage {
            name,
            to: socket.map_or_else(|| Name::new(to, 0), |socket| socket.identity.name(to)),
            octets: begin..self.octets.len(),
            control: Control::new(hop_limit, None, to.is_ipv4()),
            hop_limit,
            outcome: socket.is_none().then(unsupported),
        });
        true
    }

    /// Sends the messages of one socket's family.
    ///
    /// A message of a batch was sent at some time between the readings of the clock before and after the system call. A
    /// departure stamp tells when; without stamps, the messages are spread evenly between the readings.
    pub(super) fn send(
        &mut self,
        socket: &mut FamilySocket,
        reports: &mut Reports,
        clocks: &mut Alignment,
    ) {
        let mut was_refused = false;
        let mut tries = TRIES;
        self.attach_labels(socket);
        while let Some(attempt) = self.submit(socket, clocks) {
            let error = match attempt.outcome {
                Ok(count @ 1..) => {
                    self.mark_sent(count, socket, attempt.started);
                    tries = TRIES;
                    continue;
                }
                // The kernel never returns 0. If it did, the loop would not end.
                Ok(0) => io::Error::from_raw_os_error(libc::EAGAIN),
                Err(error) => error,
            };
            tries -= 1;
            let failure = socket.classify(error, attempt.call, tries, reports, clocks);
            let Some(failure) = failure else {
                self.attach_labels(socket);
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
            // If a firewall of this host rejected it, an ICMP error says more. If the read fails, so does the next receive.
            let _ = reports.read(socket, clocks);
        }
    }

    /// Makes one system call for the waiting messages of a socket; `None` if there are none.
    fn submit(&self, socket: &FamilySocket, clocks: &mut Alignment) -> Option<Attempt> {
        let mut waiting = self.waiting(socket.family());
        let (first, second) = (waiting.next()?, waiting.next());
        let started = if socket.stamping.has_departures() {
            // Departure stamps are converted by a reading from before the call.
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
            started,
            call,
            outcome,
        })
    }

    /// The waiting messages of a family.
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

    /// Attaches names to the waiting messages, for departure stamps.
    fn attach_labels(&mut self, socket: &FamilySocket) {
        if socket.stamping.has_departures() {
            for message in self.waiting_mut(socket.family()) {
                let label = socket.stamping.label(message.name);
                message.control = Control::new(message.hop_limit, label, message.to.is_v4());
            }
        }
    }

    /// Records that a call which has just returned sent the first `count` waiting messages.
    fn mark_sent(&mut self, count: usize, socket: &mut FamilySocket, started: Instant) {
        let is_stamped = socket.stamping.has_departures();
        let (returned, each) = if count > 1 || is_stamped {
            let returned = SystemClock.now();
            let length = returned.saturating_duration_since(started);
            (returned, length / u32::try_from(count).unwrap_or(1))
        } else {
            (started, Duration::ZERO)
        };
        let mut at = started;
        for message in self.waiting_mut(socket.family()).take(count) {
            socket.stamping.record_sent(message.name);
            message.outcome = Some(Ok(if is_stamped {
                // The stamp may be anywhere in the call, so no estimate may be later than it.
                Departure {
                    at: started,
                    returned,
                }
            } else {
                at.into()
            }));
            at += each;
        }
    }

    /// Passes the outcomes of all tried messages, and empties the batch.
    pub(super) fn finish(
        &mut self,
        on_result: &mut dyn FnMut(u32, Result<Departure, SendFailure>),
    ) {
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
    fn messages_after_a_failed_one_are_tried_for_many_targets_only() {
        let identity = Identity {
            kind: Kind::Ping,
            family: Family::Ipv4,
            identifier: 13,
            flow: 0,
            device: None,
            receives_errors: false,
        };
        // UDP refuses to send to port 0.
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
            batch.finish(&mut |name, outcome| {
                assert!(matches!(outcome, Err(SendFailure::Refused(_))));
                told.push(name);
            });
            assert_eq!(told, expected);
        }
    }

    #[test]
    fn messages_of_the_expected_length_need_no_allocation() {
        let mut batch = SendBatch::to_many(64);
        let room = |batch: &SendBatch| (batch.messages.capacity(), batch.octets.capacity());
        let before = room(&batch);
        for _ in 0..3 {
            let to: SocketAddr = (Ipv4Addr::LOCALHOST, 0).into();
            while batch.push((1, None), &[0x5a; 64], to, None) {}
            let mut told = 0;
            batch.finish(&mut |_, _| told += 1);
            assert_eq!(told, BATCH_MAX);
        }
        assert_eq!(before, room(&batch));
    }

    #[test]
    fn messages_wait_in_the_order_of_queueing() {
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
            batch.finish(&mut |_, _| panic!("they were not tried"));
        }
    }
}
