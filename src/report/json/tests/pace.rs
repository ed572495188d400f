//! When lines are written, and what happens if the reader is behind.

use super::*;

fn sent_every(json: &mut Tested, milliseconds: u64, count: u64) -> u64 {
    let mut writes = 0;
    for number in 1..=count {
        json.on(&Event::Sent(probe()), number * milliseconds);
        let before = json.lines.outlet().taken.len();
        json.flush().unwrap();
        writes += u64::from(json.lines.outlet().taken.len() > before);
    }
    writes
}

#[test]
fn line_is_written_at_once_where_there_are_a_hundred_a_second() {
    let mut json = json(Detail::All, run());
    assert_eq!(sent_every(&mut json, 10, 1000), 1000);
}

#[test]
fn flood_of_lines_is_written_a_hundred_times_a_second() {
    let mut json = json(Detail::All, run());
    let writes = sent_every(&mut json, 1, 10_000);
    assert!((1000..1100).contains(&writes), "{writes}");
}

#[test]
fn line_that_is_held_back_is_written_when_nothing_follows_it() {
    let mut json = json(Detail::All, run());
    while json.flush().unwrap() == Backpressure::Free {
        json.on(&Event::Sent(probe()), 0);
    }
    let seen = json.lines.outlet().taken.len();
    assert_eq!(json.flush().unwrap(), Backpressure::Free);
    assert!(json.lines.outlet().taken.len() > seen);
}

#[test]
fn results_are_kept_while_nobody_reads_and_what_happens_may_be_dropped() {
    let mut json = json(Detail::All, run());
    json.lines.outlet().blocked = true;
    json.on(&Event::Sent(probe()), 0);
    json.on(&Event::Warning("a"), 0);
    let kept = json.lines.outlet().lasting.clone();
    for (event, is_kept) in [
        ("start", true),
        ("target", true),
        ("sent", false),
        ("warning", true),
    ] {
        let event = format!("\"event\":\"{event}\"");
        assert_eq!(kept.contains(&event), is_kept, "{event}");
        assert!(json.lines.outlet().kept.contains(&event));
    }
}

#[test]
fn lines_that_were_given_up_are_told_before_the_next_one() {
    let mut json = json(Detail::All, run());
    json.on(&Event::Sent(probe()), 0);
    json.out();
    *json.lines.outlet() = Held {
        blocked: true,
        given_up: 7,
        ..Held::default()
    };
    json.on(&Event::Sent(probe()), 5);
    assert!(!json.lines.outlet().kept.contains("dropped"));
    json.lines.outlet().blocked = false;
    json.on(&Event::Sent(probe()), 6);
    let out = json.out();
    let (_, dropped) = out.split_once("\"event\":\"dropped\"").unwrap();
    assert!(dropped.contains("\"lines\":7}\n"), "{out}");
    assert!(dropped.contains("\"event\":\"sent\""), "{out}");
    assert_eq!(out.matches("dropped").count(), 1);
}

#[test]
fn end_of_a_run_waits_for_its_reader() {
    let mut json = json(Detail::Events, run());
    json.lines.outlet().blocked = true;
    json.on(&Event::Finished(&Summary::default(), &NoResults), 0);
    assert!(json.lines.outlet().settled && !json.err.settled);
    let ended = Ended {
        ending: Ending::Complete,
        exit_code: 0,
    };
    json.on(&Event::Ended(&ended), 0);
    assert!(json.err.settled);
}
