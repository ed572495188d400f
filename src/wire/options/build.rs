//! Builds the options that a ping sends, in the format of `setsockopt(IP_OPTIONS)`: whole words, at most 40 octets.

use std::error::Error;
use std::fmt;
use std::net::Ipv4Addr;

use super::{
    LOOSE_SOURCE_ROUTE, NO_OPERATION, RECORD_ROUTE, STRICT_SOURCE_ROUTE, TIMESTAMP, TimestampKind,
};

/// Maximum octets of options in a header (RFC 791, section 3.1: fifteen words, minus the header's five).
pub const ROOM: usize = 40;
/// Maximum hops of a route option, after a no-operation octet and three octets of its own.
pub const MOST_ROUTE_HOPS: usize = 9;
/// Maximum entries with address of a timestamp option, after four octets of its own.
pub const MOST_TIMESTAMP_HOPS: usize = 4;
/// The pointers to the first slot of a route and the first entry of a timestamp option, counted from 1.
const ROUTE_POINTER: u8 = 4;
const TIMESTAMP_POINTER: u8 = 5;

/// The option cannot hold the given number of hops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HopCount {
    /// The given number.
    pub given: usize,
    /// The minimum.
    pub least: usize,
    /// The maximum.
    pub most: usize,
}

impl fmt::Display for HopCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} hops given, {} to {} fit into the IP header",
            self.given, self.least, self.most
        )
    }
}

impl Error for HopCount {}

impl HopCount {
    const fn check(given: usize, least: usize, most: usize) -> Result<(), Self> {
        if given < least || given > most {
            Err(Self { given, least, most })
        } else {
            Ok(())
        }
    }
}

/// A no-operation octet and a Record Route option with nine empty slots: all 40 octets (RFC 791, page 20).
#[must_use]
pub fn record_route() -> Vec<u8> {
    let mut option = vec![NO_OPERATION, RECORD_ROUTE, 39, ROUTE_POINTER];
    option.resize(ROOM, 0);
    option
}

/// A Timestamp option (RFC 791, page 22).
///
/// It has slots for nine timestamps, for four addresses with timestamps, or for `hops`, which only
/// [`TimestampKind::Prespecified`] uses.
///
/// # Errors
///
/// [`HopCount`] if more than 4 hops are prespecified. No hops make an option without slots, as in iputils.
///
/// ```
/// use rping::wire::options::{TimestampKind, timestamp};
///
/// let option = timestamp(TimestampKind::Prespecified, &["192.0.2.1".parse()?])?;
/// assert_eq!(option, [68, 12, 5, 3, 192, 0, 2, 1, 0, 0, 0, 0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn timestamp(kind: TimestampKind, hops: &[Ipv4Addr]) -> Result<Vec<u8>, HopCount> {
    let length = match kind {
        TimestampKind::Only => 40,
        TimestampKind::AndAddress => 36,
        TimestampKind::Prespecified => {
            HopCount::check(hops.len(), 0, MOST_TIMESTAMP_HOPS)?;
            octets(4, 8, hops.len())
        }
    };
    let mut option = vec![TIMESTAMP, length, TIMESTAMP_POINTER, kind.flags()];
    if kind == TimestampKind::Prespecified {
        for hop in hops {
            option.extend_from_slice(&hop.octets());
            option.extend_from_slice(&[0; 4]);
        }
    }
    option.resize(length.into(), 0);
    Ok(option)
}

/// A no-operation octet and a Source Route option over `hops`, in this order (RFC 791, page 18).
///
/// The destination of the datagram is not among the hops: Linux appends it.
///
/// # Errors
///
/// [`HopCount`] unless there are 1 to 9 hops.
///
/// ```
/// use rping::wire::options::source_route;
///
/// let option = source_route(&["192.0.2.1".parse()?], false)?;
/// assert_eq!(option, [1, 131, 7, 4, 192, 0, 2, 1]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn source_route(hops: &[Ipv4Addr], strict: bool) -> Result<Vec<u8>, HopCount> {
    HopCount::check(hops.len(), 1, MOST_ROUTE_HOPS)?;
    let kind = if strict {
        STRICT_SOURCE_ROUTE
    } else {
        LOOSE_SOURCE_ROUTE
    };
    let mut option = vec![NO_OPERATION, kind, octets(3, 4, hops.len()), ROUTE_POINTER];
    option.extend(hops.iter().flat_map(Ipv4Addr::octets));
    Ok(option)
}

/// The length octet of an option with `count` hops of `each` octets. Counts were checked, so it is at most 40.
fn octets(start: usize, each: usize, count: usize) -> u8 {
    u8::try_from(start + each * count).unwrap_or(u8::MAX)
}
