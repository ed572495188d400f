//! One run put together, in the order that keeps privileges short: resolve, find the route, open the socket, lock
//! down, start what looks up names, confine this thread, and only then let the loop read what strangers send.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::rc::Rc;
use std::sync::mpsc::channel;
use std::thread;

use anyhow::{Result, anyhow, bail};

use super::fragments::{InFragments, Probes};
use super::interface::Interfaces;
use super::random::random;
use super::{codec, conclude, departure_stamps, exports, get_ready, json, warn};
use crate::clock::{Clock, SystemClock};
use crate::codec::Sole;
use crate::config::many::Fragments;
use crate::config::{
    Config, Destination, Face, FamilyChoice, Group, IpOption, Pace, ReverseLookup, Single,
    SocketOptions,
};
use crate::driver::{Driver, Reminders, Rhythm, unwritable};
use crate::engine::{One, Tokens};
use crate::event::{Destination as Told, Directory, Event, Start};
use crate::exit::Exit;
use crate::net::{
    Family, Lookups, Privileges, Route, RouteError, RouteStep, SocketTargets, Sockets, find_route,
};
use crate::report::{
    Beside, Outlet, Report, Reports,
    conditions::Conditions,
    json::{Json, Only, Run},
    text::{BROADCAST_WARNING, Text},
};
use crate::resolve::{self, Resolved, Reverse, Spelling, UNKNOWN_HOST};
use crate::sanitize;
use crate::target::{BadHost, Host, NoTarget, needs_interface};
use crate::wire::options;

/// Runs what the command line asks for.
///
/// # Errors
/// One line, to be printed behind the program's name.
// In a frame of its own: merged into its caller's it would be touched, page by page, on top of the parser's.
#[inline(never)]
pub(super) fn run(
    mut config: Config<Single>,
    noted: &[&'static str],
    privileges: Privileges,
) -> Result<Exit> {
    let Addresses { resolved, hops } = look_up(&mut config)?;
    let (address, route) = route(&config, &resolved, &hops, &privileges)?;
    let ipv6 = route.target.is_ipv6();
    config.ignore_other_family(ipv6);
    let ip_options = ip_options(config.socket.ip_option.as_ref(), &hops)?;
    config.message.check_size(ipv6, ip_options.is_some())?;
    check_group(&mut config, &route, &privileges)?;

    let is_flood = config.plan.schedule.pace == Pace::Flood;
    // Under the name `ping` nothing is printed about the wait in this host's queue.
    let tells_wait = config.style.face == Face::Rping && (config.style.verbose || !is_flood);
    let in_fragments = in_fragments(&config, &route, ip_options.as_deref());
    let details = config.style.tells_insides();
    let clock_warning = in_fragments.and_then(|it| {
        let start = &mut config.plan.schedule.start;
        it.settle(&mut config.socket.clock, start, details)
    });
    let departures = departure_stamps(
        config.socket.clock,
        is_flood,
        tells_wait && in_fragments.is_none(),
    );
    let targets = SocketTargets::One {
        route: &route,
        ip_options: ip_options.as_deref().unwrap_or_default(),
        flood: is_flood,
        preload: config.plan.schedule.preload,
    };
    let spelling = Spelling::of(&config.plan.destination.host, config.style.charset);
    let targets = (targets, departures);
    let ready = get_ready(&config, targets, privileges, None, |lookups| {
        let reverse = config.plan.destination.reverse;
        names(reverse, &resolved, spelling.clone(), route.target, lookups)
    })?;
    let (sockets, host_name) = (ready.sockets, ready.host_name);

    let told = in_first_line(&config, address, &route);
    let host = host(&config, &resolved, spelling.as_ref(), told.target);
    let start = start(&config, host, told, &sockets, ip_options.is_some());
    let only: Rc<dyn Directory> = Rc::new(Only {
        name: config.plan.destination.host.clone(),
        address: route.target,
    });
    let about = || {
        let run = json::run_of_one(&config, &route, (host_name.clone(), &sockets))?;
        Ok((run, Rc::clone(&only)))
    };
    let mut beside = exports::and_json(ready.beside, ready.json_file, &config.program, about)?;
    let mut report = report(&config, about, ready.outlets, ready.lookups)?;
    let tokens = Tokens::new(random()?, route.target.ip(), identifier(&sockets, &route));
    let noted = noted.iter().map(|warning| (*warning).to_owned());
    let broadcast = route.broadcast.then(|| BROADCAST_WARNING.to_owned());
    let warnings = broadcast.into_iter().chain(ready.lacking);
    let mut all = Beside(&mut report, Reports::default().and(&mut beside));
    warn(&mut all, noted.chain(warnings).chain(clock_warning));
    drop(all);
    if let Some(why) = config.plan.forbidden_pace {
        let first_line = report.event(&Event::Started(&start), &|| SystemClock.wall().into());
        first_line.map_err(unwritable)?;
        bail!(why);
    }
    let via = source_route(config.socket.ip_option.as_ref(), hops);
    let began = SystemClock.now();
    let tells_outcomes = config.style.json.is_some() || !beside.is_empty();
    let mut engine = One::new(config.plan.schedule, tokens, began);
    if tells_outcomes {
        engine = engine.telling_outcomes();
    }
    let driver = Driver {
        engine,
        codec: codec(config.message, &sockets),
        network: sockets,
        clock: SystemClock,
        report: Beside(&mut report, Reports::default().and(&mut beside)),
        interrupts: ready.signals,
        targets: Sole::new(route.target, via, route.broadcast),
        rhythm: Rhythm::OneByOne,
        reminders: Reminders {
            snapshot: ready.exports.period(),
            ..Reminders::default()
        },
        outcomes: tells_outcomes,
        began,
        conditions: Conditions::new(config.conditions, config.style.face),
    };
    let outcome = driver.run(&start).map(|finished| {
        let enough = finished.success && !finished.has_failed_condition;
        (Exit::of_one_target(enough), finished.ending)
    });
    conclude(report, (beside, ready.exports), began, outcome)
}

/// What the run is told to: text, or lines for programs.
fn report(
    config: &Config<Single>,
    about: impl Fn() -> Result<(Run, Rc<dyn Directory>)>,
    outlets: (impl Outlet + 'static, impl Outlet + 'static),
    names: Reverse,
) -> Result<Reports<'static>> {
    let program = &config.program;
    let Some(detail) = config.style.json else {
        let text = Text::of_one(config.style.clone(), program, outlets, names);
        return Ok(Reports::default().and(text));
    };
    let (run, target) = about()?;
    let lines = Json::new(detail, run, program, target, outlets, names);
    Ok(Reports::default().and(lines))
}

