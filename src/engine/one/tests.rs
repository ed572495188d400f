//! Whole runs with a virtual clock: what a user would see, without a socket and without waiting.

mod filtered;
mod outcomes;
mod watching;

use std::collections::{BTreeMap, VecDeque};

use proptest::prelude::*;

use super::super::Evidence;
use super::super::sequence_wrap::WRAP;
use super::*;
use crate::clock::{Clock, SystemClock};
use crate::config::{Pace, RoundTripStart, Timed};
use crate::event::{Outage, Problem, Reach, Source, Standing};
use crate::wire::icmpv4;

/// What happens to a probe on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Path {
    Reply(u64),
    Twice(u64, u64),
    Reject(u64),
    RejectThenReply(u64, u64),
    Lost,
    Refused,
}

/// What happened in a run, each with its time in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    Sent(u16),
    NoAnswer(u16),
    Answer(u16, Standing),
    Late(u16),
}

struct Run {
    engine: One,
    start: Instant,
    log: Vec<(u64, Seen)>,
    end: u64,
}

fn schedule() -> Schedule {
    Schedule {
        pace: Pace::Interval(Duration::from_secs(1)),
        preload: 1,
        count: Some(3),
        until_reply: false,
        deadline: None,
        timeout: Timeout::Patient,
        outstanding: Outstanding::Overdue,
        timed: Timed::Faithful,
        start: RoundTripStart::Queue,
        first_sequence: 1,
    }
}

/// What a driver reports about a batch of one probe, and about an error.
impl One {
    fn sent(&mut self, call: impl Into<Call>) {
        self.left(0, call);
        self.end_batch();
    }

    fn kept_here(&mut self, now: Instant, obstacle: Obstacle) -> Disposition {
        let (_, disposition) = self.not_sent(0, now, obstacle, 0);
        self.end_batch();
        disposition
    }

    fn unreachable(&mut self, sequence: u16, now: Instant) -> Option<Reach> {
        self.icmp(sequence, (3, 1), Origin::Network, now)
    }

    /// An ICMP error of this host's packet filter.
    fn filtered(&mut self, sequence: u16, now: Instant) -> Option<Reach> {
        self.icmp(sequence, (3, 13), Origin::ThisHost, now)
    }

    fn icmp(
        &mut self,
        sequence: u16,
        (kind, code): (u8, u8),
        origin: Origin,
        now: Instant,
    ) -> Option<Reach> {
        let error = IcmpError {
            target: TARGET,
            sequence,
            problem: Problem::V4(icmpv4::Problem::from_parts(kind, code, 1400)),
            reporter: ([198, 51, 100, 1], 0).into(),
            origin,
            is_proven: false,
        };
        let rejection = self.rejected(&error, now);
        rejection
            .filter(|rejection| !rejection.is_repeated)
            .map(|rejection| rejection.reach)
    }
}

fn no_answer(sequence: u16) -> Step {
    Step::NoAnswer {
        target: TARGET,
        sequence,
    }
}

fn tokens() -> Tokens {
    Tokens::new([3; 16], [198, 51, 100, 2].into(), 13)
}

enum UnderWay {
    Answer(Probe),
    Rejection(u16),
}

/// Runs a schedule against a path for at most `steps` steps; `fate` says what happens to each probe.
fn run(schedule: Schedule, steps: usize, mut fate: impl FnMut(u64) -> Path) -> Run {
    let start = SystemClock.now();
    let millisecond = |now: Instant| u64::try_from((now - start).as_millis()).unwrap();
    let mut engine = One::new(schedule, tokens(), start);
    let mut now = start;
    let mut under_way: BTreeMap<(Instant, usize), UnderWay> = BTreeMap::new();
    let mut log = Vec::new();
    for step in 0..steps {
        match engine.poll(now) {
            Step::Transmit(probe) => {
                let at = |after: u64| (now + Duration::from_millis(after), step);
                match fate(u64::from(probe.name)) {
                    Path::Reply(after) => {
                        under_way.insert(at(after), UnderWay::Answer(probe));
                    }
                    Path::Twice(after, again) => {
                        under_way.insert(at(after), UnderWay::Answer(probe));
                        under_way.insert(at(again), UnderWay::Answer(probe));
                    }
                    Path::Reject(after) => {
                        under_way.insert(at(after), UnderWay::Rejection(probe.sequence));
                    }
                    Path::RejectThenReply(after, again) => {
                        under_way.insert(at(after), UnderWay::Rejection(probe.sequence));
                        under_way.insert(at(again), UnderWay::Answer(probe));
                    }
                    Path::Lost => {}
                    Path::Refused => {
                        engine.kept_here(now, Obstacle::Refused);
                        continue;
                    }
                }
                engine.sent(now);
                log.push((millisecond(now), Seen::Sent(probe.sequence)));
            }
            Step::Decided(_) => panic!("not an alive scan"),
            Step::NoAnswer { sequence, .. } => {
                log.push((millisecond(now), Seen::NoAnswer(sequence)));
            }
            Step::Wait(until) => {
                let next = under_way.first_key_value().map(|(&(at, _), _)| at);
                let moment = [until, next].into_iter().flatten().min();
                now = moment
                    .expect("a run without end waits for nothing")
                    .max(now);
                engine.drained_until(now);
                if next.is_some_and(|next| next <= now) {
                    let (_, arrival) = under_way.pop_first().unwrap();
                    match arrival {
                        UnderWay::Answer(probe) => {
                            let verdict = engine.answered(&claim(&probe), now);
                            let seen = if verdict.overdue {
                                Seen::Late(probe.sequence)
                            } else {
                                Seen::Answer(probe.sequence, verdict.standing)
                            };
                            log.push((millisecond(now), seen));
                        }
                        UnderWay::Rejection(sequence) => {
                            engine.unreachable(sequence, now);
                        }
                    }
                }
            }
            Step::Done => {
                let end = millisecond(now);
                return Run {
                    engine,
                    start,
                    log,
                    end,
                };
            }
        }
    }
    panic!("the run did not end within {steps} steps: {log:?}");
}

fn round_trip(verdict: &Verdict) -> Option<Duration> {
    verdict.timing.map(|timing| timing.round_trip)
}

fn claim(probe: &Probe) -> Claim<'_> {
    Claim {
        target: TARGET,
        sequence: probe.sequence,
        evidence: Evidence::Octets(probe.token.octets()),
        checksum_valid: true,
        faithful: true,
    }
}

