//! From argv to the exit code: parses the command line, manages privileges, and starts the run.

mod calendar;
mod complaints;
mod destination;
mod doctor;
mod exports;
mod fping;
mod fragments;
mod input;
mod interface;
mod json;
mod list;
#[cfg(feature = "live")]
mod live;
#[cfg(not(feature = "live"))]
#[path = "live/without.rs"]
mod live;
mod many;
mod merge;
mod one;
mod path_mtu;
mod random;
mod replay;
mod run;
mod target_table;

use std::cell::Cell;
use std::env;
use std::ffi::OsString;
use std::fmt;
use std::io::{self, IsTerminal};
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::cli::{self, Command, Dialect, Environment, Invocation};
use crate::clock::{Clock, SystemClock};
use crate::codec::{Codec, SocketParams};
use crate::config::{ClockChoice, Config, Exports, Face, Message, Plan};
use crate::driver::{is_reader_gone, unwritable};
use crate::errno;
use crate::event::{Directory, Ended, Ending, Event, Moment};
use crate::exit::Exit;
use crate::net::{
    DepartureStamps, Family, Lookups, OpenError, Privileges, SocketRequest, SocketTargets, Sockets,
    Unprivileged,
};
use crate::output::{CurtainedOutlet, Optional, Standard, Stream};
use crate::report::{Curtain, Outlet, Report, Reports, Retention};
use crate::sanitize::{self, Charset};
use crate::signals::{self, Signals};
use crate::wire::echo::HEADER_LENGTH;

/// Minimum time between updates of the progress line or the view.
const PROGRESS: Duration = Duration::from_millis(200);

/// Does what the command line asks for. SIGPIPE ends the process if the reader of standard output exits.
///
/// # Errors
/// [`failure`] turns an error into messages and an exit code.
pub fn run(argv: &[OsString]) -> Result<Exit> {
    let outcome = obey(argv);
    if outcome.as_ref().is_err_and(is_reader_gone) {
        signals::end_by_broken_pipe();
    }
    outcome
}

fn obey(argv: &[OsString]) -> Result<Exit> {
    signals::reset().context("cannot handle signals")?;
    // The standard library's hash tables also need random numbers, and panic without them.
    random::random::<1>()?;
    // Before anything else: the next steps read input from users and name servers.
    let privileges = Privileges::set_aside().context("cannot put privileges aside")?;
    match cli::parse(argv, &environment(&privileges))? {
        Command::Run { config, warnings } => start(*config, &warnings, privileges),
        Command::Merge(config) => merge::run(*config, privileges),
        Command::Replay(replay) => replay::run(&replay, privileges),
        Command::Doctor(style) => doctor::run(style, privileges),
        Command::Print {
            text,
            exit,
            to_stderr,
        } => print(&text, to_stderr).map(|()| exit),
    }
}

