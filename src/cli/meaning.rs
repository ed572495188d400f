//! The combined meaning of the options.

use std::time::Duration;

use super::args::{Color, Typed};
use super::node_information::{self, Question};
use super::size::check_early;
use super::way::{
    Asks, Hints, clock_choice, family, hops_and_host, interface, ip_option, reverse, socket_choice,
};
use super::{
    Environment, Invocation, Refusal, export, icmp_timestamp, live, many, sweep_size, watch,
};
use crate::config::{
    Config, Destination, Face, MarkWarning, Message, Outstanding, Pace, Plan, Request, Schedule,
    Single, SocketChoice, SocketOptions, Sources, Style, Timed, Timeout,
};
use crate::sanitize::Charset;
use crate::wire::{data, timestamp};

/// Minimum interval of an unprivileged user.
const USER_INTERVAL: Duration = Duration::from_millis(2);
/// Maximum preload of an unprivileged user.
const USER_PRELOAD: u32 = 3;
/// The interval of a flood without replies.
const FLOOD_INTERVAL: Duration = Duration::from_millis(10);

const DEFAULT_INTERVAL: Duration = Duration::from_secs(1);
const DEFAULT_PRELOAD: u32 = 1;
const DEFAULT_SIZE: usize = 56;
pub(super) const DEFAULT_FIRST_SEQUENCE: u16 = 1;

/// The inputs of a [`Config`].
pub(super) struct Asked<'a> {
    pub(super) typed: Typed,
    pub(super) invocation: Invocation,
    pub(super) environment: &'a Environment,
}

impl TryFrom<Asked<'_>> for Config {
    type Error = Refusal;

    fn try_from(asked: Asked<'_>) -> Result<Self, Refusal> {
        let face = asked.invocation.face;
        if many::is_asked(&asked.typed, face) {
            let (config, plan) = many::config(asked)?.split();
            return Ok(config.with(Plan::Many(plan)));
        }
        let config = single(asked).map_err(|refusal| refusal.under(face))?;
        let (config, plan) = config.split();
        Ok(config.with(Plan::One(plan)))
    }
}

/// The config of a run with one target.
fn single(asked: Asked<'_>) -> Result<Config<Single>, Refusal> {
    let Asked {
        mut typed,
        invocation,
        environment,
    } = asked;
    let face = invocation.face;
    icmp_timestamp::refuse(&typed, face)?;
    let sweep = sweep_size::prepare(&mut typed, face)?;
    let question = node_information::question(std::mem::take(&mut typed.node_information), face)?;
    let words = std::mem::take(&mut typed.words);
    let via = std::mem::take(&mut typed.via);
    let (hops, host) = hops_and_host(words, via, question.as_ref(), face)?;
    let forbidden_pace = forbidden_pace(&typed, face, environment.root);
    if face == Face::Rping && forbidden_pace.is_some() {
        return Err(too_fast(&typed));
    }
    let ip_option = ip_option(&typed, hops.len(), face)?;
    let (device, sources) = interface(&typed, face)?;
    let hints = Hints {
        face,
        host: Some(&host),
        asks: Asks::of(&typed, question.is_some()),
        hops: hops.len(),
        ip_option: ip_option.is_some(),
        broadcast: typed.broadcast,
        sources,
    };
    let family = family(&typed, invocation.family, &hints)?;
    let kind = socket_choice(&typed, question.is_some())?;
    // iputils accepts a source address of either family.
    let has_source = face == Face::Ping && sources != Sources::default();
    let watching = watch::watching(&typed, face)?;
    let config = Config {
        program: invocation.program,
        exports: export::exports(&typed.exports)?,
        plan: Single {
            destination: Destination {
                reverse: reverse(&typed, face, environment),
                host,
                family,
                hops,
            },
            schedule: schedule(&typed, face, environment.root)?,
            sweep,
            forbidden_pace,
        },
        style: style(&typed, face, environment),
        conditions: std::mem::take(&mut typed.fail_if),
        // Sizes that do not pass would take the target down.
        watching: sweep.is_none().then_some(watching),
        socket: SocketOptions {
            sticky_source: typed.sticky_source || has_source,
            ip_option,
            ..socket(&typed, kind, (device, sources))
        },
        message: message(typed, question),
    };
    check_early(&config)?;
    Ok(config)
}

