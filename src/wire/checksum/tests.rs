use super::*;
use crate::wire::echo::Echo;
use proptest::prelude::*;

/// RFC 1071 section 1 literally: one octet at a time, in numbers that cannot overflow.
fn by_definition(octets: &[u8]) -> u16 {
    let mut sum = 0_u128;
    for (offset, octet) in octets.iter().enumerate() {
        sum += u128::from(*octet) << if offset % 2 == 0 { 8 } else { 0 };
    }
    while sum > 0xffff {
        sum = (sum % 0x1_0000) + (sum / 0x1_0000);
    }
    !u16::try_from(sum).unwrap()
}

#[test]
fn the_example_of_rfc_1071_section_3() {
    let octets = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
    assert_eq!(checksum(&octets), !0xddf2);
}

#[test]
fn checksum_covers_the_first_octet() {
    assert_eq!(
        checksum(&[0x08, 0x00, 0x00, 0x00, 0x00, 0x0d, 0x00, 0x25]),
        0xf7cd
    );
    let mut out = vec![0xa5; 64];
    Echo {
        identifier: 13,
        sequence: 37,
        data: &[],
    }
    .write_request(&mut out);
    assert_eq!(out, [0x08, 0x00, 0xf7, 0xcd, 0x00, 0x0d, 0x00, 0x25]);
}

#[test]
fn odd_length_is_padded_and_all_carries_are_folded() {
    assert_eq!(checksum(&[0x01]), !0x0100);
    assert_eq!(checksum(&[0x01, 0x02, 0x03]), !0x0402);
    // ffff + ffff + 0001 = 1_ffff: folded once, that is 1_0000, which carries again.
    assert_eq!(checksum(&[0xff, 0xff, 0xff, 0xff, 0x00, 0x01]), !0x0001);
    // The same with the carry in an odd last octet: ffff + ffff + 0100 = 2_00fe.
    assert_eq!(checksum(&[0xff, 0xff, 0xff, 0xff, 0x01]), !0x0100);
}

#[test]
fn nothing_sums_up_to_zero_and_is_not_valid() {
    assert_eq!(checksum(&[]), 0xffff);
    assert!(!is_valid(&[]));
    assert!(!is_valid(&[0; 64]));
}

#[test]
fn the_longest_message_of_the_largest_octets() {
    let octets = vec![0xff; 65_535];
    assert_eq!(checksum(&octets), by_definition(&octets));
}

proptest! {
    #[test]
    fn it_is_what_rfc_1071_defines(octets in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert_eq!(checksum(&octets), by_definition(&octets));
    }

    #[test]
    fn parts_of_any_length_make_up_the_whole(parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..9), 0..9)) {
        let mut sum = Checksum::new();
        for part in &parts {
            sum.add(part);
        }
        prop_assert_eq!(sum.finish(), by_definition(&parts.concat()));
    }

    #[test]
    fn what_carries_its_checksum_is_valid_until_a_bit_flips(
        message in prop::collection::vec(any::<u8>(), 4..100),
        bit in any::<prop::sample::Index>(),
    ) {
        let mut message = message;
        message[2..4].fill(0);
        let sum = by_definition(&message).to_be_bytes();
        message[2..4].copy_from_slice(&sum);
        prop_assert!(is_valid(&message));
        let bit = bit.index(message.len() * 8);
        message[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(!is_valid(&message));
    }
}
