//! A target that goes down and comes up again.

use std::time::Duration;

use super::network::Path;
use super::{Outcome, run, schedule};
use rping::config::{Schedule, Style, Timeout};

const HOUR: Duration = Duration::from_secs(3600);

fn told(count: u64, path: Path) -> Outcome {
    let style = Style {
        transitions: true,
        ..Style::default()
    };
    let schedule = Schedule {
        timeout: Timeout::PerProbe(Duration::from_millis(500)),
        ..schedule(count)
    };
    run(schedule, style, path, vec![])
}

/// The lines about the target being down or up, and the end of the statistics.
fn about_downs(outcome: &Outcome) -> Vec<&str> {
    let lines = outcome.out.lines();
    let is_about = |line: &&str| line.contains("is down") || line.contains("is up again");
    let at_end = lines.clone().skip_while(|line| !line.starts_with("down: "));
    lines.filter(is_about).chain(at_end).collect()
}

/// A path without replies to probes sent in these spans of the monotonic clock.
fn silent(spans: &'static [(Duration, Duration)]) -> Path {
    Path {
        silent: spans,
        ..Path::plain(20)
    }
}

#[test]
fn outage_has_a_line_when_it_begins_and_when_it_ends_and_is_listed_at_the_end() {
    const OUTAGE: [(Duration, Duration); 1] =
        [(Duration::from_millis(9_500), Duration::from_millis(50_500))];
    let outcome = told(60, silent(&OUTAGE));
    assert_eq!(
        about_downs(&outcome),
        [
            "198.51.100.2 is down: 3 probes without an answer, the first sent at 14:13:30.000",
            "198.51.100.2 is up again after 41.0 s",
            "down: 1 time, 41.000 s in all",
            "  2026-09-21 14:13:30.000  41.000 s, 41 probes (icmp_seq=11 to 51)",
        ]
    );
    let longest = "\nlongest outage: 41.000 s, 41 probes (icmp_seq=11 to 51)\n";
    assert!(outcome.out.contains(longest), "{}", outcome.out);
}

#[test]
fn two_lost_probes_in_a_row_are_no_time_down() {
    const OUTAGE: [(Duration, Duration); 1] =
        [(Duration::from_millis(9_500), Duration::from_millis(11_500))];
    let outcome = told(20, silent(&OUTAGE));
    assert_eq!(about_downs(&outcome), [""; 0]);
}

#[test]
fn target_that_is_down_at_the_end_is_listed_as_such() {
    const OUTAGE: [(Duration, Duration); 1] = [(Duration::from_millis(5_500), Duration::MAX)];
    let outcome = told(10, silent(&OUTAGE));
    assert_eq!(
        about_downs(&outcome),
        [
            "198.51.100.2 is down: 3 probes without an answer, the first sent at 14:13:26.000",
            "down: 1 time, 3.500 s in all",
            "  2026-09-21 14:13:26.000  3.500 s, 4 probes (icmp_seq=7 to 10), still down at the end",
        ]
    );
}

#[test]
fn time_in_which_this_host_was_suspended_is_no_outage() {
    const ASLEEP: [(Duration, Duration); 1] = [(Duration::from_millis(5_010), HOUR)];
    // Two probes are lost before it and two after it, until the network is up.
    const AROUND: [(Duration, Duration); 1] =
        [(Duration::from_millis(2_500), Duration::from_millis(7_500))];
    let outcome = told(
        20,
        Path {
            suspensions: &ASLEEP,
            ..silent(&AROUND)
        },
    );
    assert!(outcome.err.contains("was suspended"), "{}", outcome.err);
    assert_eq!(about_downs(&outcome), [""; 0]);
}

#[test]
fn outage_that_goes_on_after_a_suspension_has_no_hour_more() {
    const ASLEEP: [(Duration, Duration); 1] = [(Duration::from_millis(8_700), HOUR)];
    const LONG: [(Duration, Duration); 1] =
        [(Duration::from_millis(2_500), Duration::from_millis(12_500))];
    let outcome = told(
        20,
        Path {
            suspensions: &ASLEEP,
            ..silent(&LONG)
        },
    );
    let lines = about_downs(&outcome);
    assert_eq!(lines[1], "198.51.100.2 is up again after 10.0 s");
    assert_eq!(lines.len(), 4);
}

#[test]
fn month_of_random_losses_goes_down_and_up_in_turns() {
    let path = Path {
        lost: 300,
        rejected: 100,
        ..Path::plain(20)
    };
    let outcome = told(30 * 24 * 60, path);
    let downs = outcome.out.matches(" is down: ").count();
    let ups = outcome.out.matches(" is up again after ").count();
    assert!(downs > 1000 && (downs - ups) <= 1, "{downs} {ups}");
    let heading = format!("\ndown: {downs} times, ");
    assert!(outcome.out.contains(&heading));
    assert!(outcome.out.ends_with(")\n") || outcome.out.ends_with("end\n"));
}
