use super::*;
use crate::wire::checksum::checksum;
use proptest::prelude::*;
use std::net::Ipv4Addr;

/// A message with its checksum: the four octets after the checksum, then the rest.
fn message(kind: u8, code: u8, word: [u8; 4], rest: &[u8]) -> Vec<u8> {
    let mut octets = vec![kind, code, 0, 0];
    octets.extend_from_slice(&word);
    octets.extend_from_slice(rest);
    let sum = checksum(&octets).to_be_bytes();
    octets[2..4].copy_from_slice(&sum);
    octets
}

fn problem(kind: u8, code: u8, word: [u8; 4]) -> Problem {
    match parse(&message(kind, code, word, b"original"))
        .unwrap()
        .message
    {
        Message::Error {
            problem,
            original: b"original",
            ..
        } => problem,
        other => panic!("{other:?}"),
    }
}

/// The header of a datagram to 198.51.100.2 with total length 84, as an error quotes it.
fn quoted(words: u8, protocol: u8, fragment: [u8; 2], payload: &[u8]) -> Vec<u8> {
    let [f0, f1] = fragment;
    let mut octets = vec![
        0x40 | words,
        0,
        0,
        84,
        0,
        1,
        f0,
        f1,
        1,
        protocol,
        0,
        0,
        192,
        0,
        2,
        1,
        198,
        51,
        100,
        2,
    ];
    octets.resize(usize::from(words) * 4, 0);
    octets.extend_from_slice(payload);
    octets
}

const REQUEST: [u8; 8] = [8, 0, 0xf7, 0xcd, 0x00, 0x0d, 0x00, 0x25];

#[test]
fn a_reply_is_read_octet_by_octet() {
    // 1234 + abcd + 6a95 = 1_2896, folded 2897, complement d768: worked out by hand.
    let octets = [
        0x00, 0x00, 0xd7, 0x68, 0x12, 0x34, 0xab, 0xcd, 0x6a, 0x95, 0x00,
    ];
    let echo = Echo {
        identifier: 0x1234,
        sequence: 0xabcd,
        data: &[0x6a, 0x95, 0x00],
    };
    let expected = Parsed {
        message: Message::EchoReply(echo),
        checksum_valid: true,
    };
    assert_eq!(parse(&octets), Ok(expected));
}

#[test]
fn requests_and_replies_are_told_apart() {
    let data = b"data";
    let echo = Echo {
        identifier: 0x0102,
        sequence: 0x0304,
        data,
    };
    let word = [1, 2, 3, 4];
    assert_eq!(
        parse(&message(0, 0, word, data)).unwrap().message,
        Message::EchoReply(echo)
    );
    assert_eq!(
        parse(&message(8, 0, word, data)).unwrap().message,
        Message::EchoRequest(echo)
    );
}

#[test]
fn a_reply_with_a_code_is_not_a_reply() {
    for code in 1..=u8::MAX {
        let octets = message(0, code, [0; 4], &[]);
        let parsed = parse(&octets).unwrap();
        assert_eq!(
            parsed,
            Parsed {
                message: Message::Other { kind: 0, code },
                checksum_valid: true
            }
        );
        assert_eq!(
            parse(&message(8, code, [0; 4], &[])).unwrap().message,
            Message::Other { kind: 8, code }
        );
    }
}

#[test]
fn a_message_below_8_octets_is_short() {
    for length in 0..8 {
        assert_eq!(
            parse(&REQUEST[..length]),
            Err(Malformed::Short),
            "{length} octets"
        );
    }
    assert!(parse(&REQUEST).unwrap().checksum_valid);
}

#[test]
fn an_altered_octet_shows_in_the_checksum_and_nowhere_else() {
    let mut octets = message(0, 0, [1, 2, 3, 4], b"data");
    assert!(parse(&octets).unwrap().checksum_valid);
    octets[9] ^= 1;
    assert!(!parse(&octets).unwrap().checksum_valid);
    assert!(matches!(
        parse(&octets).unwrap().message,
        Message::EchoReply(_)
    ));
}

#[test]
fn every_code_of_destination_unreachable() {
    use Unreachable as U;
    let known = [
        (0, U::Network),
        (1, U::Host),
        (2, U::Protocol),
        (3, U::Port),
        (5, U::SourceRouteFailed),
        (6, U::NetworkUnknown),
        (7, U::HostUnknown),
        (8, U::SourceHostIsolated),
        (9, U::NetworkProhibited),
        (10, U::HostProhibited),
        (11, U::NetworkTypeOfService),
        (12, U::HostTypeOfService),
        (13, U::CommunicationProhibited),
        (14, U::PrecedenceViolation),
        (15, U::PrecedenceCutoff),
    ];
    for (code, reason) in known {
        assert_eq!(
            problem(3, code, [0; 4]),
            Problem::DestinationUnreachable(reason),
            "code {code}"
        );
    }
    for code in 16..=u8::MAX {
        assert_eq!(
            problem(3, code, [0; 4]),
            Problem::DestinationUnreachable(U::Unknown(code))
        );
    }
}

#[test]
fn the_next_hop_mtu_is_the_low_half() {
    // The upper half is an RFC 4884 length.
    for mtu in [0, 67, 68, 1400, u16::MAX] {
        let [m0, m1] = mtu.to_be_bytes();
        let expected = Problem::FragmentationNeeded {
            next_hop_mtu: mtu.into(),
        };
        assert_eq!(problem(3, 4, [0, 32, m0, m1]), expected);
        assert_eq!(Problem::from_parts(3, 4, mtu.into()), expected);
    }
}

