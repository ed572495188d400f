//! The loop for many targets. As that for one, in batches: what is due is sent in one go, what has arrived is read in
//! one go, and while probes leave every millisecond, arrivals are left to gather until the next of them.

use std::io;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result};

use super::{Broken, call, conclude, may_have_slept, retry, unwritable};
use crate::clock::{Clock, Moment, Watch};
use crate::codec::many::{ManyCodec, Rejection, Reply};
use crate::engine::many::{Claim, Many, Origin, Probe, Step};
use crate::engine::{Arrival, Disposition, Note, Obstacle};
use crate::event::many::{self, Answer, Event, Roster, Start, TargetNumber};
use crate::event::{NotSent, Standing};
use crate::net::{BatchNetwork, Datagram, Passage, Received, SendFailure, Wake};
use crate::report::ManyReport;
use crate::signals::{Interrupt, Interrupts};

/// While the next probe is due within this time, arrivals gather until then.
const GATHER: Duration = Duration::from_millis(2);

/// What is read in one turn before it is seen whether a probe is due: a storm of arrivals delays no probe.
const BUDGET: usize = 1024;

/// So many steps without a system call take no time: the clocks are read once for all of them.
const STEPS: u8 = 64;

/// All that one run of many targets needs, put together.
#[derive(Debug)]
pub struct ManyDriver<N, C, R, I, T> {
    /// Decides.
    pub engine: Many,
    /// Translates.
    pub codec: ManyCodec,
    /// Sends and receives.
    pub network: N,
    /// Tells the time.
    pub clock: C,
    /// Prints.
    pub report: R,
    /// Interrupts.
    pub interrupts: I,
    /// Knows who the targets are.
    pub roster: T,
    /// What is told again and again.
    pub reminders: Reminders,
}

/// What is told again and again, and how often.
#[derive(Debug, Clone, Copy, Default)]
pub struct Reminders {
    /// How far the run is.
    pub progress: Option<Duration>,
    /// The state so far.
    pub status: Option<Duration>,
}

/// When something is told the next time.
#[derive(Debug, Clone, Copy)]
struct Reminder {
    every: Duration,
    next: Instant,
}

impl Reminder {
    fn new(every: Option<Duration>, now: Instant) -> Option<Self> {
        let every = every?;
        let next = now.checked_add(every)?;
        Some(Self { every, next })
    }

    /// Whether it is to be told now; then the next time is one period later.
    fn is_due(&mut self, now: Instant) -> bool {
        let due = now >= self.next;
        if due {
            self.next = now.checked_add(self.every).unwrap_or(now);
        }
        due
    }
}

/// What changes while the loop runs, and is nobody else's.
#[derive(Debug)]
struct Turn {
    progress: Option<Reminder>,
    status: Option<Reminder>,
    /// Whether this machine is suspended.
    watch: Watch,
    /// Messages in the batch.
    queued: usize,
    /// When the clocks were read.
    moment: Moment,
    /// How many more steps are taken in that moment.
    steps: u8,
}

impl Turn {
    /// When this step is taken.
    fn moment(&mut self, clock: &impl Clock) -> Moment {
        if self.steps == 0 {
            self.moment = Moment::of(clock);
            self.steps = STEPS;
        }
        self.steps -= 1;
        self.moment
    }

    /// Time has passed.
    fn pass(&mut self) {
        self.steps = 0;
    }
}

