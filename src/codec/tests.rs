use std::time::Duration;

use super::*;
use crate::clock::{Clock, SystemClock};
use crate::engine::TokensOfMany;
use crate::event::{Altered, Directory, Sender, TargetNumber};
use crate::net::ErrorEntry;
use crate::net::Stamps;
use crate::wire::checksum::checksum;

const V4: &str = "198.51.100.7:0";
const V6: &str = "[2001:db8::7]:0";

fn codec(size: usize) -> Codec {
    let ping_socket = |identifier| SocketParams {
        identifier,
        raw: false,
    };
    let message = Message {
        size,
        pattern: Pattern::Counting,
        request: Request::Echo,
    };
    Codec::new(message, ping_socket(4), ping_socket(6))
}

/// V4 is target 0 and V6 target 1.
#[derive(Debug)]
struct Both;

impl Directory for Both {
    fn len(&self) -> TargetNumber {
        2
    }

    fn address(&self, target: TargetNumber) -> Option<SocketAddr> {
        let address = [V4, V6].get(usize::try_from(target).ok()?)?;
        address.parse().ok()
    }

    fn name(&self, _: TargetNumber) -> Option<&str> {
        None
    }

    fn label(&self, _: TargetNumber) -> Option<&str> {
        None
    }
}

impl TargetSource for Both {
    fn find(&self, source: SocketAddr) -> Option<Sender> {
        let target = self.find_quoted(source)?;
        let relation = Relation::Itself;
        Some(Sender { target, relation })
    }

    fn find_quoted(&self, destination: SocketAddr) -> Option<TargetNumber> {
        (0..2).find(|target| self.address(*target) == Some(destination))
    }
}

fn decoded<'a>(codec: &Codec, datagram: &Datagram<'a>) -> Option<(Claim<'a>, Answer<'a>)> {
    match codec.decode(datagram, &Both) {
        Some(Incoming::Answer(claim, answer)) => Some((claim, answer)),
        Some(other) => panic!("{other:?}"),
        None => None,
    }
}

fn datagram<'a>(source: &str, octets: &'a [u8]) -> Datagram<'a> {
    Datagram {
        source: source.parse().unwrap(),
        octets,
        truncated: false,
        hop_limit: Some(64),
        traffic_class: None,
        destination: None,
        options: &[],
        read: SystemClock.now() + Duration::ZERO,
        stamps: Stamps::default(),
    }
}

/// Turns a request into its reply: another type and, for IPv4, an adjusted checksum.
fn reply(request: &[u8]) -> Vec<u8> {
    let mut octets = request.to_vec();
    if octets[0] == 8 {
        octets[0] = 0;
        let sum = u32::from(u16::from_be_bytes([octets[2], octets[3]])) + 0x0800;
        let folded = u16::try_from((sum & 0xffff) + (sum >> 16)).unwrap();
        octets[2..4].copy_from_slice(&folded.to_be_bytes());
    } else {
        octets[0] = 129;
    }
    octets
}

#[test]
fn notice_with_a_wrong_checksum_is_ignored() {
    let mut original = vec![0x45, 0, 0, 84, 0, 0, 0, 0, 64, 1, 0, 0];
    original.extend([192, 0, 2, 1, 198, 51, 100, 7]);
    original.extend([8, 0, 0, 0, 0, 4, 0, 7]);
    // A Redirect for the host, to 192.0.2.2.
    let mut message = vec![5, 1, 0, 0, 192, 0, 2, 2];
    message.extend(&original);
    let sum = crate::wire::checksum::checksum(&message);
    let mut raw = codec(56);
    raw.v4.raw = true;
    for (checksum, expected) in [(sum, true), (sum ^ 1, false)] {
        message[2..4].copy_from_slice(&checksum.to_be_bytes());
        let mut packet = vec![0x45, 0, 0, 56, 0, 0, 0, 0, 64, 1, 0, 0];
        packet.extend([192, 0, 2, 1, 192, 0, 2, 8]);
        packet.extend(&message);
        let datagram = Datagram {
            source: ([192, 0, 2, 1], 0).into(),
            octets: &packet,
            truncated: false,
            hop_limit: Some(64),
            traffic_class: None,
            destination: None,
            options: &[],
            read: SystemClock.now(),
            stamps: Stamps::default(),
        };
        let found = raw.decode(&datagram, &Both);
        let is_notice = matches!(found, Some(Incoming::Notice(Rejection { sequence: 7, .. })));
        assert_eq!(is_notice, expected, "{found:?}");
    }
}

