//! One word that names targets: a name, an address, a network or a range.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::block::{Block, Edges};
use super::host::{BadHost, Host};
use crate::sanitize;

/// The longest accepted word in octets: a host name of 253 characters before the conversion to ASCII.
const LONGEST_WORD: usize = 1024;

/// A parsed target specification.
///
/// A zone is the name or number of the interface after `%`. It applies to all addresses of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Specification {
    /// A name to look up.
    Name {
        /// Its ASCII form (UTS 46).
        ascii: String,
        /// The typed form, if it differs.
        typed: Option<String>,
    },
    /// One address.
    Address {
        /// The address.
        address: IpAddr,
        /// The interface; of an IPv6 address only.
        zone: Option<String>,
    },
    /// The addresses of a network or range.
    Block {
        /// The addresses.
        block: Block,
        /// The interface; of IPv6 addresses only.
        zone: Option<String>,
    },
}

/// A word that is not a valid target specification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadSpecification {
    /// The word, sanitized for a terminal, and shortened.
    pub word: String,
    /// What is wrong with it.
    pub reason: BadTarget,
}

/// Why a word is not a valid target specification.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadTarget {
    /// It is not a valid host.
    Host(BadHost),
    /// The address of a network or range is incomplete: `10/8` would mean 0.0.0.10/8.
    Parts,
    /// There is a name before `/`.
    NetworkOfName,
    /// The text after `/` is not a number in this range.
    PrefixLength {
        /// The shortest prefix of such an address.
        shortest: u8,
        /// The longest prefix of such an address.
        longest: u8,
    },
    /// The text after `-` does not end a range of IPv4 addresses.
    Ipv4End,
    /// The text after `-` does not end a range of IPv6 addresses.
    Ipv6End,
    /// The ends of the range are of different families.
    Families,
    /// The ends of the range are on different interfaces.
    Zones,
    /// The range ends before it begins.
    Reversed,
}

impl From<BadHost> for BadTarget {
    fn from(bad: BadHost) -> Self {
        Self::Host(bad)
    }
}

impl fmt::Display for BadSpecification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.word.is_empty() {
            return self.reason.fmt(f);
        }
        write!(f, "{}: {}", self.word, self.reason)
    }
}

impl std::error::Error for BadSpecification {}

impl fmt::Display for BadTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Host(bad) => return bad.fmt(f),
            Self::PrefixLength { shortest, longest } => {
                return write!(
                    f,
                    "invalid prefix length: use a number from {shortest} to {longest}"
                );
            }
            Self::Parts => "incomplete IPv4 address: write all four numbers, as in 198.51.100.0/24",
            Self::NetworkOfName => "a prefix length needs an address, as in 198.51.100.0/24",
            Self::Ipv4End => {
                "invalid end of the range: use a number from 0 to 255 or an address, as in 198.51.100.10-20"
            }
            Self::Ipv6End => {
                "invalid end of the range: use 1 to 4 hexadecimal digits or an address, as in 2001:db8::1-ff"
            }
            Self::Families => "the ends of the range are of different families: use IPv4 or IPv6 for both",
            Self::Zones => "the ends of the range are on different interfaces: name one, at the end",
            Self::Reversed => "the range ends before it begins: swap its ends",
        })
    }
}

