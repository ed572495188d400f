//! Whole runs of many targets with a virtual clock.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use proptest::prelude::*;

use super::super::{Evidence, Origin, Probe};
use super::*;
use crate::clock::{Clock, SystemClock};
use crate::config::RoundTripStart;
use crate::config::many::Spacing;
use crate::event::{Lookup, Problem, Reach, Reason, Results, Row, Sources, Standing};
use crate::wire::icmpv4;

mod found;
mod known;
mod names;
mod outcomes;
mod retries;
mod suspended;
mod unsent;
mod watching;

const SECOND: Duration = Duration::from_secs(1);
const MILLISECOND: Duration = Duration::from_millis(1);

fn unreachable() -> Problem {
    Problem::V4(icmpv4::Problem::from_parts(3, 1, 0))
}

fn router() -> SocketAddr {
    ([198, 51, 100, 1], 0).into()
}

fn from_router() -> (SocketAddr, Origin) {
    (router(), Origin::Network)
}

/// An error about a probe, and its sender.
fn error(
    target: TargetNumber,
    sequence: u16,
    problem: Problem,
    (reporter, origin): (SocketAddr, Origin),
) -> IcmpError {
    IcmpError {
        target,
        sequence,
        problem,
        reporter,
        origin,
        is_proven: false,
    }
}

/// What happens to a probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Lost,
    /// Answered this many times after this delay.
    Answered(Duration, u32),
    /// Rejected after this delay.
    Rejected(Duration),
    /// This host refuses to send it.
    Refused,
    /// A send queue of this host is full.
    Busy,
}

const ANSWERED: Fate = Fate::Answered(MILLISECOND, 1);

fn rounds(count: u32) -> Schedule {
    Schedule {
        mode: Mode::Rounds {
            period: SECOND,
            count: Some(count),
        },
        spacing: Spacing::at_most(None),
        timeout: SECOND,
        deadline: None,
        start: RoundTripStart::Queue,
        first_sequence: 1,
        fragments: Fragments::Allowed,
    }
}

fn alive_scan(retries: u16) -> Schedule {
    Schedule {
        mode: Mode::Alive {
            retries,
            backoff: Backoff::default(),
        },
        timeout: Duration::from_millis(500),
        ..rounds(1)
    }
}

fn tokens() -> TokensOfMany {
    TokensOfMany::new([5; 16])
}

/// When a message arrives, its probe, and whether it is an ICMP error.
type Arrival = (Instant, Probe, bool);

/// A run and what was observed.
struct World {
    engine: Many,
    start: Instant,
    now: Instant,
    /// When probes were sent, their targets and sequence numbers.
    sent: Vec<(Duration, TargetNumber, u16)>,
    unanswered: Vec<(TargetNumber, u16)>,
    decided: Vec<TargetNumber>,
    standings: [u64; 7],
    /// What is on its way: for each delay, in the order of sending.
    under_way: Vec<(Duration, VecDeque<Arrival>)>,
    keeps_log: bool,
}

impl World {
    fn new(schedule: Schedule, need: Need, targets: u32) -> Self {
        let start = SystemClock.now();
        Self {
            engine: Many::new(schedule, need, tokens(), targets, start),
            start,
            now: start,
            sent: Vec::new(),
            unanswered: Vec::new(),
            decided: Vec::new(),
            standings: [0; 7],
            under_way: Vec::new(),
            keeps_log: true,
        }
    }

    /// Runs to the end; `fate` says what happens to each probe.
    fn run(mut self, fate: impl FnMut(&Probe) -> Fate) -> Self {
        self.go_on(fate);
        self
    }

    fn go_on(&mut self, mut fate: impl FnMut(&Probe) -> Fate) {
        loop {
            match self.engine.poll(self.now) {
                Step::Transmit(probe) => {
                    let fate = fate(&probe);
                    self.leave(&probe, fate);
                }
                Step::NoAnswer { target, sequence } => self.unanswered.push((target, sequence)),
                Step::Decided(target) => self.decided.push(target),
                Step::Wait(until) => {
                    if !self.wait(until) {
                        return;
                    }
                }
                Step::Done => return,
            }
        }
    }

