//! Suspensions of this host during a run.

use super::*;

/// A run with the first probes to all its targets in flight.
pub(super) fn in_flight(schedule: Schedule, targets: u32) -> (World, Vec<Probe>) {
    let mut world = World::new(schedule, Need::All, targets);
    let probes = send(&mut world, targets as usize);
    (world, probes)
}

/// Sends the next `probes` probes, and reports timeouts in between.
pub(super) fn send(world: &mut World, probes: usize) -> Vec<Probe> {
    let mut launched = Vec::new();
    while launched.len() < probes {
        match world.engine.poll(world.now) {
            Step::Transmit(probe) => {
                world.engine.left(probe.name, world.now);
                launched.push(probe);
            }
            Step::NoAnswer { target, sequence } => world.unanswered.push((target, sequence)),
            Step::Decided(target) => world.decided.push(target),
            Step::Wait(Some(until)) if until > world.now => world.now = until,
            Step::Wait(Some(_)) => world.engine.drained_until(world.now),
            other => panic!("{other:?}, and no probe"),
        }
    }
    launched
}

/// Lets `time` pass without arrivals.
pub(super) fn pass(world: &mut World, time: Duration) {
    world.now += time;
    world.engine.drained_until(world.now);
}

/// Suspends this host. Returns how many probes were in flight.
fn sleep(world: &mut World) -> u64 {
    world.now += MILLISECOND;
    world.engine.suspended(world.now)
}

/// Answers a probe now.
pub(super) fn answer(world: &mut World, probe: &Probe) -> Verdict {
    world.engine.answered(&claim(probe), world.now)
}

fn reject(world: &mut World, probe: &Probe) -> bool {
    let (target, sequence) = (probe.target, probe.sequence);
    let reach = (world.engine).reject(&error(target, sequence, unreachable(), from_router()));
    reach.is_some()
}

#[test]
fn probes_in_flight_at_a_suspension_count_as_suspended_until_settled() {
    let (mut world, probes) = in_flight(rounds(1), 5);
    pass(&mut world, 20 * MILLISECOND);
    answer(&mut world, &probes[0]);
    assert_eq!(sleep(&mut world), 4);
    assert_eq!(sleep(&mut world), 0, "each is counted once");
    let counts = world.engine.summary().counts;
    assert_eq!((counts.received, counts.suspended), (1, 4));
    assert_eq!(counts.loss(), Some(0.0));
    let row = world.row(1);
    assert_eq!((row.sent, row.suspended, row.loss()), (1, 1, None));
    // A reply counts, but without a round trip. If it took too long even by clocks that stood still, it is late. An error
    // is an error.
    pass(&mut world, 20 * MILLISECOND);
    let verdict = answer(&mut world, &probes[1]);
    assert_eq!((verdict.standing, verdict.timing), (Standing::Reply, None));
    assert_eq!((world.row(1).received, world.row(1).suspended), (1, 0));
    assert_eq!(world.row(1).mean, None);
    assert!(reject(&mut world, &probes[2]));
    pass(&mut world, SECOND);
    let verdict = answer(&mut world, &probes[3]);
    assert_eq!((verdict.standing, verdict.timing), (Standing::Late, None));
    assert_eq!(world.row(3).loss(), Some(100.0));
    let again = answer(&mut world, &probes[3]);
    assert_eq!((again.standing, again.timing), (Standing::Duplicate, None));
    let total = world.engine.summary();
    let counts = total.counts;
    assert_eq!((counts.received, counts.suspended), (2, 1));
    assert_eq!((counts.rejected, counts.late), (1, 1));
    assert_eq!(counts.loss(), Some(50.0));
    let longest = total.round_trips.map(|times| times.max);
    assert_eq!(longest, Some(20 * MILLISECOND));
}

#[test]
fn unknown_round_trips_are_not_in_the_mean() {
    let (mut world, probes) = in_flight(rounds(3), 1);
    sleep(&mut world);
    pass(&mut world, 10 * MILLISECOND);
    answer(&mut world, &probes[0]);
    for milliseconds in [10, 30] {
        let probe = send(&mut world, 1)[0];
        pass(&mut world, milliseconds * MILLISECOND);
        answer(&mut world, &probe);
    }
    let row = world.row(0);
    assert_eq!((row.received, row.mean), (3, Some(20 * MILLISECOND)));
    assert_eq!(world.engine.summary().counts.untimed, 1);
}

#[test]
fn reply_after_error_and_suspension_has_no_round_trip() {
    let (mut world, probes) = in_flight(rounds(1), 1);
    reject(&mut world, &probes[0]);
    sleep(&mut world);
    let verdict = answer(&mut world, &probes[0]);
    assert_eq!((verdict.standing, verdict.timing), (Standing::Reply, None));
    let row = world.row(0);
    assert_eq!((row.received, row.suspended, row.mean), (1, 0, None));
}

#[test]
fn target_with_only_suspended_probes_is_unknown() {
    let (mut world, probes) = in_flight(rounds(1), 3);
    answer(&mut world, &probes[0]);
    pass(&mut world, 20 * MILLISECOND);
    reject(&mut world, &probes[1]);
    sleep(&mut world);
    let total = world.engine.summary();
    assert_eq!((total.alive, total.dead), (1, 1));
    let unknown = (0..3).map(|target| world.row(target).is_unknown());
    assert!(unknown.eq([false, false, true]));
}

