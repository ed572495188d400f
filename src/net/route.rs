//! Finds the source address for a target, and whether there is a route.
//!
//! A UDP socket is connected to the target, which sends nothing, and its local address is read. It gets all options that
//! influence the route: interface, mark, type of service, source address.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::fd::AsFd;

use caps::Capability;
use socket2::{Domain, Protocol, Socket, Type};

use super::identity::Family;
use super::open_error::{RouteError, RouteStep};
use super::privilege::Privileges;
use super::{device, sys};
use crate::config::SocketOptions;
use crate::target::needs_interface;

/// The port that the socket is connected to, as in iputils. Nothing is ever sent there.
const PORT: u16 = 1025;

/// The route to a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// The source address of probes, with port 0.
    pub source: SocketAddr,
    /// The target with its scope and port 0; for `0.0.0.0` or `::` the source, which is this host.
    pub target: SocketAddr,
    /// Whether the target is a broadcast address.
    pub broadcast: bool,
    /// The path MTU in octets; `None` if the kernel does not report it.
    pub mtu: Option<u32>,
}

/// Finds the route to a target, or to the first hop of a source route.
///
/// # Errors
/// There is none. [`RouteError::is_unreachable`] tells whether another address is worth trying.
pub fn find_route(
    target: SocketAddr,
    first_hop: Option<Ipv4Addr>,
    options: &SocketOptions,
    privileges: &Privileges,
) -> Result<Route, RouteError> {
    let index = find_device(target, options)?;
    let target = device::with_scope(target, index);
    let socket = Socket::new(
        Domain::for_address(target),
        Type::DGRAM,
        Some(Protocol::UDP),
    )
    .map_err(failed(RouteStep::Socket))?;
    prepare(&socket, target, index, options, privileges)?;
    let mut first = first_hop.map_or(target, |hop| SocketAddr::from((hop, 0)));
    first.set_port(PORT);
    let broadcast = match connect(&socket, first, options.broadcast) {
        // As in iputils, with a source address given by the user, the first probe reports the error.
        Err(RouteError::Broadcast) => return Err(RouteError::Broadcast),
        Err(_) if options.sources.of(target.is_ipv6()).is_some() => false,
        // Link-local addresses need no route: the first probe reports the error.
        Err(_) if is_on_link(target) => false,
        found => found?,
    };
    let source = own_address(&socket)?;
    Ok(Route {
        source,
        target: replace_unspecified(target, source),
        broadcast,
        mtu: mtu(&socket, Family::of(target)),
    })
}

fn is_on_link(target: SocketAddr) -> bool {
    matches!(target, SocketAddr::V6(v6) if needs_interface(*v6.ip()))
}

/// The number of the interface, which IPv6 needs for link-local addresses.
fn find_device(target: SocketAddr, options: &SocketOptions) -> Result<Option<u32>, RouteError> {
    match &options.device {
        Some(name) if target.is_ipv6() => match device::index(name) {
            Some(index) => Ok(Some(index)),
            None => Err(RouteError::UnknownInterface(name.clone())),
        },
        _ => Ok(None),
    }
}

fn prepare(
    socket: &Socket,
    target: SocketAddr,
    index: Option<u32>,
    options: &SocketOptions,
    privileges: &Privileges,
) -> Result<(), RouteError> {
    if let Some(name) = &options.device {
        device::bind(socket, name, Some(target), privileges)
            .map_err(failed(RouteStep::Interface(name.clone())))?;
    }
    if let Some(class) = options.traffic_class {
        set_traffic_class(socket, Family::of(target), class)
            .map_err(failed(RouteStep::TrafficClass))?;
    }
    if let Some(mark) = options.mark {
        // The error is reported once, when the ICMP socket is opened.
        let _ = set_mark(socket, mark, privileges);
    }
    if let Some(source) = options.sources.of(target.is_ipv6()) {
        let source = device::with_scope(SocketAddr::new(source, 0), index);
        socket
            .bind(&source.into())
            .map_err(failed(RouteStep::Bind))?;
    }
    Ok(())
}

/// Sets type of service or traffic class.
pub(super) fn set_traffic_class(socket: &Socket, family: Family, class: u8) -> io::Result<()> {
    match family {
        Family::Ipv4 => socket.set_tos_v4(class.into()),
        Family::Ipv6 => socket.set_tclass_v6(class.into()),
    }
}

/// Sets the firewall mark: with `CAP_NET_RAW` since Linux 5.17, before that with `CAP_NET_ADMIN`.
pub(super) fn set_mark(socket: &Socket, mark: u32, privileges: &Privileges) -> io::Result<()> {
    let needed = [Capability::CAP_NET_ADMIN, Capability::CAP_NET_RAW];
    privileges.with_raised(&needed, || socket.set_mark(mark))
}

