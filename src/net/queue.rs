//! Entries of a socket's error queue (`MSG_ERRQUEUE`): ICMP errors about sent messages, local errors, departure stamps.

use super::ErrorEntry;
use super::address;
use super::control::{ControlMessage, ControlMessages, ExtendedError, Timestamps};

/// The most octets of a quoted message that are kept. Routers quote at most the minimum IPv6 MTU (RFC 4443, section 2.4).
pub(super) const QUOTE: usize = 1280;

/// The longest error of IPv4 routers (RFC 1812, section 4.3.2.3), even for a short probe: extensions follow the quote.
pub(super) const LONGEST_V4: usize = 576;

/// `SCM_TSTAMP_SND` of `linux/errqueue.h`: the driver got the message.
const TSTAMP_SND: u32 = 0;

/// `SCM_TSTAMP_SCHED`: the message entered the queue of the interface.
const TSTAMP_SCHED: u32 = 1;

/// The point on the way out that a departure stamp refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Point {
    Queue,
    Driver,
}

/// A departure stamp, as the kernel reports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamped {
    /// The kernel's number of the message; see `stamping`.
    pub(super) number: u32,
    pub(super) point: Point,
    pub(super) stamps: Timestamps,
}

/// The most entries that are read in a row, so that a storm of errors does not delay replies.
pub(super) const MAX_ENTRIES: usize = 1024;

/// A parsed entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry {
    /// An ICMP or local error.
    Error(ErrorEntry),
    /// A departure stamp.
    Departed(Stamped),
}

impl ErrorEntry {
    /// The path MTU, if this is a local `EMSGSIZE`.
    pub(super) fn local_mtu(&self) -> Option<u32> {
        match self {
            Self::Local {
                errno: libc::EMSGSIZE,
                info,
            } => Some(*info),
            _ => None,
        }
    }
}

/// Parses an entry; `None` if its origin is unknown.
pub(super) fn interpret(original: &[u8], name: &[u8], control: &[u8]) -> Option<Entry> {
    let mut error = None;
    let mut stamps = Timestamps::default();
    for message in ControlMessages::new(control) {
        match message {
            ControlMessage::ExtendedError(extended) => error = error.or(Some(extended)),
            ControlMessage::Timestamps(given) => stamps = given,
            _ => {}
        }
    }
    let error = error?;
    match error.origin {
        libc::SO_EE_ORIGIN_LOCAL => Some(Entry::Error(ErrorEntry::Local {
            errno: i32::try_from(error.errno).ok()?,
            info: error.info,
        })),
        libc::SO_EE_ORIGIN_TIMESTAMPING => {
            let point = match error.info {
                TSTAMP_SND => Point::Driver,
                TSTAMP_SCHED => Point::Queue,
                _ => return None,
            };
            let number = error.data;
            Some(Entry::Departed(Stamped {
                number,
                point,
                stamps,
            }))
        }
        libc::SO_EE_ORIGIN_ICMP | libc::SO_EE_ORIGIN_ICMP6 => {
            icmp(&error, original, name).map(Entry::Error)
        }
        _ => None,
    }
}

fn icmp(error: &ExtendedError, original: &[u8], name: &[u8]) -> Option<ErrorEntry> {
    Some(ErrorEntry::Icmp {
        reporter: error.offender?,
        destination: address::from_octets(name)?,
        kind: error.kind,
        code: error.code,
        info: error.info,
        original: original.to_vec(),
        extensions_at: error.extensions_at(),
    })
}

#[cfg(test)]
mod tests;
