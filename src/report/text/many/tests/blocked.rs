//! Lines that the reader does not accept.

use super::*;
use crate::report::outlet::tests::Held;

fn printer(style: Style, many: ManyStyle) -> Printer<Held> {
    super::printer(three(), style, many)
}

fn progress(done: u64) -> Progress {
    Progress {
        elapsed: Duration::from_secs(3),
        probes: done,
        alive: 0,
        stage: Stage::Rounds {
            of: None,
            remaining: None,
        },
    }
}

#[test]
fn what_was_kept_follows_when_the_loop_asks_for_it() {
    let mut report = printer(Style::default(), ManyStyle::default());
    report.block(true, false);
    report.tell(&[Event::Answered(&answer(0, 1, 100))]);
    assert_eq!(report.flush().unwrap(), Backpressure::Blocked);
    report.block(false, false);
    assert_eq!(report.flush().unwrap(), Backpressure::Free);
    let out = report.out.get();
    assert_eq!(out.taken.lines().count(), 1);
    assert_eq!(out.lasting, "");
}

#[test]
fn who_is_alive_is_a_result_and_never_given_up() {
    let start = Start::Several(who_is_alive());
    let row = answered(1, 523);
    let events = [
        Event::Started(&start),
        Event::Decided {
            target: 0,
            row: &row,
        },
    ];
    for (style, many) in [
        (Style::default(), ManyStyle::default()),
        (quiet(), only(Listed::Alive)),
    ] {
        let mut report = printer(style, many);
        report.block(true, true);
        report.tell(&events);
        assert_eq!(report.flush().unwrap(), Backpressure::Blocked);
        let out = report.out.get();
        assert!(out.lasting.contains("198.51.100.7"), "{out:?}");
        assert_eq!(out.lasting, out.kept);
    }
}

#[test]
fn lines_that_were_given_up_are_told_once_when_both_flow() {
    let mut report = printer(Style::default(), ManyStyle::default());
    report.block(false, true);
    report.out.change().given_up = 42;
    assert_eq!(report.flush().unwrap(), Backpressure::Blocked);
    assert_eq!(report.err.get().kept, "");
    report.block(false, false);
    for _ in 0..2 {
        assert_eq!(report.flush().unwrap(), Backpressure::Free);
    }
    assert_eq!(
        report.err.get().taken,
        "rping: 42 lines dropped: the reader of the output fell behind\n"
    );
}

#[test]
fn the_end_waits_for_its_readers_and_comes_behind_everything() {
    let (total, rows) = (total(), rows());
    for bare in [false, true] {
        let mut report = if bare {
            printer(quiet(), only(Listed::Alive))
        } else {
            printer(Style::default(), ManyStyle::default())
        };
        let row = answered(1, 523);
        let decided = Event::Decided {
            target: 0,
            row: &row,
        };
        report.tell(&[Event::Started(&Start::Several(who_is_alive())), decided]);
        report.block(true, true);
        report.err.change().given_up = 1;
        report.tell(&[Event::Finished(&total, &rows)]);
        let (out, err) = (report.out.get(), report.err.get());
        assert!(out.settled && err.settled);
        assert!(out.taken.starts_with("198.51.100.7") || !bare, "{out:?}");
        assert!(err.taken.starts_with("rping: 1 line dropped"), "{err:?}");
        let statistics = if bare { &err.taken } else { &out.taken };
        assert!(statistics.contains("2 of 3 targets alive"), "{statistics}");
    }
}

#[test]
fn a_line_of_progress_that_nobody_reads_is_not_written_again() {
    let many = ManyStyle {
        progress: Some(80),
        ..ManyStyle::default()
    };
    let mut report = printer(Style::default(), many);
    report.tell(&[Event::Progress(&progress(1))]);
    report.block(false, true);
    for done in 2..1000 {
        let progress = progress(done);
        let answer = answer(0, 1, 100);
        report.tell(&[Event::Progress(&progress), Event::Answered(&answer)]);
        report.flush().unwrap();
    }
    // The old progress line is erased for the first line of standard output, and no new one is written.
    let kept = report.err.get().kept.clone();
    assert!(kept.trim_matches([' ', '\r']).is_empty(), "{kept:?}");
    assert!(kept.len() < 100, "{kept:?}");
    report.block(false, false);
    report.tell(&[Event::Progress(&progress(1000))]);
    assert!(report.err.get().taken.contains("1000 probes"));
}
