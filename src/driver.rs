//! The loop where engine, network, clock, report and signals meet. It decides nothing itself.
//!
//! Probes that are due together leave in one batch. With one target each arrival is passed on before anything else is
//! done; with many, all that has arrived is read in one go, and while probes leave every millisecond, arrivals gather until
//! the next of them.

mod arrivals;
mod failure;
mod moments;
mod reminders;
mod sending;

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::clock::{Clock, Watch};
use crate::codec::Codec;
use crate::engine::{Engine, Step};
use crate::event::{Ending, Event, Moment, Start, Summary, TargetNumber, TargetSource, Transition};
use crate::net::{Network, Received, Wake};
use crate::report::conditions::Conditions;
use crate::report::{Backpressure, Report};
use crate::signals::{Interrupt, Interrupts};

use arrivals::Arrivals;
use failure::Unwritable;
use moments::Moments;
use reminders::Due;

pub use failure::{is_reader_gone, unwritable};
pub use moments::Rhythm;
pub use reminders::Reminders;

/// The shortest wait after which a suspension is looked for: no machine suspends and resumes within less.
const NAP: Duration = Duration::from_millis(1);

/// How often a blocked output is tried again: its reader does not wake the loop. Nobody sees 20 ms, and fifty tries a second
/// cost nothing.
const RETRY: Duration = Duration::from_millis(20);

/// While the next probe is due within this time, arrivals may gather until then.
const GATHER: Duration = Duration::from_millis(2);

