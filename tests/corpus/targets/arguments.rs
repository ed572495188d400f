//! The command line: arbitrary words, and words with a known meaning.

use std::ffi::{OsStr, OsString};
use std::num::NonZero;
use std::os::unix::ffi::OsStringExt as _;
use std::path::Path;
use std::time::Duration;

use super::Feed;
use rping::cli::{self, Command, Environment};
use rping::config::many::Mode;
use rping::config::{
    Config, Destination, Face, Pace, Plan, Several, Single, SocketOptions, Timeout,
};
use rping::sanitize::{self, Charset};
use rping::wire::data::Pattern;

/// The first octet is the environment. A zero octet ends each word; the first word is the name of the program.
pub fn check(octets: &[u8]) {
    let mut feed = Feed(octets);
    let bits = feed.octet();
    let environment = Environment {
        root: bits & 1 != 0,
        stdout_is_terminal: bits & 2 != 0,
        charset: if bits & 128 != 0 {
            Charset::Utf8
        } else {
            Charset::Ascii
        },
        no_color: bits & 4 != 0,
        width: (bits & 8 != 0).then_some(bits.into()),
        ptr_lookup_disabled: bits & 16 != 0,
        stderr_is_terminal: bits & 32 != 0,
        terminal_is_dumb: bits & 64 != 0,
        columns: NonZero::new(feed.0.len().try_into().unwrap_or(u16::MAX)),
    };
    let words = feed.0.split(|&octet| octet == 0);
    let argv: Vec<OsString> = words
        .map(|word| OsString::from_vec(word.to_vec()))
        .collect();
    means_something_or_is_refused(&argv, &environment);
    means_what_was_meant(octets);
}

fn means_something_or_is_refused(argv: &[OsString], environment: &Environment) {
    match cli::parse(argv.to_vec(), environment) {
        Err(refusal) => {
            let line = refusal.to_string();
            let is_harmless = line == sanitize::visible(&line);
            assert!(is_harmless && !line.is_empty(), "{argv:?}: {line:?}");
        }
        Ok(Command::Print { text, .. }) => {
            assert!(text.ends_with('\n'), "{argv:?}");
            let harmless = |octet| matches!(octet, b' '..=b'~' | b'\n' | b'\t');
            assert!(text.bytes().all(harmless), "{argv:?}");
        }
        Ok(Command::Doctor(_)) => {
            assert!(argv.iter().any(|word| word == "--doctor"), "{argv:?}");
        }
        Ok(Command::Merge(merge)) => assert!(!merge.files.is_empty(), "{argv:?}"),
        Ok(Command::Replay(replay)) => {
            assert!(replay.speed.is_none_or(|speed| speed > 0.0), "{argv:?}");
        }
        Ok(Command::Run { config, warnings }) => {
            assert!(warnings.len() < 8);
            is_sound(&config);
            a_terminal_is_a_matter_of_style(argv, environment, &config);
            match &config.plan {
                Plan::One(plan) => {
                    is_sound_for_one(plan);
                    a_name_is_no_matter_of_what_is_sent(argv, environment, &config, plan);
                }
                Plan::Many(plan) => is_sound_for_many(plan),
            }
        }
    }
}

/// The same process with other standard streams.
fn elsewhere(environment: &Environment) -> Environment {
    Environment {
        stdout_is_terminal: !environment.stdout_is_terminal,
        stderr_is_terminal: !environment.stderr_is_terminal,
        no_color: !environment.no_color,
        terminal_is_dumb: !environment.terminal_is_dumb,
        width: environment.width.xor(Some(80)),
        ..*environment
    }
}

/// The output stream affects the style and nothing else.
fn a_terminal_is_a_matter_of_style(argv: &[OsString], environment: &Environment, config: &Config) {
    let other = cli::parse(argv.to_vec(), &elsewhere(environment));
    let Ok(Command::Run { config: other, .. }) = other else {
        panic!("{argv:?}: {other:?}")
    };
    let mut styled = *other;
    styled.style = config.style.clone();
    if let (Plan::Many(styled), Plan::Many(plan)) = (&mut styled.plan, &config.plan) {
        styled.style = plan.style;
    }
    assert_eq!(format!("{styled:?}"), format!("{config:?}"), "{argv:?}");
}

