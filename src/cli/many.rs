//! The meaning of the options for many targets.

use std::fmt;
use std::time::Duration;

use super::args::{Clock, SortBy, Typed, TypedMany};
use super::meaning::{self, Asked};
use super::values::{Quorum, Rate};
use super::way::{Asks, Hints, clock_choice, family, interface, no_destination, socket_choice};
use super::{Environment, Refusal, export, icmp_timestamp, path_mtu, watch};
use crate::config::many::{
    AddressNames, Backoff, Fragments, Groups, Mode, Need, Schedule, Spacing, Targets,
};
use crate::config::{Config, Face, FamilyChoice, Listed, ManyStyle, Several, Sort};
use crate::target::is_for_several;

/// The default rate in probes a second over all targets, and the maximum for an unprivileged user (fping's limit).
const USER_RATE: u32 = 1000;

/// Minimum period of an unprivileged user (fping's limit).
const USER_PERIOD: Duration = Duration::from_millis(10);

const DEFAULT_PERIOD: Duration = Duration::from_secs(1);

/// Default timeouts: in rounds, and for the first probe of `--alive`.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(1);
const DEFAULT_FIRST_TIMEOUT: Duration = Duration::from_millis(500);

/// As in fping.
const DEFAULT_RETRIES: u8 = 3;

/// Whether the command line asks for many targets.
pub(super) fn is_asked(typed: &Typed, face: Face) -> bool {
    let TypedMany {
        targets,
        exclude,
        exclude_file,
        all_addresses,
        whole_networks,
        random_order,
        limit,
        shard,
        skip_bad,
        rate,
        alive,
        dead,
        retries,
        need,
        sort,
        summary_every,
    } = &typed.many;
    let files = [targets, exclude_file]
        .iter()
        .any(|files| !files.is_empty());
    let switches = [
        all_addresses,
        whole_networks,
        random_order,
        skip_bad,
        alive,
        dead,
    ];
    files
        || typed.watch.resolve_every.is_some()
        || typed.diagnosis.pmtu
        || !exclude.is_empty()
        || switches.into_iter().any(|switch| *switch)
        || limit.is_some()
        || shard.is_some()
        || rate.is_some()
        || retries.is_some()
        || need.is_some()
        || sort.is_some()
        || summary_every.is_some()
        || (face == Face::Rping
            && (typed.words.len() > 1 || typed.words.iter().any(|word| is_for_several(word))))
}

pub(super) fn config(asked: Asked<'_>) -> Result<Config<Several>, Refusal> {
    let Asked {
        mut typed,
        invocation,
        environment,
    } = asked;
    if typed.diagnosis.pmtu {
        path_mtu::refuse(&typed, invocation.face)?;
    }
    icmp_timestamp::refuse(&typed, invocation.face)?;
    refuse_what_is_for_one(&typed, invocation.face)?;
    if typed.words.is_empty() && typed.many.targets.is_empty() {
        return Err(no_destination());
    }
    if typed.watch.resolve_every.is_some() && typed.many.all_addresses {
        return Err(Refusal::new(
            "usage error: --resolve-every does not work with --all-addresses: each target has one address",
        ));
    }
    // Each of many probes would reach many hosts.
    if typed.broadcast && !environment.root {
        return Err(Refusal::new("-b with many targets needs root"));
    }
    let (device, sources) = interface(&typed, invocation.face)?;
    let hints = Hints {
        face: invocation.face,
        host: None,
        asks: Asks::of(&typed, false),
        hops: 0,
        ip_option: false,
        // IPv6 targets may be in the list.
        broadcast: typed.broadcast && (typed.ipv6 || invocation.family == FamilyChoice::Ipv6),
        sources,
    };
    let family = family(&typed, invocation.family, &hints)?;
    let many = std::mem::take(&mut typed.many);
    let rate = rate(many.rate, environment)?;
    let spacing = Spacing::at_most(rate);
    let path_mtu = path_mtu::plan(&typed, spacing);
    let schedule = schedule(&typed, &many, spacing, environment)?;
    let kind = socket_choice(&typed, false)?;
    let socket = meaning::socket(&typed, kind, (device, sources));
    let watching = match schedule.mode {
        Mode::Rounds { .. } => Some(watch::watching(&typed, invocation.face)?),
        Mode::Alive { .. } => None,
    };
    Ok(Config {
        program: invocation.program,
        exports: export::exports(&typed.exports)?,
        style: meaning::style(&typed, invocation.face, environment),
        conditions: std::mem::take(&mut typed.fail_if),
        watching,
        socket: match &path_mtu {
            Some(_) => path_mtu::socket(socket),
            None => socket,
        },
        plan: Several {
            style: style(&typed, &many, rate, environment),
            fping: None,
            targets: Targets {
                words: std::mem::take(&mut typed.words),
                files: many.targets,
                exclude: many.exclude,
                exclude_files: many.exclude_file,
                family,
                names: AddressNames::Never,
                groups: Groups::Refused,
                any_sender: false,
                all_addresses: many.all_addresses,
                whole_networks: many.whole_networks,
                random_order: many.random_order,
                limit: many.limit,
                shard: many.shard,
                skip_bad: many.skip_bad,
                hosts_only: false,
            },
            schedule,
            path_mtu: path_mtu.map(Box::new),
            need: match many.need {
                None => Need::All,
                Some(Quorum::Number(number)) => Need::Number(number),
                Some(Quorum::Percent(percent)) => Need::Percent(percent),
            },
            forgets_after: None,
            summary_every: many.summary_every,
            resolve_every: typed.watch.resolve_every,
        },
        message: match &path_mtu {
            Some(_) => path_mtu::message(meaning::message(typed, None)),
            None => meaning::message(typed, None),
        },
    })
}

