//! A word that names one host, parsed without a lookup.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

/// The longest host name in octets (RFC 1035, section 2.3.4, as text).
const LONGEST_NAME: usize = 253;

/// A host as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// An IPv4 address, in any spelling that `inet_aton` takes.
    Ipv4(Ipv4Addr),
    /// An IPv6 address, optionally with an interface.
    Ipv6 {
        /// The address.
        address: Ipv6Addr,
        /// The name or number of the interface after `%`.
        zone: Option<String>,
    },
    /// A name to look up, in its ASCII form (UTS 46).
    Name(String),
}

/// Why a word is not a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadHost {
    /// It is empty.
    Empty,
    /// It is longer than any host name.
    TooLong,
    /// It ends in a number, but is not a valid IPv4 address.
    Ipv4,
    /// It is a host with a port.
    Port,
    /// It is a URL.
    Url,
    /// It has a colon or brackets, but is not a valid IPv6 address.
    Ipv6,
    /// It has characters that are not allowed in a host name.
    Name,
}

impl fmt::Display for BadHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the host is empty: name a host or an address",
            Self::TooLong => "host name too long: at most 253 characters",
            Self::Ipv4 => "invalid IPv4 address: write four numbers from 0 to 255",
            Self::Port => "ping uses no ports: leave out the colon and the port",
            Self::Url => "a URL is not a host: give only the host name or address in it",
            Self::Ipv6 => "invalid IPv6 address",
            Self::Name => "invalid host name",
        })
    }
}

impl std::error::Error for BadHost {}

impl Host {
    /// Parses a word as typed.
    ///
    /// A word whose last part is a number is an IPv4 address or an error, never a name: `256.1.1.1` is not looked up.
    ///
    /// # Errors
    /// [`BadHost`] for an invalid host.
    ///
    /// ```
    /// use rping::target::{BadHost, Host};
    /// assert_eq!(Host::parse("127.1"), Ok(Host::Ipv4([127, 0, 0, 1].into())));
    /// assert_eq!(Host::parse("256.1.1.1"), Err(BadHost::Ipv4));
    /// assert_eq!(Host::parse("BÜCHER.example"), Ok(Host::Name("xn--bcher-kva.example".into())));
    /// ```
    pub fn parse(word: &str) -> Result<Self, BadHost> {
        if word.is_empty() {
            return Err(BadHost::Empty);
        }
        if word.contains("://") {
            return Err(BadHost::Url);
        }
        if has_port(word) {
            return Err(BadHost::Port);
        }
        if word.contains(':') || word.starts_with('[') {
            return parse_ipv6(word);
        }
        if ends_in_number(word) {
            return inet_aton(word).map(Self::Ipv4).ok_or(BadHost::Ipv4);
        }
        parse_name(word)
    }
}

/// Whether a word is a host with a port or service name. With only hexadecimal digits before its one colon, it counts as an
/// IPv6 address instead.
fn has_port(word: &str) -> bool {
    let Some((host, port)) = word.rsplit_once(':') else {
        return false;
    };
    let is_host = if host.starts_with('[') {
        host.ends_with(']')
    } else {
        let hexadecimal = host.bytes().all(|octet| octet.is_ascii_hexdigit());
        !host.contains(':') && !hexadecimal
    };
    is_host && port.bytes().all(|octet| octet.is_ascii_alphanumeric())
}

fn parse_ipv6(word: &str) -> Result<Host, BadHost> {
    let inner = match word.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']').ok_or(BadHost::Ipv6)?,
        None => word,
    };
    let (address, zone) = match inner.split_once('%') {
        Some((_, "")) => return Err(BadHost::Ipv6),
        Some((address, zone)) => (address, Some(zone.to_owned())),
        None => (inner, None),
    };
    let address: Ipv6Addr = address.parse().map_err(|_| BadHost::Ipv6)?;
    // An IPv4-mapped address is an IPv4 target: no IPv6 packet may carry it (RFC 4291, section 2.5.5.2).
    match address.to_ipv4_mapped() {
        Some(mapped) => Ok(Host::Ipv4(mapped)),
        None => Ok(Host::Ipv6 { address, zone }),
    }
}

fn parse_name(word: &str) -> Result<Host, BadHost> {
    let name = if word.is_ascii() {
        word.to_owned()
    } else {
        idna::domain_to_ascii(word).map_err(|_| BadHost::Name)?
    };
    let length = name.trim_end_matches('.').len();
    if length > LONGEST_NAME {
        return Err(BadHost::TooLong);
    }
    let fits = |octet: u8| octet.is_ascii_graphic() && !b"/\\'\"%<>[]".contains(&octet);
    // A name with a leading hyphen is not looked up: it is probably a mistyped option.
    if length == 0 || name.starts_with('-') || !name.bytes().all(fits) {
        return Err(BadHost::Name);
    }
    Ok(Host::Name(name))
}

/// Whether the last part of the word is a number, which makes it an IPv4 address (rule of the WHATWG URL standard).
fn ends_in_number(word: &str) -> bool {
    let word = word.strip_suffix('.').unwrap_or(word);
    let last = word.rsplit('.').next().unwrap_or(word);
    let hexadecimal = last.strip_prefix("0x").or_else(|| last.strip_prefix("0X"));
    (!last.is_empty() && last.bytes().all(|octet| octet.is_ascii_digit()))
        || hexadecimal.is_some_and(|digits| digits.bytes().all(|octet| octet.is_ascii_hexdigit()))
}