#[test]
fn reply_carries_the_token_of_its_probe() {
    let tokens = TokensOfMany::new([1; 16]);
    for (address, size) in [(V4, 56), (V6, 56), (V4, 8), (V6, 3)] {
        let mut codec = codec(size);
        let to = address.parse().unwrap();
        let token = tokens.of(3, 9);
        let answer = reply(codec.encode(&to, 10, &token));
        let (claim, got) = decoded(&codec, &datagram(address, &answer)).unwrap();
        assert_eq!((got.source, got.sequence), (to, 10));
        assert_eq!(got.target, u32::from(address == V6));
        assert_eq!((claim.target, claim.sequence), (got.target, 10));
        assert!(claim.checksum_valid && claim.faithful);
        assert!(claim.evidence.fits(&token));
        assert_eq!(claim.evidence.fits(&tokens.of(3, 8)), size < 8);
    }
}

#[test]
fn replies_to_other_identifiers_and_requests_are_ignored() {
    let mut codec = codec(56);
    let to = V4.parse().unwrap();
    let request = codec
        .encode(&to, 1, &TokensOfMany::new([1; 16]).of(0, 0))
        .to_vec();
    assert_eq!(decoded(&codec, &datagram(V4, &request)), None);
    let mut other = reply(&request);
    other[5] ^= 1;
    assert_eq!(decoded(&codec, &datagram(V4, &other)), None);
    assert_eq!(decoded(&codec, &datagram(V4, &[])), None);
}

#[test]
fn reply_from_an_unprobed_address_is_from_a_stranger() {
    let mut codec = codec(56);
    let to = V4.parse().unwrap();
    let answer = reply(codec.encode(&to, 1, &TokensOfMany::new([1; 16]).of(0, 0)));
    let found = codec.decode(&datagram("198.51.100.8:0", &answer), &Both);
    let stranger = Stranger {
        source: "198.51.100.8:0".parse().unwrap(),
        length: 64,
        sequence: 1,
        hop_limit: Some(64),
        traffic_class: None,
    };
    assert_eq!(found, Some(Incoming::Stranger(stranger)));
}

#[test]
fn damaged_or_truncated_reply_is_not_faithful() {
    let mut codec = codec(56);
    let to = V4.parse().unwrap();
    let answer = reply(codec.encode(&to, 1, &TokensOfMany::new([1; 16]).of(0, 0)));
    let mut damaged = answer.clone();
    damaged[40] ^= 1;
    let (claim, got) = decoded(&codec, &datagram(V4, &damaged)).unwrap();
    assert!(!claim.checksum_valid && got.mismatch.is_some() && !claim.faithful);
    let (claim, got) = decoded(&codec, &datagram(V4, &answer[..40])).unwrap();
    assert!(got.marks.truncated && !claim.checksum_valid && !claim.faithful);
}

#[test]
fn reply_cut_off_on_receipt_is_oversized_and_not_damaged() {
    for address in [V4, V6] {
        let (mut codec, tokens) = (codec(56), TokensOfMany::new([1; 16]));
        let to = address.parse().unwrap();
        let mut answer = reply(codec.encode(&to, 1, &tokens.of(0, 0)));
        answer.extend([0xa5; 100]);
        let cut = Datagram {
            truncated: true,
            ..datagram(address, &answer)
        };
        let (claim, got) = decoded(&codec, &cut).unwrap();
        assert!(claim.checksum_valid && got.marks.oversized && got.mismatch.is_none());
        assert!(claim.evidence.fits(&tokens.of(0, 0)));
    }
}

