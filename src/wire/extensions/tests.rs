use std::net::IpAddr;

use super::super::checksum::checksum;
use super::super::{icmpv4, icmpv6};
use super::*;

/// The extension structure with these objects and its checksum.
fn summed(objects: &[u8]) -> Vec<u8> {
    let mut structure = [&[0x20, 0, 0, 0], objects].concat();
    let [c0, c1] = checksum(&structure).to_be_bytes();
    (structure[2], structure[3]) = (c0, c1);
    structure
}

/// Two labels: 16,004 of class 5 with a time to live of 1, and 3 at the bottom with 255.
const LABELS: [u8; 12] = [0, 12, 1, 1, 0x03, 0xe8, 0x4a, 1, 0, 0, 0x31, 255];

/// The incoming interface 7, 192.0.2.1, `ge-0/0/1`, of 1,500 octets.
const INTERFACE_V4: [u8; 32] = [
    0, 32, 2, 0x0f, 0, 0, 0, 7, 0, 1, 0, 0, 192, 0, 2, 1, 12, b'g', b'e', b'-', b'0', b'/', b'0',
    b'/', b'1', 0, 0, 0, 0, 0, 5, 0xdc,
];

fn only(structure: &[u8]) -> Object<'_> {
    let extensions = Extensions::parse(structure, true).unwrap();
    let mut objects = extensions.objects();
    let object = objects.next().unwrap();
    assert_eq!(objects.next(), None);
    object
}

#[test]
fn labels_are_read_from_the_outermost_on() {
    let structure = summed(&LABELS);
    let Object::Labels(labels) = only(&structure) else {
        panic!("{structure:?}")
    };
    let outer = Label {
        value: 16_004,
        traffic_class: 5,
        is_bottom: false,
        time_to_live: 1,
    };
    let bottom = Label {
        value: 3,
        traffic_class: 0,
        is_bottom: true,
        time_to_live: 255,
    };
    assert_eq!(labels.iter().collect::<Vec<_>>(), [outer, bottom]);
}

#[test]
fn checksum_is_that_of_rfc_1071() {
    // 2000 + 000c + 0101 + 03e8 + 4a01 + 0000 + 31ff = a0f5, complement 5f0a: worked out by hand.
    assert_eq!(summed(&LABELS)[..4], [0x20, 0, 0x5f, 0x0a]);
}

#[test]
fn interface_tells_index_address_name_and_mtu() {
    let expected = Interface {
        role: Role::Incoming,
        index: Some(7),
        address: Some(IpAddr::from([192, 0, 2, 1])),
        name: Some(b"ge-0/0/1"),
        mtu: Some(1500),
    };
    assert_eq!(only(&summed(&INTERFACE_V4)), Object::Interface(expected));
}

#[test]
fn interface_may_tell_a_part_or_nothing() {
    let next_hop = [
        0, 24, 2, 0xc4, 0, 2, 0, 0, 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9,
    ];
    let nothing = [0, 4, 2, 0x80];
    let name_of_zeros = [0, 8, 2, 0x42, 4, 0, 0, 0];
    let silent = Interface {
        role: Role::Outgoing,
        index: None,
        address: None,
        name: None,
        mtu: None,
    };
    for (octets, expected) in [
        (
            &next_hop[..],
            Interface {
                role: Role::NextHop,
                address: Some("2001:db8::9".parse().unwrap()),
                ..silent
            },
        ),
        (&nothing, silent),
        (
            &name_of_zeros,
            Interface {
                role: Role::IncomingPart,
                name: Some(b""),
                ..silent
            },
        ),
    ] {
        assert_eq!(only(&summed(octets)), Object::Interface(expected));
    }
}

#[test]
fn object_that_makes_no_sense_or_is_unknown_is_octets() {
    for (object, class, subtype) in [
        (&[0, 4, 1, 1][..], 1, 1),
        (&[0, 9, 1, 1, 0, 0, 0, 1, 2], 1, 1),
        (&[0, 8, 1, 2, 0, 0, 0, 1], 1, 2),
        (&[0, 8, 9, 8, 1, 2, 3, 4], 9, 8),
        // Invalid interfaces: a truncated index, an address of no family, a name of length 0, one longer than the
        // object, one longer than the RFC allows, and octets after the last part.
        (&[0, 7, 2, 8, 0, 0, 0], 2, 8),
        (&[0, 12, 2, 4, 0, 3, 0, 0, 1, 2, 3, 4], 2, 4),
        (&[0, 8, 2, 2, 0, 0, 0, 0], 2, 2),
        (
            &[0, 12, 2, 0x0e, 0, 0, 0, 1, 0xff, b'e', b't', b'h'],
            2,
            0x0e,
        ),
        (&[&[0, 72, 2, 2, 68][..], &[b'e'; 67]].concat(), 2, 2),
        (&[0, 9, 2, 1, 0, 0, 5, 0xdc, 0], 2, 1),
    ] {
        let expected = Object::Other {
            class,
            subtype,
            data: &object[4..],
        };
        assert_eq!(only(&summed(object)), expected, "{object:?}");
    }
}

