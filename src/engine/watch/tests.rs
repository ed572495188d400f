//! One target after the other, probe by probe. Probes are sent one second apart.

use std::num::NonZero;

use proptest::prelude::*;

use super::*;
use crate::event::Problem;
use crate::wire::icmpv4;

use PathState::{Down as LOST, Unknown as NOT_KNOWN, Up as ANSWERED};

const SECOND: Duration = Duration::from_secs(1);

fn number(number: u32) -> NonZero<u32> {
    NonZero::new(number).unwrap()
}

fn watching(after: u32, until: Option<Until>) -> Watching {
    Watching {
        after: number(after),
        until,
        window: None,
        is_asked: true,
    }
}

fn watch(after: u32) -> Watch {
    Watch::new(watching(after, None))
}

fn probe(target: TargetNumber, number: u16) -> ProbeId {
    ProbeId {
        target,
        number: number.into(),
        sequence: number,
    }
}

fn left(number: u16) -> Duration {
    SECOND * number.into()
}

fn pass_to(watch: &mut Watch, target: TargetNumber, number: u16, path: PathState) {
    let past = PastProbe {
        sequence: number,
        left: left(number),
        path,
    };
    watch.pass(probe(target, number), &past);
}

fn pass(watch: &mut Watch, paths: &[PathState]) {
    for (number, path) in (0..).zip(paths) {
        pass_to(watch, 0, number, *path);
    }
}

/// The reported transitions: the first lost probe, how many were lost, and the length of the outage if it is over.
fn reported(watch: &mut Watch) -> Vec<(u16, u64, Option<Duration>)> {
    let all = std::iter::from_fn(|| watch.next());
    all.map(|transition| match transition {
        Transition::Down(down) => (down.first.sequence, down.probes, None),
        Transition::Up(up) => {
            let outage = up.outage;
            (up.first.sequence, outage.probes, Some(outage.length))
        }
        Transition::Changed(change) => panic!("{change:?}"),
    })
    .collect()
}

#[test]
fn losses_before_and_after_a_suspended_but_answered_probe_are_not_in_a_row() {
    let mut watch = watch(3);
    pass(&mut watch, &[LOST, LOST, NOT_KNOWN]);
    watch.answered(probe(0, 2), left(2));
    pass_to(&mut watch, 0, 3, LOST);
    pass_to(&mut watch, 0, 4, LOST);
    assert_eq!(reported(&mut watch), []);
    pass_to(&mut watch, 0, 5, LOST);
    assert_eq!(reported(&mut watch), [(3, 3, None)]);
}

#[test]
fn target_is_down_after_enough_losses_in_a_row_and_up_with_the_next_reply() {
    let mut watch = watch(3);
    pass(&mut watch, &[ANSWERED, LOST, LOST]);
    assert_eq!(reported(&mut watch), []);
    pass_to(&mut watch, 0, 3, LOST);
    pass_to(&mut watch, 0, 4, LOST);
    assert_eq!(reported(&mut watch), [(1, 3, None)]);
    pass_to(&mut watch, 0, 5, ANSWERED);
    assert_eq!(reported(&mut watch), [(1, 4, Some(4 * SECOND))]);
}

#[test]
fn reply_between_losses_restarts_the_count() {
    let mut watch = watch(2);
    pass(&mut watch, &[LOST, ANSWERED, LOST, ANSWERED, LOST]);
    assert_eq!(reported(&mut watch), []);
}

#[test]
fn unknown_outcome_neither_counts_nor_interrupts_losses() {
    let mut watch = watch(2);
    pass(&mut watch, &[LOST, NOT_KNOWN, NOT_KNOWN, LOST]);
    assert_eq!(reported(&mut watch), [(0, 2, None)]);
}

#[test]
fn targets_are_counted_apart() {
    let mut watch = watch(2);
    for round in 0..2 {
        pass_to(&mut watch, 1, round, LOST);
        pass_to(&mut watch, 2, round, ANSWERED);
        pass_to(&mut watch, 3, round, LOST);
    }
    let down = std::iter::from_fn(|| watch.next()).map(|transition| match transition {
        Transition::Down(down) => down.first.target,
        other => panic!("{other:?}"),
    });
    assert_eq!(down.collect::<Vec<_>>(), [1, 3]);
}

