//! The engine for one target.

mod answers;
mod ending;
mod outcomes;
mod pacing;
mod sending;
mod sizes;
mod watching;
mod window;

use std::time::{Duration, Instant};

use super::backoff::SendBackoff;
use super::fate::Fate;
use super::outages::OutageTracker;
use super::record::Record;
use super::run_times::RunTimes;
use super::timing::{self, Arrival, Call, Offsets};
use super::{
    Claim, Disposition, Engine, IcmpError, Note, Obstacle, Origin, Probe, Rejection, Shape, Step,
    Tokens, Verdict,
};
use crate::config::{Outstanding, Schedule, SizeSweep, Timeout};
use crate::event::{
    Distribution, Ending, Header, Outages, Outcome, ProbeId, Progress, Results, Row, Series, Stage,
    Summary, Sweep, TargetNumber, TargetSummary, TimeDown, Transition,
};
use crate::stats::{Digits, Observed};

use outcomes::Reported;
use pacing::Pacer;
use sizes::Sizes;
use watching::Watched;
use window::Window;

const TARGET: TargetNumber = 0;

/// The shortest and the longest wait before a probe is reported as unanswered, without `-W`.
const PATIENCE: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(10));

/// The most probes sent with one system call.
const MAX_BATCH: u64 = 64;

/// The state of a run.
#[derive(Debug, Clone)]
pub struct One {
    schedule: Schedule,
    tokens: Tokens,
    window: Window,
    pacer: Pacer,
    record: Record,
    observed: Observed,
    /// When probes were sent by the interface's clock, if it has one.
    hardware: timing::HardwareDepartures,
    /// Whether a link on the path turned out to be too small: the following probes are sent in fragments.
    in_fragments: bool,
    /// The outages among the probes that are no longer in memory.
    outages: OutageTracker,
    /// Which outcomes were reported, if outcomes are reported.
    reported: Option<Reported>,
    /// Whether the target is down, if that is watched.
    watched: Option<Watched>,
    run: RunTimes,
    last_left: Option<Instant>,
    backoff: SendBackoff,
    /// Probes in the current batch, and its limit.
    batched: u64,
    batch_size: u64,
    /// All probes below this number were answered or reported as overdue, or need no report.
    overdue_cursor: u64,
    /// All probes below this number were reported with `no answer yet`, or need no report.
    no_answer_cursor: u64,
    /// One more than the number of the newest probe that was answered or rejected.
    acknowledged: u64,
    /// One more than the number of the newest answered probe.
    answered: u64,
    pipe: u64,
    /// The probes whose replies would count but are not waited for.
    unawaited: Option<Unawaited>,
    /// When the engine last learned that this host had been suspended.
    last_wake: Option<Instant>,
    /// Whether the receive queue was read since the last probe was sent.
    read_since_send: bool,
    ending: Ending,
    /// The sizes of the probes, where they differ.
    sizes: Option<Sizes>,
}

/// Probes that an ICMP error rejected, or that were in flight when this host was suspended: a reply would count, but
/// the run does not wait for it.
#[derive(Debug, Clone, Copy)]
struct Unawaited {
    /// The number of the newest.
    newest: u64,
    /// When the engine learned of the last one.
    since: Instant,
}

impl One {
    /// A run that begins at `start`.
    #[must_use]
    pub fn new(schedule: Schedule, tokens: Tokens, start: Instant) -> Self {
        Self {
            run: RunTimes::new(start, schedule.deadline),
            window: Window::new(schedule.first_sequence),
            pacer: Pacer::new(schedule.pace, schedule.preload),
            schedule,
            tokens,
            record: Record::new(Digits::Three),
            observed: Observed::default(),
            hardware: timing::HardwareDepartures::default(),
            in_fragments: false,
            outages: OutageTracker::default(),
            reported: None,
            watched: None,
            last_left: None,
            backoff: SendBackoff::default(),
            batched: 0,
            batch_size: 0,
            overdue_cursor: 0,
            no_answer_cursor: 0,
            acknowledged: 0,
            answered: 0,
            pipe: 0,
            unawaited: None,
            last_wake: None,
            read_since_send: true,
            ending: Ending::Complete,
            sizes: None,
        }
    }

    /// Gives probes the sizes of a sweep. There have to be no more of them than are kept in memory.
    #[must_use]
    pub fn sweeping(mut self, sweep: SizeSweep) -> Self {
        self.sizes = Some(Sizes::new(sweep));
        self
    }

    /// How a probe differs from others.
    fn shape(&self, number: u64) -> Shape {
        Shape {
            data: self.sizes.as_ref().map(|sizes| sizes.data(number)),
            ..Shape::default()
        }
    }

