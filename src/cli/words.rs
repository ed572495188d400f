//! Parses values that are not numbers.

use std::ffi::OsStr;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Refusal;
use super::refusal::Lenient;
use crate::sanitize;

/// Maximum length of an interface's alternative name: `ALTIFNAMSIZ` without the terminating zero.
const LONGEST_DEVICE: usize = 127;
/// Maximum length of a pattern in octets.
const LONGEST_PATTERN: usize = 16;

/// The content of an `-I`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Interface {
    pub(super) device: Option<String>,
    pub(super) source: Option<IpAddr>,
}

/// Parses a source address, an interface, or both: `fe80::1%eth0`. iputils reads an empty word as an interface without
/// a name, which does not bind an IPv4 socket.
pub(super) fn interface(text: &OsStr) -> Result<Lenient<Interface>, Refusal> {
    match named_interface(text) {
        Ok(interface) => Ok(Lenient::usual(interface)),
        Err(refusal) if text.is_empty() => {
            let interface = Interface {
                device: Some(String::new()),
                source: None,
            };
            Ok(Lenient::of_ping(interface, refusal))
        }
        Err(refusal) => Err(refusal),
    }
}

fn named_interface(text: &OsStr) -> Result<Interface, Refusal> {
    let bad = || {
        Refusal::new(format!(
            "-I: invalid argument: '{}': must be an IP address or the name of an interface (1 to 127 characters)",
            sanitize::excerpt(text)
        ))
    };
    let word = text.to_str().ok_or_else(bad)?;
    if let Ok(address) = word.parse::<Ipv4Addr>() {
        return Ok(Interface {
            device: None,
            source: Some(address.into()),
        });
    }
    if !word.contains(':') {
        return Ok(Interface {
            device: Some(device(word).ok_or_else(bad)?),
            source: None,
        });
    }
    let (address, zone) = word.split_once('%').unzip();
    let address = address.unwrap_or(word).parse::<Ipv6Addr>();
    let address = address.map_err(|_| {
        Refusal::new(format!(
            "-I: invalid argument: '{}': invalid IPv6 address",
            sanitize::excerpt(text)
        ))
    })?;
    let device = zone.map(|zone| device(zone).ok_or_else(bad)).transpose()?;
    Ok(Interface {
        device,
        source: Some(address.into()),
    })
}

/// Accepts the interface names that the kernel allows.
fn device(name: &str) -> Option<String> {
    let known = |c: char| !c.is_ascii_whitespace() && !c.is_ascii_control() && c != '/' && c != ':';
    let plausible = (1..=LONGEST_DEVICE).contains(&name.len())
        && name.chars().all(known)
        && name != "."
        && name != "..";
    plausible.then(|| name.to_owned())
}

/// Parses the hexadecimal octets of a pattern. In an odd number of digits, the last one is an octet, as in iputils.
///
/// iputils truncates a pattern that is too long and prints the rest, and programs depend on it: Cacti passes 23 octets.
/// It reads an empty word as a pattern without octets.
pub(super) fn pattern(text: &OsStr) -> Result<Lenient<Vec<u8>>, Refusal> {
    let bad = || {
        Refusal::new(format!(
            "-p: invalid argument: '{}': must be 1 to 16 octets of two hexadecimal digits each, such as ff00",
            sanitize::excerpt(text)
        ))
    };
    let mut octets: Vec<u8> = text
        .as_encoded_bytes()
        .chunks(2)
        .map(octet)
        .collect::<Option<_>>()
        .ok_or_else(bad)?;
    let is_usual = (1..=LONGEST_PATTERN).contains(&octets.len());
    octets.truncate(LONGEST_PATTERN);
    Ok(if is_usual {
        Lenient::usual(octets)
    } else {
        Lenient::of_ping(octets, bad())
    })
}

fn octet(digits: &[u8]) -> Option<u8> {
    digits.iter().try_fold(0, |octet, digit| {
        let nibble = char::from(*digit).to_digit(16)?;
        u8::try_from(16 * u32::from(octet) + nibble).ok()
    })
}

/// Accepts any text as a host or hop. The resolver decides whether it exists.
pub(super) fn host(text: &OsStr) -> Result<String, Refusal> {
    let host = text.to_str().map(str::to_owned);
    host.ok_or_else(|| {
        Refusal::new(format!(
            "{}: invalid host name: not UTF-8",
            sanitize::excerpt(text)
        ))
    })
}

pub(super) fn hop(text: &OsStr) -> Result<String, Refusal> {
    if text.is_empty() {
        return Err(Refusal::new("--via needs a host: its value is empty"));
    }
    host(text)
}
