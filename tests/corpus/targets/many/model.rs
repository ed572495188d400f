//! The engine of many targets once more, naively: every probe of every target is remembered for ever, and nothing is clever.

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

/// How long a host whose queues are full is tried, and how soon again.
const PATIENCE: Duration = Duration::from_millis(500);
const PAUSE: Duration = Duration::from_millis(2);

/// What has become of a probe: one of these at any time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// It is to leave.
    Queued,
    /// It has left, and nothing is known of it.
    Open,
    GivenUp,
    Rejected,
    /// Rejected when its time was over.
    RejectedLate,
    Answered,
    AnsweredLate,
    NotSent,
    /// It did not leave, and this host says why.
    Filtered,
    /// In flight when this host was suspended.
    Suspended,
}

impl State {
    /// Whether an answer would count though nobody waits for it.
    pub(super) fn may_be_answered_yet(self) -> bool {
        matches!(self, Self::Rejected | Self::Suspended)
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Past {
    pub(super) name: u32,
    pub(super) left: Instant,
    /// How long after the call the round trip began by the kernel's stamp of its entry into the queue.
    pub(super) entered: Option<Duration>,
    /// How long after the call the driver got it.
    pub(super) driver: Option<Duration>,
    /// Which try it is: those that this host slept through are none. In rounds all probes are alike.
    pub(super) try_number: usize,
    /// Where it stands among those that have as much time.
    pub(super) place: usize,
    pub(super) state: State,
}

/// What is known of a target.
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
    /// Its last try did not leave, or this host rejected it, and its time is not over.
    pub(super) is_held: bool,
    pub(super) name: Name,
    /// How many of its probes this host slept through.
    pub(super) slept_through: usize,
}

/// What is known of a run from outside.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) schedule: Schedule,
    pub(super) need: Need,
    /// Whether names may add further targets.
    pub(super) may_grow: bool,
    /// Whether somebody reads more of each target than its row.
    pub(super) keeps_everything: bool,
    pub(super) tokens: TokensOfMany,
    /// The tokens of all probes.
    pub(super) seen: HashSet<[u8; 16]>,
    pub(super) start: Instant,
    pub(super) now: Instant,
    /// Until when all has been told that arrived.
    pub(super) heard: Instant,
    /// Whether an error was told since: a reply may have come with it.
    pub(super) has_news_of_errors: bool,
    /// When it was noticed the last time that this host had been suspended.
    pub(super) woken: Option<Instant>,
    stopped: Option<Instant>,
    pub(super) hosts: Vec<Host>,
    /// First tries, second tries, and so on; in rounds all probes are alike.
    pub(super) lines: Vec<Line>,
    pub(super) pace: Pace,
    /// How many probes are to leave.
    pub(super) queued: usize,
    /// Probes in flight, by the end of their time.
    pub(super) open: BTreeSet<(Instant, TargetNumber, usize)>,
    /// Targets whose last try did not leave, or was rejected by this host, by the end of its time.
    pub(super) held: BTreeSet<(Instant, TargetNumber)>,
    /// Names whose address another target had, in the order in which that became known.
    pub(super) shared: Vec<TargetNumber>,
    /// What is to be told of targets, in this order.
    pub(super) decided: VecDeque<TargetNumber>,
    /// How many are alive, and dead.
    pub(super) alive: u32,
    pub(super) dead: u32,
    /// For whose probe there was no room in this host's queues.
    pub(super) roomless: BTreeSet<TargetNumber>,
    full_since: Option<Instant>,
    /// When full queues are tried again.
    pub(super) resume: Option<Instant>,
    pub(super) round_trips: Vec<Duration>,
    pub(super) sources: Sources,
    pub(super) counts: Counts,
    /// How many answers more than probes may have been late, because too much is forgotten.
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
            heard: start,
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

    /// As long as it was asked to wait.
    pub(super) fn pass(&mut self, time: Duration) {
        self.now += time;
    }

    /// Time in which nobody asked what to do.
    pub(super) fn stall(&mut self, time: Duration) {
        self.now += time;
        self.pace.stall();
    }

