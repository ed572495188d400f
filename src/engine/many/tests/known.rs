//! What is known about targets before the end of a run, or after an early end.

use super::suspended::{answer, in_flight, pass, send};
use super::*;
use crate::event::Stage;

#[test]
fn quorum_is_reached_during_lookups_unless_its_percentage_may_change() {
    let (fixed, growing) = (false, true);
    for (need, may_grow, over, success) in [
        (Need::Number(1), fixed, true, true),
        (Need::Number(1), growing, true, true),
        (Need::Number(2), fixed, false, false),
        (Need::Percent(50), fixed, true, true),
        (Need::Percent(51), fixed, false, false),
        // Enough of the current targets, but more may be added before the deadline.
        (Need::Percent(50), growing, false, true),
        (Need::All, fixed, false, false),
        (Need::All, growing, false, false),
    ] {
        let mut world = World::new(alive_scan(0), need, 1);
        if may_grow {
            world.engine.names.may_add_targets();
        }
        world.engine.add(1);
        let probes = send(&mut world, 1);
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
fn unprobed_or_awaited_target_is_not_dead() {
    let mut world = World::new(rounds(1), Need::All, 4);
    let probes = send(&mut world, 3);
    answer(&mut world, &probes[0]);
    let dead = |world: &World| world.engine.summary().dead;
    assert_eq!(dead(&world), 0);
    let unknown = [1, 2, 3].map(|target| world.row(target).is_unknown());
    assert_eq!(unknown, [true; 3]);
    let problem = unreachable();
    world
        .engine
        .reject(&error(1, probes[1].sequence, problem, from_router()));
    assert_eq!(dead(&world), 1, "from_router said why");
    pass(&mut world, 2 * SECOND);
    while let Step::NoAnswer { .. } = world.engine.poll(world.now) {}
    assert_eq!(dead(&world), 2, "one timed out");
    assert!(world.row(3).is_unknown(), "and one was never probed");
}

#[test]
fn probe_in_flight_is_not_lost() {
    let (mut world, probes) = in_flight(rounds(3), 2);
    answer(&mut world, &probes[0]);
    let second = send(&mut world, 2);
    let counts = world.engine.summary().counts;
    assert_eq!((counts.transmitted, counts.received), (4, 1));
    assert_eq!((counts.in_flight, counts.loss()), (2, Some(50.0)));
    let rows = [0, 1].map(|target| {
        let row = world.row(target);
        (row.sent, row.received, row.in_flight, row.loss())
    });
    // The first probe to the second target timed out.
    assert_eq!(rows, [(2, 1, 1, Some(0.0)), (2, 0, 1, Some(100.0))]);
    answer(&mut world, &second[0]);
    assert_eq!(world.engine.summary().counts.in_flight, 1);
    assert_eq!(world.row(0).in_flight, 0);
}

#[test]
fn each_probe_in_flight_to_a_target_is_counted() {
    let schedule = Schedule {
        timeout: 10 * SECOND,
        ..rounds(5)
    };
    let mut world = World::new(schedule, Need::All, 2);
    let probes = send(&mut world, 8);
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
fn each_try_in_flight_is_counted() {
    let (mut world, probes) = in_flight(alive_scan(2), 2);
    assert_eq!([0, 1].map(|target| world.row(target).in_flight), [1, 1]);
    answer(&mut world, &probes[0]);
    assert_eq!([0, 1].map(|target| world.row(target).in_flight), [0, 1]);
    let retry = send(&mut world, 1);
    assert_eq!((retry[0].target, world.row(1).sent), (1, 2));
    assert_eq!(world.row(1).in_flight, 2);
    assert_eq!(world.engine.summary().counts.in_flight, 2);
}

#[test]
fn reason_of_an_unsent_probe_is_dropped_once_one_is_sent() {
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
        send(&mut world, 1);
        assert_eq!(world.row(0).reason, None);
    }
}

#[test]
fn error_of_a_router_stays_the_reason_after_later_losses() {
    let (mut world, probes) = in_flight(rounds(2), 1);
    let problem = unreachable();
    world
        .engine
        .reject(&error(0, probes[0].sequence, problem, from_router()));
    send(&mut world, 1);
    let reporter = Some(router());
    let reason = Reason::Rejected { problem, reporter };
    assert_eq!(world.row(0).reason, Some(reason));
}

/// Progress of an alive scan: probes, decided targets, and the longest time remaining.
fn progress(world: &World) -> (u64, TargetNumber, Duration) {
    let progress = world.engine.progress(world.now);
    let Stage::Alive {
        decided, at_most, ..
    } = progress.stage
    else {
        panic!("{progress:?} of an alive scan")
    };
    (progress.probes, decided, at_most)
}

#[test]
fn longest_remaining_time_of_an_alive_scan_assumes_no_more_replies() {
    let schedule = Schedule {
        spacing: Spacing::at_most(Some(10)),
        ..alive_scan(1)
    };
    let mut world = World::new(schedule, Need::All, 4);
    // Eight probes at ten per second, then 0.5 s for the first try of the last target and 0.75 s for the second.
    let waits = Duration::from_millis(500 + 750);
    assert_eq!(progress(&world), (0, 0, Duration::from_millis(800) + waits));
    let probes = send(&mut world, 4);
    assert_eq!(progress(&world), (4, 0, Duration::from_millis(400) + waits));
    for probe in &probes[1..] {
        answer(&mut world, probe);
    }
    assert_eq!(progress(&world), (4, 3, Duration::from_millis(100) + waits));
    send(&mut world, 1);
    assert_eq!(progress(&world), (5, 3, Duration::from_millis(750)));
}
