//! Each outcome is reported once.

use super::*;
use crate::event::Outcome;

/// A run without a count that has sent its first probes, one each second.
fn sent(timeout: Timeout, probes: u64) -> (One, Instant) {
    let start = SystemClock.now();
    let schedule = Schedule {
        timeout,
        count: None,
        outstanding: Outstanding::Silent,
        ..schedule()
    };
    let mut engine = One::new(schedule, tokens(), start).reporting_outcomes();
    for second in 0..probes {
        engine.sent(start + Duration::from_secs(second));
    }
    (engine, start)
}

/// The outcomes reported at `now`, with the receive queue drained until then.
fn reported(engine: &mut One, now: Instant) -> Vec<(u64, Outcome)> {
    engine.drained_until(now);
    while matches!(engine.poll(now), Step::NoAnswer { .. }) {}
    let next = std::iter::from_fn(|| engine.next_outcome(now));
    next.map(|(probe, outcome)| (probe.number, outcome))
        .collect()
}

fn last(engine: &mut One) -> Vec<(u64, Outcome)> {
    let last = std::iter::from_fn(|| engine.last_outcome());
    last.map(|(probe, outcome)| (probe.number, outcome))
        .collect()
}

fn answer(engine: &mut One, sequence: u16, at: Instant) -> Verdict {
    let token = tokens().of(u64::from(sequence) - 1);
    let claim = Claim {
        target: TARGET,
        sequence,
        evidence: Evidence::Octets(token.octets()),
        checksum_valid: true,
        faithful: true,
    };
    engine.answered(&claim, at)
}

const SECOND: Duration = Duration::from_secs(1);
const PER_PROBE: Timeout = Timeout::PerProbe(SECOND);

#[test]
fn unanswered_probe_is_lost_after_its_timeout_and_a_reply_is_late() {
    let (mut engine, start) = sent(PER_PROBE, 1);
    assert_eq!(reported(&mut engine, start + SECOND / 2), []);
    assert_eq!(reported(&mut engine, start + SECOND), [(0, Outcome::Lost)]);
    let late = answer(&mut engine, 1, start + 2 * SECOND);
    assert_eq!((late.standing, late.outcome), (Standing::Late, None));
    assert_eq!(last(&mut engine), []);
}

#[test]
fn late_reply_before_the_outcome_was_reported_carries_it() {
    let (mut engine, start) = sent(PER_PROBE, 2);
    engine.unreachable(2, start + SECOND);
    let at = start + 3 * SECOND;
    let [first, second] = [1, 2].map(|sequence| answer(&mut engine, sequence, at));
    assert_eq!(first.outcome, Some(Outcome::Lost));
    assert_eq!(second.outcome, Some(Outcome::Rejected));
    assert_eq!(reported(&mut engine, at), []);
}

#[test]
fn rejection_is_reported_after_the_timeout_unless_a_reply_arrives() {
    let (mut engine, start) = sent(PER_PROBE, 2);
    engine.unreachable(1, start + SECOND / 2);
    engine.unreachable(2, start + SECOND);
    answer(&mut engine, 2, start + SECOND);
    assert_eq!(reported(&mut engine, start + SECOND / 2), []);
    assert_eq!(
        reported(&mut engine, start + 3 * SECOND),
        [(0, Outcome::Rejected)]
    );
    assert_eq!(last(&mut engine), []);
}

#[test]
fn error_after_the_reported_outcome_changes_nothing() {
    let (mut engine, start) = sent(PER_PROBE, 1);
    assert_eq!(reported(&mut engine, start + SECOND), [(0, Outcome::Lost)]);
    assert!(engine.unreachable(1, start + 2 * SECOND).is_some());
    assert_eq!(last(&mut engine), []);
}

#[test]
fn without_timeout_outcomes_are_reported_at_the_end_except_in_flight() {
    let (mut engine, start) = sent(Timeout::Linger(SECOND), 3);
    engine.unreachable(2, start + SECOND);
    answer(&mut engine, 3, start + 2 * SECOND);
    assert_eq!(reported(&mut engine, start + 2 * SECOND), []);
    assert_eq!(last(&mut engine), [(1, Outcome::Rejected)]);
    assert_eq!(engine.summary().counts.in_flight, 1);
}

#[test]
fn suspended_outcome_is_final_once_reported() {
    let (mut engine, start) = sent(PER_PROBE, 2);
    let woken = start + SECOND;
    engine.suspended(woken);
    let late = answer(&mut engine, 2, woken + 2 * SECOND);
    assert_eq!(late.outcome, Some(Outcome::Lost));
    assert_eq!(
        reported(&mut engine, woken + 2 * SECOND),
        [(0, Outcome::Suspended)]
    );
    let late = answer(&mut engine, 1, woken + 3 * SECOND);
    assert_eq!((late.standing, late.outcome), (Standing::Late, None));
    assert_eq!(engine.summary().counts.suspended, 1);
}

#[test]
fn probe_about_to_be_overwritten_in_memory_is_lost() {
    let (mut engine, start) = sent(Timeout::Never, WRAP - MAX_BATCH);
    let now = start + Duration::from_secs(WRAP);
    assert_eq!(reported(&mut engine, now), [(0, Outcome::Lost)]);
    assert_eq!(answer(&mut engine, 1, now).standing, Standing::Late);
    answer(&mut engine, 2, now);
    engine.sent(now);
    engine.sent(now);
    assert_eq!(reported(&mut engine, now), [(2, Outcome::Lost)]);
}

#[test]
fn target_is_dead_only_if_a_probe_timed_out_or_an_error_came() {
    let state = |engine: &One| {
        let summary = engine.summary();
        (summary.alive, summary.dead)
    };
    let (mut engine, start) = sent(PER_PROBE, 1);
    assert_eq!(state(&engine), (0, 0));
    reported(&mut engine, start + SECOND);
    assert_eq!(state(&engine), (0, 1));
    let (mut engine, start) = sent(PER_PROBE, 1);
    engine.unreachable(1, start + SECOND / 2);
    assert_eq!(state(&engine), (0, 1));
    answer(&mut engine, 1, start + SECOND / 2);
    assert_eq!(state(&engine), (1, 0));
}
