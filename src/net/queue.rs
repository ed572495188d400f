//! The socket's error queue (`MSG_ERRQUEUE`): ICMP errors about what was sent, and errors of this host.

use std::io;
use std::net::SocketAddr;
use std::os::fd::BorrowedFd;

use super::ErrorEntry;
use super::address;
use super::control::{ControlMessage, ControlMessages, ExtendedError, Timestamps};
use super::sys;

/// As much of a quoted message as is kept. Routers quote no more than the minimum IPv6 MTU (RFC 4443, section 2.4).
pub(super) const QUOTE: usize = 1280;

/// Room for control messages; an error with its offender and a time stamp takes about a hundred octets.
pub(super) const CONTROL: usize = 512;

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

/// Room for a `sockaddr_storage`.
pub(super) const NAME: usize = 128;

/// How many entries are looked at in one go, so that a storm of them does not hold up the rest.
pub(super) const LOOKS: usize = 1024;

/// An entry: kept, or as it lies in a buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entry<Octets = Vec<u8>> {
    /// See [`ErrorEntry::Icmp`].
    Icmp {
        reporter: SocketAddr,
        destination: SocketAddr,
        kind: u8,
        code: u8,
        info: u32,
        original: Octets,
    },
    /// See [`ErrorEntry::Local`].
    Local { errno: i32, info: u32 },
}

impl Entry {
    /// The entry as the driver sees it.
    pub(super) fn view(&self) -> ErrorEntry<'_> {
        self.with(Vec::as_slice).into_view()
    }
}

impl<'a> Entry<&'a [u8]> {
    /// The entry as the driver sees it.
    pub(super) fn into_view(self) -> ErrorEntry<'a> {
        match self {
            Self::Icmp {
                reporter,
                destination,
                kind,
                code,
                info,
                original,
            } => ErrorEntry::Icmp {
                reporter,
                destination,
                kind,
                code,
                info,
                original,
            },
            Self::Local { errno, info } => ErrorEntry::Local {
                error: io::Error::from_raw_os_error(errno),
                info,
            },
        }
    }
}

impl<Octets> Entry<Octets> {
    /// The same with its octets in another form.
    fn with<'a, Other>(&'a self, form: impl FnOnce(&'a Octets) -> Other) -> Entry<Other> {
        match self {
            Self::Icmp {
                reporter,
                destination,
                kind,
                code,
                info,
                original,
            } => Entry::Icmp {
                reporter: *reporter,
                destination: *destination,
                kind: *kind,
                code: *code,
                info: *info,
                original: form(original),
            },
            Self::Local { errno, info } => Entry::Local {
                errno: *errno,
                info: *info,
            },
        }
    }