#[test]
fn run_sends_at_the_interval_and_ends_with_the_last_reply() {
    let run = run(schedule(), 100, |_| Path::Reply(20));
    let answer = |sequence| Seen::Answer(sequence, Standing::Reply);
    assert_eq!(
        run.log,
        [
            (0, Seen::Sent(1)),
            (20, answer(1)),
            (1000, Seen::Sent(2)),
            (1020, answer(2)),
            (2000, Seen::Sent(3)),
            (2020, answer(3)),
        ]
    );
    assert_eq!(run.end, 2020);
    let summary = run.engine.summary();
    assert_eq!(
        (summary.counts.transmitted, summary.counts.received),
        (3, 3)
    );
    assert_eq!(summary.elapsed, Duration::from_secs(2));
    assert_eq!(summary.series.as_ref().unwrap().pipe, 1);
    assert!(run.engine.is_success());
}

#[test]
fn run_without_any_reply_ends_ten_seconds_after_the_last_probe() {
    let run = run(schedule(), 100, |_| Path::Lost);
    assert_eq!(run.end, 12_000);
    assert!(!run.engine.is_success());
    assert_eq!(run.engine.summary().counts.loss(), Some(100.0));
}

#[test]
fn after_a_reply_the_last_probe_is_awaited_for_an_interval_or_two_round_trips() {
    let lose_last = |number| {
        if number == 2 {
            Path::Lost
        } else {
            Path::Reply(20)
        }
    };
    assert_eq!(run(schedule(), 100, lose_last).end, 3000);
    let slow = |number| {
        if number == 2 {
            Path::Lost
        } else {
            Path::Reply(900)
        }
    };
    assert_eq!(run(schedule(), 100, slow).end, 3800);
}

#[test]
fn lost_probe_is_reported_a_second_after_it_was_sent() {
    let run = run(schedule(), 100, |number| {
        if number == 1 {
            Path::Lost
        } else {
            Path::Reply(20)
        }
    });
    assert!(
        run.log.contains(&(2000, Seen::NoAnswer(2))),
        "{:?}",
        run.log
    );
    assert_eq!(
        run.log
            .iter()
            .filter(|(_, seen)| matches!(seen, Seen::NoAnswer(_)))
            .count(),
        1
    );
}

#[test]
fn lost_last_probe_is_reported_before_the_run_ends_early() {
    let short = Schedule {
        pace: Pace::Interval(Duration::from_millis(100)),
        ..schedule()
    };
    let run = run(short, 100, |number| {
        if number == 2 {
            Path::Lost
        } else {
            Path::Reply(20)
        }
    });
    assert_eq!(run.log.last(), Some(&(300, Seen::NoAnswer(3))));
}

#[test]
fn slow_path_is_reported_once_and_then_awaited_longer() {
    let run = run(
        Schedule {
            count: Some(10),
            ..schedule()
        },
        1000,
        |_| Path::Reply(1500),
    );
    // Before the first reply nothing is known of the path, and two probes are in flight by then.
    let alarms = run
        .log
        .iter()
        .filter(|(_, seen)| matches!(seen, Seen::NoAnswer(_)));
    assert_eq!(alarms.count(), 1, "{:?}", run.log);
    let counts = run.engine.summary().counts;
    assert_eq!((counts.received, counts.late), (10, 1), "late is not lost");
}

#[test]
fn late_reply_is_not_counted_with_timeout() {
    let strict = Schedule {
        timeout: Timeout::PerProbe(Duration::from_millis(500)),
        ..schedule()
    };
    let run = run(strict, 100, |number| {
        Path::Reply(if number == 0 { 600 } else { 20 })
    });
    assert_eq!(
        run.log[..3],
        [
            (0, Seen::Sent(1)),
            (500, Seen::NoAnswer(1)),
            (600, Seen::Answer(1, Standing::Late)),
        ]
    );
    let summary = run.engine.summary();
    assert_eq!((summary.counts.received, summary.counts.late), (2, 1));
    assert_eq!(summary.round_trips.unwrap().max, Duration::from_millis(20));
}

#[test]
fn last_probe_is_awaited_for_its_timeout() {
    let strict = Schedule {
        timeout: Timeout::PerProbe(Duration::from_millis(500)),
        ..schedule()
    };
    assert_eq!(run(strict, 100, |_| Path::Lost).end, 2500);
}

#[test]
fn linger_of_ping_applies_only_until_the_first_reply() {
    let linger = Schedule {
        timeout: Timeout::Linger(Duration::from_secs(4)),
        outstanding: Outstanding::Silent,
        ..schedule()
    };
    assert_eq!(run(linger.clone(), 100, |_| Path::Lost).end, 6000);
    let lose_last = |number| {
        if number == 2 {
            Path::Lost
        } else {
            Path::Reply(1)
        }
    };
    assert_eq!(run(linger, 100, lose_last).end, 3000);
}

#[test]
fn count_is_one_of_replies_with_a_deadline() {
    let both = Schedule {
        deadline: Some(Duration::from_secs(10)),
        count: Some(2),
        ..schedule()
    };
    let lose_two = |number| {
        if number < 2 {
            Path::Lost
        } else {
            Path::Reply(20)
        }
    };
    let enough = run(both.clone(), 100, lose_two);
    assert_eq!(enough.end, 3020);
    assert!(enough.engine.is_success());
    let too_few = run(both, 100, |number| {
        if number == 0 {
            Path::Reply(20)
        } else {
            Path::Lost
        }
    });
    assert_eq!(too_few.end, 10_000);
    assert!(!too_few.engine.is_success());
}

#[test]
fn error_does_not_end_a_run_with_deadline() {
    let bounded = Schedule {
        deadline: Some(Duration::from_secs(5)),
        count: None,
        ..schedule()
    };
    let run = run(bounded, 100, |number| {
        if number == 0 {
            Path::Reject(5)
        } else {
            Path::Reply(20)
        }
    });
    assert_eq!(run.end, 5000);
    assert_eq!(run.engine.summary().counts.rejected, 1);
}

#[test]
fn rejected_probes_are_not_awaited_and_not_lost() {
    let run = run(schedule(), 100, |_| Path::Reject(5));
    assert_eq!(run.end, 2005);
    assert_eq!(run.engine.summary().counts.rejected, 3);
}