    /// Runs until `moment`; all probes are lost.
    fn go_on_until(&mut self, moment: Duration) {
        while self.passed() <= moment {
            match self.engine.poll(self.now) {
                Step::Transmit(probe) => self.leave(&probe, Fate::Lost),
                Step::Wait(Some(until)) => {
                    self.now = self.now.max(until);
                    self.engine.drained_until(self.now);
                }
                Step::Done => return,
                _ => {}
            }
        }
    }

    fn leave(&mut self, probe: &Probe, fate: Fate) {
        let refused = |world: &mut Self, obstacle| {
            world
                .engine
                .not_sent(probe.name, world.now, obstacle, EPERM)
                .1
        };
        match fate {
            Fate::Refused => {
                assert_eq!(refused(self, Obstacle::Refused), Disposition::NotSent);
                return;
            }
            Fate::Busy => {
                refused(self, Obstacle::Busy);
                return;
            }
            Fate::Lost => {}
            Fate::Answered(after, times) => {
                for _ in 0..times {
                    self.schedule_arrival(after, *probe, false);
                }
            }
            Fate::Rejected(after) => self.schedule_arrival(after, *probe, true),
        }
        self.engine.left(probe.name, self.now);
        if self.keeps_log {
            let at = self.now - self.start;
            self.sent.push((at, probe.target, probe.sequence));
        }
    }

    fn schedule_arrival(&mut self, after: Duration, probe: Probe, rejected: bool) {
        let arrives = (self.now + after, probe, rejected);
        match self.under_way.iter_mut().find(|(delay, _)| *delay == after) {
            Some((_, queue)) => queue.push_back(arrives),
            None => self.under_way.push((after, [arrives].into())),
        }
    }

    /// Waits for the next event; false if there is none.
    fn wait(&mut self, until: Option<Instant>) -> bool {
        let fronts = self
            .under_way
            .iter_mut()
            .filter(|(_, queue)| !queue.is_empty());
        let next = fronts.min_by_key(|(_, queue)| queue[0].0);
        let arrival = next.as_ref().map(|(_, queue)| queue[0].0);
        let Some(moment) = [until, arrival].into_iter().flatten().min() else {
            return false;
        };
        self.now = self.now.max(moment);
        let Some((_, queue)) = next.filter(|(_, queue)| queue[0].0 <= self.now) else {
            self.engine.drained_until(self.now);
            return true;
        };
        let (at, probe, rejected) = queue.pop_front().unwrap();
        self.engine.drained_until(at);
        if rejected {
            self.engine.reject(&error(
                probe.target,
                probe.sequence,
                unreachable(),
                from_router(),
            ));
        } else {
            let verdict = self.engine.answered(&claim(&probe), at);
            self.standings[verdict.standing as usize] += 1;
        }
        true
    }

    fn row(&self, target: TargetNumber) -> Row {
        self.engine.row(target)
    }

    fn passed(&self) -> Duration {
        self.now - self.start
    }
}

const EPERM: i32 = 1;

fn claim(probe: &Probe) -> Claim<'_> {
    Claim {
        target: probe.target,
        sequence: probe.sequence,
        evidence: Evidence::Octets(probe.token.octets()),
        checksum_valid: true,
        faithful: true,
    }
}

#[test]
fn each_target_has_its_own_sequence_and_period() {
    let world = World::new(rounds(3), Need::All, 2).run(|_| ANSWERED);
    let ms = Duration::from_millis;
    let expected = [
        (ms(0), 0, 1),
        (ms(10), 1, 1),
        (ms(1000), 0, 2),
        (ms(1010), 1, 2),
        (ms(2000), 0, 3),
        (ms(2010), 1, 3),
    ];
    assert_eq!(world.sent, expected);
    assert!(world.engine.is_success());
    assert_eq!(world.passed(), ms(2011));
    let row = world.row(1);
    assert_eq!((row.sent, row.received), (3, 3));
    assert_eq!(
        (row.min, row.max, row.p99),
        (Some(MILLISECOND), Some(MILLISECOND), None),
        "the ninety-ninth of three is the longest"
    );
}