    /// Whether this is an ICMP error about this very message. The kernel of a ping socket writes checksum and identifier.
    pub(super) fn is_about(&self, message: &[u8]) -> bool
    where
        Octets: AsRef<[u8]>,
    {
        const KIND: usize = 2;
        const SEQUENCE: usize = 6;
        let Self::Icmp { original, .. } = self else {
            return false;
        };
        let original = original.as_ref();
        let has_same_kind = original.get(..KIND) == message.get(..KIND);
        let rest = original.get(SEQUENCE..).filter(|quoted| !quoted.is_empty());
        let own = message.get(SEQUENCE..).unwrap_or_default();
        has_same_kind && rest.is_some_and(|quoted| own.starts_with(quoted))
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
pub(super) enum Look<Octets = Vec<u8>> {
    /// An error.
    Error(Entry<Octets>),
    /// When a message left.
    Departed(Stamped),
    /// One that does not: a report of an origin that this program does not know.
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
    Ok(match interpret(original, name, control) {
        Some(Look::Error(entry)) => Look::Error(entry.with(|octets| octets.to_vec())),
        Some(Look::Departed(stamped)) => Look::Departed(stamped),
        Some(Look::Empty | Look::Strange) | None => Look::Strange,
    })
}

/// Takes entries off the queue until it is empty, for a send that ran into them. Tells the MTU if one of them is that
/// the message was too long, and whether there was an ICMP error; all but the first kind go to `keep`.
pub(super) fn clear(socket: BorrowedFd<'_>, mut keep: impl FnMut(Look)) -> (Option<u32>, bool) {
    let (mut mtu, mut rejected) = (None, false);
    for _ in 0..LOOKS {
        match look(socket) {
            Ok(Look::Error(entry)) => {
                if let Some(limit) = entry.local_mtu() {
                    mtu = Some(limit);
                    continue;
                }
                rejected |= matches!(entry, Entry::Icmp { .. });
                keep(Look::Error(entry));
            }
            Ok(departed @ Look::Departed(_)) => keep(departed),
            Ok(Look::Strange) => {}
            Ok(Look::Empty) | Err(_) => break,
        }
    }
    (mtu, rejected)
}

/// What the octets of an entry mean.
pub(super) fn interpret<'a>(
    original: &'a [u8],
    name: &[u8],
    control: &[u8],
) -> Option<Look<&'a [u8]>> {
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
        libc::SO_EE_ORIGIN_LOCAL => Some(Look::Error(Entry::Local {
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
            Some(Look::Departed(Stamped {
                number,
                point,
                stamps,
            }))
        }
        libc::SO_EE_ORIGIN_ICMP | libc::SO_EE_ORIGIN_ICMP6 => {
            icmp(&error, original, name).map(Look::Error)
        }
        _ => None,
    }
}

fn icmp<'a>(error: &ExtendedError, original: &'a [u8], name: &[u8]) -> Option<Entry<&'a [u8]>> {
    Some(Entry::Icmp {
        reporter: error.offender?,
        destination: address::from_octets(name)?,
        kind: error.kind,
        code: error.code,
        info: error.info,
        original,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

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
            original: &[8, 0, 1, 2][..],
        };
        assert_eq!(found, Some(Look::Error(expected)));
    }

    #[test]
    fn an_error_is_about_the_message_that_it_quotes() {
        // An echo request with the sequence number 7 and data; the kernel wrote its checksum and identifier.
        let message = [8, 0, 0, 0, 0, 0, 0, 7, b'd', b'a', b't', b'a'];
        let control = entry(2, libc::EHOSTUNREACH, &octets::of("192.0.2.1:0"));
        let is_about = |original: &[u8]| {
            let destination = octets::of("192.0.2.9:0");
            match interpret(original, &destination, &control) {
                Some(Look::Error(error)) => error.is_about(&message),
                other => panic!("{other:?}"),
            }
        };
        assert!(is_about(&[8, 0, 1, 2, 3, 4, 0, 7, b'd', b'a', b't', b'a']));
        assert!(
            is_about(&[8, 0, 1, 2, 3, 4, 0, 7]),
            "the least that there is"
        );
        let others: [&[u8]; 5] = [
            &[8, 0, 1, 2, 3, 4, 0, 6, b'd', b'a', b't', b'a'],
            &[8, 0, 1, 2, 3, 4, 0, 7, b'D'],
            &[13, 0, 1, 2, 3, 4, 0, 7],
            &[8, 0, 1, 2, 3, 4],
            &[],
        ];
        for other in others {
            assert!(!is_about(other), "{other:?}");
        }
    }

    #[test]
    fn a_local_error_tells_the_mtu() {
        let mtu = |errno| match interpret(&[], &[], &entry(1, errno, &[])) {
            Some(Look::Error(error)) => error.local_mtu(),
            other => panic!("{other:?}"),
        };
        assert_eq!(mtu(libc::EMSGSIZE), Some(1400));
        assert_eq!(mtu(libc::EHOSTUNREACH), None);
    }

    /// A stamp of 1,700,000,000.000000009 s by the kernel and 5 s by the interface, and the entry that goes with it.
    fn departure(kind: u32, number: u32) -> Vec<u8> {
        let times = [1_700_000_000_i64, 9, 0, 0, 5, 0].map(i64::to_ne_bytes);
        let body = times.concat();
        let length = size_of::<libc::cmsghdr>() + body.len();
        let stamps = [
            &length.to_ne_bytes()[..],
            &libc::SOL_SOCKET.to_ne_bytes(),
            &libc::SCM_TIMESTAMPING.to_ne_bytes(),
            &body,
        ];
        let mut entry = entry(4, libc::ENOMSG, &[]);
        let info = size_of::<libc::cmsghdr>() + 8;
        entry[info..info + 4].copy_from_slice(&kind.to_ne_bytes());
        entry[info + 4..info + 8].copy_from_slice(&number.to_ne_bytes());
        [stamps.concat(), entry].concat()
    }

    #[test]
    fn a_departure_tells_its_number_where_it_was_and_when() {
        for (kind, point) in [(0, Point::Driver), (1, Point::Queue)] {
            let expected = Look::Departed(Stamped {
                number: 0xfffe_0001,
                point,
                stamps: Timestamps {
                    kernel: Some(Duration::new(1_700_000_000, 9)),
                    hardware: Some(Duration::from_secs(5)),
                },
            });
            let found = interpret(&[], &[], &departure(kind, 0xfffe_0001));
            assert_eq!(found, Some(expected));
        }
    }

    #[test]
    fn stamps_of_other_moments_are_strange() {
        for kind in [2, 3, 7, u32::MAX] {
            assert_eq!(interpret(&[], &[], &departure(kind, 3)), None);
        }
    }

    #[test]
    fn what_is_strange_is_no_entry() {
        let name = octets::of("192.0.2.9:0");
        for origin in (0..=255).filter(|origin| ![1, 2, 3, 4].contains(origin)) {
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