#[test]
fn run_until_reply_ends_with_the_first_reply() {
    let until = Schedule {
        until_reply: true,
        count: None,
        ..schedule()
    };
    let run = run(until, 100, |number| {
        if number < 4 {
            Path::Lost
        } else {
            Path::Reply(20)
        }
    });
    assert_eq!(run.end, 4020);
    assert!(run.engine.is_success());
}

#[test]
fn unsent_probes_count_towards_the_count_and_not_as_lost() {
    let run = run(schedule(), 100, |number| {
        if number == 1 {
            Path::Refused
        } else {
            Path::Reply(20)
        }
    });
    let counts = run.engine.summary().counts;
    assert_eq!(
        (counts.transmitted, counts.received, counts.not_sent),
        (2, 2, 1)
    );
    assert_eq!(counts.loss(), Some(0.0));
    assert_eq!(run.end, 2020);
}

#[test]
fn send_to_a_full_queue_is_retried_for_half_a_second() {
    let start = SystemClock.now();
    let mut engine = One::new(
        Schedule {
            count: Some(1),
            ..schedule()
        },
        tokens(),
        start,
    );
    let mut now = start;
    for _ in 0..1000 {
        match engine.poll(now) {
            Step::Transmit(_) => {
                if engine.kept_here(now, Obstacle::Busy) == Disposition::NotSent {
                    assert_eq!(now - start, Duration::from_millis(500));
                    assert_eq!(engine.poll(now), Step::Done);
                    return;
                }
            }
            Step::Wait(until) => now = until.unwrap(),
            other => panic!("{other:?}"),
        }
    }
    panic!("retried forever");
}

#[test]
fn unanswered_probe_is_reported_before_the_next_one_with_outstanding() {
    let before_next = Schedule {
        outstanding: Outstanding::BeforeNext,
        ..schedule()
    };
    let run = run(before_next, 100, |number| {
        if number == 1 {
            Path::Reply(20)
        } else {
            Path::Lost
        }
    });
    assert_eq!(
        run.log,
        [
            (0, Seen::Sent(1)),
            (1000, Seen::NoAnswer(1)),
            (1000, Seen::Sent(2)),
            (1020, Seen::Answer(2, Standing::Reply)),
            (2000, Seen::Sent(3)),
        ],
        "never for the last one"
    );
}

#[test]
fn second_reply_is_a_duplicate_and_not_in_the_round_trips() {
    let run = run(schedule(), 100, |_| Path::Twice(20, 700));
    let summary = run.engine.summary();
    assert_eq!((summary.counts.received, summary.counts.duplicates), (3, 2));
    assert_eq!(summary.round_trips.unwrap().max, Duration::from_millis(20));
}

/// The longest outage in a run with probes one second apart, a timeout of half a second, and these losses.
fn longest_outage(lost: &[u64]) -> Option<Outage> {
    let ten = Schedule {
        count: Some(10),
        timeout: Timeout::PerProbe(Duration::from_millis(500)),
        ..schedule()
    };
    let fate = |number| {
        if lost.contains(&number) {
            Path::Lost
        } else {
            Path::Reply(20)
        }
    };
    run(ten, 1000, fate)
        .engine
        .summary()
        .series
        .unwrap()
        .outages
        .longest
}

fn outage(first: u16, last: u16, milliseconds: u64) -> Outage {
    Outage {
        first,
        last,
        length: Duration::from_millis(milliseconds),
        probes: u64::from(last - first) + 1,
    }
}

#[test]
fn outage_lasts_until_the_next_answered_probe_is_sent() {
    assert_eq!(longest_outage(&[]), None);
    assert_eq!(longest_outage(&[1]), Some(outage(2, 2, 1000)));
    assert_eq!(longest_outage(&[1, 4, 5, 6]), Some(outage(5, 7, 3000)));
}

#[test]
fn outage_at_the_end_lasts_until_its_last_probe_times_out() {
    assert_eq!(longest_outage(&[9]), Some(outage(10, 10, 500)));
    assert_eq!(longest_outage(&[1, 8, 9]), Some(outage(9, 10, 1500)));
}

#[test]
fn outage_of_a_silent_host_is_not_zero() {
    for (count, interval, expected) in [(1, 1000, outage(1, 1, 1000)), (3, 500, outage(1, 3, 2000))]
    {
        let silent = Schedule {
            count: Some(count),
            pace: Pace::Interval(Duration::from_millis(interval)),
            ..schedule()
        };
        let summary = run(silent, 1000, |_| Path::Lost).engine.summary();
        assert_eq!(
            summary.series.as_ref().unwrap().outages.longest,
            Some(expected)
        );
    }
}

#[test]
fn outage_of_rejected_probes_ends_with_the_run() {
    let one = Schedule {
        count: Some(1),
        ..schedule()
    };
    let run = run(one, 100, |_| Path::Reject(5));
    let outage = run
        .engine
        .summary()
        .series
        .unwrap()
        .outages
        .longest
        .unwrap();
    assert_eq!(outage.length, Duration::from_millis(run.end));
}

#[test]
fn late_reply_does_not_end_an_outage() {
    let two = Schedule {
        count: Some(2),
        timeout: Timeout::PerProbe(Duration::from_millis(500)),
        ..schedule()
    };
    let run = run(two, 100, |number| {
        Path::Reply(if number == 0 { 700 } else { 20 })
    });
    assert_eq!(
        run.engine.summary().series.unwrap().outages.longest,
        Some(outage(1, 1, 1000))
    );
}

#[test]
fn outage_longer_than_a_sequence_wrap_is_one_outage() {
    let fast = Schedule {
        pace: Pace::Interval(Duration::from_millis(1)),
        count: Some(2 * WRAP + 10),
        timeout: Timeout::PerProbe(Duration::from_millis(100)),
        outstanding: Outstanding::Silent,
        ..schedule()
    };
    let run = run(fast, 2_000_000, |number| {
        if (5..2 * WRAP).contains(&number) {
            Path::Lost
        } else {
            Path::Reply(1)
        }
    });
    let outage = run
        .engine
        .summary()
        .series
        .unwrap()
        .outages
        .longest
        .unwrap();
    assert_eq!(outage.probes, 2 * WRAP - 5);
    assert_eq!(outage.length, Duration::from_millis(2 * WRAP - 5));
    assert_eq!((outage.first, outage.last), (6, 0));
}

