//! Parses host, hops, address family, interface and kind of socket.

use std::fmt;
use std::net::IpAddr;

use super::args::{Clock, Discovery, Socket, Stamp, Typed};
use super::node_information::Question;
use super::{Environment, Refusal};
use crate::config::{
    ClockChoice, Face, FamilyChoice, IpOption, PathMtuDiscovery, ReverseLookup, SocketChoice,
    Sources,
};
use crate::target::{BadHost, Host};
use crate::wire::options::{MOST_ROUTE_HOPS, MOST_TIMESTAMP_HOPS, TimestampKind};

/// The error for a missing target, in iputils' words.
pub(super) fn no_destination() -> Refusal {
    Refusal::new("usage error: Destination address required")
        .advise(": name a host, an address or a network, or see rping -h")
}

/// Splits the words into hops and host.
pub(super) fn hops_and_host(
    mut words: Vec<String>,
    mut hops: Vec<String>,
    question: Option<&Question>,
    face: Face,
) -> Result<(Vec<String>, String), Refusal> {
    let Some(host) = words.pop() else {
        return match question.and_then(|question| question.group.clone()) {
            Some(group) => Ok((hops, group)),
            None => Err(no_destination()),
        };
    };
    if host.is_empty() {
        return Err(match face {
            // The message of iputils' resolver for an empty name.
            Face::Ping => Refusal::new(": Name or service not known"),
            Face::Rping => Refusal::new(BadHost::Empty.to_string()),
        });
    }
    hops.append(&mut words);
    Ok((hops, host))
}

/// The option of the IPv4 header, if any. `-T tsprespec` needs a hop, except under the name `ping`, as in iputils.
pub(super) fn ip_option(
    typed: &Typed,
    hops: usize,
    face: Face,
) -> Result<Option<IpOption>, Refusal> {
    let least = match face {
        Face::Rping => 1,
        Face::Ping => 0,
    };
    let refuse = |text, advice| Err(Refusal::new(format!("usage error: {text}")).advise(advice));
    match (typed.record_route, typed.ip_timestamp) {
        (true, Some(_)) => {
            Err(Refusal::new("only one of -T or -R may be used").advise("; leave out one of them"))
        }
        (true, None) if hops > 0 => refuse(
            "-R takes no hops (--via)".to_owned(),
            "; leave out the hops",
        ),
        (true, None) => Ok(Some(IpOption::RecordRoute)),
        (false, Some(Stamp::Prespecified)) if !(least..=MOST_TIMESTAMP_HOPS).contains(&hops) => {
            refuse(
                format!(
                    "-T tsprespec takes 1 to {MOST_TIMESTAMP_HOPS} hops (--via), but {hops} were given"
                ),
                "; name the hosts whose times you want",
            )
        }
        (false, Some(Stamp::Only | Stamp::AndAddress)) if hops > 0 => refuse(
            "-T tsonly and -T tsandaddr take no hops (--via)".to_owned(),
            "; use -T tsprespec, or leave out the hops",
        ),
        (false, Some(stamp)) => Ok(Some(IpOption::Timestamp { kind: stamp.into() })),
        (false, None) if hops > MOST_ROUTE_HOPS => refuse(
            format!("a route has at most {MOST_ROUTE_HOPS} hops (--via), but {hops} were given"),
            "; leave out some hops",
        ),
        (false, None) if hops > 0 => Ok(Some(IpOption::SourceRoute {
            strict: typed.bypass_routing,
        })),
        (false, None) => Ok(None),
    }
}

/// The interface, and the source address of each family. Under the name `ping` the last ones win, as in iputils.
///
/// # Errors
/// There are two of a kind.
pub(super) fn interface(typed: &Typed, face: Face) -> Result<(Option<String>, Sources), Refusal> {
    let mut device = None;
    let mut sources = Sources::default();
    for interface in typed.interface.iter().map(|it| &it.value) {
        match interface.source {
            Some(IpAddr::V4(address)) => name_once(&mut sources.ipv4, address, face)?,
            Some(IpAddr::V6(address)) => name_once(&mut sources.ipv6, address, face)?,
            None => {}
        }
        if let Some(name) = interface.device.clone() {
            name_once(&mut device, name, face)?;
        }
    }
    Ok((device, sources))
}

/// Sets the interface or source address, unless another one was given before.
fn name_once<T: PartialEq + fmt::Display>(
    named: &mut Option<T>,
    value: T,
    face: Face,
) -> Result<(), Refusal> {
    match named.replace(value).zip(named.as_ref()) {
        Some((before, now)) if face == Face::Rping && before != *now => Err(Refusal::new(format!(
            "-I {before} -I {now}: give only one interface, and one source address of each family"
        ))),
        _ => Ok(()),
    }
}

/// What is asked of the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asks {
    Echo,
    /// `-N`
    Node,
    /// `--icmp-timestamp`
    Time,
}

impl Asks {
    pub(super) fn of(typed: &Typed, asks_node: bool) -> Self {
        if typed.diagnosis.icmp_timestamp {
            Self::Time
        } else if asks_node {
            Self::Node
        } else {
            Self::Echo
        }
    }
}