#[test]
fn targets_that_answer_take_no_memory() {
    let mut watch = watch(2);
    for target in 0..1000 {
        pass_to(&mut watch, target, 0, LOST);
        pass_to(&mut watch, target, 1, ANSWERED);
    }
    let kept = [
        watch.losing.len(),
        watch.answering.len(),
        watch.resumed.len(),
    ];
    assert_eq!(kept, [0; 3]);
}

#[test]
fn reply_ends_an_outage_and_older_probes_in_flight_are_ignored() {
    let mut watch = watch(2);
    pass(&mut watch, &[LOST, LOST]);
    watch.answered(probe(0, 5), left(5));
    assert_eq!(
        reported(&mut watch),
        [(0, 2, None), (0, 2, Some(5 * SECOND))]
    );
    for number in 2..5 {
        pass_to(&mut watch, 0, number, LOST);
    }
    pass_to(&mut watch, 0, 5, ANSWERED);
    pass_to(&mut watch, 0, 6, LOST);
    assert_eq!(reported(&mut watch), []);
    pass_to(&mut watch, 0, 7, LOST);
    assert_eq!(reported(&mut watch), [(6, 2, None)]);
}

#[test]
fn reply_to_a_probe_from_before_the_outage_does_not_end_it() {
    let mut watch = watch(2);
    pass(&mut watch, &[NOT_KNOWN, NOT_KNOWN, LOST, LOST]);
    watch.answered(probe(0, 1), left(1));
    assert_eq!(reported(&mut watch), [(2, 2, None)]);
}

#[test]
fn slow_reply_clears_losses_before_the_target_is_down() {
    let mut watch = watch(3);
    pass(&mut watch, &[LOST, LOST]);
    watch.answered(probe(0, 0), left(0));
    watch.answered(probe(0, 1), left(1));
    pass_to(&mut watch, 0, 2, LOST);
    assert_eq!(reported(&mut watch), []);
}

#[test]
fn outage_ended_by_a_slow_reply_lasts_until_its_last_probe() {
    let mut watch = watch(3);
    pass(&mut watch, &[LOST, LOST, LOST]);
    watch.answered(probe(0, 0), left(0));
    assert_eq!(
        reported(&mut watch),
        [(0, 3, None), (0, 3, Some(2 * SECOND))]
    );
}

fn unreachable() -> Reason {
    Reason::Rejected {
        problem: Problem::V4(icmpv4::Problem::from_parts(3, 1, 0)),
        reporter: None,
    }
}

#[test]
fn reason_of_an_outage_is_not_older_than_the_outage() {
    for (rejected, reason) in [(0, None), (2, Some(unreachable()))] {
        let mut watch = watch(3);
        watch.explain(probe(0, rejected), unreachable());
        pass(&mut watch, &[LOST, ANSWERED, LOST, LOST, LOST]);
        let Some(Transition::Down(down)) = watch.next() else {
            panic!("it is not down");
        };
        assert_eq!((down.reason, down.sent), (reason, left(2)));
    }
}

#[test]
fn losses_before_and_after_a_suspension_are_not_in_a_row() {
    let mut watch = watch(3);
    pass(&mut watch, &[LOST, LOST]);
    watch.suspended();
    pass_to(&mut watch, 0, 2, LOST);
    assert_eq!(reported(&mut watch), []);
    pass_to(&mut watch, 0, 3, LOST);
    pass_to(&mut watch, 0, 4, LOST);
    assert_eq!(reported(&mut watch), [(2, 3, None)]);
    watch.suspended();
    pass_to(&mut watch, 0, 5, ANSWERED);
    let up = reported(&mut watch);
    assert_eq!(up, [(2, 3, Some(3 * SECOND))], "down stays down");
}

#[test]
fn outage_at_the_end_of_the_run_lasts_until_its_last_probe_times_out() {
    let mut watch = watch(2);
    pass(&mut watch, &[ANSWERED, LOST, LOST, LOST]);
    let time = watch.time_down(0, |left| left + SECOND / 2).unwrap();
    assert_eq!(time.outage.length, 5 * SECOND / 2);
    assert_eq!((time.outage.probes, time.outage.last), (3, 3));
    assert_eq!(watch.time_down(1, |left| left), None);
}

