//! One socket, for all targets of its family.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd};

use super::super::address::Name;
use super::super::arrival::Delivery;
use super::super::opening::{Family, Kind};
use super::super::queue::{self, Look};
use super::super::socket::{self, Identity, Verdict};
use super::super::stamping::Stamping;
use super::super::sys::MANY;
use super::super::{Wake, arrival, socket::dropped};
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
    /// What the kernel had counted as dropped when the run began.
    dropped_before: u32,
}

impl Line {
    pub(super) fn new(icmp: socket2::Socket, identity: Identity, stamping: Stamping) -> Self {
        Self {
            icmp,
            identity,
            stamping,
            found: 0,
            has_errors: false,
            dropped_before: 0,
        }
    }

    pub(super) fn begin(&mut self) {
        self.dropped_before = dropped(&self.icmp);
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

    pub(super) fn delivery(&self) -> Delivery {
        self.identity.delivery()
    }

    pub(super) fn name(&self, to: SocketAddr) -> Name {
        self.identity.name(to)
    }

    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.icmp.as_fd()
    }

    /// See `Socket::dropped_here`.
    pub(super) fn dropped(&self) -> u64 {
        dropped(&self.icmp).wrapping_sub(self.dropped_before).into()
    }

    /// Takes note of what `poll` says; tells whether there is something to read.
    pub(super) fn note(&mut self, events: libc::c_short) -> io::Result<bool> {
        if events & libc::POLLNVAL != 0 {
            return Err(io::Error::from_raw_os_error(libc::EBADF));
        }
        self.has_errors |= events & libc::POLLERR != 0;
        if events != 0 {
            self.doubt();
        }
        Ok(events != 0)
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
        let is_too_long = socket::is_too_long(error);
        let mut mtu = None;
        if is_too_long || self.stamping.counts() {
            mtu = self.clear_error_queue(clocks, kept);
        }
        self.stamping.failed(self.icmp.as_fd());
        if socket::is_busy(error) {
            return Verdict::Busy;
        }
        if socket::is_broken(error) {
            return Verdict::Broken;
        }
        match mtu {
            Some(mtu) if is_too_long => Verdict::TooLong { mtu },
            _ if socket::is_told_by_icmp(error) => {
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
                Look::Departed { number, stamps } => stamping.told(number).map(|name| {
                    let read = clocks.read(&SystemClock);
                    let stamps = arrival::placed(clocks, stamps, read);
                    Kept::Departed { name, stamps }
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
