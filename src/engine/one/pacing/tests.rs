//! When probes are due.

use super::*;
use crate::clock::{Clock, SystemClock};

const TENTH: Duration = Duration::from_millis(100);

fn start() -> Instant {
    SystemClock.now()
}

fn after(start: Instant, milliseconds: u64) -> Instant {
    start + Duration::from_millis(milliseconds)
}

#[test]
fn first_probe_is_sent_at_once() {
    assert_eq!(Pacer::new(Pace::Interval(TENTH), 1).due(0, None), None);
}

#[test]
fn lateness_of_a_probe_does_not_move_the_schedule() {
    let start = start();
    let mut pacer = Pacer::new(Pace::Interval(TENTH), 1);
    for probe in 0..1000 {
        pacer.left(start + TENTH * probe + Duration::from_millis(u64::from(probe % 90)));
    }
    assert_eq!(pacer.due(1, None), Some(start + TENTH * 1000));
}

#[test]
fn missed_slots_are_skipped_and_never_sent_in_a_burst() {
    let start = start();
    let mut pacer = Pacer::new(Pace::Interval(TENTH), 1);
    pacer.left(start);
    pacer.left(start + Duration::from_millis(2_530));
    assert_eq!(pacer.due(2, None), Some(after(start, 2_600)));
}

#[test]
fn slots_missed_by_a_short_stall_are_made_up_for_at_half_the_interval() {
    let start = start();
    let after = |microseconds| start + Duration::from_micros(microseconds);
    let mut pacer = Pacer::new(Pace::Interval(Duration::from_millis(1)), 1);
    pacer.left(start);
    // The second probe is sent after 4.2 ms instead of 1; the ninth is on time again.
    for (left, next) in [
        (4_200, 4_700),
        (4_700, 5_200),
        (5_200, 5_700),
        (5_700, 6_200),
        (6_200, 6_700),
        (6_700, 7_200),
        (7_200, 8_000),
    ] {
        pacer.left(after(left));
        assert_eq!(pacer.due(1, None), Some(after(next)));
    }
}

#[test]
fn slots_missed_by_a_stall_of_more_than_100_ms_are_skipped() {
    let start = start();
    for (left, next) in [(101_000, 101_500), (101_001, 102_000)] {
        let mut pacer = Pacer::new(Pace::Interval(Duration::from_millis(1)), 1);
        pacer.left(start);
        pacer.left(start + Duration::from_micros(left));
        let next = start + Duration::from_micros(next);
        assert_eq!(pacer.due(1, None), Some(next));
    }
}

#[test]
fn run_of_short_intervals_takes_no_longer_with_short_stalls() {
    let interval = Duration::from_millis(1);
    let start = start();
    let mut pacer = Pacer::new(Pace::Interval(interval), 1);
    let mut now = start;
    for probe in 0..20_000_u32 {
        now = now.max(pacer.due(1, None).unwrap_or(start));
        if probe % 200 == 100 {
            now += Duration::from_millis(5);
        }
        pacer.left(now);
    }
    assert_eq!(now, start + interval * 19_999);
}

#[test]
fn preload_is_sent_at_once_and_the_schedule_follows() {
    let start = start();
    let mut pacer = Pacer::new(Pace::Interval(TENTH), 3);
    for sent in 0..3 {
        assert!(pacer.due(sent, None) <= Some(start), "probe {sent}");
        pacer.left(start);
    }
    assert_eq!(pacer.due(3, None), Some(after(start, 100)));
}

#[test]
fn flood_sends_with_each_reply_and_100_per_second_without() {
    let start = start();
    let mut pacer = Pacer::new(Pace::Flood, 1);
    pacer.left(start);
    assert_eq!(pacer.due(1, None), Some(after(start, 10)));
    assert_eq!(pacer.due(0, None), Some(start));
}

#[test]
fn adaptive_interval_follows_the_round_trip_down_to_the_floor() {
    let start = start();
    let floor = Duration::from_millis(2);
    let initial = Duration::from_secs(1);
    let mut pacer = Pacer::new(Pace::Adaptive { initial, floor }, 1);
    pacer.left(start);
    assert_eq!(pacer.due(1, None), Some(after(start, 1000)));
    assert_eq!(pacer.due(0, Some(TENTH)), Some(after(start, 100)));
    assert_eq!(
        pacer.due(0, Some(Duration::from_micros(30))),
        Some(after(start, 2))
    );
}

#[test]
fn adaptive_run_of_root_on_a_short_path_is_a_flood() {
    let start = start();
    let pace = Pace::Adaptive {
        initial: TENTH,
        floor: Duration::ZERO,
    };
    let mut pacer = Pacer::new(pace, 1);
    pacer.left(start);
    let average = Some(Duration::from_micros(30));
    assert_eq!(pacer.due(0, average), Some(start));
    assert_eq!(pacer.due(1, average), Some(after(start, 10)));
}
