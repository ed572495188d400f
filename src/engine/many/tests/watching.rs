//! Which of many targets are down.

use std::num::NonZero;

use super::suspended::{answer, pass, send};
use super::*;
use crate::config::{Until, Watching};
use crate::event::{Reason, Transition};

fn watching(until: Option<Until>) -> Watching {
    Watching {
        after: NonZero::new(2).unwrap(),
        until,
        window: None,
        is_asked: true,
    }
}

/// Endless rounds, one second apart; the timeout is half a second.
fn world(targets: u32, until: Option<Until>) -> World {
    let schedule = Schedule {
        timeout: SECOND / 2,
        ..rounds(100)
    };
    let mut world = World::new(schedule, Need::All, targets);
    world.engine = world.engine.watching(watching(until));
    world
}

/// One round whose probes are answered or rejected as `fate` says, and then time out.
fn round(world: &mut World, fate: impl Fn(TargetNumber) -> Fate) -> Vec<(TargetNumber, bool)> {
    let targets = world.engine.targets() as usize;
    for probe in send(world, targets) {
        match fate(probe.target) {
            Fate::Answered(..) => {
                answer(world, &probe);
            }
            Fate::Rejected(_) => {
                let error = error(probe.target, probe.sequence, unreachable(), from_router());
                world.engine.reject(&error);
            }
            _ => {}
        }
    }
    pass(world, SECOND / 2);
    reported(world).iter().map(in_short).collect()
}

fn reported(world: &mut World) -> Vec<Transition> {
    let now = world.now;
    while let Step::NoAnswer { .. } = world.engine.poll(now) {}
    std::iter::from_fn(|| world.engine.next_transition(now)).collect()
}

/// The target, and whether it came up.
fn in_short(transition: &Transition) -> (TargetNumber, bool) {
    match transition {
        Transition::Down(down) => (down.first.target, false),
        Transition::Up(up) => (up.first.target, true),
        Transition::Changed(change) => panic!("{change:?}"),
    }
}

#[test]
fn each_target_goes_down_and_comes_up_independently() {
    let mut world = world(3, None);
    let second_is_lost = |target| if target == 1 { Fate::Lost } else { ANSWERED };
    assert_eq!(round(&mut world, second_is_lost), []);
    assert_eq!(round(&mut world, second_is_lost), [(1, false)]);
    assert_eq!(round(&mut world, second_is_lost), []);
    let time = world.engine.time_down(1).unwrap();
    assert_eq!((time.outage.first, time.outage.probes), (1, 3));
    assert_eq!(world.engine.time_down(0), None);
    assert_eq!(round(&mut world, |_| ANSWERED), [(1, true)]);
    assert_eq!(world.engine.time_down(1), None);
}

#[test]
fn rejected_target_is_down_with_the_reason_and_the_reporter() {
    let mut world = world(2, None);
    let rejected = |_| Fate::Rejected(MILLISECOND);
    assert_eq!(round(&mut world, rejected), []);
    for probe in send(&mut world, 2) {
        let error = error(probe.target, probe.sequence, unreachable(), from_router());
        world.engine.reject(&error);
    }
    assert_eq!(reported(&mut world), [], "an answer would still count");
    pass(&mut world, SECOND / 2);
    let reason = Some(Reason::Rejected {
        problem: unreachable(),
        reporter: Some(router()),
    });
    let reported = reported(&mut world);
    assert_eq!(reported.len(), 2);
    for transition in reported {
        assert!(matches!(transition, Transition::Down(down) if down.reason == reason));
    }
}

#[test]
fn loop_wakes_when_a_rejected_target_goes_down() {
    let mut world = World::new(
        Schedule {
            timeout: 9 * SECOND,
            ..rounds(2)
        },
        Need::All,
        1,
    );
    world.engine = world.engine.watching(watching(None));
    let mut probes = send(&mut world, 1);
    let first = world.now;
    probes.extend(send(&mut world, 1));
    for probe in &probes {
        let error = error(0, probe.sequence, unreachable(), from_router());
        world.engine.reject(&error);
    }
    world.engine.drained_until(world.now);
    let due = world.engine.next_watched_due();
    assert_eq!(due, Some(first + 9 * SECOND));
    assert_eq!(reported(&mut world), []);
    let end = std::iter::from_fn(|| world.engine.last_transition());
    assert_eq!(
        end.map(|it| in_short(&it)).collect::<Vec<_>>(),
        [(0, false)]
    );
}

#[test]
fn answered_probes_of_a_watched_run_are_forgotten() {
    let mut world = world(10, None);
    for _ in 0..50 {
        round(&mut world, |_| ANSWERED);
    }
    assert!(world.engine.remembered() <= 20);
}

#[test]
fn suspended_probes_are_not_an_outage() {
    let mut world = world(1, None);
    assert_eq!(round(&mut world, |_| Fate::Lost), []);
    send(&mut world, 1);
    world.engine.suspended(world.now);
    pass(&mut world, SECOND / 2);
    assert_eq!(reported(&mut world), []);
    assert_eq!(round(&mut world, |_| Fate::Lost), []);
    assert_eq!(round(&mut world, |_| Fate::Lost), [(0, false)]);
}

#[test]
fn run_until_down_ends_with_the_first_target_that_is_down() {
    let until = Until::Down(NonZero::new(2).unwrap());
    let mut world = world(3, Some(until));
    let last_is_lost = |target| if target == 2 { Fate::Lost } else { ANSWERED };
    round(&mut world, last_is_lost);
    assert!(!world.engine.is_success());
    round(&mut world, last_is_lost);
    assert_eq!(world.engine.poll(world.now), Step::Done);
    assert_eq!(world.engine.ending(), Ending::Transition);
    assert!(world.engine.is_success());
}

#[test]
fn run_until_up_ends_when_all_targets_answer() {
    let until = Until::Up(NonZero::<u32>::MIN);
    let mut world = world(2, Some(until));
    round(
        &mut world,
        |target| {
            if target == 0 { Fate::Lost } else { ANSWERED }
        },
    );
    assert!(!world.engine.is_success());
    round(&mut world, |_| ANSWERED);
    assert_eq!(world.engine.poll(world.now), Step::Done);
    assert_eq!(world.engine.ending(), Ending::Transition);
    assert!(world.engine.is_success());
}

#[test]
fn names_that_share_an_address_come_up_together() {
    let until = Until::Up(NonZero::<u32>::MIN);
    let mut world = world(1, Some(until));
    world.engine.add(1);
    world.engine.looked_up(1, Lookup::Same(0));
    let probe = send(&mut world, 1)[0];
    answer(&mut world, &probe);
    assert!(world.engine.is_success());
}

#[test]
fn window_of_each_target_contains_its_last_probes() {
    let mut world = world(2, None);
    let watching = Watching {
        window: Some(20 * SECOND),
        ..watching(None)
    };
    world.engine = world.engine.watching(watching);
    for number in 0..30 {
        round(&mut world, |target| {
            if target == 1 && number >= 25 {
                Fate::Lost
            } else {
                ANSWERED
            }
        });
    }
    let recent = [0, 1].map(|target| world.row(target).recent.unwrap());
    let counts = recent.map(|recent| (recent.received, recent.lost));
    assert_eq!(counts, [(20, 0), (15, 5)]);
    assert_eq!(recent[1].loss(), Some(25.0));
    assert!(recent[0].min.is_some() && recent[0].min <= recent[0].max);
}