    fn probe(&self, number: u64) -> ProbeId {
        ProbeId {
            target: TARGET,
            number,
            sequence: self.window.sequence(number),
        }
    }

    /// The probe of this number.
    #[allow(
        clippy::cast_possible_truncation,
        reason = "names are probe numbers modulo 2^32, and at most 65,536 probes are in memory"
    )]
    fn numbered(&self, number: u64) -> Probe {
        Probe {
            target: TARGET,
            sequence: self.window.sequence(number),
            token: self.tokens.of(number),
            name: number as u32,
            shape: self.shape(number),
        }
    }

    fn remember(&mut self, call: Call, fate: Fate) {
        let at = call.begun;
        self.run.note_try(at);
        if let Some(forgotten) = self.window.push(call, fate) {
            self.outages.pass(&forgotten);
        }
    }

    fn outages(&self) -> Outages {
        let mut outages = self.outages.clone();
        for past in self.window.all() {
            outages.pass(&past);
        }
        let epoch = self.window.epoch().unwrap_or(self.run.start());
        outages.outages(self.end_of_wait(epoch))
    }

    /// A function from when a probe was sent to when its timeout expires, or to the last known instant; both since
    /// `from`.
    fn end_of_wait(&self, from: Instant) -> impl Fn(Duration) -> Duration {
        // Nothing is known about replies that arrived later.
        let known = self.run.drained_until().saturating_duration_since(from);
        let patience = self.patience().unwrap_or(Duration::MAX);
        move |left| left.saturating_add(patience).min(known)
    }
}

impl Engine for One {
    fn poll(&mut self, now: Instant) -> Step {
        if self.batched > 0 {
            return if self.is_batch_full() {
                Step::Wait(Some(now))
            } else {
                self.hand_out()
            };
        }
        if self.has_enough() {
            self.ending = self.ending_by_replies();
            return Step::Done;
        }
        if self.has_reached_transition() {
            self.ending = Ending::Transition;
            return Step::Done;
        }
        if let Some(cut) = self.run.cut().filter(|&cut| now >= cut) {
            self.ending = self.run.ending();
            return self.poll_cut(cut, now);
        }
        if let Some(step) = self.poll_overdue(now) {
            return step;
        }
        if self.wants_more() {
            return self.poll_sending(now);
        }
        self.poll_ending(now)
    }

    fn left(&mut self, _name: u32, call: impl Into<Call>) -> Option<ProbeId> {
        let call = call.into();
        let at = call.begun;
        let probe = self.probe(self.window.next_number());
        self.remember(call, Fate::InFlight);
        self.record.counts.transmitted += 1;
        self.last_left = Some(at);
        self.backoff.reset();
        self.read_since_send = false;
        self.pacer.left(at);
        Some(probe)
    }

    fn not_sent(
        &mut self,
        _name: u32,
        now: Instant,
        obstacle: Obstacle,
        _errno: i32,
    ) -> (Option<ProbeId>, Disposition) {
        let probe = Some(self.probe(self.window.next_number()));
        if obstacle == Obstacle::Busy && self.backoff.should_retry(now) {
            return (probe, Disposition::Retried);
        }
        self.backoff.reset();
        self.remember(now.into(), Fate::NotSent);
        self.record.not_sent(obstacle);
        // It counts as outstanding, so that a flood pauses after it as after a lost probe, and does not spin.
        self.pacer.left(now);
        (probe, Disposition::NotSent)
    }

    fn is_batch_full(&self) -> bool {
        self.batched >= self.batch_size
    }

    fn end_batch(&mut self) {
        self.batched = 0;
    }

    fn entered(&mut self, name: u32, at: Instant) {
        if let Some(number) = self.window.find_named(name) {
            let note = |offsets: &mut Offsets, called| offsets.enter(called, at);
            self.window.stamp(number, note);
        }
    }

    fn departed(&mut self, name: u32, at: Instant) {
        // The kernel stamps only the first fragment.
        if !self.in_fragments
            && let Some(number) = self.window.find_named(name)
        {
            let note = |offsets: &mut Offsets, called| offsets.leave(called, at);
            self.window.stamp(number, note);
        }
    }

    fn departed_by_interface(&mut self, name: u32, at: Duration) {
        if !self.in_fragments
            && let Some(number) = self.window.find_named(name)
        {
            self.hardware.note(number, at);
        }
    }

    fn answered(&mut self, claim: &Claim<'_>, arrival: impl Into<Arrival>) -> Verdict {
        self.classify(claim, arrival.into())
    }

