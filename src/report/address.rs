//! Formats IP addresses for people.

use std::net::{Ipv4Addr, SocketAddr};

use super::Names;
use crate::sanitize;
use crate::target::needs_interface;

/// `name (address)`, or only the address if it has no known name.
pub(super) fn named(address: SocketAddr, names: &mut dyn Names) -> String {
    let number = numeric(address, names);
    let name = names.name(address);
    match name.as_deref().and_then(sanitize::name) {
        Some(name) => {
            let name = names.as_typed(name).unwrap_or(name);
            format!("{name} ({number})")
        }
        None => number,
    }
}

/// The same for an IPv4 address from inside a packet. The unspecified address is never looked up.
pub(super) fn named_v4(address: Ipv4Addr, names: &mut dyn Names) -> String {
    if address.is_unspecified() {
        address.to_string()
    } else {
        named(SocketAddr::from((address, 0)), names)
    }
}

/// The numeric address, with the interface for a link-local one.
pub(super) fn numeric(address: SocketAddr, names: &mut dyn Names) -> String {
    match address {
        SocketAddr::V6(v6) if v6.scope_id() != 0 && needs_interface(*v6.ip()) => {
            let zone = names.zone(v6.scope_id());
            match zone.as_deref().and_then(sanitize::zone) {
                Some(zone) => format!("{}%{zone}", v6.ip()),
                None => format!("{}%{}", v6.ip(), v6.scope_id()),
            }
        }
        _ => address.ip().to_string(),
    }
}

/// Writes an IPv4 address as its `Display` does, in a sixth of the time: lists have up to a million of them.
pub(super) fn dotted(line: &mut Vec<u8>, address: Ipv4Addr) {
    let mut dot = None;
    for octet in address.octets() {
        line.extend(dot.replace(b'.'));
        let digits = [octet / 100, octet / 10 % 10, octet % 10].map(|digit| b'0' + digit);
        let leading = match octet {
            0..10 => 2,
            10..100 => 1,
            100.. => 0,
        };
        line.extend_from_slice(digits.get(leading..).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests;
