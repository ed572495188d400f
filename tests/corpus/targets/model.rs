//! A naive model of the engine: it remembers every probe for ever and is not optimised.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use rping::config::{Outstanding, Pace, Schedule, Timed, Timeout};
use rping::engine::{
    Claim, Disposition, Engine, Evidence, Note, Obstacle, One, Origin, Probe, Step, Tokens, Verdict,
};
use rping::event::{Counts, Outage, Reach, Results, Standing, Summary};

/// Maximum wait at the end of a run for due replies.
const GRACE: Duration = Duration::from_millis(50);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Rejected,
    /// Answered within its timeout.
    Answered,
    /// Answered after its timeout.
    AnsweredLate,
    NotSent,
    /// Not sent, and an error has the reason.
    Filtered,
    /// In flight when this host was suspended.
    Suspended,
}

#[derive(Debug, Clone, Copy)]
struct Past {
    left: Instant,
    state: State,
    /// Whether an error explains the missing reply, if the engine may have read it before the timeout expired.
    rejected: Rejected,
}

/// Whether an error about a probe arrived within its timeout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rejected {
    No,
    /// Only if the engine did not notice before that the timeout had expired.
    Perhaps,
    Yes,
}

/// The observable state of a run.
#[derive(Debug)]
pub(super) struct Model {
    schedule: Schedule,
    tokens: Tokens,
    start: Instant,
    now: Instant,
    /// Everything that arrived before this instant was processed.
    drained_until: Instant,
    /// When the last error was processed, or probes in flight were suspended.
    unawaited_since: Option<Instant>,
    /// When the last suspension of this host was noticed.
    woken: Option<Instant>,
    stopped: Option<Instant>,
    probes: Vec<Past>,
    /// The newest probe with each sequence number.
    newest: HashMap<u16, usize>,
    told: HashSet<usize>,
    busy_since: Option<Instant>,
    round_trips: Vec<Duration>,
    counts: Counts,
    highest_answered: Option<usize>,
    highest_acknowledged: Option<usize>,
    pipe: usize,
}

impl Model {
    pub(super) fn new(schedule: Schedule, tokens: Tokens, start: Instant) -> Self {
        Self {
            schedule,
            tokens,
            start,
            now: start,
            drained_until: start,
            unawaited_since: None,
            woken: None,
            stopped: None,
            probes: Vec::new(),
            newest: HashMap::new(),
            told: HashSet::new(),
            busy_since: None,
            round_trips: Vec::new(),
            counts: Counts::default(),
            highest_answered: None,
            highest_acknowledged: None,
            pipe: 0,
        }
    }

    pub(super) fn now(&self) -> Instant {
        self.now
    }

    pub(super) fn attempts(&self) -> usize {
        self.probes.len()
    }

    pub(super) fn pass(&mut self, time: Duration) {
        self.now += time;
    }

    pub(super) fn sequence(&self, number: usize) -> u16 {
        let sequence = (number as u64 + u64::from(self.schedule.first_sequence)) % 65_536;
        u16::try_from(sequence).unwrap()
    }

    /// An instant between the last processed one and now.
    pub(super) fn arrival(&self, part: u8) -> Instant {
        self.drained_until + (self.now - self.drained_until) * part.into() / 255
    }

    pub(super) fn drained_until(&mut self, moment: Instant) {
        self.drained_until = self.drained_until.max(moment);
    }

    /// This host was suspended; `found` probes were in flight.
    pub(super) fn suspended(&mut self, found: u64) {
        let open = |number: &usize| self.probes[*number].state == State::Open;
        let open: Vec<usize> = (0..self.probes.len()).filter(open).collect();
        let had_their_time = open.len() - usize::try_from(found).unwrap();
        let (given_up, in_flight) = open.split_at(had_their_time);
        let least = match self.schedule.timeout {
            Timeout::PerProbe(timeout) => timeout,
            _ => Duration::from_secs(1),
        };
        let is_due = |number: &usize| self.now - self.probes[*number].left >= least;
        let is_forgotten = |number: &usize| self.probes.len() - number > 65_536;
        let may_be = |number: &usize| is_due(number) || is_forgotten(number) || self.all_sent();
        assert!(given_up.iter().all(may_be), "{found} of {open:?}");
        if self.schedule.outstanding == Outstanding::Overdue {
            let is_told = |number| self.told.contains(number);
            assert!(
                !in_flight.iter().any(is_told),
                "{in_flight:?} had their time"
            );
        }
        for number in in_flight {
            self.probes[*number].state = State::Suspended;
        }
        self.counts.suspended += found;
        self.woken = Some(self.now);
        if found > 0 {
            self.unawaited_since = Some(self.now);
        }
    }

