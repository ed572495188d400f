use super::*;
use crate::wire::icmpv4::{Message, parse};
use proptest::prelude::*;

/// A header of `words` times 4 octets, filled with no-operation options, in front of `payload`.
fn datagram(words: u8, total_length: u16, payload: &[u8]) -> Vec<u8> {
    let [l0, l1] = total_length.to_be_bytes();
    #[rustfmt::skip]
    let mut octets = vec![
        0x40 | words, 0x2e, l0, l1,
        0xbe, 0xef, 0x5f, 0x01,
        63, 1, 0x12, 0x34,
        192, 0, 2, 1,
        198, 51, 100, 2,
    ];
    octets.resize(usize::from(words).max(5) * 4, 1);
    octets.extend_from_slice(payload);
    octets
}

#[test]
fn every_field_is_where_rfc_791_puts_it() {
    let octets = datagram(6, 27, b"abc");
    let packet = Packet::parse(&octets).unwrap();
    let header = Header {
        version: 4,
        header_length: 24,
        type_of_service: 0x2e,
        total_length: 27,
        identification: 0xbeef,
        flags: 2,
        fragment_offset: 0x1f01,
        time_to_live: 63,
        protocol: 1,
        checksum: 0x1234,
        source: Ipv4Addr::new(192, 0, 2, 1),
        destination: Ipv4Addr::new(198, 51, 100, 2),
        options: &[1; 4],
    };
    assert_eq!(
        packet,
        Packet {
            header,
            payload: b"abc"
        }
    );
    assert_eq!(Packet::parse_original(&octets), Ok(packet));
}

#[test]
fn identifier_and_sequence_follow_a_header_of_any_length() {
    let reply = [0x00, 0x00, 0xff, 0xcd, 0x00, 0x0d, 0x00, 0x25];
    for words in 5..=15 {
        let octets = datagram(words, u16::from(words) * 4 + 8, &reply);
        let packet = Packet::parse(&octets).unwrap();
        assert_eq!(packet.header.header_length, words * 4);
        assert_eq!(packet.header.options.len(), usize::from(words) * 4 - 20);
        let Message::EchoReply(echo) = parse(packet.payload).unwrap().message else {
            panic!("IHL {words}")
        };
        assert_eq!((echo.identifier, echo.sequence), (13, 37), "IHL {words}");
    }
}

#[test]
fn cve_2022_23093_a_header_longer_than_the_octets_is_short_at_every_length() {
    for words in 5..=15 {
        let whole = datagram(words, u16::from(words) * 4, &[]);
        for length in 0..whole.len() {
            assert_eq!(
                Packet::parse(&whole[..length]),
                Err(Malformed::Short),
                "IHL {words}, {length} octets"
            );
            assert_eq!(
                Packet::parse_original(&whole[..length]),
                Err(Malformed::Short),
                "IHL {words}, {length} octets"
            );
        }
        assert_eq!(Packet::parse(&whole).unwrap().payload, b"");
    }
}

#[test]
fn a_header_below_20_octets_is_refused() {
    for words in 0..5 {
        let octets = datagram(words, 60, &[0; 40]);
        assert_eq!(
            Packet::parse(&octets),
            Err(Malformed::HeaderLength),
            "IHL {words}"
        );
        assert_eq!(
            Packet::parse_original(&octets),
            Err(Malformed::HeaderLength),
            "IHL {words}"
        );
    }
}

#[test]
fn another_version_is_refused() {
    for version in (0..=15).filter(|version| *version != 4) {
        let mut octets = datagram(5, 20, &[]);
        octets[0] = version << 4 | 5;
        assert_eq!(
            Packet::parse(&octets),
            Err(Malformed::Version),
            "version {version}"
        );
    }
}

#[test]
fn the_payload_ends_where_the_total_length_or_the_octets_end() {
    let payload = |total_length| {
        let octets = datagram(5, total_length, b"12345678");
        Packet::parse(&octets).map(|packet| packet.payload.len())
    };
    assert_eq!(payload(19), Err(Malformed::TotalLength));
    assert_eq!(payload(20), Ok(0));
    assert_eq!(payload(25), Ok(5));
    assert_eq!(payload(28), Ok(8));
    assert_eq!(payload(29), Ok(8));
    assert_eq!(payload(u16::MAX), Ok(8));
}

#[test]
fn an_original_may_claim_any_total_length() {
    for (total_length, expected) in [
        (0, 8),
        (19, 8),
        (20, 0),
        (25, 5),
        (28, 8),
        (84, 8),
        (u16::MAX, 8),
    ] {
        let octets = datagram(5, total_length, b"12345678");
        assert_eq!(
            Packet::parse_original(&octets).unwrap().payload.len(),
            expected,
            "total length {total_length}"
        );
    }
}

proptest! {
    #[test]
    fn arbitrary_octets_never_panic_and_never_grow(
        start in prop_oneof![Just(None), (0x44_u8..=0x4f).prop_map(Some)],
        octets in prop::collection::vec(any::<u8>(), 0..100),
    ) {
        let mut octets = octets;
        if let (Some(start), Some(first)) = (start, octets.first_mut()) {
            *first = start;
        }
        for parsed in [Packet::parse(&octets), Packet::parse_original(&octets)] {
            let Ok(packet) = parsed else { continue };
            prop_assert!(usize::from(packet.header.header_length) + packet.payload.len() <= octets.len());
        }
    }
}