#[test]
fn error_is_matched_to_target_and_sequence_of_the_quoted_probe() {
    let mut codec = codec(56);
    for (address, kind, code) in [(V4, 3, 1), (V6, 1, 3)] {
        let to: SocketAddr = address.parse().unwrap();
        let token = TokensOfMany::new([1; 16]).of(0, 0);
        let original = codec.encode(&to, 77, &token).to_vec();
        let entry = |original: &[u8]| ErrorEntry::Icmp {
            reporter: address.parse().unwrap(),
            destination: to,
            kind,
            code,
            info: 0,
            original: original.to_vec(),
            extensions_at: None,
        };
        let entry_of_ours = entry(&original);
        let Some(Incoming::Rejection(got, _)) = codec.decode_error(&entry_of_ours, &Both) else {
            panic!("it quotes a probe of ours");
        };
        assert_eq!((got.target, got.sequence), (u32::from(address == V6), 77));
        let mut other = original.clone();
        other[5] ^= 1;
        assert_eq!(codec.decode_error(&entry(&other), &Both), None);
        assert_eq!(codec.decode_error(&entry(&original[..7]), &Both), None);
    }
}

#[test]
fn redirect_and_source_quench_are_notices() {
    let mut codec = codec(56);
    let to: SocketAddr = V4.parse().unwrap();
    let token = TokensOfMany::new([1; 16]).of(0, 0);
    let original = codec.encode(&to, 77, &token).to_vec();
    for kind in [4, 5] {
        let entry = ErrorEntry::Icmp {
            reporter: to,
            destination: to,
            kind,
            code: 0,
            info: 0,
            original: original.clone(),
            extensions_at: None,
        };
        let found = codec.decode_error(&entry, &Both);
        assert!(matches!(found, Some(Incoming::Notice(_))), "{found:?}");
    }
}

/// An IPv4 error from a raw socket, with a valid checksum. It quotes a packet that was sent with a total length of 84
/// octets, and arrived with this type of service and these flags.
fn error_v4(kind: u8, class: u8, flags: u8, length: u8, message: &[u8]) -> ErrorEntry {
    let header = [
        0x45, class, 0, length, 0, 7, flags, 0, 61, 1, 0, 0, 192, 0, 2, 1, 198, 51, 100, 7,
    ];
    let mut octets = [&[kind, 1, 0, 0, 0, 0, 0, 0], &header[..], message].concat();
    let sum = checksum(&octets).to_be_bytes();
    octets[2..4].copy_from_slice(&sum);
    ErrorEntry::Message {
        reporter: ([192, 0, 2, 9], 0).into(),
        octets,
    }
}

