//! Opens a raw or a ping socket, whichever is allowed, and prepares it.

use std::io;
use std::net::SocketAddr;
use std::os::fd::AsFd;

use caps::Capability;
use libc::sock_filter;
use socket2::{Domain, Protocol, SockFilter, Type};

use super::confine::Unprivileged;
use super::family_socket::FamilySocket;
use super::filter::{self, Wanted};
use super::identity::{Family, Identity, Kind};
use super::lacking::Lacking;
use super::open_error::{OpenError, Remedy};
use super::options::{Preparation, failed};
use super::privilege::Privileges;
use super::request::SocketRequest;
use super::sockets::Sockets;
use super::stamping::Stamping;
use super::{device, flow, sys};
use crate::config::{Request, SocketChoice};

/// More datagrams than a receive queue holds.
const QUEUE_MAX: usize = 65_536;

/// Sockets that are ready, but cannot send or receive until all privileges are dropped.
#[derive(Debug)]
pub struct Unlocked {
    sockets: Sockets,
    lacking: Lacking,
}

impl Unlocked {
    /// What failed, but does not prevent the run.
    #[must_use]
    pub fn lacking(&self) -> &Lacking {
        &self.lacking
    }

    /// Drops all privileges for good.
    ///
    /// # Errors
    /// A privilege could not be dropped. The program must not continue.
    pub fn lock_down(self, privileges: Privileges) -> io::Result<Unprivileged> {
        Unprivileged::new(self.sockets, self.lacking, privileges)
    }
}

impl Sockets {
    /// Opens and prepares a socket for each family.
    ///
    /// # Errors
    /// [`OpenError`] says why, and what to do.
    pub fn open(
        request: SocketRequest<'_>,
        privileges: &Privileges,
    ) -> Result<Unlocked, OpenError> {
        let mut opened: Vec<FamilySocket> = Vec::new();
        let mut lacking = Lacking::default();
        let mut unsupported = None;
        for family in request.families() {
            if opened.iter().any(|socket| socket.family() == family) {
                continue;
            }
            if request.options.identifier.is_some() && opened.iter().any(|socket| !socket.is_raw())
            {
                // The identifiers of both families share one table in the kernel.
                return Err(OpenError::Impossible(
                    "-e with ping sockets needs a single family: give -4 or -6, or use raw sockets",
                ));
            }
            match prepare(&request, family, privileges) {
                Ok((socket, lacked)) => {
                    opened.push(socket);
                    lacking.append(lacked);
                }
                Err(error @ OpenError::Unsupported { .. }) => unsupported = Some(error),
                Err(error) => return Err(error),
            }
        }
        if let (true, Some(error)) = (opened.is_empty(), unsupported) {
            return Err(error);
        }
        let sockets = Sockets::new(opened, request);
        Ok(Unlocked { sockets, lacking })
    }
}

/// Opens and prepares a socket. Also returns what failed, but does not prevent the run.
pub(super) fn prepare(
    request: &SocketRequest<'_>,
    family: Family,
    privileges: &Privileges,
) -> Result<(FamilySocket, Lacking), OpenError> {
    let (socket, kind) = choose(request, family, privileges)?;
    let device = find_device(request)?;
    let mut preparation = Preparation {
        socket: &socket,
        kind,
        family,
        request,
        privileges,
        device,
        lacking: Lacking::default(),
    };
    preparation.apply()?;
    let mut lacking = preparation.lacking;
    let identity = Identity {
        kind,
        family,
        identifier: identifier(&socket, kind, request)?,
        flow: lease_flow_label(&socket, request)?,
        device,
        receives_errors: receives_errors(request, kind),
    };
    if request.options.connect
        && let Some(target) = request.target()
    {
        let target = identity.address(target);
        socket.connect(&target).map_err(failed("connect"))?;
    }
    if kind == Kind::Raw {
        let wanted = wanted(request, identity.identifier);
        restrict(&socket, &identity, wanted, &mut lacking)?;
    }
    let stamping = Stamping::request(socket.as_fd(), request.options.clock, request.departures);
    Ok((FamilySocket::new(socket, identity, stamping), lacking))
}

