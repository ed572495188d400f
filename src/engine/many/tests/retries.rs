//! How the tries of one target affect each other in an alive scan.

use super::suspended::{answer, in_flight, pass, send};
use super::*;
use crate::engine::Arrival;
use crate::event::Source;

/// Sent, received, lost and in flight; of a target and in total.
fn counts(world: &World) -> [(u64, u64, u64, u64); 2] {
    let row = world.row(0);
    let of_row = [row.sent, row.received, row.in_flight].map(u64::from);
    let all = world.engine.summary().counts;
    [
        (of_row[0], of_row[1], row.lost(), of_row[2]),
        (all.transmitted, all.received, all.lost(), all.in_flight),
    ]
}

/// A target after `tries` tries, each with a timeout half as long again as the one before.
fn tried(tries: usize) -> (World, Vec<Probe>) {
    let (mut world, mut probes) = in_flight(alive_scan(3), 1);
    let mut time = 500 * MILLISECOND;
    while probes.len() < tries {
        pass(&mut world, time);
        probes.extend(send(&mut world, 1));
        time = time * 3 / 2;
    }
    (world, probes)
}

#[test]
fn first_replies_to_all_tries_are_neither_duplicates_nor_losses() {
    let (mut world, probes) = tried(3);
    for (answered, probe) in (1..).zip(&probes) {
        assert_eq!(answer(&mut world, probe).standing, Standing::Reply);
        assert_eq!(counts(&world), [(3, answered, 0, 3 - answered); 2]);
    }
    assert_eq!(answer(&mut world, &probes[1]).standing, Standing::Duplicate);
    let total = world.engine.summary();
    assert_eq!((total.alive, total.counts.duplicates), (1, 1));
    assert_eq!(world.engine.poll(world.now), Step::Decided(0));
    assert_eq!(world.engine.poll(world.now), Step::Done);
}

#[test]
fn tries_after_the_answered_one_are_in_flight_and_those_before_it_are_lost() {
    let (mut world, probes) = tried(4);
    answer(&mut world, &probes[1]);
    assert_eq!(counts(&world), [(4, 1, 1, 2); 2]);
    answer(&mut world, &probes[3]);
    assert_eq!(counts(&world), [(4, 2, 2, 0); 2]);
    assert_eq!(world.engine.summary().counts.reordered, 0);
    answer(&mut world, &probes[2]);
    assert_eq!(counts(&world), [(4, 3, 1, 0); 2]);
    assert_eq!(world.engine.summary().counts.reordered, 1);
}

#[test]
fn tries_of_an_undecided_target_are_in_flight_and_lost_once_it_is_dead() {
    let (mut world, _) = tried(4);
    assert_eq!(counts(&world), [(4, 0, 0, 4); 2]);
    assert!(world.row(0).is_unknown());
    pass(&mut world, 2 * SECOND);
    assert_eq!(world.engine.poll(world.now), Step::Decided(0));
    assert_eq!(counts(&world), [(4, 0, 4, 0); 2]);
}

#[test]
fn timed_out_try_is_in_flight_while_its_retry_is_queued() {
    let slow = Schedule {
        spacing: Spacing::at_most(Some(1)),
        ..alive_scan(1)
    };
    let mut world = World::new(slow, Need::All, 1);
    let first = send(&mut world, 1);
    pass(&mut world, 600 * MILLISECOND);
    let step = Step::NoAnswer {
        target: 0,
        sequence: first[0].sequence,
    };
    assert_eq!(world.engine.poll(world.now), step);
    assert_eq!(counts(&world), [(1, 0, 0, 1); 2]);
    assert_eq!(answer(&mut world, &first[0]).standing, Standing::Reply);
}

#[test]
fn both_round_trips_of_a_target_that_answers_two_tries_are_known() {
    let (mut world, probes) = tried(2);
    pass(&mut world, 100 * MILLISECOND);
    answer(&mut world, &probes[0]);
    answer(&mut world, &probes[1]);
    let row = world.row(0);
    let known = (row.min, row.mean, row.max);
    let [min, mean, max] = [100, 350, 600].map(|time| time * MILLISECOND);
    assert_eq!(known, (Some(min), Some(mean), Some(max)));
}

