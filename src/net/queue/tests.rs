//! Entries of the error queue.

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
fn icmp_error_has_its_sender_and_quote() {
    let control = entry(2, libc::EHOSTUNREACH, &octets::of("192.0.2.1:0"));
    let found = interpret(&[8, 0, 1, 2], &octets::of("192.0.2.9:0"), &control);
    let expected = ErrorEntry::Icmp {
        reporter: "192.0.2.1:0".parse().unwrap(),
        destination: "192.0.2.9:0".parse().unwrap(),
        kind: 11,
        code: 0,
        info: 1400,
        original: vec![8, 0, 1, 2],
        extensions_at: None,
    };
    assert_eq!(found, Some(Entry::Error(expected)));
}

#[test]
fn local_error_has_the_mtu() {
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
fn departure_stamp_has_its_number_point_and_time() {
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
fn stamps_of_other_points_are_ignored() {
    for kind in [2, 3, 7, u32::MAX] {
        assert_eq!(interpret(&[], &[], &departure(kind, 3)), None);
    }
}

#[test]
fn unknown_entry_is_ignored() {
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