/// Rejects options without a meaning for many targets. Silently ignoring them would mislead the user.
fn refuse_what_is_for_one(typed: &Typed, face: Face) -> Result<(), Refusal> {
    if face == Face::Ping {
        return Err(Refusal::new(
            "usage error: options for many targets work only under the name rping",
        ));
    }
    let for_one = [
        (typed.until_reply, "-o"),
        (typed.flood, "-f"),
        (typed.adaptive, "-A"),
        (typed.preload.is_some(), "-l"),
        (!typed.node_information.is_empty(), "-N"),
        (typed.sticky_source, "-B"),
        (typed.flow_label.is_some(), "-F"),
        (!typed.via.is_empty(), "--via"),
        (typed.record_route, "-R"),
        (typed.ip_timestamp.is_some(), "-T"),
        (typed.connect, "-C"),
        (typed.resolve, "-H"),
        (typed.histogram, "--histogram"),
        (typed.audible, "-a"),
        (typed.diagnosis.sweep_size.is_some(), "--sweep-size"),
    ];
    let given = for_one.iter().find(|(is_given, _)| *is_given);
    // The user gave one host, and may not know why it is among many.
    if let (Some((_, option)), Some(_)) = (given, typed.watch.resolve_every) {
        return Err(Refusal::new(format!(
            "usage error: {option} does not work with --resolve-every: that makes a run of many targets, also of one host"
        )));
    }
    if typed.clock == Some(Clock::Hardware) {
        return Err(Refusal::new(
            "usage error: --clock hardware works only with a single target and without options for many targets",
        ));
    }
    match given {
        Some((_, option)) => Err(Refusal::new(format!(
            "usage error: {option} works only with a single target and without options for many targets"
        ))),
        None => Ok(()),
    }
}

fn schedule(
    typed: &Typed,
    many: &TypedMany,
    spacing: Spacing,
    environment: &Environment,
) -> Result<Schedule, Refusal> {
    let is_alive_scan = many.alive || many.dead;
    let schedule = Schedule {
        mode: if is_alive_scan {
            alive_scan(typed, many)?
        } else {
            rounds(typed, many, environment)?
        },
        spacing,
        timeout: match typed.timeout {
            Some(Duration::ZERO) => {
                return Err(Refusal::new(
                    "-W 0 (no timeout) needs a single target; use a timeout above 0",
                ));
            }
            Some(timeout) => timeout,
            None if is_alive_scan => DEFAULT_FIRST_TIMEOUT,
            None => DEFAULT_TIMEOUT,
        },
        deadline: typed.deadline.filter(|deadline| !deadline.is_zero()),
        start: clock_choice(typed).start(),
        first_sequence: typed
            .first_sequence
            .unwrap_or(meaning::DEFAULT_FIRST_SEQUENCE),
        fragments: Fragments::by(typed.pmtudisc.map(Into::into), typed.broadcast),
    };
    if typed.outstanding {
        outstanding(&schedule, typed.verbose)?;
    }
    Ok(schedule)
}

