//! What a run amounts to: the last lines, and the one line in between that SIGQUIT asks for.

use std::io::{self, Write};

use super::colour::Palette;
use super::duration::Milliseconds;
use super::histogram;
use super::number::General;
use super::sanitize;
use crate::config::{Face, Style};
use crate::event::{Counts, RoundTrips, Summary};

/// What the lines depend on besides the summary.
pub(super) struct Context<'a> {
    pub(super) style: &'a Style,
    /// The host, as the first line called it.
    pub(super) host: &'a str,
    /// Whether round trips are shown: under the name `ping` only where iputils had room for its time stamp.
    pub(super) timed: bool,
}

/// The state so far, on standard error. It begins with a carriage return, to write over the `^\` of the terminal.
pub(super) fn status(
    line: &mut Vec<u8>,
    summary: &Summary,
    context: &Context<'_>,
) -> io::Result<()> {
    let counts = as_counted_by(context.style.face, &summary.counts);
    let missing = counts.transmitted.saturating_sub(counts.received);
    let loss = missing
        .saturating_mul(100)
        .checked_div(counts.transmitted)
        .unwrap_or(0);
    write!(
        line,
        "\r{}/{} packets, {loss}% loss",
        counts.received, counts.transmitted
    )?;
    if let Some(times) = shown_round_trips(summary, context) {
        let [min, mean, ewma, max] =
            [times.min, times.mean, times.ewma, times.max].map(Milliseconds);
        write!(line, ", min/avg/ewma/max = {min}/{mean}/{ewma}/{max} ms")?;
    }
    writeln!(line)
}

/// The statistics of the whole run.
pub(super) fn text(line: &mut Vec<u8>, summary: &Summary, context: &Context<'_>) -> io::Result<()> {
    let host = sanitize::word(context.host);
    let heading = format!("--- {host} ping statistics ---");
    writeln!(
        line,
        "\n{}",
        Palette::new(context.style.colour).heading(heading)
    )?;
    let counts = as_counted_by(context.style.face, &summary.counts);
    packets(line, summary, &counts)?;
    round_trips(line, summary, &counts, context)?;
    if context.style.face == Face::Rping {
        distribution(line, summary, context)?;
        not_losses(line, &summary.counts)?;
        outage(line, summary)?;
    }
    if context.style.histogram && context.timed {
        histogram::text(line, &summary.distribution, context.style.width)?;
    }
    Ok(())
}

/// When nothing was answered for the longest time.
fn outage(line: &mut Vec<u8>, summary: &Summary) -> io::Result<()> {
    let Some(outage) = summary.longest_outage else {
        return Ok(());
    };
    let [start, length] = [outage.start, outage.length].map(|time| time.as_secs_f64());
    let probes = plural(outage.probes, "probe", "probes");
    writeln!(
        line,
        "longest outage: {length:.3} s, {} {probes}, {start:.3} s after the first one",
        outage.probes
    )
}

/// iputils counts a probe that did not leave as transmitted; rping counts what left.
fn as_counted_by(face: Face, counts: &Counts) -> Counts {
    match face {
        Face::Rping => *counts,
        Face::Ping => Counts {
            transmitted: counts.transmitted.saturating_add(counts.not_sent),
            rejected: counts.rejected.saturating_add(counts.too_long),
            ..*counts
        },
    }
}

fn packets(line: &mut Vec<u8>, summary: &Summary, counts: &Counts) -> io::Result<()> {
    write!(
        line,
        "{} packets transmitted, {} received",
        counts.transmitted, counts.received
    )?;
    for (count, what) in [
        (counts.duplicates, "duplicates"),
        (counts.bad_checksums, "corrupted"),
        (counts.rejected, "errors"),
    ] {
        if count > 0 {
            write!(line, ", +{count} {what}")?;
        }
    }
    if let Some(loss) = counts.loss() {
        let milliseconds = summary.elapsed.as_micros().saturating_add(500) / 1000;
        write!(
            line,
            ", {}% packet loss, time {milliseconds}ms",
            General(loss)
        )?;
    }
    writeln!(line)
}

/// The line that begins with `rtt`; it is there, if only as an empty line, whatever it has to say.
fn round_trips(
    line: &mut Vec<u8>,
    summary: &Summary,
    counts: &Counts,
    context: &Context<'_>,
) -> io::Result<()> {
    let mut comma = "";
    if let Some(times) = shown_round_trips(summary, context) {
        let [min, mean, max, deviation] =
            [times.min, times.mean, times.max, times.deviation].map(Milliseconds);
        write!(
            line,
            "rtt min/avg/max/mdev = {min}/{mean}/{max}/{deviation} ms"
        )?;
        comma = ", ";
    }
    if summary.pipe > 1 {
        write!(line, "{comma}pipe {}", summary.pipe)?;
        comma = ", ";
    }
    let gaps = counts.transmitted.saturating_sub(1);
    if context.style.paced_by_replies && counts.received > 0 && gaps > 0 {
        let gap = nanoseconds(summary.elapsed.as_nanos() / u128::from(gaps));
        let ewma = shown_round_trips(summary, context).map(|times| times.ewma);
        let ewma = Milliseconds(ewma.unwrap_or_default());
        write!(line, "{comma}ipg/ewma {}/{ewma} ms", Milliseconds(gap))?;
    }
    writeln!(line)
}

