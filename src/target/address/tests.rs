//! Addresses that name a target.

use super::*;

#[test]
fn interface_local_and_link_local_scopes_need_an_interface() {
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
fn multicast_and_limited_broadcast_reach_many_hosts() {
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