/// Connects the socket. Returns whether that needed permission to broadcast.
fn connect(socket: &Socket, to: SocketAddr, may_broadcast: bool) -> Result<bool, RouteError> {
    let address = to.into();
    match socket.connect(&address) {
        Ok(()) => Ok(false),
        // EACCES means a broadcast address without SO_BROADCAST, or a prohibiting route. Only the latter fails again
        // with SO_BROADCAST. IPv6 has no broadcast.
        Err(error) if to.is_ipv4() && error.raw_os_error() == Some(libc::EACCES) => {
            match socket.set_broadcast(true) {
                Err(_) if !may_broadcast => return Err(RouteError::Broadcast),
                outcome => outcome.map_err(failed(RouteStep::Broadcast))?,
            }
            match socket.connect(&address) {
                Ok(()) if may_broadcast => Ok(true),
                Ok(()) => Err(RouteError::Broadcast),
                Err(error) => Err(failed(RouteStep::Connect)(error)),
            }
        }
        Err(error) => Err(failed(RouteStep::Connect)(error)),
    }
}

fn own_address(socket: &Socket) -> Result<SocketAddr, RouteError> {
    let address = socket.local_addr().map_err(failed(RouteStep::OwnAddress))?;
    let mut source = address.as_socket().ok_or_else(|| {
        failed(RouteStep::OwnAddress)(io::Error::from_raw_os_error(libc::EAFNOSUPPORT))
    })?;
    source.set_port(0);
    Ok(source)
}

/// The path MTU of a connected socket.
fn mtu(socket: &Socket, family: Family) -> Option<u32> {
    let (level, name) = match family {
        Family::Ipv4 => (libc::IPPROTO_IP, libc::IP_MTU),
        Family::Ipv6 => (libc::IPPROTO_IPV6, libc::IPV6_MTU),
    };
    let mut value = [0; size_of::<libc::c_int>()];
    sys::get_option(socket.as_fd(), level, name, &mut value).ok()?;
    u32::try_from(libc::c_int::from_ne_bytes(value)).ok()
}

/// Replaces the unspecified address with the source address: it means this host.
fn replace_unspecified(target: SocketAddr, source: SocketAddr) -> SocketAddr {
    let unspecified = match target.ip() {
        IpAddr::V4(v4) => v4.is_unspecified(),
        IpAddr::V6(v6) => v6.is_unspecified(),
    };
    let mut target = if unspecified { source } else { target };
    target.set_port(0);
    target
}

fn failed(step: RouteStep) -> impl FnOnce(io::Error) -> RouteError {
    |error| RouteError::Failed { step, error }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Sources;

    fn route(target: &str, options: &SocketOptions) -> Result<Route, RouteError> {
        let (target, options) = (target.parse().unwrap(), options.clone());
        // Privileges belong to a thread.
        std::thread::spawn(move || {
            let privileges = Privileges::set_aside().unwrap();
            find_route(target, None, &options, &privileges)
        })
        .join()
        .unwrap()
    }

    fn from(address: &str) -> Sources {
        Sources {
            ipv4: Some(address.parse().unwrap()),
            ipv6: None,
        }
    }

    #[test]
    fn loopback_comes_from_loopback() {
        let found = route("127.0.0.1:0", &SocketOptions::default()).unwrap();
        assert_eq!(found.source.to_string(), "127.0.0.1:0");
        assert_eq!(found.target.to_string(), "127.0.0.1:0");
        assert!(!found.broadcast);
        assert!(found.mtu.is_some_and(|mtu| mtu >= 68));
    }

    #[test]
    fn unspecified_address_is_this_host() {
        let found = route("0.0.0.0:0", &SocketOptions::default()).unwrap();
        assert_eq!(found.target.to_string(), "127.0.0.1:0");
    }

    #[test]
    fn given_source_and_interface_are_used() {
        let options = SocketOptions {
            device: Some("lo".to_owned()),
            sources: from("127.0.0.9"),
            ..SocketOptions::default()
        };
        let found = route("127.0.0.1:0", &options).unwrap();
        assert_eq!(found.source.to_string(), "127.0.0.9:0");
    }

    #[test]
    fn source_address_of_another_host_is_rejected() {
        let options = SocketOptions {
            sources: from("192.0.2.77"),
            ..SocketOptions::default()
        };
        let error = route("127.0.0.1:0", &options).unwrap_err();
        assert_eq!(error.to_string(), "bind: Cannot assign requested address");
    }

    #[test]
    fn error_names_a_missing_interface() {
        for (name, expected) in [
            ("xyz", "SO_BINDTODEVICE xyz: No such device"),
            (
                "abcdefghijklmnopq",
                "SO_BINDTODEVICE abcdefghijklmnopq: No such device",
            ),
        ] {
            let options = SocketOptions {
                device: Some(name.to_owned()),
                ..SocketOptions::default()
            };
            assert_eq!(
                route("127.0.0.1:0", &options).unwrap_err().to_string(),
                expected
            );
            let v6 = route("[::1]:0", &options).unwrap_err().to_string();
            assert_eq!(v6, format!("unknown iface: {name}"));
        }
    }

    #[test]
    fn broadcast_needs_its_option() {
        let mut options = SocketOptions::default();
        let error = route("127.255.255.255:0", &options).unwrap_err();
        assert_eq!(
            error.to_string(),
            "Do you want to ping broadcast? Then -b. If not, check your local firewall rules"
        );
        options.broadcast = true;
        assert!(route("127.255.255.255:0", &options).unwrap().broadcast);
        assert!(!route("127.0.0.1:0", &options).unwrap().broadcast);
    }
}
