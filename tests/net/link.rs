//! The link of a trial: `v0` belongs to the system under test, `v1` to the scripted host.

use crate::{dns, namespace, netlink, sys};
use std::fs::{self, File};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::thread;

/// The address of `v0`.
pub(crate) const US4: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1));
pub(crate) const US6: IpAddr = IpAddr::V6(Ipv6Addr::new(0xfd51, 0, 0, 0, 0, 0, 0, 1));
/// The address of the host, which is also the default router. It answers for every other address of the two prefixes.
pub(crate) const HOST4: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 2));
pub(crate) const HOST6: IpAddr = IpAddr::V6(Ipv6Addr::new(0xfd51, 0, 0, 0, 0, 0, 0, 2));
/// Another host on the link.
pub(crate) const OTHER4: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 3));
pub(crate) const OTHER6: IpAddr = IpAddr::V6(Ipv6Addr::new(0xfd51, 0, 0, 0, 0, 0, 0, 3));
/// The address of this host on each link.
const LINK_LOCAL: IpAddr = IpAddr::V6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1));
/// A router with only this address.
const GATEWAY: IpAddr = IpAddr::V6(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 2));
/// A router further away, which sends errors.
pub(crate) const ROUTER4: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9));
pub(crate) const ROUTER6: IpAddr = IpAddr::V6(Ipv6Addr::new(0xfd52, 0, 0, 0, 0, 0, 0, 9));

/// Creates the link in this thread's namespace.
pub(crate) fn create() {
    with_mtu(1500);
}

/// A link to a router with only a link-local address, [`GATEWAY`], whose name only nss-myhostname knows: `_gateway`.
pub(crate) fn to_a_gateway() -> dns::Files {
    wire("v0", "v1", 1500);
    netlink::add_address("v0", LINK_LOCAL, 64);
    netlink::add_default_route("v0", GATEWAY);
    dns::replace(&[("/etc/nsswitch.conf", "hosts: myhostname\n")])
}

pub(crate) fn with_mtu(mtu: u32) {
    wire("v0", "v1", mtu);
    netlink::add_address("v0", US4, 24);
    netlink::add_address("v0", US6, 64);
    netlink::add_default_route("v0", HOST4);
    netlink::add_default_route("v0", HOST6);
}

/// A second link, from `w0` to `w1`, on which this host has the same link-local address.
pub(crate) fn add_another() {
    wire("w0", "w1", 1500);
    for interface in ["v0", "w0"] {
        netlink::add_address(interface, LINK_LOCAL, 64);
    }
}

/// A link with address resolution, which gives up on an absent host after a fifth of a second.
pub(crate) fn with_resolution() {
    create();
    for family in ["ipv4", "ipv6"] {
        namespace::set(&format!("{family}/neigh/v0/retrans_time_ms"), "67");
    }
    netlink::resolve("v0");
}

/// A network at the far end of the link, where a kernel answers.
pub(crate) struct Far(File);

/// The address of a host behind a router.
pub(crate) const BEYOND4: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 2));
pub(crate) const BEYOND6: IpAddr = IpAddr::V6(Ipv6Addr::new(0xfd52, 0, 0, 0, 0, 0, 0, 2));

/// Creates a link to a router, and a link with another MTU from there to a host; both are kernels.
pub(crate) fn through_a_router(mtu: u32) -> [Far; 2] {
    let [router, host] = [(); 2].map(|()| Far::new());
    netlink::add_veth("v0", "v1", 1500);
    netlink::give_away("v1", &router.0);
    let near = [(US4, HOST4, 24), (US6, HOST6, 64)];
    let far = [(ROUTER4, BEYOND4, 24), (ROUTER6, BEYOND6, 64)];
    router.within(|| {
        netlink::add_veth("w0", "w1", mtu);
        netlink::give_away("w1", &host.0);
        for interface in ["v1", "w0"] {
            namespace::set(&format!("ipv6/conf/{interface}/accept_dad"), "0");
            netlink::up(interface, 0);
        }
        for (near, far) in near.into_iter().zip(far) {
            netlink::add_address("v1", near.1, near.2);
            netlink::add_address("w0", far.0, far.2);
        }
        namespace::set("ipv4/ip_forward", "1");
        namespace::set("ipv6/conf/all/forwarding", "1");
    });
    let join = |interface: &str, ends: [(IpAddr, IpAddr, u8); 2]| {
        namespace::set(&format!("ipv6/conf/{interface}/accept_dad"), "0");
        netlink::up(interface, 0);
        for (address, gateway, prefix) in ends {
            netlink::add_address(interface, address, prefix);
            netlink::add_default_route(interface, gateway);
        }
    };
    host.within(|| {
        join(
            "w1",
            far.map(|(gateway, address, prefix)| (address, gateway, prefix)),
        );
    });
    join("v0", near);
    [router, host]
}

