//! The command line: any words at all, and words whose meaning is known.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::time::Duration;

use super::Feed;
use rping::cli::{self, Command, Environment};
use rping::config::{Config, Pace, Timeout, many};
use rping::wire::data::Pattern;

/// The first octet is the environment; a zero octet ends each word, the name of the program first.
pub fn check(octets: &[u8]) {
    let mut feed = Feed(octets);
    let bits = feed.octet();
    let environment = Environment {
        root: bits & 1 != 0,
        stdout_is_terminal: bits & 2 != 0,
        no_color: bits & 4 != 0,
        width: (bits & 8 != 0).then_some(bits.into()),
        ptr_lookup_disabled: bits & 16 != 0,
        stderr_is_terminal: bits & 32 != 0,
    };
    let words = feed.0.split(|&octet| octet == 0);
    let argv: Vec<OsString> = words
        .map(|word| OsString::from_vec(word.to_vec()))
        .collect();
    means_something_or_is_refused(argv, &environment);
    means_what_was_meant(octets);
}

fn means_something_or_is_refused(argv: Vec<OsString>, environment: &Environment) {
    match cli::parse(argv.clone(), environment) {
        Err(refusal) => {
            let line = refusal.to_string();
            let harmless = line.bytes().all(|octet| (b' '..=b'~').contains(&octet));
            assert!(harmless && !line.is_empty(), "{argv:?}: {line:?}");
        }
        Ok(Command::Print { text, .. }) => {
            assert!(text.ends_with('\n'), "{argv:?}");
            let harmless = |octet| matches!(octet, b' '..=b'~' | b'\n' | b'\t');
            assert!(text.bytes().all(harmless), "{argv:?}");
        }
        Ok(Command::Run { config, warnings }) => {
            is_sound(&config);
            assert!(warnings.len() < 8);
            let again = cli::parse(argv, environment);
            let Ok(Command::Run { config: again, .. }) = again else {
                panic!("{again:?}")
            };
            assert_eq!(format!("{again:?}"), format!("{config:?}"));
        }
        Ok(Command::RunMany { config, .. }) => is_sound_for_many(&config),
    }
}

/// The same of a run of many targets.
fn is_sound_for_many(config: &many::Config) {
    assert!(!config.schedule.timeout.is_zero());
    assert_ne!(config.schedule.rate, Some(0));
    match config.schedule.mode {
        many::Mode::Rounds { period, count } => {
            assert!(!period.is_zero());
            assert_ne!(count, Some(0));
        }
        many::Mode::Alive { retries } => assert!(retries <= 15),
    }
    assert_ne!(config.targets.limit, Some(0));
    assert!(config.summary_every.is_none_or(|every| !every.is_zero()));
    let harmless = |octet| (b' '..=b'~').contains(&octet);
    assert!(config.program.bytes().all(harmless));
}

/// Whatever was typed, the rest of the program is only ever asked for this.
fn is_sound(config: &Config) {
    assert!(!config.destination.host.is_empty());
    assert!(config.destination.hops.len() <= 9);
    assert!(config.schedule.count != Some(0));
    assert!((1..=65_536).contains(&config.schedule.preload));
    assert_ne!(config.schedule.deadline, Some(Duration::ZERO));
    assert_ne!(config.schedule.timeout, Timeout::PerProbe(Duration::ZERO));
    let century = Duration::from_secs(100 * 366 * 24 * 3600);
    if let Pace::Interval(interval) = config.schedule.pace {
        assert!(interval < century);
    }
    assert_ne!(config.socket.time_to_live, Some(0));
    assert!(config.socket.flow_label.is_none_or(|label| label < 1 << 20));
    assert!(config.socket.send_buffer.is_none_or(|size| size > 0));
    if let Pattern::Repeated(octets) = &config.message.pattern {
        assert!((1..=16).contains(&octets.len()), "{octets:?}");
    }
    let harmless = |octet| (b' '..=b'~').contains(&octet);
    assert!(config.program.bytes().all(harmless));
}

/// Numbers to words and back.
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
    let pace = match Duration::new(seconds.into(), nanoseconds) {
        Duration::ZERO => Pace::Flood,
        interval => Pace::Interval(interval),
    };
    assert_eq!(config.schedule.count, Some(count));
    assert_eq!(config.schedule.pace, pace, "{argv:?}");
    assert_eq!(config.schedule.preload, preload.into());
    assert_eq!(config.message.size, size.into());
    assert_eq!(config.socket.traffic_class, Some(class));
    assert_eq!(config.socket.time_to_live, Some(hops));
    assert_eq!(config.socket.identifier, Some(identifier));
    assert_eq!(config.socket.mark, Some(mark));
    if !pattern.is_empty() {
        assert_eq!(config.message.pattern, Pattern::Repeated(pattern.to_vec()));
    }
}
