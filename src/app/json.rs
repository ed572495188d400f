//! The settings of a run for its JSON lines.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::net::IpAddr;
use std::os::unix::ffi::OsStrExt as _;

use anyhow::Result;

use super::charset;
use super::random::random;
use crate::config::many::Mode;
use crate::config::{Config, Pace, Several, Single, Sources, Timeout};
use crate::event::TargetNumber;
use crate::net::{Family, Route, Sockets};
use crate::report::json::{Run, Socket};
use crate::sanitize;

/// The settings of a run with one target.
pub(super) fn run_of_one(
    config: &Config<Single>,
    route: &Route,
    here: (Option<String>, &Sockets),
) -> Result<Run> {
    let schedule = &config.plan.schedule;
    let source = route.source.ip();
    Ok(Run {
        interval: match schedule.pace {
            Pace::Interval(interval) => Some(interval),
            Pace::Flood | Pace::Adaptive { .. } => None,
        },
        timeout: match schedule.timeout {
            Timeout::PerProbe(timeout) => Some(timeout),
            Timeout::Patient | Timeout::Linger(_) | Timeout::Never => None,
        },
        count: schedule.count,
        targets: 1,
        sources: match source {
            IpAddr::V4(ipv4) => Sources {
                ipv4: Some(ipv4),
                ipv6: None,
            },
            IpAddr::V6(ipv6) => Sources {
                ipv4: None,
                ipv6: Some(ipv6),
            },
        },
        ..run(config, here)?
    })
}

/// The settings of a run with many targets.
pub(super) fn run_of_many(
    config: &Config<Several>,
    (targets, hash): (TargetNumber, u64),
    here: (Option<String>, &Sockets),
) -> Result<Run> {
    let schedule = &config.plan.schedule;
    let run = Run {
        shard: config.plan.targets.shard.map(|shard| shard.to_string()),
        targets_hash: Some(hash),
        targets,
        ..run(config, here)?
    };
    Ok(match schedule.mode {
        // The timeout depends on round trips.
        _ if config.plan.path_mtu.is_some() => run,
        Mode::Rounds { period, count } => Run {
            interval: Some(period),
            timeout: Some(schedule.timeout),
            count: count.map(u64::from),
            ..run
        },
        Mode::Alive { .. } => Run { alive: true, ..run },
    })
}

/// The name of this host. Must be called before the thread is confined.
pub(super) fn host() -> Option<String> {
    let system = rustix::system::uname();
    let name = system.nodename().to_bytes();
    (!name.is_empty()).then(|| sanitize::visible(OsStr::from_bytes(name)))
}

/// A unique name for this run.
pub(super) fn fresh_id() -> Result<String> {
    let mut id = String::new();
    for octet in random::<16>()? {
        write!(id, "{octet:02x}")?;
    }
    Ok(id)
}

/// The settings that both kinds of runs have.
fn run<P>(config: &Config<P>, (host, sockets): (Option<String>, &Sockets)) -> Result<Run> {
    Ok(Run {
        id: fresh_id()?,
        host,
        shard: None,
        targets_hash: None,
        socket: Socket::of([Family::Ipv4, Family::Ipv6].map(|family| sockets.is_raw(family))),
        clock: config.socket.clock,
        interval: None,
        timeout: None,
        size: config.message.size,
        count: None,
        targets: 0,
        sources: config.socket.sources,
        charset: charset(),
        alive: false,
    })
}
