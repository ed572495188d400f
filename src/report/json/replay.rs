//! Replays a run recorded with `--export-json`: turns its lines back into events.
//!
//! Lines do not contain all of an event. Missing from the replay: the altered octets of a reply, the reporter of the
//! reason why a target is dead, and the number of probes in flight at once.

mod line;
mod recorded;
mod recording;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::mem;
use std::rc::Rc;
use std::time::Duration;

use super::super::{Report, slug};
use crate::event::{
    Answer, Change, Changed, Directory, Down, Event, Marks, Moment, NotSent, Outage, Outcome,
    ProbeId, Problem, Reach, Reason, Rejection, Row, Standing, Start, Stranger, TargetNumber,
    TimeDown, Timing,
};
use crate::wire::extensions::Extensions;
use crate::wire::timestamp::Times;
use crate::wire::{icmpv4, icmpv6};
pub use line::Line;
use recorded::{Recorded, Rows, counts, summary};
pub use recording::Recording;

/// Replays a recorded run.
#[derive(Debug, Clone)]
pub struct Player {
    start: Start,
    timeout: Option<Duration>,
    targets: Rc<Recorded>,
    is_of_one: bool,
    /// Whether departures are told, also where no line tells them.
    tells_departures: bool,
    has_departures: bool,
    rows: Rows,
    /// Probes with an ICMP error, and probes that were not sent.
    rejected: BTreeSet<(TargetNumber, u64)>,
    unsent: BTreeSet<(TargetNumber, u64)>,
    reasons: BTreeMap<TargetNumber, Reason>,
    /// When the first and last probe were sent, as far as lines say.
    departures: Option<(Duration, Duration)>,
    /// Lost probes of the only target.
    lost: Vec<ProbeId>,
    down: BTreeMap<TargetNumber, Down>,
}

impl Player {
    /// The targets of the run.
    #[must_use]
    pub fn targets(&self) -> Rc<dyn Directory> {
        Rc::clone(&self.targets) as Rc<dyn Directory>
    }

    /// Whether the text about the run is that of a single target.
    #[must_use]
    pub fn is_of_one(&self) -> bool {
        self.is_of_one
    }

    /// Tells of each probe that it left, before it tells what became of it.
    #[must_use]
    pub fn telling_departures(mut self) -> Self {
        self.tells_departures = true;
        self
    }

    /// Reports the event of a line.
    ///
    /// # Errors
    /// Those of the report.
    pub fn tell(&mut self, mut line: Line, report: &mut impl Report) -> io::Result<()> {
        self.targets.renumber(&mut line);
        if let Some((probe, moment)) = self.departure(&line) {
            report.event(&Event::Sent(probe), &|| moment)?;
        }
        let at = || line.moment();
        let event: Tell<'_> = &mut |event: &Event<'_>| report.event(event, &at);
        match line.event() {
            "start" => event(&Event::Started(&self.start)),
            "warning" => event(&Event::Warning(line.text("message").unwrap_or_default())),
            "dropped" => {
                let lines = line.count("lines");
                event(&Event::Warning(&format!("{lines} lines are missing here")))
            }
            "sent" => self.sent(&line, event),
            "reply" => self.answered(&line, Standing::Reply, event),
            "late" => self.answered(&line, Standing::Late, event),
            "duplicate" => self.answered(&line, Standing::Duplicate, event),
            "bad_checksum" => self.answered(&line, Standing::BadChecksum, event),
            "bad_token" => self.answered(&line, Standing::BadToken, event),
            "stale" => self.answered(&line, Standing::Stale, event),
            "unexpected" => self.answered(&line, Standing::Unexpected, event),
            "lost" | "rejected" => self.lost(&line, event),
            "suspended" => match line.probe() {
                Some(probe) => event(&Event::Outcome {
                    probe,
                    outcome: Outcome::Suspended,
                }),
                None => Ok(()),
            },
            "icmp_error" => self.icmp_error(&line, event),
            "notice" => match self.rejection(&line) {
                Some(notice) => event(&Event::Noticed(&notice)),
                None => Ok(()),
            },
            "not_sent" => self.not_sent(&line, event),
            "down" => self.went_down(&line, event),
            "up" => self.came_up(&line, event),
            "change" => match change(&line) {
                Some(change) => event(&Event::Changed(&change)),
                None => Ok(()),
            },
            "alive" | "dead" => {
                let (Some(target), row) = (line.target(), self.decided(&line)) else {
                    return Ok(());
                };
                event(&Event::Decided { target, row: &row })
            }
            "unknown" => {
                let (Some(target), row) = (line.target(), self.decided(&line)) else {
                    return Ok(());
                };
                event(&Event::Undecided { target, row: &row })
            }
            "summary" => {
                let reason = line.target().and_then(|it| self.reasons.get(&it).copied());
                self.rows.note(&line, reason);
                Ok(())
            }
            "end" => self.finished(&line, event),
            _ => Ok(()),
        }
    }
}

