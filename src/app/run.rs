//! The steps that all kinds of runs share, once targets are known and sockets are open.

use std::rc::Rc;
use std::time::Instant;

use anyhow::{Result, anyhow};

use super::{Outlets, PROGRESS, Ready, codec, conclude, exports, warn};
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, Message};
use crate::driver::{Driver, Finished, ReceiveMode, Reminders, unwritable};
use crate::engine::Engine;
use crate::event::{Directory, Event, Start, TargetSource};
use crate::exit::Exit;
use crate::net::Sockets;
use crate::report::conditions::Conditions;
use crate::report::json::{self, Json};
use crate::report::{Beside, Report, Reports};
use crate::resolve::Reverse;

/// The steps that differ between one target and many.
pub(super) trait Kind {
    /// The command line's settings for this kind of run.
    type Plan;
    /// Finds the target of an address.
    type Targets: TargetSource;
    /// How arrivals are passed to the engine.
    const RECEIVE_MODE: ReceiveMode;

    fn config(&self) -> &Config<Self::Plan>;

    fn message(&self) -> Message {
        self.config().message.clone()
    }

    /// The settings of the run for JSON lines, and its targets. `host` is the name of this host.
    ///
    /// # Errors
    /// The kernel has no random numbers.
    fn about(
        &self,
        host: Option<String>,
        sockets: &Sockets,
    ) -> Result<(json::Run, Rc<dyn Directory>)>;

    /// The report for people.
    fn text(&self, outlets: Outlets, names: Reverse) -> Reports<'static>;

    /// Whether to print only the address of a target that has one.
    fn is_numeric(&self) -> bool;

    /// Whether the text prints the outcome of each probe.
    fn text_has_outcomes(&self) -> bool {
        false
    }

    /// The event before the first probe.
    fn start(&self, sockets: &Sockets) -> Start;

    /// The reason why the run ends after its first line.
    fn refusal(&self) -> Option<&str> {
        None
    }

    /// Periodic events, except those for files.
    fn reminders(&self) -> Reminders {
        Reminders::default()
    }

    /// The exit code of a finished run.
    ///
    /// # Errors
    /// There were no targets, or a condition cannot be evaluated.
    fn exit(&self, finished: Finished) -> Result<Exit>;
}

/// The settings for a new engine.
pub(super) struct Beginning<'a> {
    pub(super) sockets: &'a Sockets,
    pub(super) at: Instant,
    /// Whether any report prints the outcome of each probe.
    pub(super) tells_outcomes: bool,
    /// Whether any report prints all figures of each target.
    pub(super) keeps_everything: bool,
}

/// Warnings before the first line.
pub(super) struct Warnings {
    /// Printed before warnings about the kernel.
    pub(super) before: Vec<String>,
    /// Printed after them.
    pub(super) after: Vec<String>,
}

/// Runs to the end.
///
/// # Errors
/// One line for standard error, without the program's name.
pub(super) fn run<K: Kind, E: Engine>(
    kind: &K,
    ready: Ready,
    (targets, names): (K::Targets, Reverse),
    warnings: Warnings,
    engine: impl FnOnce(&Beginning<'_>) -> Result<E>,
) -> Result<Exit> {
    let config = kind.config();
    let sockets = ready.sockets;
    let start = kind.start(&sockets);
    let about = || kind.about(ready.host_name.clone(), &sockets);
    let mut beside = exports::and_json(ready.beside, ready.json_file, &config.program, about)?;
    let mut report = match config.style.json {
        None => kind.text(ready.outlets, names),
        Some(detail) => {
            let (run, directory) = about()?;
            let program = &config.program;
            let lines = Json::new(detail, run, program, directory, ready.outlets, names);
            Reports::default().and(lines)
        }
    };
    let has_view = ready.view.is_some();
    if let Some(view) = ready.view {
        let whom = (about()?.1, kind.is_numeric());
        report = view.before(report, &config.style, whom, ready.curtain);
    }
    let keeps_everything = config.style.json.is_some() || has_view || !beside.is_empty();
    let tells_outcomes = keeps_everything || kind.text_has_outcomes();
    let reminders = kind.reminders();
    let mut all = Beside(&mut report, Reports::default().and(&mut beside));
    let told = warnings.before.into_iter().chain(ready.lacking);
    warn(&mut all, told.chain(warnings.after));
    drop(all);
    if let Some(why) = kind.refusal() {
        let first_line = report.event(&Event::Started(&start), &|| SystemClock.wall().into());
        first_line.map_err(unwritable)?;
        return Err(anyhow!("{why}"));
    }
    let began = SystemClock.now();
    let engine = engine(&Beginning {
        sockets: &sockets,
        at: began,
        tells_outcomes,
        keeps_everything,
    })?;
    let driver = Driver {
        engine,
        codec: codec(kind.message(), config.socket.traffic_class, &sockets),
        network: sockets,
        clock: SystemClock,
        report: Beside(&mut report, Reports::default().and(&mut beside)),
        interrupts: ready.signals,
        targets,
        receive_mode: K::RECEIVE_MODE,
        reminders: Reminders {
            progress: has_view.then_some(PROGRESS).or(reminders.progress),
            snapshot: ready.exports.period(),
            ..reminders
        },
        outcomes: tells_outcomes,
        began,
        conditions: Conditions::new(config.conditions.clone(), config.style.face),
    };
    let outcome = driver
        .run(&start)
        .and_then(|finished| Ok((kind.exit(finished)?, finished.ending)));
    conclude(report, (beside, ready.exports), began, outcome)
}
