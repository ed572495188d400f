//! IPv4 options (RFC 791 section 3.1): builds those that a ping sends, and parses received ones.

mod build;
mod route;
mod timestamps;

pub use build::{
    HopCount, MOST_ROUTE_HOPS, MOST_TIMESTAMP_HOPS, ROOM, record_route, source_route, timestamp,
};
pub use route::Route;
pub use timestamps::{Entry, Stamp, TimestampKind, Timestamps};

use std::iter::FusedIterator;

const END_OF_LIST: u8 = 0;
const NO_OPERATION: u8 = 1;
const RECORD_ROUTE: u8 = 7;
const TIMESTAMP: u8 = 68;
const LOOSE_SOURCE_ROUTE: u8 = 131;
const STRICT_SOURCE_ROUTE: u8 = 137;

/// One option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ipv4Option<'a> {
    /// Type 1: padding of one octet.
    NoOperation,
    /// Type 7: the addresses of the hops so far.
    RecordRoute(Route<'a>),
    /// Type 131: hops that the datagram must pass, among others.
    LooseSourceRoute(Route<'a>),
    /// Type 137: all hops of the datagram.
    StrictSourceRoute(Route<'a>),
    /// Type 68: the times at which hops were passed.
    Timestamp(Timestamps<'a>),
    /// Any other option that has a length.
    Unknown {
        /// The type octet.
        kind: u8,
        /// The octets after the length.
        data: &'a [u8],
    },
}

/// An iterator over the options of a header.
///
/// It ends with the octets, at an End of Option List, and at an option that cannot be skipped: a type without a length,
/// a length of 0 or 1, or one beyond the octets. Each step consumes at least one octet, so there are at most as many
/// options as octets.
///
/// ```
/// use rping::wire::options::{Ipv4Option, Options};
///
/// // No operation, record route with one of two slots used, end of list.
/// let octets = [1, 7, 11, 8, 192, 0, 2, 1, 0, 0, 0, 0, 0];
/// let mut options = Options::new(&octets);
/// assert_eq!(options.next(), Some(Ipv4Option::NoOperation));
/// let Some(Ipv4Option::RecordRoute(route)) = options.next() else { panic!() };
/// assert!(route.iter().eq(["192.0.2.1".parse::<std::net::Ipv4Addr>().unwrap()]));
/// assert_eq!(options.next(), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Options<'a> {
    rest: &'a [u8],
}

impl<'a> Options<'a> {
    /// Iterates over the octets between the fixed part of a header and its payload.
    pub const fn new(octets: &'a [u8]) -> Self {
        Self { rest: octets }
    }
}

impl<'a> Iterator for Options<'a> {
    type Item = Ipv4Option<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        // Taken, so that the iterator ends unless a shorter rest is put back.
        let rest = std::mem::take(&mut self.rest);
        let (option, behind) = match rest {
            [] | [END_OF_LIST, ..] => return None,
            [NO_OPERATION, behind @ ..] => (Ipv4Option::NoOperation, behind),
            _ => with_length(rest)?,
        };
        self.rest = behind;
        Some(option)
    }
}

impl FusedIterator for Options<'_> {}

/// Splits off an option with a length. The length includes type and length octet, so below 2 it is invalid.
fn with_length(octets: &[u8]) -> Option<(Ipv4Option<'_>, &[u8])> {
    let length = *octets.get(1)?;
    let (option, behind) = octets.split_at_checked(length.into())?;
    let (&[kind, _], data) = option.split_first_chunk()?;
    let option = match kind {
        RECORD_ROUTE => Ipv4Option::RecordRoute(Route::new(data)),
        LOOSE_SOURCE_ROUTE => Ipv4Option::LooseSourceRoute(Route::new(data)),
        STRICT_SOURCE_ROUTE => Ipv4Option::StrictSourceRoute(Route::new(data)),
        TIMESTAMP => Ipv4Option::Timestamp(Timestamps::new(data)),
        _ => Ipv4Option::Unknown { kind, data },
    };
    Some((option, behind))
}

#[cfg(test)]
mod tests;