#[test]
fn last_error_ends_a_round_after_the_queue_is_drained() {
    let mut world = World::new(rounds(1), Need::All, 1);
    let Step::Transmit(probe) = world.engine.poll(world.now) else {
        panic!("nothing to send")
    };
    world.engine.left(probe.name, world.now);
    let now = world.now + MILLISECOND;
    assert!(
        world
            .engine
            .reject(&error(0, probe.sequence, unreachable(), from_router()))
            .is_some()
    );
    assert_eq!(world.engine.poll(now), Step::Wait(Some(now)));
    let verdict = world.engine.answered(&claim(&probe), now);
    assert_eq!(verdict.standing, Standing::Reply);
    world.engine.drained_until(now);
    assert_eq!(world.engine.poll(now), Step::Done);
    assert!(world.engine.is_success());
}

#[test]
fn all_probes_to_a_million_targets_are_counted() {
    const TARGETS: u32 = 1_000_000;
    let schedule = Schedule {
        spacing: Spacing::at_most(Some(1_000_000)),
        ..rounds(1)
    };
    let mut world = World::new(schedule, Need::All, TARGETS);
    world.keeps_log = false;
    // One in ten is lost; of the others, one in seven answers twice, and every other one is overtaken by the next.
    let fate = |probe: &Probe| match probe.target {
        target if target % 10 == 0 => Fate::Lost,
        target => {
            let times = if target % 7 == 0 { 2 } else { 1 };
            Fate::Answered(MILLISECOND * (1 + 2 * (target % 2)), times)
        }
    };
    let world = world.run(fate);
    let total = world.engine.summary();
    assert_eq!(total.counts.transmitted, 1_000_000);
    assert_eq!(total.counts.received, 900_000);
    assert_eq!((total.alive, world.unanswered.len()), (900_000, 100_000));
    let twice = (0..TARGETS).filter(|target| target % 10 != 0 && target % 7 == 0);
    assert_eq!(total.counts.duplicates, twice.count() as u64);
    assert_eq!(total.counts.late + total.counts.unexpected, 0);
    for target in 0..TARGETS {
        let row = world.row(target);
        assert_eq!((row.sent, row.received), (1, u32::from(target % 10 != 0)));
    }
    assert!(!world.engine.is_success());
    assert_eq!(world.passed(), 2 * SECOND);
}

#[test]
fn more_than_65_536_probes_in_flight_are_told_apart() {
    let world =
        World::new(rounds(1), Need::All, 200_000).run(|_| Fate::Answered(900 * MILLISECOND, 1));
    assert_eq!(world.engine.summary().counts.received, 200_000);
    assert_eq!(world.standings[Standing::Reply as usize], 200_000);
}

#[test]
fn alive_scan_probes_a_target_until_it_answers_or_its_retries_are_used_up() {
    let world =
        World::new(alive_scan(2), Need::All, 3).run(|probe| match (probe.target, probe.sequence) {
            (0, _) | (1, 2) => ANSWERED,
            _ => Fate::Lost,
        });
    let ms = Duration::from_millis;
    let expected = [
        (ms(0), 0, 1),
        (ms(0), 1, 1),
        (ms(0), 2, 1),
        (ms(501), 1, 2),
        (ms(501), 2, 2),
        (ms(1252), 2, 3),
    ];
    assert_eq!(world.sent, expected);
    assert_eq!(world.decided, [0, 1, 2]);
    let total = world.engine.summary();
    assert_eq!((total.alive, total.dead), (2, 1));
    // 0.5 s, 0.75 s and 1.125 s, each plus a millisecond in which other probes may be due as well.
    assert_eq!(world.passed(), ms(2378));
}

#[test]
fn error_decides_a_target_at_once_with_its_reason() {
    let world = World::new(alive_scan(3), Need::All, 1).run(|_| Fate::Rejected(MILLISECOND));
    assert_eq!(world.sent.len(), 1);
    assert_eq!(world.passed(), MILLISECOND);
    assert_eq!(world.decided, [0]);
    assert_eq!(
        world.row(0).reason,
        Some(Reason::Rejected {
            problem: unreachable(),
            reporter: Some(router())
        })
    );
}

