//! The addresses of a single target, and the route to it.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::mpsc::channel;
use std::thread;

use anyhow::{Result, anyhow, bail};

use super::interface::Interfaces;
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, Destination, Face, FamilyChoice, Group, Single};
use crate::net::{Privileges, Route, RouteError, RouteStep, find_route};
use crate::resolve::{self, Resolved, UNKNOWN_HOST};
use crate::sanitize;
use crate::target::{BadHost, Host, NoTarget, needs_interface};

/// The addresses of the target and the hops.
pub(super) struct Addresses {
    pub(super) resolved: Resolved,
    pub(super) hops: Vec<Ipv4Addr>,
}

impl Addresses {
    fn of(destination: &Destination, face: Face) -> Result<Self> {
        let resolved = resolve::forward(&destination.host, destination.family)
            .map_err(|error| in_words_of(face, destination.family, error))?;
        let hops = hops(destination, face)?;
        Ok(Self { resolved, hops })
    }
}

/// Looks up the target and the hops. As `rping` the deadline includes the lookup, and the run gets the rest; as `ping`
/// it starts with the first probe, as in iputils.
pub(super) fn look_up(config: &mut Config<Single>) -> Result<Addresses> {
    let Config { plan, style, .. } = config;
    let Single {
        destination,
        schedule,
        ..
    } = plan;
    let face = style.face;
    let words = destination.hops.iter().chain([&destination.host]);
    let asks = words
        .map(|word| Host::parse(word))
        .any(|host| matches!(host, Ok(Host::Name(_))));
    let Some(deadline) = schedule.deadline.filter(|_| asks && face == Face::Rping) else {
        return Addresses::of(destination, face);
    };
    let begin = SystemClock.now();
    let (answer, answers) = channel();
    let wanted = destination.clone();
    let spawned = thread::Builder::new()
        .name("resolver".to_owned())
        // Fails after the deadline, when no thread waits for the answer.
        .spawn(move || drop(answer.send(Addresses::of(&wanted, face))));
    let found = match spawned {
        Ok(thread) => {
            let found = answers.recv_timeout(deadline).ok();
            if found.is_some() {
                // The thread must end before privileges are dropped, as each thread has privileges of its own.
                let _ = thread.join();
            }
            found
        }
        // Without a thread, the lookup has no time limit.
        Err(_) => Some(Addresses::of(destination, face)),
    };
    let passed = SystemClock.now().saturating_duration_since(begin);
    match found {
        Some(Err(error)) => Err(error),
        Some(addresses) if passed < deadline => {
            schedule.deadline = Some(deadline.saturating_sub(passed));
            addresses
        }
        _ => bail!(
            "{}: no name server answered within {deadline:?} (-w): set a longer deadline, or give an address",
            sanitize::visible_word(&destination.host)
        ),
    }
}

/// The error for an invalid host. Under the name `ping` it is iputils' message, because scripts match it. `rping` says
/// what is wrong and what to do next.
fn in_words_of(face: Face, family: FamilyChoice, error: anyhow::Error) -> anyhow::Error {
    match face {
        Face::Ping if error.is::<BadHost>() => anyhow!("{error}: {UNKNOWN_HOST}"),
        Face::Ping => error,
        Face::Rping => resolve::advise(error, family),
    }
}

/// The error for a missing route. Under the name `ping` it is iputils' message, which blames every prohibition on
/// broadcast. `rping` names the address or interface, and says what helps.
fn no_route(config: &Config<Single>, address: SocketAddr, error: RouteError) -> anyhow::Error {
    match (config.style.face, error.unknown_interface()) {
        (Face::Rping, Some(name)) => Interfaces::default().unknown(name),
        (Face::Rping, None) => explain(config, address, &error),
        (Face::Ping, None)
            if error.is_prohibited() && address.is_ipv4() && !config.socket.broadcast =>
        {
            RouteError::Broadcast.into()
        }
        _ => error.into(),
    }
}