#[test]
fn structure_is_read_as_a_whole_or_not_at_all() {
    let whole = summed(&LABELS);
    assert!(Extensions::parse(&whole, true).is_some());
    for length in 0..whole.len() {
        assert_eq!(Extensions::parse(&whole[..length], false), None, "{length}");
    }
    let mut altered = whole.clone();
    altered[9] ^= 1;
    let mut of_version_1 = whole;
    of_version_1[0] = 0x10;
    for structure in [&altered[..], &of_version_1] {
        assert_eq!(Extensions::parse(structure, false), None);
    }
    // A length of zero, one below the header's, one beyond the end, and octets after the last object.
    for objects in [
        &[0, 0, 1, 1][..],
        &[0, 3, 1, 1],
        &[0, 5, 1, 1],
        &[0xa7, 0xdd, 1, 1, 0, 0, 0, 0],
        &[0, 4, 7, 1, 0],
    ] {
        assert_eq!(Extensions::parse(&summed(objects), false), None);
    }
}

#[test]
fn without_a_checksum_the_error_has_to_tell_where_they_begin() {
    let structure = [&[0x20, 0, 0, 0][..], &LABELS].concat();
    assert!(Extensions::parse(&structure, false).is_some());
    assert_eq!(Extensions::parse(&structure, true), None);
}

#[test]
fn many_objects_are_all_read() {
    let objects = [0, 4, 200, 1].repeat(300);
    let structure = summed(&objects);
    let extensions = Extensions::parse(&structure, true).unwrap();
    assert_eq!(extensions.objects().count(), 300);
}

/// The message after the header of an IPv4 error: a quote of this length, and the structure.
fn error(kind: u8, words: u8, quote: usize, structure: &[u8]) -> Vec<u8> {
    let header = [kind, 0, 0, 0, 0, words, 0, 0];
    [&header[..], &vec![7; quote], structure].concat()
}

#[test]
fn length_field_of_ipv4_counts_words_of_32_bits() {
    let structure = summed(&LABELS);
    for (kind, words, quote, expected) in [
        (3, 32, 128, (128, 1)),
        (11, 34, 136, (136, 1)),
        (12, 32, 128, (128, 1)),
        // False lengths: inside the quote, and beyond the end.
        (11, 31, 128, (144, 0)),
        (11, 255, 128, (144, 0)),
        // Older routers do not set the length.
        (11, 0, 128, (128, 1)),
        (11, 0, 127, (143, 0)),
        // No extensions in a redirect.
        (5, 32, 128, (144, 0)),
    ] {
        let octets = error(kind, words, quote, &structure);
        let icmpv4::Message::Error {
            original,
            extensions,
            ..
        } = icmpv4::parse(&octets).unwrap().message
        else {
            panic!("{octets:?}")
        };
        let found = (original.len(), extensions.objects().count());
        assert_eq!(found, expected, "type {kind}, {words} words");
    }
}

#[test]
fn length_field_of_ipv6_counts_words_of_64_bits() {
    let structure = summed(&INTERFACE_V4);
    for (kind, words, quote, expected) in [
        (1, 16, 128, (128, 1)),
        (3, 17, 136, (136, 1)),
        (3, 0, 128, (128, 1)),
        // An MTU is not a length.
        (2, 16, 128, (164, 0)),
        (4, 16, 128, (164, 0)),
    ] {
        let header = [kind, 0, 0, 0, words, 0, 0, 0];
        let octets = [&header[..], &vec![7; quote], &structure].concat();
        let icmpv6::Message::Error {
            original,
            extensions,
            ..
        } = icmpv6::parse(&octets).unwrap()
        else {
            panic!("{octets:?}")
        };
        let found = (original.len(), extensions.objects().count());
        assert_eq!(found, expected, "type {kind}, {words} words");
    }
}