impl Specification {
    /// Parses a word as typed.
    ///
    /// | word | targets |
    /// |---|---|
    /// | `host.example`, `my-host`, `web-1` | the host |
    /// | `198.51.100.1`, `2001:db8::1`, `[2001:db8::1]`, `fe80::1%eth0` | the address |
    /// | `198.51.100.0/24`, `2001:db8::/120`, `fe80::%eth0/120` | the network (zones: RFC 4007, section 11.7) |
    /// | `198.51.100.10-20`, `2001:db8::1-ff` | the range up to the address with this last part |
    /// | `198.51.100.10-198.51.100.20`, `fe80::1-fe80::ff%eth0` | the range from address to address |
    ///
    /// Any of its addresses may name a network, as in fping. `edges` applies to networks, not to ranges.
    ///
    /// Names have hyphens, too. Without a colon, a word is a range only if it has nothing but digits, dots and hyphens, and a
    /// dot before the first hyphen: the last label of a host name has a letter (RFC 1123, section 2.1). Interface names
    /// have hyphens as well: after `%`, only a whole address ends a range.
    ///
    /// # Errors
    /// One line with the word, the problem and what is allowed.
    ///
    /// ```
    /// use rping::target::{Edges, Specification};
    ///
    /// let Ok(Specification::Block { block, .. }) = Specification::parse("198.51.100.7/24", Edges::Drop) else {
    ///     unreachable!("it is a network");
    /// };
    /// assert_eq!(block.to_string(), "198.51.100.1-198.51.100.254");
    ///
    /// let error = Specification::parse("198.51.100.20-10", Edges::Drop).unwrap_err();
    /// assert_eq!(error.to_string(), "198.51.100.20-10: the range ends before it begins: swap its ends");
    /// ```
    pub fn parse(word: &str, edges: Edges) -> Result<Self, BadSpecification> {
        let read = if word.len() > LONGEST_WORD {
            Err(BadTarget::Host(BadHost::TooLong))
        } else if word.contains("://") {
            Err(BadTarget::Host(BadHost::Url))
        } else if let Some((address, prefix_length)) = word.split_once('/') {
            network(address, prefix_length, edges)
        } else if word.contains(':') {
            with_colon(word)
        } else if let Some((first, last)) = ipv4_range(word) {
            range(first, last)
        } else {
            let host = Host::parse(word).map_err(BadTarget::Host);
            host.map(|host| Self::of_host(host, word))
        };
        read.map_err(|reason| BadSpecification {
            word: excerpt(word),
            reason,
        })
    }
}

/// Whether a word is a network or range, even an invalid one. It cannot be a host name, so it needs no lookup.
///
/// ```
/// # use rping::target::is_for_several;
/// assert!(is_for_several("198.51.100.0/24") && is_for_several("198.51.100.20-10"));
/// assert!(!is_for_several("web-1.example") && !is_for_several("256.1.1.1"));
/// ```
#[must_use]
pub fn is_for_several(word: &str) -> bool {
    match Specification::parse(word, Edges::Drop) {
        Ok(read) => matches!(read, Specification::Block { .. }),
        Err(BadSpecification { reason, .. }) => {
            let looks_so = word.contains('/') || ipv4_range(word).is_some();
            let is_url = reason == BadTarget::Host(BadHost::Url);
            (looks_so && !is_url) || !matches!(reason, BadTarget::Host(_))
        }
    }
}

impl Specification {
    fn of_host(host: Host, word: &str) -> Self {
        match host {
            Host::Name(ascii) => Self::Name {
                typed: (ascii != word).then(|| word.to_owned()),
                ascii,
            },
            Host::Ipv4(address) => Self::Address {
                address: address.into(),
                zone: None,
            },
            Host::Ipv6 { address, zone } => Self::Address {
                address: address.into(),
                zone,
            },
        }
    }
}

/// The word as messages show it: sanitized and shortened.
fn excerpt(word: &str) -> String {
    sanitize::cut(&sanitize::visible_word(word), sanitize::EXCERPT)
}

/// An address of a network or range, where an omitted part would be ambiguous.
fn whole_address(text: &str) -> Result<(IpAddr, Option<String>), BadTarget> {
    match Host::parse(text).map_err(BadTarget::Host)? {
        Host::Ipv4(_) if !text.contains(':') && text.matches('.').count() != 3 => {
            Err(BadTarget::Parts)
        }
        Host::Ipv4(address) => Ok((address.into(), None)),
        Host::Ipv6 { address, zone } => Ok((address.into(), zone)),
        Host::Name(_) => Err(BadTarget::NetworkOfName),
    }
}

fn network(text: &str, length: &str, edges: Edges) -> Result<Specification, BadTarget> {
    let (address, zone) = whole_address(text)?;
    let (shortest, longest) = match address {
        IpAddr::V6(_) => (0, 128),
        // The prefix length of an IPv4-mapped IPv6 address.
        IpAddr::V4(_) if text.contains(':') => (96, 128),
        IpAddr::V4(_) => (0, 32),
    };
    let bad = BadTarget::PrefixLength { shortest, longest };
    let length = decimal(length).filter(|length| (shortest..=longest).contains(length));
    let length = length.ok_or(bad)? - shortest;
    let block = Block::network(address, length, edges).ok_or(bad)?;
    Ok(Specification::Block { block, zone })
}

