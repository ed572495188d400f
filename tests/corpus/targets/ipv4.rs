//! Datagrams from a raw socket: an IPv4 header and an ICMP message.

use std::net::Ipv4Addr;

use super::{
    Feed, IDENTIFIER, SIZE, TARGET4, assert_harmless, codec, datagram, extensions, pair_at, sum,
};
use rping::codec::Incoming;
use rping::config::Request;
use rping::engine::Evidence;
use rping::event::Event;
use rping::wire::Malformed;
use rping::wire::checksum::checksum;
use rping::wire::echo::Echo;
use rping::wire::icmpv4::{self, Message};
use rping::wire::ipv4::Packet;

/// The octets as a packet, and as header and data of a reply that is written, parsed and compared.
pub fn check(octets: &[u8]) {
    arrives(octets);
    icmp(octets);
    claims(octets);
    is_read_as_it_was_written(octets);
}

/// The begin and end of the payload.
fn payload(octets: &[u8]) -> Result<(usize, usize), Malformed> {
    if octets.len() < 20 {
        return Err(Malformed::Short);
    }
    if octets[0] >> 4 != 4 {
        return Err(Malformed::Version);
    }
    let begin = usize::from(octets[0] & 15) * 4;
    if begin < 20 {
        return Err(Malformed::HeaderLength);
    }
    if octets.len() < begin {
        return Err(Malformed::Short);
    }
    let total = usize::from(pair_at(octets, 2));
    if total < begin {
        return Err(Malformed::TotalLength);
    }
    Ok((begin, total.min(octets.len())))
}

fn arrives(octets: &[u8]) {
    let (packet, (begin, end)) = match (Packet::parse(octets), payload(octets)) {
        (Ok(packet), Ok(range)) => (packet, range),
        (packet, range) => return assert_eq!(packet.err(), range.err(), "{octets:?}"),
    };
    assert_eq!(packet.payload, &octets[begin..end]);
    assert_eq!(packet.header.options, &octets[20..begin]);
    assert_eq!(usize::from(packet.header.header_length), begin);
    assert_eq!(packet.header.total_length, pair_at(octets, 2));
    assert_eq!(packet.header.identification, pair_at(octets, 4));
    assert_eq!(packet.header.time_to_live, octets[8]);
    assert_eq!(packet.header.protocol, octets[9]);
    assert_eq!(packet.header.source.octets(), octets[12..16]);
    assert_eq!(packet.header.destination.octets(), octets[16..20]);
    let flags = u16::from(packet.header.flags) << 13;
    assert_eq!(flags | packet.header.fragment_offset, pair_at(octets, 6));
}

/// The octets as an ICMP message.
fn icmp(octets: &[u8]) {
    let parsed = match icmpv4::parse(octets) {
        Ok(parsed) => parsed,
        Err(error) => {
            assert!(error == Malformed::Short && octets.len() < 8, "{octets:?}");
            return;
        }
    };
    assert_eq!(parsed.checksum_valid, sum(octets) == 0xffff, "{octets:?}");
    let rest = &octets[8..];
    match parsed.message {
        Message::EchoReply(echo) | Message::EchoRequest(echo) => {
            let kind = octets[0];
            assert!(kind == 0 || kind == 8);
            assert_eq!(matches!(parsed.message, Message::EchoReply(_)), kind == 0);
            assert_eq!(octets[1], 0, "no code");
            assert_eq!(echo.identifier, pair_at(octets, 4));
            assert_eq!(echo.sequence, pair_at(octets, 6));
            assert_eq!(echo.data, rest);
        }
        Message::Error {
            problem,
            original,
            extensions,
        } => {
            assert!([3, 4, 5, 11, 12].contains(&octets[0]), "{octets:?}");
            assert_eq!(problem.is_information(), [4, 5].contains(&octets[0]));
            let words = [3, 11, 12].contains(&octets[0]).then(|| octets[5].into());
            extensions::check(rest, words.map(|words| (words, 4)), original, extensions);
        }
        Message::Other { kind, code } => {
            assert_eq!([kind, code], octets[..2]);
            assert!(![3, 4, 5, 11, 12].contains(&kind));
            assert!(code != 0 || (kind != 0 && kind != 8));
        }
    }
}

