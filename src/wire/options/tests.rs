use super::*;
use proptest::prelude::*;
use std::net::Ipv4Addr;

/// 10.0.0.n.
fn host(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(10, 0, 0, number)
}

fn hosts(count: u8) -> Vec<Ipv4Addr> {
    (1..=count).map(host).collect()
}

/// A record route option with three used slots and this pointer.
fn record_route_with(pointer: u8) -> Vec<u8> {
    let mut octets = vec![7, 15, pointer];
    octets.extend(hosts(3).iter().flat_map(Ipv4Addr::octets));
    octets
}

/// A timestamp option with two entries of eight octets and this pointer, overflow and flags.
fn timestamp_with(pointer: u8, overflow_and_flags: u8) -> Vec<u8> {
    let mut octets = vec![68, 20, pointer, overflow_and_flags];
    octets.extend([10, 0, 0, 1, 0x05, 0x26, 0x5b, 0xff]);
    octets.extend([10, 0, 0, 2, 0x80, 0x00, 0x00, 0x07]);
    octets
}

fn route(octets: &[u8]) -> Vec<Ipv4Addr> {
    match Options::new(octets).next() {
        Some(Ipv4Option::RecordRoute(route)) => route.iter().collect(),
        other => panic!("{other:?}"),
    }
}