/// Settings that may decide the family, besides `-4`, `-6` and the name of the program.
pub(super) struct Hints<'a> {
    pub(super) face: Face,
    /// The host, if there is only one.
    pub(super) host: Option<&'a str>,
    pub(super) asks: Asks,
    pub(super) hops: usize,
    pub(super) ip_option: bool,
    pub(super) broadcast: bool,
    pub(super) sources: Sources,
}

impl Hints<'_> {
    /// Options that were given and exist in one family only. rping does not ignore them silently. iputils ignores them
    /// for a target of the other family, except hops.
    fn implied(&self, flow_label: bool) -> Vec<(FamilyChoice, &'static str)> {
        let (ipv4, ipv6) = (FamilyChoice::Ipv4, FamilyChoice::Ipv6);
        let of_rping = self.face == Face::Rping;
        let Sources {
            ipv4: source4,
            ipv6: source6,
        } = self.sources;
        let hints = [
            (self.hops > 0, ipv4, "hops (--via) work over IPv4 only"),
            (
                of_rping && self.asks == Asks::Node,
                ipv6,
                "-N works over IPv6 only",
            ),
            (
                self.asks == Asks::Time,
                ipv4,
                "--icmp-timestamp works over IPv4 only",
            ),
            (of_rping && flow_label, ipv6, "-F works over IPv6 only"),
            (
                of_rping && self.ip_option,
                ipv4,
                "-R and -T work over IPv4 only",
            ),
            (
                of_rping && self.broadcast,
                ipv4,
                "-b works over IPv4 only (IPv6 has no broadcast)",
            ),
            (
                of_rping && source4.is_some() && source6.is_none(),
                ipv4,
                "the source address (-I) is IPv4",
            ),
            (
                of_rping && source6.is_some() && source4.is_none(),
                ipv6,
                "the source address (-I) is IPv6",
            ),
        ];
        let given = hints.into_iter().filter(|(given, ..)| *given);
        given.map(|(_, family, what)| (family, what)).collect()
    }

    /// The family of the host if it is an address.
    fn of_host(&self) -> FamilyChoice {
        match self.host.map(Host::parse) {
            Some(Ok(Host::Ipv4(_))) => FamilyChoice::Ipv4,
            Some(Ok(Host::Ipv6 { .. })) => FamilyChoice::Ipv6,
            _ => FamilyChoice::Any,
        }
    }
}

pub(super) fn family(
    typed: &Typed,
    name: FamilyChoice,
    hints: &Hints<'_>,
) -> Result<FamilyChoice, Refusal> {
    let said = [
        (name == FamilyChoice::Ipv4 || typed.ipv4, FamilyChoice::Ipv4),
        (name == FamilyChoice::Ipv6 || typed.ipv6, FamilyChoice::Ipv6),
    ];
    let mut family = match said {
        [(true, _), (true, _)] => {
            return Err(Refusal::new("only one -4 or -6 option may be specified")
                .advise("; leave out one of them (rping4 implies -4, rping6 implies -6)"));
        }
        [(true, family), _] | [_, (true, family)] => family,
        _ => FamilyChoice::Any,
    };
    for (implied, what) in hints.implied(typed.flow_label.is_some()) {
        let other = match implied {
            FamilyChoice::Ipv4 => FamilyChoice::Ipv6,
            _ => FamilyChoice::Ipv4,
        };
        let name = if other == FamilyChoice::Ipv4 {
            "IPv4"
        } else {
            "IPv6"
        };
        if family == other {
            let text = format!("usage error: {what}, but {name} was requested");
            return Err(Refusal::new(text).advise("; leave out one of the two"));
        }
        if hints.of_host() == other {
            let host = hints.host.unwrap_or_default();
            let text = format!("usage error: {what}, but {host} is an {name} address");
            return Err(Refusal::new(text).advise("; change one of the two"));
        }
        family = implied;
    }
    Ok(family)
}

pub(super) fn socket_choice(typed: &Typed, asks_node: bool) -> Result<SocketChoice, Refusal> {
    let needs_raw = match typed.identifier {
        _ if asks_node => Some("-N"),
        _ if typed.diagnosis.icmp_timestamp => Some("--icmp-timestamp"),
        Some(0) => Some("-e 0"),
        _ => None,
    };
    match (typed.socket, needs_raw) {
        (Some(Socket::Ping), Some(option)) => Err(Refusal::new(format!(
            "usage error: {option} needs a raw socket: leave out --socket ping"
        ))),
        (Some(Socket::Ping), None) => Ok(SocketChoice::Ping),
        (Some(Socket::Raw), _) => Ok(SocketChoice::Raw),
        // An option that needs a raw socket prevents any other kind.
        (None, _) => Ok(SocketChoice::Auto),
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

pub(super) fn reverse(typed: &Typed, face: Face, environment: &Environment) -> ReverseLookup {
    if typed.resolve {
        ReverseLookup::Always
    } else if typed.numeric
        || typed.flood
        || typed.json.is_some() && face == Face::Rping
        || environment.ptr_lookup_disabled
    {
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