/// Counts of sent, lost and in flight, if a run of unanswered probes one second apart is interrupted at `at`
/// milliseconds.
fn interrupted(timeout: Timeout, at: u64) -> (u64, u64, u64) {
    let endless = Schedule {
        count: None,
        deadline: Some(Duration::from_millis(at)),
        timeout,
        ..schedule()
    };
    let counts = run(endless, 1000, |_| Path::Lost).engine.summary().counts;
    (counts.transmitted, counts.lost(), counts.in_flight)
}

#[test]
fn unexpired_probe_is_in_flight_when_the_run_is_cut_short() {
    let half = Timeout::PerProbe(Duration::from_millis(500));
    assert_eq!(interrupted(half, 300), (1, 0, 1));
    assert_eq!(interrupted(half, 2300), (3, 2, 1));
    assert_eq!(interrupted(half, 2700), (3, 3, 0));
    assert_eq!(interrupted(Timeout::Patient, 300), (1, 0, 1));
    assert_eq!(interrupted(Timeout::Patient, 2500), (3, 2, 1));
    assert_eq!(interrupted(Timeout::Never, 2500), (3, 0, 3));
}

#[test]
fn probe_that_expired_before_the_cut_is_lost_even_if_not_polled() {
    let schedule = Schedule {
        count: None,
        deadline: Some(Duration::from_millis(900)),
        timeout: Timeout::PerProbe(Duration::from_millis(500)),
        ..schedule()
    };
    let start = SystemClock.now();
    let mut engine = One::new(schedule, tokens(), start);
    assert!(matches!(engine.poll(start), Step::Transmit(_)));
    engine.sent(start);
    let stalled = start + Duration::from_secs(5);
    engine.drained_until(stalled);
    assert_eq!(engine.poll(stalled), no_answer(1));
    assert_eq!(engine.poll(stalled), Step::Done);
    let counts = engine.summary().counts;
    assert_eq!((counts.lost(), counts.in_flight), (1, 0));
}

#[test]
fn overtaken_reply_is_reordered() {
    let run = run(schedule(), 100, |number| {
        Path::Reply(if number == 0 { 1500 } else { 20 })
    });
    assert_eq!(run.engine.summary().counts.reordered, 1);
    assert_eq!(run.engine.summary().series.unwrap().pipe, 2);
}

#[test]
fn flood_keeps_one_probe_in_flight_or_as_many_as_the_preload() {
    let flood = Schedule {
        pace: Pace::Flood,
        count: Some(1000),
        preload: 4,
        ..schedule()
    };
    let run = run(flood, 10_000, |_| Path::Reply(3));
    assert_eq!(run.engine.summary().counts.received, 1000);
    assert_eq!(run.end, 750);
    assert_eq!(run.engine.summary().series.unwrap().pipe, 4);
}

fn flood_of_four() -> Schedule {
    Schedule {
        pace: Pace::Flood,
        preload: 4,
        count: Some(6),
        ..schedule()
    }
}

/// Sends the next batch. Returns its probes.
fn batch(engine: &mut One, now: Instant) -> Vec<Probe> {
    let mut batch = Vec::new();
    while let Step::Transmit(probe) = engine.poll(now) {
        batch.push(probe);
    }
    assert_eq!(engine.poll(now), Step::Wait(Some(now)), "to be sent");
    for probe in &batch {
        engine.left(probe.name, now);
    }
    engine.end_batch();
    engine.drained_until(now);
    batch
}

#[test]
fn flood_batch_fills_the_preload_up_to_the_count() {
    let start = SystemClock.now();
    let mut engine = One::new(flood_of_four(), tokens(), start);
    let probes = batch(&mut engine, start);
    let sequences: Vec<u16> = probes.iter().map(|probe| probe.sequence).collect();
    assert_eq!(sequences, [1, 2, 3, 4]);
    assert!(matches!(engine.poll(start), Step::Wait(Some(due)) if due > start));
    engine.answered(&claim(&probes[2]), start);
    let rest = batch(&mut engine, start);
    let sequences: Vec<u16> = rest.iter().map(|probe| probe.sequence).collect();
    assert_eq!(sequences, [5, 6], "four of six were sent");
}

#[test]
fn untried_probes_of_a_batch_are_handed_out_again() {
    let start = SystemClock.now();
    let mut engine = One::new(flood_of_four(), tokens(), start);
    let Step::Transmit(first) = engine.poll(start) else {
        panic!("one is due");
    };
    let Step::Transmit(second) = engine.poll(start) else {
        panic!("one more is due");
    };
    engine.left(first.name, start);
    engine.end_batch();
    engine.drained_until(start);
    assert_eq!(engine.poll(start), Step::Transmit(second));
}

#[test]
fn probes_that_a_reply_could_stop_are_sent_one_by_one() {
    let start = SystemClock.now();
    let of = |schedule: Schedule| batch(&mut One::new(schedule, tokens(), start), start).len();
    let second = Some(Duration::from_secs(1));
    let schedules = [
        Schedule {
            until_reply: true,
            ..flood_of_four()
        },
        Schedule {
            deadline: second,
            ..flood_of_four()
        },
        Schedule {
            outstanding: Outstanding::BeforeNext,
            ..flood_of_four()
        },
        Schedule {
            outstanding: Outstanding::Both,
            ..flood_of_four()
        },
        Schedule {
            pace: Pace::Interval(Duration::ZERO),
            ..flood_of_four()
        },
    ];
    for schedule in schedules {
        assert_eq!(of(schedule.clone()), 1, "{schedule:?}");
    }
    let endless = Schedule {
        deadline: second,
        count: None,
        ..flood_of_four()
    };
    assert_eq!(of(endless), 4);
    let mut busy = One::new(flood_of_four(), tokens(), start);
    busy.kept_here(start, Obstacle::Busy);
    let again = start + Duration::from_secs(1);
    assert_eq!(batch(&mut busy, again).len(), 1);
}

#[test]
fn received_replies_are_processed_before_more_is_sent() {
    let start = SystemClock.now();
    let mut engine = One::new(flood_of_four(), tokens(), start);
    engine.receive_queue_not_empty();
    assert_eq!(engine.poll(start), Step::Wait(Some(start)));
    engine.drained_until(start);
    assert!(matches!(engine.poll(start), Step::Transmit(_)));
}

#[test]
fn flood_continues_after_losses() {
    let flood = Schedule {
        pace: Pace::Flood,
        count: Some(100),
        ..schedule()
    };
    let run = run(flood, 10_000, |number| {
        if number % 10 == 0 {
            Path::Lost
        } else {
            Path::Reply(1)
        }
    });
    // Ten losses cost ten milliseconds each, and the eighty-nine replies before the last probe one each.
    let last_sent = run
        .log
        .iter()
        .rev()
        .find(|(_, seen)| matches!(seen, Seen::Sent(_)));
    assert_eq!(last_sent, Some(&(189, Seen::Sent(100))));
    assert_eq!(run.engine.summary().counts.received, 90);
}

