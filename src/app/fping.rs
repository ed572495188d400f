//! The differences of a run under the name `fping`.

use std::fmt;
use std::io;
use std::rc::Rc;

use anyhow::Result;

use super::calendar::local_time;
use super::random::random;
use super::target_table::TargetTable;
use super::{Failure, message, messages};
use crate::config::many::Need;
use crate::config::{Config, Face, FpingStyle, Several};
use crate::event::Directory;
use crate::exit::{Exit, FpingExit};
use crate::net::{self, OpenError};
use crate::report::fping::Text;
use crate::report::{Outlet, Report};
use crate::resolve::Reverse;
use crate::sanitize;
use crate::wire::data::Pattern;

/// Random octets that fill the data repeatedly: more than a link's compression looks back.
const RANDOM: usize = 2048;

/// Checks that the interface exists, and fills in random data. Called before any target is read.
pub(super) fn prepared(mut config: Config<Several>) -> Result<Config<Several>> {
    let Some(style) = config.plan.fping else {
        return Ok(config);
    };
    if let Some(name) = &config.socket.device
        && net::interface_index(name).is_none()
    {
        return Err(OpenError::UnknownInterface(name.clone()).into());
    }
    if let Some(name) = &config.socket.outgoing_interface
        && net::interface_index(name).is_none()
    {
        return Err(UnknownOutgoing(name.clone()).into());
    }
    if style.random_data {
        config.message.pattern = Pattern::Repeated(random::<RANDOM>()?.to_vec());
    }
    Ok(config)
}

/// Fails if there are no targets.
pub(super) fn check_targets(
    config: &Config<Several>,
    book: &TargetTable,
    complaints: &[String],
) -> Result<()> {
    if config.plan.fping.is_none() || !book.is_all_left_out() {
        return Ok(());
    }
    let told = if config.style.quiet { &[] } else { complaints };
    Err(NoTargets {
        lines: told.to_vec(),
        exit: exit(config, book, false),
    }
    .into())
}

/// The error for a run without targets.
#[derive(Debug)]
struct NoTargets {
    lines: Vec<String>,
    exit: Exit,
}

impl fmt::Display for NoTargets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines.join("\n"))
    }
}

impl std::error::Error for NoTargets {}

pub(super) fn report<O: Outlet, E: Outlet>(
    config: &Config<Several>,
    style: FpingStyle,
    book: &Rc<TargetTable>,
    outlets: (O, E),
    names: Reverse,
) -> impl Report + use<O, E> {
    Text::new(
        (style, &config.style),
        &config.program,
        Rc::clone(book) as Rc<dyn Directory>,
        outlets,
        names,
        local_time,
    )
}

pub(super) fn exit(config: &Config<Several>, book: &TargetTable, enough: bool) -> Exit {
    let is_required = matches!(config.plan.need, Need::Reached(_) | Need::InTheEnd(_));
    Exit::Fping(if book.as_given().next().is_some() && is_required {
        if enough {
            FpingExit::Reachable
        } else {
            FpingExit::Unreachable
        }
    } else if book.unknown() > 0 {
        FpingExit::UnknownName
    } else if enough && !book.is_all_left_out() {
        FpingExit::Reachable
    } else {
        FpingExit::Unreachable
    })
}

/// The error for an unknown interface of `--oiface`.
#[derive(Debug)]
struct UnknownOutgoing(String);

impl fmt::Display for UnknownOutgoing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown interface '{}'", self.0)
    }
}

impl std::error::Error for UnknownOutgoing {}

/// The error for a file of targets that cannot be opened.
#[derive(Debug)]
pub(super) struct Unopened(pub(super) anyhow::Error);

impl fmt::Display for Unopened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let error = self
            .0
            .chain()
            .find_map(|cause| cause.downcast_ref::<io::Error>());
        match error {
            Some(error) => write!(f, "fopen : {}", crate::errno::text(error)),
            None => write!(f, "fopen : {}", message(&self.0)),
        }
    }
}

impl std::error::Error for Unopened {}

/// The message for an error, in the words that scripts match.
pub(super) fn failure(error: &anyhow::Error, program: &str) -> Failure {
    if let Some(NoTargets { lines, exit }) = error.downcast_ref() {
        let lines = lines.iter().map(sanitize::visible).collect();
        return Failure { lines, exit: *exit };
    }
    let ours = || messages(error, Face::Ping).join("; ");
    let (line, exit) = match error.downcast_ref() {
        Some(OpenError::Forbidden { .. }) => (
            format!(
                "{program}: can't create socket (must run as root?): {}",
                ours()
            ),
            FpingExit::SystemFailure,
        ),
        // In the format of perror, without the program's name.
        Some(OpenError::UnknownInterface(_)) => (
            "binding to specific interface (SO_BINDTODEVICE): No such device".to_owned(),
            FpingExit::Unreachable,
        ),
        Some(OpenError::Failed { operation, error }) if operation.contains("bind") => (
            format!(
                "{program}: cannot bind source address : {}",
                crate::errno::text(error)
            ),
            FpingExit::SystemFailure,
        ),
        _ if error.is::<UnknownOutgoing>() => {
            (format!("{program}: {}", ours()), FpingExit::Unreachable)
        }
        _ => (format!("{program}: {}", ours()), FpingExit::SystemFailure),
    };
    Failure {
        lines: vec![sanitize::visible(line)],
        exit: Exit::Fping(exit),
    }
}
