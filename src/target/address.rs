//! Properties of an address that follow from the address alone.

use std::net::{IpAddr, Ipv6Addr};

/// Whether an address is ambiguous without an interface: `fe80::/10`, and multicast of interface-local or link-local scope
/// (RFC 4291, sections 2.5.6 and 2.7). On another interface it belongs to another host.
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

/// Whether a probe to this address reaches many hosts: multicast, and the limited broadcast address (RFC 919, section 7).
/// The broadcast address of a single network is not recognized: only the routing table knows it.
///
/// `240.0.0.0/4` is reserved (RFC 1112, section 4) but unicast: Linux sends there as to any other host.
#[must_use]
pub fn reaches_many(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_multicast() || address.is_broadcast(),
        IpAddr::V6(address) => address.is_multicast(),
    }
}

#[cfg(test)]
mod tests;
