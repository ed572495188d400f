//! What keys do.

use super::*;

/// The names in the rows of the table.
fn rows(run: &mut Run) -> Vec<TargetNumber> {
    run.screen();
    run.live.view.order.clone()
}

#[test]
fn worst_targets_come_first_and_equals_as_they_were_given() {
    let mut run = run(LOOK, (80, 24), 60);
    // Rejected, lost, lost some, late; then by p99. What was never probed is last.
    assert_eq!(rows(&mut run), [8, 5, 3, 1, 2, 7, 6, 4, 0, 9, 10]);
}

#[test]
fn order_changes_once_a_second_and_not_while_it_is_frozen() {
    let mut run = run(LOOK, (80, 24), 60);
    let before = rows(&mut run);
    for number in 60..90 {
        let probe = run.send(0, number);
        run.lose(probe);
    }
    run.pass(200);
    assert_eq!(rows(&mut run), before);
    run.press("f");
    run.pass(1000);
    assert_eq!(rows(&mut run), before);
    run.press("f");
    run.pass(1000);
    assert_ne!(rows(&mut run), before);
}

#[test]
fn s_puts_rows_into_other_orders() {
    let mut run = run(LOOK, (80, 24), 60);
    run.press("s");
    assert_eq!(rows(&mut run)[0], 2, "the slowest");
    run.press("sss");
    assert_eq!(rows(&mut run), (0..11).collect::<Vec<_>>(), "as given");
}

#[test]
fn filter_hides_rows_and_escape_shows_them_again() {
    let mut run = run(LOOK, (80, 24), 3);
    run.press("/WEB");
    assert_eq!(rows(&mut run), [1]);
    assert!(run.screen().contains("10 hidden"));
    run.press("q");
    assert!(!run.person.borrow().has_ended, "it is a letter");
    assert!(rows(&mut run).is_empty());
    run.press("\x7f\r");
    assert_eq!(rows(&mut run), [1]);
    run.press_escape();
    assert_eq!(rows(&mut run).len(), 11);
}

#[test]
fn escape_goes_one_step_back_and_never_ends_the_run() {
    let mut run = run(LOOK, (80, 24), 3);
    run.press("/e\r\x1b[B\r");
    assert!(run.live.view.details.is_some());
    run.press_escape();
    assert!(run.live.view.details.is_none() && run.live.view.filter == "e");
    run.press("?");
    run.press_escape();
    assert!(!run.live.view.helps);
    run.press_escape();
    assert!(run.live.view.filter.is_empty() && run.live.view.selected.is_some());
    run.press_escape();
    assert!(run.live.view.selected.is_none());
    run.press_escape();
    assert!(!run.person.borrow().has_ended);
}

#[test]
fn q_and_interrupt_end_the_run() {
    for keys in ["q", "\x03", "/\x03"] {
        let mut run = run(LOOK, (80, 24), 3);
        run.press(keys);
        assert!(run.person.borrow().has_ended, "{keys:?}");
    }
}

#[test]
fn selected_row_stays_on_the_screen_and_is_the_same_target_in_another_order() {
    let mut run = run(LOOK, (40, 10), 60);
    run.press("\x1b[F");
    let last = *rows(&mut run).last().unwrap();
    assert_eq!(run.live.view.selected, Some(last));
    assert!(run.live.view.offset > 0);
    run.press("\x1b[H");
    assert_eq!((run.live.view.selected, run.live.view.offset), (Some(8), 0));
    run.press("\x1b[6~");
    run.screen();
    let selected = run.live.view.selected;
    run.press("ss");
    run.screen();
    let place = run
        .live
        .view
        .order
        .iter()
        .position(|it| Some(*it) == selected);
    let view = &run.live.view;
    assert_eq!(view.selected, selected);
    assert!((view.offset..view.offset + view.rows).contains(&place.unwrap()));
}

#[test]
fn held_display_stands_still_with_its_clock_while_the_run_goes_on() {
    let mut run = run(LOOK, (80, 24), 10);
    let keys_of_held = |screen: &str| screen.lines().last().unwrap().starts_with("HELD");
    let before = run.screen();
    run.press(" ");
    let held = run.screen();
    assert!(keys_of_held(&held));
    for number in 10..20 {
        let probe = run.send(0, number);
        run.lose(probe);
        run.pass(1000);
    }
    assert_eq!(run.screen(), held);
    let without_keys = |screen: &str| screen.rsplit_once('\n').unwrap().0.to_owned();
    assert_eq!(without_keys(&held), without_keys(&before));
    let frames = run.person.borrow().frames.len();
    run.pass(1000);
    assert_eq!(run.person.borrow().frames.len(), frames, "nothing is drawn");
    run.press(" ");
    run.pass(200);
    let after = run.screen();
    assert!(!keys_of_held(&after) && after.contains("00:21"), "{after}");
}

