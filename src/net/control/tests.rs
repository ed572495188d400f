use super::*;
use crate::net::address::octets;
use proptest::prelude::*;

/// An entry as the kernel writes it, with its padding.
fn entry(level: i32, kind: i32, body: &[u8]) -> Vec<u8> {
    let mut octets = with_length(HEADER + body.len(), level, kind, body);
    octets.resize(octets.len().next_multiple_of(WORD), 0xa5);
    octets
}

/// An entry that claims to be `length` octets long.
fn with_length(length: usize, level: i32, kind: i32, body: &[u8]) -> Vec<u8> {
    [
        &length.to_ne_bytes()[..],
        &level.to_ne_bytes(),
        &kind.to_ne_bytes(),
        body,
    ]
    .concat()
}

fn timestamp_entry(seconds: i64, nanoseconds: i64) -> Vec<u8> {
    let body = [seconds.to_ne_bytes(), nanoseconds.to_ne_bytes()].concat();
    entry(libc::SOL_SOCKET, libc::SO_TIMESTAMPNS, &body)
}

/// The parsed form of a kernel stamp alone.
fn by_kernel(stamp: Duration) -> ControlMessage<'static> {
    ControlMessage::Timestamps(Timestamps {
        kernel: Some(stamp),
        hardware: None,
    })
}

fn ttl_entry(limit: i32) -> Vec<u8> {
    entry(libc::IPPROTO_IP, libc::IP_TTL, &limit.to_ne_bytes())
}

fn error_body(offender: &[u8]) -> Vec<u8> {
    [
        &113_u32.to_ne_bytes()[..],
        &[2, 3, 1, 0],
        &1400_u32.to_ne_bytes(),
        &7_u32.to_ne_bytes(),
        offender,
    ]
    .concat()
}

fn error(offender: Option<SocketAddr>) -> ControlMessage<'static> {
    ControlMessage::ExtendedError(ExtendedError {
        errno: 113,
        origin: 2,
        kind: 3,
        code: 1,
        info: 1400,
        data: 7,
        offender,
    })
}

fn all(buffer: &[u8]) -> Vec<ControlMessage<'_>> {
    ControlMessages::new(buffer).collect()
}

#[test]
fn layout_equals_that_of_the_c_library() {
    assert_eq!(size_of::<libc::cmsghdr>(), HEADER);
    // musl declares the length of 64 bits as two halves.
    assert!([WORD, 4].contains(&align_of::<libc::cmsghdr>()));
    assert_eq!(std::mem::offset_of!(libc::cmsghdr, cmsg_level), WORD);
    assert_eq!(std::mem::offset_of!(libc::cmsghdr, cmsg_type), WORD + 4);
    assert_eq!(size_of::<libc::sock_extended_err>(), 16);
}

#[test]
#[cfg(all(target_endian = "little", target_pointer_width = "64"))]
fn octets_of_the_kernel_are_parsed() {
    // From a reply to ::1 on x86-64: SCM_TIMESTAMPNS, then IPV6_HOPLIMIT.
    let buffer = [
        0x20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0x23, 0, 0, 0, // 32 octets, SOL_SOCKET, 35
        0x00, 0xf1, 0x53, 0x65, 0, 0, 0, 0, 0x15, 0xcd, 0x5b, 0x07, 0, 0, 0, 0, //
        0x14, 0, 0, 0, 0, 0, 0, 0, 0x29, 0, 0, 0, 0x34, 0, 0,
        0, // 20 octets, IPPROTO_IPV6, 52
        0x40, 0, 0, 0, 0, 0, 0, 0,
    ];
    let expected = [
        by_kernel(Duration::new(1_700_000_000, 123_456_789)),
        ControlMessage::HopLimit(64),
    ];
    assert_eq!(all(&buffer), expected);
}

#[test]
fn empty_buffer_has_no_entries() {
    assert_eq!(all(&[]), []);
}

