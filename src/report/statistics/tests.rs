use super::*;
use crate::event::{Outage, Outages, Results, Row, Series, Source, TargetNumber};
use std::time::Duration;

/// The series of a run without loss.
pub(crate) fn series() -> Series {
    Series {
        pipe: 1,
        outages: Outages::default(),
        bins: Vec::new(),
    }
}

/// A run that ends before its first probe.
pub(crate) fn nothing() -> Summary {
    Summary {
        series: Some(Series::default()),
        ..Summary::default()
    }
}

/// Results with nothing known about any target.
#[derive(Debug)]
pub(crate) struct Nothing;

impl Results for Nothing {
    fn row(&self, _: TargetNumber) -> Row {
        Row::default()
    }
}

/// Three probes and three replies.
pub(crate) fn plain() -> Summary {
    let ms = |milliseconds: u64| Duration::from_micros(milliseconds * 1000 + 42);
    Summary {
        counts: Counts {
            transmitted: 3,
            received: 3,
            ..Counts::default()
        },
        elapsed: Duration::from_micros(2_003_499),
        round_trips: Some(RoundTrips {
            min: ms(1),
            mean: ms(2),
            max: ms(1003),
            deviation: ms(0),
            ewma: ms(4),
            p50: ms(5),
            p90: ms(6),
            p99: ms(7),
            p99_9: ms(9),
            jitter: ms(8),
        }),
        sources: Sources::default(),
        queue_wait: None,
        series: Some(series()),
        targets: 1,
        alive: 1,
        dead: 0,
    }
}

fn style(face: Face) -> Style {
    Style {
        face,
        ..Style::default()
    }
}

fn printed(summary: &Summary, style: &Style, timed: bool) -> String {
    let mut line = Vec::new();
    let context = Context {
        style,
        host: "host",
        timed,
    };
    text(&mut line, summary, &context).unwrap();
    String::from_utf8(line).unwrap()
}

fn with(counts: Counts) -> Summary {
    Summary { counts, ..plain() }
}

/// The second line, about packets.
fn counted(counts: Counts, face: Face) -> String {
    printed(&with(counts), &style(face), true)
        .lines()
        .nth(2)
        .unwrap()
        .to_owned()
}

#[test]
fn the_longest_outage_is_told_under_the_name_rping() {
    let of = |first, last, probes| Summary {
        series: Some(Series {
            outages: Outages {
                longest: Some(Outage {
                    first,
                    last,
                    length: Duration::from_micros(3_000_400),
                    probes,
                }),
                ..Outages::default()
            },
            ..series()
        }),
        ..plain()
    };
    let told = |summary| printed(&summary, &style(Face::Rping), true);
    let one = told(of(7, 7, 1));
    assert!(one.ends_with("\nlongest outage: 3.000 s, 1 probe (icmp_seq=7)\n"));
    let three = told(of(5, 7, 3));
    assert!(three.ends_with("\nlongest outage: 3.000 s, 3 probes (icmp_seq=5 to 7)\n"));
    assert!(!printed(&of(7, 7, 1), &style(Face::Ping), true).contains("outage"));
}

#[test]
fn a_good_run() {
    assert_eq!(
        printed(&plain(), &style(Face::Ping), true),
        "\n--- host ping statistics ---\n\
        3 packets transmitted, 3 received, 0% packet loss, time 2003ms\n\
        rtt min/avg/max/mdev = 1.042/2.042/1003.042/0.042 ms\n"
    );
    assert_eq!(
        printed(&plain(), &style(Face::Rping), true),
        "\n--- host ping statistics ---\n\
        3 packets transmitted, 3 received, 0% packet loss, time 2003ms\n\
        rtt min/avg/max/mdev = 1.042/2.042/1003.042/0.042 ms\n\
        rtt p50/p90/p99/p99.9/jitter = 5.042/6.042/7.042/9.042/8.042 ms\n"
    );
}

#[test]
fn nothing_sent() {
    assert_eq!(
        printed(&nothing(), &style(Face::Ping), true),
        "\n--- host ping statistics ---\n0 packets transmitted, 0 received\n\n"
    );
}

