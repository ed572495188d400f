//! The socket's error queue (`MSG_ERRQUEUE`): ICMP errors about what was sent, and errors of this host.

use super::ErrorEntry;
use super::address;
use super::control::{ControlMessage, ControlMessages, ExtendedError, Timestamps};

/// As much of a quoted message as is kept. Routers quote no more than the minimum IPv6 MTU (RFC 4443, section 2.4).
pub(super) const QUOTE: usize = 1280;

/// The longest error that IPv4 routers send (RFC 1812, section 4.3.2.3), however short the probe: extensions follow its quote.
pub(super) const LONGEST_V4: usize = 576;

/// `SCM_TSTAMP_SND` of `linux/errqueue.h`: the stamp is of the moment at which the driver got the message.
const LEFT: u32 = 0;

/// `SCM_TSTAMP_SCHED`: of the moment at which it came into the queue of the interface.
const ENTERED: u32 = 1;

/// Where a message was when it was stamped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Point {
    Queue,
    Driver,
}

/// A stamp of a departure, as the kernel tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamped {
    /// Which message it is about; see `stamping`.
    pub(super) number: u32,
    pub(super) point: Point,
    pub(super) stamps: Timestamps,
}

/// How many entries are read in one go, so that a storm of them does not hold up the rest.
pub(super) const LOOKS: usize = 1024;

/// What an entry says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry {
    /// Something went wrong.
    Error(ErrorEntry),
    /// A message left.
    Departed(Stamped),
}

impl ErrorEntry {
    /// The path MTU, if this says that a message was too long for it and did not leave.
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

/// What the octets of an entry mean; none of a report of an origin that this program does not know.
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
                LEFT => Point::Driver,
                ENTERED => Point::Queue,
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