    fn note(&mut self, _target: TargetNumber, note: Note) {
        note.count(&mut self.record.counts);
    }

    fn note_header(&mut self, target: TargetNumber, header: Header) {
        self.watch_header(target, header);
    }

    fn note_stranger(&mut self) {
        self.record.counts.unexpected += 1;
    }

    fn rejected(&mut self, error: &IcmpError, now: Instant) -> Option<Rejection> {
        self.reject(error, now)
    }

    fn number_of(&self, _target: TargetNumber, sequence: u16) -> Option<u64> {
        let number = self.window.find(sequence)?;
        let fate = self.window.fate(number)?;
        fate.has_left().then_some(number)
    }

    fn probe(&self, _target: TargetNumber, sequence: u16) -> Option<Probe> {
        self.sizes.as_ref()?;
        let number = self.window.find(sequence)?;
        Some(self.numbered(number))
    }

    fn next_outcome(&mut self, _now: Instant) -> Option<(ProbeId, Outcome)> {
        self.report_next()
    }

    fn last_outcome(&mut self) -> Option<(ProbeId, Outcome)> {
        self.report_last()
    }

    fn next_transition(&mut self, _now: Instant) -> Option<Transition> {
        self.pass_known();
        self.take_transition()
    }

    fn last_transition(&mut self) -> Option<Transition> {
        self.pass_rest();
        self.take_transition()
    }

    fn received_datagram(&mut self, arrived: Instant) {
        self.drained_until(arrived);
    }

    fn received_other(&mut self) {
        self.read_since_send = true;
    }

    fn drained_until(&mut self, moment: Instant) {
        self.read_since_send = true;
        self.run.note_drained(moment);
    }

    fn receive_queue_not_empty(&mut self) {
        self.read_since_send = false;
    }

    fn suspended(&mut self, now: Instant) -> u64 {
        self.suspend_in_flight(now)
    }

    fn stop(&mut self, now: Instant) {
        self.run.stop(now);
    }

    fn summary(&self) -> Summary {
        let counts = self.record.counts(self.window.in_flight());
        let is_alive = counts.received > 0;
        let is_known = counts.known() > 0 || counts.rejected > 0;
        Summary {
            targets: 1,
            alive: is_alive.into(),
            dead: (is_known && !is_alive).into(),
            counts,
            elapsed: self.run.elapsed(),
            round_trips: self.record.round_trips.summary(),
            sources: self.record.sources,
            queue_wait: self.record.queue_waits.median(),
            series: Some(Series {
                pipe: u32::try_from(self.pipe).unwrap_or(u32::MAX),
                outages: self.outages(),
                bins: self.record.round_trips.bins(),
            }),
        }
    }

    fn progress(&self, now: Instant) -> Progress {
        Progress {
            elapsed: self.run.passed(now),
            probes: self.window.next_number(),
            alive: u32::from(self.record.counts.received > 0),
            stage: Stage::Rounds {
                of: self.schedule.count,
                remaining: None,
            },
        }
    }

    fn ending(&self) -> Ending {
        self.ending
    }

    fn is_success(&self) -> bool {
        if let Some(is_reached) = self.goal() {
            return is_reached;
        }
        let wanted = match (self.schedule.deadline, self.schedule.count) {
            (Some(_), Some(count)) => count,
            _ => 1,
        };
        self.record.counts.received >= wanted
    }
}

impl Results for One {
    fn row(&self, target: TargetNumber) -> Row {
        if target > 0 {
            return Row::default();
        }
        let count = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        let times = self.record.round_trips.summary();
        Row {
            sent: count(self.record.counts.transmitted),
            received: count(self.record.counts.received),
            suspended: count(self.record.counts.suspended),
            in_flight: count(self.window.in_flight()),
            min: times.map(|times| times.min),
            mean: times.map(|times| times.mean),
            max: times.map(|times| times.max),
            p99: times.map(|times| times.p99),
            reason: None,
            recent: self.recent(),
        }
    }

    fn target(&self, target: TargetNumber) -> Option<TargetSummary> {
        let in_flight = self.window.in_flight();
        (target == TARGET).then(|| self.record.summary(in_flight, Some(self.outages())))
    }

    fn time_down(&self, target: TargetNumber) -> Option<TimeDown> {
        self.time_down_of(target)
    }

    fn sweep(&self) -> Option<Sweep> {
        Some(self.sizes.as_ref()?.results(&self.window))
    }

    fn distribution(&self) -> Distribution {
        self.record.round_trips.distribution()
    }
}

#[cfg(test)]
mod tests;
