//! Values on the command line that are no numbers.

use std::ffi::OsStr;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Refusal;
use crate::sanitize;

/// The longest name of an interface: `IFNAMSIZ` without the final zero.
const LONGEST_DEVICE: usize = 15;
/// The longest pattern in octets.
const LONGEST_PATTERN: usize = 16;

/// What one `-I` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Interface {
    pub(super) device: Option<String>,
    pub(super) source: Option<IpAddr>,
}

/// A source address, an interface, or both in one: `fe80::1%eth0`.
pub(super) fn interface(text: &OsStr) -> Result<Interface, Refusal> {
    let bad = || {
        Refusal::new(format!(
            "-I: invalid argument: '{}': neither an address nor an interface, whose name has 1 to 15 characters",
            sanitize::escape(text)
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
            "-I: invalid source address: '{}'",
            sanitize::escape(text)
        ))
    })?;
    let device = zone.map(|zone| device(zone).ok_or_else(bad)).transpose()?;
    Ok(Interface {
        device,
        source: Some(address.into()),
    })
}

/// The names that the kernel gives interfaces.
fn device(name: &str) -> Option<String> {
    let known = |c: char| !c.is_ascii_whitespace() && !c.is_ascii_control() && c != '/' && c != ':';
    let plausible = (1..=LONGEST_DEVICE).contains(&name.len())
        && name.chars().all(known)
        && name != "."
        && name != "..";
    plausible.then(|| name.to_owned())
}

/// The octets to fill probes with, in hexadecimal.
pub(super) fn pattern(text: &OsStr) -> Result<Pattern, Refusal> {
    let bad = || {
        Refusal::new(format!(
            "-p: invalid argument: '{}': 1 to 16 octets, each of two hexadecimal digits",
            sanitize::escape(text)
        ))
    };
    let digits = text.as_encoded_bytes();
    let (used, excess) = digits
        .split_at_checked(2 * LONGEST_PATTERN)
        .unwrap_or((digits, &[]));
    if !excess.iter().all(u8::is_ascii_hexdigit) {
        return Err(bad());
    }
    Ok(Pattern {
        octets: octets(used).ok_or_else(bad)?,
        excess: (!excess.is_empty()).then(bad),
    })
}

/// What `-p` asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    /// The first 16 octets at most.
    pub(super) octets: Vec<u8>,
    /// Why it is refused if not by all faces: there is more than that.
    pub(super) excess: Option<Refusal>,
}

fn octets(digits: &[u8]) -> Option<Vec<u8>> {
    let (pairs, odd) = digits.as_chunks::<2>();
    if !odd.is_empty() || pairs.is_empty() {
        return None;
    }
    let nibble = |digit: u8| char::from(digit).to_digit(16);
    let octet = |[high, low]: &[u8; 2]| u8::try_from(16 * nibble(*high)? + nibble(*low)?).ok();
    pairs.iter().map(octet).collect()
}

/// A host or a hop: any text. Whether it names anything is for the resolver to say.
pub(super) fn host(text: &OsStr) -> Result<String, Refusal> {
    let host = text.to_str().map(str::to_owned);
    host.ok_or_else(|| Refusal::new(format!("{}: not a host name", sanitize::escape(text))))
}

/// One hop of `--via`.
pub(super) fn hop(text: &OsStr) -> Result<String, Refusal> {
    if text.is_empty() {
        return Err(Refusal::new("--via: a hop is empty"));
    }
    host(text)
}
