//! Reads one stream of `--json`, line by line.

use std::collections::HashMap;
use std::io::BufRead;
use std::net::IpAddr;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::kept::{self, Address, LineCounts, State, StoredTarget, Texts};
use super::line::{
    About, Decided, Dropped, End, Failed, Figures, Head, Introduction, Reply, Start, Timed,
};
use super::words::Words;
use crate::event::{Ending, Source, TargetNumber};
use crate::report::json::VERSION;
use crate::stats::RoundTripStatistics;

/// The maximum number of targets for which a stream without `summary` keeps the distribution of each.
const DISTRIBUTIONS_MAX: TargetNumber = 4096;

/// The maximum number of preallocated targets: the number in the file is not trusted.
const PREALLOCATED_MAX: usize = 1 << 20;

/// The longest line in octets. A distribution has at most some ten thousand values.
const LINE_MAX: u64 = 16 << 20;

/// The content of a stream.
#[derive(Debug)]
pub(super) struct Stream {
    /// The name of the file in messages.
    pub(super) name: String,
    pub(super) start: Start,
    /// In the order of their summaries; targets without one follow by number.
    pub(super) targets: Vec<StoredTarget>,
    /// The source addresses of its probes, if known: IPv4, IPv6.
    pub(super) sources: [Option<IpAddr>; 2],
    /// All replies, if each has a line.
    pub(super) replies: RoundTripStatistics,
    pub(super) end: Option<Ended>,
    /// The time from its first line to its last.
    pub(super) length: Duration,
    /// Lines that were dropped when it was recorded.
    pub(super) dropped: u64,
}

/// How the run ended, and its figures.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) ending: Ending,
    pub(super) exit_code: u8,
    pub(super) alive: TargetNumber,
    pub(super) dead: TargetNumber,
    pub(super) unknown: TargetNumber,
    pub(super) figures: Figures,
    /// With indices in `targets`.
    pub(super) failed: Vec<Failed>,
}

impl Stream {
    /// Reads a stream, which may be truncated.
    ///
    /// # Errors
    /// It cannot be read, or is invalid.
    pub(super) fn read(name: &str, mut input: impl BufRead, words: &mut Words) -> Result<Self> {
        let mut lines = Lines {
            name,
            input: &mut input,
            number: 0,
            text: Vec::new(),
            last: Vec::new(),
        };
        if !lines.advance()? {
            bail!("{name} is empty: give files that rping --json wrote");
        }
        let head: Head<'_> = lines.head()?;
        if head.event != "start" {
            bail!(
                "{name}:1: the first line is no start: give files that rping --json wrote, whole"
            );
        }
        let start: Start = lines.fields()?;
        // Preallocated: growing in steps fragments the memory.
        let expected =
            usize::try_from(start.targets).map_or(0, |targets| targets.min(PREALLOCATED_MAX));
        let mut reading = Reading {
            indices: HashMap::with_capacity(expected),
            summaries: 0,
            words,
            stream: Self {
                name: name.to_owned(),
                targets: Vec::with_capacity(expected),
                sources: [None; 2],
                replies: RoundTripStatistics::new(),
                end: None,
                length: Duration::ZERO,
                dropped: 0,
                start,
            },
        };
        while lines.advance()? {
            reading.line(&lines)?;
        }
        reading.stream.length = lines.length();
        Ok(reading.finish())
    }

    /// Whether its `end` is missing.
    pub(super) fn is_truncated(&self) -> bool {
        self.end.is_none()
    }

    /// Whether it is an alive scan.
    pub(super) fn is_alive_scan(&self) -> bool {
        self.targets.iter().any(StoredTarget::is_decided)
    }
}

/// The lines of a file.
struct Lines<'a, R> {
    name: &'a str,
    input: &'a mut R,
    /// From 1.
    number: u64,
    text: Vec<u8>,
    /// The previous line.
    last: Vec<u8>,
}

impl<R: BufRead> Lines<'_, R> {
    /// Reads the next line that is not empty. A last line without a line ending is truncated, and does not count.
    fn advance(&mut self) -> Result<bool> {
        use std::io::Read as _;
        loop {
            if !self.text.is_empty() {
                std::mem::swap(&mut self.text, &mut self.last);
            }
            self.text.clear();
            let mut bounded = (&mut *self.input).take(LINE_MAX);
            let length = bounded
                .read_until(b'\n', &mut self.text)
                .with_context(|| format!("cannot read {}", self.name))?;
            self.number += 1;
            if u64::try_from(length).is_ok_and(|length| length >= LINE_MAX) {
                bail!(
                    "{}:{}: a line is too long: give files that rping --json wrote",
                    self.name,
                    self.number
                );
            }
            if self.text.pop() != Some(b'\n') {
                return Ok(false);
            }
            if !self.text.trim_ascii().is_empty() {
                return Ok(true);
            }
        }
    }

    fn head(&self) -> Result<Head<'_>> {
        let head = Head::read(&self.text).with_context(|| self.place())?;
        if head.v != u64::from(VERSION) {
            bail!(
                "{}: this line has version {} of the format, and this rping reads version {VERSION}: use the rping that wrote it",
                self.place(),
                head.v
            );
        }
        Ok(head)
    }

    fn fields<'b, T: Deserialize<'b>>(&'b self) -> Result<T> {
        serde_json::from_slice(&self.text).with_context(|| self.place())
    }

    /// The time of the last whole line.
    fn length(&self) -> Duration {
        let last: serde_json::Result<Timed> = serde_json::from_slice(&self.last);
        last.map_or(Duration::ZERO, |last| last.t_ms.0)
    }

    fn place(&self) -> String {
        format!("{}:{}", self.name, self.number)
    }
}

