//! Targets that go down and come up again: a line for each change, and a list at the end.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::{Duration, SystemTime};

use crate::event::{Changed, Down, Moment, Outage, Reason, Results, TargetNumber, TimeDown};
use crate::report::duration::Seconds;
use crate::report::moment::{self, Calendar};
use crate::report::{Names, address, problem};

/// The list has the longest times down, at most this many.
const LISTED: usize = 20;

/// The times during which targets were down.
#[derive(Debug)]
pub(super) struct Downs {
    pub(super) calendar: Calendar,
    /// When each target went down that is still down.
    down: BTreeMap<TargetNumber, SystemTime>,
    /// The longest of those that ended, longest first.
    longest: Vec<Listed>,
    /// The number and total length of all.
    count: u64,
    total: Duration,
}

#[derive(Debug, Clone, Copy)]
struct Listed {
    target: TargetNumber,
    began: SystemTime,
    outage: Outage,
    is_over: bool,
}

impl Default for Downs {
    fn default() -> Self {
        Self {
            calendar: |_| None,
            down: BTreeMap::new(),
            longest: Vec::new(),
            count: 0,
            total: Duration::ZERO,
        }
    }
}

impl Downs {
    /// Notes that a target is down. Returns when its first unanswered probe was sent.
    pub(super) fn begin(&mut self, down: &Down, at: &Moment) -> SystemTime {
        let ago = at.since_start.saturating_sub(down.sent);
        let began = at.wall.checked_sub(ago).unwrap_or(at.wall);
        self.down.insert(down.first.target, began);
        began
    }

    /// Notes that a target is up again.
    pub(super) fn end(&mut self, up: &TimeDown) {
        if let Some(began) = self.down.remove(&up.first.target) {
            self.list(up, began, true);
        }
    }

    fn list(&mut self, time: &TimeDown, began: SystemTime, is_over: bool) {
        self.count += 1;
        self.total = self.total.saturating_add(time.outage.length);
        let is_longer = |listed: &Listed| listed.outage.length >= time.outage.length;
        let place = self.longest.partition_point(is_longer);
        let listed = Listed {
            target: time.first.target,
            began,
            outage: time.outage,
            is_over,
        };
        self.longest.insert(place, listed);
        self.longest.truncate(LISTED);
    }

    /// Ends the run: targets that are down count as down until now.
    pub(super) fn finish(&mut self, results: &dyn Results) {
        for (target, began) in std::mem::take(&mut self.down) {
            if let Some(time) = results.time_down(target) {
                self.list(&time, began, false);
            }
        }
    }

    /// Writes `down: 2 times, 44.000 s in all`, and a line for each of the longest. `whose` writes the target of a line.
    pub(super) fn text(
        &self,
        line: &mut Vec<u8>,
        mut whose: impl FnMut(&mut Vec<u8>, TargetNumber) -> io::Result<()>,
    ) -> io::Result<()> {
        if self.count == 0 {
            return Ok(());
        }
        let (times, total) = (plural(self.count, "time"), Seconds(self.total));
        write!(line, "down: {times}, {total} s in all")?;
        if self.count > LISTED as u64 {
            write!(line, "; the longest {LISTED}")?;
        }
        writeln!(line)?;
        for listed in &self.longest {
            self.row(line, listed)?;
            whose(line, listed.target)?;
            writeln!(line)?;
        }
        Ok(())
    }

    /// `  2026-11-30 12:00:03.100  41.000 s, 41 probes (icmp_seq=3 to 43)`
    fn row(&self, line: &mut Vec<u8>, listed: &Listed) -> io::Result<()> {
        let outage = &listed.outage;
        write!(line, "  ")?;
        moment::date(line, listed.began, self.calendar)?;
        write!(line, " ")?;
        moment::clock(line, listed.began, self.calendar)?;
        let (length, probes) = (Seconds(outage.length), plural(outage.probes, "probe"));
        let Outage { first, last, .. } = outage;
        write!(line, "  {length} s, {probes} (icmp_seq={first} to {last})")?;
        if !listed.is_over {
            write!(line, ", still down at the end")?;
        }
        Ok(())
    }
}

/// The text after the name of a target: `is down: 3 probes without an answer, the first sent at 12:00:03.100; REASON`
pub(in crate::report) fn down(
    line: &mut Vec<u8>,
    down: &Down,
    (began, calendar): (SystemTime, Calendar),
    names: &mut dyn Names,
) -> io::Result<()> {
    let probes = plural(down.probes, "probe");
    write!(line, "is down: {probes} without an answer, ")?;
    let which = if down.probes == 1 { "" } else { "the first " };
    write!(line, "{which}sent at ")?;
    moment::clock(line, began, calendar)?;
    if let Some(Reason::Rejected {
        problem: why,
        reporter,
    }) = down.reason
    {
        write!(line, "; {}", problem::written(why, names))?;
        if let Some(reporter) = reporter {
            write!(line, " from {}", address::named(reporter, names))?;
        }
    }
    Ok(())
}

/// The text after the name of a target: `is up again after 41.0 s`
pub(in crate::report) fn up(line: &mut Vec<u8>, up: &TimeDown) -> io::Result<()> {
    let length = up.outage.length;
    if length < Duration::from_secs(1) {
        write!(line, "is up again after {} s", Seconds(length))
    } else {
        write!(line, "is up again after {:.1} s", length.as_secs_f64())
    }
}

/// The text after the name of a target: `has changed: ttl 57 instead of 64`
pub(in crate::report) fn changed(what: Changed, names: &mut dyn Names) -> String {
    match what {
        Changed::HopLimit { before, after } => {
            format!("has changed: ttl {after} instead of {before}")
        }
        Changed::TrafficClass { before, after } => {
            format!("has changed: traffic class {after:#04x} instead of {before:#04x}")
        }
        Changed::Address { before, after } => {
            let after = address::numeric(after, names);
            match before {
                Some(before) => {
                    let before = address::numeric(before, names);
                    format!("has changed: address {after} instead of {before}")
                }
                None => format!("has an address now: {after}"),
            }
        }
    }
}

/// `1 probe`, `2 probes`
fn plural(number: u64, what: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {what}{s}")
}
