//! The output of `-j` under the name `ping`: one JSON object a line, with the keys of iputils (master branch, where the
//! option is experimental).
//!
//! iputils omits keys, prints numbers as strings, and mixes text with its objects. Here objects of one kind always have
//! all their keys, numbers are numbers, and iputils' text lines are objects.

use std::fmt::Write as _;
use std::io;
use std::time::{Duration, UNIX_EPOCH};

use serde::Serialize;
use serde_json::Serializer;

use super::json::escape::Visible;
use super::statistics::as_counted_by;
use super::text::TIMED_SIZE;
use super::{Backpressure, Names, Outlet, Report, Retention, address, failure, problem};
use crate::config::{Face, Style};
use crate::errno;
use crate::event::{
    Answer, Destination, Event, NotSent, Rejection, RoundTrips, Standing, Start, Summary, When,
};

/// Writes JSON Lines to `out`. Another report prints the messages.
#[derive(Debug)]
pub struct PingJson<O, N> {
    style: Style,
    out: O,
    names: N,
    host: String,
    /// Whether iputils' time stamp fits in a probe of this size: without it, there are no round trips.
    timed: bool,
}

#[derive(Debug, Serialize)]
struct Reply<'a> {
    bytes: usize,
    host: &'a str,
    ident: u16,
    seq: u16,
    ttl: Option<u8>,
    time: Option<f64>,
    /// iputils' remarks in brackets, and those about the data.
    info: Option<&'a str>,
    /// With `-D`.
    timestamp: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Failure<'a> {
    error: Cause<'a>,
    host: Option<&'a str>,
    seq: Option<u16>,
    timestamp: Option<f64>,
}

