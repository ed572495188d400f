//! The loop where engine, network, clock, report and signals meet. It decides nothing itself.

pub mod many;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::clock::{Clock, Watch};
use crate::codec::{Codec, Incoming};
use crate::engine::{Arrival, Call, Disposition, Engine, Note, Obstacle, Probe, Step};
use crate::event::{Answer, Event, NotSent, Standing, Start, Summary};
use crate::net::{Departure, Network, Passage, Received, SendFailure, Volley};
use crate::report::{Flow, Report};
use crate::signals::{Interrupt, Interrupts};
use crate::words;

/// A wait in which a machine was suspended takes at least so long, for it takes its time to stop what runs.
const NAP: Duration = Duration::from_millis(1);

/// So long is waited at most while the reader of the output does not take it, because he does not wake the loop when he
/// does: shorter than anybody sees, and fifty times a second cost nothing.
const RETRY: Duration = Duration::from_millis(20);

/// All that one run needs, put together.
#[derive(Debug)]
pub struct Driver<N, C, R, I> {
    /// Decides.
    pub engine: Engine,
    /// Translates.
    pub codec: Codec,
    /// Sends and receives.
    pub network: N,
    /// Tells the time.
    pub clock: C,
    /// Prints.
    pub report: R,
    /// Interrupts.
    pub interrupts: I,
    /// Whom to send to.
    pub target: SocketAddr,
}

impl<N: Network, C: Clock, R: Report, I: Interrupts> Driver<N, C, R, I> {
    /// Runs to the end; says whether enough replies came.
    ///
    /// The statistics are printed however the run ends, unless the output cannot be written.
    ///
    /// # Errors
    /// When the output cannot be written ([`is_reader_gone`] tells why); when receiving fails, or sending for a reason
    /// that will not pass.
    pub fn run(mut self, start: &Start) -> Result<bool> {
        let outcome = self
            .event(&Event::Started(start))
            .and_then(|()| self.turn());
        conclude(outcome, || {
            let summary = self.summary();
            self.event(&Event::Finished(&summary))
        })?;
        Ok(self.engine.is_success())
    }

    fn turn(&mut self) -> Result<()> {
        let mut volley = Volley::default();
        // The time as far as the last step has told it, which is then not asked for once more.
        let mut told = None;
        let mut watch = Watch::new(&self.clock);
        loop {
            if let Some(interrupt) = self.interrupts.take() {
                self.heed(interrupt)?;
                told = None;
            }
            let now = told.take().unwrap_or_else(|| self.clock.now());
            match self.engine.poll(now) {
                Step::Transmit(probe) => match self.engine.at_once().min(Volley::MOST) {
                    0 | 1 => told = self.transmit(&probe, &mut watch)?,
                    many => self.transmit_many(many, &mut volley, &mut watch)?,
                },
                Step::NoAnswer(sequence) => self.event(&Event::NoAnswer { sequence })?,
                Step::Wait(until) => {
                    let retry = retry(self.report.flush().map_err(unwritable)?, now);
                    let until = until.into_iter().chain(retry).min();
                    told = self.wait(until, now, &mut watch)?;
                    if self.network.has_more() {
                        self.engine.has_more_to_hear();
                    }
                }
                Step::Done => return Ok(()),
            }
        }
    }

    fn heed(&mut self, interrupt: Interrupt) -> Result<()> {
        match interrupt {
            Interrupt::Stop => {
                self.engine.stop(self.clock.now());
                Ok(())
            }
            Interrupt::Status => {
                let summary = self.summary();
                self.event(&Event::Status(&summary))
            }
        }
    }

    /// Sends a probe; tells when it had left.
    fn transmit(&mut self, probe: &Probe, watch: &mut Watch) -> Result<Option<Instant>> {
        let message = self.codec.encode(probe);
        let outcome = self.network.send(probe.name(), message, self.target);
        let left = outcome.as_ref().ok().map(|departure| departure.returned);
        self.tried(outcome, watch)?;
        Ok(left)
    }