/// Passes an event to the report.
type Tell<'a> = &'a mut dyn FnMut(&Event<'_>) -> io::Result<()>;

impl Player {
    /// The probe that left before the first line about it, and when it did, where that is to be told.
    fn departure(&self, line: &Line) -> Option<(ProbeId, Moment)> {
        if !self.tells_departures || self.has_departures {
            return None;
        }
        let probe = line.probe()?;
        let ago = match line.event() {
            "reply" => line.milliseconds("rtt_ms"),
            "lost" => line.milliseconds("timeout_ms").or(self.timeout),
            "icmp_error" if self.rejected.contains(&(probe.target, probe.number)) => return None,
            "icmp_error" | "suspended" => None,
            _ => return None,
        };
        Some((probe, line.moment().before(ago.unwrap_or_default())))
    }

    fn left(&mut self, at: Duration) {
        let (first, last) = self.departures.unwrap_or((at, at));
        self.departures = Some((first.min(at), last.max(at)));
    }

    fn sent(&mut self, line: &Line, tell: Tell<'_>) -> io::Result<()> {
        self.left(line.moment().since_start);
        match line.probe() {
            Some(probe) => tell(&Event::Sent(probe)),
            None => Ok(()),
        }
    }

    fn answered(&mut self, line: &Line, standing: Standing, tell: Tell<'_>) -> io::Result<()> {
        let Some(source) = line.address("from") else {
            return Ok(());
        };
        let length = line.number("bytes").unwrap_or_default();
        let (hop_limit, traffic_class) = (line.number("ttl"), line.number("tos"));
        let Some(probe) = line.probe() else {
            return tell(&Event::Stranger(&Stranger {
                source,
                length,
                sequence: line.number("icmp_seq").unwrap_or_default(),
                hop_limit,
                traffic_class,
            }));
        };
        let timing = line.milliseconds("rtt_ms").map(|round_trip| Timing {
            round_trip,
            source: line.source(),
            sending: line.milliseconds("tx_host_ms"),
            queued: None,
            reading: line.milliseconds("rx_host_ms"),
        });
        if standing == Standing::Reply {
            let took = timing.map_or(Duration::ZERO, |timing| timing.round_trip);
            self.left(line.moment().since_start.saturating_sub(took));
        }
        tell(&Event::Answered(&Answer {
            target: probe.target,
            number: line.number("seq"),
            length,
            source,
            identifier: 0,
            sequence: probe.sequence,
            hop_limit,
            traffic_class,
            standing,
            timing,
            marks: Marks {
                reordered: line.is("reordered"),
                different_address: line.is("wrong_source"),
                truncated: line.is("truncated"),
                oversized: line.is("oversized"),
                ..Marks::default()
            },
            mismatch: None,
            options: &[],
            destination: None,
            times: line.inside("peer_clock").and_then(|it| times(&it)),
            information: None,
        }))
    }

    /// Skips a rejected probe: the error was reported.
    fn lost(&mut self, line: &Line, tell: Tell<'_>) -> io::Result<()> {
        let Some(probe) = line.probe() else {
            return Ok(());
        };
        if let Some(timeout) = self.timeout {
            self.left(line.moment().since_start.saturating_sub(timeout));
        }
        if self.is_of_one {
            self.lost.push(probe);
        }
        if let Some(down) = self.down.get_mut(&probe.target) {
            down.probes = down.probes.saturating_add(1);
        }
        if line.event() == "rejected" {
            return Ok(());
        }
        tell(&Event::NoAnswer {
            target: probe.target,
            sequence: probe.sequence,
        })
    }

    /// The ICMP message about a probe.
    fn rejection(&self, line: &Line) -> Option<Rejection<'static>> {
        let probe = line.probe()?;
        let reporter = line.address("from")?;
        let (kind, code) = (line.number("icmp_type")?, line.number("icmp_code")?);
        let gateway = match line.address("gateway").map(|it| it.ip()) {
            Some(std::net::IpAddr::V4(gateway)) => Some(gateway.to_bits()),
            _ => None,
        };
        let info = line.number("mtu").or(gateway).unwrap_or_default();
        let is_ipv6 = self.targets.address(probe.target)?.is_ipv6();
        let problem = if is_ipv6 {
            Problem::V6(icmpv6::Problem::from_parts(kind, code, info))
        } else {
            Problem::V4(icmpv4::Problem::from_parts(kind, code, info))
        };
        let key = (probe.target, probe.number);
        Some(Rejection {
            target: probe.target,
            number: line.number("seq"),
            reporter,
            sequence: probe.sequence,
            problem,
            reach: if self.unsent.contains(&key) {
                Reach::NotSent
            } else {
                Reach::Left
            },
            is_behind_outcome: false,
            original: None,
            quoted: None,
            extensions: Extensions::default(),
        })
    }

    fn icmp_error(&mut self, line: &Line, tell: Tell<'_>) -> io::Result<()> {
        let (Some(rejection), Some(probe)) = (self.rejection(line), line.probe()) else {
            return Ok(());
        };
        let reason = Reason::Rejected {
            problem: rejection.problem,
            reporter: Some(rejection.reporter),
        };
        self.reasons.insert(probe.target, reason);
        if self.rejected.insert((probe.target, probe.number)) {
            tell(&Event::Rejected(&rejection))
        } else {
            tell(&Event::Repeated(&rejection))
        }
    }

    fn not_sent(&mut self, line: &Line, tell: Tell<'_>) -> io::Result<()> {
        let Some(probe) = line.probe() else {
            return Ok(());
        };
        self.left(line.moment().since_start);
        self.unsent.insert((probe.target, probe.number));
        let mtu = line
            .text("error")
            .and_then(|error| error.split_once("mtu="));
        let mtu = mtu.and_then(|(_, mtu)| mtu.parse().ok());
        let errno = line.number::<u32>("errno");
        let errno = errno.and_then(|errno| i32::try_from(errno).ok());
        let reason = match mtu {
            Some(mtu) => NotSent::TooLong {
                mtu,
                ipv6: (self.targets.address(probe.target)).is_some_and(|to| to.is_ipv6()),
            },
            None => NotSent::Refused(io::Error::from_raw_os_error(errno.unwrap_or_default())),
        };
        let reason = &reason;
        tell(&Event::NotSent { probe, reason })
    }

    fn went_down(&mut self, line: &Line, tell: Tell<'_>) -> io::Result<()> {
        let Some(first) = line.probe() else {
            return Ok(());
        };
        let reason = line.text("reason").zip(self.reasons.get(&first.target));
        let down = Down {
            first,
            sent: line.milliseconds("since_t_ms").unwrap_or_default(),
            probes: line.count("probes"),
            reason: reason.map(|(_, reason)| *reason),
        };
        self.down.insert(first.target, down);
        tell(&Event::Down(&down))
    }

    fn came_up(&mut self, line: &Line, tell: Tell<'_>) -> io::Result<()> {
        let Some(first) = line.probe() else {
            return Ok(());
        };
        self.down.remove(&first.target);
        let length = line.milliseconds("down_ms").unwrap_or_default();
        let sent = line.milliseconds("since_t_ms").unwrap_or_default();
        tell(&Event::Up(&time_down(
            first,
            sent,
            length,
            line.count("probes"),
        )))
    }

    /// The row of a target that is alive or dead.
    fn decided(&self, line: &Line) -> Row {
        let is_alive = line.event() == "alive";
        let why = line.text("reason").filter(|_| !is_alive);
        let is_ipv6 = line
            .target()
            .and_then(|target| self.targets.address(target))
            .is_some_and(|address| address.is_ipv6());
        Row {
            sent: line.number("sent").unwrap_or(u32::MAX),
            received: u32::from(is_alive),
            min: line.milliseconds("rtt_ms"),
            reason: why.and_then(|why| reason(why, is_ipv6)),
            ..Row::default()
        }
    }

    /// The longest series of lost probes. Its length comes from the last line.
    fn longest_outage(&mut self, line: &Line) -> Option<Outage> {
        let length = line.inside("outages")?.milliseconds("longest_ms")?;
        self.lost.sort_by_key(|probe| probe.number);
        let rows = self
            .lost
            .chunk_by(|one, next| one.number.checked_add(1) == Some(next.number));
        let longest = rows.max_by_key(|row| row.len())?;
        Some(Outage {
            first: longest.first()?.sequence,
            last: longest.last()?.sequence,
            length,
            probes: longest.len() as u64,
        })
    }

    fn finished(&mut self, line: &Line, tell: Tell<'_>) -> io::Result<()> {
        let end = line.moment().since_start;
        for (target, down) in mem::take(&mut self.down) {
            let length = end.saturating_sub(down.sent);
            let time = time_down(down.first, down.sent, length, down.probes);
            self.rows.down.insert(target, time);
        }
        let (first, last) = self.departures.unwrap_or_default();
        let longest = self.longest_outage(line);
        let counts = counts(line, self.rejected.len() as u64);
        let mut total = summary(line, counts, last.saturating_sub(first), longest);
        if !self.is_of_one {
            // The order of probes to several targets is not recorded.
            total.series = None;
        }
        tell(&Event::Finished(&total, &self.rows))
    }
}