fn stamps(octets: &[u8]) -> Vec<Entry> {
    match Options::new(octets).next() {
        Some(Ipv4Option::Timestamp(timestamps)) => timestamps.iter().collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn record_route_is_what_iputils_sends() {
    let mut expected = [0; 40];
    expected[..4].copy_from_slice(&[1, 7, 39, 4]);
    assert_eq!(record_route(), expected);
}

#[test]
fn timestamps_without_hops_are_what_iputils_sends() {
    let mut expected = [0; 40];
    expected[..4].copy_from_slice(&[68, 40, 5, 0]);
    assert_eq!(timestamp(TimestampKind::Only, &[]).unwrap(), expected);
    expected[..4].copy_from_slice(&[68, 36, 5, 1]);
    assert_eq!(
        timestamp(TimestampKind::AndAddress, &[]).unwrap(),
        expected[..36]
    );
}

#[test]
fn prespecified_timestamps_take_one_to_four_hops() {
    let build = |count| timestamp(TimestampKind::Prespecified, &hosts(count));
    let expected = [
        68, 20, 5, 3, 10, 0, 0, 1, 0, 0, 0, 0, 10, 0, 0, 2, 0, 0, 0, 0,
    ];
    assert_eq!(build(2).unwrap(), expected);
    assert_eq!(build(4).unwrap().len(), 36);
    assert_eq!(build(4).unwrap()[1], 36);
    assert_eq!(build(0).unwrap(), [68, 4, 5, 3]);
    let too_many = HopCount {
        given: 5,
        least: 0,
        most: 4,
    };
    assert_eq!(build(5), Err(too_many));
}

#[test]
fn source_routes_take_one_to_nine_hops() {
    assert_eq!(
        source_route(&hosts(2), false).unwrap(),
        [1, 0x83, 11, 4, 10, 0, 0, 1, 10, 0, 0, 2]
    );
    assert_eq!(
        source_route(&hosts(2), true).unwrap(),
        [1, 0x89, 11, 4, 10, 0, 0, 1, 10, 0, 0, 2]
    );
    assert_eq!(source_route(&hosts(9), false).unwrap().len(), 40);
    assert_eq!(source_route(&hosts(9), false).unwrap()[2], 39);
    assert_eq!(
        source_route(&[], false),
        Err(HopCount {
            given: 0,
            least: 1,
            most: 9
        })
    );
    assert_eq!(
        source_route(&hosts(10), true),
        Err(HopCount {
            given: 10,
            least: 1,
            most: 9
        })
    );
}

#[test]
fn options_are_walked_in_order() {
    let mut octets = vec![1, 0x94, 4, 0xab, 0xcd];
    octets.extend(record_route_with(8));
    octets.extend([0x83, 7, 4, 10, 0, 0, 9]);
    octets.extend([0x89, 7, 8, 10, 0, 0, 9]);
    octets.extend(timestamp_with(13, 0x21));
    octets.extend([0, 3, 1, 1]);
    let mut options = Options::new(&octets);
    assert_eq!(options.next(), Some(Ipv4Option::NoOperation));
    assert_eq!(
        options.next(),
        Some(Ipv4Option::Unknown {
            kind: 0x94,
            data: &[0xab, 0xcd]
        })
    );
    assert!(
        matches!(options.next(), Some(Ipv4Option::RecordRoute(route)) if route.iter().eq(hosts(1)))
    );
    let Some(Ipv4Option::LooseSourceRoute(route)) = options.next() else {
        panic!("loose")
    };
    assert!(route.iter().len() == 0 && route.slots().eq([host(9)]));
    let Some(Ipv4Option::StrictSourceRoute(route)) = options.next() else {
        panic!("strict")
    };
    assert!(route.iter().eq([host(9)]));
    let Some(Ipv4Option::Timestamp(timestamps)) = options.next() else {
        panic!("timestamp")
    };
    assert_eq!(
        (timestamps.overflow(), timestamps.kind()),
        (2, Some(TimestampKind::AndAddress))
    );
    assert_eq!(timestamps.iter().count(), 1);
    assert_eq!(options.next(), None, "end of list, whatever follows");
    assert_eq!(options.next(), None);
}

#[test]
fn options_cut_at_any_length_end_the_walk() {
    let octets = record_route_with(16);
    for length in 0..octets.len() {
        assert_eq!(
            Options::new(&octets[..length]).next(),
            None,
            "{length} octets"
        );
    }
    assert!(Options::new(&octets).next().is_some());
}

#[test]
fn openbsd_2022_an_option_of_length_0_or_1_ends_the_walk() {
    for kind in 2..=u8::MAX {
        for length in [0, 1] {
            assert_eq!(
                Options::new(&[1, kind, length, 1, 1]).count(),
                1,
                "type {kind} length {length}"
            );
        }
        assert_eq!(
            Options::new(&[kind, 2, 1, 1]).count(),
            3,
            "type {kind} length 2"
        );
        assert_eq!(
            Options::new(&[kind, 5, 1, 1]).count(),
            0,
            "type {kind} length beyond the end"
        );
        assert_eq!(Options::new(&[1, kind]).count(), 1, "a lone type {kind}");
    }
}

#[test]
fn cve_2010_2529_a_record_route_pointer_below_its_first_slot_records_nothing() {
    for pointer in 0..=4 {
        assert_eq!(
            route(&record_route_with(pointer)),
            hosts(0),
            "pointer {pointer}"
        );
    }
}

#[test]
fn cve_2010_2529_a_timestamp_pointer_below_its_first_entry_records_nothing() {
    for pointer in 0..=5 {
        for flags in 0..=15 {
            assert_eq!(
                stamps(&timestamp_with(pointer, flags)),
                [],
                "pointer {pointer} flags {flags}"
            );
        }
    }
}

#[test]
fn cve_2022_23093_options_fill_the_longest_header() {
    let header = [&[0x4f; 1][..], &[0; 19], &record_route_with(16), &[1; 25]].concat();
    let packet = crate::wire::ipv4::Packet::parse_original(&header).unwrap();
    assert_eq!(packet.header.options.len(), 40);
    assert_eq!(Options::new(packet.header.options).count(), 26);
}

#[test]
fn a_route_pointer_is_clamped_and_need_not_be_aligned() {
    for (pointer, count) in [
        (5, 0),
        (7, 0),
        (8, 1),
        (9, 1),
        (11, 1),
        (12, 2),
        (16, 3),
        (17, 3),
        (255, 3),
    ] {
        assert_eq!(
            route(&record_route_with(pointer)),
            hosts(count),
            "pointer {pointer}"
        );
    }
    assert_eq!(route(&[7, 2]), hosts(0), "no pointer");
    assert_eq!(route(&[7, 3, 255]), hosts(0), "no slots");
    assert_eq!(
        route(&[7, 9, 255, 10, 0, 0, 1, 10, 0]),
        hosts(1),
        "half a slot at the end"
    );
}

#[test]
fn the_slots_of_a_route_do_not_depend_on_the_pointer() {
    let octets = record_route_with(8);
    let Some(Ipv4Option::RecordRoute(route)) = Options::new(&octets).next() else {
        panic!()
    };
    assert!(route.slots().eq(hosts(3)));
}

#[test]
fn timestamps_come_with_and_without_addresses() {
    let first = Stamp::Standard(86_399_999);
    let second = Stamp::NonStandard(7);
    for flags in [1, 3] {
        let expected = [
            Entry {
                address: Some(host(1)),
                stamp: first,
            },
            Entry {
                address: Some(host(2)),
                stamp: second,
            },
        ];
        assert_eq!(
            stamps(&timestamp_with(21, flags)),
            expected,
            "flags {flags}"
        );
        assert_eq!(stamps(&timestamp_with(13, flags)), expected[..1]);
        assert_eq!(
            stamps(&timestamp_with(20, flags)),
            expected[..1],
            "half an entry"
        );
        assert_eq!(stamps(&timestamp_with(255, flags)), expected);
    }
    let octets = [
        68, 12, 13, 0xf0, 0x05, 0x26, 0x5b, 0xff, 0x80, 0x00, 0x00, 0x07,
    ];
    let expected = [
        Entry {
            address: None,
            stamp: first,
        },
        Entry {
            address: None,
            stamp: second,
        },
    ];
    assert_eq!(stamps(&octets), expected);
    let Some(Ipv4Option::Timestamp(timestamps)) = Options::new(&octets).next() else {
        panic!()
    };
    assert_eq!(
        (timestamps.overflow(), timestamps.kind()),
        (15, Some(TimestampKind::Only))
    );
}

#[test]
fn entries_of_unknown_flags_are_not_guessed() {
    for flags in (0..=15).filter(|flags| ![0, 1, 3].contains(flags)) {
        assert_eq!(stamps(&timestamp_with(255, flags)), [], "flags {flags}");
    }
    assert_eq!(stamps(&[68, 2]), []);
    assert_eq!(stamps(&[68, 3, 255]), []);
    assert_eq!(stamps(&[68, 4, 255, 0]), []);
}

#[test]
fn what_is_built_is_read_back_as_not_yet_recorded() {
    let octets = source_route(&hosts(9), false).unwrap();
    let mut options = Options::new(&octets);
    assert_eq!(options.next(), Some(Ipv4Option::NoOperation));
    let Some(Ipv4Option::LooseSourceRoute(route)) = options.next() else {
        panic!()
    };
    assert!(route.iter().len() == 0 && route.slots().eq(hosts(9)));
    assert_eq!(options.next(), None);
}

proptest! {
    #[test]
    fn a_walk_has_at_most_as_many_steps_as_octets(octets in prop::collection::vec(option_octet(), 0..64)) {
        let limit = octets.len();
        let mut steps = 0;
        for option in Options::new(&octets).take(limit + 1) {
            steps += 1;
            match option {
                Ipv4Option::RecordRoute(route)
                | Ipv4Option::LooseSourceRoute(route)
                | Ipv4Option::StrictSourceRoute(route) => {
                    prop_assert!(route.iter().len() <= route.slots().len());
                    prop_assert!(route.slots().len() * 4 <= limit);
                }
                Ipv4Option::Timestamp(timestamps) => {
                    prop_assert!(timestamps.iter().take(limit).count() * 4 <= limit);
                }
                Ipv4Option::NoOperation | Ipv4Option::Unknown { .. } => {}
            }
        }
        prop_assert!(steps <= limit);
    }
}

/// Octets with a high share of known types and small lengths.
fn option_octet() -> impl Strategy<Value = u8> {
    prop_oneof![
        any::<u8>(),
        0_u8..24,
        prop::sample::select(vec![0, 1, 7, 68, 131, 137])
    ]
}