/// Checks `-O`. With many targets, an unanswered probe is reported when its timeout expires, so that must be before the
/// next probe.
fn outstanding(schedule: &Schedule, verbose: bool) -> Result<(), Refusal> {
    match schedule.mode {
        Mode::Rounds { period, .. } if schedule.timeout > period => Err(Refusal::new(
            "-O with many targets reports a probe when its timeout expires: set -W no longer than -i",
        )),
        Mode::Alive { .. } if !verbose => Err(Refusal::new(
            "-O with --alive or --dead needs -v, which reports single probes",
        )),
        Mode::Rounds { .. } | Mode::Alive { .. } => Ok(()),
    }
}

fn alive_scan(typed: &Typed, many: &TypedMany) -> Result<Mode, Refusal> {
    let for_rounds = [
        (
            typed.count.is_some(),
            "-c",
            "--retries sets the number of probes",
        ),
        (
            typed.interval.is_some(),
            "-i",
            "-W sets the time until the next probe",
        ),
        (many.sort.is_some(), "--sort", "they print no table"),
        (
            !typed.fail_if.is_empty(),
            "--fail-if",
            "they stop at the first reply",
        ),
    ];
    if let Some(option) = typed.watch.given() {
        return Err(Refusal::new(format!(
            "usage error: {option} does not work with --alive or --dead: they stop at the first reply"
        )));
    }
    if let Some((_, option, why)) = for_rounds.iter().find(|(given, ..)| *given) {
        return Err(Refusal::new(format!(
            "usage error: {option} does not work with --alive or --dead: {why}"
        )));
    }
    Ok(Mode::Alive {
        retries: many.retries.unwrap_or(DEFAULT_RETRIES).into(),
        backoff: Backoff::default(),
    })
}

fn rounds(typed: &Typed, many: &TypedMany, environment: &Environment) -> Result<Mode, Refusal> {
    if many.retries.is_some() {
        return Err(Refusal::new(
            "usage error: --retries works only with --alive or --dead",
        ));
    }
    let period = typed.interval.unwrap_or(DEFAULT_PERIOD);
    if period.is_zero() {
        return Err(Refusal::new(
            "-i 0 needs a single target; use --rate max to send as fast as possible",
        ));
    }
    if period < USER_PERIOD && !environment.root {
        let least = USER_PERIOD.as_secs_f64();
        return Err(Refusal::new(format!(
            "-i {}: with many targets, less than {least} s between probes to one target needs root; use {least} or more",
            period.as_secs_f64(),
        )));
    }
    let count = typed
        .count
        .map(|count| u32::try_from(count).unwrap_or(u32::MAX));
    Ok(Mode::Rounds { period, count })
}

fn rate(typed: Option<Rate>, environment: &Environment) -> Result<Option<u32>, Refusal> {
    match typed {
        None => Ok(Some(USER_RATE)),
        Some(Rate::PerSecond(rate)) if rate <= USER_RATE || environment.root => Ok(Some(rate)),
        Some(Rate::Max) if environment.root => Ok(None),
        Some(Rate::PerSecond(rate)) => Err(too_fast(rate)),
        Some(Rate::Max) => Err(too_fast("max")),
    }
}

fn too_fast(rate: impl fmt::Display) -> Refusal {
    Refusal::new(format!(
        "--rate {rate}: more than {USER_RATE} probes a second need root; use {USER_RATE} or less"
    ))
}

pub(super) fn style(
    typed: &Typed,
    many: &TypedMany,
    rate: Option<u32>,
    environment: &Environment,
) -> ManyStyle {
    ManyStyle {
        listed: match (many.alive, many.dead) {
            (true, false) => Listed::Alive,
            (false, true) => Listed::Dead,
            _ => Listed::All,
        },
        sort: match many.sort {
            None => Sort::AsGiven,
            Some(SortBy::Loss) => Sort::Loss,
            Some(SortBy::Rtt) => Sort::RoundTrip,
            Some(SortBy::Address) => Sort::Address,
        },
        rate,
        numeric: typed.numeric,
        progress: environment
            .width
            .filter(|_| environment.stderr_is_terminal)
            .filter(|_| typed.json.is_none() && !typed.live.live),
    }
}
