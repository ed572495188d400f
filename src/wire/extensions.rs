//! What a router adds to an ICMP error behind the datagram that it quotes (RFC 4884): the MPLS labels under which the
//! datagram came (RFC 4950), and the interfaces between which it was to be forwarded (RFC 5837).
//!
//! A field of the error tells where the quote ends. Routers that are older than RFC 4884 do not fill it in: they quote 128
//! octets. Extensions are read only as a whole: version, checksum, and the length of each object must be right.

mod interface;

use super::checksum::is_valid;
use super::{icmpv4, icmpv6};

pub use interface::{Interface, Role};

/// The least that is quoted in front of extensions, in octets (RFC 4884, section 3).
pub const LEAST_QUOTE: usize = 128;

/// The version of the structure (RFC 4884, section 7).
const VERSION: u8 = 2;

/// Octets in front of the objects: version and checksum.
const HEADER: usize = 4;

/// Octets in front of what an object says: length, class and subtype.
const OBJECT_HEADER: usize = 4;

/// The class and subtype of an MPLS label stack (RFC 4950, section 4).
const MPLS: (u8, u8) = (1, 1);

/// The class of interface information (RFC 5837, section 4); its subtype tells what is there.
const INTERFACE: u8 = 2;

/// The extensions of one error; empty where it has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Extensions<'a> {
    /// The length of each object fits.
    objects: &'a [u8],
}

/// Where extensions begin, in octets behind the beginning of what is quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The error tells.
    Told(usize),
    /// Nobody tells. Here they are where the router is older than RFC 4884: then only a checksum proves it.
    Likely(usize),
}

impl Place {
    /// From the type of an ICMP error and the four octets behind its checksum; none for types that have no extensions.
    pub(super) fn of_v4(kind: u8, word: [u8; 4]) -> Option<Self> {
        let [_, words, _, _] = word;
        icmpv4::has_extensions(kind).then(|| Self::of(words, 4))
    }

    /// The same of an `ICMPv6` error.
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

    /// Splits what follows the header of an error into the quote and the extensions.
    ///
    /// ```
    /// use rping::wire::extensions::{Extensions, Place};
    ///
    /// let octets = [&[0; 128][..], b"\x20\x00\x00\x00\x00\x05\x07\x01!"].concat();
    /// let (quote, extensions) = Place::Told(128).split(&octets);
    /// assert_eq!((quote.len(), extensions.objects().count()), (128, 1));
    /// // Nobody says that there is anything but the quote, and there is no checksum.
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

/// What follows the header of an error, split into the quote and the extensions.
pub(super) fn split(place: Option<Place>, octets: &[u8]) -> (&[u8], Extensions<'_>) {
    match place {
        Some(place) => place.split(octets),
        None => (octets, Extensions::default()),
    }
}

impl<'a> Extensions<'a> {
    /// Reads the structure; none if anything in it is wrong.
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

    /// Whether the error has none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.objects.is_empty()
    }

    /// What they say, in the order of the error.
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

/// One thing that a router tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Object<'a> {
    /// The labels of the datagram as it came in, the outermost first.
    Labels(Labels<'a>),
    /// An interface of the router.
    Interface(Interface<'a>),
    /// Anything else, or one of these that makes no sense.
    Other {
        /// Its class (the registry of IANA has their names).
        class: u8,
        /// Its subtype in that class.
        subtype: u8,
        /// What it says.
        data: &'a [u8],
    },
}

/// Walks over the objects: class, subtype and data. Each takes at least its header off `rest`, or ends the walk.
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
    /// Whether it is the last one.
    pub is_bottom: bool,
    /// The time to live that was left.
    pub time_to_live: u8,
}

impl<'a> Labels<'a> {
    /// None without an entry, or with a part of one.
    fn new(data: &'a [u8]) -> Option<Self> {
        let (entries, rest) = data.as_chunks::<4>();
        (!entries.is_empty() && rest.is_empty()).then_some(Self { entries })
    }

    /// The entries, the outermost first.
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
