use super::*;
use crate::wire::Malformed;
use proptest::prelude::*;
use std::net::{Ipv4Addr, Ipv6Addr};

const NONCE: [u8; 8] = *b"\x01\x02\x03\x04\x05\x06\x07\x08";

fn reply(code: u8, query_type: u8, flags: u8, data: &[u8]) -> Vec<u8> {
    let mut octets = vec![140, code, 0xaa, 0xbb, 0, query_type, 0, flags];
    octets.extend_from_slice(&NONCE);
    octets.extend_from_slice(data);
    octets
}

/// The texts of the names after a time to live; fully qualified ones end in a dot.
fn names(data: &[u8]) -> Vec<String> {
    let octets = reply(0, 2, 0, &[&[0; 4], data].concat());
    let Answer::Names { names, .. } = parse_reply(&octets).unwrap().answer else {
        panic!()
    };
    // Bounded, so that a cycle fails instead of hanging.
    names
        .take(data.len() + 1)
        .map(|name| {
            let text = String::from_utf8(name.text().collect()).unwrap();
            if name.fully_qualified {
                text + "."
            } else {
                text
            }
        })
        .collect()
}

#[test]
fn names_are_encoded_in_lower_case_labels() {
    assert_eq!(
        encode_name("Host.Example.ORG", true).unwrap(),
        b"\x04host\x07example\x03org\x00"
    );
    assert_eq!(
        encode_name("host.example.org.", true).unwrap(),
        b"\x04host\x07example\x03org\x00"
    );
    assert_eq!(encode_name("host", false).unwrap(), b"\x04host\x00\x00");
}

#[test]
fn names_that_do_not_fit_are_refused() {
    for name in ["", ".", "..", "a..b", ".a", "a.."] {
        assert_eq!(
            encode_name(name, true),
            Err(NameError::EmptyLabel),
            "{name:?}"
        );
    }
    assert_eq!(encode_name(&"a".repeat(63), true).unwrap().len(), 65);
    assert_eq!(
        encode_name(&"a".repeat(64), true),
        Err(NameError::LongLabel)
    );
    assert_eq!(
        encode_name(&"a".repeat(300), true),
        Err(NameError::LongLabel)
    );
    // 127 labels of two octets and the root make 255.
    assert_eq!(encode_name(&["a"; 127].join("."), true).unwrap().len(), 255);
    let one_more = ["a"; 126].join(".") + ".bb";
    assert_eq!(encode_name(&one_more, true), Err(NameError::LongName));
    assert_eq!(
        encode_name(&["a"; 128].join("."), true),
        Err(NameError::LongName)
    );
}

#[test]
fn the_group_is_of_the_hash_over_the_first_label_with_its_length() {
    // printf '\004host' | md5sum: 1838803c...
    let group: Ipv6Addr = "ff02::2:ff18:3880".parse().unwrap();
    for dns in [
        &b"\x04host\x00\x00"[..],
        b"\x04host\x07example\x00",
        b"\x04host",
    ] {
        assert_eq!(group_address(dns), group);
    }
}

#[test]
fn the_group_of_octets_that_are_no_name_is_some_group() {
    for dns in [&b""[..], b"\x00", b"\xff", b"\x04ho"] {
        assert!(group_address(dns).is_multicast());
    }
}

#[test]
fn queries_are_laid_out_as_rfc_4620_section_4_says() {
    let written = |query, subject: &Subject| {
        let mut out = vec![0xa5; 99];
        write_query(&mut out, query, subject, NONCE);
        out
    };
    let address = Ipv6Addr::LOCALHOST;
    let flags = Ipv6Flags::ALL | Ipv6Flags::LINK_LOCAL | Ipv6Flags::GLOBAL;
    let expected = [
        &[139, 0, 0, 0, 0, 3, 0, 0x2a][..],
        &NONCE,
        &address.octets(),
    ]
    .concat();
    assert_eq!(
        written(Query::Ipv6Addresses { flags }, &Subject::Ipv6(address)),
        expected
    );
    let expected = [&[139, 2, 0, 0, 0, 4, 0, 2][..], &NONCE, &[192, 0, 2, 1]].concat();
    let subject = Subject::Ipv4(Ipv4Addr::new(192, 0, 2, 1));
    assert_eq!(
        written(Query::Ipv4Addresses { all: true }, &subject),
        expected
    );
    let expected = [&[139, 2, 0, 0, 0, 4, 0, 0][..], &NONCE, &[192, 0, 2, 1]].concat();
    assert_eq!(
        written(Query::Ipv4Addresses { all: false }, &subject),
        expected
    );
    let expected = [&[139, 1, 0, 0, 0, 2, 0, 0][..], &NONCE, b"\x01a\x00\x00"].concat();
    assert_eq!(
        written(
            Query::Name,
            &Subject::Name {
                dns: b"\x01a\x00\x00".to_vec()
            }
        ),
        expected
    );
}

