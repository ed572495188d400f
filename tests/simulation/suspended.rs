//! A host that is suspended during a run: the monotonic clock stands still, and nothing is received.

use std::time::Duration;

use super::network::Path;
use super::{Outcome, ping, run, schedule};
use rping::config::{Outstanding, Schedule, Style, Timeout};

const HOUR: Duration = Duration::from_secs(3600);

/// The times of suspensions on that clock, and their lengths.
type Suspensions = &'static [(Duration, Duration)];

/// Between the third probe and its answer.
const THIRD: Suspensions = &[(Duration::from_millis(2010), HOUR)];

/// A path that answers each probe after 20 ms.
fn path(suspensions: Suspensions) -> Path {
    Path {
        suspensions,
        ..Path::plain(20)
    }
}

fn five(path: Path, style: Style) -> Outcome {
    run(schedule(5), style, path, vec![])
}

#[test]
fn a_probe_in_flight_is_not_lost_and_the_rest_keeps_its_schedule() {
    let outcome = five(path(THIRD), Style::default());
    assert_eq!(outcome.err, "rping: this host was suspended for 3600 s\n");
    let counts = "\n5 packets transmitted, 4 received, 0% packet loss, time 4000ms\n";
    assert!(outcome.out.contains(counts), "{}", outcome.out);
    let suspended = "\nsuspended: 1 probe was in flight when this host was suspended\n";
    assert!(outcome.out.contains(suspended), "{}", outcome.out);
    assert!(!outcome.out.contains("no answer yet"), "{}", outcome.out);
    assert!(!outcome.out.contains("outage"), "{}", outcome.out);
    assert_eq!(outcome.passed, Duration::from_millis(4020));
    assert!(outcome.success);
}

#[test]
fn with_a_time_of_its_own_a_probe_is_not_given_up_for_it() {
    for timeout in [5, 300, 2000] {
        let schedule = Schedule {
            timeout: Timeout::PerProbe(Duration::from_millis(timeout)),
            outstanding: Outstanding::Both,
            ..schedule(5)
        };
        let outcome = run(schedule, Style::default(), path(THIRD), vec![]);
        let lost = timeout < 20;
        assert_eq!(
            outcome.out.contains(" 0% packet loss"),
            !lost,
            "{}",
            outcome.out
        );
        assert_eq!(
            outcome.out.contains("suspended: 1"),
            !lost,
            "{}",
            outcome.out
        );
        assert_eq!(
            outcome.out.contains("no answer yet"),
            lost,
            "{}",
            outcome.out
        );
    }
}

#[test]
fn under_the_name_ping_the_text_is_that_of_iputils_and_the_loss_does_not_lie() {
    let outcome = five(path(THIRD), ping());
    assert_eq!(outcome.err, "");
    assert!(
        outcome.out.ends_with(
            "\n5 packets transmitted, 4 received, 0% packet loss, time 4000ms\n\
            rtt min/avg/max/mdev = 20.000/20.000/20.000/0.000 ms\n"
        ),
        "{}",
        outcome.out
    );
}

#[test]
fn an_answer_that_was_kept_for_the_host_counts_and_is_not_timed() {
    // The replies to the second and the third probe were in flight.
    let slow = Path {
        kept: true,
        delay: Duration::from_millis(1500),
        suspensions: THIRD,
        ..Path::plain(0)
    };
    let outcome = five(slow, Style::default());
    let line = |number| format!("\n64 bytes from 198.51.100.2: icmp_seq={number} ttl=64");
    for number in 1..=5 {
        let timed = !outcome.out.contains(&format!("{}\n", line(number)));
        assert_eq!(timed, ![2, 3].contains(&number), "{}", outcome.out);
        assert!(outcome.out.contains(&line(number)), "{}", outcome.out);
    }
    let counts = "\n5 packets transmitted, 5 received, 0% packet loss, time 4000ms\n";
    assert!(outcome.out.contains(counts), "{}", outcome.out);
    assert!(!outcome.out.contains("suspended: "), "{}", outcome.out);
    let times = "\nrtt min/avg/max/mdev = 1500.000/1500.000/1500.000/0.000 ms";
    assert!(outcome.out.contains(times), "{}", outcome.out);
}

#[test]
fn a_host_that_slept_through_the_last_probe_ends_the_run() {
    const LAST: Suspensions = &[(Duration::from_millis(4010), HOUR)];
    let outcome = five(path(LAST), Style::default());
    assert!(
        outcome
            .out
            .contains("\n5 packets transmitted, 4 received, 0% packet loss")
    );
    assert!(
        outcome.passed < Duration::from_millis(5100),
        "{:?}",
        outcome.passed
    );
}

#[test]
fn a_host_that_sleeps_again_and_again_tells_it_each_time() {
    const NAPS: Suspensions = &[
        (Duration::from_millis(10), HOUR),
        (Duration::from_millis(1500), Duration::from_millis(1500)),
        (Duration::from_millis(2001), HOUR),
        (Duration::from_millis(2010), HOUR),
        (Duration::from_millis(3500), Duration::from_millis(99)),
    ];
    let outcome = five(path(NAPS), Style::default());
    assert_eq!(
        outcome.err,
        "rping: this host was suspended for 3600 s\n\
        rping: this host was suspended for 1.5 s\n\
        rping: this host was suspended for 7200 s\n"
    );
    assert!(
        outcome
            .out
            .contains("\n5 packets transmitted, 3 received, 0% packet loss")
    );
    assert!(outcome.out.contains("\nsuspended: 2 probes were in flight"));
}

#[test]
fn what_was_lost_before_is_lost() {
    const LATE: Suspensions = &[(Duration::from_millis(4500), HOUR)];
    let deaf = Path {
        lost: 1000,
        suspensions: LATE,
        ..Path::plain(20)
    };
    let outcome = five(deaf, Style::default());
    let counts = "\n5 packets transmitted, 0 received, 100% packet loss";
    assert!(outcome.out.contains(counts), "{}", outcome.out);
    assert!(
        outcome.out.contains("\nsuspended: 1 probe was"),
        "{}",
        outcome.out
    );
    assert!(!outcome.success);
}