/// All that one run needs, put together.
#[derive(Debug)]
pub struct Driver<E, N, C, R, I, T> {
    /// Decides.
    pub engine: E,
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
    /// Knows who the targets are.
    pub targets: T,
    /// How arrivals are passed on.
    pub rhythm: Rhythm,
    /// What is told again and again.
    pub reminders: Reminders,
    /// Whether somebody reads what became of each probe; then the engine [tells](Engine::next_outcome).
    pub outcomes: bool,
    /// When the run began.
    pub began: Instant,
    /// What must not be true of any target.
    pub conditions: Conditions,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finished {
    /// Whether enough replies came, or enough targets answered.
    pub success: bool,
    /// Why it ended.
    pub ending: Ending,
    /// Whether a condition of `--fail-if` is true of a target.
    pub has_failed_condition: bool,
}

/// What changes while the loop runs, and is nobody else's.
#[derive(Debug)]
struct Turn {
    moments: Moments,
    reminders: Due,
    /// Notices that this machine was suspended.
    watch: Watch,
    /// Messages in the batch.
    queued: usize,
}

impl<E, N, C, R, I, T> Driver<E, N, C, R, I, T>
where
    E: Engine,
    N: Network,
    C: Clock,
    R: Report,
    I: Interrupts,
    T: TargetSource,
{
    /// Runs to the end.
    ///
    /// The results are printed however the run ends, unless the output cannot be written.
    ///
    /// # Errors
    /// When the output cannot be written ([`is_reader_gone`] tells why); when receiving fails, or sending for a reason
    /// that will not pass.
    pub fn run(mut self, start: &Start) -> Result<Finished> {
        let outcome = self
            .event(&Event::Started(start))
            .and_then(|()| self.turns());
        let has_failed_condition = match outcome {
            Err(error) if error.is::<Unwritable>() => return Err(error),
            outcome => outcome.and(self.finish())?,
        };
        Ok(Finished {
            success: self.engine.is_success(),
            ending: self.engine.ending(),
            has_failed_condition,
        })
    }

    /// Tells the results, and whether a condition is true of a target.
    fn finish(&mut self) -> Result<bool> {
        if self.outcomes {
            while let Some((probe, outcome)) = self.engine.last_outcome() {
                self.event(&Event::Outcome { probe, outcome })?;
            }
        }
        while let Some(transition) = self.engine.last_transition() {
            self.transition(&transition)?;
        }
        for target in self.targets.as_given() {
            if self.engine.is_undecided(target) {
                let row = &self.engine.row(target);
                let event = Event::Undecided { target, row };
                write(&mut self.report, &self.clock, self.began, &event)?;
            }
        }
        let summary = self.summary();
        let event = Event::Finished(&summary, &self.engine);
        write(&mut self.report, &self.clock, self.began, &event)?;
        let has_failed_condition = self.check_conditions()?;
        self.report.flush().map_err(unwritable)?;
        Ok(has_failed_condition)
    }

    /// Tells which conditions are true of which targets; whether there are any.
    fn check_conditions(&mut self) -> Result<bool> {
        let mut has_failed = false;
        if self.conditions.is_empty() {
            return Ok(has_failed);
        }
        for target in self.targets.as_given() {
            for failed in self.conditions.failed(target, &self.engine) {
                let event = Event::ConditionFailed(&failed);
                write(&mut self.report, &self.clock, self.began, &event)?;
                has_failed = true;
            }
        }
        Ok(has_failed)
    }

    fn turns(&mut self) -> Result<()> {
        let now = self.clock.now();
        let mut turn = Turn {
            moments: Moments::new(self.rhythm),
            reminders: Due::new(self.reminders, now),
            watch: Watch::new(&self.clock),
            queued: 0,
        };
        loop {
            self.heed_interrupts(&mut turn)?;
            self.take_in()?;
            let now = turn.moments.now(&self.clock);
            self.remind(&mut turn, now)?;
            self.tell_outcomes(now)?;
            self.tell_transitions(now)?;
            match self.engine.poll(now) {
                Step::Transmit(probe) => {
                    self.transmit(&probe, now, &mut turn)?;
                    if self.engine.is_batch_full() {
                        self.flush(&mut turn)?;
                    }
                }
                Step::NoAnswer { target, sequence } => {
                    self.event(&Event::NoAnswer { target, sequence })?;
                }
                Step::Decided(target) => self.decided(target)?,
                // What has arrived meanwhile is read after the wait, with what comes during it.
                Step::Wait(_) | Step::Done if turn.queued > 0 => self.flush(&mut turn)?,
                Step::Wait(until) => self.wait(until, now, &mut turn)?,
                Step::Done => return Ok(()),
            }
        }
    }

    fn decided(&mut self, target: TargetNumber) -> Result<()> {
        if let Some(found) = self.engine.path_mtu(target) {
            let event = Event::PathMtu { target, found };
            return write(&mut self.report, &self.clock, self.began, &event);
        }
        let row = &self.engine.row(target);
        self.event(&Event::Decided { target, row })
    }

    fn heed_interrupts(&mut self, turn: &mut Turn) -> Result<()> {
        let Some(interrupt) = self.interrupts.take() else {
            return Ok(());
        };
        turn.moments.pass();
        match interrupt {
            Interrupt::Stop => {
                self.engine.stop(self.clock.now());
                Ok(())
            }
            Interrupt::Status => self.status(),
        }
    }

    /// Names that have been resolved meanwhile.
    fn take_in(&mut self) -> Result<()> {
        if !self.has_lookups() {
            return Ok(());
        }
        let news = self.targets.take_in();
        self.engine.add(news.added);
        for (target, lookup) in news.lookups {
            self.engine.looked_up(target, lookup);
        }
        for change in &news.changes {
            self.event(&Event::Changed(change))?;
        }
        for complaint in &news.complaints {
            self.event(&Event::Warning(complaint))?;
        }
        Ok(())
    }

    fn has_lookups(&self) -> bool {
        self.engine.is_expecting() || self.targets.is_looking_up_again()
    }

    fn remind(&mut self, turn: &mut Turn, now: Instant) -> Result<()> {
        let due = turn.reminders.take(now);
        if due.progress {
            let progress = self.engine.progress(now);
            self.event(&Event::Progress(&progress))?;
        }
        if due.lookups {
            self.targets.look_up_again(None);
        }
        if due.status {
            self.status()?;
        }
        if due.snapshot {
            let summary = self.summary();
            let event = Event::Snapshot(&summary, &self.engine);
            write(&mut self.report, &self.clock, self.began, &event)?;
        }
        Ok(())
    }

    /// What became of probes that were not answered in time.
    fn tell_outcomes(&mut self, now: Instant) -> Result<()> {
        if self.outcomes {
            while let Some((probe, outcome)) = self.engine.next_outcome(now) {
                self.event(&Event::Outcome { probe, outcome })?;
            }
        }
        Ok(())
    }

    /// Which targets went down and came up.
    fn tell_transitions(&mut self, now: Instant) -> Result<()> {
        while let Some(transition) = self.engine.next_transition(now) {
            self.transition(&transition)?;
        }
        Ok(())
    }

    fn transition(&mut self, transition: &Transition) -> Result<()> {
        match transition {
            Transition::Down(down) => {
                // It may have moved.
                self.targets.look_up_again(Some(down.first.target));
                self.event(&Event::Down(down))
            }
            Transition::Up(up) => self.event(&Event::Up(up)),
            Transition::Changed(change) => self.event(&Event::Changed(change)),
        }
    }

    fn status(&mut self) -> Result<()> {
        let summary = self.summary();
        let event = Event::Status(&summary, &self.engine);
        write(&mut self.report, &self.clock, self.began, &event)
    }

    fn wait(&mut self, until: Option<Instant>, now: Instant, turn: &mut Turn) -> Result<()> {
        let flow = self.report.flush().map_err(unwritable)?;
        let now = match self.rhythm {
            Rhythm::OneByOne => now,
            Rhythm::Gathered => self.clock.now(),
        };
        turn.moments.pass();
        let wake = self.rhythm.wake(until, now);
        let until = [until, retry(flow, now), turn.reminders.next()];
        let until = until.into_iter().flatten().min();
        self.listen(until, now, wake, turn)?;
        if self.network.has_more() {
            self.engine.receive_queue_not_empty();
        }
        Ok(())
    }

    /// Waits for what arrives, and takes as much of it as the rhythm allows. `asked` is the time at the start of the wait.
    fn listen(
        &mut self,
        until: Option<Instant>,
        asked: Instant,
        wake: Wake,
        turn: &mut Turn,
    ) -> Result<()> {
        let mut until = until;
        // Only the first of them is waited for.
        let mut watch = Some(&mut turn.watch);
        for _ in 0..self.rhythm.budget() {
            let received = self.network.receive(until, wake);
            let received = received.context("cannot receive")?;
            if let Some(watch) = watch.take()
                && may_have_slept(&received, asked)
                && let Some(length) = watch.look(&self.clock)
            {
                self.engine.suspended(self.clock.now());
                let event = Event::Suspended { length };
                write(&mut self.report, &self.clock, self.began, &event)?;
            }
            let mut arrivals = Arrivals {
                engine: &mut self.engine,
                report: &mut self.report,
                codec: &self.codec,
                clock: &self.clock,
                began: self.began,
                targets: &self.targets,
            };
            match received {
                Received::Nothing => {
                    arrivals.engine.drained_until(asked);
                    return Ok(());
                }
                Received::Departed { name, passage } => arrivals.departure(name, passage),
                Received::Datagram(datagram) => {
                    turn.moments.know(datagram.read);
                    arrivals.datagram(&datagram)?;
                }
                Received::Error(entry) => {
                    if let Some(incoming) = arrivals.decode_error(&entry) {
                        let is_own = |sender| self.network.is_own(sender);
                        arrivals.error(incoming, is_own)?;
                    }
                }
            }
            // The rest is there already or does not come.
            until = Some(asked);
        }
        Ok(())
    }

    /// What the engine measured, and what the network alone knows.
    fn summary(&self) -> Summary {
        let mut summary = self.engine.summary();
        summary.counts.dropped_here = self.network.dropped_here();
        summary
    }

    fn event(&mut self, event: &Event<'_>) -> Result<()> {
        write(&mut self.report, &self.clock, self.began, event)
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

fn write(
    report: &mut impl Report,
    clock: &impl Clock,
    began: Instant,
    event: &Event<'_>,
) -> Result<()> {
    let at = || Moment {
        wall: clock.wall(),
        since_start: clock.now().saturating_duration_since(began),
    };
    report.event(event, &at).map_err(unwritable)
}

/// When the output is to be tried again, if it has to be.
fn retry(flow: Backpressure, now: Instant) -> Option<Instant> {
    match flow {
        Backpressure::Free => None,
        Backpressure::Blocked => now.checked_add(RETRY),
    }
}
