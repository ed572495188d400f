//! One socket, for all targets of its family.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::os::fd::AsFd;

use rustix::event::PollFlags;

use super::super::address::Name;
use super::super::arrival::Delivery;
use super::super::drops::Drops;
use super::super::failure::{
    TRIES, Verdict, is_broken, is_busy, is_ours, is_told_by_icmp, is_too_long,
};
use super::super::identity::{Family, Identity, Kind};
use super::super::inbox::Inbox;
use super::super::queue::{self, Look};
use super::super::stamping::Stamping;
use super::super::sys::{Call, MANY};
use super::super::{Wake, arrival};
use super::Kept;
use crate::clock::{Alignment, SystemClock};

/// How many entries of the error queue are kept for the next calls of `receive` when a send has to read them.
const KEPT: usize = 1024;

/// A socket, and what is known about it.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) icmp: socket2::Socket,
    identity: Identity,
    pub(super) stamping: Stamping,
    /// How many datagrams the last look at it found, or as many as fit where that does not tell whether there are more.
    pub(super) found: usize,
    /// Whether there was a sign of something in its error queue.
    pub(super) has_errors: bool,
    drops: Drops,
}

impl Line {
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

    pub(super) fn begin(&mut self) {
        self.drops = Drops::of(&self.icmp);
    }

    pub(super) fn family(&self) -> Family {
        self.identity.family
    }

    pub(super) fn identifier(&self) -> u16 {
        self.identity.identifier
    }

    pub(super) fn is_raw(&self) -> bool {
        self.identity.kind == Kind::Raw
    }

    pub(super) fn name(&self, to: SocketAddr) -> Name {
        self.identity.name(to)
    }

    /// See `Socket::dropped_here`.
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
            self.doubt();
        }
        Ok(!events.is_empty())
    }

    /// Forgets what the last look found.
    pub(super) fn doubt(&mut self) {
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
                // With that it has forgotten it, but for the entry in the error queue.
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
        self.doubt();
        Ok(())
    }

    /// Tells why the first message of a call was not sent.
    ///
    /// Unlike that of a single target, this asks the error queue only where it must: there may be hundreds of errors
    /// in it, about as many targets, and all are to be told. That an earlier error was the reason is known by trying
    /// again, for the kernel tells it once.
    pub(super) fn judge(
        &mut self,
        error: &io::Error,
        clocks: &mut Alignment,
        kept: &mut VecDeque<Kept>,
    ) -> Verdict {
        if self.stamping.is_for_the_label(error) {
            self.stamping.count(self.icmp.as_fd());
            return Verdict::Earlier;
        }
        let is_too_long = is_too_long(error);
        let mut mtu = None;
        if is_too_long || self.stamping.counts() {
            mtu = self.clear_error_queue(clocks, kept);
        }
        self.stamping.failed(self.icmp.as_fd());
        if is_busy(error) {
            return Verdict::Busy;
        }
        if is_broken(error, Call::Send) {
            return Verdict::Broken;
        }
        match mtu {
            Some(mtu) if is_too_long => Verdict::TooLong { mtu },
            _ if is_told_by_icmp(error) => {
                self.has_errors = true;
                Verdict::Earlier
            }
            _ => Verdict::Refused,
        }
    }

    /// Keeps what is in the error queue for the next calls of `receive`. Tells the MTU if one of the errors is that the
    /// message was too long.
    fn clear_error_queue(
        &mut self,
        clocks: &mut Alignment,
        kept: &mut VecDeque<Kept>,
    ) -> Option<u32> {
        let stamping = &mut self.stamping;
        let (mtu, _) = queue::clear(self.icmp.as_fd(), |look| {
            let found = match look {
                Look::Error(entry) => Some(Kept::Error(entry)),
                Look::Departed(stamped) => stamping.told(stamped.number).and_then(|name| {
                    let read = clocks.read(&SystemClock);
                    let passage = arrival::passage(clocks, &stamped, read)?;
                    Some(Kept::Departed { name, passage })
                }),
                Look::Strange | Look::Empty => None,
            };
            if kept.len() < KEPT {
                kept.extend(found);
            }
        });
        mtu
    }
}
