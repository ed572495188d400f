//! The engine without a network: what happens to targets, names, the deadline and the host itself. Paths are simulated in
//! `tests/simulation`.

use std::net::SocketAddr;

use super::*;
use crate::clock::{Clock, SystemClock};
use crate::config::many::Spacing;
use crate::engine::many::AsGiven;
use crate::engine::{Evidence, Origin};
use crate::event::{MtuVerdict, NoPathMtu, Problem, Results, Standing, Tally};
use crate::wire::icmpv4;

/// As many targets as anybody wants, at 192.0.2.0 and so on.
#[derive(Debug)]
struct Everybody;

impl Directory for Everybody {
    fn len(&self) -> TargetNumber {
        99
    }

    fn address(&self, target: TargetNumber) -> Option<SocketAddr> {
        let last = u8::try_from(target).ok()?;
        Some(([192, 0, 2, last], 0).into())
    }

    fn name(&self, _: TargetNumber) -> Option<&str> {
        None
    }

    fn label(&self, _: TargetNumber) -> Option<&str> {
        None
    }
}

struct World {
    engine: PathMtu,
    now: Instant,
    sent: Vec<Probe>,
    decided: Vec<TargetNumber>,
}

const ROUND_TRIP: Duration = Duration::from_millis(10);

fn world(targets: TargetNumber, deadline: Option<Duration>) -> World {
    let now = SystemClock.now();
    let plan = PathMtuPlan {
        expected: None,
        timeout: None,
        deadline,
        spacing: Spacing::Spread(Duration::from_millis(1)),
        first_sequence: 65_535,
    };
    let order = (targets, Box::new(AsGiven) as _);
    let tokens = TokensOfMany::new([7; 16]);
    let engine = PathMtu::new(plan, tokens, Rc::new(Everybody), order, now);
    World {
        engine: engine.reporting_outcomes(),
        now,
        sent: Vec::new(),
        decided: Vec::new(),
    }
}

impl World {
    /// Answers a probe as it was sent.
    fn answer(&mut self, probe: &Probe) -> Standing {
        let claim = Claim {
            target: probe.target,
            sequence: probe.sequence,
            evidence: Evidence::Octets(probe.token.octets()),
            checksum_valid: true,
            faithful: true,
        };
        self.engine.answered(&claim, self.now).standing
    }

    /// Goes on until the run is over, or waits for nothing; `fits` says whether a probe is answered, and one that is longer than
    /// 1472 octets of data does not leave.
    fn go_on(&mut self, fits: impl Fn(&Probe) -> bool) {
        let mut batch = Vec::new();
        loop {
            match self.engine.poll(self.now) {
                Step::Transmit(probe) => batch.push(probe),
                Step::Decided(target) => self.decided.push(target),
                Step::Wait(_) if !batch.is_empty() => {
                    for probe in std::mem::take(&mut batch) {
                        if probe.shape.data > Some(1472) {
                            let too_long = Obstacle::TooLong { mtu: 1500 };
                            self.engine.not_sent(probe.name, self.now, too_long, 0);
                            continue;
                        }
                        self.sent.push(probe);
                        self.engine.left(probe.name, self.now);
                        if fits(&probe) {
                            self.now += ROUND_TRIP;
                            assert_eq!(self.answer(&probe), Standing::Reply);
                        }
                    }
                    self.engine.end_batch();
                }
                Step::Wait(Some(until)) => {
                    self.now = self.now.max(until);
                    self.engine.drained_until(self.now);
                }
                Step::Wait(None) | Step::Done => return,
                Step::NoAnswer { .. } => panic!("nobody asks for it"),
            }
        }
    }

    fn verdict(&self, target: TargetNumber) -> MtuVerdict {
        self.engine.path_mtu(target).unwrap().verdict
    }
}

#[test]
fn each_target_has_its_own_path_mtu() {
    let mut world = world(3, None);
    world
        .go_on(|probe| probe.shape.data <= Some(1472 - 100 * u16::try_from(probe.target).unwrap()));
    world.decided.sort_unstable();
    assert_eq!(world.decided, [0, 1, 2]);
    let verdicts = [0, 1, 2].map(|target| world.verdict(target));
    let expected = [
        MtuVerdict::AtLeast(1500),
        MtuVerdict::Exact(1400),
        MtuVerdict::Exact(1300),
    ];
    assert_eq!(verdicts, expected);
    assert!(world.engine.is_success());
    let summary = world.engine.summary();
    assert_eq!((summary.targets, summary.alive, summary.dead), (3, 3, 0));
    assert_eq!(summary.counts.transmitted, world.sent.len() as u64);
    let row = world.engine.row(1);
    assert_eq!(
        u64::from(row.sent),
        world.sent.iter().filter(|it| it.target == 1).count() as u64
    );
    assert_eq!(row.in_flight, 0);
}

#[test]
fn names_of_one_address_are_searched_once_and_told_each() {
    let mut world = world(1, None);
    world.engine.add(3);
    world.engine.looked_up(1, Lookup::Same(0));
    world.go_on(|_| true);
    assert_eq!(world.decided, [0, 1]);
    world.engine.looked_up(2, Lookup::Same(0));
    world.engine.looked_up(3, Lookup::Failed("why"));
    world.go_on(|_| true);
    assert_eq!(world.decided, [0, 1, 2]);
    assert_eq!(world.verdict(2), MtuVerdict::AtLeast(1500));
    assert_eq!(world.sent.len(), 2);
    assert!(!world.engine.is_success(), "a name has no address");
}

