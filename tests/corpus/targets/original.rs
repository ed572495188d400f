//! Quoted datagrams: the two headers of an error, both with false lengths (CVE-2022-23093).
//!
//! RFC 4884's extensions may follow the first 128 octets of a quote. They do not change which probe it is;
//! `extensions.rs` checks their content.

use super::{
    Feed, IDENTIFIER, TARGET4, TARGET6, assert_harmless, codec, datagram, extensions, pair_at,
};
use rping::codec::{Codec, Incoming, SingleTarget};
use rping::config::Request;
use rping::event::Event;
use rping::net::ErrorEntry;
use rping::wire::Malformed;
use rping::wire::checksum::checksum;
use rping::wire::echo::Echo;
use rping::wire::{icmpv4, icmpv6, ipv4};

pub fn check(octets: &[u8]) {
    is_quoted(octets);
    is_noticed(octets);
    is_in_the_error_queue(octets);
    is_an_error_as_a_message(octets);
    is_found_in_any_quote(octets);
}

/// The begin and end of the quoted message. The total length may exceed the quote, or be false.
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
    let end = if (begin..octets.len()).contains(&total) {
        total
    } else {
        octets.len()
    };
    Ok((begin, end))
}

/// Identifier and sequence of the request that starts here.
fn request(message: &[u8], kind: u8) -> Option<(u16, u16)> {
    let is_one = message.len() >= 8 && message[0] == kind && message[1] == 0;
    is_one.then(|| (pair_at(message, 4), pair_at(message, 6)))
}

/// Identifier, sequence and destination of the quoted request.
fn quoted(octets: &[u8]) -> Option<(u16, u16, [u8; 4])> {
    let (begin, end) = payload(octets).ok()?;
    let later_fragment = pair_at(octets, 6) & 0x1fff != 0;
    if octets[9] != 1 || later_fragment {
        return None;
    }
    let (identifier, sequence) = request(&octets[begin..end], 8)?;
    let destination = octets[16..20].try_into().unwrap();
    Some((identifier, sequence, destination))
}

fn is_quoted(octets: &[u8]) {
    match (ipv4::Packet::parse_original(octets), payload(octets)) {
        (Ok(packet), Ok((begin, end))) => {
            assert_eq!(packet.payload, &octets[begin..end], "{octets:?}");
            assert_eq!(packet.header.options, &octets[20..begin]);
        }
        (packet, range) => assert_eq!(packet.err(), range.err(), "{octets:?}"),
    }
    let expected = quoted(octets);
    let found = icmpv4::parse_original(octets).ok().and_then(|original| {
        let (identifier, sequence) = original.echo?;
        Some((identifier, sequence, original.header.destination.octets()))
    });
    assert_eq!(found, expected, "{octets:?}");
}

/// A redirect from a raw socket: reported if it is about a probe, and never parsed further.
fn is_noticed(octets: &[u8]) {
    let target = (TARGET4, 0).into();
    let mut message = [&[5, 1, 0, 0, 203, 0, 113, 9], octets].concat();
    let value = checksum(&message);
    message[2..4].copy_from_slice(&value.to_be_bytes());
    let [t0, t1] = u16::try_from(20 + message.len())
        .unwrap_or(u16::MAX)
        .to_be_bytes();
    let header = [
        &[0x45, 0, t0, t1, 0, 0, 0, 0, 63, 1, 0, 0, 203, 0, 113, 1][..],
        &[198, 51, 100, 1],
    ];
    let packet = [&header.concat()[..], &message].concat();
    let (codec, sole) = codec(target, true, Request::Echo);
    let datagram = datagram(target, &packet);
    let ours = quoted(octets).filter(|(identifier, _, destination)| {
        (*identifier, *destination) == (IDENTIFIER, TARGET4)
    });
    match (codec.decode(&datagram, &sole), ours) {
        (Some(Incoming::Notice(notice)), Some((_, sequence, _))) => {
            assert_eq!(notice.sequence, sequence);
            assert_harmless(&Event::Noticed(&notice));
        }
        (None, None) => {}
        (incoming, ours) => panic!("{incoming:?} of {ours:?}: {octets:?}"),
    }
}

