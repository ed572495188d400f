//! Processes arrivals: from the network through the codec to the engine, and its verdict to the report.

use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use anyhow::Result;

use super::write;
use crate::clock::Clock;
use crate::codec::{Codec, Incoming};
use crate::engine::{Arrival, Claim, Engine, IcmpError, Note, Origin, Rejection as Verdict};
use crate::event::{
    Answer, Change, Event, Header, ProbeId, Rejection, Relation, Standing, TargetNumber,
    TargetSource,
};
use crate::net::{Datagram, ErrorEntry, Passage};
use crate::report::Report;

/// Processes what arrives.
pub(super) struct Arrivals<'a, E, C, R, T> {
    pub(super) engine: &'a mut E,
    pub(super) report: &'a mut R,
    pub(super) codec: &'a Codec,
    pub(super) clock: &'a C,
    pub(super) began: Instant,
    pub(super) targets: &'a T,
}

impl<E: Engine, C: Clock, R: Report, T: TargetSource> Arrivals<'_, E, C, R, T> {
    /// The kernel's time stamp of a sent message.
    pub(super) fn departure(&mut self, name: u32, passage: Passage) {
        self.engine.received_other();
        match passage {
            Passage::Queue(at) => self.engine.entered(name, at),
            Passage::Driver(at) => self.engine.departed(name, at),
            Passage::Interface(at) => self.engine.departed_by_interface(name, at),
        }
    }

    pub(super) fn datagram(&mut self, datagram: &Datagram<'_>) -> Result<()> {
        self.engine.received_datagram(datagram.arrived());
        let sent = |target, sequence| self.size(target, sequence);
        match self.codec.decode_sized(datagram, self.targets, sent) {
            Some(Incoming::Answer(claim, answer)) if self.is_candidate(answer.source) => {
                self.candidate_answered(&claim, &answer)
            }
            Some(Incoming::Answer(claim, mut answer)) => {
                let arrival = Arrival {
                    read: datagram.read,
                    kernel: datagram.stamps.kernel,
                    hardware: datagram.stamps.hardware,
                };
                if let Some(outcome) = complete(&mut answer, self.engine, &claim, arrival) {
                    self.report(&outcome)?;
                }
                self.report(&Event::Answered(&answer))
            }
            Some(Incoming::Notice(notice)) => self.notice(notice),
            Some(Incoming::Stranger(stranger)) => {
                self.engine.note_stranger();
                self.report(&Event::Stranger(&stranger))
            }
            Some(Incoming::Rejection(..)) | None => Ok(()),
        }
    }

    fn is_candidate(&self, source: SocketAddr) -> bool {
        let sender = self.targets.find(source);
        sender.is_some_and(|sender| sender.relation == Relation::Candidate)
    }

    /// A candidate address of a target answered a copy of a probe: it becomes the target's address. The reply counts for
    /// nothing else.
    fn candidate_answered(&mut self, claim: &Claim<'_>, answer: &Answer<'_>) -> Result<()> {
        let target = answer.target;
        if !(claim.faithful && self.engine.has_token(claim)) {
            return Ok(());
        }
        match self.targets.accept(target, answer.source) {
            Some(what) => self.report(&Event::Changed(&Change { target, what })),
            None => Ok(()),
        }
    }

    /// Decodes an ICMP error; `None` if it is not about our probes.
    pub(super) fn decode_error<'e>(&mut self, entry: &'e ErrorEntry) -> Option<Incoming<'e>> {
        self.engine.received_other();
        let sent = |target, sequence| self.size(target, sequence);
        self.codec.decode_error_sized(entry, self.targets, sent)
    }

    /// The data size of this probe, if it differs from the run's.
    fn size(&self, target: TargetNumber, sequence: u16) -> Option<usize> {
        let probe = self.engine.probe(target, sequence)?;
        probe.shape.data.map(usize::from)
    }

    /// Whether the quote is of the probe with this sequence number, if the engine knows that probe.
    fn is_proven(&self, quoted: &[u8], target: TargetNumber, sequence: u16) -> bool {
        let probe = self.engine.probe(target, sequence);
        let address = self.targets.address(target);
        (probe.zip(address)).is_some_and(|(probe, to)| self.codec.quotes(quoted, &to, &probe))
    }

    /// Processes a decoded ICMP error; `is_own` tells whether an address belongs to this host.
    pub(super) fn error(
        &mut self,
        incoming: Incoming<'_>,
        is_own: impl FnOnce(IpAddr) -> bool,
    ) -> Result<()> {
        match incoming {
            Incoming::Rejection(rejection, quoted) => {
                match self.rejected((&rejection, quoted), is_own) {
                    Some(verdict) => self.report_rejection(rejection, verdict),
                    None => Ok(()),
                }
            }
            Incoming::Notice(notice) => self.notice(notice),
            Incoming::Answer(..) | Incoming::Stranger(_) => Ok(()),
        }
    }

    /// Passes an ICMP error to the engine. Returns its verdict; `None` if there is nothing to report.
    pub(super) fn rejected(
        &mut self,
        (rejection, quoted): (&Rejection<'_>, &[u8]),
        is_own: impl FnOnce(IpAddr) -> bool,
    ) -> Option<Verdict> {
        let error = IcmpError {
            target: rejection.target,
            sequence: rejection.sequence,
            problem: rejection.problem,
            reporter: rejection.reporter,
            origin: if is_own(rejection.reporter.ip()) {
                Origin::ThisHost
            } else {
                Origin::Network
            },
            is_proven: self.is_proven(quoted, rejection.target, rejection.sequence),
        };
        self.engine.rejected(&error, self.clock.now())
    }

    /// Reports an ICMP error that the engine has processed.
    pub(super) fn report_processed(
        &mut self,
        incoming: Incoming<'_>,
        verdict: Option<Verdict>,
    ) -> Result<()> {
        match (incoming, verdict) {
            (Incoming::Rejection(rejection, _), Some(verdict)) => {
                self.report_rejection(rejection, verdict)
            }
            _ => Ok(()),
        }
    }

    /// Reports an ICMP error with the engine's verdict.
    fn report_rejection(&mut self, mut rejection: Rejection<'_>, verdict: Verdict) -> Result<()> {
        rejection.number = Some(verdict.number);
        rejection.reach = verdict.reach;
        rejection.is_behind_outcome = verdict.is_behind_outcome;
        self.report(&if verdict.is_repeated {
            Event::Repeated(&rejection)
        } else {
            Event::Rejected(&rejection)
        })
    }

    fn notice(&mut self, mut notice: Rejection<'_>) -> Result<()> {
        notice.number = self.engine.number_of(notice.target, notice.sequence);
        if notice.number.is_some() {
            self.report(&Event::Noticed(&notice))?;
        }
        Ok(())
    }

    fn report(&mut self, event: &Event<'_>) -> Result<()> {
        write(self.report, self.clock, self.began, event)
    }
}

