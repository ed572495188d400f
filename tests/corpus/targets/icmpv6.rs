//! `ICMPv6` messages. Sockets deliver them without an IPv6 header.

use super::{
    Feed, IDENTIFIER, SIZE, TARGET6, assert_harmless, codec, datagram, extensions, pair_at,
};
use rping::codec::Incoming;
use rping::config::Request;
use rping::engine::Evidence;
use rping::event::Event;
use rping::net::ErrorEntry;
use rping::wire::Malformed;
use rping::wire::echo::Echo;
use rping::wire::icmpv6::{self, Message, Problem};

/// The octets as a message, and as the data of a reply that is written, parsed and compared.
pub fn check(octets: &[u8]) {
    arrives(octets);
    claims(octets);
    rejects(octets);
    is_read_as_it_was_written(octets);
}

fn arrives(octets: &[u8]) {
    let message = match icmpv6::parse(octets) {
        Ok(message) => message,
        Err(error) => {
            assert!(error == Malformed::Short && octets.len() < 8, "{octets:?}");
            return;
        }
    };
    let (kind, code, rest) = (octets[0], octets[1], &octets[8..]);
    match message {
        Message::EchoReply(echo) | Message::EchoRequest(echo) => {
            assert!(code == 0 && (kind == 128 || kind == 129), "{octets:?}");
            assert_eq!(matches!(message, Message::EchoReply(_)), kind == 129);
            assert_eq!(echo.identifier, pair_at(octets, 4));
            assert_eq!(echo.sequence, pair_at(octets, 6));
            assert_eq!(echo.data, rest);
        }
        Message::Error {
            problem,
            original,
            extensions,
        } => {
            assert!(kind < 128, "{octets:?}");
            let words = [1, 3].contains(&kind).then(|| octets[4].into());
            extensions::check(rest, words.map(|words| (words, 8)), original, extensions);
            let number = u32::from(pair_at(octets, 4)) << 16 | u32::from(pair_at(octets, 6));
            assert_eq!(problem, Problem::from_parts(kind, code, number));
            match problem {
                Problem::PacketTooBig { mtu, .. } => assert_eq!((kind, mtu), (2, number)),
                Problem::ParameterProblem { pointer, .. } => {
                    assert_eq!((kind, pointer), (4, number));
                }
                Problem::DestinationUnreachable(_) => assert_eq!(kind, 1),
                Problem::TimeExceeded(_) => assert_eq!(kind, 3),
                Problem::Other { .. } => assert!(!(1..=4).contains(&kind)),
            }
        }
        Message::Other { kind, code } => {
            assert_eq!([kind, code], octets[..2]);
            assert!(kind >= 128 && (code != 0 || (kind != 128 && kind != 129)));
        }
    }
}

/// A reply if and only if it is an echo reply with the identifier. The kernel has verified the checksum.
fn claims(octets: &[u8]) {
    let target = (TARGET6, 0).into();
    let (codec, sole) = codec(target, true, Request::Echo);
    let reply = octets.len() >= 8 && octets[..2] == [129, 0] && pair_at(octets, 4) == IDENTIFIER;
    match codec.decode(&datagram(target, octets), &sole) {
        Some(Incoming::Answer(claim, answer)) => {
            assert!(reply, "{octets:?}");
            let data = &octets[8..];
            assert_eq!(claim.sequence, pair_at(octets, 6));
            assert!(claim.checksum_valid);
            assert_eq!(answer.marks.truncated, data.len() < SIZE);
            assert_eq!(answer.marks.oversized, data.len() > SIZE);
            match claim.evidence {
                Evidence::Octets(token) => assert_eq!(token, &data[..16]),
                Evidence::Missing => assert!(data.len() < 16),
                Evidence::NotExpected => panic!("there is room for a token"),
            }
            assert_harmless(&Event::Answered(&answer));
        }
        Some(other) => panic!("neither errors nor notices come as datagrams: {other:?}"),
        None => assert!(!reply, "{octets:?}"),
    }
}

/// An error from a raw socket: it is about a probe if it quotes one. This function skips extension headers independently.
fn rejects(octets: &[u8]) {
    let target = (TARGET6, 0).into();
    let (codec, sole) = codec(target, true, Request::Echo);
    let entry = ErrorEntry::Message {
        reporter: target,
        octets: octets.to_vec(),
    };
    let is_error = octets.len() >= 8 && octets[0] < 128;
    let end = match (is_error, octets.first()) {
        (true, Some(1 | 3)) => 8 + extensions::begin(&octets[8..], octets[4].into(), 8),
        _ => octets.len(),
    };
    let quote = is_error.then(|| &octets[8..end]);
    let expected = quote.and_then(quoted);
    match (codec.decode_error(&entry, &sole), expected) {
        (Some(Incoming::Rejection(rejection, _)), Some(sequence)) => {
            assert_eq!(rejection.sequence, sequence);
            assert_eq!(rejection.quoted.unwrap().hop_limit, octets[15]);
            assert_harmless(&Event::Rejected(&rejection));
        }
        (None, None) => {}
        (incoming, expected) => panic!("{incoming:?} of {expected:?}: {octets:?}"),
    }
}

/// The sequence number of the quoted probe to the target.
fn quoted(octets: &[u8]) -> Option<u16> {
    let target = TARGET6.map(u16::to_be_bytes).concat();
    if octets.len() < 40 || octets[0] >> 4 != 6 || octets[24..40] != target {
        return None;
    }
    let (mut next, mut at) = (octets[6], 40);
    let mut steps = 0;
    while [0, 43, 44, 60].contains(&next) && steps < 8 {
        let header = octets.get(at..at + 8)?;
        at += match next {
            44 if pair_at(header, 2) >> 3 != 0 => return None,
            44 => 8,
            _ => 8 + 8 * usize::from(header[1]),
        };
        next = header[0];
        steps += 1;
        octets.get(at..)?;
    }
    let message = octets.get(at..at + 8)?;
    let is_ours = next == 58 && message[..2] == [128, 0] && pair_at(message, 4) == IDENTIFIER;
    is_ours.then(|| pair_at(message, 6))
}

fn is_read_as_it_was_written(octets: &[u8]) {
    let mut feed = Feed(octets);
    let expected = Echo {
        identifier: feed.pair(),
        sequence: feed.pair(),
        data: feed.0,
    };
    let mut message = vec![0xa5; 16];
    expected.write_request_v6(&mut message);
    assert_eq!(
        icmpv6::parse_request_start(&message),
        Some((expected.identifier, expected.sequence))
    );
    assert_eq!(
        icmpv6::parse(&message),
        Ok(Message::EchoRequest(expected)),
        "as our own request, seen on the loopback interface"
    );
    message[0] = 129;
    assert_eq!(icmpv6::parse(&message), Ok(Message::EchoReply(expected)));
}