fn start(config: Config, warnings: &[&'static str], privileges: Privileges) -> Result<Exit> {
    let (config, plan) = config.split();
    match plan {
        Plan::One(plan) => one::run(config.with(plan), warnings, privileges),
        Plan::Many(plan) => many::run(fping::prepared(config.with(plan))?, warnings, privileges),
    }
}

/// Prints warnings before the run. A closed standard error does not stop the measurement.
fn warn(report: &mut impl Report, warnings: impl Iterator<Item = impl AsRef<str>>) {
    for warning in warnings {
        let event = Event::Warning(warning.as_ref());
        let _ = report.event(&event, &|| SystemClock.wall().into());
    }
}

/// Reports the end of the program: the last event of a run.
///
/// # Errors
/// The output cannot be written.
fn tell_end(
    report: &mut impl Report,
    began: Instant,
    outcome: &Result<(Exit, Ending)>,
) -> Result<()> {
    let (exit, ending) = match outcome {
        Ok(ended) => *ended,
        Err(_) => (Exit::Failed, Ending::Error),
    };
    let ended = Ended {
        ending,
        exit_code: exit.code(),
    };
    let told = report.event(&Event::Ended(&ended), &|| Moment {
        wall: SystemClock.wall(),
        since_start: SystemClock.now().saturating_duration_since(began),
    });
    told.map_err(unwritable)
}

/// Ends a run: first the reports beside the main one, which finish their files.
fn conclude(
    mut report: impl Report,
    (mut beside, exports): (Reports<'_>, exports::Running),
    began: Instant,
    outcome: Result<(Exit, Ending)>,
) -> Result<Exit> {
    let told = tell_end(&mut beside, began, &outcome);
    drop(beside);
    let written = exports.finish();
    let outcome = outcome.and_then(|ended| told.and(written).map(|()| ended));
    let told = tell_end(&mut report, began, &outcome);
    outcome.and_then(|(exit, _)| told.map(|()| exit))
}

/// The environment that the command line's meaning depends on.
fn environment(privileges: &Privileges) -> Environment {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
    let width = terminal_size::terminal_size().map(|(width, _)| width.0);
    Environment {
        root: !privileges.is_unprivileged_user(),
        stdout_is_terminal: io::stdout().is_terminal(),
        stderr_is_terminal: io::stderr().is_terminal(),
        charset: charset(),
        no_color: set("NO_COLOR").is_some(),
        terminal_is_dumb: set("TERM").is_none_or(|term| term == "dumb"),
        width,
        columns: set("COLUMNS").and_then(|columns| columns.to_str()?.parse().ok()),
        ptr_lookup_disabled: set("IPUTILS_PING_PTR_LOOKUP").is_some_and(|value| value == "0"),
    }
}

/// Selects the send time stamps to request: only those that a report uses. At a high rate they would slow the run down,
/// so then the user must name a clock to get them. `tells_wait`: whether the wait in this host's queue is printed.
fn departure_stamps(clock: ClockChoice, is_fast: bool, tells_wait: bool) -> DepartureStamps {
    match clock {
        ClockChoice::User => DepartureStamps::None,
        ClockChoice::Best if is_fast => DepartureStamps::None,
        ClockChoice::Wire | ClockChoice::Hardware => DepartureStamps::EntryAndDriver,
        ClockChoice::Best | ClockChoice::Kernel if tells_wait => DepartureStamps::EntryAndDriver,
        ClockChoice::Best | ClockChoice::Kernel => DepartureStamps::Entry,
    }
}

/// Opens the sockets, then drops every privilege for good. From here on signals no longer end the process.
fn open<P>(
    config: &Config<P>,
    (targets, departures, size): (SocketTargets<'_>, DepartureStamps, usize),
    privileges: Privileges,
) -> Result<(Unprivileged, Signals, Option<live::View>)> {
    let (signals, wake) = Signals::take_over().context("cannot handle signals")?;
    let view = live::View::open(config.style.live, &signals)?;
    let request = SocketRequest {
        targets,
        options: &config.socket,
        question: &config.message.request,
        departures,
        traffic_class: config.shows_traffic_class(),
        quoted_headers: config.shows_quoted_headers(),
        message_length: size + HEADER_LENGTH,
        random_identifier: u16::from_ne_bytes(random::random()?),
        wake: Some(wake),
        terminal: view.as_ref().map(live::View::input).transpose()?,
    };
    let unlocked = Sockets::open(request, &privileges)?;
    let unprivileged = unlocked
        .lock_down(privileges)
        .context("cannot give up privileges")?;
    Ok((unprivileged, signals, view))
}

type Outlets = (
    CurtainedOutlet<Optional<Stream<Standard<io::Stdout>>>>,
    CurtainedOutlet<Stream<Standard<io::Stderr>>>,
);

/// Open sockets, without privileges and with this thread confined.
struct Ready {
    sockets: Sockets,
    signals: Signals,
    exports: exports::Running,
    beside: Reports<'static>,
    json_file: Option<exports::JsonFile>,
    outlets: Outlets,
    /// The view of `--live`, and what hides the outlets meanwhile.
    view: Option<live::View>,
    curtain: Rc<Cell<Curtain>>,
    host_name: Option<String>,
    /// Warnings about what the kernel lacks.
    lacking: Vec<String>,
}

/// In this order: reads the time zone, opens the sockets and files, drops every privilege for good, starts the threads
/// for lookups and files, and confines this thread. `asked`: the targets of the sockets, the send time stamps, and the
/// maximum octets of data in a message.
fn get_ready<P, T>(
    config: &Config<P>,
    asked: (SocketTargets<'_>, DepartureStamps, usize),
    privileges: Privileges,
    directory: Option<&Rc<dyn Directory>>,
    start_lookups: impl FnOnce(Lookups, &Signals) -> Result<T>,
) -> Result<(Ready, T)> {
    calendar::prepare();
    let exports = exports::open(&config.exports, &privileges)?;
    let (unprivileged, signals, view) = open(config, asked, privileges)?;
    let exports = exports.start(&unprivileged)?;
    let lookups = start_lookups(unprivileged.lookups(), &signals)?;
    let beside = exports.reports(directory);
    let json_file = exports.json();
    let curtain = Rc::<Cell<Curtain>>::default();
    let outlets = (
        CurtainedOutlet::new(text_output(&config.exports), Rc::clone(&curtain)),
        CurtainedOutlet::new(Stream::stderr(), Rc::clone(&curtain)),
    );
    let host_name = json::host();
    let (sockets, lacking) = unprivileged
        .confine()
        .context("cannot confine the program")?;
    let lacking = lacking.lines(config.style.has_diagnostics());
    let ready = Ready {
        sockets,
        signals,
        exports,
        beside,
        json_file,
        outlets,
        view,
        curtain,
        host_name,
        lacking: lacking.map(str::to_owned).collect(),
    };
    Ok((ready, lookups))
}

/// Standard output for text, or nothing if another format uses it.
fn text_output(exports: &Exports) -> Optional<Stream<Standard<io::Stdout>>> {
    Optional(exports.stdout.is_none().then(Stream::stdout))
}

/// The codec for these sockets. The two families may have different identifiers.
fn codec(message: Message, traffic_class: Option<u8>, sockets: &Sockets) -> Codec {
    let side = |family| SocketParams {
        identifier: sockets.identifier(family).unwrap_or(0),
        raw: sockets.is_raw(family).unwrap_or(false),
    };
    let codec = Codec::new(message, side(Family::Ipv4), side(Family::Ipv6));
    codec.with_traffic_class(traffic_class.unwrap_or(0))
}

/// The character set of the locale, from the first variable that is set (POSIX, section 8.2).
fn charset() -> Charset {
    let variables = ["LC_ALL", "LC_CTYPE", "LANG"].map(env::var_os);
    let locale = variables.into_iter().flatten().find(|it| !it.is_empty());
    let locale = locale.unwrap_or_default();
    let locale = locale.to_string_lossy().to_ascii_lowercase();
    if locale.contains("utf-8") || locale.contains("utf8") {
        Charset::Utf8
    } else {
        Charset::Ascii
    }
}

/// Several errors, each with a line of its own.
#[derive(Debug)]
struct Several(Vec<String>);

impl fmt::Display for Several {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for Several {}

/// The messages and exit code for an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Lines for standard error, usually one.
    pub lines: Vec<String>,
    /// The exit code of the process.
    pub exit: Exit,
}

/// The messages and exit code for an error that ended a run.
#[must_use]
pub fn failure(error: &anyhow::Error, invocation: &Invocation) -> Failure {
    if invocation.dialect == Dialect::Fping {
        return fping::failure(error, &invocation.program);
    }
    let program = &invocation.program;
    let messages = messages(error, invocation.face).into_iter();
    Failure {
        lines: messages
            .map(|message| format!("{program}: {message}"))
            .collect(),
        exit: Exit::Failed,
    }
}

/// The lines for an error, usually one, without the program's name. Under the name `ping` they lack advice that iputils
/// does not give.
fn messages(error: &anyhow::Error, face: Face) -> Vec<String> {
    let lines = match error.downcast_ref() {
        Some(Several(lines)) => lines.clone(),
        None => vec![message(error)],
    };
    let charset = charset();
    let is_forbidden = error
        .chain()
        .any(|cause| matches!(cause.downcast_ref(), Some(OpenError::Forbidden { .. })));
    let printable = |line: String| {
        let advice = match face {
            Face::Rping if is_forbidden => DOCTOR,
            Face::Rping => advice(&line),
            Face::Ping => "",
        };
        sanitize::escape_in(line + advice, charset)
    };
    lines.into_iter().map(printable).collect()
}

/// Behind the error that neither kind of socket is permitted.
const DOCTOR: &str = "; rping --doctor tells more";

/// The advice for an error that can occur in any step. Some steps only keep the error's text.
fn advice(line: &str) -> &'static str {
    let too_few_files = errno::text(&io::Error::from_raw_os_error(libc::EMFILE));
    if line.ends_with(&too_few_files) {
        "; allow 32 or more (ulimit -n 32)"
    } else {
        ""
    }
}

/// An error with its causes in one line, without Rust's additions to the system's text.
#[must_use]
pub fn message(error: &anyhow::Error) -> String {
    let causes = error.chain().map(|cause| match cause.downcast_ref() {
        Some(error) => errno::text(error),
        None => cause.to_string(),
    });
    causes.collect::<Vec<_>>().join(": ")
}

fn print(text: &str, to_stderr: bool) -> Result<()> {
    let written = if to_stderr {
        write(Stream::stderr(), text)
    } else {
        write(Stream::stdout(), text)
    };
    match written {
        // The exit code stays the same if standard error has no reader.
        Err(error) if to_stderr && error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(unwritable),
    }
}

/// Fails if standard output is closed, which the standard library would ignore.
fn write(mut output: impl Outlet, text: &str) -> io::Result<()> {
    output.settle()?;
    output.put(text.as_bytes(), Retention::Required)
}
