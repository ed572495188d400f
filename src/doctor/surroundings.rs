//! The network, the name servers, time stamps, confinement and limits.

use std::io;

use super::{AsRoot, NameServer, listed, ok, warning};
use crate::errno;
use crate::event::Finding;
use crate::net::{Confinement, Family, FamilyFacts, Hardware, InterfaceStamps, Machine};

/// Maximum names of interfaces in a finding.
const NAMED: usize = 8;
/// More files than a run opens.
const FILES: u64 = 32;

/// Whether this host can reach itself and others.
pub(super) fn family(facts: &FamilyFacts, root: AsRoot) -> Finding {
    let (topic, setting, route, loopback) = match facts.family {
        Family::Ipv4 => ("IPv4", "", "ip route", "127.0.0.1"),
        Family::Ipv6 => (
            "IPv6",
            "net.ipv6.conf.all.disable_ipv6",
            "ip -6 route",
            "::1",
        ),
    };
    if let (Err(error), Err(_)) = (&facts.raw, &facts.ping)
        && error.raw_os_error() == Some(libc::EAFNOSUPPORT)
    {
        return warning(topic, format!("this kernel has no {topic}"));
    }
    if facts.is_disabled {
        return warning(topic, format!("switched off: {setting} is 1"))
            .changed_by(root.run(&format!("sysctl {setting}=0")));
    }
    if let Err(error) = &facts.loopback {
        return warning(
            topic,
            format!("no route to {loopback}: {}", errno::text(error)),
        )
        .changed_by(root.run("ip link set lo up"));
    }
    if let Err(error) = &facts.beyond {
        let text = format!(
            "no route beyond networks of this host: {}",
            errno::text(error)
        );
        return warning(topic, text)
            .changed_by(root.run(&format!("{route} add default via ROUTER")));
    }
    ok(topic, "routes to this host and to other networks")
}

/// The configured name servers. No query is sent.
pub(super) fn name_servers(servers: &io::Result<Vec<NameServer>>, root: AsRoot) -> Finding {
    const TOPIC: &str = "name server";
    const FILE: &str = "/etc/resolv.conf";
    let servers = match servers {
        Ok(servers) => servers,
        Err(error) => {
            return warning(TOPIC, format!("{FILE}: {}", errno::text(error)))
                .changed_by(root.run(&format!("chmod a+r {FILE}")));
        }
    };
    if servers.is_empty() {
        let text = format!("{FILE} names none, so the one on this host is asked");
        return warning(TOPIC, text).changed_by(format!(
            "echo nameserver ADDRESS | {}",
            root.run(&format!("tee -a {FILE}"))
        ));
    }
    let addresses: Vec<String> = servers.iter().map(|(it, _)| it.ip().to_string()).collect();
    let text = format!("{} (not asked)", listed(&addresses));
    let unreachable = servers
        .iter()
        .find_map(|(it, route)| Some((it, route.as_ref().err()?)));
    match unreachable {
        None => ok(TOPIC, text),
        Some((server, error)) => {
            let text = format!(
                "{text}; no route to {}: {}",
                server.ip(),
                errno::text(error)
            );
            warning(TOPIC, text).changed_by(root.run(&format!("vi {FILE}")))
        }
    }
}

/// The clocks that can measure, for each interface.
pub(super) fn time_stamps(machine: &Machine) -> Vec<Finding> {
    const TOPIC: &str = "time stamps";
    if !machine.stamps.kernel {
        let text = "the kernel gives none: this program's clock measures, which is less exact";
        return vec![warning(TOPIC, text)];
    }
    let mut groups: Vec<(&InterfaceStamps, Vec<String>)> = Vec::new();
    for interface in &machine.stamps.interfaces {
        let alike = groups.iter_mut().find(|(first, _)| {
            (first.driver, first.hardware) == (interface.driver, interface.hardware)
        });
        match alike {
            Some((_, names)) => names.push(interface.name.clone()),
            None => groups.push((interface, vec![interface.name.clone()])),
        }
    }
    if groups.is_empty() {
        return vec![ok(TOPIC, "by the kernel (--clock kernel)")];
    }
    let lines = groups.into_iter().map(|(like, names)| {
        let text = format!("{}: {}", shortened(&names), clocks(like));
        match (like.hardware, names.first()) {
            (Hardware::Off, Some(name)) => ok(TOPIC, text)
                .changed_by(AsRoot::of(machine).run(&format!("hwstamp_ctl -i {name} -t 1 -r 1"))),
            _ => ok(TOPIC, text),
        }
    });
    lines.collect()
}

fn clocks(interface: &InterfaceStamps) -> String {
    let wire = interface.driver.then_some("wire");
    let hardware = match interface.hardware {
        Hardware::None => None,
        Hardware::Off => Some("hardware (switched off)"),
        Hardware::On => Some("hardware"),
    };
    let clocks = [Some("kernel"), wire, hardware].into_iter().flatten();
    let clocks: Vec<String> = clocks.map(str::to_owned).collect();
    format!("--clock {}", listed(&clocks))
}

fn shortened(names: &[String]) -> String {
    match names.get(..NAMED) {
        Some(first) if names.len() > NAMED => {
            format!("{} and {} more", first.join(", "), names.len() - NAMED)
        }
        _ => listed(names),
    }
}

/// How far a run is confined, and other missing features.
pub(super) fn confinement(machine: &Machine) -> Vec<Finding> {
    let Confinement {
        was_filtered,
        landlock,
        lacking,
    } = &machine.confinement;
    let lacks: Vec<&str> = lacking.lines(true).collect();
    let lacks_seccomp = lacks.iter().any(|line| line.contains("seccomp"));
    let mut findings = Vec::new();
    if !lacks_seccomp {
        let before = match was_filtered {
            Some(true) => "; another one was in force before",
            _ => "",
        };
        findings.push(ok(
            "seccomp",
            format!("a filter of system calls confines a run{before}"),
        ));
    }
    if let Ok(version) = landlock {
        let text = format!("version {version} of its interface keeps a run from files");
        findings.push(ok("Landlock", text));
    }
    findings.extend(lacks.into_iter().map(|line| {
        let found = warning("kernel", line.strip_prefix("WARNING: ").unwrap_or(line));
        if line.starts_with("landlock") {
            found.changed_by("add landlock to the kernel parameter lsm=")
        } else {
            found
        }
    }));
    findings
}

/// The limit of open files.
pub(super) fn open_files(machine: &Machine) -> Finding {
    const TOPIC: &str = "open files";
    match machine.open_files {
        Some(most) if most < FILES => {
            warning(TOPIC, format!("at most {most}, and a run may need {FILES}"))
                .changed_by(format!("ulimit -n {FILES}"))
        }
        Some(most) => ok(TOPIC, format!("at most {most}")),
        None => ok(TOPIC, "no limit"),
    }
}
