//! Mistakes that sequences of operations beside a naive model have found: see `fuzz/README.md`.

use super::*;

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
fn a_target_that_comes_after_the_rounds_is_probed_as_often_as_the_others() {
    for count in 1..4 {
        let mut world = World::new(rounds(count), Need::All, 2);
        world.engine.expect(true);
        world.go_on(|_| ANSWERED);
        assert_eq!(world.sent.len(), 2 * count as usize);
        world.engine.add(2);
        world.engine.unresolved(3);
        world.engine.expect(false);
        world.go_on(|_| ANSWERED);
        let sent: Vec<u32> = (0..4).map(|target| world.row(target).sent).collect();
        assert_eq!(sent, [count, count, count, 0]);
    }
}

#[test]
fn rounds_without_end_end_when_there_is_nobody_to_probe() {
    let mut world = World::new(endless(SECOND), Need::All, 0);
    world.engine.expect(true);
    world.engine.add(2);
    world.engine.unresolved(0);
    world.engine.unresolved(1);
    world.engine.expect(false);
    assert_eq!(world.engine.poll(world.now), Step::Done);
}