    fn settle(&mut self, number: usize, state: State) {
        let before = std::mem::replace(&mut self.probes[number].state, state);
        self.counts.suspended -= u64::from(before == State::Suspended);
    }

    /// Whether this host was suspended after a probe was sent.
    fn has_slept_since(&self, past: &Past) -> bool {
        self.woken.is_some_and(|woken| past.left < woken)
    }

    pub(super) fn stop(&mut self) {
        self.stopped.get_or_insert(self.now);
    }

    fn deadline(&self) -> Option<Instant> {
        self.schedule.deadline.map(|deadline| self.start + deadline)
    }

    /// The instant after which nothing is sent.
    fn cut(&self) -> Option<Instant> {
        [self.deadline(), self.stopped].into_iter().flatten().min()
    }

    fn has_enough(&self) -> bool {
        let counted = self.schedule.deadline.and(self.schedule.count);
        counted.is_some_and(|count| self.counts.received >= count)
            || (self.schedule.until_reply && self.counts.received > 0)
    }

    fn all_sent(&self) -> bool {
        let attempts = self.probes.len() as u64;
        let count = self
            .schedule
            .count
            .filter(|_| self.schedule.deadline.is_none());
        count.is_some_and(|count| attempts >= count)
    }

    fn all_settled(&self) -> bool {
        self.probes.iter().all(|past| past.state != State::Open)
    }

    /// Whether everything was processed that arrived before the last error: a reply may follow it.
    fn is_drained(&self) -> bool {
        self.unawaited_since
            .is_none_or(|told| self.drained_until >= told)
    }

    /// Whether the engine may wait or poll for a reply after the last error.
    fn listens(&self) -> bool {
        self.unawaited_since
            .is_some_and(|told| self.drained_until < told + GRACE)
    }

    /// Whether the run ends without being stopped.
    pub(super) fn ends_by_itself(&self) -> bool {
        let counted = self.schedule.count.is_some() && self.schedule.deadline.is_none();
        counted && self.schedule.timeout != Timeout::Never
    }

    /// Whether a step is allowed now.
    pub(super) fn allows(&mut self, step: Step) {
        match step {
            Step::Transmit(probe) => self.allows_transmit(&probe),
            Step::NoAnswer { sequence, .. } => self.allows_no_answer(sequence),
            Step::Wait(until) => {
                assert!(!self.has_enough(), "it waits for what it has");
                let before_cut = self.cut().is_none_or(|cut| self.now < cut);
                let over = before_cut && self.all_sent() && self.all_settled() && !self.listens();
                assert!(!over, "it waits for nothing");
                if let (Some(until), Some(cut)) = (until, self.cut()) {
                    assert!(
                        until.max(self.now) <= cut.max(self.now) + GRACE,
                        "beyond the end"
                    );
                }
            }
            Step::Decided(_) => panic!("nobody asks who is alive"),
            Step::Done => {
                let cut = self.cut().is_some_and(|cut| self.now >= cut);
                assert!(self.has_enough() || cut || self.all_sent(), "for no reason");
                assert!(
                    self.has_enough() || self.is_drained(),
                    "what is behind an error"
                );
            }
        }
    }