#[test]
fn no_reply() {
    let counts = Counts {
        transmitted: 4,
        rejected: 4,
        ..Counts::default()
    };
    let mut summary = Summary {
        counts,
        elapsed: Duration::from_micros(3_000_500),
        ..nothing()
    };
    for face in [Face::Ping, Face::Rping] {
        summary.series = Some(Series {
            pipe: 1,
            ..series()
        });
        let begin = "\n--- host ping statistics ---\n\
            4 packets transmitted, 0 received, +4 errors, 100% packet loss, time 3001ms\n";
        assert_eq!(printed(&summary, &style(face), true), format!("{begin}\n"));
        summary.series = Some(Series {
            pipe: 4,
            ..series()
        });
        assert_eq!(
            printed(&summary, &style(face), true),
            format!("{begin}pipe 4\n")
        );
    }
}

#[test]
fn loss_has_six_digits() {
    for (transmitted, received, loss) in [
        (3, 2, "33.3333%"),
        (3, 1, "66.6667%"),
        (200, 199, "0.5%"),
        (10_000_000, 9_999_999, "1e-05%"),
        (1, 0, "100%"),
    ] {
        let counts = Counts {
            transmitted,
            received,
            ..Counts::default()
        };
        assert_eq!(
            counted(counts, Face::Ping),
            format!(
                "{transmitted} packets transmitted, {received} received, {loss} packet loss, time 2003ms"
            )
        );
    }
}

#[test]
fn what_iputils_counts_besides() {
    let counts = Counts {
        transmitted: 8,
        received: 5,
        duplicates: 1,
        bad_checksums: 2,
        rejected: 3,
        not_sent: 2,
        too_long: 1,
        ..Counts::default()
    };
    assert_eq!(
        counted(counts, Face::Ping),
        "10 packets transmitted, 5 received, +1 duplicates, +2 corrupted, +4 errors, 50% packet loss, time 2003ms"
    );
    assert_eq!(
        counted(counts, Face::Rping),
        "8 packets transmitted, 5 received, +1 duplicates, +2 corrupted, +3 errors, 37.5% packet loss, time 2003ms"
    );
}

#[test]
fn what_this_host_slept_through_is_no_loss() {
    let counts = Counts {
        transmitted: 10,
        received: 6,
        suspended: 2,
        ..Counts::default()
    };
    for face in [Face::Ping, Face::Rping] {
        assert_eq!(
            counted(counts, face),
            "10 packets transmitted, 6 received, 25% packet loss, time 2003ms"
        );
    }
    let all = Counts {
        transmitted: 2,
        suspended: 2,
        ..Counts::default()
    };
    assert_eq!(
        counted(all, Face::Rping),
        "2 packets transmitted, 0 received"
    );
}

#[test]
fn what_is_not_a_loss() {
    let one = Counts {
        transmitted: 9,
        received: 9,
        late: 1,
        reordered: 1,
        altered: 1,
        unexpected: 1,
        truncated: 1,
        oversized: 1,
        different_address: 1,
        untimed: 1,
        not_sent: 1,
        suspended: 1,
        dropped_here: 1,
        ..Counts::default()
    };
    let text = printed(&with(one), &style(Face::Rping), true);
    assert!(
        text.ends_with(
            "rtt p50/p90/p99/p99.9/jitter = 5.042/6.042/7.042/9.042/8.042 ms\n\
            not sent: 1 probe did not leave this host\n\
            suspended: 1 probe was in flight when this host was suspended\n\
            dropped here: 1 datagram dropped because the receive buffer of this host was full\n\
            late: 1 reply came late (1 not counted)\n\
            reordered: 1 reply was overtaken by the reply to a later probe\n\
            corrupt: 1 reply was damaged, forged or meant for another ping (1 altered data)\n\
            unexpected: 1 reply to no probe in flight\n\
            truncated: 1 reply carried less data than its probe\n\
            oversized: 1 reply carried more data than its probe\n\
            different address: 1 reply came from another address than the target's\n\
            untimed: 1 reply counts, but its round trip does not\n"
        ),
        "{text}"
    );
    let more = Counts {
        transmitted: 9,
        received: 9,
        late: 2,
        late_counted: 1,
        reordered: 2,
        bad_checksums: 2,
        bad_tokens: 3,
        altered: 4,
        unexpected: 2,
        stale: 1,
        truncated: 2,
        oversized: 2,
        different_address: 2,
        untimed: 2,
        not_sent: 3,
        too_long: 2,
        filtered: 1,
        suspended: 2,
        dropped_here: 55_463,
        ..Counts::default()
    };
    let text = printed(&with(more), &style(Face::Rping), true);
    assert!(
        text.ends_with(
            "not sent: 3 probes did not leave this host (2 too long for the path, 1 rejected by its packet filter)\n\
            suspended: 2 probes were in flight when this host was suspended\n\
            dropped here: 55463 datagrams dropped because the receive buffer of this host was full\n\
            late: 2 replies came late (1 counted, 1 not counted)\n\
            reordered: 2 replies were overtaken by the reply to a later probe\n\
            corrupt: 9 replies were damaged, forged or meant for another ping (2 bad checksum, 3 wrong token, 4 altered data)\n\
            unexpected: 3 replies to no probe in flight (1 stale, 65536 or more probes old)\n\
            truncated: 2 replies carried less data than their probes\n\
            oversized: 2 replies carried more data than their probes\n\
            different address: 2 replies came from another address than the target's\n\
            untimed: 2 replies count, but their round trips do not\n"
        ),
        "{text}"
    );
    assert_eq!(
        printed(&with(more), &style(Face::Ping), true)
            .lines()
            .count(),
        4
    );
}

