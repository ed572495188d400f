//! The socket's error queue (`MSG_ERRQUEUE`): ICMP errors about what was sent, and errors of this host.

use std::io;
use std::net::SocketAddr;
use std::os::fd::BorrowedFd;

use super::ErrorEntry;
use super::address;
use super::control::{ControlMessage, ControlMessages, ExtendedError};
use super::sys;

/// As much of a quoted message as is kept. Routers quote no more than the minimum IPv6 MTU (RFC 4443, section 2.4).
const QUOTE: usize = 1280;

/// Room for control messages; an error with its offender and a time stamp takes about a hundred octets.
pub(super) const CONTROL: usize = 512;

/// Room for a `sockaddr_storage`.
pub(super) const NAME: usize = 128;

/// An entry, kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry {
    /// See [`ErrorEntry::Icmp`].
    Icmp {
        reporter: SocketAddr,
        destination: SocketAddr,
        kind: u8,
        code: u8,
        info: u32,
        original: Vec<u8>,
    },
    /// See [`ErrorEntry::Local`].
    Local { errno: i32, info: u32 },
}

impl Entry {
    /// The entry as the driver sees it.
    pub(super) fn view(&self) -> ErrorEntry<'_> {
        match self {
            Self::Icmp {
                reporter,
                destination,
                kind,
                code,
                info,
                original,
            } => ErrorEntry::Icmp {
                reporter: *reporter,
                destination: *destination,
                kind: *kind,
                code: *code,
                info: *info,
                original,
            },
            Self::Local { errno, info } => ErrorEntry::Local {
                error: io::Error::from_raw_os_error(*errno),
                info: *info,
            },
        }
    }

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

/// What a look at the queue gave.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// An entry that means something here.
    Entry(Entry),
    /// One that does not: a stamp, a report of an origin that this program does not know.
    Strange,
    /// The queue is empty.
    Empty,
}

/// Takes the next entry off the queue.
pub(super) fn look(socket: BorrowedFd<'_>) -> io::Result<Look> {
    let mut data = [0; QUOTE];
    let mut name = [0; NAME];
    let mut control = [0; CONTROL];
    let filled = match sys::receive(
        socket,
        &mut data,
        &mut name,
        &mut control,
        libc::MSG_ERRQUEUE,
    ) {
        Ok(filled) => filled,
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Look::Empty),
        Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(Look::Strange),
        Err(error) => return Err(error),
    };
    let original = data.get(..filled.data).unwrap_or(&data);
    let name = name.get(..filled.name).unwrap_or(&name);
    let control = control.get(..filled.control).unwrap_or(&control);
    Ok(interpret(original, name, control).map_or(Look::Strange, Look::Entry))
}

/// What the octets of an entry mean.
fn interpret(original: &[u8], name: &[u8], control: &[u8]) -> Option<Entry> {
    let error = ControlMessages::new(control).find_map(|message| match message {
        ControlMessage::ExtendedError(error) => Some(error),
        _ => None,
    })?;
    match error.origin {
        libc::SO_EE_ORIGIN_LOCAL => Some(Entry::Local {
            errno: i32::try_from(error.errno).ok()?,
            info: error.info,
        }),
        libc::SO_EE_ORIGIN_ICMP | libc::SO_EE_ORIGIN_ICMP6 => icmp(&error, original, name),
        _ => None,
    }
}

fn icmp(error: &ExtendedError, original: &[u8], name: &[u8]) -> Option<Entry> {
    Some(Entry::Icmp {
        reporter: error.offender?,
        destination: address::from_octets(name)?,
        kind: error.kind,
        code: error.code,
        info: error.info,
        original: original.to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::address::octets;
    use super::*;

    fn entry(origin: u8, errno: i32, offender: &[u8]) -> Vec<u8> {
        let body = [
            &errno.to_ne_bytes()[..],
            &[origin, 11, 0, 0],
            &1400_u32.to_ne_bytes(),
            &[0; 4],
            offender,
        ]
        .concat();
        let length = size_of::<libc::cmsghdr>() + body.len();
        [
            &length.to_ne_bytes()[..],
            &libc::IPPROTO_IP.to_ne_bytes(),
            &libc::IP_RECVERR.to_ne_bytes(),
            &body,
        ]
        .concat()
    }

    #[test]
    fn an_icmp_error_tells_who_and_about_what() {
        let control = entry(2, libc::EHOSTUNREACH, &octets::of("192.0.2.1:0"));
        let found = interpret(&[8, 0, 1, 2], &octets::of("192.0.2.9:0"), &control);
        let expected = Entry::Icmp {
            reporter: "192.0.2.1:0".parse().unwrap(),
            destination: "192.0.2.9:0".parse().unwrap(),
            kind: 11,
            code: 0,
            info: 1400,
            original: vec![8, 0, 1, 2],
        };
        assert_eq!(found, Some(expected));
    }

    #[test]
    fn a_local_error_tells_the_mtu() {
        let found = interpret(&[], &[], &entry(1, libc::EMSGSIZE, &[])).unwrap();
        assert_eq!(found.local_mtu(), Some(1400));
        let other = interpret(&[], &[], &entry(1, libc::EHOSTUNREACH, &[])).unwrap();
        assert_eq!(other.local_mtu(), None);
    }

    #[test]
    fn what_is_strange_is_no_entry() {
        let name = octets::of("192.0.2.9:0");
        for origin in (0..=255).filter(|origin| ![1, 2, 3].contains(origin)) {
            assert_eq!(interpret(&[], &name, &entry(origin, 0, &name)), None);
        }
        assert_eq!(interpret(&[], &name, &[]), None, "no extended error");
        assert_eq!(
            interpret(&[], &name, &entry(2, 0, &[])),
            None,
            "no offender"
        );
        assert_eq!(
            interpret(&[], &[], &entry(2, 0, &name)),
            None,
            "no destination"
        );
        assert_eq!(
            interpret(&[], &name, &entry(1, -1, &[])),
            None,
            "no such errno"
        );
    }
}
