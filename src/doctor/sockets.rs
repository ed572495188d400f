//! The two kinds of socket that can ping.

use std::io;

use super::{AsRoot, listed, ok};
use crate::errno;
use crate::event::{Finding, State};
use crate::net::{FamilyFacts, Machine, Obstacle};

/// Whether raw sockets can be opened: one finding, or one for each family if they differ.
pub(super) fn raw(machine: &Machine) -> Vec<Finding> {
    let judge = |facts: &FamilyFacts| match &facts.raw {
        Ok(()) => Some(ok("raw socket", "permitted")),
        Err(error) if is_of_the_family(error) => None,
        Err(error) if is_forbidden(error) => Some(
            unless_other(&facts.ping, "raw socket", raw_is_forbidden(machine))
                .changed_by(raw_is_changed_by(machine)),
        ),
        Err(error) => Some(unless_other(&facts.ping, "raw socket", errno::text(error))),
    };
    together(machine, judge)
}

/// Whether ping sockets can be opened.
pub(super) fn ping(machine: &Machine) -> Vec<Finding> {
    let judge = |facts: &FamilyFacts| match &facts.ping {
        Ok(()) => Some(ok(
            "ping socket",
            format!("permitted{}", range(machine, ": ")),
        )),
        Err(error) if is_of_the_family(error) => None,
        Err(error) if error.raw_os_error() == Some(libc::EPROTONOSUPPORT) => {
            let text = "this kernel has no ping sockets".to_owned();
            Some(unless_other(&facts.raw, "ping socket", text))
        }
        Err(error) if is_forbidden(error) => {
            let text = format!("not permitted{}", range(machine, ": "));
            Some(
                unless_other(&facts.raw, "ping socket", text)
                    .changed_by(ping_is_changed_by(machine)),
            )
        }
        Err(error) => Some(unless_other(&facts.raw, "ping socket", errno::text(error))),
    };
    together(machine, judge)
}

/// Whether this machine can ping, and with which sockets.
pub(super) fn verdict(machine: &Machine) -> Finding {
    const TOPIC: &str = "result";
    let able = machine.families.iter().filter(|facts| facts.can_ping());
    let able = able.map(|facts| {
        let kind = if facts.raw.is_ok() { "raw" } else { "ping" };
        format!("{} ({kind} socket)", facts.family.name())
    });
    let able: Vec<String> = able.collect();
    if able.is_empty() {
        return Finding {
            state: State::Problem,
            ..ok(
                TOPIC,
                "rping cannot ping: one of the changes above is enough",
            )
        };
    }
    ok(TOPIC, format!("rping can ping: {}", listed(&able)))
}

fn is_forbidden(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::PermissionDenied
}

/// Reported in the finding about the family.
fn is_of_the_family(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::EAFNOSUPPORT)
}

/// An unavailable kind of socket: harmless if the other one is available.
fn unless_other(other: &io::Result<()>, topic: &'static str, text: String) -> Finding {
    if other.is_ok() {
        ok(topic, text)
    } else {
        let state = State::Problem;
        Finding {
            state,
            ..ok(topic, text)
        }
    }
}

/// One finding if both families have the same, otherwise one for each family.
fn together(machine: &Machine, judge: impl Fn(&FamilyFacts) -> Option<Finding>) -> Vec<Finding> {
    let named = machine
        .families
        .iter()
        .filter_map(|facts| Some((facts.family.name(), judge(facts)?)));
    let mut merged: Vec<(String, Finding)> = Vec::new();
    for (family, finding) in named {
        match merged.last_mut() {
            Some((families, before)) if *before == finding => {
                *families = format!("{families} and {family}");
            }
            _ => merged.push((family.to_owned(), finding)),
        }
    }
    let with_family = |(families, finding): (String, Finding)| Finding {
        text: format!("{families} {}", finding.text),
        ..finding
    };
    merged.into_iter().map(with_family).collect()
}

fn program(machine: &Machine) -> String {
    let path = machine.program.path.as_ref();
    path.map_or_else(|| "rping".to_owned(), |path| path.display().to_string())
}

fn raw_is_forbidden(machine: &Machine) -> String {
    let reason = match machine.obstacle {
        Some(obstacle) => obstacle.reason(&program(machine)),
        None => "this program has no CAP_NET_RAW".to_owned(),
    };
    format!("not permitted: {reason}")
}

fn raw_is_changed_by(machine: &Machine) -> String {
    let root = AsRoot::of(machine);
    let program = program(machine);
    match machine.obstacle {
        None => root.run(&format!("setcap cap_net_raw=p {program}")),
        Some(Obstacle::NoSuid) => root.run(&format!("install {program} /usr/local/bin/")),
        Some(obstacle) => obstacle.remedy().to_owned(),
    }
}

fn ping_is_changed_by(machine: &Machine) -> String {
    let all = "sysctl net.ipv4.ping_group_range='0 2147483647'";
    if machine.obstacle == Some(Obstacle::ForeignNetwork) {
        return format!("on the host: sudo {all}");
    }
    match (machine.has_host_ids, machine.groups.first()) {
        // The kernel only accepts groups with a number in the user namespace.
        (Some(false), Some(group)) => AsRoot::of(machine).run(&format!(
            "sysctl net.ipv4.ping_group_range='{group} {group}'"
        )),
        _ => AsRoot::of(machine).run(all),
    }
}

/// The kernel's substitute for groups without a number in the user namespace (`kernel.overflowgid`).
const NO_NUMBER: u32 = 65_534;

/// The range, and the groups outside of it.
fn range(machine: &Machine, before: &str) -> String {
    let Some(range) = &machine.ping_groups else {
        return String::new();
    };
    let (first, last) = (range.start(), range.end());
    if machine.has_host_ids == Some(false) && (*first, *last) == (NO_NUMBER, NO_NUMBER) {
        return format!("{before}net.ipv4.ping_group_range has no group of this user namespace");
    }
    let setting = format!("net.ipv4.ping_group_range is {first} {last}");
    let is_member = machine.groups.iter().any(|group| range.contains(group));
    match (range.is_empty(), is_member) {
        (true, _) => format!("{before}{setting}, which is no group"),
        (false, true) => format!("{before}{setting}"),
        (false, false) => {
            let groups: Vec<String> = machine.groups.iter().map(ToString::to_string).collect();
            let has = if groups.len() == 1 { "is" } else { "are" };
            format!("{before}{setting}, and {} {has} not in it", listed(&groups))
        }
    }
}