#[test]
fn flags_are_those_of_rfc_4620_section_6_3() {
    let bits = [
        Ipv6Flags::NONE,
        Ipv6Flags::ALL,
        Ipv6Flags::COMPATIBLE,
        Ipv6Flags::LINK_LOCAL,
        Ipv6Flags::SITE_LOCAL,
        Ipv6Flags::GLOBAL,
    ];
    assert_eq!(bits.map(Ipv6Flags::bits), [0, 2, 4, 8, 16, 32]);
}

#[test]
fn a_reply_cut_in_its_header_is_short() {
    let octets = reply(1, 2, 0, &[]);
    for length in 0..octets.len() {
        assert_eq!(
            parse_reply(&octets[..length]),
            Err(Malformed::Short),
            "{length} octets"
        );
    }
    assert!(parse_reply(&octets).is_ok());
    assert_eq!(parse_reply(&[139; 16]), Err(Malformed::Kind));
}

#[test]
fn a_refusal_has_no_answer() {
    let statuses = [
        (1, Status::Refused),
        (2, Status::UnknownQuery),
        (3, Status::Other(3)),
        (255, Status::Other(255)),
    ];
    for (code, status) in statuses {
        let octets = reply(code, 3, 1, &[0; 40]);
        let expected = Reply {
            status,
            query_type: 3,
            nonce: NONCE,
            truncated: false,
            answer: Answer::None,
        };
        assert_eq!(parse_reply(&octets), Ok(expected));
    }
}

#[test]
fn an_answer_to_an_unknown_question_is_kept_as_octets() {
    let octets = reply(0, 9, 1, b"what");
    let parsed = parse_reply(&octets).unwrap();
    assert_eq!(
        (parsed.query_type, parsed.truncated, parsed.answer),
        (9, false, Answer::Unknown(b"what"))
    );
}

#[test]
fn addresses_come_with_seconds_and_a_cut_one_is_left_out() {
    let data = [
        &[0, 0, 1, 0][..],
        &Ipv6Addr::LOCALHOST.octets(),
        &[0, 0, 0, 2],
        &[0xff; 16],
    ]
    .concat();
    for length in 0..=data.len() {
        let octets = reply(0, 3, 1, &data[..length]);
        let parsed = parse_reply(&octets).unwrap();
        assert!(parsed.truncated);
        let Answer::Ipv6(addresses) = parsed.answer else {
            panic!()
        };
        let expected = [(256, Ipv6Addr::LOCALHOST), (2, Ipv6Addr::from([0xff; 16]))];
        assert!(
            addresses.eq(expected[..length / 20].iter().copied()),
            "{length} octets"
        );
    }
}

#[test]
fn ipv4_addresses_likewise() {
    let data = [0, 0, 0, 1, 192, 0, 2, 1, 0, 0, 0, 2, 192, 0, 2, 2];
    for length in 0..=data.len() {
        let octets = reply(0, 4, 0, &data[..length]);
        let parsed = parse_reply(&octets).unwrap();
        assert!(!parsed.truncated);
        let Answer::Ipv4(addresses) = parsed.answer else {
            panic!()
        };
        let expected = [
            (1, Ipv4Addr::new(192, 0, 2, 1)),
            (2, Ipv4Addr::new(192, 0, 2, 2)),
        ];
        assert!(
            addresses.eq(expected[..length / 8].iter().copied()),
            "{length} octets"
        );
    }
}

#[test]
fn names_have_a_time_to_live() {
    for length in 0..4 {
        assert_eq!(
            parse_reply(&reply(0, 2, 0, &[7; 4][..length])),
            Err(Malformed::Short)
        );
    }
    let octets = reply(0, 2, 1, &[0, 0, 1, 2]);
    let parsed = parse_reply(&octets).unwrap();
    assert!(!parsed.truncated, "the flag is not one of names");
    let Answer::Names {
        time_to_live,
        mut names,
    } = parsed.answer
    else {
        panic!()
    };
    assert_eq!((time_to_live, names.next()), (258, None));
}

#[test]
fn names_are_qualified_or_not() {
    assert_eq!(names(b"\x04host\x00\x00"), ["host"]);
    assert_eq!(names(b"\x04host\x07example\x00"), ["host.example."]);
    assert_eq!(
        names(b"\x01a\x00\x00\x01b\x01c\x00\x01d\x00"),
        ["a", "b.c.", "d."]
    );
}

#[test]
fn compression_offsets_count_from_the_time_to_live() {
    // Offset 4 is the first name, offset 6 its second label.
    assert_eq!(
        names(b"\x01a\x07example\x00\x01b\xc0\x06"),
        ["a.example.", "b.example."]
    );
    assert_eq!(
        names(b"\x01a\x07example\x00\xc0\x04\x01c\xc0\x06"),
        ["a.example.", "a.example.", "c.example."]
    );
}

