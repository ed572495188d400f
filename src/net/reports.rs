//! What was read from the error queues of the sockets and is still to be told.

use std::collections::VecDeque;
use std::io;

use super::family_socket::FamilySocket;
use super::inbox::Inbox;
use super::queue::{Entry, LOOKS, interpret};
use super::{ErrorEntry, Passage, arrival};
use crate::clock::Alignment;

/// How many reports are kept at most. An attacker can cause more errors, and those are of no interest.
pub(super) const KEPT: usize = LOOKS;

/// An entry of an error queue, in the terms of this program.
#[derive(Debug)]
pub(super) enum Report {
    Error(ErrorEntry),
    Departed { name: u32, passage: Passage },
}

/// The reports, and the room that they are read into.
#[derive(Debug)]
pub(super) struct Reports {
    inbox: Inbox,
    waiting: VecDeque<Report>,
}

impl Reports {
    /// Of errors about messages of this length, and departures, so many of which are read at once.
    pub(super) fn new(message_length: usize, at_once: usize) -> Self {
        Self {
            inbox: Inbox::for_errors(message_length, at_once),
            waiting: VecDeque::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// The next report.
    pub(super) fn take(&mut self) -> Option<Report> {
        self.waiting.pop_front()
    }

    /// Reads the error queue of a socket until it is empty, but no more than so many entries that a storm of them does not
    /// hold up the replies. Tells the MTU if a message was too long for it: that is no report, because the call that
    /// should have sent it fails as well.
    ///
    /// # Errors
    /// Only what makes further receiving pointless.
    pub(super) fn read(
        &mut self,
        socket: &mut FamilySocket,
        clocks: &mut Alignment,
    ) -> io::Result<Option<u32>> {
        let mut mtu = None;
        for _ in 0..LOOKS / self.inbox.places() {
            socket.fill(&mut self.inbox, clocks)?;
            while let Some(place) = self.inbox.take() {
                match self.report(place, socket, clocks) {
                    Some(Report::Error(error)) if error.local_mtu().is_some() => {
                        mtu = error.local_mtu();
                    }
                    report if self.waiting.len() < KEPT => self.waiting.extend(report),
                    _ => {}
                }
            }
            if !self.inbox.was_full() {
                break;
            }
        }
        Ok(mtu)
    }

    /// What the entry in this place says, if it says anything.
    fn report(
        &self,
        place: usize,
        socket: &mut FamilySocket,
        clocks: &Alignment,
    ) -> Option<Report> {
        let message = self.inbox.get(place)?;
        match interpret(message.data, message.name, message.control)? {
            // It came as a message, too.
            Entry::Error(ErrorEntry::Icmp { .. }) if socket.identity.receives_errors => None,
            Entry::Error(error) => Some(Report::Error(error)),
            Entry::Departed(stamped) => {
                let name = socket.stamping.name_of_stamp(stamped.number)?;
                let passage = arrival::passage(clocks, &stamped, self.inbox.read())?;
                Some(Report::Departed { name, passage })
            }
        }
    }
}
