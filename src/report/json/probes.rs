//! Lines about probes: outcomes and messages.

use std::io;

use super::fields::{
    IcmpError, Late, Lost, Message, Nobody, Notice, Probe, Rejected, Reply, Unsent,
};
use super::lines::Part;
use super::rejections::Rejection as Kept;
use super::values::{self, Millis};
use super::{Json, extensions};
use crate::event::{
    Answer, NotSent, Outcome, ProbeId, Problem, Reach, Rejection, Standing, Stranger, TargetNumber,
    When,
};
use crate::report::{Names, Outlet, Retention, address, failure, slug};

impl<O: Outlet, E: Outlet, N: Names> Json<O, E, N> {
    /// Writes a line about a probe, which may be dropped if the reader is behind.
    pub(super) fn about(
        &mut self,
        event: &'static str,
        probe: impl Into<Whose>,
        rest: &[&dyn Part],
        at: When<'_>,
    ) -> io::Result<()> {
        let whose = probe.into();
        self.introduce(whose.target, None, at)?;
        let head = self.head(event, at);
        let probe = Probe {
            target: whose.target,
            name: self.naming.name(whose.target, &mut self.names),
            seq: whose.number,
            icmp_seq: whose.sequence,
        };
        let parts = std::iter::once(&probe as &dyn Part).chain(rest.iter().copied());
        self.lines
            .line(&head, parts, Retention::Droppable, self.latest)
    }

    pub(super) fn answered(&mut self, answer: &Answer<'_>, at: When<'_>) -> io::Result<()> {
        let probe = Whose {
            target: answer.target,
            number: answer.number,
            sequence: answer.sequence,
        };
        let event = match answer.standing {
            Standing::Reply => "reply",
            Standing::Late => "late",
            Standing::Duplicate => "duplicate",
            Standing::BadChecksum => "bad_checksum",
            Standing::BadToken => "bad_token",
            Standing::Stale => "stale",
            Standing::Unexpected => "unexpected",
        };
        let from = self.naming.sender(answer.source, &mut self.names);
        let marks = answer.marks;
        let altered = answer.mismatch.is_some();
        let is_other = altered || marks.truncated || marks.oversized || marks.different_address;
        let timing = answer.timing.filter(|_| !is_other);
        let message = Message {
            from: &from,
            bytes: answer.length,
            ttl: answer.hop_limit,
            tos: answer.traffic_class,
            rtt_ms: timing.map(|timing| Millis(timing.round_trip)),
        };
        let reply = Reply {
            clock: timing.map(|timing| values::clock(timing.source)),
            tx_host_ms: timing.and_then(|timing| timing.sending).map(Millis),
            rx_host_ms: timing.and_then(|timing| timing.reading).map(Millis),
            reordered: marks.reordered,
            altered,
            truncated: marks.truncated,
            oversized: marks.oversized,
            wrong_source: marks.different_address,
            peer_clock: self.clocks.read(answer).map(Into::into),
        };
        let told = match answer.standing {
            Standing::Reply => self.about(event, probe, &[&message, &reply], at),
            Standing::Late => {
                let under_way = answer.timing.map(|timing| timing.under_way());
                let by = under_way.zip(self.run.timeout);
                let late = Late {
                    late_by_ms: by.map(|(took, timeout)| Millis(took.saturating_sub(timeout))),
                };
                self.about(event, probe, &[&message, &reply, &late], at)
            }
            _ => self.about(event, probe, &[&message], at),
        };
        self.naming.keep(answer.source, from);
        told
    }

    /// Writes a line about a message that belongs to no target.
    pub(super) fn stranger(&mut self, stranger: &Stranger, at: When<'_>) -> io::Result<()> {
        let head = self.head("unexpected", at);
        let from = address::numeric(stranger.source, &mut self.names);
        let nobody = Nobody {
            target: None,
            name: None,
            seq: None,
            icmp_seq: stranger.sequence,
        };
        let message = Message {
            from: &from,
            bytes: stranger.length,
            ttl: stranger.hop_limit,
            tos: stranger.traffic_class,
            rtt_ms: None,
        };
        let parts: [&dyn Part; 2] = [&nobody, &message];
        self.lines
            .line(&head, parts, Retention::Droppable, self.latest)
    }

