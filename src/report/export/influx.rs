//! A line for each target at the end of the run, in the line protocol of `InfluxDB`. Measurement, tags and fields are
//! those of Telegraf's `ping` input, so its dashboards work with rping.

use std::fmt::{self, Write as _};
use std::io;
use std::rc::Rc;
use std::time::{Duration, UNIX_EPOCH};

use super::Subjects;
use crate::event::{
    Answer, Directory, Event, Results, RoundTrips, Row, Standing, TargetNumber, When,
};
use crate::report::fields::Milliseconds;
use crate::report::{Backpressure, Names, Outlet, Report, Retention};

/// A line for each target.
pub struct Influx<O> {
    out: O,
    subjects: Subjects,
    /// The time to live of each target's last reply.
    time_to_live: Vec<Option<u8>>,
}

impl<O> fmt::Debug for Influx<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Influx").finish_non_exhaustive()
    }
}

impl<O: Outlet> Influx<O> {
    /// `directory` has the targets if there are several.
    pub fn new(out: O, directory: Option<Rc<dyn Directory>>, names: impl Names + 'static) -> Self {
        Self {
            out,
            subjects: Subjects::new(directory, Box::new(names)),
            time_to_live: Vec::new(),
        }
    }

    fn answered(&mut self, answer: &Answer<'_>) {
        let place = answer.target as usize;
        if answer.standing == Standing::Reply {
            if self.time_to_live.len() <= place {
                self.time_to_live.resize(place + 1, None);
            }
            if let Some(last) = self.time_to_live.get_mut(place) {
                *last = answer.hop_limit;
            }
        }
    }

    fn line(
        &mut self,
        target: TargetNumber,
        results: &dyn Results,
        time: Duration,
    ) -> io::Result<()> {
        let subject = self.subjects.of(target);
        let row = results.row(target);
        let mut line = String::from("ping");
        tag(&mut line, "address", subject.address.as_deref());
        let family = subject.family.map(|family| format!("{family}"));
        tag(&mut line, "family", family.as_deref());
        tag(&mut line, "label", Some(&subject.label));
        tag(&mut line, "url", Some(&subject.name));
        let summary = results.target(target);
        let times = summary.and_then(|summary| summary.round_trips);
        let hop_limit = self.time_to_live.get(target as usize).copied().flatten();
        let fields = fields(&row, times.as_ref(), hop_limit);
        let _ = writeln!(line, " {fields} {}", time.as_nanos());
        self.out.put(line.as_bytes(), Retention::Required)
    }
}

/// All known fields. Integers end in `i`.
fn fields(row: &Row, times: Option<&RoundTrips>, hop_limit: Option<u8>) -> String {
    // 0: pinged, 1: no such host, 2: the ping failed (README of Telegraf's plugin).
    let result = match row.reason {
        Some(reason) if reason.is_of_lookup() => 1,
        Some(reason) if reason.is_obstacle() && row.sent == 0 => 2,
        _ => 0,
    };
    let mut fields = format!("packets_received={}i", row.received);
    let _ = write!(fields, ",packets_transmitted={}i", row.sent);
    if let Some(loss) = row.loss() {
        let _ = write!(fields, ",percent_packet_loss={loss}");
    }
    let figures = [
        ("average_response_ms", row.mean),
        ("maximum_response_ms", row.max),
        ("minimum_response_ms", row.min),
        ("percentile50_ms", times.map(|times| times.p50)),
        ("percentile90_ms", times.map(|times| times.p90)),
        ("percentile99_ms", times.map(|times| times.p99)),
        ("standard_deviation_ms", times.map(|times| times.deviation)),
    ];
    for (name, time) in figures {
        if let Some(time) = time {
            let _ = write!(fields, ",{name}={}", Milliseconds(time));
        }
    }
    let _ = write!(fields, ",result_code={result}i");
    if let Some(hop_limit) = hop_limit {
        let _ = write!(fields, ",ttl={hop_limit}i");
    }
    fields
}

/// Writes a tag, unless its value is unknown or empty, which the format does not allow.
fn tag(line: &mut String, name: &str, value: Option<&str>) {
    let Some(value) = value.filter(|value| !value.is_empty()) else {
        return;
    };
    let _ = write!(line, ",{name}=");
    for character in value.chars() {
        match character {
            ',' | '=' | ' ' => {
                line.push('\\');
                line.push(character);
            }
            // The format cannot express a line end, nor a backslash before a character that it would escape.
            '\n' | '\r' | '\\' => line.push('_'),
            other => line.push(other),
        }
    }
}

impl<O: Outlet> Report for Influx<O> {
    fn event(&mut self, event: &Event<'_>, at: When<'_>) -> io::Result<()> {
        match event {
            Event::Started(start) => {
                self.subjects.started(start);
                Ok(())
            }
            Event::Answered(answer) => {
                self.answered(answer);
                Ok(())
            }
            Event::Finished(_, results) => {
                let time = at().wall.duration_since(UNIX_EPOCH).unwrap_or_default();
                let all = self.subjects.all();
                all.into_iter()
                    .try_for_each(|target| self.line(target, *results, time))
            }
            _ => Ok(()),
        }
    }

    fn flush(&mut self) -> io::Result<Backpressure> {
        self.out.resume()
    }
}

#[cfg(test)]
mod tests;