/// A number from 0 to 255 without a sign, and without a leading zero, which might mean octal.
fn decimal(text: &str) -> Option<u8> {
    let plain = text == "0" || text.starts_with(|first| matches!(first, '1'..='9'));
    text.parse().ok().filter(|_| plain)
}

/// An IPv6 address, or a range with one in it.
fn with_colon(word: &str) -> Result<Specification, BadTarget> {
    let mut reason = match Host::parse(word) {
        // An interface name has no colon, so this is the end of a range.
        Ok(Host::Ipv6 {
            zone: Some(zone), ..
        }) if zone.contains(':') => BadHost::Ipv6.into(),
        Ok(host) => return Ok(Specification::of_host(host, word)),
        Err(bad) => BadTarget::from(bad),
    };
    let hyphens = word.match_indices('-');
    let halves = hyphens.filter_map(|(at, _)| Some((word.get(..at)?, word.get(at + 1..)?)));
    for (first, last) in halves {
        match range(first, last) {
            // This hyphen may belong to an interface name, and a later one to the range.
            Err(BadTarget::Host(_) | BadTarget::Parts | BadTarget::NetworkOfName) => {}
            Err(end @ (BadTarget::Ipv4End | BadTarget::Ipv6End)) => reason = end,
            decided => return decided,
        }
    }
    Err(reason)
}

/// The two halves of a word that can only be a range of IPv4 addresses.
fn ipv4_range(word: &str) -> Option<(&str, &str)> {
    let numeric = |octet: u8| octet.is_ascii_digit() || matches!(octet, b'.' | b'-');
    let (first, last) = word.split_once('-')?;
    (word.bytes().all(numeric) && first.contains('.')).then_some((first, last))
}

fn range(first: &str, last: &str) -> Result<Specification, BadTarget> {
    let (from, zone) = whole_address(first)?;
    let (to, zone_of_last) = match from {
        IpAddr::V4(from) => ipv4_end(from, last)?,
        // A hexadecimal part cannot replace a decimal one.
        IpAddr::V6(_) if first.contains('.') => {
            whole_address(last).map_err(|_| BadTarget::Ipv6End)?
        }
        IpAddr::V6(from) => ipv6_end(from, last)?,
    };
    if from.is_ipv4() != to.is_ipv4() {
        return Err(BadTarget::Families);
    }
    let zone = match (zone, zone_of_last) {
        (Some(one), Some(other)) if one != other => return Err(BadTarget::Zones),
        (one, other) => other.or(one),
    };
    let block = Block::new(from, to).ok_or(BadTarget::Reversed)?;
    Ok(Specification::Block { block, zone })
}

/// The end of a range: an address, or a number that replaces the last part of `first`.
fn ipv4_end(first: Ipv4Addr, text: &str) -> Result<(IpAddr, Option<String>), BadTarget> {
    let Some(last) = decimal(text) else {
        return whole_address(text).map_err(|_| BadTarget::Ipv4End);
    };
    let last = (first.to_bits() & !0xff) | u32::from(last);
    Ok((Ipv4Addr::from_bits(last).into(), None))
}

/// The end of a range: an address, or hexadecimal digits that replace the last group of `first`.
fn ipv6_end(first: Ipv6Addr, text: &str) -> Result<(IpAddr, Option<String>), BadTarget> {
    let (digits, zone) = text.split_once('%').unzip();
    let digits = digits.unwrap_or(text);
    let group = digits.bytes().all(|octet| octet.is_ascii_hexdigit());
    match u16::from_str_radix(digits, 16) {
        Ok(last) if group && digits.len() <= 4 && zone != Some("") => {
            let last = (first.to_bits() & !0xffff) | u128::from(last);
            Ok((Ipv6Addr::from_bits(last).into(), zone.map(str::to_owned)))
        }
        _ => whole_address(text).map_err(|_| BadTarget::Ipv6End),
    }
}

#[cfg(test)]
mod tests;