#[test]
fn a_pointer_that_does_not_go_back_ends_the_names() {
    for data in [
        &b"\xc0\x04"[..],
        b"\xc0\x05",
        b"\xc0\x06",
        b"\x01a\xc0\x04",
        b"\x01a\xc0\x06",
        b"\xff\xff",
        b"\xc0",
    ] {
        assert_eq!(names(data), [""; 0], "{data:?}");
    }
    assert_eq!(names(b"\x01a\x00\xc0\x07\xc0\x07"), ["a."], "to itself");
    assert_eq!(
        names(b"\x01a\xc0\x07\x01b\xc0\x04"),
        [""; 0],
        "to one another"
    );
}

#[test]
fn a_jump_into_a_label_that_points_to_itself_ends_the_names() {
    // The label of the first name is a pointer to itself, at offset 5.
    let octets = reply(0, 2, 0, b"\x00\x00\x00\x00\x02\xc0\x05\x00\xc0\x05");
    let Answer::Names { names, .. } = parse_reply(&octets).unwrap().answer else {
        panic!()
    };
    assert_eq!(names.take(9).count(), 1);
}

#[test]
fn the_next_name_is_behind_the_first_pointer_of_many() {
    let data = b"\x01a\x07example\x00\x01b\xc0\x06\x01c\xc0\x0f\x01d\x00";
    assert_eq!(
        names(data),
        ["a.example.", "b.example.", "c.b.example.", "d."]
    );
}

#[test]
fn a_broken_name_ends_the_names() {
    for data in [
        &b"\x05host"[..],
        b"\x04host",
        b"\x04host\x40\x00",
        b"\x04host\x80\x00",
        b"\x04host\x07exam",
    ] {
        assert_eq!(names(data), [""; 0], "{data:?}");
        assert_eq!(names(&[b"\x01a\x00", data].concat()), ["a."], "{data:?}");
    }
}

#[test]
fn a_name_beyond_255_octets_is_broken() {
    let longest = [b"\x01a".repeat(127), vec![0]].concat();
    assert_eq!(names(&longest)[0].len(), 254);
    let longer = [b"\x01a".repeat(126), b"\x02bb\x00".to_vec()].concat();
    assert_eq!(names(&longer), [""; 0]);
    // Compression needs few octets: 127 labels and a pointer to one more.
    let compressed = [b"\x01z\x00".to_vec(), b"\x01a".repeat(127), vec![0xc0, 4]].concat();
    assert_eq!(names(&compressed), ["z."]);
}

#[test]
fn labels_may_hold_anything_and_are_passed_on() {
    let octets = reply(0, 2, 0, b"\x00\x00\x00\x00\x03\x1b[m\x03a.b\x00");
    let Answer::Names { mut names, .. } = parse_reply(&octets).unwrap().answer else {
        panic!()
    };
    let name = names.next().unwrap();
    assert!(name.labels().eq([&b"\x1b[m"[..], b"a.b"]));
    assert!(name.text().eq(*b"\x1b[m.a.b"));
}

/// Octets with a high share of short labels, root labels and pointers to the beginning.
fn name_octet() -> impl Strategy<Value = u8> {
    prop_oneof![any::<u8>(), 0_u8..4, Just(0), Just(0xc0), 4_u8..40]
}

proptest! {
    #[test]
    fn a_reply_of_any_octets_is_walked_in_as_many_steps_as_octets(
        code in 0_u8..3,
        query_type in 0_u8..6,
        data in prop::collection::vec(name_octet(), 0..200),
    ) {
        let octets = reply(code, query_type, 1, &data);
        let limit = data.len();
        let Ok(parsed) = parse_reply(&octets) else { return Ok(()) };
        match parsed.answer {
            Answer::Names { names, .. } => {
                prop_assert!(names.clone().take(limit + 1).count() <= limit);
                for name in names.take(limit) {
                    prop_assert!(name.labels().take(128).count() <= 127);
                    prop_assert!(name.text().take(254).count() <= 253);
                }
            }
            Answer::Ipv6(addresses) => prop_assert_eq!(addresses.take(limit + 1).count(), limit / 20),
            Answer::Ipv4(addresses) => prop_assert_eq!(addresses.take(limit + 1).count(), limit / 8),
            Answer::None | Answer::Unknown(_) => {}
        }
    }

    #[test]
    fn arbitrary_octets_never_panic(octets in prop::collection::vec(any::<u8>(), 0..100)) {
        let _ = parse_reply(&octets);
        let _ = group_address(&octets);
    }

    #[test]
    fn an_encoded_name_is_read_back(name in "[a-z0-9-]{1,63}(\\.[a-z0-9-]{1,20}){0,8}", fully_qualified: bool) {
        let dns = encode_name(&name, fully_qualified).unwrap();
        let expected = if fully_qualified { name + "." } else { name };
        prop_assert_eq!(names(&dns), [expected]);
    }
}
