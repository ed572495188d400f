//! Addresses as people read them.

use std::net::{Ipv4Addr, SocketAddr};

use super::Names;
use crate::sanitize;
use crate::target::needs_interface;

/// The address with its name in front, where one is known: `name (address)`.
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

/// The same for an IPv4 address from inside a packet, where none is written as zeros.
pub(super) fn named_v4(address: Ipv4Addr, names: &mut dyn Names) -> String {
    if address.is_unspecified() {
        address.to_string()
    } else {
        named(SocketAddr::from((address, 0)), names)
    }
}

/// The address alone; a link-local one with the interface on which it is valid.
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

/// Writes an IPv4 address as it displays itself, for lists of a million of them: in a sixth of the time.
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
mod tests {
    use super::*;
    use crate::report::NoNames;
    use std::net::SocketAddrV6;

    #[test]
    fn a_dotted_address_is_what_it_displays() {
        for octet in 0..=255 {
            let address = Ipv4Addr::new(octet, 255 - octet, octet, 9);
            let mut line = b"> ".to_vec();
            dotted(&mut line, address);
            assert_eq!(String::from_utf8(line).unwrap(), format!("> {address}"));
        }
    }

    struct Fixed(&'static str, &'static str);

    impl Names for Fixed {
        fn name(&mut self, _: SocketAddr) -> Option<String> {
            Some(self.0.to_owned())
        }
        fn zone(&mut self, _: u32) -> Option<String> {
            Some(self.1.to_owned())
        }
    }

    fn v6(text: &str, scope: u32) -> SocketAddr {
        SocketAddrV6::new(text.parse().unwrap(), 0, 0, scope).into()
    }

    #[test]
    fn a_name_goes_in_front() {
        let address = "192.0.2.1:0".parse().unwrap();
        assert_eq!(named(address, &mut NoNames), "192.0.2.1");
        assert_eq!(
            named(address, &mut Fixed("a.example", "")),
            "a.example (192.0.2.1)"
        );
    }

    #[test]
    fn a_hostile_name_is_not_shown() {
        let address = "192.0.2.1:0".parse().unwrap();
        for hostile in ["\x1b]0;x\x07", "a b", "", "."] {
            assert_eq!(named(address, &mut Fixed(hostile, "")), "192.0.2.1");
        }
    }

    #[test]
    fn a_link_local_address_has_its_zone() {
        let mut names = Fixed("", "eth0");
        assert_eq!(numeric(v6("fe80::1", 2), &mut names), "fe80::1%eth0");
        assert_eq!(numeric(v6("ff02::1", 2), &mut names), "ff02::1%eth0");
        assert_eq!(numeric(v6("ff01::1", 2), &mut names), "ff01::1%eth0");
        assert_eq!(numeric(v6("fe80::1", 0), &mut names), "fe80::1");
        assert_eq!(numeric(v6("2001:db8::1", 2), &mut names), "2001:db8::1");
        assert_eq!(numeric(v6("fe80::1", 2), &mut NoNames), "fe80::1%2");
        assert_eq!(
            numeric(v6("fe80::1", 2), &mut Fixed("", "e\x1bh")),
            "fe80::1%2"
        );
        assert_eq!(
            named(v6("fe80::1", 2), &mut Fixed("r.example", "eth0")),
            "r.example (fe80::1%eth0)"
        );
    }
}
