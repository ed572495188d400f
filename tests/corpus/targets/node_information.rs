//! Node information (RFC 4620) from a hostile host: names with compression pointers, and addresses.

use super::{Feed, IDENTIFIER, TARGET6, assert_harmless, codec, datagram, pair_at};
use rping::codec::Incoming;
use rping::config::Request;
use rping::engine::Evidence;
use rping::event::Event;
use rping::wire::Malformed;
use rping::wire::node_information::{
    Answer, Ipv6Flags, Query, Status, Subject, encode_name, group_address, parse_reply, write_query,
};

pub fn check(octets: &[u8]) {
    is_read(octets);
    claims(octets);
    a_name_is_read_as_it_was_encoded(octets);
    a_query_is_laid_out(octets);
    assert!(group_address(octets).is_multicast());
}

fn is_read(octets: &[u8]) {
    let reply = match parse_reply(octets) {
        Ok(reply) => reply,
        Err(Malformed::Kind) => return assert!(octets.len() >= 8 && octets[0] != 140),
        Err(Malformed::Short) => {
            // Names have a time to live before them.
            let of_names = octets.len() >= 16 && octets[1] == 0 && pair_at(octets, 4) == 2;
            return assert!(octets.len() < if of_names { 20 } else { 16 }, "{octets:?}");
        }
        Err(other) => panic!("{other:?}"),
    };
    assert_eq!(reply.query_type, pair_at(octets, 4));
    assert_eq!(reply.nonce, octets[8..16]);
    assert_eq!(reply.status == Status::Success, octets[1] == 0);
    let data = &octets[16..];
    match reply.answer {
        Answer::None => assert_ne!(octets[1], 0),
        Answer::Names {
            time_to_live,
            names,
        } => {
            let number = u32::from(pair_at(data, 0)) << 16 | u32::from(pair_at(data, 2));
            assert_eq!(time_to_live, number);
            // At most one more than possible, so that an iterator that does not advance fails instead of hanging.
            let names: Vec<_> = names.take(data.len()).collect();
            assert!(names.len() <= data.len() - 4, "{octets:?}");
            for name in names {
                let labels: Vec<_> = name.labels().take(129).collect();
                assert!(labels.len() <= 127, "{octets:?}");
                assert!(labels.iter().all(|label| (1..=63).contains(&label.len())));
                let text: Vec<u8> = name.text().collect();
                assert!(text.len() <= 253, "{octets:?}");
                assert_eq!(text, labels.join(&b'.'));
            }
        }
        Answer::Ipv6(addresses) => {
            let addresses: Vec<_> = addresses.take(data.len() + 1).collect();
            assert_eq!(addresses.len(), data.len() / 20);
            for ((seconds, address), octets) in addresses.into_iter().zip(data.chunks_exact(20)) {
                let written = [&seconds.to_be_bytes()[..], &address.octets()].concat();
                assert_eq!(written, octets);
            }
        }
        Answer::Ipv4(addresses) => {
            let addresses: Vec<_> = addresses.take(data.len() + 1).collect();
            assert_eq!(addresses.len(), data.len() / 8);
            for ((seconds, address), octets) in addresses.into_iter().zip(data.chunks_exact(8)) {
                let written = [&seconds.to_be_bytes()[..], &address.octets()].concat();
                assert_eq!(written, octets);
            }
        }
        Answer::Unknown(octets) => assert_eq!(octets, data),
    }
}

/// Only the nonce identifies the probe: its sequence number and a part of its token.
fn claims(octets: &[u8]) {
    let target = (TARGET6, 0).into();
    let request = Request::NodeInformation {
        query: Query::Name,
        subject: None,
    };
    let (codec, sole) = codec(target, true, request);
    match codec.decode(&datagram(target, octets), &sole) {
        Some(Incoming::Answer(claim, answer)) => {
            assert!(parse_reply(octets).is_ok());
            assert_eq!(claim.sequence, pair_at(octets, 8));
            assert_eq!(claim.evidence, Evidence::Octets(&octets[10..16]));
            assert_eq!(answer.identifier, IDENTIFIER);
            assert_harmless(&Event::Answered(&answer));
        }
        Some(other) => panic!("{other:?}"),
        None => assert!(parse_reply(octets).is_err(), "{octets:?}"),
    }
}

/// Labels of any octets except dots, if they are a valid name.
fn a_name_is_read_as_it_was_encoded(octets: &[u8]) {
    let mut feed = Feed(octets);
    let fully_qualified = feed.octet() % 2 == 0;
    let typed = String::from_utf8_lossy(feed.0);
    let text = typed.strip_suffix('.').unwrap_or(&typed);
    let labels: Vec<&str> = text.split('.').collect();
    let fits = labels.iter().all(|label| (1..=63).contains(&label.len())) && text.len() <= 253;
    let encoded = encode_name(&typed, fully_qualified);
    assert_eq!(encoded.is_ok(), fits, "{text:?}");
    let Ok(encoded) = encoded else { return };
    let head = [140, 0, 0, 0, 0, 2, 0, 0];
    // Encoded twice: the second name is a pointer to the first, which follows the time to live.
    let reply = [&head[..], b"nonce!!!", &[0; 4], &encoded, &[0xc0, 4, 0]].concat();
    let Ok(Answer::Names { names, .. }) = parse_reply(&reply).map(|reply| reply.answer) else {
        panic!("{reply:?}")
    };
    let names: Vec<_> = names.collect();
    let expected = text.to_ascii_lowercase();
    assert_eq!(names.len(), 2, "{reply:?}");
    assert_eq!(names[0].fully_qualified, fully_qualified);
    for name in names {
        assert!(name.text().eq(expected.bytes()), "{text:?}");
    }
}

fn a_query_is_laid_out(octets: &[u8]) {
    let mut feed = Feed(octets);
    let subject = match feed.octet() % 3 {
        0 => Subject::Ipv4(feed.word().into()),
        1 => Subject::Ipv6((u128::from(feed.word()) << 96 | u128::from(feed.word())).into()),
        _ => Subject::Name {
            dns: feed.take(64).to_vec(),
        },
    };
    let query = match feed.octet() % 3 {
        0 => Query::Name,
        1 => Query::Ipv4Addresses {
            all: feed.octet() % 2 == 1,
        },
        _ => Query::Ipv6Addresses {
            flags: Ipv6Flags::ALL | Ipv6Flags::GLOBAL,
        },
    };
    let mut nonce = [0; 8];
    nonce.copy_from_slice(&[&[7; 8][..], feed.take(8)].concat()[..8]);
    let mut written = vec![0xa5; 3];
    write_query(&mut written, query, &subject, nonce);
    let subject = match subject {
        Subject::Ipv6(address) => (0, address.octets().to_vec()),
        Subject::Name { dns } => (1, dns),
        Subject::Ipv4(address) => (2, address.octets().to_vec()),
    };
    assert_eq!((written[0], written[1]), (139, subject.0));
    assert_eq!(&written[8..16], nonce);
    assert_eq!(&written[16..], subject.1);
}