#[test]
fn deadline_leaves_no_target_without_a_word() {
    let mut world = world(2, Some(Duration::from_millis(500)));
    world.go_on(|probe| probe.target == 0);
    assert_eq!(world.verdict(0), MtuVerdict::AtLeast(1500));
    let ended = MtuVerdict::None(NoPathMtu::Ended { answered: None });
    assert_eq!(world.verdict(1), ended);
    assert_eq!(world.engine.ending(), Ending::Deadline);
    assert!(!world.engine.is_success());
    assert_eq!(world.engine.row(1).in_flight, 1);
}

#[test]
fn probes_in_flight_when_this_host_was_suspended_say_nothing() {
    let mut world = world(1, None);
    let Step::Transmit(first) = world.engine.poll(world.now) else {
        panic!("a probe is due");
    };
    world.engine.left(first.name, world.now);
    world.now += Duration::from_secs(3600);
    assert_eq!(world.engine.suspended(world.now), 1);
    world.go_on(|_| true);
    assert_eq!(world.verdict(0), MtuVerdict::AtLeast(1500));
    let suspended = world.engine.next_outcome(world.now).unwrap();
    assert_eq!(suspended.1, Outcome::Suspended);
    assert_eq!(world.engine.summary().counts.suspended, 1);
    // The answer came after all: it counts, and without a time.
    assert_eq!(world.answer(&first), Standing::Reply);
    assert_eq!(world.engine.summary().counts.suspended, 0);
}

#[test]
fn answers_are_classified_as_everywhere() {
    let mut world = world(1, None);
    let Step::Transmit(first) = world.engine.poll(world.now) else {
        panic!("a probe is due");
    };
    assert_eq!(
        world.answer(&first),
        Standing::Unexpected,
        "it has not left"
    );
    world.engine.left(first.name, world.now);
    let other = Probe {
        token: world.engine.tokens.of(0, 9),
        ..first
    };
    assert_eq!(world.answer(&other), Standing::BadToken);
    let later = Probe {
        sequence: first.sequence.wrapping_add(5),
        ..first
    };
    assert_eq!(world.answer(&later), Standing::Unexpected);
    assert_eq!(world.answer(&first), Standing::Reply);
    assert_eq!(world.answer(&first), Standing::Duplicate);
}

#[test]
fn late_answer_follows_the_outcome_of_its_probe() {
    let mut world = world(1, None);
    let Step::Transmit(first) = world.engine.poll(world.now) else {
        panic!("a probe is due");
    };
    world.engine.left(first.name, world.now);
    world.now += Duration::from_secs(2);
    world.engine.drained_until(world.now);
    world.engine.poll(world.now);
    let claim = Claim {
        target: 0,
        sequence: first.sequence,
        evidence: Evidence::Octets(first.token.octets()),
        checksum_valid: true,
        faithful: true,
    };
    let verdict = world.engine.answered(&claim, world.now);
    assert_eq!(verdict.standing, Standing::Late);
    assert_eq!(verdict.outcome, Some(Outcome::Lost));
    assert_eq!(world.engine.next_outcome(world.now), None, "it was told");
}

#[test]
fn probe_that_cannot_leave_ends_the_search_and_a_full_queue_does_not() {
    let mut world = world(1, None);
    for errno in [
        libc::ENOBUFS,
        libc::ENETUNREACH,
        libc::ENETUNREACH,
        libc::ENETUNREACH,
    ] {
        let probe = loop {
            match world.engine.poll(world.now) {
                Step::Transmit(probe) => break probe,
                Step::Wait(Some(until)) => world.now = world.now.max(until),
                other => panic!("{other:?}"),
            }
        };
        let obstacle = if errno == libc::ENOBUFS {
            Obstacle::Busy
        } else {
            Obstacle::Refused
        };
        world
            .engine
            .not_sent(probe.name, world.now, obstacle, errno);
    }
    world.go_on(|_| true);
    let errno = libc::ENETUNREACH;
    let expected = MtuVerdict::None(NoPathMtu::NotSent { errno });
    assert_eq!(world.verdict(0), expected);
    assert_eq!(world.engine.summary().counts.not_sent, 3);
}

#[test]
fn reason_of_a_silent_target_is_kept() {
    let mut world = world(1, None);
    let Step::Transmit(first) = world.engine.poll(world.now) else {
        panic!("a probe is due");
    };
    world.engine.left(first.name, world.now);
    let problem = Problem::V4(icmpv4::Problem::from_parts(3, 13, 0));
    let error = IcmpError {
        target: 0,
        sequence: first.sequence,
        problem,
        reporter: ([192, 0, 2, 200], 0).into(),
        origin: Origin::Network,
        is_proven: true,
    };
    let news = world.engine.rejected(&error, world.now).unwrap();
    assert!(!news.is_repeated && news.number == 0);
    assert!(
        world
            .engine
            .rejected(&error, world.now)
            .unwrap()
            .is_repeated
    );
    world.go_on(|_| false);
    let expected = NoPathMtu::Unanswered {
        size: 68,
        problem: Some((problem, error.reporter)),
    };
    assert_eq!(world.verdict(0), MtuVerdict::None(expected));
    let counts = world.engine.summary().counts;
    let outcomes = counts.outcomes();
    assert_eq!((outcomes.lost, outcomes.rejected), (2, 1));
    assert_eq!(
        world.engine.next_outcome(world.now).unwrap().1,
        Outcome::Rejected
    );
    assert_eq!(world.engine.path_mtu(0).unwrap().controls, Tally::default());
}
