//! The meaning of the options, in fping's order of checks.

use std::time::Duration;

use super::typed::Typed;
use super::{Stop, generate};
use crate::cli::Environment;
use crate::config::many::{
    AddressNames, Backoff, Fragments, Groups, Mode, Need, Schedule, Spacing, Targets,
};
use crate::config::{
    ClockChoice, Config, Exports, Face, FpingIntervals, FpingLines, FpingListed, FpingName,
    FpingProbes, FpingStyle, ManyStyle, MarkWarning, Message, PathMtuDiscovery, Plan, Request,
    Several, SocketOptions, Style, TimestampFormat,
};
use crate::sanitize;
use crate::target::MAX_TARGETS_OF_FPING;
use crate::wire::data::Pattern;
use crate::wire::timestamp;

const DEFAULT_SIZE: u32 = 56;
/// The maximum data in an IPv4 datagram.
const MOST_SIZE: u32 = 65_507;
const DEFAULT_RETRIES: u32 = 3;
const BACKOFF: std::ops::RangeInclusive<f64> = 1.0..=5.0;
const DEFAULT_INTERVAL: Duration = Duration::from_millis(10);
const DEFAULT_PERIOD: Duration = Duration::from_secs(1);
const SHORTEST_PERIOD: Duration = Duration::from_micros(1);
const DEFAULT_TIMEOUT: Duration = Duration::from_millis(500);
/// Maximum timeout that is derived from the period.
const MOST_AUTOMATIC_TIMEOUT: Duration = Duration::from_secs(2);

pub(super) fn config(
    typed: &Typed,
    program: &str,
    environment: &Environment,
) -> Result<Config, Stop> {
    check(typed)?;
    let retries = retries(typed)?;
    let plan = Several {
        schedule: schedule(typed, retries),
        path_mtu: None,
        need: need(typed),
        style: ManyStyle::default(),
        fping: Some(style(typed)),
        forgets_after: typed.sequence_timeout,
        summary_every: summary_every(typed),
        resolve_every: None,
        targets: targets(typed)?,
    };
    Ok(Config {
        program: program.to_owned(),
        message: Message {
            size: if typed.icmp_timestamp {
                timestamp::DATA_LENGTH
            } else {
                usize::try_from(typed.size.unwrap_or(DEFAULT_SIZE)).unwrap_or(usize::MAX)
            },
            pattern: Pattern::default(),
            request: if typed.icmp_timestamp {
                Request::Timestamp
            } else {
                Request::Echo
            },
        },
        socket: socket(typed),
        style: Style {
            face: Face::Ping,
            quiet: typed.quiet,
            charset: environment.charset,
            one_interface: typed.interface.is_some(),
            ..Style::default()
        },
        exports: Exports::default(),
        conditions: Vec::new(),
        watching: None,
        plan: Plan::Many(plan),
    })
}

/// Rejects what fping rejects, in its order.
fn check(typed: &Typed) -> Result<(), Stop> {
    if let Some(ttl) = typed.time_to_live.filter(|ttl| *ttl > 255) {
        return Err(Stop::wrong(format!("ttl {ttl} out of range")));
    }
    if typed.unreachable && typed.alive {
        return Err(Stop::wrong("specify only one of a, u"));
    }
    if typed.outgoing_interface.is_some() && typed.interface.is_some() {
        return Err(Stop::wrong("specify only --oiface or -I, --iface"));
    }
    if typed.count.is_some() && typed.endless {
        return Err(Stop::wrong("specify only one of c, l"));
    }
    if typed.json && !has_rounds(typed) {
        return Err(Stop::wrong("option -J, --json requires -c, -C, or -l"));
    }
    if typed.period.is_some_and(|period| period < SHORTEST_PERIOD) {
        let least = SHORTEST_PERIOD.as_secs_f64() * 1e3;
        return Err(Stop::wrong(format!("-p must be >= {least}")));
    }
    if let Some(size) = typed.size.filter(|size| *size > MOST_SIZE) {
        return Err(Stop::wrong(format!(
            "data size {size} not valid, must not be larger than {MOST_SIZE}"
        )));
    }
    if let Some(factor) = typed.backoff.filter(|factor| !BACKOFF.contains(factor)) {
        let (least, most) = (BACKOFF.start(), BACKOFF.end());
        return Err(Stop::wrong(format!(
            "backoff factor {factor:.1} not valid, must be between {least:.1} and {most:.1}"
        )));
    }
    if typed.icmp_timestamp && typed.size.is_some() {
        return Err(Stop::wrong("cannot change ICMP Timestamp size"));
    }
    Ok(())
}

fn retries(typed: &Typed) -> Result<u16, Stop> {
    let retries = typed.retries.unwrap_or(DEFAULT_RETRIES);
    u16::try_from(retries).map_err(|_| {
        let most = u16::MAX;
        Stop::wrong(format!(
            "-r {retries}: at most {most} retries are supported by rping"
        ))
    })
}

/// Whether targets are probed repeatedly even if they answer.
fn has_rounds(typed: &Typed) -> bool {
    typed.count.is_some() || typed.endless
}

fn period(typed: &Typed) -> Duration {
    typed.period.unwrap_or(DEFAULT_PERIOD)
}