#[test]
fn redirects_name_their_gateway() {
    let gateway = Ipv4Addr::new(192, 0, 2, 254);
    let codes = [
        RedirectCode::Network,
        RedirectCode::Host,
        RedirectCode::TypeOfServiceAndNetwork,
        RedirectCode::TypeOfServiceAndHost,
        RedirectCode::Unknown(4),
    ];
    for (number, code) in (0..).zip(codes) {
        let expected = Problem::Redirect { code, gateway };
        assert_eq!(problem(5, number, [192, 0, 2, 254]), expected);
        assert_eq!(Problem::from_parts(5, number, 0xc000_02fe), expected);
    }
}

#[test]
fn time_exceeded_parameter_problem_and_source_quench() {
    assert_eq!(
        problem(11, 0, [0; 4]),
        Problem::TimeExceeded(TimeExceeded::InTransit)
    );
    assert_eq!(
        problem(11, 1, [0; 4]),
        Problem::TimeExceeded(TimeExceeded::Reassembly)
    );
    assert_eq!(
        problem(11, 77, [0; 4]),
        Problem::TimeExceeded(TimeExceeded::Unknown(77))
    );
    assert_eq!(
        problem(12, 0, [20, 9, 9, 9]),
        Problem::ParameterProblem {
            code: 0,
            pointer: 20
        }
    );
    assert_eq!(
        Problem::from_parts(12, 0, 20),
        Problem::ParameterProblem {
            code: 0,
            pointer: 20
        }
    );
    assert_eq!(problem(4, 0, [0; 4]), Problem::SourceQuench);
    assert_eq!(
        Problem::from_parts(200, 7, 9),
        Problem::Other { kind: 200, code: 7 }
    );
}

#[test]
fn only_source_quench_and_redirect_are_information() {
    for kind in 0..=u8::MAX {
        assert_eq!(
            Problem::from_parts(kind, 0, 0).is_information(),
            kind == 4 || kind == 5,
            "type {kind}"
        );
    }
}

#[test]
fn types_that_are_not_errors_are_other() {
    for kind in (0..=u8::MAX).filter(|kind| ![0, 3, 4, 5, 8, 11, 12].contains(kind)) {
        assert_eq!(
            parse(&message(kind, 9, [0; 4], &[])).unwrap().message,
            Message::Other { kind, code: 9 }
        );
    }
}

#[test]
fn cve_2022_23093_the_request_is_found_behind_a_quoted_header_of_any_length() {
    for words in 5..=15 {
        let octets = quoted(words, 1, [0, 0], &REQUEST);
        let original = parse_original(&octets).unwrap();
        assert_eq!(original.header.destination, Ipv4Addr::new(198, 51, 100, 2));
        assert_eq!(original.echo, Some((13, 37)), "IHL {words}");
        for length in 0..octets.len() {
            let expected = if length < usize::from(words) * 4 {
                Err(Malformed::Short)
            } else {
                Ok(None)
            };
            assert_eq!(
                parse_original(&octets[..length]).map(|original| original.echo),
                expected,
                "{length} octets"
            );
        }
    }
}

#[test]
fn only_the_start_of_an_echo_request_is_recognised() {
    let echo = |octets: &[u8]| parse_original(octets).unwrap().echo;
    assert_eq!(echo(&quoted(5, 17, [0, 0], &REQUEST)), None, "UDP");
    assert_eq!(
        echo(&quoted(5, 1, [0, 1], &REQUEST)),
        None,
        "a later fragment"
    );
    assert_eq!(
        echo(&quoted(5, 1, [0x20, 0], &REQUEST)),
        Some((13, 37)),
        "the first fragment"
    );
    assert_eq!(
        echo(&quoted(5, 1, [0, 0], &[0, 0, 0xff, 0xcd, 0, 13, 0, 37])),
        None,
        "a reply"
    );
    assert_eq!(
        echo(&quoted(5, 1, [0, 0], &[8, 1, 0xf7, 0xcc, 0, 13, 0, 37])),
        None,
        "code 1"
    );
}

#[test]
fn an_error_within_an_error_is_not_followed() {
    let inner = message(11, 0, [0; 4], &quoted(5, 1, [0, 0], &REQUEST));
    assert_eq!(
        parse_original(&quoted(5, 1, [0, 0], &inner)).unwrap().echo,
        None
    );
}

proptest! {
    #[test]
    fn arbitrary_octets_never_panic(octets in prop::collection::vec(any::<u8>(), 0..100)) {
        prop_assert_eq!(parse(&octets).is_ok(), octets.len() >= 8);
        let _ = parse_original(&octets);
        let _ = parse_request_start(&octets);
    }

    #[test]
    fn a_written_request_is_read_back(identifier: u16, sequence: u16, data in prop::collection::vec(any::<u8>(), 0..100)) {
        let echo = Echo { identifier, sequence, data: &data };
        let mut out = vec![0xa5; 300];
        echo.write_request(&mut out);
        let expected = Parsed { message: Message::EchoRequest(echo), checksum_valid: true };
        prop_assert_eq!(parse(&out), Ok(expected));
        prop_assert_eq!(parse_request_start(&out), Some((identifier, sequence)));
    }
}
