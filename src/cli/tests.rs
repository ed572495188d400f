//! Tests whole command lines without a process.

mod doctor;
mod hostile;
mod icmp_timestamp;
mod json;
#[cfg(feature = "live")]
mod live;
mod many;
mod merge;
mod of_ping;
mod path_mtu;
mod spelling;
mod sweep_size;
mod together;
mod value;
mod watch;

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::config::{
    ClockChoice, Face, FamilyChoice, IpOption, Outstanding, Pace, PathMtuDiscovery, Plan, Request,
    ReverseLookup, Several, Single, SocketChoice, Timed, Timeout,
};
use crate::wire::data::Pattern;
use crate::wire::node_information::{Ipv6Flags, Query, Subject, encode_name, group_address};
use crate::wire::options::TimestampKind;

fn root() -> Environment {
    Environment {
        root: true,
        ..Environment::default()
    }
}

fn parse_in(line: &str, environment: &Environment) -> Result<Command, Refusal> {
    parse(line.split_whitespace(), environment)
}

/// The config of root's command line. Spaces separate words.
fn config(line: &str) -> Config<Single> {
    config_in(line, &root())
}

fn config_in(line: &str, environment: &Environment) -> Config<Single> {
    one(parsed(line, environment))
}

/// The config of a run with one target.
fn one(config: Config) -> Config<Single> {
    match config.split() {
        (config, Plan::One(plan)) => config.with(plan),
        other => panic!("{other:?}"),
    }
}

fn parsed(line: &str, environment: &Environment) -> Config {
    match parse_in(line, environment) {
        Ok(Command::Run { config, .. }) => *config,
        other => panic!("{line}: {other:?}"),
    }
}

/// The config of root's command line with many targets.
fn many(line: &str) -> Config<Several> {
    many_in(line, &root())
}

fn many_in(line: &str, environment: &Environment) -> Config<Several> {
    match parsed(line, environment).split() {
        (config, Plan::Many(plan)) => config.with(plan),
        other => panic!("{line}: {other:?}"),
    }
}

fn refused(line: &str) -> String {
    refused_words(&line.split(' ').collect::<Vec<_>>(), &root())
}

fn refused_words<T: AsRef<OsStr>>(argv: &[T], environment: &Environment) -> String {
    let argv: Vec<OsString> = argv.iter().map(|word| word.as_ref().to_owned()).collect();
    match parse(argv.clone(), environment) {
        Err(refusal) => refusal.to_string(),
        Ok(command) => panic!("{argv:?}: {command:?}"),
    }
}

fn milliseconds(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}
