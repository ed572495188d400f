//! Runs one target. The order of steps keeps privileges short: resolve, find the route, open the socket, drop
//! privileges, start lookups, confine this thread. Only then does the loop read datagrams.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::rc::Rc;

use anyhow::Result;

use super::calendar::local_time;
use super::destination::{Addresses, check_group, look_up, route};
use super::fragments::{InFragments, Probes};
use super::random::random;
use super::run::{self, Beginning, Kind, Warnings};
use super::{Outlets, departure_stamps, get_ready, json};
use crate::codec::SingleTarget;
use crate::config::many::Fragments;
use crate::config::{Config, Face, IpOption, Pace, ReverseLookup, Single, SocketOptions};
use crate::driver::{Finished, ReceiveMode};
use crate::engine::{One, Tokens};
use crate::event::{Destination as Told, Directory, Start};
use crate::exit::Exit;
use crate::net::{Family, Lookups, Privileges, Route, SocketTargets, Sockets};
use crate::report::json::{Only, Run};
use crate::report::ping_json::PingJson;
use crate::report::text::{BROADCAST_WARNING, Text};
use crate::report::{NoNames, Reports};
use crate::resolve::{Resolved, Reverse, Spelling};
use crate::target::{Host, needs_interface};
use crate::wire::options;

/// Runs what the command line asks for.
///
/// # Errors
/// One line for standard error, without the program's name.
// A stack frame of its own: merged into the caller's it would be touched, page by page, on top of the parser's.
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
    // Under the name `ping` the wait in this host's queue is not printed.
    let tells_wait = config.style.face == Face::Rping && (config.style.verbose || !is_flood);
    let in_fragments = in_fragments(&config, &route, ip_options.as_deref());
    let details = config.style.has_diagnostics();
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
    let targets = (targets, departures, config.message.size);
    let (ready, names) = get_ready(&config, targets, privileges, None, |lookups, _| {
        let reverse = config.plan.destination.reverse;
        let spelling = spelling.clone();
        Ok(names(reverse, &resolved, spelling, route.target, lookups))
    })?;

    let told = in_first_line(&config, address, &route);
    let mut before: Vec<_> = noted.iter().map(|it| (*it).to_owned()).collect();
    before.extend(route.broadcast.then(|| BROADCAST_WARNING.to_owned()));
    let warnings = Warnings {
        before,
        after: clock_warning.into_iter().collect(),
    };
    let via = source_route(config.socket.ip_option.as_ref(), hops);
    let targets = SingleTarget::new(route.target, via, route.broadcast);
    let kind = OneTarget {
        host: host(&config, &resolved, spelling.as_ref(), told.target),
        told,
        route,
        has_ip_options: ip_options.is_some(),
        config,
    };
    let engine = |beginning: &Beginning<'_>| kind.engine(beginning);
    run::run(&kind, ready, (targets, names), warnings, engine)
}

struct OneTarget {
    config: Config<Single>,
    route: Route,
    /// The route as printed in the first line.
    told: Route,
    /// The name of the target in the first line and the statistics.
    host: String,
    has_ip_options: bool,
}

impl OneTarget {
    fn engine(&self, beginning: &Beginning<'_>) -> Result<One> {
        let identifier = identifier(beginning.sockets, &self.route);
        let tokens = Tokens::new(random()?, self.route.target.ip(), identifier);
        let mut engine = One::new(self.config.plan.schedule.clone(), tokens, beginning.at);
        if let Some(sweep) = self.config.plan.sweep {
            engine = engine.sweeping(sweep);
        }
        if let Some(watching) = self.config.watching {
            engine = engine.watching(watching);
        }
        if beginning.tells_outcomes {
            engine = engine.reporting_outcomes();
        }
        Ok(engine)
    }
}

impl Kind for OneTarget {
    type Plan = Single;
    type Targets = SingleTarget;
    const RECEIVE_MODE: ReceiveMode = ReceiveMode::OneByOne;

    fn config(&self) -> &Config<Single> {
        &self.config
    }

    fn about(&self, host: Option<String>, sockets: &Sockets) -> Result<(Run, Rc<dyn Directory>)> {
        let run = json::run_of_one(&self.config, &self.route, (host, sockets))?;
        let only = Only {
            name: self.config.plan.destination.host.clone(),
            address: self.route.target,
        };
        Ok((run, Rc::new(only)))
    }

    fn text(&self, outlets: Outlets, names: Reverse) -> Reports<'static> {
        let Config { style, program, .. } = &self.config;
        if style.ping_json {
            let (out, err) = outlets;
            let lines = PingJson::new(style.clone(), out, names);
            // `-j` changes standard output only.
            let messages = (io::sink(), err);
            let text = Text::of_one(style.clone(), program, messages, NoNames);
            return Reports::default().and(text).and(lines);
        }
        let text = Text::of_one(style.clone(), program, outlets, names);
        Reports::default().and(text.with_calendar(local_time))
    }

    fn is_numeric(&self) -> bool {
        let host = Host::parse(&self.config.plan.destination.host);
        !matches!(host, Ok(Host::Name(_)))
    }

    fn start(&self, sockets: &Sockets) -> Start {
        let host = self.host.clone();
        start(&self.config, host, self.told, sockets, self.has_ip_options)
    }

    fn refusal(&self) -> Option<&str> {
        self.config.plan.forbidden_pace.as_deref()
    }

    fn exit(&self, finished: Finished) -> Result<Exit> {
        Ok(Exit::of_one_target(
            finished.success && !finished.has_failed_condition,
        ))
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

/// Whether probes are too long for one packet.
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

/// The hops of a source route. Probes with time stamps only pass the hops, so they have no route.
fn source_route(option: Option<&IpOption>, hops: Vec<Ipv4Addr>) -> Vec<Ipv4Addr> {
    match option {
        Some(IpOption::SourceRoute { .. }) => hops,
        Some(IpOption::RecordRoute | IpOption::Timestamp { .. }) | None => Vec::new(),
    }
}

/// Target and source as printed in the first line. iputils does not look up the source for a target on a link, and
/// prints an IPv6 target as it was before `-I` added an interface or `::` became this host.
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

/// The name of the host in the first line and the statistics. iputils prints the canonical name of an IPv4 host, but an
/// IPv6 host as typed.
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

/// The event with the content of the first line.
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
        smallest: config.plan.sweep.map(|sweep| sweep.smallest.into()),
        // iputils counts the maximum size of the options.
        ip_options: if ip_options { options::ROOM } else { 0 },
        flow_label: sockets.flow_label(),
        identifier: identifier(sockets, &route),
        raw: sockets.is_raw(Family::of(route.target)).unwrap_or(false),
    })
}

fn identifier(sockets: &Sockets, route: &Route) -> u16 {
    let identifier = sockets.identifier(Family::of(route.target));
    // The target's family always has a socket.
    identifier.unwrap_or(0)
}

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