fn explain(config: &Config<Single>, address: SocketAddr, error: &RouteError) -> anyhow::Error {
    let ip = address.ip();
    let source = config.socket.sources.of(address.is_ipv6());
    match (error, source) {
        (RouteError::Broadcast, _) => anyhow!("{ip}: a broadcast address needs -b"),
        (error, _) if error.is_prohibited() => {
            anyhow!(
                "{ip}: {error}: a route or a firewall of this host forbids it; see ip route get {ip}"
            )
        }
        (
            RouteError::Failed {
                step: RouteStep::Bind,
                ..
            },
            Some(source),
        ) => anyhow!("-I {source}: {error}; -I takes an interface, or an address of this host"),
        (error, _) if error.is_unreachable() && config.socket.bypass_routing => {
            anyhow!("{ip}: {error}; -r reaches only networks that are directly connected")
        }
        (error, _) if error.is_unreachable() => {
            anyhow!("{ip}: {error}; see \"ip route get {ip}\"")
        }
        (error, _) => anyhow!("{ip}: {error}"),
    }
}

fn hops(destination: &Destination, face: Face) -> Result<Vec<Ipv4Addr>> {
    let look_up = |hop: &String| {
        resolve::hop(hop).map_err(|error| in_words_of(face, FamilyChoice::Ipv4, error))
    };
    destination.hops.iter().map(look_up).collect()
}

/// The first address with a route, and the route: `ping` tries the next address if a network is unreachable.
pub(super) fn route(
    config: &Config<Single>,
    resolved: &Resolved,
    hops: &[Ipv4Addr],
    privileges: &Privileges,
) -> Result<(SocketAddr, Route)> {
    let mut unreachable: Option<(SocketAddr, RouteError)> = None;
    for &address in &resolved.addresses {
        check_scope(config, address)?;
        match find_route(address, hops.first().copied(), &config.socket, privileges) {
            Ok(route) => return Ok((address, route)),
            Err(error) if error.is_unreachable() => {
                unreachable.get_or_insert((address, error));
            }
            Err(error) => return Err(no_route(config, address, error)),
        }
    }
    match unreachable {
        Some((address, error)) => Err(no_route(config, address, error)),
        None => bail!("{}: no address", config.plan.destination.host),
    }
}

/// Each link has its own link-local addresses: without an interface, the address is ambiguous.
fn check_scope(config: &Config<Single>, address: SocketAddr) -> Result<()> {
    let SocketAddr::V6(target) = address else {
        return Ok(());
    };
    if !needs_interface(*target.ip()) || target.scope_id() != 0 || config.socket.device.is_some() {
        return Ok(());
    }
    let host = &config.plan.destination.host;
    let why = Interfaces::default().why(NoTarget::NoInterface, target.ip());
    bail!("{host}: {why}")
}

/// Enforces the limits of unprivileged users for multicast and broadcast targets.
pub(super) fn check_group(
    config: &mut Config<Single>,
    route: &Route,
    privileges: &Privileges,
) -> Result<()> {
    if privileges.is_unprivileged_user()
        && let Some(group) = group(config, route)
    {
        config.check_group(group)?;
        if route.broadcast || route.target.ip().is_multicast() {
            config.keep_group_pace();
        }
    }
    Ok(())
}

/// The kind of group target. With `-b`, iputils treats every IPv4 target as broadcast, and IPv4 multicast always.
fn group(config: &Config<Single>, route: &Route) -> Option<Group> {
    let target = route.target.ip();
    let is_multicast = target.is_multicast();
    match config.style.face {
        _ if route.broadcast => Some(Group::Broadcast),
        Face::Ping if target.is_ipv4() && (config.socket.broadcast || is_multicast) => {
            Some(Group::Broadcast)
        }
        Face::Ping | Face::Rping => is_multicast.then_some(Group::Multicast),
    }
}
