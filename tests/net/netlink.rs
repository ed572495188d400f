//! The part of rtnetlink that the fixture needs, so that tests do not need the `ip` program.

use crate::sys;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::time::Duration;

// Not in libc. linux/if_link.h, linux/veth.h
const INFO_KIND: u16 = 1;
const INFO_DATA: u16 = 2;
const VETH_INFO_PEER: u16 = 1;
const RTNLGRP_IPV6_ROUTE: u32 = 11;
/// `linux/rtnetlink.h`
const RTAX_MTU: u16 = 2;
// linux/rtnetlink.h, linux/pkt_sched.h
const TCA_KIND: u16 = 1;
const TCA_OPTIONS: u16 = 2;
const TC_H_ROOT: u32 = 0xffff_ffff;
const TCA_TBF_PARMS: u16 = 1;
const TCA_TBF_BURST: u16 = 6;

const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) struct Message(Vec<u8>);

impl Message {
    pub(crate) fn new(kind: u16, flags: libc::c_int, fixed: &[&[u8]]) -> Self {
        let flags = u16::try_from(libc::NLM_F_REQUEST | libc::NLM_F_ACK | flags).unwrap();
        let header: [&[u8]; 5] = [
            &[0; 4],
            &kind.to_ne_bytes(),
            &flags.to_ne_bytes(),
            &1_u32.to_ne_bytes(),
            &[0; 4],
        ];
        Self([header.concat(), fixed.concat()].concat())
    }

    pub(crate) fn with(mut self, kind: u16, value: &[u8]) -> Self {
        self.0.extend(attribute(kind, value));
        self
    }

    /// Fills in the length.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        let length = u32::try_from(self.0.len()).unwrap();
        self.0[..4].copy_from_slice(&length.to_ne_bytes());
        self.0
    }

    /// Sends the message and waits for the kernel's reply.
    fn verdict(self) -> io::Result<()> {
        let socket = sys::socket(libc::AF_NETLINK, libc::SOCK_RAW, libc::NETLINK_ROUTE).unwrap();
        sys::send(&socket, &self.finish()).unwrap();
        verdict(&socket)
    }

    /// The same, and panics if it is an error.
    fn execute(self, what: &str) {
        let verdict = self.verdict();
        assert!(verdict.is_ok(), "{what}: {verdict:?}");
    }
}

/// The kernel's reply to a message.
pub(crate) fn verdict(socket: &OwnedFd) -> io::Result<()> {
    let mut answer = [0; 4096];
    let length = sys::receive(socket, &mut answer)?;
    assert!(length >= 20, "a short answer");
    // nlmsghdr (16 octets), then nlmsgerr, which begins with a negative errno or 0.
    match i32::from_ne_bytes(answer[16..20].try_into().unwrap()) {
        0 => Ok(()),
        error => Err(io::Error::from_raw_os_error(-error)),
    }
}

pub(crate) fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(4 + value.len()).unwrap();
    let mut octets = [&length.to_ne_bytes()[..], &kind.to_ne_bytes(), value].concat();
    octets.resize(octets.len().next_multiple_of(4), 0);
    octets
}

/// `struct ifinfomsg`
fn link(index: i32, flags: i32) -> Vec<u8> {
    [
        [0; 4],
        index.to_ne_bytes(),
        flags.to_ne_bytes(),
        flags.to_ne_bytes(),
    ]
    .concat()
}

fn octets(address: IpAddr) -> (u8, Vec<u8>) {
    let (family, octets) = match address {
        IpAddr::V4(address) => (libc::AF_INET, address.octets().to_vec()),
        IpAddr::V6(address) => (libc::AF_INET6, address.octets().to_vec()),
    };
    (u8::try_from(family).unwrap(), octets)
}

pub(crate) fn named(name: &str) -> Vec<u8> {
    [name.as_bytes(), &[0]].concat()
}

/// A link: two interfaces, each receiving what the other sends.
pub(crate) fn add_veth(name: &str, peer: &str, mtu: u32) {
    add_veth_of(name, (peer, mtu), mtu);
}

/// The same with different MTUs.
pub(crate) fn add_veth_of(name: &str, (peer, its_mtu): (&str, u32), mtu: u32) {
    let (mtu, its_mtu) = (mtu.to_ne_bytes(), its_mtu.to_ne_bytes());
    let end = [
        link(0, 0),
        attribute(libc::IFLA_IFNAME, &named(peer)),
        attribute(libc::IFLA_MTU, &its_mtu),
    ]
    .concat();
    let info = [
        attribute(INFO_KIND, b"veth"),
        attribute(INFO_DATA, &attribute(VETH_INFO_PEER, &end)),
    ]
    .concat();
    Message::new(
        libc::RTM_NEWLINK,
        libc::NLM_F_CREATE | libc::NLM_F_EXCL,
        &[&link(0, 0)],
    )
    .with(libc::IFLA_IFNAME, &named(name))
    .with(libc::IFLA_MTU, &mtu)
    .with(libc::IFLA_LINKINFO, &info)
    .execute("make a veth pair");
}