/// Opens the first suitable kind of socket that is allowed.
fn choose(
    request: &SocketRequest<'_>,
    family: Family,
    privileges: &Privileges,
) -> Result<(socket2::Socket, Kind), OpenError> {
    // A ping socket sends only echo requests, and its identifier is a port: 0 would mean any.
    let is_echo = matches!(request.question, Request::Echo);
    let only_raw = !is_echo || request.options.identifier == Some(0);
    let (choice, remedy) = match request.options.kind {
        SocketChoice::Ping if only_raw => {
            return Err(OpenError::Impossible(
                "-N, --icmp-timestamp and -e 0 need a raw socket: a ping socket sends only echo requests with an identifier above 0",
            ));
        }
        SocketChoice::Ping => (SocketChoice::Ping, Remedy::Ping),
        SocketChoice::Auto if !only_raw => (SocketChoice::Auto, Remedy::Either),
        SocketChoice::Auto | SocketChoice::Raw => (SocketChoice::Raw, Remedy::Raw),
    };
    let first = match choice {
        SocketChoice::Auto | SocketChoice::Raw => Kind::Raw,
        SocketChoice::Ping => Kind::Ping,
    };
    let error = match open(family, first, privileges) {
        Ok(socket) => return Ok((socket, first)),
        Err(error) => error,
    };
    if choice == SocketChoice::Auto && error.kind() == io::ErrorKind::PermissionDenied {
        return match open(family, Kind::Ping, privileges) {
            Ok(socket) => Ok((socket, Kind::Ping)),
            // The kernel was built without ping sockets, so only the remedy for raw sockets helps.
            Err(second) if second.raw_os_error() == Some(libc::EPROTONOSUPPORT) => {
                Err(refused(error, family, Remedy::Raw))
            }
            Err(_) => Err(refused(error, family, remedy)),
        };
    }
    Err(refused(error, family, remedy))
}

/// Opens a socket of this kind, with the capability that it takes in force meanwhile, if that is permitted.
pub(super) fn open(
    family: Family,
    kind: Kind,
    privileges: &Privileges,
) -> io::Result<socket2::Socket> {
    let (domain, protocol) = match family {
        Family::Ipv4 => (Domain::IPV4, Protocol::ICMPV4),
        Family::Ipv6 => (Domain::IPV6, Protocol::ICMPV6),
    };
    match kind {
        Kind::Raw => privileges.with_raised(&[Capability::CAP_NET_RAW], || {
            socket2::Socket::new(domain, Type::RAW, Some(protocol))
        }),
        Kind::Ping => socket2::Socket::new(domain, Type::DGRAM, Some(protocol)),
    }
}

fn refused(error: io::Error, family: Family, remedy: Remedy) -> OpenError {
    match error.raw_os_error() {
        Some(libc::EPERM | libc::EACCES) => OpenError::Forbidden {
            error,
            // Without /proc, the bare name has to do.
            program: std::env::current_exe().unwrap_or_else(|_| "rping".into()),
            remedy,
            obstacle: Privileges::obstacle(),
        },
        Some(libc::EAFNOSUPPORT) => OpenError::Unsupported {
            family: family.name(),
            error,
        },
        _ => failed("cannot open an ICMP socket")(error),
    }
}

fn find_device(request: &SocketRequest<'_>) -> Result<Option<u32>, OpenError> {
    let Some(name) = &request.options.device else {
        return Ok(None);
    };
    match device::index(name) {
        // An empty name does not bind an IPv4 socket to an interface. For IPv6, `find_route` has rejected it.
        None if name.is_empty() => Ok(None),
        None => Err(OpenError::UnknownInterface(name.clone())),
        found => Ok(found),
    }
}

/// The identifier: chosen by us for a raw socket; the port of a ping socket.
fn identifier(
    socket: &socket2::Socket,
    kind: Kind,
    request: &SocketRequest<'_>,
) -> Result<u16, OpenError> {
    if kind == Kind::Raw {
        let given = request.options.identifier;
        return Ok(given.unwrap_or(request.random_identifier));
    }
    let address = socket.local_addr().map_err(failed("getsockname"))?;
    Ok(address.as_socket().map_or(0, |address| address.port()))
}

fn lease_flow_label(
    socket: &socket2::Socket,
    request: &SocketRequest<'_>,
) -> Result<u32, OpenError> {
    match (request.options.flow_label, request.target()) {
        (Some(label), Some(SocketAddr::V6(to))) => {
            flow::lease(socket.as_fd(), *to.ip(), label).map_err(failed("cannot set flowlabel"))
        }
        _ => Ok(0),
    }
}

/// Whether ICMP errors arrive as messages. A connected socket receives only from its peer, and the filter cannot match
/// errors about node information queries.
fn receives_errors(request: &SocketRequest<'_>, kind: Kind) -> bool {
    let is_known = !matches!(request.question, Request::NodeInformation { .. });
    kind == Kind::Raw && request.quoted_headers && is_known && !request.options.connect
}

fn wanted(request: &SocketRequest<'_>, identifier: u16) -> Wanted {
    match request.question {
        Request::NodeInformation { .. } => Wanted::NodeInformation,
        Request::Timestamp => Wanted::Timestamp(identifier),
        Request::Echo => Wanted::Echo(identifier),
    }
}

