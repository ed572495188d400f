//! Errors of routes and sockets: which operation failed, and what to do next.

use crate::errno;
use crate::sanitize;
use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// A step of finding a route, displayed as iputils names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RouteStep {
    /// Opening a socket of the target's family.
    Socket,
    /// Binding it to the interface with this name.
    Interface(String),
    /// Setting type of service or traffic class, on which routes may depend.
    TrafficClass,
    /// Binding it to the source address.
    Bind,
    /// Allowing broadcast.
    Broadcast,
    /// Looking up the route.
    Connect,
    /// Reading the source address.
    OwnAddress,
}

impl fmt::Display for RouteStep {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Socket => "socket",
            Self::Interface(name) => {
                return write!(formatter, "SO_BINDTODEVICE {}", sanitize::visible(name));
            }
            Self::TrafficClass => "traffic class",
            Self::Bind => "bind",
            Self::Broadcast => "cannot set broadcasting",
            Self::Connect => "connect",
            Self::OwnAddress => "getsockname",
        })
    }
}

/// Why there is no route to a target.
#[derive(Debug)]
pub enum RouteError {
    /// It is a broadcast address, and `-b` was not given.
    Broadcast,
    /// There is no interface with this name.
    UnknownInterface(String),
    /// A step failed.
    Failed {
        /// The step.
        step: RouteStep,
        /// The error.
        error: io::Error,
    },
}

impl RouteError {
    /// The name of the interface, if it does not exist: iputils has a text for each family.
    #[must_use]
    pub fn unknown_interface(&self) -> Option<&str> {
        match self {
            Self::UnknownInterface(name) => Some(name),
            Self::Failed {
                step: RouteStep::Interface(name),
                error,
            } if error.raw_os_error() == Some(libc::ENODEV) => Some(name),
            _ => None,
        }
    }

    /// Whether a route or a firewall of this host prohibits it.
    #[must_use]
    pub fn is_prohibited(&self) -> bool {
        matches!(self, Self::Failed { step: RouteStep::Connect, error } if error.raw_os_error() == Some(libc::EACCES))
    }

    /// Whether the next address of the same name is worth trying: this host has no route to this one, or a prohibiting one, or
    /// no address of its family, or no support for it.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        let Self::Failed { step, error } = self else {
            return false;
        };
        let number = error.raw_os_error();
        let no_route = matches!(step, RouteStep::Connect | RouteStep::Socket)
            && matches!(
                number,
                Some(
                    libc::ENETUNREACH
                        | libc::EHOSTUNREACH
                        | libc::EADDRNOTAVAIL
                        | libc::EAFNOSUPPORT
                )
            );
        self.is_prohibited() || no_route
    }
}

impl fmt::Display for RouteError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broadcast => formatter.write_str(
                "Do you want to ping broadcast? Then -b. If not, check your local firewall rules",
            ),
            Self::UnknownInterface(name) => {
                write!(formatter, "unknown iface: {}", sanitize::visible(name))
            }
            Self::Failed { step, error } => write!(formatter, "{step}: {}", errno::text(error)),
        }
    }
}

impl Error for RouteError {}

/// Why no socket could be opened.
#[derive(Debug)]
pub enum OpenError {
    /// This process may not open a suitable socket.
    Forbidden {
        /// The kernel's error.
        error: io::Error,
        /// The path of this program, for the remedy.
        program: PathBuf,
        /// Which permission would help.
        remedy: Remedy,
        /// Why `setcap` cannot help, if it cannot.
        obstacle: Option<Obstacle>,
    },
    /// This system does not support the family.
    Unsupported {
        /// `IPv4` or `IPv6`.
        family: &'static str,
        /// The kernel's error.
        error: io::Error,
    },
    /// The options contradict each other.
    Impossible(&'static str),
    /// There is no interface with this name.
    UnknownInterface(String),
    /// An option of the command line could not be set.
    Failed {
        /// The operation, as iputils names it.
        operation: String,
        /// The error.
        error: io::Error,
    },
}

/// Why file capabilities cannot help (capabilities(7)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// This process has the capability, but not for this network namespace, which belongs to another user namespace: as in a
    /// rootless container that shares the host's network.
    ForeignNetwork,
    /// The bounding set of this process lacks the capability.
    BoundingSet,
    /// `no_new_privs` is set.
    NoNewPrivileges,
    /// The program's file is on a `nosuid` mount.
    NoSuid,
}

impl Obstacle {
    /// What stands in the way, as a clause about the program of this name.
    #[must_use]
    pub fn reason(self, program: &str) -> String {
        match self {
            Self::ForeignNetwork => {
                "this process has CAP_NET_RAW, but not over this network, or a policy forbids the socket".to_owned()
            }
            Self::BoundingSet => "CAP_NET_RAW is not in the bounding set".to_owned(),
            Self::NoNewPrivileges => "no_new_privs is set".to_owned(),
            Self::NoSuid => format!("{program} is on a file system mounted with nosuid"),
        }
    }

    /// What to do about it.
    #[must_use]
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::ForeignNetwork => "start the container with a network of its own",
            Self::BoundingSet => {
                "start the container with \"--cap-add NET_RAW\", or add CAP_NET_RAW to CapabilityBoundingSet= of the \
                 systemd unit"
            }
            Self::NoNewPrivileges => {
                "start the container without \"--security-opt no-new-privileges\", or the systemd unit with \
                 NoNewPrivileges=no"
            }
            Self::NoSuid => "install it on another one",
        }
    }
}