impl<N, C, R, I, T> ManyDriver<N, C, R, I, T>
where
    N: BatchNetwork,
    C: Clock,
    R: ManyReport,
    I: Interrupts,
    T: Roster,
{
    /// Runs to the end; says whether enough targets answered.
    ///
    /// The results are printed however the run ends, unless the output cannot be written.
    ///
    /// # Errors
    /// When the output cannot be written ([`is_reader_gone`](super::is_reader_gone) tells why); when receiving fails, or sending for a reason
    /// that will not pass.
    pub fn run(mut self, start: &Start) -> Result<bool> {
        let outcome = self
            .event(&Event::Started(start))
            .and_then(|()| self.turns());
        conclude(outcome, || self.finish())?;
        Ok(self.engine.is_success())
    }

    fn finish(&mut self) -> Result<()> {
        for target in self.roster.as_given() {
            if self.engine.is_undecided(target) {
                let row = &many::Results::row(&self.engine, target);
                let event = Event::Undecided { target, row };
                tell(&mut self.report, &self.clock, &event)?;
            }
        }
        let total = self.total();
        let event = Event::Finished(&total, &self.engine);
        tell(&mut self.report, &self.clock, &event)?;
        self.report.flush().map(drop).map_err(unwritable)
    }

    fn turns(&mut self) -> Result<()> {
        let moment = Moment::of(&self.clock);
        let mut turn = Turn {
            progress: Reminder::new(self.reminders.progress, moment.monotonic),
            status: Reminder::new(self.reminders.status, moment.monotonic),
            watch: Watch::new(&self.clock),
            queued: 0,
            moment,
            steps: 0,
        };
        loop {
            self.heed_interrupts()?;
            self.take_in()?;
            let Moment {
                monotonic: now,
                wall,
            } = turn.moment(&self.clock);
            self.remind(&mut turn, now)?;
            match self.engine.poll(now) {
                Step::Transmit(probe) => self.transmit(&probe, &mut turn)?,
                Step::NoAnswer { target, sequence } => {
                    let event = Event::NoAnswer { target, sequence };
                    self.report.event(&event, wall).map_err(unwritable)?;
                }
                Step::Decided(target) => self.decided(target, wall)?,
                // What has arrived meanwhile is read after the wait, with what comes during it.
                Step::Wait(_) | Step::Done if turn.queued > 0 => self.flush(&mut turn)?,
                Step::Wait(until) => self.wait(until, &mut turn)?,
                Step::Done => return Ok(()),
            }
        }
    }

    fn heed_interrupts(&mut self) -> Result<()> {
        match self.interrupts.take() {
            Some(Interrupt::Stop) => self.engine.stop(self.clock.now()),
            Some(Interrupt::Status) => self.status()?,
            None => {}
        }
        Ok(())
    }

    /// Names that have been resolved meanwhile.
    fn take_in(&mut self) -> Result<()> {
        if !self.engine.is_expecting() {
            return Ok(());
        }
        let news = self.roster.take_in();
        self.engine.add(news.added);
        for (target, lookup) in news.lookups {
            self.engine.looked_up(target, lookup);
        }
        for complaint in &news.complaints {
            self.event(&Event::Warning(complaint))?;
        }
        Ok(())
    }

    fn remind(&mut self, turn: &mut Turn, now: Instant) -> Result<()> {
        if turn
            .progress
            .as_mut()
            .is_some_and(|reminder| reminder.is_due(now))
        {
            let progress = self.engine.progress(now);
            self.event(&Event::Progress(&progress))?;
        }
        if turn
            .status
            .as_mut()
            .is_some_and(|reminder| reminder.is_due(now))
        {
            self.status()?;
        }
        Ok(())
    }

    fn status(&mut self) -> Result<()> {
        let total = self.total();
        let event = Event::Status(&total, &self.engine);
        tell(&mut self.report, &self.clock, &event)
    }

    fn decided(&mut self, target: TargetNumber, wall: SystemTime) -> Result<()> {
        let row = many::Results::row(&self.engine, target);
        let event = Event::Decided { target, row: &row };
        self.report.event(&event, wall).map_err(unwritable)
    }

    fn transmit(&mut self, probe: &Probe, turn: &mut Turn) -> Result<()> {
        let Some(to) = self.roster.address(probe.target) else {
            let now = self.clock.now();
            let errno = libc::EDESTADDRREQ;
            (self.engine).not_sent(probe.name, now, Obstacle::Refused, errno);
            return Ok(());
        };
        let message = self.codec.encode(&to, probe.sequence, &probe.token);
        if !self.network.queue(probe.name, message, to) {
            self.flush(turn)?;
            // More batches follow: the replies to this one are not left to fill the queue.
            let now = self.clock.now();
            self.listen(Some(now), Wake::Arrival, turn)?;
            let message = self.codec.encode(&to, probe.sequence, &probe.token);
            self.network.queue(probe.name, message, to);
        }
        turn.queued += 1;
        Ok(())
    }

    /// Sends what was queued.
    fn flush(&mut self, turn: &mut Turn) -> Result<()> {
        turn.queued = 0;
        turn.pass();
        let (mut failures, mut broken) = (Vec::new(), None);
        let (engine, clock) = (&mut self.engine, &self.clock);
        self.network.flush(&mut |name, outcome| match outcome {
            Ok(departure) => engine.left(name, call(&departure)),
            Err(failure) => {
                let (obstacle, errno) = meaning(&failure);
                let (target, disposition) = engine.not_sent(name, clock.now(), obstacle, errno);
                match (failure, target, disposition) {
                    (SendFailure::Broken(error), ..) => broken = broken.take().or(Some(error)),
                    (failure, Some(target), Disposition::NotSent) => {
                        failures.push((target, failure));
                    }
                    _ => {}
                }
            }
        });
        for (target, failure) in failures {
            let reason = match failure {
                SendFailure::TooLong { mtu } => NotSent::TooLong {
                    mtu,
                    ipv6: self.roster.address(target).is_some_and(|to| to.is_ipv6()),
                },
                SendFailure::Busy(error)
                | SendFailure::Refused(error)
                | SendFailure::Broken(error) => NotSent::Refused(error),
            };
            self.event(&Event::NotSent {
                target,
                reason: &reason,
            })?;
        }
        broken.map_or(Ok(()), |error| Err(Broken(error).into()))
    }

    fn wait(&mut self, until: Option<Instant>, turn: &mut Turn) -> Result<()> {
        turn.pass();
        let flow = self.report.flush().map_err(unwritable)?;
        let now = self.clock.now();
        let soon = until.is_some_and(|until| until.saturating_duration_since(now) <= GATHER);
        let wake = if soon && until.is_some_and(|until| until > now) {
            Wake::Signal
        } else {
            Wake::Arrival
        };
        let reminders = [turn.progress, turn.status];
        let reminders = reminders
            .into_iter()
            .flatten()
            .map(|reminder| reminder.next);
        // Names are waited for in small steps: they do not wake the sockets.
        let names = self.engine.is_expecting().then(|| now + GATHER);
        let others = reminders.chain(names).chain(retry(flow, now));
        let until = until.into_iter().chain(others).min();
        self.listen(until, wake, turn)
    }

    /// Waits for what arrives, and takes all of it.
    fn listen(&mut self, until: Option<Instant>, wake: Wake, turn: &mut Turn) -> Result<()> {
        let asked = self.clock.now();
        let mut until = until;
        // Only the first of them is waited for.
        let mut watch = Some(&mut turn.watch);
        // When the first of them was read, for all.
        let mut wall = None;
        for _ in 0..BUDGET {
            let received = self.network.receive(until, wake);
            let received = received.context("cannot receive")?;
            if let Some(watch) = watch.take()
                && may_have_slept(&received, asked)
                && let Some(length) = watch.look(&self.clock)
            {
                self.engine.suspended(self.clock.now());
                tell(&mut self.report, &self.clock, &Event::Suspended { length })?;
            }
            match received {
                Received::Nothing => {
                    self.engine.heard_until(asked);
                    return Ok(());
                }
                Received::Departed { name, passage } => match passage {
                    Passage::Queue(at) => self.engine.entered(name, at),
                    Passage::Driver(at) => self.engine.departed(name, at),
                    // It is asked for with a single target only.
                    Passage::Interface(_) => {}
                },
                Received::Datagram(datagram) => {
                    if let Some(reply) = self.codec.decode(&datagram)
                        && let Some(answer) =
                            answer(&mut self.engine, &self.roster, &datagram, &reply)
                    {
                        let event = Event::Answered(&answer);
                        let wall = *wall.get_or_insert_with(|| self.clock.wall());
                        self.report.event(&event, wall).map_err(unwritable)?;
                    }
                }
                Received::Error(entry) => {
                    if let Some(rejection) = self.codec.decode_error(&entry)
                        && let origin = origin(&self.network, &rejection)
                        && let Some(rejection) =
                            rejected(&mut self.engine, &self.roster, &rejection, origin)
                    {
                        let event = Event::Rejected(&rejection);
                        tell(&mut self.report, &self.clock, &event)?;
                    }
                }
            }
            // The rest is there already or does not come.
            until = Some(asked);
        }
        Ok(())
    }

    /// What the engine measured, and what the network alone knows.
    fn total(&self) -> many::Total {
        let mut total = self.engine.total();
        total.counts.dropped_here = self.network.dropped_here();
        total
    }

    fn event(&mut self, event: &Event<'_>) -> Result<()> {
        tell(&mut self.report, &self.clock, event)
    }
}