fn rejected<'a>(codec: &Codec, entry: &'a ErrorEntry) -> Option<(Rejection<'a>, &'a [u8])> {
    match codec.decode_error(entry, &Both)? {
        Incoming::Rejection(rejection, quoted) => Some((rejection, quoted)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn raw_error_shows_the_quoted_header_as_it_arrived() {
    let mut codec = codec(56).with_traffic_class(184);
    let to: SocketAddr = V4.parse().unwrap();
    let token = TokensOfMany::new([1; 16]).of(0, 0);
    let original = codec.encode(&to, 77, &token).to_vec();
    let entry = error_v4(3, 0, 0x40, 64, &original);
    let (got, quoted) = rejected(&codec, &entry).unwrap();
    assert_eq!((got.target, got.sequence), (0, 77));
    assert_eq!(got.problem.type_and_code(), (3, 1));
    assert_eq!(got.reporter, ([192, 0, 2, 9], 0).into());
    assert_eq!(quoted, &original[..44], "as far as the header claims");
    let header = got.quoted.unwrap();
    assert_eq!(header.hop_limit, 61);
    let class = Altered {
        sent: 184,
        arrived: 0,
    };
    assert_eq!(header.traffic_class, class);
    let length = Altered {
        sent: 84,
        arrived: 64,
    };
    assert_eq!(header.length, Some(length));
    // The first of several fragments is shorter than the packet.
    let entry = error_v4(11, 184, 0x20, 64, &original);
    assert_eq!(
        rejected(&codec, &entry).unwrap().0.quoted.unwrap().length,
        None
    );
}

#[test]
fn raw_error_counts_only_with_a_checksum_and_about_our_probes() {
    let mut codec = codec(56);
    let to: SocketAddr = V4.parse().unwrap();
    let token = TokensOfMany::new([1; 16]).of(0, 0);
    let original = codec.encode(&to, 77, &token).to_vec();
    let whole = error_v4(3, 0, 0x40, 84, &original);
    assert!(rejected(&codec, &whole).is_some());
    let altered = |place: usize, octet: u8, sums: bool| {
        let ErrorEntry::Message {
            reporter,
            mut octets,
        } = whole.clone()
        else {
            panic!("it is a message")
        };
        octets[place] = octet;
        if sums {
            octets[2..4].fill(0);
            let sum = checksum(&octets).to_be_bytes();
            octets[2..4].copy_from_slice(&sum);
        }
        ErrorEntry::Message { reporter, octets }
    };
    // Fields of the quote: version, flags of a later fragment, protocol, destination, type, identifier.
    for (place, octet, sums) in [
        (40, 0x55, false),
        (8, 0x65, true),
        (8 + 7, 1, true),
        (8 + 9, 17, true),
        (8 + 19, 8, true),
        (28, 0, true),
        (28 + 5, 5, true),
    ] {
        let entry = altered(place, octet, sums);
        assert_eq!(codec.decode_error(&entry, &Both), None, "octet {place}");
    }
    let ErrorEntry::Message { reporter, octets } = &whole else {
        panic!("it is a message")
    };
    for length in 0..8 + 20 + 8 {
        let entry = ErrorEntry::Message {
            reporter: *reporter,
            octets: octets[..length].to_vec(),
        };
        assert_eq!(codec.decode_error(&entry, &Both), None, "{length} octets");
    }
}

#[test]
fn raw_icmpv6_error_shows_the_quoted_header_as_it_arrived() {
    let mut codec = codec(56).with_traffic_class(184);
    let to: SocketAddr = V6.parse().unwrap();
    let token = TokensOfMany::new([1; 16]).of(0, 0);
    let original = codec.encode(&to, 77, &token).to_vec();
    let fixed = [0x60, 0x30, 0, 0, 0, 64, 58, 63];
    let source = [0x20; 16];
    let destination = [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7];
    let error = [3, 0, 0, 0, 0, 0, 0, 0];
    let entry = ErrorEntry::Message {
        reporter: "[2001:db8::9]:0".parse().unwrap(),
        octets: [&error[..], &fixed, &source, &destination, &original].concat(),
    };
    let (got, quoted) = rejected(&codec, &entry).unwrap();
    assert_eq!((got.target, got.sequence), (1, 77));
    assert_eq!(quoted, original);
    let header = got.quoted.unwrap();
    let arrived = (header.hop_limit, header.traffic_class.arrived);
    assert_eq!(arrived, (63, 3));
    let length = Altered {
        sent: 104,
        arrived: 104,
    };
    assert_eq!(header.length, Some(length));
}

#[test]
fn extensions_are_decoded_from_raw_errors_and_from_the_error_queue() {
    let mut codec = codec(56);
    let structure = [0x20, 0, 0, 0, 0, 8, 1, 1, 0x03, 0xe8, 0x4b, 1];
    let mut summed = structure;
    summed[2..4].copy_from_slice(&checksum(&structure).to_be_bytes());
    let token = TokensOfMany::new([1; 16]).of(0, 0);
    for (address, kind, header) in [(V4, 11, 20), (V6, 3, 40)] {
        let to: SocketAddr = address.parse().unwrap();
        let mut quote = codec.encode(&to, 77, &token).to_vec();
        quote.resize(128 - header, 0);
        let at = u16::try_from(quote.len()).unwrap();
        for (structure, extensions_at, expected) in [
            (structure, Some(at), 1),
            (summed, Some(at), 1),
            (summed, None, 1),
            // Without a checksum or a length, these are not recognized as extensions.
            (structure, None, 0),
            (summed, Some(at - 4), 0),
        ] {
            let entry = ErrorEntry::Icmp {
                reporter: to,
                destination: to,
                kind,
                code: 0,
                info: 0,
                original: [&quote[..], &structure].concat(),
                extensions_at,
            };
            let (got, quoted) = rejected(&codec, &entry).unwrap();
            assert_eq!(got.extensions.objects().count(), expected);
            let behind = if expected == 0 { structure.len() } else { 0 };
            assert_eq!(quoted.len(), quote.len() + behind);
            assert_eq!(got.quoted, None);
        }
    }
}