/// The advice for opening a raw socket.
fn raw_remedy(program: &str, obstacle: Option<Obstacle>) -> String {
    match obstacle {
        None => format!("run \"sudo setcap cap_net_raw+p {program}\""),
        Some(obstacle) => format!(
            "{}, so setcap cannot help: {}",
            obstacle.reason(program),
            obstacle.remedy()
        ),
    }
}

/// Which permission would help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Either kind of socket.
    Either,
    /// Only a raw socket supports the options.
    Raw,
    /// The user requested a ping socket.
    Ping,
}

impl fmt::Display for OpenError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Forbidden {
                error,
                program,
                remedy,
                obstacle,
            } => {
                let raw = raw_remedy(&sanitize::visible(program), *obstacle);
                let whose = match obstacle {
                    Some(Obstacle::ForeignNetwork) => "on the host, ",
                    _ => "",
                };
                let ping = format!(
                    "{whose}let this group use ping sockets: \
                     \"sudo sysctl net.ipv4.ping_group_range='0 2147483647'\""
                );
                let (kind, remedy) = match remedy {
                    Remedy::Either => ("an ICMP", format!("{raw}, or {ping}")),
                    Remedy::Raw => ("a raw ICMP", raw),
                    Remedy::Ping => ("a ping", ping),
                };
                write!(
                    formatter,
                    "cannot open {kind} socket: {}; {remedy}",
                    errno::text(error)
                )
            }
            Self::Unsupported { family, error } => write!(
                formatter,
                "cannot open an {family} socket: this system has no {family} ({})",
                errno::text(error)
            ),
            Self::Impossible(text) => formatter.write_str(text),
            Self::UnknownInterface(name) => {
                write!(formatter, "unknown iface: {}", sanitize::visible(name))
            }
            Self::Failed { operation, error } => {
                write!(
                    formatter,
                    "{}: {}",
                    sanitize::visible(operation),
                    errno::text(error)
                )
            }
        }
    }
}

impl Error for OpenError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn forbidden(remedy: Remedy) -> String {
        OpenError::Forbidden {
            error: io::Error::from_raw_os_error(libc::EPERM),
            program: PathBuf::from("/usr/bin/rping"),
            remedy,
            obstacle: None,
        }
        .to_string()
    }

    #[test]
    fn setcap_is_not_advised_where_it_cannot_help() {
        for (obstacle, words) in [
            (
                Obstacle::ForeignNetwork,
                "this process has CAP_NET_RAW, but not over this network",
            ),
            (
                Obstacle::BoundingSet,
                "CAP_NET_RAW is not in the bounding set",
            ),
            (Obstacle::NoNewPrivileges, "no_new_privs is set"),
            (
                Obstacle::NoSuid,
                "/usr/bin/rping is on a file system mounted with nosuid",
            ),
        ] {
            let told = raw_remedy("/usr/bin/rping", Some(obstacle));
            assert!(!told.contains("sudo setcap"), "{told}");
            assert!(told.starts_with(words), "{told}");
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "Miri has words of its own for errors of the system")]
    fn forbidden_socket_names_both_remedies() {
        assert_eq!(
            forbidden(Remedy::Either),
            "cannot open an ICMP socket: Operation not permitted; \
             run \"sudo setcap cap_net_raw+p /usr/bin/rping\", or let this group use ping sockets: \
             \"sudo sysctl net.ipv4.ping_group_range='0 2147483647'\""
        );
    }

    #[test]
    fn useless_remedy_is_not_named() {
        assert!(!forbidden(Remedy::Raw).contains("sysctl"));
        assert!(!forbidden(Remedy::Ping).contains("setcap"));
    }

    #[test]
    #[cfg_attr(miri, ignore = "Miri has words of its own for errors of the system")]
    fn messages_are_those_of_iputils() {
        let failed = |step, number| RouteError::Failed {
            step,
            error: io::Error::from_raw_os_error(number),
        };
        assert_eq!(
            failed(RouteStep::Connect, libc::ENETUNREACH).to_string(),
            "connect: Network is unreachable"
        );
        assert_eq!(
            failed(RouteStep::Interface("xyz".to_owned()), libc::ENODEV).to_string(),
            "SO_BINDTODEVICE xyz: No such device"
        );
    }

    #[test]
    fn only_unreachable_errors_are_worth_another_address() {
        let failed = |step, number| {
            RouteError::Failed {
                step,
                error: io::Error::from_raw_os_error(number),
            }
            .is_unreachable()
        };
        assert!(failed(RouteStep::Connect, libc::ENETUNREACH));
        assert!(failed(RouteStep::Connect, libc::EHOSTUNREACH));
        assert!(failed(RouteStep::Socket, libc::EAFNOSUPPORT));
        assert!(failed(RouteStep::Connect, libc::EACCES));
        assert!(!failed(RouteStep::Socket, libc::EACCES));
        assert!(!failed(RouteStep::Connect, libc::EINVAL));
        assert!(!failed(RouteStep::Bind, libc::EADDRNOTAVAIL));
        assert!(!RouteError::Broadcast.is_unreachable());
    }

    #[test]
    fn control_characters_in_interface_names_are_escaped() {
        let name = "e\x1b[2J\u{9b}t\u{202e}h\n0".to_owned();
        let line = RouteError::UnknownInterface(name).to_string();
        let harmless = r"unknown iface: e\x1b[2J\xc2\x9bt\xe2\x80\xaeh\x0a0";
        assert_eq!(line, harmless);
    }
}