/// A raw socket delivers the whole error: it rejects the same probe that a redirect would be about, whatever follows
/// the quote.
fn is_an_error_as_a_message(octets: &[u8]) {
    let target = (TARGET4, 0).into();
    let (codec, sole) = codec(target, true, Request::Echo);
    for (kind, words) in [(3, 0), (11, 32), (12, 255)] {
        let mut message = [&[kind, 0, 0, 0, 0, words, 0, 0], octets].concat();
        let value = checksum(&message);
        message[2..4].copy_from_slice(&value.to_be_bytes());
        let entry = ErrorEntry::Message {
            reporter: target,
            octets: message,
        };
        // The length in the header may extend into the extensions, which are not part of the quote.
        let quote = &octets[..extensions::begin(octets, words.into(), 4)];
        let ours = quoted(quote).filter(|(identifier, _, destination)| {
            (*identifier, *destination) == (IDENTIFIER, TARGET4)
        });
        match (codec.decode_error(&entry, &sole), ours) {
            (Some(Incoming::Rejection(rejection, _)), Some((_, sequence, _))) => {
                assert_eq!(rejection.sequence, sequence);
                let header = rejection.quoted.unwrap();
                assert_eq!(header.hop_limit, octets[8]);
                assert_eq!(header.traffic_class.arrived, octets[1]);
                assert_harmless(&Event::Rejected(&rejection));
            }
            (None, None) => {}
            (incoming, ours) => panic!("{incoming:?} of {ours:?}: {octets:?}"),
        }
    }
}

/// Without the IP header, which the kernel removes. Only an echo request of ours is rejected; a notice rejects nothing.
fn is_in_the_error_queue(octets: &[u8]) {
    let mut feed = Feed(octets);
    let [kind, code] = [feed.octet(), feed.octet()];
    let info = feed.word();
    let original = feed.0;
    let [v4, v6] = [(TARGET4, 0).into(), (TARGET6, 0).into()];
    for (target, elsewhere, request_kind) in [(v4, v6, 8), (v6, v4, 128)] {
        let (codec, sole) = codec(target, true, Request::Echo);
        let entry = |destination| ErrorEntry::Icmp {
            reporter: target,
            destination,
            kind,
            code,
            info,
            original: original.to_vec(),
            extensions_at: None,
        };
        let ours = request(original, request_kind).filter(|(found, _)| *found == IDENTIFIER);
        let advice = target.is_ipv4() && [4, 5].contains(&kind);
        match (decode(&codec, &sole, &entry(target)), ours) {
            (Some((sequence, noticed)), Some((_, expected))) => {
                assert_eq!((sequence, noticed), (expected, advice));
            }
            (None, None) => {}
            (found, ours) => panic!("{found:?} of {ours:?}: {octets:?}"),
        }
        assert_eq!(
            decode(&codec, &sole, &entry(elsewhere)),
            None,
            "about another destination"
        );
    }
}

/// The sequence number, and whether it is only a notice.
fn decode(codec: &Codec, sole: &SingleTarget, entry: &ErrorEntry) -> Option<(u16, bool)> {
    match codec.decode_error(entry, sole)? {
        Incoming::Notice(notice) => {
            assert_harmless(&Event::Noticed(&notice));
            Some((notice.sequence, true))
        }
        Incoming::Rejection(rejection, _) => {
            assert_harmless(&Event::Rejected(&rejection));
            Some((rejection.sequence, false))
        }
        Incoming::Answer(..) | Incoming::Stranger(_) => panic!("an error answers nothing"),
    }
}

/// A request with any data and options, quoted up to any octet, and extensions after it.
fn is_found_in_any_quote(octets: &[u8]) {
    let mut feed = Feed(octets);
    let words = 5 + usize::from(feed.octet()) % 11;
    let cut = usize::from(feed.octet());
    let total = feed.pair();
    let (identifier, sequence) = (feed.pair(), feed.pair());
    let mut options = feed.take(words * 4 - 20).to_vec();
    options.resize(words * 4 - 20, 1);
    let mut message = Vec::new();
    Echo {
        identifier,
        sequence,
        data: feed.0,
    }
    .write_request(&mut message);
    assert_eq!(
        icmpv4::parse_request_start(&message),
        Some((identifier, sequence))
    );
    assert_eq!(icmpv6::parse_request_start(&message), None);
    let [t0, t1] = total.to_be_bytes();
    let first = u8::try_from(0x40 | words).unwrap();
    let header = [first, 0, t0, t1, 0, 0, 0, 0, 1, 1, 0, 0, 198, 51, 100, 1];
    let mut quote = [&header[..], &TARGET4, &options, &message].concat();
    quote.truncate(cut);
    let whole = cut >= words * 4 + 8;
    // A total length that ends within the eight octets does not cover them, unless it ends within the header.
    let covered = !(words * 4..words * 4 + 8).contains(&usize::from(total));
    let found = icmpv4::parse_original(&quote)
        .ok()
        .and_then(|original| original.echo);
    assert_eq!(
        found,
        (whole && covered).then_some((identifier, sequence)),
        "{quote:?}"
    );
}