/// `ping` accepts what `rping` accepts, and sends the same messages to the same host. Exceptions: rping derives the
/// family from options of one family, ping truncates intervals to milliseconds, and keeps a source address.
fn a_name_is_no_matter_of_what_is_sent(
    argv: &[OsString],
    environment: &Environment,
    config: &Config,
    plan: &Single,
) {
    let name = argv.first().map(Path::new).and_then(Path::file_name);
    let name = match name.and_then(OsStr::to_str) {
        Some("rping4" | "ping4") => "ping4",
        Some("rping6" | "ping6") => "ping6",
        _ => "ping",
    };
    let renamed = std::iter::once(name.into()).chain(argv.iter().skip(1).cloned());
    let as_ping = cli::parse(renamed, environment);
    let Ok(Command::Run {
        config: as_ping, ..
    }) = as_ping
    else {
        panic!("{argv:?}: {as_ping:?}")
    };
    let Plan::One(plan_of_ping) = &as_ping.plan else {
        panic!("{argv:?}: {as_ping:?}")
    };
    let destination = Destination {
        family: plan_of_ping.destination.family,
        ..plan.destination.clone()
    };
    assert_eq!(plan_of_ping.destination, destination, "{argv:?}");
    assert_eq!(as_ping.message, config.message, "{argv:?}");
    let socket = SocketOptions {
        sticky_source: as_ping.socket.sticky_source,
        ..config.socket.clone()
    };
    assert_eq!(as_ping.socket, socket, "{argv:?}");
    let sent = |plan: &Single| (plan.schedule.count, plan.schedule.deadline);
    assert_eq!(sent(plan_of_ping), sent(plan), "{argv:?}");
}

/// The invariants of a config, for any command line.
fn is_sound(config: &Config) {
    // To iputils, only the kernel rejects 0.
    let zero = config.socket.time_to_live == Some(0);
    assert!(!zero || config.style.face == Face::Ping);
    assert!(config.socket.flow_label.is_none_or(|label| label < 1 << 20));
    assert!(config.socket.send_buffer.is_none_or(|size| size > 0));
    if let Pattern::Repeated(octets) = &config.message.pattern {
        assert!((1..=16).contains(&octets.len()), "{octets:?}");
    }
    let harmless = |octet| (b' '..=b'~').contains(&octet);
    assert!(config.program.bytes().all(harmless));
}

fn is_sound_for_one(plan: &Single) {
    assert!(!plan.destination.host.is_empty());
    assert!(plan.destination.hops.len() <= 9);
    assert!(plan.schedule.count != Some(0));
    assert!((1..=65_536).contains(&plan.schedule.preload));
    assert_ne!(plan.schedule.deadline, Some(Duration::ZERO));
    assert_ne!(plan.schedule.timeout, Timeout::PerProbe(Duration::ZERO));
    let century = Duration::from_secs(100 * 366 * 24 * 3600);
    if let Pace::Interval(interval) = plan.schedule.pace {
        assert!(interval < century);
    }
}

fn is_sound_for_many(plan: &Several) {
    assert!(!plan.schedule.timeout.is_zero());
    match plan.schedule.mode {
        Mode::Rounds { period, count } => {
            assert!(!period.is_zero());
            assert_ne!(count, Some(0));
        }
        Mode::Alive { retries, .. } => assert!(retries <= 15),
    }
    assert_ne!(plan.targets.limit, Some(0));
    assert!(plan.summary_every.is_none_or(|every| !every.is_zero()));
}

/// Formats numbers as words, and parses them.
fn means_what_was_meant(octets: &[u8]) {
    let mut feed = Feed(octets);
    let count = u64::from(feed.word()) + 1;
    let (seconds, nanoseconds) = (feed.word() % 2_147_483, feed.word() % 1_000_000_000);
    let (size, class, hops) = (feed.pair() % 65_508, feed.octet(), feed.octet().max(1));
    let (identifier, preload, mark) = (feed.pair(), feed.pair().max(1), feed.word());
    let pattern = feed.take(16);
    let mut argv = vec![
        "rping".to_owned(),
        format!("-c{count}"),
        format!("-i{seconds}.{nanoseconds:09}"),
        format!("-s{size}"),
        format!("-Q{class:#x}"),
        format!("-t{hops}"),
        format!("-e{identifier}"),
        format!("-l{preload}"),
        format!("-m{mark}"),
    ];
    if !pattern.is_empty() {
        let digits: Vec<String> = pattern.iter().map(|octet| format!("{octet:02x}")).collect();
        argv.push(format!("-p{}", digits.concat()));
    }
    argv.push("198.51.100.2".to_owned());
    let root = Environment {
        root: true,
        ..Environment::default()
    };
    let config = match cli::parse(argv.clone(), &root) {
        Ok(Command::Run { config, .. }) => *config,
        other => panic!("{argv:?}: {other:?}"),
    };
    let Plan::One(plan) = &config.plan else {
        panic!("{argv:?}: {config:?}")
    };
    let pace = match Duration::new(seconds.into(), nanoseconds) {
        Duration::ZERO => Pace::Flood,
        interval => Pace::Interval(interval),
    };
    assert_eq!(plan.schedule.count, Some(count));
    assert_eq!(plan.schedule.pace, pace, "{argv:?}");
    assert_eq!(plan.schedule.preload, u32::from(preload));
    assert_eq!(config.message.size, usize::from(size));
    assert_eq!(config.socket.traffic_class, Some(class));
    assert_eq!(config.socket.time_to_live, Some(hops));
    assert_eq!(config.socket.identifier, Some(identifier));
    assert_eq!(config.socket.mark, Some(mark));
    if !pattern.is_empty() {
        assert_eq!(config.message.pattern, Pattern::Repeated(pattern.to_vec()));
    }
}
