//! Extensions that routers append to the original datagram in an ICMP error (RFC 4884): its MPLS labels (RFC 4950), and
//! the interfaces that received it and would have sent it (RFC 5837).
//!
//! A field of the error gives the length of the quote. Routers older than RFC 4884 do not set it, and quote 128 octets.
//! Extensions are valid only as a whole: version, checksum, and the length of each object.

mod interface;

use super::checksum::is_valid;
use super::{icmpv4, icmpv6};

pub use interface::{Interface, Role};

/// Minimum length of a quote before extensions, in octets (RFC 4884, section 3).
pub const LEAST_QUOTE: usize = 128;

/// The version of the structure (RFC 4884, section 7).
const VERSION: u8 = 2;

/// Octets before the objects: version and checksum.
const HEADER: usize = 4;

/// Octets of an object before its data: length, class and subtype.
const OBJECT_HEADER: usize = 4;

/// The class and subtype of an MPLS label stack (RFC 4950, section 4).
const MPLS: (u8, u8) = (1, 1);

/// The class of interface information (RFC 5837, section 4); its subtype lists the parts.
const INTERFACE: u8 = 2;

/// The extensions of an error, may be empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Extensions<'a> {
    /// Objects with valid lengths.
    objects: &'a [u8],
}

/// The offset of extensions from the beginning of the quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The offset given by the error.
    Told(usize),
    /// The offset used by routers older than RFC 4884, which do not give one. Only a checksum confirms it.
    Likely(usize),
}

impl Place {
    /// From the type of an ICMP error and the four octets after its checksum; `None` for types without extensions.
    pub(super) fn of_v4(kind: u8, word: [u8; 4]) -> Option<Self> {
        let [_, words, _, _] = word;
        icmpv4::has_extensions(kind).then(|| Self::of(words, 4))
    }

    /// The same for an `ICMPv6` error.
    pub(super) fn of_v6(kind: u8, word: [u8; 4]) -> Option<Self> {
        let [words, ..] = word;
        icmpv6::has_extensions(kind).then(|| Self::of(words, 8))
    }

    fn of(words: u8, octets_of_word: usize) -> Self {
        match usize::from(words) * octets_of_word {
            0 => Self::Likely(LEAST_QUOTE),
            told => Self::Told(told),
        }
    }

    /// Splits the octets after the header of an error into quote and extensions.
    ///
    /// ```
    /// use rping::wire::extensions::{Extensions, Place};
    ///
    /// let octets = [&[0; 128][..], b"\x20\x00\x00\x00\x00\x05\x07\x01!"].concat();
    /// let (quote, extensions) = Place::Told(128).split(&octets);
    /// assert_eq!((quote.len(), extensions.objects().count()), (128, 1));
    /// // Without a length field and a checksum, all octets are the quote.
    /// let (quote, extensions) = Place::Likely(128).split(&octets);
    /// assert_eq!((quote.len(), extensions), (137, Extensions::default()));
    /// ```
    #[must_use]
    pub fn split(self, octets: &[u8]) -> (&[u8], Extensions<'_>) {
        let (at, needs_checksum) = match self {
            Self::Told(at) => (at, false),
            Self::Likely(at) => (at, true),
        };
        octets
            .split_at_checked(at)
            .and_then(|(quote, structure)| {
                Some((quote, Extensions::parse(structure, needs_checksum)?))
            })
            .unwrap_or((octets, Extensions::default()))
    }
}

/// Splits the octets after the header of an error into quote and extensions.
pub(super) fn split(place: Option<Place>, octets: &[u8]) -> (&[u8], Extensions<'_>) {
    match place {
        Some(place) => place.split(octets),
        None => (octets, Extensions::default()),
    }
}

impl<'a> Extensions<'a> {
    /// Parses the structure; returns `None` if any part of it is invalid.
    fn parse(structure: &'a [u8], needs_checksum: bool) -> Option<Self> {
        let ([version, _, c0, c1], objects) = structure.split_first_chunk::<HEADER>()?;
        let is_unsummed = [*c0, *c1] == [0, 0];
        let is_whole = if is_unsummed {
            !needs_checksum
        } else {
            is_valid(structure)
        };
        let mut walk = Objects { rest: objects };
        while walk.next().is_some() {}
        (version >> 4 == VERSION && is_whole && walk.rest.is_empty()).then_some(Self { objects })
    }

    /// Whether there are no extensions.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.objects.is_empty()
    }

    /// The objects, in the order of the error.
    pub fn objects(self) -> impl Iterator<Item = Object<'a>> {
        Objects { rest: self.objects }.map(|(class, subtype, data)| {
            match (class, subtype) {
                MPLS => Labels::new(data).map(Object::Labels),
                (INTERFACE, subtype) => Interface::parse(subtype, data).map(Object::Interface),
                _ => None,
            }
            .unwrap_or(Object::Other {
                class,
                subtype,
                data,
            })
        })
    }
}

/// An extension object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Object<'a> {
    /// The labels of the datagram as received, outermost first.
    Labels(Labels<'a>),
    /// An interface of the router.
    Interface(Interface<'a>),
    /// An object of another kind, or an invalid one.
    Other {
        /// Its class (named in IANA's registry).
        class: u8,
        /// Its subtype in that class.
        subtype: u8,
        /// Its data.
        data: &'a [u8],
    },
}

/// An iterator over class, subtype and data of the objects. Each step consumes at least an object header, or ends.
struct Objects<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Objects<'a> {
    type Item = (u8, u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (&[l0, l1, class, subtype], _) = self.rest.split_first_chunk::<OBJECT_HEADER>()?;
        let length = usize::from(u16::from_be_bytes([l0, l1]));
        let (object, rest) = self.rest.split_at_checked(length)?;
        let data = object.get(OBJECT_HEADER..)?;
        self.rest = rest;
        Some((class, subtype, data))
    }
}

/// A stack of MPLS labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Labels<'a> {
    entries: &'a [[u8; 4]],
}

/// An entry of the stack (RFC 3032, section 2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label {
    /// Its value: 20 bits.
    pub value: u32,
    /// The traffic class: 3 bits (RFC 5462).
    pub traffic_class: u8,
    /// Whether it is the bottom of the stack.
    pub is_bottom: bool,
    /// The remaining time to live.
    pub time_to_live: u8,
}

impl<'a> Labels<'a> {
    /// Returns `None` without an entry, or with an incomplete one.
    fn new(data: &'a [u8]) -> Option<Self> {
        let (entries, rest) = data.as_chunks::<4>();
        (!entries.is_empty() && rest.is_empty()).then_some(Self { entries })
    }

    /// The entries, outermost first.
    pub fn iter(self) -> impl Iterator<Item = Label> {
        self.entries.iter().map(|&[a, b, c, time_to_live]| Label {
            value: u32::from_be_bytes([0, a, b, c]) >> 4,
            traffic_class: c >> 1 & 0b111,
            is_bottom: c & 1 == 1,
            time_to_live,
        })
    }
}

#[cfg(test)]
mod tests;
