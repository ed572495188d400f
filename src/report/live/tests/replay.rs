//! A recorded run in the view.

use proptest::prelude::*;

use super::*;
use crate::report::json::replay::tests::{damaged, recorded};
use crate::report::json::replay::{Line, Player, Recording};

/// What tells these lines, if they are a run.
fn player(lines: &[String]) -> Option<Player> {
    let mut recording = Recording::default();
    for line in lines {
        recording.look_at(Line::read(line).unwrap());
    }
    Some(recording.player()?.telling_departures())
}

fn watched(player: &Player, size: (u16, u16)) -> Run {
    let names = known(&[("host.example", "192.0.2.1", "")]);
    let mut run = Run::new(names, LOOK, size);
    let directory = player.targets();
    run.live.model = Model::new(directory.len(), Some(Duration::from_secs(2)));
    run.live.view = View::new(directory.len(), true);
    run.live.who = Who::new(
        directory,
        false,
        Style::default(),
        Box::new(NoNames) as Box<dyn Names>,
    );
    run
}

fn tell(run: &mut Run, player: &mut Player, line: &str) {
    let line = Line::read(line).unwrap();
    run.now = line.time();
    if !line.is_end() {
        player.tell(line, &mut run.live).unwrap();
    }
}

#[test]
fn recorded_run_without_departures_has_its_probes_in_the_graph_and_the_log() {
    let lines = recorded();
    let mut player = player(&lines).unwrap();
    let mut run = watched(&player, (80, 24));
    for line in &lines {
        tell(&mut run, &mut player, line);
        run.pass(0);
    }
    let target = run.live.model.target(0);
    let fates: Vec<_> = target.history.since(Duration::ZERO).collect();
    assert_eq!(fates.len(), 5);
    assert_eq!(fates[3].at(), Duration::from_secs(3), "by its timeout");
    let figures = &target.figures;
    assert_eq!(
        (
            figures.received,
            figures.lost,
            figures.rejected,
            figures.in_flight
        ),
        (2, 2, 1, 0)
    );
    assert_eq!(run.live.newest_entry(), Some(Duration::from_millis(4012)));
    let down = Duration::from_secs(4);
    assert_eq!(
        run.live.entry_before(Duration::from_millis(4012)),
        Some(down)
    );
    assert_eq!(run.live.entry_before(down), None);
    run.live.rewind();
    assert_eq!(run.live.model.target(0).figures.sent(), 0);
    assert!(run.person.borrow().is_shown);
}

#[test]
fn beginning_that_is_told_again_does_not_take_the_terminal_over_again() {
    let lines = recorded();
    let mut told = player(&lines).unwrap();
    let mut run = watched(&told, (80, 24));
    tell(&mut run, &mut told, &lines[0]);
    let frames = run.person.borrow().frames.len();
    run.live.rewind();
    tell(&mut run, &mut told, &lines[0]);
    assert_eq!(run.person.borrow().frames.len(), frames);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn damaged_run_is_shown_without_harm(lines in damaged()) {
        if let Some(mut player) = player(&lines) {
            let mut run = watched(&player, (60, 12));
            for line in &lines {
                tell(&mut run, &mut player, line);
                run.pass(200);
            }
            for key in ["\t", "\t", "\t", "\r", "s", "ss"] {
                let screen = run.screen();
                prop_assert!(!screen.contains('\x1b'));
                run.press(key);
            }
        }
    }
}
