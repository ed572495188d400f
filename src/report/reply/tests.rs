//! Compares whole lines about replies.

use super::*;
use crate::event::Marks;
use crate::report::NoNames;
use crate::report::node_information::tests::octets;
use crate::wire::data::Mismatch;
use crate::wire::node_information::parse_reply;
use std::time::Duration;

/// The reply of this host to the first probe.
pub(crate) fn plain() -> Answer<'static> {
    Answer {
        target: 0,
        number: Some(0),
        length: 64,
        source: "127.0.0.1:0".parse().unwrap(),
        identifier: 13,
        sequence: 1,
        hop_limit: Some(64),
        traffic_class: None,
        destination: None,
        times: None,
        standing: Standing::Reply,
        timing: Some(timed(Duration::from_micros(42))),
        marks: Marks::default(),
        mismatch: None,
        options: &[],
        information: None,
    }
}

/// Timing by the kernel at both ends.
pub(crate) fn timed(round_trip: Duration) -> Timing {
    Timing {
        round_trip,
        source: Source::Kernel,
        sending: Some(Duration::from_micros(12)),
        queued: None,
        reading: Some(Duration::from_micros(30)),
    }
}

fn style(face: Face) -> Style {
    Style {
        face,
        ..Style::default()
    }
}

fn printed(answer: &Answer<'_>, style: &Style) -> String {
    printed_if(answer, style, true)
}

fn printed_if(answer: &Answer<'_>, style: &Style, timed: bool) -> String {
    let mut line = Vec::new();
    let mut context = Context {
        style,
        timed,
        last_route: &mut LastRoute::default(),
        names: &mut NoNames,
        reading: None,
    };
    text(&mut line, answer, &mut context).unwrap();
    String::from_utf8(line).unwrap()
}

/// The line of a reply with this standing and these marks, without its beginning.
fn suffix(standing: Standing, marks: Marks, style: &Style) -> String {
    let line = printed(
        &Answer {
            standing,
            marks,
            ..plain()
        },
        style,
    );
    let begin = "64 bytes from 127.0.0.1: icmp_seq=1 ttl=64";
    line.strip_prefix(begin)
        .unwrap()
        .strip_suffix('\n')
        .unwrap()
        .to_owned()
}

#[test]
fn a_reply() {
    for face in [Face::Ping, Face::Rping] {
        assert_eq!(
            printed(&plain(), &style(face)),
            "64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=0.042 ms\n"
        );
    }
}

#[test]
fn a_reply_without_hop_limit_or_time() {
    let bare = Answer {
        hop_limit: None,
        timing: None,
        ..plain()
    };
    assert_eq!(
        printed(&bare, &style(Face::Ping)),
        "64 bytes from 127.0.0.1: icmp_seq=1\n"
    );
    let small = Answer {
        length: 16,
        ..plain()
    };
    assert_eq!(
        printed_if(&small, &style(Face::Ping), false),
        "16 bytes from 127.0.0.1: icmp_seq=1 ttl=64\n"
    );
}

#[test]
fn full_precision() {
    let slow = Answer {
        timing: Some(timed(Duration::from_micros(123_456))),
        ..plain()
    };
    let precise = Style {
        full_precision: true,
        ..style(Face::Ping)
    };
    assert!(printed(&slow, &precise).ends_with(" time=123.456 ms\n"));
    assert!(printed(&slow, &style(Face::Ping)).ends_with(" time=123 ms\n"));
}

#[test]
fn verbose() {
    let ping = Style {
        verbose: true,
        ..style(Face::Ping)
    };
    assert_eq!(
        printed(&plain(), &ping),
        "64 bytes from 127.0.0.1: icmp_seq=1 ident=13 ttl=64 time=0.042 ms\n"
    );
    let rping = Style {
        verbose: true,
        ..style(Face::Rping)
    };
    let chapter = Answer {
        length: 8,
        sequence: 37,
        ..plain()
    };
    assert_eq!(
        printed(&chapter, &rping),
        "8 bytes from 127.0.0.1: icmp_seq=37 ident=13 ttl=64 time=0.042 ms (identifier and sequence match, kernel time) (plus 0.012 ms to send, 0.030 ms to read)\n"
    );
    let waited = |source| {
        let timing = Some(Timing {
            source,
            queued: Some(Duration::from_micros(7)),
            ..timed(Duration::from_micros(42))
        });
        printed(&Answer { timing, ..plain() }, &rping)
    };
    for (source, end) in [
        (
            Source::Kernel,
            "kernel time) (including 0.007 ms in this host's queue; plus 0.012 ms to send, 0.030 ms to read)\n",
        ),
        (
            Source::Wire,
            "wire time) (plus 0.007 ms in this host's queue, 0.012 ms to send, 0.030 ms to read)\n",
        ),
    ] {
        assert!(waited(source).ends_with(end), "{}", waited(source));
    }
    for (source, told) in [
        (Source::Hardware, "hardware time"),
        (Source::Receipt, "kernel time on receipt"),
        (Source::User, "user time"),
    ] {
        let timing = Some(Timing {
            source,
            sending: None,
            reading: None,
            ..timed(Duration::from_micros(42))
        });
        let line = printed(&Answer { timing, ..plain() }, &rping);
        let end = format!(" (identifier and sequence match, {told})\n");
        assert!(line.ends_with(&end), "{line}");
    }
}

