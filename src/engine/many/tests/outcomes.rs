//! Each outcome is reported once.

use super::suspended::{answer, pass, send};
use super::*;
use crate::event::Outcome;

/// A run whose first probes to its targets are in flight.
fn in_flight(targets: u32) -> (World, Vec<Probe>) {
    let mut world = World::new(rounds(1), Need::All, targets);
    world.engine = world.engine.reporting_outcomes();
    let probes = send(&mut world, targets as usize);
    (world, probes)
}

fn reported(world: &mut World) -> Vec<(TargetNumber, Outcome)> {
    let now = world.now;
    while let Step::NoAnswer { .. } = world.engine.poll(now) {}
    let next = std::iter::from_fn(|| world.engine.next_outcome(now));
    next.map(|(probe, outcome)| (probe.target, outcome))
        .collect()
}

fn last(world: &mut World) -> Vec<(TargetNumber, Outcome)> {
    let last = std::iter::from_fn(|| world.engine.last_outcome());
    last.map(|(probe, outcome)| (probe.target, outcome))
        .collect()
}

fn reject(world: &mut World, probe: &Probe) {
    let error = error(probe.target, probe.sequence, unreachable(), from_router());
    assert!(world.engine.reject(&error).is_some());
}

#[test]
fn each_probe_has_one_outcome_after_its_timeout() {
    let (mut world, probes) = in_flight(4);
    answer(&mut world, &probes[0]);
    reject(&mut world, &probes[1]);
    reject(&mut world, &probes[2]);
    answer(&mut world, &probes[2]);
    assert_eq!(reported(&mut world), []);
    pass(&mut world, 2 * SECOND);
    assert_eq!(
        reported(&mut world),
        [(1, Outcome::Rejected), (3, Outcome::Lost)]
    );
    let late = [&probes[1], &probes[3]].map(|probe| answer(&mut world, probe));
    assert!(late.iter().all(|late| late.standing == Standing::Late));
    assert!(late.iter().all(|late| late.outcome.is_none()));
    assert_eq!(last(&mut world), []);
}

#[test]
fn late_reply_before_the_outcome_was_reported_carries_it() {
    let (mut world, probes) = in_flight(1);
    world.now += 2 * SECOND;
    assert_eq!(answer(&mut world, &probes[0]).outcome, Some(Outcome::Lost));
    pass(&mut world, SECOND);
    assert_eq!(reported(&mut world), []);
}

#[test]
fn unawaited_outcomes_are_reported_at_the_end_and_probes_in_flight_are_not() {
    let (mut world, probes) = in_flight(2);
    reject(&mut world, &probes[0]);
    assert_eq!(last(&mut world), [(0, Outcome::Rejected)]);
}

#[test]
fn suspended_outcome_is_final_once_reported() {
    let (mut world, probes) = in_flight(2);
    world.engine.suspended(world.now);
    pass(&mut world, 2 * SECOND);
    let late = answer(&mut world, &probes[1]);
    assert_eq!(late.outcome, Some(Outcome::Lost));
    assert_eq!(reported(&mut world), [(0, Outcome::Suspended)]);
    assert_eq!(answer(&mut world, &probes[0]).outcome, None);
    assert_eq!(world.engine.summary().counts.suspended, 1);
}

/// An alive scan of `targets` targets with one retry, whose first tries are in flight.
fn scan_in_flight(targets: u32) -> (World, Vec<Probe>) {
    let mut world = World::new(alive_scan(1), Need::All, targets);
    world.engine = world.engine.reporting_outcomes();
    let probes = send(&mut world, targets as usize);
    (world, probes)
}

#[test]
fn tries_of_a_dead_target_are_reported_when_it_is_decided_and_others_at_the_end() {
    let (mut world, first) = scan_in_flight(2);
    pass(&mut world, SECOND);
    let second = send(&mut world, 2);
    assert_eq!(reported(&mut world), [], "a reply to either try counts");
    answer(&mut world, &second[1]);
    reject(&mut world, &second[0]);
    assert_eq!(
        reported(&mut world),
        [(0, Outcome::Lost), (0, Outcome::Rejected)]
    );
    let late = answer(&mut world, &first[0]);
    assert_eq!((late.standing, late.outcome), (Standing::Late, None));
    assert_eq!(last(&mut world), [(1, Outcome::Lost)]);
    assert_eq!(world.engine.summary().counts.lost(), 3);
}

#[test]
fn try_that_may_be_answered_yet_has_no_outcome_when_the_scan_is_cut_short() {
    let (mut world, _) = scan_in_flight(1);
    pass(&mut world, SECOND);
    send(&mut world, 1);
    assert_eq!(last(&mut world), []);
    assert_eq!(world.engine.summary().counts.in_flight, 2);
}