#[test]
fn r_lets_figures_begin_anew_and_probes_in_flight_belong_to_neither() {
    let mut run = run(LOOK, (200, 24), 10);
    let in_flight = run.send(0, 10);
    run.press("r");
    run.answer(in_flight, 1000, Standing::Reply);
    assert_eq!(run.live.model.target(0).figures.sent(), 0);
    let probe = run.send(0, 11);
    run.lose(probe);
    let figures = &run.live.model.target(0).figures;
    assert_eq!((figures.sent(), figures.loss()), (1, Some(100.0)));
}

#[test]
fn eight_targets_can_be_marked_and_marks_taken_away() {
    let mut run = run(LOOK, (80, 24), 3);
    run.screen();
    run.press(&"m\x1b[B".repeat(12));
    assert_eq!(run.live.view.marks.len(), 8);
    let first = run.live.view.marks[0];
    run.live.view.selected = Some(first);
    run.press("m");
    assert!(!run.live.view.marks.contains(&first));
}

#[test]
fn tab_goes_round_and_g_to_the_graph_and_back() {
    let mut run = run(LOOK, (80, 24), 3);
    let tab = |run: &Run| run.live.view.tab.word();
    let mut seen = Vec::new();
    for _ in 0..4 {
        run.press("\t");
        seen.push(tab(&run));
    }
    assert_eq!(seen, ["map", "graph", "log", "table"]);
    run.press("\x1b[Z");
    assert_eq!(tab(&run), "log");
    run.press("g");
    assert_eq!(tab(&run), "graph");
    run.press("g");
    assert_eq!(tab(&run), "table");
}

#[test]
fn plus_and_minus_change_the_time_that_the_graph_shows() {
    let mut run = run(LOOK, (80, 24), 3);
    assert_eq!(run.live.view.window(), 60);
    run.press("+");
    assert_eq!(run.live.view.window(), 30);
    run.press(&"-".repeat(20));
    assert_eq!(run.live.view.window(), 86_400);
    run.press(&"+".repeat(20));
    assert_eq!(run.live.view.window(), 10);
}

#[test]
fn keys_explained_by_help_are_those_that_there_are() {
    let mut run = run(LOOK, (80, 60), 3);
    run.press("?");
    let help = run.screen();
    let page = include_str!("../../../../docs/live.md");
    for (keys, does) in control::KEYS.into_iter().chain([control::HOLD]) {
        assert!(help.contains(&format!("{keys:9} {does}")), "{keys}");
    }
    run.live.play(PLAYING);
    let help = run.screen();
    for (keys, does) in control::KEYS.into_iter().chain(control::KEYS_OF_REPLAY) {
        assert!(help.contains(&format!("{keys:9} {does}")), "{keys}");
        for key in keys.split(' ') {
            let is_told = page.contains(&format!("`{key}`")) || key == "arrows";
            assert!(is_told, "docs/live.md lacks {key}");
        }
    }
}

const PLAYING: Playback = Playback {
    length: Duration::from_secs(3600),
    speed: 4.0,
    state: State::Playing,
};

#[test]
fn keys_of_a_recorded_run_ask_for_other_moments_of_it_and_hold_it() {
    let mut run = run(LOOK, (80, 24), 3);
    run.live.play(PLAYING);
    // A tenth of the minute that the graph shows, then of half a minute.
    run.press("\x1b[D\x1b[C+<> pn[]");
    let [six, three] = [6, 3].map(Duration::from_secs);
    assert_eq!(
        run.person.borrow().wishes,
        [
            Wish::Back(six),
            Wish::On(six),
            Wish::Back(three),
            Wish::On(three),
            Wish::Hold,
            Wish::Previous,
            Wish::Next,
            Wish::Slower,
            Wish::Faster,
        ]
    );
    assert!(run.live.held.is_none(), "the run stands, not the display");
}

#[test]
fn arrows_choose_a_cell_in_the_map_of_a_recorded_run() {
    let mut run = run(LOOK, (80, 24), 3);
    run.live.play(PLAYING);
    run.press("\t\x1b[C\x1b[C>");
    assert_eq!(run.live.view.selected, Some(1));
    assert_eq!(
        run.person.borrow().wishes,
        [Wish::On(Duration::from_secs(6))]
    );
    run.press("\r\x1b[D");
    assert_eq!(run.person.borrow().wishes.len(), 2, "details cover the map");
}

#[test]
fn letters_of_a_filter_ask_nothing_of_a_recorded_run() {
    let mut run = run(LOOK, (80, 24), 3);
    run.live.play(PLAYING);
    run.press("/pn [<\r");
    assert_eq!(run.live.view.filter, "pn [<");
    assert!(run.person.borrow().wishes.is_empty());
}