/// Deletes an interface and the other end of its link.
pub(crate) fn delete(name: &str) {
    let link = link(sys::interface_index(name), 0);
    Message::new(libc::RTM_DELLINK, 0, &[&link]).execute("delete");
}

/// Moves an interface to another network.
pub(crate) fn give_away(name: &str, network: &impl AsRawFd) {
    let link = link(sys::interface_index(name), 0);
    Message::new(libc::RTM_NEWLINK, 0, &[&link])
        .with(libc::IFLA_NET_NS_FD, &network.as_raw_fd().to_ne_bytes())
        .execute("give away");
}

/// Brings an interface up, with further `IFF_` flags.
pub(crate) fn up(name: &str, flags: i32) {
    Message::new(
        libc::RTM_NEWLINK,
        0,
        &[&link(sys::interface_index(name), libc::IFF_UP | flags)],
    )
    .execute("bring up");
}

/// Takes an interface down, which removes its routes.
pub(crate) fn down(name: &str) {
    clear(name, libc::IFF_UP);
}

pub(crate) fn resolve(name: &str) {
    clear(name, libc::IFF_NOARP);
}

fn clear(name: &str, flag: libc::c_int) {
    let mut link = link(sys::interface_index(name), 0);
    // The mask of changes: without it the kernel reads flags of zero as no change.
    let change = link.len() - 4;
    link[change..].copy_from_slice(&flag.to_ne_bytes());
    Message::new(libc::RTM_NEWLINK, 0, &[&link]).execute("clear a flag");
}

/// Returns when the address can receive. For IPv6, a worker of the kernel must first create its local route, even
/// without duplicate address detection.
pub(crate) fn add_address(interface: &str, address: IpAddr, prefix: u8) {
    let (family, octets) = octets(address);
    let listener = sys::route_listener(RTNLGRP_IPV6_ROUTE).unwrap();
    // Usable at once: no other host on this link has the address.
    let flags = u8::try_from(libc::IFA_F_NODAD).unwrap();
    let index = sys::interface_index(interface).to_ne_bytes();
    Message::new(
        libc::RTM_NEWADDR,
        libc::NLM_F_CREATE | libc::NLM_F_EXCL,
        &[&[family, prefix, flags, 0], &index],
    )
    .with(libc::IFA_LOCAL, &octets)
    .with(libc::IFA_ADDRESS, &octets)
    .execute("add an address");
    if address.is_ipv6() {
        let alarm = sys::alarm(PATIENCE).unwrap();
        while !is_local_route_of(&octets, &notice(&listener, &alarm)) {}
    }
}

fn notice(listener: &OwnedFd, alarm: &OwnedFd) -> Vec<u8> {
    let [_, late] = sys::wait([Some(listener.as_fd()), Some(alarm.as_fd())]).unwrap();
    assert!(!late, "no local route after {PATIENCE:?}");
    let mut notice = vec![0; 4096];
    let length = sys::receive(listener, &mut notice).unwrap();
    notice.truncate(length);
    notice
}

fn is_local_route_of(address: &[u8], notice: &[u8]) -> bool {
    // The type in nlmsghdr, and after its 16 octets the type of the route in rtmsg.
    notice.get(4..6) == Some(&libc::RTM_NEWROUTE.to_ne_bytes()[..])
        && notice.get(16 + 7) == Some(&libc::RTN_LOCAL)
        && notice.windows(16).any(|window| window == address)
}

pub(crate) fn add_default_route(interface: &str, gateway: IpAddr) {
    let everywhere: IpAddr = if gateway.is_ipv4() {
        Ipv4Addr::UNSPECIFIED.into()
    } else {
        Ipv6Addr::UNSPECIFIED.into()
    };
    add_route(interface, (everywhere, 0), gateway, None);
}

/// The route to a network, optionally with an MTU.
pub(crate) fn add_route(
    interface: &str,
    (network, prefix): (IpAddr, u8),
    gateway: IpAddr,
    mtu: Option<u32>,
) {
    let (family, octets) = octets(gateway);
    let fixed = [
        family,
        prefix,
        0,
        0,
        libc::RT_TABLE_MAIN,
        libc::RTPROT_STATIC,
        libc::RT_SCOPE_UNIVERSE,
        libc::RTN_UNICAST,
    ];
    let index = sys::interface_index(interface).to_ne_bytes();
    let mut message = Message::new(
        libc::RTM_NEWROUTE,
        libc::NLM_F_CREATE | libc::NLM_F_EXCL,
        &[&fixed, &[0; 4]],
    )
    .with(libc::RTA_GATEWAY, &octets)
    .with(libc::RTA_OIF, &index);
    if prefix > 0 {
        message = message.with(libc::RTA_DST, &self::octets(network).1);
    }
    if let Some(mtu) = mtu {
        let mtu = attribute(RTAX_MTU, &mtu.to_ne_bytes());
        message = message.with(libc::RTA_METRICS, &mtu);
    }
    message.execute("add a route");
}