/// An engine with `size` probes in flight.
fn in_flight(size: u64) -> (One, Instant, Vec<Probe>) {
    let start = SystemClock.now();
    let endless = Schedule {
        count: None,
        pace: Pace::Interval(Duration::from_micros(1)),
        outstanding: Outstanding::Silent,
        ..schedule()
    };
    let mut engine = One::new(endless, tokens(), start);
    let mut probes = Vec::new();
    for number in 0..size {
        let now = start + Duration::from_micros(number);
        let Step::Transmit(probe) = engine.poll(now) else {
            panic!("{number}")
        };
        engine.sent(now);
        engine.received_other();
        probes.push(probe);
    }
    (engine, start, probes)
}

#[test]
fn answer_without_the_token_does_not_count() {
    let (mut engine, start, probes) = in_flight(1);
    let later = start + Duration::from_millis(5);
    for (evidence, standing) in [
        (Evidence::Octets(&[0; 16]), Standing::BadToken),
        (Evidence::Missing, Standing::BadToken),
        (Evidence::Octets(probes[0].token.octets()), Standing::Reply),
    ] {
        let claim = Claim {
            evidence,
            ..claim(&probes[0])
        };
        assert_eq!(engine.answered(&claim, later).standing, standing);
    }
    assert_eq!(engine.summary().counts.bad_tokens, 2);
}

#[test]
fn answer_with_a_wrong_checksum_does_not_count() {
    let (mut engine, start, probes) = in_flight(1);
    let damaged = Claim {
        checksum_valid: false,
        ..claim(&probes[0])
    };
    assert_eq!(
        engine.answered(&damaged, start).standing,
        Standing::BadChecksum
    );
    assert_eq!(engine.summary().counts.received, 0);
}

#[test]
fn reply_with_a_wrong_checksum_has_a_round_trip_under_the_name_ping_only() {
    for (timed, is_told) in [(Timed::Faithful, false), (Timed::All, true)] {
        let start = SystemClock.now();
        let mut engine = One::new(
            Schedule {
                timed,
                ..schedule()
            },
            tokens(),
            start,
        );
        let Step::Transmit(probe) = engine.poll(start) else {
            panic!("nothing is sent");
        };
        engine.sent(start);
        let damaged = Claim {
            checksum_valid: false,
            ..claim(&probe)
        };
        let verdict = engine.answered(&damaged, start);
        assert_eq!(verdict.standing, Standing::BadChecksum);
        assert_eq!(verdict.timing.is_some(), is_told, "{timed:?}");
    }
}

#[test]
fn answer_to_an_unsent_sequence_number_is_unexpected() {
    let (mut engine, start, probes) = in_flight(1);
    for sequence in [0, 2, 3, 0x8000, u16::MAX] {
        let forged = Claim {
            sequence,
            ..claim(&probes[0])
        };
        assert_eq!(
            engine.answered(&forged, start).standing,
            Standing::Unexpected
        );
        assert_eq!(engine.unreachable(sequence, start), None);
    }
    let counts = engine.summary().counts;
    assert_eq!(
        (counts.received, counts.unexpected, counts.rejected),
        (0, 5, 0)
    );
}

#[test]
fn answer_from_an_earlier_sequence_wrap_is_stale() {
    let (mut engine, start, probes) = in_flight(WRAP + 1);
    let old = claim(&probes[0]);
    let now = start + Duration::from_secs(1);
    assert_eq!(old.sequence, probes[65_536].sequence);
    assert_eq!(engine.answered(&old, now).standing, Standing::Stale);
    assert_eq!(
        engine.answered(&claim(&probes[65_536]), now).standing,
        Standing::Reply
    );
}

#[test]
fn reply_wins_over_an_error_before_or_after_it() {
    let (mut engine, start, probes) = in_flight(1);
    assert_eq!(engine.unreachable(1, start), Some(Reach::Left));
    assert_eq!(engine.unreachable(1, start), None, "reported once");
    assert_eq!(
        engine.answered(&claim(&probes[0]), start).standing,
        Standing::Reply
    );
    assert_eq!(engine.unreachable(1, start), None);
    let counts = engine.summary().counts;
    assert_eq!((counts.received, counts.rejected), (1, 1));
}

#[test]
fn stamps_of_driver_and_interface_are_ignored_once_fragments_follow() {
    for (in_fragments, source) in [(false, Source::Hardware), (true, Source::Kernel)] {
        let start = SystemClock.now();
        let from_driver = Schedule {
            start: RoundTripStart::Driver,
            ..schedule()
        };
        let mut engine = One::new(from_driver, tokens(), start);
        let Step::Transmit(probe) = engine.poll(start) else {
            panic!("nothing to send")
        };
        engine.sent(start);
        if in_fragments {
            assert_eq!(
                engine.icmp(1, (3, 4), Origin::Network, start),
                Some(Reach::Left)
            );
        }
        engine.entered(probe.name, start);
        engine.departed(probe.name, start);
        engine.departed_by_interface(probe.name, Duration::from_secs(7));
        let came = Arrival {
            read: start + Duration::from_millis(2),
            kernel: Some(start + Duration::from_millis(1)),
            hardware: Some(Duration::from_millis(7001)),
        };
        let timing = engine.answered(&claim(&probe), came).timing.unwrap();
        assert_eq!(timing.source, source);
        assert_eq!(timing.queued.is_none(), in_fragments);
    }
}

#[test]
fn error_about_the_last_probe_ends_the_run_after_the_queue_is_drained() {
    for outstanding in [Outstanding::Silent, Outstanding::Overdue] {
        let one = Schedule {
            count: Some(1),
            outstanding,
            ..schedule()
        };
        let start = SystemClock.now();
        let mut engine = One::new(one, tokens(), start);
        let Step::Transmit(probe) = engine.poll(start) else {
            panic!("nothing to send")
        };
        engine.sent(start);
        let at = start + Duration::from_millis(20);
        assert_eq!(engine.unreachable(1, at), Some(Reach::Left));
        assert_eq!(engine.poll(at), Step::Wait(Some(at)), "drains first");
        let mut unheard = engine.clone();
        engine.drained_until(at);
        assert_eq!(engine.poll(at), Step::Done);
        unheard.answered(&claim(&probe), at);
        unheard.drained_until(at);
        assert_eq!(unheard.poll(at), Step::Done);
        assert_eq!(unheard.summary().counts.received, 1);
    }
}

