//! Combines recorded streams of `--json`: shards become one run, several hosts become vantage points of one table.
//!
//! A report sees [`Merged`] as a run: a [`Directory`] of targets and the [`Results`] of each. Memory is bounded by the number of
//! targets and of different values in their distributions, not by the length of the streams.

mod kept;
mod line;
mod stream;
mod total;
mod words;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::BufRead;
use std::net::{IpAddr, SocketAddr, SocketAddrV6};
use std::time::Duration;

use anyhow::{Result, bail};

use crate::config::many::Shard;
use crate::event::{
    Counts, Directory, Distribution, Ending, Outages, Results, Row, Summary, TargetNumber,
    TargetSummary,
};
use kept::StoredTarget;
use stream::Stream;
use total::Total;
use words::Words;

/// The streams that have been read.
#[derive(Debug, Default)]
pub struct Streams {
    words: Words,
    streams: Vec<Stream>,
}

/// The combined streams.
#[derive(Debug)]
pub struct Merged {
    words: Words,
    streams: Vec<Stream>,
    /// The number of the first target of each stream.
    firsts: Vec<TargetNumber>,
    total: Total,
    hosts: Hosts,
    complaints: Vec<String>,
    is_whole: bool,
}

/// Whether rows show which host probed the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hosts {
    /// In all rows.
    Shown,
    /// Only with several vantage points, where a target has a row for each host.
    Distinguished,
}

/// Settings that all streams have in common; `None` where they differ.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Common {
    /// The hash of the list of targets.
    pub targets_hash: Option<u64>,
    /// Whether raw sockets and ping sockets were used.
    pub sockets: [bool; 2],
    /// The clock of the first stream.
    pub clock: String,
    /// The distance between two probes of the same target.
    pub interval: Option<Duration>,
    /// The timeout of each probe.
    pub timeout: Option<Duration>,
    /// Octets of data in each probe of the first stream.
    pub size: usize,
    /// The number of probes of each target.
    pub count: Option<u64>,
}

impl Streams {
    /// Reads another stream.
    ///
    /// # Errors
    /// It cannot be read, or is invalid: one line with file and line number.
    pub fn read(&mut self, name: &str, input: impl BufRead) -> Result<()> {
        let stream = Stream::read(name, input, &mut self.words)?;
        self.streams.push(stream);
        Ok(())
    }

    /// Combines the streams.
    ///
    /// # Errors
    /// They do not belong together.
    pub fn merge(self, hosts: Hosts) -> Result<Merged> {
        let Self { words, mut streams } = self;
        let shards = shards(&streams)?;
        let mut complaints = Vec::new();
        match &shards {
            Some(shards) => {
                let mut places: Vec<usize> = (0..streams.len()).collect();
                places.sort_by_key(|place| shards.get(*place).map(|shard| shard.number()));
                let mut sorted: Vec<Option<Stream>> = streams.into_iter().map(Some).collect();
                let taken = places
                    .iter()
                    .filter_map(|place| sorted.get_mut(*place)?.take());
                streams = taken.collect();
                complaints.extend(missing(shards));
            }
            None => check_hosts(&streams)?,
        }
        check_questions(&streams)?;
        complaints.extend(
            streams
                .iter()
                .filter(|stream| stream.is_truncated())
                .map(cut),
        );
        let is_one_host = shards.is_some() || streams.len() == 1;
        let mut firsts = Vec::new();
        let mut first: TargetNumber = 0;
        for stream in &streams {
            firsts.push(first);
            let targets = TargetNumber::try_from(stream.targets.len());
            let Some(next) = targets.ok().and_then(|targets| first.checked_add(targets)) else {
                bail!(
                    "there are more than {} targets: merge fewer files",
                    TargetNumber::MAX
                );
            };
            first = next;
        }
        Ok(Merged {
            total: Total::of(&streams),
            is_whole: complaints.is_empty(),
            hosts: if is_one_host { hosts } else { Hosts::Shown },
            words,
            streams,
            firsts,
            complaints,
        })
    }
}