#[test]
fn small_probes_have_no_round_trip_under_the_name_ping() {
    let text = printed(&plain(), &style(Face::Ping), false);
    assert!(text.ends_with("time 2003ms\n\n"), "{text}");
}

#[test]
fn pipe_and_pace() {
    let mut summary = plain();
    summary.series = Some(Series {
        pipe: 3,
        ..series()
    });
    let text = printed(&summary, &style(Face::Ping), true);
    assert!(text.ends_with("/0.042 ms, pipe 3\n"), "{text}");
    let paced = Style {
        paced_by_replies: true,
        ..style(Face::Ping)
    };
    let text = printed(&summary, &paced, true);
    assert!(
        text.ends_with("/0.042 ms, pipe 3, ipg/ewma 1001.750/4.042 ms\n"),
        "{text}"
    );
    summary.series = Some(Series {
        pipe: 1,
        ..series()
    });
    let text = printed(&summary, &paced, false);
    assert!(text.ends_with("\nipg/ewma 1001.750/0.000 ms\n"), "{text}");
    summary.counts = Counts {
        transmitted: 1,
        received: 1,
        ..Counts::default()
    };
    let text = printed(&summary, &paced, true);
    assert!(text.ends_with("/0.042 ms\n"), "{text}");
    summary.counts = Counts {
        transmitted: 2,
        ..Counts::default()
    };
    let text = printed(&summary, &paced, true);
    assert!(
        text.ends_with("100% packet loss, time 2003ms\n\n"),
        "{text}"
    );
}

#[test]
fn the_heading_is_bold_in_colour() {
    let text = printed(
        &plain(),
        &Style {
            colour: true,
            ..style(Face::Rping)
        },
        true,
    );
    assert!(
        text.starts_with("\n\x1b[1m--- host ping statistics ---\x1b[0m\n"),
        "{text:?}"
    );
    assert_eq!(text.matches('\x1b').count(), 2);
}

/// The status line.
fn told(summary: &Summary, face: Face, timed: bool) -> String {
    let mut line = Vec::new();
    let context = Context {
        style: &style(face),
        host: "host",
        timed,
    };
    status(&mut line, summary, &context).unwrap();
    String::from_utf8(line).unwrap()
}

#[test]
fn probe_in_flight_is_lost_for_ping_and_not_for_rping() {
    let counts = |suspended, in_flight| Counts {
        transmitted: 4,
        received: 2,
        suspended,
        in_flight,
        ..Counts::default()
    };
    let state = |counts, face| told(&with(counts), face, false);
    assert_eq!(state(counts(0, 1), Face::Ping), "2/4 packets, 50% loss\n");
    assert_eq!(state(counts(0, 1), Face::Rping), "2/4 packets, 33% loss\n");
    assert_eq!(state(counts(1, 1), Face::Rping), "2/4 packets, 0% loss\n");
    let first = Counts {
        transmitted: 1,
        in_flight: 1,
        ..Counts::default()
    };
    assert_eq!(state(first, Face::Rping), "0/1 packets\n");
    let end = |counts, face| printed(&with(counts), &style(face), true);
    let ping = end(counts(0, 1), Face::Ping);
    assert!(ping.contains("2 received, 50% packet loss"), "{ping}");
    assert!(!ping.contains("in flight"), "{ping}");
    let rping = end(counts(0, 1), Face::Rping);
    assert!(
        rping.contains("2 received, 33.3333% packet loss"),
        "{rping}"
    );
    let line = "\nin flight: 1 probe was waiting for its reply when the run ended\n";
    assert!(rping.contains(line), "{rping}");
    let nothing_known = end(first, Face::Rping);
    assert!(
        nothing_known.contains("\n1 packets transmitted, 0 received\n"),
        "{nothing_known}"
    );
}

