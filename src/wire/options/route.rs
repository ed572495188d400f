//! The addresses in a route option.

use std::net::Ipv4Addr;

/// The pointer of a route without recorded addresses. It counts from 1, over type, length and itself.
const FIRST: u8 = 4;

/// The content of a Record Route or Source Route option: slots for addresses. Routers on the path have filled those
/// before the pointer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route<'a> {
    recorded: &'a [u8],
    slots: &'a [u8],
}

impl<'a> Route<'a> {
    /// Reads the octets after the length: the pointer and the slots.
    ///
    /// The pointer is untrusted: one before the first slot records nothing, one after the last slot counts as the end,
    /// and one within an address does not record that address (CVE-2010-2529).
    pub(super) fn new(data: &'a [u8]) -> Self {
        let (pointer, slots) = data
            .split_first()
            .map_or((FIRST, data), |(pointer, slots)| (*pointer, slots));
        let recorded = slots
            .get(..pointer.saturating_sub(FIRST).into())
            .unwrap_or(slots);
        Self { recorded, slots }
    }

    /// The addresses recorded so far, at most 9 (RFC 791, page 20).
    #[must_use]
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Ipv4Addr> + use<'a> {
        addresses(self.recorded)
    }

    /// All addresses of the option. In a source route, those after the recorded ones are still to be visited.
    #[must_use]
    pub fn slots(&self) -> impl ExactSizeIterator<Item = Ipv4Addr> + use<'a> {
        addresses(self.slots)
    }
}

/// The complete addresses; octets of an incomplete one are ignored.
fn addresses(octets: &[u8]) -> impl ExactSizeIterator<Item = Ipv4Addr> + use<'_> {
    octets
        .as_chunks()
        .0
        .iter()
        .map(|address: &[u8; 4]| Ipv4Addr::from(*address))
}
