//! The Internet checksum over arbitrary octets in parts of any length.

use super::{Feed, sum};
use rping::wire::checksum::{Checksum, checksum, is_valid};

/// The first octet is the length of the parts.
pub fn check(octets: &[u8]) {
    let mut feed = Feed(octets);
    let part = usize::from(feed.octet()).max(1);
    let message = feed.0;
    assert_eq!(checksum(message), !sum(message), "{message:?}");
    assert_eq!(is_valid(message), sum(message) == 0xffff, "{message:?}");
    let mut parts = Checksum::new();
    for part in message.chunks(part) {
        parts.add(part);
    }
    assert_eq!(parts.finish(), checksum(message), "parts of {part} octets");

    // A message with its checksum is valid until a bit flips.
    let mut carrying = [&[8, 0, 0, 0], message].concat();
    let value = checksum(&carrying);
    carrying[2..4].copy_from_slice(&value.to_be_bytes());
    assert!(is_valid(&carrying), "{carrying:?}");
    let flipped = part % carrying.len();
    carrying[flipped] ^= 1 << (part % 8);
    assert!(!is_valid(&carrying), "octet {flipped} of {carrying:?}");
}
