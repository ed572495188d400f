//! The loop that connects engine, network, clock, report and signals. It makes no decisions itself.
//!
//! Probes that are due together are sent as one batch. With one target, each arrival is processed before anything else.
//! With many, all arrivals are read together; while probes are sent every millisecond, arrivals wait for the next one.

mod arrivals;
mod copies;
mod failure;
mod loop_clock;
mod reminders;
mod sending;

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::clock::{Clock, SuspensionWatch};
use crate::codec::{Codec, Incoming};
use crate::engine::{Engine, Step};
use crate::event::{Ending, Event, Moment, Start, Summary, TargetNumber, TargetSource, Transition};
use crate::net::{ErrorEntry, Network, Received, Wake};
use crate::report::conditions::Conditions;
use crate::report::{Backpressure, Report};
use crate::signals::{Interrupt, Interrupts};

use arrivals::Arrivals;
use copies::{Copies, Key, Waiting};
use failure::Unwritable;
use loop_clock::{BUDGET, LoopClock};
use reminders::Due;

pub use failure::{is_reader_gone, unwritable};
pub use loop_clock::ReceiveMode;
pub use reminders::Reminders;

/// The shortest wait after which the loop checks for a suspension: no machine suspends and resumes faster.
const MIN_CHECKED_WAIT: Duration = Duration::from_millis(1);

/// How often a blocked output is retried, because its reader does not wake the loop. Nobody sees 20 ms, and fifty tries per
/// second cost nothing.
const OUTPUT_RETRY: Duration = Duration::from_millis(20);

/// If the next probe is due within this time, arrivals may wait until then.
const GATHER: Duration = Duration::from_millis(2);