#[test]
fn run_cut_short_drains_the_queue_after_a_late_error() {
    let start = SystemClock.now();
    let mut engine = One::new(schedule(), tokens(), start);
    engine.poll(start);
    engine.sent(start);
    let at = |milliseconds| start + Duration::from_millis(milliseconds);
    engine.stop(at(10));
    engine.drained_until(at(11));
    assert_eq!(engine.unreachable(1, at(12)), Some(Reach::Left));
    assert_eq!(engine.poll(at(12)), Step::Wait(Some(at(12))));
    engine.drained_until(at(12));
    assert_eq!(engine.poll(at(12)), Step::Done);
}

#[test]
fn probes_in_flight_at_a_suspension_count_as_suspended() {
    let strict = Schedule {
        count: Some(4),
        preload: 4,
        timeout: Timeout::PerProbe(Duration::from_millis(500)),
        ..schedule()
    };
    let start = SystemClock.now();
    let at = |milliseconds| start + Duration::from_millis(milliseconds);
    let mut engine = One::new(strict, tokens(), start);
    let mut probes = Vec::new();
    for _ in 0..4 {
        let Step::Transmit(probe) = engine.poll(start) else {
            panic!("four are due")
        };
        engine.sent(start);
        engine.received_other();
        probes.push(probe);
    }
    engine.answered(&claim(&probes[0]), at(20));
    assert_eq!(engine.suspended(at(100)), 3);
    assert_eq!(engine.suspended(at(101)), 0, "each is counted once");
    let counts = engine.summary().counts;
    assert_eq!((counts.received, counts.suspended), (1, 3));
    assert_eq!(counts.loss(), Some(0.0));
    // A reply counts, but without a round trip. If it took too long even by clocks that stood still, it is late. An
    // error is an error.
    let verdict = engine.answered(&claim(&probes[1]), at(400));
    assert_eq!(verdict.standing, Standing::Reply);
    assert_eq!(round_trip(&verdict), None);
    assert_eq!(
        engine.unreachable(probes[2].sequence, at(450)),
        Some(Reach::Left)
    );
    let verdict = engine.answered(&claim(&probes[3]), at(501));
    assert_eq!(verdict.standing, Standing::Late);
    assert_eq!(round_trip(&verdict), None);
    let again = engine.answered(&claim(&probes[3]), at(502));
    assert_eq!(again.standing, Standing::Duplicate);
    assert_eq!(round_trip(&again), None, "nor is this known");
    let summary = engine.summary();
    let counts = summary.counts;
    assert_eq!(
        (counts.received, counts.suspended, counts.rejected),
        (2, 0, 1)
    );
    assert_eq!(counts.loss(), Some(50.0));
    assert_eq!(
        summary.round_trips.map(|times| times.max),
        Some(Duration::from_millis(20))
    );
}

#[test]
fn expired_probes_are_lost_at_a_suspension() {
    let (mut engine, start, probe) = one_in_flight();
    let late = start + Duration::from_secs(2);
    engine.drained_until(late);
    assert_eq!(engine.poll(late), no_answer(1));
    assert_eq!(engine.suspended(late), 0);
    assert_eq!(engine.summary().counts.loss(), Some(100.0));
    let verdict = engine.answered(&claim(&probe), late);
    assert_eq!(verdict.standing, Standing::Reply, "late, and it counts");
    assert_eq!(round_trip(&verdict), None, "the clocks stood still");
}

#[test]
fn reply_after_error_and_suspension_has_no_round_trip() {
    let (mut engine, start, probe) = one_in_flight();
    let at = |milliseconds| start + Duration::from_millis(milliseconds);
    engine.suspended(at(20));
    assert_eq!(
        engine.unreachable(probe.sequence, at(21)),
        Some(Reach::Left)
    );
    let verdict = engine.answered(&claim(&probe), at(22));
    assert_eq!(verdict.standing, Standing::Reply);
    assert_eq!(round_trip(&verdict), None);
    let summary = engine.summary();
    assert_eq!((summary.counts.received, summary.round_trips), (1, None));
}

#[test]
fn suspended_run_ends_after_the_queue_is_drained() {
    let (mut engine, start, _) = one_in_flight();
    let at = start + Duration::from_millis(20);
    assert_eq!(engine.suspended(at), 1);
    assert_eq!(engine.poll(at), Step::Wait(Some(at)));
    engine.drained_until(at);
    assert_eq!(engine.poll(at), Step::Done);
}

fn one_in_flight() -> (One, Instant, Probe) {
    let one = Schedule {
        count: Some(1),
        ..schedule()
    };
    let start = SystemClock.now();
    let mut engine = One::new(one, tokens(), start);
    let Step::Transmit(probe) = engine.poll(start) else {
        panic!("it is due")
    };
    engine.sent(start);
    (engine, start, probe)
}

/// When a run of three probes ends, and with how many replies, if the first two are answered after `others`
/// milliseconds.
fn ending(outstanding: Outstanding, others: u64, last: Path) -> (u64, u64) {
    let schedule = Schedule {
        outstanding,
        ..schedule()
    };
    let fate = |number| {
        if number == 2 {
            last
        } else {
            Path::Reply(others)
        }
    };
    let run = run(schedule, 100, fate);
    (run.end, run.engine.summary().counts.received)
}

#[test]
fn after_the_last_error_the_reply_is_awaited_as_long_as_others_took() {
    let rping = |others, last| ending(Outstanding::Overdue, others, last);
    assert_eq!(rping(20, Path::RejectThenReply(5, 30)), (2030, 3));
    assert_eq!(rping(20, Path::RejectThenReply(5, 41)), (2040, 2));
    assert_eq!(rping(20, Path::RejectThenReply(45, 46)), (2045, 2));
    assert_eq!(rping(400, Path::RejectThenReply(5, 55)), (2055, 3));
    assert_eq!(rping(400, Path::RejectThenReply(5, 56)), (2055, 2));
}