#[test]
fn try_rejected_after_a_reply_to_an_earlier_one_is_not_in_flight() {
    let (mut world, probes) = tried(2);
    answer(&mut world, &probes[0]);
    assert_eq!(counts(&world), [(2, 1, 0, 1); 2]);
    (world.engine).reject(&error(0, probes[1].sequence, unreachable(), from_router()));
    assert_eq!(counts(&world), [(2, 1, 1, 0); 2]);
    assert_eq!(world.engine.summary().alive, 1);
}

#[test]
fn late_replies_of_a_dead_target_are_late_once_each() {
    let (mut world, probes) = tried(4);
    pass(&mut world, 2 * SECOND);
    assert_eq!(world.engine.poll(world.now), Step::Decided(0));
    for standing in [Standing::Late, Standing::Duplicate] {
        for probe in &probes {
            assert_eq!(answer(&mut world, probe).standing, standing);
        }
    }
    assert_eq!(counts(&world), [(4, 0, 4, 0); 2]);
}

fn too_big() -> Problem {
    Problem::V4(icmpv4::Problem::from_parts(3, 4, 1400))
}

#[test]
fn too_big_try_is_followed_at_once_by_one_in_fragments() {
    let (mut world, probes) = in_flight(alive_scan(1), 1);
    let reach = (world.engine).reject(&error(0, probes[0].sequence, too_big(), from_router()));
    assert_eq!(reach.map(|rejection| rejection.reach), Some(Reach::Left));
    assert!(world.row(0).is_unknown() && world.row(0).reason.is_some());
    let again = send(&mut world, 1);
    assert_eq!(answer(&mut world, &again[0]).standing, Standing::Reply);
    assert_eq!(world.engine.poll(world.now), Step::Decided(0));
    assert_eq!(world.engine.summary().alive, 1);
    assert_eq!(world.now, world.start);
}

#[test]
fn stamp_of_the_driver_is_ignored_once_a_probe_was_too_big() {
    for (was_too_big, source) in [(false, Source::Wire), (true, Source::Kernel)] {
        let from_driver = Schedule {
            start: RoundTripStart::Driver,
            ..alive_scan(1)
        };
        let (mut world, probes) = in_flight(from_driver, 1);
        let problem = if was_too_big {
            too_big()
        } else {
            unreachable()
        };
        (world.engine).reject(&error(
            0,
            probes[0].sequence,
            problem,
            (router(), Origin::ThisHost),
        ));
        pass(&mut world, SECOND);
        let again = send(&mut world, 1);
        world.engine.entered(again[0].name, world.now);
        world.engine.departed(again[0].name, world.now);
        let came = Arrival {
            read: world.now,
            kernel: Some(world.now),
            hardware: None,
        };
        let verdict = world.engine.answered(&claim(&again[0]), came);
        assert_eq!(verdict.timing.unwrap().source, source);
    }
}

#[test]
fn too_big_is_not_the_reason_of_a_later_lost_try() {
    let (mut world, probes) = in_flight(alive_scan(1), 1);
    (world.engine).reject(&error(0, probes[0].sequence, too_big(), from_router()));
    send(&mut world, 1);
    pass(&mut world, 750 * MILLISECOND);
    assert_eq!(world.engine.poll(world.now), Step::Decided(0));
    assert_eq!(
        (world.engine.summary().dead, world.row(0).reason),
        (1, None)
    );
}

#[test]
fn too_big_is_final_where_fragments_are_forbidden() {
    let whole = Schedule {
        fragments: Fragments::Forbidden,
        ..alive_scan(1)
    };
    let (mut world, probes) = in_flight(whole, 1);
    (world.engine).reject(&error(0, probes[0].sequence, too_big(), from_router()));
    assert_eq!(world.engine.poll(world.now), Step::Decided(0));
}

#[test]
fn target_with_a_too_big_round_is_unknown_until_a_fragmented_one_is_lost() {
    let (mut world, probes) = in_flight(rounds(2), 1);
    (world.engine).reject(&error(0, probes[0].sequence, too_big(), from_router()));
    assert_eq!(
        (world.engine.summary().dead, world.engine.summary().alive),
        (0, 0)
    );
    send(&mut world, 1);
    pass(&mut world, SECOND);
    assert!(matches!(
        world.engine.poll(world.now),
        Step::NoAnswer { .. }
    ));
    assert_eq!(world.engine.summary().dead, 1);
    assert_eq!(world.row(0).reason, None);
}