#[test]
fn hop_limits_of_both_families_are_parsed() {
    assert_eq!(all(&ttl_entry(64)), [ControlMessage::HopLimit(64)]);
    let v6 = entry(
        libc::IPPROTO_IPV6,
        libc::IPV6_HOPLIMIT,
        &255_i32.to_ne_bytes(),
    );
    assert_eq!(all(&v6), [ControlMessage::HopLimit(255)]);
    assert_eq!(all(&ttl_entry(0)), [ControlMessage::HopLimit(0)]);
}

#[test]
fn traffic_classes_of_both_families_are_parsed() {
    // An octet in IPv4, an integer in IPv6.
    let v4 = entry(libc::IPPROTO_IP, libc::IP_TOS, &[0xb8]);
    assert_eq!(all(&v4), [ControlMessage::TrafficClass(0xb8)]);
    let v6 = |class: i32| {
        let class = class.to_ne_bytes();
        entry(libc::IPPROTO_IPV6, libc::IPV6_TCLASS, &class)
    };
    assert_eq!(all(&v6(255)), [ControlMessage::TrafficClass(255)]);
    for absurd in [-1, 256] {
        assert_eq!(all(&v6(absurd)), [ControlMessage::Unknown]);
    }
    let empty = entry(libc::IPPROTO_IP, libc::IP_TOS, &[]);
    assert_eq!(all(&empty), [ControlMessage::Unknown]);
}

#[test]
fn destinations_of_both_families_are_parsed() {
    let v4 = [0, 0, 0, 2, 192, 0, 2, 1, 224, 0, 0, 1];
    let sent_to = |address: &str| ControlMessage::Destination(address.parse().unwrap());
    let of_v4 = |octets: &[u8]| entry(libc::IPPROTO_IP, libc::IP_PKTINFO, octets);
    assert_eq!(all(&of_v4(&v4)), [sent_to("224.0.0.1")]);
    assert_eq!(all(&of_v4(&v4[..11])), [ControlMessage::Unknown]);
    let v6: Vec<u8> = (0..16).chain([2, 0, 0, 0]).collect();
    let of_v6 = |octets: &[u8]| entry(libc::IPPROTO_IPV6, libc::IPV6_PKTINFO, octets);
    assert_eq!(all(&of_v6(&v6)), [sent_to("1:203:405:607:809:a0b:c0d:e0f")]);
    assert_eq!(all(&of_v6(&v6[..15])), [ControlMessage::Unknown]);
}

#[test]
fn invalid_hop_limits_are_unknown() {
    for limit in [-1, 256, i32::MAX, i32::MIN] {
        assert_eq!(all(&ttl_entry(limit)), [ControlMessage::Unknown]);
    }
}

#[test]
fn stamps_of_both_widths_are_parsed() {
    let expected = [by_kernel(Duration::new(1_700_000_000, 5))];
    assert_eq!(all(&timestamp_entry(1_700_000_000, 5)), expected);
    let body = [1_700_000_000_i32.to_ne_bytes(), 5_i32.to_ne_bytes()].concat();
    let narrow = entry(libc::SOL_SOCKET, libc::SO_TIMESTAMPNS, &body);
    assert_eq!(all(&narrow), expected);
}

#[test]
fn stamps_of_kernel_and_interface_are_parsed() {
    let message = |times: [i64; 6]| {
        let body = times.map(i64::to_ne_bytes).concat();
        let octets = entry(libc::SOL_SOCKET, libc::SCM_TIMESTAMPING, &body);
        let [ControlMessage::Timestamps(stamps)] = all(&octets)[..] else {
            panic!("{octets:?}");
        };
        stamps
    };
    let both = Timestamps {
        kernel: Some(Duration::new(1_700_000_000, 5)),
        hardware: Some(Duration::new(33, 7)),
    };
    assert_eq!(message([1_700_000_000, 5, 9, 9, 33, 7]), both);
    let kernel = Timestamps {
        hardware: None,
        ..both
    };
    assert_eq!(message([1_700_000_000, 5, 0, 0, 0, 0]), kernel);
    assert_eq!(message([1_700_000_000, 5, 0, 0, -1, 7]), kernel);
    assert_eq!(message([0; 6]), Timestamps::default());
    let narrow = [1_700_000_000, 5, 9, 9, 33, 7]
        .map(i32::to_ne_bytes)
        .concat();
    assert_eq!(
        all(&entry(libc::SOL_SOCKET, libc::SCM_TIMESTAMPING, &narrow)),
        [ControlMessage::Timestamps(both)]
    );
}