#[test]
fn the_state_so_far() {
    let told = |summary: &Summary, timed| told(summary, Face::Ping, timed);
    let mut summary = plain();
    summary.counts.received = 2;
    assert_eq!(
        told(&summary, true),
        "2/3 packets, 33% loss, min/avg/ewma/max = 1.042/2.042/4.042/1003.042 ms\n"
    );
    assert_eq!(told(&summary, false), "2/3 packets, 33% loss\n");
    summary.counts.received = 0;
    assert_eq!(told(&summary, true), "0/3 packets, 100% loss\n");
    assert_eq!(told(&nothing(), true), "0/0 packets, 0% loss\n");
}

#[test]
fn the_statistics_tell_whose_clocks_they_rest_on() {
    let line = |sources| {
        let summary = Summary { sources, ..plain() };
        let told = printed(&summary, &style(Face::Rping), true);
        let line = told.lines().find(|line| line.starts_with("timed by"));
        line.map(str::to_owned)
    };
    let mut sources = Sources::default();
    assert_eq!(line(sources), None);
    sources.add(Source::Kernel);
    sources.add(Source::Kernel);
    assert_eq!(line(sources).unwrap(), "timed by: 2 kernel");
    for source in [
        Source::User,
        Source::Hardware,
        Source::Receipt,
        Source::Wire,
    ] {
        sources.add(source);
    }
    assert_eq!(
        line(sources).unwrap(),
        "timed by: 1 hardware (without this host's queue), 1 wire (without this host's queue), 2 kernel, 1 kernel on receipt, 1 user"
    );
    let summary = Summary { sources, ..plain() };
    assert!(!printed(&summary, &style(Face::Ping), true).contains("timed by"));
}

#[test]
fn the_wait_in_this_host_s_queue_is_told_where_it_is_more_than_a_tenth_of_the_round_trip() {
    let line = |wait, sources, face| {
        let summary = Summary {
            queue_wait: Some(Duration::from_micros(wait)),
            sources,
            ..plain()
        };
        let told = printed(&summary, &style(face), true);
        let line = told.lines().find(|line| line.contains("queue: "));
        line.map(str::to_owned)
    };
    let (mut kernel, mut wire) = (Sources::default(), Sources::default());
    kernel.add(Source::Kernel);
    wire.add(Source::Wire);
    // A tenth of the median, 5.042 ms.
    assert_eq!(line(504, kernel, Face::Rping), None);
    assert_eq!(
        line(505, kernel, Face::Rping).unwrap(),
        "this host's queue: 0.505 ms (median), included in the round trips"
    );
    assert_eq!(
        line(4000, wire, Face::Rping).unwrap(),
        "this host's queue: 4.000 ms (median), not included in the round trips"
    );
    assert_eq!(line(4000, kernel, Face::Ping), None);
}

#[test]
fn window_is_a_line_with_its_length() {
    let nothing = Recent {
        length: Duration::from_millis(1500),
        ..Recent::default()
    };
    let some = Recent {
        received: 57,
        lost: 3,
        min: Some(Duration::from_micros(100)),
        mean: Some(Duration::from_micros(200)),
        max: Some(Duration::from_micros(300)),
        p50: Some(Duration::from_micros(190)),
        p99: Some(Duration::from_micros(300)),
        length: Duration::from_secs(60),
    };
    for (of, text) in [
        (nothing, "last 1.5 s: 0/0 packets"),
        (
            some,
            "last 60 s: 57/60 packets, 5% loss, min/avg/max = 0.100/0.200/0.300 ms, p50/p99 = 0.190/0.300 ms",
        ),
    ] {
        let mut line = Vec::new();
        recent(&mut line, &of).unwrap();
        assert_eq!(String::from_utf8(line).unwrap(), text);
    }
}
