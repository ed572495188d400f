//! The line about a reply.

use std::io::{self, Write};

use super::colour::Palette;
use super::duration::{Milliseconds, Rounded};
use super::options::{self, LastRoute};
use super::{Names, address, dump, node_information, peer_clock};
use crate::config::{Face, Style};
use crate::event::{Answer, Source, Standing, Timing};

/// Settings and state that the line depends on.
pub(super) struct Context<'a> {
    pub(super) style: &'a Style,
    /// Whether to show round trips: under the name `ping` only if iputils' time stamp fits in the data.
    pub(super) timed: bool,
    pub(super) last_route: &'a mut LastRoute,
    pub(super) names: &'a mut dyn Names,
    /// What the answer tells of the target's clock, if it was asked for that.
    pub(super) reading: Option<peer_clock::Reading>,
}

impl Context<'_> {
    fn palette(&self) -> Palette {
        Palette::new(self.style.colour)
    }
}

/// Writes the line about a reply of the only target, with its further lines.
pub(super) fn text(
    line: &mut Vec<u8>,
    answer: &Answer<'_>,
    context: &mut Context<'_>,
) -> io::Result<()> {
    who(line, answer, context)?;
    what(line, answer, context)?;
    // iputils ends the line of a truncated reply here.
    if !answer.marks.truncated || context.style.face == Face::Rping {
        further(line, answer, context)?;
    }
    writeln!(line)
}

/// Writes the round trip, and the reason if the reply does not count or is not as expected.
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
    if let Some(reading) = &context.reading {
        peer_clock::text(line, reading)?;
    }
    if context.style.face == Face::Rping {
        remarks(line, answer, context)?;
    }
    Ok(())
}

/// Writes the further lines about a reply, each beginning with the previous line's end.
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

/// Writes a reply of one of many targets, between the name of the target and its label.
pub(super) fn of_many(
    line: &mut Vec<u8>,
    answer: &Answer<'_>,
    context: &Context<'_>,
) -> io::Result<()> {
    write!(line, "icmp_seq={}", answer.sequence)?;
    hop_limit(line, answer)?;
    what(line, answer, context)
}

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

/// Whether round trips always have microseconds. iputils rounds them to three digits without `-3`.
fn is_precise(style: &Style) -> bool {
    style.full_precision || style.face == Face::Rping
}

fn marks(line: &mut Vec<u8>, answer: &Answer<'_>, context: &Context<'_>) -> io::Result<()> {
    let palette = context.palette();
    // Several hosts answer a multicast probe, so duplicates are expected.
    let odd_duplicate = !answer.marks.multicast || context.style.verbose;
    if answer.standing != Standing::Duplicate || odd_duplicate {
        mark(line, answer.standing, palette)?;
    }
    if answer.marks.different_address {
        write!(line, "{}", palette.alarm(" (DIFFERENT ADDRESS!)"))?;
    }
    Ok(())
}

/// Writes the classification of a reply, in iputils' words.
fn mark(line: &mut Vec<u8>, standing: Standing, palette: Palette) -> io::Result<()> {
    match standing {
        Standing::Duplicate => write!(line, "{}", palette.caution(" (DUP!)")),
        Standing::BadChecksum => write!(line, "{}", palette.alarm(" (BAD CHECKSUM!)")),
        _ => Ok(()),
    }
}

/// Marks a reply that does not count although iputils would count it. Shown under every name.
fn own_mark(line: &mut Vec<u8>, standing: Standing, palette: Palette) -> io::Result<()> {
    match standing {
        Standing::BadToken => write!(line, "{}", palette.alarm(" (WRONG TOKEN!)")),
        Standing::Stale => write!(line, "{}", palette.caution(" (STALE!)")),
        Standing::Unexpected => write!(line, "{}", palette.caution(" (UNEXPECTED!)")),
        Standing::Reply | Standing::Late | Standing::Duplicate | Standing::BadChecksum => Ok(()),
    }
}

/// Marks a reply that came after its timeout, or after "no answer yet", and says whether it counts.
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

/// Whether this is a reply to one of our probes, even a late or duplicate one.
fn is_ours(standing: Standing) -> bool {
    matches!(
        standing,
        Standing::Reply | Standing::Late | Standing::Duplicate
    )
}

/// Writes remarks that only `rping` prints.
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

/// Writes why the reply counts, which clock timed it, and the time that this host added.
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

/// Writes the wait in this host's queue and the other time spent in this host.
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
pub(super) mod tests;