/// Makes the queue of this interface drop every packet.
pub(crate) fn leave_no_room(interface: &str) {
    let interface = sys::interface_index(interface).to_ne_bytes();
    // `struct tcmsg`, and a limit in packets.
    let (root, limit) = (TC_H_ROOT.to_ne_bytes(), 0_u32.to_ne_bytes());
    Message::new(
        libc::RTM_NEWQDISC,
        libc::NLM_F_CREATE | libc::NLM_F_EXCL,
        &[&[0; 4], &interface, &[0; 4], &root, &[0; 4]],
    )
    .with(TCA_KIND, &named("pfifo"))
    .with(TCA_OPTIONS, &limit)
    .execute("leave no room");
}

/// The rate of an interface.
#[derive(Clone, Copy)]
pub(crate) enum Flow {
    /// A burst of 1514 octets, then nearly nothing.
    Blocked,
    /// Ten megabytes a second.
    Free,
}

/// Sets the rate of this interface. Returns whether the kernel supports it.
pub(crate) fn shape(interface: &str, flow: Flow) -> bool {
    let index = sys::interface_index(interface).to_ne_bytes();
    let octets_a_second: u32 = match flow {
        Flow::Blocked => 1,
        Flow::Free => 10_000_000,
    };
    // `struct tc_ratespec`: the link layer (Ethernet) in the second octet, the rate at the end.
    let rate = [&[0, 1], &[0; 6][..], &octets_a_second.to_ne_bytes()].concat();
    // `struct tc_tbf_qopt`: rate, no peak rate; limit in octets, burst in ticks (given below in octets), no minimum size.
    let limit = 1_000_000_u32.to_ne_bytes();
    let parameters = [&rate[..], &[0; 12], &limit, &[0; 8]].concat();
    let options = [
        attribute(TCA_TBF_PARMS, &parameters),
        attribute(TCA_TBF_BURST, &1514_u32.to_ne_bytes()),
    ]
    .concat();
    let message = Message::new(
        libc::RTM_NEWQDISC,
        libc::NLM_F_CREATE | libc::NLM_F_REPLACE,
        &[&[0; 4], &index, &[0; 4], &TC_H_ROOT.to_ne_bytes(), &[0; 4]],
    )
    .with(TCA_KIND, &named("tbf"))
    .with(TCA_OPTIONS, &options);
    let verdict = message.verdict().map_err(|error| error.raw_os_error());
    // The kernel lacks the queueing discipline.
    let is_unknown = verdict == Err(Some(libc::ENOENT));
    assert!(
        verdict.is_ok() || is_unknown,
        "limit what leaves: {verdict:?}"
    );
    !is_unknown
}

/// Sets the link address of a neighbour: any, because the host receives every packet.
pub(crate) fn add_neighbour(interface: &str, address: IpAddr) {
    let (family, octets) = octets(address);
    // `struct ndmsg`
    let (index, state) = (
        sys::interface_index(interface).to_ne_bytes(),
        libc::NUD_PERMANENT.to_ne_bytes(),
    );
    Message::new(
        libc::RTM_NEWNEIGH,
        libc::NLM_F_CREATE | libc::NLM_F_REPLACE,
        &[&[family, 0, 0, 0], &index, &state, &[0; 2]],
    )
    .with(libc::NDA_DST, &octets)
    .with(libc::NDA_LLADDR, &[2, 0, 0, 0, 0, 1])
    .execute("add a neighbour");
}

pub(crate) fn add_alternative_name(interface: &str, name: &str) {
    // `linux/rtnetlink.h`, `linux/if_link.h`
    const RTM_NEWLINKPROP: u16 = 108;
    const IFLA_PROP_LIST: u16 = 52;
    const IFLA_ALT_IFNAME: u16 = 53;
    let flags = libc::NLM_F_CREATE | libc::NLM_F_EXCL | libc::NLM_F_APPEND;
    let index = sys::interface_index(interface);
    Message::new(RTM_NEWLINKPROP, flags, &[&link(index, 0)])
        .with(
            IFLA_PROP_LIST | NESTED,
            &attribute(IFLA_ALT_IFNAME, &named(name)),
        )
        .execute("add an alternative name");
}

/// `NLA_F_NESTED` of `linux/netlink.h`.
const NESTED: u16 = 1 << 15;

/// Makes sending to these addresses fail with "not permitted".
pub(crate) fn prohibit(address: IpAddr, prefix: u8) {
    refuse(address, prefix, libc::RTN_PROHIBIT);
}

/// Makes sending to these addresses fail with "invalid argument".
pub(crate) fn blackhole(address: IpAddr, prefix: u8) {
    refuse(address, prefix, libc::RTN_BLACKHOLE);
}

fn refuse(address: IpAddr, prefix: u8, kind: u8) {
    let (family, octets) = octets(address);
    let fixed = [
        family,
        prefix,
        0,
        0,
        libc::RT_TABLE_MAIN,
        libc::RTPROT_STATIC,
        libc::RT_SCOPE_UNIVERSE,
        kind,
    ];
    Message::new(
        libc::RTM_NEWROUTE,
        libc::NLM_F_CREATE | libc::NLM_F_EXCL,
        &[&fixed, &[0; 4]],
    )
    .with(libc::RTA_DST, &octets)
    .execute("add a route that refuses");
}