#[test]
fn reply_to_an_earlier_try_counts() {
    let late = Fate::Answered(600 * MILLISECOND, 1);
    let world = World::new(alive_scan(1), Need::All, 1).run(|_| late);
    assert_eq!(world.engine.summary().alive, 1);
    assert_eq!(world.row(0).min, Some(600 * MILLISECOND));
    assert_eq!(world.passed(), 600 * MILLISECOND);
}

#[test]
fn run_ends_when_enough_targets_are_alive_or_cannot_be() {
    for (need, answering, probes, success) in [
        (Need::Number(2), 4, 2, true),
        (Need::Percent(50), 4, 2, true),
        (Need::Percent(51), 4, 3, true),
        (Need::Number(2), 1, 4, false),
        (Need::Reached(2), 4, 2, true),
        (Need::InTheEnd(2), 4, 4, true),
    ] {
        let schedule = Schedule {
            spacing: Spacing::at_most(Some(10)),
            ..alive_scan(0)
        };
        let world = World::new(schedule, need, 4).run(|probe| {
            if probe.target < answering {
                ANSWERED
            } else {
                Fate::Rejected(MILLISECOND)
            }
        });
        assert_eq!(world.sent.len(), probes, "{need:?}");
        assert_eq!(world.engine.is_success(), success, "{need:?}");
    }
}

#[test]
fn run_to_reach_more_targets_than_exist_probes_all() {
    for need in [Need::Reached(3), Need::InTheEnd(3)] {
        let world = World::new(alive_scan(0), need, 2).run(|_| ANSWERED);
        assert_eq!(world.sent.len(), 2, "{need:?}");
        assert_eq!(world.engine.summary().alive, 2, "{need:?}");
        assert!(!world.engine.is_success(), "{need:?}");
    }
}

#[test]
fn each_try_waits_longer_by_the_backoff_factor() {
    for (factor, moments) in [
        (1.0, [0, 500, 1000]),
        (2.0, [0, 500, 1500]),
        (1.1, [0, 500, 1050]),
    ] {
        let schedule = Schedule {
            mode: Mode::Alive {
                retries: 2,
                backoff: Backoff::new(factor),
            },
            ..alive_scan(2)
        };
        let world = World::new(schedule, Need::All, 1).run(|_| Fate::Lost);
        for ((at, ..), due) in world.sent.iter().zip(moments) {
            // Tries that time out within a millisecond are timed out together.
            let after = at.saturating_sub(due * MILLISECOND);
            assert!(
                *at >= due * MILLISECOND && after <= 2 * MILLISECOND,
                "{factor}: {at:?}"
            );
        }
        assert_eq!(world.sent.len(), moments.len());
    }
}

#[test]
fn rate_limit_applies_to_all_targets_and_retries() {
    let schedule = Schedule {
        spacing: Spacing::at_most(Some(100)),
        ..alive_scan(1)
    };
    let world = World::new(schedule, Need::All, 200).run(|_| Fate::Lost);
    assert_eq!(world.sent.len(), 400);
    for (index, (at, ..)) in world.sent.iter().enumerate() {
        let (later, ..) = world
            .sent
            .get(index + 50)
            .copied()
            .unwrap_or((Duration::MAX, 0, 0));
        assert!(later >= *at + 500 * MILLISECOND, "51 within half a second");
    }
}

#[test]
fn unsent_probes_are_not_lost_and_do_not_prolong_the_run() {
    let world = World::new(rounds(2), Need::All, 2).run(|probe| {
        if probe.target == 0 {
            Fate::Refused
        } else {
            ANSWERED
        }
    });
    let counts = world.engine.summary().counts;
    assert_eq!(
        (counts.transmitted, counts.received, counts.not_sent),
        (2, 2, 2)
    );
    assert_eq!(world.row(0).sent, 0);
    assert_eq!(world.row(0).reason, Some(Reason::NotSent { errno: 1 }));
}