/// The socket options, except those that only one target has: options of the IP header, and a sticky source.
pub(super) fn socket(
    typed: &Typed,
    kind: SocketChoice,
    (device, sources): (Option<String>, Sources),
) -> SocketOptions {
    SocketOptions {
        kind,
        identifier: typed.identifier,
        device,
        outgoing_interface: None,
        sources,
        sticky_source: false,
        connect: typed.connect,
        time_to_live: typed.ttl.as_ref().map(|it| it.value),
        traffic_class: typed.tos.as_ref().map(|it| it.value),
        mark: typed.mark,
        path_mtu_discovery: typed.pmtudisc.map(Into::into),
        flow_label: typed.flow_label.as_ref().map(|it| it.value),
        ip_option: None,
        broadcast: typed.broadcast,
        no_multicast_loop: typed.no_loopback,
        bypass_routing: typed.bypass_routing,
        debug: typed.debug_socket,
        send_buffer: typed.send_buffer,
        clock: clock_choice(typed),
        mark_warning: MarkWarning::Iputils,
        receives_traffic_class: false,
        receives_destination: false,
    }
}

/// Rejects values that only `ping` accepts.
pub(super) fn refuse_values_of_ping(typed: &Typed, face: Face) -> Result<(), Refusal> {
    let Typed {
        pattern,
        tos,
        ttl,
        flow_label,
        interface,
        ..
    } = typed;
    let refusals = [
        pattern.as_ref().and_then(|it| it.refusal.as_ref()),
        tos.as_ref().and_then(|it| it.refusal.as_ref()),
        ttl.as_ref().and_then(|it| it.refusal.as_ref()),
        flow_label.as_ref().and_then(|it| it.refusal.as_ref()),
        interface.iter().find_map(|it| it.refusal.as_ref()),
    ];
    match (face, refusals.into_iter().flatten().next()) {
        (Face::Rping, Some(why)) => Err(why.clone()),
        _ => Ok(()),
    }
}

pub(super) fn warnings(typed: &Typed, environment: &Environment) -> Vec<&'static str> {
    let mut warnings = Vec::new();
    let told = typed.numeric || typed.resolve;
    if environment.ptr_lookup_disabled && !told && !typed.quiet {
        warnings.push("WARNING: reverse DNS resolution (PTR lookup) disabled, enforce with -H");
    }
    if typed.identifier == Some(0) && typed.verbose && typed.socket.is_none() {
        warnings.push("WARNING: ident 0 => forcing raw socket");
    }
    warnings
}

fn schedule(typed: &Typed, face: Face, root: bool) -> Result<Schedule, Refusal> {
    let preload = typed.preload.unwrap_or(DEFAULT_PRELOAD);
    if preload > USER_PRELOAD && !root {
        return Err(Refusal::new(match face {
            Face::Ping => format!("cannot set preload to value greater than 3: {preload}"),
            Face::Rping => {
                format!(
                    "-l {preload}: more than {USER_PRELOAD} probes at once need root; use {USER_PRELOAD} or less"
                )
            }
        }));
    }
    Ok(Schedule {
        pace: pace(typed, face, root),
        preload,
        count: typed.count,
        until_reply: typed.until_reply,
        deadline: typed.deadline.filter(|deadline| !deadline.is_zero()),
        timeout: match (typed.timeout, face) {
            (None, _) => Timeout::Patient,
            (Some(Duration::ZERO), Face::Ping) => Timeout::Linger(Duration::MAX),
            (Some(Duration::ZERO), Face::Rping) => Timeout::Never,
            (Some(timeout), Face::Ping) => Timeout::Linger(timeout),
            (Some(timeout), Face::Rping) => Timeout::PerProbe(timeout),
        },
        outstanding: match (typed.outstanding, face) {
            (true, Face::Ping) => Outstanding::BeforeNext,
            (true, Face::Rping) => Outstanding::Both,
            (false, Face::Rping) => Outstanding::Overdue,
            (false, Face::Ping) => Outstanding::Silent,
        },
        timed: match face {
            Face::Ping => Timed::All,
            Face::Rping => Timed::Faithful,
        },
        start: clock_choice(typed).start(),
        first_sequence: typed.first_sequence.unwrap_or(DEFAULT_FIRST_SEQUENCE),
    })
}

/// The interval, zero for a flood. iputils truncates to whole milliseconds, and zero milliseconds is a flood.
fn interval(typed: &Typed, face: Face) -> Duration {
    let default = if typed.flood {
        Duration::ZERO
    } else {
        DEFAULT_INTERVAL
    };
    let interval = typed.interval.unwrap_or(default);
    match face {
        Face::Rping => interval,
        Face::Ping => {
            let finer = interval.subsec_nanos() % 1_000_000;
            interval.saturating_sub(Duration::from_nanos(finer.into()))
        }
    }
}

