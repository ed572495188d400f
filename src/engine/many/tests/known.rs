//! What is known of targets before the run is over, or though it ended early.

use super::suspended::{answer, in_flight, launch, pass};
use super::*;
use crate::event::Stage;

#[test]
fn number_or_part_that_has_answered_is_enough_though_a_name_is_being_looked_up() {
    let (fixed, growing) = (false, true);
    for (need, may_grow, over, success) in [
        (Need::Number(1), fixed, true, true),
        (Need::Number(1), growing, true, true),
        (Need::Number(2), fixed, false, false),
        (Need::Percent(50), fixed, true, true),
        (Need::Percent(51), fixed, false, false),
        // Enough of those that there are at the deadline, but there may be more before it.
        (Need::Percent(50), growing, false, true),
        (Need::All, fixed, false, false),
        (Need::All, growing, false, false),
    ] {
        let mut world = World::new(roll_call(0), need, 1);
        if may_grow {
            world.engine.names.may_add_targets();
        }
        world.engine.add(1);
        let probes = launch(&mut world, 1);
        answer(&mut world, &probes[0]);
        assert_eq!(world.engine.poll(world.now), Step::Decided(0));
        let is_over = world.engine.poll(world.now) == Step::Done;
        assert_eq!(
            (is_over, world.engine.is_success()),
            (over, success),
            "{need:?}"
        );
    }
}

#[test]
fn who_was_not_asked_or_has_time_left_is_not_dead() {
    let mut world = World::new(rounds(1), Need::All, 4);
    let probes = launch(&mut world, 3);
    answer(&mut world, &probes[0]);
    let dead = |world: &World| world.engine.summary().dead;
    assert_eq!(dead(&world), 0);
    let unknown = [1, 2, 3].map(|target| world.row(target).is_unknown());
    assert_eq!(unknown, [true; 3]);
    let problem = unreachable();
    world
        .engine
        .reject(&error(1, probes[1].sequence, problem, somebody()));
    assert_eq!(dead(&world), 1, "somebody said why");
    pass(&mut world, 2 * SECOND);
    while let Step::NoAnswer { .. } = world.engine.poll(world.now) {}
    assert_eq!(dead(&world), 2, "one had its time");
    assert!(world.row(3).is_unknown(), "and one was never probed");
}

#[test]
fn a_probe_in_flight_is_not_lost() {
    let (mut world, probes) = in_flight(rounds(3), 2);
    answer(&mut world, &probes[0]);
    let second = launch(&mut world, 2);
    let counts = world.engine.summary().counts;
    assert_eq!((counts.transmitted, counts.received), (4, 1));
    assert_eq!((counts.in_flight, counts.loss()), (2, Some(50.0)));
    let rows = [0, 1].map(|target| {
        let row = world.row(target);
        (row.sent, row.received, row.in_flight, row.loss())
    });
    // The first probe to the second target has had its time.
    assert_eq!(rows, [(2, 1, 1, Some(0.0)), (2, 0, 1, Some(100.0))]);
    answer(&mut world, &second[0]);
    assert_eq!(world.engine.summary().counts.in_flight, 1);
    assert_eq!(world.row(0).in_flight, 0);
}

#[test]
fn several_probes_to_a_target_are_in_flight_at_once_and_each_is_counted() {
    let schedule = Schedule {
        timeout: 10 * SECOND,
        ..rounds(5)
    };
    let mut world = World::new(schedule, Need::All, 2);
    let probes = launch(&mut world, 8);
    let in_flight = |world: &World| [0, 1].map(|target| world.row(target).in_flight);
    assert_eq!(in_flight(&world), [4, 4]);
    for answered in [2, 4] {
        answer(&mut world, &probes[answered]);
    }
    assert_eq!(
        (in_flight(&world), world.engine.summary().counts.in_flight),
        ([2, 4], 6)
    );
}

#[test]
fn each_try_is_in_flight_for_itself() {
    let (mut world, probes) = in_flight(roll_call(2), 2);
    assert_eq!([0, 1].map(|target| world.row(target).in_flight), [1, 1]);
    answer(&mut world, &probes[0]);
    assert_eq!([0, 1].map(|target| world.row(target).in_flight), [0, 1]);
    let retry = launch(&mut world, 1);
    assert_eq!((retry[0].target, world.row(1).sent), (1, 2));
    assert_eq!(world.row(1).in_flight, 2);
    assert_eq!(world.engine.summary().counts.in_flight, 2);
}

#[test]
fn what_kept_a_probe_here_is_no_reason_any_more_when_one_has_left() {
    for (obstacle, reason) in [
        (Obstacle::Refused, Reason::NotSent { errno: EPERM }),
        (Obstacle::TooLong { mtu: 1500 }, Reason::TooLong),
    ] {
        let mut world = World::new(rounds(2), Need::All, 1);
        let Step::Transmit(probe) = world.engine.poll(world.now) else {
            panic!("a probe is due");
        };
        let now = world.now;
        world.engine.not_sent(probe.name, now, obstacle, EPERM);
        assert_eq!(world.row(0).reason, Some(reason));
        launch(&mut world, 1);
        assert_eq!(world.row(0).reason, None);
    }
}

#[test]
fn what_a_router_said_stays_the_reason_when_it_is_silent_afterwards() {
    let (mut world, probes) = in_flight(rounds(2), 1);
    let problem = unreachable();
    world
        .engine
        .reject(&error(0, probes[0].sequence, problem, somebody()));
    launch(&mut world, 1);
    let reporter = Some(router());
    let reason = Reason::Rejected { problem, reporter };
    assert_eq!(world.row(0).reason, Some(reason));
}

/// How far a roll call is: targets decided, and how long it takes at most.
fn progress(world: &World) -> (u64, TargetNumber, Duration) {
    let progress = world.engine.progress(world.now);
    let Stage::Alive {
        decided, at_most, ..
    } = progress.stage
    else {
        panic!("{progress:?} of a roll call")
    };
    (progress.probes, decided, at_most)
}

#[test]
fn a_roll_call_takes_as_long_at_most_as_if_nobody_answered_any_more() {
    let schedule = Schedule {
        spacing: Spacing::at_most(Some(10)),
        ..roll_call(1)
    };
    let mut world = World::new(schedule, Need::All, 4);
    // Eight probes at ten a second, and half a second for the first try of the last target, then three quarters.
    let waits = Duration::from_millis(500 + 750);
    assert_eq!(progress(&world), (0, 0, Duration::from_millis(800) + waits));
    let probes = launch(&mut world, 4);
    assert_eq!(progress(&world), (4, 0, Duration::from_millis(400) + waits));
    for probe in &probes[1..] {
        answer(&mut world, probe);
    }
    assert_eq!(progress(&world), (4, 3, Duration::from_millis(100) + waits));
    launch(&mut world, 1);
    assert_eq!(progress(&world), (5, 3, Duration::from_millis(750)));
}
