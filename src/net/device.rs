//! Network interfaces: `-I`, names, addresses, MTUs.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read};
use std::net::{IpAddr, SocketAddr};
use std::os::fd::AsFd;

use caps::Capability;
use rustix::net::netdevice::{index_to_name, name_to_index};
use socket2::{Domain, Socket, Type};

use super::privilege::Privileges;
use super::{address, sys};
use crate::target::needs_interface;

/// The index of the interface with this name.
#[must_use]
pub fn index(name: &str) -> Option<u32> {
    if name.len() >= libc::IFNAMSIZ {
        return index_by_netlink(name, IFLA_ALT_IFNAME);
    }
    let found = any_socket().and_then(|socket| name_to_index(socket, name).ok());
    // A security policy may forbid the ioctl.
    found.or_else(|| index_by_netlink(name, libc::IFLA_IFNAME))
}

/// The primary name of the interface with this name, which may be an alternative one. Returns `name` if that is unknown.
fn primary_name(name: &str) -> String {
    let found = index(name).zip(any_socket());
    let found = found.and_then(|(index, socket)| index_to_name(socket, index).ok());
    found.unwrap_or_else(|| name.to_owned())
}

/// The attribute for an alternative name (`linux/if_link.h`, Linux 5.5), which may be too long for ioctls and socket options.
const IFLA_ALT_IFNAME: u16 = 53;

/// The index of the interface with this name, looked up by an attribute of this kind (rtnetlink(7)).
fn index_by_netlink(name: &str, kind_of_name: u16) -> Option<u32> {
    // The kernel reads only up to the first zero.
    if name.contains('\0') {
        return None;
    }
    let attribute = u16::try_from(4 + name.len() + 1).ok()?;
    let padding = vec![0; 4 - name.len() % 4];
    let length = 16 + 16 + 4 + name.len() + padding.len();
    let request = [
        // struct nlmsghdr
        &u32::try_from(length).ok()?.to_ne_bytes()[..],
        &libc::RTM_GETLINK.to_ne_bytes(),
        &u16::try_from(libc::NLM_F_REQUEST).ok()?.to_ne_bytes(),
        &[0; 8],
        // struct ifinfomsg: any
        &[0; 16],
        &attribute.to_ne_bytes(),
        &kind_of_name.to_ne_bytes(),
        name.as_bytes(),
        &padding,
    ];
    let socket = Socket::new(Domain::from(libc::AF_NETLINK), Type::DGRAM, None).ok()?;
    socket.send(&request.concat()).ok()?;
    let mut answer = [0; 64];
    let filled = (&socket).read(&mut answer).ok()?;
    let answer = answer.get(..filled)?;
    let kind = answer.get(4..6)?.try_into().ok().map(u16::from_ne_bytes);
    // ifinfomsg: family and padding, type, index.
    let index = answer.get(20..24)?.try_into().ok().map(u32::from_ne_bytes);
    index.filter(|_| kind == Some(libc::RTM_NEWLINK))
}

/// A socket for queries about interfaces. Any family will do; a security policy may forbid some.
pub(super) fn any_socket() -> Option<Socket> {
    let families = [Domain::UNIX, Domain::IPV4, Domain::IPV6];
    let mut sockets = families
        .into_iter()
        .map(|family| Socket::new(family, Type::DGRAM, None));
    sockets.find_map(Result::ok)
}

/// The sorted names of the interfaces in this thread's network namespace; empty without `/proc`.
///
/// Not from `/sys/class/net`: it shows the network namespace in which it was mounted.
#[must_use]
pub fn names() -> Vec<String> {
    let table = fs::read("/proc/thread-self/net/dev").unwrap_or_default();
    let mut names = names_in(&String::from_utf8_lossy(&table));
    names.sort_unstable();
    names
}

