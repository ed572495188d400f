//! Both engines measure the same for the same outcomes of probes.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::clock::{Clock, SystemClock};
use crate::config::many::{Fragments, Mode, Need, Spacing};
use crate::config::{Outstanding, Pace, RoundTripStart, Schedule, Timed, Timeout, many};
use crate::event::{Outcome, Outcomes, TargetSummary};
use crate::wire::icmpv4;

/// What happens to a probe. One is sent each second; the timeout is 2.5 seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Happens {
    Answered,
    AnsweredTwice,
    AnsweredLate,
    Nothing,
    Rejected,
    RejectedAndAnswered,
    RejectedAndAnsweredLate,
    RejectedLate,
    NotSent,
    Filtered,
    /// This host is suspended shortly after.
    Suspended,
}

use Happens::{
    Answered, AnsweredLate, AnsweredTwice, Filtered, NotSent, Nothing, Rejected,
    RejectedAndAnswered, RejectedAndAnsweredLate, RejectedLate, Suspended,
};

/// Something that arrives, or happens to this host.
#[derive(Debug, Clone, Copy)]
enum Arrives {
    Answer(Probe),
    Error(Probe),
    Suspension,
}

const INTERVAL: Duration = Duration::from_secs(1);
const TIMEOUT: Duration = Duration::from_millis(2500);

impl Happens {
    /// What arrives, and how many milliseconds after the probe was sent.
    fn arrivals(self, probe: Probe) -> Vec<(u64, Arrives)> {
        let (answer, error) = (Arrives::Answer(probe), Arrives::Error(probe));
        match self {
            Answered => vec![(100, answer)],
            AnsweredTwice => vec![(100, answer), (200, answer)],
            AnsweredLate => vec![(2900, answer)],
            Nothing | NotSent => vec![],
            Rejected => vec![(150, error)],
            RejectedAndAnswered => vec![(150, error), (300, answer)],
            RejectedAndAnsweredLate => vec![(150, error), (2900, answer)],
            RejectedLate => vec![(2800, error)],
            Filtered => vec![(1, error)],
            Suspended => vec![(50, Arrives::Suspension)],
        }
    }
}

fn one(probes: usize, start: Instant) -> One {
    let schedule = Schedule {
        pace: Pace::Interval(INTERVAL),
        preload: 1,
        count: Some(probes as u64),
        until_reply: false,
        deadline: None,
        timeout: Timeout::PerProbe(TIMEOUT),
        outstanding: Outstanding::Silent,
        timed: Timed::Faithful,
        start: RoundTripStart::Queue,
        first_sequence: 65_530,
    };
    One::new(
        schedule,
        Tokens::new([7; 16], [127, 0, 0, 1].into(), 13),
        start,
    )
}

fn many(targets: usize, probes: usize, start: Instant) -> Many {
    let schedule = many::Schedule {
        mode: Mode::Rounds {
            period: INTERVAL,
            count: u32::try_from(probes).ok(),
        },
        spacing: Spacing::at_most(None),
        timeout: TIMEOUT,
        deadline: None,
        start: RoundTripStart::Queue,
        first_sequence: 65_530,
        fragments: Fragments::Allowed,
    };
    let (tokens, targets) = (TokensOfMany::new([7; 16]), u32::try_from(targets).unwrap());
    Many::new(schedule, Need::All, tokens, targets, start).keeping_everything()
}

/// A run of an engine, with the fates of the probes to each target in order.
struct Run<'a, E> {
    engine: E,
    now: Instant,
    fates: &'a [Vec<Happens>],
    sent: Vec<usize>,
    /// What is on its way, by time of arrival.
    coming: BTreeMap<(Instant, usize), Arrives>,
    /// The reported outcomes.
    reported: Outcomes,
}

/// Runs to the end.
fn run<E: Engine>(engine: E, fates: &[Vec<Happens>], start: Instant) -> Run<'_, E> {
    let mut run = Run {
        engine,
        now: start,
        fates,
        sent: vec![0; fates.len()],
        coming: BTreeMap::new(),
        reported: Outcomes::default(),
    };
    loop {
        while let Some((_, outcome)) = run.engine.next_outcome(run.now) {
            run.report(outcome);
        }
        match run.engine.poll(run.now) {
            Step::Transmit(probe) => run.send(probe),
            Step::NoAnswer { .. } | Step::Decided(_) => {}
            Step::Wait(until) => run.wait(until),
            Step::Done => break,
        }
    }
    while let Some((_, outcome)) = run.engine.last_outcome() {
        run.report(outcome);
    }
    run
}