/// Passes an answer to the engine, adds the verdict to it, and notes what only the codec sees. Returns the probe's outcome
/// if that must be reported before the answer.
fn complete(
    answer: &mut Answer<'_>,
    engine: &mut impl Engine,
    claim: &Claim<'_>,
    arrival: Arrival,
) -> Option<Event<'static>> {
    let verdict = engine.answered(claim, arrival);
    answer.number = verdict.number;
    answer.standing = verdict.standing;
    answer.timing = verdict.timing;
    answer.marks.overdue = verdict.overdue;
    answer.marks.reordered = verdict.reordered;
    if answer.standing == Standing::Reply {
        let notes = [
            (answer.mismatch.is_some(), Note::Altered),
            (answer.marks.truncated, Note::Truncated),
            (answer.marks.oversized, Note::Oversized),
            (answer.marks.different_address, Note::DifferentAddress),
        ];
        for (_, note) in notes.into_iter().filter(|(noted, _)| *noted) {
            engine.note(claim.target, note);
        }
        // A reply of another host says nothing about the target's path.
        if !(answer.marks.different_address || answer.marks.multicast) {
            let header = Header {
                hop_limit: answer.hop_limit,
                traffic_class: answer.traffic_class,
            };
            engine.note_header(claim.target, header);
        }
    }
    let probe = ProbeId {
        target: answer.target,
        number: verdict.number?,
        sequence: answer.sequence,
    };
    let outcome = verdict.outcome?;
    Some(Event::Outcome { probe, outcome })
}