#[test]
fn ping_ends_with_the_last_error() {
    let silent = |others, last| ending(Outstanding::Silent, others, last);
    assert_eq!(silent(20, Path::RejectThenReply(5, 30)), (2005, 2));
    for outstanding in [Outstanding::Silent, Outstanding::Overdue] {
        let schedule = Schedule {
            outstanding,
            ..schedule()
        };
        let unreachable = run(schedule, 100, |_| Path::Reject(1));
        assert_eq!(unreachable.end, 2001, "{outstanding:?}");
    }
}

#[test]
fn reply_stamped_before_its_probe_has_round_trip_zero() {
    let (mut engine, start, probes) = in_flight(2);
    let verdict = engine.answered(&claim(&probes[1]), start);
    assert_eq!(round_trip(&verdict), Some(Duration::ZERO));
}

#[test]
fn suspended_run_skips_missed_probes() {
    let start = SystemClock.now();
    let mut engine = One::new(
        Schedule {
            count: None,
            ..schedule()
        },
        tokens(),
        start,
    );
    assert!(matches!(engine.poll(start), Step::Transmit(_)));
    engine.sent(start);
    let resumed = start + Duration::from_millis(3_600_300);
    assert_eq!(
        engine.poll(resumed),
        Step::Wait(Some(resumed)),
        "drains before it reports"
    );
    engine.drained_until(resumed);
    assert_eq!(engine.poll(resumed), no_answer(1));
    assert!(matches!(engine.poll(resumed), Step::Transmit(_)));
    engine.sent(resumed);
    engine.received_other();
    let Step::Wait(Some(next)) = engine.poll(resumed) else {
        panic!("a burst")
    };
    assert_eq!(next, start + Duration::from_secs(3601));
}

fn any_path() -> impl Strategy<Value = Path> {
    prop_oneof![
        (0..3000_u64).prop_map(Path::Reply),
        (0..3000_u64, 0..5000_u64).prop_map(|(first, second)| Path::Twice(first, second)),
        // Instant errors would keep a flood at the same instant, so that its deadline never comes.
        (1..3000_u64).prop_map(Path::Reject),
        Just(Path::Lost),
        Just(Path::Refused),
    ]
}

fn any_timeout() -> impl Strategy<Value = Timeout> {
    let time = (1..3000_u64).prop_map(Duration::from_millis);
    prop_oneof![
        Just(Timeout::Patient),
        time.clone().prop_map(Timeout::Linger),
        time.prop_map(Timeout::PerProbe),
    ]
}

fn any_pace() -> impl Strategy<Value = Pace> {
    prop_oneof![
        (0..2000_u64).prop_map(|ms| Pace::Interval(Duration::from_millis(ms))),
        Just(Pace::Flood),
        (0..5_u64).prop_map(|ms| Pace::Adaptive {
            initial: Duration::from_secs(1),
            floor: Duration::from_millis(ms),
        }),
    ]
}

proptest! {
    #[test]
    fn run_ends_and_counts_add_up_on_any_path(
        paths in prop::collection::vec(any_path(), 1..40),
        timeout in any_timeout(),
        pace in any_pace(),
        preload in 1..5_u32,
        outstanding in prop_oneof![
            Just(Outstanding::Silent), Just(Outstanding::BeforeNext), Just(Outstanding::Overdue)
        ],
        deadline in prop::option::of(1..20_000_u64),
        first_sequence: u16,
    ) {
        let attempts = paths.len() as u64;
        let schedule = Schedule {
            pace, preload, timeout, outstanding, first_sequence,
            timed: Timed::Faithful,
            start: RoundTripStart::Queue,
            count: Some(attempts),
            until_reply: false,
            deadline: deadline.map(Duration::from_millis),
        };
        let run = run(schedule, 200_000, |number| {
            paths[usize::try_from(number).unwrap() % paths.len()]
        });
        let counts = run.engine.summary().counts;
        prop_assert!(counts.received <= counts.transmitted);
        prop_assert!(counts.received + counts.rejected <= 2 * counts.transmitted);
        let loss = counts.loss().unwrap_or(0.0);
        prop_assert!((0.0..=100.0).contains(&loss));
        if deadline.is_none() {
            prop_assert_eq!(counts.transmitted + counts.not_sent, attempts);
        }
        prop_assert!(run.start + Duration::from_millis(run.end) >= run.start);
    }

    #[test]
    fn forged_answers_never_count(
        forged in prop::collection::vec((any::<u16>(), any::<[u8; 16]>(), any::<bool>()), 1..200),
        sent in 0..50_u64,
    ) {
        let (mut engine, start, _) = in_flight(sent);
        for (sequence, token, checksum_valid) in forged {
            let claim = Claim { target: TARGET, sequence, evidence: Evidence::Octets(&token), checksum_valid, faithful: true };
            engine.answered(&claim, start);
        }
        let summary = engine.summary();
        prop_assert_eq!(summary.counts.received, 0);
        prop_assert_eq!(summary.round_trips, None);
    }
}

#[test]
fn reply_that_arrived_while_the_process_was_stopped_is_in_time() {
    let start = SystemClock.now();
    let strict = Schedule {
        timeout: Timeout::PerProbe(Duration::from_millis(500)),
        ..schedule()
    };
    let mut engine = One::new(strict, tokens(), start);
    let Step::Transmit(probe) = engine.poll(start) else {
        panic!("one is due")
    };
    engine.sent(start);
    let (arrived, resumed) = (
        start + Duration::from_millis(200),
        start + Duration::from_secs(2),
    );
    assert_eq!(
        engine.poll(resumed),
        Step::Wait(Some(resumed)),
        "drains first"
    );
    engine.drained_until(arrived);
    let verdict = engine.answered(&claim(&probe), arrived);
    assert_eq!(verdict.standing, Standing::Reply);
    assert_eq!(round_trip(&verdict), Some(Duration::from_millis(200)));
}

#[test]
fn interrupted_run_counts_replies_that_arrived_before() {
    let start = SystemClock.now();
    let mut engine = One::new(schedule(), tokens(), start);
    let Step::Transmit(probe) = engine.poll(start) else {
        panic!("one is due")
    };
    engine.sent(start);
    let stopped = start + Duration::from_millis(700);
    engine.stop(stopped);
    assert_eq!(engine.poll(stopped), Step::Wait(Some(stopped)));
    engine.answered(&claim(&probe), start + Duration::from_millis(3));
    engine.drained_until(stopped);
    assert_eq!(engine.poll(stopped), Step::Done);
    assert_eq!(engine.summary().counts.received, 1);
}

