//! IPv4 options: the iterator advances (even at an option of length 0), and does not trust a pointer (CVE-2010-2529).

use std::net::Ipv4Addr;

use super::{Feed, pair_at};
use rping::wire::options::{
    Ipv4Option, Options, Route, Stamp, TimestampKind, Timestamps, record_route, source_route,
    timestamp,
};

/// The octets as the options of a header.
pub fn check(octets: &[u8]) {
    is_walked(octets);
    is_read_as_it_was_built(octets);
}

/// The begin and end of each option.
fn walk(octets: &[u8]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < octets.len() && octets[at] != 0 {
        let length = match (octets[at], octets.get(at + 1)) {
            (1, _) => 1,
            (_, Some(&length)) => usize::from(length),
            (_, None) => 0,
        };
        let alone = octets[at] == 1;
        if (length < 2 && !alone) || at + length > octets.len() {
            break;
        }
        found.push((at, at + length));
        at += length;
    }
    found
}

fn is_walked(octets: &[u8]) {
    let expected = walk(octets);
    // At most one more than possible, so that an iterator that does not advance fails instead of hanging.
    let mut options = Options::new(octets);
    let found: Vec<_> = options.by_ref().take(octets.len() + 1).collect();
    assert_eq!(found.len(), expected.len(), "{octets:?}");
    assert_eq!(options.next(), None, "it has ended for good");
    for (option, (begin, end)) in found.into_iter().zip(expected) {
        let octets = &octets[begin..end];
        match option {
            Ipv4Option::NoOperation => assert_eq!(octets, [1]),
            Ipv4Option::RecordRoute(route) => is_route(7, &route, octets),
            Ipv4Option::LooseSourceRoute(route) => is_route(131, &route, octets),
            Ipv4Option::StrictSourceRoute(route) => is_route(137, &route, octets),
            Ipv4Option::Timestamp(timestamps) => are_timestamps(&timestamps, octets),
            Ipv4Option::Unknown { kind, data } => {
                assert!(![0, 1, 7, 68, 131, 137].contains(&kind));
                assert_eq!((kind, data), (octets[0], &octets[2..]));
            }
        }
    }
}

/// The addresses that are completely before the pointer, which counts from 1, and within the option.
fn is_route(kind: u8, route: &Route<'_>, octets: &[u8]) {
    assert_eq!(kind, octets[0]);
    let whole = octets.len().saturating_sub(3) / 4;
    let pointer = usize::from(octets.get(2).copied().unwrap_or(4));
    let recorded = (pointer.saturating_sub(4) / 4).min(whole);
    assert_eq!(route.slots().len(), whole, "{octets:?}");
    assert_eq!(route.iter().len(), recorded, "{octets:?}");
    for (index, address) in route.slots().enumerate() {
        assert_eq!(
            address.octets(),
            octets[3 + 4 * index..7 + 4 * index],
            "{octets:?}"
        );
    }
    assert!(route.iter().eq(route.slots().take(recorded)));
}

fn are_timestamps(timestamps: &Timestamps<'_>, octets: &[u8]) {
    assert_eq!(68, octets[0]);
    let entries: Vec<_> = timestamps.iter().collect();
    let (Some(&pointer), Some(&overflow_and_flags)) = (octets.get(2), octets.get(3)) else {
        return assert!(entries.is_empty(), "{octets:?}");
    };
    assert_eq!(timestamps.overflow(), overflow_and_flags >> 4);
    let size = match overflow_and_flags & 15 {
        0 => 4,
        1 | 3 => 8,
        _ => return assert!(entries.is_empty(), "of no known kind: {octets:?}"),
    };
    let recorded = usize::from(pointer).saturating_sub(5) / size;
    assert_eq!(
        entries.len(),
        recorded.min((octets.len() - 4) / size),
        "{octets:?}"
    );
    for (index, entry) in entries.iter().enumerate() {
        let octets = &octets[4 + size * index..4 + size * (index + 1)];
        let address = entry.address.map(|address| address.octets().to_vec());
        assert_eq!(address, (size == 8).then(|| octets[..4].to_vec()));
        let number =
            u32::from(pair_at(octets, size - 4)) << 16 | u32::from(pair_at(octets, size - 2));
        match entry.stamp {
            Stamp::Standard(stamp) => assert_eq!(stamp, number),
            Stamp::NonStandard(stamp) => assert_eq!(stamp | 1 << 31, number),
        }
    }
}

/// Built options parse to what they were built from.
fn is_read_as_it_was_built(octets: &[u8]) {
    let mut feed = Feed(octets);
    let (count, strict) = (feed.octet() % 12, feed.octet() % 2 == 1);
    let hops: Vec<Ipv4Addr> = (0..count).map(|_| Ipv4Addr::from(feed.word())).collect();
    let built = source_route(&hops, strict);
    assert_eq!(built.is_ok(), (1..=9).contains(&hops.len()));
    if let Ok(built) = built {
        assert!(built.len() <= 40 && built.len().is_multiple_of(4));
        let route = match Options::new(&built).nth(1) {
            Some(Ipv4Option::LooseSourceRoute(route)) if !strict => route,
            Some(Ipv4Option::StrictSourceRoute(route)) if strict => route,
            other => panic!("{other:?}"),
        };
        assert!(route.slots().eq(hops.iter().copied()));
        assert_eq!(route.iter().len(), 0, "nothing is recorded yet");
    }
    let mut built = record_route();
    assert_eq!(built.len(), 40);
    let recorded = hops.len().min(9);
    built[3] += u8::try_from(recorded * 4).unwrap();
    for (slot, hop) in built[4..].chunks_exact_mut(4).zip(&hops) {
        slot.copy_from_slice(&hop.octets());
    }
    let Some(Ipv4Option::RecordRoute(route)) = Options::new(&built).nth(1) else {
        panic!("{built:?}")
    };
    assert!(route.iter().eq(hops.iter().copied().take(recorded)));
    prespecified(&hops);
}

fn prespecified(hops: &[Ipv4Addr]) {
    let built = timestamp(TimestampKind::Prespecified, hops);
    assert_eq!(built.is_ok(), (0..=4).contains(&hops.len()));
    let Ok(mut built) = built else { return };
    assert_eq!(built.len(), 4 + 8 * hops.len());
    // As if all routers had written.
    built[2] = u8::try_from(built.len() + 1).unwrap();
    let Some(Ipv4Option::Timestamp(timestamps)) = Options::new(&built).next() else {
        panic!("{built:?}")
    };
    assert_eq!(timestamps.kind(), Some(TimestampKind::Prespecified));
    let addresses = timestamps.iter().map(|entry| entry.address);
    assert!(addresses.eq(hops.iter().copied().map(Some)));
}
