//! The entries of an Internet Timestamp option (RFC 781, RFC 791 page 22).

use std::net::Ipv4Addr;

/// The pointer of an option without entries. It counts from 1, over type, length, itself and the flags.
const FIRST: u8 = 5;

/// The kind of entries in a timestamp option: its flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimestampKind {
    /// Flags 0: each router writes a timestamp.
    Only,
    /// Flags 1: each router writes its address and a timestamp.
    AndAddress,
    /// Flags 3: addresses are given, and only those routers write a timestamp.
    Prespecified,
}

impl TimestampKind {
    /// The flags field.
    #[must_use]
    pub const fn flags(self) -> u8 {
        match self {
            Self::Only => 0,
            Self::AndAddress => 1,
            Self::Prespecified => 3,
        }
    }

    /// Reads the flags field; returns `None` for flags that no RFC defines.
    #[must_use]
    pub const fn from_flags(flags: u8) -> Option<Self> {
        match flags {
            0 => Some(Self::Only),
            1 => Some(Self::AndAddress),
            3 => Some(Self::Prespecified),
            _ => None,
        }
    }
}

/// The content of a timestamp option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timestamps<'a> {
    overflow_and_flags: u8,
    recorded: &'a [u8],
}

impl<'a> Timestamps<'a> {
    /// Reads the octets after the length: pointer, overflow and flags, entries.
    ///
    /// The pointer is untrusted: one before the first entry records nothing, one after the last entry counts as the
    /// end, and one within an entry does not record that entry (CVE-2010-2529).
    pub(super) fn new(data: &'a [u8]) -> Self {
        let Some((&[pointer, overflow_and_flags], entries)) = data.split_first_chunk() else {
            return Self {
                overflow_and_flags: 0,
                recorded: &[],
            };
        };
        let recorded = entries
            .get(..pointer.saturating_sub(FIRST).into())
            .unwrap_or(entries);
        Self {
            overflow_and_flags,
            recorded,
        }
    }

    /// The number of routers that found no free slot: 0 to 15.
    #[must_use]
    pub const fn overflow(&self) -> u8 {
        self.overflow_and_flags >> 4
    }

    /// The kind of entries, or `None` if no RFC defines the flags.
    #[must_use]
    pub const fn kind(&self) -> Option<TimestampKind> {
        TimestampKind::from_flags(self.overflow_and_flags & 0xf)
    }

    /// The entries recorded so far: at most 9 without and 4 with addresses, and none if no RFC defines the flags.
    pub fn iter(&self) -> impl Iterator<Item = Entry> + use<'a> {
        let (only, with_address) = match self.kind() {
            Some(TimestampKind::Only) => (self.recorded, [].as_slice()),
            Some(TimestampKind::AndAddress | TimestampKind::Prespecified) => {
                ([].as_slice(), self.recorded)
            }
            None => ([].as_slice(), [].as_slice()),
        };
        let only = only.as_chunks::<4>().0.iter().map(|stamp| Entry {
            address: None,
            stamp: Stamp::new(*stamp),
        });
        only.chain(
            with_address
                .as_chunks::<8>()
                .0
                .iter()
                .map(|entry| Entry::with_address(*entry)),
        )
    }
}

/// The entry of one router.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Entry {
    /// The router, unless the option has timestamps only.
    pub address: Option<Ipv4Addr>,
    /// The time, as the router claims.
    pub stamp: Stamp,
}

impl Entry {
    fn with_address(octets: [u8; 8]) -> Self {
        let [a0, a1, a2, a3, s0, s1, s2, s3] = octets;
        Self {
            address: Some(Ipv4Addr::new(a0, a1, a2, a3)),
            stamp: Stamp::new([s0, s1, s2, s3]),
        }
    }
}

/// A timestamp of a router.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stamp {
    /// Milliseconds since midnight UTC. Not checked to be within a day.
    Standard(u32),
    /// The highest bit was set: the other 31 bits are in another unit or from another origin.
    NonStandard(u32),
}

impl Stamp {
    const fn new(octets: [u8; 4]) -> Self {
        const NON_STANDARD: u32 = 1 << 31;
        let value = u32::from_be_bytes(octets);
        if value & NON_STANDARD == 0 {
            Self::Standard(value)
        } else {
            Self::NonStandard(value & !NON_STANDARD)
        }
    }
}
