//! Octets in rows.

use super::*;
use crate::report::NoNames;

fn counting(size: u8) -> Vec<u8> {
    (0..size).collect()
}

fn printed(mismatch: &Mismatch<'_>, face: Face) -> String {
    let mut line = Vec::new();
    wrong_data(&mut line, mismatch, face).unwrap();
    String::from_utf8(line).unwrap()
}

#[test]
fn wrong_data_in_rows() {
    let mut data = counting(56);
    data[20] = 0xff;
    let mismatch = Mismatch {
        offset: 20,
        expected: 0x14,
        found: 0xff,
        data: &data,
    };
    for face in [Face::Ping, Face::Rping] {
        assert_eq!(
            printed(&mismatch, face),
            "\nwrong data byte #20 should be 0x14 but was 0xff\
            \n#16\t10 11 12 13 ff 15 16 17 18 19 1a 1b 1c 1d 1e 1f \
            20 21 22 23 24 25 26 27 28 29 2a 2b 2c 2d 2e 2f \
            \n#48\t30 31 32 33 34 35 36 37 "
        );
    }
}

#[test]
fn wrong_data_at_the_start() {
    let data = [9, 1, 2];
    let mismatch = Mismatch {
        offset: 0,
        expected: 0,
        found: 9,
        data: &data,
    };
    assert_eq!(
        printed(&mismatch, Face::Ping),
        "\nwrong data byte #0 should be 0x0 but was 0x9\n#0\t9 1 2 "
    );
}

#[test]
fn a_large_dump_is_bounded_under_the_name_rping() {
    let data = vec![0_u8; 65_507];
    let mismatch = Mismatch {
        offset: 1_050,
        expected: 1,
        found: 0,
        data: &data,
    };
    let whole = printed(&mismatch, Face::Ping);
    assert_eq!(whole.lines().count(), 2 + (65_507_usize - 16).div_ceil(32));
    let bounded = printed(&mismatch, Face::Rping);
    let lines: Vec<_> = bounded.lines().collect();
    assert_eq!(lines.len(), 2 + 16 + 1);
    assert!(lines[2].starts_with("#1040\t"), "{}", lines[2]);
    assert_eq!(lines[18], "(1999 more rows)");
    assert_eq!(32 + 16 + 1999, (65_507_usize - 16).div_ceil(32));
}

#[test]
fn a_mismatch_behind_the_data_is_harmless() {
    let mismatch = Mismatch {
        offset: 70_000,
        expected: 1,
        found: 0,
        data: &[],
    };
    assert_eq!(
        printed(&mismatch, Face::Rping),
        "\nwrong data byte #70000 should be 0x1 but was 0x0"
    );
}

const QUOTED: [u8; 28] = [
    0x45, 0, 0, 0x54, 0x12, 0x34, 0x40, 0, 64, 1, 0xab, 0xcd, 10, 0, 0, 1, 10, 0, 0, 2, 8, 0, 0xf7,
    0xcd, 0, 13, 0, 37,
];

fn quoted(octets: &[u8], face: Face) -> String {
    let mut line = Vec::new();
    original(
        &mut line,
        octets,
        face,
        &mut LastRoute::default(),
        &mut NoNames,
    )
    .unwrap();
    String::from_utf8(line).unwrap()
}

#[test]
fn a_quoted_header() {
    assert_eq!(
        quoted(&QUOTED, Face::Rping),
        "Vr HL TOS  Len   ID Flg  off TTL Pro  cks      Src      Dst Data\n \
        4  5  00 0054 1234   2 0000  40  01 abcd 10.0.0.1  10.0.0.2 \n"
    );
}

#[test]
#[cfg(target_endian = "little")]
fn a_quoted_header_as_iputils_prints_it() {
    assert_eq!(
        quoted(&QUOTED, Face::Ping),
        "Vr HL TOS  Len   ID Flg  off TTL Pro  cks      Src      Dst Data\n \
        4  5  00 5400 3412   0 0040  40  01 cdab 10.0.0.1  10.0.0.2 \n"
    );
}

#[test]
fn a_quoted_header_with_options_ends_its_line() {
    let mut octets = QUOTED[..20].to_vec();
    octets[0] = 0x46;
    octets.extend([1, 1, 1, 0]);
    assert!(quoted(&octets, Face::Rping).ends_with("10.0.0.2 \n\nNOP\nNOP\nNOP\n"));
}

#[test]
fn what_is_no_header_is_not_printed() {
    for octets in [&[][..], &[0x45; 19], &[0x60; 40], &[0x4f; 20]] {
        assert_eq!(quoted(octets, Face::Rping), "");
    }
}