    /// A moment between the last one that was heard of and now.
    pub(super) fn arrival(&self, part: u8) -> Instant {
        self.heard + (self.now - self.heard) * part.into() / 255
    }

    pub(super) fn drained_until(&mut self, moment: Instant) {
        self.heard = self.heard.max(moment);
        self.has_news_of_errors = false;
    }

    /// Nobody has heard what came to the probes in flight.
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

    /// How many attempts there may be yet, if there is an end to them.
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

    /// How many probes a target has had.
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

    /// The oldest of them of which nothing is known.
    pub(super) fn oldest_open(&self, target: TargetNumber, sequence: u16) -> Option<usize> {
        let probes = &self.hosts.get(target as usize)?.probes;
        let mut numbers = self.numbers(target, sequence);
        numbers.find(|number| probes[*number].state == State::Open)
    }

    pub(super) fn probe(&mut self, target: TargetNumber, number: usize) -> &mut Past {
        &mut self.hosts[target as usize].probes[number]
    }

    /// Which try the next probe to a target is.
    pub(super) fn next_try(&self, target: TargetNumber) -> usize {
        let host = &self.hosts[target as usize];
        if self.is_alive_scan() {
            host.probes.len() - host.slept_through
        } else {
            0
        }
    }

    /// Those with as much time as this one.
    pub(super) fn line(&mut self, target: TargetNumber, number: usize) -> &mut Line {
        let try_number = self.probe(target, number).try_number;
        &mut self.lines[try_number]
    }

    /// Something is known of a probe. Nobody waits for it any more, except that one that was rejected, or that this host slept
    /// through, may be answered yet.
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

    /// It is known of a target whether it is alive.
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

    /// It is known of a target whether it is alive, and its last try, if it has left, is not waited for.
    fn wait_no_more(&mut self, target: TargetNumber, number: usize) {
        let past = *self.probe(target, number);
        if past.state != State::Queued && !past.state.may_be_answered_yet() {
            let line = self.line(target, number);
            line.waiting.remove(&past.place);
            let due = past.left + line.timeout;
            self.open.remove(&(due, target, number));
        }
    }

    /// Whether a target is to be probed once more.
    pub(super) fn wants(&self, host: &Host) -> bool {
        match self.schedule.mode {
            _ if !host.is_probed() => false,
            Mode::Rounds { count, .. } => {
                count.is_none_or(|count| host.probes.len() < count as usize)
            }
            Mode::Alive { .. } => {
                let has_failed = |past: &Past| match past.state {
                    State::GivenUp | State::Suspended => true,
                    State::NotSent | State::Filtered | State::Rejected => !host.is_held,
                    _ => false,
                };
                host.life == Life::Unknown && host.probes.last().is_none_or(has_failed)
            }
        }
    }

    /// Whether it is known that enough targets answer, or cannot.
    fn has_quorum(&self) -> bool {
        let all = self.rows();
        let possible = all - self.dead - self.failed();
        // So many that answered are as many, whoever else may come; and a part of all is, if no others come.
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

    /// Whether nothing that may still happen is waited for.
    pub(super) fn is_over(&self) -> bool {
        let is_spent = if self.is_alive_scan() {
            self.alive + self.dead + self.failed() == self.rows()
        } else {
            let wants = || self.hosts.iter().any(|host| self.wants(host));
            self.open.is_empty() && self.queued == 0 && !wants()
        };
        self.has_quorum() || (is_spent && !self.is_expecting())
    }

    /// When nothing may be sent any more.
    pub(super) fn cut(&self) -> Option<Instant> {
        let deadline = self.schedule.deadline.map(|deadline| self.start + deadline);
        [deadline, self.stopped].into_iter().flatten().min()
    }

    /// The number of the probe that has this name and is to leave.
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
        // What kept the one before here does not keep them here any more.
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
        // Numbers are given once: where the next probe is under way, this one is not made up for.
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

    /// The last try of a target failed at this host, and the time of that try is over then.
    pub(super) fn hold(&mut self, target: TargetNumber, due: Instant) {
        self.hosts[target as usize].is_held = true;
        self.held.insert((due, target));
    }

    /// The times of tries that failed at this host are over by this moment: the targets are tried again, but for those that
    /// have had all tries.
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