/// The reason with this word. None of the words says why a lookup failed.
fn reason(word: &str, is_ipv6: bool) -> Option<Reason> {
    match word {
        "lookup_failed" => Some(Reason::LookupFailed("its lookup failed")),
        word => slug::meaning(word, is_ipv6),
    }
}

/// The time that a target was down, from its first lost probe.
fn time_down(first: ProbeId, sent: Duration, length: Duration, probes: u64) -> TimeDown {
    let others = u16::try_from(probes.saturating_sub(1)).unwrap_or(u16::MAX);
    TimeDown {
        first,
        sent,
        outage: Outage {
            first: first.sequence,
            last: first.sequence.wrapping_add(others),
            length,
            probes,
        },
    }
}

fn change(line: &Line) -> Option<Change> {
    let what = match line.text("what")? {
        "ttl" => Changed::HopLimit {
            before: line.number("before")?,
            after: line.number("after")?,
        },
        "tos" => Changed::TrafficClass {
            before: line.number("before")?,
            after: line.number("after")?,
        },
        "address" => Changed::Address {
            before: line.address("before"),
            after: line.address("after")?,
        },
        _ => return None,
    };
    let target = line.target()?;
    Some(Change { target, what })
}

/// The times in a reply to an ICMP timestamp request.
fn times(line: &Line) -> Option<Times> {
    Some(Times {
        originate: line.number("originate")?,
        receive: line.number("receive")?,
        transmit: line.number("transmit")?,
    })
}

#[cfg(test)]
pub(in crate::report) mod tests;
