//! Addresses as text.

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
