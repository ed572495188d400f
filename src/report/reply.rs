//! The line about an answer.

use std::io::{self, Write};

use super::colour::Palette;
use super::duration::{Milliseconds, Rounded};
use super::options::{self, LastRoute};
use super::{Names, address, dump, node_information};
use crate::config::{Face, Style};
use crate::event::{Answer, Source, Standing, Timing};

/// What the line depends on besides the answer.
pub(super) struct Context<'a> {
    pub(super) style: &'a Style,
    /// Whether round trips are shown: under the name `ping` only where iputils had room for its time stamp.
    pub(super) timed: bool,
    pub(super) last_route: &'a mut LastRoute,
    pub(super) names: &'a mut dyn Names,
}

impl Context<'_> {
    fn palette(&self) -> Palette {
        Palette::new(self.style.colour)
    }
}

/// Writes the line of the only target, with whatever belongs to it on further lines.
pub(super) fn text(
    line: &mut Vec<u8>,
    answer: &Answer<'_>,
    context: &mut Context<'_>,
) -> io::Result<()> {
    who(line, answer, context)?;
    what(line, answer, context)?;
    // iputils ends a truncated line here, whatever else is to be said.
    if !answer.marks.truncated || context.style.face == Face::Rping {
        further(line, answer, context)?;
    }
    writeln!(line)
}

/// Writes what is told of an answer behind who sent it: its round trip, and why it does not count, or is not what was
/// expected.
fn what(line: &mut Vec<u8>, answer: &Answer<'_>, context: &Context<'_>) -> io::Result<()> {
    if answer.marks.truncated {
        truncated(line, context.palette())?;
        if context.style.face == Face::Ping {
            return own_mark(line, answer.standing, context.palette());
        }
    } else {
        round_trip(line, answer, context)?;
    }
    marks(line, answer, context)?;
    own_mark(line, answer.standing, context.palette())?;
    if context.style.face == Face::Rping {
        remarks(line, answer, context)?;
    }
    Ok(())
}

/// Writes what belongs to an answer on further lines, each beginning with the end of the line before.
pub(super) fn further(
    line: &mut Vec<u8>,
    answer: &Answer<'_>,
    context: &mut Context<'_>,
) -> io::Result<()> {
    if let Some(mismatch) = &answer.mismatch {
        dump::wrong_data(line, mismatch, context.style.face)?;
    }
    if context.style.audible {
        line.push(b'\x07');
    }
    options::text(line, answer.options, context.last_route, context.names)
}

/// Writes an answer from one of many targets, behind the name of the target and up to its label.
pub(super) fn of_many(
    line: &mut Vec<u8>,
    answer: &Answer<'_>,
    context: &Context<'_>,
) -> io::Result<()> {
    write!(line, "icmp_seq={}", answer.sequence)?;
    hop_limit(line, answer)?;
    what(line, answer, context)
}

/// Who sent what.
fn who(line: &mut Vec<u8>, answer: &Answer<'_>, context: &mut Context<'_>) -> io::Result<()> {
    let source = address::named(answer.source, context.names);
    write!(line, "{} bytes from {source}:", answer.length)?;
    if let Some(information) = &answer.information {
        node_information::text(line, information, answer.sequence)?;
    } else {
        write!(line, " icmp_seq={}", answer.sequence)?;
        if context.style.verbose {
            write!(line, " ident={}", answer.identifier)?;
        }
    }
    hop_limit(line, answer)
}

fn hop_limit(line: &mut Vec<u8>, answer: &Answer<'_>) -> io::Result<()> {
    match answer.hop_limit {
        Some(hop_limit) => write!(line, " ttl={hop_limit}"),
        None => Ok(()),
    }
}

fn round_trip(line: &mut Vec<u8>, answer: &Answer<'_>, context: &Context<'_>) -> io::Result<()> {
    match answer.timing.map(|timing| timing.round_trip) {
        Some(time) if context.timed && is_precise(context.style) => {
            write!(line, " time={} ms", Milliseconds(time))
        }
        Some(time) if context.timed => write!(line, " time={} ms", Rounded(time)),
        _ => Ok(()),
    }
}

/// Whether microseconds are printed under every magnitude: iputils rounds to three digits unless `-3` is given.
fn is_precise(style: &Style) -> bool {
    style.full_precision || style.face == Face::Rping
}

/// The marks of iputils.
fn marks(line: &mut Vec<u8>, answer: &Answer<'_>, context: &Context<'_>) -> io::Result<()> {
    let palette = context.palette();
    // Several hosts answer to a multicast, each once.
    let odd_duplicate = !answer.marks.multicast || context.style.verbose;
    if answer.standing != Standing::Duplicate || odd_duplicate {
        mark(line, answer.standing, palette)?;
    }
    if answer.marks.different_address {
        write!(line, "{}", palette.alarm(" (DIFFERENT ADDRESS!)"))?;
    }
    Ok(())
}