#[test]
fn invalid_stamps_are_unknown() {
    for (seconds, nanoseconds) in [
        (-1, 0),
        (i64::MIN, 0),
        (0, -1),
        (0, 1_000_000_000),
        (0, i64::MAX),
    ] {
        assert_eq!(
            all(&timestamp_entry(seconds, nanoseconds)),
            [ControlMessage::Unknown]
        );
    }
    let last = Duration::new(i64::MAX.unsigned_abs(), 999_999_999);
    assert_eq!(
        all(&timestamp_entry(i64::MAX, 999_999_999)),
        [by_kernel(last)]
    );
}

#[test]
fn options_are_the_body_and_no_more() {
    // iputils takes the length of the whole entry for that of the options and reads 16 octets too many.
    let options = [7, 7, 4, 192, 0, 2, 1];
    for kind in [libc::IP_RECVOPTS, libc::IP_RETOPTS] {
        let buffer = [entry(libc::IPPROTO_IP, kind, &options), ttl_entry(9)].concat();
        let expected = [
            ControlMessage::Options(&options),
            ControlMessage::HopLimit(9),
        ];
        assert_eq!(all(&buffer), expected);
    }
}

#[test]
fn errors_with_and_without_offender_are_parsed() {
    let v4 = error_body(&octets::of("192.0.2.9:0"));
    let v6 = error_body(&octets::of("[fe80::9%2]:0"));
    assert_eq!(
        all(&entry(libc::IPPROTO_IP, libc::IP_RECVERR, &v4)),
        [error(Some("192.0.2.9:0".parse().unwrap()))]
    );
    assert_eq!(
        all(&entry(libc::IPPROTO_IPV6, libc::IPV6_RECVERR, &v6)),
        [error(Some("[fe80::9%2]:0".parse().unwrap()))]
    );
    for offender in [&[][..], &[0; 16], &[0; 3]] {
        let local = error_body(offender);
        assert_eq!(
            all(&entry(libc::IPPROTO_IP, libc::IP_RECVERR, &local)),
            [error(None)]
        );
    }
}

#[test]
fn unknown_and_duplicate_entries_do_not_end_the_iteration() {
    let buffer = [
        entry(-1, -1, &[1, 2, 3]),
        entry(libc::IPPROTO_IP, libc::IPV6_HOPLIMIT, &[0; 4]),
        entry(libc::SOL_SOCKET, libc::SCM_RIGHTS, &[]),
        ttl_entry(1),
        ttl_entry(2),
    ]
    .concat();
    let expected = [
        ControlMessage::Unknown,
        ControlMessage::Unknown,
        ControlMessage::Unknown,
        ControlMessage::HopLimit(1),
        ControlMessage::HopLimit(2),
    ];
    assert_eq!(all(&buffer), expected);
}

#[test]
fn short_bodies_are_unknown() {
    let full = error_body(&[]);
    for length in 0..full.len() {
        let buffer = [
            entry(libc::IPPROTO_IP, libc::IP_RECVERR, &full[..length]),
            ttl_entry(3),
        ]
        .concat();
        assert_eq!(
            all(&buffer),
            [ControlMessage::Unknown, ControlMessage::HopLimit(3)]
        );
    }
    for length in 0..4 {
        for (level, kind) in [
            (libc::IPPROTO_IP, libc::IP_TTL),
            (libc::IPPROTO_IPV6, libc::IPV6_HOPLIMIT),
            (libc::SOL_SOCKET, libc::SO_TIMESTAMPNS),
        ] {
            let buffer = entry(level, kind, &[0; 4][..length]);
            assert_eq!(all(&buffer), [ControlMessage::Unknown]);
        }
    }
}