/// Creates a link whose far end is a kernel in another network.
pub(crate) fn to_a_kernel() -> Far {
    let far = to_a_kernel_without_an_address();
    far.take_its_address();
    far
}

/// The same, but no kernel has the host's address yet, and neighbours fail after a fifth of a second.
pub(crate) fn to_a_kernel_without_an_address() -> Far {
    let far = Far::new();
    netlink::add_veth("v0", "v1", 1500);
    netlink::give_away("v1", &far.0);
    far.within(|| {
        namespace::set("ipv6/conf/v1/accept_dad", "0");
        netlink::up("v1", 0);
    });
    namespace::set("ipv6/conf/v0/accept_dad", "0");
    netlink::up("v0", 0);
    netlink::add_address("v0", US4, 24);
    netlink::add_address("v0", US6, 64);
    for family in ["ipv4", "ipv6"] {
        namespace::set(&format!("{family}/neigh/v0/retrans_time_ms"), "67");
    }
    far
}

impl Far {
    pub(crate) fn new() -> Self {
        let make = || {
            sys::unshare(libc::CLONE_NEWNET).unwrap();
            File::open("/proc/thread-self/ns/net").unwrap()
        };
        Self(thread::spawn(make).join().unwrap())
    }

    pub(crate) fn network(&self) -> &File {
        &self.0
    }

    /// Gives the host's address to that kernel.
    pub(crate) fn take_its_address(&self) {
        self.within(|| {
            netlink::add_address("v1", HOST4, 24);
            netlink::add_address("v1", HOST6, 64);
        });
    }

    /// Runs `act` in a thread in that network.
    pub(crate) fn within<T: Send>(&self, act: impl FnOnce() -> T + Send) -> T {
        let entered = || {
            sys::enter(&self.0).unwrap();
            act()
        };
        thread::scope(|scope| scope.spawn(entered).join().unwrap())
    }

    /// Gives that kernel another address, with the return route.
    pub(crate) fn take_another(&self, address: IpAddr) {
        self.within(|| netlink::add_address("v1", address, 24));
    }

    /// The number of echo requests that its kernel received.
    pub(crate) fn echo_requests(&self) -> u64 {
        let counters = self.within(|| fs::read_to_string("/proc/thread-self/net/snmp").unwrap());
        let mut lines = counters.lines().filter(|line| line.starts_with("Icmp: "));
        let [names, numbers] = [(); 2].map(|()| lines.next().unwrap().split(' '));
        let mut counters = names.zip(numbers);
        let (_, number) = counters.find(|(name, _)| *name == "InEchos").unwrap();
        number.parse().unwrap()
    }
}

fn wire(ours: &str, theirs: &str, mtu: u32) {
    netlink::add_veth(ours, theirs, mtu);
    // The host only uses a packet socket: the kernel's own stack must be silent on its end.
    namespace::set(&format!("ipv6/conf/{theirs}/disable_ipv6"), "1");
    namespace::set(&format!("ipv6/conf/{ours}/accept_dad"), "0");
    for interface in ["all", ours] {
        // Hosts answer from addresses that they do not have.
        namespace::set(&format!("ipv4/conf/{interface}/rp_filter"), "0");
    }
    // The host's end first, so that ours has a carrier and can send as soon as it is up.
    netlink::up(theirs, libc::IFF_NOARP);
    // Without address resolution every address is reachable at once, and no solicitation is on the link.
    netlink::up(ours, libc::IFF_NOARP);
}
