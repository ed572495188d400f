//! An entry of the error queue: the sent message, its destination, and the kernel's report.

use std::net::{IpAddr, SocketAddr};

use super::Feed;
use rping::net::ErrorEntry;
use rping::net::fuzzing::{Said, control_messages, error_entry};

const WORD: usize = size_of::<usize>();

/// Two octets are the lengths of the first two parts; the third part is the rest.
pub fn check(octets: &[u8]) {
    let mut feed = Feed(octets);
    let (of_name, of_original) = (feed.octet() % 33, feed.octet());
    let name = feed.take(of_name.into());
    let original = feed.take(of_original.into());
    is_read(original, name, feed.0);
    is_read_as_it_was_written(octets);
}

fn is_read(original: &[u8], name: &[u8], control: &[u8]) {
    let error = control_messages(control).find_map(|said| match said {
        Said::Error(offender) => Some(offender),
        _ => None,
    });
    error_entry(original, name, control, |entry| match entry {
        Some(ErrorEntry::Icmp {
            reporter,
            destination,
            original: quoted,
            ..
        }) => {
            assert_eq!(error, Some(Some(reporter)));
            assert_eq!(quoted, original);
            assert_eq!(destination.port(), 0, "an identifier is no port");
            let octets = match destination.ip() {
                IpAddr::V4(address) => name.get(4..8) == Some(&address.octets()),
                IpAddr::V6(address) => name.get(8..24) == Some(&address.octets()),
            };
            assert!(octets, "{destination} of {name:?}");
        }
        Some(ErrorEntry::Message { .. }) => panic!("the queue has entries, not messages"),
        Some(ErrorEntry::Local { errno, .. }) => {
            assert!(error.is_some() && errno >= 0);
        }
        None => {}
    });
}

/// `struct sockaddr_in` or `sockaddr_in6`, as the kernel writes it.
fn address(address: SocketAddr) -> Vec<u8> {
    let family = |family: i32| u16::try_from(family).unwrap().to_ne_bytes();
    let port = address.port().to_be_bytes();
    match address {
        SocketAddr::V4(v4) => [
            &family(libc::AF_INET)[..],
            &port,
            &v4.ip().octets(),
            &[0; 8],
        ]
        .concat(),
        SocketAddr::V6(v6) => [
            &family(libc::AF_INET6)[..],
            &port,
            &v6.flowinfo().to_be_bytes(),
            &v6.ip().octets(),
            &v6.scope_id().to_ne_bytes(),
        ]
        .concat(),
    }
}

/// An entry of any origin with these numbers.
fn is_read_as_it_was_written(octets: &[u8]) {
    let mut feed = Feed(octets);
    let [origin, type_of_error, code_of_error, bits] =
        [feed.octet() % 8, feed.octet(), feed.octet(), feed.octet()];
    let (errno, number) = (feed.word(), feed.word());
    let (to, from): (SocketAddr, SocketAddr) = if bits & 1 == 0 {
        let four = |number: u32, port| (number.to_be_bytes(), port).into();
        (four(feed.word(), 7), four(feed.word(), 0))
    } else {
        let six = |number: u32| {
            let address = u128::from(number) | 0xfe80 << 112;
            std::net::SocketAddrV6::new(address.into(), 0, 0, number).into()
        };
        (six(feed.word()), six(feed.word()))
    };
    // The offset of extensions, in the byte order of this machine, and flags.
    let [low, high] = if cfg!(target_endian = "big") {
        [0, bits]
    } else {
        [bits, 0]
    };
    let data = [low, high, 1, 0];
    let offender = if bits & 2 == 0 {
        address(from)
    } else {
        vec![0; 16]
    };
    let body = [
        &errno.to_ne_bytes()[..],
        &[origin, type_of_error, code_of_error, 0],
        &number.to_ne_bytes(),
        &data,
        &offender,
    ]
    .concat();
    let (level, kind) = if bits & 1 == 0 {
        (libc::IPPROTO_IP, libc::IP_RECVERR)
    } else {
        (libc::IPPROTO_IPV6, libc::IPV6_RECVERR)
    };
    let control = [
        &(WORD + 8 + body.len()).to_ne_bytes()[..],
        &level.to_ne_bytes(),
        &kind.to_ne_bytes(),
        &body,
    ]
    .concat();
    let original = feed.0;
    error_entry(original, &address(to), &control, |entry| match entry {
        Some(ErrorEntry::Icmp {
            reporter,
            destination,
            kind,
            code,
            info,
            original: quoted,
            extensions_at,
        }) => {
            assert!([2, 3].contains(&origin) && bits & 2 == 0);
            assert_eq!(reporter, from);
            assert_eq!(destination.ip(), to.ip());
            assert_eq!((kind, code, info), (type_of_error, code_of_error, number));
            assert_eq!(quoted, original);
            assert_eq!(extensions_at, (bits != 0).then_some(bits.into()));
        }
        Some(ErrorEntry::Message { .. }) => panic!("the queue has entries, not messages"),
        Some(ErrorEntry::Local { errno: found, info }) => {
            assert_eq!(origin, 1);
            assert_eq!(Some(found), i32::try_from(errno).ok());
            assert_eq!(info, number);
        }
        None => {
            let from_nobody = [2, 3].contains(&origin) && bits & 2 != 0;
            let absurd = origin == 1 && i32::try_from(errno).is_err();
            assert!(from_nobody || absurd || ![1, 2, 3].contains(&origin));
        }
    });
}
