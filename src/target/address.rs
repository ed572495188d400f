//! What an address tells about who is behind it.

use std::net::{IpAddr, Ipv6Addr};

/// Whether an address means something only on one interface: `fe80::/10`, and multicast of interface-local or link-local
/// scope (RFC 4291, sections 2.5.6 and 2.7). The same address on another interface is somebody else's.
///
/// ```
/// # use rping::target::needs_interface;
/// assert!(needs_interface("fe80::1".parse()?));
/// assert!(needs_interface("ff02::1".parse()?));
/// assert!(!needs_interface("2001:db8::1".parse()?));
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[must_use]
pub fn needs_interface(address: Ipv6Addr) -> bool {
    let [first, ..] = address.segments();
    address.is_unicast_link_local() || matches!(first & 0xff0f, 0xff01 | 0xff02)
}

/// Whether a probe to this address reaches many hosts, as far as the address alone tells: multicast, and the broadcast
/// address of all networks (RFC 919, section 7). That of one network only its hosts know.
///
/// `240.0.0.0/4` is reserved (RFC 1112, section 4) and not meant for many: Linux sends there as to any other host.
#[must_use]
pub fn reaches_many(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_multicast() || address.is_broadcast(),
        IpAddr::V6(address) => address.is_multicast(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scopes_that_end_at_an_interface_or_a_link_need_one() {
        let needs = |address: &str| needs_interface(address.parse().unwrap());
        for address in [
            "fe80::1",
            "febf:ffff::1",
            "ff01::1",
            "ff02::1",
            "ff12::1:2",
            "ff32::1",
            "fff1::",
        ] {
            assert!(needs(address), "{address}");
        }
        for address in [
            "::1",
            "2001:db8::1",
            "fd51::1",
            "fe7f::1",
            "fec0::1",
            "ff00::1",
            "ff03::1",
            "ff05::1",
            "ff0e::1",
            "ff20::2",
        ] {
            assert!(!needs(address), "{address}");
        }
    }

    #[test]
    fn many_are_reached_by_multicast_and_by_the_broadcast_address_of_all_networks() {
        let many = |address: &str| reaches_many(address.parse().unwrap());
        for address in [
            "224.0.0.1",
            "239.255.255.255",
            "255.255.255.255",
            "ff02::1",
            "ff0e::1",
        ] {
            assert!(many(address), "{address}");
        }
        for address in [
            "223.255.255.255",
            "240.0.0.1",
            "255.255.255.254",
            "fe80::1",
            "2001:db8::",
        ] {
            assert!(!many(address), "{address}");
        }
    }
}