/// The codec returns a reply if and only if it is an echo reply with the identifier.
fn claims(octets: &[u8]) {
    let target = (TARGET4, 0).into();
    let (codec, sole) = codec(target, true, Request::Echo);
    let datagram = datagram(target, octets);
    let message = payload(octets).map(|(begin, end)| &octets[begin..end]);
    let reply = message.ok().filter(|message| {
        message.len() >= 8 && message[..2] == [0, 0] && pair_at(message, 4) == IDENTIFIER
    });
    let (claim, answer) = match (codec.decode(&datagram, &sole), reply) {
        (Some(Incoming::Answer(claim, answer)), Some(_)) => (claim, answer),
        (Some(Incoming::Answer(..)), None) => panic!("no reply: {octets:?}"),
        (_, Some(_)) => panic!("a reply: {octets:?}"),
        (Some(Incoming::Notice(notice)), None) => {
            return assert_harmless(&Event::Noticed(&notice));
        }
        (Some(Incoming::Rejection(..) | Incoming::Stranger(_)), None) => {
            panic!("errors do not come as datagrams, and any address may answer")
        }
        (None, None) => return,
    };
    let reply = reply.unwrap();
    let data = &reply[8..];
    assert_eq!(claim.sequence, pair_at(reply, 6));
    assert_eq!(claim.checksum_valid, sum(reply) == 0xffff);
    assert_eq!(answer.length, reply.len());
    assert_eq!(answer.marks.truncated, data.len() < SIZE);
    assert_eq!(answer.marks.oversized, data.len() > SIZE);
    let counting = data.iter().zip((0..=u8::MAX).cycle());
    let as_sent = counting.skip(16).all(|(octet, sent)| *octet == sent);
    assert_eq!(claim.faithful, data.len() == SIZE && as_sent);
    match claim.evidence {
        Evidence::Octets(token) => assert_eq!(token, &data[..16]),
        Evidence::Missing => assert!(data.len() < 16),
        Evidence::NotExpected => panic!("there is room for a token"),
    }
    assert_harmless(&Event::Answered(&answer));
}

/// A valid reply with any header.
fn is_read_as_it_was_written(octets: &[u8]) {
    let mut feed = Feed(octets);
    let words = 5 + usize::from(feed.octet()) % 11;
    let [service, hops] = [feed.octet(), feed.octet()];
    let (identifier, sequence) = (feed.pair(), feed.pair());
    let source = Ipv4Addr::from(feed.word());
    let mut options = feed.take(words * 4 - 20).to_vec();
    options.resize(words * 4 - 20, 0);
    let data = feed.take(1400);

    let mut message = Vec::new();
    Echo {
        identifier,
        sequence,
        data,
    }
    .write_request(&mut message);
    message[0] = 0;
    message[2..4].fill(0);
    let value = checksum(&message);
    message[2..4].copy_from_slice(&value.to_be_bytes());
    let total = u16::try_from(words * 4 + message.len()).unwrap();
    let [t0, t1] = total.to_be_bytes();
    let first = u8::try_from(0x40 | words).unwrap();
    // Four octets of Ethernet padding after the datagram.
    let packet = [
        &[first, service, t0, t1, 0xbe, 0xef, 0x40, 0, hops, 1, 0, 0],
        &source.octets()[..],
        &TARGET4,
        &options,
        &message,
        &[0xa5; 4],
    ]
    .concat();

    let parsed = Packet::parse(&packet).unwrap();
    assert_eq!(parsed.header.type_of_service, service);
    assert_eq!(parsed.header.time_to_live, hops);
    assert_eq!(parsed.header.source, source);
    assert_eq!(parsed.header.options, options);
    assert_eq!(parsed.payload, message);
    let parsed = icmpv4::parse(parsed.payload).unwrap();
    assert!(parsed.checksum_valid);
    let expected = Echo {
        identifier,
        sequence,
        data,
    };
    assert_eq!(parsed.message, Message::EchoReply(expected));
}