    fn allows_transmit(&self, probe: &Probe) {
        let number = self.probes.len();
        assert_eq!(probe.name as usize, number);
        assert_eq!(probe.sequence, self.sequence(number));
        assert_eq!(probe.token, self.tokens.of(number as u64));
        assert!(
            !self.has_enough() && !self.all_sent(),
            "nothing is to be sent"
        );
        assert!(self.cut().is_none_or(|cut| self.now < cut), "after the end");
        let preload = self.schedule.preload as usize;
        let (Some(first), Some(last)) = (self.probes.first(), self.probes.last()) else {
            return;
        };
        let gap = self.now - last.left;
        match self.schedule.pace {
            Pace::Interval(interval) if !interval.is_zero() => {
                let slot = |at: Instant| (at - first.left).as_nanos() / interval.as_nanos();
                let next = slot(self.now) > slot(last.left);
                // A short stall is made up for.
                let is_behind = slot(self.now) + preload as u128 > number as u128;
                let allowed = (next || is_behind) && gap >= interval / 2;
                assert!(allowed || number < preload, "ahead of the schedule");
            }
            Pace::Interval(_) | Pace::Flood => {
                let outstanding = number - self.highest_acknowledged.map_or(0, |newest| newest + 1);
                let allowed = outstanding < preload || gap >= Duration::from_millis(10);
                assert!(allowed || number < preload, "a burst");
            }
            Pace::Adaptive { floor, .. } => {
                assert!(gap >= floor || number < preload, "faster than the floor");
            }
        }
    }

    fn allows_no_answer(&mut self, sequence: u16) {
        let number = self.newest[&sequence];
        let past = self.probes[number];
        let stayed_here = matches!(past.state, State::NotSent | State::Filtered);
        let as_in_iputils = self.schedule.outstanding == Outstanding::BeforeNext;
        assert!(
            matches!(past.state, State::Open | State::Rejected) || (stayed_here && as_in_iputils),
            "{past:?} is settled"
        );
        assert!(self.told.insert(number), "{number} is told twice");
        let before_next = match self.schedule.outstanding {
            Outstanding::Silent => panic!("nobody wants to know"),
            Outstanding::Overdue => false,
            Outstanding::BeforeNext => true,
            Outstanding::Both => number + 1 == self.probes.len(),
        };
        if before_next {
            assert_eq!(number + 1, self.probes.len(), "it is not the last one");
        } else if let Timeout::PerProbe(timeout) = self.schedule.timeout {
            assert!(self.now - past.left >= timeout, "{number} has time left");
        } else if !self.all_sent() {
            assert!(
                self.now - past.left >= Duration::from_secs(1),
                "{number} has time left"
            );
        }
    }

    fn remember(&mut self, left: Instant, state: State) {
        let number = self.probes.len();
        self.newest.insert(self.sequence(number), number);
        self.probes.push(Past {
            left,
            state,
            rejected: Rejected::No,
        });
        self.busy_since = None;
    }

    pub(super) fn sent(&mut self) {
        self.remember(self.now, State::Open);
        self.counts.transmitted += 1;
    }

    pub(super) fn not_sent(&mut self, obstacle: Obstacle) -> Disposition {
        let since = *self.busy_since.get_or_insert(self.now);
        if obstacle == Obstacle::Busy && self.now - since < Duration::from_millis(500) {
            return Disposition::Retried;
        }
        self.remember(self.now, State::NotSent);
        self.counts.not_sent += 1;
        self.counts.too_long += u64::from(matches!(obstacle, Obstacle::TooLong { .. }));
        Disposition::NotSent
    }

    fn find(&self, sequence: u16) -> Option<(usize, Past)> {
        let number = *self.newest.get(&sequence)?;
        Some((number, self.probes[number]))
    }

    fn acknowledge(&mut self, number: usize) {
        self.highest_acknowledged = self.highest_acknowledged.max(Some(number));
        self.pipe = self.pipe.max(self.probes.len() - number);
    }

