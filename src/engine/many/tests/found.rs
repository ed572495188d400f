//! Bugs found by random operations compared with a naive model: see `fuzz/README.md`.

use super::*;

/// The probe due now.
fn due(world: &mut World) -> Probe {
    match world.engine.poll(world.now) {
        Step::Transmit(probe) => probe,
        other => panic!("{other:?}, and no probe"),
    }
}

/// How long the engine asks to wait.
fn wait(world: &mut World) -> Duration {
    match world.engine.poll(world.now) {
        Step::Wait(Some(until)) => until - world.now,
        other => panic!("{other:?}, and no wait"),
    }
}

/// The next step after `time` without arrivals.
fn step_after(world: &mut World, time: Duration) -> Step {
    world.now += time;
    world.engine.drained_until(world.now);
    world.engine.poll(world.now)
}

fn busy(world: &mut World, probe: &Probe) -> Disposition {
    let result = world
        .engine
        .not_sent(probe.name, world.now, Obstacle::Busy, ENOBUFS);
    result.1
}

fn refuse(world: &mut World, probe: &Probe) {
    let result = world
        .engine
        .not_sent(probe.name, world.now, Obstacle::Refused, EPERM);
    let result = (result.0.map(|probe| probe.target), result.1);
    assert_eq!(result, (Some(probe.target), Disposition::NotSent));
}

fn left(world: &mut World, probe: &Probe) {
    world.engine.left(probe.name, world.now);
}

/// Answers a probe now.
fn answer(world: &mut World, probe: &Probe) -> Verdict {
    world.engine.answered(&claim(probe), world.now)
}

const ENOBUFS: i32 = 105;

fn endless(period: Duration) -> Schedule {
    Schedule {
        mode: Mode::Rounds {
            period,
            count: None,
        },
        ..rounds(1)
    }
}

#[test]
fn target_added_after_the_rounds_is_probed_as_often_as_the_others() {
    for count in 1..4 {
        let mut world = World::new(rounds(count), Need::All, 2);
        world.engine.add(2);
        world.go_on(|_| ANSWERED);
        assert_eq!(world.sent.len(), 2 * count as usize);
        world.engine.looked_up(2, Lookup::Found);
        world.engine.looked_up(3, Lookup::Nothing);
        world.go_on(|_| ANSWERED);
        let sent: Vec<u32> = (0..4).map(|target| world.row(target).sent).collect();
        assert_eq!(sent, [count, count, count, 0]);
    }
}

#[test]
fn endless_rounds_end_without_targets() {
    let mut world = World::new(endless(SECOND), Need::All, 0);
    world.engine.add(2);
    world.engine.looked_up(0, Lookup::Nothing);
    world.engine.looked_up(1, Lookup::Nothing);
    assert_eq!(world.engine.poll(world.now), Step::Done);
}

#[test]
fn full_send_queue_is_not_refilled_at_once() {
    let schedule = Schedule {
        spacing: Spacing::at_most(Some(100)),
        ..alive_scan(0)
    };
    let mut world = World::new(schedule, Need::All, 5);
    let first = due(&mut world);
    assert_eq!(busy(&mut world, &first), Disposition::Retried);
    world.now += 2 * MILLISECOND;
    assert_eq!(due(&mut world).target, first.target);
    // That probe may not have been sent yet.
    assert_eq!(wait(&mut world), 8 * MILLISECOND);
}

#[test]
fn unsent_probe_is_retried_soon_even_if_another_was_sent() {
    let mut world = World::new(endless(100 * SECOND), Need::All, 2);
    world.now += 10 * MILLISECOND;
    let (first, second) = (due(&mut world), due(&mut world));
    assert_eq!(busy(&mut world, &first), Disposition::Retried);
    left(&mut world, &second);
    assert_eq!(due(&mut world).target, first.target);
}