/// As in iputils: a text, or the operation that failed and the system's error.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Cause<'a> {
    Text(&'a str),
    OfSystem([&'a str; 2]),
}

/// Any other line.
#[derive(Debug, Serialize)]
struct Remark<'a> {
    info: &'a str,
    seq: Option<u16>,
    timestamp: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Statistics<'a> {
    host: &'a str,
    transmitted: u64,
    received: u64,
    duplicates: u64,
    corrupted: u64,
    errors: u64,
    loss: Option<f64>,
    time: u128,
    rtt: Option<Rtt>,
    pipe: u32,
    ipg: Option<f64>,
    ewma: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Rtt {
    min: f64,
    avg: f64,
    max: f64,
    mdev: f64,
}

impl<O: Outlet, N: Names> PingJson<O, N> {
    /// Lines about one target. `names` are the names of senders.
    pub fn new(style: Style, out: O, names: N) -> Self {
        Self {
            style,
            out,
            names,
            host: String::new(),
            timed: true,
        }
    }

    fn line(&mut self, object: &impl Serialize, retention: Retention) -> io::Result<()> {
        let mut line = Vec::with_capacity(128);
        object.serialize(&mut Serializer::with_formatter(&mut line, Visible))?;
        line.push(b'\n');
        self.out.put(&line, retention)
    }

    /// Whether each reply has a line.
    fn tells_replies(&self) -> bool {
        !self.style.quiet && !self.style.flood
    }

    /// Seconds since 1970 if `-D` is given.
    fn timestamp(&self, at: When<'_>) -> Option<f64> {
        let since = || at().wall.duration_since(UNIX_EPOCH).unwrap_or_default();
        self.style.timestamps.then(|| since().as_secs_f64())
    }

    fn started(&mut self, destination: &Destination) -> io::Result<()> {
        self.host.clone_from(&destination.host);
        self.timed = destination.size >= TIMED_SIZE;
        let Some(pattern) = self.style.announced_pattern.as_ref() else {
            return Ok(());
        };
        let mut info = "PATTERN: 0x".to_owned();
        for octet in pattern {
            // Writing to a text cannot fail.
            let _ = write!(info, "{octet:02x}");
        }
        let remark = Remark {
            info: &info,
            seq: None,
            timestamp: None,
        };
        self.line(&remark, Retention::Droppable)
    }

    fn answered(&mut self, answer: &Answer<'_>, at: When<'_>) -> io::Result<()> {
        let host = address::named(answer.source, &mut self.names);
        let time = answer.timing.map(|timing| timing.round_trip);
        let time = time.filter(|_| self.timed && !answer.marks.truncated);
        let info = self.info(answer);
        let reply = Reply {
            bytes: answer.length,
            host: &host,
            ident: answer.identifier,
            seq: answer.sequence,
            ttl: answer.hop_limit,
            time: time.map(milliseconds),
            info: (!info.is_empty()).then_some(&info),
            timestamp: self.timestamp(at),
        };
        self.line(&reply, Retention::Droppable)
    }

    fn info(&self, answer: &Answer<'_>) -> String {
        let marks = answer.marks;
        // Several hosts answer a multicast probe, so duplicates are expected.
        let is_expected = marks.multicast && !self.style.verbose;
        let standing = match answer.standing {
            Standing::Duplicate if !is_expected => "DUP!",
            Standing::BadChecksum => "BAD CHECKSUM!",
            Standing::BadToken => "WRONG TOKEN!",
            Standing::Stale => "STALE!",
            Standing::Unexpected => "UNEXPECTED!",
            Standing::Reply | Standing::Late | Standing::Duplicate => "",
        };
        let mut info = Vec::new();
        for (is_true, mark) in [
            (marks.truncated, "truncated"),
            (!standing.is_empty(), standing),
            (marks.different_address, "DIFFERENT ADDRESS!"),
        ] {
            if is_true {
                info.push(mark.to_owned());
            }
        }
        if let Some(mismatch) = answer.mismatch.filter(|_| !marks.truncated) {
            let (offset, expected, found) = (mismatch.offset, mismatch.expected, mismatch.found);
            info.push(format!(
                "wrong data byte #{offset} should be 0x{expected:x} but was 0x{found:x}"
            ));
        }
        info.join(", ")
    }

    fn icmp(&mut self, message: &Rejection<'_>, at: When<'_>) -> io::Result<()> {
        let host = address::named(message.reporter, &mut self.names);
        let text = problem::written(message.problem, &mut self.names);
        let failure = Failure {
            error: Cause::Text(&text),
            host: Some(&host),
            seq: Some(message.sequence),
            timestamp: self.timestamp(at),
        };
        self.line(&failure, Retention::Droppable)
    }

    fn not_sent(&mut self, sequence: u16, reason: &NotSent, at: When<'_>) -> io::Result<()> {
        let text = failure::text(reason, None);
        let words = match reason {
            NotSent::Refused(error) | NotSent::Broken(error) => Some(errno::text(error)),
            NotSent::TooLong { .. } => None,
        };
        let error = match &words {
            Some(words) => Cause::OfSystem(["sendmsg", words]),
            None => Cause::Text(&text),
        };
        let failure = Failure {
            error,
            host: None,
            seq: Some(sequence),
            timestamp: self.timestamp(at),
        };
        self.line(&failure, Retention::Droppable)
    }

    /// iputils prints this line even with `-q`.
    fn no_answer(&mut self, sequence: u16, at: When<'_>) -> io::Result<()> {
        let remark = Remark {
            info: "no answer yet",
            seq: Some(sequence),
            timestamp: self.timestamp(at),
        };
        self.line(&remark, Retention::Droppable)
    }

    fn finished(&mut self, summary: &Summary) -> io::Result<()> {
        self.out.settle()?;
        let counts = as_counted_by(Face::Ping, &summary.counts);
        let times = summary.round_trips.as_ref().filter(|_| self.timed);
        let gaps = counts.transmitted.saturating_sub(1);
        let has_pace = self.style.paced_by_replies && counts.received > 0;
        let gap = summary.elapsed.as_nanos().checked_div(gaps.into());
        let gap = gap
            .and_then(|gap| u64::try_from(gap).ok())
            .filter(|_| has_pace);
        let host = std::mem::take(&mut self.host);
        let statistics = Statistics {
            host: &host,
            transmitted: counts.transmitted,
            received: counts.received,
            duplicates: counts.duplicates,
            corrupted: counts.bad_checksums,
            errors: counts.rejected,
            loss: counts.loss(),
            time: summary.elapsed.as_micros().saturating_add(500) / 1000,
            rtt: times.map(Rtt::of),
            pipe: summary.series.as_ref().map_or(0, |series| series.pipe),
            ipg: gap.map(|gap| milliseconds(Duration::from_nanos(gap))),
            ewma: gap.and_then(|_| Some(milliseconds(times?.ewma))),
        };
        self.line(&statistics, Retention::Required)
    }
}

impl Rtt {
    fn of(times: &RoundTrips) -> Self {
        Self {
            min: milliseconds(times.min),
            avg: milliseconds(times.mean),
            max: milliseconds(times.max),
            mdev: milliseconds(times.deviation),
        }
    }
}

/// Milliseconds, rounded to the microsecond as in iputils.
#[allow(
    clippy::cast_precision_loss,
    reason = "microseconds of a century have fewer digits than a double"
)]
fn milliseconds(time: Duration) -> f64 {
    let microseconds = time.as_nanos().saturating_add(500) / 1000;
    microseconds as f64 / 1000.0
}

impl<O: Outlet, N: Names> Report for PingJson<O, N> {
    fn event(&mut self, event: &Event<'_>, at: When<'_>) -> io::Result<()> {
        match event {
            Event::Started(Start::One(destination)) => self.started(destination),
            Event::Answered(answer) if self.tells_replies() => self.answered(answer, at),
            Event::Rejected(message) | Event::Noticed(message) if self.tells_replies() => {
                self.icmp(message, at)
            }
            Event::NotSent { probe, reason } if self.tells_replies() => {
                self.not_sent(probe.sequence, reason, at)
            }
            Event::NoAnswer { sequence, .. } => self.no_answer(*sequence, at),
            Event::Finished(summary, _) => self.finished(summary),
            _ => Ok(()),
        }
    }

    fn flush(&mut self) -> io::Result<Backpressure> {
        self.out.resume()
    }
}

#[cfg(test)]
mod tests;