    /// Writes the error, and keeps the reason for the outcome of the probe.
    pub(super) fn rejected(&mut self, rejection: &Rejection<'_>, at: When<'_>) -> io::Result<()> {
        self.icmp_error(rejection, at)?;
        let is_open = rejection.reach == Reach::Left && !rejection.is_behind_outcome;
        if let Some(number) = rejection.number.filter(|_| is_open) {
            let problem = rejection.problem;
            let from = address::numeric(rejection.reporter, &mut self.names);
            let reason = Kept { from, problem };
            self.rejections.note(rejection.target, number, reason);
        }
        Ok(())
    }

    pub(super) fn icmp_error(&mut self, rejection: &Rejection<'_>, at: When<'_>) -> io::Result<()> {
        let from = address::numeric(rejection.reporter, &mut self.names);
        let (icmp_type, icmp_code) = rejection.problem.type_and_code();
        let error = IcmpError {
            from: &from,
            icmp_type,
            icmp_code,
            reason: slug::problem(rejection.problem),
            mtu: rejection.problem.mtu(),
            extensions: extensions::all(rejection.extensions),
            quoted: rejection.quoted.map(Into::into),
        };
        self.about("icmp_error", rejection, &[&error], at)
    }

    pub(super) fn noticed(&mut self, notice: &Rejection<'_>, at: When<'_>) -> io::Result<()> {
        let from = address::numeric(notice.reporter, &mut self.names);
        let (icmp_type, icmp_code) = notice.problem.type_and_code();
        let fields = Notice {
            from: &from,
            icmp_type,
            icmp_code,
            reason: slug::problem(notice.problem),
            gateway: notice.problem.gateway(),
        };
        self.about("notice", notice, &[&fields], at)
    }

    pub(super) fn not_sent(
        &mut self,
        probe: ProbeId,
        reason: &NotSent,
        at: When<'_>,
    ) -> io::Result<()> {
        let errno = match reason {
            NotSent::Refused(error) | NotSent::Broken(error) => error.raw_os_error(),
            NotSent::TooLong { .. } => Some(libc::EMSGSIZE),
        };
        let error = failure::text(reason, None);
        let unsent = Unsent {
            errno,
            error: &error,
        };
        self.about("not_sent", probe, &[&unsent], at)
    }

    pub(super) fn outcome(
        &mut self,
        probe: ProbeId,
        outcome: Outcome,
        at: When<'_>,
    ) -> io::Result<()> {
        let rejection = self.rejections.take(probe.target, probe.number);
        match outcome {
            Outcome::Lost => {
                let lost = Lost {
                    timeout_ms: self.run.timeout.map(Millis),
                };
                self.about("lost", probe, &[&lost], at)
            }
            Outcome::Suspended => self.about("suspended", probe, &[], at),
            Outcome::Rejected => {
                let problem = rejection.as_ref().map(|it| it.problem);
                let (icmp_type, icmp_code) = problem.map(Problem::type_and_code).unzip();
                let rejected = Rejected {
                    from: rejection.as_ref().map(|it| it.from.as_str()),
                    icmp_type,
                    icmp_code,
                    reason: problem.map(slug::problem),
                };
                self.about("rejected", probe, &[&rejected], at)
            }
        }
    }
}

/// The probe of an event.
pub(super) struct Whose {
    target: TargetNumber,
    number: Option<u64>,
    sequence: u16,
}

impl From<ProbeId> for Whose {
    fn from(probe: ProbeId) -> Self {
        Self {
            target: probe.target,
            number: Some(probe.number),
            sequence: probe.sequence,
        }
    }
}

impl From<&Rejection<'_>> for Whose {
    fn from(rejection: &Rejection<'_>) -> Self {
        Self {
            target: rejection.target,
            number: rejection.number,
            sequence: rejection.sequence,
        }
    }
}
