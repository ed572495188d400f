//! Parsed entries of the error queues that have not been returned yet.

use std::collections::VecDeque;
use std::io;

use super::family_socket::FamilySocket;
use super::inbox::Inbox;
use super::queue::{Entry, MAX_ENTRIES, interpret};
use super::{ErrorEntry, Passage, arrival};
use crate::clock::Alignment;

/// The maximum number of waiting reports. Only an attacker causes more errors, and those may be dropped.
pub(super) const MAX_WAITING: usize = MAX_ENTRIES;

/// A parsed entry of an error queue.
#[derive(Debug)]
pub(super) enum Report {
    Error(ErrorEntry),
    /// The socket may receive the same error as a message.
    Copied(ErrorEntry),
    Departed {
        name: u32,
        passage: Passage,
    },
}

/// The waiting reports, and the buffers for reading entries.
#[derive(Debug)]
pub(super) struct Reports {
    inbox: Inbox,
    waiting: VecDeque<Report>,
}

impl Reports {
    /// For errors about messages of this length. `at_once` is the number of entries per system call.
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

    pub(super) fn take(&mut self) -> Option<Report> {
        self.waiting.pop_front()
    }

    /// Reads the error queue of a socket until it is empty, but at most [`MAX_ENTRIES`] entries, so that a storm of errors does
    /// not delay replies. Returns the MTU if a message was too long: that entry is not reported, because the send fails, too.
    ///
    /// # Errors
    /// Only if further receiving is pointless.
    pub(super) fn read(
        &mut self,
        socket: &mut FamilySocket,
        clocks: &mut Alignment,
    ) -> io::Result<Option<u32>> {
        let mut mtu = None;
        for _ in 0..MAX_ENTRIES / self.inbox.capacity() {
            socket.fill(&mut self.inbox, clocks)?;
            while let Some(index) = self.inbox.take() {
                match self.report(index, socket, clocks) {
                    Some(Report::Error(error)) if error.local_mtu().is_some() => {
                        mtu = error.local_mtu();
                    }
                    report if self.waiting.len() < MAX_WAITING => self.waiting.extend(report),
                    _ => {}
                }
            }
            if !self.inbox.was_full() {
                break;
            }
        }
        Ok(mtu)
    }

    /// Parses an entry; `None` if it is of no interest.
    fn report(
        &self,
        index: usize,
        socket: &mut FamilySocket,
        clocks: &Alignment,
    ) -> Option<Report> {
        let message = self.inbox.get(index)?;
        match interpret(message.data, message.name, message.control)? {
            Entry::Error(error @ ErrorEntry::Icmp { .. }) if socket.identity.receives_errors => {
                Some(Report::Copied(error))
            }
            Entry::Error(error) => Some(Report::Error(error)),
            Entry::Departed(stamped) => {
                let name = socket.stamping.name_of_stamp(stamped.number)?;
                let passage = arrival::passage(clocks, &stamped, self.inbox.read())?;
                Some(Report::Departed { name, passage })
            }
        }
    }
}