#[test]
fn standings() {
    for (standing, ping, rping) in [
        (Standing::Reply, "", ""),
        (Standing::Late, "", " (late, not counted)"),
        (Standing::Duplicate, " (DUP!)", " (DUP!)"),
        (
            Standing::BadChecksum,
            " (BAD CHECKSUM!)",
            " (BAD CHECKSUM!)",
        ),
        (Standing::BadToken, " (WRONG TOKEN!)", " (WRONG TOKEN!)"),
        (Standing::Stale, " (STALE!)", " (STALE!)"),
        (Standing::Unexpected, " (UNEXPECTED!)", " (UNEXPECTED!)"),
    ] {
        for (face, mark) in [(Face::Ping, ping), (Face::Rping, rping)] {
            assert_eq!(
                suffix(standing, Marks::default(), &style(face)),
                format!(" time=0.042 ms{mark}"),
                "{standing:?} {face:?}"
            );
        }
    }
}

#[test]
fn several_marks_in_their_order() {
    let marks = Marks {
        overdue: true,
        reordered: true,
        different_address: true,
        ..Marks::default()
    };
    assert_eq!(
        suffix(Standing::Duplicate, marks, &style(Face::Ping)),
        " time=0.042 ms (DUP!) (DIFFERENT ADDRESS!)"
    );
    assert_eq!(
        suffix(Standing::Duplicate, marks, &style(Face::Rping)),
        " time=0.042 ms (DUP!) (DIFFERENT ADDRESS!) (late, not counted)"
    );
    let verbose = Style {
        verbose: true,
        ..style(Face::Rping)
    };
    assert!(printed(&Answer { marks, ..plain() }, &verbose).ends_with(
        " time=0.042 ms (DIFFERENT ADDRESS!) (late, counted) (reordered) (identifier and sequence match, kernel time) (plus 0.012 ms to send, 0.030 ms to read)\n"
    ));
}

#[test]
fn a_duplicate_of_a_multicast_is_normal() {
    let marks = Marks {
        multicast: true,
        ..Marks::default()
    };
    assert_eq!(
        suffix(Standing::Duplicate, marks, &style(Face::Ping)),
        " time=0.042 ms"
    );
    let verbose = Style {
        verbose: true,
        ..style(Face::Ping)
    };
    let duplicate = Answer {
        standing: Standing::Duplicate,
        marks,
        ..plain()
    };
    assert!(printed(&duplicate, &verbose).ends_with(" time=0.042 ms (DUP!)\n"));
}

#[test]
fn truncated() {
    let marks = Marks {
        truncated: true,
        ..Marks::default()
    };
    let audible = |face| Style {
        audible: true,
        ..style(face)
    };
    assert_eq!(
        suffix(Standing::Reply, marks, &audible(Face::Ping)),
        " (truncated)"
    );
    assert_eq!(
        suffix(Standing::Reply, marks, &audible(Face::Rping)),
        " (truncated)\u{7}"
    );
    assert_eq!(
        suffix(Standing::Duplicate, marks, &style(Face::Ping)),
        " (truncated)"
    );
    assert_eq!(
        suffix(Standing::Duplicate, marks, &style(Face::Rping)),
        " (truncated) (DUP!)"
    );
    assert_eq!(
        suffix(Standing::BadToken, marks, &style(Face::Ping)),
        " (truncated) (WRONG TOKEN!)"
    );
}

#[test]
fn oversized_where_iputils_says_nothing() {
    let marks = Marks {
        oversized: true,
        ..Marks::default()
    };
    for (face, suffixes) in [
        (Face::Ping, ["", " (WRONG TOKEN!)"]),
        (Face::Rping, [" (oversized)", " (WRONG TOKEN!) (oversized)"]),
    ] {
        let standings = [Standing::Reply, Standing::BadToken];
        for (standing, mark) in standings.into_iter().zip(suffixes) {
            let wanted = format!(" time=0.042 ms{mark}");
            assert_eq!(suffix(standing, marks, &style(face)), wanted);
        }
    }
}

#[test]
fn data_bell_and_options_in_their_order() {
    let mismatch = Mismatch {
        offset: 16,
        expected: 0x10,
        found: 0xff,
        data: &[0xff; 17],
    };
    let answer = Answer {
        mismatch: Some(mismatch),
        options: &[7, 7, 8, 10, 0, 0, 1],
        ..plain()
    };
    let audible = Style {
        audible: true,
        ..style(Face::Ping)
    };
    assert_eq!(
        printed(&answer, &audible),
        "64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=0.042 ms\n\
        wrong data byte #16 should be 0x10 but was 0xff\n#16\tff \u{7}\nRR: \t10.0.0.1\n\n"
    );
}

#[test]
fn node_information() {
    let octets = octets(0, 2, 0, b"\0\0\0\0\x04host\0\0");
    let answer = Answer {
        length: 28,
        source: "[::1]:0".parse().unwrap(),
        information: parse_reply(&octets).ok(),
        ..plain()
    };
    let verbose = Style {
        verbose: true,
        ..style(Face::Ping)
    };
    assert_eq!(
        printed_if(&answer, &verbose, false),
        "28 bytes from ::1: host; seq=1; ttl=64\n"
    );
}

#[test]
fn colours() {
    let colour = Style {
        colour: true,
        ..style(Face::Rping)
    };
    assert_eq!(
        suffix(Standing::Reply, Marks::default(), &colour),
        " time=0.042 ms"
    );
    assert_eq!(
        suffix(Standing::Late, Marks::default(), &colour),
        " time=0.042 ms\x1b[33m (late, not counted)\x1b[0m"
    );
    assert_eq!(
        suffix(Standing::BadChecksum, Marks::default(), &colour),
        " time=0.042 ms\x1b[31m (BAD CHECKSUM!)\x1b[0m"
    );
}