/// An error of this host.
const HERE: Origin = Origin::ThisHost;

#[test]
fn try_rejected_by_this_host_ends_and_the_next_one_has_its_full_timeout() {
    let (mut world, probes) = in_flight(alive_scan(1), 1);
    pass(&mut world, 300 * MILLISECOND);
    (world.engine).reject(&error(
        0,
        probes[0].sequence,
        unreachable(),
        (router(), HERE),
    ));
    pass(&mut world, 199 * MILLISECOND);
    assert!(matches!(world.engine.poll(world.now), Step::Wait(Some(_))));
    pass(&mut world, MILLISECOND);
    let again = send(&mut world, 1);
    assert_eq!(answer(&mut world, &again[0]).standing, Standing::Reply);
    let total = world.engine.summary();
    assert_eq!((total.alive, total.counts.rejected), (1, 1));
    assert!(world.unanswered.is_empty());
}

#[test]
fn last_try_rejected_by_this_host_decides_after_its_timeout() {
    let (mut world, probes) = in_flight(alive_scan(0), 1);
    (world.engine).reject(&error(
        0,
        probes[0].sequence,
        unreachable(),
        (router(), HERE),
    ));
    world.engine.drained_until(world.now);
    assert!(matches!(world.engine.poll(world.now), Step::Wait(Some(_))));
    pass(&mut world, 500 * MILLISECOND);
    assert_eq!(world.engine.poll(world.now), Step::Decided(0));
    assert!(world.row(0).reason.is_some());
}

#[test]
fn timeout_before_the_deadline_decides_even_if_not_polled() {
    let schedule = Schedule {
        deadline: Some(900 * MILLISECOND),
        ..alive_scan(0)
    };
    let (mut world, _) = in_flight(schedule, 1);
    pass(&mut world, 5 * SECOND);
    assert_eq!(world.engine.poll(world.now), Step::Decided(0));
    assert_eq!(world.engine.poll(world.now), Step::Done);
    assert_eq!(counts(&world), [(1, 0, 1, 0); 2]);
}

#[test]
fn elapsed_time_is_from_the_first_probe_to_the_last() {
    let mut world = World::new(rounds(2), Need::All, 0);
    world.engine.add(1);
    pass(&mut world, 3 * SECOND);
    world.engine.looked_up(0, Lookup::Found);
    world.go_on(|_| ANSWERED);
    assert_eq!(world.engine.summary().elapsed, SECOND);
}

#[test]
fn reply_that_comes_when_its_probe_is_to_be_forgotten_belongs_to_no_probe() {
    for schedule in [rounds(1), alive_scan(1)] {
        let (mut world, probes) = in_flight(schedule, 2);
        world.engine = world.engine.forgetting_after(200 * MILLISECOND);
        pass(&mut world, 199 * MILLISECOND);
        assert_eq!(answer(&mut world, &probes[0]).standing, Standing::Reply);
        pass(&mut world, MILLISECOND);
        for probe in &probes {
            assert_eq!(answer(&mut world, probe).standing, Standing::Unexpected);
        }
        // It is waited for all the same.
        assert_eq!(world.engine.summary().counts.in_flight, 1);
        let row = world.row(1);
        assert_eq!((row.sent, row.received), (1, 0));
    }
}

#[test]
fn thousand_tries_of_each_target_are_told_apart() {
    let schedule = Schedule {
        mode: Mode::Alive {
            retries: 1000,
            backoff: Backoff::new(1.0),
        },
        timeout: 10 * MILLISECOND,
        ..rounds(1)
    };
    let mut world = World::new(schedule, Need::All, 2);
    let probes = send(&mut world, 2 * 1001);
    let last = &probes[2001];
    assert_eq!(answer(&mut world, last).standing, Standing::Reply);
    pass(&mut world, 10 * MILLISECOND);
    assert!(matches!(world.engine.poll(world.now), Step::Decided(_)));
    let sent = [0, 1].map(|target| world.row(target).sent);
    let received: u32 = [0, 1].map(|target| world.row(target).received).iter().sum();
    assert_eq!((sent, received), ([1001, 1001], 1));
}
