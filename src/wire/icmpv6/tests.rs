use super::*;
use proptest::prelude::*;

fn message(kind: u8, code: u8, word: [u8; 4], rest: &[u8]) -> Vec<u8> {
    let mut octets = vec![kind, code, 0xaa, 0xbb];
    octets.extend_from_slice(&word);
    octets.extend_from_slice(rest);
    octets
}

fn problem(kind: u8, code: u8, word: [u8; 4]) -> Problem {
    match parse(&message(kind, code, word, b"invoking")).unwrap() {
        Message::Error {
            problem,
            original: b"invoking",
            ..
        } => problem,
        other => panic!("{other:?}"),
    }
}

#[test]
fn requests_and_replies_are_told_apart() {
    let data = b"data";
    let echo = Echo {
        identifier: 0x0102,
        sequence: 0x0304,
        data,
    };
    assert_eq!(
        parse(&message(129, 0, [1, 2, 3, 4], data)),
        Ok(Message::EchoReply(echo))
    );
    assert_eq!(
        parse(&message(128, 0, [1, 2, 3, 4], data)),
        Ok(Message::EchoRequest(echo))
    );
}

#[test]
fn a_reply_with_a_code_is_not_a_reply() {
    for code in 1..=u8::MAX {
        assert_eq!(
            parse(&message(129, code, [0; 4], &[])),
            Ok(Message::Other { kind: 129, code })
        );
    }
}

#[test]
fn a_message_below_8_octets_is_short() {
    let octets = message(129, 0, [1, 2, 3, 4], &[]);
    for length in 0..8 {
        assert_eq!(
            parse(&octets[..length]),
            Err(Malformed::Short),
            "{length} octets"
        );
    }
    assert!(parse(&octets).is_ok());
}

#[test]
fn every_code_of_destination_unreachable() {
    let reasons = [
        Unreachable::NoRoute,
        Unreachable::Prohibited,
        Unreachable::BeyondScope,
        Unreachable::Address,
        Unreachable::Port,
        Unreachable::SourcePolicy,
        Unreachable::RejectRoute,
        Unreachable::Unknown(7),
    ];
    for (code, reason) in (0..).zip(reasons) {
        assert_eq!(
            problem(1, code, [0; 4]),
            Problem::DestinationUnreachable(reason)
        );
    }
    assert_eq!(
        problem(1, 255, [0; 4]),
        Problem::DestinationUnreachable(Unreachable::Unknown(255))
    );
}

#[test]
fn a_packet_too_big_names_any_mtu() {
    for mtu in [0, 1279, 1280, u32::MAX] {
        assert_eq!(
            problem(2, 0, mtu.to_be_bytes()),
            Problem::PacketTooBig { mtu, code: 0 }
        );
    }
    assert_eq!(
        problem(2, 5, [0, 0, 5, 0]),
        Problem::PacketTooBig { mtu: 1280, code: 5 }
    );
}

#[test]
fn time_exceeded_and_parameter_problem() {
    assert_eq!(
        problem(3, 0, [0; 4]),
        Problem::TimeExceeded(TimeExceeded::HopLimit)
    );
    assert_eq!(
        problem(3, 1, [0; 4]),
        Problem::TimeExceeded(TimeExceeded::Reassembly)
    );
    assert_eq!(
        problem(3, 2, [0; 4]),
        Problem::TimeExceeded(TimeExceeded::Unknown(2))
    );
    let codes = [
        ParameterProblem::HeaderField,
        ParameterProblem::NextHeader,
        ParameterProblem::Option,
        ParameterProblem::Unknown(3),
    ];
    for (number, code) in (0..).zip(codes) {
        let expected = Problem::ParameterProblem {
            code,
            pointer: 0x0102_0304,
        };
        assert_eq!(problem(4, number, [1, 2, 3, 4]), expected);
        assert_eq!(Problem::from_parts(4, number, 0x0102_0304), expected);
    }
}

#[test]
fn types_up_to_127_are_errors_and_the_rest_are_not() {
    for kind in (5..=127).chain([0]) {
        assert_eq!(problem(kind, 9, [0; 4]), Problem::Other { kind, code: 9 });
    }
    for kind in 130..=u8::MAX {
        assert_eq!(
            parse(&message(kind, 0, [0; 4], &[])),
            Ok(Message::Other { kind, code: 0 })
        );
    }
}

proptest! {
    #[test]
    fn arbitrary_octets_never_panic(octets in prop::collection::vec(any::<u8>(), 0..100)) {
        prop_assert_eq!(parse(&octets).is_ok(), octets.len() >= 8);
        let _ = parse_request_start(&octets);
    }

    #[test]
    fn a_written_request_is_read_back(identifier: u16, sequence: u16, data in prop::collection::vec(any::<u8>(), 0..100)) {
        let echo = Echo { identifier, sequence, data: &data };
        let mut out = vec![0xa5; 300];
        echo.write_request_v6(&mut out);
        prop_assert_eq!(parse(&out), Ok(Message::EchoRequest(echo)));
        prop_assert_eq!(parse_request_start(&out), Some((identifier, sequence)));
    }
}