/// Everything that one run needs.
#[derive(Debug)]
pub struct Driver<E, N, C, R, I, T> {
    /// Decides what to do.
    pub engine: E,
    /// Converts probes to messages, and messages to claims.
    pub codec: Codec,
    /// Sends and receives.
    pub network: N,
    /// Provides the time.
    pub clock: C,
    /// Prints.
    pub report: R,
    /// Delivers signals.
    pub interrupts: I,
    /// Knows the targets.
    pub targets: T,
    /// How arrivals are read.
    pub receive_mode: ReceiveMode,
    /// What is done periodically.
    pub reminders: Reminders,
    /// Whether a report reads the outcome of each probe; then the engine [reports](Engine::next_outcome) it.
    pub outcomes: bool,
    /// When the run began.
    pub began: Instant,
    /// The conditions of `--fail-if`.
    pub conditions: Conditions,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finished {
    /// Whether enough replies came, or enough targets answered.
    pub success: bool,
    /// Why it ended.
    pub ending: Ending,
    /// Whether a condition of `--fail-if` is true for a target.
    pub has_failed_condition: bool,
}

/// What the loop changes while it runs.
#[derive(Debug)]
struct LoopState {
    loop_clock: LoopClock,
    reminders: Due,
    /// Detects suspensions of this host.
    watch: SuspensionWatch,
    /// Messages in the batch.
    queued: usize,
    /// ICMP errors that arrive twice.
    copies: Copies,
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
    /// Runs until the engine is done.
    ///
    /// The results are printed however the run ends, unless the output cannot be written.
    ///
    /// # Errors
    /// When the output cannot be written ([`is_reader_gone`] tells why), when receiving fails, or when sending fails for a
    /// permanent reason.
    pub fn run(mut self, start: &Start) -> Result<Finished> {
        let outcome = self
            .event(&Event::Started(start))
            .and_then(|()| self.run_loop());
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

    /// Reports the results. Returns whether a condition is true for a target.
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

    /// Reports which conditions are true for which targets. Returns whether there are any.
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

    fn run_loop(&mut self) -> Result<()> {
        let now = self.clock.now();
        let mut state = LoopState {
            loop_clock: LoopClock::new(self.receive_mode),
            reminders: Due::new(self.reminders, now),
            watch: SuspensionWatch::new(&self.clock),
            queued: 0,
            copies: Copies::default(),
        };
        loop {
            self.handle_interrupts(&mut state)?;
            self.collect_lookups()?;
            let now = state.loop_clock.now(&self.clock);
            self.remind(&mut state, now)?;
            self.report_outcomes(now)?;
            self.report_transitions(now)?;
            match self.engine.poll(now) {
                Step::Transmit(probe) => {
                    self.transmit(&probe, now, &mut state)?;
                    if self.engine.is_batch_full() {
                        self.flush(&mut state)?;
                    }
                }
                Step::NoAnswer { target, sequence } => {
                    self.event(&Event::NoAnswer { target, sequence })?;
                }
                Step::Decided(target) => self.decided(target)?,
                // The wait also reads what has arrived before it.
                Step::Wait(_) | Step::Done if state.queued > 0 => self.flush(&mut state)?,
                Step::Wait(until) => self.wait(until, now, &mut state)?,
                Step::Done => return self.report_entries(&mut state.copies),
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

    fn handle_interrupts(&mut self, state: &mut LoopState) -> Result<()> {
        let Some(interrupt) = self.interrupts.take() else {
            return Ok(());
        };
        state.loop_clock.expire();
        match interrupt {
            Interrupt::Stop => {
                self.engine.stop(self.clock.now());
                Ok(())
            }
            Interrupt::Status => self.status(),
        }
    }

    /// Passes finished lookups to the engine, and reports changes.
    fn collect_lookups(&mut self) -> Result<()> {
        if !self.has_lookups() {
            return Ok(());
        }
        let updates = self.targets.collect_lookups();
        self.engine.add(updates.added);
        for (target, lookup) in updates.lookups {
            self.engine.looked_up(target, lookup);
        }
        for change in &updates.changes {
            self.event(&Event::Changed(change))?;
        }
        for complaint in &updates.complaints {
            self.event(&Event::Warning(complaint))?;
        }
        Ok(())
    }

    fn has_lookups(&self) -> bool {
        self.engine.is_expecting() || self.targets.is_looking_up_again()
    }

    fn remind(&mut self, state: &mut LoopState, now: Instant) -> Result<()> {
        let due = state.reminders.take(now);
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

    /// Reports the outcomes of probes without a timely reply.
    fn report_outcomes(&mut self, now: Instant) -> Result<()> {
        if self.outcomes {
            while let Some((probe, outcome)) = self.engine.next_outcome(now) {
                self.event(&Event::Outcome { probe, outcome })?;
            }
        }
        Ok(())
    }

    /// Reports which targets went down or came up.
    fn report_transitions(&mut self, now: Instant) -> Result<()> {
        while let Some(transition) = self.engine.next_transition(now) {
            self.transition(&transition)?;
        }
        Ok(())
    }

    fn transition(&mut self, transition: &Transition) -> Result<()> {
        match transition {
            Transition::Down(down) => {
                // The name may have another address now.
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

    fn wait(&mut self, until: Option<Instant>, now: Instant, state: &mut LoopState) -> Result<()> {
        let flow = self.report.flush().map_err(unwritable)?;
        let now = match self.receive_mode {
            ReceiveMode::OneByOne => now,
            ReceiveMode::Batched => self.clock.now(),
        };
        state.loop_clock.expire();
        let wake = self.receive_mode.wake(until, now);
        let copies = state.copies.has_entries().then_some(now);
        let until = [until, retry(flow, now), state.reminders.next(), copies];
        let until = until.into_iter().flatten().min();
        self.receive(until, now, wake, state)?;
        if self.network.has_more() {
            self.engine.receive_queue_not_empty();
        }
        Ok(())
    }

    /// Waits for arrivals, and processes as many as the receive mode allows. `asked` is the time at the start of the wait.
    fn receive(
        &mut self,
        until: Option<Instant>,
        asked: Instant,
        wake: Wake,
        state: &mut LoopState,
    ) -> Result<()> {
        let mut until = until;
        // Only the first receive waits.
        let mut watch = Some(&mut state.watch);
        for count in 0..BUDGET {
            // The message of an error in the error queue has arrived before it, or never will.
            if count >= self.receive_mode.budget() && !state.copies.has_entries() {
                break;
            }
            let received = self.network.receive(until, wake);
            let received = received.context("cannot receive")?;
            if let Some(watch) = watch.take()
                && may_have_been_suspended(&received, asked)
                && let Some(length) = watch.check(&self.clock)
            {
                self.engine.suspended(self.clock.now());
                let event = Event::Suspended { length };
                write(&mut self.report, &self.clock, self.began, &event)?;
            }
            match received {
                Received::Nothing => {
                    self.engine.drained_until(asked);
                    return self.report_entries(&mut state.copies);
                }
                Received::Departed { name, passage } => self.arrivals().0.departure(name, passage),
                Received::Datagram(datagram) => {
                    state.loop_clock.set(datagram.read);
                    let mut arrivals = Arrivals {
                        engine: &mut self.engine,
                        report: &mut self.report,
                        codec: &self.codec,
                        clock: &self.clock,
                        began: self.began,
                        targets: &self.targets,
                    };
                    arrivals.datagram(&datagram)?;
                }
                Received::Error(entry) => self.error(&entry, &mut state.copies)?,
                Received::Copied(entry) => self.copied_error(entry, &mut state.copies)?,
            }
            // The rest has arrived already, or is not waited for.
            until = Some(asked);
        }
        Ok(())
    }

    fn arrivals(&mut self) -> (Arrivals<'_, E, C, R, T>, &N) {
        let arrivals = Arrivals {
            engine: &mut self.engine,
            report: &mut self.report,
            codec: &self.codec,
            clock: &self.clock,
            began: self.began,
            targets: &self.targets,
        };
        (arrivals, &self.network)
    }

    /// Processes an ICMP error. If it is a message, its entry in the error queue may have been processed before.
    fn error(&mut self, error: &ErrorEntry, copies: &mut Copies) -> Result<()> {
        let (mut arrivals, network) = self.arrivals();
        let Some(incoming) = arrivals.decode_error(error) else {
            return Ok(());
        };
        if let (ErrorEntry::Message { .. }, Incoming::Rejection(rejection, _)) = (error, &incoming)
        {
            let key = Key::of(rejection);
            if let Some(Waiting { verdict, .. }) = copies.take_entry(key) {
                return arrivals.report_processed(incoming, verdict);
            }
            copies.note_message(key);
        }
        arrivals.error(incoming, |sender| network.is_own(sender))
    }

    /// Processes an entry of the error queue that may also arrive as a message. It is reported with that.
    fn copied_error(&mut self, entry: ErrorEntry, copies: &mut Copies) -> Result<()> {
        let (mut arrivals, network) = self.arrivals();
        let (key, verdict) = match arrivals.decode_error(&entry) {
            Some(Incoming::Rejection(rejection, quoted)) => {
                let key = Key::of(&rejection);
                if copies.take_message(key) {
                    return Ok(());
                }
                let is_own = |sender| network.is_own(sender);
                (key, arrivals.rejected((&rejection, quoted), is_own))
            }
            Some(other) => return arrivals.error(other, |sender| network.is_own(sender)),
            None => return Ok(()),
        };
        let waiting = Waiting {
            key,
            entry,
            verdict,
        };
        match copies.keep(waiting) {
            Some(oldest) => self.report_entry(&oldest),
            None => Ok(()),
        }
    }

    /// Reports the errors of the error queue that did not arrive as messages.
    fn report_entries(&mut self, copies: &mut Copies) -> Result<()> {
        while let Some(waiting) = copies.take_oldest() {
            self.report_entry(&waiting)?;
        }
        Ok(())
    }

    fn report_entry(&mut self, waiting: &Waiting) -> Result<()> {
        let (mut arrivals, _) = self.arrivals();
        match arrivals.decode_error(&waiting.entry) {
            Some(incoming) => arrivals.report_processed(incoming, waiting.verdict),
            None => Ok(()),
        }
    }

    /// The engine's summary, with the counter that only the network knows.
    fn summary(&self) -> Summary {
        let mut summary = self.engine.summary();
        summary.counts.dropped_here = self.network.dropped_here();
        summary
    }

    fn event(&mut self, event: &Event<'_>) -> Result<()> {
        write(&mut self.report, &self.clock, self.began, event)
    }
}

/// Whether this host may have been suspended during a wait that began at `asked`. A wait that ended at once is excluded, so
/// that a flood does not check each time; the time of an error or a departure is not known.
fn may_have_been_suspended(received: &Received<'_>, asked: Instant) -> bool {
    match received {
        Received::Nothing
        | Received::Error(_)
        | Received::Copied(_)
        | Received::Departed { .. } => true,
        Received::Datagram(datagram) => {
            datagram.read.saturating_duration_since(asked) >= MIN_CHECKED_WAIT
        }
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

/// When to retry the output, if it is blocked.
fn retry(flow: Backpressure, now: Instant) -> Option<Instant> {
    match flow {
        Backpressure::Free => None,
        Backpressure::Blocked => now.checked_add(OUTPUT_RETRY),
    }
}
