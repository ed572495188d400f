//! `--doctor`: evaluates the facts about this machine, and names the command that changes each. Pure.

mod program;
mod sockets;
mod surroundings;

use std::io;
use std::net::SocketAddr;

use crate::event::{Finding, State};
use crate::net::Machine;

/// A name server, and whether this host has a route to it.
pub type NameServer = (SocketAddr, io::Result<()>);

/// The findings about this machine and these name servers, in reading order. The last one says whether it can ping.
#[must_use]
pub fn findings(machine: &Machine, servers: &io::Result<Vec<NameServer>>) -> Vec<Finding> {
    let mut findings = vec![program::file(machine), program::rights(machine)];
    findings.extend(sockets::raw(machine));
    findings.extend(sockets::ping(machine));
    findings.extend(
        (machine.families.iter()).map(|facts| surroundings::family(facts, AsRoot::of(machine))),
    );
    findings.push(surroundings::name_servers(servers, AsRoot::of(machine)));
    findings.extend(surroundings::time_stamps(machine));
    findings.extend(surroundings::confinement(machine));
    findings.push(surroundings::open_files(machine));
    findings.push(sockets::verdict(machine));
    findings
}

fn ok(topic: &'static str, text: impl Into<String>) -> Finding {
    let (state, text, change) = (State::Ok, text.into(), None);
    Finding {
        state,
        topic,
        text,
        change,
    }
}

fn warning(topic: &'static str, text: impl Into<String>) -> Finding {
    let state = State::Warning;
    Finding {
        state,
        ..ok(topic, text)
    }
}

impl Finding {
    /// Adds the remedy.
    fn changed_by(self, change: impl Into<String>) -> Self {
        let change = Some(change.into());
        Self { change, ..self }
    }
}

/// The prefix that runs a command with root's rights; empty for root.
#[derive(Debug, Clone, Copy)]
struct AsRoot(&'static str);

impl AsRoot {
    fn of(machine: &Machine) -> Self {
        Self(if machine.user == 0 { "" } else { "sudo " })
    }

    fn run(self, command: &str) -> String {
        format!("{}{command}", self.0)
    }
}

/// A list with commas, and `and` before the last element.
fn listed(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests;
