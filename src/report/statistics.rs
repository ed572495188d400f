//! The statistics at the end of a run, and the status line that SIGQUIT asks for.

use std::fmt::Display;
use std::io::{self, Write};
use std::time::Duration;

use super::colour::Palette;
use super::duration::{Milliseconds, Seconds};
use super::histogram;
use super::not_losses;
use super::number::General;
use crate::config::{Face, Style};
use crate::event::{Counts, Recent, RoundTrips, Sources, Summary};
use crate::sanitize;

/// Settings that the lines depend on besides the summary.
pub(super) struct Context<'a> {
    pub(super) style: &'a Style,
    /// The host as named in the first line.
    pub(super) host: &'a str,
    /// Whether to show round trips: under the name `ping` only if iputils' time stamp fits in the data.
    pub(super) timed: bool,
}

/// The status line for standard error.
pub(super) fn status(
    line: &mut Vec<u8>,
    summary: &Summary,
    context: &Context<'_>,
) -> io::Result<()> {
    let counts = as_counted_by(context.style.face, &summary.counts);
    let loss = counts
        .lost()
        .saturating_mul(100)
        .checked_div(counts.known());
    // iputils reports no loss before the first probe.
    let none = (context.style.face == Face::Ping).then_some(0);
    let times = shown_round_trips(summary, context);
    let times = times.map(|times| [times.min, times.mean, times.ewma, times.max]);
    let times = times.map(|times| ("min/avg/ewma/max", times));
    let received = [counts.received, counts.transmitted];
    packets_so_far(line, received, loss.or(none), times)?;
    writeln!(line)
}

/// `6/9 packets, 33.3333% loss, min/avg/max = 0.100/0.200/0.300 ms`
pub(super) fn packets_so_far<const N: usize>(
    line: &mut Vec<u8>,
    [received, sent]: [u64; 2],
    loss: Option<impl Display>,
    times: Option<(&str, [Duration; N])>,
) -> io::Result<()> {
    write!(line, "{received}/{sent} packets")?;
    if let Some(loss) = loss {
        write!(line, ", {loss}% loss")?;
    }
    if let Some((which, times)) = times {
        let times = times.map(|time| Milliseconds(time).to_string());
        write!(line, ", {which} = {} ms", times.join("/"))?;
    }
    Ok(())
}

/// `last 60 s: 57/60 packets, 5% loss, min/avg/max = 0.100/0.200/0.300 ms, p50/p99 = 0.190/0.300 ms`
pub(super) fn recent(line: &mut Vec<u8>, recent: &Recent) -> io::Result<()> {
    let length = General(recent.length.as_secs_f64());
    write!(line, "last {length} s: ")?;
    let times = match (recent.min, recent.mean, recent.max) {
        (Some(min), Some(mean), Some(max)) => Some(("min/avg/max", [min, mean, max])),
        _ => None,
    };
    let counts = [recent.received, recent.known()];
    packets_so_far(line, counts, recent.loss().map(General), times)?;
    if let (Some(p50), Some(p99)) = (recent.p50, recent.p99) {
        let [p50, p99] = [p50, p99].map(Milliseconds);
        write!(line, ", p50/p99 = {p50}/{p99} ms")?;
    }
    Ok(())
}

pub(super) fn text(line: &mut Vec<u8>, summary: &Summary, context: &Context<'_>) -> io::Result<()> {
    let host = sanitize::word_in(context.host, context.style.charset);
    writeln!(line)?;
    heading(line, &host, context.style)?;
    lines(line, summary, context)
}

/// `--- host ping statistics ---`
pub(super) fn heading(line: &mut Vec<u8>, whose: &str, style: &Style) -> io::Result<()> {
    let heading = format!("--- {whose} ping statistics ---");
    writeln!(line, "{}", Palette::new(style.colour).heading(heading))
}

/// The lines after the heading.
pub(super) fn lines(
    line: &mut Vec<u8>,
    summary: &Summary,
    context: &Context<'_>,
) -> io::Result<()> {
    let counts = as_counted_by(context.style.face, &summary.counts);
    packets(line, summary, &counts)?;
    round_trips(line, summary, &counts, context)?;
    if context.style.face == Face::Rping {
        distribution(line, summary, context)?;
        timed_by(line, &summary.sources)?;
        queue_wait(line, summary)?;
        not_losses::lines(line, &counts)?;
        outage(line, summary)?;
    }
    if context.style.histogram && context.timed {
        let bins = summary.series.iter().flat_map(|series| &series.bins);
        histogram::text(
            line,
            &bins.copied().collect::<Vec<_>>(),
            context.style.width,
        )?;
    }
    Ok(())
}

