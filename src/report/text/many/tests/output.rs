//! When and where output is written.

use super::*;

fn with<'a>(outlets: (impl Outlet + 'a, impl Outlet + 'a), many: ManyStyle) -> Text<'a> {
    let styles = (Style::default(), many);
    Text::of_many(styles, "rping", Rc::new(three()), outlets, NoNames)
}

#[test]
fn lines_are_gathered_until_they_are_to_be_seen() {
    let mut report = report(three(), Style::default(), ManyStyle::default());
    report.event(&Event::Started(&rounds()), &noon).unwrap();
    for sequence in 0..100 {
        let answer = answer(0, sequence, 100);
        report.event(&Event::Answered(&answer), &noon).unwrap();
    }
    assert_eq!(report.out.get().writes.len(), 0);
    report.flush().unwrap();
    report.flush().unwrap();
    let out = report.out.get();
    assert_eq!((out.writes.len(), out.flushes), (1, 1));
    assert_eq!(out.text().lines().count(), 101);
}

#[test]
fn a_long_turn_is_written_in_whole_lines() {
    let mut report = report(three(), Style::default(), ManyStyle::default());
    for sequence in 0..10_000 {
        let answer = answer(1, sequence, 100);
        report.event(&Event::Answered(&answer), &noon).unwrap();
    }
    report.flush().unwrap();
    let writes = &report.out.get().writes;
    assert!((15..30).contains(&writes.len()), "{}", writes.len());
    assert!(writes.iter().all(|write| write.ends_with(b"\n")));
    assert!(writes.iter().all(|write| write.len() < 33 * 1024));
}

#[test]
fn a_message_comes_behind_what_was_told_before_it() {
    let mut report = report(three(), Style::default(), ManyStyle::default());
    let answer = answer(0, 1, 100);
    report.event(&Event::Answered(&answer), &noon).unwrap();
    report.event(&Event::Warning("odd"), &noon).unwrap();
    let (out, err) = (report.out.get(), report.err.get());
    assert_eq!((out.writes.len(), err.writes.len()), (1, 1));
    assert_eq!((out.flushes, err.flushes), (1, 1));
}

#[test]
fn the_last_event_is_flushed() {
    let mut report = report(three(), Style::default(), ManyStyle::default());
    let (total, rows) = (total(), rows());
    let event = Event::Finished(&total, &rows);
    report.event(&event, &noon).unwrap();
    assert!(report.texts().0.ends_with("came late (1 not counted)\n"));
    assert_eq!(report.out.get().flushes, 1);
}

#[test]
fn a_broken_pipe_is_told_to_the_caller() {
    let mut report = with((Broken, Notes::default()), ManyStyle::default());
    let answer = answer(0, 1, 100);
    report.event(&Event::Answered(&answer), &noon).unwrap();
    let error = report.flush().unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    let (total, rows) = (total(), rows());
    let event = Event::Finished(&total, &rows);
    let error = report.event(&event, &noon).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
}

#[test]
fn that_nobody_reads_messages_is_no_reason_to_stop() {
    let many = ManyStyle {
        progress: Some(80),
        ..ManyStyle::default()
    };
    let mut report = with((Notes::default(), Broken), many);
    let progress = Progress {
        elapsed: Duration::from_secs(3),
        probes: 1,
        alive: 0,
        stage: Stage::Rounds {
            of: None,
            remaining: None,
        },
    };
    let (total, rows) = (total(), rows());
    for event in [
        Event::Warning("odd"),
        Event::Progress(&progress),
        Event::Status(&total, &rows),
        Event::Finished(&total, &rows),
    ] {
        report.event(&event, &noon).unwrap();
    }
}