#[test]
fn probe_refused_after_a_full_queue_follows_the_schedule() {
    let mut world = World::new(endless(SECOND), Need::All, 1);
    let probe = due(&mut world);
    busy(&mut world, &probe);
    world.now += 2 * MILLISECOND;
    let probe = due(&mut world);
    refuse(&mut world, &probe);
    assert_eq!(wait(&mut world), 998 * MILLISECOND);
}

#[test]
fn unsent_probe_keeps_its_number_if_the_next_one_is_under_way() {
    let mut world = World::new(endless(MILLISECOND), Need::All, 1);
    world.now += MILLISECOND;
    let (first, second) = (due(&mut world), due(&mut world));
    assert_eq!(busy(&mut world, &first), Disposition::NotSent);
    left(&mut world, &second);
    assert_eq!(answer(&mut world, &second).standing, Standing::Reply);
    world.now += MILLISECOND;
    assert_eq!(due(&mut world).sequence, 3);
    let row = world.row(0);
    assert_eq!((row.sent, row.received), (2, 1));
}

#[test]
fn reply_while_a_retry_awaits_the_send_queue_is_timed_and_ends_no_other_try() {
    let mut world = World::new(alive_scan(1), Need::All, 1);
    world.engine.add(1);
    let first = due(&mut world);
    left(&mut world, &first);
    world.now += 400 * MILLISECOND;
    world.engine.looked_up(1, Lookup::Found);
    let other = due(&mut world);
    left(&mut world, &other);
    let given_up = step_after(&mut world, 101 * MILLISECOND);
    assert!(matches!(given_up, Step::NoAnswer { target: 0, .. }));
    for _ in 0..2 {
        let again = due(&mut world);
        assert_eq!(busy(&mut world, &again), Disposition::Retried);
        world.now += 2 * MILLISECOND;
    }
    let verdict = answer(&mut world, &first);
    assert_eq!(verdict.standing, Standing::Reply);
    let timing = verdict.timing.unwrap();
    assert_eq!(timing.round_trip, 505 * MILLISECOND);
    assert_eq!(world.row(0).min, Some(505 * MILLISECOND));
    world.go_on(|_| Fate::Lost);
    assert_eq!(world.decided, [0, 1]);
}

#[test]
fn reply_to_an_unsent_probe_is_unexpected() {
    for schedule in [rounds(1), alive_scan(1)] {
        let mut world = World::new(schedule, Need::All, 1);
        let probe = due(&mut world);
        let forged = Claim {
            evidence: Evidence::NotExpected,
            ..claim(&probe)
        };
        let verdict = world.engine.answered(&forged, world.now);
        assert_eq!(verdict.standing, Standing::Unexpected);
        let sequence = probe.sequence;
        let rejection = (world.engine).reject(&error(0, sequence, unreachable(), from_router()));
        assert!(rejection.is_none_or(|rejection| rejection.is_repeated));
        refuse(&mut world, &probe);
        let counts = world.engine.summary().counts;
        assert_eq!((counts.transmitted, counts.received), (0, 0));
    }
}

#[test]
fn try_sent_after_its_target_is_decided_is_not_awaited() {
    let mut world = World::new(alive_scan(1), Need::All, 2);
    let (first, other) = (due(&mut world), due(&mut world));
    left(&mut world, &first);
    left(&mut world, &other);
    let given_up = step_after(&mut world, 501 * MILLISECOND);
    assert!(matches!(given_up, Step::NoAnswer { target: 0, .. }));
    world.engine.poll(world.now);
    let again = due(&mut world);
    assert_eq!(answer(&mut world, &first).standing, Standing::Reply);
    assert_eq!(answer(&mut world, &again).standing, Standing::Unexpected);
    left(&mut world, &again);
    assert_eq!(answer(&mut world, &again).standing, Standing::Reply);
    assert_eq!(answer(&mut world, &again).standing, Standing::Duplicate);
    world.go_on(|_| Fate::Lost);
    assert!(!world.unanswered.contains(&(0, again.sequence)));
}

