//! One socket, for all targets of its family.

use std::io;
use std::os::fd::AsFd;

use rustix::event::PollFlags;

use super::arrival::Delivery;
use super::drops::Drops;
use super::failure::{TRIES, is_broken, is_busy, is_ours, is_told_by_icmp, is_too_long};
use super::identity::{Family, Identity, Kind};
use super::inbox::Inbox;
use super::reports::Reports;
use super::stamping::Stamping;
use super::sys::{Call, MANY};
use super::{SendFailure, Wake};
use crate::clock::Alignment;

/// What of the flow information is the label (RFC 8200, section 3).
const FLOW_LABEL: u32 = 0x000f_ffff;

/// A socket, and what is known about it.
#[derive(Debug)]
pub(super) struct FamilySocket {
    pub(super) icmp: socket2::Socket,
    pub(super) identity: Identity,
    pub(super) stamping: Stamping,
    /// How many datagrams the last look at it found; `MANY`, as many as one look ever finds, where there may be more.
    found: usize,
    /// Whether there was a sign of something in its error queue.
    has_errors: bool,
    drops: Drops,
}

impl FamilySocket {
    pub(super) fn new(icmp: socket2::Socket, identity: Identity, stamping: Stamping) -> Self {
        Self {
            icmp,
            identity,
            stamping,
            found: 0,
            has_errors: false,
            drops: Drops::default(),
        }
    }

    /// Counts drops from now on.
    pub(super) fn begin(&mut self) {
        self.drops = Drops::of(&self.icmp);
    }

    pub(super) fn family(&self) -> Family {
        self.identity.family
    }

    pub(super) fn is_raw(&self) -> bool {
        self.identity.kind == Kind::Raw
    }

    /// The label in each IPv6 header, if there is one.
    pub(super) fn flow_label(&self) -> Option<u32> {
        let label = u32::from_be(self.identity.flow) & FLOW_LABEL;
        (label != 0).then_some(label)
    }

    /// See `Sockets::dropped_here`.
    pub(super) fn dropped(&self) -> u64 {
        self.drops.count(&self.icmp)
    }

    /// Takes note of what `poll` says; tells whether there is something to read.
    pub(super) fn note(&mut self, events: PollFlags) -> io::Result<bool> {
        if events.contains(PollFlags::NVAL) {
            return Err(io::Error::from_raw_os_error(libc::EBADF));
        }
        self.has_errors |= events.contains(PollFlags::ERR);
        if !events.is_empty() {
            self.assume_readable();
        }
        Ok(!events.is_empty())
    }

    /// Forgets what the last look found.
    pub(super) fn assume_readable(&mut self) {
        self.found = MANY;
    }

    /// Whether there may be something that nothing but a look would find: a wait for an arrival finds out by itself
    /// whether something has come.
    ///
    /// A batch that is not full has emptied the queue, or an ICMP error has cut it short.
    pub(super) fn may_have_more(&self, wake: Wake) -> bool {
        let quiet = match wake {
            Wake::Arrival => self.found < MANY,
            Wake::Signal => self.found == 0,
        };
        self.has_errors || !quiet
    }

    pub(super) fn may_have_errors(&self) -> bool {
        self.has_errors || self.stamping.is_waiting()
    }

    /// Receives what the socket has, datagrams or errors, and notes what that says about it.
    ///
    /// # Errors
    /// Only what makes further receiving pointless.
    pub(super) fn fill(&mut self, inbox: &mut Inbox, clocks: &mut Alignment) -> io::Result<()> {
        let delivery = if inbox.is_for_errors() {
            // An entry of the error queue is a message, and its name is where that was going.
            Delivery::Messages
        } else {
            self.identity.delivery()
        };
        for tries in 1..=TRIES {
            match inbox.fill(self.icmp.as_fd(), delivery, clocks) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) if is_ours(&error) => return Err(error),
                // The call says it each time, or the queue of errors itself cannot be read.
                Err(error)
                    if !is_told_by_icmp(&error) && (tries == TRIES || inbox.is_for_errors()) =>
                {
                    return Err(error);
                }
                // An ICMP error, which the kernel reports before any datagram, so that no storm of replies hides it.
                // With that it has forgotten it, but for the entry in the error queue: if it is about a message of
                // another program, or there was no room for the entry, there is none.
                Err(_) => {
                    self.has_errors = true;
                    continue;
                }
            }
            if inbox.is_for_errors() {
                self.has_errors = inbox.was_full();
            } else {
                self.found = inbox.len();
            }
            return Ok(());
        }
        self.assume_readable();
        Ok(())
    }

    /// Why the first message of a call was not sent; none if it is worth another of the tries that are left.
    ///
    /// An ICMP error about an earlier message makes a call fail too. Then nothing was sent, and nothing is wrong with the
    /// message: the kernel tells that error once, and so another try finds out.
    pub(super) fn failure(
        &mut self,
        error: io::Error,
        call: Call,
        tries: u32,
        reports: &mut Reports,
        clocks: &mut Alignment,
    ) -> Option<SendFailure> {
        if self.stamping.is_for_the_label(&error) {
            self.stamping.count(self.icmp.as_fd());
            return None;
        }
        let is_too_long = is_too_long(&error);
        let mut mtu = None;
        // The kernel's count of departures begins anew: those that are queued go by the old one.
        if is_too_long || self.stamping.counts() {
            mtu = reports.read(self, clocks).unwrap_or(None);
        }
        self.stamping.failed(self.icmp.as_fd());
        Some(match mtu {
            _ if is_busy(&error) => SendFailure::Busy(error),
            _ if is_broken(&error, call) => SendFailure::Broken(error),
            Some(mtu) if is_too_long => SendFailure::TooLong { mtu },
            _ if is_told_by_icmp(&error) && tries > 0 => {
                self.has_errors = true;
                return None;
            }
            _ => SendFailure::Refused(error),
        })
    }
}
