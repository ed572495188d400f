//! When the target of a run with one target is down.

use std::num::NonZero;

use super::*;
use crate::config::{Until, Watching};
use crate::event::{Down, Reason, Transition};

const SECOND: Duration = Duration::from_secs(1);

fn probes(number: u32) -> NonZero<u32> {
    NonZero::new(number).unwrap()
}

/// Down after two losses.
fn watching(until: Option<Until>) -> Watching {
    Watching {
        after: probes(2),
        until,
        window: None,
        is_asked: true,
    }
}

/// A run without a count that has sent its first probes, one each second.
fn sent(timeout: Timeout, probes: u16) -> (One, Instant) {
    let start = SystemClock.now();
    let schedule = Schedule {
        timeout,
        count: None,
        ..schedule()
    };
    let mut engine = One::new(schedule, tokens(), start).watching(watching(None));
    for second in 0..probes {
        engine.sent(start + SECOND * second.into());
    }
    (engine, start)
}

/// The transitions reported at `now`, with the receive queue drained until then.
fn reported(engine: &mut One, now: Instant) -> Vec<Transition> {
    engine.drained_until(now);
    while matches!(engine.poll(now), Step::NoAnswer { .. }) {}
    std::iter::from_fn(|| engine.next_transition(now)).collect()
}

fn down(transitions: &[Transition]) -> &Down {
    match transitions {
        [Transition::Down(down)] => down,
        other => panic!("{other:?}"),
    }
}

fn answer(engine: &mut One, sequence: u16, at: Instant) -> Standing {
    let token = tokens().of(u64::from(sequence) - 1);
    let claim = Claim {
        target: TARGET,
        sequence,
        evidence: Evidence::Octets(token.octets()),
        checksum_valid: true,
        faithful: true,
    };
    engine.answered(&claim, at).standing
}

#[test]
fn target_is_down_when_the_last_of_its_lost_probes_times_out() {
    for timeout in [Timeout::Patient, Timeout::PerProbe(SECOND)] {
        let (mut engine, start) = sent(timeout, 3);
        assert_eq!(reported(&mut engine, start + SECOND), []);
        let reported = reported(&mut engine, start + 2 * SECOND);
        let down = down(&reported);
        assert_eq!((down.first.sequence, down.probes), (1, 2));
        assert_eq!((down.sent, down.reason), (Duration::ZERO, None));
    }
}

#[test]
fn reply_ends_the_outage_at_once_while_older_probes_are_in_flight() {
    let (mut engine, start) = sent(Timeout::PerProbe(3 * SECOND), 4);
    assert_eq!(reported(&mut engine, start + 4 * SECOND).len(), 1);
    assert_eq!(answer(&mut engine, 4, start + 4 * SECOND), Standing::Reply);
    let reported = reported(&mut engine, start + 4 * SECOND);
    let [Transition::Up(up)] = reported[..] else {
        panic!("{reported:?}");
    };
    assert_eq!((up.first.sequence, up.outage.length), (1, 3 * SECOND));
}

#[test]
fn late_reply_does_not_bring_the_target_up() {
    let (mut engine, start) = sent(Timeout::PerProbe(SECOND), 2);
    assert_eq!(reported(&mut engine, start + 3 * SECOND).len(), 1);
    assert_eq!(answer(&mut engine, 2, start + 3 * SECOND), Standing::Late);
    assert_eq!(reported(&mut engine, start + 3 * SECOND), []);
    assert!(engine.time_down(TARGET).is_some());
}

#[test]
fn rejected_probe_is_lost_after_its_timeout_with_its_reason() {
    let (mut engine, start) = sent(Timeout::PerProbe(3 * SECOND), 2);
    for sequence in [1, 2] {
        engine.unreachable(sequence, start + SECOND);
    }
    assert_eq!(reported(&mut engine, start + 2 * SECOND), []);
    assert_eq!(
        engine.poll(start + 2 * SECOND),
        Step::Wait(Some(start + 2 * SECOND)),
        "the next probe is due"
    );
    engine.sent(start + 2 * SECOND);
    assert_eq!(reported(&mut engine, start + 3 * SECOND), []);
    let reported = reported(&mut engine, start + 4 * SECOND);
    let reason = down(&reported).reason.unwrap();
    assert!(matches!(reason, Reason::Rejected { .. }));
}

#[test]
fn forged_errors_do_not_bring_down_a_target_that_answers() {
    let (mut engine, start) = sent(Timeout::PerProbe(3 * SECOND), 3);
    for sequence in 1..=3 {
        engine.unreachable(sequence, start + 2 * SECOND);
        answer(&mut engine, sequence, start + 2 * SECOND);
    }
    assert_eq!(reported(&mut engine, start + 9 * SECOND), []);
}