/// The names in `/proc/net/dev`. Its two header lines have no colon, and neither has any name.
fn names_in(table: &str) -> Vec<String> {
    let names = table.lines().filter_map(|line| line.split_once(':'));
    names.map(|(name, _)| name.trim().to_owned()).collect()
}

/// The smallest MTU in octets of all interfaces that are up, or of a single one; `None` if it is unknown.
#[must_use]
pub fn smallest_mtu(only: Option<&str>) -> Option<u32> {
    let socket = any_socket()?;
    let names = only.map_or_else(names, |name| vec![primary_name(name)]);
    let mut smallest = None;
    for name in names {
        let mtu = sys::mtu_in_use(socket.as_fd(), &name).ok()?;
        let mtu = mtu.and_then(|mtu| u32::try_from(mtu).ok());
        smallest = smallest.into_iter().chain(mtu).min();
    }
    smallest
}

/// Binds a socket to an interface.
///
/// Errors of this host itself, such as a neighbour that does not answer, come through the loopback interface: a raw IPv4
/// socket bound to another interface does not receive them. Ping sockets and IPv6 sockets do.
///
/// Since Linux 5.7 this needs no privilege, once per socket. If it is forbidden, selecting the interface for multicast is
/// not, which is enough if the only target is a multicast address.
pub(super) fn bind(
    socket: &Socket,
    name: &str,
    only_target: Option<SocketAddr>,
    privileges: &Privileges,
) -> io::Result<()> {
    let name = &primary_name(name);
    if name.len() >= libc::IFNAMSIZ {
        // The kernel would truncate it, and bind to another interface.
        return Err(io::Error::from_raw_os_error(libc::ENODEV));
    }
    let bind = || socket.bind_device(Some(name.as_bytes()));
    let mut result = bind();
    if is_forbidden(&result) {
        result = privileges.with_raised(&[Capability::CAP_NET_RAW], bind);
    }
    if is_forbidden(&result)
        && let Some(target) = only_target
        && target.ip().is_multicast()
    {
        result = send_multicast_through(socket, name, target);
    }
    result
}

fn is_forbidden(result: &io::Result<()>) -> bool {
    matches!(result, Err(error) if error.kind() == io::ErrorKind::PermissionDenied)
}

fn send_multicast_through(socket: &Socket, name: &str, target: SocketAddr) -> io::Result<()> {
    let index = index(name).ok_or_else(|| io::Error::from_raw_os_error(libc::ENODEV))?;
    if target.is_ipv6() {
        return socket.set_multicast_if_v6(index);
    }
    // `struct ip_mreqn`: group, address, and interface; only the last one matters.
    let [group, address] = [[0; 4]; 2];
    let request = [group, address, index.to_ne_bytes()].concat();
    sys::set_option(
        socket.as_fd(),
        libc::IPPROTO_IP,
        libc::IP_MULTICAST_IF,
        &request,
    )
}

/// Whether an interface has this address; true if that is unknown.
pub(super) fn has_address(name: &str, address: IpAddr) -> bool {
    let Ok(all) = sys::interface_addresses() else {
        return true;
    };
    let name = primary_name(name);
    all.iter().any(|(interface, octets)| {
        let found = address::from_octets(octets);
        *interface == name && found.is_some_and(|found| found.ip() == address)
    })
}

/// The addresses of all interfaces; empty if they are unknown.
pub(super) fn own_addresses() -> BTreeSet<IpAddr> {
    let all = sys::interface_addresses().unwrap_or_default();
    let addresses = all.iter();
    let addresses = addresses.filter_map(|(_, octets)| address::from_octets(octets));
    addresses.map(|address| address.ip()).collect()
}

/// Adds the scope of an interface to a link-local address that has none.
pub(super) fn with_scope(address: SocketAddr, index: Option<u32>) -> SocketAddr {
    let SocketAddr::V6(mut v6) = address else {
        return address;
    };
    if let Some(index) = index
        && v6.scope_id() == 0
        && needs_interface(*v6.ip())
    {
        v6.set_scope_id(index);
    }
    v6.into()
}

