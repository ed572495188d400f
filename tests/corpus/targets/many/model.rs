//! A naive model of the engine for many targets: it remembers every probe of every target for ever, and is not optimised.

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::time::{Duration, Instant};

use rping::config::many::{Fragments, Mode, Need, Schedule};
use rping::engine::Probe;
use rping::engine::{Disposition, Note, Obstacle, TokensOfMany};
use rping::event::{Counts, Sources};
use rping::event::{Reason, TargetNumber};

use super::lines::Line;
use super::names::Name;
use super::pace::Pace;

/// How long sending is retried while the queues of this host are full, and the pause between attempts.
const PATIENCE: Duration = Duration::from_millis(500);
const PAUSE: Duration = Duration::from_millis(2);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// In the batch, not yet sent.
    Queued,
    /// Sent, with an unknown outcome.
    Open,
    TimedOut,
    Rejected,
    RejectedLate,
    Answered,
    AnsweredLate,
    NotSent,
    /// Not sent, and this host gave the reason.
    Filtered,
    /// In flight when this host was suspended.
    Suspended,
}

impl State {
    /// Whether a reply would count although the engine does not wait for it.
    pub(super) fn may_be_answered_yet(self) -> bool {
        matches!(self, Self::Rejected | Self::Suspended)
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Past {
    pub(super) name: u32,
    pub(super) left: Instant,
    /// The time from the call to the kernel's stamp of the entry into the queue, where the round trip begins.
    pub(super) entered: Option<Duration>,
    /// The time from the call to the driver's stamp.
    pub(super) driver: Option<Duration>,
    /// The number of the try; suspended ones are not counted. In rounds all probes are alike.
    pub(super) try_number: usize,
    /// The position among the probes with the same timeout.
    pub(super) place: usize,
    pub(super) state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Life {
    #[default]
    Unknown,
    Alive,
    Dead,
}

#[derive(Debug, Default)]
pub(super) struct Host {
    pub(super) probes: Vec<Past>,
    pub(super) life: Life,
    pub(super) reason: Option<Reason>,
    pub(super) round_trips: Vec<Duration>,
    pub(super) highest_answered: Option<usize>,
    /// Whether its last try was not sent or this host rejected it, and its timeout has not expired.
    pub(super) is_held: bool,
    pub(super) name: Name,
    /// Number of its suspended probes.
    pub(super) slept_through: usize,
}

/// The observable state of a run.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) schedule: Schedule,
    pub(super) need: Need,
    /// Whether lookups may add targets.
    pub(super) may_grow: bool,
    /// Whether full statistics of each target are kept.
    pub(super) keeps_everything: bool,
    pub(super) tokens: TokensOfMany,
    /// The tokens of all probes.
    pub(super) seen: HashSet<[u8; 16]>,
    pub(super) start: Instant,
    pub(super) now: Instant,
    /// Everything that arrived before this instant was processed.
    pub(super) drained_until: Instant,
    /// Whether an error was processed since: a reply may follow it.
    pub(super) has_news_of_errors: bool,
    /// When the last suspension of this host was noticed.
    pub(super) woken: Option<Instant>,
    stopped: Option<Instant>,
    pub(super) hosts: Vec<Host>,
    /// First tries, second tries, and so on; in rounds all probes are alike.
    pub(super) lines: Vec<Line>,
    pub(super) pace: Pace,
    /// Number of probes in the batch.
    pub(super) queued: usize,
    /// Probes in flight, by the end of their timeout.
    pub(super) open: BTreeSet<(Instant, TargetNumber, usize)>,
    /// Targets whose last try was not sent or was rejected by this host, by the end of its timeout.
    pub(super) held: BTreeSet<(Instant, TargetNumber)>,
    /// Names with the address of another target, in the order of their lookups.
    pub(super) shared: Vec<TargetNumber>,
    /// Decided targets that were not reported yet, in order.
    pub(super) decided: VecDeque<TargetNumber>,
    /// Numbers of alive and dead targets.
    pub(super) alive: u32,
    pub(super) dead: u32,
    /// Targets whose probe did not fit into this host's queues.
    pub(super) roomless: BTreeSet<TargetNumber>,
    full_since: Option<Instant>,
    /// When full queues are retried.
    pub(super) resume: Option<Instant>,
    pub(super) round_trips: Vec<Duration>,
    pub(super) sources: Sources,
    pub(super) counts: Counts,
    /// Maximum number of late replies without a probe, because too much is forgotten.
    pub(super) forgiven: u64,
    /// When the first and the last probe were tried.
    pub(super) first_and_last: Option<(Instant, Instant)>,
}

impl Model {
    pub(super) fn new(
        schedule: Schedule,
        need: Need,
        tokens: TokensOfMany,
        start: Instant,
        order: &[TargetNumber],
    ) -> Self {
        let tries = match schedule.mode {
            Mode::Rounds { .. } => 1,
            Mode::Alive { retries, .. } => 1 + usize::from(retries),
        };
        // fping's factor.
        let longer = |timeout: &Duration| Some(*timeout * 3 / 2);
        let timeouts = std::iter::successors(Some(schedule.timeout), longer);
        let mut model = Self {
            lines: timeouts.take(tries).map(Line::new).collect(),
            hosts: Vec::new(),
            pace: Pace::new(&schedule, start, order.to_vec()),
            schedule,
            need,
            may_grow: true,
            keeps_everything: false,
            tokens,
            seen: HashSet::new(),
            start,
            now: start,
            drained_until: start,
            has_news_of_errors: false,
            woken: None,
            stopped: None,
            queued: 0,
            open: BTreeSet::new(),
            held: BTreeSet::new(),
            shared: Vec::new(),
            decided: VecDeque::new(),
            alive: 0,
            dead: 0,
            roomless: BTreeSet::new(),
            full_since: None,
            resume: None,
            round_trips: Vec::new(),
            sources: Sources::default(),
            counts: Counts::default(),
            forgiven: 0,
            first_and_last: None,
        };
        model.hosts.resize_with(order.len(), Host::default);
        model
    }

    /// Waits as long as requested.
    pub(super) fn pass(&mut self, time: Duration) {
        self.now += time;
    }

    /// Lets time pass without polling.
    pub(super) fn stall(&mut self, time: Duration) {
        self.now += time;
        self.pace.stall();
    }

    /// An instant between the last processed one and now.
    pub(super) fn arrival(&self, part: u8) -> Instant {
        self.drained_until + (self.now - self.drained_until) * part.into() / 255
    }

    pub(super) fn drained_until(&mut self, moment: Instant) {
        self.drained_until = self.drained_until.max(moment);
        self.has_news_of_errors = false;
    }

    /// This host was suspended: replies to the probes in flight are gone.
    pub(super) fn suspended(&mut self) -> u64 {
        let in_flight = std::mem::take(&mut self.open);
        for (_, target, number) in &in_flight {
            self.settle(*target, *number, State::Suspended);
            self.hosts[*target as usize].slept_through += 1;
        }
        self.woken = Some(self.now);
        let found = in_flight.len() as u64;
        self.counts.suspended += found;
        found
    }

    pub(super) fn stop(&mut self) {
        self.stopped.get_or_insert(self.now);
    }

    pub(super) fn is_alive_scan(&self) -> bool {
        matches!(self.schedule.mode, Mode::Alive { .. })
    }

    pub(super) fn attempts(&self) -> usize {
        usize::try_from(self.counts.transmitted + self.counts.not_sent).unwrap()
    }

    /// The maximum number of further attempts, if there is one.
    pub(super) fn most_attempts(&self) -> Option<usize> {
        let each = match self.schedule.mode {
            Mode::Rounds { count, .. } => count? as usize,
            Mode::Alive { .. } => self.lines.len(),
        };
        let again = self.hosts.iter().map(|host| host.slept_through);
        let again = again.filter(|_| self.is_alive_scan()).sum::<usize>();
        let may_be_probed = |host: &&Host| host.is_probed() || host.name == Name::Pending;
        Some(each * self.hosts.iter().filter(may_be_probed).count() + again)
    }

    /// The number of probes to a target.
    pub(super) fn tried(&self, target: TargetNumber) -> usize {
        let host = self.hosts.get(target as usize);
        host.map_or(0, |host| host.probes.len())
    }

    pub(super) fn sequence(&self, number: usize) -> u16 {
        let sequence = (number as u64 + u64::from(self.schedule.first_sequence)) % 65_536;
        u16::try_from(sequence).unwrap()
    }

    /// The numbers of the probes to a target with this sequence number.
    fn numbers(
        &self,
        target: TargetNumber,
        sequence: u16,
    ) -> impl DoubleEndedIterator<Item = usize> {
        let first = sequence.wrapping_sub(self.schedule.first_sequence);
        (usize::from(first)..self.tried(target)).step_by(65_536)
    }

    /// The newest of them.
    pub(super) fn find(&self, target: TargetNumber, sequence: u16) -> Option<(usize, Past)> {
        let number = self.numbers(target, sequence).next_back()?;
        Some((number, self.hosts[target as usize].probes[number]))
    }

    /// The oldest of them with an unknown outcome.
    pub(super) fn oldest_open(&self, target: TargetNumber, sequence: u16) -> Option<usize> {
        let probes = &self.hosts.get(target as usize)?.probes;
        let mut numbers = self.numbers(target, sequence);
        numbers.find(|number| probes[*number].state == State::Open)
    }

    pub(super) fn probe(&mut self, target: TargetNumber, number: usize) -> &mut Past {
        &mut self.hosts[target as usize].probes[number]
    }

    /// The number of the next try of a target.
    pub(super) fn next_try(&self, target: TargetNumber) -> usize {
        let host = &self.hosts[target as usize];
        if self.is_alive_scan() {
            host.probes.len() - host.slept_through
        } else {
            0
        }
    }

    /// The probes with the same timeout as this one.
    pub(super) fn line(&mut self, target: TargetNumber, number: usize) -> &mut Line {
        let try_number = self.probe(target, number).try_number;
        &mut self.lines[try_number]
    }

    /// Sets the state of a probe. The engine no longer waits for it; a rejected or suspended one may still be answered.
    pub(super) fn settle(&mut self, target: TargetNumber, number: usize, state: State) {
        let past = self.probe(target, number);
        let place = past.place;
        let before = std::mem::replace(&mut past.state, state);
        let left = past.left;
        let line = self.line(target, number);
        let due = left + line.timeout;
        if !state.may_be_answered_yet() {
            line.waiting.remove(&place);
        }
        if matches!(state, State::Answered | State::AnsweredLate) {
            line.unanswered.remove(&place);
        }
        self.open.remove(&(due, target, number));
        self.counts.suspended -= u64::from(before == State::Suspended);
        self.counts.rejected_unanswered += u64::from(state == State::Rejected);
        let wins = before == State::Rejected && state == State::Answered;
        self.counts.rejected_unanswered -= u64::from(wins);
    }

    /// Sets whether a target is alive.
    pub(super) fn decide(&mut self, target: TargetNumber, life: Life) {
        let is_alive_scan = self.is_alive_scan();
        let host = &mut self.hosts[target as usize];
        if host.life != Life::Unknown {
            return;
        }
        host.life = life;
        let sharing = self.sharing(target);
        for _ in 0..=sharing.len() {
            self.count_life(life);
        }
        if is_alive_scan {
            self.roomless.remove(&target);
            let all: BTreeSet<_> = sharing.into_iter().chain([target]).collect();
            self.decided.extend(all);
            let host = &self.hosts[target as usize];
            if let Some(newest) = host.probes.len().checked_sub(1) {
                self.wait_no_more(target, newest);
            }
        }
    }

    /// The target is decided, and the engine no longer waits for its last try, if that was sent.
    fn wait_no_more(&mut self, target: TargetNumber, number: usize) {
        let past = *self.probe(target, number);
        if past.state != State::Queued && !past.state.may_be_answered_yet() {
            let line = self.line(target, number);
            line.waiting.remove(&past.place);
            let due = past.left + line.timeout;
            self.open.remove(&(due, target, number));
        }
    }

    /// Whether to probe a target again.
    pub(super) fn wants(&self, host: &Host) -> bool {
        match self.schedule.mode {
            _ if !host.is_probed() => false,
            Mode::Rounds { count, .. } => {
                count.is_none_or(|count| host.probes.len() < count as usize)
            }
            Mode::Alive { .. } => {
                let has_failed = |past: &Past| match past.state {
                    State::TimedOut | State::Suspended => true,
                    State::NotSent | State::Filtered | State::Rejected => !host.is_held,
                    _ => false,
                };
                host.life == Life::Unknown && host.probes.last().is_none_or(has_failed)
            }
        }
    }

    /// Whether enough targets answer, or too many cannot.
    fn has_quorum(&self) -> bool {
        let all = self.rows();
        let possible = all - self.dead - self.failed();
        // A number of answers stays reached if targets are added. A percentage does not.
        let (missed, is_known) = match self.need {
            Need::All | Need::InTheEnd(_) => return false,
            Need::Reached(_) => return self.has_enough(),
            Need::Number(number) => (possible < number, true),
            Need::Percent(percent) => (possible * 100 < all * u32::from(percent), !self.may_grow),
        };
        (self.has_enough() && (is_known || !self.is_expecting()))
            || (missed && !self.is_expecting())
    }

    pub(super) fn has_enough(&self) -> bool {
        let all = self.rows();
        match self.need {
            Need::All => self.alive == all,
            Need::Number(number) | Need::Reached(number) | Need::InTheEnd(number) => {
                self.alive >= number
            }
            Need::Percent(percent) => self.alive * 100 >= all * u32::from(percent),
        }
    }

    /// Whether the run waits for nothing more.
    pub(super) fn is_over(&self) -> bool {
        let is_spent = if self.is_alive_scan() {
            self.alive + self.dead + self.failed() == self.rows()
        } else {
            let wants = || self.hosts.iter().any(|host| self.wants(host));
            self.open.is_empty() && self.queued == 0 && !wants()
        };
        self.has_quorum() || (is_spent && !self.is_expecting())
    }

    /// The instant after which nothing is sent.
    pub(super) fn cut(&self) -> Option<Instant> {
        let deadline = self.schedule.deadline.map(|deadline| self.start + deadline);
        [deadline, self.stopped].into_iter().flatten().min()
    }

    /// The number of the unsent probe with this name.
    fn queued_probe(&self, probe: &Probe) -> usize {
        let probes = &self.hosts[probe.target as usize].probes;
        let is_it = |past: &Past| past.name == probe.name && past.state == State::Queued;
        probes.iter().rposition(is_it).unwrap()
    }

    pub(super) fn left(&mut self, probe: &Probe) {
        let number = self.queued_probe(probe);
        let (target, now) = (probe.target, self.now);
        let due = now + self.line(target, number).timeout;
        *self.probe(target, number) = Past {
            left: now,
            state: State::Open,
            ..*self.probe(target, number)
        };
        self.queued -= 1;
        let host = &mut self.hosts[target as usize];
        // The obstacle of the previous probe no longer holds.
        if host.reason.is_some_and(Reason::is_obstacle) {
            host.reason = None;
        }
        self.open.insert((due, target, number));
        if self.is_alive_scan() && self.hosts[target as usize].life != Life::Unknown {
            self.wait_no_more(target, number);
        }
        (self.full_since, self.resume) = (None, None);
    }

    pub(super) fn not_sent(
        &mut self,
        probe: &Probe,
        obstacle: Obstacle,
        errno: i32,
    ) -> Disposition {
        let (target, number) = (probe.target, self.queued_probe(probe));
        self.settle(target, number, State::NotSent);
        self.queued -= 1;
        self.counts.transmitted -= 1;
        let is_alive_scan = self.is_alive_scan();
        let host = &mut self.hosts[target as usize];
        // Numbers are unique: if the next probe is in flight, this one is not retried.
        let is_last = number + 1 == host.probes.len();
        if obstacle == Obstacle::Busy && is_last {
            self.pace.stall();
            let since = *self.full_since.get_or_insert(self.now);
            if self.now - since < PATIENCE {
                self.resume = Some(self.now + PAUSE);
                host.probes.pop();
                if !is_alive_scan || host.life == Life::Unknown {
                    self.roomless.insert(target);
                }
                return Disposition::Retried;
            }
        }
        host.reason = Some(match obstacle {
            Obstacle::TooLong { .. } => Reason::TooLong,
            Obstacle::Busy | Obstacle::Refused => Reason::NotSent { errno },
        });
        self.has_news_of_errors = true;
        self.counts.not_sent += 1;
        self.counts.too_long += u64::from(matches!(obstacle, Obstacle::TooLong { .. }));
        let is_final = matches!(obstacle, Obstacle::TooLong { .. })
            && self.schedule.fragments == Fragments::Forbidden;
        if is_alive_scan && is_final {
            self.decide(target, Life::Dead);
        } else if is_alive_scan {
            let due = self.now + self.line(target, number).timeout;
            self.hold(target, due);
        }
        Disposition::NotSent
    }

    /// The last try of a target failed at this host; `due` is the end of its timeout.
    pub(super) fn hold(&mut self, target: TargetNumber, due: Instant) {
        self.hosts[target as usize].is_held = true;
        self.held.insert((due, target));
    }

    /// The timeouts of tries that failed at this host expire: the targets are tried again, unless they have had all tries.
    pub(super) fn let_go(&mut self, until: Instant) {
        let is_spent = |model: &Self, target| {
            let unknown = model.hosts[target as usize].life == Life::Unknown;
            unknown && model.next_try(target) == model.lines.len()
        };
        let over: Vec<_> = (self.held.iter().copied())
            .take_while(|(due, _)| *due <= until)
            .filter(|(_, target)| !is_spent(self, *target))
            .collect();
        for (due, target) in over {
            self.held.remove(&(due, target));
            self.hosts[target as usize].is_held = false;
        }
    }

    pub(super) fn note_stranger(&mut self) {
        self.counts.unexpected += 1;
    }

    pub(super) fn note(&mut self, note: Note) {
        match note {
            Note::Altered => self.counts.altered += 1,
            Note::Truncated => self.counts.truncated += 1,
            Note::Oversized => self.counts.oversized += 1,
            Note::DifferentAddress => self.counts.different_address += 1,
        }
    }
}
