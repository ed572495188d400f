//! One word that names one host: what can be told from it alone, before any resolver is asked.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

/// The longest host name in octets (RFC 1035, section 2.3.4, as text).
const LONGEST_NAME: usize = 253;

/// What a word stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// An IPv4 address, in any spelling that `inet_aton` takes.
    Ipv4(Ipv4Addr),
    /// An IPv6 address, perhaps with an interface.
    Ipv6 {
        /// The address.
        address: Ipv6Addr,
        /// The name or number of the interface behind `%`.
        zone: Option<String>,
    },
    /// A name to look up, in its ASCII form (UTS 46).
    Name(String),
}

/// Why a word names no target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadHost {
    /// There is nothing in it.
    Empty,
    /// No host name is that long.
    TooLong,
    /// It ends in a number, so it is meant as an IPv4 address, but it is none.
    Ipv4,
    /// A host is in it, and a port behind that.
    Port,
    /// It is a URL.
    Url,
    /// It has a colon or brackets, so it is meant as an IPv6 address, but it is none.
    Ipv6,
    /// It has characters that no host name has.
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
    /// Reads a word as typed.
    ///
    /// A word whose last part is a number is an IPv4 address or an error, never a name: no resolver is asked
    /// for `256.1.1.1`.
    ///
    /// # Errors
    /// [`BadHost`] says what the word was taken for.
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

/// Whether a port or the name of a service is behind a host. With one colon and nothing but hexadecimal digits before it,
/// a word may as well be meant as an IPv6 address.
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
    // A mapped address is IPv4's business: no IPv6 packet may carry it (RFC 4291, section 2.5.5.2).
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
    // A name server is never asked for a name that begins with a hyphen: an option that was mistyped looks like that.
    if length == 0 || name.starts_with('-') || !name.bytes().all(fits) {
        return Err(BadHost::Name);
    }
    Ok(Host::Name(name))
}

/// Whether the last part of the word is a number, so that the word can only be meant as an IPv4 address
/// (the rule of the WHATWG URL standard).
fn ends_in_number(word: &str) -> bool {
    let word = word.strip_suffix('.').unwrap_or(word);
    let last = word.rsplit('.').next().unwrap_or(word);
    let hexadecimal = last.strip_prefix("0x").or_else(|| last.strip_prefix("0X"));
    (!last.is_empty() && last.bytes().all(|octet| octet.is_ascii_digit()))
        || hexadecimal.is_some_and(|digits| digits.bytes().all(|octet| octet.is_ascii_hexdigit()))
}

/// An IPv4 address of one to four parts, each decimal, octal (`0`) or hexadecimal (`0x`); the last part fills
/// the octets that are left. This is what `inet_aton` and so every ping takes.
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
    // The standard parser would take a sign.
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
    fn what_looks_like_an_ipv4_address_and_is_none_is_an_error_without_a_lookup() {
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
    fn ipv6_comes_plain_in_brackets_or_with_a_zone() {
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
    fn port_behind_a_host_and_a_url_are_told_from_an_ipv6_address() {
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
    fn names_are_brought_into_their_ascii_form_and_nonsense_is_refused() {
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