/// Looks up interface names, for the scopes of link-local addresses.
///
/// It opens its socket in advance: during the run no socket can be opened.
#[derive(Debug)]
pub struct InterfaceNames(Option<Socket>);

impl InterfaceNames {
    /// Opens the socket. If that fails, scopes are printed as numbers.
    #[must_use]
    pub fn open() -> Self {
        Self(any_socket())
    }

    /// The name of the interface with this index, if it is UTF-8: another name could not be printed and typed again.
    #[must_use]
    pub fn name(&self, index: u32) -> Option<String> {
        index_to_name(self.0.as_ref()?, index).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scoped(address: &str) -> String {
        with_scope(address.parse().unwrap(), Some(7)).to_string()
    }

    #[test]
    fn loopback_interface_has_an_index_and_a_name() {
        let number = index("lo").unwrap();
        let names = InterfaceNames::open();
        assert_eq!(names.name(number).as_deref(), Some("lo"));
        assert_eq!(index("no such name"), None);
        assert_eq!(index("l\0o"), None);
        assert_eq!(index("lo\0"), None);
        assert_eq!(index(""), None);
        assert_eq!(index(&"l".repeat(libc::IFNAMSIZ)), None);
        assert_eq!(names.name(0), None);
        assert_eq!(names.name(u32::MAX), None);
    }

    #[test]
    fn netlink_and_ioctl_return_the_same_index() {
        let found = index_by_netlink("lo", libc::IFLA_IFNAME);
        assert!(found.is_some() && found == index("lo"));
        assert_eq!(index_by_netlink("no-such-one", libc::IFLA_IFNAME), None);
    }

    #[test]
    fn interface_has_its_own_addresses_only() {
        assert!(has_address("lo", [127, 0, 0, 1].into()));
        assert!(!has_address("lo", [192, 0, 2, 1].into()));
        assert!(!has_address("no such name", [127, 0, 0, 1].into()));
    }

    #[test]
    fn own_addresses_include_that_of_the_loopback_interface() {
        let own = own_addresses();
        assert!(own.contains(&IpAddr::from([127, 0, 0, 1])));
        assert!(!own.contains(&IpAddr::from([192, 0, 2, 1])));
    }

    #[test]
    fn interface_names_are_parsed_from_the_first_column() {
        let table = "\
Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:     384       4    0    0    0     0          0         0      384       4    0    0    0     0       0          0
wlp0s20f3.42:99999999 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0
";
        assert_eq!(names_in(table), ["lo", "wlp0s20f3.42"]);
        assert!(names().contains(&"lo".to_owned()));
    }

    #[test]
    fn smallest_mtu_is_that_of_an_existing_interface() {
        assert!(smallest_mtu(Some("lo")).is_some_and(|mtu| mtu >= 68));
        assert!(smallest_mtu(None) <= smallest_mtu(Some("lo")));
        assert_eq!(smallest_mtu(Some("no such name")), None);
        assert_eq!(smallest_mtu(Some("abcdefghijklmnopq")), None);
    }

    #[test]
    fn only_link_local_addresses_without_a_scope_get_one() {
        assert_eq!(scoped("[fe80::1]:0"), "[fe80::1%7]:0");
        assert_eq!(scoped("[ff02::1]:0"), "[ff02::1%7]:0");
        assert_eq!(scoped("[fe80::1%3]:0"), "[fe80::1%3]:0");
        assert_eq!(scoped("[ff05::1]:0"), "[ff05::1]:0");
        assert_eq!(scoped("[2001:db8::1]:0"), "[2001:db8::1]:0");
        assert_eq!(scoped("192.0.2.1:0"), "192.0.2.1:0");
        let alone = with_scope("[fe80::1]:0".parse().unwrap(), None);
        assert_eq!(alone.to_string(), "[fe80::1]:0");
    }
}