/// The shards of the streams, all of one list; `None` if no stream is a shard.
fn shards(streams: &[Stream]) -> Result<Option<Vec<Shard>>> {
    let mut found: Vec<Shard> = Vec::new();
    let mut first: Option<&Stream> = None;
    let mut other: Option<&Stream> = None;
    let mut seen: HashMap<u32, &str> = HashMap::new();
    for stream in streams {
        let Some(text) = &stream.start.shard else {
            other.get_or_insert(stream);
            continue;
        };
        let Some(shard) = Shard::read(text) else {
            bail!("{}:1: {text} is no shard", stream.name);
        };
        if let Some(before) = first {
            let (a, b) = (&before.name, &stream.name);
            if found.first().is_some_and(|first| first.of() != shard.of()) {
                bail!("{a} and {b} are shards of different numbers: merge those of one run");
            }
            if before.start.targets_hash != stream.start.targets_hash {
                bail!("{a} and {b} are shards of different lists: merge those of one run");
            }
        }
        if let Some(same) = seen.insert(shard.number(), &stream.name) {
            bail!(
                "{same} and {} are both shard {text}: give each once",
                stream.name
            );
        }
        first.get_or_insert(stream);
        found.push(shard);
    }
    match (first, other) {
        (Some(shard), Some(other)) => bail!(
            "{} is a shard and {} is none: merge shards of one run, or whole runs of several hosts",
            shard.name,
            other.name
        ),
        (Some(_), None) => Ok(Some(found)),
        (None, _) => Ok(None),
    }
}

/// A line for each missing shard, or for each range of them.
fn missing(shards: &[Shard]) -> Vec<String> {
    let Some(of) = shards.first().map(|shard| shard.of()) else {
        return Vec::new();
    };
    let mut numbers: Vec<u32> = shards.iter().map(|shard| shard.number()).collect();
    numbers.sort_unstable();
    let mut lines = Vec::new();
    let mut next = 1;
    for number in numbers
        .into_iter()
        .map(u64::from)
        .chain([u64::from(of) + 1])
    {
        let last = number - 1;
        match last.checked_sub(next) {
            None => {}
            Some(0) => lines.push(format!(
                "shard {next}/{of} is missing: its targets are not counted"
            )),
            Some(_) => lines.push(format!(
                "shards {next}/{of} to {last}/{of} are missing: their targets are not counted"
            )),
        }
        next = number + 1;
    }
    lines
}

/// Checks that each stream is of another host.
fn check_hosts(streams: &[Stream]) -> Result<()> {
    let mut seen: HashMap<Option<&str>, &str> = HashMap::new();
    for stream in streams {
        let host = stream.start.host.as_deref();
        if let Some(same) = seen.insert(host, &stream.name) {
            let (name, host) = (&stream.name, host.unwrap_or("unknown"));
            bail!("{same} and {name} are both of host {host}: give one run of each host");
        }
    }
    Ok(())
}

/// Checks that not both alive scans and rounds are combined: they have no common table.
fn check_questions(streams: &[Stream]) -> Result<()> {
    let filled = || streams.iter().filter(|stream| !stream.targets.is_empty());
    let alive = filled().find(|stream| stream.is_alive_scan());
    let rounds = filled().find(|stream| !stream.is_alive_scan() && !stream.is_truncated());
    match (alive, rounds) {
        (Some(alive), Some(rounds)) => bail!(
            "{} asks who is alive and {} probes in rounds: merge them apart",
            alive.name,
            rounds.name
        ),
        _ => Ok(()),
    }
}

fn cut(stream: &Stream) -> String {
    let mut line = format!("{}: no end: counted as far as it goes", stream.name);
    match stream.dropped {
        0 => {}
        1 => line.push_str("; 1 line was dropped before"),
        lines => {
            let _ = write!(line, "; {lines} lines were dropped before");
        }
    }
    if total::lacks_round_trips(stream) {
        line.push_str("; its round trips are in its rows only");
    }
    line
}

impl Merged {
    /// The settings that all streams have in common.
    #[must_use]
    pub fn common(&self) -> Option<Common> {
        let start = &self.streams.first()?.start;
        let starts = || self.streams.iter().map(|stream| &stream.start);
        let is_raw = |socket: &str| socket == "raw" || socket == "raw_and_ping";
        let is_ping = |socket: &str| socket == "ping" || socket == "raw_and_ping";
        let hash = starts().all(|other| other.targets_hash == start.targets_hash);
        let hash = start.targets_hash.as_deref().filter(|_| hash);
        let interval = start.interval_ms;
        let timeout = start.timeout_ms;
        Some(Common {
            targets_hash: hash.and_then(|hash| u64::from_str_radix(hash, 16).ok()),
            sockets: [
                starts().any(|start| is_raw(&start.socket)),
                starts().any(|start| is_ping(&start.socket)),
            ],
            clock: start.clock.clone(),
            interval: interval
                .filter(|_| starts().all(|other| other.interval_ms == interval))
                .map(|interval| interval.0),
            timeout: timeout
                .filter(|_| starts().all(|other| other.timeout_ms == timeout))
                .map(|timeout| timeout.0),
            size: start.size_bytes,
            count: start
                .count
                .filter(|count| starts().all(|other| other.count == Some(*count))),
        })
    }

