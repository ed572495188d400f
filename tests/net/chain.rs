//! A chain of kernels: this host, routers, and an answering host, each in a network namespace of its own.

use crate::link::Far;
use crate::{namespace, netlink};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A link of the chain, with the MTUs of its two ends.
#[derive(Clone, Copy)]
pub(crate) struct Link {
    /// The MTU of the near end, which reports larger packets.
    pub(crate) near: u32,
    /// The MTU of the far end, which drops larger packets silently.
    pub(crate) far: u32,
}

/// A link with the same MTU at both ends.
pub(crate) fn both(mtu: u32) -> Link {
    Link {
        near: mtu,
        far: mtu,
    }
}

/// The octets above its MTU that the end of a veth pair accepts: a VLAN tag (`is_skb_forwardable`).
pub(crate) const TAG: u32 = 4;

/// The kernels, from the first router to the host.
pub(crate) struct Chain {
    #[expect(dead_code, reason = "only to be there")]
    kernels: Vec<Far>,
    links: u8,
}

/// The address of an end of a link: 1 is the near end, 2 the far end. Links count from 0.
fn end(ipv6: bool, link: u8, which: u8) -> IpAddr {
    if ipv6 {
        Ipv6Addr::new(0xfd61, link.into(), 0, 0, 0, 0, 0, which.into()).into()
    } else {
        Ipv4Addr::new(10, 61, link, which).into()
    }
}

fn prefix(ipv6: bool) -> u8 {
    if ipv6 { 64 } else { 24 }
}

impl Chain {
    /// Creates the chain. `way_back` limits packets of the return path on every link.
    pub(crate) fn new(links: &[Link], way_back: Option<u32>) -> Self {
        let count = u8::try_from(links.len()).unwrap();
        let kernels: Vec<Far> = links.iter().map(|_| Far::new()).collect();
        for (number, link) in (0..).zip(links) {
            let (near, far) = (format!("e{number}"), format!("f{number}"));
            let next = &kernels[usize::from(number)];
            let make = || {
                netlink::add_veth_of(&near, (&far, link.far), link.near);
                netlink::give_away(&far, next.network());
                join(&near, number, 1);
            };
            match number.checked_sub(1) {
                None => make(),
                Some(before) => kernels[usize::from(before)].within(make),
            }
            next.within(|| join(&far, number, 2));
        }
        for ipv6 in [false, true] {
            netlink::add_default_route("e0", end(ipv6, 0, 2));
            for (number, kernel) in (0..).zip(&kernels) {
                kernel.within(|| forward(ipv6, number, number + 1 < count, way_back));
            }
        }
        Self {
            kernels,
            links: count,
        }
    }

    /// The address of the host at the end.
    pub(crate) fn host(&self, ipv6: bool) -> IpAddr {
        end(ipv6, self.links - 1, 2)
    }

    /// The address of a router, counted from 1, on the near side.
    pub(crate) fn router(ipv6: bool, number: u8) -> IpAddr {
        end(ipv6, number - 1, 2)
    }
}

/// Brings up the end of a link.
fn join(interface: &str, link: u8, which: u8) {
    namespace::set(&format!("ipv6/conf/{interface}/accept_dad"), "0");
    netlink::up(interface, 0);
    for ipv6 in [false, true] {
        netlink::add_address(interface, end(ipv6, link, which), prefix(ipv6));
    }
}

/// Configures the kernel after a link: its routes, and no limit of errors, so that a trial does not depend on a clock.
fn forward(ipv6: bool, link: u8, is_router: bool, way_back: Option<u32>) {
    let back = (format!("f{link}"), end(ipv6, link, 1));
    if !is_router {
        return netlink::add_default_route(&back.0, back.1);
    }
    if ipv6 {
        namespace::set("ipv6/conf/all/forwarding", "1");
        namespace::set("ipv6/icmp/ratelimit", "0");
    } else {
        namespace::set("ipv4/ip_forward", "1");
        namespace::set("ipv4/icmp_ratelimit", "0");
    }
    let next = format!("e{}", link + 1);
    netlink::add_default_route(&next, end(ipv6, link + 1, 2));
    if link > 0 {
        netlink::add_route(&back.0, (end(ipv6, 0, 0), prefix(ipv6)), back.1, way_back);
    }
}
