//! ICMP errors that a raw socket gets twice: in its error queue, and as a message, which has the quoted IP header. The error
//! queue also has errors that no message comes with: those of the kernel about an interface that the socket is not bound to,
//! and those of types that the filter does not pass.
//!
//! The engine gets the first copy. The report gets the message if there is one.

use std::collections::VecDeque;
use std::net::IpAddr;

use crate::engine::Rejection as Verdict;
use crate::event::{Rejection, TargetNumber};
use crate::net::ErrorEntry;

/// The most errors that wait for their other copy. Only an attacker causes more; then an error may count twice.
const MAX_WAITING: usize = 1024;

/// What both copies of an error have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key {
    target: TargetNumber,
    sequence: u16,
    reporter: IpAddr,
    type_and_code: (u8, u8),
}

impl Key {
    pub(super) fn of(error: &Rejection<'_>) -> Self {
        Self {
            target: error.target,
            sequence: error.sequence,
            reporter: error.reporter.ip(),
            type_and_code: error.problem.type_and_code(),
        }
    }
}

/// An entry of the error queue that waits for its message.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Waiting {
    pub(super) key: Key,
    pub(super) entry: ErrorEntry,
    /// `None` if there is nothing to report.
    pub(super) verdict: Option<Verdict>,
}

/// The copies whose other copy has not been read yet.
#[derive(Debug, Default)]
pub(super) struct Copies {
    /// The kernel queues the message first, so once the receive queue is empty there is none.
    entries: VecDeque<Waiting>,
    /// Messages that were processed.
    messages: VecDeque<Key>,
}

impl Copies {
    /// Whether the message of this entry was processed. It is forgotten then.
    pub(super) fn take_message(&mut self, key: Key) -> bool {
        let found = self.messages.iter().position(|message| *message == key);
        found
            .and_then(|index| self.messages.remove(index))
            .is_some()
    }

    /// The entry that waits for this message.
    pub(super) fn take_entry(&mut self, key: Key) -> Option<Waiting> {
        let found = self.entries.iter().position(|entry| entry.key == key);
        found.and_then(|index| self.entries.remove(index))
    }

    /// Keeps an entry until its message is read. Returns the oldest if there are too many.
    pub(super) fn keep(&mut self, entry: Waiting) -> Option<Waiting> {
        self.entries.push_back(entry);
        if self.entries.len() > MAX_WAITING {
            self.entries.pop_front()
        } else {
            None
        }
    }

    /// Notes a message that is processed before its entry.
    pub(super) fn note_message(&mut self, key: Key) {
        if self.messages.len() == MAX_WAITING {
            self.messages.pop_front();
        }
        self.messages.push_back(key);
    }

    /// Whether an entry waits for its message.
    pub(super) fn has_entries(&self) -> bool {
        !self.entries.is_empty()
    }

    /// The oldest entry that waits for its message.
    pub(super) fn take_oldest(&mut self) -> Option<Waiting> {
        self.entries.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn key(sequence: u16) -> Key {
        Key {
            target: 0,
            sequence,
            reporter: Ipv4Addr::LOCALHOST.into(),
            type_and_code: (3, 1),
        }
    }

    fn waiting(sequence: u16) -> Waiting {
        Waiting {
            key: key(sequence),
            entry: ErrorEntry::Local { errno: 0, info: 0 },
            verdict: None,
        }
    }

    #[test]
    fn entry_waits_until_its_message_takes_it() {
        let mut copies = Copies::default();
        assert_eq!(copies.keep(waiting(1)), None);
        assert_eq!(copies.keep(waiting(2)), None);
        assert_eq!(copies.take_entry(key(3)), None);
        assert_eq!(copies.take_entry(key(1)), Some(waiting(1)));
        assert_eq!(copies.take_oldest(), Some(waiting(2)));
        assert!(!copies.has_entries());
    }

    #[test]
    fn message_before_its_entry_is_remembered_once() {
        let mut copies = Copies::default();
        copies.note_message(key(1));
        assert!(copies.take_message(key(1)));
        assert!(!copies.take_message(key(1)));
    }

    #[test]
    fn no_more_than_the_maximum_wait() {
        let mut copies = Copies::default();
        for number in 0..MAX_WAITING {
            let number = u16::try_from(number).unwrap();
            assert_eq!(copies.keep(waiting(number)), None);
            copies.note_message(key(number));
        }
        assert_eq!(copies.keep(waiting(9_999)), Some(waiting(0)));
        copies.note_message(key(9_999));
        assert!(!copies.take_message(key(0)) && copies.take_message(key(1)));
    }
}