#[test]
fn run_until_down_ends_when_one_target_has_enough_losses() {
    let mut watch = Watch::new(watching(2, Some(Until::Down(number(3)))));
    for round in 0..2 {
        pass_to(&mut watch, 0, round, ANSWERED);
        pass_to(&mut watch, 1, round, LOST);
        assert!(!watch.is_reached(2));
    }
    pass_to(&mut watch, 1, 2, LOST);
    assert!(watch.is_reached(2));
}

#[test]
fn run_until_up_ends_when_all_targets_have_enough_replies_in_a_row() {
    let mut watch = Watch::new(watching(3, Some(Until::Up(number(2)))));
    assert!(!watch.is_reached(0), "no target is up");
    let answer = |watch: &mut Watch, target, number| {
        watch.answered(probe(target, number), left(number));
        watch.is_reached(2)
    };
    assert!(!answer(&mut watch, 0, 0));
    assert!(!answer(&mut watch, 0, 1));
    assert!(!answer(&mut watch, 1, 0));
    pass_to(&mut watch, 1, 1, LOST);
    assert!(!answer(&mut watch, 1, 2));
    assert!(!answer(&mut watch, 1, 2), "each answer counts once");
    pass_to(&mut watch, 0, 2, LOST);
    assert!(!answer(&mut watch, 1, 3), "the other one is no longer up");
    assert!(!answer(&mut watch, 0, 3));
    assert!(answer(&mut watch, 0, 4));
}

/// The same by counting back from each probe.
fn by_counting_back(paths: &[PathState], after: usize) -> Vec<(u16, u64, Option<Duration>)> {
    let known: Vec<(u16, PathState)> = (0..)
        .zip(paths)
        .map(|(number, path)| (number, *path))
        .filter(|(_, path)| *path != NOT_KNOWN)
        .collect();
    let mut reported = Vec::new();
    for (place, (number, path)) in known.iter().enumerate() {
        let before = known[..place].iter().rev();
        let lost: Vec<u16> = before
            .take_while(|(_, path)| *path == LOST)
            .map(|(number, _)| *number)
            .collect();
        let first = lost.last().copied();
        match path {
            LOST if lost.len() + 1 == after => {
                reported.push((first.unwrap_or(*number), after as u64, None));
            }
            ANSWERED if lost.len() >= after => {
                let first = first.unwrap();
                let length = left(number - first);
                reported.push((first, lost.len() as u64, Some(length)));
            }
            _ => {}
        }
    }
    reported
}

proptest! {
    #[test]
    fn transitions_match_counting_back_from_each_probe(
        paths in prop::collection::vec(
            prop_oneof![3 => Just(LOST), 2 => Just(ANSWERED), 1 => Just(NOT_KNOWN)],
            0..60,
        ),
        after in 1_u32..5,
    ) {
        let mut watch = watch(after);
        pass(&mut watch, &paths);
        prop_assert_eq!(reported(&mut watch), by_counting_back(&paths, after as usize));
    }

    /// Replies overtake probes in flight, and this host is suspended now and then.
    #[test]
    fn down_and_up_alternate_in_any_order_of_events(
        steps in prop::collection::vec((0_u8..4, 0_u16..4, 0_u32..2), 0..200),
        after in 1_u32..4,
    ) {
        let mut watch = watch(after);
        let mut next = [0_u16; 2];
        let mut is_down = [false; 2];
        for (step, ahead, target) in steps {
            let number = next[target as usize];
            match step {
                0 | 1 => {
                    pass_to(&mut watch, target, number, if step == 0 { LOST } else { ANSWERED });
                    next[target as usize] += 1;
                }
                2 => watch.answered(probe(target, number + ahead), left(number + ahead)),
                _ => watch.suspended(),
            }
            while let Some(transition) = watch.next() {
                let (of, down) = match transition {
                    Transition::Down(down) => (down.first.target, true),
                    Transition::Up(up) => (up.first.target, false),
                    Transition::Changed(change) => panic!("{change:?}"),
                };
                prop_assert_ne!(is_down[of as usize], down);
                is_down[of as usize] = down;
            }
        }
    }
}