#[test]
fn send_to_a_full_queue_is_retried_with_the_same_probe() {
    let mut refusals = 3;
    let world = World::new(rounds(1), Need::All, 2).run(|probe| {
        if probe.target == 0 && refusals > 0 {
            refusals -= 1;
            return Fate::Busy;
        }
        ANSWERED
    });
    let counts = world.engine.summary().counts;
    assert_eq!(
        (counts.transmitted, counts.received, counts.not_sent),
        (2, 2, 0)
    );
    assert_eq!(world.sent[0].0, 6 * MILLISECOND);
    assert_eq!((world.sent[0].1, world.sent[0].2), (0, 1));
}

#[test]
fn run_ends_even_if_the_send_queue_stays_full() {
    let world = World::new(rounds(1), Need::All, 2).run(|_| Fate::Busy);
    let counts = world.engine.summary().counts;
    assert_eq!((counts.transmitted, counts.not_sent), (0, 2));
}

#[test]
fn forged_answers_never_count() {
    let mut world = World::new(rounds(1), Need::All, 2);
    let Step::Transmit(probe) = world.engine.poll(world.now) else {
        panic!("a probe is due");
    };
    world.engine.left(probe.name, world.now);
    let standing =
        |world: &mut World, claim: &Claim<'_>| world.engine.answered(claim, world.now).standing;
    let right = claim(&probe);
    let other = Claim { target: 1, ..right };
    assert_eq!(
        standing(&mut world, &other),
        Standing::Unexpected,
        "never probed"
    );
    let unsent = Claim {
        sequence: 2,
        ..right
    };
    assert_eq!(standing(&mut world, &unsent), Standing::Unexpected);
    let no_target = Claim { target: 7, ..right };
    assert_eq!(standing(&mut world, &no_target), Standing::Unexpected);
    let guessed = Claim {
        evidence: Evidence::Octets(&[0; 16]),
        ..right
    };
    assert_eq!(standing(&mut world, &guessed), Standing::BadToken);
    let damaged = Claim {
        checksum_valid: false,
        ..right
    };
    assert_eq!(standing(&mut world, &damaged), Standing::BadChecksum);
    assert_eq!(world.engine.summary().counts.received, 0);
    assert_eq!(standing(&mut world, &right), Standing::Reply);
    assert_eq!(standing(&mut world, &right), Standing::Duplicate);
}

#[test]
fn unfaithful_reply_counts_without_a_round_trip() {
    for schedule in [rounds(1), alive_scan(0)] {
        let mut world = World::new(schedule, Need::All, 1);
        let Step::Transmit(probe) = world.engine.poll(world.now) else {
            panic!("it is due");
        };
        world.engine.left(probe.name, world.now);
        let cut = Claim {
            faithful: false,
            ..claim(&probe)
        };
        let verdict = world.engine.answered(&cut, world.now + MILLISECOND);
        assert_eq!(verdict.standing, Standing::Reply);
        assert!(verdict.timing.is_some(), "it is reported");
        let (row, total) = (world.row(0), world.engine.summary());
        assert_eq!((row.received, row.mean), (1, None));
        assert_eq!((total.counts.untimed, total.round_trips), (1, None));
        assert_eq!((total.alive, total.sources), (1, Sources::default()));
    }
}

#[test]
fn late_reply_is_late_and_one_of_the_last_wrap_is_stale() {
    let schedule = Schedule {
        timeout: 100 * MILLISECOND,
        ..rounds(2)
    };
    let late = World::new(schedule, Need::All, 1).run(|_| Fate::Answered(200 * MILLISECOND, 1));
    let counts = late.engine.summary().counts;
    assert_eq!((counts.received, counts.late), (0, 1));
    assert_eq!(late.unanswered, [(0, 1), (0, 2)]);

    let mut first = None;
    let schedule = Schedule {
        mode: Mode::Rounds {
            period: MILLISECOND,
            count: Some(65_537),
        },
        ..rounds(1)
    };
    let mut world = World::new(schedule, Need::All, 1);
    world.go_on(|probe| {
        first.get_or_insert(*probe);
        ANSWERED
    });
    let verdict = world.engine.answered(&claim(&first.unwrap()), world.now);
    assert_eq!(verdict.standing, Standing::Stale);
    assert_eq!(verdict.timing, None);
}