impl<E: Engine> Run<'_, E> {
    fn report(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Lost => self.reported.lost += 1,
            Outcome::Rejected => self.reported.rejected += 1,
            Outcome::Suspended => self.reported.suspended += 1,
        }
    }

    fn send(&mut self, probe: Probe) {
        let target = probe.target as usize;
        let happens = self.fates[target][self.sent[target]];
        self.sent[target] += 1;
        if matches!(happens, NotSent | Filtered) {
            let obstacle = Obstacle::Refused;
            self.engine.not_sent(probe.name, self.now, obstacle, 1);
        } else {
            self.engine.left(probe.name, self.now);
        }
        self.engine.end_batch();
        for (milliseconds, arrives) in happens.arrivals(probe) {
            let at = self.now + Duration::from_millis(milliseconds);
            self.coming.insert((at, self.coming.len()), arrives);
        }
    }

    fn wait(&mut self, until: Option<Instant>) {
        let next = self.coming.keys().next().map(|(at, _)| *at);
        let until = [until, next].into_iter().flatten().min().unwrap();
        self.now = self.now.max(until);
        while let Some(first) = self.coming.first_entry()
            && first.key().0 <= self.now
        {
            let arrives = first.remove();
            self.arrive(arrives);
        }
        self.engine.drained_until(self.now);
    }

    fn arrive(&mut self, arrives: Arrives) {
        match arrives {
            Arrives::Answer(probe) => {
                let claim = Claim {
                    target: probe.target,
                    sequence: probe.sequence,
                    evidence: Evidence::Octets(probe.token.octets()),
                    checksum_valid: true,
                    faithful: true,
                };
                let verdict = self.engine.answered(&claim, self.now);
                verdict.outcome.into_iter().for_each(|it| self.report(it));
            }
            Arrives::Error(probe) => {
                let error = IcmpError {
                    target: probe.target,
                    sequence: probe.sequence,
                    problem: Problem::V4(icmpv4::Problem::from_parts(3, 1, 0)),
                    reporter: ([198, 51, 100, 1], 0).into(),
                    origin: Origin::ThisHost,
                    is_proven: false,
                };
                self.engine.rejected(&error, self.now);
            }
            Arrives::Suspension => {
                self.engine.suspended(self.now);
            }
        }
    }
}

/// Compares everything except the distributions, whose precision differs.
fn assert_alike(one: &TargetSummary, many: &TargetSummary) {
    assert_eq!(one.counts, many.counts);
    assert_eq!(one.outages, many.outages);
    assert_eq!(one.sources, many.sources);
    let times = |summary: &TargetSummary| {
        let times = summary.round_trips?;
        Some((
            times.min,
            times.mean,
            times.max,
            times.deviation,
            times.jitter,
        ))
    };
    assert_eq!(times(one), times(many));
}

/// Compares one target and many, for these fates: the results of each target are the same, and the total is their sum.
fn check(fates: &[Vec<Happens>], reports: bool) {
    let start = SystemClock.now();
    let probes = fates[0].len();
    let mut engine = many(fates.len(), probes, start);
    if reports {
        engine = engine.reporting_outcomes();
    }
    let all = run(engine, fates, start);
    let (mut sum, mut reported) = (Outcomes::default(), Outcomes::default());
    for (target, fates) in (0..).zip(fates) {
        let mut engine = one(probes, start);
        if reports {
            engine = engine.reporting_outcomes();
        }
        let alone = run(engine, std::slice::from_ref(fates), start);
        let summary = alone.engine.target(0).unwrap();
        assert_alike(&summary, &all.engine.target(target).unwrap());
        let outcomes = summary.counts.outcomes();
        assert_eq!(outcomes.sent(), summary.counts.transmitted);
        add(&mut sum, &outcomes);
        add(&mut reported, &alone.reported);
    }
    let total = all.engine.summary().counts;
    assert_eq!(total.outcomes(), sum);
    assert_eq!(sum.sent(), total.transmitted);
    assert_eq!(all.reported, reported);
    if reports {
        let known = Outcomes {
            received: 0,
            in_flight: 0,
            ..sum
        };
        assert_eq!(reported, known);
    }
}

fn add(sum: &mut Outcomes, more: &Outcomes) {
    sum.received += more.received;
    sum.lost += more.lost;
    sum.rejected += more.rejected;
    sum.suspended += more.suspended;
    sum.in_flight += more.in_flight;
}

const FATES: [Happens; 10] = [
    Answered,
    AnsweredTwice,
    AnsweredLate,
    Nothing,
    Rejected,
    RejectedAndAnswered,
    RejectedAndAnsweredLate,
    RejectedLate,
    NotSent,
    Filtered,
];

#[test]
fn each_outcome_has_its_own_count() {
    let start = SystemClock.now();
    // The last ones leave time for late replies to arrive.
    let fates = [FATES.to_vec(), vec![Suspended; 2], vec![Answered; 6]].concat();
    let probes = fates.len();
    let fates = [fates];
    let run = run(one(probes, start), &fates, start);
    let summary = run.engine.target(0).unwrap();
    let outcomes = Outcomes {
        received: 9,
        lost: 3,
        rejected: 2,
        suspended: 2,
        in_flight: 0,
    };
    assert_eq!(summary.counts.outcomes(), outcomes);
    let counts = summary.counts;
    assert_eq!((counts.transmitted, counts.not_sent), (16, 2));
    assert_eq!((counts.late, counts.duplicates), (2, 1));
    assert_eq!((counts.rejected, counts.icmp_errors), (5, 5));
    // From the third probe, and from the seventh.
    let outages = summary.outages.unwrap();
    assert_eq!((outages.count, outages.total.as_secs()), (2, 3 + 6));
}

/// Adds a last probe, whose timeout is over when the run ends, so that all outcomes are known.
fn then_nothing(mut fates: Vec<Happens>) -> Vec<Happens> {
    fates.push(Nothing);
    fates
}

proptest! {
    #[test]
    fn results_of_a_target_are_the_same_in_both_engines(
        fates in (1..4_usize).prop_flat_map(|targets| {
            let fates = prop::collection::vec(prop::sample::select(FATES.to_vec()), 12);
            prop::collection::vec(fates.prop_map(then_nothing), targets)
        }),
        reports: bool,
    ) {
        check(&fates, reports);
    }

    #[test]
    fn results_of_a_target_are_the_same_in_both_engines_with_suspensions(
        fates in prop::collection::vec(
            prop_oneof![4 => prop::sample::select(FATES.to_vec()), 1 => Just(Suspended)],
            1..20,
        ),
        reports: bool,
    ) {
        check(&[then_nothing(fates)], reports);
    }
}