    /// The classification of a reply that arrived at `at`.
    fn judge(&self, claim: &Claim<'_>, at: Instant) -> Standing {
        if !claim.checksum_valid {
            return Standing::BadChecksum;
        }
        let Some((number, past)) = self.find(claim.sequence) else {
            return Standing::Unexpected;
        };
        let fits = |number| match claim.evidence {
            Evidence::NotExpected => true,
            Evidence::Octets(octets) => self.tokens.of(number).octets().starts_with(octets),
            Evidence::Missing => false,
        };
        let number = number as u64;
        if !fits(number) {
            let earlier = (1..=4).filter_map(|lap| number.checked_sub(lap * 65_536));
            return if earlier.into_iter().any(fits) {
                Standing::Stale
            } else {
                Standing::BadToken
            };
        }
        let took = at.saturating_duration_since(past.left);
        match (past.state, self.schedule.timeout) {
            (State::Answered | State::AnsweredLate, _) => Standing::Duplicate,
            (State::NotSent | State::Filtered, _) => Standing::Unexpected,
            (_, Timeout::PerProbe(timeout)) if took > timeout => Standing::Late,
            (State::Open | State::Rejected | State::Suspended, _) => Standing::Reply,
        }
    }

    /// Compares the engine's verdict on a reply.
    pub(super) fn answered(&mut self, claim: &Claim<'_>, at: Instant, verdict: &Verdict) {
        let mut expected = self.judge(claim, at);
        let found = self.find(claim.sequence);
        let took = found.map(|(_, past)| at.saturating_duration_since(past.left));
        if verdict.standing == Standing::Late && expected == Standing::Reply {
            // The reply is late only if the engine was polled in between.
            let Timeout::PerProbe(timeout) = self.schedule.timeout else {
                panic!("late without a time of its own")
            };
            assert_eq!(took, Some(timeout), "in time");
            expected = Standing::Late;
        }
        assert_eq!(verdict.standing, expected);
        let has_slept = found.is_some_and(|(_, past)| self.has_slept_since(&past));
        assert!(
            !has_slept || verdict.timing.is_none(),
            "the clocks stood still"
        );
        let counter = match expected {
            Standing::Reply => &mut self.counts.received,
            Standing::Late => &mut self.counts.late,
            Standing::Duplicate => &mut self.counts.duplicates,
            Standing::BadChecksum => &mut self.counts.bad_checksums,
            Standing::BadToken => &mut self.counts.bad_tokens,
            Standing::Stale => &mut self.counts.stale,
            Standing::Unexpected => &mut self.counts.unexpected,
        };
        *counter += 1;
        match (expected, found) {
            (Standing::Reply, Some((number, _))) => {
                self.settle(number, State::Answered);
                self.accepted(number, took.unwrap_or_default(), claim, verdict);
            }
            (Standing::Late, Some((number, _))) => self.settle(number, State::AnsweredLate),
            (Standing::BadToken | Standing::Stale | Standing::Unexpected, _) => {
                assert_eq!(verdict.timing, None);
            }
            (Standing::BadChecksum, _) if self.schedule.timed == Timed::Faithful => {
                assert_eq!(verdict.timing, None);
            }
            _ => {}
        }
    }

    fn accepted(&mut self, number: usize, took: Duration, claim: &Claim<'_>, verdict: &Verdict) {
        let known = (!self.has_slept_since(&self.probes[number])).then_some(took);
        assert_eq!(verdict.timing.map(|timing| timing.round_trip), known);
        let per_probe = matches!(self.schedule.timeout, Timeout::PerProbe(_));
        assert!(!(verdict.overdue && per_probe), "late is late");
        let early = verdict.overdue && !self.all_sent() && took < Duration::from_secs(1);
        assert!(!early, "given up after {took:?}");
        self.counts.late += u64::from(verdict.overdue);
        self.counts.late_counted += u64::from(verdict.overdue);
        let overtaken = self.highest_answered.is_some_and(|newest| newest > number);
        assert_eq!(verdict.reordered, overtaken);
        self.counts.reordered += u64::from(overtaken);
        self.highest_answered = self.highest_answered.max(Some(number));
        let counts = claim.faithful || self.schedule.timed == Timed::All;
        let round_trip = known.filter(|_| counts);
        self.counts.untimed += u64::from(round_trip.is_none());
        self.round_trips.extend(round_trip);
        self.acknowledge(number);
    }

