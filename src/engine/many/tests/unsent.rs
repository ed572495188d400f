//! Tries that did not leave this host, where it is asked who is alive.

use super::*;

#[test]
fn local_error_ends_the_try_and_not_the_retries() {
    let mut tries = 0;
    let world = World::new(roll_call(2), Need::All, 1).run(|_| {
        tries += 1;
        if tries < 3 { Fate::Refused } else { ANSWERED }
    });
    let [(at, 0, 3)] = world.sent[..] else {
        panic!("{:?}", world.sent);
    };
    // The third try: 0.5 s after the first, and another 0.75 s after the second.
    assert_eq!(at.as_millis() / 10, 125);
    assert!(world.row(0).is_alive());
    assert_eq!(world.row(0).reason, None);
    let counts = world.engine.total().counts;
    assert_eq!((counts.transmitted, counts.not_sent), (1, 2));
}

#[test]
fn target_whose_every_try_stays_here_is_dead_when_the_last_one_has_had_its_time() {
    let world = World::new(roll_call(2), Need::All, 2).run(|probe| {
        if probe.target == 0 {
            Fate::Refused
        } else {
            ANSWERED
        }
    });
    assert_eq!(world.decided, [1, 0]);
    assert_eq!((world.now - world.start).as_millis() / 10, 237);
    assert_eq!(world.row(0).reason, Some(Reason::NotSent { errno: EPERM }));
    assert_eq!(world.engine.total().counts.not_sent, 3);
}

#[test]
fn answer_to_an_earlier_try_counts_while_a_later_one_stays_here() {
    let mut tries = 0;
    let world = World::new(roll_call(1), Need::All, 1).run(|_| {
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
fn message_that_is_too_long_is_not_tried_again_where_it_must_not_be_fragmented() {
    let whole = Schedule {
        fragments: Fragments::Forbidden,
        ..roll_call(2)
    };
    let mut world = World::new(whole, Need::All, 1);
    let Step::Transmit(probe) = world.engine.poll(world.now) else {
        panic!("a probe is due");
    };
    (world.engine).not_sent(probe.name, world.now, Obstacle::TooLong, 0);
    assert_eq!(world.engine.poll(world.now), Step::Decided(0));
    assert_eq!(world.row(0).reason, Some(Reason::TooLong));
}