    /// Sends so many probes in one go. The first that does not leave ends it: those behind it were not tried.
    fn transmit_many(&mut self, count: u64, volley: &mut Volley, watch: &mut Watch) -> Result<()> {
        volley.clear();
        for probe in self.engine.next_probes(count) {
            volley.push(probe.name(), self.codec.encode(&probe));
        }
        let Self {
            engine,
            network,
            report,
            clock,
            ..
        } = self;
        let (mut written, mut failure) = (Ok(()), None);
        network.send_volley(volley, self.target, &mut |outcome| match outcome {
            Ok(departure) => {
                engine.sent(call(&departure));
                if written.is_ok() {
                    written = report.event(&Event::Sent, &|| clock.wall());
                }
            }
            Err(error) => failure = Some(error),
        });
        written.map_err(Unwritable)?;
        failure.map_or(Ok(()), |failure| self.tried(Err(failure), watch))
    }

    /// The next probe left, or did not.
    fn tried(&mut self, outcome: Result<Departure, SendFailure>, watch: &mut Watch) -> Result<()> {
        let (obstacle, why) = match outcome {
            Ok(departure) => {
                self.engine.sent(call(&departure));
                return self.event(&Event::Sent);
            }
            Err(SendFailure::Busy(error)) => (Obstacle::Busy, NotSent::Refused(error)),
            Err(SendFailure::Refused(error)) => (Obstacle::Refused, NotSent::Refused(error)),
            Err(SendFailure::Broken(error)) => return Err(Broken(error).into()),
            Err(SendFailure::TooLong { mtu }) => {
                let ipv6 = self.target.is_ipv6();
                (Obstacle::TooLong, NotSent::TooLong { mtu, ipv6 })
            }
        };
        match self.engine.not_sent(self.clock.now(), obstacle) {
            Disposition::Retried => Ok(()),
            Disposition::NotSent => {
                // What a packet filter says of it comes first, as in iputils.
                while self.network.has_errors() {
                    let now = self.clock.now();
                    self.wait(Some(now), now, watch)?;
                }
                self.event(&Event::NotSent(&why))
            }
        }
    }

    /// Takes the next of what arrives until a moment; it is `asked` for that now. Tells when it had been read.
    fn wait(
        &mut self,
        until: Option<Instant>,
        asked: Instant,
        watch: &mut Watch,
    ) -> Result<Option<Instant>> {
        let received = self.network.receive(until).context("cannot receive")?;
        let read = match &received {
            Received::Datagram(datagram) => Some(datagram.read),
            _ => None,
        };
        if may_have_slept(&received, asked)
            && let Some(length) = watch.look(&self.clock)
        {
            self.engine.suspended(self.clock.now());
            write(&mut self.report, &self.clock, &Event::Suspended { length })?;
        }
        let incoming = match &received {
            Received::Datagram(datagram) => {
                self.engine.heard_until(datagram.arrived());
                self.codec.decode(datagram)
            }
            Received::Error(entry) => {
                self.engine.looked();
                self.codec.decode_error(entry)
            }
            Received::Departed { name, passage } => {
                match *passage {
                    Passage::Queue(at) => self.engine.entered(*name, at),
                    Passage::Driver(at) => self.engine.departed(*name, at),
                    Passage::Interface(at) => self.engine.departed_by_interface(*name, at),
                }
                None
            }
            Received::Nothing => {
                self.engine.heard_until(asked);
                None
            }
        };
        let Some(incoming) = incoming else {
            return Ok(read);
        };
        let engine = &mut self.engine;
        match (incoming, &received) {
            (Incoming::Answer(claim, mut answer), Received::Datagram(datagram)) => {
                let arrival = Arrival {
                    read: datagram.read,
                    kernel: datagram.stamps.kernel,
                    hardware: datagram.stamps.hardware,
                };
                let verdict = engine.answered(&claim, arrival);
                answer.standing = verdict.standing;
                answer.timing = verdict.timing;
                answer.marks.overdue = verdict.overdue;
                answer.marks.reordered = verdict.reordered;
                note(engine, &answer);
                write(&mut self.report, &self.clock, &Event::Answered(&answer))?;
            }
            (Incoming::Rejection(mut rejection), _) => {
                if let Some(reach) = engine.rejected(rejection.sequence, self.clock.now()) {
                    if rejection.problem.is_too_big() {
                        engine.fragments_follow();
                    }
                    rejection.reach = reach;
                    write(&mut self.report, &self.clock, &Event::Rejected(&rejection))?;
                }
            }
            (Incoming::Notice(notice), _) if engine.knows(notice.sequence) => {
                write(&mut self.report, &self.clock, &Event::Noticed(&notice))?;
            }
            // About a probe that is not in flight: it changes nothing.
            _ => {}
        }
        Ok(read)
    }

