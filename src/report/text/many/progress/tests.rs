//! The text of the progress line.

use super::*;

fn progress() -> Progress {
    Progress {
        elapsed: Duration::from_millis(2500),
        probes: 24_691,
        alive: 345,
        stage: Stage::Rounds {
            of: Some(65_536),
            remaining: Some(Duration::from_millis(4100)),
        },
    }
}

#[test]
fn all_that_is_known() {
    assert_eq!(
        text(&progress(), 80).unwrap(),
        "24691/65536 probes (37%), 9876/s, 345 alive, 5 s left"
    );
    let endless = Progress {
        probes: 5,
        stage: Stage::Rounds {
            of: None,
            remaining: None,
        },
        ..progress()
    };
    assert_eq!(text(&endless, 80).unwrap(), "5 probes, 2.0/s, 345 alive");
}

#[test]
fn who_is_alive_is_asked_of_targets_and_takes_so_long_at_most() {
    let call = Progress {
        probes: 180,
        alive: 12,
        stage: Stage::Alive {
            decided: 30,
            of: 60,
            at_most: Duration::from_millis(6500),
        },
        ..progress()
    };
    assert_eq!(
        text(&call, 80).unwrap(),
        "30/60 targets (50%), 72/s, 12 alive, at most 7 s left"
    );
}

#[test]
fn nothing_for_a_short_run() {
    let early = Progress {
        elapsed: Duration::from_millis(1999),
        ..progress()
    };
    assert_eq!(text(&early, 80), None);
}

#[test]
fn it_fits_the_terminal() {
    for columns in [0, 1, 2, 10, 40, 53, 54, 200] {
        let line = text(&progress(), columns).unwrap();
        assert!(line.len() < usize::from(columns).max(1), "{columns}");
    }
    assert_eq!(text(&progress(), 12).unwrap(), "24691/65536");
}

#[test]
fn time_to_wait() {
    for (milliseconds, text) in [
        (0, "0 s"),
        (1, "1 s"),
        (59_000, "59 s"),
        (59_001, "1:00"),
        (65_000, "1:05"),
        (3_599_999, "1:00:00"),
        (7_384_000, "2:03:04"),
    ] {
        assert_eq!(clock(Duration::from_millis(milliseconds)), text);
    }
}

#[test]
fn nothing_to_do_is_no_division_by_zero() {
    let nothing = Progress {
        probes: 0,
        stage: Stage::Rounds {
            of: Some(0),
            remaining: None,
        },
        ..progress()
    };
    assert_eq!(text(&nothing, 80).unwrap(), "0/0 probes, 0.0/s, 345 alive");
}