    /// Lines for standard error: missing shards and truncated streams.
    #[must_use]
    pub fn complaints(&self) -> &[String] {
        &self.complaints
    }

    /// Whether the streams are alive scans.
    #[must_use]
    pub fn is_alive_scan(&self) -> bool {
        self.streams.iter().any(Stream::is_alive_scan)
    }

    /// The totals over all targets.
    #[must_use]
    pub fn summary(&self) -> &Summary {
        &self.total.summary
    }

    /// Why the runs ended: the least complete end of all.
    #[must_use]
    pub fn ending(&self) -> Ending {
        if self.is_whole {
            self.total.ending
        } else {
            Ending::Error
        }
    }

    /// The highest exit code of all runs; at least 1 if anything is missing.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        self.total.exit_code.max(u8::from(!self.is_whole))
    }

    /// The conditions of `--fail-if` that were true: target, condition and recorded value.
    pub fn failed_conditions(&self) -> impl Iterator<Item = (TargetNumber, &str, f64)> {
        let streams = self.firsts.iter().zip(&self.streams);
        streams.flat_map(|(first, stream)| {
            let failed = stream.end.iter().flat_map(|end| &end.failed);
            failed.map(|failed| {
                let target = first.saturating_add(failed.target);
                (target, failed.condition.as_str(), failed.value)
            })
        })
    }

    /// The name of the interface with this number in addresses of this directory.
    #[must_use]
    pub fn zone(&self, number: u32) -> Option<&str> {
        self.words.zone_name(number)
    }

    fn find(&self, target: TargetNumber) -> Option<(&Stream, &StoredTarget)> {
        let stream = self
            .firsts
            .partition_point(|first| *first <= target)
            .checked_sub(1)?;
        let first = self.firsts.get(stream)?;
        let stream = self.streams.get(stream)?;
        let place = usize::try_from(target.checked_sub(*first)?).ok()?;
        Some((stream, stream.targets.get(place)?))
    }

    fn kept(&self, target: TargetNumber) -> Option<&StoredTarget> {
        self.find(target).map(|(_, kept)| kept)
    }
}

impl Directory for Merged {
    fn len(&self) -> TargetNumber {
        let last = self.streams.last().map_or(0, |stream| stream.targets.len());
        let first = self.firsts.last().copied().unwrap_or_default();
        first.saturating_add(TargetNumber::try_from(last).unwrap_or(TargetNumber::MAX))
    }

    fn address(&self, target: TargetNumber) -> Option<SocketAddr> {
        let address = self.kept(target)?.address?;
        Some(match address.ip {
            IpAddr::V4(ip) => SocketAddr::from((ip, 0)),
            IpAddr::V6(ip) => SocketAddrV6::new(ip, 0, 0, address.zone.into()).into(),
        })
    }

    fn name(&self, target: TargetNumber) -> Option<&str> {
        self.kept(target)?.texts.as_ref()?.name.as_deref()
    }

    fn label(&self, target: TargetNumber) -> Option<&str> {
        self.kept(target)?.texts.as_ref()?.label.as_deref()
    }

    fn host(&self, target: TargetNumber) -> Option<&str> {
        let (stream, _) = self.find(target).filter(|_| self.hosts == Hosts::Shown)?;
        stream.start.host.as_deref()
    }

    fn source(&self, target: TargetNumber) -> Option<IpAddr> {
        let (stream, kept) = self.find(target)?;
        let [v4, v6] = stream.sources;
        if kept.address?.ip.is_ipv6() { v6 } else { v4 }
    }
}

impl Results for Merged {
    fn row(&self, target: TargetNumber) -> Row {
        self.kept(target).map(StoredTarget::row).unwrap_or_default()
    }

    fn target(&self, target: TargetNumber) -> Option<TargetSummary> {
        self.kept(target)?.summary()
    }

    fn counts(&self, target: TargetNumber) -> Option<Counts> {
        self.kept(target).map(StoredTarget::counts)
    }

    fn outages(&self) -> Option<Outages> {
        self.total.outages
    }

    fn distribution(&self) -> Distribution {
        self.total.distribution.clone()
    }
}

#[cfg(test)]
mod tests;