/// Restricts a raw socket to the wanted replies. A kernel without filters delivers all ICMP of this host. Then reading
/// costs more, but foreign messages still do not count.
fn restrict(
    socket: &socket2::Socket,
    identity: &Identity,
    wanted: Wanted,
    lacking: &mut Lacking,
) -> Result<(), OpenError> {
    let fd = socket.as_fd();
    let errors = identity.receives_errors;
    let (what, types, program) = match (identity.family, wanted) {
        (Family::Ipv4, Wanted::Echo(identifier) | Wanted::Timestamp(identifier)) => {
            let reply = match wanted {
                Wanted::Timestamp(_) => filter::TIMESTAMP_REPLY,
                _ => filter::ECHO_REPLY,
            };
            let types = filter::ipv4_types(reply, errors);
            let types = sys::set_option(fd, libc::SOL_RAW, ICMP_FILTER, &types);
            let program = if errors {
                filter::ipv4_and_errors(reply, identifier)
            } else {
                filter::ipv4(reply, identifier)
            };
            ("ICMP_FILTER", types, program)
        }
        (Family::Ipv4, Wanted::NodeInformation) => {
            return Err(OpenError::Impossible("-N works over IPv6 only"));
        }
        (Family::Ipv6, wanted) => {
            let types = filter::ipv6_types(wanted, errors);
            let types = sys::set_option(fd, libc::IPPROTO_ICMPV6, ICMP6_FILTER, &types);
            let program = match wanted {
                Wanted::Echo(identifier) if errors => filter::ipv6_and_errors(identifier),
                wanted => filter::ipv6(wanted),
            };
            ("ICMP6_FILTER", types, program)
        }
    };
    lacking.remark(what, types, "only SO_ATTACH_FILTER selects what arrives");
    let attached = attach_and_drain(socket, &program);
    if attached.is_err() {
        let weaker = "foreign ICMP messages reach this program, which ignores them";
        lacking.warn_of("SO_ATTACH_FILTER", attached, weaker);
        return Ok(());
    }
    let locked = libc::c_int::from(true).to_ne_bytes();
    let locked = sys::set_option(fd, libc::SOL_SOCKET, libc::SO_LOCK_FILTER, &locked);
    let weaker = "code that takes this program over could hear foreign ICMP messages";
    lacking.warn_of("SO_LOCK_FILTER", locked, weaker);
    Ok(())
}

/// `ICMP_FILTER` of `linux/icmp.h`.
const ICMP_FILTER: libc::c_int = 1;
/// `ICMP6_FILTER` of RFC 3542, with Linux's number.
const ICMP6_FILTER: libc::c_int = 1;

/// Attaches a filter, and discards what the socket received before.
fn attach_and_drain(socket: &socket2::Socket, program: &[sock_filter]) -> io::Result<()> {
    attach(socket, program)?;
    drain(socket);
    Ok(())
}

/// Empties the receive queue. It may discard filtered messages as well: no probe has been sent yet.
fn drain(socket: &socket2::Socket) {
    for _ in 0..QUEUE_MAX {
        let read = sys::receive(socket.as_fd(), &mut [], &mut [], &mut [], 0);
        if read.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock) {
            break;
        }
    }
}

fn attach(socket: &socket2::Socket, program: &[sock_filter]) -> io::Result<()> {
    let program: Vec<SockFilter> = program
        .iter()
        .map(|step| SockFilter::new(step.code, step.jt, step.jf, step.k))
        .collect();
    socket.attach_filter(&program)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A socket connected to itself. Filters work alike for every kind of socket.
    fn mirror() -> socket2::Socket {
        let socket = socket2::Socket::new(Domain::IPV4, Type::DGRAM, None).unwrap();
        let any: SocketAddr = ([127, 0, 0, 1], 0).into();
        socket.bind(&any.into()).unwrap();
        socket.connect(&socket.local_addr().unwrap()).unwrap();
        socket.set_nonblocking(true).unwrap();
        socket
    }

    fn read(socket: &socket2::Socket) -> Option<usize> {
        let filled = sys::receive(socket.as_fd(), &mut [0; 64], &mut [], &mut [], 0);
        filled.ok().map(|filled| filled.data)
    }

    const PASS: sock_filter = sock_filter {
        code: 0x06,
        jt: 0,
        jf: 0,
        k: u32::MAX,
    };
    const DROP: sock_filter = sock_filter { k: 0, ..PASS };

    #[test]
    fn messages_from_before_the_filter_are_discarded() {
        let socket = mirror();
        for _ in 0..3 {
            socket.send(b"before").unwrap();
        }
        attach_and_drain(&socket, &[PASS]).unwrap();
        socket.send(b"behind it").unwrap();
        assert_eq!((read(&socket), read(&socket)), (Some(9), None));
    }

    #[test]
    fn dropped_messages_arrive_neither_before_nor_after_the_filter() {
        let socket = mirror();
        socket.send(b"before").unwrap();
        attach_and_drain(&socket, &[DROP]).unwrap();
        socket.send(b"behind it").unwrap();
        assert_eq!(read(&socket), None);
    }
}