#[test]
fn at_the_end_rejected_probes_are_lost_and_probes_in_flight_unknown() {
    let (mut engine, start) = sent(Timeout::PerProbe(3 * SECOND), 3);
    engine.unreachable(1, start + SECOND);
    engine.unreachable(2, start + SECOND);
    assert_eq!(reported(&mut engine, start + 2 * SECOND), []);
    let last: Vec<Transition> = std::iter::from_fn(|| engine.last_transition()).collect();
    assert_eq!(down(&last).probes, 2);
}

#[test]
fn suspended_probes_are_not_an_outage() {
    let (mut engine, start) = sent(Timeout::PerProbe(SECOND), 1);
    assert_eq!(reported(&mut engine, start + SECOND), []);
    engine.sent(start + SECOND);
    engine.suspended(start + SECOND);
    engine.sent(start + 2 * SECOND);
    assert_eq!(reported(&mut engine, start + 9 * SECOND), []);
}

#[test]
fn run_until_down_succeeds_only_if_the_target_goes_down() {
    let until = Until::Down(probes(2));
    for lost in [1, 3] {
        let schedule = Schedule {
            count: Some(4),
            timeout: Timeout::PerProbe(SECOND / 2),
            ..schedule()
        };
        let run = watched(schedule, until, |number| {
            if (1..=lost).contains(&number) {
                Path::Lost
            } else {
                Path::Reply(10)
            }
        });
        let is_reached = lost > 1;
        assert_eq!(run.is_success(), is_reached);
        assert_eq!(run.ending() == Ending::Transition, is_reached);
        let sent = if is_reached { 3 } else { 4 };
        assert_eq!(run.summary().counts.transmitted, sent);
    }
}

#[test]
fn run_until_up_ends_after_enough_replies_in_a_row() {
    let until = Until::Up(probes(2));
    let answered = [0, 2, 3];
    let run = watched(
        Schedule {
            count: Some(9),
            ..schedule()
        },
        until,
        |number| {
            if answered.contains(&number) {
                Path::Reply(10)
            } else {
                Path::Lost
            }
        },
    );
    assert!(run.is_success());
    assert_eq!(run.ending(), Ending::Transition);
    assert_eq!(run.summary().counts.transmitted, 4);
}

/// A whole run; `fate` says what happens to each probe, numbered from 0.
fn watched(schedule: Schedule, until: Until, fate: impl Fn(u64) -> Path) -> One {
    let start = SystemClock.now();
    let mut engine = One::new(schedule, tokens(), start).watching(watching(Some(until)));
    let mut now = start;
    let mut replies: VecDeque<(Instant, Probe)> = VecDeque::new();
    loop {
        while engine.next_transition(now).is_some() {}
        match engine.poll(now) {
            Step::Transmit(probe) => {
                engine.sent(now);
                if let Path::Reply(after) = fate(probe.name.into()) {
                    replies.push_back((now + Duration::from_millis(after), probe));
                }
            }
            Step::Wait(until) => {
                let next = replies.front().map(|(at, _)| *at);
                now = [until, next].into_iter().flatten().min().unwrap().max(now);
                engine.drained_until(now);
                if next.is_some_and(|next| next <= now) {
                    let (_, probe) = replies.pop_front().unwrap();
                    engine.answered(&claim(&probe), now);
                }
            }
            Step::Done => return engine,
            Step::NoAnswer { .. } | Step::Decided(_) => {}
        }
    }
}

#[test]
fn window_contains_its_probes_and_a_slow_reply_is_not_a_loss() {
    let start = SystemClock.now();
    let schedule = Schedule {
        count: None,
        ..schedule()
    };
    let watching = Watching {
        window: Some(20 * SECOND),
        ..watching(None)
    };
    let mut engine = One::new(schedule, tokens(), start).watching(watching);
    for second in 0..30_u16 {
        let at = start + SECOND * second.into();
        engine.sent(at);
        if second % 2 == 0 {
            answer(
                &mut engine,
                second + 1,
                at + Duration::from_millis(second.into()),
            );
        }
        reported(&mut engine, at + Duration::from_millis(999));
    }
    reported(&mut engine, start + 31 * SECOND);
    let recent = |engine: &One| engine.row(TARGET).recent.unwrap();
    let before = recent(&engine);
    assert_eq!((before.received, before.lost), (9, 9));
    assert_eq!(before.min, Some(Duration::from_millis(12)));
    // Probe 29 was sent at second 29.
    assert_eq!(
        answer(&mut engine, 30, start + 31 * SECOND),
        Standing::Reply
    );
    let after = recent(&engine);
    assert_eq!((after.received, after.lost), (10, 8));
    assert_eq!(after.max, Some(2 * SECOND));
}