/// The state of reading a stream.
struct Reading<'a> {
    /// The index of each target by its number.
    indices: HashMap<TargetNumber, u32>,
    summaries: u32,
    words: &'a mut Words,
    stream: Stream,
}

impl Reading<'_> {
    fn line(&mut self, lines: &Lines<'_, impl BufRead>) -> Result<()> {
        let head = lines.head()?;
        if self.stream.end.is_some() {
            bail!(
                "{}: there is a line behind end: give each stream its own file",
                lines.place()
            );
        }
        match &*head.event {
            "start" => {
                bail!(
                    "{}: a second start: give each stream its own file",
                    lines.place()
                )
            }
            "target" => self.introduce(&lines.fields()?, lines),
            "summary" => {
                let figures: Figures = lines.fields()?;
                let rank = self.summaries;
                self.summaries = rank.saturating_add(1);
                let kept = self.known(figures.target, lines)?;
                kept.rank = rank;
                if !kept.is_decided() {
                    kept.state = State::of(figures);
                }
                Ok(())
            }
            event @ ("alive" | "dead" | "unknown") => self.decided(event, &lines.fields()?, lines),
            "end" => {
                let (end, figures): (End<'_>, Figures) = (lines.fields()?, lines.fields()?);
                self.end(end, figures);
                Ok(())
            }
            "dropped" => {
                let Dropped { lines } = lines.fields()?;
                self.stream.dropped = self.stream.dropped.saturating_add(lines);
                Ok(())
            }
            "reply" => self.reply(&lines.fields()?, lines),
            event => self.count(event, lines),
        }
    }

    fn introduce(
        &mut self,
        line: &Introduction<'_>,
        lines: &Lines<'_, impl BufRead>,
    ) -> Result<()> {
        let address = line.address.as_deref();
        let known = address.and_then(|text| self.address(text));
        if address.is_some() && known.is_none() {
            bail!("{}: the address of a target is none", lines.place());
        }
        let place = u32::try_from(self.stream.targets.len()).unwrap_or(u32::MAX);
        if self.indices.insert(line.target, place).is_some() {
            bail!(
                "{}: target {} is introduced twice",
                lines.place(),
                line.target
            );
        }
        if let Some(source) = line.source {
            let [v4, v6] = &mut self.stream.sources;
            *(if source.is_ipv6() { v6 } else { v4 }) = Some(source);
        }
        let is_its_address = address == Some(&*line.name);
        let texts = Texts {
            name: (!is_its_address).then(|| Box::from(&*line.name)),
            label: line.label.as_deref().map(Box::from),
            error: line.error.as_deref().map(|error| self.words.error(error)),
        };
        let is_empty = is_its_address && texts.label.is_none() && texts.error.is_none();
        self.stream.targets.push(StoredTarget {
            number: line.target,
            rank: u32::MAX,
            address: known,
            texts: (!is_empty).then(|| Box::new(texts)),
            state: State::Introduced,
        });
        Ok(())
    }

    fn address(&mut self, text: &str) -> Option<Address> {
        let (ip, zone) = match text.split_once('%') {
            Some((ip, zone)) => (ip, self.words.zone(zone)),
            None => (text, 0),
        };
        let ip = ip.parse().ok()?;
        Some(Address { ip, zone })
    }

    /// The target of a line.
    fn known(
        &mut self,
        target: Option<TargetNumber>,
        lines: &Lines<'_, impl BufRead>,
    ) -> Result<&mut StoredTarget> {
        let place = target.and_then(|target| self.indices.get(&target));
        let place = place.and_then(|place| usize::try_from(*place).ok());
        let kept = place.and_then(|place| self.stream.targets.get_mut(place));
        kept.with_context(|| {
            format!(
                "{}: no line before has introduced this target",
                lines.place()
            )
        })
    }

    /// The counts of a target from lines about its probes; `None` if its summary is known.
    fn counted(
        &mut self,
        target: TargetNumber,
        lines: &Lines<'_, impl BufRead>,
    ) -> Result<Option<&mut LineCounts>> {
        let is_one_of_few = self.stream.start.targets <= DISTRIBUTIONS_MAX;
        let kept = self.known(Some(target), lines)?;
        if matches!(kept.state, State::Introduced) {
            kept.state = State::Counted(Box::new(LineCounts::new(is_one_of_few)));
        }
        Ok(match &mut kept.state {
            State::Counted(counted) => Some(counted),
            _ => None,
        })
    }

    fn reply(&mut self, line: &Reply<'_>, lines: &Lines<'_, impl BufRead>) -> Result<()> {
        if let Some(time) = line.rtt_ms {
            self.stream.replies.record(time.0);
        }
        let Some(counted) = self.counted(line.target, lines)? else {
            return Ok(());
        };
        let counts = &mut counted.counts;
        counts.transmitted += 1;
        counts.received += 1;
        for (is_true, counter) in [
            (line.reordered, &mut counts.reordered),
            (line.altered, &mut counts.altered),
            (line.truncated, &mut counts.truncated),
            (line.oversized, &mut counts.oversized),
            (line.wrong_source, &mut counts.different_address),
        ] {
            *counter += u64::from(is_true);
        }
        if let Some(time) = line.rtt_ms {
            counted.record(time.0, line.clock.as_deref().and_then(source));
        }
        Ok(())
    }

    /// Counts a line about a probe. Only its target matters.
    fn count(&mut self, event: &str, lines: &Lines<'_, impl BufRead>) -> Result<()> {
        let is_about_probe = matches!(
            event,
            "sent"
                | "lost"
                | "rejected"
                | "suspended"
                | "not_sent"
                | "late"
                | "icmp_error"
                | "duplicate"
                | "bad_checksum"
                | "bad_token"
                | "stale"
                | "unexpected"
        );
        if !is_about_probe {
            return Ok(());
        }
        let About { target } = lines.fields()?;
        let Some(target) = target else { return Ok(()) };
        let Some(counted) = self.counted(target, lines)? else {
            return Ok(());
        };
        let counts = &mut counted.counts;
        match event {
            "sent" => counted.departures += 1,
            "lost" => counts.transmitted += 1,
            "rejected" => {
                counts.transmitted += 1;
                counts.rejected += 1;
                counts.rejected_unanswered += 1;
            }
            "suspended" => {
                counts.transmitted += 1;
                counts.suspended += 1;
            }
            "not_sent" => counts.not_sent += 1,
            "late" => counts.late += 1,
            "icmp_error" => counts.icmp_errors += 1,
            "duplicate" => counts.duplicates += 1,
            "bad_checksum" => counts.bad_checksums += 1,
            "bad_token" => counts.bad_tokens += 1,
            "stale" => counts.stale += 1,
            _ => counts.unexpected += 1,
        }
        Ok(())
    }

    fn decided(
        &mut self,
        event: &str,
        line: &Decided<'_>,
        lines: &Lines<'_, impl BufRead>,
    ) -> Result<()> {
        let is_ipv6 =
            |kept: &StoredTarget| kept.address.is_some_and(|address| address.ip.is_ipv6());
        let is_ipv6 = is_ipv6(self.known(Some(line.target), lines)?);
        let reason = line.reason.as_deref();
        let reason = reason.and_then(|word| self.words.reason(word, is_ipv6));
        self.known(Some(line.target), lines)?.state = State::decided(event, line, reason);
        Ok(())
    }

    fn end(&mut self, line: End<'_>, figures: Figures) {
        self.stream.end = Some(Ended {
            ending: match &*line.reason {
                "done" => Ending::Complete,
                "until" => Ending::Reply,
                "quorum" => Ending::Quorum,
                "deadline" => Ending::Deadline,
                "signal" => Ending::Signal,
                _ => Ending::Error,
            },
            exit_code: line.exit_code,
            alive: line.targets_alive,
            dead: line.targets_dead,
            unknown: line.targets_unknown,
            figures,
            failed: line.failed_conditions,
        });
    }

    fn finish(self) -> Stream {
        let mut stream = self.stream;
        drop(self.indices);
        stream
            .targets
            .sort_unstable_by_key(|kept| (kept.rank, kept.number));
        stream.targets.shrink_to_fit();
        if let Some(end) = &mut stream.end
            && !end.failed.is_empty()
        {
            let numbers = stream.targets.iter().zip(0..);
            let indices: HashMap<TargetNumber, TargetNumber> =
                numbers.map(|(kept, place)| (kept.number, place)).collect();
            end.failed.retain_mut(|failed| {
                let place = indices.get(&failed.target);
                failed.target = place.copied().unwrap_or_default();
                place.is_some()
            });
        }
        stream
    }
}

/// The clock that timed a round trip.
fn source(word: &str) -> Option<Source> {
    Some(match word {
        "hardware" => Source::Hardware,
        "wire" => Source::Wire,
        "kernel" => Source::Kernel,
        "receipt" => Source::Receipt,
        "user" => Source::User,
        _ => return None,
    })
}

/// The counts of a whole run.
pub(super) fn counts(end: &Ended) -> crate::event::Counts {
    kept::counts(&end.figures)
}