#[test]
fn last_round_ends_after_the_queue_is_drained() {
    let (mut world, _) = in_flight(rounds(1), 2);
    world.now += 20 * MILLISECOND;
    sleep(&mut world);
    let looks = Step::Wait(Some(world.now));
    assert_eq!(world.engine.poll(world.now), looks);
    world.engine.drained_until(world.now);
    assert_eq!(world.engine.poll(world.now), Step::Done);
}

#[test]
fn suspension_keeps_queued_probes_and_expired_ones_are_lost() {
    let (mut world, _) = in_flight(rounds(2), 1);
    pass(&mut world, SECOND);
    let lost = Step::NoAnswer {
        target: 0,
        sequence: 1,
    };
    assert_eq!(world.engine.poll(world.now), lost);
    let Step::Transmit(queued) = world.engine.poll(world.now) else {
        panic!("the second round is due");
    };
    assert_eq!(sleep(&mut world), 0);
    world.engine.left(queued.name, world.now);
    let verdict = answer(&mut world, &queued);
    assert_eq!(verdict.standing, Standing::Reply);
    assert!(verdict.timing.is_some(), "it left afterwards");
    assert_eq!(world.row(0).loss(), Some(50.0));
}

#[test]
fn suspended_try_is_repeated() {
    // It uses up neither of the two tries of each target.
    let (mut world, first) = in_flight(alive_scan(1), 2);
    for sequence in 2..=4 {
        assert_eq!(sleep(&mut world), 2);
        let again = send(&mut world, 2);
        let reported = again.iter().map(|probe| (probe.target, probe.sequence));
        assert!(reported.eq([(0, sequence), (1, sequence)]));
    }
    assert_eq!(world.engine.summary().counts.suspended, 6);
    // The first one, and then the second one with a longer timeout.
    pass(&mut world, 500 * MILLISECOND);
    send(&mut world, 2);
    pass(&mut world, 500 * MILLISECOND);
    assert!(matches!(
        world.engine.poll(world.now),
        Step::Wait(Some(until)) if until > world.now
    ));
    assert_eq!(answer(&mut world, &first[0]).standing, Standing::Reply);
    assert_eq!(world.engine.poll(world.now), Step::Decided(0));
    pass(&mut world, 250 * MILLISECOND);
    assert_eq!(world.engine.poll(world.now), Step::Decided(1));
    assert_eq!(world.engine.poll(world.now), Step::Done);
    assert_eq!(world.row(0).received, 1);
    assert_eq!(world.row(1).loss(), Some(100.0));
    assert!(!world.row(1).is_unknown());
}

#[test]
fn reply_to_a_suspended_try_decides_only_its_target() {
    let (mut world, first) = in_flight(alive_scan(1), 2);
    sleep(&mut world);
    let second = send(&mut world, 2);
    pass(&mut world, 500 * MILLISECOND);
    // The third probe to each target is its second try.
    let third = send(&mut world, 2);
    let verdict = answer(&mut world, &first[1]);
    assert_eq!((verdict.standing, verdict.timing), (Standing::Reply, None));
    assert_eq!(world.engine.poll(world.now), Step::Decided(1));
    for (probe, standing) in [
        (&first[1], Standing::Duplicate),
        (&second[1], Standing::Reply),
        (&third[1], Standing::Reply),
        (&second[1], Standing::Duplicate),
    ] {
        assert_eq!(answer(&mut world, probe).standing, standing);
    }
    // The other target is still awaited, for its whole timeout.
    pass(&mut world, 740 * MILLISECOND);
    assert!(matches!(world.engine.poll(world.now), Step::Wait(_)));
    let verdict = answer(&mut world, &third[0]);
    assert_eq!(verdict.standing, Standing::Reply);
    let took = verdict.timing.map(|timing| timing.round_trip);
    assert_eq!(took, Some(740 * MILLISECOND));
}

#[test]
fn error_about_a_suspended_try_decides() {
    let (mut world, first) = in_flight(alive_scan(3), 1);
    sleep(&mut world);
    assert!(reject(&mut world, &first[0]));
    assert_eq!(world.engine.summary().counts.suspended, 0);
    assert_eq!(world.engine.poll(world.now), Step::Decided(0));
    world.engine.drained_until(world.now);
    assert_eq!(world.engine.poll(world.now), Step::Done);
}

#[test]
fn target_decided_before_its_queued_retry_does_not_end_the_wait_for_others() {
    let (mut world, first) = in_flight(alive_scan(1), 1);
    world.engine.add(1);
    pass(&mut world, 500 * MILLISECOND);
    // Now there have been as many second tries as first ones, and one more.
    for _ in 0..2 {
        send(&mut world, 1);
        sleep(&mut world);
    }
    world.engine.looked_up(1, Lookup::Found);
    send(&mut world, 2);
    sleep(&mut world);
    let other = send(&mut world, 1)[0];
    assert_eq!(other.target, 1);
    assert_eq!(answer(&mut world, &first[0]).standing, Standing::Reply);
    assert_eq!(world.engine.poll(world.now), Step::Decided(0));
    pass(&mut world, 500 * MILLISECOND);
    let missed = Step::NoAnswer {
        target: 1,
        sequence: other.sequence,
    };
    assert_eq!(world.engine.poll(world.now), missed);
}