#[test]
fn replies_are_read_between_sends_at_any_interval() {
    let start = SystemClock.now();
    let hasty = Schedule {
        pace: Pace::Interval(Duration::from_nanos(1)),
        count: None,
        ..schedule()
    };
    let mut engine = One::new(hasty, tokens(), start);
    let mut now = start;
    for _ in 0..100 {
        let Step::Transmit(probe) = engine.poll(now) else {
            panic!("a probe is due")
        };
        engine.sent(now);
        now += Duration::from_micros(2);
        assert_eq!(engine.poll(now), Step::Wait(Some(now)));
        engine.drained_until(now);
        engine.answered(&claim(&probe), now);
    }
    assert_eq!(engine.summary().counts.received, 100);
}

#[test]
fn outstanding_reports_the_last_probe_too_and_each_once() {
    let both = Schedule {
        outstanding: Outstanding::Both,
        ..schedule()
    };
    let run = run(both, 100, |_| Path::Lost);
    let reported: Vec<(u64, Seen)> = run
        .log
        .into_iter()
        .filter(|(_, seen)| matches!(seen, Seen::NoAnswer(_)))
        .collect();
    let expected =
        [(1000, 1), (2000, 2), (3000, 3)].map(|(at, sequence)| (at, Seen::NoAnswer(sequence)));
    assert_eq!(reported, expected);
}

#[test]
fn run_cut_short_waits_briefly_for_the_reply_that_is_due() {
    let cut = Schedule {
        deadline: Some(Duration::from_millis(2001)),
        count: None,
        ..schedule()
    };
    let fast = run(cut.clone(), 100, |_| Path::Reply(10));
    assert_eq!((fast.end, fast.engine.summary().counts.received), (2010, 3));
    let slow = run(cut.clone(), 100, |_| Path::Reply(200));
    assert_eq!((slow.end, slow.engine.summary().counts.received), (2051, 2));
    let deaf = run(cut, 100, |_| Path::Lost);
    assert_eq!(deaf.end, 2001);
}

#[test]
fn expired_probe_does_not_expire_the_next_one() {
    let both = Schedule {
        pace: Pace::Interval(Duration::from_millis(300)),
        timeout: Timeout::PerProbe(Duration::from_millis(500)),
        outstanding: Outstanding::Both,
        ..schedule()
    };
    let run = run(both, 100, |number| {
        if number == 0 {
            Path::Lost
        } else {
            Path::Reply(450)
        }
    });
    let counts = run.engine.summary().counts;
    assert_eq!((counts.received, counts.late), (2, 0));
}

/// Three years at one probe a second.
#[test]
#[ignore = "takes a minute: cargo test --release --lib hundred_million -- --ignored"]
fn hundred_million_probes_are_counted_in_the_memory_of_one_wrap() {
    const PROBES: u64 = 100_000_000;
    let schedule = Schedule {
        count: Some(PROBES),
        ..schedule()
    };
    let mut now = SystemClock.now();
    let mut engine = One::new(schedule, tokens(), now);
    let mut under_way: Option<Probe> = None;
    loop {
        match engine.poll(now) {
            Step::Transmit(probe) => {
                engine.sent(now);
                // One probe in a hundred is lost.
                under_way = (u64::from(probe.name) % 100 != 7).then_some(probe);
            }
            Step::NoAnswer { .. } | Step::Decided(_) => {}
            Step::Wait(until) => {
                if let Some(probe) = under_way.take() {
                    now += Duration::from_millis(20);
                    engine.drained_until(now);
                    engine.answered(&claim(&probe), now);
                } else {
                    now = until.unwrap().max(now);
                    engine.drained_until(now);
                }
            }
            Step::Done => break,
        }
    }
    let summary = engine.summary();
    assert_eq!(summary.counts.transmitted, PROBES);
    assert_eq!(summary.counts.received, PROBES / 100 * 99);
    assert_eq!(
        summary
            .series
            .as_ref()
            .unwrap()
            .outages
            .longest
            .map(|outage| outage.probes),
        Some(1)
    );
    assert_eq!(engine.window.all().count() as u64, WRAP);
}

/// The mean round trip and the number of round trips of two replies after 10 and 30 ms; the second is unfaithful.
fn round_trips_with_one_unfaithful(timed: Timed) -> (Duration, u64) {
    let two = Schedule {
        count: Some(2),
        timed,
        ..schedule()
    };
    let start = SystemClock.now();
    let mut engine = One::new(two, tokens(), start);
    let mut now = start;
    for (milliseconds, faithful) in [(10, true), (30, false)] {
        let Step::Transmit(probe) = engine.poll(now) else {
            panic!("it is due")
        };
        engine.sent(now);
        engine.received_other();
        let arrival = now + Duration::from_millis(milliseconds);
        let claim = Claim {
            faithful,
            ..claim(&probe)
        };
        let verdict = engine.answered(&claim, arrival);
        assert_eq!(verdict.standing, Standing::Reply);
        assert_eq!(round_trip(&verdict), Some(arrival - now), "it is reported");
        now += Duration::from_secs(1);
    }
    let summary = engine.summary();
    assert_eq!(summary.counts.received, 2);
    let round_trips = summary.round_trips.unwrap();
    assert_eq!(summary.sources.user + summary.counts.untimed, 2);
    (round_trips.max, summary.counts.untimed)
}

#[test]
fn unfaithful_reply_counts_without_a_round_trip() {
    let faithful = round_trips_with_one_unfaithful(Timed::Faithful);
    assert_eq!(faithful, (Duration::from_millis(10), 1));
    let all = round_trips_with_one_unfaithful(Timed::All);
    assert_eq!(all, (Duration::from_millis(30), 0));
}

#[test]
fn unfaithful_reply_still_sets_how_long_others_are_awaited() {
    let flood = Schedule {
        count: None,
        pace: Pace::Adaptive {
            initial: Duration::from_secs(1),
            floor: Duration::from_millis(2),
        },
        ..schedule()
    };
    let start = SystemClock.now();
    let mut engine = One::new(flood, tokens(), start);
    let Step::Transmit(probe) = engine.poll(start) else {
        panic!("it is due")
    };
    engine.sent(start);
    let claim = Claim {
        faithful: false,
        ..claim(&probe)
    };
    let round_trip = Duration::from_millis(50);
    engine.answered(&claim, start + round_trip);
    engine.drained_until(start + round_trip);
    let step = engine.poll(start + round_trip);
    assert!(matches!(step, Step::Transmit(_)), "{step:?}");
}