#[test]
fn timeout_starts_when_the_probe_is_sent() {
    let mut world = World::new(rounds(1), Need::All, 1);
    let probe = due(&mut world);
    // Its time was long before the previous one was sent.
    assert_eq!(step_after(&mut world, 2 * SECOND), Step::Wait(None));
    left(&mut world, &probe);
    assert_eq!(wait(&mut world), 1001 * MILLISECOND);
    world.now += MILLISECOND;
    assert_eq!(answer(&mut world, &probe).standing, Standing::Reply);
}

#[test]
fn stalled_run_catches_up_no_faster_than_the_rate() {
    for count in [None, Some(1), Some(9)] {
        let mode = Mode::Rounds {
            period: SECOND,
            count,
        };
        let schedule = Schedule {
            mode,
            spacing: Spacing::at_most(Some(200)),
            ..rounds(1)
        };
        let mut world = World::new(schedule, Need::All, 100);
        world.go_on_until(300 * MILLISECOND);
        world.now += 400 * MILLISECOND;
        world.go_on_until(2 * SECOND);
        let times: Vec<Duration> = world.sent.iter().map(|(at, ..)| *at).collect();
        assert!(times.len() >= 100, "{}", times.len());
        for within in times.windows(6) {
            assert!(within[5] >= within[0] + 15 * MILLISECOND, "{within:?}");
        }
    }
}

#[test]
fn late_run_catches_up_with_its_rounds_within_the_rate() {
    let schedule = Schedule {
        spacing: Spacing::at_most(Some(200)),
        ..endless(SECOND)
    };
    let mut world = World::new(schedule, Need::All, 10);
    world.now += 500 * MILLISECOND;
    world.go_on_until(1200 * MILLISECOND);
    let second = world.sent.iter().filter(|(.., sequence)| *sequence == 2);
    let times: Vec<Duration> = second.map(|(at, ..)| *at).collect();
    let on_time: Vec<Duration> = (0..10)
        .map(|slot| SECOND + 10 * slot * MILLISECOND)
        .collect();
    assert_eq!(times, on_time);
}

#[test]
fn run_does_not_wait_for_an_unneeded_slot() {
    let schedule = Schedule {
        spacing: Spacing::at_most(Some(1)),
        ..alive_scan(1)
    };
    let mut world = World::new(schedule, Need::All, 1);
    world.engine.add(1);
    let first = due(&mut world);
    left(&mut world, &first);
    world.engine.looked_up(1, Lookup::Nothing);
    let dead = step_after(&mut world, 501 * MILLISECOND);
    assert_eq!(dead, Step::Decided(1));
    let given_up = world.engine.poll(world.now);
    assert!(matches!(given_up, Step::NoAnswer { target: 0, .. }));
    answer(&mut world, &first);
    assert_eq!(world.engine.poll(world.now), Step::Decided(0));
    assert_eq!(world.engine.poll(world.now), Step::Done);

    world.engine.add(1);
    world.engine.looked_up(2, Lookup::Found);
    world.now += 499 * MILLISECOND;
    assert_eq!(due(&mut world).target, 2);
}

#[test]
fn single_round_ends_when_all_possible_targets_were_probed() {
    let schedule = Schedule {
        spacing: Spacing::at_most(Some(1)),
        ..rounds(1)
    };
    let mut world = World::new(schedule, Need::All, 1);
    world.engine.add(1);
    world.engine.looked_up(1, Lookup::Nothing);
    let probe = due(&mut world);
    left(&mut world, &probe);
    answer(&mut world, &probe);
    assert_eq!(world.engine.poll(world.now), Step::Done);
}