#[test]
fn run_continues_while_lookups_may_add_targets() {
    let mut world = World::new(alive_scan(0), Need::All, 1);
    world.engine.add(2);
    world.go_on(|_| ANSWERED);
    assert_eq!(world.decided, [0]);
    assert!(!world.engine.is_success(), "the others are not known");
    assert!(world.row(1).is_unknown() && world.engine.is_undecided(1));
    world.engine.looked_up(1, Lookup::Found);
    world.engine.looked_up(2, Lookup::Nothing);
    world.go_on(|_| ANSWERED);
    assert_eq!(world.decided, [0, 2, 1]);
    assert_eq!(world.sent.len(), 2);
    assert_eq!(world.row(2).reason, Some(Reason::Unresolved));
    assert!(!world.row(2).is_unknown());
}

#[test]
fn interrupt_and_deadline_end_the_run() {
    let endless = Schedule {
        mode: Mode::Rounds {
            period: SECOND,
            count: None,
        },
        deadline: Some(2500 * MILLISECOND),
        ..rounds(1)
    };
    let world = World::new(endless, Need::All, 2).run(|_| ANSWERED);
    assert_eq!((world.sent.len(), world.passed()), (6, 2500 * MILLISECOND));
    let mut world = World::new(rounds(9), Need::All, 2);
    world.engine.stop(world.now);
    assert_eq!(world.engine.poll(world.now), Step::Done);
}

/// The reverse order.
#[derive(Debug)]
struct Reverse(u32);

impl Order for Reverse {
    fn at(&self, position: u32) -> TargetNumber {
        self.0 - 1 - position
    }
}

#[test]
fn targets_are_probed_in_the_given_order() {
    for schedule in [rounds(1), alive_scan(0)] {
        let mut world = World::new(schedule, Need::All, 3);
        world.engine = world.engine.in_order(Box::new(Reverse(3)));
        let world = world.run(|_| ANSWERED);
        let order: Vec<_> = world.sent.iter().map(|(_, target, _)| *target).collect();
        assert_eq!(order, [2, 1, 0]);
    }
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        3 => (0..1500_u32).prop_map(|ms| Fate::Answered(MILLISECOND * ms, 1)),
        1 => (0..1500_u32).prop_map(|ms| Fate::Answered(MILLISECOND * ms, 2)),
        1 => (0..1500_u32).prop_map(|ms| Fate::Rejected(MILLISECOND * ms)),
        2 => Just(Fate::Lost),
        1 => Just(Fate::Refused),
        1 => Just(Fate::Busy),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// For any outcomes of probes, the run ends, receives no more than it sent, and its parts add up.
    #[test]
    fn run_ends_and_counts_add_up_for_any_outcomes(
        targets in 1..20_u32,
        count in 1..4_u32,
        is_alive_scan in any::<bool>(),
        rate in prop::option::of(5..2000_u32),
        fates in prop::collection::vec(fate(), 1..40),
    ) {
        let schedule = if is_alive_scan {
            alive_scan(u16::try_from(count - 1).unwrap())
        } else {
            rounds(count)
        };
        let mut next = 0;
        let world = World::new(Schedule { spacing: Spacing::at_most(rate), ..schedule }, Need::All, targets).run(|_| {
            next += 1;
            fates[next % fates.len()]
        });
        let total = world.engine.summary();
        let counts = total.counts;
        prop_assert!(counts.received <= counts.transmitted);
        prop_assert_eq!(counts.transmitted, world.sent.len() as u64);
        let rows: Vec<Row> = (0..targets).map(|target| world.row(target)).collect();
        prop_assert_eq!(rows.iter().map(|row| u64::from(row.sent)).sum::<u64>(), counts.transmitted);
        prop_assert_eq!(rows.iter().map(|row| u64::from(row.received)).sum::<u64>(), counts.received);
        let alive = rows.iter().filter(|row| row.is_alive()).count();
        prop_assert_eq!(alive, total.alive as usize);
        if is_alive_scan {
            prop_assert_eq!(world.decided.len(), targets as usize);
            prop_assert_eq!(total.alive + total.dead, targets);
        } else {
            prop_assert_eq!(counts.transmitted + counts.not_sent, u64::from(targets * count));
        }
        prop_assert!(rows.iter().all(|row| row.received <= row.sent));
    }
}
