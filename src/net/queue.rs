//! The socket's error queue (`MSG_ERRQUEUE`): ICMP errors about what was sent, and errors of this host.

use super::ErrorEntry;
use super::address;
use super::control::{ControlMessage, ControlMessages, ExtendedError, Timestamps};

/// As much of a quoted message as is kept. Routers quote no more than the minimum IPv6 MTU (RFC 4443, section 2.4).
pub(super) const QUOTE: usize = 1280;

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
        let expected = ErrorEntry::Icmp {
            reporter: "192.0.2.1:0".parse().unwrap(),
            destination: "192.0.2.9:0".parse().unwrap(),
            kind: 11,
            code: 0,
            info: 1400,
            original: vec![8, 0, 1, 2],
        };
        assert_eq!(found, Some(Entry::Error(expected)));
    }

    #[test]
    fn a_local_error_tells_the_mtu() {
        let mtu = |errno| match interpret(&[], &[], &entry(1, errno, &[])) {
            Some(Entry::Error(error)) => error.local_mtu(),
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
            let expected = Entry::Departed(Stamped {
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
