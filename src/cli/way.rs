//! Which way probes go: host, hops, address family, interface, kind of socket.

use std::net::IpAddr;

use super::args::{Clock, Discovery, Socket, Stamp, Typed};
use super::node_information::Question;
use super::{Environment, Refusal};
use crate::config::{
    ClockChoice, FamilyChoice, IpOption, PathMtuDiscovery, ReverseLookup, SocketChoice,
};
use crate::wire::options::{MOST_ROUTE_HOPS, MOST_TIMESTAMP_HOPS, TimestampKind};

/// That nobody is to be probed, in iputils' words.
pub(super) const NO_DESTINATION: &str = "usage error: Destination address required";

/// Who is probed, and what lies on the way.
pub(super) fn hops_and_host(
    mut words: Vec<String>,
    mut hops: Vec<String>,
    question: Option<&Question>,
) -> Result<(Vec<String>, String), Refusal> {
    let Some(host) = words.pop() else {
        return match question.and_then(|question| question.group.clone()) {
            Some(group) => Ok((hops, group)),
            None => Err(Refusal::new(NO_DESTINATION)),
        };
    };
    if host.is_empty() {
        return Err(Refusal::new("usage error: Destination address is empty"));
    }
    hops.append(&mut words);
    Ok((hops, host))
}

/// Which option the IPv4 header gets, if any.
pub(super) fn ip_option(typed: &Typed, hops: usize) -> Result<Option<IpOption>, Refusal> {
    let refuse = |text| Err(Refusal::new(format!("usage error: {text}")));
    match (typed.record_route, typed.ip_timestamp) {
        (true, Some(_)) => Err(Refusal::new("only one of -T or -R may be used")),
        (true, None) if hops > 0 => refuse("-R takes no hops".to_owned()),
        (true, None) => Ok(Some(IpOption::RecordRoute)),
        (false, Some(Stamp::Prespecified)) if !(1..=MOST_TIMESTAMP_HOPS).contains(&hops) => refuse(
            format!("-T tsprespec takes 1 to {MOST_TIMESTAMP_HOPS} hops"),
        ),
        (false, Some(Stamp::Only | Stamp::AndAddress)) if hops > 0 => {
            refuse("of the kinds of -T only tsprespec takes hops".to_owned())
        }
        (false, Some(stamp)) => Ok(Some(IpOption::Timestamp { kind: stamp.into() })),
        (false, None) if hops > MOST_ROUTE_HOPS => {
            refuse(format!("at most {MOST_ROUTE_HOPS} hops"))
        }
        (false, None) if hops > 0 => Ok(Some(IpOption::SourceRoute {
            strict: typed.bypass_routing,
        })),
        (false, None) => Ok(None),
    }
}

/// The interface and the source address that were named last.
pub(super) fn interface(typed: &Typed) -> (Option<String>, Option<IpAddr>) {
    let named = typed.interface.iter().rev();
    let device = named.clone().find_map(|interface| interface.device.clone());
    (device, named.clone().find_map(|interface| interface.source))
}

/// The address family. What exists in one of them only decides, because ignoring it would be a lie.
pub(super) fn family(
    typed: &Typed,
    name: FamilyChoice,
    asks_node: bool,
    has_ip_option: bool,
    source: Option<IpAddr>,
) -> Result<FamilyChoice, Refusal> {
    let said = [
        (name == FamilyChoice::Ipv4 || typed.ipv4, FamilyChoice::Ipv4),
        (name == FamilyChoice::Ipv6 || typed.ipv6, FamilyChoice::Ipv6),
    ];
    let mut family = match said {
        [(true, _), (true, _)] => {
            return Err(Refusal::new("only one -4 or -6 option may be specified"));
        }
        [(true, family), _] | [_, (true, family)] => family,
        _ => FamilyChoice::Any,
    };
    let implied = [
        (asks_node, FamilyChoice::Ipv6, "-N is for IPv6"),
        (
            typed.flow_label.is_some(),
            FamilyChoice::Ipv6,
            "-F is for IPv6",
        ),
        (
            has_ip_option,
            FamilyChoice::Ipv4,
            "-R, -T and hops are for IPv4",
        ),
        (
            source.is_some_and(|source| source.is_ipv4()),
            FamilyChoice::Ipv4,
            "the source address is IPv4",
        ),
        (
            source.is_some_and(|source| source.is_ipv6()),
            FamilyChoice::Ipv6,
            "the source address is IPv6",
        ),
    ];
    for (given, implied, what) in implied {
        if given && family != implied {
            if family != FamilyChoice::Any {
                let asked = if family == FamilyChoice::Ipv4 {
                    "IPv4"
                } else {
                    "IPv6"
                };
                return Err(Refusal::new(format!(
                    "usage error: {what}, but {asked} is asked for"
                )));
            }
            family = implied;
        }
    }
    Ok(family)
}

pub(super) fn socket_choice(typed: &Typed, asks_node: bool) -> Result<SocketChoice, Refusal> {
    let needs_raw = match typed.identifier {
        _ if asks_node => Some("-N"),
        Some(0) => Some("-e 0"),
        _ => None,
    };
    match (typed.socket, needs_raw) {
        (Some(Socket::Ping), Some(option)) => Err(Refusal::new(format!(
            "usage error: {option} needs a raw socket"
        ))),
        (Some(Socket::Ping), None) => Ok(SocketChoice::Ping),
        (Some(Socket::Raw), _) | (None, Some(_)) => Ok(SocketChoice::Raw),
        (None, None) => Ok(SocketChoice::Auto),
    }
}

pub(super) fn clock_choice(typed: &Typed) -> ClockChoice {
    match typed.clock {
        _ if typed.user_time => ClockChoice::User,
        Some(Clock::User) => ClockChoice::User,
        Some(Clock::Kernel) => ClockChoice::Kernel,
        Some(Clock::Wire) => ClockChoice::Wire,
        Some(Clock::Hardware) => ClockChoice::Hardware,
        None => ClockChoice::Best,
    }
}

pub(super) fn reverse(typed: &Typed, environment: &Environment) -> ReverseLookup {
    if typed.resolve {
        ReverseLookup::Always
    } else if typed.numeric || typed.flood || environment.ptr_lookup_disabled {
        ReverseLookup::Never
    } else {
        ReverseLookup::ForNames
    }
}

impl From<Discovery> for PathMtuDiscovery {
    fn from(typed: Discovery) -> Self {
        match typed {
            Discovery::Do => Self::Do,
            Discovery::Dont => Self::Dont,
            Discovery::Want => Self::Want,
            Discovery::Probe => Self::Probe,
        }
    }
}

impl From<Stamp> for TimestampKind {
    fn from(typed: Stamp) -> Self {
        match typed {
            Stamp::Only => Self::Only,
            Stamp::AndAddress => Self::AndAddress,
            Stamp::Prespecified => Self::Prespecified,
        }
    }
}
