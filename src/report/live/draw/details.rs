//! All that is known of one target.

use std::ops::Range;

use ratatui::style::Style;

use super::{Scene, lines, log, words};
use crate::event::{Recent, RoundTrips, TargetNumber};
use crate::report::duration::Milliseconds;
use crate::report::histogram;
use crate::report::live::model::{Figures, State, Target};
use crate::report::live::paint::{ALARM, Glyphs, HEADING, PLAIN, Pen};
use crate::report::statistics;

/// How many of its ups and downs are listed.
const MOST_OUTAGES: usize = 100;
/// How many of them stand before the distribution, which fills a screen.
const NEWEST_OUTAGES: usize = 6;

/// Draws the details of a target.
pub(super) fn draw(pen: &mut Pen<'_>, scene: &mut Scene<'_>, number: TargetNumber) {
    scene.view.rows = pen.height().into();
    let target = scene.model.target(scene.who.probed(number));
    let mut text = Vec::new();
    title(&mut text, scene, number, target);
    for line in counts(&target.figures) {
        text.push((line, PLAIN));
    }
    let mut times = Vec::new();
    match target.figures.round_trips() {
        Some(round_trips) => times.extend(round_trip_lines(&round_trips)),
        None => times.extend(spread(&target.figures)),
    }
    times.extend(scene.model.recent(target).as_ref().map(recently));
    text.extend(times.into_iter().map(|line| (line, PLAIN)));
    let (newest, older) = (0..NEWEST_OUTAGES, NEWEST_OUTAGES..MOST_OUTAGES);
    outages(
        &mut text,
        scene,
        number,
        ("up and down, the newest first", newest),
    );
    bars(&mut text, pen, &target.figures);
    outages(&mut text, scene, number, ("up and down before that", older));
    let offset = lines(pen, scene.view.cover_offset, &text);
    scene.view.cover_offset = offset;
}

fn title(
    text: &mut Vec<(String, Style)>,
    scene: &mut Scene<'_>,
    number: TargetNumber,
    target: &Target,
) {
    text.push((scene.who.name_and_label(number), HEADING));
    let ago = words::clock(scene.model.elapsed.saturating_sub(target.since));
    text.push(match target.state {
        State::Unknown => ("not known whether it answers".to_owned(), PLAIN),
        State::Up => (format!("up for {ago}"), PLAIN),
        State::Down => {
            let reason = scene.who.reason(number, target);
            (format!("down for {ago}: {reason}"), ALARM)
        }
    });
}

fn counts(figures: &Figures) -> [String; 2] {
    let loss = words::percent(figures.loss());
    [
        format!(
            "{} sent, {} received, {loss} loss",
            figures.sent(),
            figures.received
        ),
        format!(
            "{} lost, {} late, {} rejected, {} not sent, {} suspended, {} in flight",
            figures.lost,
            figures.late,
            figures.rejected,
            figures.not_sent,
            figures.suspended,
            figures.in_flight
        ),
    ]
}

/// The lines that the statistics have, too.
fn round_trip_lines(times: &RoundTrips) -> [String; 3] {
    let [min, mean, max, deviation] =
        [times.min, times.mean, times.max, times.deviation].map(Milliseconds);
    let [p50, p90, p99, p99_9] = [times.p50, times.p90, times.p99, times.p99_9].map(Milliseconds);
    [
        format!("rtt min/avg/max/mdev = {min}/{mean}/{max}/{deviation} ms"),
        format!("rtt p50/p90/p99/p99.9 = {p50}/{p90}/{p99}/{p99_9} ms"),
        format!("jitter {} ms", Milliseconds(times.jitter)),
    ]
}

/// What there is of them where there are too many targets for more.
fn spread(figures: &Figures) -> Option<String> {
    let (min, mean, max) = figures.spread()?;
    let [min, mean, max] = [min, mean, max].map(Milliseconds);
    Some(format!("rtt min/avg/max = {min}/{mean}/{max} ms"))
}

/// The last part of the run, in the line that the statistics have for it.
pub(super) fn recently(recent: &Recent) -> String {
    let mut line = Vec::new();
    // Writing to memory cannot fail.
    let _ = statistics::recent(&mut line, recent);
    String::from_utf8_lossy(&line).into_owned()
}

fn bars(text: &mut Vec<(String, Style)>, pen: &Pen<'_>, figures: &Figures) {
    let Some(distribution) = figures.distribution() else {
        return;
    };
    text.push(("round trips".to_owned(), HEADING));
    let mut drawn = Vec::new();
    let width = (pen.glyphs == Glyphs::Blocks).then_some(pen.width());
    // Writing to memory cannot fail.
    let _ = histogram::text(&mut drawn, &distribution.bins(), width);
    let drawn = String::from_utf8_lossy(&drawn).into_owned();
    text.extend(drawn.lines().map(|line| (line.to_owned(), PLAIN)));
}

fn outages(
    text: &mut Vec<(String, Style)>,
    scene: &mut Scene<'_>,
    number: TargetNumber,
    (heading, part): (&str, Range<usize>),
) {
    let probed = scene.who.probed(number);
    let model = scene.model;
    let entries = model.log.newest();
    let about = entries.filter(|entry| entry.what.target() == Some(probed));
    let about: Vec<_> = about.skip(part.start).take(part.len()).collect();
    if about.is_empty() {
        return;
    }
    text.push((heading.to_owned(), HEADING));
    for entry in about {
        text.push(log::line(scene, entry));
    }
}