fn nanoseconds(nanoseconds: u128) -> std::time::Duration {
    std::time::Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
}

fn shown_round_trips<'a>(summary: &'a Summary, context: &Context<'_>) -> Option<&'a RoundTrips> {
    let shown = context.timed && summary.counts.received > 0;
    summary.round_trips.as_ref().filter(|_| shown)
}

/// The second line about round trips, for `rping`.
fn distribution(line: &mut Vec<u8>, summary: &Summary, context: &Context<'_>) -> io::Result<()> {
    let Some(times) = shown_round_trips(summary, context) else {
        return Ok(());
    };
    let [p50, p90, p99, p99_9] = [times.p50, times.p90, times.p99, times.p99_9].map(Milliseconds);
    let jitter = Milliseconds(times.jitter);
    writeln!(
        line,
        "rtt p50/p90/p99/p99.9/jitter = {p50}/{p90}/{p99}/{p99_9}/{jitter} ms"
    )
}

/// What is not a loss, one kind a line, `kind: number explanation`; a kind that did not happen has no line.
fn not_losses(line: &mut Vec<u8>, counts: &Counts) -> io::Result<()> {
    if counts.not_sent > 0 {
        let probes = plural(counts.not_sent, "probe", "probes");
        write!(
            line,
            "not sent: {} {probes} did not leave this host",
            counts.not_sent
        )?;
        details(line, &[(counts.too_long, "too long for the path")])?;
    }
    if counts.dropped_here > 0 {
        let datagrams = plural(counts.dropped_here, "datagram", "datagrams");
        writeln!(
            line,
            "dropped here: {} {datagrams} found no room in the receive queue of this host",
            counts.dropped_here
        )?;
    }
    if counts.late > 0 {
        let replies = plural(
            counts.late,
            "reply came after its time",
            "replies came after their time",
        );
        writeln!(line, "late: {} {replies}", counts.late)?;
    }
    if counts.reordered > 0 {
        let replies = plural(counts.reordered, "reply was", "replies were");
        writeln!(
            line,
            "reordered: {} {replies} overtaken by the reply to a later probe",
            counts.reordered
        )?;
    }
    let corrupt = [
        (counts.bad_checksums, "bad checksum"),
        (counts.bad_tokens, "wrong token"),
        (counts.altered, "altered data"),
    ];
    let all = corrupt
        .iter()
        .fold(0_u64, |sum, (count, _)| sum.saturating_add(*count));
    if all > 0 {
        let replies = plural(all, "reply was", "replies were");
        write!(line, "corrupt: {all} {replies} damaged or forged")?;
        details(line, &corrupt)?;
    }
    let all = counts.unexpected.saturating_add(counts.stale);
    if all > 0 {
        write!(
            line,
            "unexpected: {all} {} no probe in flight",
            plural(all, "reply to", "replies to")
        )?;
        details(line, &[(counts.stale, "65536 or more probes late")])?;
    }
    if counts.truncated > 0 {
        let replies = plural(
            counts.truncated,
            "reply carried less data than its probe",
            "replies carried less data than their probes",
        );
        writeln!(line, "truncated: {} {replies}", counts.truncated)?;
    }
    if counts.different_address > 0 {
        let replies = plural(counts.different_address, "reply", "replies");
        writeln!(
            line,
            "different address: {} {replies} not from the target's address",
            counts.different_address
        )?;
    }
    Ok(())
}

/// Of which: those that are not zero, in parentheses. Ends the line.
fn details(line: &mut Vec<u8>, parts: &[(u64, &str)]) -> io::Result<()> {
    let mut before = " (";
    for (count, what) in parts.iter().filter(|(count, _)| *count > 0) {
        write!(line, "{before}{count} {what}")?;
        before = ", ";
    }
    writeln!(line, "{}", if before == ", " { ")" } else { "" })
}