    /// The reach of the probe with this sequence number, or `None` if an error about it changes nothing.
    pub(super) fn rejected(&mut self, sequence: u16, origin: Origin) -> Option<Reach> {
        let (number, past) = self.find(sequence)?;
        self.counts.icmp_errors += 1;
        let reach = match past.state {
            State::Open | State::Suspended => Reach::Left,
            State::NotSent if origin == Origin::ThisHost => Reach::NotSent,
            _ => return None,
        };
        self.counts.rejected += 1;
        if reach == Reach::NotSent {
            self.settle(number, State::Filtered);
            self.counts.filtered += 1;
        } else {
            self.settle(number, State::Rejected);
            let has_time = match self.schedule.timeout {
                Timeout::PerProbe(timeout) => self.now - past.left < timeout,
                _ => true,
            };
            self.probes[number].rejected = if has_time || past.state == State::Suspended {
                Rejected::Yes
            } else {
                Rejected::Perhaps
            };
            self.unawaited_since = Some(self.now);
            self.acknowledge(number);
        }
        Some(reach)
    }

    pub(super) fn knows(&self, sequence: u16) -> bool {
        self.find(sequence)
            .is_some_and(|(_, past)| !matches!(past.state, State::NotSent | State::Filtered))
    }

    pub(super) fn note(&mut self, note: Note) {
        match note {
            Note::Altered => self.counts.altered += 1,
            Note::Truncated => self.counts.truncated += 1,
            Note::Oversized => self.counts.oversized += 1,
            Note::DifferentAddress => self.counts.different_address += 1,
        }
    }

    /// Compares all results of the engine.
    pub(super) fn agrees(&self, engine: &One) {
        let summary = engine.summary();
        let counts = Counts {
            in_flight: self.in_flight(&summary.counts),
            rejected_unanswered: self.rejected_unanswered(&summary.counts),
            ..self.counts
        };
        assert_eq!(summary.counts, counts);
        self.adds_up(&summary.counts);
        let elapsed = self.probes.first().zip(self.probes.last());
        let elapsed = elapsed.map_or(Duration::ZERO, |(first, last)| last.left - first.left);
        assert_eq!(summary.elapsed, elapsed);
        self.target_agrees(engine, &summary);
        let series = summary.series.as_ref().unwrap();
        assert_eq!(series.pipe as usize, self.pipe);
        self.times_agree(&summary);
        if let Some(outage) = series.outages.longest {
            let lost = self.counts.transmitted - self.counts.received;
            assert!((1..=lost).contains(&outage.probes), "{outage:?}");
            let first = self.probes.first().map(|first| first.left);
            let most = first.map(|first| self.now - first);
            assert!(Some(outage.length) <= most, "{outage:?}");
            self.is_without_an_answer(&outage);
        }
        let wanted = self.schedule.deadline.and(self.schedule.count).unwrap_or(1);
        assert_eq!(engine.is_success(), self.counts.received >= wanted);
    }

    /// There is only one target.
    fn target_agrees(&self, engine: &One, summary: &Summary) {
        assert_eq!(engine.target(1), None);
        let target = engine.target(0).unwrap();
        assert_eq!(target.counts, summary.counts);
        assert_eq!(target.round_trips, summary.round_trips);
        assert_eq!(target.sources, summary.sources);
        assert_eq!(target.distribution, engine.distribution());
        let values = target.distribution.values.iter();
        let all: u64 = values.map(|(_, count)| count).sum();
        assert_eq!(all, self.round_trips.len() as u64);
        let outages = target.outages.unwrap();
        let series = summary.series.as_ref().unwrap();
        assert_eq!(outages, series.outages);
        let longest = outages.longest.map(|longest| longest.length);
        assert!(longest.unwrap_or_default() <= outages.total);
        assert_eq!(outages.count > 0, longest.is_some());
    }