fn tell(report: &mut impl ManyReport, clock: &impl Clock, event: &Event<'_>) -> Result<()> {
    report.event(event, clock.wall()).map_err(unwritable)
}

/// What a failure means for the engine, and the number of its error; the length has none.
fn meaning(failure: &SendFailure) -> (Obstacle, i32) {
    let number = |error: &io::Error| error.raw_os_error().unwrap_or(0);
    match failure {
        SendFailure::Busy(error) => (Obstacle::Busy, number(error)),
        SendFailure::Refused(error) | SendFailure::Broken(error) => {
            (Obstacle::Refused, number(error))
        }
        SendFailure::TooLong { .. } => (Obstacle::TooLong, 0),
    }
}

/// What an echo reply is worth; none if it comes from nobody who is probed.
fn answer(
    engine: &mut Many,
    roster: &impl Roster,
    datagram: &Datagram<'_>,
    reply: &Reply<'_>,
) -> Option<Answer> {
    let Some(target) = roster.find(reply.source) else {
        engine.note_stranger();
        return None;
    };
    let claim = Claim {
        target,
        sequence: reply.sequence,
        evidence: reply.evidence,
        checksum_valid: reply.valid,
        faithful: !reply.altered && reply.amount.is_eq(),
    };
    let arrival = Arrival {
        read: datagram.read,
        kernel: datagram.stamps.kernel,
        hardware: datagram.stamps.hardware,
    };
    let verdict = engine.answered(&claim, arrival);
    if verdict.standing == Standing::Reply {
        for (noted, note) in [
            (reply.altered, Note::Altered),
            (reply.amount.is_lt(), Note::Truncated),
            (reply.amount.is_gt(), Note::Oversized),
        ] {
            if noted {
                engine.note(note);
            }
        }
    }
    Some(Answer {
        target,
        amount: reply.amount,
        sequence: reply.sequence,
        hop_limit: reply.hop_limit,
        standing: verdict.standing,
        timing: verdict.timing,
    })
}

/// Who sent an error.
fn origin(network: &impl BatchNetwork, rejection: &Rejection) -> Origin {
    if network.is_own(rejection.reporter.ip()) {
        Origin::ThisHost
    } else {
        Origin::Network
    }
}

/// An error that is news.
fn rejected(
    engine: &mut Many,
    roster: &impl Roster,
    rejection: &Rejection,
    origin: Origin,
) -> Option<many::Rejection> {
    let target = roster.find(rejection.destination)?;
    let Rejection {
        sequence,
        reporter,
        problem,
        ..
    } = *rejection;
    let reach = engine.rejected(target, sequence, problem, (reporter, origin))?;
    Some(many::Rejection {
        target,
        sequence,
        reporter,
        problem,
        reach,
    })
}
