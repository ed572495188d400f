//! This host is suspended while it measures.

use super::*;

/// A run of which the first probes to all its targets are in flight, and these.
pub(super) fn in_flight(schedule: Schedule, targets: u32) -> (World, Vec<Probe>) {
    let mut world = World::new(schedule, Need::All, targets);
    let probes = launch(&mut world, targets as usize);
    (world, probes)
}

/// The next so many probes leave. What has had its time is told between them.
pub(super) fn launch(world: &mut World, probes: usize) -> Vec<Probe> {
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

/// Nothing has come in this time.
pub(super) fn pass(world: &mut World, time: Duration) {
    world.now += time;
    world.engine.drained_until(world.now);
}

/// This host falls asleep and is woken; tells how many probes were in flight.
fn sleep(world: &mut World) -> u64 {
    world.now += MILLISECOND;
    world.engine.suspended(world.now)
}

/// What an answer to a probe is worth that comes now.
pub(super) fn answer(world: &mut World, probe: &Probe) -> Verdict {
    world.engine.answered(&claim(probe), world.now)
}

fn reject(world: &mut World, probe: &Probe) -> bool {
    let (target, sequence) = (probe.target, probe.sequence);
    let reach = (world.engine).reject(&error(target, sequence, unreachable(), somebody()));
    reach.is_some()
}

#[test]
fn probes_in_flight_are_counted_for_themselves_until_it_is_known_what_became_of_them() {
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
    // An answer that comes all the same is one, but nobody knows how long it took; one that took too long even by clocks
    // that stood still is late; an error is an error.
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
fn round_trips_that_nobody_knows_are_in_no_mean() {
    let (mut world, probes) = in_flight(rounds(3), 1);
    sleep(&mut world);
    pass(&mut world, 10 * MILLISECOND);
    answer(&mut world, &probes[0]);
    for milliseconds in [10, 30] {
        let probe = launch(&mut world, 1)[0];
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
fn of_a_target_that_was_never_asked_otherwise_nobody_knows() {
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
fn the_last_round_is_over_once_all_is_heard_that_had_come() {
    let (mut world, _) = in_flight(rounds(1), 2);
    world.now += 20 * MILLISECOND;
    sleep(&mut world);
    let looks = Step::Wait(Some(world.now));
    assert_eq!(world.engine.poll(world.now), looks);
    world.engine.drained_until(world.now);
    assert_eq!(world.engine.poll(world.now), Step::Done);
}

#[test]
fn probes_that_are_to_leave_leave_and_those_that_had_their_time_are_lost() {
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
fn a_try_that_this_host_slept_through_is_made_again() {
    // Neither of the two tries that each target may have is spent by it.
    let (mut world, first) = in_flight(roll_call(1), 2);
    for sequence in 2..=4 {
        assert_eq!(sleep(&mut world), 2);
        let again = launch(&mut world, 2);
        let told = again.iter().map(|probe| (probe.target, probe.sequence));
        assert!(told.eq([(0, sequence), (1, sequence)]));
    }
    assert_eq!(world.engine.summary().counts.suspended, 6);
    // The first of them, and then the second one with more time.
    pass(&mut world, 500 * MILLISECOND);
    launch(&mut world, 2);
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
fn an_answer_to_a_try_that_was_slept_through_decides_and_disturbs_no_other_target() {
    let (mut world, first) = in_flight(roll_call(1), 2);
    sleep(&mut world);
    let second = launch(&mut world, 2);
    pass(&mut world, 500 * MILLISECOND);
    // The third probe to each, by its number, is the second try.
    let third = launch(&mut world, 2);
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
    // The other one is still waited for, and as long as it may take.
    pass(&mut world, 740 * MILLISECOND);
    assert!(matches!(world.engine.poll(world.now), Step::Wait(_)));
    let verdict = answer(&mut world, &third[0]);
    assert_eq!(verdict.standing, Standing::Reply);
    let took = verdict.timing.map(|timing| timing.round_trip);
    assert_eq!(took, Some(740 * MILLISECOND));
}

#[test]
fn an_error_about_a_try_that_was_slept_through_decides() {
    let (mut world, first) = in_flight(roll_call(3), 1);
    sleep(&mut world);
    assert!(reject(&mut world, &first[0]));
    assert_eq!(world.engine.summary().counts.suspended, 0);
    assert_eq!(world.engine.poll(world.now), Step::Decided(0));
    world.engine.drained_until(world.now);
    assert_eq!(world.engine.poll(world.now), Step::Done);
}

#[test]
fn a_target_that_is_decided_while_it_is_to_be_asked_again_ends_no_wait_for_another() {
    let (mut world, first) = in_flight(roll_call(1), 1);
    world.engine.add(1);
    pass(&mut world, 500 * MILLISECOND);
    // Second tries have been made as often as first ones, and once more.
    for _ in 0..2 {
        launch(&mut world, 1);
        sleep(&mut world);
    }
    world.engine.looked_up(1, Lookup::Found);
    launch(&mut world, 2);
    sleep(&mut world);
    let other = launch(&mut world, 1)[0];
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