    /// Whether this is a series of unanswered probes, if sequence numbers identify them.
    fn is_without_an_answer(&self, outage: &Outage) {
        if self.probes.len() > 65_536 {
            return;
        }
        let (first, last) = (self.newest[&outage.first], self.newest[&outage.last]);
        let between = &self.probes[first..=last];
        let unanswered = [State::Open, State::Rejected, State::AnsweredLate];
        // Only the engine knows whether the timeout of an open probe has expired.
        let number = between
            .iter()
            .filter(|past| unanswered.contains(&past.state));
        assert!(number.count() as u64 >= outage.probes, "{outage:?}");
        let answered = |past: &Past| past.state == State::Answered;
        assert!(!between.iter().any(answered), "{outage:?}");
        let next = self.probes[last..].iter().find(|past| answered(past));
        if let Some(next) = next {
            assert_eq!(outage.length, next.left - self.probes[first].left);
        }
    }

    /// The number of probes in flight, or the engine's if only it knows when a timeout expired.
    fn in_flight(&self, counts: &Counts) -> u64 {
        // An older probe with the same sequence number as a newer one is not distinguished, and counts as lost.
        let told_apart = self.probes.iter().rev().take(65_536);
        let open = told_apart.filter(|past| past.state == State::Open);
        let timeout = match self.schedule.timeout {
            Timeout::PerProbe(timeout) => timeout,
            _ => Duration::ZERO,
        };
        let least = open.clone().filter(|past| past.left + timeout > self.now);
        let range = least.count() as u64..=open.count() as u64;
        assert!(range.contains(&counts.in_flight), "{counts:?} {range:?}");
        counts.in_flight
    }

    /// The number of probes that were rejected in time and not answered in time, or the engine's if only it knows when
    /// the timeout expired.
    fn rejected_unanswered(&self, counts: &Counts) -> u64 {
        let unanswered = || (self.probes.iter()).filter(|past| past.state != State::Answered);
        let many = |rejected| {
            let so = unanswered().filter(|past| past.rejected == rejected);
            so.count() as u64
        };
        let certain = many(Rejected::Yes);
        let range = certain..=certain + many(Rejected::Perhaps);
        assert!(range.contains(&counts.rejected_unanswered), "{range:?}");
        counts.rejected_unanswered
    }

    fn adds_up(&self, counts: &Counts) {
        let outcomes = counts.outcomes();
        assert_eq!(outcomes.sent(), counts.transmitted, "{outcomes:?}");
        assert!(counts.received <= counts.transmitted);
        assert!(counts.reordered <= counts.received);
        assert!(counts.filtered <= counts.not_sent);
        assert!(counts.rejected - counts.filtered <= counts.transmitted);
        assert_eq!(
            counts.transmitted + counts.not_sent,
            self.probes.len() as u64,
            "each attempt in one way or the other"
        );
        let answered = self
            .probes
            .iter()
            .filter(|past| past.state == State::Answered);
        assert!(counts.received <= answered.count() as u64);
        let suspended = self
            .probes
            .iter()
            .filter(|past| past.state == State::Suspended);
        assert_eq!(counts.suspended, suspended.count() as u64);
        match counts.loss() {
            Some(loss) => assert!((0.0..=100.0).contains(&loss)),
            None => assert_eq!(counts.transmitted, counts.suspended + counts.in_flight),
        }
    }

    fn times_agree(&self, summary: &Summary) {
        let Some(times) = summary.round_trips else {
            assert_eq!(self.counts.untimed, self.counts.received);
            return assert!(self.round_trips.is_empty());
        };
        let known = self.round_trips.len() as u64;
        assert_eq!(known + self.counts.untimed, self.counts.received);
        assert_eq!(Some(&times.min), self.round_trips.iter().min());
        assert_eq!(Some(&times.max), self.round_trips.iter().max());
        let sum: u128 = self.round_trips.iter().map(Duration::as_nanos).sum();
        assert_eq!(times.mean.as_nanos(), sum / self.round_trips.len() as u128);
        let ordered = [
            times.min,
            times.p50,
            times.p90,
            times.p99,
            times.p99_9,
            times.max,
        ];
        assert!(ordered.is_sorted(), "{ordered:?}");
        assert!(times.deviation <= times.max && times.jitter <= times.max);
        let bins = summary.series.iter().flat_map(|series| &series.bins);
        let binned: u64 = bins.map(|bin| bin.count).sum();
        assert_eq!(binned, self.round_trips.len() as u64);
    }
}
