//! One socket for all targets of its family.

use std::io;
use std::os::fd::AsFd;

use rustix::event::PollFlags;

use super::arrival::Delivery;
use super::drops::Drops;
use super::identity::{Family, Identity, Kind};
use super::inbox::Inbox;
use super::reports::Reports;
use super::send_error::{TRIES, is_broken, is_busy, is_permanent, is_too_long, may_be_icmp};
use super::stamping::Stamping;
use super::sys::{BATCH_MAX, Call};
use super::{SendFailure, Wake};
use crate::clock::Alignment;

/// The bits of the flow label in the flow information (RFC 8200, section 3).
const FLOW_LABEL: u32 = 0x000f_ffff;

/// A socket and its state.
#[derive(Debug)]
pub(super) struct FamilySocket {
    pub(super) icmp: socket2::Socket,
    pub(super) identity: Identity,
    pub(super) stamping: Stamping,
    /// The number of datagrams of the last read; `BATCH_MAX` if there may be more.
    last_count: usize,
    /// Whether there may be entries in the error queue.
    has_errors: bool,
    drops: Drops,
}

impl FamilySocket {
    pub(super) fn new(icmp: socket2::Socket, identity: Identity, stamping: Stamping) -> Self {
        Self {
            icmp,
            identity,
            stamping,
            last_count: 0,
            has_errors: false,
            drops: Drops::default(),
        }
    }

    /// Starts to count drops.
    pub(super) fn begin(&mut self) {
        self.drops = Drops::of(&self.icmp);
    }

    pub(super) fn family(&self) -> Family {
        self.identity.family
    }

    pub(super) fn is_raw(&self) -> bool {
        self.identity.kind == Kind::Raw
    }

    /// The flow label in each IPv6 header; `None` if it is 0.
    pub(super) fn flow_label(&self) -> Option<u32> {
        let label = u32::from_be(self.identity.flow) & FLOW_LABEL;
        (label != 0).then_some(label)
    }

    /// See `Sockets::dropped_here`.
    pub(super) fn dropped(&self) -> u64 {
        self.drops.count(&self.icmp)
    }

    /// Records the events of `poll`. Returns whether there is something to read.
    pub(super) fn record_events(&mut self, events: PollFlags) -> io::Result<bool> {
        if events.contains(PollFlags::NVAL) {
            return Err(io::Error::from_raw_os_error(libc::EBADF));
        }
        self.has_errors |= events.contains(PollFlags::ERR);
        if !events.is_empty() {
            self.assume_readable();
        }
        Ok(!events.is_empty())
    }

    /// Assumes that there is more to read, whatever the last read returned.
    pub(super) fn assume_readable(&mut self) {
        self.last_count = BATCH_MAX;
    }

    /// Whether a read is needed before a wait that `wake` ends. A wait for arrivals ends at once if something is queued.
    ///
    /// A batch that was not full has emptied the queue, or an ICMP error has cut it short.
    pub(super) fn may_have_more(&self, wake: Wake) -> bool {
        let quiet = match wake {
            Wake::Arrival => self.last_count < BATCH_MAX,
            Wake::Signal => self.last_count == 0,
        };
        self.has_errors || !quiet
    }

    pub(super) fn may_have_errors(&self) -> bool {
        self.has_errors || self.stamping.is_waiting()
    }

    /// Receives datagrams or entries of the error queue, and updates the state of the socket.
    ///
    /// # Errors
    /// Only if further receiving is pointless.
    pub(super) fn fill(&mut self, inbox: &mut Inbox, clocks: &mut Alignment) -> io::Result<()> {
        let delivery = if inbox.is_for_errors() {
            // In the error queue, data is the ICMP message and the address is its destination.
            Delivery::Messages
        } else {
            self.identity.delivery()
        };
        for tries in 1..=TRIES {
            match inbox.fill(self.icmp.as_fd(), delivery, clocks) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) if is_permanent(&error) => return Err(error),
                // The error repeats, or the error queue itself cannot be read.
                Err(error) if !may_be_icmp(&error) && (tries == TRIES || inbox.is_for_errors()) => {
                    return Err(error);
                }
                // A pending ICMP error, which the kernel reports once and before any datagram, so a storm of replies
                // cannot hide it. Its entry is in the error queue, unless it is about a message of another program, or
                // the queue was full.
                Err(_) => {
                    self.has_errors = true;
                    continue;
                }
            }
            if inbox.is_for_errors() {
                self.has_errors = inbox.was_full();
            } else {
                self.last_count = inbox.len();
            }
            return Ok(());
        }
        self.assume_readable();
        Ok(())
    }

    /// Classifies the error of the first message of a send call; `None` if it is worth another try.
    ///
    /// A pending ICMP error about an earlier message makes the call fail before it sends anything. The kernel reports each
    /// pending error once, so another try tells whether the message itself is the reason.
    pub(super) fn classify(
        &mut self,
        error: io::Error,
        call: Call,
        tries: u32,
        reports: &mut Reports,
        clocks: &mut Alignment,
    ) -> Option<SendFailure> {
        if self.stamping.may_be_unknown_label(&error) {
            self.stamping.use_count(self.icmp.as_fd());
            return None;
        }
        let is_too_long = is_too_long(&error);
        let mut mtu = None;
        // `reset_count` below invalidates the numbers of queued departure stamps, so they are read first.
        if is_too_long || self.stamping.counts() {
            mtu = reports.read(self, clocks).unwrap_or(None);
        }
        self.stamping.reset_count(self.icmp.as_fd());
        Some(match mtu {
            _ if is_busy(&error) => SendFailure::Busy(error),
            _ if is_broken(&error, call) => SendFailure::Broken(error),
            Some(mtu) if is_too_long => SendFailure::TooLong { mtu },
            _ if may_be_icmp(&error) && tries > 0 => {
                self.has_errors = true;
                return None;
            }
            _ => SendFailure::Refused(error),
        })
    }
}