/// `longest outage: 2.500 s, 3 probes (icmp_seq=2 to 4)`
fn outage(line: &mut Vec<u8>, summary: &Summary) -> io::Result<()> {
    let longest = summary
        .series
        .as_ref()
        .and_then(|series| series.outages.longest);
    let Some(outage) = longest else {
        return Ok(());
    };
    let (length, first) = (Seconds(outage.length), outage.first);
    match outage.probes {
        1 => writeln!(
            line,
            "longest outage: {length} s, 1 probe (icmp_seq={first})"
        ),
        probes => writeln!(
            line,
            "longest outage: {length} s, {probes} probes (icmp_seq={first} to {})",
            outage.last
        ),
    }
}

/// iputils counts a probe that was not sent as transmitted, and one in flight as lost. rping counts only probes that
/// were sent, and as lost only those whose timeout expired.
pub(super) fn as_counted_by(face: Face, counts: &Counts) -> Counts {
    match face {
        Face::Rping => *counts,
        Face::Ping => Counts {
            transmitted: counts.transmitted.saturating_add(counts.not_sent),
            rejected: counts.rejected.saturating_add(counts.too_long),
            in_flight: 0,
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

/// The line that begins with `rtt`. It is empty if there are no round trips, as in iputils; with many targets it is
/// then left out.
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
    let pipe = summary.series.as_ref().map_or(0, |series| series.pipe);
    if pipe > 1 {
        write!(line, "{comma}pipe {pipe}")?;
        comma = ", ";
    }
    let gaps = counts.transmitted.saturating_sub(1);
    if context.style.paced_by_replies && summary.series.is_some() && counts.received > 0 && gaps > 0
    {
        let gap = nanoseconds(summary.elapsed.as_nanos() / u128::from(gaps));
        let ewma = shown_round_trips(summary, context).map(|times| times.ewma);
        let ewma = Milliseconds(ewma.unwrap_or_default());
        write!(line, "{comma}ipg/ewma {}/{ewma} ms", Milliseconds(gap))?;
        comma = ", ";
    }
    if summary.series.is_none() && comma.is_empty() {
        return Ok(());
    }
    writeln!(line)
}

fn nanoseconds(nanoseconds: u128) -> Duration {
    Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX))
}

fn shown_round_trips<'a>(summary: &'a Summary, context: &Context<'_>) -> Option<&'a RoundTrips> {
    let shown = context.timed && summary.counts.received > 0;
    summary.round_trips.as_ref().filter(|_| shown)
}

/// The second line about round trips, under the name `rping`.
fn distribution(line: &mut Vec<u8>, summary: &Summary, context: &Context<'_>) -> io::Result<()> {
    let Some(times) = shown_round_trips(summary, context) else {
        return Ok(());
    };
    let [p50, p90, p99, p99_9] = [times.p50, times.p90, times.p99, times.p99_9].map(Milliseconds);
    if summary.series.is_none() {
        return writeln!(line, "rtt p50/p90/p99/p99.9 = {p50}/{p90}/{p99}/{p99_9} ms");
    }
    let jitter = Milliseconds(times.jitter);
    writeln!(
        line,
        "rtt p50/p90/p99/p99.9/jitter = {p50}/{p90}/{p99}/{p99_9}/{jitter} ms"
    )
}

/// The clocks that measured the round trips.
fn timed_by(line: &mut Vec<u8>, sources: &Sources) -> io::Result<()> {
    let sources = [
        (sources.hardware, "hardware (without this host's queue)"),
        (sources.wire, "wire (without this host's queue)"),
        (sources.kernel, "kernel"),
        (sources.receipt, "kernel on receipt"),
        (sources.user, "user"),
    ];
    let mut before = "timed by: ";
    for (count, source) in sources.iter().filter(|(count, _)| *count > 0) {
        write!(line, "{before}{count} {source}")?;
        before = ", ";
    }
    if before == ", " {
        writeln!(line)?;
    }
    Ok(())
}

/// The typical wait of probes in this host's own queue, if it is more than a tenth of the round trip.
fn queue_wait(line: &mut Vec<u8>, summary: &Summary) -> io::Result<()> {
    let (Some(wait), Some(times)) = (summary.queue_wait, &summary.round_trips) else {
        return Ok(());
    };
    if wait <= times.p50 / 10 {
        return Ok(());
    }
    let sources = &summary.sources;
    let within = if sources.hardware + sources.wire > sources.kernel {
        "not included in the round trips"
    } else {
        "included in the round trips"
    };
    let wait = Milliseconds(wait);
    writeln!(line, "this host's queue: {wait} ms (median), {within}")
}

#[cfg(test)]
pub(super) mod tests;