#[test]
fn length_below_the_header_ends_the_iteration() {
    for length in 0..HEADER {
        let liar = with_length(length, libc::IPPROTO_IP, libc::IP_TTL, &[0; 8]);
        let buffer = [ttl_entry(1), liar, ttl_entry(2)].concat();
        assert_eq!(all(&buffer), [ControlMessage::HopLimit(1)], "{length}");
    }
}

#[test]
fn length_beyond_the_buffer_ends_the_iteration() {
    for length in [
        HEADER + 9,
        HEADER + 4096,
        usize::MAX - 1,
        usize::MAX,
        usize::MAX / 2,
    ] {
        let liar = with_length(length, libc::IPPROTO_IP, libc::IP_TTL, &[0; 8]);
        assert_eq!(
            all(&[ttl_entry(1), liar].concat()),
            [ControlMessage::HopLimit(1)]
        );
    }
}

#[test]
fn last_entry_may_lack_its_padding() {
    let mut buffer = [ttl_entry(1), ttl_entry(2)].concat();
    buffer.truncate(ttl_entry(1).len() + HEADER + 4);
    assert_eq!(
        all(&buffer),
        [ControlMessage::HopLimit(1), ControlMessage::HopLimit(2)]
    );
}

#[test]
fn truncated_buffer_has_its_whole_entries() {
    let entries = [
        timestamp_entry(5, 6),
        ttl_entry(7),
        entry(
            libc::IPPROTO_IP,
            libc::IP_RECVERR,
            &error_body(&octets::of("192.0.2.9:0")),
        ),
        entry(libc::IPPROTO_IPV6, libc::IPV6_HOPLIMIT, &[0; 4]),
    ];
    let bodies = [16, 4, 32, 4];
    let buffer = entries.concat();
    for cut in 0..=buffer.len() {
        let mut begin = 0;
        let mut whole = 0;
        for (entry, body) in entries.iter().zip(bodies) {
            whole += usize::from(begin + HEADER + body <= cut);
            begin += entry.len();
        }
        assert_eq!(all(&buffer[..cut]).len(), whole, "cut at {cut}");
    }
}

#[test]
fn buffer_need_not_be_aligned() {
    let entries = [timestamp_entry(5, 6), ttl_entry(7)].concat();
    for shift in 0..WORD {
        let buffer = [vec![0xa5; shift], entries.clone()].concat();
        assert_eq!(all(&buffer[shift..]), all(&entries));
    }
}

proptest! {
    // Under Miri a case takes a second.
    #![proptest_config(ProptestConfig {
        cases: if cfg!(miri) { 8 } else { 2048 },
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_octets_are_parsed_in_bounded_steps(octets: Vec<u8>) {
        prop_assert!(all(&octets).len() <= octets.len() / HEADER);
    }

    #[test]
    fn almost_valid_entries_are_parsed_in_bounded_steps(
        entries in prop::collection::vec(
            (0_usize..64, 0_i32..64, 0_i32..64, prop::collection::vec(any::<u8>(), 0..48)),
            0..8,
        ),
        cut in 0_usize..64,
    ) {
        let mut buffer = Vec::new();
        for (length, level, kind, body) in entries {
            buffer.extend(with_length(length, level, kind, &body));
        }
        buffer.truncate(buffer.len().saturating_sub(cut));
        prop_assert!(all(&buffer).len() <= buffer.len() / HEADER);
    }

    #[test]
    fn written_entries_are_parsed(limits in prop::collection::vec(any::<u8>(), 0..16)) {
        let buffer: Vec<u8> = limits.iter().flat_map(|limit| ttl_entry(i32::from(*limit))).collect();
        let expected: Vec<_> = limits.iter().map(|limit| ControlMessage::HopLimit(*limit)).collect();
        prop_assert_eq!(all(&buffer), expected);
    }
}