/// What the words for hosts lead to.
struct Addresses {
    resolved: Resolved,
    hops: Vec<Ipv4Addr>,
}

impl Addresses {
    fn of(destination: &Destination, face: Face) -> Result<Self> {
        let resolved = resolve::forward(&destination.host, destination.family)
            .map_err(|error| in_words_of(face, destination.family, error))?;
        let hops = hops(destination, face)?;
        Ok(Self { resolved, hops })
    }
}

/// Looks up the target and the hops. As `rping` the deadline covers the lookup, and the rest of it is left for the run; as
/// `ping` it begins with the first probe, as in iputils.
fn look_up(config: &mut Config<Single>) -> Result<Addresses> {
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
        // Nobody waits for an answer after the deadline.
        .spawn(move || drop(answer.send(Addresses::of(&wanted, face))));
    let found = match spawned {
        Ok(thread) => {
            let found = answers.recv_timeout(deadline).ok();
            if found.is_some() {
                // Before privileges are dropped, which each thread has to do by itself.
                let _ = thread.join();
            }
            found
        }
        // Without a thread, the lookup takes what time it takes.
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

/// Under the name `ping` an invalid host gives iputils' message, because scripts match it; `rping` says what is wrong, and
/// what to do next.
fn in_words_of(face: Face, family: FamilyChoice, error: anyhow::Error) -> anyhow::Error {
    match face {
        Face::Ping if error.is::<BadHost>() => anyhow!("{error}: {UNKNOWN_HOST}"),
        Face::Ping => error,
        Face::Rping => resolve::advise(error, family),
    }
}

/// Why there is no route. Under the name `ping` in iputils' words, which take each prohibition for one of broadcast. `rping`
/// names the address or interface, and says what helps.
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

/// The first address to which a way leads, and the way: `ping` goes on to the next where a network is unreachable.
fn route(
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

/// Each link has its own link-local addresses: without an interface, the address names no host.
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

/// An ordinary user may not do everything to an address that many answer for.
fn check_group(config: &mut Config<Single>, route: &Route, privileges: &Privileges) -> Result<()> {
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

/// Whose rules hold for the target. To iputils each IPv4 target is a broadcast one with `-b`, and so is a multicast one.
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

/// The octets of the option in each IPv4 header.
fn ip_options(option: Option<&IpOption>, hops: &[Ipv4Addr]) -> Result<Option<Vec<u8>>> {
    Ok(match option {
        None => None,
        Some(IpOption::RecordRoute) => Some(options::record_route()),
        Some(IpOption::Timestamp { kind }) => Some(options::timestamp(*kind, hops)?),
        Some(IpOption::SourceRoute { strict }) => Some(options::source_route(hops, *strict)?),
    })
}

/// Whether probes are too long to leave in one packet.
fn in_fragments(
    config: &Config<Single>,
    route: &Route,
    ip_options: Option<&[u8]>,
) -> Option<InFragments> {
    let options = &config.socket;
    let to_group = options.broadcast || route.target.ip().is_multicast();
    let probes = Probes {
        ipv6: route.target.is_ipv6(),
        size: config.message.size,
        ip_options: ip_options.map_or(0, <[u8]>::len),
        fragments: Fragments::by(options.path_mtu_discovery, to_group),
    };
    probes.in_fragments(route.mtu)
}

/// The hops that probes are sent to, one after the other. Those of time stamps are only passed.
fn source_route(option: Option<&IpOption>, hops: Vec<Ipv4Addr>) -> Vec<Ipv4Addr> {
    match option {
        Some(IpOption::SourceRoute { .. }) => hops,
        Some(IpOption::RecordRoute | IpOption::Timestamp { .. }) | None => Vec::new(),
    }
}

/// Target and source as the first line has them. iputils does not look for the source of what is on a link, and calls an
/// IPv6 target what it was before the interface of `-I`, or this host for `::`, was put in.
fn in_first_line(config: &Config<Single>, address: SocketAddr, route: &Route) -> Route {
    let SocketAddr::V6(target) = address else {
        return *route;
    };
    if config.style.face == Face::Rping {
        return *route;
    }
    let is_on_link = needs_interface(*target.ip()) && config.socket.sources.ipv6.is_none();
    Route {
        target: address,
        source: if is_on_link {
            (Ipv6Addr::UNSPECIFIED, 0).into()
        } else {
            route.source
        },
        ..*route
    }
}

/// What the first line and the statistics call the host. iputils calls an IPv4 host by its canonical name, an IPv6 host as
/// it was typed.
fn host(
    config: &Config<Single>,
    resolved: &Resolved,
    spelling: Option<&Spelling>,
    target: SocketAddr,
) -> String {
    let (name, shown) = if target.is_ipv6() {
        (&config.plan.destination.host, spelling.map(Spelling::shown))
    } else {
        let shown = spelling.and_then(|spelling| spelling.of_same(&resolved.name));
        (&resolved.name, shown)
    };
    shown.unwrap_or(name).to_owned()
}

/// What the first line tells.
fn start(
    config: &Config<Single>,
    host: String,
    route: Route,
    sockets: &Sockets,
    ip_options: bool,
) -> Start {
    let SocketOptions {
        device,
        sources,
        sticky_source,
        ..
    } = &config.socket;
    let has_source = sources.of(route.target.is_ipv6()).is_some();
    let tells_source = device.is_some() || has_source || *sticky_source;
    Start::One(Told {
        host,
        target: route.target,
        source: tells_source.then_some(route.source),
        device: device.clone(),
        size: config.message.size,
        // As in iputils, which counts all that there is room for.
        ip_options: if ip_options { options::ROOM } else { 0 },
        flow_label: sockets.flow_label(),
        identifier: identifier(sockets, &route),
        raw: sockets.is_raw(Family::of(route.target)).unwrap_or(false),
    })
}

/// That of the probes.
fn identifier(sockets: &Sockets, route: &Route) -> u16 {
    let identifier = sockets.identifier(Family::of(route.target));
    // There is a socket of this family, for it was opened for this target.
    identifier.unwrap_or(0)
}

/// Where the names of addresses come from.
fn names(
    choice: ReverseLookup,
    resolved: &Resolved,
    spelling: Option<Spelling>,
    target: SocketAddr,
    lookups: Lookups,
) -> Reverse {
    match choice {
        ReverseLookup::Never => Reverse::numeric(),
        ReverseLookup::ForNames if resolved.numeric => Reverse::numeric(),
        _ => {
            let forward = (!resolved.numeric).then(|| resolved.name.clone());
            Reverse::start(target.ip(), forward, spelling, lookups)
        }
    }
}
