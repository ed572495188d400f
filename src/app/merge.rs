//! `--merge`: reports the end of several recorded runs as that of one.

use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result};

use super::{input, json};
use crate::clock::{Clock, SystemClock};
use crate::config::merge::Merge;
use crate::config::{ClockChoice, Sources};
use crate::driver::unwritable;
use crate::event::{
    Amount, Directory, Ended, Event, FailedCondition, Moment, Question, Results, Several, Start,
    TargetNumber,
};
use crate::exit::Exit;
use crate::merge::{Hosts, Merged, Streams};
use crate::net::{Lacking, Privileges, confine_reader};
use crate::output::Stream;
use crate::report::json::{Json, Run, Socket};
use crate::report::text::Text;
use crate::report::{Names, Report};
use crate::sanitize::Charset;

/// Reads all files and reports their combined results.
///
/// # Errors
/// One line for standard error, without the program's name.
pub(super) fn run(config: Merge, privileges: Privileges) -> Result<Exit> {
    let mut streams = Streams::default();
    let inputs = config.files.iter().map(|file| {
        // Root may read files of others: read them as the user.
        privileges.as_the_user(|| input::open(file, None))
    });
    let inputs: Vec<_> = inputs.collect::<Result<_>>()?;
    let here = json::host();
    let outlets = (Stream::stdout(), Stream::stderr());
    let lacking = confine_reader(privileges, false).context("cannot confine the program")?;
    for (name, input) in inputs {
        streams.read(&name, input)?;
    }
    let is_json = config.style.json.is_some();
    let hosts = if is_json {
        Hosts::Shown
    } else {
        Hosts::Distinguished
    };
    let merged = Rc::new(streams.merge(hosts)?);
    let names = Zones(Rc::clone(&merged));
    let directory: Rc<dyn Directory> = Rc::clone(&merged) as _;
    let told = if let Some(detail) = config.style.json {
        let about = about(&merged, here, config.style.charset)?;
        let report = Json::new(detail, about, &config.program, directory, outlets, names);
        tell(report, &merged, &lacking)
    } else {
        let style = (config.style, config.many);
        let report = Text::of_many(style, &config.program, directory, outlets, names);
        tell(report, &merged, &lacking)
    };
    told.map_err(unwritable)
}

/// Reports the end of all runs as that of one.
fn tell(mut report: impl Report, merged: &Rc<Merged>, lacking: &Lacking) -> std::io::Result<Exit> {
    let began = SystemClock.now();
    let at = &|| Moment {
        wall: SystemClock.wall(),
        since_start: SystemClock.now().saturating_duration_since(began),
    };
    let complaints = merged.complaints().iter().map(String::as_str);
    for warning in lacking.lines(false).chain(complaints) {
        report.event(&Event::Warning(warning), at)?;
    }
    if merged.is_alive_scan() {
        report.event(&Event::Started(&started(merged)), at)?;
        for target in 0..merged.len() {
            let row = &merged.row(target);
            report.event(&Event::Decided { target, row }, at)?;
        }
    }
    report.event(&Event::Finished(merged.summary(), &**merged), at)?;
    for (target, condition, value) in merged.failed_conditions() {
        let failed = FailedCondition {
            target,
            condition,
            amount: amount(condition, value),
        };
        report.event(&Event::ConditionFailed(&failed), at)?;
    }
    let exit = match merged.exit_code() {
        0 => Exit::Replied,
        1 => Exit::Unanswered,
        _ => Exit::Failed,
    };
    let ended = Ended {
        ending: merged.ending(),
        exit_code: exit.code(),
    };
    report.event(&Event::Ended(&ended), at)?;
    report.flush()?;
    Ok(exit)
}

/// The start of an `--alive` run.
fn started(merged: &Merged) -> Start {
    Start::Several(Several {
        targets: merged.len(),
        duplicates: 0,
        size: merged.common().map_or(0, |common| common.size),
        question: Question::Alive,
    })
}

/// The line `start` of merged runs: the settings that they share.
fn about(merged: &Merged, here: Option<String>, charset: Charset) -> Result<Run> {
    let common = merged.common().unwrap_or_default();
    let [raw, ping] = common.sockets;
    Ok(Run {
        id: json::fresh_id()?,
        host: here,
        shard: None,
        targets_hash: common.targets_hash,
        socket: Socket::of([raw.then_some(true), ping.then_some(false)]),
        clock: match common.clock.as_str() {
            "hardware" => ClockChoice::Hardware,
            "wire" => ClockChoice::Wire,
            "user" => ClockChoice::User,
            _ => ClockChoice::Kernel,
        },
        interval: common.interval,
        timeout: common.timeout,
        size: common.size,
        count: common.count,
        targets: merged.summary().targets,
        sources: Sources::default(),
        charset,
        alive: merged.is_alive_scan(),
    })
}

/// The amount that a condition compared. Its line has only the number.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a conversion of floating-point numbers keeps to the range"
)]
fn amount(condition: &str, value: f64) -> Amount {
    let time = Duration::from_nanos((value * 1e6).round() as u64);
    let figure = condition.split(['<', '>']).next().unwrap_or_default();
    match figure {
        "loss" => Amount::Percent(value),
        "late" | "duplicates" => Amount::Count(value.round() as u64),
        "outage" => Amount::Outage(time),
        _ => Amount::RoundTrip(time),
    }
}

/// The names of interfaces on the hosts that ran the probes.
struct Zones(Rc<Merged>);

impl Names for Zones {
    fn name(&mut self, _: SocketAddr) -> Option<String> {
        None
    }

    fn zone(&mut self, scope: TargetNumber) -> Option<String> {
        self.0.zone(scope).map(str::to_owned)
    }
}