/// What an answer is worth, in iputils' words.
fn mark(line: &mut Vec<u8>, standing: Standing, palette: Palette) -> io::Result<()> {
    match standing {
        Standing::Duplicate => write!(line, "{}", palette.caution(" (DUP!)")),
        Standing::BadChecksum => write!(line, "{}", palette.alarm(" (BAD CHECKSUM!)")),
        _ => Ok(()),
    }
}

/// Why an answer does not count that iputils would have counted. True under every name.
fn own_mark(line: &mut Vec<u8>, standing: Standing, palette: Palette) -> io::Result<()> {
    match standing {
        Standing::BadToken => write!(line, "{}", palette.alarm(" (WRONG TOKEN!)")),
        Standing::Stale => write!(line, "{}", palette.caution(" (STALE!)")),
        Standing::Unexpected => write!(line, "{}", palette.caution(" (UNEXPECTED!)")),
        Standing::Reply | Standing::Late | Standing::Duplicate | Standing::BadChecksum => Ok(()),
    }
}

/// That an answer came after its timeout, or after "no answer yet", and whether it counts as received all the same.
fn late(line: &mut Vec<u8>, standing: Standing, palette: Palette) -> io::Result<()> {
    let mark = match standing {
        Standing::Reply => " (late, counted)",
        _ => " (late, not counted)",
    };
    write!(line, "{}", palette.caution(mark))
}

fn oversized(line: &mut Vec<u8>, palette: Palette) -> io::Result<()> {
    write!(line, "{}", palette.alarm(" (oversized)"))
}

fn truncated(line: &mut Vec<u8>, palette: Palette) -> io::Result<()> {
    write!(line, "{}", palette.alarm(" (truncated)"))
}

/// Whether an answer is one to a probe of ours, however late or often it came.
fn is_ours(standing: Standing) -> bool {
    matches!(
        standing,
        Standing::Reply | Standing::Late | Standing::Duplicate
    )
}

/// What only `rping` says.
fn remarks(line: &mut Vec<u8>, answer: &Answer<'_>, context: &Context<'_>) -> io::Result<()> {
    let palette = context.palette();
    if answer.marks.oversized {
        oversized(line, palette)?;
    }
    if answer.standing == Standing::Late || answer.marks.overdue {
        late(line, answer.standing, palette)?;
    }
    if !context.style.verbose {
        return Ok(());
    }
    if answer.marks.reordered {
        write!(line, "{}", palette.caution(" (reordered)"))?;
    }
    if is_ours(answer.standing) && answer.information.is_none() {
        matched(line, answer.timing.as_ref())?;
    }
    Ok(())
}

/// Why the answer counts, whose time it is, and how much more this host took.
fn matched(line: &mut Vec<u8>, timing: Option<&Timing>) -> io::Result<()> {
    let Some(timing) = timing else {
        return write!(line, " (identifier and sequence match)");
    };
    let source = match timing.source {
        Source::Hardware => "hardware time",
        Source::Wire => "wire time",
        Source::Kernel => "kernel time",
        Source::Receipt => "kernel time on receipt",
        Source::User => "user time",
    };
    write!(line, " (identifier and sequence match, {source})")?;
    host_part(line, timing)
}

/// How much of the round trip was the wait in this host's queue, and what this host took besides it.
fn host_part(line: &mut Vec<u8>, timing: &Timing) -> io::Result<()> {
    let Some((sending, reading)) = timing.sending.zip(timing.reading) else {
        return Ok(());
    };
    let [sending, reading] = [sending, reading].map(Milliseconds);
    let besides = format!("{sending} ms to send, {reading} ms to read");
    match timing.queued.map(Milliseconds) {
        None => write!(line, " (plus {besides})"),
        Some(queued) if timing.source.begins_at_wire() => {
            write!(line, " (plus {queued} ms in this host's queue, {besides})")
        }
        Some(queued) => write!(
            line,
            " (including {queued} ms in this host's queue; plus {besides})"
        ),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::event::Marks;
    use crate::report::NoNames;
    use crate::report::node_information::tests::octets;
    use crate::wire::data::Mismatch;
    use crate::wire::node_information::parse_reply;
    use std::time::Duration;

    /// What a host on the same machine answers to the first probe.
    pub(crate) fn plain() -> Answer<'static> {
        Answer {
            target: 0,
            number: Some(0),
            length: 64,
            source: "127.0.0.1:0".parse().unwrap(),
            identifier: 13,
            sequence: 1,
            hop_limit: Some(64),
            standing: Standing::Reply,
            timing: Some(timed(Duration::from_micros(42))),
            marks: Marks::default(),
            mismatch: None,
            options: &[],
            information: None,
        }
    }

    /// By the kernel at both ends.
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
}
