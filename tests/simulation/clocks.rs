//! Round trips while the wall clock is stepped.

use std::time::Duration;

use proptest::prelude::*;

use super::network::Path;
use super::{Outcome, run, schedule};
use rping::config::{RoundTripStart, Schedule, Style};

/// A path with a round trip of ten milliseconds, and 30 microseconds in this host at each end.
fn path(steps: Vec<(Duration, i64)>) -> Path {
    Path {
        host: Duration::from_micros(30),
        steps: steps.leak(),
        ..Path::plain(10)
    }
}

fn round_trips(outcome: &Outcome) -> Vec<u32> {
    let printed = outcome.out.split("time=").skip(1);
    let times = printed.map(|rest| rest.split(' ').next().unwrap());
    times
        .map(|time| time.replace('.', "").parse().unwrap())
        .collect()
}

#[test]
fn the_host_s_own_part_is_not_in_the_round_trip() {
    let outcome = run(schedule(3), Style::default(), path(vec![]), vec![]);
    assert_eq!(round_trips(&outcome), [10_000; 3]);
    assert!(outcome.out.contains("\ntimed by: 3 kernel\n"));
}

#[test]
fn a_round_trip_during_which_the_clock_is_stepped_is_timed_by_the_user() {
    for by in [3_600_000_000, -3_600_000_000, 500, -500] {
        let while_the_second_is_under_way = Duration::from_millis(1005);
        let steps = vec![(while_the_second_is_under_way, by)];
        let outcome = run(schedule(3), Style::default(), path(steps), vec![]);
        assert_eq!(round_trips(&outcome), [10_000, 10_060, 10_000], "{by}");
        assert!(outcome.out.contains("\ntimed by: 2 kernel, 1 user\n"));
    }
}

#[test]
fn the_wait_in_this_host_is_part_of_the_round_trip() {
    let wait = Duration::from_millis(400);
    for (held, queue) in [(wait, Duration::ZERO), (Duration::ZERO, wait)] {
        let waiting = Path {
            held,
            queue,
            ..path(vec![])
        };
        let outcome = run(schedule(3), Style::default(), waiting, vec![]);
        assert_eq!(round_trips(&outcome), [410_000; 3]);
        assert!(outcome.out.contains("\ntimed by: 3 kernel\n"));
    }
}

#[test]
fn probe_that_waits_in_the_queue_is_waited_for_though_the_round_trip_begins_behind_it() {
    let waiting = Path {
        queue: Duration::from_millis(1700),
        ..path(vec![])
    };
    let from_driver = Schedule {
        start: RoundTripStart::Driver,
        ..schedule(6)
    };
    let outcome = run(from_driver, Style::default(), waiting, vec![]);
    assert_eq!(round_trips(&outcome), [10_000; 6]);
    let lines = "\ntimed by: 6 wire (without this host's queue)\nthis host's queue: 1700.";
    assert!(outcome.out.contains(lines), "{}", outcome.out);
}

/// Two clocks are read one after the other, so a difference of a microsecond counts as the time of the readings.
#[test]
fn a_step_that_no_reading_tells_makes_no_more_difference_than_itself() {
    for (by, most) in [(1, 1), (-1, 1), (2, 0), (-2, 0), (10, 0), (-10, 0)] {
        let while_the_second_is_under_way = Duration::from_millis(1005);
        let steps = vec![(while_the_second_is_under_way, by)];
        let outcome = run(schedule(3), Style::default(), path(steps), vec![]);
        let differences = round_trips(&outcome)
            .into_iter()
            .map(|it| it.abs_diff(10_000));
        let differences: Vec<u32> = differences.collect();
        assert!(
            differences.iter().all(|it| *it <= most),
            "{by}: {differences:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// However the wall clock is stepped, each round trip is between the true one, except for an undetectable
    /// microsecond, and the time that the user saw; and one probe is sent each second.
    #[test]
    fn no_step_makes_a_round_trip_lie(
        steps in prop::collection::vec((0..20_100_u64, -20_000_000..20_000_000_i64), 0..5),
        small in prop::collection::vec((0..20_100_u64, -60..60_i64), 0..5),
        queue in prop_oneof![Just(0), 0..300_u32],
        held in prop_oneof![Just(0), 0..300_u32],
    ) {
        let steps = steps.into_iter().chain(small);
        let steps = steps.map(|(at, by)| (Duration::from_millis(at), by)).collect();
        let [queue_time, held_time] = [queue, held].map(|it| Duration::from_millis(it.into()));
        let path = Path { queue: queue_time, held: held_time, ..path(steps) };
        let outcome = run(schedule(20), Style::default(), path, vec![]);
        let true_time = 10_000 + 1000 * (queue + held);
        let round_trips = round_trips(&outcome);
        prop_assert_eq!(round_trips.len(), 20);
        prop_assert!(round_trips.iter().all(|time| (true_time - 1..=true_time + 60).contains(time)), "{:?}", round_trips);
        prop_assert!(outcome.passed >= Duration::from_secs(19) && outcome.passed < Duration::from_secs(20));
    }
}
