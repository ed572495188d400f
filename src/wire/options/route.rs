//! The addresses in a route option.

use std::net::Ipv4Addr;

/// What the pointer of an option without a recorded address is: it counts type, length and itself from 1.
const FIRST: u8 = 4;

/// The content of a Record Route or Source Route option: slots for addresses, of which those below the
/// pointer have been written by the routers on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route<'a> {
    recorded: &'a [u8],
    slots: &'a [u8],
}

impl<'a> Route<'a> {
    /// From what follows the length octet: the pointer and the slots.
    ///
    /// The pointer is not trusted: one below the first slot records nothing, one behind the last slot is
    /// taken for the end, and one within an address does not record that address (CVE-2010-2529).
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

    /// All addresses of the option, written or not: in a source route, what lies behind the recorded
    /// addresses is still to be visited.
    #[must_use]
    pub fn slots(&self) -> impl ExactSizeIterator<Item = Ipv4Addr> + use<'a> {
        addresses(self.slots)
    }
}

/// Whole addresses; octets that do not make up one are left out.
fn addresses(octets: &[u8]) -> impl ExactSizeIterator<Item = Ipv4Addr> + use<'_> {
    octets
        .as_chunks()
        .0
        .iter()
        .map(|address: &[u8; 4]| Ipv4Addr::from(*address))
}