fn schedule(typed: &Typed, retries: u16) -> Schedule {
    let rounds = has_rounds(typed);
    let automatic = if rounds {
        period(typed).min(MOST_AUTOMATIC_TIMEOUT)
    } else {
        DEFAULT_TIMEOUT
    };
    let timeout = typed.timeout.unwrap_or(automatic);
    Schedule {
        mode: if rounds {
            Mode::Rounds {
                period: period(typed),
                count: typed.count,
            }
        } else {
            Mode::Alive {
                retries,
                backoff: typed.backoff.map_or_else(Backoff::default, Backoff::new),
            }
        },
        spacing: Spacing::Close(typed.interval.unwrap_or(DEFAULT_INTERVAL)),
        // A timeout of zero would accept no reply.
        timeout: timeout.max(Duration::from_nanos(1)),
        deadline: None,
        start: ClockChoice::Best.start(),
        first_sequence: 0,
        fragments: Fragments::by(discovery(typed), false),
    }
}

fn discovery(typed: &Typed) -> Option<PathMtuDiscovery> {
    typed.dont_fragment.then_some(PathMtuDiscovery::Do)
}

fn need(typed: &Typed) -> Need {
    match typed.required {
        None => Need::All,
        Some(required) if typed.at_once => Need::Reached(required),
        Some(required) => Need::InTheEnd(required),
    }
}

/// The interval between summaries, or `None` without rounds.
fn summary_every(typed: &Typed) -> Option<Duration> {
    let every = typed.interval_summary.filter(|_| has_rounds(typed));
    every.filter(|every| !every.is_zero())
}

fn style(typed: &Typed) -> FpingStyle {
    FpingStyle {
        lines: lines(typed),
        json: typed.json,
        quiet: typed.quiet,
        elapsed: typed.elapsed,
        stats: typed.stats,
        outage: typed.outage,
        name: match (typed.by_address, address_names(typed)) {
            (false, _) => FpingName::Name,
            (true, AddressNames::Never) => FpingName::Address,
            (true, _) => FpingName::Both,
        },
        timestamps: typed.timestamp.then(|| {
            let format = typed.timestamp_format;
            format.unwrap_or(TimestampFormat::Unix)
        }),
        times: typed.icmp_timestamp,
        destination: typed.print_reply_destination,
        traffic_class: typed.print_type_of_service,
        hop_limit: typed.print_time_to_live,
        random_data: typed.random,
        required: typed.required,
    }
}

/// `-n`, `-d`
fn address_names(typed: &Typed) -> AddressNames {
    match (typed.rdns, typed.names) {
        (true, _) => AddressNames::OfAll,
        (_, true) => AddressNames::OfAddresses,
        _ => AddressNames::Never,
    }
}

fn lines(typed: &Typed) -> FpingLines {
    if has_rounds(typed) {
        return FpingLines::Probes(FpingProbes {
            // -l without -Q prints lines even with -q.
            each: if typed.endless {
                summary_every(typed).is_none()
            } else {
                !typed.quiet
            },
            values: typed.values,
            period: period(typed),
            intervals: match summary_every(typed) {
                Some(every) if typed.netdata => FpingIntervals::Netdata(every),
                _ if typed.cumulative => FpingIntervals::Cumulative,
                _ => FpingIntervals::Each,
            },
        });
    }
    FpingLines::Targets(if typed.alive {
        FpingListed::Alive
    } else if typed.unreachable {
        FpingListed::Unreachable
    } else if typed.quiet || typed.required.is_some() {
        FpingListed::None
    } else {
        FpingListed::WithState
    })
}

fn targets(typed: &Typed) -> Result<Targets, Stop> {
    let has_words = !typed.words.is_empty();
    if (has_words && typed.file.is_some())
        || (typed.file.is_some() && typed.generate)
        || (typed.generate && !has_words)
    {
        return Err(Stop::Usage);
    }
    // A word that is not UTF-8 is rejected like an unknown name.
    let words: Vec<String> = typed
        .words
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let targets = Targets {
        family: typed.family,
        all_addresses: typed.all_addresses,
        names: address_names(typed),
        groups: Groups::Allowed,
        any_sender: !typed.check_source,
        limit: Some(MAX_TARGETS_OF_FPING),
        ..Targets::default()
    };
    if typed.generate {
        let generated = generate::generate(&words)?;
        let has_names = targets.names != AddressNames::Never;
        return Ok(Targets {
            words: if has_names {
                generated.addresses()
            } else {
                vec![generated.to_string()]
            },
            hosts_only: has_names,
            ..targets
        });
    }
    let standard_input = || (!has_words).then(|| "-".into());
    Ok(Targets {
        words,
        files: typed
            .file
            .clone()
            .or_else(standard_input)
            .into_iter()
            .collect(),
        hosts_only: true,
        ..targets
    })
}

fn socket(typed: &Typed) -> SocketOptions {
    SocketOptions {
        device: typed.interface.as_ref().map(sanitize::visible),
        outgoing_interface: (typed.outgoing_interface.as_ref()).map(sanitize::visible),
        sources: typed.sources,
        time_to_live: typed.time_to_live.and_then(|ttl| u8::try_from(ttl).ok()),
        traffic_class: typed.type_of_service,
        mark: typed.mark,
        mark_warning: MarkWarning::Fping,
        path_mtu_discovery: discovery(typed),
        receives_traffic_class: typed.print_type_of_service,
        receives_destination: typed.print_reply_destination,
        ..SocketOptions::default()
    }
}
