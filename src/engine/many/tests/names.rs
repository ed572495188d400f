//! Targets given by name.

use super::suspended::{answer, send};
use super::*;
use std::cmp::Ordering;

#[test]
fn names_that_share_an_address_are_probed_once_and_counted_each() {
    for schedule in [rounds(2), alive_scan(0)] {
        let mut world = World::new(schedule, Need::Number(4), 1);
        world.engine.add(3);
        world.engine.looked_up(2, Lookup::Found);
        world.engine.looked_up(1, Lookup::Same(0));
        world.engine.looked_up(3, Lookup::Same(2));
        world.go_on(|_| ANSWERED);
        let total = world.engine.summary();
        assert_eq!((total.targets, total.alive, total.dead), (4, 4, 0));
        assert!(world.engine.is_success());
        assert!(
            world
                .sent
                .iter()
                .all(|(_, target, _)| [0, 2].contains(target))
        );
        assert_eq!(total.counts.transmitted, world.sent.len() as u64);
        assert_eq!(world.row(1), world.row(0));
        assert_eq!(world.row(3), world.row(2));
    }
}

#[test]
fn names_that_share_an_address_are_decided_whenever_their_lookups_end() {
    for (fate, alive, dead) in [(ANSWERED, 3, 0), (Fate::Lost, 0, 3)] {
        let mut world = World::new(alive_scan(0), Need::All, 1);
        world.engine.add(2);
        world.engine.looked_up(2, Lookup::Same(0));
        world.go_on(|_| fate);
        assert_eq!(world.decided, [0, 2]);
        world.engine.looked_up(1, Lookup::Same(0));
        world.go_on(|_| fate);
        assert_eq!(world.decided, [0, 2, 1]);
        let total = world.engine.summary();
        assert_eq!((total.alive, total.dead), (alive, dead));
    }
}

/// The last target is the first one here.
#[derive(Debug)]
struct Reversed;

impl Order for Reversed {
    fn at(&self, position: u32) -> TargetNumber {
        position
    }

    fn given(&self, one: TargetNumber, other: TargetNumber) -> Ordering {
        other.cmp(&one)
    }
}

#[test]
fn names_that_share_an_address_are_reported_in_the_given_order() {
    for fate in [ANSWERED, Fate::Lost] {
        let mut world = World::new(alive_scan(0), Need::All, 1);
        world.engine.order = Box::new(Reversed);
        world.engine.add(2);
        world.engine.looked_up(1, Lookup::Same(0));
        world.engine.looked_up(2, Lookup::Same(0));
        world.go_on(|_| fate);
        assert_eq!(world.decided, [2, 1, 0]);
    }
}

#[test]
fn silent_names_that_share_an_address_are_each_dead_in_rounds() {
    let mut world = World::new(rounds(1), Need::All, 1);
    world.engine.add(1);
    world.engine.looked_up(1, Lookup::Same(0));
    world.go_on(|_| Fate::Lost);
    let total = world.engine.summary();
    assert_eq!((total.targets, total.dead), (2, 2));
}

#[test]
fn failed_lookup_is_unknown_and_prevents_success() {
    for schedule in [rounds(1), alive_scan(0)] {
        let mut world = World::new(schedule, Need::All, 1);
        world.engine.add(1);
        world.engine.looked_up(1, Lookup::Failed("why"));
        world.go_on(|_| ANSWERED);
        let total = world.engine.summary();
        assert_eq!((total.targets, total.alive, total.dead), (2, 1, 0));
        let row = world.row(1);
        assert_eq!(row.reason, Some(Reason::LookupFailed("why")));
        assert!(row.is_unknown() && !world.engine.is_success());
    }
}

#[test]
fn run_ends_when_failed_lookups_make_the_quorum_impossible() {
    let mut world = World::new(alive_scan(0), Need::Number(2), 1);
    world.engine.add(1);
    world.engine.looked_up(1, Lookup::Failed("why"));
    world.go_on(|_| ANSWERED);
    assert_eq!((world.sent.len(), world.engine.is_success()), (0, false));
}

#[test]
fn name_left_out_is_not_a_target() {
    let mut world = World::new(alive_scan(0), Need::Percent(100), 1);
    world.engine.add(1);
    world.engine.looked_up(1, Lookup::LeftOut);
    world.go_on(|_| ANSWERED);
    assert_eq!(world.decided, [0]);
    assert_eq!(world.engine.summary().targets, 1);
    assert!(world.engine.is_success() && !world.engine.is_undecided(1));
}

#[test]
fn resolved_name_joins_the_next_round_for_as_many_rounds_as_the_others() {
    let mut world = World::new(rounds(2), Need::All, 1);
    world.engine.add(2);
    world.engine.looked_up(1, Lookup::Failed("why"));
    world.engine.looked_up(2, Lookup::Found);
    world.go_on(|_| ANSWERED);
    let sent: Vec<_> = world
        .sent
        .iter()
        .map(|(at, target, _)| (at.as_secs(), *target))
        .collect();
    assert_eq!(sent, [(0, 0), (0, 2), (1, 0), (1, 2)]);
}

#[test]
fn unresolved_name_is_probed_once_it_has_an_address() {
    for lookup in [Lookup::Nothing, Lookup::Failed("no server")] {
        let mut world = World::new(rounds(2), Need::All, 1);
        world.engine = world.engine.looking_up_again();
        world.engine.add(1);
        world.engine.looked_up(1, lookup);
        assert!(world.row(1).reason.is_some());
        let before = send(&mut world, 1);
        assert_eq!(before[0].target, 0);
        world.engine.looked_up(1, lookup);
        world.engine.looked_up(1, Lookup::Found);
        assert_eq!(world.row(1).reason, None);
        world.go_on(|_| ANSWERED);
        assert_eq!((world.row(1).sent, world.row(1).received), (2, 2));
        // It is not lost a second time.
        world.engine.looked_up(1, Lookup::Nothing);
        assert!(world.row(1).is_alive());
    }
}

#[test]
fn run_of_unresolved_names_continues_until_one_has_an_address() {
    for (again, over) in [(false, true), (true, false)] {
        let mut world = World::new(rounds(2), Need::All, 0);
        if again {
            world.engine = world.engine.looking_up_again();
        }
        world.engine.add(1);
        world.engine.looked_up(0, Lookup::Nothing);
        world.engine.drained_until(world.now);
        assert_eq!(world.engine.poll(world.now) == Step::Done, over);
        if again {
            assert_eq!(world.engine.poll(world.now), Step::Wait(None));
            world.engine.looked_up(0, Lookup::Found);
            world.go_on(|_| ANSWERED);
            assert_eq!(world.row(0).received, 2);
            assert!(world.engine.is_success());
        }
    }
}

#[test]
fn only_a_reply_with_the_token_of_a_sent_probe_confirms_an_address() {
    let mut world = World::new(rounds(1), Need::All, 1);
    let probe = send(&mut world, 1)[0];
    let right = claim(&probe);
    assert!(world.engine.has_token(&right));
    let forged = Claim {
        evidence: Evidence::Octets(&[7; 16]),
        ..right
    };
    let damaged = Claim {
        checksum_valid: false,
        ..right
    };
    let of_no_probe = Claim {
        sequence: 9,
        ..right
    };
    for wrong in [forged, damaged, of_no_probe] {
        assert!(!world.engine.has_token(&wrong));
    }
    answer(&mut world, &probe);
    assert!(world.engine.has_token(&right), "as a duplicate does");
}