fn plural<'a>(count: u64, one: &'a str, more: &'a str) -> &'a str {
    if count == 1 { one } else { more }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::time::Duration;

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
            pipe: 1,
            longest_outage: None,
            distribution: Vec::new(),
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

    /// The second line, of the packets.
    fn counted(counts: Counts, face: Face) -> String {
        printed(&with(counts), &style(face), true)
            .lines()
            .nth(2)
            .unwrap()
            .to_owned()
    }

    #[test]
    fn the_longest_outage_is_told_under_the_name_rping() {
        use crate::event::Outage;
        let outage = Outage {
            start: Duration::from_secs(4),
            length: Duration::from_micros(3_000_400),
            probes: 3,
        };
        let summary = Summary {
            longest_outage: Some(outage),
            ..plain()
        };
        let last = "longest outage: 3.000 s, 3 probes, 4.000 s after the first one\n";
        assert!(printed(&summary, &style(Face::Rping), true).ends_with(last));
        assert!(!printed(&summary, &style(Face::Ping), true).contains("outage"));
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
            printed(&Summary::default(), &style(Face::Ping), true),
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
            ..Summary::default()
        };
        for face in [Face::Ping, Face::Rping] {
            summary.pipe = 1;
            let begin = "\n--- host ping statistics ---\n\
                4 packets transmitted, 0 received, +4 errors, 100% packet loss, time 3001ms\n";
            assert_eq!(printed(&summary, &style(face), true), format!("{begin}\n"));
            summary.pipe = 4;
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
    fn what_is_not_a_loss() {
        let one = Counts {
            transmitted: 9,
            received: 9,
            late: 1,
            reordered: 1,
            altered: 1,
            unexpected: 1,
            truncated: 1,
            different_address: 1,
            not_sent: 1,
            dropped_here: 1,
            ..Counts::default()
        };
        let text = printed(&with(one), &style(Face::Rping), true);
        assert!(
            text.ends_with(
                "rtt p50/p90/p99/p99.9/jitter = 5.042/6.042/7.042/9.042/8.042 ms\n\
                not sent: 1 probe did not leave this host\n\
                dropped here: 1 datagram found no room in the receive queue of this host\n\
                late: 1 reply came after its time\n\
                reordered: 1 reply was overtaken by the reply to a later probe\n\
                corrupt: 1 reply was damaged or forged (1 altered data)\n\
                unexpected: 1 reply to no probe in flight\n\
                truncated: 1 reply carried less data than its probe\n\
                different address: 1 reply not from the target's address\n"
            ),
            "{text}"
        );
        let more = Counts {
            transmitted: 9,
            received: 9,
            late: 2,
            reordered: 2,
            bad_checksums: 2,
            bad_tokens: 3,
            altered: 4,
            unexpected: 2,
            stale: 1,
            truncated: 2,
            different_address: 2,
            not_sent: 3,
            too_long: 2,
            dropped_here: 55_463,
            ..Counts::default()
        };
        let text = printed(&with(more), &style(Face::Rping), true);
        assert!(
            text.ends_with(
                "not sent: 3 probes did not leave this host (2 too long for the path)\n\
                dropped here: 55463 datagrams found no room in the receive queue of this host\n\
                late: 2 replies came after their time\n\
                reordered: 2 replies were overtaken by the reply to a later probe\n\
                corrupt: 9 replies were damaged or forged (2 bad checksum, 3 wrong token, 4 altered data)\n\
                unexpected: 3 replies to no probe in flight (1 65536 or more probes late)\n\
                truncated: 2 replies carried less data than their probes\n\
                different address: 2 replies not from the target's address\n"
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
        summary.pipe = 3;
        let text = printed(&summary, &style(Face::Ping), true);
        assert!(text.ends_with("/0.042 ms, pipe 3\n"), "{text}");
        let paced = Style {
            paced_by_replies: true,
            ..style(Face::Ping)
        };
        let text = printed(&summary, &paced, true);
        assert!(
            text.ends_with("/0.042 ms, pipe 3, ipg/ewma 1001.749/4.042 ms\n"),
            "{text}"
        );
        summary.pipe = 1;
        let text = printed(&summary, &paced, false);
        assert!(text.ends_with("\nipg/ewma 1001.749/0.000 ms\n"), "{text}");
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

    #[test]
    fn the_state_so_far() {
        let told = |summary: &Summary, timed| {
            let mut line = Vec::new();
            let context = Context {
                style: &style(Face::Ping),
                host: "host",
                timed,
            };
            status(&mut line, summary, &context).unwrap();
            String::from_utf8(line).unwrap()
        };
        let mut summary = plain();
        summary.counts.received = 2;
        assert_eq!(
            told(&summary, true),
            "\r2/3 packets, 33% loss, min/avg/ewma/max = 1.042/2.042/4.042/1003.042 ms\n"
        );
        assert_eq!(told(&summary, false), "\r2/3 packets, 33% loss\n");
        summary.counts.received = 0;
        assert_eq!(told(&summary, true), "\r0/3 packets, 100% loss\n");
        assert_eq!(told(&Summary::default(), true), "\r0/0 packets, 0% loss\n");
    }
}
