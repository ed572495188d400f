//! What the terminal gets, and when.

use super::*;

#[test]
fn text_comes_before_and_after_the_view_and_waits_behind_it() {
    let mut run = run(LOOK, (80, 24), 1);
    run.tell(&Event::Warning("something"));
    assert!(run.person.borrow().is_shown);
    run.tell(&Event::Finished(&Summary::default(), &Nothing));
    let person = run.person.borrow();
    assert!(!person.is_shown);
    assert_eq!(person.told.first().unwrap(), "Started");
    assert_eq!(person.told.last().unwrap(), "Finished");
    let between = &person.told[1..person.told.len() - 1];
    assert!(between.iter().all(|told| told.starts_with("behind ")));
    assert!(!between.iter().any(|told| told.contains("Progress")));
}

#[derive(Debug)]
struct Nothing;

impl crate::event::Results for Nothing {
    fn row(&self, _: TargetNumber) -> crate::event::Row {
        crate::event::Row::default()
    }
}

#[test]
fn terminal_that_takes_nothing_at_the_end_gets_no_text() {
    let mut run = run(LOOK, (80, 24), 1);
    run.person.borrow_mut().is_stuck = true;
    run.tell(&Event::Finished(&Summary::default(), &Nothing));
    assert_eq!(run.live.curtain.get(), Curtain::Stuck);
}

#[test]
fn frames_are_dropped_while_the_terminal_does_not_take_them() {
    let mut run = run(LOOK, (80, 24), 1);
    run.person.borrow_mut().is_blocked = true;
    let before = run.person.borrow().frames.len();
    for number in 1..50 {
        let probe = run.send(0, number);
        run.answer(probe, 1000, Standing::Reply);
        run.pass(200);
    }
    assert_eq!(run.person.borrow().frames.len(), before);
    run.person.borrow_mut().is_blocked = false;
    run.pass(200);
    assert_eq!(run.person.borrow().frames.len(), before + 1);
}

#[test]
fn nothing_is_drawn_where_nothing_changed() {
    let mut run = run(LOOK, (80, 24), 1);
    run.pass(200);
    let before = run.person.borrow().frames.len();
    for _ in 0..3 {
        run.pass(200);
    }
    assert_eq!(run.person.borrow().frames.len(), before, "within a second");
    run.pass(200);
    assert_eq!(run.person.borrow().frames.len(), before + 1, "the clock");
}

#[test]
fn screen_that_changed_is_drawn_as_a_whole_in_its_new_size() {
    let mut run = run(LOOK, (80, 24), 3);
    run.person.borrow_mut().size = Size::new(40, 10);
    run.person.borrow_mut().has_changed = true;
    run.live.flush().unwrap();
    run.pass(200);
    let person = run.person.borrow();
    let frame = person.frames.last().unwrap();
    assert!(frame.contains("\x1b[2J"));
    assert!(!frame.contains("\x1b[24;"), "{frame:?}");
}

#[test]
fn thousand_targets_cost_few_octets_a_second() {
    let targets = (0..1000).map(|number| {
        let address = format!("10.0.{}.{}", number / 250, number % 250 + 1);
        (String::new(), address, String::new())
    });
    let mut run = Run::new(Known(targets.collect()), LOOK, (200, 50));
    run.start();
    let (mut octets, mut frames) = (0, 0);
    for second in 0..60 {
        for part in 0..5 {
            for target in part * 200..(part + 1) * 200 {
                let probe = run.send(target, second);
                // From one octave to the next and back.
                let noise = (second * 7919 + u64::from(target) * 104_729) % 1000;
                run.answer(probe, 1000 + 2 * noise, Standing::Reply);
            }
            run.pass(200);
        }
        let mut person = run.person.borrow_mut();
        if second >= 30 {
            octets += person.frames.iter().map(String::len).sum::<usize>();
            frames += person.frames.len();
        }
        person.frames.clear();
    }
    assert!(frames <= 5 * 30, "{frames}");
    assert!(octets / 30 <= 20_000, "{} octets a second", octets / 30);
}
