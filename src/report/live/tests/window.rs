//! The last part of a run, beside all of it.

use super::*;

const WINDOWED: Look = Look {
    window: Some(Duration::from_secs(20)),
    ..LOOK
};

/// Two targets: one lost half of its probes long ago, the other one loses them now.
fn two(size: (u16, u16)) -> Run {
    let targets = known(&[
        ("before.example", "192.0.2.1", ""),
        ("now.example", "192.0.2.2", ""),
    ]);
    let mut run = Run::new(targets, WINDOWED, size);
    run.start();
    for second in 0..60 {
        for target in 0..2 {
            let probe = run.send(target, second);
            let is_lost = match target {
                0 => second < 30,
                _ => second >= 50,
            };
            if is_lost {
                run.lose(probe);
            } else {
                run.answer(probe, 1000 + 100 * second, Standing::Reply);
            }
        }
        run.pass(1000);
    }
    run
}

#[test]
fn figures_of_the_window_stand_beside_those_of_the_run() {
    let screens = [(40, 10), (80, 12), (200, 12)].map(|size| two(size).screen());
    let mut details = two((100, 14));
    details.press("\r");
    insta::assert_snapshot!(format!("{}\n\n{}", screens.join("\n\n"), details.screen()));
}

#[test]
fn worst_lately_is_another_order_where_there_is_a_window() {
    let mut run = two((80, 12));
    run.screen();
    assert_eq!(run.live.view.order, [0, 1], "of the whole run");
    run.press("s");
    assert_eq!(run.live.view.order, [1, 0]);
    assert!(run.screen().contains("worst lately first"));
    let mut without = super::run(LOOK, (80, 24), 3);
    without.press("s");
    assert!(without.screen().contains("slowest first"));
}

#[test]
fn window_has_what_became_of_probes_that_left_in_it() {
    let run = two((80, 12));
    let recent = |target| {
        run.live
            .model
            .recent(run.live.model.target(target))
            .unwrap()
    };
    let (before, now) = (recent(0), recent(1));
    // Of 19 to 20 seconds: the last whole one has just begun.
    assert_eq!((before.lost, before.received), (0, 19));
    assert_eq!((now.lost, now.received), (10, 9));
    assert_eq!(before.max, Some(Duration::from_micros(6900)));
    assert_eq!(before.p99, before.max);
}

#[test]
fn late_answers_do_not_count_in_the_window_and_a_reset_empties_it() {
    let mut run = Run::new(known(&[("", "192.0.2.1", "")]), WINDOWED, (80, 12));
    run.start();
    let [first, second] = [0, 1].map(|number| run.send(0, number));
    run.lose(first);
    run.lose(second);
    run.answer(first, 1_500_000, Standing::Late);
    let recent = run.live.model.recent(run.live.model.target(0)).unwrap();
    assert_eq!(
        (recent.lost, recent.received),
        (2, 0),
        "with a timeout they do not"
    );
    run.press("r");
    let recent = run.live.model.recent(run.live.model.target(0)).unwrap();
    assert_eq!(recent.known(), 0);
}
