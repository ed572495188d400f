//! `--doctor`: examines this machine and reports what it allows.

use anyhow::{Context, Result};

use super::write;
use crate::clock::{Clock, SystemClock};
use crate::config::Doctor;
use crate::doctor;
use crate::driver::unwritable;
use crate::exit::Exit;
use crate::net::{Machine, Privileges, look_for_route};
use crate::output::Stream;
use crate::report;
use crate::resolve;

/// Examines this machine and prints the findings.
///
/// # Errors
/// A privilege could not be dropped, the program could not be confined, or the output cannot be written.
pub(super) fn run(style: Doctor, privileges: Privileges) -> Result<Exit> {
    // Before confinement, which forbids lookups of routes.
    let servers = resolve::name_servers().map(|servers| {
        let with_route = |server| (server, look_for_route(server));
        servers.into_iter().map(with_route).collect()
    });
    let out = Stream::stdout();
    let machine = Machine::examine(privileges).context("cannot confine the program")?;
    let findings = doctor::findings(&machine, &servers);
    let text = if style.json {
        report::json::doctor(&findings, machine.can_ping(), SystemClock.wall())?
    } else {
        report::doctor::lines(&findings, &style)
    };
    write(out, &text).map_err(unwritable)?;
    Ok(Exit::of_doctor(machine.can_ping()))
}
