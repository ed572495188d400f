//! Sets the socket options of the command line.

use std::io;
use std::net::SocketAddr;
use std::os::fd::AsFd;

use caps::Capability;
use socket2::{SockAddr, Socket};

use super::arrival::IP_OPTIONS;
use super::identity::{Family, Kind};
use super::lacking::Lacking;
use super::open_error::OpenError;
use super::privilege::Privileges;
use super::request::SocketRequest;
use super::{device, route, sys};
use crate::config::{IpOption, MarkWarning, PathMtuDiscovery};
use crate::errno;
use crate::sanitize;

/// A message of this length, in octets, fits any link that carries IPv4 in practice.
const ATOMIC: usize = 232;

/// The largest receive buffer in octets: several times what 65,536 replies of the usual size need. A large `-l` with a large
/// `-s` of root should not exhaust the kernel's memory.
const RECEIVE_BUFFER_MAX: usize = 160 << 20;

/// `IP_RECVERR_RFC4884` of `linux/in.h` and `IPV6_RECVERR_RFC4884` of `linux/in6.h`: entries of the error queue get the
/// offset of the extensions of an ICMP error.
const IP_RECVERR_RFC4884: libc::c_int = 26;
const IPV6_RECVERR_RFC4884: libc::c_int = 31;

/// A socket in preparation.
pub(super) struct Preparation<'a> {
    pub(super) socket: &'a Socket,
    pub(super) kind: Kind,
    pub(super) family: Family,
    pub(super) request: &'a SocketRequest<'a>,
    pub(super) privileges: &'a Privileges,
    /// The number of the interface, if one was named.
    pub(super) device: Option<u32>,
    /// What failed, but does not prevent the run.
    pub(super) lacking: Lacking,
}

type Outcome = Result<(), OpenError>;

/// Level and name of a socket option.
type Name = (libc::c_int, libc::c_int);

