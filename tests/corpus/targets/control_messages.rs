//! The control buffer of a received message with arbitrary content.

use std::time::Duration;

use super::Feed;
use rping::net::fuzzing::{Said, control_messages};

const WORD: usize = size_of::<usize>();
const HEADER: usize = WORD + 8;

pub fn check(octets: &[u8]) {
    is_walked(octets);
    is_read_as_it_was_written(octets);
}

/// Level, type and body of each entry.
fn walk(octets: &[u8]) -> Vec<(i32, i32, &[u8])> {
    let mut found = Vec::new();
    let mut at = 0;
    while octets.len() >= at + HEADER {
        let number =
            |from: usize| i32::from_ne_bytes(octets[at + from..at + from + 4].try_into().unwrap());
        let length = usize::from_ne_bytes(octets[at..at + WORD].try_into().unwrap());
        if length < HEADER || length > octets.len() - at {
            break;
        }
        let body = &octets[at + HEADER..at + length];
        found.push((number(WORD), number(WORD + 4), body));
        at += length.div_ceil(WORD) * WORD;
    }
    found
}

fn number(body: &[u8]) -> Option<i32> {
    Some(i32::from_ne_bytes(body.get(..4)?.try_into().unwrap()))
}

fn is_walked(octets: &[u8]) {
    let expected = walk(octets);
    // At most one more than possible, so that an iterator that does not advance fails instead of hanging.
    let found: Vec<_> = control_messages(octets)
        .take(octets.len() / HEADER + 1)
        .collect();
    assert_eq!(found.len(), expected.len(), "{octets:?}");
    for (said, (level, kind, body)) in found.into_iter().zip(expected) {
        match said {
            Said::HopLimit(limit) => {
                let of_ipv4 = (level, kind) == (libc::IPPROTO_IP, libc::IP_TTL);
                let of_ipv6 = (level, kind) == (libc::IPPROTO_IPV6, libc::IPV6_HOPLIMIT);
                assert!(of_ipv4 || of_ipv6);
                assert_eq!(number(body), Some(limit.into()));
            }
            Said::Options(options) => {
                assert_eq!(level, libc::IPPROTO_IP);
                assert!([libc::IP_RECVOPTS, libc::IP_RETOPTS].contains(&kind));
                assert_eq!(options, body);
            }
            Said::Stamp(stamp) => {
                assert_eq!(level, libc::SOL_SOCKET);
                let part = |at: usize| body.get(at..at + 8)?.try_into().ok();
                let wide = part(0).zip(part(8)).map(|(seconds, nanoseconds)| {
                    (i64::from_ne_bytes(seconds), i64::from_ne_bytes(nanoseconds))
                });
                let narrow = number(body).zip(number(body.get(4..).unwrap_or(&[])));
                let narrow =
                    narrow.map(|(seconds, nanoseconds)| (seconds.into(), nanoseconds.into()));
                let told = (stamp.as_secs(), i64::from(stamp.subsec_nanos()));
                let (seconds, nanoseconds) = wide.or(narrow).unwrap();
                assert_eq!(told, (u64::try_from(seconds).unwrap(), nanoseconds));
            }
            Said::Error(_) => {
                let of_ipv4 = (level, kind) == (libc::IPPROTO_IP, libc::IP_RECVERR);
                let of_ipv6 = (level, kind) == (libc::IPPROTO_IPV6, libc::IPV6_RECVERR);
                assert!(of_ipv4 || of_ipv6);
                assert!(body.len() >= 16);
            }
            Said::Other => {
                let of_ipv4 = (level, kind) == (libc::IPPROTO_IP, libc::IP_TTL);
                let sound = number(body).is_some_and(|limit| (0..256).contains(&limit));
                assert!(!(of_ipv4 && sound), "a time to live is known: {octets:?}");
            }
        }
    }
}

/// Entries of all kinds in a row, the last one without padding.
fn is_read_as_it_was_written(octets: &[u8]) {
    let mut feed = Feed(octets);
    let mut buffer = Vec::new();
    let mut expected = Vec::new();
    let mut end = 0;
    for _ in 0..feed.octet() % 5 {
        let (level, kind, body, said) = match feed.octet() % 4 {
            0 => {
                let limit = feed.octet();
                let body = i32::from(limit).to_ne_bytes().to_vec();
                (libc::IPPROTO_IP, libc::IP_TTL, body, Said::HopLimit(limit))
            }
            1 => {
                let (seconds, nanoseconds) = (feed.word(), feed.word() % 1_000_000_000);
                let body = [i64::from(seconds), i64::from(nanoseconds)].map(i64::to_ne_bytes);
                let said = Said::Stamp(Duration::new(seconds.into(), nanoseconds));
                let kind = libc::SO_TIMESTAMPNS;
                (libc::SOL_SOCKET, kind, body.concat(), said)
            }
            2 => {
                let length = usize::from(feed.octet() % 41);
                let options = feed.take(length);
                let kind = libc::IP_RETOPTS;
                let said = Said::Options(options);
                (libc::IPPROTO_IP, kind, options.to_vec(), said)
            }
            _ => {
                let body = feed.take(9).to_vec();
                (libc::SOL_SOCKET, libc::SCM_RIGHTS, body, Said::Other)
            }
        };
        buffer.resize(end, 0xa5);
        buffer.extend((HEADER + body.len()).to_ne_bytes());
        buffer.extend(level.to_ne_bytes());
        buffer.extend(kind.to_ne_bytes());
        buffer.extend(body);
        end = buffer.len().next_multiple_of(WORD);
        expected.push(said);
    }
    assert_eq!(control_messages(&buffer).collect::<Vec<_>>(), expected);
    if let Some(cut) = buffer.len().checked_sub(1) {
        let whole = control_messages(&buffer[..cut]).count();
        assert_eq!(whole, expected.len() - 1, "the last one lacks an octet");
    }
}