/// Parses an IPv4 address of one to four parts, each decimal, octal (`0`) or hexadecimal (`0x`). The last part fills the
/// remaining octets. `inet_aton`, and so every ping, accepts this.
fn inet_aton(word: &str) -> Option<Ipv4Addr> {
    let mut parts = word.split('.').map(number);
    let mut address: u32 = 0;
    let mut shift = 32;
    let mut part = parts.next()??;
    for next in parts {
        shift = u32::checked_sub(shift, 8).filter(|&shift| shift > 0)?;
        address |= u32::from(u8::try_from(part).ok()?) << shift;
        part = next?;
    }
    let room = 1_u64 << shift;
    (u64::from(part) < room).then(|| Ipv4Addr::from_bits(address | part))
}

fn number(part: &str) -> Option<u32> {
    let (digits, radix) = match part.as_bytes() {
        [b'0', b'x' | b'X', ..] => (part.get(2..)?, 16),
        [b'0', _, ..] => (part.get(1..)?, 8),
        _ => (part, 10),
    };
    // `from_str_radix` would accept a sign.
    let plain = !digits.is_empty() && digits.bytes().all(|octet| octet.is_ascii_hexdigit());
    plain.then(|| u32::from_str_radix(digits, radix).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_inet_aton_is_an_ipv4_address() {
        for (word, octets) in [
            ("198.51.100.2", [198, 51, 100, 2]),
            ("127.1", [127, 0, 0, 1]),
            ("127.0.1", [127, 0, 0, 1]),
            ("0x7f.1", [127, 0, 0, 1]),
            ("0177.0.0.1", [127, 0, 0, 1]),
            ("0X7F000001", [127, 0, 0, 1]),
            ("2130706433", [127, 0, 0, 1]),
            ("0", [0, 0, 0, 0]),
            ("4294967295", [255, 255, 255, 255]),
            ("1.16777215", [1, 255, 255, 255]),
            ("::ffff:198.51.100.2", [198, 51, 100, 2]),
        ] {
            assert_eq!(Host::parse(word), Ok(Host::Ipv4(octets.into())), "{word}");
        }
    }

    #[test]
    fn invalid_ipv4_address_is_an_error_and_not_a_name() {
        for word in [
            "256.1.1.1",
            "1.2.3.4.5",
            "1.2.3.256",
            "1.16777216",
            "4294967296",
            "1..2",
            "08.1.1.1",
            "0x",
            "host.1",
            "1.2.3.-4.5",
            "127.0.0.+1.1",
        ] {
            assert_eq!(Host::parse(word), Err(BadHost::Ipv4), "{word}");
        }
    }

    #[test]
    fn ipv6_is_accepted_plain_in_brackets_and_with_a_zone() {
        let plain = |address: &str| Host::Ipv6 {
            address: address.parse().unwrap(),
            zone: None,
        };
        assert_eq!(Host::parse("::1"), Ok(plain("::1")));
        assert_eq!(Host::parse("[fd51::2]"), Ok(plain("fd51::2")));
        let zoned = Host::Ipv6 {
            address: "fe80::1".parse().unwrap(),
            zone: Some("eth0".into()),
        };
        assert_eq!(Host::parse("fe80::1%eth0"), Ok(zoned.clone()));
        assert_eq!(Host::parse("[fe80::1%eth0]"), Ok(zoned));
        for word in ["::g", "[::1", "fe80::1%", "1:2", "[host]"] {
            assert_eq!(Host::parse(word), Err(BadHost::Ipv6), "{word}");
        }
    }

    #[test]
    fn port_and_url_are_distinguished_from_an_ipv6_address() {
        for word in [
            "192.0.2.1:80",
            "web.example:443",
            "web.example:https",
            "web.example:",
            "localhost:80",
            "[::1]:80",
            "[fe80::1%eth0]:80",
        ] {
            assert_eq!(Host::parse(word), Err(BadHost::Port), "{word}");
        }
        for word in [
            "http://web.example/",
            "https://[::1]:80/a",
            "ssh://user@web.example",
        ] {
            assert_eq!(Host::parse(word), Err(BadHost::Url), "{word}");
        }
        for word in ["cafe:80", "00:11:22:33:44:55", "[::1", ":80", "1.2.3.4:x-y"] {
            assert_eq!(Host::parse(word), Err(BadHost::Ipv6), "{word}");
        }
    }

    #[test]
    fn names_are_converted_to_ascii_and_invalid_ones_rejected() {
        let name = |word: &str| Ok(Host::Name(word.to_owned()));
        assert_eq!(Host::parse("localhost"), name("localhost"));
        assert_eq!(Host::parse("dead.beef"), name("dead.beef"));
        assert_eq!(Host::parse("faß.example"), name("xn--fa-hia.example"));
        assert_eq!(Host::parse(""), Err(BadHost::Empty));
        assert_eq!(Host::parse(&"a".repeat(5000)), Err(BadHost::TooLong));
        for word in [" ", "198.51.100.2 ", "a b", "a\u{1b}[2J", ".", "-c.example"] {
            assert_eq!(Host::parse(word), Err(BadHost::Name), "{word:?}");
        }
    }
}