    /// What the engine measured, and what the network alone knows.
    fn summary(&self) -> Summary {
        let mut summary = self.engine.summary();
        summary.counts.dropped_here = self.network.dropped_here();
        summary
    }

    fn event(&mut self, event: &Event<'_>) -> Result<()> {
        write(&mut self.report, &self.clock, event)
    }
}

/// Whether the machine may have been suspended during a wait that was asked for then. One that ended at once was none, so
/// that a flood does not look each time; of one that ended with an error or a departure nobody has said when.
fn may_have_slept(received: &Received<'_>, asked: Instant) -> bool {
    match received {
        Received::Nothing | Received::Error(_) | Received::Departed { .. } => true,
        Received::Datagram(datagram) => datagram.read.saturating_duration_since(asked) >= NAP,
    }
}

/// The call that sent a message, for the engine.
fn call(departure: &Departure) -> Call {
    Call {
        begun: departure.at,
        returned: departure.returned,
    }
}

/// Tells the engine what only the reader of the octets could see of a reply that counts.
fn note(engine: &mut Engine, answer: &Answer<'_>) {
    if answer.standing != Standing::Reply {
        return;
    }
    let notes = [
        (answer.mismatch.is_some(), Note::Altered),
        (answer.marks.truncated, Note::Truncated),
        (answer.marks.oversized, Note::Oversized),
        (answer.marks.different_address, Note::DifferentAddress),
    ];
    for (_, note) in notes.into_iter().filter(|(noted, _)| *noted) {
        engine.note(note);
    }
}

fn write(report: &mut impl Report, clock: &impl Clock, event: &Event<'_>) -> Result<()> {
    report.event(event, &|| clock.wall()).map_err(unwritable)
}

/// When the output is to be tried again, if it has to be.
fn retry(flow: Flow, now: Instant) -> Option<Instant> {
    match flow {
        Flow::Free => None,
        Flow::Blocked => now.checked_add(RETRY),
    }
}

/// Says of an error that it is one of writing the output.
#[must_use]
pub fn unwritable(error: io::Error) -> anyhow::Error {
    Unwritable(error).into()
}

/// Whether the output could not be written because its reader went away, as in `rping host | head -1`.
#[must_use]
pub fn is_reader_gone(error: &anyhow::Error) -> bool {
    let unwritable = error.downcast_ref::<Unwritable>();
    unwritable.is_some_and(|Unwritable(error)| error.kind() == io::ErrorKind::BrokenPipe)
}

/// The socket sends no more.
#[derive(Debug)]
struct Broken(io::Error);

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot send: {}", words::of(&self.0))
    }
}

impl std::error::Error for Broken {}

/// The output takes no more.
#[derive(Debug)]
struct Unwritable(io::Error);

impl fmt::Display for Unwritable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot write the output: {}", words::of(&self.0))
    }
}

impl std::error::Error for Unwritable {}

/// Ends a run whose loop came to this: what it measured is printed, unless the output cannot be written.
fn conclude(outcome: Result<()>, print: impl FnOnce() -> Result<()>) -> Result<()> {
    match outcome {
        Err(error) if error.is::<Unwritable>() => Err(error),
        outcome => outcome.and(print()),
    }
}
