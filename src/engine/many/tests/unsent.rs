//! Tries of an alive scan that were not sent.

use super::*;

#[test]
fn local_error_ends_the_try_but_not_the_retries() {
    let mut tries = 0;
    let world = World::new(alive_scan(2), Need::All, 1).run(|_| {
        tries += 1;
        if tries < 3 { Fate::Refused } else { ANSWERED }
    });
    let [(at, 0, 3)] = world.sent[..] else {
        panic!("{:?}", world.sent);
    };
    // The third try: 0.5 s after the first, and 0.75 s after the second.
    assert_eq!(at.as_millis() / 10, 125);
    assert!(world.row(0).is_alive());
    assert_eq!(world.row(0).reason, None);
    let counts = world.engine.summary().counts;
    assert_eq!((counts.transmitted, counts.not_sent), (1, 2));
}

#[test]
fn target_with_only_unsent_tries_is_dead_after_the_last_timeout() {
    let world = World::new(alive_scan(2), Need::All, 2).run(|probe| {
        if probe.target == 0 {
            Fate::Refused
        } else {
            ANSWERED
        }
    });
    assert_eq!(world.decided, [1, 0]);
    assert_eq!((world.now - world.start).as_millis() / 10, 237);
    assert_eq!(world.row(0).reason, Some(Reason::NotSent { errno: EPERM }));
    assert_eq!(world.engine.summary().counts.not_sent, 3);
}

#[test]
fn reply_to_an_earlier_try_counts_after_an_unsent_one() {
    let mut tries = 0;
    let world = World::new(alive_scan(1), Need::All, 1).run(|_| {
        tries += 1;
        if tries == 1 {
            Fate::Answered(600 * MILLISECOND, 1)
        } else {
            Fate::Refused
        }
    });
    assert!(world.row(0).is_alive());
    assert_eq!(world.now - world.start, 600 * MILLISECOND);
}

#[test]
fn too_long_message_is_not_retried_where_fragments_are_forbidden() {
    let whole = Schedule {
        fragments: Fragments::Forbidden,
        ..alive_scan(2)
    };
    let mut world = World::new(whole, Need::All, 1);
    let Step::Transmit(probe) = world.engine.poll(world.now) else {
        panic!("a probe is due");
    };
    (world.engine).not_sent(probe.name, world.now, Obstacle::TooLong { mtu: 1500 }, 0);
    assert_eq!(world.engine.poll(world.now), Step::Decided(0));
    assert_eq!(world.row(0).reason, Some(Reason::TooLong));
}

/// One target whose first probe was not sent.
fn refused(schedule: Schedule) -> (World, Probe) {
    let mut world = World::new(schedule, Need::All, 1);
    let Step::Transmit(probe) = world.engine.poll(world.now) else {
        panic!("a probe is due");
    };
    (world.engine).not_sent(probe.name, world.now, Obstacle::Refused, EPERM);
    (world, probe)
}

fn reject(world: &mut World, probe: &Probe, origin: Origin) -> Option<Reach> {
    let error = error(0, probe.sequence, unreachable(), (router(), origin));
    let rejection = world.engine.reject(&error);
    rejection
        .filter(|rejection| !rejection.is_repeated)
        .map(|rejection| rejection.reach)
}

#[test]
fn error_of_this_host_gives_the_reason_of_an_unsent_probe_once() {
    for schedule in [rounds(1), alive_scan(0)] {
        let (mut world, probe) = refused(schedule);
        assert_eq!(reject(&mut world, &probe, Origin::Network), None);
        let reach = reject(&mut world, &probe, Origin::ThisHost);
        assert_eq!(reach, Some(Reach::NotSent));
        assert_eq!(reject(&mut world, &probe, Origin::ThisHost), None);
        let problem = unreachable();
        assert_eq!(world.row(0).reason, Some(Reason::Filtered { problem }));
        let counts = world.engine.summary().counts;
        assert_eq!((counts.transmitted, counts.not_sent), (0, 1));
        assert_eq!((counts.rejected, counts.filtered), (1, 1));
    }
}

#[test]
fn error_about_an_unsent_probe_is_ignored_once_a_later_one_was_sent() {
    let (mut world, probe) = refused(rounds(2));
    world.now += SECOND;
    let Step::Transmit(next) = world.engine.poll(world.now) else {
        panic!("a probe is due");
    };
    world.engine.left(next.name, world.now);
    let reach = reject(&mut world, &probe, Origin::ThisHost);
    assert_eq!(reach, Some(Reach::NotSent));
    assert_eq!(world.row(0).reason, None);
}

#[test]
fn run_reads_the_reason_of_an_unsent_last_probe_before_it_ends() {
    let (mut world, probe) = refused(rounds(1));
    assert_eq!(world.engine.poll(world.now), Step::Wait(Some(world.now)));
    reject(&mut world, &probe, Origin::ThisHost);
    world.engine.drained_until(world.now);
    assert_eq!(world.engine.poll(world.now), Step::Done);
}