/// The error for a pace that needs root, in rping's words.
fn too_fast(typed: &Typed) -> Refusal {
    let (option, remedy) = match typed.interval {
        Some(interval) => (format!("-i {}", interval.as_secs_f64()), "use"),
        None => ("-f".to_owned(), "add"),
    };
    let least = USER_INTERVAL.as_secs_f64();
    Refusal::new(format!(
        "{option}: less than {least} s between probes needs root; {remedy} -i {least} or more"
    ))
}

/// The error for a forbidden pace, in iputils' words.
fn forbidden_pace(typed: &Typed, face: Face, root: bool) -> Option<String> {
    let interval = interval(typed, face);
    if interval < USER_INTERVAL && !root {
        let why =
            "cannot flood, minimal interval for user must be >= 2 ms, use -i 0.002 (or higher)";
        return Some(why.to_owned());
    }
    // iputils multiplies both in milliseconds, in an `int`.
    let preload = u128::from(typed.preload.unwrap_or(DEFAULT_PRELOAD));
    let milliseconds = interval.as_millis();
    let is_illegal = milliseconds >= u128::from(i32::MAX.unsigned_abs()) / preload;
    (face == Face::Ping && is_illegal)
        .then(|| format!("illegal preload and/or interval: {milliseconds}"))
}

fn pace(typed: &Typed, face: Face, root: bool) -> Pace {
    let interval = interval(typed, face);
    match (typed.adaptive, interval) {
        (true, interval) => Pace::Adaptive {
            initial: if interval.is_zero() {
                FLOOD_INTERVAL
            } else {
                interval
            },
            floor: if root { Duration::ZERO } else { USER_INTERVAL },
        },
        (false, Duration::ZERO) => Pace::Flood,
        (false, interval) => Pace::Interval(interval),
    }
}

pub(super) fn style(typed: &Typed, face: Face, environment: &Environment) -> Style {
    let automatic = face == Face::Rping && !environment.terminal_is_dumb && !environment.no_color;
    let colour = |is_terminal: bool| match typed.color {
        Some(Color::Always) => true,
        Some(Color::Never) => false,
        Some(Color::Auto) | None => automatic && is_terminal,
    };
    let pattern = typed.pattern.as_ref().filter(|_| !typed.quiet);
    Style {
        face,
        quiet: typed.quiet || typed.live.live,
        verbose: typed.verbose,
        flood: typed.flood,
        paced_by_replies: typed.flood || typed.adaptive || interval(typed, face).is_zero(),
        audible: typed.audible,
        timestamps: typed.timestamps,
        full_precision: typed.full_precision,
        histogram: typed.histogram,
        json: (typed.json.filter(|_| face == Face::Rping)).map(Into::into),
        ping_json: typed.json.is_some() && face == Face::Ping,
        live: live::live(typed, environment, colour(environment.stdout_is_terminal)),
        colour: colour(environment.stdout_is_terminal),
        stderr_colour: colour(environment.stderr_is_terminal),
        // JSON escapes characters itself.
        charset: match typed.json {
            Some(_) if face == Face::Rping => Charset::Utf8,
            _ => environment.charset,
        },
        announced_pattern: pattern.map(|pattern| pattern.value.clone()),
        width: environment.width.filter(|_| environment.stdout_is_terminal),
        one_interface: (typed.interface.iter()).any(|it| it.value.device.is_some()),
        broadcast: typed.broadcast,
        transitions: tells_transitions(typed, face),
    }
}

/// Whether a line reports that a target goes down: not under the name `ping`, and not in the dots of a flood. With `-q`
/// only on request.
fn tells_transitions(typed: &Typed, face: Face) -> bool {
    let draws_dots = typed.flood && !typed.quiet;
    let is_wanted = !typed.quiet || typed.watch.asks_for_lines();
    face == Face::Rping && is_wanted && !draws_dots
}

pub(super) fn message(typed: Typed, question: Option<Question>) -> Message {
    let pattern = match typed.pattern.map(|it| it.value) {
        None => data::Pattern::Counting,
        // An empty pattern leaves zeros.
        Some(octets) if octets.is_empty() => data::Pattern::Repeated(vec![0]),
        Some(octets) => data::Pattern::Repeated(octets),
    };
    if typed.diagnosis.icmp_timestamp {
        return Message {
            size: timestamp::DATA_LENGTH,
            pattern,
            request: Request::Timestamp,
        };
    }
    Message {
        size: typed.size.unwrap_or(DEFAULT_SIZE),
        pattern,
        request: question.map_or(Request::Echo, |Question { query, subject, .. }| {
            Request::NodeInformation { query, subject }
        }),
    }
}