#[test]
fn second_reply_is_a_duplicate_after_any_number_of_probes() {
    let mut world = World::new(endless(MILLISECOND), Need::All, 1);
    let first = due(&mut world);
    left(&mut world, &first);
    assert_eq!(answer(&mut world, &first).standing, Standing::Reply);
    for _ in 0..40 {
        world.now += MILLISECOND;
        let probe = due(&mut world);
        left(&mut world, &probe);
        answer(&mut world, &probe);
    }
    assert_eq!(answer(&mut world, &first).standing, Standing::Duplicate);
    assert_eq!(world.engine.summary().counts.late, 0);
}

#[test]
fn unsent_probe_never_counts_as_answered() {
    let mut world = World::new(endless(MILLISECOND), Need::All, 1);
    let first = due(&mut world);
    refuse(&mut world, &first);
    for _ in 0..40 {
        world.now += MILLISECOND;
        let probe = due(&mut world);
        left(&mut world, &probe);
        answer(&mut world, &probe);
    }
    assert_eq!(answer(&mut world, &first).standing, Standing::Unexpected);
}

#[test]
fn only_the_first_late_reply_is_late() {
    for schedule in [endless(SECOND), alive_scan(0)] {
        let mut world = World::new(schedule, Need::All, 1);
        world.engine.add(1);
        let probe = due(&mut world);
        left(&mut world, &probe);
        while !matches!(
            world.engine.poll(world.now),
            Step::NoAnswer { .. } | Step::Decided(_)
        ) {
            world.now += 100 * MILLISECOND;
            world.engine.drained_until(world.now);
        }
        assert_eq!(answer(&mut world, &probe).standing, Standing::Late);
        assert_eq!(answer(&mut world, &probe).standing, Standing::Duplicate);
    }
}

#[test]
fn reordered_reply_is_detected_after_any_number_of_probes() {
    let mut world = World::new(endless(MILLISECOND), Need::All, 1);
    let mut probes = Vec::new();
    for _ in 0..40 {
        let probe = due(&mut world);
        left(&mut world, &probe);
        probes.push(probe);
        world.now += MILLISECOND;
    }
    for answered in [1, 0, 3, 2] {
        let verdict = answer(&mut world, &probes[answered]);
        assert_eq!(verdict.standing, Standing::Reply);
    }
    assert_eq!(world.engine.summary().counts.reordered, 2);
}

#[test]
fn reply_after_an_error_counts_after_any_number_of_probes() {
    let schedule = Schedule {
        spacing: Spacing::at_most(None),
        ..rounds(1)
    };
    let mut world = World::new(schedule, Need::All, 10_000);
    let first = due(&mut world);
    left(&mut world, &first);
    let sequence = first.sequence;
    assert!(
        world
            .engine
            .reject(&error(first.target, sequence, unreachable(), from_router()))
            .is_some()
    );
    for _ in 1..10_000 {
        let probe = due(&mut world);
        left(&mut world, &probe);
        answer(&mut world, &probe);
    }
    world.now += MILLISECOND;
    let verdict = answer(&mut world, &first);
    assert_eq!(verdict.standing, Standing::Reply);
    assert_eq!(verdict.timing.unwrap().round_trip, MILLISECOND);
}

#[test]
fn unknown_round_trip_is_not_zero() {
    let mut world = World::new(alive_scan(1), Need::All, 10_000);
    let first = due(&mut world);
    left(&mut world, &first);
    for _ in 1..10_000 {
        let probe = due(&mut world);
        left(&mut world, &probe);
    }
    world.now += 501 * MILLISECOND;
    world.engine.drained_until(world.now);
    while matches!(world.engine.poll(world.now), Step::NoAnswer { .. }) {}
    world.engine.add(1);
    world.engine.looked_up(10_000, Lookup::Found);
    // One of them was handed out before; then the retries, and the first try of the new target.
    for _ in 0..10_000 {
        let probe = due(&mut world);
        left(&mut world, &probe);
    }
    let verdict = answer(&mut world, &first);
    assert_eq!((verdict.standing, verdict.timing), (Standing::Reply, None));
    let row = world.row(first.target);
    assert_eq!((row.received, row.min, row.p99), (1, None, None));
}
