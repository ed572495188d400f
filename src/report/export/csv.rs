//! The outcome of each probe as comma-separated values (RFC 4180), for spreadsheets and data frames.
//!
//! Lines end in CR LF. The first line has the names of the fields. An unknown field is empty.

use std::collections::HashMap;
use std::fmt;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::rc::Rc;

use super::Subjects;
use crate::errno;
use crate::event::{
    Answer, Directory, Event, NotSent, Outcome, ProbeId, Problem, Question, Row, Standing, Start,
    TargetNumber, When,
};
use crate::report::fields::{Milliseconds, TimeOfDay};
use crate::report::slug;
use crate::report::{Backpressure, Names, Outlet, Report, Retention};

const HEADER: &[u8] =
    b"time,target,name,address,label,seq,icmp_seq,outcome,rtt_ms,ttl,from,reason\r\n";

/// A row for the outcome of each probe or, with `--alive`, of each target.
pub struct Csv<O> {
    out: O,
    subjects: Subjects,
    /// Whether the run has `--alive`: then targets have outcomes instead of probes.
    asks_who_is_alive: bool,
    /// Errors about probes whose timeout has not expired.
    rejected: HashMap<(TargetNumber, u64), (SocketAddr, Problem)>,
    row: Vec<u8>,
}

impl<O> fmt::Debug for Csv<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Csv").finish_non_exhaustive()
    }
}

/// Details of an outcome besides its probe.
#[derive(Default)]
struct Details {
    round_trip: Option<std::time::Duration>,
    hop_limit: Option<u8>,
    from: Option<SocketAddr>,
    reason: String,
}

impl<O: Outlet> Csv<O> {
    /// `directory` has the targets if there are several.
    pub fn new(out: O, directory: Option<Rc<dyn Directory>>, names: impl Names + 'static) -> Self {
        Self {
            out,
            subjects: Subjects::new(directory, Box::new(names)),
            asks_who_is_alive: false,
            rejected: HashMap::new(),
            row: Vec::new(),
        }
    }

    fn answered(&mut self, answer: &Answer<'_>, at: When<'_>) -> io::Result<()> {
        let Some(number) = answer.number.filter(|_| answer.standing == Standing::Reply) else {
            return Ok(());
        };
        let probe = ProbeId {
            target: answer.target,
            number,
            sequence: answer.sequence,
        };
        self.rejected.remove(&(probe.target, probe.number));
        let details = Details {
            round_trip: answer.timing.map(|timing| timing.round_trip),
            hop_limit: answer.hop_limit,
            from: Some(answer.source),
            reason: String::new(),
        };
        self.write(probe.target, Some(probe), "reply", &details, at)
    }

    fn outcome(&mut self, probe: ProbeId, outcome: Outcome, at: When<'_>) -> io::Result<()> {
        let rejected = self.rejected.remove(&(probe.target, probe.number));
        let (word, details) = match (outcome, rejected) {
            (Outcome::Lost, _) => ("lost", Details::default()),
            (Outcome::Suspended, _) => ("suspended", Details::default()),
            (Outcome::Rejected, rejected) => (
                "rejected",
                Details {
                    from: rejected.map(|(from, _)| from),
                    reason: rejected
                        .map_or(String::new(), |(_, said)| slug::problem(said).to_owned()),
                    ..Details::default()
                },
            ),
        };
        self.write(probe.target, Some(probe), word, &details, at)
    }

    fn not_sent(&mut self, probe: ProbeId, reason: &NotSent, at: When<'_>) -> io::Result<()> {
        let details = Details {
            reason: match reason {
                NotSent::Refused(error) | NotSent::Broken(error) => errno::text(error),
                NotSent::TooLong { mtu, .. } => format!("message too long, mtu={mtu}"),
            },
            ..Details::default()
        };
        self.write(probe.target, Some(probe), "not_sent", &details, at)
    }

    /// Writes a row for a target, unless its state is unknown.
    fn decided(&mut self, target: TargetNumber, row: &Row, at: When<'_>) -> io::Result<()> {
        if row.is_unknown() {
            return Ok(());
        }
        let word = if row.is_alive() { "alive" } else { "dead" };
        let details = Details {
            round_trip: row.min,
            reason: row
                .reason
                .map_or(String::new(), |why| slug::reason(why).to_owned()),
            ..Details::default()
        };
        self.write(target, None, word, &details, at)
    }

    fn write(
        &mut self,
        target: TargetNumber,
        probe: Option<ProbeId>,
        outcome: &str,
        details: &Details,
        at: When<'_>,
    ) -> io::Result<()> {
        let subject = self.subjects.of(target);
        let from = details.from.map(|from| self.subjects.number(from));
        let row = &mut self.row;
        row.clear();
        write!(row, "{},{target},", TimeOfDay(at().wall))?;
        text(row, &subject.name);
        row.push(b',');
        text(row, &subject.address.unwrap_or_default());
        row.push(b',');
        text(row, &subject.label);
        row.push(b',');
        optional(row, probe.map(|probe| probe.number))?;
        optional(row, probe.map(|probe| probe.sequence))?;
        write!(row, "{outcome},")?;
        optional(row, details.round_trip.map(Milliseconds))?;
        optional(row, details.hop_limit)?;
        optional(row, from)?;
        text(row, &details.reason);
        row.extend_from_slice(b"\r\n");
        self.out.put(row, Retention::Droppable)
    }
}

/// Writes a field and a comma. An unknown field is empty.
fn optional(row: &mut Vec<u8>, field: Option<impl fmt::Display>) -> io::Result<()> {
    match field {
        Some(field) => write!(row, "{field},"),
        None => write!(row, ","),
    }
}

/// Writes text as a single field, quoted if it has a comma, a quotation mark or a line end.
pub(super) fn text(row: &mut Vec<u8>, field: &str) {
    let is_special = |octet: u8| matches!(octet, b',' | b'"' | b'\r' | b'\n');
    if !field.bytes().any(is_special) {
        return row.extend_from_slice(field.as_bytes());
    }
    row.push(b'"');
    for octet in field.bytes() {
        if octet == b'"' {
            row.push(b'"');
        }
        row.push(octet);
    }
    row.push(b'"');
}

impl<O: Outlet> Report for Csv<O> {
    fn event(&mut self, event: &Event<'_>, at: When<'_>) -> io::Result<()> {
        match event {
            Event::Started(start) => {
                self.subjects.started(start);
                let question = match start {
                    Start::One(_) => None,
                    Start::Several(several) => Some(several.question),
                };
                self.asks_who_is_alive = question == Some(Question::Alive);
                self.out.put(HEADER, Retention::Required)
            }
            Event::Decided { target, row } => self.decided(*target, row, at),
            _ if self.asks_who_is_alive => Ok(()),
            Event::Answered(answer) => self.answered(answer, at),
            Event::Rejected(rejection) => {
                if let Some(number) = rejection.number
                    && !rejection.is_behind_outcome
                {
                    let said = (rejection.reporter, rejection.problem);
                    self.rejected.insert((rejection.target, number), said);
                }
                Ok(())
            }
            Event::Outcome { probe, outcome } => self.outcome(*probe, *outcome, at),
            Event::NotSent { probe, reason } => self.not_sent(*probe, reason, at),
            _ => Ok(()),
        }
    }

    fn flush(&mut self) -> io::Result<Backpressure> {
        self.out.resume()
    }
}

#[cfg(test)]
mod tests;