impl Preparation<'_> {
    /// Sets all options. The interface must precede the address, which may exist only there.
    pub(super) fn apply(&mut self) -> Outcome {
        self.interface()?;
        self.outgoing_interface()?;
        self.mark();
        self.traffic_class()?;
        self.path_mtu_discovery()?;
        self.bind_address()?;
        self.request_metadata();
        self.ip_options()?;
        self.buffers();
        self.broadcast()?;
        self.multicast_loop()?;
        self.time_to_live()?;
        self.flow_label_in_use()?;
        self.routing_and_debugging()
    }

    fn is_v4(&self) -> bool {
        self.family == Family::Ipv4
    }

    fn interface(&mut self) -> Outcome {
        let Some(name) = &self.request.options.device else {
            return Ok(());
        };
        if let Some(route) = self.request.route() {
            // If the interface has no suitable address, the kernel uses one of another; replies may arrive there.
            let has_source = self.request.source(self.family).is_some();
            if !has_source && !device::has_address(name, route.source.ip()) {
                self.lacking.warn(format!(
                    "Warning: source address might be selected on device other than: {}",
                    sanitize::visible(name)
                ));
            }
            if self.is_v4() && route.source.ip() == route.target.ip() {
                // This host answers itself through the loopback interface. A socket bound to another would not receive that.
                return Ok(());
            }
        }
        device::bind(self.socket, name, self.request.target(), self.privileges)
            .map_err(failed(&format!("SO_BINDTODEVICE {name}")))
    }

    /// Sends through an interface, but receives from any.
    fn outgoing_interface(&self) -> Outcome {
        let Some(name) = &self.request.options.outgoing_interface else {
            return Ok(());
        };
        let unknown = || OpenError::UnknownInterface(name.clone());
        let index = device::index(name).ok_or_else(unknown)?;
        let set = |(level, option): Name, value: &[u8]| {
            sys::set_option(self.socket.as_fd(), level, option, value)
        };
        let result = if self.is_v4() {
            // `struct ip_mreqn`: two unused addresses, and the interface.
            let membership = [[0; 4], [0; 4], index.to_ne_bytes()].concat();
            set(
                (libc::IPPROTO_IP, libc::IP_UNICAST_IF),
                &index.to_be_bytes(),
            )
            .and_then(|()| set((libc::IPPROTO_IP, libc::IP_MULTICAST_IF), &membership))
        } else {
            let level = libc::IPPROTO_IPV6;
            set((level, libc::IPV6_UNICAST_IF), &index.to_be_bytes())
                .and_then(|()| set((level, libc::IPV6_MULTICAST_IF), &index.to_ne_bytes()))
        };
        result.map_err(failed(&format!("outgoing interface {name}")))
    }

    fn mark(&mut self) {
        let Some(mark) = self.request.options.mark else {
            return;
        };
        if let Err(error) = route::set_mark(self.socket, mark, self.privileges) {
            match self.request.options.mark_warning {
                MarkWarning::Iputils => self.warn(&format!("failed to set mark: {mark}"), &error),
                MarkWarning::Fping => {
                    let family = if self.is_v4() { "ipv4" } else { "ipv6" };
                    let error = errno::text(&error);
                    self.lacking.warn(format!("fwmark {family}: {error}"));
                }
            }
        }
    }

    fn traffic_class(&self) -> Outcome {
        let Some(class) = self.request.options.traffic_class else {
            return Ok(());
        };
        route::set_traffic_class(self.socket, self.family, class).map_err(failed("traffic class"))
    }

    fn path_mtu_discovery(&mut self) -> Outcome {
        if let Some(wanted) = self.request.options.path_mtu_discovery {
            let (what, outcome) = self.discover_path_mtu(wanted);
            return outcome.map_err(failed(what));
        }
        let target = self.request.target();
        let many = self.request.options.broadcast
            || target.is_some_and(|target| target.ip().is_multicast());
        if many {
            // Each receiver would get all fragments, so without `-M` none are sent.
            let (what, outcome) = self.discover_path_mtu(PathMtuDiscovery::Do);
            self.lacking
                .remark(what, outcome, "probes to many hosts may leave in fragments");
        } else if target.is_none() && self.is_atomic() {
            let (what, outcome) = self.discover_path_mtu(PathMtuDiscovery::Probe);
            self.lacking.remark(what, outcome, "sending costs more");
        }
        Ok(())
    }

    /// Sets path MTU discovery. Also returns the name of the option.
    fn discover_path_mtu(&self, wanted: PathMtuDiscovery) -> (&'static str, io::Result<()>) {
        if self.is_v4() {
            let name = (libc::IPPROTO_IP, libc::IP_MTU_DISCOVER);
            let value = match wanted {
                PathMtuDiscovery::Do => libc::IP_PMTUDISC_DO,
                PathMtuDiscovery::Dont => libc::IP_PMTUDISC_DONT,
                PathMtuDiscovery::Want => libc::IP_PMTUDISC_WANT,
                PathMtuDiscovery::Probe => libc::IP_PMTUDISC_PROBE,
            };
            ("IP_MTU_DISCOVER", self.set(name, value))
        } else {
            let name = (libc::IPPROTO_IPV6, libc::IPV6_MTU_DISCOVER);
            let value = match wanted {
                PathMtuDiscovery::Do => libc::IPV6_PMTUDISC_DO,
                PathMtuDiscovery::Dont => libc::IPV6_PMTUDISC_DONT,
                PathMtuDiscovery::Want => libc::IPV6_PMTUDISC_WANT,
                PathMtuDiscovery::Probe => libc::IPV6_PMTUDISC_PROBE,
            };
            ("IPV6_MTU_DISCOVER", self.set(name, value))
        }
    }

    /// Whether a message is never fragmented, because it fits any IPv4 link. Then its IP header needs no identification (RFC
    /// 6864, section 4.1), and the kernel need not hash one for each of many destinations: a tenth of the cost of sending.
    /// The rest of the header does not change.
    fn is_atomic(&self) -> bool {
        self.is_v4() && self.request.message_length <= ATOMIC
    }

    /// Binds to a fixed source address. A ping socket is always bound, because its port is the identifier.
    fn bind_address(&self) -> Outcome {
        let options = self.request.options;
        let fixed = match (self.request.source(self.family), self.request.route()) {
            (Some(source), _) => Some(SocketAddr::new(source, 0)),
            (None, Some(route)) if options.sticky_source => Some(route.source),
            (None, _) => None,
        };
        let mut address = match (fixed, self.kind) {
            (Some(address), _) => device::with_scope(address, self.device),
            (None, Kind::Raw) => return Ok(()),
            (None, Kind::Ping) => self.family.unspecified(),
        };
        if self.kind == Kind::Ping {
            // With SO_REUSEADDR any local process could bind the same identifier and get our replies. It is off by
            // default, so an error does not matter.
            let _ = self.socket.set_reuse_address(false);
            address.set_port(options.identifier.unwrap_or(0));
        }
        // iputils' words for one target. Its source address cannot fail here: `find_route` has bound it before.
        let operation = match (self.request.route(), self.request.source(self.family)) {
            (None, Some(source)) => format!("-I {source}: bind"),
            _ if self.is_v4() => "bind".to_owned(),
            _ => "bind icmp socket".to_owned(),
        };
        self.socket
            .bind(&SockAddr::from(address))
            .map_err(failed(&operation))
    }

    /// Requests errors, and metadata that is not in a received IP header. A kernel without support is no obstacle.
    fn request_metadata(&mut self) {
        const NO_ERRORS: &str = "ICMP errors are not reported";
        const NO_LIMIT: &str = "the time to live of replies is not reported";
        const NO_CLASS: &str = "the type of service of replies is not reported";
        const NO_ADDRESS: &str = "the address that replies came to is not reported";
        const NO_EXTENSIONS: &str = "what routers add to a long ICMP error is not reported";
        let (v4, v6) = (libc::IPPROTO_IP, libc::IPPROTO_IPV6);
        let wanted: &[(&str, Name, &str)] = match (self.family, self.kind) {
            (Family::Ipv4, Kind::Raw) => &[("IP_RECVERR", (v4, libc::IP_RECVERR), NO_ERRORS)],
            (Family::Ipv4, Kind::Ping) => &[
                ("IP_RECVERR", (v4, libc::IP_RECVERR), NO_ERRORS),
                ("IP_RECVTTL", (v4, libc::IP_RECVTTL), NO_LIMIT),
                // Not IP_RETOPTS, which reverses source routes for an answer.
                (
                    "IP_RECVOPTS",
                    (v4, libc::IP_RECVOPTS),
                    "the IP options of replies are not reported",
                ),
            ],
            (Family::Ipv6, _) => &[
                ("IPV6_RECVERR", (v6, libc::IPV6_RECVERR), NO_ERRORS),
                ("IPV6_RECVHOPLIMIT", (v6, libc::IPV6_RECVHOPLIMIT), NO_LIMIT),
            ],
        };
        let class: &[(&str, Name, &str)] = match (self.family, self.kind) {
            _ if !(self.request.traffic_class || self.request.options.receives_traffic_class) => {
                &[]
            }
            (Family::Ipv4, Kind::Raw) => &[],
            (Family::Ipv4, Kind::Ping) => &[("IP_RECVTOS", (v4, libc::IP_RECVTOS), NO_CLASS)],
            (Family::Ipv6, _) => &[("IPV6_RECVTCLASS", (v6, libc::IPV6_RECVTCLASS), NO_CLASS)],
        };
        let destination: &[(&str, Name, &str)] = match (self.family, self.kind) {
            _ if !self.request.options.receives_destination => &[],
            (Family::Ipv4, Kind::Raw) => &[],
            (Family::Ipv4, Kind::Ping) => &[("IP_PKTINFO", (v4, libc::IP_PKTINFO), NO_ADDRESS)],
            (Family::Ipv6, _) => &[("IPV6_RECVPKTINFO", (v6, libc::IPV6_RECVPKTINFO), NO_ADDRESS)],
        };
        let extensions: &[(&str, Name, &str)] = if self.is_v4() {
            &[(
                "IP_RECVERR_RFC4884",
                (v4, IP_RECVERR_RFC4884),
                NO_EXTENSIONS,
            )]
        } else {
            &[(
                "IPV6_RECVERR_RFC4884",
                (v6, IPV6_RECVERR_RFC4884),
                NO_EXTENSIONS,
            )]
        };
        let requested = wanted.iter().chain(class).chain(destination);
        for (what, name, weaker) in requested.chain(extensions) {
            let outcome = self.set(*name, 1);
            self.lacking.remark(what, outcome, weaker);
        }
    }

    fn ip_options(&self) -> Outcome {
        let octets = self.request.ip_options();
        if octets.is_empty() || !self.is_v4() {
            return Ok(());
        }
        let operation = match self.request.options.ip_option {
            Some(IpOption::Timestamp { .. }) => "ts option",
            Some(IpOption::SourceRoute { .. }) => "source route",
            Some(IpOption::RecordRoute) | None => "record route",
        };
        // A source route needs a privilege: it can bypass a firewall.
        self.privileges
            .with_raised(&[Capability::CAP_NET_RAW], || {
                let (level, name) = (libc::IPPROTO_IP, libc::IP_OPTIONS);
                sys::set_option(self.socket.as_fd(), level, name, octets)
            })
            .map_err(failed(operation))
    }

    fn buffers(&mut self) {
        if let Some(size) = self.request.options.send_buffer
            && let Err(error) = self.socket.set_send_buffer_size(size)
        {
            self.warn("failed to set the send buffer", &error);
        }
        let replies = usize::try_from(self.request.replies()).unwrap_or(usize::MAX);
        let needed = self.footprint().saturating_mul(replies);
        self.receive_buffer(needed.clamp(self.request.receive_buffer(), RECEIVE_BUFFER_MAX));
        if self
            .socket
            .recv_buffer_size()
            .is_ok_and(|granted| granted < needed)
        {
            self.lacking
                .warn("WARNING: probably, rcvbuf is not enough to hold preload".to_owned());
        }
    }

    /// Enlarges the receive buffer: it must hold the replies to all probes that are sent at once, the preload. A flood
    /// without preload needs no more, because it sends only as fast as it reads. Replies of many targets come in bursts.
    ///
    /// Without `CAP_NET_ADMIN`, the kernel silently reduces the size to `net.core.rmem_max`. The size is a limit: it takes no
    /// memory until datagrams arrive.
    fn receive_buffer(&self, wanted: usize) {
        // The kernel doubles the requested size, and reports the doubled one.
        let is_short = || {
            let granted = self.socket.recv_buffer_size();
            granted.is_ok_and(|granted| granted / 2 < wanted)
        };
        if is_short() {
            let _ = self.socket.set_recv_buffer_size(wanted);
        }
        if is_short()
            && let Ok(size) = libc::c_int::try_from(wanted)
        {
            let force = || self.set((libc::SOL_SOCKET, libc::SO_RCVBUFFORCE), size);
            // The caller checks the granted size.
            let _ = self
                .privileges
                .with_raised(&[Capability::CAP_NET_ADMIN], force);
        }
    }

    /// A rough estimate of the kernel memory of one reply: the kernel counts pages, not octets.
    fn footprint(&self) -> usize {
        const PER_BUFFER: usize = 280;
        let message = self.request.message_length;
        let options = if self.request.ip_options().is_empty() {
            0
        } else {
            IP_OPTIONS
        };
        message + message.div_ceil(512) * (PER_BUFFER + options)
    }

    fn broadcast(&self) -> Outcome {
        if !self.request.options.broadcast || !self.is_v4() {
            return Ok(());
        }
        self.socket
            .set_broadcast(true)
            .map_err(failed("cannot set broadcasting"))
    }

    fn multicast_loop(&self) -> Outcome {
        if !self.request.options.no_multicast_loop {
            return Ok(());
        }
        let result = if self.is_v4() {
            self.socket.set_multicast_loop_v4(false)
        } else {
            self.socket.set_multicast_loop_v6(false)
        };
        result.map_err(failed("cannot disable multicast loopback"))
    }

    fn time_to_live(&self) -> Outcome {
        let Some(limit) = self.request.options.time_to_live.map(u32::from) else {
            return Ok(());
        };
        let socket = self.socket;
        if self.is_v4() {
            socket
                .set_multicast_ttl_v4(limit)
                .map_err(failed("cannot set multicast time-to-live"))?;
            socket
                .set_ttl_v4(limit)
                .map_err(failed("cannot set unicast time-to-live"))
        } else {
            socket
                .set_multicast_hops_v6(limit)
                .map_err(failed("cannot set multicast hop limit"))?;
            socket
                .set_unicast_hops_v6(limit)
                .map_err(failed("cannot set unicast hop limit"))
        }
    }

    fn flow_label_in_use(&self) -> Outcome {
        if self.request.options.flow_label.is_none() || self.is_v4() {
            return Ok(());
        }
        self.set((libc::IPPROTO_IPV6, libc::IPV6_FLOWINFO_SEND), 1)
            .map_err(failed("cannot send flowinfo"))
    }

    fn routing_and_debugging(&mut self) -> Outcome {
        if self.request.options.debug {
            let set = || self.set((libc::SOL_SOCKET, libc::SO_DEBUG), 1);
            let result = self
                .privileges
                .with_raised(&[Capability::CAP_NET_ADMIN], set);
            if let Err(error) = result {
                self.warn("failed to set SO_DEBUG", &error);
            }
        }
        if self.request.options.bypass_routing {
            self.set((libc::SOL_SOCKET, libc::SO_DONTROUTE), 1)
                .map_err(failed("SO_DONTROUTE"))?;
        }
        Ok(())
    }

    fn set(&self, (level, name): Name, value: libc::c_int) -> io::Result<()> {
        sys::set_option(self.socket.as_fd(), level, name, &value.to_ne_bytes())
    }

    fn warn(&mut self, what: &str, error: &io::Error) {
        self.lacking
            .warn(format!("WARNING: {what}: {}", errno::text(error)));
    }
}

/// Names the operation that failed.
pub(super) fn failed(operation: &str) -> impl FnOnce(io::Error) -> OpenError + use<> {
    let operation = operation.to_owned();
    |error| OpenError::Failed { operation, error }
}
